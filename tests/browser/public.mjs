// The public pages and every way a log-in can fail (AUTH 7.8, 8).
//
// Rows: public_home_… F018 F019 F020 F021 F088; environment_check_1280 F074 F076 F077 F078 F079, _390 F075;
// login_each_role_1280 F041 F042 F058 F218, _390 F064 F070 F081 F217; login_failures_… F065 F066 F080 P39;
// login_again_elsewhere_is_refused_by_next F060.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { chooseCard, fake, look, open, settled, signIn, tabTo, WIDTHS, world } from './lib.mjs';

const { institution, bureaus: [bureau], person } = world();
const BRIDGE = /^http:\/\/127\.0\.0\.1:\d+\/v1\/(ping|slots|sign)$/;
const SIGN = /^http:\/\/127\.0\.0\.1:\d+\/v1\/sign$/;
const REFUSED = /Failed to load resource/;

for (const width of WIDTHS) {
    test(`public_home_${width}`, async () => {
        const page = await open(width);
        await page.goto('/');
        await look(page, 'index');
        await page.getByText('得應公共衛生師考試資格審查').click();
        await page.getByText('資格審查不在這裡申請').waitFor();
        await look(page, 'index-exam');
        await page.context().close();
    });

    test(`environment_check_${width}`, async () => {
        const page = await open(width);
        await page.goto('/env');
        await page.getByText(/baobei-card [\d.]+ 已啟動/).waitFor();
        const found = await page.getByRole('complementary', { name: '這台裝置的檢測結果' }).innerText();
        for (const part of ['讀卡元件', '已啟動', '卡片', 'Linux、Chrome', '請用一般型晶片讀卡機']) assert.ok(found.includes(part), part);
        await look(page, 'env');
        // The component ends: the page says what to do.
        page.expected.push(REFUSED);
        await page.route(BRIDGE, (route) => route.abort('connectionrefused'));
        await page.getByRole('button', { name: '重新檢測' }).click();
        await page.getByText('找不到 baobei-card，請安裝或重新啟動').waitFor();
        await page.unroute(BRIDGE);
        await page.getByText(/baobei-card [\d.]+ 已啟動/).waitFor();
        // Of several cards none is tried before it is chosen: a wrong PIN counts here, too.
        await page.locator('#pin').fill(institution.pin);
        await page.getByRole('button', { name: '開始檢測' }).click();
        await page.locator('.summary a[href="#card"]', { hasText: '請先選要用的卡' }).waitFor();
        await chooseCard(page, institution);
        await page.locator('#pin').fill(institution.pin);
        await page.getByRole('button', { name: '開始檢測' }).click();
        await page.getByText('您已經完成環境設定').waitFor();
        await look(page, 'env-good');
        await page.context().close();
    });

    test(`login_each_role_${width}`, async () => {
        for (const identity of [institution, person, bureau].filter(Boolean)) {
            const page = await open(width);
            await signIn(page, identity, null);
            await look(page, `login-${identity.role}`);
            assert.equal(await page.locator('input[name="role"]').count(), 3, 'who signs in is a choice');
            await page.getByRole('heading', { name: /^請於讀卡機插入您的/ }).waitFor();
            const pin = page.locator('#pin');
            assert.equal(await pin.getAttribute('type'), 'password');
            assert.ok(await pin.evaluate((e) => e.required));
            await page.getByRole('button', { name: '送出', exact: true }).waitFor();
            assert.equal(await page.getByRole('link', { name: '回首頁' }).getAttribute('href'), '/');
            assert.equal(await page.getByRole('link', { name: '環境檢測網頁' }).getAttribute('href'), '/env');
            await page.getByText('系統已自動檢測').waitFor();
            await page.getByText(/baobei-card \d+\.\d+\.\d+ 已啟動/).waitFor();
            await page.getByText('不要用健保卡專用讀卡機').waitFor();
            await page.context().close();
        }
    });

    test(`login_failures_are_told_${width}`, async () => {
        const page = await open(width);
        page.expected.push(REFUSED);
        const submit = page.getByRole('button', { name: /^送出/ });
        const send = async (pin) => {
            await page.locator('#pin').fill(pin);
            await submit.click();
        };
        // The bridge is not running; once it runs, the page notices by itself.
        await page.route(BRIDGE, (route) => route.abort('connectionrefused'));
        await page.goto('/login?role=institution');
        await page.getByText('找不到讀卡元件，還不能用憑證登入').waitFor();
        await look(page, 'login-no-bridge');
        await page.unroute(BRIDGE);
        await page.locator('#card, main .picked').first().waitFor();
        await signIn(page, institution, null);
        await send('123');
        await page.getByText(/PIN 碼長度應為/).first().waitFor();
        assert.equal(await page.evaluate(() => document.activeElement.className), 'summary');
        // What the card says about the PIN.
        await fake(page, SIGN, [{ http: 200, ok: false, code: 'CB_PIN_WRONG', ckr: 160, tries_left: 1 }]);
        await send('99999999');
        await page.locator('#pin-e', { hasText: '還可以輸入 1 次，再錯就會鎖卡' }).waitFor();
        assert.equal(await page.locator('#pin').inputValue(), '', 'the PIN stays in the field');
        await page.getByText('我知道只剩最後 1 次').waitFor();
        await look(page, 'login-pin-wrong');
        await page.unroute(SIGN);
        await page.getByText('我知道只剩最後 1 次').click();
        await fake(page, SIGN, [{ http: 200, ok: false, code: 'CB_PIN_LOCKED', ckr: 164 }]);
        await send('99999999');
        await page.locator('#pin-e', { hasText: '已鎖卡' }).waitFor();
        await page.locator('main a[href="https://hca.nat.gov.tw/"]').first().waitFor();
        await page.unroute(SIGN);
        // What the server says about the certificate.
        for (const [http, code, words] of [[401, 'auth_card_kind', '卡片種類與登入身分不符'], [401, 'auth_revoked', '憑證已廢止或停用'],
            [401, 'auth_challenge', '登入要求已逾時'], [403, 'auth_account', '查無執業登記'], [503, 'auth_revocation_unavailable', '暫時無法查驗憑證狀態']]) {
            await signIn(page, institution, null);
            await fake(page, '**/auth/cert/login', [{ http, code, detail: '' }]);
            await send(institution.pin);
            await page.locator('.summary', { hasText: words }).waitFor();
            await page.unroute('**/auth/cert/login');
        }
        await signIn(page, institution, null);
        await fake(page, '**/auth/cert/login', [{ http: 429, code: 'rate_limited', detail: '', headers: { 'retry-after': '870' } }]);
        await send(institution.pin);
        await page.getByRole('button', { name: /送出（14:\d\d 後可用）/ }).waitFor();
        assert.ok(await submit.isDisabled());
        await look(page, 'login-rate-limited');
        await page.context().close();
    });
}

/** More cards in the readers: the log-in's own and as many copies, none of which can sign. */
const moreCards = (page, labels) => page.route(/^http:\/\/127\.0\.0\.1:\d+\/v1\/slots$/, async (route) => {
    if (route.request().method() === 'OPTIONS') return route.fallback();
    const response = await route.fetch();
    const { slots, ...rest } = await response.json();
    const own = slots.find((s) => s.certs.some((c) => c.kind === 'HOP'));
    const copies = labels.map((label) => ({ ...own, slot: label, token: { ...own.token, label } }));
    await route.fulfill({ response, json: { ...rest, slots: [...copies, ...slots] } });
});

for (const width of WIDTHS) {
    test(`of_several_cards_none_is_chosen_beforehand_${width}`, async () => {
        const page = await open(width);
        await moreCards(page, ['別家醫院', '另一家診所']);
        await page.goto('/login?role=institution');
        const card = page.locator('#card');
        await card.waitFor();
        assert.equal(await card.inputValue(), '', 'a card is chosen beforehand');
        const words = `有 ${await card.locator('option').count() - 1} 張卡，請先選要用的卡`;
        await page.locator('#card-h', { hasText: words }).waitFor();
        await page.locator('#pin').fill(institution.pin);
        await page.getByRole('button', { name: '送出' }).click();
        await page.locator('#card-e', { hasText: words }).waitFor();
        await look(page, 'login-several-cards');
        await page.locator('.summary').getByRole('link', { name: words }).click();
        await page.waitForFunction(() => document.activeElement.id === 'card');
        await chooseCard(page, institution);
        assert.equal(await page.locator('#card-e').count(), 0);
        await page.getByRole('button', { name: '送出' }).click();
        await page.waitForURL('**/home');
        await page.context().close();
    });

    test(`an_unknown_address_says_so_${width}`, async () => {
        const page = await open(width);
        page.expected.push(REFUSED);
        for (const path of ['/nosuch', '/home/xyz', '/home/']) {
            assert.equal((await page.goto(path)).status(), 404);
            await page.getByRole('heading', { name: '找不到這一頁', level: 1 }).waitFor();
        }
        await look(page, 'missing');
        await page.getByRole('link', { name: '回首頁' }).click();
        await page.waitForURL((u) => u.pathname === '/');
        await page.context().close();
    });
}

test('login_again_elsewhere_is_refused_by_next', async () => {
    const page = await open(1280);
    await page.goto('/login?role=institution&next=https://evil.example/');
    await page.locator('#card, main .picked').first().waitFor();
    await chooseCard(page, institution);
    await tabTo(page, '#pin');
    await page.keyboard.type(institution.pin);
    await page.keyboard.press('Enter');
    await page.waitForURL('**/home');
    await settled(page);
    assert.equal(new URL(page.url()).origin, new URL(world().url).origin);
    await page.context().close();
});
