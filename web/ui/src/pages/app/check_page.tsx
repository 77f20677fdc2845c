// Step 4, 報備支援申請資料確認: everything once more on the sheet, then 送審 with one key (F145, P24, P45).
import { useRef, useState } from 'preact/hooks';
import { useLocation } from 'wouter-preact';
import { get, newKey, once, Problem } from '../../lib/api';
import { bureauName, countyName } from '../../lib/codes';
import { useHashLine } from '../../lib/hash_line';
import { useLoad } from '../../lib/load';
import { askPreview } from '../../lib/preview';
import type { Case, Line, LineInput, PreviewLine, Session } from '../../lib/types';
import { KIND, serialOf } from '../../lib/words';
import { Crumb, Empty, ErrorSummary, Steps, usePage, Waiting, type SummaryItem } from '../../parts/page';
import { OnceNote, ProblemNote } from '../../parts/problem';
import { LineSheet } from '../../parts/sheet';
import { Chop, createdBy } from '../../parts/status';

const isOpen = (l: Line): boolean => l.request.status === 'draft' || l.request.status === 'returned';

const MOST_TIMES = 100;

/** One question, each time as a line of its own, so that each gets its count; a line without times asks nothing. */
async function previewsOf(lines: Line[], isPerson: boolean, signal: AbortSignal): Promise<Map<string, PreviewLine[]>> {
    const asked = lines.flatMap((l) => (l.times ?? []).map((time, i) => ({ l, time, i })));
    if (asked.length === 0 || asked.length > MOST_TIMES) return new Map();
    const inputs = asked.map(({ l, time }): LineInput => ({ ...(isPerson ? {} : { person_id: l.person.person_id }), target: l.target.code,
        ...(l.department ? { department: l.department } : {}), ...(l.purpose ? { purpose: l.purpose } : {}), times: [time] }));
    try {
        const answers = await askPreview(inputs, signal);
        const found = new Map<string, PreviewLine[]>();
        asked.forEach(({ l, i }, at) => {
            const list = found.get(l.line_id) ?? [];
            list[i] = answers[at]!;
            found.set(l.line_id, list);
        });
        return found;
    } catch (e) {
        if (e instanceof Problem) return new Map(); // the page stands without the counts
        throw e;
    }
}

export function CheckPage({ caseNo, s }: { caseNo: string; s: Session }) {
    usePage('報備支援申請資料確認', caseNo);
    const loaded = useLoad(async (signal) => {
        const found = await get<Case>(`/cases/${caseNo}`, { signal });
        const previews = await previewsOf(found.lines.filter(isOpen), s.subject.kind === 'person', signal);
        return { case: found, previews };
    }, [caseNo]);
    if (loaded.problem) {
        return <><h1 class="vh">申請資料確認</h1>{loaded.problem.status === 404
            ? <Empty title="找不到這個案件" text="可能已被刪除，或不屬於您。"><a class="btn" href="/home">回報備支援首頁</a></Empty>
            : <ProblemNote problem={loaded.problem} what="這一頁暫時開不了" retry={loaded.reload} />}</>;
    }
    if (!loaded.data) return <><h1 class="vh">申請資料確認</h1><Waiting what="核對申請資料" /></>;
    return <CheckSheet data={loaded.data} reload={loaded.reload} />;
}

function CheckSheet({ data, reload }: { data: { case: Case; previews: Map<string, PreviewLine[]> }; reload: () => void }) {
    const [, go] = useLocation();
    const c = data.case;
    useHashLine(c.case_no); // back from 變更: to the line that was changed (P24)
    const lines = c.lines.filter(isOpen);
    const [sure, setSure] = useState(false);
    const [busy, setBusy] = useState(false);
    const [state, setState] = useState<{ kind: 'asking' | 'busy'; wait_s: number } | null>(null);
    const [problem, setProblem] = useState<Problem | null>(null);
    const [summary, setSummary] = useState<SummaryItem[]>([]);
    const [stamp, setStamp] = useState(0);
    const key = useRef(newKey());
    const editOf = (l: Line): string => `/file/${c.case_no}/${serialOf(l.line_id)}`;
    const linked = (pointer: string, message: string): SummaryItem => {
        const i = /\/lines\/(\d+)/.exec(pointer)?.[1];
        const line = i === undefined ? undefined : c.lines[Number(i)];
        return line ? { id: `fix-${serialOf(line.line_id)}`, message: `明細 ${serialOf(line.line_id)}：${message}` } : { message };
    };
    const problems = lines.flatMap((l) => (l.problems ?? []).map((p) => ({ line: l, ...p })));

    const submit = async (e: Event) => {
        e.preventDefault();
        if (busy) return;
        if (!sure) {
            setSummary([{ id: 'sure', message: '請勾選「以上資料都正確」' }]);
            setStamp(stamp + 1);
            return;
        }
        setSummary([]);
        setProblem(null);
        setBusy(true);
        try {
            await once<Case>('POST', `/cases/${c.case_no}/submit`, { version: c.version, key: key.current }, setState);
            go(`/file/${c.case_no}/done`);
        } catch (error) {
            if (!(error instanceof Problem)) throw error;
            if (error.status === 422 && error.errors.length > 0) {
                setSummary(error.errors.map((x) => linked(x.field, x.message)));
                setStamp(stamp + 1);
                reload();
            } else {
                setProblem(error);
                if (error.code === 'stale' || error.code === 'wrong_state') reload();
            }
            // A refusal is an answer: what is mended is sent with a new key.
            if (!error.isUnknown) key.current = newKey();
        } finally {
            setBusy(false);
        }
    };

    if (lines.length === 0) {
        return <><h1>報備支援申請資料確認</h1><Empty title="這個案件沒有要送審的明細" text="明細都已經送審，可以查看進度。"><a class="btn" href={`/case/${c.case_no}`}>看這個案件</a></Empty></>;
    }
    const warnings = [...new Set(lines.flatMap((l) => (data.previews.get(l.line_id) ?? []).flatMap((p) => p.warnings).map((w) => lines.length > 1 ? `明細 ${serialOf(l.line_id)}：${w.message}` : w.message)))];
    const counties = [...new Set(lines.map((l) => l.target.county).filter((x) => x && x !== c.home.county))];
    return (
        <>
            <Crumb items={[{ href: '/home', label: '報備支援首頁' }, { href: `/file/${c.case_no}`, label: '單筆申請' }, { label: '申請資料確認' }]} />
            <h1>報備支援申請資料確認</h1>
            <Steps at={4} />
            <ErrorSummary items={summary} stamp={stamp} />
            {problem && (problem.code === 'stale'
                ? <div class="note note-warn" role="alert"><h3>別人剛改過這個案件，還沒有送審</h3><p>下面已經換成現在的內容，請再看一次，確認後再送審。</p></div>
                : <ProblemNote problem={problem} what="還沒有送審" />)}
            <OnceNote state={state} />
            <div class="cols cols-side">
                <div class="stack">
                    <article class="sheet" aria-labelledby="cs">
                        <div class="row row-end"><h2 id="cs">{`${KIND[lines[0]!.request.kind]}申請　${lines.length} 筆明細`}</h2><Chop status={lines.some((l) => l.request.status === 'returned') ? 'returned' : 'draft'} /></div>
                        <dl class="dl">
                            <div><dt>案件編號</dt><dd><b class="code">{c.case_no}</b></dd></div>
                            <div><dt>執業機構</dt><dd>{c.home.name}（<span class="code">{c.home.code}</span>）　{countyName(c.home.county)}</dd></div>
                            <div><dt>建檔身份</dt><dd>{createdBy(c)}</dd></div>
                        </dl>
                        {lines.map((l) => (
                            <LineSheet line={l} perTime={data.previews.get(l.line_id)} change={`${editOf(l)}?back=check`}>
                                {(l.problems ?? []).length > 0 && (
                                    <div class="note note-bad"><h4>{`這一筆還有 ${l.problems!.length} 個地方要改`}</h4>
                                        <ul class="bul">{l.problems!.map((p) => <li>{p.message}</li>)}</ul>
                                        <p><a id={`fix-${serialOf(l.line_id)}`} href={/person_id|target/.test(l.problems![0]!.field) && l.request.status === 'draft' ? `/file/${c.case_no}?line=${serialOf(l.line_id)}` : editOf(l)}>
                                            {`去改明細 ${serialOf(l.line_id)}`}</a></p></div>
                                )}
                            </LineSheet>
                        ))}
                    </article>
                    <p class="no-print"><a href={`/file/${c.case_no}`}>再加一筆明細</a></p>
                </div>
                <aside class="stack stick no-print">
                    <form class="panel" onSubmit={(e) => void submit(e)} noValidate>
                        <h2>確認送審</h2>
                        <p>核准之前不能前往支援。</p>
                        <dl class="dl dl-tight"><div><dt>審核機關</dt><dd>{bureauName(c.home.county)}</dd></div></dl>
                        <label class="check"><input type="checkbox" id="sure" checked={sure} onChange={(e) => setSure(e.currentTarget.checked)} />
                            <span>以上資料都正確，支援人員也知道這次申請</span></label>
                        <div class="btns">
                            <button class="btn btn-main btn-big full" type="submit" disabled={problems.length > 0} aria-disabled={busy ? true : undefined} aria-describedby={problems.length > 0 ? 'why' : undefined}>
                                {busy ? '送審中' : `送審 ${lines.length} 筆明細`}</button>
                        </div>
                        {problems.length > 0 && <p class="err" id="why">{`還有 ${problems.length} 個地方要改，改好才能送審`}</p>}
                        <p class="meta"><a href="/home?status=draft">先存成未送審</a>　內容都已暫存</p>
                    </form>
                    {(warnings.length > 0 || counties.length > 0) && (
                        <div class="note note-warn"><h3>審核時會看到，不影響送審</h3><ul class="bul">
                            {counties.length > 0 && <li>{`支援地點在${counties.map(countyName).join('、')}，核准後由衛生局副知${counties.map(bureauName).join('、')}。`}</li>}
                            {warnings.map((w) => <li>{w}</li>)}
                        </ul></div>
                    )}
                </aside>
            </div>
        </>
    );
}
