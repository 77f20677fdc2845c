"""Requests to the byte and the statuses they get: the rules of RELIABILITY 2.4, the MUSTs of RFC
9110 and 9112 (MUST.tsv says which case stands for which). Pure: also the seeds of tests/fuzz."""
import random

HOST = 'Host: localhost\r\n'
CLOSE = 'Connection: close\r\n'


def get(target='/healthz', version='HTTP/1.1', headers=HOST + CLOSE, method='GET'):
    return f'{method} {target} {version}\r\n{headers}\r\n'


def cases(door):  # one long list, in the order of the rules
    """(name, request, statuses): all answers of the connection, in order."""
    def post(headers, body='', close=CLOSE):
        return (f'POST {door.post} HTTP/1.1\r\n{HOST}Authorization: Bearer {door.token}\r\n'
                f'Content-Type: application/json\r\n{close}{headers}\r\n{body}')

    chunked = 'Transfer-Encoding: chunked\r\n'
    fine = door.fine_body
    size = len(fine)
    one = f'{size:x}\r\n{fine}\r\n0\r\n\r\n'
    ok = door.fine_status
    yield 'plain_get', get(), [200]
    yield 'http_1_0', get(version='HTTP/1.0', headers=''), [200]
    yield 'http_1_0_host', get(version='HTTP/1.0', headers=HOST), [200]
    yield 'head', get(method='HEAD'), [200]
    yield 'head_then_get', get(method='HEAD', headers=HOST) + get(), [200, 200]
    yield 'options_star', get('*', method='OPTIONS'), [204]
    yield 'http_1_0_ends', get(version='HTTP/1.0', headers=HOST) + get(), [200]
    yield 'http_1_0_keep_alive', get(
        version='HTTP/1.0', headers=HOST + 'Connection: keep-alive\r\n') + get(), [200]
    # rule 2: collecting
    yield 'leading_crlf_4', '\r\n' * 4 + get(), [200]
    yield 'leading_crlf_5', '\r\n' * 5 + get(), [400]
    yield 'leading_lf', '\n' + get(), [400]
    yield 'head_16k', get(headers=HOST + CLOSE + 'X-Long: ' + 'a' * 16000 + '\r\n'), [200]
    yield 'head_over_16k', get(headers=HOST + 'X-Long: ' + 'a' * 17000 + '\r\n'), [431]
    yield 'line_over_16k', get('/' + 'a' * 17000), [414]
    yield 'target_8192', get('/' + 'a' * 8191), [404]
    yield 'target_8193', get('/' + 'a' * 8192), [414]
    yield 'fields_in_all_over_16k', get(headers=HOST + f'X: {"a" * 200}\r\n' * 90), [431]
    # rule 3: line ends
    yield 'bare_lf_request_line', f'GET /healthz HTTP/1.1\n{HOST}\r\n', [400]
    yield 'bare_lf_header', f'GET /healthz HTTP/1.1\r\nHost: localhost\nX: y\r\n\r\n', [400]
    yield 'bare_lf_end', f'GET /healthz HTTP/1.1\r\n{HOST}\n', [400]
    yield 'bare_cr_header', f'GET /healthz HTTP/1.1\r\n{HOST}X: a\rb\r\n\r\n', [400]
    yield 'cr_cr_lf', f'GET /healthz HTTP/1.1\r\r\n{HOST}\r\n', [400]
    yield 'nul_in_value', f'GET /healthz HTTP/1.1\r\n{HOST}X: a\0b\r\n\r\n', [400]
    yield 'nul_in_target', get('/heal\0thz'), [400]
    # rule 4: request line
    for method in ('TRACE', 'CONNECT', 'BREW', 'get', 'PRI', 'LINK', 'SOURCE'):
        yield f'method_{method}', get(method=method), [501]
    yield 'method_no_token', get(method='G@T'), [400]
    yield 'method_empty', ' /healthz HTTP/1.1\r\n' + HOST + '\r\n', [400]
    yield 'two_spaces', get(' /healthz'), [400]
    yield 'space_at_end', get(version='HTTP/1.1 '), [400]
    yield 'tab_for_space', f'GET\t/healthz HTTP/1.1\r\n{HOST}\r\n', [400]
    yield 'no_version', f'GET /healthz\r\n{HOST}\r\n', [400]
    yield 'http_0_9', 'GET /healthz\r\n\r\n', [400]
    yield 'space_in_target', get('/heal thz'), [400]
    for name, char in (('quote', '"'), ('less', '<'), ('more', '>'), ('backslash', '\\'),
                       ('caret', '^'), ('backtick', '`'), ('brace', '{'), ('bar', '|'),
                       ('fragment', '#'), ('tab', '\t'), ('del', '\x7f'), ('utf8', '\xc3\xa9')):
        yield f'target_{name}', get(f'/a{char}b'), [400]
    yield 'escape_half', get('/a%2'), [400]
    yield 'escape_no_hex', get('/a%zz'), [400]
    yield 'escape_nul', get('/a%00'), [400]
    yield 'escaped_letters', get('/%68ealthz2'), [404]
    for version, status in (('HTTP/1.2', 505), ('HTTP/2.0', 505), ('HTTP/0.9', 505),
                            ('HTTP/3.0', 505), ('http/1.1', 400), ('HTTP/1.10', 400),
                            ('HTTP/1', 400), ('HTTP/11', 400), ('HTTPS/1.1', 400)):
        name = version.replace('/', '_').replace('.', '_')
        yield f'version_{name}', get(version=version), [status]
    # rule 5: target forms
    yield 'absolute', get('http://localhost/healthz'), [200]
    yield 'absolute_https', get('https://localhost:8443/healthz'), [200]
    yield 'absolute_upper', get('HTTP://localhost/healthz'), [200]
    yield 'absolute_query', get('http://localhost?x=1', method='OPTIONS'), [204]
    yield 'absolute_bad_port', get('http://localhost:99999/healthz'), [400]
    yield 'absolute_ipv6', get('http://[::1]:80/healthz'), [200]
    yield 'absolute_no_path', get('http://localhost', method='OPTIONS'), [204]
    yield 'absolute_user', get('http://me@localhost/healthz'), [400]
    yield 'absolute_no_host', get('http:///healthz'), [400]
    yield 'absolute_https_no_host', get('https:///healthz'), [400]
    yield 'absolute_other_scheme', get('ftp://localhost/healthz'), [400]
    yield 'absolute_no_host_header', get('http://localhost/healthz', headers=CLOSE), [400]
    yield 'star_get', get('*'), [400]
    yield 'authority_form', get('localhost:80'), [400]
    yield 'no_slash', get('healthz'), [400]
    # rule 6: fields
    yield 'space_before_colon', get(headers=HOST + 'X : y\r\n'), [400]
    yield 'empty_name', get(headers=HOST + ': y\r\n'), [400]
    yield 'no_colon', get(headers=HOST + 'X\r\n'), [400]
    yield 'obs_fold', get(headers=HOST + 'X: a\r\n b\r\n'), [400]
    yield 'obs_fold_tab', get(headers=HOST + 'X: a\r\n\tb\r\n'), [400]
    yield 'first_line_folded', f'GET /healthz HTTP/1.1\r\n {HOST}\r\n', [400]
    yield 'name_no_token', get(headers=HOST + 'X(a): y\r\n'), [400]
    yield 'ctl_in_value', get(headers=HOST + 'X: a\x01b\r\n'), [400]
    yield 'del_in_value', get(headers=HOST + 'X: a\x7fb\r\n'), [400]
    yield 'tab_in_value', get(headers=HOST + CLOSE + 'X: a\tb\r\n'), [200]
    yield 'obs_text', get(headers=HOST + CLOSE + 'X: \xe9\r\n'), [200]
    yield 'empty_value', get(headers=HOST + CLOSE + 'X:\r\n'), [200]
    yield 'fields_100', get(headers=HOST + CLOSE + 'X: y\r\n' * 98), [200]
    yield 'fields_101', get(headers=HOST + CLOSE + 'X: y\r\n' * 99), [431]
    yield 'blanks_round_value', post(f'Content-Length: \t {size} \t\r\n', fine), [ok]
    yield 'unknown_field', get(headers=HOST + CLOSE + 'X-Nobody-Knows: 1\r\n'), [200]
    yield 'name_in_capitals', get(headers='HOST: localhost\r\nCONNECTION: CLOSE\r\n') + get(), [200]
    # rule 7: Host
    yield 'no_host', get(headers=CLOSE), [400]
    yield 'two_hosts', get(headers=HOST + HOST), [400]
    for name, host in (('empty', ''), ('space', 'a b'), ('at', 'me@localhost'), ('comma', 'a,b'),
                       ('port_letters', 'localhost:x'), ('port_large', 'localhost:70000'),
                       ('slash', 'localhost/'), ('bracket', '[::1')):
        yield f'host_{name}', get(headers=f'Host: {host}\r\n'), [400]
    yield 'host_1_0_two', get(version='HTTP/1.0', headers=HOST + HOST), [400]
    # rule 8: Content-Length
    yield 'body', post(f'Content-Length: {size}\r\n', fine), [ok]
    yield 'body_no_length', post(''), [411]
    for name, value in (('list', f'{size}, {size}'), ('plus', f'+{size}'), ('minus', '-1'),
                        ('hex', '0x2'), ('empty', ''), ('space', '1 0'), ('digits_19', '1' * 19)):
        yield f'length_{name}', post(f'Content-Length: {value}\r\n', fine), [400]
    yield 'length_twice', post(f'Content-Length: {size}\r\n' * 2, fine), [400]
    yield 'length_twice_other', post(
        f'Content-Length: {size}\r\nContent-Length: 1\r\n', fine), [400]
    yield 'length_huge', post('Content-Length: 999999999999999999\r\n'), [413]
    yield 'length_overflow', post(f'Content-Length: {2**64 + size}\r\n', fine), [400]
    sized = HOST + f'Content-Length: {size}\r\n'
    yield 'length_of_get', get('/api/v1/auth/pre', headers=sized) + fine + get(), [200, 200]
    yield 'length_unread', get(headers=sized) + fine + get(), [200]
    yield 'length_zeros', post(f'Content-Length: 000{size}\r\n', fine), [ok]
    if not door.secure:  # where the client can half-close
        yield 'body_cut', post(f'Content-Length: {size + 9}\r\n', fine), [400]
    # rule 9: Transfer-Encoding
    yield 'chunked', post(chunked, one), [ok]
    yield 'chunked_upper', post('Transfer-Encoding: CHUNKED\r\n', one), [ok]
    yield 'chunked_in_two', post(
        chunked, f'1\r\n{fine[0]}\r\n{size - 1:X}\r\n{fine[1:]}\r\n0\r\n\r\n'), [ok]
    yield 'chunked_and_length', post(chunked + f'Content-Length: {size}\r\n', one), [400]
    yield 'length_and_chunked', post(f'Content-Length: {size}\r\n' + chunked, one), [400]
    yield 'chunked_twice', post(chunked * 2, one), [400]
    yield 'chunked_1_0', post(chunked, one).replace('HTTP/1.1', 'HTTP/1.0'), [400]
    for name, value, status in (('gzip', 'gzip', 501), ('gzip_chunked', 'gzip, chunked', 501),
                                ('chunked_identity', 'chunked, identity', 400),
                                ('chunked_chunked', 'chunked, chunked', 400), ('empty', '', 400),
                                ('quoted', '"chunked"', 400), ('vt', '\x0bchunked', 400),
                                ('unknown', 'xchunked', 501), ('params', 'chunked;a=b', 400)):
        yield f'coding_{name}', post(f'Transfer-Encoding: {value}\r\n', one), [status]
    # chunks
    yield 'chunks_empty', post(chunked, '0\r\n\r\n', '') + get(), [400, 200]
    yield 'chunk_zeros', post(chunked, f'{"0" * 10}{size:x}\r\n{fine}\r\n000\r\n\r\n'), [ok]
    yield 'chunked_get', get('/api/v1/auth/pre', headers=HOST + chunked) + one + get(), [200, 200]
    yield 'chunk_extension', post(chunked, f'{size:x};a=b;c="d"\r\n{fine}\r\n0\r\n\r\n'), [ok]
    evil = 'Host: evil\r\nContent-Length: 3\r\n\r\n'
    yield 'trailers', post(chunked, one[:-2] + evil, '') + get(), [ok, 200]
    yield 'trailer_folded', post(chunked, one[:-2] + 'A: b\r\n c\r\n\r\n'), [400]
    yield 'trailer_lf', post(chunked, one[:-2] + 'A: b\n\r\n'), [400]
    yield 'trailer_no_colon', post(chunked, one[:-2] + 'A\r\n\r\n'), [400]
    for name, head in (('plus', '+2'), ('hex', '0x2'), ('empty', ''), ('minus', '-1'),
                       ('space', ' 2'), ('digits_17', '1' * 17), ('letters', 'zz')):
        yield f'chunk_size_{name}', post(chunked, f'{head}\r\n{fine}\r\n0\r\n\r\n'), [400]
    yield 'chunk_huge', post(chunked, f'ffffffffffffffff\r\n{fine}'), [413]
    yield 'chunk_too_long', post(chunked, f'{size:x}\r\n{fine}zz\r\n0\r\n\r\n'), [400]
    yield 'chunk_no_crlf', post(chunked, f'{size:x}\r\n{fine}0\r\n\r\n'), [400]
    yield 'chunk_lf', post(chunked, f'{size:x}\n{fine}\n0\n\n'), [400]
    if not door.secure:
        yield 'chunk_cut', post(chunked, one[:-4]), [400]
        yield 'head_cut', get()[:-2], [400]
    # rule 10: overhead
    yield 'chunk_overhead', post(chunked, f'{size:x};a={"b" * 12000}\r\n{fine}\r\n0\r\n\r\n'), [400]
    yield 'chunk_many_extensions', post(chunked, f'1;{"a" * 200}\r\n \r\n' * 80), [400]
    yield 'trailers_endless', post(chunked, one[:-2] + 'X: ' + 'a' * 12000), [400]
    # rule 11: Connection
    yield 'close_tab', get(headers=HOST + 'Connection: close\t\r\n') + get(), [200]
    yield 'close_in_list', get(headers=HOST + 'Connection: x, CLOSE , y\r\n') + get(), [200]
    yield 'close_empty_members', get(headers=HOST + 'Connection: ,, ,close,,\r\n') + get(), [200]
    yield 'close_is_no_prefix', get(headers=HOST + 'Connection: closed\r\n') + get(), [200, 200]
    yield 'close_second_field', get(headers=HOST + 'Connection: x\r\n' + CLOSE) + get(), [200]
    # rule 12: Upgrade
    upgrade = 'Upgrade: websocket\r\nConnection: upgrade\r\n'
    yield 'upgrade_ignored', get(headers=HOST + upgrade) + get(), [200, 200]
    h2c = ('Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\n'
           'HTTP2-Settings: AAMAAABkAAQAAP__\r\n')
    yield 'upgrade_h2c', get(headers=HOST + h2c) + get(), [200, 200]
    yield 'upgrade_1_0', get(version='HTTP/1.0', headers=HOST + upgrade), [200]
    upgrade += f'Content-Length: {size}\r\n'
    yield 'upgrade_with_body', post(upgrade, fine, '') + get(), [ok, 200]
    # Expect
    yield 'expect', post(f'Expect: 100-continue\r\nContent-Length: {size}\r\n', fine), [ok]
    yield 'expect_other', post(f'Expect: 200-ok\r\nContent-Length: {size}\r\n', fine), [417]
    yield 'expect_1_0_body', post(
        f'Expect: 100-continue\r\nContent-Length: {size}\r\n', fine).replace(
            'HTTP/1.1', 'HTTP/1.0'), [ok]
    yield 'expect_without_body', get(headers=HOST + CLOSE + 'Expect: 100-continue\r\n'), [200]
    yield 'expect_1_0', get(version='HTTP/1.0', headers=HOST + 'Expect: x\r\n'), [200]
    # keep-alive and pipelines
    yield 'pipeline_3', get(headers=HOST) * 2 + get(), [200, 200, 200]
    body = post(f'Content-Length: {size}\r\n', fine, '')
    yield 'pipeline_body', body * 3 + get(), [ok, ok, ok, 200]
    yield 'pipeline_chunked', post(chunked, one, '') * 2 + get(), [ok, ok, 200]
    yield 'pipeline_then_bad', get(headers=HOST) + 'BAD\r\n\r\n' + get(), [200, 400]
    unread = f'POST /nowhere HTTP/1.1\r\n{HOST}Content-Length: {size}\r\n\r\n{fine}'
    yield 'unread_body_closes', unread + get(), [404]
    yield 'range_ignored', get(headers=HOST + CLOSE + 'Range: bytes=0-0\r\n'), [200]
    yield 'range_of_unknown_unit', get(headers=HOST + CLOSE + 'Range: lines=1-2\r\n'), [200]
    yield 'date_condition_ignored', get(
        headers=HOST + CLOSE + 'If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT\r\n'
        'If-Unmodified-Since: Sun, 06 Nov 1994 08:49:37 GMT\r\n'), [200]
    yield 'method_not_allowed', get(method='DELETE'), [405]
    yield 'no_session', get('/api/v1/lines'), [401]
    yield 'get_with_body', get(headers=HOST + 'Content-Length: 5\r\n') + 'GET /' + '', [200]
    yield 'method_override', get(headers=HOST + CLOSE + 'X-HTTP-Method-Override: DELETE\r\n'), [200]
    yield 'tls_hello_in_clear', '\x16\x03\x01\x00\x05abc\r\n\r\n', [400]


def cuts(data, seed):
    """Whole, byte by byte (short ones), at random."""
    yield 'whole', [data]
    if len(data) <= 1500:
        yield 'bytes', [data[i:i + 1] for i in range(len(data))]
    rng = random.Random(seed)
    at, pieces = 0, []
    while at < len(data):
        step = rng.randint(1, max(2, len(data) // 5))
        pieces.append(data[at:at + step])
        at += step
    yield 'cut', pieces
