// A person files for himself; the combobox; and what the pages of filing say.
//
// Rows: a_person_files_for_himself F011 F125 F127 F128 F129; a_combobox_is_driven_and_heard P01 F132 F134;
// the_notices_of_the_form F130 F148 F150; change_returns_to_the_line F124 F140 F143 P24 P25;
// each_mode_and_rule_says_its_dates F152 F153 F154 F160 P07.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { ask, choose, dayAfter, draft, look, open, pick, settled, signIn, submitCase, tabTo, timeField, world } from './lib.mjs';

const { institution, person } = world();

test('a_person_files_for_himself', async () => {
    const page = await open(1280);
    await signIn(page, person);
    await page.getByRole('link', { name: '單筆申請' }).first().click();
    await page.waitForURL('**/file');
    await settled(page);
    const me = await ask(page, '/people/me');
    // Filled in beforehand, to be checked.
    const facts = await page.locator('main form dl').first().innerText();
    for (const part of ['案件編號', '執業機構', me.home.name, '機構代碼', me.home.code, '姓名', me.name, '身分證/統一編號', me.id_masked]) assert.ok(facts.includes(part), part);
    assert.equal(await page.locator('#staff').count(), 0, 'nobody but himself');
    assert.equal(await page.locator('label[for="place"]').innerText(), '*被支援機構名稱(代碼)');
    const { places, purpose } = await choose(page);
    const day = dayAfter(300);
    const caseNo = await draft(page, { place: places[0], purpose, from: day, to: dayAfter(314), weekday: day.weekday, start: '0600', end: '0700' });
    assert.match(caseNo, new RegExp(`^\\d{7}-${me.home.code}-\\d{4,}$`));
    await submitCase(page);
    await look(page, 'person-confirmation');
    const line = await ask(page, `/lines/${caseNo}-1`);
    assert.equal(line.request.status, 'under_review');
    assert.equal(line.created_by, 'person');
    assert.equal(line.person.name, person.name);
    await page.context().close();
});

test('a_combobox_is_driven_and_heard', async () => {
    const page = await open(1280);
    await signIn(page, institution);
    const { places } = await choose(page);
    await page.goto('/file');
    await settled(page);
    const box = page.getByRole('combobox', { name: '被支援機構名稱(代碼)' });
    assert.equal(await box.getAttribute('placeholder'), '請輸入至少2碼後查詢');
    const heard = page.locator('#place-n');
    await box.fill('診');
    await page.waitForFunction(() => document.getElementById('place-n').textContent === '再輸入 1 個字就會查詢');
    assert.equal(await box.getAttribute('aria-expanded'), 'false');
    await box.fill('診所');
    await page.waitForFunction(() => /^有 \d+ 個以上的建議/.test(document.getElementById('place-n').textContent));
    assert.ok(!(await heard.innerText()).includes('結果'), 'a suggestion is no result');
    assert.equal(await box.getAttribute('aria-expanded'), 'true');
    await page.keyboard.press('ArrowDown');
    const active = await box.getAttribute('aria-activedescendant');
    assert.equal(await page.locator(`#${active}`).getAttribute('aria-selected'), 'true');
    assert.equal(await page.locator(`#${active}`).getAttribute('role'), 'option');
    await page.keyboard.press('Escape');
    assert.equal(await box.getAttribute('aria-expanded'), 'false');
    // 臺 and 台, full and half width are the same; name and code are shown, the code comes along.
    const wide = [...places[0].code].map((c) => String.fromCharCode(c.charCodeAt(0) + 0xfee0)).join('');
    await box.fill(wide);
    const option = page.getByRole('option').filter({ hasText: places[0].code }).first();
    await option.waitFor();
    assert.ok((await option.innerText()).replace(/\s/g, '').includes(`${places[0].name}（${places[0].code}）`));
    await option.click();
    assert.ok((await page.locator('.picked', { has: page.locator('button#place') }).innerText()).includes(places[0].code));
    await page.context().close();
});

test('the_notices_of_the_form', async () => {
    const page = await open(1280);
    await signIn(page, institution);
    await page.goto('/file');
    await settled(page);
    const notes = await page.getByRole('complementary', { name: '注意事項' }).innerText();
    for (const part of ['麻醉科醫師如要報備多家支援場所，請依不同場所新增', '報備支援以主要證書為主',
        '送藥到宅不得作為執業處所外執業之報准事由', '依藥師法第11條規定']) assert.ok(notes.includes(part), part);
    const { person: who } = await choose(page);
    await page.goto('/file');
    await settled(page);
    await tabTo(page, '#staff');
    await page.getByRole('option').first().waitFor(); // the staff is there before anything is typed
    await pick(page, '#staff', who.name);
    assert.ok((await page.locator('.picked').first().innerText()).includes(who.id_masked));
    await page.context().close();
});

test('change_returns_to_the_line', async () => {
    const page = await open(390);
    await signIn(page, institution);
    const { person: who, places, purpose } = await choose(page);
    const day = dayAfter(320);
    const caseNo = await draft(page, { person: who, place: places[0], purpose, from: day, to: dayAfter(334), weekday: day.weekday, start: '0710', end: '0740' });
    const steps = page.getByRole('list', { name: '申請步驟，第 3 步，共 5 步' });
    assert.deepEqual((await steps.locator('li').allInnerTexts()).map((t) => t.replace(/\s|（已完成）/g, '')), ['01單筆申請', '02新增被支援機構', '03時間輸入', '04送審', '05列印同案申請書']);
    assert.ok((await steps.locator('[aria-current="step"]').innerText()).includes('時間輸入'));
    await page.getByRole('button', { name: '存檔，回案件' }).click();
    await page.waitForURL(`**/file/${caseNo}`);
    await settled(page);
    await pick(page, '#staff', who.name);
    await pick(page, '#place', places[1].code);
    await page.getByRole('button', { name: '新增' }).click();
    await page.waitForURL(`**/file/${caseNo}/2`);
    await settled(page);
    await page.locator('#purpose').selectOption(purpose.code);
    await page.getByText('持續', { exact: true }).click();
    await timeField(page, 'from').fill(dayAfter(340).slash);
    await timeField(page, 'to').fill(dayAfter(341).slash);
    await timeField(page, 'start').fill('0800');
    await timeField(page, 'end').fill('1200');
    await page.getByRole('button', { name: '存檔，下一步確認' }).click();
    await page.waitForURL('**/check');
    await settled(page);
    await page.getByRole('link', { name: /^變更\s*明細 2 的備註/ }).click();
    await page.waitForURL(`**/file/${caseNo}/2?back=check`);
    await settled(page);
    await page.locator('#remark').fill('改過的備註');
    await page.getByRole('button', { name: '存檔，下一步確認' }).click();
    await page.waitForURL(`**/file/${caseNo}/check#l2`);
    await settled(page);
    await page.waitForFunction(() => document.activeElement?.id === 'l2');
    await page.getByText('改過的備註').waitFor();
    assert.ok(await page.locator('#l2').evaluate((h) => h.getBoundingClientRect().top < innerHeight / 2), 'the line is in sight');
    const line = await ask(page, `/lines/${caseNo}-2`);
    assert.equal(line.remark, '改過的備註');
    assert.equal(line.purpose, purpose.code);
    await page.context().close();
});

test('each_mode_and_rule_says_its_dates', async () => {
    const page = await open(1280);
    await signIn(page, institution);
    const { person: who, places, purpose } = await choose(page);
    const day = dayAfter(20);
    await draft(page, { person: who, place: places[2], purpose, from: day, to: dayAfter(384), weekday: day.weekday, start: '0300', end: '0320' });
    const see = page.locator('.ed-see');
    const says = async (phrase) => {
        await see.locator('.say', { hasText: phrase }).waitFor();
        await page.waitForFunction(() => document.querySelector('.ed-see').getAttribute('aria-busy') !== 'true');
    };
    const dates = () => see.locator('.dates li').count();
    await says('每週星期');
    assert.equal(await dates(), 7, 'the first five, a gap and the last');
    await see.getByText('最後一次').waitFor();
    await page.getByRole('textbox', { name: '每月第幾個' }).fill('5');
    await says('每月第 5 個星期');
    await see.getByText(/略過 \d+ 個月/).waitFor();
    await page.getByRole('textbox', { name: '每月第幾日' }).fill('31');
    await says('每月 31 日');
    await see.getByText(/略過 \d+ 個月/).waitFor();
    await page.getByRole('textbox', { name: '每隔幾週' }).fill('2');
    await says('每 2 週');
    await page.getByRole('textbox', { name: '每隔幾日' }).fill('30');
    await says('每 30 日');
    await page.getByText('持續', { exact: true }).click();
    await see.getByText(/共 365 天/).waitFor();
    await page.getByText('選擇', { exact: true }).click();
    for (let i = 0; i < 2; i++) await page.locator('.editor').getByRole('button', { name: '下個月' }).click();
    await page.locator('.editor [role="gridcell"].can').nth(3).click();
    await says('選擇 1 天');
    assert.equal(await dates(), 1);
    await page.locator('.editor [role="gridcell"].can').nth(5).click();
    await says('選擇 2 天');
    assert.equal(await dates(), 2, 'each tick is there at once');
    await page.context().close();
});
