// One month as an accessible grid (WEB.md 2): roving tabindex, arrows, Home and End, PageUp and PageDown
// (with Shift a year), Space and Enter to pick, Shift and arrows to extend. Used by the date field, the
// tick calendar and the clash view.
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { today } from '../lib/clock';
import { addDays, addMonths, daysInMonth, daySpoken, monthName, pad, weekdayOf } from '../lib/roc';
import { Icon } from './icon';

export interface DayLook {
    cls?: string;
    /** The word below the number. */
    mark?: string;
    /** Said after the date. */
    say?: string;
    selected?: boolean;
    disabled?: boolean;
}

const HEADS = ['日', '一', '二', '三', '四', '五', '六'];

export function MonthGrid({ id, month, onMonth, day, onPick, autoFocus, focusOn, multi, say, level }: {
    id: string;
    month: string;
    /** Without it the month stands still. */
    onMonth?: (month: string) => void;
    day: (iso: string) => DayLook;
    /** Without it the grid only shows. */
    onPick?: (days: string[]) => void;
    autoFocus?: boolean;
    focusOn?: string;
    multi?: boolean;
    /** What the live region adds after a pick, such as 「共 3 日」. */
    say?: string;
    level?: 3 | 4;
}) {
    const now = today();
    const start = focusOn?.startsWith(month) ? focusOn : now.startsWith(month) ? now : `${month}-01`;
    const [at, setAt] = useState(start);
    const [told, setTold] = useState('');
    const wantFocus = useRef(autoFocus ?? false);
    const anchor = useRef<string | null>(null);
    const current = at.startsWith(month) ? at : `${month}-01`;

    // Before the next key comes: the focused cell may be gone in the new month.
    useLayoutEffect(() => {
        if (!wantFocus.current) return;
        wantFocus.current = false;
        document.getElementById(`${id}-${current}`)?.focus();
    }, [current, month]);

    const move = (to: string) => {
        wantFocus.current = true;
        setAt(to);
        if (!to.startsWith(month)) onMonth?.(to.slice(0, 7));
    };
    const pick = (days: string[]) => {
        const open = days.filter((d) => !day(d).disabled);
        if (!onPick || open.length === 0) return;
        onPick(open);
        const last = open[open.length - 1] ?? '';
        setTold(`${daySpoken(last)}，${multi && day(last).selected ? '已取消' : '已選'}`);
    };
    const sameDayIn = (months: number): string => {
        const m = addMonths(month, months);
        return `${m}-${pad(Math.min(Number(current.slice(8)), daysInMonth(m)))}`;
    };
    const onKey = (e: KeyboardEvent) => {
        const step: Record<string, number> = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7,
            Home: -weekdayOf(current), End: 6 - weekdayOf(current) };
        let to: string | null = null;
        if (e.key in step) to = addDays(current, step[e.key] ?? 0);
        else if (e.key === 'PageUp') to = sameDayIn(e.shiftKey ? -12 : -1);
        else if (e.key === 'PageDown') to = sameDayIn(e.shiftKey ? 12 : 1);
        else if (e.key === ' ' || e.key === 'Enter') {
            e.preventDefault();
            anchor.current = current;
            pick([current]);
            return;
        }
        if (!to) return;
        e.preventDefault();
        if (!onMonth && !to.startsWith(month)) return;
        if (e.shiftKey && multi && e.key.startsWith('Arrow')) {
            // Extend: tick every day passed that is not ticked yet.
            const [a, b] = current < to ? [current, to] : [to, current];
            const days: string[] = [];
            for (let d = a; d <= b; d = addDays(d, 1)) if (!day(d).selected) days.push(d);
            pick(days);
        }
        move(to);
    };

    const lead = weekdayOf(`${month}-01`);
    const weeks: (string | null)[][] = [];
    for (let i = 0; i < lead + daysInMonth(month); i++) {
        if (i % 7 === 0) weeks.push([null, null, null, null, null, null, null]);
        if (i >= lead) weeks[weeks.length - 1]![i % 7] = `${month}-${pad(i - lead + 1)}`;
    }
    const Head = level === 3 ? 'h3' : 'h4';
    return (
        <div class="month">
            <div class="row month-head">
                <Head id={`${id}-t`} class="push-r" aria-live={onMonth ? 'polite' : undefined}>{monthName(month)}</Head>
                {onMonth && (
                    <span class="inline">
                        <button class="btn btn-s btn-icon" type="button" onClick={() => onMonth(addMonths(month, -1))}><Icon name="chevron-left" /><span class="vh">上個月</span></button>
                        <button class="btn btn-s btn-icon" type="button" onClick={() => onMonth(addMonths(month, 1))}><Icon name="chevron-right" /><span class="vh">下個月</span></button>
                    </span>
                )}
            </div>
            <table class="mg pick" role="grid" aria-labelledby={`${id}-t`} aria-readonly={onPick ? undefined : true}
                aria-multiselectable={multi ? true : undefined} onKeyDown={onKey}>
                <thead role="rowgroup"><tr role="row">
                    {HEADS.map((w) => <th role="columnheader" scope="col" abbr={`星期${w}`}><span class="vh">星期</span>{w}</th>)}
                </tr></thead>
                <tbody role="rowgroup">
                    {weeks.map((week) => (
                        <tr role="row">
                            {week.map((d, i) => {
                                if (!d) return <td role="gridcell" class="out" />;
                                const look = day(d);
                                const off = i === 0 || i === 6 ? 'off' : '';
                                return (
                                    <td role="gridcell" id={`${id}-${d}`} tabIndex={d === current ? 0 : -1}
                                        class={[off, look.cls, look.disabled && 'past', onPick && !look.disabled && 'can'].filter(Boolean).join(' ')}
                                        aria-selected={onPick ? look.selected ?? false : undefined}
                                        aria-disabled={look.disabled ? true : undefined}
                                        aria-current={d === now ? 'date' : undefined}
                                        onClick={() => { setAt(d); pick([d]); }}>
                                        <span class="vh">{daySpoken(d)}{look.say && `，${look.say}`}</span>
                                        <span class="dn" aria-hidden="true">{Number(d.slice(8))}</span>
                                        {look.mark && <span class="m" aria-hidden="true">{look.mark}</span>}
                                    </td>
                                );
                            })}
                        </tr>
                    ))}
                </tbody>
            </table>
            {onPick && <p class="vh" role="status">{told && `${told}${say ? `，${say}` : ''}`}</p>}
        </div>
    );
}
