// What the seeds say that a page must say, in their words, before anybody has signed in.
//
// Rows: the_home_says_whom_to_call F028 F031 F032 F033 F083; the_guide_… F012 F013 F023;
// the_back_office_has_its_own_door F004 F010; looks_are_kept P33.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { look, open, SCREENS, settled, signIn, WIDTHS, world } from './lib.mjs';

const { bureaus: [bureau] } = world();
const text = (page, selector) => page.locator(selector).innerText();
const holds = (whole, ...parts) => { for (const part of parts) assert.ok(whole.includes(part), `no 「${part}」 in 「${whole}」`); };

test('the_home_says_whom_to_call', async () => {
    const page = await open(1280);
    await page.goto('/');
    await settled(page);
    holds(await text(page, '.mast'), '衛生福利部', 'Ministry of Health and Welfare', '醫事人員及醫事機構線上申辦系統', '報備支援申辦專區');
    holds(await text(page, 'main'), '0800-232258', '0800-001019', '02-2776-9993 #116', '04-2322-6055 #14', '0800-364-422',
        '還沒有憑證卡，請及早向', '憑證登入請用 Windows 的 Chrome、Edge 或 Firefox', '尚未支援 Apple 電腦與行動裝置');
    const hca = page.locator('main a[href="https://hca.nat.gov.tw/"]').first();
    assert.equal(await hca.getAttribute('rel'), 'noopener noreferrer');
    await page.context().close();
});

for (const width of WIDTHS) {
    test(`the_guide_tells_each_role_its_five_steps_${width}`, async () => {
        const page = await open(width);
        await page.goto('/');
        await settled(page);
        await page.getByRole('navigation', { name: '主選單' }).getByRole('link', { name: '申辦方式說明' }).click();
        await page.waitForURL('**/guide');
        await settled(page);
        holds(await text(page, '.lanes'), '登錄', '送審', '衛生局', '核准', '退回', '不核准', '訴願');
        for (const role of ['person', 'institution']) {
            const steps = page.locator(`section[aria-labelledby="g-${role}"] .flow > li`);
            assert.equal(await steps.count(), 5);
            holds((await steps.allInnerTexts()).join(), '準備工具', '選擇身分', '登入', '執行報備支援', '送出申請案');
        }
        await look(page, 'guide');
        await page.getByRole('link', { name: '以醫事人員登入' }).click();
        await page.waitForURL('**/login?role=person');
        await page.context().close();
    });
}

test('the_back_office_has_its_own_door', async () => {
    const page = await open(1280);
    await page.goto('/');
    await page.getByRole('link', { name: '後台登入' }).click();
    await page.waitForURL('**/Login/C101M');
    await page.locator('#card, main .picked').first().waitFor();
    assert.equal(await page.locator('input[name="role"]').count(), 0, 'nobody but the bureau signs in here');
    await look(page, 'login-back-office');
    await signIn(page, bureau, undefined, '/Login/C101M');
    assert.equal(new URL(page.url()).pathname, '/review');
    await page.goto('/home');
    await page.waitForURL('**/review');
    await page.context().close();
});

test('looks_are_kept', async () => {
    const page = await open(1280);
    await page.goto('/');
    await settled(page);
    await page.getByRole('button', { name: '深色' }).click();
    const theme = () => page.evaluate(() => document.documentElement.dataset.theme);
    assert.equal(await theme(), 'dark');
    await page.reload();
    await settled(page);
    assert.equal(await theme(), 'dark', 'the switch is kept');
    await look(page, 'index-dark');
    // With the system's own colours axe reads ours, which are not shown: what must be is an edge to each control.
    await page.emulateMedia({ forcedColors: 'active' });
    await page.screenshot({ path: join(SCREENS, 'index-forced-colors-1280.png'), fullPage: true });
    for (const control of await page.locator('main .big, main .choices, [aria-pressed="true"]').all()) {
        assert.ok(await control.evaluate((e) => ['Top', 'Right', 'Bottom', 'Left'].some((side) => {
            const style = getComputedStyle(e);
            return parseFloat(style[`border${side}Width`]) > 0 || style.textDecorationLine !== 'none' || style.outlineStyle !== 'none';
        })), await control.evaluate((e) => e.outerHTML.slice(0, 120)));
    }
    await page.context().close();
});
