// The browser, the people and the two questions every page is asked: is it accessible, and did it stay quiet?
import { createRequire } from 'node:module';
import { mkdirSync, readFileSync, existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import assert from 'node:assert/strict';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
// One lock file for all of npm: what the tests drive with stands beside what they test.
const require = createRequire(join(root, 'web/ui/package.json'));
const { chromium } = require('playwright-core');
const { AxeBuilder } = require('@axe-core/playwright');

export const SCREENS = process.env.BAOBEI_SCREENS ?? join(root, 'build/screens');
export const WIDTHS = [1280, 390];
const HEIGHT = { 1280: 900, 390: 844 };
const FLAGS = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync', '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1'];
const AXE_TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'];

/** The running server and who may sign in: demo.json of `baobei seed-demo` (API 9). */
export function world() {
    const dir = process.env.BAOBEI_DEMO;
    assert.ok(dir && existsSync(join(dir, 'demo.json')), 'BAOBEI_DEMO must name a directory with demo.json');
    const demo = JSON.parse(readFileSync(join(dir, 'demo.json'), 'utf8'));
    const of = (role) => demo.identities.filter((i) => i.role === role);
    return { url: process.env.BAOBEI_URL ?? demo.url, institution: of('institution')[0], person: of('person')[0], bureaus: of('bureau') };
}

let browser;
export async function open(width, { dark = false } = {}) {
    browser ??= await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium-headless-shell', args: FLAGS });
    const context = await browser.newContext({ viewport: { width, height: HEIGHT[width] ?? 900 }, locale: 'zh-TW', timezoneId: 'Asia/Taipei',
        ignoreHTTPSErrors: true, colorScheme: dark ? 'dark' : 'light', baseURL: world().url, reducedMotion: 'reduce',
        isMobile: width < 640, hasTouch: width < 640 });
    context.setDefaultTimeout(15_000);
    await context.addInitScript(() => {
        window.cspViolations = [];
        document.addEventListener('securitypolicyviolation', (e) => window.cspViolations.push(`${e.violatedDirective} ${e.blockedURI}`));
    });
    const page = await context.newPage();
    watch(page);
    return page;
}

export async function closeAll() {
    await browser?.close();
    browser = undefined;
}

/** Whatever the page complains of, unless a test says beforehand that it must. */
export function watch(page) {
    page.complaints = [];
    page.expected = [];
    const note = (text) => {
        if (!page.expected.some((re) => re.test(text))) page.complaints.push(text);
    };
    page.on('console', (m) => { if (m.type() === 'error' || m.type() === 'warning') note(`${m.text()} ${m.location().url}`); });
    page.on('pageerror', (e) => note(`exception: ${e.stack ?? e.message}`));
}

/** axe = 0, no console error, no CSP violation, nothing scrolls sideways; leaves a screenshot. */
export async function look(page, name) {
    await settled(page);
    const width = page.viewportSize().width;
    mkdirSync(SCREENS, { recursive: true });
    // A dialog and what sticks to the edge of the screen are seen as a person sees them.
    const whole = await page.evaluate(() => !document.querySelector('dialog[open], .bulk'));
    await page.screenshot({ path: join(SCREENS, `${name}-${width}.png`), fullPage: whole });
    // Our pages have no frames: without axe's own page behind each report it takes half the time.
    const { violations } = await new AxeBuilder({ page }).setLegacyMode(true).withTags(AXE_TAGS).analyze();
    assert.deepEqual(violations.map((v) => `${v.id}: ${v.nodes.map((n) => `${n.html.slice(0, 160)} (${n.failureSummary?.slice(0, 300)})`).join(' || ')}`), [], `axe on ${name}`);
    assert.deepEqual(page.complaints, [], `console of ${name}`);
    assert.deepEqual(await page.evaluate(() => window.cspViolations), [], `policy on ${name}`);
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    assert.ok(overflow <= 0, `${name} is ${overflow} px too wide`);
}

/** Nothing under way any more: no progress bar, no busy panel. */
export async function settled(page) {
    await page.waitForFunction(() => !document.querySelector('main progress, [aria-busy="true"]') && document.querySelector('main h1'));
    await page.evaluate(() => document.fonts.ready);
}

/** Waits until the focus is on what `selector` names, and on words that `text` matches. */
export const focused = (page, selector, text = '') => page.waitForFunction(([s, t]) => {
    const at = document.activeElement;
    return at?.matches(s) && at.textContent.includes(t);
}, [selector, text]);

/** Where several cards are in the reader, the one of this identity. */
export async function chooseCard(page, identity) {
    const card = page.locator('#card');
    if (!await card.count()) return;
    const labels = await card.locator('option').allTextContents();
    // A token's label holds 32 bytes: the beginning of the name, a reviewer's with the county.
    const wanted = labels.find((l) => identity.name.startsWith(l.split(/[ （]/)[0]) && l.includes(identity.county ?? ''));
    assert.ok(wanted, `no card of ${identity.name} in ${labels.join(', ')}`);
    await card.selectOption({ label: wanted });
}

/** Signs in through the card bridge, as a person would; stops before the PIN is sent if `pin` is null. */
export async function signIn(page, identity, pin = identity.pin, at = `/login?role=${identity.role}`) {
    await page.goto(at);
    await page.locator('#card, main .picked').first().waitFor();
    await chooseCard(page, identity);
    if (pin === null) return;
    await page.locator('#pin').fill(pin);
    await page.getByRole('button', { name: '送出' }).click();
    await page.waitForURL(identity.role === 'bureau' ? '**/review' : '**/home');
    await settled(page);
}

/** Presses Tab until the focus is on what `selector` names; fails after `most` presses. */
export async function tabTo(page, selector, most = 80, key = 'Tab') {
    for (let i = 0; i < most; i++) {
        const there = await page.evaluate((s) => document.activeElement?.matches(s) ?? false, selector);
        if (there) return;
        await page.keyboard.press(key);
    }
    const at = await page.evaluate(() => document.activeElement?.outerHTML.slice(0, 200));
    assert.fail(`Tab does not reach ${selector}; the focus is at ${at}`);
}

/** The reviewer of the county of whoever is signed in on this page. */
export async function reviewerFor(page) {
    const { subject } = await ask(page, '/auth/session');
    const bureau = world().bureaus.find((b) => b.county === subject.county);
    assert.ok(bureau, `no reviewer of county ${subject.county}`);
    return bureau;
}

/** A GET with the session of the page. */
export const ask = (page, path) => page.evaluate(async (p) => (await fetch(`/api/v1${p}`)).json(), path);

const pad = (n, w = 2) => String(n).padStart(w, '0');
/** A civil date so many days after the server's today, in the forms people type. */
export function dayAfter(days) {
    const d = new Date(Date.now() + 8 * 3_600_000 + days * 86_400_000);
    const iso = d.toISOString().slice(0, 10);
    const [y, m, day] = iso.split('-').map(Number);
    return { iso, weekday: d.getUTCDay() || 7, compact: `${pad(y - 1911, 3)}${pad(m)}${pad(day)}`, slash: `${pad(y - 1911, 3)}/${pad(m)}/${pad(day)}`, dash: `${y - 1911}-${m}-${day}` };
}

/** Somebody of this institution who may file now, open places elsewhere, and a purpose that asks for nothing more. */
export async function choose(page) {
    const codes = await ask(page, '/codes');
    const may = new Set(codes.professions.filter((p) => p.may_file).map((p) => p.code));
    const session = await ask(page, '/auth/session');
    const staff = session.subject.kind === 'person' ? [await ask(page, '/people/me')] : (await ask(page, '/staff?limit=200')).items;
    const until = dayAfter(400).iso;
    const purposeOf = (p) => codes.purposes.find((x) => x.professions.includes(p.profession) && !x.note_required && x.attachments.length === 0);
    const people = staff.filter((p) => p.status === 'practising' && p.main && may.has(p.profession) && p.licence?.to > until && purposeOf(p) && [...p.name].length >= 2);
    const person = people.find((p) => staff.filter((x) => x.name === p.name).length === 1) ?? people[0];
    assert.ok(person, 'nobody may file');
    const found = (await ask(page, `/institutions?q=${encodeURIComponent('診所')}&limit=100`)).items;
    const places = found.filter((i) => i.status === 'open' && i.code !== session.subject.institution.code);
    assert.ok(places.length > 3, 'nowhere to go');
    return { person, places, purpose: purposeOf(person), session };
}

/** The field of the open time whose id ends so. */
export const timeField = (page, end) => page.locator(`.editor [id$="-${end}"]`).first();

/** Makes a draft of one line with a weekly time through the pages; returns its case number. */
export async function draft(page, { person, place, purpose, from, to, weekday, start, end }) {
    await page.goto('/file');
    await settled(page);
    if (person) await pick(page, '#staff', person.name);
    await pick(page, '#place', place.code);
    await page.getByRole('button', { name: '新增' }).click();
    await page.waitForURL(/\/file\/[^/]+\/1$/);
    await settled(page);
    await page.locator('#purpose').selectOption(purpose.code);
    await timeField(page, 'from').fill(from.compact);
    await timeField(page, 'to').fill(to.dash);
    await page.getByRole('checkbox', { name: `星期${'一二三四五六日'[weekday - 1]}` }).check();
    await timeField(page, 'start').fill(start);
    await timeField(page, 'end').fill(end);
    await page.locator('.ed-see .say', { hasText: '每週' }).waitFor();
    return /\/file\/([^/]+)\//.exec(page.url())[1];
}

/** From the time page over the check page to the confirmation. */
export async function submitCase(page) {
    await page.getByRole('button', { name: '存檔，下一步確認' }).click();
    await page.waitForURL('**/check');
    await settled(page);
    await page.locator('#sure').check();
    await page.getByRole('button', { name: /^送審/ }).click();
    await page.waitForURL('**/done');
    await settled(page);
}

/** Types into a combobox and takes the suggestion. */
export async function pick(page, selector, text) {
    const box = page.locator(selector);
    await box.click();
    await box.fill(text);
    await page.getByRole('option').filter({ hasText: text }).first().click();
    await page.locator(`button${selector}`).waitFor();
}

/** Opens a line from the queue, found by its number. */
export async function openInQueue(page, lineId) {
    await page.goto(`/review?q=${lineId}`);
    await settled(page);
    await page.locator(`a[href="/review/${lineId}"]`).click();
    await page.waitForURL(`**/review/${lineId}`);
    await settled(page);
}

/** Answers the next matching requests in the server's stead; returns the headers of all that came. */
export async function fake(page, pattern, answers) {
    const seen = [];
    await page.route(pattern, async (route) => {
        const request = route.request();
        if (request.method() === 'OPTIONS') return route.fallback();
        seen.push(request.headers());
        const answer = answers.shift();
        if (!answer) return route.fallback();
        if (answer === 'down') return route.abort('connectionrefused');
        const { http, headers = {}, ...body } = answer;
        return route.fulfill({ status: http, headers: { 'content-type': 'application/problem+json', 'access-control-allow-origin': new URL(page.url()).origin, ...headers },
            body: JSON.stringify(http >= 400 ? { type: 'about:blank', title: '', request_id: 'test', errors: [], status: http, ...body } : body) });
    });
    return seen;
}
