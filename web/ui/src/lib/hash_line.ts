// An address that names a line: /case/NO#l2.
import { useEffect } from 'preact/hooks';

/** Brings the line the address names into view, with the focus; again only when another `shown` stands on the page. */
export function useHashLine(shown: string | undefined): void {
    useEffect(() => {
        // The browser has looked for it before the lines came, and found nothing.
        const line = shown && /^#l\d+$/.test(location.hash) ? document.getElementById(location.hash.slice(1)) : null;
        line?.scrollIntoView({ block: 'start' });
        line?.focus({ preventScroll: true });
    }, [shown]);
}
