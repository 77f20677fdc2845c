// Step 2, 新增被支援機構: who and where; each 新增 makes a draft line (F126–F138). Also the page of a case
// that is being filed: its lines stand beside.
import { useRef, useState } from 'preact/hooks';
import { useLocation, useSearch } from 'wouter-preact';
import { call, get, newKey, once, Problem } from '../../lib/api';
import { codes, countyName, departmentName, professionName, typeName } from '../../lib/codes';
import { useLoad } from '../../lib/load';
import { findInstitutions, findStaff, STAFF_STATUS } from '../../lib/places';
import { periodSlash } from '../../lib/roc';
import type { Case, Institution, Line, LineInput, Place, Session, Staff } from '../../lib/types';
import { caseOf, serialOf, timeText } from '../../lib/words';
import { Combo } from '../../parts/combo';
import { Dialog } from '../../parts/dialog';
import { Icon } from '../../parts/icon';
import { Crumb, Empty, ErrorSummary, Steps, usePage, Waiting, type SummaryItem } from '../../parts/page';
import { OnceNote, ProblemNote } from '../../parts/problem';
import { Chop } from '../../parts/status';

type Who = Pick<Staff, 'person_id' | 'name' | 'id_masked' | 'profession'> & Partial<Staff>;
type Where = Place & Partial<Institution>;

export function PlacePage({ caseNo, s }: { caseNo: string | null; s: Session }) {
    usePage('單筆申請', caseNo ?? 'new');
    const search = useSearch();
    const isPerson = s.subject.kind === 'person';
    const loaded = useLoad(async (signal) => {
        const [found, me, home] = await Promise.all([
            caseNo ? get<Case>(`/cases/${caseNo}`, { signal }) : null,
            isPerson ? get<Staff>('/people/me', { signal }) : null,
            !isPerson && s.subject.institution ? get<Institution>(`/institutions/${s.subject.institution.code}`, { signal }) : null,
        ]);
        return { case: found, me, home: me?.home ?? home };
    }, [caseNo]);
    if (loaded.problem) {
        return <><h1 class="vh">單筆申請</h1>{loaded.problem.status === 404
            ? <Empty title="找不到這個案件" text="可能已被刪除，或不屬於您。"><a class="btn" href="/home">回報備支援首頁</a></Empty>
            : <ProblemNote problem={loaded.problem} what="這一頁暫時開不了" retry={loaded.reload} />}</>;
    }
    if (!loaded.data) return <><h1 class="vh">單筆申請</h1><Waiting what="載入中" /></>;
    const lineNo = new URLSearchParams(search).get('line');
    const editing = loaded.data.case?.lines.find((l) => serialOf(l.line_id) === lineNo && l.request.status === 'draft') ?? null;
    return <PlaceForm key={`${caseNo}-${editing?.line_id}`} data={loaded.data} editing={editing} s={s} reload={loaded.reload} />;
}

function PlaceForm({ data, editing, s, reload }: {
    data: { case: Case | null; me: Staff | null; home: Place | null }; editing: Line | null; s: Session; reload: () => void;
}) {
    const [, go] = useLocation();
    const isPerson = s.subject.kind === 'person';
    const home = data.home ?? (s.subject.institution ? { ...s.subject.institution, county: '' } : null);
    const [who, setWho] = useState<Who | null>(isPerson ? data.me : editing?.person ?? null);
    const [where, setWhere] = useState<Where | null>(editing?.target ?? null);
    const [county, setCounty] = useState('');
    const [summary, setSummary] = useState<SummaryItem[]>([]);
    const [stamp, setStamp] = useState(0);
    const [problem, setProblem] = useState<Problem | null>(null);
    const [state, setState] = useState<{ kind: 'asking' | 'busy'; wait_s: number } | null>(null);
    const [busy, setBusy] = useState(false);
    const key = useRef({ key: newKey(), body: '' });
    const staff = useRef(new Map<string, Staff>());
    const places = useRef(new Map<string, Institution>());
    const at = (id: string): string | null => summary.find((x) => x.id === id)?.message ?? null;

    const fail = (items: SummaryItem[]) => {
        setSummary(items);
        setStamp(stamp + 1);
    };
    const submit = async (e: Event) => {
        e.preventDefault();
        if (busy) return;
        const items: SummaryItem[] = [];
        if (!who) items.push({ id: 'staff', message: '請選支援人員' });
        if (!where) items.push({ id: 'place', message: '請選被支援機構' });
        if (!who || !where) return fail(items);
        setSummary([]);
        setProblem(null);
        setBusy(true);
        const line: LineInput = { ...(isPerson ? {} : { person_id: who.person_id }), target: where.code };
        // The same content keeps its key: a double click or a repeat makes no second line (P45).
        const body = JSON.stringify(line) + (data.case?.case_no ?? '');
        if (key.current.body !== body) key.current = { key: newKey(), body };
        try {
            let made: Line;
            if (editing) {
                made = await call<Line>('PATCH', `/lines/${editing.line_id}`, { body: line, version: editing.version });
            } else if (data.case) {
                made = await once<Line>('POST', `/cases/${data.case.case_no}/lines`, { body: line, key: key.current.key }, setState);
            } else {
                const c = await once<Case>('POST', '/cases', { body: { lines: [line], submit: false }, key: key.current.key }, setState);
                made = c.lines[0]!;
            }
            go(`/file/${caseOf(made.line_id)}/${serialOf(made.line_id)}`);
        } catch (error) {
            if (!(error instanceof Problem)) throw error;
            if (error.status === 422) {
                fail(error.errors.map((x) => ({ id: x.field.endsWith('person_id') ? 'staff' : x.field.endsWith('target') ? 'place' : undefined, message: x.message }) as SummaryItem));
            } else {
                setProblem(error);
            }
        } finally {
            setBusy(false);
        }
    };

    return (
        <>
            <Crumb items={[{ href: '/home', label: '報備支援首頁' }, { label: '單筆申請' }]} />
            <div class="row row-end"><h1>單筆申請</h1>{!data.case && <a class="btn" href="/batch">整批申請</a>}</div>
            <Steps at={2} />
            <div class="cols cols-side">
                <form class="stack" onSubmit={(e) => void submit(e)} noValidate>
                    <ErrorSummary items={summary} stamp={stamp} />
                    {problem && <ProblemNote problem={problem} what={editing ? '沒有存檔' : '沒有新增'} />}
                    <OnceNote state={state} />
                    <dl class="dl">
                        <div><dt>案件編號</dt><dd>{data.case ? <><b class="code">{data.case.case_no}</b>　</> : null}<span class="hint">{data.case ? '系統自動新增' : '新增第一筆明細時，由系統自動給號'}</span></dd></div>
                        <div><dt>執業機構</dt><dd>{home?.name ?? '—'}</dd></div>
                        <div><dt>機構代碼</dt><dd class="code">{home?.code ?? '—'}</dd></div>
                        {isPerson && who && <>
                            <div><dt>姓名</dt><dd>{who.name}　{professionName(who.profession)}</dd></div>
                            <div><dt>身分證/統一編號</dt><dd class="code">{who.id_masked}</dd></div>
                        </>}
                    </dl>
                    <h2>{editing ? `修改明細 ${serialOf(editing.line_id)}` : '新增被支援機構'}</h2>
                    {!isPerson && (
                        <div class={at('staff') ? 'field wide-f is-err' : 'field wide-f'}>
                            <label class="label" for="staff"><span class="req" aria-hidden="true">*</span>支援人員</label>
                            {at('staff') && <p class="err" id="staff-e">{at('staff')}</p>}
                            <p class="hint" id="staff-h">選擇機構內之支援人員，可輸入姓名</p>
                            {who ? (
                                <div class="picked"><div><b>{who.name}</b>　{professionName(who.profession)}{who.department ? `　${departmentName(who.department)}` : ''}
                                    <span class="sub"><span class="code">{who.id_masked}</span>
                                        {who.licence && `　執業執照 ${periodSlash(who.licence.from, who.licence.to)}`}{who.status && `　${STAFF_STATUS[who.status]}`}</span></div>
                                    <button class="btn btn-s" id="staff" type="button" aria-describedby="staff-h" onClick={() => {
                                        setWho(null);
                                        requestAnimationFrame(() => requestAnimationFrame(() => document.getElementById('staff')?.focus()));
                                    }}>換人<span class="vh">{`：支援人員，目前是${who.name}`}</span></button></div>
                            ) : (
                                <Combo id="staff" label="支援人員" describedBy={at('staff') ? 'staff-e staff-h' : 'staff-h'} invalid={at('staff') !== null} min={0} what="人員"
                                    find={async (typed, signal) => {
                                        const found = await findStaff(typed, signal);
                                        staff.current = found.things;
                                        return found;
                                    }}
                                    onPick={(k) => {
                                        setWho(staff.current.get(k) ?? null);
                                        setSummary(summary.filter((x) => x.id !== 'staff'));
                                        requestAnimationFrame(() => requestAnimationFrame(() => document.getElementById('staff')?.focus()));
                                    }} />
                            )}
                        </div>
                    )}
                    <div class={at('place') ? 'field wide-f is-err' : 'field wide-f'}>
                        <label class="label" for="place"><span class="req" aria-hidden="true">*</span>被支援機構名稱(代碼)</label>
                        {at('place') && <p class="err" id="place-e">{at('place')}</p>}
                        <p class="hint" id="place-h">請輸入至少2碼後查詢，中文或代碼都可以。選擇縣市可以縮小範圍。</p>
                        {where ? (
                            <div class="picked"><div><b>{where.name}</b>（<span class="code">{where.code}</span>）
                                <span class="sub">{countyName(where.county)}{where.district ?? ''}{where.type ? `　${typeName(where.type)}` : ''}</span></div>
                                <button class="btn btn-s" id="place" type="button" onClick={() => {
                                    setWhere(null);
                                    requestAnimationFrame(() => requestAnimationFrame(() => document.getElementById('place')?.focus()));
                                }}>修改<span class="vh">{`：被支援機構，目前是${where.name}`}</span></button></div>
                        ) : (
                            <div class="combo-row">
                                <div class="inline"><label class="vh" for="cty">縣市</label>
                                    <select class="in" id="cty" value={county} onChange={(e) => setCounty(e.currentTarget.value)}>
                                        <option value="">全部縣市</option>
                                        {codes.value?.counties.map((c) => <option value={c.code}>{c.zh}</option>)}
                                    </select></div>
                                <div>
                                    <Combo id="place" label="被支援機構名稱(代碼)" describedBy={at('place') ? 'place-e place-h' : 'place-h'} invalid={at('place') !== null} min={2}
                                        deps={[county]} placeholder="請輸入至少2碼後查詢"
                                        find={async (typed, signal) => {
                                            const found = await findInstitutions(typed, county, home?.code ?? '', home?.county ?? '', signal);
                                            places.current = found.things;
                                            return found;
                                        }}
                                        onPick={(k) => {
                                            setWhere(places.current.get(k) ?? null);
                                            setSummary(summary.filter((x) => x.id !== 'place'));
                                            requestAnimationFrame(() => requestAnimationFrame(() => document.getElementById('place')?.focus()));
                                        }} />
                                </div>
                            </div>
                        )}
                    </div>
                    <div class="row">
                        <button class="btn btn-main" type="submit" aria-disabled={busy ? true : undefined}>{editing ? '存檔，到時間輸入' : <><Icon name="plus" />新增</>}</button>
                        <span class="live" role="status">{busy ? '存檔中' : data.case || editing ? '' : '新增後存成未送審，之後隨時可以接著填'}</span>
                    </div>
                </form>
                <div class="stack">
                    {data.case && <CaseLines data={data.case} reload={reload} />}
                    <Notices />
                </div>
            </div>
        </>
    );
}

function CaseLines({ data, reload }: { data: Case; reload: () => void }) {
    const [asking, setAsking] = useState<Line | null>(null);
    const [problem, setProblem] = useState<Problem | null>(null);
    const open = data.lines.filter((l) => l.request.status === 'draft' || l.request.status === 'returned');
    const remove = async (line: Line) => {
        setAsking(null);
        setProblem(null);
        try {
            await call('DELETE', `/lines/${line.line_id}`, { version: line.version });
            if (data.lines.length === 1) location.assign('/home?status=draft');
            else reload();
        } catch (e) {
            if (!(e instanceof Problem)) throw e;
            setProblem(e);
            if (e.code === 'stale') reload();
        }
    };
    return (
        <section class="stack-s" aria-labelledby="inc">
            <h2 id="inc" class="h3">{`本案已有明細 ${data.lines.length} 筆`}</h2>
            {problem && <ProblemNote problem={problem} what="沒有刪除" />}
            <ul class="jobs" role="list">
                {data.lines.map((l) => {
                    const first = l.times?.[0];
                    const n = serialOf(l.line_id);
                    const to = `，明細 ${n}，${l.person.name}到${l.target.name}`;
                    return (
                        <li><b>{l.person.name}</b><span>{`${professionName(l.person.profession)} → ${l.target.name}`}</span>
                            <span class="hint">{first ? `${timeText(first).head}${l.occurrences ? `，${l.occurrences} 次` : ''}` : '還沒有填時間'}</span>
                            {l.actions.includes('edit') ? (
                                <span class="acts">
                                    <a href={`/file/${data.case_no}/${n}`}>時間輸入<span class="vh">{to}</span></a>
                                    {l.request.status === 'draft' && <a href={`/file/${data.case_no}?line=${n}`}>改人員或機構<span class="vh">{to}</span></a>}
                                    {l.actions.includes('delete') && <button class="link" type="button" onClick={() => setAsking(l)}>刪除<span class="vh">{to}</span></button>}
                                </span>
                            ) : <Chop status={l.request.status} />}
                        </li>
                    );
                })}
            </ul>
            {open.length > 0 && <a class="btn btn-main full" href={`/file/${data.case_no}/check`}>{`下一步：確認 ${open.length} 筆明細`}</a>}
            {asking && (
                <Dialog id="del" title="確定刪除這筆明細？" onClose={() => setAsking(null)}>
                    <p>{`${asking.person.name}到${asking.target.name}。刪除後不能復原${data.lines.length === 1 ? '，這個案件也會一起刪除' : ''}。`}</p>
                    <div class="row"><button class="btn" type="button" autofocus onClick={() => setAsking(null)}>回去</button>
                        <button class="btn btn-bad" type="button" onClick={() => void remove(asking)}>刪除</button></div>
                </Dialog>
            )}
        </section>
    );
}

/** F148–F151, by the seed's words. */
function Notices() {
    return (
        <aside class="note" aria-label="注意事項"><h3>注意事項</h3><ul class="bul">
            <li>麻醉科醫師如要報備多家支援場所，請依不同場所新增。</li>
            <li>報備支援以主要證書為主。</li>
            <li>若支援(執業)機構停、歇業或醫事人員停、歇業，原報備支援案件將自動註銷。後續人員異動至新執業機構後，如有需繼續支援被支援機構，請重新辦理申請。</li>
            <li>送藥到宅不得作為執業處所外執業之報准事由。</li>
            <li>依藥師法第11條規定，於醫療機構、藥局執業者，經事先報准，得於執業處所外執行業務。</li>
        </ul></aside>
    );
}

