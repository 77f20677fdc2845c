// How near the due date of a review is: a word and a shape, never colour alone (P13).
import { today } from '../../lib/clock';
import { dateOfAny, dateSlash, daysBetween } from '../../lib/roc';

export function DueTag({ due }: { due: string | null }) {
    if (!due) return <span>—</span>;
    const date = dateOfAny(due);
    const left = daysBetween(today(), date);
    return (
        <>
            {left < 0 ? <span class="tag tag-solid">{`逾期 ${-left} 天`}</span>
                : left === 0 ? <span class="tag tag-warn"><b>今天到期</b></span> : <span class="tag">{`剩 ${left} 天`}</span>}
            <span class="sub"><time class="nb" dateTime={date}>{dateSlash(date)}</time></span>
        </>
    );
}
