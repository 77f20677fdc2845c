// POST /cases/preview while typing: debounced, the last question wins.
import { useEffect, useState } from 'preact/hooks';
import { post, Problem } from './api';
import type { LineInput, PreviewLine, Time } from './types';

const DEBOUNCE_MS = 350;

export async function askPreview(lines: LineInput[], signal?: AbortSignal): Promise<PreviewLine[]> {
    const answer = await post<{ lines: PreviewLine[] }>('/cases/preview', { lines }, signal ? { signal } : {});
    return answer.lines;
}

export interface Preview { line: PreviewLine | null; busy: boolean; problem: Problem | null }

/** The preview of one time of a line. Conflicts with the line itself (a returned one) are none. */
export function usePreview(base: Omit<LineInput, 'times' | 'line_id'>, time: Time | null, ownLine: string): Preview {
    const [state, setState] = useState<Preview>({ line: null, busy: false, problem: null });
    const question = time ? JSON.stringify({ ...base, times: [time] }) : '';
    useEffect(() => {
        if (!question) {
            setState({ line: null, busy: false, problem: null });
            return;
        }
        const stop = new AbortController();
        setState((s) => ({ ...s, busy: true }));
        const timer = setTimeout(() => {
            askPreview([JSON.parse(question) as LineInput], stop.signal).then(([line]) => {
                if (line) setState({ line: { ...line, conflicts: line.conflicts.filter((c) => c.with.line_id !== ownLine) }, busy: false, problem: null });
            }, (e: unknown) => {
                if (!stop.signal.aborted) setState({ line: null, busy: false, problem: e instanceof Problem ? e : null });
            });
        }, DEBOUNCE_MS);
        return () => {
            clearTimeout(timer);
            stop.abort();
        };
    }, [question]);
    return state;
}

const minutesOf = (local: string): number => Date.parse(`${local.replace('T24:00', 'T23:59')}:00Z`) / 60_000 + (local.endsWith('24:00') ? 1 : 0);

/** Minutes of all occurrences; the answer lists the first 400, the rest are as long as the first. */
export function totalMinutes(p: PreviewLine): number {
    const lengths = p.occurrences.map((o) => minutesOf(o.end) - minutesOf(o.start));
    const listed = lengths.reduce((a, b) => a + b, 0);
    return listed + (p.count - lengths.length) * (lengths[0] ?? 0);
}
