// Who is signed in, how long the session lasts, and the other tabs (P04, AUTH 5.5).
import { signal } from '@preact/signals';
import { call, csrf, get, lastUse, Problem, signedIn, signInAgain } from './api';
import type { Role, Session } from './types';

/** undefined: not asked yet; null: nobody. */
export const session = signal<Session | null | undefined>(undefined);
/** When the session ends: by idleness and absolutely (ms of Date.now()). */
export const ends = signal<{ idle_ms: number; absolute_ms: number }>({ idle_ms: Infinity, absolute_ms: Infinity });

/** The warning comes so long before the end (P04). */
export const WARN_MS = 120_000;

interface Word { kind: 'used' | 'signed_in' | 'signed_out'; at: number }
const channel = typeof BroadcastChannel === 'undefined' ? null : new BroadcastChannel('baobei');
let idle_s = 0;

/**
 * Used just now, here or in another tab: the idle time begins again. A page that was loaded shortly before the
 * end has never heard how long it is, and asks.
 */
function used(at_ms: number): void {
    ends.value = { ...ends.value, idle_ms: at_ms + idle_s * 1000 };
    if (idle_s * 1000 <= WARN_MS) void loadSession();
}

function take(s: Session): void {
    session.value = s;
    csrf.value = s.csrf_token;
    const now = Date.now();
    idle_s = Math.max(idle_s, s.idle_left); // the full time shows right after a use
    ends.value = { idle_ms: now + s.idle_left * 1000, absolute_ms: now + s.absolute_left * 1000 };
}

export async function loadSession(): Promise<Session | null> {
    try {
        take(await get<Session>('/auth/session', { quiet: true }));
    } catch (e) {
        if (!(e instanceof Problem) || e.status !== 401) throw e;
        session.value = null;
    }
    return session.value ?? null;
}

/** Extends the session by use; the other tabs follow. */
export async function touch(): Promise<void> {
    await call('POST', '/auth/session/touch');
    await loadSession();
    tell('used');
}

export async function logout(): Promise<void> {
    try {
        await call('POST', '/auth/logout', { quiet: true });
    } catch (e) {
        if (!(e instanceof Problem) || e.status !== 401) throw e;
    }
    tell('signed_out');
    location.assign('/');
}

export function tell(kind: Word['kind']): void {
    channel?.postMessage({ kind, at: Date.now() } satisfies Word);
}

// A call renews the idle time on the server; count from there.
lastUse.subscribe((at) => {
    if (session.value) {
        used(at);
        if (at - toldAt > 30_000) {
            toldAt = at;
            tell('used');
        }
    }
});
let toldAt = 0;

async function comeBack(): Promise<void> {
    const before = session.value?.subject;
    const now = (await loadSession())?.subject;
    if (!now) return;
    // Another person has signed in: what is on the page is not his.
    if (before && (before.kind !== now.kind || before.name !== now.name || before.institution?.code !== now.institution?.code)) {
        location.assign('/');
        return;
    }
    signedIn();
}

channel?.addEventListener('message', (e: MessageEvent<Word>) => {
    if (e.data.kind === 'used' && session.value) used(e.data.at);
    if (e.data.kind === 'signed_in' && (signInAgain.value || session.value === null)) void comeBack();
    if (e.data.kind === 'signed_out' && session.value) location.assign('/');
});

export const roleOf = (s: Session): Role => (s.subject.kind === 'delegate' ? 'institution' : s.subject.kind);

/** The log-in page for this role, coming back here afterwards. */
export const loginPath = (role: Role, next?: string): string =>
    `/login?role=${role}${next ? `&next=${encodeURIComponent(next)}` : ''}`;
