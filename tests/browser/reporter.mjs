// Results in the words of ./dev test: ok NAME, not ok NAME, skip NAME reason (tests/README.md).
export default async function* reporter(events) {
    for await (const { type, data } of events) {
        if (data?.details?.type === 'suite') continue;
        if (type === 'test:pass') yield data.skip !== undefined ? `skip ${data.name} ${data.skip}\n` : `ok ${data.name}\n`;
        if (type === 'test:fail') {
            const cause = data.details.error.cause ?? data.details.error;
            yield `not ok ${data.name}\n${String(cause.stack ?? cause).replace(/^/gm, '    ')}\n`;
        }
        if (type === 'test:stdout' || type === 'test:stderr' || type === 'test:diagnostic') continue;
    }
}
