// A page whose script comes when it is opened, so that the first view stays small (WEB.md 1).
import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { Note, Waiting } from './page';

export function lazy<P extends object>(load: () => Promise<ComponentType<P>>): ComponentType<P> {
    let loaded: ComponentType<P> | null = null;
    return function Lazy(props: P) {
        const [, setTurn] = useState(0);
        const [failed, setFailed] = useState(false);
        useEffect(() => {
            if (loaded) return;
            load().then((page) => {
                loaded = page;
                setTurn(1);
            }, () => setFailed(true));
        }, []);
        const Page = loaded;
        if (Page) return <Page {...props} />;
        // After an update of the server the old script is gone; a new load of the page finds the new one.
        return failed
            ? <><h1 class="vh">載入失敗</h1><Note kind="warn" title="這一頁沒有載入" role="alert"><p>網站可能剛更新，或網路不穩。</p>
                <div class="row"><button class="btn btn-s" type="button" onClick={() => location.reload()}>重新整理</button></div></Note></>
            : <><h1 class="vh">載入中</h1><Waiting what="載入中" /></>;
    };
}
