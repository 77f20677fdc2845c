// What becomes the 申請書: a line on the sheet, as label and value (F145, P24).
import type { ComponentChildren } from 'preact';
import { countyName, departmentName, hasDepartment, professionName, purposeText } from '../lib/codes';
import type { Line, PreviewLine } from '../lib/types';
import { hoursText, serialOf, timeText } from '../lib/words';
import { totalMinutes } from '../lib/preview';
import { Chop, ForceMark } from './status';

export function LineSheet({ line, change, children, showStatus, perTime }: {
    line: Line;
    /** Where 變更 leads, for a line that may be edited. */
    change?: string; children?: ComponentChildren; showStatus?: boolean;
    /** 26 次 and so on for each time, by its place. */
    perTime?: PreviewLine[];
}) {
    const n = serialOf(line.line_id);
    const row = (label: string, value: ComponentChildren, hash?: string) => (
        <div><dt>{label}</dt><dd>{value}</dd>{change && hash && <dd class="no-print"><a href={change}>變更<span class="vh">{`明細 ${n} 的${label}`}</span></a></dd>}</div>
    );
    const times = line.times ?? [];
    return (
        <section class="stack-s" aria-labelledby={`l${n}`}>
            <div class="row row-end">
                <h3 id={`l${n}`} tabIndex={-1}><span class="no">{`明細 ${n}`}</span>　{line.person.name}　{professionName(line.person.profession)}</h3>
                {showStatus && <span class="inline"><Chop status={line.request.status} /><ForceMark force={line.force} /></span>}
            </div>
            {children}
            <dl class="dl">
                {row('被支援機構', <>{line.target.name}（<span class="code">{line.target.code}</span>）　{countyName(line.target.county)}</>)}
                {hasDepartment(line.person.profession) && row('支援科別', line.department ? `${line.department} ${departmentName(line.department)}` : '未填', 'department')}
                {row('支援目的', line.purpose ? purposeText(line.purpose) : '未填', 'purpose')}
                {line.purpose_note && row('目的說明', line.purpose_note, 'purpose_note')}
                {times.length === 0 && row('支援時間', '未填', 'times')}
                {times.map((t, i) => {
                    const text = timeText(t);
                    const p = perTime?.[i];
                    const sum = p ? `，${p.count} 次、${hoursText(totalMinutes(p))}` : times.length === 1 && line.occurrences > 1 ? `，${line.occurrences} 次` : '';
                    return row(times.length === 1 ? '支援時間' : `支援時間 ${i + 1}`, <>{text.head}<br /><span class="hint">{text.sub}{sum}</span></>, 'times');
                })}
                {line.attachments && line.attachments.length > 0 && row('附件', line.attachments.map((a) => a.name).join('、'))}
                {row('備註', line.remark || '無', 'remark')}
            </dl>
        </section>
    );
}
