// Entry of the pages for people and institutions.
import { render } from 'preact';
import { Route, Switch, useLocation } from 'wouter-preact';
import { Frame } from './parts/frame';
import { lazy } from './parts/lazy';
import { Empty } from './parts/page';
import { linksInPage } from './lib/links';

const HomePage = lazy(() => import('./pages/app/home').then((m) => m.HomePage));
const PlacePage = lazy(() => import('./pages/app/place_page').then((m) => m.PlacePage));
const TimePage = lazy(() => import('./pages/app/time_page').then((m) => m.TimePage));
const CheckPage = lazy(() => import('./pages/app/check_page').then((m) => m.CheckPage));
const DonePage = lazy(() => import('./pages/app/done_page').then((m) => m.DonePage));
const BatchListPage = lazy(() => import('./pages/app/batch_list').then((m) => m.BatchListPage));
const BatchPage = lazy(() => import('./pages/app/batch_page').then((m) => m.BatchPage));
const CasePage = lazy(() => import('./pages/app/case_page').then((m) => m.CasePage));

const IDS: [RegExp, string][] = [[/^\/file\/[^/]+\/check$/, 'CHECK-ANSWERS'], [/^\/file\/[^/]+\/done$/, 'CONFIRMATION'],
    [/^\/file\/[^/]+\/\d+$/, 'FILE-TIME'], [/^\/file/, 'FILE-PLACE'], [/^\/batch\/./, 'BATCH-FAULTS'], [/^\/batch/, 'BATCH'], [/^\/case/, 'CASE'], [/^/, 'HOME']];

/** Nothing is being written on the pages of batches: what was received is kept. */
const OFFLINE = { title: '連不上伺服器', text: '已經收到的檔案不會遺失；連上後請看這一頁的最新狀態，不會重複匯入。' };

function App() {
    const [path] = useLocation();
    const batches = path.startsWith('/batch');
    const filing = path.startsWith('/file') || batches;
    return (
        <Frame allow={['person', 'institution']} brand="報備支援申辦專區" home="/home" wide={path === '/home' || path.startsWith('/batch/')} offline={batches ? OFFLINE : undefined}
            pageId={IDS.find(([re]) => re.test(path))![1]}
            nav={[{ href: '/home', label: '報備支援首頁', current: path === '/home' }, { href: '/file', label: '登錄', current: filing }]}>
            {(s) => (
                <Switch>
                    <Route path="/home"><HomePage s={s} /></Route>
                    <Route path="/file"><PlacePage caseNo={null} s={s} /></Route>
                    <Route path="/file/:no">{(p) => <PlacePage caseNo={p.no} s={s} />}</Route>
                    <Route path="/file/:no/check">{(p) => <CheckPage caseNo={p.no} s={s} />}</Route>
                    <Route path="/file/:no/done">{(p) => <DonePage caseNo={p.no} s={s} />}</Route>
                    <Route path="/file/:no/:n">{(p) => <TimePage key={`${p.no}-${p.n}`} lineId={`${p.no}-${p.n}`} s={s} />}</Route>
                    <Route path="/batch"><BatchListPage s={s} /></Route>
                    <Route path="/batch/:id">{(p) => <BatchPage key={p.id} id={p.id} s={s} />}</Route>
                    <Route path="/case/:no">{(p) => <CasePage caseNo={p.no} />}</Route>
                    <Route><h1 class="vh">找不到這一頁</h1><Empty title="找不到這一頁" text="網址可能打錯了。"><a class="btn" href="/home">回報備支援首頁</a></Empty></Route>
                </Switch>
            )}
        </Frame>
    );
}

linksInPage(['/home', '/file', '/batch', '/case']);
render(<App />, document.getElementById('app')!);
