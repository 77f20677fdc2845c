// The life of a line, newest first (P16).
import { purposeText } from '../lib/codes';
import { instantPlain } from '../lib/roc';
import type { HistoryItem, WireTime } from '../lib/types';
import { FIELD, HISTORY, methodText, STATUS, timeText } from '../lib/words';

function valueText(field: string, value: unknown): string {
    if (value === null || value === undefined || value === '') return '無';
    if (field.endsWith('times') && Array.isArray(value)) return (value as WireTime[]).map((t) => timeText(t).head).join('；') || '無';
    if (field.endsWith('purpose')) return purposeText(String(value));
    if (field.endsWith('status') && String(value) in STATUS) return STATUS[String(value) as keyof typeof STATUS].word;
    return typeof value === 'object' ? '（已變更）' : String(value);
}

export function HistoryList({ items }: { items: HistoryItem[] }) {
    return (
        <ol class="hist" role="list">
            {[...items].reverse().map((h) => {
                const method = methodText(h.actor.kind, h.method);
                return (
                    <li><time dateTime={h.at}>{instantPlain(h.at)}</time>
                        <span><b>{h.actor.name || '系統'}{method ? `（${method}）` : ''}</b>　{HISTORY[h.action] ?? h.action}
                            {(h.changes ?? []).filter((c) => h.action !== 'create' && FIELD[c.field.replace(/^\//, '')]).map((c) => (
                                <span class="hint block">{`${FIELD[c.field.replace(/^\//, '')]}：${valueText(c.field, c.before)} → ${valueText(c.field, c.after)}`}</span>
                            ))}
                            {h.reason && <span class="hint block told">{h.reason}</span>}
                        </span></li>
                );
            })}
        </ol>
    );
}
