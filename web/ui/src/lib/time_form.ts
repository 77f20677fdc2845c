// A time as it is being typed, and what it means once it parses. Pure: no DOM, no server.
import { addDays, dateShort, dateSlash, daysBetween, parseClock, parseDate } from './roc';
import type { Rule, Time, WireTime } from './types';

export type Mode = Time['mode'];

export interface TimeForm {
    key: number;
    mode: Mode;
    from: string;
    to: string;
    start: string;
    end: string;
    rule: Rule['kind'];
    weekdays: number[];
    nth: string;
    nthWeekday: string;
    day: string;
    everyWeeks: string;
    everyWeekday: string;
    everyDays: string;
    dates: string[];
}

/** `field` is the end of a field's id: from, to, start, end, rule, dates. */
export interface TimeFault { field: string; message: string }

let nextKey = 1;

export function emptyTime(): TimeForm {
    return { key: nextKey++, mode: 'recurring', from: '', to: '', start: '', end: '', rule: 'weekly', weekdays: [],
        nth: '', nthWeekday: '1', day: '', everyWeeks: '2', everyWeekday: '1', everyDays: '', dates: [] };
}

const bare = (clock: string): string => clock.replace(':', '');

/** What a form was made of: as long as nobody has typed into it, that is what it means. */
const stored = new WeakMap<TimeForm, WireTime>();

/** What a program has filed of a time may be the half of it; the rest is typed here. */
export function formOf(t: WireTime): TimeForm {
    const form = fieldsOf(t);
    stored.set(form, t);
    return form;
}

function fieldsOf(t: WireTime): TimeForm {
    const f = { ...emptyTime(), mode: t.mode };
    const date = (iso: string | undefined): string => (iso ? dateSlash(iso) : '');
    const number = (n: number | undefined, otherwise = ''): string => (n === undefined ? otherwise : String(n));
    const hours = { start: bare(t.start ?? ''), end: bare(t.end ?? '') };
    switch (t.mode) {
        case 'continuous':
            return { ...f, from: date(t.start), to: date(t.end), start: hours.start.slice(11), end: hours.end.slice(11) };
        case 'dates':
            return { ...f, ...hours, dates: [...t.dates ?? []] };
        case 'recurring': {
            const r = t.rule;
            const base = { ...f, ...hours, from: date(t.from), to: date(t.to), rule: r?.kind ?? f.rule };
            switch (r?.kind) {
                case 'weekly': return { ...base, weekdays: [...r.weekdays ?? []] };
                case 'monthly_weekday': return { ...base, nth: number(r.nth), nthWeekday: number(r.weekday, f.nthWeekday) };
                case 'monthly_day': return { ...base, day: number(r.day) };
                case 'every_n_weeks': return { ...base, everyWeeks: number(r.every, f.everyWeeks), everyWeekday: number(r.weekday, f.everyWeekday) };
                case 'every_n_days': return { ...base, everyDays: number(r.every) };
                case undefined: return base;
            }
        }
    }
}

function numberIn(text: string, low: number, high: number): number | null {
    const n = Number(text.normalize('NFKC').trim());
    return text.trim() !== '' && Number.isInteger(n) && n >= low && n <= high ? n : null;
}

function ruleOf(f: TimeForm): Rule | string {
    switch (f.rule) {
        case 'weekly':
            return f.weekdays.length > 0 ? { kind: 'weekly', weekdays: [...f.weekdays].sort() } : '請勾選每週的星期';
        case 'monthly_weekday': {
            const nth = (f.nth.trim() === '-1' ? -1 : numberIn(f.nth, 1, 5)) as -1 | 1 | 2 | 3 | 4 | 5 | null;
            return nth !== null ? { kind: 'monthly_weekday', nth, weekday: Number(f.nthWeekday) } : '每月的第幾個星期，請填 1 到 5';
        }
        case 'monthly_day': {
            const day = numberIn(f.day, 1, 31);
            return day !== null ? { kind: 'monthly_day', day } : '每月的第幾日，請填 1 到 31';
        }
        case 'every_n_weeks': {
            const every = numberIn(f.everyWeeks, 2, 52);
            return every !== null ? { kind: 'every_n_weeks', every, weekday: Number(f.everyWeekday) } : '每隔幾週，請填 2 到 52';
        }
        case 'every_n_days': {
            const every = numberIn(f.everyDays, 1, 365);
            return every !== null ? { kind: 'every_n_days', every } : '每隔幾日，請填 1 到 365';
        }
    }
}

/** The time this form means, or what stands in the way. */
export function readTime(f: TimeForm, today: string): { time: Time | null; faults: TimeFault[] } {
    const faults: TimeFault[] = [];
    const clock = (field: 'start' | 'end', isEnd: boolean): string => {
        const text = f[field].trim();
        const t = parseClock(text, isEnd);
        if (t) return t;
        const name = isEnd ? '結束時間' : '開始時間';
        faults.push({ field, message: text === '' ? `請填${name}，例如 ${isEnd ? '1700' : '0800'}` : `${name}看不懂「${text}」，請填 4 碼，例如 ${isEnd ? '1700' : '0800'}` });
        return '';
    };
    const date = (field: 'from' | 'to', name: string): string => {
        const text = f[field].trim();
        const iso = parseDate(text);
        if (iso) return iso;
        faults.push({ field, message: text === '' ? `請填${name}，例如 ${dateSlash(addDays(today, 7))}` : `${name}看不懂「${text}」，請填民國年月日，例如 ${dateSlash(addDays(today, 7))}` });
        return '';
    };
    const future = (field: string, iso: string, name: string) => {
        if (iso && iso <= today) faults.push({ field, message: `${name}要在今天之後，最早是 ${dateSlash(addDays(today, 1))}` });
    };
    let time: Time | null = null;
    if (f.mode === 'dates') {
        if (f.dates.length === 0) faults.push({ field: 'dates', message: '請在日曆上勾選日期' });
        if (f.dates.length > 366) faults.push({ field: 'dates', message: `勾選了 ${f.dates.length} 天，最多 366 天` });
        const past = f.dates.find((d) => d <= today);
        if (past) faults.push({ field: 'dates', message: `${dateShort(past)}不在今天之後，請取消勾選` });
        time = { mode: 'dates', dates: [...f.dates].sort(), start: clock('start', false), end: clock('end', true) };
    } else {
        const words = f.mode === 'continuous' ? (['開始日期', '結束日期'] as const) : (['期間起日', '期間迄日'] as const);
        const from = date('from', words[0]);
        const to = date('to', words[1]);
        future('from', from, words[0]);
        if (from && to && to < from) faults.push({ field: 'to', message: `${words[1]}不能早於${words[0]}` });
        if (f.mode === 'continuous') {
            const start = clock('start', false);
            const end = clock('end', true);
            if (from && from === to && start && end && end <= start) faults.push({ field: 'end', message: '結束要在開始之後' });
            time = { mode: 'continuous', start: `${from}T${start}`, end: `${to}T${end}` };
        } else {
            const rule = ruleOf(f);
            if (typeof rule === 'string') faults.push({ field: 'rule', message: rule });
            const start = clock('start', false);
            const end = clock('end', true);
            if (typeof rule !== 'string') time = { mode: 'recurring', from, to, start, end, rule };
        }
    }
    return faults.length > 0 ? { time: null, faults } : { time, faults };
}

/**
 * What a draft keeps of the form: each field that parses, and all of a time that nobody has touched, be it
 * past by now. null: nothing yet.
 */
export function wireOf(f: TimeForm): WireTime | null {
    const asStored = stored.get(f);
    if (asStored) return asStored;
    const from = parseDate(f.from.trim()), to = parseDate(f.to.trim());
    const start = parseClock(f.start.trim(), false), end = parseClock(f.end.trim(), true);
    const hours = { ...(start ? { start } : {}), ...(end ? { end } : {}) };
    const whole = (time: WireTime): WireTime | null => (Object.keys(time).length > 1 ? time : null);
    switch (f.mode) {
        case 'dates': return whole({ mode: 'dates', ...(f.dates.length > 0 ? { dates: [...f.dates].sort() } : {}), ...hours });
        case 'continuous':
            return whole({ mode: 'continuous', ...(from && start ? { start: `${from}T${start}` } : {}), ...(to && end ? { end: `${to}T${end}` } : {}) });
        case 'recurring': {
            const rule = ruleOf(f);
            return whole({ mode: 'recurring', ...(from ? { from } : {}), ...(to ? { to } : {}), ...hours, ...(typeof rule === 'string' ? {} : { rule }) });
        }
    }
}

/** 365 天, for the echo under the end of a period. */
export function spanDays(f: TimeForm): number | null {
    const from = parseDate(f.from);
    const to = parseDate(f.to);
    return from && to && to >= from ? daysBetween(from, to) + 1 : null;
}

/** Turns a recurring time into ticked dates, without the days that clash. */
export function asDates(f: TimeForm, occurrences: { start: string }[], without: Set<string>): TimeForm {
    const dates = occurrences.map((o) => o.start.slice(0, 10)).filter((d) => !without.has(d));
    return { ...f, mode: 'dates', dates };
}
