// Step 5: submitted; the number, what happens next and by when (P23). Opened later it says what is still true, or leads to the case.
import { useEffect, useState } from 'preact/hooks';
import { useLocation } from 'wouter-preact';
import { get, Problem } from '../../lib/api';
import { bureauName } from '../../lib/codes';
import { useLoad } from '../../lib/load';
import { dateLong, dateOfAny, taipei } from '../../lib/roc';
import { contentText, restText, sentBy, underReview } from '../../lib/submitted';
import type { Case, HistoryItem, Session } from '../../lib/types';
import { methodText } from '../../lib/words';
import { Icon } from '../../parts/icon';
import { Empty, Steps, usePage, Waiting } from '../../parts/page';
import { ProblemNote } from '../../parts/problem';
import { Chop } from '../../parts/status';

interface Sent { case: Case; by: HistoryItem | null }

async function submitterOf(lineId: string, signal: AbortSignal): Promise<HistoryItem | null> {
    try {
        return sentBy((await get<{ items: HistoryItem[] }>(`/lines/${lineId}/history`, { signal })).items);
    } catch (e) {
        if (e instanceof Problem) return null; // the page stands without the name
        throw e;
    }
}

async function sentOf(caseNo: string, signal: AbortSignal): Promise<Sent> {
    const found = await get<Case>(`/cases/${caseNo}`, { signal });
    const first = underReview(found.lines)[0];
    return { case: found, by: first ? await submitterOf(first.line_id, signal) : null };
}

export function DonePage({ caseNo }: { caseNo: string; s: Session }) {
    const [, go] = useLocation();
    const loaded = useLoad((signal) => sentOf(caseNo, signal), [caseNo]);
    // Nothing is with the bureau: a draft, or all decided or taken back. The page of the case says which.
    const isOver = loaded.data !== null && underReview(loaded.data.case.lines).length === 0;
    usePage(loaded.data && !isOver ? '已送審' : '送審結果', caseNo);
    useEffect(() => { if (isOver) go(`/case/${caseNo}`, { replace: true }); }, [isOver]);
    if (loaded.problem) {
        return <><h1 class="vh">送審結果</h1>{loaded.problem.status === 404
            ? <Empty title="找不到這個案件" text="可能已被刪除，或不屬於您。"><a class="btn" href="/home">回報備支援首頁</a></Empty>
            : <ProblemNote problem={loaded.problem} what="這一頁暫時開不了，已經送審的不受影響" retry={loaded.reload} />}</>;
    }
    if (!loaded.data || isOver) return <><h1 class="vh">送審結果</h1><Waiting what="載入案件" /></>;
    return <Confirmation sent={loaded.data} />;
}

function Confirmation({ sent: { case: c, by } }: { sent: Sent }) {
    const [copied, setCopied] = useState(false);
    const lines = underReview(c.lines);
    const rest = restText(c.lines);
    const method = by && methodText(by.actor.kind, by.method);
    const submitted = lines.map((l) => l.request.submitted_at).filter((x): x is string => x !== null).sort().pop();
    const due = lines.map((l) => l.request.due_at).filter((x): x is string => x !== null).sort().pop();
    const counties = [...new Set(lines.map((l) => l.target.county).filter((x) => x !== c.home.county))];
    return (
        <>
            <Steps at={5} />
            <div class="cols cols-side">
                <div class="stack">
                    <article class="sheet" aria-labelledby="ok">
                        <div class="row row-end"><h1 id="ok">已送審</h1><Chop status="under_review" /></div>
                        <div class="stack-0"><p class="meta">案件編號</p><div class="row"><p class="caseno code" id="cn">{c.case_no}</p>
                            <button class="btn btn-s no-print" type="button" onClick={() => void navigator.clipboard.writeText(c.case_no).then(() => setCopied(true))}>
                                <Icon name="copy" />複製<span class="vh">案件編號</span></button><span class="live" role="status">{copied ? '已複製' : ''}</span></div></div>
                        <dl class="dl">
                            {submitted && <div><dt>送審時間</dt><dd>{`${dateLong(taipei(submitted).date)} ${taipei(submitted).clock}`}</dd></div>}
                            {by?.actor.name && <div><dt>送審人</dt><dd>{by.actor.name}{method ? `（${method}）` : ''}</dd></div>}
                            <div><dt>內容</dt><dd>{contentText(lines)}</dd></div>
                            {rest && <div><dt>同案其他明細</dt><dd>{rest}</dd></div>}
                            <div><dt>審核機關</dt><dd>{bureauName(c.home.county)}</dd></div>
                            {due && <div><dt>審核期限</dt><dd><time dateTime={dateOfAny(due)}>{dateLong(dateOfAny(due))}</time></dd></div>}
                        </dl>
                    </article>
                    <section class="stack-s"><h2>接下來</h2>
                        <ol class="next">
                            <li class="done"><b>送審完成</b><span>案件已送到{bureauName(c.home.county)}。</span></li>
                            <li aria-current="step"><b>衛生局審核</b><span>審核中可以撤回修改。被退回時，請在期限內補正後重送，編號不變。</span></li>
                            <li><b>核准後生效</b><span>核准才可以前往支援。{counties.length > 0 && `核准時並副知${counties.map(bureauName).join('、')}。`}</span></li>
                        </ol>
                    </section>
                </div>
                <aside class="panel stick no-print">
                    <h2>列印與保存</h2>
                    <div class="btns"><button class="btn btn-main full" type="button" onClick={() => window.print()}><Icon name="printer" />列印這一頁</button></div>
                    <hr />
                    <ul class="plain"><li><a href={`/case/${c.case_no}`}>看這個案件的進度</a></li><li><a href="/file">再申請一件</a></li><li><a href="/home">回報備支援首頁</a></li></ul>
                    <p class="meta">{`對審核內容有疑問，請洽${bureauName(c.home.county)}。`}</p>
                </aside>
            </div>
        </>
    );
}
