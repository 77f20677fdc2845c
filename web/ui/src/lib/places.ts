// Searching institutions and own staff for the comboboxes (F130–F134, P01).
import { get, query } from './api';
import { countyName, departmentName, professionName, typeName } from './codes';
import type { Institution, Page, Staff } from './types';
import type { Option } from '../parts/combo';

const LIMIT = 20;
const STATUS_TAG = { open: undefined, suspended: '停業，不能選', closed: '歇業，不能選' };

export interface Found<T> { options: Option[]; more: boolean; note?: string; things: Map<string, T> }

export async function findInstitutions(typed: string, county: string, home: string, homeCounty: string, signal: AbortSignal): Promise<Found<Institution>> {
    const q = [...typed].slice(0, 12).join('');
    const page = await get<Page<Institution>>(`/institutions${query({ q, county, limit: LIMIT })}`, { signal });
    return {
        more: page.next_cursor !== null || page.total > page.items.length,
        ...(/[台臺]/.test(typed) ? { note: '已把「台」與「臺」視為相同' } : {}),
        things: new Map(page.items.map((i) => [i.code, i])),
        options: page.items.map((i) => ({
            key: i.code, label: i.name, code: i.code,
            sub: [`${countyName(i.county)}${i.district ?? ''}`, i.medical ? typeName(i.type) : '非醫事機構'].filter(Boolean).join('　'),
            tag: i.code === home ? '本機構，不能選' : STATUS_TAG[i.status] ?? (i.county === homeCounty ? undefined : '外縣市'),
            disabled: i.code === home || i.status !== 'open',
        })),
    };
}

export const STAFF_STATUS: Record<Staff['status'], string> = {
    practising: '執業中', suspended: '停業', closed: '歇業', revoked: '執照廢止', deceased: '已歿' };

export async function findStaff(typed: string, signal: AbortSignal): Promise<Found<Staff>> {
    const text = typed.trim();
    const q = [...text].length >= 2 ? [...text].slice(0, 12).join('') : '';
    const page = await get<Page<Staff>>(`/staff${query({ q, limit: q ? LIMIT : 50 })}`, { signal });
    const items = q || !text ? page.items : page.items.filter((p) => p.name.includes(text));
    return {
        more: page.next_cursor !== null || page.total > page.items.length,
        things: new Map(items.map((p) => [p.person_id, p])),
        options: items.map((p) => ({
            key: p.person_id, label: p.name,
            sub: [professionName(p.profession), departmentName(p.department), p.id_masked].filter(Boolean).join('　'),
            tag: p.status === 'practising' ? undefined : STAFF_STATUS[p.status],
        })),
    };
}
