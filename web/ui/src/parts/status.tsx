// Chops, legal states and ROC moments: how status and time look in lists and on the sheet.
import { CREATED_BY, FORCE, KIND, STATUS } from '../lib/words';
import { dateOfAny, dateShort, dateSlash, weekdayName } from '../lib/roc';
import type { Force, Line, Status } from '../lib/types';

export function Chop({ status }: { status: Status }) {
    const s = STATUS[status];
    return <span class={`chop chop-${s.cls}`}><b aria-hidden="true">{s.chop}</b>{s.word}</span>;
}

export function ForceMark({ force }: { force: Force }) {
    if (force === 'none') return null;
    return <span class="force"><b aria-hidden="true">{FORCE[force].sign}</b>{FORCE[force].word}</span>;
}

/** Status, kind of the request and legal state of a line. */
export function LineStatus({ line }: { line: Line }) {
    return (
        <span>
            <Chop status={line.request.status} />
            {line.request.kind !== 'register' && <> <span class="tag">{KIND[line.request.kind]}</span></>}
            {line.force !== 'none' && <span class="sub"><ForceMark force={line.force} /></span>}
        </span>
    );
}

/** F118: 1150407 0800星期二; the gaps are CSS, so that a copy keeps the house format. */
export function RocMoment({ at }: { at: string | null }) {
    if (!at) return <span>—</span>;
    const date = dateOfAny(at);
    const [y, m, d] = dateSlash(date).split('/');
    const isLocalTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d$/.test(at);
    return (
        <time class="roc" dateTime={isLocalTime ? at : date}>
            <span><i>{y}</i><i>{m}</i><i>{d}</i></span>
            {isLocalTime && <> <span class="hm"><b>{at.slice(11).replace(':', '')}</b><i>{weekdayName(date)}</i></span></>}
        </time>
    );
}

export const DateText = ({ iso }: { iso: string }) => <time dateTime={iso}>{dateShort(iso)}</time>;

export const createdBy = (line: { created_by: 'person' | 'institution' }): string => CREATED_BY[line.created_by];
