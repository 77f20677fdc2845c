// A native modal dialog: the browser keeps the focus inside, and this gives it back to whoever asked (P04).
import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

const isNowhere = (): boolean => document.activeElement === null || document.activeElement === document.body;

/** To the element that opened it; where that is gone or may not be focused, to the start of the page's content. */
function giveBack(opener: Element | null): void {
    // Whoever closed it may have chosen a better place already.
    if (!isNowhere()) return;
    if (opener instanceof HTMLElement && opener.isConnected) opener.focus();
    if (isNowhere()) document.getElementById('main')?.focus({ preventScroll: true });
}

export function Dialog({ id, title, alert, wide, onClose, children }: {
    id: string; title: string; alert?: boolean; wide?: boolean; onClose: () => void; children: ComponentChildren;
}) {
    const box = useRef<HTMLDialogElement>(null);
    useEffect(() => {
        const dialog = box.current;
        const opener = document.activeElement;
        dialog?.showModal();
        return () => {
            dialog?.close();
            // The dialog may have left the document before close(), which then gives nothing back; and the opener may
            // leave it in the same rendering, which is over only when this microtask comes.
            queueMicrotask(() => giveBack(opener));
        };
    }, []);
    return (
        <dialog class={wide ? 'dialog dialog-wide' : 'dialog'} ref={box} role={alert ? 'alertdialog' : undefined} aria-labelledby={`${id}-t`}
            aria-describedby={`${id}-d`} onCancel={(e) => { e.preventDefault(); onClose(); }}>
            <h3 id={`${id}-t`}>{title}</h3>
            <div id={`${id}-d`} class="dialog-in">{children}</div>
        </dialog>
    );
}
