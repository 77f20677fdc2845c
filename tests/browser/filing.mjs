// Filing: log-in, staff, place, all three time modes, check, submit, and the case under review; once by
// keyboard alone, once by touch.
//
// Rows: filing_by_keyboard_1280 F138 F139 F145 F146 P26; filing_several_lines_390 F141 F161 F162 P23 P35;
// draft_edit_withdraw_delete_1280 F112 F113 P02 P28, _390 F111; lists_… F106 F111 P31.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import {
    ask, choose, chooseCard, dayAfter, draft, fake, focused, look, open, pick, settled, signIn, submitCase, tabTo, timeField, watch, WIDTHS, world,
} from './lib.mjs';

const { institution, person } = world();

test('filing_by_keyboard_1280', async () => {
    const page = await open(1280);
    const press = async (...keys) => { for (const k of keys) await page.keyboard.press(k); };
    const type = (text) => page.keyboard.type(text);
    await page.goto('/login?role=institution');
    await page.locator('#card, main .picked').first().waitFor();
    await chooseCard(page, institution);
    await tabTo(page, '#pin');
    await type(institution.pin);
    await press('Enter');
    await page.waitForURL('**/home');
    await look(page, 'home');
    const { person: who, places, purpose } = await choose(page);
    await tabTo(page, 'a.btn-main[href="/file"]');
    await press('Enter');
    await page.waitForURL('**/file');
    await settled(page);
    assert.equal(await page.evaluate(() => document.activeElement.id), 'main', 'the focus starts at the page');

    await tabTo(page, '#staff');
    await type(who.name);
    await page.locator('[role="option"]').first().waitFor();
    await press('ArrowDown', 'Enter');
    await page.locator('button#staff').waitFor();
    await page.waitForFunction(() => document.activeElement?.id === 'staff'); // it comes a moment later
    await tabTo(page, '#place');
    await type(places[0].code);
    await page.locator('[role="option"]').first().waitFor();
    await press('ArrowDown');
    await look(page, 'file-place');
    await tabTo(page, '#place');
    await press('ArrowDown', 'Enter');
    await page.locator('button#place').waitFor();
    await page.waitForFunction(() => document.activeElement?.id === 'place'); // it comes a moment later
    await tabTo(page, 'main button[type="submit"]');
    await press('Enter');
    await page.waitForURL(/\/file\/[^/]+\/1$/);
    await settled(page);
    await look(page, 'file-time-empty');

    // Nothing filled in: told, linked, and the link leads to the field.
    await tabTo(page, 'main .bar button[type="submit"]');
    await press('Enter');
    await page.locator('.summary').waitFor();
    await page.waitForFunction(() => document.title.startsWith('錯誤：') && document.activeElement.className === 'summary');
    await look(page, 'file-time-errors');
    await tabTo(page, '.summary a[href="#purpose"]');
    await press('Enter');
    await page.waitForFunction(() => document.activeElement.id === 'purpose');
    await type(purpose.code);
    assert.equal(await page.locator('#purpose').inputValue(), purpose.code);

    // 間斷: every week.
    await tabTo(page, '.editor [id$="-from"]');
    await type(dayAfter(30).compact);
    await tabTo(page, '.editor [id$="-to"]');
    await type(dayAfter(86).dash);
    await tabTo(page, `input[aria-label="星期${'一二三四五六日'[dayAfter(30).weekday - 1]}"]`);
    await press('Space');
    await tabTo(page, '.editor [id$="-start"]');
    await type('0410');
    await tabTo(page, '.editor [id$="-end"]');
    await type('0510');
    await page.locator('.ed-see .say', { hasText: '每週' }).waitFor();
    await page.locator('.ed-see').getByText('共 9 次、9 小時').waitFor();
    assert.equal(await timeField(page, 'from').inputValue(), dayAfter(30).slash);
    await look(page, 'file-time-weekly');

    // 選擇: ticked with the arrow keys, Shift extends.
    await tabTo(page, 'main form > .row button.btn:has(svg)');
    await press('Enter');
    await page.waitForFunction(() => document.activeElement.id.endsWith('-mode'));
    await press('ArrowRight');
    await tabTo(page, '.editor [role="gridcell"][tabindex="0"]');
    await press('PageDown', 'PageDown', 'PageDown', 'PageDown', 'Home', 'ArrowDown', 'Space', 'Shift+ArrowRight');
    assert.equal(await page.locator('.editor [role="gridcell"][aria-selected="true"]').count(), 2);
    assert.equal(await page.evaluate(() => document.activeElement.getAttribute('aria-selected')), 'true');
    await tabTo(page, '.editor [id$="-start"]');
    await type('0410');
    await tabTo(page, '.editor [id$="-end"]');
    await type('05:10');
    await page.locator('.ed-see').getByText('共 2 次、2 小時').waitFor();
    await look(page, 'file-time-dates');

    // 持續: one span.
    await tabTo(page, 'main form > .row button.btn:has(svg)');
    await press('Enter');
    await page.waitForFunction(() => document.activeElement.id.endsWith('-mode'));
    await press('ArrowLeft');
    await tabTo(page, '.editor [id$="-from"]');
    await type(dayAfter(200).slash);
    await tabTo(page, '.editor [id$="-to"]');
    await type(dayAfter(200).iso);
    await tabTo(page, '.editor [id$="-start"]');
    await type('0410');
    await tabTo(page, '.editor [id$="-end"]');
    await type('0510');
    await page.locator('.ed-see').getByText(/共 1 天/).waitFor();
    await look(page, 'file-time-continuous');
    await tabTo(page, '#remark');
    await type('鍵盤申請');
    await tabTo(page, 'main .bar button[type="submit"]');
    await press('Enter');
    await page.waitForURL('**/check');
    await look(page, 'check-answers');
    const caseNo = /\/file\/([^/]+)\//.exec(page.url())[1];

    // 送審 wants the tick first.
    await tabTo(page, 'aside button[type="submit"]');
    await press('Enter');
    await page.locator('.summary', { hasText: '以上資料都正確' }).waitFor();
    await tabTo(page, '#sure');
    await press('Space');
    await tabTo(page, 'aside button[type="submit"]');
    await press('Enter');
    await page.waitForURL('**/done');
    await settled(page);
    assert.equal(await page.locator('#cn').textContent(), caseNo);
    await look(page, 'confirmation');
    await page.goto(`/case/${caseNo}`);
    await page.locator('h3 + .inline .chop-review, .chop-review').first().waitFor();
    await page.locator('.hist li', { hasText: '送審' }).waitFor();
    await look(page, 'case-under-review');
    const line = await ask(page, `/lines/${caseNo}-1`);
    assert.equal(line.request.status, 'under_review');
    assert.deepEqual(line.times.map((t) => t.mode), ['recurring', 'dates', 'continuous']);
    assert.equal(line.occurrences, 12);
    await page.context().close();
});

test('filing_several_lines_390', async () => {
    const page = await open(390);
    await signIn(page, institution);
    await look(page, 'home');
    const { person: who, places, purpose } = await choose(page);
    const day = dayAfter(40);
    const caseNo = await draft(page, { person: who, place: places[1], purpose, from: day, to: dayAfter(96), weekday: day.weekday, start: '0520', end: '0620' });
    await look(page, 'file-time-weekly');
    // The fifth weekday of the month: the months without one are named.
    await page.getByRole('textbox', { name: '每月第幾個' }).fill('5');
    await timeField(page, 'to').fill(dayAfter(320).slash);
    await page.getByText(/略過 \d+ 個月/).waitFor();
    await look(page, 'file-time-monthly');
    await page.getByRole('button', { name: '存檔，回案件' }).click();
    await page.waitForURL(`**/file/${caseNo}`);
    await settled(page);
    await pick(page, '#staff', who.name);
    await pick(page, '#place', places[2].code);
    await page.getByRole('button', { name: '新增' }).click();
    await page.waitForURL(`**/file/${caseNo}/2`);
    await settled(page);
    await page.locator('#purpose').selectOption(purpose.code);
    await page.getByText('選擇', { exact: true }).click();
    const months = page.locator('.editor').getByRole('button', { name: '下個月' });
    for (let i = 0; i < 3; i++) await months.click();
    await page.locator('.editor [role="gridcell"].can').nth(4).click();
    await page.locator('.editor [role="gridcell"].can').nth(6).click();
    await timeField(page, 'start').fill('2200');
    await timeField(page, 'end').fill('0200');
    await page.locator('.ed-see').getByText('共 2 次、8 小時').waitFor();
    await look(page, 'file-time-dates');
    await page.getByRole('button', { name: '暫存', exact: true }).click();
    await page.getByText(/已暫存 \d\d:\d\d/).waitFor();
    await page.getByRole('button', { name: '存檔，回案件' }).click();
    await page.waitForURL(`**/file/${caseNo}`);
    await page.getByText('本案已有明細 2 筆').waitFor();
    await look(page, 'file-case');
    await page.getByRole('link', { name: '下一步：確認 2 筆明細' }).click();
    await page.waitForURL('**/check');
    await look(page, 'check-answers');
    await page.locator('#sure').check();
    await page.getByRole('button', { name: '送審 2 筆明細' }).click();
    await page.waitForURL('**/done');
    await look(page, 'confirmation');
    const found = await ask(page, `/cases/${caseNo}`);
    assert.deepEqual(found.lines.map((l) => l.request.status), ['under_review', 'under_review']);
    await page.context().close();
});

// A returned line whose times are past by now, and a new one whose times are half typed: what is saved
// must not be less than what stands there.
test('saving_keeps_past_and_half_times_1280', async () => {
    const page = await open(1280);
    await signIn(page, institution);
    const today = dayAfter(0).iso;
    const { items } = await ask(page, '/lines?status=returned&limit=200');
    const old = items.find((l) => l.times.some((t) => (t.from ?? t.start ?? t.dates[0]).slice(0, 10) < today));
    assert.ok(old, 'the demo has a returned line of the past');
    const [, caseNo, n] = /^(.*)-0*(\d+)$/.exec(old.line_id);
    await page.goto(`/file/${caseNo}/${n}`);
    await settled(page);
    await page.locator('#remark').fill('只改備註');
    await page.getByRole('button', { name: '暫存', exact: true }).click();
    await page.locator('.bar .live', { hasText: '已暫存' }).waitFor();
    const saved = await ask(page, `/lines/${old.line_id}`);
    assert.equal(saved.remark, '只改備註');
    assert.deepEqual(saved.times, old.times);

    const { person: who, places } = await choose(page);
    await page.goto('/file');
    await settled(page);
    await pick(page, '#staff', who.name);
    await pick(page, '#place', places[0].code);
    await page.getByRole('button', { name: '新增' }).click();
    await page.waitForURL(/\/file\/[^/]+\/1$/);
    await settled(page);
    const day = dayAfter(40);
    await timeField(page, 'from').fill(day.compact);
    await timeField(page, 'start').fill('0810');
    await page.getByRole('button', { name: '暫存', exact: true }).click();
    await page.locator('.bar .live', { hasText: '已暫存' }).waitFor();
    await page.reload();
    await settled(page);
    assert.equal(await timeField(page, 'from').inputValue(), day.slash);
    assert.equal(await timeField(page, 'start').inputValue(), '0810');
    assert.equal(await timeField(page, 'end').inputValue(), '');

    // A time that is taken away takes its faults with it.
    await page.getByRole('button', { name: '存檔，下一步確認' }).click();
    await page.locator('.summary a[href$="-end"]').waitFor();
    await page.getByRole('button', { name: '再加一段時間' }).click();
    await page.getByRole('button', { name: '刪除' }).first().click();
    await page.locator('.summary a[href$="-end"]').waitFor({ state: 'detached' });
    // A line that was deleted elsewhere is told as such: to try again can't help.
    page.expected.push(/status of 404/);
    await fake(page, '**/api/v1/lines/*', [{ http: 404, code: 'not_found', detail: '查無資料' }]);
    await page.locator('#remark').fill('太晚');
    await page.getByRole('button', { name: '暫存', exact: true }).click();
    await page.getByRole('heading', { name: '這一筆已被刪除' }).waitFor();
    await look(page, 'file-time-gone');
    await page.context().close();
});

for (const width of WIDTHS) {
    test(`draft_edit_withdraw_delete_${width}`, async () => {
        let page = await open(width);
        await signIn(page, institution);
        const { person: who, places, purpose } = await choose(page);
        const day = dayAfter(50);
        const hour = width === 390 ? '0630' : '0730';
        const caseNo = await draft(page, { person: who, place: places[3], purpose, from: day, to: dayAfter(71), weekday: day.weekday, start: hour, end: hour.slice(0, 2) + '50' });
        // Autosave: nothing pressed, and it is there again.
        await page.getByText(/已自動暫存 \d\d:\d\d/).waitFor();
        if (width === 390) {
            await page.reload();
        } else {
            // The tab is killed, and another one opened.
            const again = await page.context().newPage();
            watch(again);
            await page.close();
            page = again;
            await page.goto(`/file/${caseNo}/1`);
        }
        await settled(page);
        await page.locator('.ed-see .say', { hasText: '每週' }).waitFor();
        await submitCase(page);
        await page.goto('/home');
        await settled(page);
        const row = page.locator('tr', { has: page.locator(`a[href="/case/${caseNo}#l1"]`) });
        assert.deepEqual((await row.locator('.acts a, .acts button').allInnerTexts()).map((t) => t.split('，')[0].trim()), ['瀏覽', '撤回']);
        await row.getByRole('button', { name: /^撤回/ }).click();
        await page.getByRole('dialog').waitFor();
        await look(page, 'withdraw-dialog');
        await page.getByRole('button', { name: '確認撤回' }).click();
        await page.getByText(/已撤回.*回到未送審/).waitFor();
        await focused(page, 'main div', '已撤回');
        await page.goto('/home?status=draft');
        await settled(page);
        await look(page, 'home-draft');
        const mine = page.locator('tr', { has: page.locator(`a[href="/case/${caseNo}#l1"]`) });
        await mine.getByRole('button', { name: /^刪除/ }).click();
        await page.getByRole('button', { name: '確認刪除' }).click();
        await page.getByText(/已刪除/).waitFor();
        await page.waitForFunction((href) => !document.querySelector(`a[href="${href}"]`), `/case/${caseNo}#l1`);
        page.expected.push(/404/);
        await page.goto(`/case/${caseNo}`);
        await page.getByText('找不到這個案件').waitFor();
        await page.context().close();
    });

    test(`lists_${width}`, async () => {
        const page = await open(width);
        await signIn(page, institution);
        for (const status of ['approved', 'rejected', 'returned']) {
            await page.goto(`/home?status=${status}`);
            await look(page, `home-${status}`);
        }
        await page.goto('/home?status=approved');
        await settled(page);
        // Tabs by arrow keys; the URL follows.
        await page.locator('#st-approved').focus();
        await page.keyboard.press('ArrowLeft');
        await page.waitForURL(/status=under_review/);
        await page.waitForFunction(() => document.activeElement.id === 'st-under_review');
        // Filter without a match, and back.
        await page.getByLabel('姓名、機構或案件編號').fill('查無此人');
        await page.getByRole('button', { name: '查詢' }).click();
        await page.getByText('沒有符合條件的案件').waitFor();
        await look(page, 'home-empty-filter');
        await page.getByRole('button', { name: '清除條件' }).first().click();
        await page.waitForFunction(() => !location.search.includes('q='));
        await page.context().close();
    });

    if (person) {
        test(`person_home_and_filing_${width}`, async () => {
            const page = await open(width);
            await signIn(page, person);
            await look(page, 'person-home');
            await page.goto('/home?status=approved');
            await look(page, 'person-home-approved');
            await page.goto('/file');
            await look(page, 'person-file');
            await page.context().close();
        });
    }
}
