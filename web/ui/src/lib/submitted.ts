// What of a case is with the bureau now, and what became of the rest: its confirmation may be opened any day.
import type { HistoryItem, Kind, Line, Status } from './types';
import { KIND, STATUS, STATUSES } from './words';

type Seen = Pick<Line, 'request' | 'occurrences'>;

export const underReview = <T extends { request: { status: Status } }>(lines: T[]): T[] => lines.filter((l) => l.request.status === 'under_review');

/** 登錄 2 筆明細、12 次支援, for each kind of request there is. */
export function contentText(lines: Seen[]): string {
    return (Object.keys(KIND) as Kind[]).map((kind) => ({ kind, of: lines.filter((l) => l.request.kind === kind) })).filter(({ of }) => of.length > 0)
        .map(({ kind, of }) => `${KIND[kind]} ${of.length} 筆明細、${of.reduce((sum, l) => sum + l.occurrences, 0)} 次支援`).join('；');
}

/** 已核准 1 筆、退回 2 筆: the lines that are not under review; nothing where all are. */
export function restText(lines: Seen[]): string {
    return STATUSES.filter((k) => k !== 'under_review').map((k) => ({ k, n: lines.filter((l) => l.request.status === k).length })).filter(({ n }) => n > 0)
        .map(({ k, n }) => `${STATUS[k].word} ${n} 筆`).join('、');
}

/** Who sent it last, of a history from the oldest on: not always who looks at the page. */
export const sentBy = (items: HistoryItem[]): HistoryItem | null =>
    items.filter((h) => h.action === 'submit' || h.action === 'change' || h.action === 'cancel').pop() ?? null;
