// The one door to the server: CSRF, If-Match, Idempotency-Key, problem documents, and what to do when
// the session is gone (P03): the call waits for a new sign-in and is sent again, so no form is lost.
import { signal } from '@preact/signals';
import { noteServerDate } from './clock';
import type { Fault, Session } from './types';

const BASE = '/api/v1';
const TIMEOUT_MS = 40_000; // the server gives up at 30 s and says so (504)
const FILE_TIMEOUT_MS = 180_000; // 2 MiB over a poor line

export class Problem extends Error {
    status: number;
    code: string;
    errors: Fault[];
    retryAfter_s: number;
    body: Record<string, unknown>;

    constructor(status: number, code: string, message: string, body: Record<string, unknown> = {}, retryAfter_s = 0) {
        super(message);
        this.status = status;
        this.code = code;
        this.body = body;
        this.errors = Array.isArray(body.errors) ? (body.errors as Fault[]) : [];
        this.retryAfter_s = retryAfter_s;
    }

    /** Nobody knows whether it was done: repeat with the same key. */
    get isUnknown(): boolean { return this.code === 'network' || this.code === 'unknown_outcome'; }
    /** Refused before any work: repeat later. */
    get isBusy(): boolean { return this.status === 503 || this.status === 429; }
}

export interface Options {
    body?: unknown;
    version?: number;
    key?: string;
    signal?: AbortSignal;
    /** Do not ask for a new sign-in on 401. */
    quiet?: boolean;
    keepalive?: boolean;
    /** A body that is a file; `sent` hears which part of it is on its way, 0 to 1. */
    file?: { data: Blob; sent: (part: number) => void };
    /** The answer is a file: a Blob. */
    blob?: boolean;
    /** Give up earlier. */
    timeout_ms?: number;
}

export const csrf = signal<string | null>(null);
/** Set while a request waits for the user to sign in again; `reason` as in API 1.1. */
export const signInAgain = signal<{ reason: string } | null>(null);
/** When the server last renewed our idle time. */
export const lastUse = signal(Date.now());
export const online = signal(true);

let waiting: ((ok: boolean) => void)[] = [];

export function signedIn(): void {
    const all = waiting;
    waiting = [];
    signInAgain.value = null;
    for (const done of all) done(true);
}

export const newKey = (): string => crypto.randomUUID();

async function problemOf(response: Response): Promise<Problem> {
    let body: Record<string, unknown> = {};
    try {
        body = (await response.json()) as Record<string, unknown>;
    } catch {
        // A proxy's page, not ours: the status alone must do.
    }
    const code = typeof body.code === 'string' ? body.code : `http_${response.status}`;
    const text = typeof body.detail === 'string' && body.detail !== '' ? body.detail : String(body.title ?? '');
    return new Problem(response.status, code, text, body, Number(response.headers.get('Retry-After')) || 0);
}

async function send(method: string, path: string, o: Options): Promise<Response> {
    const headers: Record<string, string> = { Accept: 'application/json' };
    if (o.body !== undefined) headers['Content-Type'] = 'application/json';
    if (method !== 'GET' && csrf.value) headers['X-CSRF-Token'] = csrf.value;
    if (o.version !== undefined) headers['If-Match'] = `"${o.version}"`;
    if (o.key) headers['Idempotency-Key'] = o.key;
    if (o.file) return sendFile(method, path, headers, o.file);
    const timeout = AbortSignal.timeout(o.timeout_ms ?? TIMEOUT_MS);
    const stop = new AbortController();
    const abort = () => stop.abort();
    timeout.addEventListener('abort', abort);
    o.signal?.addEventListener('abort', abort);
    try {
        const response = await fetch(BASE + path, {
            method, headers, credentials: 'same-origin', cache: 'no-store', signal: stop.signal,
            keepalive: o.keepalive ?? false,
            ...(o.body === undefined ? {} : { body: JSON.stringify(o.body) }),
        });
        return answered(response);
    } catch (e) {
        if (o.signal?.aborted) throw e;
        throw unanswered();
    }
}

function answered(response: Response): Response {
    noteServerDate(response.headers.get('Date'));
    online.value = true;
    return response;
}

function unanswered(): Problem {
    online.value = false;
    return new Problem(0, 'network', '連不上伺服器，請檢查網路');
}

/** fetch does not tell how much of a body has gone; the older way does. */
function sendFile(method: string, path: string, headers: Record<string, string>, file: NonNullable<Options['file']>): Promise<Response> {
    return new Promise((done, fail) => {
        const x = new XMLHttpRequest();
        x.open(method, BASE + path);
        x.timeout = FILE_TIMEOUT_MS;
        for (const [name, value] of Object.entries(headers)) x.setRequestHeader(name, value);
        x.setRequestHeader('Content-Type', file.data.type || 'application/octet-stream');
        x.upload.onprogress = (e) => { if (e.lengthComputable && e.total > 0) file.sent(e.loaded / e.total); };
        x.onload = () => {
            const kept = ['Retry-After', 'Date'].flatMap((name) => {
                const value = x.getResponseHeader(name);
                return value === null ? [] : [[name, value] as [string, string]];
            });
            done(answered(new Response(x.responseText || null, { status: x.status, headers: kept })));
        };
        x.onerror = x.ontimeout = x.onabort = () => fail(unanswered());
        x.send(file.data);
    });
}

/** What a good answer holds; one that was cut short is none. */
async function bodyOf(response: Response, o: Options): Promise<unknown> {
    if (response.status === 204) return undefined;
    try {
        return await (o.blob ? response.blob() : response.json());
    } catch (e) {
        if (o.signal?.aborted) throw e;
        throw unanswered();
    }
}

async function renewCsrf(): Promise<void> {
    const response = await send('GET', '/auth/session', {});
    if (response.ok) csrf.value = ((await response.json()) as Session).csrf_token;
}

/** Sends one call; resolves with the body and its version, or throws a Problem. */
export async function call<T>(method: string, path: string, o: Options = {}): Promise<T> {
    for (let tries = 0; ; tries++) {
        const response = await send(method, path, o);
        if (response.ok) {
            if (path !== '/auth/session') lastUse.value = Date.now();
            return (await bodyOf(response, o)) as T;
        }
        const problem = await problemOf(response);
        if (problem.code === 'csrf' && tries === 0 && !o.quiet) {
            await renewCsrf();
            continue;
        }
        if (problem.status === 401 && problem.code === 'auth_session' && !o.quiet && !o.keepalive && tries < 3) {
            signInAgain.value = { reason: String(problem.body.reason ?? 'expired') };
            await new Promise<boolean>((done) => waiting.push(done));
            continue;
        }
        throw problem;
    }
}

export const get = <T>(path: string, o: Options = {}): Promise<T> => call<T>('GET', path, o);
export const post = <T>(path: string, body: unknown, o: Options = {}): Promise<T> => call<T>('POST', path, { ...o, body });

const sleep = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

/**
 * A write that must happen once: the same key is used again while the outcome is unknown or the server
 * is busy (P45). `tell` hears what is going on: 'asking' while the outcome is unknown, 'busy' with the
 * seconds to wait, null when it is over.
 */
export async function once<T>(method: string, path: string, o: Options & { key: string },
    tell: (state: { kind: 'asking' | 'busy'; wait_s: number } | null) => void): Promise<T> {
    for (let tries = 0; ; tries++) {
        try {
            return await call<T>(method, path, o);
        } catch (e) {
            if (!(e instanceof Problem) || tries >= 5 || !(e.isUnknown || e.isBusy)) throw e;
            const wait_s = Math.min(Math.max(e.retryAfter_s, 1 + tries), 30);
            tell({ kind: e.isUnknown ? 'asking' : 'busy', wait_s });
            await sleep(wait_s * 1000);
        } finally {
            if (tries > 0) tell(null);
        }
    }
}

export function query(params: Record<string, string | number | null | undefined>): string {
    const q = new URLSearchParams();
    for (const [k, v] of Object.entries(params)) if (v !== '' && v !== null && v !== undefined) q.set(k, String(v));
    const text = q.toString();
    return text ? `?${text}` : '';
}
