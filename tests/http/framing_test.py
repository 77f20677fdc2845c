#!/usr/bin/env python3
# dev: takes=44
"""HTTP framing from outside: the rules of RELIABILITY 2.4, the codes of API 1.1, the MUSTs of RFC
9110 and 9112. Each case is sent whole, byte by byte and cut at random, plain and over TLS; the
statuses must be the same. MUST.tsv names the cases of every rule; that they exist and ran is
checked at the end."""
import json
import os
import random
import sys
from concurrent.futures import ThreadPoolExecutor

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import door as doors_of  # noqa: E402
import framing_checks as checks  # noqa: E402
import must  # noqa: E402
from framing_cases import cases, cuts  # noqa: E402

CODES = {400: 'bad_request', 401: 'auth_session', 404: 'not_found', 405: 'method_not_allowed',
         411: 'length_required', 413: 'too_large', 414: 'uri_too_long', 415: 'media_type',
         417: 'expectation', 431: 'head_too_large', 501: 'not_implemented', 505: 'http_version'}
# What an answer carries without being asked (RFC 9110 11.6.1, 15.5.6, 15.5.2).
NEEDED = {401: 'www-authenticate', 405: 'allow'}
ran = set()
malformed = []


def wrong_in(answer, is_head):
    """What is wrong with an answer, whatever it answers."""
    headers = answer.headers
    if 'x-request-id' not in headers or headers.get('x-content-type-options') != 'nosniff':
        return f'no X-Request-Id or no nosniff: {headers}'
    if not checks.date_is_right(headers.get('date', '')):
        return f'Date: {headers.get("date")}'
    if 'transfer-encoding' in headers or headers.get('connection', 'close') != 'close':
        return f'framing of its own: {headers}'
    if answer.status in (204, 304) and 'content-length' in headers:
        return f'{answer.status} with a length'
    if answer.status in NEEDED and not headers.get(NEEDED[answer.status]):
        return f'{answer.status} without {NEEDED[answer.status]}'
    if 'allow' in headers and '' in [part.strip() for part in headers['allow'].split(',')]:
        return f'an empty member: {headers["allow"]}'
    if answer.status < 400 or is_head:
        return None
    if headers.get('content-type') != 'application/problem+json':
        return f'{answer.status} is no problem document'
    problem = json.loads(answer.body)
    if (problem['status'], problem['request_id']) != (answer.status, headers['x-request-id']):
        return f'the document says something else: {problem}'
    return None


def wrong_with(answers, statuses, heads):
    """What is wrong with these answers; None if nothing."""
    got = [a.status for a in answers]
    if got != statuses:
        return f'{got}, not {statuses}'
    for place, answer in enumerate(answers):
        what = wrong_in(answer, place in heads)
        if what:
            malformed.append(what)
            return what
        last = place == len(answers) - 1
        closes = answer.headers.get('connection') == 'close'
        if closes and not last:
            return 'answers behind Connection: close'
        if answer.status < 400 or place in heads:
            continue
        code = json.loads(answer.body)['code']
        if last and closes and answer.status in CODES and code != CODES[answer.status]:
            return f'code {code}'
        if answer.status in (413, 414, 431, 501, 505) and not closes:
            return f'{answer.status} without Connection: close'
    return None


def wrong_case(door, name, text, statuses, seed):
    data = text.encode('latin-1')
    heads = {0} if text.startswith('HEAD') else set()
    for how, pieces in cuts(data, f'{seed}{name}'):
        stream, orderly = doors_of.talk(door, pieces)
        try:
            answers, interim = doors_of.answers_of(stream, heads)
        except ValueError as e:
            malformed.append(str(e))
            return f'({how}) {e}'
        what = wrong_with(answers, statuses, heads)
        if what is None and not orderly:
            what = 'the connection was cut'
        if what is None and interim not in ([], [100]):
            what = f'interim answers {interim}'
        if what is None and interim and 'HTTP/1.0' in text:
            what = '100 to HTTP/1.0'
        if what:
            return f'({how}) {what}'
    return None


def check(transport, name, what):
    print(f'not ok {transport}_{name} {what}' if what else f'ok {transport}_{name}', flush=True)
    ran.add(name)
    return 1 if what else 0


def run(transport, door, seed):
    bad = 0
    with ThreadPoolExecutor(len(checks.PATIENCE)) as pool:
        patient = {} if door.secure else {one: pool.submit(one, door) for one in checks.PATIENCE}
        for name, text, statuses in cases(door):
            bad += check(transport, name, wrong_case(door, name, text, statuses, seed))
        for one in checks.EVERYWHERE + (checks.SECURE if door.secure else ()):
            bad += check(transport, one.__name__, one(door))
        for one, future in patient.items():
            bad += check(transport, one.__name__, future.result())
    # Of all the answers above: that none was malformed is a case of its own in MUST.tsv.
    bad += check(transport, 'every_answer_is_well_formed', '; '.join(malformed[:3]))
    return bad


def main():
    seed = os.environ.get('BAOBEI_SEED') or str(random.randrange(1 << 32))
    print(f'# seed {seed}')
    bad = 0
    for transport, door in doors_of.doors():
        door.fine_body = os.environ.get('BAOBEI_DOOR_BODY', '{"lines":[]}')
        door.fine_status = int(os.environ.get('BAOBEI_DOOR_STATUS', '200'))
        try:
            bad += run(transport, door, seed)
        finally:
            door.stop()
    if 'BAOBEI_DOOR_URL' not in os.environ:
        for name, what in must.wrong_rows(ran):
            print(f'not ok {name} {what}' if what else f'ok {name}')
            bad += 1 if what else 0
    sys.exit(1 if bad else 0)


main()
