// Editable combobox with list autocomplete (APG): suggestions open in the flow, the focus stays in the
// field, aria-activedescendant tells which one is meant (P01).
import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';

export interface Option {
    key: string;
    /** Name; the typed part is marked in it. */
    label: string;
    code?: string;
    sub?: string;
    tag?: string;
    disabled?: boolean;
}

const DEBOUNCE_MS = 150;

/** 臺/台 and full width are one while searching, so they are one while marking. */
const folded = (s: string): string => s.normalize('NFKC').replaceAll('臺', '台').toLowerCase();

function Marked({ text, typed }: { text: string; typed: string }): ComponentChildren {
    for (const word of folded(typed).split(/\s+/).filter(Boolean).sort((a, b) => b.length - a.length)) {
        const at = folded(text).indexOf(word);
        if (at >= 0 && folded(text).length === text.length) {
            return <>{text.slice(0, at)}<mark>{text.slice(at, at + word.length)}</mark>{text.slice(at + word.length)}</>;
        }
    }
    return text;
}

export function Combo({ id, label, describedBy, invalid, min, find, onPick, what, deps, placeholder }: {
    id: string;
    label: string;
    describedBy?: string;
    invalid?: boolean;
    /** Characters needed before the search starts. */
    min: number;
    find: (typed: string, signal: AbortSignal) => Promise<{ options: Option[]; more: boolean; note?: string; none?: string }>;
    onPick: (key: string) => void;
    /** 「位人員」, 「個機構」… for the count. */
    what?: string;
    /** Searching again when one of these changes. */
    deps?: unknown[];
    placeholder?: string;
}) {
    const [typed, setTyped] = useState('');
    const [options, setOptions] = useState<Option[]>([]);
    const [at, setAt] = useState(-1);
    const [open, setOpen] = useState(false);
    const [told, setTold] = useState('');
    const composing = useRef(false);
    const box = useRef<HTMLInputElement>(null);
    const touched = useRef(false);

    useEffect(() => {
        const text = typed.trim();
        if (!touched.current) return;
        if ([...text].length < min) {
            setOptions([]);
            setOpen(false);
            setTold(text === '' ? '' : `再輸入 ${min - [...text].length} 個字就會查詢`);
            return;
        }
        const stop = new AbortController();
        const timer = setTimeout(() => {
            find(text, stop.signal).then(({ options: found, more, note, none }) => {
                setOptions(found);
                setOpen(found.length > 0);
                setAt(-1);
                setTold(found.length === 0 ? none ?? '沒有建議，請換個字再試'
                    : `有 ${found.length}${more ? ' 個以上的' : ' 個'}建議${what ?? ''}${note ? `，${note}` : ''}。按上下鍵選擇，Enter 帶入。`);
            }, (e: unknown) => {
                if (!stop.signal.aborted) setTold(e instanceof Error && e.message ? e.message : '暫時查不到，請再試一次');
            });
        }, DEBOUNCE_MS);
        return () => {
            clearTimeout(timer);
            stop.abort();
        };
    }, [typed, ...(deps ?? [])]);

    const step = (by: number) => {
        if (!open && options.length > 0) setOpen(true);
        const last = options.length - 1;
        const next = last < 0 ? -1 : at < 0 ? (by > 0 ? 0 : last) : (at + by + options.length) % options.length;
        setAt(next);
        const option = options[next];
        if (option) document.getElementById(`${id}-o-${option.key}`)?.scrollIntoView({ block: 'nearest' });
    };
    const take = (option: Option | undefined) => {
        if (!option || option.disabled) return;
        setOpen(false);
        setTold('');
        onPick(option.key);
    };
    const onKey = (e: KeyboardEvent) => {
        if (composing.current || e.isComposing) return;
        if (e.key === 'ArrowDown') { e.preventDefault(); step(1); }
        else if (e.key === 'ArrowUp') { e.preventDefault(); step(-1); }
        else if (e.key === 'Enter') {
            // Never the form's: a suggestion was meant.
            e.preventDefault();
            if (open) take(options[at]);
        }
        else if (e.key === 'Escape') {
            e.preventDefault();
            if (open) setOpen(false); else setTyped('');
        }
    };
    const active = open ? options[at] : undefined;
    return (
        <>
            <div class={open ? 'combo' : 'combo combo-shut'}>
                <input class="in" id={id} ref={box} role="combobox" aria-label={label} aria-expanded={open} aria-controls={`${id}-list`}
                    aria-autocomplete="list" aria-activedescendant={active ? `${id}-o-${active.key}` : undefined}
                    aria-describedby={[describedBy, `${id}-n`].filter(Boolean).join(' ')} aria-invalid={invalid ? true : undefined}
                    autocomplete="off" spellcheck={false} value={typed} placeholder={placeholder}
                    onCompositionStart={() => { composing.current = true; }}
                    onCompositionEnd={(e) => { composing.current = false; touched.current = true; setTyped(e.currentTarget.value); }}
                    onFocus={() => {
                        // With nothing to type first, the list is there at once.
                        if (min === 0 && !touched.current) { touched.current = true; setTyped(' '); }
                    }}
                    onInput={(e) => { touched.current = true; setTyped(e.currentTarget.value); }}
                    onKeyDown={onKey} onBlur={() => setOpen(false)} />
                <div class="opts" role="listbox" id={`${id}-list`} aria-label={`${label}建議`} hidden={!open} tabIndex={-1}>
                    {options.map((o, i) => (
                        <div role="option" id={`${id}-o-${o.key}`} aria-selected={i === at} aria-disabled={o.disabled ? true : undefined}
                            class={i === at ? 'is-at' : undefined} onMouseDown={(e) => e.preventDefault()} onClick={() => take(o)}>
                            <b><Marked text={o.label} typed={typed} />{o.code && <>（<span class="code"><Marked text={o.code} typed={typed} /></span>）</>}</b>
                            {o.tag && <span class="tag">{o.tag}</span>}
                            {o.sub && <span class="sub">{o.sub}</span>}
                        </div>
                    ))}
                </div>
            </div>
            <p class="live" id={`${id}-n`} role="status">{told}</p>
        </>
    );
}
