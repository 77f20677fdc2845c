// The question before an upload is dropped.
import { useState } from 'preact/hooks';
import { call, Problem } from '../../lib/api';
import type { BatchEntry } from '../../lib/types';
import { Dialog } from '../../parts/dialog';
import { ProblemNote } from '../../parts/problem';

export function BatchDelete({ batch, onClose }: {
    batch: Pick<BatchEntry, 'batch_id' | 'file_name' | 'state' | 'case_no' | 'version'>;
    /** `told`: it is gone, in a sentence; null: nothing was done. */
    onClose: (told: string | null) => void;
}) {
    const [busy, setBusy] = useState(false);
    const [problem, setProblem] = useState<Problem | null>(null);
    const made = batch.state === 'done';
    const title = made ? '確定刪除這一批的上傳紀錄？' : '確定放棄這一批？';
    const run = async () => {
        if (busy) return;
        setBusy(true);
        setProblem(null);
        try {
            await call('DELETE', `/batches/${batch.batch_id}`, { version: batch.version });
            onClose(made ? `已刪除${batch.file_name}的上傳紀錄` : `已放棄${batch.file_name}`);
        } catch (e) {
            if (!(e instanceof Problem)) throw e;
            // Gone already, by another tab or by the call whose answer was lost.
            if (e.status === 404) onClose(`已刪除${batch.file_name}`);
            else setProblem(e);
        } finally {
            setBusy(false);
        }
    };
    return (
        <Dialog id="bdel" title={title} onClose={() => onClose(null)}>
            <p><b class="file">{batch.file_name}</b></p>
            <p>{made ? `只刪除檔案與檢查結果，案件 ${batch.case_no} 不受影響。` : '檔案與檢查結果都會刪除，不能復原；沒有匯入的列不會建檔。'}</p>
            {problem && <ProblemNote problem={problem} what={problem.code === 'stale' ? '沒有刪除，這一批剛才有變動' : '沒有刪除'} />}
            <div class="row">
                <button class="btn" type="button" autofocus onClick={() => onClose(null)}>回去</button>
                <button class="btn btn-bad" type="button" aria-disabled={busy ? true : undefined} onClick={() => void run()}>{busy ? '處理中' : made ? '確認刪除' : '確認放棄'}</button>
            </div>
        </Dialog>
    );
}
