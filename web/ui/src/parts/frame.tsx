// The signed-in frame: who it is, log-out, the warning before time-out (P04), signing in again in place
// (P03), and the line about a lost connection.
import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { online, Problem, signInAgain } from '../lib/api';
import { bureauName, loadCodes } from '../lib/codes';
import { dateCompact, dateOfAny } from '../lib/roc';
import { ends, loadSession, loginPath, logout, roleOf, session, touch, WARN_MS } from '../lib/session';
import type { Role, Session } from '../lib/types';
import { Dialog } from './dialog';
import { Note, Shell, Waiting, type NavItem } from './page';
import { ProblemNote } from './problem';

function Who({ s }: { s: Session }) {
    const { subject } = s;
    const parts = [
        subject.kind === 'institution' ? subject.institution?.code : subject.kind === 'bureau' ? bureauName(subject.county) : subject.institution?.name,
        subject.email,
        s.last_login_at ? `上次登入：${dateCompact(dateOfAny(s.last_login_at))}` : '第一次登入',
    ].filter(Boolean);
    return (
        <div class="who">
            <span><b>{subject.name}</b> 您好！歡迎登入</span>
            <span class="small">{parts.join('｜')}</span>
            <button class="btn btn-s" type="button" onClick={() => void logout()}>登出</button>
        </div>
    );
}

const clockText = (ms: number): string => {
    const s = Math.max(0, Math.ceil(ms / 1000));
    return s >= 60 ? `${Math.floor(s / 60)} 分 ${s % 60} 秒` : `${s} 秒`;
};

function TimeoutWarning() {
    const [now, setNow] = useState(Date.now());
    const [busy, setBusy] = useState(false);
    const end_ms = Math.min(ends.value.idle_ms, ends.value.absolute_ms);
    const left_ms = end_ms - now;
    useEffect(() => {
        const timer = setInterval(() => setNow(Date.now()), 1000);
        return () => clearInterval(timer);
    }, []);
    useEffect(() => {
        if (left_ms <= 0 && !signInAgain.value) signInAgain.value = { reason: 'expired' };
    }, [left_ms <= 0]);
    if (left_ms > WARN_MS || left_ms <= 0 || signInAgain.value) return null;
    const absolute = ends.value.absolute_ms <= ends.value.idle_ms;
    const extend = () => {
        setBusy(true);
        touch().catch(() => undefined).finally(() => setBusy(false));
    };
    return (
        <Dialog id="timeout" alert title={`再 ${clockText(left_ms)}會自動登出`} onClose={absolute ? () => undefined : extend}>
            <p>{absolute ? '已連續使用 8 小時，到時請重新登入，填到一半的內容不會遺失。' : '您有一段時間沒有操作。登出也不會遺失：填到一半的內容會自動暫存。'}</p>
            <div class="row">
                {!absolute && <button class="btn btn-main" type="button" autofocus aria-disabled={busy ? true : undefined} onClick={extend}>繼續使用</button>}
                <button class="btn" type="button" onClick={() => void logout()}>現在登出</button>
            </div>
        </Dialog>
    );
}

const REASON: Record<string, string> = {
    replaced: '這個帳號已在他處登入', expired: '登入逾時', ended: '這次登入已經結束', none: '登入逾時' };

function SignInAgain({ role }: { role: Role }) {
    const ask = signInAgain.value;
    if (!ask) return null;
    return (
        <Dialog id="again" alert title={`${REASON[ask.reason] ?? '登入逾時'}，請重新登入`} onClose={() => undefined}>
            <p>您填寫的內容還在這一頁。請在新分頁重新登入，登入後這裡會自動繼續，不用重填。</p>
            <div class="row">
                <a class="btn btn-main" href={`${loginPath(role)}&again=1`} target="_blank" rel="opener" autofocus>在新分頁重新登入</a>
            </div>
        </Dialog>
    );
}

export function Frame({ allow, brand, home, nav, wide, pageId, offline, children }: {
    allow: Role[]; brand: string; home: string; nav: NavItem[]; wide?: boolean; pageId: string;
    /** What a lost connection means here; otherwise: that what was written is still here. */
    offline?: { title: string; text: string };
    children: (s: Session) => ComponentChildren;
}) {
    const [problem, setProblem] = useState<Problem | null>(null);
    const start = () => {
        setProblem(null);
        Promise.all([loadSession(), loadCodes()]).then(([s]) => {
            if (!s) location.replace(loginPath(allow[0] === 'bureau' ? 'bureau' : 'institution', location.pathname + location.search));
            else if (!allow.includes(roleOf(s))) location.replace(roleOf(s) === 'bureau' ? '/review' : '/home');
        }, (e: unknown) => setProblem(e instanceof Problem ? e : new Problem(0, 'internal', String(e))));
    };
    useEffect(start, []);
    const s = session.value;
    const ready = s && allow.includes(roleOf(s));
    return (
        <>
            <Shell brand={brand} home={home} nav={ready ? nav : []} wide={wide} pageId={pageId} who={ready ? <Who s={s} /> : undefined}>
                {!online.value && ready && <Note kind="bad" title={offline?.title ?? '網路斷線，您寫的內容還在這裡'} role="status">{offline?.text ?? '連上線後會自動再存，請先不要關掉這一頁。'}</Note>}
                {ready ? children(s) : problem ? <><h1 class="vh">{brand}</h1><ProblemNote problem={problem} what="暫時開不了這一頁" retry={start} /></> : <><h1 class="vh">{brand}</h1><Waiting what="載入中" /></>}
            </Shell>
            {ready && <TimeoutWarning />}
            {s && <SignInAgain role={roleOf(s)} />}
        </>
    );
}
