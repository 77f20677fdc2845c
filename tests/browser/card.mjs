// The card bridge that asks: a window of its own, the person agrees or refuses (AUTH 7.8).
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { look, open, settled, signIn, tabTo, WIDTHS, world } from './lib.mjs';

const { institution } = world();
const asking = process.env.BAOBEI_CARD_ASKING; // not known of a server that already ran

/** The log-in page on a computer that has only the bridge that asks. */
async function loginPage(width) {
    const page = await open(width);
    page.expected.push(/Failed to load resource/);
    await page.context().route(/^http:\/\/127\.0\.0\.1:\d+\/v1\//, (route) =>
        new URL(route.request().url()).port === asking ? route.fallback() : route.abort('connectionrefused'));
    await signIn(page, institution, null);
    return page;
}

async function send(page, pin = institution.pin) {
    await page.locator('#pin').fill(pin);
    const [popup] = await Promise.all([page.waitForEvent('popup'), page.getByRole('button', { name: '送出' }).click()]);
    await popup.getByRole('button', { name: '同意簽章' }).waitFor();
    return popup;
}

/** The window is gone before the key is up again. */
const pressLast = (popup) => popup.keyboard.press('Enter').catch((e) => { if (!popup.isClosed()) throw e; });

for (const width of WIDTHS) {
    test(`the_bridge_asks_in_its_own_window_${width}`, { skip: asking ? false : 'an already running bridge' }, async () => {
        const page = await loginPage(width);
        const popup = await send(page);
        popup.complaints = [];
        await popup.evaluate(() => { window.cspViolations ??= []; });
        const said = await popup.locator('#said').innerText();
        assert.ok(said.includes(new URL(page.url()).origin), said);
        assert.equal(await popup.evaluate(() => document.activeElement.id), 'refuse', 'the safe answer comes first');
        await look(popup, 'card-popup');
        // Refused: told, nothing is signed, the PIN is gone.
        await Promise.all([popup.waitForEvent('close'), pressLast(popup)]);
        await page.locator('.summary', { hasText: '您已取消簽章' }).waitFor();
        assert.equal(await page.locator('#pin').inputValue(), '');
        // Closed by hand is refused, too.
        const second = await send(page);
        await second.close();
        await page.locator('.summary', { hasText: '您已取消簽章' }).waitFor();
        // A wrong PIN comes back through the window.
        const third = await send(page, '99999999');
        await third.getByRole('button', { name: '同意簽章' }).click();
        await page.locator('#pin-e', { hasText: 'PIN 碼錯誤' }).waitFor();
        // Agreed, by keyboard alone.
        const fourth = await send(page);
        await tabTo(fourth, '#agree', 8, 'Shift+Tab');
        await Promise.all([page.waitForURL('**/home'), pressLast(fourth)]);
        await settled(page);
        assert.ok(fourth.isClosed());
        await page.context().close();
    });
}

test('a_window_opened_by_nobody_says_so', { skip: asking ? false : 'an already running bridge' }, async () => {
    const page = await open(1280);
    await page.goto(`http://127.0.0.1:${asking}/popup`);
    await page.getByText('這個視窗由登入網頁開啟').waitFor();
    await page.context().close();
});
