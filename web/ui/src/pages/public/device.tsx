// What this computer can do: component, reader, card, browser (F064–F079). Asks again until a card that
// fits is there, so that plugging it in is enough.
import { useEffect, useRef, useState } from 'preact/hooks';
import { csrf, get, post, Problem } from '../../lib/api';
import { BridgeFault, findBridge, readCards, type Card } from '../../lib/bridge';
import { clockNow, today } from '../../lib/clock';
import { datePlain } from '../../lib/roc';

const PORTS = [58731, 58732, 58733]; // AUTH 7.8, where the server does not say otherwise
const KEPT = 'baobei.ports';
const POLL_MS = 3000;

export interface Device {
    state: 'looking' | 'missing' | 'ready';
    version: string;
    cards: Card[];
    fault: string | null;
    checkedAt: string;
    recheck: () => void;
}

let ports: number[] | null = null;

/** The ports stand in the answer to a challenge (AUTH 7.2); this one is never sent in. Asked once a tab. */
async function bridgePorts(): Promise<number[]> {
    if (ports) return ports;
    try {
        ports = JSON.parse(sessionStorage.getItem(KEPT) ?? 'null') as number[] | null;
        if (ports) return ports;
        csrf.value = (await get<{ csrf_token: string }>('/auth/pre', { quiet: true })).csrf_token;
        const answer = await post<{ components?: { bridge?: { ports?: number[] } } }>('/auth/cert/challenge', { role: 'person' }, { quiet: true });
        ports = answer.components?.bridge?.ports ?? PORTS;
        sessionStorage.setItem(KEPT, JSON.stringify(ports));
        return ports;
    } catch (e) {
        if (e instanceof Problem) return PORTS; // the log-in itself will say what is wrong
        return ports ?? PORTS;
    }
}

export function useDevice(kinds: Card['kind'][]): Device {
    const [found, setFound] = useState<Omit<Device, 'recheck'>>({ state: 'looking', version: '', cards: [], fault: null, checkedAt: '' });
    const [turn, setTurn] = useState(0);
    const wanted = useRef(kinds);
    wanted.current = kinds;
    useEffect(() => {
        let stopped = false;
        let timer = 0;
        const look = async () => {
            let next: Omit<Device, 'recheck'>;
            const checkedAt = `${datePlain(today())} ${clockNow()}`;
            try {
                const version = await findBridge(await bridgePorts());
                try {
                    const cards = await readCards();
                    next = { state: 'ready', version, cards, fault: cards.length === 0 ? new BridgeFault('CB_NO_TOKEN').message : null, checkedAt };
                } catch (e) {
                    next = { state: 'ready', version, cards: [], fault: e instanceof Error ? e.message : null, checkedAt };
                }
            } catch (e) {
                next = { state: 'missing', version: '', cards: [], fault: e instanceof Error ? e.message : null, checkedAt };
            }
            if (stopped) return;
            setFound(next);
            if (!next.cards.some((c) => wanted.current.includes(c.kind))) timer = window.setTimeout(() => void look(), POLL_MS);
        };
        void look();
        return () => {
            stopped = true;
            clearTimeout(timer);
        };
    }, [turn, kinds.join()]);
    return { ...found, recheck: () => setTurn(turn + 1) };
}

export function browserName(): { name: string; good: boolean } {
    const ua = navigator.userAgent;
    const os = /Windows/.test(ua) ? 'Windows' : /Android/.test(ua) ? 'Android' : /iPhone|iPad/.test(ua) ? 'iOS'
        : /Mac OS/.test(ua) ? 'macOS' : /Linux/.test(ua) ? 'Linux' : '其他作業系統';
    const m = /(Edg|Firefox|Chrome|Version)\/(\d+)/.exec(ua.replace(/Chrome\/\S+ (?=.*Edg)/, ''));
    const name = { Edg: 'Edge', Firefox: 'Firefox', Chrome: 'Chrome', Version: 'Safari' }[m?.[1] ?? ''] ?? '瀏覽器';
    return { name: `${os}、${name} ${m?.[2] ?? ''}`, good: name !== 'Safari' && name !== '瀏覽器' && os !== 'iOS' && os !== 'Android' };
}

export const KIND_NAME: Record<Card['kind'], string> = {
    HPC: '醫事人員憑證', HOP: '醫事機構憑證', CITIZEN: '自然人憑證', OTHER: '其他憑證' };

export function DevicePanel({ device, kinds }: { device: Device; kinds: Card['kind'][] }) {
    const browser = browserName();
    const fits = device.cards.filter((c) => kinds.includes(c.kind));
    const wanted = kinds.map((k) => KIND_NAME[k]).join('、');
    return (
        <aside class="panel" aria-labelledby="env">
            <h2 id="env">這台裝置的檢測結果</h2>
            <p class="meta" role="status">{device.state === 'looking' ? '系統檢測中' : `系統已自動檢測，${device.checkedAt}`}</p>
            <ul class="rules" role="list">
                <li>{device.state === 'ready' ? <span class="tag tag-ok">✓ 正常</span> : device.state === 'looking' ? <span class="tag">檢測中</span> : <span class="tag tag-bad">✕ 沒有</span>}
                    <div><b>讀卡元件</b><p>{device.state === 'ready' ? `baobei-card ${device.version} 已啟動` : device.state === 'looking' ? '正在找讀卡元件' : '找不到 baobei-card，請安裝或重新啟動'}</p></div></li>
                <li>{fits.length > 0 ? <span class="tag tag-ok">✓ 正常</span> : <span class="tag tag-warn">! 少一步</span>}
                    <div><b>卡片</b><p>{fits.length > 0 ? `讀到 ${fits.length} 張${wanted}`
                        : device.cards.length > 0 ? `讀到的是${[...new Set(device.cards.map((c) => KIND_NAME[c.kind]))].join('、')}，請改插${wanted}`
                            : device.state === 'ready' ? device.fault ?? '還沒有插入卡片' : '元件啟動後才能讀卡'}</p></div></li>
                <li>{browser.good ? <span class="tag tag-ok">✓ 支援</span> : <span class="tag tag-warn">! 注意</span>}
                    <div><b>作業系統、瀏覽器</b><p>{browser.name}</p></div></li>
            </ul>
            <div class="row"><button class="btn btn-s" type="button" onClick={device.recheck}>重新檢測</button></div>
            <p class="meta">請用一般型晶片讀卡機，不要用健保卡專用讀卡機。</p>
        </aside>
    );
}
