// Entry of the public pages: home, log-in, environment check.
import { render } from 'preact';
import { EnvCheck } from './pages/public/env';
import { Home } from './pages/public/home';
import { Login } from './pages/public/login';
import { Shell } from './parts/page';

const path = location.pathname;
const page = path === '/login' ? { id: 'LOGIN', view: <Login /> } : path === '/env' ? { id: 'ENV', view: <EnvCheck /> } : { id: 'INDEX', view: <Home /> };

render(
    <Shell brand="報備支援申辦專區" home="/" util pageId={page.id} nav={[
        { href: '/', label: '首頁', current: path === '/' },
        { href: '/#how', label: '申辦方式說明' },
        { href: '/env', label: '環境檢測', current: path === '/env' },
    ]}>{page.view}</Shell>,
    document.getElementById('app')!,
);
