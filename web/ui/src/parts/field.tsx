// Labelled fields: label above, hint before the field, error between label and field.
import type { ComponentChildren, InputHTMLAttributes } from 'preact';
import { useState } from 'preact/hooks';
import { Icon } from './icon';
import { MonthGrid } from './month_grid';
import { today } from '../lib/clock';
import { dateLong, dateSlash, parseClock, parseDate } from '../lib/roc';

export interface FieldProps {
    id: string;
    label: string;
    required?: boolean;
    hint?: ComponentChildren;
    /** The hint stands after the field, where it answers rather than asks. */
    hintAfter?: boolean;
    error?: string | null;
    /** The bureau's remark on this field (P29). */
    ask?: string | null;
    wide?: boolean;
}

const describedBy = (f: FieldProps, more?: string): string | undefined =>
    [f.error && `${f.id}-e`, f.ask && `${f.id}-a`, f.hint && `${f.id}-h`, more].filter(Boolean).join(' ') || undefined;

export function Field({ f, children }: { f: FieldProps; children: ComponentChildren }) {
    const cls = ['field', f.wide && 'wide-f', f.error && 'is-err', f.ask && 'is-ask'].filter(Boolean).join(' ');
    return (
        <div class={cls}>
            <label class="label" for={f.id}>
                {f.required && <span class="req" aria-hidden="true">*</span>}{f.label}
                {f.required === false && <> <span class="opt">選填</span></>}
            </label>
            {f.ask && <p class="ask" id={`${f.id}-a`}><b>衛生局：</b>{f.ask}</p>}
            {f.error && <p class="err" id={`${f.id}-e`}>{f.error}</p>}
            {f.hint && !f.hintAfter && <p class="hint" id={`${f.id}-h`}>{f.hint}</p>}
            {children}
            {f.hint && f.hintAfter && <p class="hint" id={`${f.id}-h`}>{f.hint}</p>}
        </div>
    );
}

type InputProps = FieldProps & {
    value: string; onValue: (v: string) => void; cls?: string;
    attrs?: InputHTMLAttributes<HTMLInputElement>;
};

export function TextField(p: InputProps) {
    return (
        <Field f={p}>
            <input class={`in ${p.cls ?? ''}`} id={p.id} value={p.value} required={p.required} autocomplete="off"
                aria-invalid={p.error ? true : undefined} aria-describedby={describedBy(p)}
                onInput={(e) => p.onValue(e.currentTarget.value)} {...p.attrs} />
        </Field>
    );
}

export function SelectField(p: FieldProps & { value: string; onValue: (v: string) => void; options: { value: string; label: string }[]; empty?: string }) {
    return (
        <Field f={p}>
            <select class="in full" id={p.id} required={p.required} value={p.value} aria-invalid={p.error ? true : undefined}
                aria-describedby={describedBy(p)} onChange={(e) => p.onValue(e.currentTarget.value)}>
                {p.empty !== undefined && <option value="">{p.empty}</option>}
                {p.options.map((o) => <option value={o.value}>{o.label}</option>)}
            </select>
        </Field>
    );
}

export function AreaField(p: FieldProps & { value: string; onValue: (v: string) => void; max: number; rows?: number }) {
    const left = p.max - [...p.value].length;
    return (
        <Field f={p}>
            <textarea class="in" id={p.id} rows={p.rows ?? 3} required={p.required} value={p.value}
                aria-invalid={p.error ? true : undefined} aria-describedby={describedBy(p, `${p.id}-n`)}
                onInput={(e) => p.onValue(e.currentTarget.value)} />
            <p class="hint" id={`${p.id}-n`}>{left >= 0 ? `還可以輸入 ${left} 字` : `超過 ${-left} 字，請刪減`}</p>
        </Field>
    );
}

/** A date as text in any form of WEB.md 3; the echo says how it was read; the calendar is there for who wants it. */
export function DateField(p: InputProps & { echoMore?: string; month?: string }) {
    const [open, setOpen] = useState(false);
    const iso = parseDate(p.value);
    const [month, setMonth] = useState(p.month ?? today().slice(0, 7));
    const toggle = () => {
        if (!open) setMonth((iso ?? p.month ?? today()).slice(0, 7));
        setOpen(!open);
    };
    const close = () => {
        setOpen(false);
        document.getElementById(p.id)?.focus();
    };
    return (
        <Field f={p}>
            <div class="inline">
                <input class="in w10" id={p.id} value={p.value} required={p.required} autocomplete="off" inputMode="numeric"
                    aria-invalid={p.error ? true : undefined} aria-describedby={describedBy(p, iso ? `${p.id}-x` : undefined)}
                    onInput={(e) => p.onValue(e.currentTarget.value)}
                    onBlur={() => { if (iso) p.onValue(dateSlash(iso)); }} />
                <button class="btn btn-icon" type="button" aria-expanded={open} aria-controls={`${p.id}-cal`} onClick={toggle}>
                    <Icon name="calendar" /><span class="vh">{`開日曆選${p.label}`}</span>
                </button>
            </div>
            {iso && <p class="echo" id={`${p.id}-x`}>{dateLong(iso)}{p.echoMore && `，${p.echoMore}`}</p>}
            {open && (
                <div class="pop" id={`${p.id}-cal`} role="group" aria-label={`${p.label}日曆`}
                    onKeyDown={(e) => { if (e.key === 'Escape') { e.stopPropagation(); close(); } }}>
                    <MonthGrid id={`${p.id}-g`} month={month} onMonth={setMonth} autoFocus focusOn={iso ?? undefined}
                        day={(d) => ({ selected: d === iso, cls: d === iso ? 'on' : '' })}
                        onPick={(days) => {
                            const d = days[days.length - 1];
                            if (d) p.onValue(dateSlash(d));
                            close();
                        }} />
                </div>
            )}
        </Field>
    );
}

/** A time of day, HHMM or HH:MM. */
export function ClockField(p: InputProps & { isEnd: boolean }) {
    return (
        <Field f={p}>
            <input class="in w4" id={p.id} value={p.value} required={p.required} autocomplete="off" inputMode="numeric" maxLength={5}
                aria-invalid={p.error ? true : undefined} aria-describedby={describedBy(p)}
                onInput={(e) => p.onValue(e.currentTarget.value)}
                onBlur={() => {
                    const t = parseClock(p.value, p.isEnd);
                    if (t) p.onValue(t.replace(':', ''));
                }} />
        </Field>
    );
}
