// Dates and times as people type and read them: ISO inside, ROC years on the page (WEB.md 3).
// All arithmetic is on civil days (UTC midnight), so that no time zone of the PC takes part.

const DAY_MS = 86_400_000;
const WEEK = ['日', '一', '二', '三', '四', '五', '六'];
const roc = new Intl.DateTimeFormat('zh-TW-u-ca-roc', { dateStyle: 'full', timeZone: 'UTC' });

export const pad = (n: number, width = 2): string => String(n).padStart(width, '0');

function utc(iso: string): Date {
    return new Date(`${iso.slice(0, 10)}T00:00:00Z`);
}

export function isoOf(year: number, month: number, day: number): string | null {
    const d = new Date(Date.UTC(2000, month - 1, day));
    d.setUTCFullYear(year, month - 1, day);
    if (d.getUTCFullYear() !== year || d.getUTCMonth() !== month - 1 || d.getUTCDate() !== day) return null;
    return `${pad(year, 4)}-${pad(month)}-${pad(day)}`;
}

export function addDays(iso: string, days: number): string {
    return new Date(utc(iso).getTime() + days * DAY_MS).toISOString().slice(0, 10);
}

export function addMonths(month: string, n: number): string {
    const y = Number(month.slice(0, 4));
    const m = Number(month.slice(5, 7)) - 1 + n;
    return `${pad(y + Math.floor(m / 12), 4)}-${pad(((m % 12) + 12) % 12 + 1)}`;
}

export function daysInMonth(month: string): number {
    return new Date(Date.UTC(Number(month.slice(0, 4)), Number(month.slice(5, 7)), 0)).getUTCDate();
}

export function daysBetween(from: string, to: string): number {
    return Math.round((utc(to).getTime() - utc(from).getTime()) / DAY_MS);
}

/** 0 = Sunday. */
export const weekdayOf = (iso: string): number => utc(iso).getUTCDay();

/** Full width to half, Chinese date words to slashes. */
function folded(text: string): string {
    return text.normalize('NFKC').replace(/^\s*(民國|西元)/, '').replace(/[年月.]/g, '/').replace(/日.*$/, '').trim();
}

/** The forms of WEB.md 3: 1130805, 113/8/5, 113-08-05, 2024-08-05, 2024/8/5, 20240805. Else null. */
export function parseDate(text: string): string | null {
    const t = folded(text);
    const digits = /^(\d{3}|\d{4})(\d\d)(\d\d)$/.exec(t);
    const split = /^(\d{1,4})[/-](\d{1,2})[/-](\d{1,2})$/.exec(t);
    const parts = digits ?? split;
    if (!parts) return null;
    const [, y = '', m = '', d = ''] = parts;
    const year = y.length === 4 ? Number(y) : Number(y) + 1911;
    if (Number(y) === 0 || year < 1912) return null;
    return isoOf(year, Number(m), Number(d));
}

/** HHMM or HH:MM; 24:00 only where an end is asked for. Else null. */
export function parseClock(text: string, isEnd: boolean): string | null {
    const t = text.normalize('NFKC').trim();
    const m = /^(\d\d)(\d\d)$/.exec(t) ?? /^(\d{1,2}):(\d\d)$/.exec(t);
    if (!m) return null;
    const hour = Number(m[1]);
    const minute = Number(m[2]);
    if (hour === 24 && minute === 0) return isEnd ? '24:00' : null;
    return hour < 24 && minute < 60 ? `${pad(hour)}:${pad(minute)}` : null;
}

/** 115/04/07 */
/** 113/03/21~119/03/20, with a dash for an end that is not known. */
export const periodSlash = (from: string | null, to: string | null): string => [from, to].map((d) => (d ? dateSlash(d) : '—')).join('~');

export function dateSlash(iso: string): string {
    return `${pad(Number(iso.slice(0, 4)) - 1911, 3)}/${iso.slice(5, 7)}/${iso.slice(8, 10)}`;
}

/** 民國115年4月7日 星期二 */
export const dateLong = (iso: string): string => roc.format(utc(iso));

/** 115年4月7日 */
export const datePlain = (iso: string): string =>
    `${Number(iso.slice(0, 4)) - 1911}年${Number(iso.slice(5, 7))}月${Number(iso.slice(8, 10))}日`;

/** 115年4月7日（二） */
export const dateShort = (iso: string): string => `${datePlain(iso)}（${WEEK[weekdayOf(iso)]}）`;

/** 4月7日 星期二 */
export const daySpoken = (iso: string): string =>
    `${Number(iso.slice(5, 7))}月${Number(iso.slice(8, 10))}日 星期${WEEK[weekdayOf(iso)]}`;

/** 115年4月 */
export const monthName = (month: string): string => `${Number(month.slice(0, 4)) - 1911}年${Number(month.slice(5, 7))}月`;

export const weekdayName = (iso: string): string => `星期${WEEK[weekdayOf(iso)]}`;

/** 1150407: the list format of F118, without time. */
export const dateCompact = (iso: string): string => dateSlash(iso).replaceAll('/', '');

/** An instant as the local date-time of Asia/Taipei (fixed +08:00 since 1980). */
export function taipei(instant: string): { date: string; clock: string } {
    const local = new Date(Date.parse(instant) + 8 * 3_600_000).toISOString();
    return { date: local.slice(0, 10), clock: local.slice(11, 16) };
}

/** A member that is a date, a local date-time or an instant: its date in Taipei. */
export const dateOfAny = (value: string): string => (value.endsWith('Z') || /[+-]\d\d:\d\d$/.test(value) ? taipei(value).date : value.slice(0, 10));

/** 115年3月20日 09:41 */
export function instantPlain(instant: string): string {
    const { date, clock } = taipei(instant);
    return `${datePlain(date)} ${clock}`;
}
