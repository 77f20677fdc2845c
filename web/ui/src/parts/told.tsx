// What was done, said where it is seen: the row it was done to is gone, and the focus with it.
import { useEffect, useRef } from 'preact/hooks';
import { Note } from './page';

/** An object, so that the same words said once more are told once more. */
export interface Telling { text: string }

export function Told({ told }: { told: Telling | null }) {
    const box = useRef<HTMLDivElement>(null);
    useEffect(() => { box.current?.focus(); }, [told]);
    return told?.text ? <div ref={box} tabIndex={-1} class="stack-s"><Note kind="ok" title={told.text} role="status" /></div> : null;
}
