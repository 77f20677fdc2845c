// Builds the web UI into dist/: hashed files with .gz and .br beside them, the page shells, and
// assets.S + assets.c for the server (WEB.md 4). `node build.mjs` fails past a budget of WEB.md 1.
import { writeApiTypes } from './api_types.mjs';
import { build } from 'esbuild';
import { transform } from 'lightningcss';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const here = dirname(fileURLToPath(import.meta.url));
const src = join(here, 'src');
const final = join(here, 'dist');
const dist = join(here, 'dist.new'); // swapped in at the end, so that nobody sees half a build
const KB = 1024;
const BUDGET = { view: 60 * KB, script: 35 * KB, style: 12 * KB };

// Which page shell answers which path of the UI. `subtree`: also everything below it.
// `bridge`: the content security policy of this page lets it talk to the card bridge (WEB.md 5).
const PAGES = [
    { path: '/', entry: 'public' },
    { path: '/login', entry: 'public', bridge: true },
    { path: '/Login/C101M', entry: 'public', bridge: true }, // the bureaus' own way in (F004)
    { path: '/env', entry: 'public', bridge: true },
    { path: '/guide', entry: 'public' },
    { path: '/home', entry: 'app' },
    { path: '/file', entry: 'app', subtree: true },
    { path: '/batch', entry: 'app', subtree: true },
    { path: '/case', entry: 'app', subtree: true },
    { path: '/review', entry: 'admin', subtree: true },
];
const TITLES = { public: '報備支援線上申辦', app: '報備支援線上申辦', admin: '衛生局審核' };
const ICONS = ['plus', 'search', 'printer', 'download', 'copy', 'chevron-left', 'chevron-right',
    'calendar', 'check', 'arrow-up', 'upload', 'trash-2', 'pencil', 'undo-2'];
const MIME = { js: 'text/javascript; charset=utf-8', css: 'text/css; charset=utf-8',
    svg: 'image/svg+xml', html: 'text/html; charset=utf-8', txt: 'text/plain; charset=utf-8' };

const hashOf = (data) => createHash('sha256').update(data).digest('hex').slice(0, 16);

// The icons in use, as data: the CSP allows no innerHTML and a sprite file would cost a request.
const iconPlugin = {
    name: 'icons',
    setup(b) {
        b.onResolve({ filter: /^virtual:icons$/ }, () => ({ path: 'icons', namespace: 'icons' }));
        b.onLoad({ filter: /.*/, namespace: 'icons' }, () => {
            const icons = {};
            for (const name of ICONS) {
                const svg = readFileSync(join(here, 'node_modules/lucide-static/icons', `${name}.svg`), 'utf8');
                const inner = svg.slice(svg.indexOf('>', svg.indexOf('<svg')) + 1, svg.indexOf('</svg>'));
                icons[name] = [...inner.matchAll(/<(\w+)([^>]*?)\/>/g)].map(([, tag, attrs]) =>
                    [tag, Object.fromEntries([...attrs.matchAll(/([\w-]+)="([^"]*)"/g)].map(([, k, v]) => [k, v]))]);
                if (icons[name].length === 0) throw new Error(`icon ${name} has no shape`);
            }
            return { contents: `export const icons = ${JSON.stringify(icons)};`, loader: 'js' };
        });
    },
};

async function scripts() {
    const result = await build({
        absWorkingDir: here,
        entryPoints: { public: 'src/public.tsx', app: 'src/app.tsx', admin: 'src/admin.tsx' },
        outdir: 'dist/assets',
        bundle: true, splitting: true, format: 'esm', minify: true, metafile: true, write: false,
        target: ['chrome109', 'firefox115', 'safari16'],
        charset: 'utf8', legalComments: 'none',
        entryNames: '[name]-[hash]', chunkNames: 'chunk-[hash]',
        jsx: 'automatic', jsxImportSource: 'preact',
        define: { 'process.env.NODE_ENV': '"production"' },
        plugins: [iconPlugin],
    });
    const files = new Map();
    for (const f of result.outputFiles) files.set(f.path.slice(f.path.lastIndexOf('/') + 1), Buffer.from(f.contents));
    const name = (path) => path.slice(path.lastIndexOf('/') + 1);
    const outputs = result.metafile.outputs;
    const staticOf = (path, need = new Set()) => {
        if (need.has(path)) return need;
        need.add(path);
        for (const i of outputs[path].imports) if (i.kind === 'import-statement') staticOf(i.path, need);
        return need;
    };
    const entries = {};
    for (const [path, out] of Object.entries(result.metafile.outputs)) {
        if (!out.entryPoint?.startsWith('src/')) continue;
        // What a view needs: the entry, all it imports statically, and one lazy page with its own.
        const need = staticOf(path);
        const pages = out.imports.filter((i) => i.kind === 'dynamic-import').map((i) => staticOf(i.path, new Set(need)));
        const key = out.entryPoint.replace(/^src\/|\.tsx$/g, '');
        if (key in TITLES) {
            entries[key] = { script: name(path), chunks: [...need].map(name).filter((n) => n !== name(path)),
                views: (pages.length > 0 ? pages : [need]).map((set) => [...set].map(name)) };
        }
    }
    return { files, entries };
}

function styles() {
    const code = Buffer.concat(['tokens.css', 'base.css', 'app.css'].map((f) => readFileSync(join(src, 'css', f))));
    const out = transform({ filename: 'baobei.css', code, minify: true, errorRecovery: false,
        targets: { chrome: 109 << 16, firefox: 115 << 16, safari: 16 << 16 } });
    return Buffer.from(out.code);
}

function shell(entry, { script, chunks }, style, icon, licences) {
    return Buffer.from(`<!doctype html>
<html lang="zh-Hant-TW">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${TITLES[entry]}</title>
<link rel="icon" href="/assets/${icon}" type="image/svg+xml">
<link rel="license" href="/assets/${licences}">
<link rel="stylesheet" href="/assets/${style}">
${chunks.map((c) => `<link rel="modulepreload" href="/assets/${c}">\n`).join('')}<script type="module" src="/assets/${script}"></script>
</head>
<body>
<noscript>這個網站需要 JavaScript，請在瀏覽器設定開啟後重新整理。</noscript>
<div id="app"></div>
</body>
</html>
`);
}

function packed(data) {
    const gz = gzipSync(data, { level: 9 });
    const br = brotliCompressSync(data, { params: {
        [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: data.length } });
    return { gz: gz.length < data.length ? gz : null, br: br.length < data.length ? br : null };
}

// The C side. Symbols are numbered, so that no path becomes part of a name.
function cSources(assets) {
    const lines = ['/* Made by web/ui/build.mjs; do not edit. */', '    .section .rodata'];
    for (const [i, a] of assets.entries()) {
        for (const [kind, suffix] of [['identity', ''], ['gzip', '.gz'], ['brotli', '.br']]) {
            if (kind !== 'identity' && !a[kind]) continue;
            lines.push('    .balign 64', `    .globl asset_${i}_${kind}`, `asset_${i}_${kind}:`,
                `    .incbin "${a.file}${suffix}"`);
        }
    }
    lines.push('    .section .note.GNU-stack,"",%progbits', '');
    const variant = (a, i, kind) => a[kind] ? `{ asset_${i}_${kind}, ${a[kind].length} }` : '{ NULL, 0 }';
    const externs = assets.flatMap((a, i) => ['identity', 'gzip', 'brotli'].filter((k) => a[k])
        .map((k) => `extern const unsigned char asset_${i}_${k}[];`));
    const row = (a, i) => `    { "${a.path}", "${a.mime}", "W/\\"${a.etag}\\"", ${a.immutable},
        ${variant(a, i, 'identity')}, ${variant(a, i, 'gzip')}, ${variant(a, i, 'brotli')} },`;
    const files = assets.filter((a) => a.immutable).length;
    const at = (entry) => assets.findIndex((a) => a.path === `/${entry}.html`);
    const c = `/* Made by web/ui/build.mjs; do not edit. */
#include "web/assets.h"

#include <string.h>

${externs.join('\n')}

/* First the files of /assets/, sorted by path for the search; then the page shells. */
static const struct asset assets[] = {
${assets.map(row).join('\n')}
};

static const struct asset_page pages[] = {
${PAGES.map((p) => `    { "${p.path}", ${p.subtree === true}, ${p.bridge === true}, &assets[${at(p.entry)}] },`).join('\n')}
};

static int path_compare(const char *path, size_t path_size, const char *key)
{
    size_t key_size = strlen(key);
    int order = memcmp(path, key, path_size < key_size ? path_size : key_size);
    if (order != 0 || path_size == key_size) {
        return order;
    }
    return path_size < key_size ? -1 : 1;
}

const struct asset *asset_find(const char *path, size_t path_size)
{
    size_t low = 0;
    size_t high = ${files};
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = path_compare(path, path_size, assets[middle].path);
        if (order == 0) {
            return &assets[middle];
        }
        if (order < 0) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return NULL;
}

const struct asset_page *asset_page_for(const char *path, size_t path_size)
{
    for (size_t i = 0; i < sizeof pages / sizeof pages[0]; i++) {
        size_t size = strlen(pages[i].path);
        if (path_size < size || memcmp(path, pages[i].path, size) != 0) {
            continue;
        }
        if (path_size == size || (pages[i].subtree && path[size] == '/')) {
            return &pages[i];
        }
    }
    return NULL;
}
`;
    return { s: lines.join('\n'), c };
}

const started = Date.now();
writeApiTypes();
const { files, entries } = await scripts();
const style = styles();
const styleName = `baobei-${hashOf(style).slice(0, 8)}.css`;
files.set(styleName, style);
const icon = readFileSync(join(src, 'seal.svg'));
const iconName = `seal-${hashOf(icon).slice(0, 8)}.svg`;
files.set(iconName, icon);

// The notices that the licences of what is bundled ask for.
const licences = ['preact', '@preact/signals', '@preact/signals-core', 'wouter-preact', 'regexparam', 'lucide-static'].map((name) => {
    const folder = join(here, 'node_modules', name);
    const file = readdirSync(folder).find((f) => /^licen[cs]e/i.test(f));
    const { version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    return `${name} ${version} (${license})\n\n${file ? readFileSync(join(folder, file), 'utf8').trim() : ''}\n`;
}).join('\n----\n\n');
const licencesName = `licences-${hashOf(licences).slice(0, 8)}.txt`;
files.set(licencesName, Buffer.from(licences));

rmSync(dist, { recursive: true, force: true });
mkdirSync(join(dist, 'assets'), { recursive: true });
const assets = [];
const add = (file, path, data, immutable) => {
    const { gz, br } = packed(data);
    writeFileSync(join(dist, file), data);
    if (gz) writeFileSync(join(dist, `${file}.gz`), gz);
    if (br) writeFileSync(join(dist, `${file}.br`), br);
    assets.push({ file, path, mime: MIME[file.slice(file.lastIndexOf('.') + 1)], etag: hashOf(data), immutable,
        identity: data, gzip: gz, brotli: br });
};
for (const name of [...files.keys()].sort((a, b) => (a < b ? -1 : 1))) add(`assets/${name}`, `/assets/${name}`, files.get(name), true);
for (const [entry, parts] of Object.entries(entries)) add(`${entry}.html`, `/${entry}.html`, shell(entry, parts, styleName, iconName, licencesName), false);

const { s, c } = cSources(assets);
writeFileSync(join(dist, 'assets.S'), s);
writeFileSync(join(dist, 'assets.c'), c);
// For whoever serves from disk in development: the same table as data.
writeFileSync(join(dist, 'pages.json'), `${JSON.stringify(PAGES.map((p) => ({ subtree: false, bridge: false, ...p })), null, 1)}\n`);

const brOf = (path) => { const a = assets.find((x) => x.path === path); return (a.brotli ?? a.identity).length; };
const kb = (n) => `${(n / KB).toFixed(1)} KB`;
let over = false;
const within = (what, size, limit) => {
    const bad = size > limit;
    over ||= bad;
    console.log(`${bad ? 'OVER ' : ''}${what}: ${kb(size)} of ${kb(limit)} brotli`);
};
within('style', brOf(`/assets/${styleName}`), BUDGET.style);
for (const [entry, { views }] of Object.entries(entries)) {
    const js = Math.max(...views.map((files) => files.reduce((sum, n) => sum + brOf(`/assets/${n}`), 0)));
    within(`${entry} script, largest view`, js, BUDGET.script);
    within(`${entry} largest first view`, js + brOf(`/assets/${styleName}`) + brOf(`/${entry}.html`) + brOf(`/assets/${iconName}`), BUDGET.view);
}
console.log(`${readdirSync(join(dist, 'assets')).length} files in dist/assets, ${Date.now() - started} ms`);
if (over) process.exit(1);
rmSync(final, { recursive: true, force: true });
renameSync(dist, final);
