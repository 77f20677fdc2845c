// 整批申請: upload a sheet, and what became of those before (F163–F171).
import { useEffect, useState } from 'preact/hooks';
import { useLocation, useSearch } from 'wouter-preact';
import { get, query } from '../../lib/api';
import { KINDS, refusalAdvice } from '../../lib/batch';
import { batchTold } from '../../lib/batch_told';
import { isSettled } from '../../lib/batch_watch';
import { useLastPage } from '../../lib/last_page';
import { useLoad } from '../../lib/load';
import { dateSlash, taipei } from '../../lib/roc';
import type { BatchEntry, BatchKind, Page, Session } from '../../lib/types';
import { Crumb, Empty, Pager, PlusLink, usePage, Waiting } from '../../parts/page';
import { ProblemNote } from '../../parts/problem';
import { Told, type Telling } from '../../parts/told';
import { BatchDelete } from './batch_delete';
import { Upload } from './batch_upload';

const SIZE = 20;
const ASK_MS = 1000;

function viewOf(search: string): { kind: BatchKind; page: number } {
    const p = new URLSearchParams(search);
    return { kind: p.get('kind') === 'rule' ? 'rule' : 'general', page: Math.max(1, Number(p.get('page')) || 1) };
}

/** The state in words, and in what it differs from others of the same state. */
function StateText({ b }: { b: BatchEntry }) {
    switch (b.state) {
        case 'done': return <><span class="tag tag-ok">✓ 已匯入</span><span class="sub">{b.invalid ? `${b.valid} 列，略過 ${b.invalid} 列` : `全部 ${b.valid} 列`}</span></>;
        case 'failed': return <><span class="tag tag-bad">✕ 沒有讀</span><span class="sub">{refusalAdvice(b).title}</span></>;
        case 'ready': return b.invalid
            ? <><span class="tag tag-warn">{`! ${b.invalid} 列有錯`}</span><span class="sub">{b.valid ? `${b.valid} 列可以匯入，等您決定` : '沒有可以匯入的列'}</span></>
            : <><span class="tag">可以匯入</span><span class="sub">{`${b.valid} 列都正確，等您匯入`}</span></>;
        case 'received': case 'parsing': case 'checking': case 'committing':
            return <span role="status">{b.state === 'committing' ? '匯入中' : '檢查中'}</span>;
    }
}

function BatchTable({ items, remove }: { items: BatchEntry[]; remove: (b: BatchEntry) => void }) {
    return (
        <div class="scroll" role="region" aria-label="上傳紀錄，可左右捲動" tabIndex={0}><table class="tb tb-stack">
            <caption class="vh">上傳紀錄，由新到舊</caption>
            <thead><tr><th scope="col">檔案</th><th scope="col">狀態</th><th scope="col">種類</th><th scope="col" class="num">列數</th><th scope="col">上傳時間</th><th scope="col">管理</th></tr></thead>
            <tbody>{items.map((b) => {
                const at = taipei(b.created_at);
                const of = <span class="vh">{`，${b.file_name}，${at.clock}`}</span>;
                return (
                    <tr key={b.batch_id}>
                        <th scope="row" class="top w-inst"><a class="file" href={`/batch/${b.batch_id}`}>{b.file_name || '沒有檔名'}</a></th>
                        <td class="top w-name"><StateText b={b} /></td>
                        <td data-l="種類" class="nb">{KINDS[b.kind].name}</td>
                        <td data-l="列數" class="num">{b.rows ?? '—'}</td>
                        <td data-l="上傳時間"><time class="nb" dateTime={b.created_at}>{`${dateSlash(at.date)} ${at.clock}`}</time></td>
                        <td data-l="管理" class="act"><span class="acts">
                            <a href={`/batch/${b.batch_id}`}>{b.state === 'ready' ? '看結果' : '瀏覽'}{of}</a>
                            {b.case_no && <a href={`/case/${b.case_no}`}>看案件{of}</a>}
                            {isSettled(b.state) && <button class="link" type="button" onClick={() => remove(b)}>刪除{of}</button>}
                        </span></td>
                    </tr>
                );
            })}</tbody>
        </table></div>
    );
}

export function BatchListPage({ s }: { s: Session }) {
    usePage('整批申請');
    const [, go] = useLocation();
    const view = viewOf(useSearch());
    const [told, setTold] = useState<Telling>({ text: batchTold.peek() });
    useEffect(() => { batchTold.value = ''; }, []);
    const [asked, setAsked] = useState<BatchEntry | null>(null);
    const isPerson = s.subject.kind === 'person';
    const list = useLoad((stop) => get<Page<BatchEntry>>(`/batches${query({ page: view.page, limit: SIZE })}`, { signal: stop }), [view.page]);
    const show = (change: Partial<typeof view>, replace: boolean) => {
        const next = { ...view, ...change };
        go(`/batch${query({ kind: next.kind === 'rule' ? 'rule' : '', page: next.page > 1 ? next.page : '' })}`, { replace });
    };
    const ranEmpty = useLastPage(list.data, SIZE, (page) => show({ page }, true));
    // While one of them is being read the list is asked for again, also after an answer that did not come.
    const open = list.data?.items.some((b) => !isSettled(b.state)) ?? false;
    useEffect(() => {
        if (!open || list.loading) return;
        const timer = setTimeout(list.reload, ASK_MS);
        return () => clearTimeout(timer);
    }, [open, list.loading, list.data]);
    return (
        <>
            <Crumb items={[{ href: '/home', label: '報備支援首頁' }, { href: '/file', label: '登錄' }, { label: '整批申請' }]} />
            <div class="row row-end"><h1>整批申請</h1><PlusLink href="/file">單筆申請</PlusLink></div>
            <Told told={told} />
            <Upload kind={view.kind} onKind={(kind) => show({ kind }, true)} isPerson={isPerson} done={list.reload} />
            <section class="stack-s" aria-labelledby="bl">
                <h2 id="bl">上傳紀錄</h2>
                {list.problem && !(list.data && list.problem.isUnknown) ? <ProblemNote problem={list.problem} what="上傳紀錄暫時讀不到" retry={list.reload} />
                    : !list.data || ranEmpty ? <Waiting what="載入上傳紀錄" />
                        : list.data.items.length === 0 ? <Empty title="還沒有上傳過" text="請先在上面下載範本，填好以後上傳；系統會逐列檢查，列出每一個錯誤和改法。" />
                            : <>
                                <BatchTable items={list.data.items} remove={setAsked} />
                                <Pager label="分頁" unit="批" page={view.page} size={SIZE} total={list.data.total} isMin={list.data.total_is_min} onPage={(page) => show({ page }, false)} />
                            </>}
            </section>
            {asked && <BatchDelete batch={asked} onClose={(done) => {
                setAsked(null);
                if (done) setTold({ text: done });
                list.reload();
            }} />}
        </>
    );
}
