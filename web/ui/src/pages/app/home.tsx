// Home: own lines by status, with the seeds' columns and what may be done with each (F089–F119).
import { useEffect, useRef, useState } from 'preact/hooks';
import { useLocation, useSearch } from 'wouter-preact';
import { get, query, type Problem } from '../../lib/api';
import { departmentName, professionName, codes } from '../../lib/codes';
import { useLastPage } from '../../lib/last_page';
import { useLoad } from '../../lib/load';
import { dateSlash, parseDate, periodSlash } from '../../lib/roc';
import type { Counts, Line, Page, Session, Staff, Status } from '../../lib/types';
import { FORCE, searchText, STATUS, STATUSES } from '../../lib/words';
import { Icon } from '../../parts/icon';
import { Empty, Pager, PlusLink, usePage, Waiting } from '../../parts/page';
import { ProblemNote } from '../../parts/problem';
import { createdBy, LineStatus, RocMoment } from '../../parts/status';
import { Tabs } from '../../parts/tabs';
import { Told, type Telling } from '../../parts/told';
import { LineActions, useLineActions } from './line_actions';

const SIZE = 20;

interface View { status: Status; page: number; q: string; from: string; to: string; force: string }

function viewOf(search: string): View {
    const p = new URLSearchParams(search);
    const status = p.get('status');
    return { status: STATUSES.includes(status as Status) ? (status as Status) : 'under_review', page: Math.max(1, Number(p.get('page')) || 1),
        q: p.get('q') ?? '', from: p.get('from') ?? '', to: p.get('to') ?? '', force: p.get('force') ?? '' };
}

/** What an empty tab is for, so that nobody wonders where his case went. */
const EMPTY: Record<Status, string> = {
    draft: '新增的申請會先存在這裡，送審之前隨時可以接著填。',
    under_review: '送審後列在這裡，可以看審核期限；衛生局審核中可以撤回修改。',
    approved: '衛生局核准後列在這裡，並註明未生效、生效中或已到期。',
    rejected: '衛生局不核准的案件列在這裡，附理由與救濟方式。',
    returned: '衛生局退回補正的案件列在這裡，請在期限前補正後重送。',
};

const purposeZh = (code: string | null): string => codes.value?.purposes.find((x) => x.code === code)?.zh ?? '';

export function HomePage({ s }: { s: Session }) {
    usePage('報備支援首頁');
    const [, go] = useLocation();
    const view = viewOf(useSearch());
    const isPerson = s.subject.kind === 'person';
    const counts = useLoad((signal) => get<Counts>('/lines/counts', { signal }), []);
    const filter = query({ status: view.status, q: view.q, from: view.from, to: view.to, force: view.status === 'approved' ? view.force : '', page: view.page, limit: SIZE });
    const list = useLoad((signal) => get<Page<Line>>(`/lines${filter}`, { signal }), [filter]);
    const [told, setTold] = useState<Telling | null>(null);
    const [failed, setFailed] = useState<Problem | null>(null);
    const { dialog, ask } = useLineActions((text, problem) => {
        setTold({ text });
        setFailed(problem);
        counts.reload();
        list.reload();
    });
    const turn = (change: Partial<View>, replace: boolean) => {
        const next = { ...view, page: 1, ...change };
        go(`/home${query({ status: next.status, q: next.q, from: next.from, to: next.to, force: next.force, page: next.page > 1 ? next.page : '' })}`, { replace });
    };
    const show = (change: Partial<View>) => {
        setTold(null);
        turn(change, false);
    };
    const ranEmpty = useLastPage(list.data, SIZE, (page) => turn({ page }, true));
    const returned = counts.data?.returned ?? 0;
    const filtered = view.q !== '' || view.from !== '' || view.to !== '' || view.force !== '';
    const table = (
        <section aria-labelledby="ls" class="stack-s">
            <div class="row row-end"><h2 id="ls">{isPerson ? '報備支援名單' : '機構報備支援名單'}</h2><span class="inline"><a class={isPerson ? 'btn btn-s' : 'btn'} href="/batch">整批申請</a>{!isPerson && <PlusLink href="/file" main>單筆申請</PlusLink>}</span></div>
            <Told told={told} />
            {failed && <ProblemNote problem={failed} what="沒有完成，名單已更新" />}
            <Tabs id="st" labelledBy="ls" panel="lp" at={view.status} onTab={(k) => show({ status: k as Status, force: '' })}
                tabs={STATUSES.map((k) => ({ key: k, label: STATUS[k].word, count: counts.data?.[k] ?? null }))} />
            <div role="tabpanel" id="lp" aria-labelledby={`st-${view.status}`} class="stack-s" aria-busy={list.loading}>
                <Filters key={`${view.q}${view.from}${view.to}${view.force}`} view={view} show={show} isPerson={isPerson} />
                {list.problem ? <ProblemNote problem={list.problem} what="名單暫時讀不到" retry={list.reload} />
                    : !list.data || ranEmpty ? <Waiting what="載入名單" />
                        : list.data.items.length === 0 ? (filtered
                            ? <Empty title={`${STATUS[view.status].word}裡沒有符合條件的案件`} text="請改條件，或看其他申請進度。"><div class="row center"><button class="btn" type="button" onClick={() => show({ q: '', from: '', to: '', force: '' })}>清除條件</button></div></Empty>
                            : counts.data?.total === 0
                                ? <Empty title="還沒有報備支援" text="第一次申請大約需要 5 分鐘，請先備妥被支援機構名稱與支援時間。"><PlusLink href="/file" main>單筆申請</PlusLink></Empty>
                                : <Empty title={`沒有${STATUS[view.status].word}的案件`} text={EMPTY[view.status]}>
                                    {view.status === 'draft' && <div class="row center"><PlusLink href="/file">單筆申請</PlusLink></div>}</Empty>)
                            : <>
                                <LineTable lines={list.data.items} status={view.status} page={view.page} isPerson={isPerson} ask={ask} />
                                <Pager label="分頁" page={view.page} size={SIZE} total={list.data.total} isMin={list.data.total_is_min} onPage={(page) => show({ page })} />
                            </>}
            </div>
        </section>
    );
    return (
        <>
            {isPerson ? <div class="row row-end"><h1>報備支援首頁</h1><PlusLink href="/file" main>單筆申請</PlusLink></div> : <h1 class="vh">報備支援首頁</h1>}
            {returned > 0 && view.status !== 'returned' && (
                <div class="note note-warn row row-end"><div><p><b>{`退回 ${returned} 筆，請在期限前補正後重送`}</b></p></div>
                    <button class="btn btn-s" type="button" onClick={() => show({ status: 'returned', q: '', from: '', to: '', force: '' })}>看退回的案件</button></div>
            )}
            {isPerson ? <div class="cols cols-lead home-me"><Me />{table}</div> : table}
            {dialog}
        </>
    );
}

function Filters({ view, show, isPerson }: { view: View; show: (v: Partial<View>) => void; isPerson: boolean }) {
    const [q, setQ] = useState(view.q);
    const [from, setFrom] = useState(view.from ? dateSlash(view.from) : '');
    const [to, setTo] = useState(view.to ? dateSlash(view.to) : '');
    const [fault, setFault] = useState('');
    const submit = (e: Event) => {
        e.preventDefault();
        const dates = [from, to].map((x) => (x.trim() === '' ? '' : parseDate(x)));
        if (dates.includes(null)) return setFault('支援期間看不懂，請填民國年月日，例如 1150301');
        if (q.trim() !== '' && [...q.trim()].length < 2) return setFault('姓名或機構請輸入至少2碼後查詢');
        setFault('');
        show({ q: searchText(q), from: dates[0] ?? '', to: dates[1] ?? '' });
    };
    return (
        <form class="filters" role="search" aria-label="查詢條件" onSubmit={submit} noValidate>
            <label>{isPerson ? '機構或案件編號' : '姓名、機構或案件編號'}<input class="in in-s w10" value={q} onInput={(e) => setQ(e.currentTarget.value)} placeholder="請輸入至少2碼後查詢" /></label>
            <label>支援期間起<input class="in in-s w7" value={from} onInput={(e) => setFrom(e.currentTarget.value)} inputMode="numeric" /></label>
            <label>支援期間迄<input class="in in-s w7" value={to} onInput={(e) => setTo(e.currentTarget.value)} inputMode="numeric" /></label>
            {view.status === 'approved' && (
                <label>法律狀態<select class="in in-s" value={view.force} onChange={(e) => show({ force: e.currentTarget.value })}>
                    <option value="">全部</option>{Object.entries(FORCE).map(([k, f]) => <option value={k}>{f.word}</option>)}
                </select></label>
            )}
            <button class="btn btn-s" type="submit"><Icon name="search" />查詢</button>
            {(view.q || view.from || view.to || view.force) && <button class="btn btn-s" type="button" onClick={() => show({ q: '', from: '', to: '', force: '' })}>清除條件</button>}
            {fault && <p class="err full" role="alert">{fault}</p>}
        </form>
    );
}

function LineTable({ lines, status, page, isPerson, ask }: {
    lines: Line[]; status: Status; page: number; isPerson: boolean; ask: Parameters<typeof LineActions>[0]['ask'];
}) {
    const box = useRef<HTMLDivElement>(null);
    useEffect(() => { if (box.current) box.current.scrollLeft = 0; }, [page]);
    return (
        <div class="scroll" role="region" aria-label="名單表格，可左右捲動" tabIndex={0} ref={box}>
            <table class={isPerson ? 'tb tb-stack' : 'tb'}>
                <caption class="vh">{`報備支援名單，申請進度：${STATUS[status].word}，依建檔由新到舊，第 ${page} 頁`}</caption>
                <thead><tr>
                    <th scope="col">管理</th>{!isPerson && <th scope="col">姓名</th>}<th scope="col">被支援機構代碼</th><th scope="col">支援科別</th>
                    <th scope="col">開始時間</th><th scope="col">結束時間</th><th scope="col">送審日期</th><th scope="col">建檔身份</th><th scope="col">申請進度</th>
                </tr></thead>
                <tbody>{lines.map((l) => {
                    const dept = <span>{l.department ? departmentName(l.department) : '—'}<span class="sub">{purposeZh(l.purpose)}</span></span>;
                    return (
                        <tr key={l.line_id}>
                            <td data-l="管理" class={isPerson ? 'act' : 'w-acts'}><LineActions line={l} ask={ask} view /></td>
                            {!isPerson && <th scope="row" class="w-name">{l.person.name}<span class="sub">{professionName(l.person.profession)}</span></th>}
                            {isPerson ? <th scope="row" data-l="被支援機構" class="top"><span>{l.target.name}<span class="sub code">{l.target.code}</span></span></th>
                                : <td class="w-inst">{l.target.name}<span class="sub code">{l.target.code}</span></td>}
                            <td data-l="支援科別">{dept}</td>
                            <td data-l="開始時間"><RocMoment at={l.first_at} /></td>
                            <td data-l="結束時間"><RocMoment at={l.last_at} /></td>
                            <td data-l="送審日期"><RocMoment at={l.request.submitted_at ? l.request.submitted_at : null} /></td>
                            <td data-l="建檔身份" class="nb">{createdBy(l)}</td>
                            <td data-l="申請進度" class="top"><LineStatus line={l} /></td>
                        </tr>
                    );
                })}</tbody>
            </table>
        </div>
    );
}

/** 個人資料 (F090–F094). */
function Me() {
    const loaded = useLoad((signal) => get<Staff>('/people/me', { signal }), []);
    const me = loaded.data;
    return (
        <aside aria-labelledby="me" class="panel-q"><h2 id="me" class="h3">個人資料</h2>
            {loaded.problem && <ProblemNote problem={loaded.problem} what="個人資料暫時讀不到" retry={loaded.reload} />}
            {me && (
                <dl class="dl dl-tight">
                    <div><dt>姓名</dt><dd>{me.name}</dd></div>
                    <div><dt>身分證字號</dt><dd class="code">{me.id_masked}</dd></div>
                    <div><dt>醫事人員類別</dt><dd>{professionName(me.profession)}</dd></div>
                    <div><dt>職業科別</dt><dd>{departmentName(me.department) || '不分科'}</dd></div>
                    <div><dt>執業機構代碼</dt><dd class="code">{me.home?.code ?? '—'}</dd></div>
                    <div><dt>執業機構名稱</dt><dd>{me.home?.name ?? '—'}</dd></div>
                    {me.licence && <>
                        <div><dt>執業執照(字號)</dt><dd>{me.licence.word ?? '—'}</dd></div>
                        <div><dt>執業執照(第號)</dt><dd>{me.licence.number ? `第 ${me.licence.number} 號` : '—'}</dd></div>
                        <div><dt>執業執照起迄日</dt><dd><span class="nb">{periodSlash(me.licence.from, me.licence.to)}</span><br />
                            <span class="hint nb">{`${me.licence.from ?? '—'}~${me.licence.to ?? '—'}`.replaceAll('-', '/')}</span></dd></div>
                    </>}
                </dl>
            )}
        </aside>
    );
}
