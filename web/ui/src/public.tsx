// Entry of the public pages: home, log-in, environment check.
import { render } from 'preact';
import { EnvCheck } from './pages/public/env';
import { Guide } from './pages/public/guide';
import { Home } from './pages/public/home';
import { Login } from './pages/public/login';
import { Shell } from './parts/page';

const path = location.pathname;
const VIEWS: Record<string, { id: string; view: () => preact.JSX.Element }> = {
    '/login': { id: 'LOGIN', view: () => <Login /> },
    '/Login/C101M': { id: 'LOGIN', view: () => <Login back /> },
    '/env': { id: 'ENV', view: () => <EnvCheck /> },
    '/guide': { id: 'GUIDE', view: () => <Guide /> },
};
const page = VIEWS[path] ?? { id: 'INDEX', view: () => <Home /> };

render(
    <Shell brand="報備支援申辦專區" home="/" util pageId={page.id} nav={[
        { href: '/', label: '首頁', current: path === '/' },
        { href: '/guide', label: '申辦方式說明', current: path === '/guide' },
        { href: '/env', label: '環境檢測', current: path === '/env' },
    ]}>{page.view()}</Shell>,
    document.getElementById('app')!,
);
