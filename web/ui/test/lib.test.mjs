// The pure halves of the pages: reading dates and times, what a half-filled time means, the faults of a batch, the types of the API.
import { typeOf } from '../api_types.mjs';
import { build } from 'esbuild';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

async function load(file) {
    const out = await build({ entryPoints: [fileURLToPath(new URL(`../src/lib/${file}.ts`, import.meta.url))], bundle: true, write: false, format: 'esm', charset: 'utf8' });
    return import(`data:text/javascript;base64,${Buffer.from(out.outputFiles[0].contents).toString('base64')}`);
}

const roc = await load('roc');
const form = await load('time_form');
const words = await load('words');
const batch = await load('batch');
const faults = await load('batch_faults');
const places = await load('places');
const lastPage = await load('last_page');
const submitted = await load('submitted');
const cases = JSON.parse(readFileSync(new URL('./date_cases.json', import.meta.url), 'utf8'));

test('dates_are_read_as_people_type_them', () => {
    for (const [text, iso] of cases.dates) assert.equal(roc.parseDate(text), iso, text);
});

/** What `call` gives while the server answers `page`, and the addresses it was asked at. */
async function answered(page, call) {
    const asked = [];
    const real = globalThis.fetch;
    globalThis.fetch = async (url) => {
        asked.push(decodeURIComponent(String(url)));
        return new Response(JSON.stringify(page), { status: 200, headers: { 'Content-Type': 'application/json' } });
    };
    try {
        return { found: await call(new AbortController().signal), asked };
    } finally {
        globalThis.fetch = real;
    }
}

test('one_character_is_looked_for_among_all_the_staff', async () => {
    const person = { person_id: 'a', name: '陳彤玉', id_masked: 'A1234XXXX9', profession: 'A', department: null, status: 'practising' };
    const page = { items: [person], next_cursor: null, page: null, total: 1, total_is_min: false };
    const { found, asked } = await answered(page, (signal) => places.findStaff(' 陳 ', signal));
    assert.match(asked[0], /\/staff\?q=陳&/, 'the server looks, not the page in what it has by chance');
    assert.deepEqual([found.options.length, found.more], [1, false]);
    const more = await answered({ ...page, next_cursor: '50', total: 60 }, (signal) => places.findStaff('陳', signal));
    assert.equal(more.found.more, true);
});

test('only_a_search_within_a_county_says_to_clear_it', async () => {
    const none = { items: [], next_cursor: null, page: null, total: 0, total_is_min: false };
    const staff = await answered(none, (signal) => places.findStaff('陳', signal));
    assert.equal(staff.found.none, undefined);
    for (const [county, words] of [['63000', '沒有建議，請換個字或清除縣市再試'], ['', undefined]]) {
        const { found } = await answered(none, (signal) => places.findInstitutions('診所', county, '', '', signal));
        assert.equal(found.none, words);
    }
});

test('times_of_day_are_read_as_people_type_them', () => {
    for (const [text, clock] of cases.starts) assert.equal(roc.parseClock(text, false), clock, `start ${text}`);
    for (const [text, clock] of cases.ends) assert.equal(roc.parseClock(text, true), clock, `end ${text}`);
});

test('dates_are_shown_in_three_forms', () => {
    assert.equal(roc.dateSlash('2026-04-07'), '115/04/07');
    assert.equal(roc.dateLong('2026-04-07'), '民國115年4月7日 星期二');
    assert.equal(roc.dateShort('2026-04-07'), '115年4月7日（二）');
    assert.equal(roc.dateCompact('2010-01-02'), '0990102');
    assert.equal(roc.dateOfAny('2026-04-07T16:30:00Z'), '2026-04-08', 'an instant is shown in Taipei');
    assert.equal(roc.dateOfAny('2026-04-07T23:30'), '2026-04-07', 'a local time is as it stands');
    assert.equal(roc.addMonths('2026-11', 3), '2027-02');
    assert.equal(roc.addMonths('2026-01', -1), '2025-12');
    assert.equal(roc.addDays('2024-02-28', 1), '2024-02-29');
});

test('times_are_called_what_the_server_calls_them', () => {
    for (const [iso, shown] of cases.shown) assert.equal(roc.dateShort(iso), shown);
    for (const [time, phrase, clocks] of cases.sentences) {
        assert.equal(words.ruleText(time.rule), phrase);
        assert.equal(words.timeText(time).head, `${phrase} ${clocks}`);
    }
});

test('half_a_time_that_a_program_filed_is_shown_and_typed_on', () => {
    for (const time of [{ mode: 'continuous' }, { mode: 'dates', start: '08:00' }, { mode: 'recurring', from: '2026-12-01' },
        { mode: 'recurring', from: '2026-12-01', to: '2026-12-31', start: '08:00', end: '12:00', rule: { kind: 'monthly_weekday', nth: 2 } }]) {
        assert.match(words.timeText(time).head, /還沒填完$/);
        assert.equal(form.formOf(time).mode, time.mode);
    }
    assert.equal(form.formOf({ mode: 'recurring', from: '2026-12-01', start: '08:00' }).from, '115/12/01');
    assert.equal(form.formOf({ mode: 'recurring', rule: { kind: 'every_n_weeks' } }).everyWeeks, '2', 'what is missing is as in an empty form');
});

test('an_empty_page_gives_way_to_the_last_there_is', () => {
    const instead = (count, page, total) => lastPage.pageInstead({ items: Array(count).fill({}), page, total }, 20);
    assert.equal(instead(3, 2, 23), null, 'a page with rows stays');
    assert.equal(instead(0, 1, 0), null, 'nothing at all is said on the first');
    assert.equal(instead(0, null, 0), null, 'an answer by cursor has no number');
    assert.equal(instead(0, 2, 20), 1);
    assert.equal(instead(0, 99, 45), 3);
    assert.equal(instead(0, 3, 60), 2, 'a total that is behind still leads to the front');
    assert.equal(instead(0, 99, 0), 1);
});

test('a_confirmation_says_what_is_true_now', () => {
    const line = (status, kind = 'register', occurrences = 3) => ({ request: { status, kind }, occurrences });
    const lines = [line('under_review'), line('approved'), line('under_review', 'change', 4), line('under_review'), line('returned'), line('approved')];
    assert.equal(submitted.contentText(submitted.underReview(lines)), '登錄 2 筆明細、6 次支援；變更 1 筆明細、4 次支援');
    assert.equal(submitted.restText(lines), '已核准 2 筆、退回 1 筆');
    assert.equal(submitted.restText([line('under_review')]), '');
    const acts = ['create', 'submit', 'return', 'edit', 'submit', 'event'].map((action, i) => ({ action, actor: { name: `第 ${i} 人` } }));
    assert.equal(submitted.sentBy(acts).actor.name, '第 4 人');
    assert.equal(submitted.sentBy([]), null);
});

test('a_schema_becomes_a_type_or_stops_the_build', () => {
    assert.equal(typeOf({ type: ['string', 'null'], maxLength: 3 }), 'string | null');
    assert.equal(typeOf({ type: 'object', required: ['a'], properties: { a: { $ref: '#/components/schemas/x' }, b: { type: 'array', items: { enum: [1, 2] } } }, additionalProperties: false }),
        `{ "a": Schemas['x']; "b"?: (1 | 2)[] }`);
    assert.equal(typeOf({ anyOf: [{ const: 'a' }, { type: 'null' }] }), '"a" | null');
    assert.throws(() => typeOf({ allOf: [] }), /does not know allOf/);
});

const today = '2026-03-26';
const fields = (f) => form.readTime({ ...form.emptyTime(), ...f }, today).faults.map((x) => x.field);

test('a_time_comes_back_as_it_was_sent', () => {
    for (const time of [
        { mode: 'continuous', start: '2026-12-01T08:00', end: '2026-12-31T24:00' },
        { mode: 'recurring', from: '2026-12-01', to: '2027-05-31', start: '22:00', end: '06:00', rule: { kind: 'weekly', weekdays: [1, 3] } },
        { mode: 'recurring', from: '2026-12-01', to: '2027-05-31', start: '08:00', end: '12:00', rule: { kind: 'monthly_weekday', nth: -1, weekday: 5 } },
        { mode: 'recurring', from: '2026-12-01', to: '2027-05-31', start: '08:00', end: '12:00', rule: { kind: 'monthly_day', day: 31 } },
        { mode: 'recurring', from: '2026-12-01', to: '2027-05-31', start: '08:00', end: '12:00', rule: { kind: 'every_n_weeks', every: 2, weekday: 7 } },
        { mode: 'recurring', from: '2026-12-01', to: '2027-05-31', start: '08:00', end: '12:00', rule: { kind: 'every_n_days', every: 3 } },
        { mode: 'dates', dates: ['2026-12-03', '2026-12-09'], start: '13:00', end: '17:00' },
    ]) assert.deepEqual(form.readTime(form.formOf(time), today), { time, faults: [] });
});

test('a_draft_keeps_what_is_there_of_a_time', () => {
    const half = { mode: 'recurring', from: '2026-12-01', start: '08:00' };
    const past = { mode: 'recurring', from: '2020-01-01', to: '2020-02-01', start: '08:00', end: '12:00', rule: { kind: 'weekly', weekdays: [1] } };
    const foreign = { mode: 'recurring', rule: { kind: 'weekly' } };
    for (const time of [half, past, foreign]) assert.deepEqual(form.wireOf(form.formOf(time)), time);
    const typed = (f) => form.wireOf({ ...form.emptyTime(), ...f });
    assert.equal(typed({}), null);
    assert.equal(typed({ mode: 'continuous' }), null);
    assert.deepEqual(typed({ from: '115/12/1', to: '1', start: '0800', end: '12' }), { mode: 'recurring', from: '2026-12-01', start: '08:00' });
    assert.deepEqual(typed({ mode: 'continuous', from: '115/12/1', to: '115/12/2', start: '0800' }), { mode: 'continuous', start: '2026-12-01T08:00' });
    assert.deepEqual(typed({ mode: 'dates', dates: ['2026-12-09', '2026-12-03'] }), { mode: 'dates', dates: ['2026-12-03', '2026-12-09'] });
    // Typed into, a time is what stands there now.
    assert.deepEqual(form.wireOf({ ...form.formOf(past), end: '1300' }), { ...past, end: '13:00' });
});

test('every_fault_of_a_time_is_found_at_once', () => {
    assert.deepEqual(fields({}), ['from', 'to', 'rule', 'start', 'end']);
    assert.deepEqual(fields({ mode: 'dates' }), ['dates', 'start', 'end']);
    assert.deepEqual(fields({ mode: 'continuous', from: '115/3/26', to: '115/3/25', start: '17時', end: '2400' }), ['from', 'to', 'start']);
    assert.deepEqual(fields({ mode: 'continuous', from: '115/4/1', to: '115/4/1', start: '0800', end: '0800' }), ['end']);
    assert.deepEqual(fields({ rule: 'monthly_weekday', nth: '6', from: '115/4/1', to: '115/5/1', start: '0800', end: '0700' }), ['rule']);
    assert.deepEqual(fields({ rule: 'every_n_weeks', everyWeeks: '1', from: '115/4/1', to: '115/5/1', start: '0800', end: '1200' }), ['rule']);
    assert.deepEqual(fields({ mode: 'dates', dates: ['2026-03-26'], start: '0800', end: '1200' }), ['dates'], 'today is too late');
});

test('clashing_days_are_left_out_when_a_rule_becomes_dates', () => {
    const f = form.formOf({ mode: 'recurring', from: '2026-04-01', to: '2026-04-30', start: '08:00', end: '12:00', rule: { kind: 'weekly', weekdays: [3] } });
    const occurrences = ['2026-04-01T08:00', '2026-04-08T08:00', '2026-04-15T08:00'].map((start) => ({ start }));
    const { time } = form.readTime(form.asDates(f, occurrences, new Set(['2026-04-08'])), today);
    assert.deepEqual(time, { mode: 'dates', dates: ['2026-04-01', '2026-04-15'], start: '08:00', end: '12:00' });
});

test('skipped_months_are_named_by_year', () => {
    assert.equal(words.monthsText(['2026-05', '2026-06', '2027-01']), '115年 5、6月，116年 1月');
});

const fault = (row, column, code, value = '', message = '') => ({ row, column, cell: `${column}${row}`, code, value, message });
const SHEET = [fault(3, 'A', 'bad_id_no', 'A123'), fault(12, 'C', 'unknown_institution', '3501201234', '相近的有 臺安診所'),
    fault(12, 'G', 'bad_date', '1150431'), fault(30, 'G', 'in_the_past', '1141201')];

test('faults_are_found_by_code_column_row_and_content', () => {
    const cells = (view) => faults.matching(SHEET, { code: '', column: '', q: '', ...view }).map((e) => e.cell);
    assert.deepEqual(cells({}), ['A3', 'C12', 'G12', 'G30']);
    assert.deepEqual(cells({ code: 'bad_date' }), ['G12']);
    assert.deepEqual(cells({ column: 'G' }), ['G12', 'G30']);
    assert.deepEqual(cells({ q: '１２' }), ['C12', 'G12'], 'a row, not 3501201234 nor 1141201');
    assert.deepEqual(cells({ q: '1201' }), ['C12', 'G30'], 'no such row: a piece of a value');
    assert.deepEqual(cells({ q: '台安' }), ['C12']);
    assert.deepEqual(cells({ q: 'g30' }), ['G30']);
    assert.deepEqual(cells({ column: 'A', q: '12' }), []);
});

test('faults_are_counted_and_gathered_by_row', () => {
    assert.deepEqual(faults.counted(SHEET, 'column'), [['G', 2], ['A', 1], ['C', 1]]);
    const rows = (view) => faults.rowsOf(SHEET, view).map((r) => [r.row, r.faults.map((f) => f.column).join(''), r.first]);
    assert.deepEqual(rows({ down: false, rows: false }), [[3, 'A', true], [12, 'C', true], [12, 'G', false], [30, 'G', true]]);
    assert.deepEqual(rows({ down: true, rows: true }), [[30, 'G', true], [12, 'CG', true], [3, 'A', true]]);
});

test('a_jump_goes_from_row_to_row', () => {
    const rows = faults.rowsOf(SHEET, { down: false, rows: false });
    const way = (at, by) => { const seen = []; for (let i = faults.jump(rows, at, by); i !== null; i = faults.jump(rows, i, by)) seen.push(i); return seen; };
    assert.deepEqual(way(-1, 1), [0, 1, 3]);
    assert.deepEqual(way(2, 1), [3], 'from the second fault of a row to the next row');
    assert.deepEqual(way(rows.length, -1), [3, 1, 0]);
    assert.deepEqual(way(2, -1), [0], 'not to the beginning of the same row');
});

test('the_templates_have_eleven_columns_and_fourteen', () => {
    assert.deepEqual([batch.COLUMNS.general.length, batch.COLUMNS.rule.length], [11, 14]);
});

test('a_refused_file_is_told_with_what_to_do', () => {
    const advice = (code, count = null) => batch.refusalAdvice({ kind: 'rule', error: { code, message: '', count } });
    assert.deepEqual([advice('too_many_rows', 901).title, advice('too_many_rows', 901).todo.slice(0, 9)], ['檔案有 901 列，每次最多 300 列', '請拆成 4 個檔案']);
    assert.match(advice('wrong_template').title, /規則整批範本/);
    assert.equal(new Set(['wrong_template', 'broken_xlsx', 'encrypted_xlsx', 'macro_xlsx', 'xlsx_too_large', 'no_rows', 'not_read'].map((c) => advice(c).title)).size, 7);
    assert.equal(batch.reportName('四月.排班.xlsx'), '四月.排班_錯誤檔.xlsx');
    assert.equal(batch.reportName(''), '整批_錯誤檔.xlsx');
});
