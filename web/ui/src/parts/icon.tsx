import { h } from 'preact';
import { icons } from 'virtual:icons';

/** A decoration beside a word; never alone. */
export function Icon({ name }: { name: string }) {
    return (
        <svg class="i" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
            {icons[name]?.map(([tag, attrs]) => h(tag, attrs))}
        </svg>
    );
}
