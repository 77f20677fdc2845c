// Loading for a page: what came, what went wrong, and again.
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { Problem } from './api';

export interface Loaded<T> { data: T | null; problem: Problem | null; loading: boolean; reload: () => void; set: (data: T) => void }

export function useLoad<T>(load: (signal: AbortSignal) => Promise<T>, deps: unknown[]): Loaded<T> {
    const [state, setState] = useState<{ data: T | null; problem: Problem | null; loading: boolean }>({ data: null, problem: null, loading: true });
    const [turn, setTurn] = useState(0);
    const latest = useRef(load);
    latest.current = load;
    useEffect(() => {
        const stop = new AbortController();
        setState((s) => ({ ...s, loading: true, problem: null }));
        latest.current(stop.signal).then(
            (data) => { if (!stop.signal.aborted) setState({ data, problem: null, loading: false }); },
            (e: unknown) => {
                if (stop.signal.aborted) return;
                setState((s) => ({ ...s, problem: e instanceof Problem ? e : new Problem(0, 'internal', String(e)), loading: false }));
            });
        return () => stop.abort();
    }, [turn, ...deps]);
    const reload = useCallback(() => setTurn((t) => t + 1), []);
    const set = useCallback((data: T) => setState({ data, problem: null, loading: false }), []);
    return { ...state, reload, set };
}
