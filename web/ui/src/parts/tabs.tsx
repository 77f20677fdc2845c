// Tabs with counts: arrows move and choose, roving tabindex, the URL follows (P31).
export interface Tab { key: string; label: string; count?: number | null }

export function Tabs({ id, tabs, at, labelledBy, label, onTab, panel }: {
    id: string; tabs: Tab[]; at: string; labelledBy?: string; label?: string; onTab: (key: string) => void; panel: string;
}) {
    const onKey = (e: KeyboardEvent) => {
        const i = tabs.findIndex((t) => t.key === at);
        const to = e.key === 'ArrowRight' ? i + 1 : e.key === 'ArrowLeft' ? i - 1 : e.key === 'Home' ? 0 : e.key === 'End' ? tabs.length - 1 : null;
        if (to === null) return;
        e.preventDefault();
        const tab = tabs[(to + tabs.length) % tabs.length];
        if (!tab) return;
        onTab(tab.key);
        document.getElementById(`${id}-${tab.key}`)?.focus();
    };
    return (
        <div class="tabs" role="tablist" aria-labelledby={labelledBy} aria-label={label} onKeyDown={onKey}>
            {tabs.map((t) => (
                <button type="button" role="tab" id={`${id}-${t.key}`} aria-selected={t.key === at} tabIndex={t.key === at ? 0 : -1}
                    aria-controls={t.key === at ? panel : undefined} onClick={() => onTab(t.key)}>
                    {t.label}{t.count !== null && t.count !== undefined && <span class="n">{t.count.toLocaleString('en-US')}</span>}
                </button>
            ))}
        </div>
    );
}
