// What may be done with a line, by its `actions`, and the question before each irreversible step.
import { useRef, useState } from 'preact/hooks';
import { useLocation } from 'wouter-preact';
import { call, newKey, once, Problem } from '../../lib/api';
import { session } from '../../lib/session';
import type { Case, Line, LineInput } from '../../lib/types';
import { caseOf, serialOf } from '../../lib/words';
import { Dialog } from '../../parts/dialog';

type Asked = { line: Line; what: 'withdraw' | 'delete' | 'copy' } | null;

/** Old lines worth filing again: decided ones, also when they have ended (F116, P18). */
const mayCopy = (line: Line): boolean => line.request.status === 'approved' || line.request.status === 'rejected';

/** The content of an old line as a new draft; what no longer fits is told on the page of its times. */
const copyOf = (line: Line, isPerson: boolean): LineInput => ({
    ...(isPerson ? {} : { person_id: line.person.person_id }), target: line.target.code,
    department: line.department, purpose: line.purpose, purpose_note: line.purpose_note,
    times: line.times ?? [], remark: line.remark,
});

const ASK = {
    withdraw: { title: '確定撤回？', verb: '確認撤回', text: '撤回後回到未送審，衛生局不再審核；可以修改後再送審，案件編號不變。' },
    delete: { title: '確定刪除這筆明細？', verb: '確認刪除', text: '刪除後不能復原。' },
    copy: { title: '複製成新的申請？', verb: '複製', text: '會新增一件未送審的案件，內容相同，案件編號不同；請改好支援時間再送審。' },
};

export function useLineActions(done: (told: string, problem: Problem | null) => void) {
    const [asked, setAsked] = useState<Asked>(null);
    const [busy, setBusy] = useState(false);
    const [, go] = useLocation();
    const key = useRef(newKey());
    const run = async () => {
        if (!asked || busy) return;
        const { line, what } = asked;
        setBusy(true);
        try {
            if (what === 'copy') {
                const made = await once<Case>('POST', '/cases', { key: key.current, body: {
                    lines: [copyOf(line, session.value?.subject.kind === 'person')], submit: false } }, () => undefined);
                go(`/file/${made.case_no}/1`);
                return;
            }
            if (what === 'withdraw') await call('POST', `/lines/${line.line_id}/withdraw`, { version: line.version, key: newKey() });
            else await call('DELETE', `/lines/${line.line_id}`, { version: line.version });
            done(what === 'withdraw' ? `已撤回${line.target.name}這一筆，回到未送審` : `已刪除${line.target.name}這一筆`, null);
        } catch (e) {
            if (!(e instanceof Problem)) throw e;
            done('', e);
        } finally {
            setBusy(false);
            setAsked(null);
            key.current = newKey();
        }
    };
    const dialog = asked && (
        <Dialog id="ask" title={ASK[asked.what].title} onClose={() => setAsked(null)}>
            <p>{`${asked.line.person.name}到${asked.line.target.name}，${asked.line.line_id}。`}{ASK[asked.what].text}</p>
            <div class="row">
                <button class="btn" type="button" autofocus onClick={() => setAsked(null)}>回去</button>
                <button class={asked.what === 'copy' ? 'btn btn-main' : 'btn btn-bad'} type="button" aria-disabled={busy ? true : undefined}
                    onClick={() => void run()}>{busy ? '處理中' : ASK[asked.what].verb}</button>
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
            {mayCopy(line) && <button class="link" type="button" onClick={() => ask({ line, what: 'copy' })}>複製{of}</button>}
            {line.actions.includes('delete') && <button class="link" type="button" onClick={() => ask({ line, what: 'delete' })}>刪除{of}</button>}
        </span>
    );
}
