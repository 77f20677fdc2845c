// What may be done with a line, by its `actions`, and the question before each irreversible step.
import { useState } from 'preact/hooks';
import { call, newKey, Problem } from '../../lib/api';
import type { Line } from '../../lib/types';
import { caseOf, serialOf } from '../../lib/words';
import { Dialog } from '../../parts/dialog';

type Asked = { line: Line; what: 'withdraw' | 'delete' } | null;

export function useLineActions(done: (told: string, problem: Problem | null) => void) {
    const [asked, setAsked] = useState<Asked>(null);
    const [busy, setBusy] = useState(false);
    const run = async () => {
        if (!asked || busy) return;
        const { line, what } = asked;
        setBusy(true);
        try {
            if (what === 'withdraw') await call('POST', `/lines/${line.line_id}/withdraw`, { version: line.version, key: newKey() });
            else await call('DELETE', `/lines/${line.line_id}`, { version: line.version });
            done(what === 'withdraw' ? `已撤回${line.target.name}這一筆，回到未送審` : `已刪除${line.target.name}這一筆`, null);
        } catch (e) {
            if (!(e instanceof Problem)) throw e;
            done('', e);
        } finally {
            setBusy(false);
            setAsked(null);
        }
    };
    const dialog = asked && (
        <Dialog id="ask" title={asked.what === 'withdraw' ? '確定撤回？' : '確定刪除這筆明細？'} onClose={() => setAsked(null)}>
            <p>{`${asked.line.person.name}到${asked.line.target.name}，${asked.line.line_id}。`}
                {asked.what === 'withdraw' ? '撤回後回到未送審，衛生局不再審核；可以修改後再送審，案件編號不變。' : '刪除後不能復原。'}</p>
            <div class="row">
                <button class="btn" type="button" autofocus onClick={() => setAsked(null)}>回去</button>
                <button class="btn btn-bad" type="button" aria-disabled={busy ? true : undefined} onClick={() => void run()}>{asked.what === 'withdraw' ? '確認撤回' : '確認刪除'}</button>
            </div>
        </Dialog>
    );
    return { dialog, ask: setAsked };
}

export function LineActions({ line, ask, view }: { line: Line; ask: (a: Asked) => void; view: boolean }) {
    const of = <span class="vh">{`，${line.person.name}，${line.target.name}，${line.line_id}`}</span>;
    const caseNo = caseOf(line.line_id);
    return (
        <span class="acts">
            {view && <a href={`/case/${caseNo}#l${serialOf(line.line_id)}`}>瀏覽{of}</a>}
            {line.actions.includes('edit') && <a href={`/file/${caseNo}/${serialOf(line.line_id)}`}>編輯{of}</a>}
            {line.actions.includes('submit') && <a href={`/file/${caseNo}/check`}>送審{of}</a>}
            {line.actions.includes('withdraw') && <button class="link" type="button" onClick={() => ask({ line, what: 'withdraw' })}>撤回{of}</button>}
            {line.actions.includes('delete') && <button class="link" type="button" onClick={() => ask({ line, what: 'delete' })}>刪除{of}</button>}
        </span>
    );
}
