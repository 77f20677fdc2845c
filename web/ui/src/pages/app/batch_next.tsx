// What to do with a checked batch: mend and upload again, or import what is sound, as drafts or for review (P09).
import { useRef, useState } from 'preact/hooks';
import { newKey, once, Problem } from '../../lib/api';
import { reportName } from '../../lib/batch';
import { bureauName } from '../../lib/codes';
import type { Batch, BatchImported, Session } from '../../lib/types';
import { Dialog } from '../../parts/dialog';
import { Download } from '../../parts/download';
import { Note } from '../../parts/page';
import { OnceNote, ProblemNote } from '../../parts/problem';
import { FormatGuide } from './batch_upload';

/** Why an import did not happen, in the words of this page. */
function ImportProblem({ problem }: { problem: Problem }) {
    if (problem.code === 'batch_has_errors') {
        return <Note kind="warn" title="沒有匯入：再檢查時有新的錯誤" role="alert">這段時間有新的衝突，已經列在錯誤明細裡。請看過再決定。</Note>;
    }
    if (problem.code === 'stale') return <Note kind="warn" title="沒有匯入：這一批剛才有變動" role="alert">畫面已經更新，請看過再決定。</Note>;
    if (problem.code === 'wrong_state') return <Note kind="warn" title="沒有匯入：這一批的狀態已經改變" role="alert">畫面已經更新。</Note>;
    if (problem.code === 'already_imported') {
        const before = problem.body.batch_id;
        return (
            <Note kind="warn" title="沒有匯入：同一個檔案已經匯入過" role="alert">
                {typeof before === 'string' ? <><a href={`/batch/${before}`}>看那一批</a>。</> : '由別人上傳的那一批匯入。'}這一批用不到了，可以刪除。
            </Note>
        );
    }
    return <ProblemNote problem={problem} what="沒有匯入" />;
}

interface Choice { go: 'mend' | 'import'; submit: boolean }

function Confirm({ batch, submit, county, onNo, onYes }: { batch: Batch; submit: boolean; county: string | null; onNo: () => void; onYes: () => void }) {
    const valid = batch.valid ?? 0;
    const invalid = batch.invalid ?? 0;
    return (
        <Dialog id="imp" title={invalid > 0 ? `匯入 ${valid} 列，略過 ${invalid} 列？` : `匯入全部 ${valid} 列？`} onClose={onNo}>
            <ul class="bul">
                <li>{`${valid} 列會成為一個案件的 ${valid} 筆明細。`}</li>
                {invalid > 0 && <li>{`${invalid} 列有錯，不會匯入；改好後另傳一個只有這些列的檔案。`}</li>}
                <li>{submit ? `匯入後直接送審，由${county ? bureauName(county) : '衛生局'}審核；核准之前不能前往支援，審核中可以撤回修改。` : '匯入後是未送審，可以再修改或刪除；送審之後衛生局才會審核。'}</li>
                <li>{invalid > 0 ? '匯入時會再檢查一次，有新衝突的列也會略過。' : '匯入時會再檢查一次，只要有一列有新的衝突，就一列都不匯入。'}</li>
            </ul>
            <div class="row">
                <button class="btn" type="button" autofocus onClick={onNo}>回去</button>
                <button class="btn btn-main" type="button" onClick={onYes}>{submit ? `確認匯入並送審 ${valid} 筆` : `確認匯入 ${valid} 列`}</button>
            </div>
        </Dialog>
    );
}

export function Next({ batch, s, ask, imported, remove }: {
    batch: Batch; s: Session; ask: () => void;
    /** It is done; told with what the server said. */
    imported: (made: BatchImported) => void; remove: () => void;
}) {
    const valid = batch.valid ?? 0;
    const invalid = batch.invalid ?? 0;
    const maySubmit = s.subject.kind !== 'delegate' || s.subject.rights.includes('submit');
    const [choice, setChoice] = useState<Choice>({ go: valid > 0 ? 'import' : 'mend', submit: false });
    const [confirming, setConfirming] = useState(false);
    const [busy, setBusy] = useState(false);
    const [wait, setWait] = useState<Parameters<typeof OnceNote>[0]['state']>(null);
    const [problem, setProblem] = useState<Problem | null>(null);
    const key = useRef(newKey());
    const importing = choice.go === 'import' && valid > 0;
    const run = async () => {
        setConfirming(false);
        if (busy) return;
        setBusy(true);
        setProblem(null);
        try {
            // Nothing to skip was promised: then all or none.
            imported(await once<BatchImported>('POST', `/batches/${batch.batch_id}/import`,
                { key: key.current, version: batch.version, body: { rows: invalid > 0 ? 'valid' : 'all', submit: choice.submit } }, setWait));
        } catch (e) {
            if (!(e instanceof Problem)) throw e;
            setProblem(e);
            if (!e.isUnknown) key.current = newKey();
            ask();
        } finally {
            setBusy(false);
        }
    };
    const report = (cls: string) => <Download path={`/batches/${batch.batch_id}/report.xlsx`} name={reportName(batch.file_name)} cls={cls}>下載錯誤檔 .xlsx</Download>;
    return (
        <aside class="panel stick" aria-labelledby="act">
            <h2 id="act">接下來</h2>
            {problem && <ImportProblem problem={problem} />}
            <OnceNote state={wait} />
            <form class="stack" onSubmit={(e) => {
                e.preventDefault();
                if (importing) setConfirming(true);
            }}>
                {invalid > 0 && valid > 0 && (
                    <fieldset><legend class="vh">處理方式</legend><div class="choices">
                        <label class="choice"><input type="radio" name="go" checked={choice.go === 'mend'} onChange={() => setChoice({ ...choice, go: 'mend' })} />
                            <span><b>改好再上傳</b><span class="hint">下載錯誤檔：原檔加一欄錯誤說明，有錯的格子標色並附註解</span></span></label>
                        <label class="choice"><input type="radio" name="go" checked={choice.go === 'import'} onChange={() => setChoice({ ...choice, go: 'import' })} />
                            <span><b>{`先匯入正確的 ${valid} 列`}</b><span class="hint">{`${invalid} 列略過，改好後另傳一個只有這些列的檔案`}</span></span></label>
                    </div></fieldset>
                )}
                {valid === 0 && <p>沒有可以匯入的列。請下載錯誤檔：原檔加一欄錯誤說明，有錯的格子標色並附註解，改好再上傳。</p>}
                {importing && (
                    <fieldset><legend>匯入後</legend>
                        <label class="check"><input type="radio" name="then" checked={!choice.submit} onChange={() => setChoice({ ...choice, submit: false })} /><span>存成未送審，稍後再看</span></label>
                        <label class="check"><input type="radio" name="then" checked={choice.submit} disabled={!maySubmit} onChange={() => setChoice({ ...choice, submit: true })} />
                            <span>直接送審<span class="hint block">{maySubmit ? '要附文件的列不能直接送審，會當成有錯' : '您沒有送審的權限，請由有權限的人送審'}</span></span></label>
                    </fieldset>
                )}
                <div class="btns">
                    {importing && <button class="btn btn-main full" type="submit" aria-disabled={busy ? true : undefined}>
                        {busy ? '匯入中' : invalid > 0 ? `匯入 ${valid} 列，略過 ${invalid} 列` : `匯入全部 ${valid} 列`}</button>}
                    {invalid > 0 && report(importing ? 'btn full' : 'btn btn-main full')}
                    {!importing && <a class="btn full" href={`/batch${batch.kind === 'rule' ? '?kind=rule' : ''}`}>上傳改好的檔案</a>}
                    <button class="btn btn-bad full" type="button" onClick={remove}>放棄這一批</button>
                </div>
            </form>
            {importing && <p class="meta">{invalid > 0 ? '匯入時會再檢查一次。這段時間如果有新的衝突，那幾列也會略過並列出來。' : '匯入時會再檢查一次。這段時間如果有新的衝突，就先不匯入，並列出來。'}</p>}
            <FormatGuide kind={batch.kind} />
            {confirming && <Confirm batch={batch} submit={choice.submit} county={s.subject.county} onNo={() => setConfirming(false)} onYes={() => void run()} />}
        </aside>
    );
}
