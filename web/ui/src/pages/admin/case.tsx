// One case for the reviewer: old beside new, the checks, hours, history, and the decision (F198, P13, P16, P29, P40).
import { useEffect, useRef, useState } from 'preact/hooks';
import { useLocation } from 'wouter-preact';
import { get, newKey, Problem } from '../../lib/api';
import { countyName, departmentName, hasDepartment, professionName, purposeText } from '../../lib/codes';
import { today } from '../../lib/clock';
import { useLoad } from '../../lib/load';
import { addDays, dateOfAny, dateSlash, daysBetween, instantPlain, parseDate } from '../../lib/roc';
import type { Check, Content, Line, ReviewLine, WireTime } from '../../lib/types';
import { CODE, CREATED_BY, hoursText, KIND, timeText } from '../../lib/words';
import { AreaField, DateField, SelectField, TextField } from '../../parts/field';
import { HistoryList } from '../../parts/history';
import { Icon } from '../../parts/icon';
import { Crumb, Empty, ErrorSummary, Note, usePage, Waiting, type SummaryItem } from '../../parts/page';
import { OnceNote, ProblemNote } from '../../parts/problem';
import { Chop, DateText, ForceMark } from '../../parts/status';
import { decide, DECISION, type Decision, type DecisionItem } from './decide';
import { neighboursOf, queueHref } from './neighbours';

export function ReviewCase({ lineId }: { lineId: string }) {
    usePage(`審核 ${lineId}`, lineId);
    const loaded = useLoad((signal) => get<ReviewLine>(`/review/lines/${lineId}`, { signal }), [lineId]);
    const [told, setTold] = useState<{ decision: Decision; name: string } | null>(null);
    useEffect(() => { setTold(null); }, [lineId]);
    if (loaded.problem) {
        return <><h1 class="vh">審核案件</h1>{loaded.problem.status === 404
            ? <Empty title="找不到這一筆" text="可能已被刪除，或不在本局轄區。"><a class="btn" href={queueHref()}>回審核</a></Empty>
            : <ProblemNote problem={loaded.problem} what="這一筆暫時開不了" retry={loaded.reload} />}</>;
    }
    const data = loaded.data;
    if (!data || data.line.line_id !== lineId) return <><h1 class="vh">審核案件</h1><Waiting what="載入案件" /></>;
    const { line } = data;
    const next = neighboursOf(lineId);
    const due = line.request.due_at ? dateOfAny(line.request.due_at) : null;
    const left = due ? daysBetween(today(), due) : 0;
    return (
        <>
            <Crumb items={[{ href: queueHref(), label: '審核' }, { label: line.line_id }]} />
            <div class="row row-end">
                <div><h1>{`${KIND[line.request.kind]}：${line.person.name}　${professionName(line.person.profession)}`}</h1>
                    <p class="meta">{line.home.name}<span aria-hidden="true"> → </span>{line.target.name}　<span class="code">{line.line_id}</span></p></div>
                <div class="row">
                    {line.request.status === 'under_review' && due && <span class="inline"><span class={left < 0 ? 'tag tag-solid' : left === 0 ? 'tag tag-warn' : 'tag'}>{left < 0 ? `逾期 ${-left} 天` : left === 0 ? '今天到期' : `剩 ${left} 天`}</span>
                        <span class="meta">期限 <DateText iso={due} /></span></span>}
                    {next && <span class="inline">
                        {next.before && <a class="btn btn-s" href={`/review/${next.before}`}><Icon name="chevron-left" />上一件</a>}
                        <span class="meta">{`${next.at}／${next.of}`}</span>
                        {next.after && <a class="btn btn-s" href={`/review/${next.after}`}>下一件<Icon name="chevron-right" /></a>}
                    </span>}
                </div>
            </div>
            {told && <div tabIndex={-1} id="told"><Note kind="ok" role="status" title={`${told.name}${DECISION[told.decision].done}`}>
                <p>{next?.after ? <a href={`/review/${next.after}`}>看下一件</a> : <a href={queueHref()}>回審核</a>}</p></Note></div>}
            <div class="cols cols-side">
                <div class="stack">
                    <Sheet data={data} />
                    <Checks checks={data.checks ?? []} />
                    <Hours data={data} />
                    <section aria-labelledby="hi" class="stack-s"><h2 id="hi">歷程</h2><HistoryList items={data.history} /></section>
                </div>
                {line.request.status === 'under_review'
                    ? <DecisionForm key={`${line.line_id}-${line.version}`} line={line} checks={data.checks ?? []} onDone={(decision) => {
                        setTold({ decision, name: line.person.name });
                        loaded.reload();
                        requestAnimationFrame(() => requestAnimationFrame(() => document.getElementById('told')?.focus()));
                    }} onStale={loaded.reload} />
                    : <aside class="panel stick" aria-labelledby="dc"><h2 id="dc">審核結果</h2>
                        <p><Chop status={line.request.status} /></p>
                        <dl class="dl dl-tight">
                            {line.request.decided_at && <div><dt>決定時間</dt><dd>{instantPlain(line.request.decided_at)}</dd></div>}
                            {line.request.reason && <div><dt>理由</dt><dd class="told">{line.request.reason}</dd></div>}
                            {line.request.document_no && <div><dt>文號</dt><dd>{line.request.document_no}</dd></div>}
                            {line.request.status === 'returned' && due && <div><dt>補正期限</dt><dd><DateText iso={due} /></dd></div>}
                        </dl>
                        <div class="btns"><a class="btn full" href={queueHref()}>回審核</a></div></aside>}
            </div>
        </>
    );
}

function TimesCell({ times }: { times: WireTime[] | null | undefined }) {
    if (!times || times.length === 0) return <>無</>;
    return <>{times.map((t) => <div>{timeText(t).head}<span class="sub">{timeText(t).sub}</span></div>)}</>;
}

function Sheet({ data }: { data: ReviewLine }) {
    const { line, before } = data;
    const after: Content = data.after ?? line.pending_change ?? line;
    const isChange = line.request.kind === 'change' && before;
    const rows: { name: string; old: preact.ComponentChildren; now: preact.ComponentChildren; same: boolean }[] = isChange ? [
        { name: '支援時間', old: <TimesCell times={before.times} />, now: <TimesCell times={after.times} />, same: !after.times || JSON.stringify(before.times) === JSON.stringify(after.times) },
        { name: '支援目的', old: purposeText(before.purpose), now: purposeText(after.purpose), same: !after.purpose || before.purpose === after.purpose },
        { name: '目的說明', old: before.purpose_note || '無', now: after.purpose_note || '無', same: (before.purpose_note ?? '') === (after.purpose_note ?? '') },
        { name: '備註', old: before.remark || '無', now: after.remark || '無', same: (before.remark ?? '') === (after.remark ?? '') },
    ] : [];
    const changed = rows.filter((r) => !r.same).length;
    return (
        <article class="sheet" aria-labelledby="ba">
            <div class="row row-end"><h2 id="ba">{isChange ? '原核准與申請變更' : `${KIND[line.request.kind]}申請`}</h2><span class="inline"><Chop status={line.request.status} /><ForceMark force={line.force} /></span></div>
            {isChange && (
                <div class="scroll" role="region" aria-label="變更前後對照" tabIndex={0}><table class="tb cmp">
                    <caption class="vh">{`原核准與申請變更對照，${rows.length} 項裡改了 ${changed} 項`}</caption>
                    <thead><tr><th scope="col">項目</th><th scope="col">原核准</th><th scope="col">申請變更</th></tr></thead>
                    <tbody>{[...rows].sort((a, b) => Number(a.same) - Number(b.same)).map((r) => (
                        <tr class={r.same ? 'same' : undefined}><th scope="row">{r.name}</th><td class={r.same ? undefined : 'old'}>{r.old}</td>
                            {r.same ? <td>沒有改</td> : <td class="new"><span class="tag">改</span> <ins>{r.now}</ins></td>}</tr>
                    ))}</tbody>
                </table></div>
            )}
            <dl class="dl">
                <div><dt>申請人</dt><dd>{line.person.name}　{professionName(line.person.profession)}　<span class="code">{line.person.id_masked}</span></dd></div>
                <div><dt>執業機構</dt><dd>{line.home.name}（<span class="code">{line.home.code}</span>）　{countyName(line.home.county)}</dd></div>
                <div><dt>被支援機構</dt><dd>{line.target.name}（<span class="code">{line.target.code}</span>）　{countyName(line.target.county)}</dd></div>
                {!isChange && <>
                    {hasDepartment(line.person.profession) && <div><dt>支援科別</dt><dd>{departmentName(line.department) || '未填'}</dd></div>}
                    <div><dt>支援目的</dt><dd>{purposeText(line.purpose)}</dd></div>
                    {line.purpose_note && <div><dt>目的說明</dt><dd>{line.purpose_note}</dd></div>}
                    {(line.times ?? []).map((t, i, a) => <div><dt>{a.length === 1 ? '支援時間' : `支援時間 ${i + 1}`}</dt><dd>{timeText(t).head}<br /><span class="hint">{timeText(t).sub}{a.length === 1 && line.occurrences > 1 ? `，${line.occurrences} 次` : ''}</span></dd></div>)}
                    <div><dt>備註</dt><dd>{line.remark || '無'}</dd></div>
                </>}
                {line.request.submitted_at && <div><dt>送審</dt><dd>{instantPlain(line.request.submitted_at)}　{CREATED_BY[line.created_by]}建檔</dd></div>}
            </dl>
        </article>
    );
}

const OUTCOME = { fail: { tag: 'tag-bad', word: '✕ 不符' }, warn: { tag: 'tag-warn', word: '! 注意' }, pass: { tag: 'tag-ok', word: '✓ 通過' } };
const RULE: Record<string, string> = {
    licence_valid: '執業執照', person_practising: '執業狀態', home_open: '原執業機構狀態', place_open: '被支援機構狀態', profession: '人員類別',
    purpose: '支援目的', in_future: '事先報准', lead: '提前天數', period: '支援期間', cross_county: '跨轄', place_medical: '支援地點', head: '負責人',
    staff_left: '原執業處所留任', pharmacist: '被支援機構專任藥師', overlap: '時間重疊', hours: '工時加總', quota: '額度', travel: '移動時間' };

function CheckRow({ c }: { c: Check }) {
    return <li><span class={`tag ${OUTCOME[c.outcome].tag}`}>{OUTCOME[c.outcome].word}</span><div>{RULE[c.rule] && <b>{RULE[c.rule]}</b>}<p>{c.message}</p>{c.basis && <p class="small">{`依據：${c.basis}`}</p>}</div></li>;
}

/** P40: what does not fit first, what passed folded. */
function Checks({ checks }: { checks: Check[] }) {
    const of = (o: Check['outcome']) => checks.filter((c) => c.outcome === o);
    const open = [...of('fail'), ...of('warn')];
    const passed = of('pass');
    return (
        <section aria-labelledby="ru" class="stack-s">
            <div class="row row-end"><h2 id="ru">檢核</h2><p class="meta">{`不符 ${of('fail').length}　注意 ${of('warn').length}　通過 ${passed.length}`}</p></div>
            {open.length > 0 && <ul class="rules" role="list">{open.map((c) => <CheckRow c={c} />)}</ul>}
            {passed.length > 0 && <details open={open.length === 0}><summary>{`通過的 ${passed.length} 項`}</summary><ul class="rules rules-2" role="list">{passed.map((c) => <CheckRow c={c} />)}</ul></details>}
            {checks.length === 0 && <p class="meta">這一筆沒有檢核資料。</p>}
        </section>
    );
}

function Hours({ data }: { data: ReviewLine }) {
    const weeks = (data.hours ?? []).slice(0, 8);
    const max = Math.max(2400, ...weeks.map((w) => w.minutes));
    if (weeks.length === 0 && !data.staff_left) return null;
    return (
        <section aria-labelledby="hr" class="stack-s"><h2 id="hr">每週時數</h2>
            {data.staff_left && <p class="meta">{`${data.line.home.name}登記的${professionName(data.staff_left.profession)}現有 ${data.staff_left.now} 人，支援時段最少留 ${data.staff_left.after} 人。`}</p>}
            {weeks.length > 0 && (
                <div class="scroll" role="region" aria-label="每週時數，可左右捲動" tabIndex={0}><table class="tb tb-dense">
                    <caption>{`連同本案的支援時數${(data.hours ?? []).length > 8 ? `，前 8 週，共 ${(data.hours ?? []).length} 週` : ''}。虛線是每週正常工時 40 小時（勞動基準法第30條）`}</caption>
                    <thead><tr><th scope="col">週（起始日）</th><th scope="col" class="num">支援時數</th><th scope="col" class="w-bar"><span class="vh">圖</span></th></tr></thead>
                    <tbody>{weeks.map((w) => (
                        <tr><th scope="row" class="nb">{/^\d{4}-\d\d-\d\d$/.test(w.week) ? dateSlash(w.week) : w.week}</th><td class="num">{hoursText(w.minutes)}</td>
                            <td><svg class="chart wkbar" height="20" aria-hidden="true"><rect class="b4" x="0" y="3" width={`${(w.minutes / max) * 100}%`} height="14" />
                                <line class="cap" x1={`${(2400 / max) * 100}%`} x2={`${(2400 / max) * 100}%`} y1="0" y2="20" /></svg></td></tr>
                    ))}</tbody>
                </table></div>
            )}
        </section>
    );
}

const REMARK_FIELDS = [['', '不指定'], ['times', '支援時間'], ['purpose', '支援目的'], ['purpose_note', '目的說明'], ['department', '支援科別'], ['remark', '備註'], ['attachments', '附件'], ['target', '被支援機構']];

function DecisionForm({ line, checks, onDone, onStale }: { line: Line; checks: Check[]; onDone: (d: Decision) => void; onStale: () => void }) {
    const [, go] = useLocation();
    const fails = checks.filter((c) => c.outcome === 'fail').length;
    const [decision, setDecision] = useState<Decision | null>(null);
    const [reason, setReason] = useState('');
    const [field, setField] = useState('');
    const [due, setDue] = useState(dateSlash(addDays(today(), 14)));
    const [doc, setDoc] = useState('');
    const [summary, setSummary] = useState<SummaryItem[]>([]);
    const [stamp, setStamp] = useState(0);
    const [busy, setBusy] = useState(false);
    const [state, setState] = useState<{ kind: 'asking' | 'busy'; wait_s: number } | null>(null);
    const [problem, setProblem] = useState<{ title: string; problem: Problem } | null>(null);
    const key = useRef({ key: newKey(), body: '' });
    const at = (id: string): string | null => summary.find((x) => x.id === id)?.message ?? null;
    const hints: Record<Decision, string> = {
        approve: fails > 0 ? `有 ${fails} 項不符，核准請寫明理由` : '核准後申請人立即看得到',
        return: '請申請人補正後重送，期限暫停計算',
        reject: line.request.kind === 'register' ? '自動附訴願教示' : '原核准繼續有效，自動附訴願教示' };
    const needsReason = decision === 'reject' || decision === 'return' || (decision === 'approve' && fails > 0);
    const send = async (e: Event) => {
        e.preventDefault();
        if (busy) return;
        const items: SummaryItem[] = [];
        const dueIso = parseDate(due);
        if (!decision) items.push({ id: 'd-approve', message: '請選審核決定' });
        if (needsReason && reason.trim() === '') items.push({ id: 'rs', message: `請寫明${decision ? DECISION[decision].verb : ''}理由` });
        if (decision === 'return' && (!dueIso || dueIso <= today())) items.push({ id: 'dd', message: dueIso ? '補正期限要在今天之後' : `補正期限看不懂，請填民國年月日，例如 ${dateSlash(addDays(today(), 14))}` });
        setSummary(items);
        setProblem(null);
        if (items.length > 0 || !decision) {
            setStamp(stamp + 1);
            return;
        }
        const item: DecisionItem = { line_id: line.line_id, version: line.version, decision };
        if (reason.trim()) item.reason = reason.trim();
        if (decision === 'return') {
            item.due_at = `${dueIso}T15:59:59Z`; // to the end of that day in Taipei: members named _at are instants
            if (field) item.remarks = [{ field, text: reason.trim() }];
        }
        if (decision === 'approve' && doc.trim()) item.document_no = doc.trim();
        const body = JSON.stringify(item);
        if (key.current.body !== body) key.current = { key: newKey(), body };
        setBusy(true);
        try {
            const result = await decide([item], key.current.key, setState);
            const failed = result.failed[0];
            if (!failed) onDone(decision);
            else {
                key.current.body = '';
                if (failed.code === 'not_found') go(queueHref());
                setProblem({ title: failed.code === 'stale' || failed.code === 'wrong_state' ? '別人先處理過這一筆，您的決定沒有送出' : '沒有完成',
                    problem: new Problem(409, failed.code, failed.message || CODE[failed.code] || '') });
            }
        } catch (error) {
            if (!(error instanceof Problem)) throw error;
            if (!error.isUnknown) key.current.body = '';
            setProblem({ title: '沒有完成', problem: error });
        } finally {
            setBusy(false);
        }
    };
    return (
        <form class="panel stick" aria-labelledby="dc" onSubmit={(e) => void send(e)} noValidate>
            <h2 id="dc">審核決定</h2>
            <ErrorSummary items={summary} stamp={stamp} />
            {problem && <><ProblemNote problem={problem.problem} what={problem.title} />
                {(problem.problem.code === 'stale' || problem.problem.code === 'wrong_state') && <button class="btn btn-s" type="button" onClick={onStale}>看現在的內容</button>}</>}
            <OnceNote state={state} />
            <fieldset><legend class="vh">決定</legend><div class="choices">
                {(Object.keys(DECISION) as Decision[]).sort((a, b) => ['approve', 'return', 'reject'].indexOf(a) - ['approve', 'return', 'reject'].indexOf(b)).map((d) => (
                    <label class="choice"><input type="radio" name="d" id={`d-${d}`} checked={decision === d} onChange={() => { setDecision(d); setSummary([]); }} />
                        <span><b>{d === 'return' ? '退回' : DECISION[d].verb}</b><span class="hint">{hints[d]}</span></span></label>
                ))}
            </div></fieldset>
            {decision && (decision !== 'approve' || fails > 0) && (
                <AreaField id="rs" label={`${decision === 'return' ? '退回' : DECISION[decision].verb}理由`} required rows={5} max={500} value={reason} error={at('rs')} onValue={(v) => { setReason(v); setSummary(summary.filter((x) => x.id !== 'rs')); }} />
            )}
            {decision === 'return' && <>
                <SelectField id="fr" label="對應欄位" required={false} value={field} onValue={setField} options={REMARK_FIELDS.map(([value, label]) => ({ value: value!, label: label! }))} />
                <DateField id="dd" label="補正期限" required value={due} onValue={setDue} error={at('dd')} />
            </>}
            {decision === 'approve' && <TextField id="dn" label="核准文號" required={false} value={doc} onValue={setDoc} attrs={{ maxLength: 60 }} />}
            <button class="btn btn-main btn-big full" type="submit" aria-disabled={busy ? true : undefined}>{busy ? '處理中' : decision ? DECISION[decision].verb : '送出決定'}</button>
            <p class="meta">{`送出後${line.home.name}與${line.person.name}立即看得到。`}</p>
        </form>
    );
}

