// The reviewer: queue, approve, return and mend, reject, and a bulk decision of which a part fails.
//
// Rows: approve_… F001 F002 F003 F198 P16; return_… F115 P29; bulk_… P11 P12 P13 P15.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { ask, choose, dayAfter, draft, look, open, openInQueue, reviewerFor, settled, signIn, submitCase, WIDTHS, world } from './lib.mjs';

const { institution } = world();

/** Files one line and leaves the applicant's page open. */
async function filed(width, at, days) {
    const page = await open(width);
    await signIn(page, institution);
    const { person, places, purpose } = await choose(page);
    const day = dayAfter(days);
    const caseNo = await draft(page, { person, place: places[at % places.length], purpose, from: day, to: dayAfter(days + 7), weekday: day.weekday,
        start: width === 390 ? '2010' : '2110', end: width === 390 ? '2050' : '2150' });
    await submitCase(page);
    return { page, person, caseNo, lineId: `${caseNo}-1` };
}

for (const width of WIDTHS) {
    test(`approve_is_seen_by_the_applicant_${width}`, async () => {
        const { page, caseNo, lineId } = await filed(width, 1, 100);
        const sentBy = page.locator('dl > div', { has: page.getByText('送審人', { exact: true }) });
        assert.ok((await sentBy.innerText()).includes(institution.name));
        const desk = await open(width);
        await signIn(desk, await reviewerFor(page));
        await look(desk, 'review-queue');
        assert.equal(await desk.locator('th[aria-sort="ascending"]').innerText(), '審核期限 ↑');
        await openInQueue(desk, lineId);
        await look(desk, 'review-case');
        // No decision chosen: told.
        await desk.getByRole('button', { name: '送出決定' }).click();
        await desk.locator('.summary', { hasText: '請選審核決定' }).waitFor();
        await desk.locator('#d-approve').check();
        const reason = desk.locator('#rs');
        if (await reason.count()) await reason.fill('測試核准');
        await desk.getByRole('button', { name: '核准', exact: true }).click();
        await desk.locator('#told', { hasText: '已核准' }).waitFor();
        await desk.locator('aside .chop-approved').waitFor();
        await look(desk, 'review-approved');
        await page.goto(`/case/${caseNo}`);
        await page.locator('.chop-approved').waitFor();
        await page.locator('.hist li', { hasText: '核准' }).first().waitFor();
        await look(page, 'case-approved');
        // The confirmation opened later does not say 審核中 any more.
        await page.goto(`/file/${caseNo}/done`);
        await page.waitForURL(`**/case/${caseNo}`);
        await page.locator('.chop-approved').waitFor();
        await page.goto('/home?status=approved');
        await settled(page);
        await page.locator(`a[href="/case/${caseNo}#l1"]`).waitFor();
        assert.equal((await ask(page, `/lines/${lineId}`)).request.status, 'approved');
        await page.context().close();
        await desk.context().close();
    });

    test(`return_is_mended_and_sent_again_${width}`, async () => {
        const { page, lineId, caseNo } = await filed(width, 2, 120);
        const desk = await open(width);
        await signIn(desk, await reviewerFor(page));
        await openInQueue(desk, lineId);
        await desk.locator('#d-return').check();
        await desk.getByRole('button', { name: '退回補正' }).click();
        await desk.locator('.summary', { hasText: '請寫明退回補正理由' }).waitFor();
        await desk.locator('#rs').fill('請縮短支援期間');
        await desk.locator('#fr').selectOption('times');
        await look(desk, 'review-return');
        await desk.getByRole('button', { name: '退回補正' }).click();
        await desk.locator('#told', { hasText: '已退回' }).waitFor();
        await page.goto('/home?status=returned');
        await settled(page);
        await page.locator('tr', { has: page.locator(`a[href="/case/${caseNo}#l1"]`) }).getByRole('link', { name: /^編輯/ }).click();
        await page.waitForURL(`**/file/${caseNo}/1`);
        await page.getByText('請縮短支援期間').first().waitFor();
        await look(page, 'file-returned');
        await page.locator('#remark').fill('已縮短');
        await submitCase(page);
        const line = await ask(page, `/lines/${lineId}`);
        assert.equal(line.request.status, 'under_review');
        assert.equal(line.remark, '已縮短');
        await page.context().close();
        await desk.context().close();
    });

    test(`bulk_tells_what_was_not_done_${width}`, async () => {
        const one = await filed(width, 3, 140);
        const two = await filed(width, 4, 160);
        const desk = await open(width);
        await signIn(desk, await reviewerFor(one.page));
        await desk.goto(`/review?q=${encodeURIComponent([...one.person.name].slice(0, 12).join(''))}`);
        await settled(desk);
        const box = (id) => desk.getByRole('checkbox', { name: new RegExp(`${id}$`) });
        for (let n = 2; !(await box(one.lineId).count() && await box(two.lineId).count()); n++) {
            await desk.getByRole('button', { name: '下一頁' }).click();
            await desk.waitForURL(new RegExp(`page=${n}`));
            await settled(desk);
        }
        // Three states: none, all of the page, some; and the count is told.
        const wholePage = desk.getByRole('checkbox', { name: /^選取本頁/ });
        await wholePage.check();
        await desk.getByRole('status').filter({ hasText: /^已選 \d+ 筆/ }).waitFor();
        await wholePage.uncheck();
        await box(one.lineId).check();
        assert.ok(await wholePage.evaluate((e) => e.indeterminate || e.checked));
        await box(two.lineId).check();
        await desk.getByRole('status').filter({ hasText: /^已選 2 筆/ }).waitFor();
        await look(desk, 'review-queue-bulk');
        // Meanwhile the applicant takes one back.
        await two.page.goto(`/case/${two.caseNo}`);
        await two.page.getByRole('button', { name: /^撤回/ }).click();
        await two.page.getByRole('button', { name: '確認撤回' }).click();
        await two.page.getByText(/已撤回/).first().waitFor();
        await desk.getByRole('button', { name: '不核准…' }).click();
        await desk.getByRole('button', { name: '確認不核准 2 筆' }).click();
        await desk.locator('dialog .summary').waitFor();
        await desk.locator('#bulk-reason').fill('人力不足');
        await look(desk, 'review-bulk-dialog');
        await desk.getByRole('button', { name: '確認不核准 2 筆' }).click();
        await desk.getByText('1 筆不核准，1 筆沒有處理').waitFor();
        await desk.getByLabel('沒有處理的案件').locator('td.code', { hasText: two.lineId }).waitFor();
        await look(desk, 'review-bulk-partial');
        await one.page.goto(`/case/${one.caseNo}`);
        await one.page.locator('.chop-rejected').waitFor();
        await look(one.page, 'case-rejected');
        for (const p of [one.page, two.page, desk]) await p.context().close();
    });
}

test('a_case_leads_back_to_the_queue_it_was_opened_from', async () => {
    const desk = await open(1280);
    await signIn(desk, world().bureaus[0]);
    const from = '/review?status=approved&page=2';
    await desk.goto(from);
    await settled(desk);
    assert.equal(await desk.locator('th[aria-sort]').count(), 0, 'what is decided comes newest first');
    const rows = desk.locator('tbody th a');
    await rows.last().scrollIntoViewIfNeeded();
    await rows.last().click();
    await desk.waitForURL('**/review/*');
    await settled(desk);
    for (const link of [desk.locator('.crumb a'), desk.locator('aside').getByRole('link', { name: '回審核' })]) {
        assert.equal(await link.getAttribute('href'), from);
    }
    await desk.locator('.crumb a').click();
    await desk.waitForURL(`**${from}`);
    await settled(desk);
    assert.equal(await desk.getByRole('tab', { selected: true }).getAttribute('id'), 'q-approved');
    await desk.context().close();
});

test('back_returns_to_where_the_list_was', async () => {
    const desk = await open(1280);
    await signIn(desk, world().bureaus[0]);
    await desk.goto('/review?status=approved');
    await settled(desk);
    await desk.evaluate(() => window.scrollTo(0, 300));
    await desk.waitForFunction(() => window.scrollY === 300);
    const row = desk.locator('tbody th a').nth(10);
    // The list is slow: the browser alone would have given up restoring before it is there.
    await desk.route('**/review/queue**', async (route) => {
        await new Promise((done) => setTimeout(done, 400));
        await route.fallback();
    });
    await row.click();
    await desk.waitForURL('**/review/*');
    await settled(desk);
    assert.equal(await desk.evaluate(() => window.scrollY), 0, 'a new page begins at its top');
    await desk.goBack();
    await row.waitFor();
    await desk.waitForFunction(() => window.scrollY === 300);
    await row.click();
    await desk.waitForURL('**/review/*');
    await settled(desk);
    assert.equal(await desk.evaluate(() => window.scrollY), 0);
    await desk.context().close();
});
