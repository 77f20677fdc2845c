// The code lists (API 3), fetched once a page load.
import { signal } from '@preact/signals';
import { get } from './api';
import type { Codes } from './types';

export const codes = signal<Codes | null>(null);
let asked: Promise<Codes> | null = null;

export function loadCodes(): Promise<Codes> {
    asked ??= get<Codes>('/codes', { quiet: true }).then((c) => (codes.value = c), (e: unknown) => {
        asked = null;
        throw e;
    });
    return asked;
}

const zh = (list: { code: string; zh: string }[] | undefined, code: string | null | undefined): string =>
    (code && list?.find((x) => x.code === code)?.zh) || code || '';

export const professionName = (code: string | null | undefined): string => zh(codes.value?.professions, code);
export const departmentName = (code: string | null | undefined): string => zh(codes.value?.departments, code);
export const countyName = (code: string | null | undefined): string => zh(codes.value?.counties, code);
export const typeName = (code: string | null | undefined): string => zh(codes.value?.institution_types, code);
export const bureauName = (county: string | null | undefined): string =>
    codes.value?.counties.find((x) => x.code === county)?.bureau ?? `${countyName(county)}衛生局`;

export function purposeText(code: string | null | undefined): string {
    const p = codes.value?.purposes.find((x) => x.code === code);
    return p ? `${p.code} ${p.zh}` : (code ?? '');
}

/** Physicians name the specialty they support, the others leave it blank (DOMAIN 4.2). */
export const hasDepartment = (profession: string): boolean => ['A', 'B', 'C'].includes(profession);
