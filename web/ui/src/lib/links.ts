// Plain <a href> inside one entry change the page without a load; everything else is the browser's.
import { navigate } from 'wouter-preact/use-browser-location';

export function linksInPage(prefixes: string[]): void {
    document.addEventListener('click', (e) => {
        if (e.defaultPrevented || e.button !== 0 || e.metaKey || e.ctrlKey || e.shiftKey || e.altKey) return;
        const a = (e.target as Element).closest('a');
        if (!a || a.target || a.hasAttribute('download') || a.origin !== location.origin) return;
        if (!prefixes.some((p) => a.pathname === p || a.pathname.startsWith(`${p}/`))) return;
        if (a.hash && a.pathname === location.pathname) return;
        e.preventDefault();
        navigate(a.pathname + a.search + a.hash);
    });
}
