// A native modal dialog: the browser keeps the focus inside and gives it back (P04).
import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

export function Dialog({ id, title, alert, wide, onClose, children }: {
    id: string; title: string; alert?: boolean; wide?: boolean; onClose: () => void; children: ComponentChildren;
}) {
    const box = useRef<HTMLDialogElement>(null);
    useEffect(() => {
        const dialog = box.current;
        dialog?.showModal();
        return () => dialog?.close();
    }, []);
    return (
        <dialog class={wide ? 'dialog dialog-wide' : 'dialog'} ref={box} role={alert ? 'alertdialog' : undefined} aria-labelledby={`${id}-t`}
            aria-describedby={`${id}-d`} onCancel={(e) => { e.preventDefault(); onClose(); }}>
            <h3 id={`${id}-t`}>{title}</h3>
            <div id={`${id}-d`} class="dialog-in">{children}</div>
        </dialog>
    );
}
