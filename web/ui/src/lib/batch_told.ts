// Of two views that are loaded apart: the page of a batch should not bring the list with it.
import { signal } from '@preact/signals';

/** What the page of a batch that is gone leaves to the list to say. */
export const batchTold = signal('');
