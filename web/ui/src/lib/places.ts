// Searching institutions and own staff for the comboboxes (F130–F134, P01).
import { get, query } from './api';
import { countyName, departmentName, professionName, typeName } from './codes';
import type { Institution, Page, Staff } from './types';
import type { Option } from '../parts/combo';

const LIMIT = 20;
const STAFF_LIMIT = 50; // before anything is typed the list is there already
const STATUS_TAG = { open: undefined, suspended: '停業，不能選', closed: '歇業，不能選' };

export interface Found<T> { options: Option[]; more: boolean; note?: string; none?: string; things: Map<string, T> }

export async function findInstitutions(typed: string, county: string, home: string, homeCounty: string, signal: AbortSignal): Promise<Found<Institution>> {
    const q = [...typed].slice(0, 12).join('');
    const page = await get<Page<Institution>>(`/institutions${query({ q, county, limit: LIMIT })}`, { signal });
    return {
        more: page.next_cursor !== null || page.total > page.items.length,
        ...(county ? { none: '沒有建議，請換個字或清除縣市再試' } : {}),
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
    // The server looks through everyone for a single character, too: a family name is one.
    const q = [...typed.trim()].slice(0, 12).join('');
    const page = await get<Page<Staff>>(`/staff${query({ q, limit: STAFF_LIMIT })}`, { signal });
    return {
        more: page.next_cursor !== null || page.total > page.items.length,
        things: new Map(page.items.map((p) => [p.person_id, p])),
        options: page.items.map((p) => ({
            key: p.person_id, label: p.name,
            sub: [professionName(p.profession), departmentName(p.department), p.id_masked].filter(Boolean).join('　'),
            tag: p.status === 'practising' ? undefined : STAFF_STATUS[p.status],
        })),
    };
}
