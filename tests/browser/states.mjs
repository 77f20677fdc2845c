// What happens when something is in the way: time-out, another session, a busy server, an unknown outcome,
// somebody else's change; and the pages in the dark and at 320 px.
//
// Rows: busy_and_unknown_… P45; a_lost_session_… P03; somebody_elses_change_… P44; the_time_out_… P04;
// log_out_ends_every_tab F063; a_conflict_… P05 P06 P43; dark_and_narrow F016 F017 P33 P35.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { ask, choose, dayAfter, draft, fake, look, open, reviewerFor, settled, signIn, submitCase, timeField, world } from './lib.mjs';

const { institution } = world();
const HTTP = /Failed to load resource/;

async function drafted(width, hour, days) {
    const page = await open(width);
    await signIn(page, institution);
    const { person, places, purpose } = await choose(page);
    const day = dayAfter(days);
    const caseNo = await draft(page, { person, place: places[0], purpose, from: day, to: dayAfter(days + 7), weekday: day.weekday, start: hour, end: hour.slice(0, 2) + '55' });
    await page.getByText(/已自動暫存/).waitFor();
    return { page, caseNo };
}

test('busy_and_unknown_are_repeated_with_the_same_key', async () => {
    const { page, caseNo } = await drafted(1280, '0005', 210);
    page.expected.push(HTTP);
    await page.getByRole('button', { name: '存檔，下一步確認' }).click();
    await page.waitForURL('**/check');
    await settled(page);
    const seen = await fake(page, `**/cases/${caseNo}/submit`, [
        { http: 503, code: 'overloaded', detail: '', headers: { 'retry-after': '1' } },
        { http: 504, code: 'unknown_outcome', detail: '' }]);
    await page.locator('#sure').check();
    await page.getByRole('button', { name: /^送審/ }).click();
    await page.getByText('現在使用的人很多').waitFor();
    await page.getByText('正在確認有沒有送成功').waitFor();
    await page.waitForURL('**/done');
    assert.equal(seen.length, 3);
    assert.ok(seen[0]['idempotency-key']);
    assert.deepEqual(seen.map((h) => h['idempotency-key']), Array(3).fill(seen[0]['idempotency-key']));
    assert.ok(seen.every((h) => /^"\d+"$/.test(h['if-match']) && h['x-csrf-token']));
    await page.context().close();
});

test('a_lost_session_is_signed_in_again_in_place', async () => {
    const { page } = await drafted(1280, '0105', 220);
    page.expected.push(HTTP);
    await fake(page, '**/api/v1/lines/*', [{ http: 401, code: 'auth_session', reason: 'expired', detail: '登入逾時，請重新登入' }]);
    await page.locator('#remark').fill('這一段不能遺失');
    await page.getByRole('button', { name: '暫存', exact: true }).click();
    const link = page.getByRole('link', { name: '在新分頁重新登入' });
    await link.waitFor();
    await look(page, 'sign-in-again');
    assert.ok(await page.evaluate(() => document.querySelector('dialog').contains(document.activeElement)), 'the dialog has the focus');
    const [popup] = await Promise.all([page.context().waitForEvent('page'), link.click()]);
    await popup.locator('#card, main .picked').first().waitFor();
    await popup.locator('#pin').fill(institution.pin);
    await popup.getByRole('button', { name: '送出' }).click();
    await page.getByText(/已暫存 \d\d:\d\d/).waitFor();
    assert.equal(await page.locator('#remark').inputValue(), '這一段不能遺失');
    const line = await ask(page, `/lines/${/file\/([^/]+)\//.exec(page.url())[1]}-1`);
    assert.equal(line.remark, '這一段不能遺失');
    await page.context().close();
});

test('somebody_elses_change_is_shown_beside_mine', async () => {
    const { page, caseNo } = await drafted(1280, '0205', 230);
    page.expected.push(HTTP);
    const other = await page.context().newPage();
    await other.goto(`/file/${caseNo}/1`);
    await settled(other);
    await other.locator('#remark').fill('別人寫的');
    await other.getByRole('button', { name: '暫存', exact: true }).click();
    await other.getByText(/已暫存/).waitFor();
    await page.bringToFront();
    await page.locator('#remark').fill('我寫的');
    await page.getByRole('button', { name: '暫存', exact: true }).click();
    await page.getByRole('alertdialog', { name: /別人剛改過這一筆/ }).waitFor();
    await page.getByRole('cell', { name: '別人寫的' }).waitFor();
    await look(page, 'stale');
    await page.getByRole('button', { name: '用我寫的，再存一次' }).click();
    await page.getByText(/已暫存/).waitFor();
    assert.equal((await ask(page, `/lines/${caseNo}-1`)).remark, '我寫的');
    await page.context().close();
});

test('the_time_out_is_announced_and_extended', async () => {
    const page = await open(390);
    await signIn(page, institution);
    await page.context().route('**/auth/session', async (route) => {
        const answer = await route.fetch();
        await route.fulfill({ response: answer, json: { ...(await answer.json()), idle_left: 110 } });
    });
    const other = await page.context().newPage();
    const warned = (p) => p.getByRole('alertdialog', { name: /會自動登出/ });
    for (const p of [other, page]) await p.goto('/home');
    const dialog = warned(page);
    await dialog.waitFor();
    await warned(other).waitFor();
    await page.bringToFront();
    await look(page, 'time-out');
    assert.equal(await page.evaluate(() => document.activeElement.textContent), '繼續使用');
    await page.context().unroute('**/auth/session');
    await page.keyboard.press('Enter');
    await dialog.waitFor({ state: 'detached' });
    await warned(other).waitFor({ state: 'detached' }); // the other tab follows
    await page.context().close();
});

test('log_out_ends_every_tab', async () => {
    const page = await open(1280);
    await signIn(page, institution);
    const other = await page.context().newPage();
    await other.goto('/home');
    await settled(other);
    await page.getByRole('button', { name: '登出' }).click();
    await page.waitForURL((u) => u.pathname === '/');
    await other.waitForURL((u) => u.pathname === '/');
    page.expected.push(HTTP);
    await page.goto('/home');
    await page.waitForURL('**/login?*');
    await page.context().close();
});

test('a_conflict_is_shown_and_skipped', async () => {
    const { page } = await drafted(1280, '0305', 240);
    await submitCase(page);
    const { person, places, purpose } = await choose(page);
    const day = dayAfter(233);
    await draft(page, { person, place: places[1], purpose, from: day, to: dayAfter(261), weekday: day.weekday, start: '0300', end: '0330' });
    await page.getByText('2 天衝突，要處理才能送審').waitFor();
    await look(page, 'file-time-conflict');
    await page.getByRole('button', { name: '改為「選擇」，略過這 2 天' }).click();
    await page.locator('.ed-see').getByText('共 3 次、1 小時 30 分鐘').waitFor();
    assert.equal(await page.getByText('要處理才能送審').count(), 0);
    await timeField(page, 'start').fill('0330');
    await page.context().close();
});

test('dark_and_narrow', async () => {
    const page = await open(1280, { dark: true });
    await signIn(page, institution);
    await look(page, 'dark-home');
    await page.goto('/file');
    await look(page, 'dark-file');
    const bureau = await reviewerFor(page);
    await page.context().close();
    const desk = await open(1280, { dark: true });
    await signIn(desk, bureau);
    await look(desk, 'dark-queue');
    await desk.locator('tbody th a').first().click();
    await desk.waitForURL('**/review/*');
    await look(desk, 'dark-review-case');
    await desk.context().close();
    const tablet = await open(768);
    await tablet.goto('/');
    await look(tablet, 'index');
    await signIn(tablet, institution);
    await look(tablet, 'home');
    await tablet.context().close();
    const small = await open(320);
    await small.goto('/');
    await look(small, 'index');
    await signIn(small, institution, null);
    await look(small, 'login');
    await signIn(small, institution);
    await look(small, 'home');
    const { person, places, purpose } = await choose(small);
    const day = dayAfter(250);
    await draft(small, { person, place: places[2], purpose, from: day, to: dayAfter(271), weekday: day.weekday, start: '0405', end: '0455' });
    await look(small, 'file-time');
    await small.context().close();
});
