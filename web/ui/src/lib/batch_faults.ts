// Finding one's way among the faults of a batch: filtered, in the order of the sheet, row by row. Pure.
import type { BatchError } from './types';

export interface FaultView { code: string; column: string; q: string; down: boolean; rows: boolean }

/** One line of the table: a fault, or all faults of a row. */
export interface FaultRow { row: number; faults: BatchError[]; first: boolean }

const folded = (text: string): string => text.normalize('NFKC').replaceAll('臺', '台').toLowerCase();

/** The number of a faulty row means that row; anything else is looked for in the cell's name, its value and what is said. */
export function matching(errors: BatchError[], view: Pick<FaultView, 'code' | 'column' | 'q'>): BatchError[] {
    const q = folded(view.q.trim());
    const row = /^\d{1,7}$/.test(q) && errors.some((e) => e.row === Number(q)) ? Number(q) : null;
    return errors.filter((e) => (!view.code || e.code === view.code) && (!view.column || e.column === view.column)
        && (q === '' || (row !== null ? e.row === row : folded(`${e.cell} ${e.value} ${e.message}`).includes(q))));
}

/** How many of each, the most frequent first; those of one number stay in the order of the sheet. */
export function counted<K extends keyof BatchError>(errors: BatchError[], by: K): [BatchError[K], number][] {
    const counts = new Map<BatchError[K], number>();
    for (const e of errors) counts.set(e[by], (counts.get(e[by]) ?? 0) + 1);
    return [...counts].sort((a, b) => b[1] - a[1]);
}

/** As the table shows them; within a row always from left to right, as the server lists them. */
export function rowsOf(errors: BatchError[], view: Pick<FaultView, 'down' | 'rows'>): FaultRow[] {
    const rows = new Map<number, BatchError[]>();
    for (const e of errors) {
        const row = rows.get(e.row);
        if (row) row.push(e);
        else rows.set(e.row, [e]);
    }
    const order = [...rows].sort((a, b) => (view.down ? b[0] - a[0] : a[0] - b[0]));
    return order.flatMap(([row, faults]) => view.rows ? [{ row, faults, first: true }]
        : faults.map((f, i) => ({ row, faults: [f], first: i === 0 })));
}

/** Where the next or the last row of the sheet begins, seen from the line at `at`; null at the end. */
export function jump(rows: FaultRow[], at: number, by: 1 | -1): number | null {
    const here = rows[at]?.row;
    for (let i = at + by; i >= 0 && i < rows.length; i += by) {
        const r = rows[i]!;
        if (r.first && r.row !== here) return i;
    }
    return null;
}
