// A page of a list that ran empty under its reader: its last row was decided, deleted or withdrawn, or the address asks too far.
import { useEffect } from 'preact/hooks';
import type { Page } from './types';

/** The page to show instead of an empty one behind the first; null: this one is right. Always one further to the front. */
export function pageInstead({ items, page, total }: Pick<Page<unknown>, 'items' | 'page' | 'total'>, size: number): number | null {
    if (items.length > 0 || page === null || page <= 1) return null;
    return Math.max(1, Math.min(page - 1, Math.ceil(total / size)));
}

/** Goes to the last page there is; true while the answer at hand is such an empty page. */
export function useLastPage(data: Page<unknown> | null, size: number, show: (page: number) => void): boolean {
    const instead = data && pageInstead(data, size);
    useEffect(() => { if (instead) show(instead); }, [data]);
    return instead !== null;
}
