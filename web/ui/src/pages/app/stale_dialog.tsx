// P44: somebody else has changed the line; both contents side by side, and the choice.
import type { Line } from '../../lib/types';
import { departmentName, purposeText } from '../../lib/codes';
import { timeText } from '../../lib/words';
import { Dialog } from '../../parts/dialog';

type Content = Pick<Line, 'department' | 'purpose' | 'purpose_note' | 'times' | 'remark'>;

function rowsOf(c: Partial<Content>): [string, string][] {
    return [
        ['支援科別', departmentName(c.department)],
        ['支援目的', purposeText(c.purpose)],
        ['目的說明', c.purpose_note ?? ''],
        ['支援時間', (c.times ?? []).map((t) => `${timeText(t).head}，${timeText(t).sub}`).join('；')],
        ['備註', c.remark ?? ''],
    ];
}

export function StaleDialog({ current, mine, onMine, onTheirs }: {
    current: Partial<Content>; mine: Partial<Content>; onMine: () => void; onTheirs: () => void;
}) {
    const theirs = rowsOf(current);
    const own = rowsOf(mine);
    return (
        <Dialog id="stale" alert wide title="別人剛改過這一筆，您的內容還沒有存" onClose={() => undefined}>
            <p>左邊是現在的內容，右邊是您剛才寫的。請選要留哪一個。</p>
            <div class="scroll" role="region" aria-label="兩份內容對照" tabIndex={0}>
                <table class="tb cmp">
                    <caption class="vh">現在的內容與您寫的內容</caption>
                    <thead><tr><th scope="col">欄位</th><th scope="col">現在的內容</th><th scope="col">您寫的</th></tr></thead>
                    <tbody>{theirs.map(([name, value], i) => {
                        const mineValue = own[i]?.[1] ?? '';
                        const differs = value !== mineValue;
                        return <tr class={differs ? undefined : 'same'}><th scope="row" class="nb">{name}</th><td class="old">{value || '無'}</td>
                            <td class={differs ? 'new' : undefined}>{differs && <><span class="tag">不同</span> </>}{mineValue || '無'}</td></tr>;
                    })}</tbody>
                </table>
            </div>
            <div class="row">
                <button class="btn btn-main" type="button" onClick={onMine}>用我寫的，再存一次</button>
                <button class="btn" type="button" onClick={onTheirs}>改用現在的內容</button>
            </div>
        </Dialog>
    );
}
