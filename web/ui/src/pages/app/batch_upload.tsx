// Uploading: which kind, its template, and the file by a button or dropped; several are sent one after the other.
import { useEffect, useRef, useState } from 'preact/hooks';
import { useLocation } from 'wouter-preact';
import { newKey, once, Problem, query } from '../../lib/api';
import { COLUMNS, FILE_MAX_BYTES, KINDS, letterOf, ROWS_MAX } from '../../lib/batch';
import type { BatchKind, BatchMade } from '../../lib/types';
import { Download } from '../../parts/download';
import { Icon } from '../../parts/icon';
import { Note } from '../../parts/page';
import { problemText } from '../../parts/problem';

type State = 'waiting' | 'sending' | 'asking' | 'busy' | 'sent' | 'failed';
interface Sending { key: string; file: File; kind: BatchKind; state: State; part: number; wait_s: number; problem: Problem | null; id: string | null }

/** What can be said without sending a byte. */
function refusal(file: File): Problem | null {
    if (file.size === 0) return new Problem(0, 'empty_file', '檔案是空的，請重新存檔後再上傳');
    if (file.size > FILE_MAX_BYTES) return new Problem(413, 'too_large', '');
    return null;
}

function uploadText(p: Problem): string {
    switch (p.code) {
        case 'not_xlsx': return '不是 .xlsx 檔案。舊的 .xls 請用 Excel 另存成 .xlsx；CSV 請存成 UTF-8';
        case 'too_large': return '檔案超過 2 MB。請用範本，不要帶圖片與多餘的工作表';
        case 'already_imported': return '這個檔案已經匯入過，沒有再收一次';
        case 'too_many_batches': return '已有 20 個檔案正在檢查，請等其中一個完成再上傳';
        default: return problemText(p);
    }
}

const size = (bytes: number): string => (bytes < 1 << 20 ? `${Math.max(1, Math.round(bytes / 1024))} KB` : `${(bytes / (1 << 20)).toFixed(1)} MB`);

/** The files that are on their way; the page of the only one opens by itself. */
function useUploads(done: () => void) {
    const [items, setItems] = useState<Sending[]>([]);
    const [, go] = useLocation();
    const queue = useRef<Sending[]>([]);
    const running = useRef(false);
    const gone = useRef(false);
    useEffect(() => () => { gone.current = true; }, []);
    const change = (key: string, to: Partial<Sending>) => setItems((all) => all.map((i) => (i.key === key ? { ...i, ...to } : i)));

    const send = async (item: Sending): Promise<string | null> => {
        change(item.key, { state: 'sending', part: 0 });
        try {
            const made = await once<BatchMade>('POST', `/batches${query({ kind: item.kind, name: item.file.name.replace(/[\x00-\x1f\x7f]/g, '').slice(-80) })}`,
                { key: item.key, file: { data: item.file, sent: (part) => change(item.key, { part }) } },
                (s) => change(item.key, s ? { state: s.kind, wait_s: s.wait_s } : { state: 'sending' }));
            change(item.key, { state: 'sent', part: 1, id: made.batch_id });
            return made.batch_id;
        } catch (e) {
            if (!(e instanceof Problem)) throw e;
            change(item.key, { state: 'failed', problem: e, id: typeof e.body.batch_id === 'string' ? e.body.batch_id : null });
            return null;
        }
    };
    const run = async (alone: boolean) => {
        if (running.current) return;
        running.current = true;
        for (let item = queue.current.shift(); item; item = queue.current.shift()) {
            const id = await send(item);
            if (gone.current) return;
            if (id && alone && queue.current.length === 0) go(`/batch/${id}`);
            else done();
        }
        running.current = false;
    };
    const add = (files: File[], kind: BatchKind) => {
        const more = files.map((file): Sending => {
            const problem = refusal(file);
            return { key: newKey(), file, kind, state: problem ? 'failed' : 'waiting', part: 0, wait_s: 0, problem, id: null };
        });
        const busy = running.current;
        setItems((all) => [...(busy ? all : []), ...more]);
        queue.current.push(...more.filter((i) => i.state === 'waiting'));
        void run(files.length === 1 && !busy);
    };
    return { items, add };
}

function SendingItem({ item }: { item: Sending }) {
    const percent = Math.round(item.part * 100);
    const words: Record<State, string> = {
        waiting: '排隊中', sending: percent < 100 ? `上傳中 ${percent}%` : '已送出，等伺服器收好', asking: '還沒有收到回應，正在確認有沒有收到，不會重複',
        busy: `現在使用的人很多，${item.wait_s} 秒後自動再送`, sent: '已收到', failed: '沒有上傳' };
    return (
        <li>
            <span class="row row-end"><b class="file">{item.file.name}</b><span class="small nb">{`${KINDS[item.kind].name}　${size(item.file.size)}`}</span></span>
            {item.state === 'failed' ? <span class="err" role="alert">{`${words.failed}：${uploadText(item.problem!)}`}</span>
                : <span class="hint" role="status">{words[item.state]}</span>}
            {(item.state === 'sending' || item.state === 'asking') && <progress aria-label={`上傳 ${item.file.name}`} max={100} value={item.state === 'sending' && percent < 100 ? percent : undefined} />}
            {item.id && <span class="acts"><a href={`/batch/${item.id}`}>{item.state === 'failed' ? '看先前匯入的那一批' : '看檢查結果'}<span class="vh">{`，${item.file.name}`}</span></a></span>}
        </li>
    );
}

function AllSent({ items }: { items: Sending[] }) {
    const refused = items.filter((i) => i.state === 'failed').length;
    const sent = items.length - refused;
    return (
        <Note kind={refused > 0 ? 'warn' : 'ok'} title={`收到 ${sent} 個檔案${refused > 0 ? `，另外 ${refused} 個沒有收` : ''}`} role="status">
            {sent > 0 ? '檢查結果列在下面，請逐一打開，決定匯入。' : '請照上面每個檔案的說明改好，再上傳一次。'}</Note>
    );
}

export function FormatGuide({ kind }: { kind: BatchKind }) {
    return (
        <details><summary>上傳格式說明</summary>
            <div class="stack-s">
                <ul class="bul">
                    <li>{`檔案是 .xlsx，也可以是欄位相同的 CSV（UTF-8）；每次最多 ${ROWS_MAX} 列，2 MB 以內。`}</li>
                    <li>第 1 列是欄位名稱，從第 2 列開始填，一列就是一筆明細。</li>
                    <li>日期填民國 7 碼（1150901），時間填 4 碼（0800）。</li>
                </ul>
                <div class="scroll" role="region" aria-label={`${KINDS[kind].template}的欄位，可左右捲動`} tabIndex={0}><table class="tb tb-dense">
                    <caption>{`${KINDS[kind].template}的欄位，* 必填`}</caption>
                    <thead><tr><th scope="col">欄</th><th scope="col">名稱</th><th scope="col">怎麼填</th></tr></thead>
                    <tbody>{COLUMNS[kind].map((c, i) => (
                        <tr><td class="code">{letterOf(i)}</td><th scope="row" class="nb">{c.required && <><span class="req" aria-hidden="true">*</span><span class="vh">必填，</span></>}{c.name}</th><td class="w-max">{c.help}</td></tr>
                    ))}</tbody>
                </table></div>
            </div>
        </details>
    );
}

export function Upload({ kind, onKind, isPerson, done }: { kind: BatchKind; onKind: (kind: BatchKind) => void; isPerson: boolean; done: () => void }) {
    const { items, add } = useUploads(done);
    const [over, setOver] = useState(false);
    const input = useRef<HTMLInputElement>(null);
    const depth = useRef(0);
    const take = (list: FileList | null | undefined) => {
        const files = [...list ?? []];
        if (files.length > 0) add(files, kind);
        if (input.current) input.current.value = ''; // the same file again is a choice too
    };
    // A file dropped beside the field must not replace the page.
    useEffect(() => {
        const stop = (e: DragEvent) => { if (e.dataTransfer?.types.includes('Files')) e.preventDefault(); };
        document.addEventListener('dragover', stop);
        document.addEventListener('drop', stop);
        return () => {
            document.removeEventListener('dragover', stop);
            document.removeEventListener('drop', stop);
        };
    }, []);
    return (
        <section class="stack" aria-labelledby="up">
            <h2 id="up" class="vh">上傳</h2>
            <fieldset><legend class="h3">1　選種類，下載範本填寫</legend>
                <div class="choices choices-row">{(Object.keys(KINDS) as BatchKind[]).map((k) => (
                    <label class="choice"><input type="radio" name="kind" value={k} checked={k === kind} onChange={() => onKind(k)} />
                        <span><b>{KINDS[k].name}</b><span class="hint">{KINDS[k].hint}</span></span></label>
                ))}</div>
            </fieldset>
            <div class="row">
                <Download path="/templates/general.xlsx" name="一般整批範本.xlsx" cls="btn">下載範本：一般整批</Download>
                <Download path="/templates/rule.xlsx" name="規則整批範本.xlsx" cls="btn">下載範本：規則整批</Download>
            </div>
            <p class="meta">{isPerson ? '範本裡已有您的資料、代碼表與下拉選單。您只能申請自己的；只有一兩筆時，用單筆申請比較快。' : '範本裡已有本機構人員、代碼表與下拉選單。只能申請登記在本機構的人員。'}</p>
            <FormatGuide kind={kind} />
            <div class={over ? 'drop is-over' : 'drop'}
                onDragEnter={(e) => { e.preventDefault(); depth.current++; setOver(true); }}
                onDragLeave={() => { if (--depth.current <= 0) { depth.current = 0; setOver(false); } }}
                onDragOver={(e) => e.preventDefault()}
                onDrop={(e) => {
                    e.preventDefault();
                    e.stopPropagation();
                    depth.current = 0;
                    setOver(false);
                    take(e.dataTransfer?.files);
                }}>
                <h3 class="h3">{`2　上傳填好的檔案（${KINDS[kind].name}）`}</h3>
                <p class="meta" id="drop-h">{`把檔案拖到這裡，或按「瀏覽」選檔案。.xlsx，每個最多 ${ROWS_MAX} 列；可以一次選好幾個檔案。`}</p>
                <div class="row center">
                    <input class="vh" type="file" id="file" ref={input} multiple tabIndex={-1} aria-hidden="true" aria-label="選檔案"
                        accept=".xlsx,.csv,application/vnd.openxmlformats-officedocument.spreadsheetml.sheet,text/csv" onChange={(e) => take(e.currentTarget.files)} />
                    <button class="btn btn-main" type="button" aria-describedby="drop-h" onClick={() => input.current?.click()}><Icon name="upload" />瀏覽…</button>
                </div>
                <p class="small">上傳後只會檢查，看過結果按下匯入才會建檔。</p>
            </div>
            {items.length > 0 && <ul class="jobs" role="list" aria-label="這次上傳的檔案">{items.map((i) => <SendingItem key={i.key} item={i} />)}</ul>}
            {items.length > 1 && items.every((i) => i.state === 'sent' || i.state === 'failed') && <AllSent items={items} />}
        </section>
    );
}
