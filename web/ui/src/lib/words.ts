// The closed lists of the API as words, and times as sentences.
import { dateShort, datePlain, monthName } from './roc';
import type { Action, Force, Kind, Rule, Status, Time, WireTime } from './types';

export const STATUS: Record<Status, { word: string; chop: string; cls: string }> = {
    draft: { word: '未送審', chop: '稿', cls: 'draft' },
    under_review: { word: '審核中', chop: '審', cls: 'review' },
    approved: { word: '已核准', chop: '准', cls: 'approved' },
    rejected: { word: '不核准', chop: '駁', cls: 'rejected' },
    returned: { word: '退回', chop: '退', cls: 'returned' },
};
export const STATUSES = Object.keys(STATUS) as Status[];

export const FORCE: Record<Exclude<Force, 'none'>, { word: string; sign: string }> = {
    upcoming: { word: '未生效', sign: '○' },
    in_force: { word: '生效中', sign: '●' },
    expired: { word: '已到期', sign: '—' },
    to_cancel: { word: '待註銷', sign: '▲' },
    cancelled: { word: '已註銷', sign: '✕' },
};

export const KIND: Record<Kind, string> = { register: '登錄', change: '變更', cancel: '註銷' };
export const CREATED_BY = { person: '醫事人員', institution: '醫療(事)機構' };
const METHOD: Record<string, string> = { nhi: '健保卡', nocard: '健保卡(無卡)', token: '程式介接' };
const CARD: Record<string, string> = { person: '醫事憑證', institution: '醫事機構憑證', delegate: '醫事憑證' };

/** How somebody acted: 「醫事機構憑證」 and the like; nothing for the system itself. */
export const methodText = (kind: string, method: string | null): string | null =>
    method === 'hca' ? CARD[kind] ?? null : (method && METHOD[method]) || null;
export const ACTION: Record<Action, string> = {
    edit: '編輯', delete: '刪除', submit: '送審', withdraw: '撤回', change: '變更', cancel: '註銷', copy: '複製', print: '列印' };
export const HISTORY: Record<string, string> = {
    create: '建檔', edit: '編輯', submit: '送審', withdraw: '撤回', approve: '核准', reject: '不核准', return: '退回補正',
    change: '申請變更', cancel: '申請註銷', revoke: '撤銷或廢止', copy: '複製', expire: '到期', event: '登記異動' };
export const FIELD: Record<string, string> = {
    person_id: '支援人員', target: '被支援機構', department: '支援科別', purpose: '支援目的', purpose_note: '目的說明',
    times: '支援時間', remark: '備註', attachments: '附件', status: '申請進度' };

/** What went wrong with a list item or a bulk call, where the server's own sentence is missing. */
export const CODE: Record<string, string> = {
    network: '連不上伺服器，請檢查網路後再試一次',
    unknown_outcome: '還不知道有沒有完成，請再試一次，不會重複',
    overloaded: '現在使用的人很多，請稍候再試',
    read_only: '系統暫時只能查詢，不能存檔，請稍後再試',
    starting: '系統正在啟動，請稍候再試',
    rate_limited: '操作太頻繁，請稍候再試',
    not_found: '找不到這一筆，可能已被刪除',
    forbidden: '您沒有辦理這項作業的權限',
    stale: '別人先改過了',
    wrong_state: '這一筆的申請進度已經改變',
    reason_required: '請寫明理由',
    cancel_first: '請先註銷原執業處所的報備支援，才能登錄或變更',
    not_open_yet: '還沒有開始受理',
    request_open: '這一筆已有審核中的申請',
};

const WEEK = ['', '一', '二', '三', '四', '五', '六', '日'];

/** 22:00~隔日 06:00, as the server says it: an end that is not later is the next day's. */
export const clocksText = (start: string, end: string): string => `${start}~${end <= start ? '隔日 ' : ''}${end}`;

/** The words of src/model/sentence.c (date_cases.json holds both sides to them). */
export function ruleText(r: Rule): string {
    switch (r.kind) {
        case 'weekly': return `每週星期${[...r.weekdays].sort().map((d) => WEEK[d]).join('、')}`;
        case 'monthly_weekday': return r.nth === -1 ? `每月最後一個星期${WEEK[r.weekday]}` : `每月第 ${r.nth} 個星期${WEEK[r.weekday]}`;
        case 'monthly_day': return `每月 ${r.day} 日`;
        case 'every_n_weeks': return `每 ${r.every} 週一次，星期${WEEK[r.weekday]}`;
        case 'every_n_days': return r.every === 1 ? '每日' : `每 ${r.every} 日一次`;
    }
}

const MODE: Record<Time['mode'], string> = { continuous: '持續', recurring: '間斷', dates: '選擇' };

/** A time with all its members, or null for the half of one. */
export function wholeTime(t: WireTime): Time | null {
    const has = (o: object, ...members: string[]): boolean => members.every((m) => (o as Record<string, unknown>)[m] !== undefined);
    if (!has(t, 'start', 'end')) return null;
    if (t.mode === 'dates') return has(t, 'dates') ? t as Time : null;
    if (t.mode === 'continuous') return t as Time;
    const needs = { weekly: ['weekdays'], monthly_weekday: ['nth', 'weekday'], monthly_day: ['day'], every_n_weeks: ['every', 'weekday'], every_n_days: ['every'] };
    return t.rule && has(t, 'from', 'to') && has(t.rule, ...needs[t.rule.kind]) ? t as Time : null;
}

/** One line for a time, and a second with its dates. */
export function timeText(wire: WireTime): { head: string; sub: string } {
    const t = wholeTime(wire);
    if (!t) return { head: `${MODE[wire.mode]}，還沒填完`, sub: '' };
    switch (t.mode) {
        case 'continuous':
            return { head: `持續 ${dateShort(t.start.slice(0, 10))} ${t.start.slice(11)}`,
                sub: `到 ${dateShort(t.end.slice(0, 10))} ${t.end.slice(11)}` };
        case 'recurring':
            return { head: `${ruleText(t.rule)} ${clocksText(t.start, t.end)}`, sub: `${datePlain(t.from)}到 ${datePlain(t.to)}` };
        case 'dates': {
            const shown = t.dates.slice(0, 6).map(dateShort).join('、');
            return { head: `選擇 ${t.dates.length} 天 ${clocksText(t.start, t.end)}`,
                sub: t.dates.length > 6 ? `${shown}等` : shown };
        }
    }
}

/** 115年 5、6、8月，116年 1、2月 */
export function monthsText(months: string[]): string {
    const years = new Map<string, string[]>();
    for (const m of months) {
        const [y = '', mm = ''] = monthName(m).split('年');
        years.set(y, [...(years.get(y) ?? []), mm.replace('月', '')]);
    }
    return [...years].map(([y, ms]) => `${y}年 ${ms.join('、')}月`).join('，');
}

export function hoursText(minutes: number): string {
    const h = Math.floor(minutes / 60);
    const m = minutes % 60;
    return m === 0 ? `${h} 小時` : h === 0 ? `${m} 分鐘` : `${h} 小時 ${m} 分鐘`;
}

/** What may be asked for with `q`: a piece of a name, at most 12 characters, or a whole case number. */
export const searchText = (typed: string): string => {
    const t = typed.normalize('NFKC').trim();
    return /^\d{7}-\w{10}-\d{4,}(-\d+)?$/.test(t) ? t : [...t].slice(0, 12).join('');
};

export const caseOf = (line_id: string): string => line_id.slice(0, line_id.lastIndexOf('-'));
export const serialOf = (line_id: string): string => line_id.slice(line_id.lastIndexOf('-') + 1);
export const count = (n: number): string => n.toLocaleString('en-US');
