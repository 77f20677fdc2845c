"""What one exchange of bytes does not show: 100 Continue, half a head, conditions, ends of
connections, patience. Each check returns what is wrong, or None."""
import json
import re
import socket
import time

import door as doors_of
from framing_cases import CLOSE, HOST

LARGE = 3 << 20  # of a body; no route takes so much
WAIT_HEAD_S, WAIT_BODY_S, WAIT_STALL_S = 10, 10, 30
SLACK_S = 25  # of a machine that does other things besides


def bearer(door):
    return f'Authorization: Bearer {door.token}\r\nContent-Type: application/json\r\n'


def ask(door, text, heads=()):
    stream, _ = doors_of.talk(door, [text.encode()])
    return doors_of.answers_of(stream, heads)[0]


def read_all(s):
    got = b''
    while more := s.recv(65536):
        got += more
    return got


def continue_is_sent(door):
    """100 where it is asked for and nothing of the body has come; 413 instead of it."""
    head = f'POST {door.post} HTTP/1.1\r\n{HOST}{CLOSE}{bearer(door)}Expect: 100-Continue\r\n'
    with door.connect() as s:
        s.sendall(f'{head}Content-Length: {len(door.fine_body)}\r\n\r\n'.encode())
        if s.recv(25) != b'HTTP/1.1 100 Continue\r\n\r\n':
            return 'no 100'
        s.sendall(door.fine_body.encode())
        if doors_of.answers_of(read_all(s))[0][0].status != door.fine_status:
            return 'no answer behind the 100'
    got, _ = doors_of.talk(door, [f'{head}Content-Length: 99999999\r\n\r\n'.encode()])
    answers, interim = doors_of.answers_of(got)
    return None if interim == [] and answers[0].status == 413 else f'{interim} {got[:40]!r}'


def large_body_gets_its_413(door):
    """A client that sends the whole of a body that is too large, and reads only then, is not cut
    while it sends, and reads 413 (RFC 9112 9.6)."""
    head = (f'POST {door.post} HTTP/1.1\r\n{HOST}{bearer(door)}'
            f'Content-Length: {LARGE}\r\n\r\n').encode()
    for _ in range(5):
        with door.connect() as s:
            try:
                s.sendall(head)
                for _ in range(LARGE // 65536):
                    s.sendall(b'x' * 65536)
                got = read_all(s)
            except OSError as e:
                return f'cut: {e}'
        answers, _ = doors_of.answers_of(got)
        if [a.status for a in answers] != [413]:
            return repr(got[:60])
    return None


def half_a_head_does_nothing(door):
    """Nothing is answered before the empty line, whatever stands before it."""
    with door.connect() as s:
        s.sendall(f'GET /healthz HTTP/1.1\r\n{HOST}{CLOSE}X: '.encode())
        s.settimeout(0.3)
        try:
            return f'answered half a head: {s.recv(100)!r}'
        except (TimeoutError, socket.timeout):
            pass
        s.settimeout(doors_of.WAIT_S)
        s.sendall(b'y\r\n\r\n')
        return None if b' 200 ' in read_all(s)[:20] else 'no answer to the whole'


def head_tells_what_get_tells(door):
    """The header fields of HEAD are those of GET, but for what is new with every answer."""
    for target in ('/healthz', '/', '/api/v1/openapi.json'):
        told = []
        for method in ('GET', 'HEAD'):
            text = f'{method} {target} HTTP/1.1\r\n{HOST}{CLOSE}{bearer(door)}\r\n'
            answer = ask(door, text, {0} if method == 'HEAD' else ())[0]
            told.append((answer.status, {name: value for name, value in answer.headers.items()
                                         if name not in ('date', 'x-request-id')}))
        if told[0] != told[1]:
            return f'{target}: {told}'
    return None


def own_institution(door):
    answer = ask(door, f'GET /api/v1/auth/session HTTP/1.1\r\n{HOST}{CLOSE}{bearer(door)}\r\n')[0]
    return json.loads(answer.body)['subject']['institution']['code']


def conditions_are_judged(door):
    """Tags of a representation: strong for If-Match, weak for If-None-Match, lists and several
    fields; 304 says what 200 said of the representation."""
    target = f'/api/v1/institutions/{own_institution(door)}'

    def get(fields, method='GET'):
        text = f'{method} {target} HTTP/1.1\r\n{HOST}{CLOSE}{bearer(door)}{fields}\r\n'
        return ask(door, text, {0} if method == 'HEAD' else ())[0]

    plain = get('')
    tag = plain.headers['etag']
    for fields, status in ((f'If-None-Match: {tag}', 304), (f'If-None-Match: W/{tag}', 304),
                           (f'If-None-Match: "x", ,{tag}', 304), ('If-None-Match: *', 304),
                           (f'If-None-Match: "x"\r\nIf-None-Match: {tag}', 304),
                           ('If-None-Match: "x"', 200), ('If-None-Match: x', 200),
                           (f'If-Match: {tag}', 200), ('If-Match: *', 200),
                           (f'If-Match: W/{tag}', 412), ('If-Match: "x"', 412),
                           (f'If-Match: "x"\r\nIf-None-Match: {tag}', 412)):
        for method in ('GET', 'HEAD'):
            answer = get(fields + '\r\n', method)
            if answer.status != status:
                return f'{method} {fields!r}: {answer.status}, not {status}'
            if status == 304 and (answer.body or 'content-length' in answer.headers or
                                  any(answer.headers.get(name) != plain.headers.get(name)
                                      for name in ('etag', 'cache-control', 'vary'))):
                return f'{fields!r}: {answer.headers} {answer.body!r}'
    text = (f'POST {door.post} HTTP/1.1\r\n{HOST}{CLOSE}{bearer(door)}If-None-Match: *\r\n'
            f'Content-Length: {len(door.fine_body)}\r\n\r\n{door.fine_body}')
    answer = ask(door, text)[0]
    if answer.status != 400 or json.loads(answer.body)['code'] != 'bad_query':
        return f'carried out in spite of If-None-Match: {answer.status}'
    return None


def absolute_wins_over_host(door):
    """The host of an absolute target is the request's, whatever Host says: seen where the host is
    compared with the Origin. Cookies, so TLS only."""
    authority = f'localhost:{door.port}'
    pre = ask(door, f'GET /api/v1/auth/pre HTTP/1.1\r\nHost: {authority}\r\n{CLOSE}\r\n')[0]
    cookie = pre.headers['set-cookie'].split(';')[0]
    token = json.loads(pre.body)['csrf_token']
    body = '{"role":"person"}'
    seen = []
    for target_host, host in ((authority, 'evil.example'), ('evil.example', authority)):
        text = (f'POST https://{target_host}/api/v1/auth/cert/challenge HTTP/1.1\r\n'
                f'Host: {host}\r\n{CLOSE}Origin: https://{authority}\r\n'
                f'Cookie: {cookie}\r\nX-CSRF-Token: {token}\r\n'
                f'Content-Type: application/json\r\n'
                f'Content-Length: {len(body)}\r\n\r\n{body}')
        seen.append(ask(door, text)[0].status)
    return None if seen == [200, 403] else f'{seen}, not [200, 403]'


def ends(door, sent, least_s, statuses, trickle=b''):
    """Sends, then `trickle` every second, and waits until the server ends it: not before `least_s`,
    with these statuses."""
    began = time.monotonic()
    with door.connect() as s:
        s.sendall(sent)
        got = b''
        s.settimeout(1)
        while True:
            spent = time.monotonic() - began
            if spent > least_s + SLACK_S:
                return f'still open after {spent:.0f} s: {got[:60]!r}'
            try:
                more = s.recv(65536)
                if not more:
                    break
                got += more
            except (TimeoutError, socket.timeout):
                try:
                    s.sendall(trickle)
                except OSError:
                    pass
            except OSError:
                break
    spent = time.monotonic() - began
    found = [a.status for a in doors_of.answers_of(got)[0]]
    if found != statuses or spent < least_s - 1:
        return f'{found} after {spent:.1f} s, not {statuses} after {least_s}'
    return None


def slow_head_is_cut(door):
    return ends(door, b'GET /healthz HTTP/1.1\r\n', WAIT_HEAD_S, [408], b'X: y\r\n')


def slow_body_is_cut(door):
    head = f'POST {door.post} HTTP/1.1\r\n{HOST}{bearer(door)}Content-Length: 4000\r\n\r\n'
    return ends(door, head.encode(), WAIT_BODY_S, [408], b'x')


def idle_connection_is_closed(door):
    return ends(door, f'GET /healthz HTTP/1.1\r\n{HOST}\r\n'.encode(), doors_of.IDLE_S, [200])


def answers_that_nobody_reads_are_cut(door):
    """Requests without end from one who reads nothing: the server stops taking them long before
    they fill its memory, and ends the connection when nothing has moved for 30 s."""
    request = f'GET /healthz HTTP/1.1\r\n{HOST}X: {"y" * 900}\r\n\r\n'.encode() * 64
    sent, stuck = 0, None
    with door.connect() as s:
        s.settimeout(1)
        began = time.monotonic()
        while time.monotonic() - began < WAIT_STALL_S + 2 * SLACK_S:
            try:
                sent += s.send(request)
                stuck = None
                if sent > 64 << 20:
                    return f'{sent} bytes taken, nothing read'
            except (TimeoutError, socket.timeout):
                stuck = stuck or time.monotonic()
            except OSError:
                return None if stuck else f'cut while it moved, after {sent} bytes'
    return f'open {time.monotonic() - began:.0f} s after {sent} bytes'


def date_is_right(text):
    if not re.fullmatch(r'(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|'
                        r'Oct|Nov|Dec) \d{4} \d\d:\d\d:\d\d GMT', text):
        return False
    told = time.mktime(time.strptime(text, '%a, %d %b %Y %H:%M:%S GMT')) - time.timezone
    return abs(told - time.time()) < 60 and time.strftime('%a', time.gmtime(told)) == text[:3]


EVERYWHERE = (continue_is_sent, large_body_gets_its_413, half_a_head_does_nothing,
              head_tells_what_get_tells, conditions_are_judged)
SECURE = (absolute_wins_over_host,)
PATIENCE = (slow_head_is_cut, slow_body_is_cut, idle_connection_is_closed,
            answers_that_nobody_reads_are_cut)
