// The card bridge baobei-card on the loopback address (AUTH 7.8): find it, read the cards, sign.
// The PIN goes from the field to the bridge and nowhere else.

export interface Card {
    slot: string;
    cert_id: string;
    label: string;
    reader: string;
    kind: 'HPC' | 'HOP' | 'CITIZEN' | 'OTHER';
    pin: { min: number; max: number; low: boolean; final: boolean; locked: boolean };
}

export class BridgeFault extends Error {
    code: string;
    tries_left: number | null;

    constructor(code: string, tries_left: number | null = null) {
        super(bridgeText(code, tries_left));
        this.code = code;
        this.tries_left = tries_left;
    }
}

interface Slot {
    slot: string;
    reader: string;
    token: { label: string; serial: string; pin: Card['pin'] };
    certs: { id: string; label: string; key_usage: string[]; kind: Card['kind'] }[];
}

let base: string | null = null;
/** The bridge signs only after a click in its own window. */
let confirms = false;

export const asksInItsWindow = (): boolean => confirms;

export function bridgeText(code: string, tries_left: number | null): string {
    switch (code) {
        case 'CB_PIN_WRONG':
            return tries_left === null ? 'PIN 碼錯誤，連續錯誤 3 次會鎖卡'
                : tries_left > 0 ? `PIN 碼錯誤，卡片回報還可以輸入 ${tries_left} 次${tries_left === 1 ? '，再錯就會鎖卡' : ''}`
                    : 'PIN 碼錯誤，卡片已鎖卡，請至醫事憑證管理中心解鎖';
        case 'CB_PIN_LEN': return 'PIN 碼長度應為 6 至 8 碼';
        case 'CB_PIN_EXPIRED': return 'PIN 碼已過期，請到醫事憑證管理中心更換';
        case 'CB_PIN_LOCKED': return '已鎖卡，請至醫事憑證管理中心解鎖';
        case 'CB_FINAL_TRY': return '只剩最後 1 次，再錯就會鎖卡。確定要再試，請勾選下面的同意後再送出';
        case 'CB_NO_MODULE': return '讀卡元件沒有安裝好，請重新安裝讀卡元件';
        case 'CB_NO_READER': return '找不到讀卡機，請接上讀卡機';
        case 'CB_NO_TOKEN':
        case 'CB_REMOVED': return '讀不到卡片，請重新插入卡片';
        case 'CB_NO_CERT': return '卡片裡沒有可以簽章的憑證，請改用另一張卡片';
        case 'CB_BUSY': return '卡片正由別的程式使用，請關閉後再試';
        case 'CB_CANCELLED': return '您已取消簽章';
        case 'CB_NO_WINDOW': return '瀏覽器擋住了讀卡元件的視窗，請允許這個網站開啟彈出式視窗後再試';
        case 'CB_ORIGIN':
        case 'CB_HOST': return '讀卡元件不接受這個網站，請洽系統管理人員';
        case 'CB_TBS_REFUSED': return '讀卡元件拒絕簽章，登入內容與這個網站不符';
        case 'CB_NOT_RUNNING': return '找不到讀卡元件，請安裝或重新啟動 baobei-card';
        default: return '讀卡元件發生問題，請重新啟動後再試';
    }
}

async function ask<T>(origin: string, path: string, body?: unknown): Promise<T> {
    let response: Response;
    try {
        response = await fetch(origin + path, {
            method: body === undefined ? 'GET' : 'POST',
            // X-Card-Bridge forces a preflight, by which the bridge knows that we are an allowed page.
            headers: body === undefined ? { 'X-Card-Bridge': '1' } : { 'X-Card-Bridge': '1', 'Content-Type': 'application/json' },
            credentials: 'omit', cache: 'no-store', signal: AbortSignal.timeout(body === undefined ? 4000 : 60_000),
            ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        });
    } catch {
        throw new BridgeFault('CB_NOT_RUNNING');
    }
    const answer = (await response.json().catch(() => ({}))) as { ok?: boolean; code?: string; tries_left?: number };
    if (answer.ok === false || !response.ok) throw new BridgeFault(answer.code ?? 'CB_INTERNAL', answer.tries_left ?? null);
    return answer as T;
}

/** The version of the running bridge; throws CB_NOT_RUNNING when no port answers. */
export async function findBridge(ports: number[]): Promise<string> {
    let last: unknown = new BridgeFault('CB_NOT_RUNNING');
    for (const port of ports) {
        const origin = `http://127.0.0.1:${port}`;
        try {
            const pong = await ask<{ name?: string; version?: string; confirm?: boolean }>(origin, '/v1/ping');
            if (pong.name !== 'baobei-card') continue;
            base = origin;
            confirms = pong.confirm === true;
            return pong.version ?? '';
        } catch (e) {
            if (e instanceof BridgeFault && e.code !== 'CB_NOT_RUNNING') last = e;
        }
    }
    base = null;
    throw last;
}

/** Every signing certificate of every card that is in a reader. */
export async function readCards(): Promise<Card[]> {
    if (!base) throw new BridgeFault('CB_NOT_RUNNING');
    const { slots } = await ask<{ slots: Slot[] }>(base, '/v1/slots');
    return slots.flatMap((s) => s.certs
        .filter((c) => c.key_usage.includes('digitalSignature'))
        .map((c) => ({ slot: s.slot, cert_id: c.id, label: s.token.label, reader: s.reader, kind: c.kind, pin: s.token.pin })));
}

export async function sign(card: Card, pin: string, tbs: string, finalTry: boolean): Promise<{ signature: string; certificate: string }> {
    if (!base) throw new BridgeFault('CB_NOT_RUNNING');
    const order = { slot: card.slot, cert_id: card.cert_id, pin, tbs, alg: 'RS256', ...(finalTry ? { final_try: true } : {}) };
    return confirms ? askInWindow(base, 'sign', order) : ask(base, '/v1/sign', order);
}

const CLOSED_MS = 300;

/**
 * The bridge's own window (AUTH 7.8: ready, one request, one answer, close), where the person agrees. To be
 * called soon after a click, or the browser opens no window.
 */
function askInWindow<T>(origin: string, func: string, body: object): Promise<T> {
    return new Promise<T>((done, fail) => {
        const popup = window.open(`${origin}/popup`, 'baobei-card', 'width=480,height=360');
        if (!popup) {
            fail(new BridgeFault('CB_NO_WINDOW'));
            return;
        }
        const end = (finish: () => void) => {
            clearInterval(watcher);
            window.removeEventListener('message', hear);
            finish();
        };
        const hear = (e: MessageEvent<{ func?: string; ok?: boolean; code?: string; tries_left?: number }>) => {
            if (e.origin !== origin || e.source !== popup) return;
            const { func: said, ...answer } = e.data;
            if (said === 'ready') popup.postMessage({ func, ...body }, origin);
            else if (said === func) end(() => answer.ok === true ? done(answer as T) : fail(new BridgeFault(answer.code ?? 'CB_INTERNAL', answer.tries_left ?? null)));
        };
        window.addEventListener('message', hear);
        const watcher = setInterval(() => { if (popup.closed) end(() => fail(new BridgeFault('CB_CANCELLED'))); }, CLOSED_MS);
    });
}
