// The faults of a batch: filtered by code, column and text, one line a fault or a row, and a way from row to row
// (P08). At most 2,000 come; a page of them is drawn at a time.
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { useLocation, useSearch } from 'wouter-preact';
import { query } from '../../lib/api';
import { FAULT } from '../../lib/batch';
import { counted, jump, matching, rowsOf, type FaultRow, type FaultView } from '../../lib/batch_faults';
import type { Batch, BatchError } from '../../lib/types';
import { count } from '../../lib/words';
import { Icon } from '../../parts/icon';
import { Empty, Note, Pager } from '../../parts/page';

const SIZE = 50;

function viewOf(search: string): FaultView & { page: number } {
    const p = new URLSearchParams(search);
    return { code: p.get('code') ?? '', column: p.get('column') ?? '', q: p.get('q') ?? '', down: p.get('order') === 'down',
        rows: p.get('by') === 'row', page: Math.max(1, Number(p.get('page')) || 1) };
}

const cells = (f: BatchError) => [
    <td class="nb"><b class="code">{f.cell}</b><span class="sub">{f.header}</span></td>,
    <td class="code fault-v">{f.value === '' ? <span class="small">（空白）</span> : f.value}</td>,
    <td class="w-name">{FAULT[f.code] ?? f.code}</td>,
    <td class="w-max">{f.message}</td>,
];

/** All faults of a row as one line. */
const merged = (r: FaultRow) => [
    <td class="nb">{r.faults.map((f) => <span class="block"><b class="code">{f.cell}</b><span class="sub">{f.header}</span></span>)}</td>,
    <td class="code fault-v">{r.faults.map((f) => <span class="block">{f.value === '' ? '（空白）' : f.value}</span>)}</td>,
    <td class="w-name">{r.faults.map((f) => <span class="block">{FAULT[f.code] ?? f.code}</span>)}</td>,
    <td class="w-max"><ol class="fault-l">{r.faults.map((f) => <li>{f.message}</li>)}</ol></td>,
];

export function FaultTable({ batch, skipped }: { batch: Batch; skipped: boolean }) {
    const [, go] = useLocation();
    const view = viewOf(useSearch());
    const [at, setAt] = useState<number | null>(null);
    const [told, setTold] = useState('');
    const box = useRef<HTMLDivElement>(null);
    const { errors } = batch;
    const names = useMemo(() => new Map(errors.map((e) => [e.column, e.header])), [errors]);
    const byCode = useMemo(() => counted(matching(errors, { ...view, code: '' }), 'code'), [errors, view.column, view.q]);
    const columns = useMemo(() => counted(errors, 'column').map(([c]) => c).sort((a, b) => a.length - b.length || (a < b ? -1 : 1)), [errors]);
    const found = useMemo(() => matching(errors, view), [errors, view.code, view.column, view.q]);
    const rows = useMemo(() => rowsOf(found, view), [found, view.down, view.rows]);
    const pages = Math.max(1, Math.ceil(rows.length / SIZE));
    const page = Math.min(view.page, pages);
    const from = (page - 1) * SIZE;
    const shown = rows.slice(from, from + SIZE);
    const filtered = view.code !== '' || view.column !== '' || view.q !== '';
    const show = (change: Partial<typeof view>) => {
        const next = { ...view, page: 1, ...change };
        setAt(null);
        setTold('');
        go(`/batch/${batch.batch_id}${query({ code: next.code, column: next.column, q: next.q, order: next.down ? 'down' : '', by: next.rows ? 'row' : '', page: next.page > 1 ? next.page : '' })}`, { replace: true });
    };
    useEffect(() => { if (box.current) box.current.scrollLeft = 0; }, [page]);
    // The row that was jumped to may stand on another page: it gets the focus once it is there.
    useEffect(() => {
        if (at === null) return;
        const row = document.getElementById(`fault-${at}`);
        row?.scrollIntoView({ block: 'center' });
        row?.focus({ preventScroll: true });
    }, [at, page]);
    const move = (by: 1 | -1) => {
        const start = at ?? (by > 0 ? from - 1 : from + shown.length);
        const to = jump(rows, start, by);
        if (to === null) return setTold(by > 0 ? '這是最後一個有錯的列' : '這是第一個有錯的列');
        const n = found.filter((e) => e.row === rows[to]!.row).length;
        const there = Math.floor(to / SIZE) + 1;
        if (there !== page) show({ page: there });
        setTold(`第 ${rows[to]!.row} 列，${n} 個錯誤。按上下鍵到其他列`);
        setAt(to);
    };
    // From a row that was jumped to, the arrows go on.
    const onKey = (e: KeyboardEvent) => {
        if (at === null || !(e.target as Element).id.startsWith('fault-') || (e.key !== 'ArrowDown' && e.key !== 'ArrowUp')) return;
        e.preventDefault();
        move(e.key === 'ArrowDown' ? 1 : -1);
    };
    if (errors.length === 0) return null;
    return (
        <section class="stack" aria-labelledby="fl">
            <h2 id="fl" class={skipped ? undefined : 'vh'}>{skipped ? '略過的列' : '錯誤明細'}</h2>
            {batch.errors_total > errors.length && (
                <Note kind="warn" title={`共 ${count(batch.errors_total)} 個錯誤，這裡列出前 ${count(errors.length)} 個`}>錯誤這麼多，常是整欄填錯或欄位錯位；請先改好同一類的，再上傳一次。</Note>
            )}
            <div class="chips" role="group" aria-label="依問題篩選">
                <button class="chip" type="button" aria-pressed={view.code === ''} onClick={() => show({ code: '' })}>全部 <span>{count(byCode.reduce((n, [, k]) => n + k, 0))}</span></button>
                {byCode.map(([code, n]) => (
                    <button class="chip" type="button" key={code} aria-pressed={view.code === code} onClick={() => show({ code: view.code === code ? '' : code })}>{FAULT[code] ?? code} <span>{count(n)}</span></button>
                ))}
            </div>
            <Filter key={view.q} view={view} columns={columns} names={names} show={show} />
            {rows.length === 0 ? <Empty title="沒有符合條件的錯誤" text="請換個條件。"><div class="row center"><button class="btn" type="button" onClick={() => show({ code: '', column: '', q: '' })}>清除條件</button></div></Empty> : <div class="stack-s">
                <div class="row row-end">
                    <span class="inline">
                        <button class="btn btn-s" type="button" onClick={() => move(-1)}>上一個有錯的列</button>
                        <button class="btn btn-s" type="button" onClick={() => move(1)}>下一個有錯的列</button>
                        <span class="live" role="status">{told}</span>
                    </span>
                </div>
                <div class="scroll" role="region" aria-label="錯誤明細，可左右捲動" tabIndex={0} ref={box}><table class="tb fault-t">
                    <caption>{`錯誤明細，依列號。第 ${from + 1} 到 ${from + shown.length} ${view.rows ? '列' : '個'}，${filtered ? '符合條件的' : ''}共 ${count(rows.length)} ${view.rows ? '列' : '個'}`}</caption>
                    <thead><tr>
                        <th scope="col" class="num" aria-sort={view.down ? 'descending' : 'ascending'}><button class="sort" type="button" onClick={() => show({ down: !view.down })}>{`列 ${view.down ? '↓' : '↑'}`}</button></th>
                        <th scope="col">儲存格</th><th scope="col">讀到的內容</th><th scope="col">問題</th><th scope="col">怎麼改</th>
                    </tr></thead>
                    <tbody onKeyDown={onKey}>{shown.map((r, i) => (
                        <tr key={from + i} id={`fault-${from + i}`} tabIndex={-1}>
                            {r.first || i === 0 ? <th scope="row" class="num">{r.row}</th> : <td class="num"><span class="vh">{r.row}</span><span aria-hidden="true">〃</span></td>}
                            {view.rows && r.faults.length > 1 ? merged(r) : cells(r.faults[0]!)}
                        </tr>
                    ))}</tbody>
                </table></div>
                <Pager label="分頁" unit={view.rows ? '列' : '個'} page={page} size={SIZE} total={rows.length} onPage={(p) => show({ page: p })} />
            </div>}
        </section>
    );
}

function Filter({ view, columns, names, show }: { view: FaultView; columns: string[]; names: Map<string, string>; show: (v: Partial<FaultView>) => void }) {
    const [q, setQ] = useState(view.q);
    return (
        <form class="filters" role="search" aria-label="篩選錯誤" onSubmit={(e) => {
            e.preventDefault();
            show({ q: q.trim() });
        }}>
            <label>列號或內容<input class="in in-s w10" id="fault-q" value={q} autocomplete="off" onInput={(e) => setQ(e.currentTarget.value)} /></label>
            <label>欄位<select class="in in-s" id="fault-column" value={view.column} onChange={(e) => show({ column: e.currentTarget.value })}>
                <option value="">全部欄位</option>{columns.map((c) => <option value={c}>{`${c} ${names.get(c)}`}</option>)}
            </select></label>
            <label>顯示<select class="in in-s" id="fault-by" value={view.rows ? 'row' : ''} onChange={(e) => show({ rows: e.currentTarget.value === 'row' })}>
                <option value="">每個錯誤一行</option><option value="row">每列合併</option>
            </select></label>
            <button class="btn btn-s" type="submit"><Icon name="search" />篩選</button>
            {(view.q || view.column || view.code) && <button class="btn btn-s" type="button" onClick={() => show({ q: '', column: '', code: '' })}>清除條件</button>}
        </form>
    );
}
