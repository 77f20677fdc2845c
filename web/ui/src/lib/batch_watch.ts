// What becomes of a batch, live (P10): the stream of events is only a hint that there is something new, the truth is
// the status call. Without a stream, or while it is lost, the status is asked for once a second.
import { useEffect, useRef, useState } from 'preact/hooks';
import { get, Problem } from './api';
import type { Batch } from './types';

const FIRST_MS = 150; // most are read by then, and no stream is needed
const ASK_MS = 1000;
const ASK_BESIDE_STREAM_MS = 5000;
const ANSWER_MS = 4000;

/** Nothing happens to it any more unless somebody asks for it. */
export const isSettled = (state: Batch['state']): boolean => state === 'ready' || state === 'done' || state === 'failed';

export interface Watched {
    batch: Batch | null;
    /** Why it can't be shown at all. */
    problem: Problem | null;
    /** The server doesn't answer at the moment; it is asked again by itself. */
    lost: boolean;
    ask: () => void;
}

export function useBatch(id: string): Watched {
    const [state, setState] = useState<Omit<Watched, 'ask'>>({ batch: null, problem: null, lost: false });
    const again = useRef(() => {});
    useEffect(() => {
        const stop = new AbortController();
        let timer: ReturnType<typeof setTimeout> | undefined;
        let stream: EventSource | null = null;
        let streamed = false;
        let opened = false;
        let waited = false;
        let asking = false;
        let pending = false;

        const listen = () => {
            if (opened) return;
            opened = true;
            stream = new EventSource(`/api/v1/batches/${id}/events`);
            stream.onopen = () => { streamed = true; };
            stream.onerror = () => { streamed = false; void ask(); };
            stream.addEventListener('state', () => { streamed = true; void ask(); });
        };
        const quiet = () => {
            stream?.close();
            stream = null;
            opened = streamed = false;
        };
        const ask = async () => {
            clearTimeout(timer);
            if (asking) {
                pending = true;
                return;
            }
            asking = true;
            pending = false;
            let next_ms: number | null = null;
            try {
                const batch = await get<Batch>(`/batches/${id}`, { signal: stop.signal, timeout_ms: ANSWER_MS });
                setState({ batch, problem: null, lost: false });
                if (isSettled(batch.state)) quiet();
                else if (!waited) {
                    waited = true;
                    next_ms = FIRST_MS;
                } else {
                    listen();
                    next_ms = streamed ? ASK_BESIDE_STREAM_MS : ASK_MS;
                }
            } catch (e) {
                if (stop.signal.aborted) return;
                const problem = e instanceof Problem ? e : new Problem(0, 'internal', String(e));
                // Gone, or not his: that is the truth. Everything else passes.
                if (problem.status === 404 || problem.status === 403) {
                    setState((s) => ({ ...s, problem, lost: false }));
                    quiet();
                } else {
                    setState((s) => ({ ...s, lost: true }));
                    next_ms = Math.max(ASK_MS, Math.min(problem.retryAfter_s, 5) * 1000);
                }
            }
            asking = false;
            if (pending) void ask();
            else if (next_ms !== null) timer = setTimeout(() => void ask(), next_ms);
        };
        const seen = () => { if (document.visibilityState === 'visible') void ask(); };
        setState({ batch: null, problem: null, lost: false });
        again.current = () => void ask();
        document.addEventListener('visibilitychange', seen);
        void ask();
        return () => {
            stop.abort();
            clearTimeout(timer);
            quiet();
            document.removeEventListener('visibilitychange', seen);
        };
    }, [id]);
    return { ...state, ask: () => again.current() };
}
