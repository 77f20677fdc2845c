// One batch: live while it is read, then its faults and the choice, then what came of it (P08–P10).
import { useEffect, useRef, useState } from 'preact/hooks';
import { useLocation } from 'wouter-preact';
import { get } from '../../lib/api';
import { KINDS, refusalAdvice, reportName } from '../../lib/batch';
import { batchTold } from '../../lib/batch_told';
import { isSettled, useBatch } from '../../lib/batch_watch';
import { today } from '../../lib/clock';
import { useLoad } from '../../lib/load';
import { datePlain, taipei } from '../../lib/roc';
import type { Batch, BatchImported, Case, Session } from '../../lib/types';
import { count } from '../../lib/words';
import { Download } from '../../parts/download';
import { Crumb, Empty, Note, Steps, usePage, Waiting } from '../../parts/page';
import { ProblemNote } from '../../parts/problem';
import { BatchDelete } from './batch_delete';
import { FaultTable } from './batch_faults';
import { Next } from './batch_next';

function whenText(instant: string): string {
    const { date, clock } = taipei(instant);
    return `${date === today() ? '今天' : datePlain(date)} ${clock}`;
}

function stepOf(b: Batch): number {
    switch (b.state) {
        case 'received': case 'parsing': case 'failed': return 2;
        case 'checking': return 3;
        case 'ready': case 'committing': return 4;
        case 'done': return 5;
    }
}

const stepNames = (b: Batch): string[] => ['上傳檔案', b.rows === null ? '讀取檔案' : `讀取 ${b.rows} 列`, b.rows === null ? '逐列檢查' : '檢查完成',
    b.state === 'done' ? '匯入完成' : '看結果，決定匯入', '送審、列印'];

function Reading({ batch }: { batch: Batch }) {
    const what = batch.state === 'committing' ? '正在匯入' : '正在讀取與檢查';
    return (
        <section class="narrow stack-s" aria-labelledby="rd">
            <h2 id="rd">{what}</h2>
            <div role="status"><p>檔案已經收好，不會遺失。通常幾秒內完成；離開這一頁也沒關係，結果會留在整批申請的上傳紀錄裡。</p>
                <p class="meta">{batch.progress > 0 ? `已完成 ${batch.progress}%` : '排隊中或剛開始'}</p></div>
            <progress aria-label={what} max={100} value={batch.progress > 0 ? batch.progress : undefined} />
        </section>
    );
}

function Refused({ batch, remove }: { batch: Batch; remove: () => void }) {
    const advice = refusalAdvice(batch);
    const { template } = KINDS[batch.kind];
    return (
        <section class="narrow stack" aria-labelledby="rf">
            <div class="note note-bad" role="alert"><h2 id="rf" class="h3">{advice.title}</h2><p>{advice.todo}</p>
                {batch.error?.code === 'wrong_template' && batch.error.message && <p class="told">{batch.error.message}</p>}
                <p>一列都沒有讀，也沒有建檔。</p></div>
            <div class="row">
                <a class="btn btn-main" href={`/batch${batch.kind === 'rule' ? '?kind=rule' : ''}`}>重新上傳</a>
                {advice.template && <Download path={`/templates/${batch.kind}.xlsx`} name={`${template}.xlsx`} cls="btn">{`下載${template}`}</Download>}
                <button class="btn btn-bad" type="button" onClick={remove}>刪除這一批</button>
            </div>
        </section>
    );
}

function Figures({ batch, warned }: { batch: Batch; warned?: boolean }) {
    const invalid = batch.invalid ?? 0;
    return (
        <div class="figs">
            <div><b>{batch.rows}<small>列</small></b><span>讀到</span></div>
            <div><b>{batch.valid}<small>列</small></b><span>{batch.state === 'done' ? '已匯入' : '可以匯入'}</span></div>
            <div class={invalid > 0 ? (warned ? 'is-warn' : 'is-bad') : undefined}><b>{invalid}<small>列</small></b>
                <span>{batch.state === 'done' ? '略過' : invalid > 0 ? `有錯，共 ${count(batch.errors_total)} 個` : '有錯'}</span></div>
        </div>
    );
}

/** Imported: the case, how it stands, and what is next. */
function Done({ batch, remove }: { batch: Batch; remove: () => void }) {
    const loaded = useLoad((signal) => get<Case>(`/cases/${batch.case_no}`, { signal }), [batch.case_no]);
    const head = useRef<HTMLHeadingElement>(null);
    const skipped = batch.invalid ?? 0;
    const drafts = loaded.data?.lines.filter((l) => l.actions.includes('submit')).length ?? 0;
    const gone = loaded.problem?.status === 404;
    return (
        <div class="cols cols-side">
            <div class="stack">
                <section class="stack" aria-labelledby="dn">
                    <h2 id="dn" tabIndex={-1} ref={head}>{`已匯入 ${batch.valid} 列${skipped > 0 ? `，略過 ${skipped} 列` : ''}`}</h2>
                    <Figures batch={batch} warned />
                    <div class="note note-ok">
                        <h3>{gone ? '案件後來已被刪除' : loaded.data ? (drafts > 0 ? `成為一個案件，${drafts} 筆還沒有送審` : '成為一個案件，已經送審') : '成為一個案件'}</h3>
                        <p>案件編號 {gone ? <b class="code">{batch.case_no}</b> : <a class="code" href={`/case/${batch.case_no}`}>{batch.case_no}</a>}</p>
                    </div>
                </section>
                {skipped > 0 && <FaultTable batch={batch} skipped />}
            </div>
            <aside class="panel stick" aria-labelledby="act">
                <h2 id="act">接下來</h2>
                {!gone && <p>{drafts > 0 ? '送審之後衛生局才會審核，核准之前不能前往支援。' : '衛生局審核中，核准之前不能前往支援。'}</p>}
                {skipped > 0 && <p>{`略過的 ${skipped} 列請改好，另存成只有這些列的檔案再上傳。`}</p>}
                <div class="btns">
                    {drafts > 0 && <a class="btn btn-main full" href={`/file/${batch.case_no}/check`}>{`確認送審 ${drafts} 筆明細`}</a>}
                    {!gone && <a class={drafts > 0 ? 'btn full' : 'btn btn-main full'} href={`/case/${batch.case_no}`}>看這個案件</a>}
                    {skipped > 0 && <Download path={`/batches/${batch.batch_id}/report.xlsx`} name={reportName(batch.file_name)} cls="btn full">下載錯誤檔 .xlsx</Download>}
                    <a class="btn full" href={`/batch${batch.kind === 'rule' ? '?kind=rule' : ''}`}>再上傳一個檔案</a>
                    <button class="btn btn-bad full" type="button" onClick={remove}>刪除上傳紀錄</button>
                </div>
            </aside>
        </div>
    );
}

function Ready({ batch, s, ask, imported, remove }: Parameters<typeof Next>[0]) {
    const valid = batch.valid ?? 0;
    const invalid = batch.invalid ?? 0;
    const title = invalid === 0 ? `${valid} 列都正確，可以匯入` : valid === 0 ? `${invalid} 列都有錯，還不能匯入` : `${invalid} 列有錯，${valid} 列可以匯入`;
    return (
        <div class="cols cols-side">
            <div class="stack">
                <h2 id="res" tabIndex={-1}>{title}</h2>
                <Figures batch={batch} />
                <FaultTable batch={batch} skipped={false} />
                {invalid === 0 && <Note kind="ok" title="沒有發現錯誤">請在「接下來」選擇匯入後要不要直接送審。匯入之前什麼都還沒有建檔。</Note>}
            </div>
            <Next key={`${valid}-${invalid}`} batch={batch} s={s} ask={ask} imported={imported} remove={remove} />
        </div>
    );
}

export function BatchPage({ id, s }: { id: string; s: Session }) {
    const { batch, problem, lost, ask } = useBatch(id);
    const [, go] = useLocation();
    const [deleting, setDeleting] = useState(false);
    usePage(batch?.file_name || '整批檢查結果', id);
    // Whoever waited hears that it is over.
    const before = useRef<Batch['state'] | null>(null);
    const [told, setTold] = useState('');
    useEffect(() => {
        if (!batch) return;
        if (before.current !== null && before.current !== batch.state && isSettled(batch.state)) {
            setTold(batch.state === 'ready' ? '檢查完成' : batch.state === 'done' ? '匯入完成' : '檔案讀不出來');
            document.querySelector<HTMLElement>('#res, #dn')?.focus({ preventScroll: batch.state !== 'done' });
        }
        before.current = batch.state;
    }, [batch?.state]);
    const crumb = <Crumb items={[{ href: '/home', label: '報備支援首頁' }, { href: '/file', label: '登錄' }, { href: '/batch', label: '整批申請' }, { label: '檢查結果' }]} />;
    if (problem) {
        return <>{crumb}<h1 class="vh">整批檢查結果</h1>{problem.status === 404
            ? <Empty title="找不到這一批" text="可能已被刪除，或不是您上傳的。"><a class="btn" href="/batch">回整批申請</a></Empty>
            : <ProblemNote problem={problem} what="這一批暫時開不了" retry={ask} />}</>;
    }
    if (!batch) return <>{crumb}<h1 class="vh">整批檢查結果</h1><Waiting what={lost ? '連不上伺服器，正在重新連線' : '載入檢查結果'} /></>;
    const imported = (_: BatchImported) => ask();
    return (
        <>
            {crumb}
            <div><h1 class="file">{batch.file_name || '沒有檔名'}</h1>
                <p class="meta">{`${KINDS[batch.kind].name}　${whenText(batch.created_at)} 上傳　`}<span class="code nb">{`批號 ${batch.batch_id}`}</span></p>
                <p class="vh" role="status">{told}</p></div>
            <Steps label="整批進度" at={stepOf(batch)} names={stepNames(batch)} />
            {lost && <Note kind="warn" title="連不上伺服器，正在重新連線" role="status">檔案已經收好，不會遺失；連上後這一頁會自動更新。</Note>}
            {!isSettled(batch.state) && <Reading batch={batch} />}
            {batch.state === 'failed' && <Refused batch={batch} remove={() => setDeleting(true)} />}
            {batch.state === 'ready' && <Ready batch={batch} s={s} ask={ask} imported={imported} remove={() => setDeleting(true)} />}
            {batch.state === 'done' && <Done batch={batch} remove={() => setDeleting(true)} />}
            {deleting && <BatchDelete batch={batch} onClose={(done) => {
                setDeleting(false);
                if (done) {
                    batchTold.value = done;
                    go('/batch');
                } else ask();
            }} />}
        </>
    );
}
