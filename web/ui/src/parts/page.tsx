// What every page has: masthead, foot, title, focus after a change of page, size and colour switches.
import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { signal } from '@preact/signals';
import { Icon } from './icon';

const SIZES = [['small', '小'], ['large', '中'], ['larger', '大']] as const;
const size = signal(stored('size') ?? 'small');
const theme = signal(stored('theme'));

function stored(key: string): string | null {
    try {
        return localStorage.getItem(`baobei.${key}`);
    } catch {
        return null;
    }
}

function store(key: string, value: string): void {
    try {
        localStorage.setItem(`baobei.${key}`, value);
    } catch {
        // Private windows may forbid it; the choice then lasts for the page.
    }
}

size.subscribe((s) => { document.documentElement.dataset.size = s; });
theme.subscribe((t) => { if (t) document.documentElement.dataset.theme = t; });

const isDark = (): boolean =>
    theme.value ? theme.value === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;

function Sizes() {
    return (
        <>
            {SIZES.map(([key, word]) => (
                <button type="button" aria-label={`字級${word}`} aria-pressed={size.value === key}
                    onClick={() => { size.value = key; store('size', key); }}>{word}</button>
            ))}
        </>
    );
}

function ThemeSwitch() {
    return (
        <button type="button" aria-pressed={isDark()} onClick={() => {
            theme.value = isDark() ? 'light' : 'dark';
            store('theme', theme.value);
        }}>深色</button>
    );
}

export interface NavItem { href: string; label: string; current?: boolean }

export function Shell({ brand, home, nav, who, wide, util, pageId, children }: {
    brand: string; home: string; nav: NavItem[]; who?: ComponentChildren; wide?: boolean; util?: boolean;
    pageId: string; children: ComponentChildren;
}) {
    const wrap = wide ? 'wrap wrap-wide' : 'wrap';
    return (
        <>
            <a class="skip" href="#main" onClick={(e) => {
                e.preventDefault();
                document.getElementById('main')?.focus();
            }}>跳到主要內容</a>
            {util && (
                <div class="util"><nav class="wrap" aria-label="網站工具">
                    <a href="#main" accesskey="C" title="中央內容區">:::</a><span>字級</span><Sizes /><ThemeSwitch />
                </nav></div>
            )}
            <header class="mast"><div class={wrap}>
                <div class="mast-in">
                    <a class="brand" href={home}>
                        <span class="seal" aria-hidden="true">報備</span>
                        <span class="brand-org">衛生福利部 <span lang="en">Ministry of Health and Welfare</span></span>
                        <span class="brand-sys">醫事人員及醫事機構線上申辦系統<span>{brand}</span></span>
                    </a>
                    {who}
                </div>
                {nav.length > 0 && (
                    <nav class="nav" aria-label="主選單"><ul role="list">
                        {nav.map((n) => <li><a href={n.href} aria-current={n.current ? 'page' : undefined}>{n.label}</a></li>)}
                    </ul></nav>
                )}
            </div></header>
            <main id="main" class={wrap} tabIndex={-1}>{children}</main>
            <footer class="foot"><div class={wrap}>
                {!util && <ul role="list"><li>字級 <Sizes /></li><li><ThemeSwitch /></li></ul>}
                {util && <ul role="list" class="only-s"><li>字級 <Sizes /></li><li><ThemeSwitch /></li></ul>}
                <p class="small">系統操作 0800-232258、0800-001019（手機請撥 02-2776-9993 #116）　憑證卡 0800-364-422　主辦：衛生福利部　本頁代號 {pageId}</p>
            </div></footer>
        </>
    );
}

let first = true;

/** Where each address was left in this tab, and where Back is to return to: null on a new navigation. */
const left = new Map<string, number>();
let wanted: number | null = null;
addEventListener('scroll', () => { left.set(location.href, scrollY); }, { passive: true });
addEventListener('popstate', () => { wanted = left.get(location.href) ?? 0; });
addEventListener('pushState', () => { wanted = null; }); // wouter tells of its own navigations so

/** Once, when the page is long enough: its list comes from the server after the page itself. */
function scrollBack(y: number, until = performance.now() + 5000): void {
    const page = location.href;
    const isLong = document.documentElement.scrollHeight - innerHeight >= y;
    if (isLong || performance.now() > until) return window.scrollTo(0, y);
    requestAnimationFrame(() => { if (location.href === page) scrollBack(y, until); });
}

/** The title of the page; a change of page moves the focus to its start, so that it is read. */
export function usePage(title: string, key?: string): void {
    useEffect(() => {
        document.title = `${title}｜報備支援線上申辦`;
    }, [title]);
    useEffect(() => {
        if (!first) {
            scrollBack(wanted ?? 0);
            document.getElementById('main')?.focus({ preventScroll: true });
        }
        first = false;
        wanted = null;
    }, [key ?? title]);
}

export function Crumb({ items }: { items: { href?: string; label: string }[] }) {
    return (
        <nav class="crumb" aria-label="所在位置"><ol role="list">
            {items.map((i) => <li>{i.href ? <a href={i.href}>{i.label}</a> : <span aria-current="page">{i.label}</span>}</li>)}
        </ol></nav>
    );
}

const STEPS = ['單筆申請', '新增被支援機構', '時間輸入', '送審', '列印同案申請書'];

/** The five steps of F124, by the seed's names; or others, with `at` one past the end when all is done. */
export function Steps({ at, names, label }: { at: number; names?: string[]; label?: string }) {
    const steps = names ?? STEPS;
    return (
        <ol class="steps" role="list" aria-label={`${label ?? '申請步驟'}，${at > steps.length ? '已全部完成' : `第 ${at} 步，共 ${steps.length} 步`}`}>
            {steps.map((name, i) => (
                <li class={i + 1 < at ? 'done' : undefined} aria-current={i + 1 === at ? 'step' : undefined}>
                    <b>{`0${i + 1}`}</b> {name}{i + 1 < at && <span class="vh">（已完成）</span>}
                </li>
            ))}
        </ol>
    );
}

export interface SummaryItem { id?: string; message: string; open?: () => void }

/** P26: what to mend, each with a link to its field. `stamp` grows with every attempt. */
export function ErrorSummary({ items, stamp, title }: { items: SummaryItem[]; stamp: number; title?: string }) {
    const box = useRef<HTMLDivElement>(null);
    useEffect(() => {
        if (items.length === 0) return;
        box.current?.focus();
        if (!document.title.startsWith('錯誤：')) document.title = `錯誤：${document.title}`;
        return () => { document.title = document.title.replace(/^錯誤：/, ''); };
    }, [stamp, items.length > 0]);
    if (items.length === 0) return null;
    const go = (item: SummaryItem) => (e: Event) => {
        e.preventDefault();
        item.open?.();
        // A closed part opens in the next frame.
        requestAnimationFrame(() => requestAnimationFrame(() => {
            const field = item.id ? document.getElementById(item.id) : null;
            field?.scrollIntoView({ block: 'center' });
            field?.focus({ preventScroll: true });
        }));
    };
    return (
        <div class="summary" role="alert" aria-labelledby="error-summary" tabIndex={-1} ref={box}>
            <h2 id="error-summary">{title ?? `有 ${items.length} 個地方要改`}</h2>
            {title ? items.map((i) => <p>{i.message}</p>)
                : <ol>{items.map((i) => <li>{i.id ? <a href={`#${i.id}`} onClick={go(i)}>{i.message}</a> : i.message}</li>)}</ol>}
        </div>
    );
}

export function Note({ kind, title, children, role }: {
    kind?: 'ok' | 'warn' | 'bad'; title: string; children?: ComponentChildren; role?: 'alert' | 'status';
}) {
    return (
        <div class={kind ? `note note-${kind}` : 'note'} role={role}>
            <h3>{title}</h3>
            {typeof children === 'string' ? <p>{children}</p> : children}
        </div>
    );
}

export function Empty({ title, text, children }: { title: string; text?: string; children?: ComponentChildren }) {
    return <div class="empty"><h3>{title}</h3>{text && <p>{text}</p>}{children}</div>;
}

export function Waiting({ what }: { what: string }) {
    return <div class="narrow stack-s" role="status"><p class="meta">{what}</p><progress aria-label={what} /></div>;
}

/** The authority of the cards (F032, F080); opens beside, so that nothing being filled in is lost. */
export const HcaLink = () => <a href="https://hca.nat.gov.tw/" target="_blank" rel="noopener noreferrer">醫事憑證管理中心<span class="vh">（另開新視窗）</span></a>;

export function Pager({ page, size: perPage, total, isMin, onPage, label, unit = '筆' }: {
    page: number; size: number; total: number; isMin?: boolean; onPage: (page: number) => void; label: string; unit?: string;
}) {
    const pages = Math.max(1, Math.ceil(total / perPage));
    const to = useRef<HTMLInputElement>(null);
    const go = (e: Event) => {
        e.preventDefault();
        const n = Number(to.current?.value);
        if (Number.isInteger(n)) onPage(Math.min(Math.max(1, n), pages));
    };
    return (
        <nav class="pager" aria-label={label}>
            {pages > 1 && (
                <span class="inline">
                    <button class="btn btn-s" type="button" disabled={page <= 1} onClick={() => onPage(1)}>第一頁</button>
                    <button class="btn btn-s" type="button" disabled={page <= 1} onClick={() => onPage(page - 1)}>上一頁</button>
                    <button class="btn btn-s" type="button" disabled={page >= pages} onClick={() => onPage(page + 1)}>下一頁</button>
                    <button class="btn btn-s" type="button" disabled={page >= pages} onClick={() => onPage(pages)}>最後頁</button>
                </span>
            )}
            <span role="status">{`第 ${page} 頁 共 ${pages} 頁 總共 ${total.toLocaleString('en-US')}${isMin ? ` ${unit}以上` : ` ${unit}`}`}</span>
            {pages > 1 && (
                <form class="inline" onSubmit={go}>
                    <label for="pager-go">到第</label>
                    <input class="in in-s w2" id="pager-go" inputMode="numeric" ref={to} defaultValue={String(page)} key={page} />
                    <span>頁</span><button class="btn btn-s" type="submit">Go</button>
                </form>
            )}
        </nav>
    );
}

export function PlusLink({ href, children, main }: { href: string; children: string; main?: boolean }) {
    return <a class={main ? 'btn btn-main' : 'btn'} href={href}><Icon name="plus" />{children}</a>;
}
