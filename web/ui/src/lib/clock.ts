// Today is the server's (MISSION R19): a wrong clock of the PC must not move the calendar.
import { taipei } from './roc';

let skew_ms = 0;

export function noteServerDate(header: string | null): void {
    const at = header ? Date.parse(header) : NaN;
    if (Number.isFinite(at)) skew_ms = at - Date.now();
}

export const serverNow = (): number => Date.now() + skew_ms;
export const today = (): string => taipei(new Date(serverNow()).toISOString()).date;
export const clockNow = (): string => taipei(new Date(serverNow()).toISOString()).clock;
