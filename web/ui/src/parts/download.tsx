// A file of the server as a link. It is fetched, so that a lost session or a busy server is told in words, and then
// given to the browser under the name that says what it is.
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { call, Problem } from '../lib/api';
import { Icon } from './icon';
import { ProblemNote } from './problem';

const KEEP_MS = 60_000; // long enough for the browser to have taken it

function hand(blob: Blob, name: string): void {
    const url = URL.createObjectURL(blob);
    const a = document.createElement('a');
    a.href = url;
    a.download = name;
    a.click();
    setTimeout(() => URL.revokeObjectURL(url), KEEP_MS);
}

export function Download({ path, name, cls, children }: { path: string; name: string; cls?: string; children: ComponentChildren }) {
    const [busy, setBusy] = useState(false);
    const [problem, setProblem] = useState<Problem | null>(null);
    const take = async () => {
        if (busy) return;
        setBusy(true);
        setProblem(null);
        try {
            hand(await call<Blob>('GET', path, { blob: true }), name);
        } catch (e) {
            if (!(e instanceof Problem)) throw e;
            setProblem(e);
        } finally {
            setBusy(false);
        }
    };
    return (
        <>
            <a class={cls} href={`/api/v1${path}`} download={name} aria-busy={busy ? true : undefined}
                onClick={(e) => {
                    if (e.metaKey || e.ctrlKey || e.shiftKey || e.altKey) return;
                    e.preventDefault();
                    void take();
                }}><Icon name="download" />{children}</a>
            {problem && <ProblemNote problem={problem} what="沒有下載" retry={() => void take()} />}
        </>
    );
}
