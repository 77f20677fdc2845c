// Writes gen/api.ts: the types of web/openapi.json, so that tsc fails where a page does not fit the
// contract that the server is held against (WEB.md 1). Run by build.mjs and before tsc; not committed.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const KNOWN = new Set(['type', 'properties', 'required', 'additionalProperties', 'items', 'enum', 'const', 'anyOf', 'oneOf', '$ref',
    // These narrow values, which TypeScript does not check.
    'description', 'pattern', 'format', 'minimum', 'maximum', 'minLength', 'maxLength', 'minItems', 'maxItems', 'uniqueItems']);
const PRIMITIVE = { string: 'string', integer: 'number', number: 'number', boolean: 'boolean', null: 'null' };

/** One schema as a type. What we do not know stops the build: a type that says less than the contract is none. */
export function typeOf(schema) {
    const odd = Object.keys(schema).filter((k) => !KNOWN.has(k));
    if (odd.length > 0) throw new Error(`api_types.mjs does not know ${odd.join(', ')}`);
    if (schema.$ref) return `Schemas['${schema.$ref.replace('#/components/schemas/', '')}']`;
    const union = schema.anyOf ?? schema.oneOf;
    if (union) return union.map(typeOf).join(' | ');
    if ('const' in schema) return JSON.stringify(schema.const);
    if (schema.enum) return schema.enum.map((v) => JSON.stringify(v)).join(' | ');
    if (schema.type === undefined) return 'unknown';
    return [schema.type].flat().map((type) => {
        if (type === 'array') return `(${typeOf(schema.items)})[]`;
        if (type !== 'object') return PRIMITIVE[type];
        const required = new Set(schema.required ?? []);
        const members = Object.entries(schema.properties ?? {}).map(([name, s]) => `${JSON.stringify(name)}${required.has(name) ? '' : '?'}: ${typeOf(s)}`);
        if (schema.additionalProperties !== false) members.push('[other: string]: unknown');
        return `{ ${members.join('; ')} }`;
    }).join(' | ');
}

export function apiTypes(openapi) {
    const lines = Object.entries(openapi.components.schemas).map(([name, schema]) => `    ${JSON.stringify(name)}: ${typeOf(schema)};`);
    const answers = Object.entries(openapi.paths).flatMap(([path, methods]) => Object.entries(methods).flatMap(([method, operation]) => {
        const good = Object.entries(operation.responses ?? {}).find(([status]) => /^20[01]$/.test(status))?.[1];
        const schema = good?.content?.['application/json']?.schema;
        return schema ? [`    ${JSON.stringify(`${method.toUpperCase()} ${path.replace('/api/v1', '')}`)}: ${typeOf(schema)};`] : [];
    }));
    return `// Made of web/openapi.json by api_types.mjs; do not edit.\n\nexport interface Schemas {\n${lines.join('\n')}\n}\n\n`
        + `/** What an operation answers when it did what it was asked. */\nexport interface Answers {\n${answers.join('\n')}\n}\n`;
}

/** Writes the file if it is not so already. */
export function writeApiTypes() {
    const file = join(here, 'gen/api.ts');
    mkdirSync(dirname(file), { recursive: true });
    const text = apiTypes(JSON.parse(readFileSync(join(here, '../openapi.json'), 'utf8')));
    if (!existsSync(file) || readFileSync(file, 'utf8') !== text) writeFileSync(file, text);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeApiTypes();
