// The order of the queue page last seen, so that the case page can lead to the one before and after, and back.
const KEY = 'baobei.queue';
const FROM = 'baobei.queue.from';

export function rememberQueue(ids: string[], isOpen: boolean): void {
    try {
        sessionStorage.setItem(FROM, location.search);
        if (isOpen) sessionStorage.setItem(KEY, JSON.stringify(ids));
    } catch {
        // Without storage there is no 上一件 and 下一件; the queue still works.
    }
}

/** The queue as the reviewer left it: its status, conditions and page. */
export function queueHref(): string {
    try {
        return `/review${sessionStorage.getItem(FROM) ?? ''}`;
    } catch {
        return '/review';
    }
}

export function neighboursOf(id: string): { before: string | null; after: string | null; at: number; of: number } | null {
    try {
        const ids = JSON.parse(sessionStorage.getItem(KEY) ?? '[]') as string[];
        const at = ids.indexOf(id);
        return at < 0 ? null : { before: ids[at - 1] ?? null, after: ids[at + 1] ?? null, at: at + 1, of: ids.length };
    } catch {
        return null;
    }
}
