// Autosave and 暫存 (P02): one save at a time, the last content wins, and leaving the page saves first.
import { useEffect, useRef, useState } from 'preact/hooks';
import { Problem } from './api';
import { clockNow } from './clock';

const QUIET_MS = 2500;

export interface Autosave {
    /** 「已自動暫存 14:38」 and the like, for the status line. */
    told: string;
    problem: Problem | null;
    /** Saves now; true when what is on the page is on the server. */
    save: (byHand?: boolean) => Promise<boolean>;
}

/**
 * `content` is what would be sent; nothing is sent while it equals what was sent last. `send` throws
 * a Problem; `enabled` holds the timer back (while a dialog asks, or before the first load).
 */
export function useAutosave(content: string, enabled: boolean, send: (content: string, leaving: boolean) => Promise<void>): Autosave {
    const [told, setTold] = useState('');
    const [problem, setProblem] = useState<Problem | null>(null);
    const saved = useRef(content);
    const now = useRef(content);
    const sender = useRef(send);
    const running = useRef<Promise<boolean> | null>(null);
    const active = useRef(enabled);
    active.current = enabled;
    now.current = content;
    sender.current = send;

    const save = async (byHand = false, leaving = false): Promise<boolean> => {
        if (running.current) {
            await running.current;
            return save(byHand, leaving);
        }
        if (now.current === saved.current) {
            if (byHand) setTold(`已暫存 ${clockNow()}`);
            return true;
        }
        const sent = now.current;
        const run = (async () => {
            try {
                if (!leaving) setTold('存檔中');
                await sender.current(sent, leaving);
                saved.current = sent;
                setProblem(null);
                setTold(`${byHand ? '已暫存' : '已自動暫存'} ${clockNow()}`);
                return true;
            } catch (e) {
                if (!(e instanceof Problem)) throw e;
                setProblem(e);
                setTold('還沒有存檔');
                return false;
            }
        })();
        running.current = run;
        const ok = await run;
        running.current = null;
        return ok;
    };
    const saver = useRef(save);
    saver.current = save;

    useEffect(() => {
        if (!enabled || content === saved.current) return;
        const timer = setTimeout(() => void saver.current(), QUIET_MS);
        return () => clearTimeout(timer);
    }, [content, enabled]);

    useEffect(() => {
        const leave = () => {
            if (document.visibilityState === 'hidden' && active.current) void saver.current(false, true);
        };
        const back = () => { if (active.current) void saver.current(); };
        document.addEventListener('visibilitychange', leave);
        window.addEventListener('online', back);
        return () => {
            document.removeEventListener('visibilitychange', leave);
            window.removeEventListener('online', back);
            if (active.current && now.current !== saved.current) void saver.current(false, true);
        };
    }, []);
    return { told, problem, save };
}
