// Entry of the pages for the health bureaus.
import { render } from 'preact';
import { Route, Switch, useLocation } from 'wouter-preact';
import { Frame } from './parts/frame';
import { lazy } from './parts/lazy';
import { Empty } from './parts/page';
import { linksInPage } from './lib/links';

const ReviewCase = lazy(() => import('./pages/admin/case').then((m) => m.ReviewCase));
const QueuePage = lazy(() => import('./pages/admin/queue').then((m) => m.QueuePage));

function App() {
    const [path] = useLocation();
    return (
        <Frame allow={['bureau']} brand="衛生局審核" home="/review" wide pageId={path === '/review' ? 'REVIEW-QUEUE' : 'REVIEW-CASE'}
            nav={[{ href: '/review', label: '審核', current: true }]}>
            {(s) => (
                <Switch>
                    <Route path="/review"><QueuePage s={s} /></Route>
                    <Route path="/review/:id">{(p) => <ReviewCase key={p.id} lineId={p.id} />}</Route>
                    <Route><h1 class="vh">找不到這一頁</h1><Empty title="找不到這一頁" text="網址可能打錯了。"><a class="btn" href="/review">回審核</a></Empty></Route>
                </Switch>
            )}
        </Frame>
    );
}

linksInPage(['/review']);
render(<App />, document.getElementById('app')!);
