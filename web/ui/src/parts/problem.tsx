// What went wrong, and the way out: the same words on every page.
import { useEffect, useState } from 'preact/hooks';
import { Problem } from '../lib/api';
import { CODE } from '../lib/words';
import { datePlain, taipei } from '../lib/roc';
import { Note } from './page';

export function problemText(p: Problem): string {
    if (p.code === 'not_open_yet' && typeof p.body.opens_at === 'string') {
        const { date, clock } = taipei(p.body.opens_at);
        return `${datePlain(date)} ${clock} 開始受理，在那之前請在舊系統查詢與列印`;
    }
    return CODE[p.code] ?? (p.message || '沒有完成，請再試一次');
}

/** A load or action that failed. With `retry`, a busy server's waiting time runs down first. */
export function ProblemNote({ problem, what, retry }: { problem: Problem; what: string; retry?: () => void }) {
    const [left_s, setLeft] = useState(problem.retryAfter_s);
    useEffect(() => { setLeft(problem.retryAfter_s); }, [problem]);
    useEffect(() => {
        if (left_s <= 0) return;
        const timer = setTimeout(() => setLeft(left_s - 1), 1000);
        return () => clearTimeout(timer);
    }, [left_s]);
    return (
        <Note kind={problem.isBusy ? 'warn' : 'bad'} title={what} role="alert">
            <p>{problemText(problem)}</p>
            {problem.errors.length > 0 && <ul class="bul">{problem.errors.map((e) => <li>{e.message}</li>)}</ul>}
            {retry && <div class="row"><button class="btn btn-s" type="button" disabled={left_s > 0} onClick={retry}>
                {left_s > 0 ? `再試一次（${left_s} 秒後可用）` : '再試一次'}</button></div>}
        </Note>
    );
}

/** P45: while a write's outcome is unknown or the server is busy, and the same key is being repeated. */
export function OnceNote({ state }: { state: { kind: 'asking' | 'busy'; wait_s: number } | null }) {
    if (!state) return null;
    return state.kind === 'asking' ? (
        <Note title="正在確認有沒有送成功" role="status">
            <p>還沒有收到回應，系統正在自動查詢。就算再按一次，也只會有一件。</p>
            <progress aria-label="查詢中" />
        </Note>
    ) : (
        <Note kind="warn" title={`現在使用的人很多，${state.wait_s} 秒後自動再送`} role="status">
            <p>您填寫的內容還在這裡，請不要關掉這一頁。</p>
        </Note>
    );
}
