// Step 3, 時間輸入: purpose, times, remark of one line; saves by itself and by 暫存 (F139–F162, P02).
import { useRef, useState } from 'preact/hooks';
import { useLocation, useSearch } from 'wouter-preact';
import { call, get, Problem } from '../../lib/api';
import { useAutosave } from '../../lib/autosave';
import { today } from '../../lib/clock';
import { codes, countyName, hasDepartment, professionName, purposeText } from '../../lib/codes';
import { useLoad } from '../../lib/load';
import { emptyTime, formOf, readTime, wireOf, type TimeFault, type TimeForm } from '../../lib/time_form';
import type { Line, LineInput, PreviewLine, Session } from '../../lib/types';
import { caseOf, serialOf } from '../../lib/words';
import { AreaField, SelectField } from '../../parts/field';
import { Icon } from '../../parts/icon';
import { Crumb, Empty, ErrorSummary, Steps, usePage, Waiting, type SummaryItem } from '../../parts/page';
import { ProblemNote } from '../../parts/problem';
import { DateText } from '../../parts/status';
import { CalendarView, TimeEditor, TimePicked } from './time_editor';
import { StaleDialog } from './stale_dialog';
import { dateOfAny } from '../../lib/roc';

interface Form { department: string; purpose: string; purposeNote: string; remark: string; times: TimeForm[] }

function formOfLine(line: Line): Form {
    const times = (line.times ?? []).map(formOf);
    return { department: line.department ?? '', purpose: line.purpose ?? '', purposeNote: line.purpose_note ?? '', remark: line.remark ?? '',
        times: times.length > 0 ? times : [emptyTime()] };
}

/** Where the server's pointer points: the end of a field's id, and which time. */
function placeOf(pointer: string): { time: number | null; field: string } {
    const m = /\/times(?:\/(\d+)(?:\/(\w+))?)?/.exec(pointer);
    if (!m) return { time: null, field: pointer.slice(pointer.lastIndexOf('/') + 1) };
    return { time: m[1] === undefined ? 0 : Number(m[1]), field: m[2] ?? '' };
}

function fieldOfTime(t: TimeForm, member: string): string {
    if (t.mode === 'dates') return member === 'start' || member === 'end' ? member : 'dates';
    return ['from', 'to', 'start', 'end', 'rule'].includes(member) ? member : 'from';
}

export function TimePage({ lineId, s }: { lineId: string; s: Session }) {
    usePage('時間輸入', lineId);
    const loaded = useLoad((signal) => get<Line>(`/lines/${lineId}`, { signal }), [lineId]);
    if (loaded.problem) {
        return loaded.problem.status === 404
            ? <><h1 class="vh">時間輸入</h1><Empty title="找不到這一筆明細" text="可能已被刪除，或不屬於您的案件。"><a class="btn" href="/home">回報備支援首頁</a></Empty></>
            : <><h1 class="vh">時間輸入</h1><ProblemNote problem={loaded.problem} what="這一筆暫時開不了" retry={loaded.reload} /></>;
    }
    if (!loaded.data || loaded.data.line_id !== lineId) return <><h1 class="vh">時間輸入</h1><Waiting what="載入明細" /></>;
    if (!loaded.data.actions.includes('edit')) {
        return <><h1 class="vh">時間輸入</h1><Empty title="這一筆現在不能編輯" text="只有未送審與退回的明細可以編輯；審核中請先撤回。"><a class="btn" href={`/case/${caseOf(lineId)}`}>看這個案件</a></Empty></>;
    }
    return <TimeForms key={lineId} line={loaded.data} s={s} />;
}

function TimeForms({ line: first, s }: { line: Line; s: Session }) {
    const [, go] = useLocation();
    const fromCheck = new URLSearchParams(useSearch()).get('back') === 'check';
    const caseNo = caseOf(first.line_id);
    const lineRef = useRef(first);
    const [form, setForm] = useState<Form>(() => formOfLine(first));
    const [open, setOpen] = useState<number | null>(() => form.times.length === 1 ? form.times[0]!.key : null);
    const [faults, setFaults] = useState<Map<number, TimeFault[]>>(new Map());
    const [fieldFaults, setFieldFaults] = useState<Record<string, string>>({});
    const [summary, setSummary] = useState<SummaryItem[]>([]);
    const [stamp, setStamp] = useState(0);
    const [stale, setStale] = useState<Line | null>(null);
    const [previews, setPreviews] = useState<Map<number, PreviewLine>>(new Map());
    const [leaving, setLeaving] = useState(false);

    const profession = first.person.profession;
    const purposes = (codes.value?.purposes ?? []).filter((p) => p.professions.includes(profession));
    const purpose = purposes.find((p) => p.code === form.purpose);
    const remarks = lineRef.current.request.status === 'returned' ? lineRef.current.request.remarks ?? [] : [];
    const askOf = (field: string): string | null => remarks.find((r) => r.field.replace(/^\//, '') === field)?.text ?? null;

    // A draft keeps halves too, and times that are past by now: only 下一步 asks for whole ones to come.
    const times = form.times.map(wireOf).filter((t) => t !== null);
    const content: Partial<LineInput> = {
        department: form.department || null, purpose: form.purpose || null, purpose_note: form.purposeNote || null,
        remark: form.remark || null, ...(times.length > 0 || (first.times ?? []).length > 0 ? { times } : {}) };
    const base: Omit<LineInput, 'times' | 'line_id'> = {
        ...(s.subject.kind === 'person' ? {} : { person_id: first.person.person_id }),
        target: first.target.code, ...(form.department ? { department: form.department } : {}), ...(form.purpose ? { purpose: form.purpose } : {}) };

    const auto = useAutosave(JSON.stringify(content), stale === null, async (body, isLeaving) => {
        try {
            lineRef.current = await call<Line>('PATCH', `/lines/${first.line_id}`, {
                body: JSON.parse(body) as unknown, version: lineRef.current.version, keepalive: isLeaving });
        } catch (e) {
            if (e instanceof Problem && e.code === 'stale' && e.body.current) setStale(e.body.current as Line);
            throw e;
        }
    });

    const setTime = (t: TimeForm) => {
        setForm((f) => ({ ...f, times: f.times.map((x) => (x.key === t.key ? t : x)) }));
        // A fault goes as soon as its field is right, here and in the summary.
        const still = readTime(t, today()).faults.map((x) => x.field);
        setFaults((m) => new Map(m).set(t.key, (m.get(t.key) ?? []).filter((x) => still.includes(x.field))));
        setSummary((items) => items.filter((x) => !x.id?.startsWith(`t${t.key}-`) || still.includes(x.id.slice(`t${t.key}-`.length))));
    };
    const removeTime = (key: number) => {
        setPreviews((m) => { const n = new Map(m); n.delete(key); return n; });
        setFaults((m) => { const n = new Map(m); n.delete(key); return n; });
        setSummary((items) => items.filter((x) => !x.id?.startsWith(`t${key}-`)));
        setForm((f) => {
            const rest = f.times.filter((t) => t.key !== key);
            return { ...f, times: rest.length > 0 ? rest : [emptyTime()] };
        });
        document.getElementById('times-h')?.focus();
    };
    const addTime = () => {
        const t = emptyTime();
        setForm((f) => ({ ...f, times: [...f.times, t] }));
        setOpen(t.key);
        requestAnimationFrame(() => requestAnimationFrame(() => document.getElementById(`t${t.key}-mode`)?.focus()));
    };
    const onPreview = (key: number, p: PreviewLine | null) => setPreviews((m) => {
        const n = new Map(m);
        if (p) n.set(key, p); else n.delete(key);
        return n;
    });

    const mended = (field: string) => {
        setFieldFaults((f) => ({ ...f, [field]: '' }));
        setSummary((items) => items.filter((x) => x.id !== field));
    };
    /** Days of the line's other times, with the number of that time. */
    const othersOf = (key: number): Map<string, number> => {
        const days = new Map<string, number>();
        form.times.forEach((t, i) => {
            if (t.key !== key) for (const o of previews.get(t.key)?.occurrences ?? []) days.set(o.start.slice(0, 10), i + 1);
        });
        return days;
    };

    const check = (): boolean => {
        const items: SummaryItem[] = [];
        const fields: Record<string, string> = {};
        const byTime = new Map<number, TimeFault[]>();
        if (!form.purpose) fields.purpose = '請選支援目的';
        if (purpose?.note_required && form.purposeNote.trim() === '') fields.purpose_note = `支援目的選 ${purpose.code} 時，請寫明原因`;
        for (const [field, message] of Object.entries(fields)) items.push({ id: field, message });
        form.times.forEach((t, i) => {
            const { faults: found } = readTime(t, today());
            byTime.set(t.key, found);
            for (const f of found) items.push({ id: `t${t.key}-${f.field}`, message: form.times.length > 1 ? `時間 ${i + 1}：${f.message}` : f.message, open: () => setOpen(t.key) });
        });
        setFieldFaults(fields);
        setFaults(byTime);
        setSummary(items);
        if (items.length > 0) setStamp(stamp + 1);
        return items.length === 0;
    };
    const showProblems = (problems: { field: string; message: string }[]) => {
        const fields: Record<string, string> = {};
        const byTime = new Map<number, TimeFault[]>();
        const items = problems.map((p): SummaryItem => {
            const place = placeOf(p.field);
            const t = place.time === null ? undefined : form.times[place.time];
            if (t) {
                const field = fieldOfTime(t, place.field);
                byTime.set(t.key, [...(byTime.get(t.key) ?? []), { field, message: p.message }]);
                return { id: `t${t.key}-${field}`, message: p.message, open: () => setOpen(t.key) };
            }
            fields[place.field] = p.message;
            return ['purpose', 'purpose_note', 'department', 'remark'].includes(place.field) ? { id: place.field, message: p.message } : { message: p.message };
        });
        setFieldFaults(fields);
        setFaults(byTime);
        setSummary(items);
        setStamp(stamp + 1);
    };

    const next = async (e: Event) => {
        e.preventDefault();
        if (leaving || !check()) return;
        setLeaving(true);
        const ok = await auto.save(true);
        setLeaving(false);
        if (!ok) return;
        const problems = lineRef.current.problems ?? [];
        if (problems.length > 0) showProblems(problems);
        else go(`/file/${caseNo}/check${fromCheck ? `#l${serialOf(first.line_id)}` : ''}`);
    };
    const back = async () => {
        if (await auto.save(true)) go(`/file/${caseNo}`);
    };

    const request = lineRef.current.request;
    return (
        <>
            <Crumb items={[{ href: '/home', label: '報備支援首頁' }, { href: `/file/${caseNo}`, label: '單筆申請' }, { label: '時間輸入' }]} />
            <h1>報備支援明細</h1>
            <Steps at={3} />
            <p class="ctx"><b>{first.person.name}</b> {professionName(profession)}<span aria-hidden="true">→</span><b>{first.target.name}</b>
                <span class="code">{first.target.code}</span><span>{countyName(first.target.county)}</span><span class="small code">{first.line_id}</span></p>
            {request.status === 'returned' && (
                <div class="note note-warn"><h3>衛生局退回{request.due_at && <>，請在 <DateText iso={dateOfAny(request.due_at)} />前補正</>}</h3>
                    {request.reason && <p class="told">{request.reason}</p>}</div>
            )}
            <ErrorSummary items={summary} stamp={stamp} />
            {auto.problem?.status === 404 && (
                <div class="note note-warn"><h3>這一筆已被刪除</h3><p>可能在另一個視窗或由別人刪除，您寫的內容存不進去了。<a href="/home">回報備支援首頁</a></p></div>
            )}
            {auto.problem && auto.problem.code !== 'stale' && auto.problem.status !== 404 && (
                <ProblemNote problem={auto.problem} what="還沒有存到伺服器，您寫的內容還在這裡" retry={() => void auto.save(true)} />
            )}
            <form class="stack" onSubmit={(e) => void next(e)} noValidate>
                <div class={hasDepartment(profession) ? 'two' : 'stack'}>
                    {hasDepartment(profession) && (
                        <SelectField id="department" label="支援科別" value={form.department} onValue={(v) => setForm({ ...form, department: v })} empty="請選擇"
                            error={fieldFaults.department} ask={askOf('department')}
                            options={(codes.value?.departments ?? []).map((d) => ({ value: d.code, label: `${d.code} ${d.zh}` }))} />
                    )}
                    <SelectField id="purpose" label="支援目的" required value={form.purpose} onValue={(v) => { setForm({ ...form, purpose: v }); mended('purpose'); }}
                        empty="請選擇" error={fieldFaults.purpose} ask={askOf('purpose')} hintAfter hint={`只列出${professionName(profession)}可以選的目的`}
                        options={purposes.map((p) => ({ value: p.code, label: purposeText(p.code) }))} />
                </div>
                {(purpose?.note_required || form.purposeNote) && (
                    <AreaField id="purpose_note" label="目的說明" required={purpose?.note_required ?? false} max={200} rows={2} value={form.purposeNote}
                        error={fieldFaults.purpose_note} ask={askOf('purpose_note')} hint="請寫明原因，例如專任藥師請假的期間"
                        onValue={(v) => { setForm({ ...form, purposeNote: v }); mended('purpose_note'); }} />
                )}
                <h2 id="times-h" tabIndex={-1}>支援時間</h2>
                {askOf('times') && <div class="is-ask"><p class="ask"><b>衛生局：</b>{askOf('times')}</p></div>}
                {form.times.map((t, i) => (t.key === open || (open === null && form.times.length === 1)
                    ? <TimeEditor key={t.key} index={i} form={t} onForm={setTime} faults={faults.get(t.key) ?? []} base={base} ownLine={first.line_id} onPreview={onPreview} others={othersOf(t.key)} />
                    : <TimePicked key={t.key} index={i} form={t} base={base} ownLine={first.line_id} faults={faults.get(t.key) ?? []} onPreview={onPreview}
                        onEdit={() => setOpen(t.key)} onDelete={() => removeTime(t.key)} />))}
                {open !== null && form.times.find((t) => t.key === open)?.mode !== 'dates' && <CalendarView line={previews.get(open)} others={othersOf(open)} />}
                <div class="row"><button class="btn" type="button" onClick={addTime} disabled={form.times.length >= 50}><Icon name="plus" />再加一段時間</button>
                    {open !== null && form.times.length > 1 && <button class="btn" type="button" onClick={() => removeTime(open)}>刪除這一段</button>}</div>
                <AreaField id="remark" label="備註" required={false} max={500} value={form.remark} onValue={(v) => setForm({ ...form, remark: v })} error={fieldFaults.remark} ask={askOf('remark')} />
                {remarks.filter((r) => !['department', 'purpose', 'purpose_note', 'times', 'remark'].includes(r.field.replace(/^\//, ''))).map((r) => (
                    <div class="is-ask"><p class="ask"><b>衛生局：</b>{r.text}</p></div>
                ))}
                <div class="row bar">
                    <button class="btn btn-main" type="submit" aria-disabled={leaving ? true : undefined}>存檔，下一步確認</button>
                    <button class="btn" type="button" onClick={() => void back()}>存檔，回案件</button>
                    <button class="btn" type="button" onClick={() => void auto.save(true)}>暫存</button>
                    <span class="live" role="status">{auto.told}</span>
                </div>
            </form>
            {stale && (
                <StaleDialog current={stale} mine={{ ...content, times } as Partial<Line>}
                    onMine={() => { lineRef.current = stale; setStale(null); setTimeout(() => void auto.save(true)); }}
                    onTheirs={() => { lineRef.current = stale; setForm(formOfLine(stale)); setOpen(null); setStale(null); }} />
            )}
        </>
    );
}

