// Signing in by certificate through the card bridge (AUTH 5.1, 7.2, 7.8); every failure is told with its way out.
import { useEffect, useRef, useState } from 'preact/hooks';
import { csrf, get, post, Problem } from '../../lib/api';
import { asksInItsWindow, BridgeFault, sign, type Card } from '../../lib/bridge';
import { tell } from '../../lib/session';
import type { Role, Subject } from '../../lib/types';
import { Field, SelectField, TextField } from '../../parts/field';
import { Crumb, ErrorSummary, HcaLink, Note, usePage } from '../../parts/page';
import { DevicePanel, KIND_NAME, useDevice } from './device';

const ROLES: { role: Role; name: string; hint: string; kind: Card['kind'] }[] = [
    { role: 'person', name: '醫事人員', hint: '醫事人員憑證卡，辦理本人的報備支援', kind: 'HPC' },
    { role: 'institution', name: '醫療(事)機構', hint: '醫事機構憑證卡，不可跨機構申報', kind: 'HOP' },
    { role: 'bureau', name: '衛生局承辦人員', hint: '已登記承辦人員的自然人憑證', kind: 'CITIZEN' },
];
const OPS = { role: 'ops' as Role, name: '系統維運人員', hint: '', kind: 'CITIZEN' as const };

const CERT_TEXT = '憑證無法驗證，請使用有效之醫事憑證';
const AUTH_TEXT: Record<string, string> = {
    csrf: '頁面已失效，請重新整理',
    auth_challenge: '登入要求已逾時，請再送出一次',
    auth_cert_parse: CERT_TEXT, auth_cert_chain: CERT_TEXT, auth_cert_alg: CERT_TEXT, auth_cert_usage: CERT_TEXT, auth_cert_policy: CERT_TEXT,
    auth_cert_expired: '憑證已過期或尚未生效，請洽醫事憑證管理中心',
    auth_revoked: '憑證已廢止或停用，請洽醫事憑證管理中心',
    auth_revocation_unavailable: '暫時無法查驗憑證狀態，請稍後再試',
    auth_card_kind: '卡片種類與登入身分不符，請改選身分或換一張卡片',
    auth_signature: '簽章驗證失敗，請重新插入卡片再試',
    auth_account: '查無執業登記，或登記已廢止，請洽所在地衛生局',
    bad_id_no: '身分證字號格式錯誤',
    network: '連不上伺服器，請檢查網路後再試',
};

/** Only a path of this site may follow the log-in. */
function safeNext(next: string | null | undefined): string | null {
    return next && /^\/(?!\/|\\)/.test(next) ? next : null;
}

interface Failure { title: string; field?: 'pin' | 'id_no' | 'card' }

/** Who unlocks a card: each kind has its own authority. */
const CardCentre = ({ kind }: { kind: Card['kind'] }) => kind === 'CITIZEN'
    ? <a href="https://moica.nat.gov.tw/" target="_blank" rel="noopener noreferrer">內政部憑證管理中心<span class="vh">（另開新視窗）</span></a>
    : <><HcaLink />（服務電話 0800-364-422）</>;

/** `back`: the page of the back office, for the bureaus alone (F004). */
export function Login({ back }: { back?: boolean }) {
    const params = new URLSearchParams(location.search);
    const again = params.get('again') === '1';
    const asked = params.get('role');
    const [role, setRole] = useState<Role>(back ? 'bureau' : asked === 'ops' || ROLES.some((r) => r.role === asked) ? (asked as Role) : 'person');
    const way = ROLES.find((r) => r.role === role) ?? OPS;
    usePage(back ? '後台登入' : `${way.name}登入`, 'login');
    const device = useDevice([way.kind]);
    const cards = device.cards.filter((c) => c.kind === way.kind);
    const [chosen, setChosen] = useState('');
    // Of several none is taken for granted: the PIN of another card would lock this one in three tries.
    const card = cards.length === 1 ? cards[0] : cards.find((c) => `${c.slot}/${c.cert_id}` === chosen);
    const several = `有 ${cards.length} 張卡，請先選要用的卡`;
    const [pin, setPin] = useState('');
    const [idNo, setIdNo] = useState('');
    const [enrolling, setEnrolling] = useState(false);
    const [finalTry, setFinalTry] = useState(false);
    const [askFinal, setAskFinal] = useState(false);
    const [busy, setBusy] = useState('');
    const [failure, setFailure] = useState<Failure | null>(null);
    const [stamp, setStamp] = useState(0);
    const [wait_s, setWait] = useState(0);
    const [done, setDone] = useState(false);
    const pinBox = useRef<HTMLInputElement>(null);
    const locked = card?.pin.locked ?? false;

    useEffect(() => {
        if (wait_s <= 0) return;
        const timer = setTimeout(() => setWait(wait_s - 1), 1000);
        return () => clearTimeout(timer);
    }, [wait_s]);

    const fail = (f: Failure) => {
        setFailure(f);
        setStamp(stamp + 1);
    };

    const choose = (value: string) => {
        setChosen(value);
        setAskFinal(false);
        if (failure?.field === 'card') setFailure(null);
    };

    const submit = async (e: Event) => {
        e.preventDefault();
        if (busy) return;
        if (device.state !== 'ready') return fail({ title: '找不到讀卡元件，請安裝或重新啟動 baobei-card' });
        if (!card && cards.length > 1) return fail({ title: several, field: 'card' });
        if (!card) return fail({ title: `讀不到${KIND_NAME[way.kind]}，請插入卡片` });
        const { min, max } = card.pin;
        if (pin.length < min || pin.length > max) return fail({ title: `PIN 碼長度應為 ${min} 至 ${max} 碼`, field: 'pin' });
        if (enrolling && !/^[A-Za-z][A-Za-z0-9]\d{8}$/.test(idNo.trim())) return fail({ title: '身分證字號格式錯誤，例如 A123456789', field: 'id_no' });
        if ((card.pin.final || askFinal) && !finalTry) {
            setAskFinal(true);
            return fail({ title: '只剩最後 1 次，再錯就會鎖卡。確定要再試，請先勾選同意', field: 'pin' });
        }
        setFailure(null);
        try {
            setBusy('正在向伺服器要求登入');
            csrf.value = (await get<{ csrf_token: string }>('/auth/pre', { quiet: true })).csrf_token;
            const challenge = await post<{ challenge: string; tbs: string }>('/auth/cert/challenge',
                enrolling ? { role, id_no: idNo.trim().toUpperCase() } : { role }, { quiet: true });
            setBusy(asksInItsWindow() ? '請在讀卡元件的視窗按「同意簽章」' : '卡片簽章中，請不要拔卡');
            const signed = await sign(card, pin, challenge.tbs, finalTry);
            setBusy('正在驗證憑證');
            const answer = await post<{ subject: Subject; next: string }>('/auth/cert/login', {
                challenge: challenge.challenge, format: 'pkcs1', signature: signed.signature, certificate: signed.certificate,
                component: { name: 'baobei-card', version: device.version } }, { quiet: true });
            setPin('');
            tell('signed_in');
            if (again) {
                setDone(true);
                window.close();
                return;
            }
            location.assign(safeNext(params.get('next')) ?? safeNext(answer.next) ?? (role === 'bureau' ? '/review' : '/home'));
        } catch (error) {
            // The PIN goes after each use, wrong or right (AUTH 7.2).
            setPin('');
            setFinalTry(false);
            setBusy('');
            if (error instanceof BridgeFault) {
                const aboutPin = error.code.startsWith('CB_PIN') || error.code === 'CB_FINAL_TRY';
                if (error.code === 'CB_FINAL_TRY' || error.tries_left === 1) setAskFinal(true);
                fail(aboutPin ? { title: error.message, field: 'pin' } : { title: error.message });
                if (error.code === 'CB_PIN_LOCKED' || error.tries_left === 0 || !aboutPin) device.recheck();
            } else if (error instanceof Problem) {
                if (error.code === 'auth_not_enrolled') {
                    setEnrolling(true);
                    fail({ title: '首次使用，請輸入身分證字號完成對應', field: 'id_no' });
                } else if (error.code === 'rate_limited') {
                    setWait(error.retryAfter_s || 60);
                    setFailure(null);
                } else {
                    fail({ title: AUTH_TEXT[error.code] ?? (error.message || '登入沒有完成，請再試一次'),
                        ...(error.code === 'bad_id_no' ? { field: 'id_no' as const } : {}) });
                }
            } else {
                throw error;
            }
        }
    };

    if (done) return <Note kind="ok" title="已重新登入" role="status">請關閉這個分頁，回到原來的分頁繼續，填寫的內容都還在。</Note>;
    const minutes = `${Math.floor(wait_s / 60)}:${String(wait_s % 60).padStart(2, '0')}`;
    const pinError = failure?.field === 'pin' ? failure.title : null;
    return (
        <>
            <Crumb items={[{ href: '/', label: '首頁' }, { label: back ? '後台登入' : `${way.name}登入` }]} />
            <h1>{back ? '後台登入' : `${way.name}登入`}</h1>
            {again && <Note title="重新登入後會自動回到原來的分頁">請用同一張卡片登入，填寫的內容都還在原來的分頁。</Note>}
            <div class="cols cols-side">
                <form class="stack" onSubmit={(e) => void submit(e)} noValidate>
                    {failure && <ErrorSummary stamp={stamp} title={failure.field ? undefined : '登入沒有完成'} items={[{ message: failure.title,
                        ...(failure.field ? { id: failure.field } : {}) }]} />}
                    {role !== 'ops' && !back && (
                        <fieldset>
                            <legend>登入身分</legend>
                            <div class="choices">
                                {ROLES.map((r) => (
                                    <label class="choice"><input type="radio" name="role" value={r.role} checked={role === r.role} onChange={() => {
                                        setRole(r.role);
                                        setFailure(null);
                                        setEnrolling(false);
                                        setAskFinal(false);
                                    }} /><span><b>{r.name}</b><span class="hint">{r.hint}</span></span></label>
                                ))}
                            </div>
                        </fieldset>
                    )}
                    <h2>{`請於讀卡機插入您的${KIND_NAME[way.kind]}`}</h2>
                    {device.state === 'missing' && (
                        <Note kind="bad" title="找不到讀卡元件，還不能用憑證登入" role="status">
                            <p>請安裝 baobei-card，已安裝的請重新啟動。啟動後會自動偵測，不用重新整理。</p>
                            <p>瀏覽器若詢問是否允許連線到這台電腦上的應用程式，請按「允許」。</p>
                        </Note>
                    )}
                    {device.state === 'ready' && cards.length === 0 && (
                        <Note kind="warn" title={`還沒有讀到${KIND_NAME[way.kind]}`} role="status">請插入卡片，插好會自動偵測，不用重新整理。</Note>
                    )}
                    {cards.length > 1 ? (
                        <SelectField id="card" label="卡片" required value={card ? `${card.slot}/${card.cert_id}` : ''} onValue={choose} empty="請選擇"
                            options={cards.map((c) => ({ value: `${c.slot}/${c.cert_id}`, label: c.label }))}
                            {...(failure?.field === 'card' ? { error: failure.title } : { hint: several })} />
                    ) : card && <div class="picked wide-f"><div><b>{card.label}</b><span class="sub">{KIND_NAME[card.kind]}　{card.reader}</span></div></div>}
                    {enrolling && (
                        <TextField id="id_no" label="身分證字號" required value={idNo} onValue={setIdNo} cls="w10"
                            hint="第一次用這張卡片，要把卡片對應到您的登記資料" error={failure?.field === 'id_no' ? failure.title : null}
                            attrs={{ maxLength: 10, spellcheck: false }} />
                    )}
                    <Field f={{ id: 'pin', label: way.kind === 'CITIZEN' ? '自然人憑證PIN碼' : '醫事憑證PIN碼', required: true, hint: '6 至 8 碼。輸入錯誤 3 次會鎖卡。', error: pinError }}>
                        <input class="in w7" id="pin" ref={pinBox} type="password" inputMode="numeric" autocomplete="off" maxLength={8} required
                            disabled={locked} value={pin} onInput={(e) => setPin(e.currentTarget.value)}
                            aria-invalid={pinError ? true : undefined} aria-describedby={pinError ? 'pin-e pin-h' : 'pin-h'} />
                    </Field>
                    {locked && <Note kind="bad" title="這張卡片已鎖卡" role="status"><p>請至<CardCentre kind={way.kind} />解鎖。</p></Note>}
                    {(askFinal || card?.pin.final) && !locked && (
                        <label class="check"><input type="checkbox" checked={finalTry} onChange={(e) => setFinalTry(e.currentTarget.checked)} />
                            <span>我知道只剩最後 1 次，再錯就會鎖卡</span></label>
                    )}
                    {wait_s > 0 && (
                        <Note kind="warn" title="登入嘗試次數太多，請稍候" role="status">
                            連續失敗會暫停登入，這是為了保護您的帳號。時間到了按鈕會自動恢復，不用重新整理。
                        </Note>
                    )}
                    <div class="row">
                        <button class="btn btn-main" type="submit" disabled={locked || wait_s > 0} aria-disabled={busy ? true : undefined}>
                            {wait_s > 0 ? `送出（${minutes} 後可用）` : '送出'}
                        </button>
                        {!again && <a class="btn" href="/">回首頁</a>}
                        <span class="live" role="status">{busy}</span>
                    </div>
                    <p class="meta">忘記 PIN 碼或已鎖卡，請到<CardCentre kind={way.kind} />處理。</p>
                    {role === 'person' && <p class="meta">健保卡登入與健保卡登入(無卡)還沒有開放，開放日期將於網站另行公告。</p>}
                </form>
                <div class="stack"><DevicePanel device={device} kinds={[way.kind]} /><p class="meta"><a href="/env">環境檢測網頁</a></p></div>
            </div>
        </>
    );
}
