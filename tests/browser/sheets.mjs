// Sheets for batch.mjs: templates filled as an institution fills them (sheet.py, by openpyxl).
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ask, dayAfter, settled } from './lib.mjs';

const tool = join(dirname(fileURLToPath(import.meta.url)), 'sheet.py');
const folder = mkdtempSync(join(tmpdir(), 'baobei-sheets-'));
let files = 0;
let slots = 0;

/** Where a file of this very name may be written: the page shows it. */
export function path(name) {
    const own = join(folder, String(++files));
    mkdirSync(own);
    return join(own, name);
}

/** Debian's own Python is the one that has openpyxl. */
const python = (args, input) => execFileSync('/usr/bin/python3', [tool, ...args], { input: input === undefined ? '' : JSON.stringify(input), encoding: 'utf8', maxBuffer: 64 << 20 });

export const staffOf = (template) => JSON.parse(python(['staff', template]));
export const dump = (file) => JSON.parse(python(['dump', file]));

export function fill(template, rows, name = '排班.xlsx') {
    const out = path(name);
    python(['fill', template, out], rows);
    return out;
}

export function mend(file, cells, name = '改好.xlsx') {
    const out = path(name);
    python(['mend', file, out], cells);
    return out;
}

export function text(content, name) {
    const out = path(name);
    writeFileSync(out, content);
    return out;
}

/** Clicks what downloads, and returns the file and the name that the browser was told. */
export async function taken(page, link) {
    const [download] = await Promise.all([page.waitForEvent('download'), link.click()]);
    const name = download.suggestedFilename();
    const file = path(name);
    await download.saveAs(file);
    return { file, name };
}

/** The template, whom it names that may file, and where to. */
export async function material(page) {
    await page.goto('/batch');
    await settled(page);
    const { file: template, name } = await taken(page, page.getByRole('link', { name: '下載範本：一般整批' }));
    assert.equal(name, '一般整批範本.xlsx');
    const named = staffOf(template);
    const codes = await ask(page, '/codes');
    const session = await ask(page, '/auth/session');
    const own = session.subject.kind === 'person' ? [await ask(page, '/people/me')] : (await ask(page, '/staff?limit=200')).items;
    const until = dayAfter(400).iso;
    const people = own.flatMap((p) => {
        const purpose = codes.purposes.find((x) => x.professions.includes(p.profession) && !x.note_required && x.attachments.length === 0);
        const found = named.filter((n) => n.name === p.name);
        const fits = p.status === 'practising' && p.main && p.licence?.to > until && purpose && codes.professions.find((x) => x.code === p.profession).may_file;
        return fits && found.length === 1 ? [{ ...p, id_no: found[0].id_no, purpose }] : [];
    });
    assert.ok(people.length > 0, 'nobody in the template may file');
    const places = (await ask(page, `/institutions?q=${encodeURIComponent('診所')}&open=true&limit=50`)).items.filter((i) => i.code !== session.subject.institution.code);
    return { template, people, places, codes };
}

/** A row of the general template that may be filed: somebody, at a half hour that nobody has. */
export function row({ people, places }, i = slots) {
    const person = people[i % people.length];
    const at = slots++;
    const day = dayAfter(320 + Math.floor(at / 40)).compact;
    const half = (n) => `${String(Math.floor(n / 2)).padStart(2, '0')}${n % 2 ? '30' : '00'}`;
    const place = places[i % places.length];
    return [person.id_no, person.name, place.code, '', /^[ABC]$/.test(person.profession) ? '02' : '', person.purpose.code, day, half(at % 40), day, half(at % 40 + 1), ''];
}

/** 300 rows, 34 of them with 41 faults of eight kinds; what mends each cell. */
export function month(m) {
    const rows = Array.from({ length: 300 }, (_, i) => row(m, i));
    const mended = {};
    const spoil = (n, column, value) => { // n: the sheet's row
        const at = 'ABCDEFGHIJK'.indexOf(column);
        mended[`${column}${n}`] = rows[n - 2][at] || null;
        rows[n - 2][at] = value;
    };
    const place = (n) => rows[n - 2][2];
    for (const n of [7, 61, 205]) spoil(n, 'C', place(n).slice(0, 9));
    for (const n of [19, 44, 88, 133, 170, 262]) spoil(n, 'C', place(n).slice(0, 9) + (Number(place(n).at(-1)) + 1) % 10);
    for (const n of [12, 52, 118]) spoil(n, 'G', '1160231');
    for (const n of [12, 52]) spoil(n, 'I', '116.5');
    for (const n of [23, 97]) spoil(n, 'B', '林琮祥');
    for (const n of [58, 74, 140, 166, 222, 290]) for (const c of 'ABCDEFGHIJ') spoil(n, c, rows[n - 3]['ABCDEFGHIJ'.indexOf(c)]);
    for (const n of [77, 151, 233]) spoil(n, 'F', rows[n - 2][5] === '51' ? '01' : '51');
    for (const n of [31, 102, 181, 248]) spoil(n, 'H', '25:70');
    for (const n of [188, 199]) { spoil(n, 'G', dayAfter(-9).compact); spoil(n, 'I', dayAfter(-9).compact); }
    for (const n of [41, 66, 109, 214, 271]) spoil(n, 'A', 'A12345678');
    for (const n of [41, 66, 109, 214, 271]) spoil(n, 'E', 'ZZ');
    return { rows, mended };
}
