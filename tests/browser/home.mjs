// The home pages and what is done from a list.
//
// Rows: the_data_card_of_a_person F090 F091 F092 F093 F094; the_header_greets F061 F062 F063 F089 F100;
// lists_have_the_seeds_columns F105 F109 F110 F117 F118; a_list_is_paged F106 F119 P31;
// a_copy_is_filed_as_new F107 F114 F116.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { ask, focused, look, open, settled, signIn, WIDTHS, world } from './lib.mjs';

const { institution, person, bureaus } = world();
const COLUMNS = ['管理', '姓名', '被支援機構代碼', '支援科別', '開始時間', '結束時間', '送審日期', '建檔身份', '申請進度'];

test('the_data_card_of_a_person', async () => {
    const page = await open(1280);
    await signIn(page, person);
    const me = await ask(page, '/people/me');
    const codes = await ask(page, '/codes');
    const card = new Map();
    for (const row of await page.locator('aside[aria-labelledby="me"] dl > div').all()) {
        card.set(await row.locator('dt').innerText(), await row.locator('dd').innerText());
    }
    assert.equal(card.get('姓名'), person.name);
    assert.match(card.get('身分證字號'), /^[A-Z]\d{4}XXXX\d$/);
    assert.equal(card.get('醫事人員類別'), codes.professions.find((p) => p.code === me.profession).zh);
    assert.ok(card.get('職業科別'));
    assert.equal(card.get('執業機構代碼'), me.home.code);
    assert.equal(card.get('執業機構名稱'), me.home.name);
    assert.equal(card.get('執業執照(字號)'), me.licence.word);
    assert.ok(card.get('執業執照(第號)').includes(me.licence.number));
    // In the years of the Republic, and below in those of the common era.
    const [roc, ad] = card.get('執業執照起迄日').split('\n');
    assert.match(roc, /^\d{3}\/\d\d\/\d\d~\d{3}\/\d\d\/\d\d$/);
    assert.equal(ad, `${me.licence.from}~${me.licence.to}`.replaceAll('-', '/'));
    assert.equal(Number(roc.slice(0, 3)) + 1911, Number(ad.slice(0, 4)));
    await page.context().close();
});

test('the_header_greets', async () => {
    for (const identity of [person, institution]) {
        const page = await open(1280);
        await signIn(page, identity);
        await page.getByRole('button', { name: '登出' }).click();
        await page.waitForURL((u) => u.pathname === '/');
        await signIn(page, identity);
        const who = await page.locator('.who').innerText();
        assert.ok(who.includes(`${identity.name} 您好！歡迎登入`), who);
        assert.match(who, /上次登入：\d{7}/);
        assert.ok(who.includes('登出'));
        assert.deepEqual(await page.getByRole('navigation', { name: '主選單' }).getByRole('link').allInnerTexts(), ['報備支援首頁', '登錄']);
        await page.context().close();
    }
});

test('lists_have_the_seeds_columns', async () => {
    const page = await open(1280);
    await signIn(page, institution);
    assert.deepEqual((await page.getByRole('tab').allInnerTexts()).map((t) => t.replace(/\s*[\d,]+$/, '')), ['未送審', '審核中', '已核准', '不核准', '退回']);
    assert.equal(await page.getByRole('tab', { selected: true }).getAttribute('id'), 'st-under_review', '審核中 comes first');
    await page.goto('/home?status=approved');
    await settled(page);
    assert.deepEqual(await page.locator('thead th').allInnerTexts(), COLUMNS);
    const { items } = await ask(page, '/lines?status=approved&limit=20');
    const rows = page.locator('tbody tr');
    assert.equal(await rows.count(), items.length);
    for (const [i, line] of items.entries()) {
        const cells = rows.nth(i);
        assert.equal(await cells.locator('td, th').nth(7).innerText(), line.created_by === 'person' ? '醫事人員' : '醫療(事)機構');
        // F118: 11303010800星期五 is what a copy of the cell holds.
        const copied = await cells.locator('time').first().evaluate((t) => t.textContent.replaceAll(' ', ''));
        const [date, clock] = line.first_at.split('T');
        const day = '日一二三四五六'[new Date(`${date}T00:00Z`).getUTCDay()];
        assert.equal(copied, `${Number(date.slice(0, 4)) - 1911}${date.slice(5, 7)}${date.slice(8)}${clock.replace(':', '')}星期${day}`);
    }
    await page.context().close();
});

test('a_list_is_paged', async () => {
    // The bureau with the most decided lines has more than a page of them.
    const page = await open(1280);
    let total = 0;
    for (const bureau of bureaus.filter((b) => ['63000', '65000', '64000', '66000', '67000'].includes(b.county))) {
        await signIn(page, bureau);
        ({ total } = await ask(page, '/review/queue?status=approved&limit=1'));
        if (total > 40) break;
        await page.getByRole('button', { name: '登出' }).click();
        await page.waitForURL((u) => u.pathname === '/');
    }
    assert.ok(total > 40, `no bureau has more than two pages (${total})`);
    await page.goto('/review?status=approved');
    await settled(page);
    const pager = page.getByRole('navigation', { name: '分頁' });
    const pages = Number(/共 (\d+) 頁/.exec(await pager.innerText())[1]);
    await pager.getByText(`第 1 頁 共 ${pages} 頁 總共 ${total} 筆`).waitFor();
    assert.ok(await pager.getByRole('button', { name: '上一頁' }).isDisabled());
    const first = await page.locator('tbody tr').first().innerText();
    await pager.getByRole('button', { name: '下一頁' }).click();
    await pager.getByText(`第 2 頁 共 ${pages} 頁`).waitFor();
    await settled(page);
    assert.notEqual(await page.locator('tbody tr').first().innerText(), first);
    await pager.getByRole('button', { name: '最後頁' }).click();
    await pager.getByText(`第 ${pages} 頁 共 ${pages} 頁`).waitFor();
    await pager.getByRole('button', { name: '第一頁' }).click();
    await pager.getByText('第 1 頁').waitFor();
    await pager.getByRole('textbox', { name: '到第' }).fill('2');
    await pager.getByRole('button', { name: 'Go' }).click();
    await pager.getByText(`第 2 頁 共 ${pages} 頁`).waitFor();
    // The address keeps the view: reload and back.
    await page.reload();
    await settled(page);
    await pager.getByText(`第 2 頁 共 ${pages} 頁`).waitFor();
    await page.goBack();
    await pager.getByText('第 1 頁').waitFor();
    await look(page, 'review-queue-approved');
    await page.context().close();
});

test('an_empty_page_gives_way', async () => {
    const lists = [[institution, '/home', '/home?status=approved'], [institution, '/home', '/batch'], [bureaus[0], '/review', '/review?status=approved']];
    for (const [identity, home, list] of lists) {
        const page = await open(1280);
        await signIn(page, identity);
        await page.goto(home);
        await settled(page);
        await page.goto(`${list}${list.includes('?') ? '&' : '?'}page=99`);
        await page.waitForURL((u) => u.searchParams.get('page') !== '99');
        await settled(page);
        const kept = list.includes('approved') ? 'approved' : null;
        assert.equal(new URL(page.url()).searchParams.get('status'), kept, 'the rest of the view stays');
        if (kept && (await ask(page, home === '/home' ? '/lines?status=approved&limit=1' : '/review/queue?status=approved&limit=1')).total > 0) {
            await page.locator('tbody tr').first().waitFor();
        }
        // Back leads to where one came from, not to the empty page again.
        await page.goBack();
        await page.waitForURL((u) => u.pathname === home && !u.searchParams.has('page'));
        await page.context().close();
    }
});

for (const width of WIDTHS) {
    test(`a_copy_is_filed_as_new_${width}`, async () => {
        const page = await open(width);
        await signIn(page, institution);
        await page.goto('/home?status=approved');
        await settled(page);
        const old = (await ask(page, '/lines?status=approved&limit=1')).items[0];
        const row = page.locator('tbody tr').first();
        assert.deepEqual((await row.locator('.acts a, .acts button').allInnerTexts()).map((t) => t.split('，')[0].trim()), ['瀏覽', '複製']);
        await row.getByRole('button', { name: /^複製/ }).click();
        await page.getByRole('dialog', { name: '複製成新的申請？' }).waitFor();
        await look(page, 'copy-dialog');
        // Left again: the focus is where it was.
        await page.keyboard.press('Escape');
        await focused(page, 'tbody tr:first-child .acts button', '複製');
        await page.keyboard.press('Enter');
        await page.getByRole('dialog', { name: '複製成新的申請？' }).waitFor();
        await page.getByRole('button', { name: '複製', exact: true }).click();
        await page.waitForURL(/\/file\/[^/]+\/1$/);
        await settled(page);
        const caseNo = /\/file\/([^/]+)\//.exec(page.url())[1];
        const made = (await ask(page, `/cases/${caseNo}`)).lines[0];
        assert.equal(made.request.status, 'draft');
        assert.notEqual(made.line_id, old.line_id);
        for (const member of ['department', 'purpose', 'purpose_note', 'times', 'remark']) assert.deepEqual(made[member], old[member], member);
        assert.equal(made.target.code, old.target.code);
        assert.equal(made.person.person_id, old.person.person_id);
        // Nothing of it is under review: the confirmation leads to the case.
        await page.goto(`/file/${caseNo}/done`);
        await page.waitForURL(`**/case/${caseNo}`);
        await page.goto('/home?status=draft');
        await settled(page);
        // 瀏覽 leads to the line, as a click and as an address.
        await page.locator(`a[href="/case/${caseNo}#l1"]`).click();
        await focused(page, '#l1');
        await page.reload();
        await focused(page, '#l1');
        await page.goto('/home?status=draft');
        await settled(page);
        await page.locator('tr', { has: page.locator(`a[href="/case/${caseNo}#l1"]`) }).getByRole('button', { name: /^刪除/ }).click();
        await page.getByRole('button', { name: '確認刪除' }).click();
        await focused(page, 'main div', '已刪除');
        await page.context().close();
    });
}
