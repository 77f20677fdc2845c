// Entry of the public pages: home, log-in, environment check.
import { render } from 'preact';
import { EnvCheck } from './pages/public/env';
import { Guide } from './pages/public/guide';
import { Home } from './pages/public/home';
import { Login } from './pages/public/login';
import { Empty, Shell, usePage } from './parts/page';

/** The server answers 404 with this page for an address that nobody knows. */
function Missing() {
    usePage('找不到這一頁');
    return <><h1 class="vh">找不到這一頁</h1><Empty title="找不到這一頁" text="網址可能打錯了。"><a class="btn" href="/">回首頁</a></Empty></>;
}

const path = location.pathname;
const VIEWS: Record<string, { id: string; view: () => preact.JSX.Element }> = {
    '/': { id: 'INDEX', view: () => <Home /> },
    '/login': { id: 'LOGIN', view: () => <Login /> },
    '/Login/C101M': { id: 'LOGIN', view: () => <Login back /> },
    '/env': { id: 'ENV', view: () => <EnvCheck /> },
    '/guide': { id: 'GUIDE', view: () => <Guide /> },
};
const page = VIEWS[path] ?? { id: 'MISSING', view: () => <Missing /> };

render(
    <Shell brand="報備支援申辦專區" home="/" util pageId={page.id} nav={[
        { href: '/', label: '首頁', current: path === '/' },
        { href: '/guide', label: '申辦方式說明', current: path === '/guide' },
        { href: '/env', label: '環境檢測', current: path === '/env' },
    ]}>{page.view()}</Shell>,
    document.getElementById('app')!,
);
