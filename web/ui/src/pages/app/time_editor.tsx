// One time of a line being typed: three modes, five rules, and what it means beside it (F152–F162, P07).
import { useEffect, useState } from 'preact/hooks';
import { today } from '../../lib/clock';
import { usePreview, totalMinutes } from '../../lib/preview';
import { addMonths, dateShort, datePlain, parseDate } from '../../lib/roc';
import { asDates, readTime, spanDays, type Mode, type TimeFault, type TimeForm } from '../../lib/time_form';
import type { LineInput, PreviewLine, Rule, Time } from '../../lib/types';
import { clocksText, hoursText, monthsText, ruleText, STATUS, timeText } from '../../lib/words';
import { ClockField, DateField } from '../../parts/field';
import { MonthGrid } from '../../parts/month_grid';
import { Note } from '../../parts/page';
import { problemText } from '../../parts/problem';

const MODES: [Mode, string, string][] = [['continuous', '持續', '連續期間，無中斷'], ['recurring', '間斷', '有固定規則'], ['dates', '選擇', '在日曆上勾選日期']];
const WEEK = ['一', '二', '三', '四', '五', '六', '日'];

export interface EditorProps {
    index: number;
    form: TimeForm;
    onForm: (f: TimeForm) => void;
    faults: TimeFault[];
    base: Omit<LineInput, 'times' | 'line_id'>;
    ownLine: string;
    onPreview: (key: number, line: PreviewLine | null) => void;
    /** Days of the line's other times, with the number of that time. */
    others: Map<string, number>;
}

function WeekdaySelect({ label, value, onValue }: { label: string; value: string; onValue: (v: string) => void }) {
    return (
        <select class="in in-s" aria-label={label} value={value} onChange={(e) => onValue(e.currentTarget.value)}>
            {WEEK.map((w, i) => <option value={String(i + 1)}>{w}</option>)}
        </select>
    );
}

function Rules({ p, id, set, fault }: { p: EditorProps; id: string; set: (f: Partial<TimeForm>) => void; fault: string | null }) {
    const f = p.form;
    const row = (kind: Rule['kind'], say: string, children: preact.ComponentChildren) => (
        <div class="choice">
            <label class="hit"><input type="radio" name={`${id}-rule`} id={kind === f.rule ? `${id}-rule` : undefined} checked={f.rule === kind}
                aria-label={say} aria-describedby={fault ? `${id}-rule-e` : undefined} onChange={() => set({ rule: kind })} /></label>
            <div class="inline">{children}</div>
        </div>
    );
    const num = (key: 'nth' | 'day' | 'everyWeeks' | 'everyDays', rule: Rule['kind'], label: string) => (
        <input class="in in-s w2" inputMode="numeric" aria-label={label} value={f[key]} autocomplete="off" aria-invalid={fault && f.rule === rule ? true : undefined}
            onInput={(e) => set({ [key]: e.currentTarget.value, rule })} />
    );
    return (
        <fieldset class={fault ? 'err-set' : undefined}>
            <legend>重複規則</legend>
            {fault && <p class="err" id={`${id}-rule-e`}>{fault}</p>}
            <div class="choices">
                {row('weekly', '每週星期', <>每週星期 <span class="days" role="group" aria-label="每週的星期">
                    {WEEK.map((w, i) => <label><input type="checkbox" checked={f.weekdays.includes(i + 1)} aria-label={`星期${w}`} onChange={(e) => set({ rule: 'weekly',
                        weekdays: e.currentTarget.checked ? [...f.weekdays, i + 1] : f.weekdays.filter((d) => d !== i + 1) })} />{w}</label>)}
                </span></>)}
                {row('monthly_weekday', '每月的第幾週的星期幾', <>每月的第 {num('nth', 'monthly_weekday', '每月第幾個')} 週的星期 <WeekdaySelect label="每月的星期" value={f.nthWeekday} onValue={(v) => set({ nthWeekday: v, rule: 'monthly_weekday' })} /></>)}
                {row('monthly_day', '每月的第幾日', <>每月的第 {num('day', 'monthly_day', '每月第幾日')} 日</>)}
                {row('every_n_weeks', '每隔幾週的星期幾', <>每隔 {num('everyWeeks', 'every_n_weeks', '每隔幾週')} 週的星期 <WeekdaySelect label="隔週的星期" value={f.everyWeekday} onValue={(v) => set({ everyWeekday: v, rule: 'every_n_weeks' })} /><span class="hint">填 2 是每 2 週一次</span></>)}
                {row('every_n_days', '每隔幾日', <>每隔 {num('everyDays', 'every_n_days', '每隔幾日')} 日<span class="hint">填 2 是每 2 日一次</span></>)}
            </div>
        </fieldset>
    );
}

export function TimeEditor(p: EditorProps) {
    const { form: f } = p;
    const id = `t${f.key}`;
    const set = (change: Partial<TimeForm>) => p.onForm({ ...f, ...change });
    const faultOf = (field: string) => p.faults.find((x) => x.field === field)?.message ?? null;
    const read = readTime(f, today());
    const preview = usePreview(p.base, read.time, p.ownLine);
    const [month, setMonth] = useState((f.dates[0] ?? today()).slice(0, 7));
    useEffect(() => { p.onPreview(f.key, preview.line); }, [preview.line]);
    const clashes = new Set(preview.line?.conflicts.map((c) => c.start.slice(0, 10)) ?? []);
    const days = spanDays(f);
    const from = parseDate(f.from);
    const periodWords = f.mode === 'continuous' ? ['開始日期', '結束日期'] : ['期間起日', '期間迄日'];
    return (
        <div class="editor" role="group" aria-labelledby={`${id}-t`}>
            <div class="ed-form stack">
                <h3 id={`${id}-t`}>{`時間 ${p.index + 1}`}</h3>
                <fieldset><legend class="vh">支援方式</legend>
                    <div class="choices choices-row">
                        {MODES.map(([mode, name, hint]) => (
                            <label class="choice"><input type="radio" name={`${id}-mode`} id={mode === f.mode ? `${id}-mode` : undefined} checked={f.mode === mode} onChange={() => set({ mode })} />
                                <span><b>{name}</b><span class="hint">{hint}</span></span></label>
                        ))}
                    </div>
                </fieldset>
                {f.mode !== 'dates' && (
                    <div class="two">
                        <DateField id={`${id}-from`} label={periodWords[0]!} required value={f.from} onValue={(v) => set({ from: v })} error={faultOf('from')} />
                        <DateField id={`${id}-to`} label={periodWords[1]!} required value={f.to} onValue={(v) => set({ to: v })} error={faultOf('to')}
                            echoMore={days ? `共 ${days} 天` : undefined} month={from?.slice(0, 7)} />
                    </div>
                )}
                {f.mode === 'recurring' && <Rules p={p} id={id} set={set} fault={faultOf('rule')} />}
                {f.mode === 'dates' && (
                    <div class={faultOf('dates') ? 'field is-err' : 'field'} role="group" aria-labelledby={`${id}-dl`} aria-describedby={`${id}-dh`}>
                        <p class="label" id={`${id}-dl`}><span class="req" aria-hidden="true">*</span>支援日期</p>
                        {faultOf('dates') && <p class="err">{faultOf('dates')}</p>}
                        <p class="hint" id={`${id}-dh`}>點日期勾選，再點一次取消。鍵盤：方向鍵移動，空白鍵勾選，Shift 加方向鍵連續勾選。</p>
                        <MonthGrid id={`${id}-dates`} month={month} onMonth={setMonth} multi say={`共 ${f.dates.length} 日`}
                            day={(d) => {
                                const on = f.dates.includes(d);
                                const clash = on && clashes.has(d);
                                const other = on ? undefined : p.others.get(d);
                                return { selected: on, disabled: d <= today(), cls: clash ? 'clash' : on ? 'on' : other ? 'also' : '',
                                    mark: clash ? '衝突' : on ? '本段' : other ? `段${other}` : undefined,
                                    say: clash ? '已選，衝突' : on ? '已選' : other ? `時間 ${other}` : undefined };
                            }}
                            onPick={(picked) => {
                                const next = new Set(f.dates);
                                for (const d of picked) if (!next.delete(d)) next.add(d);
                                set({ dates: [...next].sort() });
                            }} />
                        <p id={`${id}-dates`} class="meta" tabIndex={-1}>{f.dates.length === 0 ? '還沒有勾選日期' : `已勾選 ${f.dates.length} 天`}</p>
                    </div>
                )}
                <div class="two">
                    <ClockField id={`${id}-start`} label="開始時間" required isEnd={false} value={f.start} onValue={(v) => set({ start: v })} error={faultOf('start')} hint="4 碼，例如 0800" />
                    <ClockField id={`${id}-end`} label="結束時間" required isEnd value={f.end} onValue={(v) => set({ end: v })} error={faultOf('end')}
                        hint={f.mode === 'continuous' ? '可以填 2400' : '可以填 2400；比開始早就是跨到隔天'} />
                </div>
            </div>
            <div class="ed-see stack" aria-live="polite" aria-busy={preview.busy}>
                <See p={p} line={preview.line} busy={preview.busy} complete={read.time !== null}
                    problem={preview.problem ? problemText(preview.problem) : null} clashes={clashes} set={set} />
            </div>
        </div>
    );
}

function See({ p, line, busy, complete, problem, clashes, set }: {
    p: EditorProps; line: PreviewLine | null; busy: boolean; complete: boolean; problem: string | null; clashes: Set<string>;
    set: (f: Partial<TimeForm>) => void;
}) {
    const f = p.form;
    if (problem) return <Note kind="warn" title="暫時算不出日期">{`${problem}。填寫的內容不受影響。`}</Note>;
    if (!line || !complete) {
        return <div class="stack-s"><p class="say">{busy && complete ? '計算中' : '填好就會列出日期'}</p>
            <p class="meta">填好期間、規則與時間，這裡會用一句話說明，列出全部日期、略過的月份與衝突。</p></div>;
    }
    const time = readTime(f, today()).time;
    const [phrase, hours, period] = sentenceLines(line.sentence ?? '', time);
    const timeErrors = line.errors.filter((e) => e.field.includes('times') && !e.code.startsWith('overlaps_case'));
    const shown = line.count <= 12 ? line.occurrences : [...line.occurrences.slice(0, 5)];
    const last = line.count > 12 && line.occurrences.length === line.count ? line.occurrences[line.count - 1] : undefined;
    const canSkip = f.mode === 'recurring' && line.occurrences.length === line.count && line.count - clashes.size <= 366 && line.count > clashes.size;
    return (
        <>
            <div class="stack-s">
                <p class="say">{phrase}{hours && <><br />{hours}</>}</p>
                {period && <p class="meta">{period}</p>}
                <p>{f.mode === 'continuous' ? `共 ${spanDays(f) ?? 0} 天、${hoursText(totalMinutes(line))}` : `共 ${line.count} 次、${hoursText(totalMinutes(line))}`}</p>
            </div>
            {f.mode !== 'continuous' && line.count > 0 && (
                <ol class="dates" role="list" aria-label={line.count <= 12 ? '全部日期' : '前 5 次與最後一次'}>
                    {shown.map((o) => <OccurrenceItem start={o.start} clash={clashes.has(o.start.slice(0, 10))} />)}
                    {line.count > 12 && <li aria-hidden="true">…</li>}
                    {last && <OccurrenceItem start={last.start} clash={clashes.has(last.start.slice(0, 10))} what="最後一次" />}
                </ol>
            )}
            {line.skipped.length > 0 && (
                <p class="meta"><b>{`略過 ${line.skipped.length} 個月`}</b>{time?.mode === 'recurring' && skippedWhy(time.rule)}：{monthsText(line.skipped)}</p>
            )}
            {line.conflicts.length > 0 && (
                <div class="note note-bad">
                    <h4>{`${clashes.size} 天衝突，要處理才能送審`}</h4>
                    {line.conflicts.slice(0, 3).map((c) => (
                        <p><time dateTime={c.start}>{dateShort(c.start)}</time>{` ${c.start.slice(11)}~${c.end.slice(11)} 與`}
                            {c.with.status in STATUS ? STATUS[c.with.status as keyof typeof STATUS].word : ''}的 {c.with.target?.name ?? '另一家機構'}
                            {c.with.line_id && <span class="small code">（{c.with.line_id}）</span>} 重疊。</p>
                    ))}
                    {line.conflicts.length > 3 && <p>{`還有 ${line.conflicts.length - 3} 處`}</p>}
                    {canSkip && <div class="row"><button class="btn btn-s" type="button" onClick={() => set(asDates(f, line.occurrences, clashes))}>
                        {`改為「選擇」，略過這 ${clashes.size} 天`}</button></div>}
                </div>
            )}
            {timeErrors.length > 0 && <div class="note note-bad"><h4>還不能送審</h4>{timeErrors.map((e) => <p>{e.message}</p>)}</div>}
            {line.warnings.length > 0 && <div class="note note-warn"><h4>審核時會看到，不影響送審</h4><ul class="bul">{line.warnings.map((w) => <li>{w.message}</li>)}</ul></div>}
            {busy && <p class="small">重新計算中</p>}
        </>
    );
}

function OccurrenceItem({ start, clash, what }: { start: string; clash: boolean; what?: string }) {
    return <li class={clash ? 'bad' : undefined}><time dateTime={start.slice(0, 10)}>{dateShort(start)}</time>{what && <span class="small"> {what}</span>}{clash && <> <b>衝突</b></>}</li>;
}

/**
 * The server's sentence, head, hours and the rest on lines of their own:
 * 「每月第 5 個星期三 08:00~12:00，115年4月1日（三）到 …」. Ticked dates stand in the list below anyway.
 */
function sentenceLines(sentence: string, time: Time | null): [string, string, string] {
    const m = /^(.*?) (\d\d:\d\d~[^，]*)(?:，(.*))?$/.exec(sentence);
    if (time?.mode === 'recurring' && m) return [m[1] ?? '', m[2] ?? '', m[3] ?? ''];
    if (time?.mode === 'continuous' && sentence) return [sentence, '', ''];
    if (time?.mode === 'dates') return [`選擇 ${time.dates.length} 天`, clocksText(time.start, time.end), ''];
    return time ? [timeText(time).head, '', ''] : ['', '', ''];
}

function skippedWhy(rule: Rule): string {
    return rule.kind === 'monthly_weekday' ? `（沒有${ruleText(rule).replace('每月', '')}）` : rule.kind === 'monthly_day' ? `（沒有 ${rule.day} 日）` : '';
}

/** A time that is not being edited: one row, with what the server says of it. */
export function TimePicked({ index, form, base, ownLine, onPreview, onEdit, onDelete, faults }: {
    index: number; form: TimeForm; base: EditorProps['base']; ownLine: string; faults: TimeFault[];
    onPreview: EditorProps['onPreview']; onEdit: () => void; onDelete: () => void;
}) {
    const { time } = readTime(form, today());
    const preview = usePreview(base, time, ownLine);
    useEffect(() => { onPreview(form.key, preview.line); }, [preview.line]);
    const text = time ? timeText(time) : { head: '還沒填完', sub: '' };
    const clash = preview.line?.conflicts.length ?? 0;
    const sum = preview.line && (form.mode === 'continuous' ? `共 ${spanDays(form) ?? 0} 天` : `共 ${preview.line.count} 次`);
    return (
        <div class="picked">
            <div><b>{`時間 ${index + 1}`}</b>　{text.head}
                <span class="sub">{[text.sub, sum, preview.line && (clash === 0 ? '沒有衝突' : `${clash} 處衝突`)].filter(Boolean).join('，')}</span>
                {faults.map((x) => <span class="err">{x.message}</span>)}
            </div>
            <span class="acts">
                <button class="link" type="button" onClick={onEdit}>修改<span class="vh">{`時間 ${index + 1}`}</span></button>
                <button class="link" type="button" onClick={onDelete}>刪除<span class="vh">{`時間 ${index + 1}`}</span></button>
            </span>
        </div>
    );
}

/** 「在月曆上看」: three months, this time solid, the line's other times outlined, clashes framed (P43). */
export function CalendarView({ line, others }: { line: PreviewLine | undefined; others: Map<string, number> }) {
    const [onlyOwn, setOnlyOwn] = useState(true);
    const [at, setAt] = useState(0);
    const own = new Set(line?.occurrences.map((o) => o.start.slice(0, 10)));
    const clash = new Set(line?.conflicts.map((c) => c.start.slice(0, 10)));
    const marked = [...own].sort();
    if (marked.length === 0) return null;
    const firstMonth = marked[0]!.slice(0, 7);
    const lastMonth = marked[marked.length - 1]!.slice(0, 7);
    const months: string[] = onlyOwn ? [...new Set(marked.map((d) => d.slice(0, 7)))] : [];
    if (!onlyOwn) for (let m = firstMonth; m <= lastMonth; m = addMonths(m, 1)) months.push(m);
    const start = Math.max(0, Math.min(at, months.length - 3));
    return (
        <section class="stack-s" aria-labelledby="cm">
            <div class="row row-end"><h3 id="cm">在月曆上看</h3>
                <div class="inline">
                    <label class="check"><input type="checkbox" checked={onlyOwn} onChange={(e) => { setOnlyOwn(e.currentTarget.checked); setAt(0); }} /><span>只列本段有日期的月份</span></label>
                    <button class="btn btn-s" type="button" disabled={start === 0} onClick={() => setAt(start - 3)}>前三個月</button>
                    <button class="btn btn-s" type="button" disabled={start + 3 >= months.length} onClick={() => setAt(start + 3)}>後三個月</button>
                </div>
            </div>
            <div class="three-cal">
                {months.slice(start, start + 3).map((m) => (
                    <MonthGrid key={m} id={`cv-${m}`} month={m} level={4} focusOn={marked.find((d) => d.startsWith(m))} day={(d) =>
                        clash.has(d) ? { cls: 'clash', mark: '衝突', say: '本段時間，衝突' }
                            : own.has(d) ? { cls: 'on', mark: '本段', say: '本段時間' }
                                : others.has(d) ? { cls: 'also', mark: `段${others.get(d)}`, say: `時間 ${others.get(d)}` } : {}} />
                ))}
            </div>
            <p class="key"><span><i class="k-on" />本段時間</span><span><i class="k-also" />本明細的其他時間</span><span><i class="k-clash" />衝突</span>
                <span>{`${datePlain(marked[0]!)}到 ${datePlain(marked[marked.length - 1]!)}`}</span></p>
        </section>
    );
}
