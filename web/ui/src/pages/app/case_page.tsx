// A case as it stands: the sheet, what the bureau said, what may be done, and the history of each line.
import { useState } from 'preact/hooks';
import { get, type Problem } from '../../lib/api';
import { bureauName, countyName } from '../../lib/codes';
import { useHashLine } from '../../lib/hash_line';
import { useLoad } from '../../lib/load';
import { dateLong, dateOfAny, instantPlain } from '../../lib/roc';
import type { Case, HistoryItem, Line } from '../../lib/types';
import { KIND, serialOf } from '../../lib/words';
import { HistoryList } from '../../parts/history';
import { Icon } from '../../parts/icon';
import { Crumb, Empty, usePage, Waiting } from '../../parts/page';
import { ProblemNote } from '../../parts/problem';
import { LineSheet } from '../../parts/sheet';
import { createdBy, DateText } from '../../parts/status';
import { Told, type Telling } from '../../parts/told';
import { LineActions, useLineActions } from './line_actions';

function Said({ line }: { line: Line }) {
    const r = line.request;
    if (r.status === 'returned') {
        return <div class="note note-warn"><h4>衛生局退回{r.due_at && <>，請在 <DateText iso={dateOfAny(r.due_at)} />前補正</>}</h4>
            {r.reason && <p class="told">{r.reason}</p>}{(r.remarks ?? []).map((x) => <p>{x.text}</p>)}</div>;
    }
    if (r.status === 'rejected') {
        return <div class="note note-bad"><h4>{`衛生局不核准${KIND[r.kind]}`}</h4>{r.reason && <p class="told">{r.reason}</p>}
            <p class="small">不服這個決定，可以在收到處分書次日起 30 日內提起訴願。</p></div>;
    }
    if (r.status === 'approved') {
        return <div class="note note-ok"><h4>{`已核准${KIND[r.kind]}${r.decided_at ? `，${instantPlain(r.decided_at)}` : ''}`}</h4>{r.document_no && <p>{`核准文號：${r.document_no}`}</p>}</div>;
    }
    return null;
}

function LineHistory({ line, open }: { line: Line; open: boolean }) {
    const [shown, setShown] = useState(open);
    const loaded = useLoad((signal) => shown ? get<{ items: HistoryItem[] }>(`/lines/${line.line_id}/history`, { signal }) : Promise.resolve(null), [line.line_id, line.version, shown]);
    return (
        <details open={open} onToggle={(e) => setShown(e.currentTarget.open)} class="no-print">
            <summary>{`明細 ${serialOf(line.line_id)} 的歷程`}</summary>
            {loaded.problem ? <ProblemNote problem={loaded.problem} what="歷程暫時讀不到" retry={loaded.reload} />
                : loaded.data ? <HistoryList items={loaded.data.items} /> : shown && <p class="meta" role="status">載入歷程</p>}
        </details>
    );
}

export function CasePage({ caseNo }: { caseNo: string }) {
    usePage(`案件 ${caseNo}`, caseNo);
    const loaded = useLoad((signal) => get<Case>(`/cases/${caseNo}`, { signal }), [caseNo]);
    useHashLine(loaded.data?.case_no);
    const [told, setTold] = useState<Telling | null>(null);
    const [failed, setFailed] = useState<Problem | null>(null);
    const { dialog, ask } = useLineActions((text, problem) => {
        setTold({ text });
        setFailed(problem);
        if (!problem && loaded.data?.lines.length === 1 && text.startsWith('已刪除')) location.assign('/home?status=draft');
        else loaded.reload();
    });
    if (loaded.problem) {
        return <><h1 class="vh">案件</h1>{loaded.problem.status === 404
            ? <Empty title="找不到這個案件" text="可能已被刪除，或不屬於您。"><a class="btn" href="/home">回報備支援首頁</a></Empty>
            : <ProblemNote problem={loaded.problem} what="這個案件暫時開不了" retry={loaded.reload} />}</>;
    }
    if (!loaded.data) return <><h1 class="vh">案件</h1><Waiting what="載入案件" /></>;
    const c = loaded.data;
    const toSubmit = c.lines.filter((l) => l.actions.includes('submit'));
    const due = c.lines.filter((l) => l.request.status === 'under_review').map((l) => l.request.due_at).filter((x): x is string => x !== null).sort().pop();
    return (
        <>
            <Crumb items={[{ href: '/home', label: '報備支援首頁' }, { label: c.case_no }]} />
            <h1>報備支援案件</h1>
            <Told told={told} />
            {failed && <ProblemNote problem={failed} what="沒有完成" />}
            <div class="cols cols-side">
                <div class="stack">
                    <article class="sheet" aria-labelledby="cs">
                        <h2 id="cs">{`${c.lines.length} 筆明細`}</h2>
                        <dl class="dl">
                            <div><dt>案件編號</dt><dd><b class="code">{c.case_no}</b></dd></div>
                            <div><dt>執業機構</dt><dd>{c.home.name}（<span class="code">{c.home.code}</span>）　{countyName(c.home.county)}</dd></div>
                            <div><dt>建檔身份</dt><dd>{createdBy(c)}</dd></div>
                            <div><dt>建檔時間</dt><dd>{instantPlain(c.created_at)}</dd></div>
                            {due && <div><dt>審核期限</dt><dd>{dateLong(dateOfAny(due))}　{bureauName(c.home.county)}</dd></div>}
                        </dl>
                        {c.lines.map((l) => (
                            <LineSheet key={l.line_id} line={l} showStatus>
                                <Said line={l} />
                                <div class="no-print"><LineActions line={l} ask={ask} view={false} /></div>
                            </LineSheet>
                        ))}
                    </article>
                    <section class="stack-s no-print" aria-labelledby="hi"><h2 id="hi">歷程</h2>
                        {c.lines.map((l) => <LineHistory key={l.line_id} line={l} open={c.lines.length === 1} />)}
                    </section>
                </div>
                <aside class="panel stick no-print">
                    <h2>接下來</h2>
                    {toSubmit.length > 0 ? <p>{`還有 ${toSubmit.length} 筆沒有送審。`}</p>
                        : c.lines.some((l) => l.request.status === 'under_review') ? <p>衛生局審核中，核准之前不能前往支援。審核中可以撤回修改。</p>
                            : <p>這個案件沒有要您處理的事。</p>}
                    <div class="btns">
                        {toSubmit.length > 0 && <a class="btn btn-main full" href={`/file/${c.case_no}/check`}>{`確認送審 ${toSubmit.length} 筆明細`}</a>}
                        <button class="btn full" type="button" onClick={() => window.print()}><Icon name="printer" />列印這一頁</button>
                    </div>
                    <ul class="plain"><li><a href="/file">再申請一件</a></li><li><a href="/home">回報備支援首頁</a></li></ul>
                </aside>
            </div>
            {dialog}
        </>
    );
}
