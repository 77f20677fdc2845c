// Called by `run`.
// The browser tests: a server on a copy of the demo, three cards in a reader of their own, Chromium.
// With BAOBEI_URL set, an already running server and card bridge are used as they are.
// BAOBEI_CONTROL is the address where a test may hold the reader of sheets, kill the server and start it again.
// A word on the command line runs only the tests whose names have it.
import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync, existsSync, mkdirSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { createServer as createHttp } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const root = resolve(here, '../..');
const build = resolve(process.env.BAOBEI_BUILD ?? join(root, 'build/release'));
const demoDir = process.env.BAOBEI_DEMO && resolve(process.env.BAOBEI_DEMO);
const MODULES = ['/usr/lib/softhsm/libsofthsm2.so', '/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so', '/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so'];
const children = [];
let ending = false;

const freePort = () => new Promise((done) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
        const { port } = probe.address();
        probe.close(() => done(port));
    });
});

/** Starts a program and waits for its first line on stdout that matches. */
function start(command, args, env, ready) {
    const child = spawn(command, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    child.stderr.on('data', (data) => { said = (said + data).slice(-2000); });
    children.push(child);
    return new Promise((done, fail) => {
        let seen = '';
        child.stdout.on('data', (data) => {
            seen += data;
            const found = ready.exec(seen);
            if (found) done(found);
        });
        child.once('error', fail);
        child.once('exit', (code) => {
            if (!ending) console.log(`# ${command} ended with ${code}\n${said}`);
            fail(new Error(`${command} ended with ${code}: ${seen}`));
        });
    });
}

/** The server says /readyz when it answers; there is no line of output to wait for. */
async function ready(url) {
    process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0'; // the demo's own authority; only for this probe
    process.removeAllListeners('warning');
    for (let i = 0; i < 600; i++) {
        try {
            if ((await fetch(`${url}/readyz`)).ok) break;
        } catch {
            // Not listening yet.
        }
        await new Promise((done) => setTimeout(done, 100));
        if (i === 599) throw new Error(`${url} is not ready after 60 s`);
    }
    delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
}

/** The server's own children: the one that reads sheets. */
const childrenOf = (pid) => readdirSync('/proc').filter((name) => /^\d+$/.test(name)).filter((name) => {
    try {
        return Number(readFileSync(`/proc/${name}/stat`, 'utf8').split(') ').pop().split(' ')[1]) === pid;
    } catch {
        return false; // ended meanwhile
    }
}).map(Number);

/** The server as it runs now, and what a test may do to it: POST /hold, /kill, /start. */
async function serve(args, cwd, url) {
    let server = null;
    let meant = false;
    let held = [];
    const launch = () => {
        meant = false;
        server = spawn(join(build, 'baobei'), args, { cwd, stdio: ['ignore', 'ignore', 'inherit'] });
        children.push(server);
        server.once('error', (e) => console.log(`# ${e.message}`));
        server.once('exit', (code) => { if (!ending && !meant) console.log(`# the server ended with ${code}`); });
    };
    const kill = async () => {
        meant = true;
        const gone = new Promise((done) => server.once('exit', done));
        server.kill('SIGKILL');
        await gone;
        for (const pid of held) try { process.kill(pid, 'SIGKILL'); } catch { /* went with it */ }
        held = [];
    };
    const orders = {
        '/hold': async () => {
            held = childrenOf(server.pid);
            for (const pid of held) process.kill(pid, 'SIGSTOP');
            if (held.length === 0) throw new Error('the server has no process that reads sheets');
        },
        '/kill': kill,
        '/start': async () => {
            launch();
            await ready(url);
        },
    };
    const control = createHttp((request, response) => {
        const order = orders[request.url] ?? (() => Promise.reject(new Error(request.url)));
        order().then(() => response.end('done'), (e) => response.writeHead(500).end(String(e)));
    });
    await new Promise((done) => control.listen(0, '127.0.0.1', done));
    control.unref();
    launch();
    return `http://127.0.0.1:${control.address().port}`;
}

/** SoftHSM2 tokens of the first institution, the first person, and the reviewer of each county. */
function makeCards(folder, demo) {
    const module = MODULES.find((m) => existsSync(m));
    if (!module) throw new Error('no libsofthsm2.so');
    const conf = join(folder, 'softhsm2.conf');
    mkdirSync(join(folder, 'tokens'));
    writeFileSync(conf, `directories.tokendir = ${join(folder, 'tokens')}\nobjectstore.backend = file\nlog.level = ERROR\nslots.removable = true\n`);
    const env = { ...process.env, SOFTHSM2_CONF: conf };
    const run = (command, ...args) => execFileSync(command, args, { env, stdio: ['ignore', 'ignore', 'pipe'] });
    const of = (role) => demo.identities.filter((i) => i.role === role);
    for (const who of [of('institution')[0], of('person')[0], ...of('bureau')].filter(Boolean)) {
        const label = `${[...who.name].slice(0, 6).join('')} ${who.county ?? ''}`.trim(); // 32 bytes at most
        const der = join(folder, 'certificate.der');
        run('openssl', 'x509', '-in', join(demoDir, who.certificate), '-outform', 'DER', '-out', der);
        run('softhsm2-util', '--init-token', '--free', '--label', label, '--so-pin', 'so-12345', '--pin', who.pin);
        run('softhsm2-util', '--import', join(demoDir, who.key), '--token', label, '--label', 'sign', '--id', '01', '--pin', who.pin);
        run('pkcs11-tool', '--module', module, '--token-label', label, '--login', '--pin', who.pin, '--write-object', der, '--type', 'cert', '--id', '01', '--label', 'sign');
    }
    return { conf, module };
}

async function world(folder) {
    if (process.env.BAOBEI_URL || process.env.BAOBEI_MOCK) return {};
    const demo = JSON.parse(readFileSync(join(demoDir, 'demo.json'), 'utf8'));
    const copy = join(folder, 'demo');
    cpSync(demoDir, copy, { recursive: true });
    const url = `https://127.0.0.1:${await freePort()}`;
    // The operator's port and the loops of this run; what the demo says of them goes.
    const config = join(copy, 'baobei.conf');
    // The usual three may belong to the demo somebody looks at. The second bridge asks in its own window.
    const cardPorts = [await freePort(), await freePort()];
    const kept = readFileSync(config, 'utf8').replace(/^\[(ops|log|card)\][^[]*/gm, '').replace(/^loops *=.*$/m, '');
    writeFileSync(config, `loops = ${process.env.BAOBEI_LOOPS || 1}\n${kept}\n[ops]\nlisten = http://127.0.0.1:${await freePort()}\n[log]\nlevel = alarm\n[card]\nbridge_ports = ${cardPorts.join()}\n`);
    const control = await serve(['serve', '--config', config, '--listen', url], copy, url);
    const { conf, module } = makeCards(folder, demo);
    for (const [i, confirm] of ['off', 'on'].entries()) {
        const file = join(folder, `card-${confirm}.conf`);
        writeFileSync(file, `modules = ${module}\norigins = ${url}\nconfirm = ${confirm}\nports = ${cardPorts[i]}\nsofthsm2_conf = ${conf}\n`);
        await start(join(build, 'baobei-card'), ['--config', file], {}, /baobei-card: (http:\S+)/);
    }
    await ready(url);
    return { BAOBEI_URL: url, BAOBEI_CARD_ASKING: String(cardPorts[1]), BAOBEI_CONTROL: control };
}

const folder = mkdtempSync(join(tmpdir(), 'baobei-browser-'));
let status = 1;
try {
    if (!demoDir || !existsSync(join(demoDir, 'demo.json'))) {
        console.log('skip browser_tests no demo directory in BAOBEI_DEMO');
        status = 0;
    } else {
        const env = await world(folder);
        const only = process.argv[2] ? [`--test-name-pattern=${process.argv[2]}`] : [];
        const tests = spawn(process.execPath, [`--test-reporter=${join(here, 'reporter.mjs')}`, '--test-reporter-destination=stdout', ...only, join(here, 'all.mjs')],
            { env: { ...process.env, ...env }, stdio: 'inherit' });
        status = await new Promise((done) => tests.once('exit', (code) => done(code ?? 1)));
    }
} catch (e) {
    console.log(`not ok browser_world\n    ${e.stack}`);
} finally {
    ending = true;
    for (const child of children) child.kill('SIGTERM');
    rmSync(folder, { recursive: true, force: true });
}
process.exit(status);
