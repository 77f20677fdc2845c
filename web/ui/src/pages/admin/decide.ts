// Decisions go through one call, single or bulk; each item stands for itself (API 6).
import { once } from '../../lib/api';
import type { DecisionResult, Remark } from '../../lib/types';

export type Decision = 'approve' | 'reject' | 'return';

export const DECISION: Record<Decision, { verb: string; done: string }> = {
    approve: { verb: '核准', done: '已核准' }, reject: { verb: '不核准', done: '不核准' }, return: { verb: '退回補正', done: '已退回' } };

export interface DecisionItem {
    line_id: string;
    version: number;
    decision: Decision;
    reason?: string;
    remarks?: Remark[];
    due_at?: string;
    document_no?: string;
}

export const decide = (decisions: DecisionItem[], key: string, tell: (s: { kind: 'asking' | 'busy'; wait_s: number } | null) => void): Promise<DecisionResult> =>
    once<DecisionResult>('POST', '/review/decisions', { body: { decisions }, key }, tell);
