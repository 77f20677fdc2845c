// The reviewer's queue: oldest due first, filters in the URL, single and bulk decisions with their partial
// results (P11–P15, P31).
import { useEffect, useRef, useState } from 'preact/hooks';
import { useLocation, useSearch } from 'wouter-preact';
import { get, newKey, Problem, query } from '../../lib/api';
import { bureauName, countyName, professionName } from '../../lib/codes';
import { clockNow } from '../../lib/clock';
import { useLastPage } from '../../lib/last_page';
import { useLoad } from '../../lib/load';
import { dateOfAny, dateSlash } from '../../lib/roc';
import type { Check, DecisionResult, Kind, Page, QueueLine, Session, Status } from '../../lib/types';
import { CODE, count, KIND, searchText, STATUS } from '../../lib/words';
import { AreaField } from '../../parts/field';
import { Dialog } from '../../parts/dialog';
import { Icon } from '../../parts/icon';
import { Empty, ErrorSummary, Note, Pager, usePage, Waiting } from '../../parts/page';
import { OnceNote, ProblemNote } from '../../parts/problem';
import { Chop } from '../../parts/status';
import { Tabs } from '../../parts/tabs';
import { decide, DECISION, type Decision } from './decide';
import { DueTag } from './due';
import { rememberQueue } from './neighbours';

const SIZE = 20;
const TABS: Exclude<Status, 'draft'>[] = ['under_review', 'returned', 'approved', 'rejected'];
const KINDS = Object.keys(KIND) as Kind[];

interface View { status: Status; kind: string; overdue: boolean; q: string; page: number }

function viewOf(search: string): View {
    const p = new URLSearchParams(search);
    const status = p.get('status') as Status;
    return { status: (TABS as Status[]).includes(status) ? status : 'under_review', kind: p.get('kind') ?? '', overdue: p.get('overdue') === 'true',
        q: p.get('q') ?? '', page: Math.max(1, Number(p.get('page')) || 1) };
}

const totalOf = async (params: Record<string, string>, signal: AbortSignal): Promise<number> =>
    (await get<Page<QueueLine>>(`/review/queue${query({ ...params, limit: 1 })}`, { signal })).total;

export function checkCounts(checks: Check[] | null): { fail: number; warn: number } {
    return { fail: (checks ?? []).filter((c) => c.outcome === 'fail').length, warn: (checks ?? []).filter((c) => c.outcome === 'warn').length };
}

function CheckTags({ checks }: { checks: Check[] | null }) {
    const { fail, warn } = checkCounts(checks);
    if (fail === 0 && warn === 0) return <span class="tag tag-ok">✓ 全數通過</span>;
    return <>{fail > 0 && <span class="tag tag-bad">{`✕ 不符 ${fail}`}</span>} {warn > 0 && <span class="tag tag-warn">{`! 注意 ${warn}`}</span>}</>;
}

export function QueuePage({ s }: { s: Session }) {
    usePage('審核');
    const [, go] = useLocation();
    const view = viewOf(useSearch());
    const [turn, setTurn] = useState(0);
    const numbers = useLoad(async (signal) => {
        const [statuses, kinds, overdue] = await Promise.all([
            Promise.all(TABS.map((k) => totalOf({ status: k }, signal))),
            Promise.all(KINDS.map((k) => totalOf({ status: view.status, kind: k }, signal))),
            totalOf({ status: 'under_review', overdue: 'true' }, signal),
        ]);
        return { statuses, kinds, overdue };
    }, [turn, view.status]);
    const filter = query({ status: view.status, kind: view.kind, overdue: view.overdue ? 'true' : '', q: view.q, page: view.page, limit: SIZE });
    const list = useLoad((signal) => get<Page<QueueLine>>(`/review/queue${filter}`, { signal }), [filter, turn]);
    const [picked, setPicked] = useState<Map<string, QueueLine>>(new Map());
    const [asking, setAsking] = useState<Decision | null>(null);
    const [outcome, setOutcome] = useState<{ decision: Decision; result: DecisionResult; lines: Map<string, QueueLine> } | null>(null);
    const [seen, setSeen] = useState('');
    const told = useRef<HTMLDivElement>(null);
    useEffect(() => { setPicked(new Map()); }, [filter]);
    useEffect(() => {
        if (!list.data) return;
        setSeen(clockNow());
        rememberQueue(list.data.items.map((l) => l.line_id), view.status === 'under_review');
    }, [list.data]);
    useEffect(() => { if (outcome) told.current?.focus(); }, [outcome]);
    const show = (change: Partial<View>, replace = false) => {
        const next = { ...view, page: 1, ...change };
        go(`/review${query({ status: next.status === 'under_review' ? '' : next.status, kind: next.kind, overdue: next.overdue ? 'true' : '', q: next.q, page: next.page > 1 ? next.page : '' })}`, { replace });
    };
    const byDue = view.status === 'under_review'; // the others come newest first
    const ranEmpty = useLastPage(list.data, SIZE, (page) => show({ page }, true));
    const items = list.data?.items ?? [];
    const all = items.length > 0 && items.every((l) => picked.has(l.line_id));
    const some = items.some((l) => picked.has(l.line_id));
    const canDecide = view.status === 'under_review';
    const totals = numbers.data;
    const open = totals?.statuses[0] ?? 0;
    const toggle = (l: QueueLine) => {
        const next = new Map(picked);
        if (!next.delete(l.line_id)) next.set(l.line_id, l);
        setPicked(next);
    };
    const worst = [...picked.values()].reduce((a, l) => ({ fail: a.fail + (checkCounts(l.checks).fail > 0 ? 1 : 0), warn: a.warn + (checkCounts(l.checks).warn > 0 ? 1 : 0) }), { fail: 0, warn: 0 });
    const eligibility = worst.fail > 0 ? `，其中 ${worst.fail} 筆有不符` : worst.warn > 0 ? `，其中 ${worst.warn} 筆有注意` : '，檢核全數通過';

    return (
        <>
            <div class="row row-end"><h1>審核</h1><p class="meta">{bureauName(s.subject.county)}　{totals && `未結 ${count(open)} 筆　`}<span class="nb">{seen && `資料時間 ${seen}`}</span></p></div>
            {outcome && <div ref={told} tabIndex={-1} class="stack-s"><Outcome outcome={outcome} /></div>}
            <Tabs id="q" label="工作佇列" panel="qp" at={view.status} onTab={(k) => show({ status: k as Status, kind: '', overdue: false })}
                tabs={TABS.map((k, i) => ({ key: k, label: STATUS[k].word, count: totals?.statuses[i] ?? null }))} />
            <div role="tabpanel" id="qp" aria-labelledby={`q-${view.status}`} class="stack" aria-busy={list.loading}>
                {canDecide && totals && (
                    <nav class="figs" aria-label="依審核期限">
                        <a href="/review?overdue=true" class={totals.overdue > 0 ? 'is-bad' : undefined} aria-current={view.overdue ? 'true' : undefined}><b>{count(totals.overdue)}<small>筆</small></b><span>逾期</span></a>
                        <div><b>{count(open - totals.overdue)}<small>筆</small></b><span>期限內</span></div>
                        <a href="/review" aria-current={!view.overdue ? 'true' : undefined}><b>{count(open)}<small>筆</small></b><span>全部</span></a>
                    </nav>
                )}
                <div class="stack-s">
                    <SearchBox key={view.q} q={view.q} show={show} />
                    <div class="chips"><span class="meta" id="ch1">申請類別</span><span class="chips" role="group" aria-labelledby="ch1">
                        {KINDS.map((k, i) => <button class="chip" type="button" aria-pressed={view.kind === k} onClick={() => show({ kind: view.kind === k ? '' : k })}>{KIND[k]}{totals ? ` ${count(totals.kinds[i] ?? 0)}` : ''}</button>)}
                    </span></div>
                </div>
                {list.problem ? <ProblemNote problem={list.problem} what="佇列暫時讀不到" retry={list.reload} />
                    : !list.data || ranEmpty ? <Waiting what="載入佇列" />
                        : items.length === 0 ? <Empty title={view.q || view.kind || view.overdue ? '沒有符合條件的案件' : `沒有${STATUS[view.status].word}的案件`}>
                            {(view.q || view.kind || view.overdue) && <div class="row center"><button class="btn" type="button" onClick={() => show({ q: '', kind: '', overdue: false })}>清除條件</button></div>}</Empty>
                            : <div>
                                <div class="scroll" role="region" aria-label="案件表格，可左右捲動" tabIndex={0}>
                                    <table class="tb">
                                        <caption class="vh">{`${STATUS[view.status].word}，${byDue ? '依審核期限由近到遠' : '由新到舊'}，第 ${view.page} 頁`}</caption>
                                        <thead><tr>
                                            {canDecide && <th scope="col" class="tick"><label class="hit"><input type="checkbox" aria-label={`選取本頁 ${items.length} 筆`} checked={all}
                                                ref={(el) => { if (el) el.indeterminate = some && !all; }}
                                                onChange={() => setPicked(all ? new Map() : new Map(items.map((l) => [l.line_id, l])))} /></label></th>}
                                            <th scope="col" aria-sort={byDue ? 'ascending' : undefined}>{view.status === 'returned' ? '補正期限' : '審核期限'}{byDue && <span aria-hidden="true"> ↑</span>}</th><th scope="col">類別</th><th scope="col">申請人</th><th scope="col">執業機構</th>
                                            <th scope="col">被支援機構</th><th scope="col">支援期間</th><th scope="col">{canDecide ? '檢核' : '申請進度'}</th><th scope="col">案件編號</th>
                                        </tr></thead>
                                        <tbody>{items.map((l) => (
                                            <tr key={l.line_id} aria-selected={canDecide && picked.has(l.line_id) ? true : undefined}>
                                                {canDecide && <td class="tick"><label class="hit"><input type="checkbox" aria-label={`選取 ${l.person.name}，${l.line_id}`} checked={picked.has(l.line_id)} onChange={() => toggle(l)} /></label></td>}
                                                <td class="nb">{canDecide ? <DueTag due={l.due_at ?? l.request.due_at} /> : l.request.due_at ? <time dateTime={dateOfAny(l.request.due_at)}>{dateSlash(dateOfAny(l.request.due_at))}</time> : '—'}</td>
                                                <td class="nb">{KIND[l.request.kind]}</td>
                                                <th scope="row" class="w-name"><a href={`/review/${l.line_id}`}>{l.person.name}<span class="vh">{`，${l.line_id}`}</span></a><span class="sub">{professionName(l.person.profession)}</span></th>
                                                <td class="w-inst">{l.home.name}</td>
                                                <td class="w-inst">{l.target.name}<span class="sub">{countyName(l.target.county)}{l.target.county !== l.home.county && '，要副知'}</span></td>
                                                <td class="nb">{l.first_at ? <><time dateTime={l.first_at.slice(0, 10)}>{dateSlash(l.first_at)}</time><span class="sub">到 <time dateTime={(l.last_at ?? l.first_at).slice(0, 10)}>{dateSlash(l.last_at ?? l.first_at)}</time></span></> : '—'}</td>
                                                <td class="w-ck">{canDecide ? <CheckTags checks={l.checks} /> : <Chop status={l.request.status} />}</td>
                                                <td class="small code nb">{l.line_id}</td>
                                            </tr>
                                        ))}</tbody>
                                    </table>
                                </div>
                                {picked.size > 0 && (
                                    <div class="bulk" role="region" aria-label="整批審核">
                                        <b role="status">{`已選 ${picked.size} 筆${eligibility}`}</b>
                                        <span class="push inline">
                                            <button class="btn btn-s" type="button" onClick={() => setAsking('approve')}>核准…</button>
                                            <button class="btn btn-s" type="button" onClick={() => setAsking('return')}>退回…</button>
                                            <button class="btn btn-s" type="button" onClick={() => setAsking('reject')}>不核准…</button>
                                            <button class="link" type="button" onClick={() => setPicked(new Map())}>取消選取</button>
                                        </span>
                                    </div>
                                )}
                            </div>}
                {list.data && items.length > 0 && <Pager label="分頁" page={view.page} size={SIZE} total={list.data.total} isMin={list.data.total_is_min} onPage={(page) => show({ page })} />}
            </div>
            {asking && <BulkDialog decision={asking} lines={picked} worst={worst} onClose={() => setAsking(null)} onDone={(result) => {
                setOutcome({ decision: asking, result, lines: picked });
                setAsking(null);
                setPicked(new Map());
                setTurn(turn + 1);
            }} />}
        </>
    );
}

function SearchBox({ q, show }: { q: string; show: (v: Partial<View>) => void }) {
    const [text, setText] = useState(q);
    const [fault, setFault] = useState('');
    return (
        <form class="filters" role="search" aria-label="查詢條件" noValidate onSubmit={(e) => {
            e.preventDefault();
            const t = text.trim();
            if (t !== '' && [...t].length < 2) return setFault('請輸入至少2碼後查詢');
            setFault('');
            show({ q: searchText(t) });
        }}>
            <label>姓名、機構或案件編號<input class="in in-s w10" value={text} onInput={(e) => setText(e.currentTarget.value)} placeholder="請輸入至少2碼後查詢" /></label>
            <button class="btn btn-s" type="submit"><Icon name="search" />查詢</button>
            {fault && <p class="err full" role="alert">{fault}</p>}
        </form>
    );
}

/** P11: what was decided counts; what was not is told one by one. */
function Outcome({ outcome: { decision, result, lines } }: { outcome: { decision: Decision; result: DecisionResult; lines: Map<string, QueueLine> } }) {
    const { done, failed } = result;
    return (
        <>
            <Note kind={failed.length === 0 ? 'ok' : done > 0 ? 'warn' : 'bad'} role="status"
                title={failed.length === 0 ? `${done} 筆${DECISION[decision].done}` : `${done} 筆${DECISION[decision].done}，${failed.length} 筆沒有處理`} />
            {failed.length > 0 && (
                <div class="scroll" role="region" aria-label="沒有處理的案件" tabIndex={0}>
                    <table class="tb tb-stack"><caption class="vh">{`沒有處理的 ${failed.length} 筆`}</caption>
                        <thead><tr><th scope="col">申請人</th><th scope="col">案件編號</th><th scope="col">原因</th><th scope="col">管理</th></tr></thead>
                        <tbody>{failed.map((f) => (
                            <tr><th scope="row" data-l="申請人">{lines.get(f.line_id)?.person.name ?? ''}</th><td data-l="案件編號" class="code">{f.line_id}</td>
                                <td data-l="原因">{f.message || CODE[f.code] || '沒有完成'}</td><td data-l="管理"><a href={`/review/${f.line_id}`}>看這一筆<span class="vh">{`，${f.line_id}`}</span></a></td></tr>
                        ))}</tbody>
                    </table>
                </div>
            )}
        </>
    );
}

function BulkDialog({ decision, lines, worst, onClose, onDone }: {
    decision: Decision; lines: Map<string, QueueLine>; worst: { fail: number; warn: number }; onClose: () => void; onDone: (r: DecisionResult) => void;
}) {
    const [reason, setReason] = useState('');
    const [fault, setFault] = useState('');
    const [stamp, setStamp] = useState(0);
    const [busy, setBusy] = useState(false);
    const [state, setState] = useState<{ kind: 'asking' | 'busy'; wait_s: number } | null>(null);
    const [problem, setProblem] = useState<Problem | null>(null);
    const key = useRef(newKey());
    const needs = decision !== 'approve';
    const send = async () => {
        if (busy) return;
        if (needs && reason.trim() === '') {
            setFault(`請寫明${DECISION[decision].verb}理由`);
            setStamp(stamp + 1);
            return;
        }
        setBusy(true);
        setProblem(null);
        try {
            onDone(await decide([...lines.values()].map((l) => ({ line_id: l.line_id, version: l.version, decision, ...(reason.trim() ? { reason: reason.trim() } : {}) })), key.current, setState));
        } catch (e) {
            if (!(e instanceof Problem)) throw e;
            setProblem(e);
            if (!e.isUnknown) key.current = newKey();
        } finally {
            setBusy(false);
        }
    };
    return (
        <Dialog id="bulk" title={`${DECISION[decision].verb} ${lines.size} 筆？`} onClose={onClose}>
            {decision === 'approve' && <p>{worst.fail > 0 ? `其中 ${worst.fail} 筆有不符的檢核，建議逐筆看過再核准。` : '核准後申請人立即看得到。'}</p>}
            {decision === 'return' && <p>請申請人補正後重送，期限暫停計算。同一個理由會寫在每一筆。</p>}
            {decision === 'reject' && <p>不核准後自動附訴願教示。同一個理由會寫在每一筆。</p>}
            {fault && <ErrorSummary stamp={stamp} items={[{ id: 'bulk-reason', message: fault }]} />}
            {problem && <ProblemNote problem={problem} what="沒有完成" />}
            <OnceNote state={state} />
            {needs && <AreaField id="bulk-reason" label={`${DECISION[decision].verb}理由`} required max={500} value={reason} error={fault} onValue={(v) => { setReason(v); setFault(''); }} />}
            <div class="row">
                <button class={decision === 'approve' ? 'btn btn-main' : 'btn btn-bad'} type="button" aria-disabled={busy ? true : undefined} onClick={() => void send()}>{busy ? '處理中' : `確認${DECISION[decision].verb} ${lines.size} 筆`}</button>
                <button class="btn" type="button" autofocus={!needs} onClick={onClose}>回去</button>
            </div>
        </Dialog>
    );
}
