#!/usr/bin/env python3
"""TLS, headers and the embedded pages from outside (RELIABILITY 6, WEB 4, 5, AUTH 5.1, 5.5)."""
import gzip
import json
import os
import re
import socket
import ssl
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import door as doors_of  # noqa: E402

BAD = []


def check(name, holds, what=''):
    print(f'ok {name}' if holds else f'not ok {name} {what}', flush=True)
    if not holds:
        BAD.append(name)


def context(least=ssl.TLSVersion.TLSv1_2, most=ssl.TLSVersion.TLSv1_3, ciphers=None):
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.check_hostname, made.verify_mode = False, ssl.CERT_NONE
    made.minimum_version, made.maximum_version = least, most
    made.set_alpn_protocols(['h2', 'http/1.1'])
    if ciphers:
        made.set_ciphers(ciphers)
    return made


def shake(door, made, session=None):
    """The TLS socket after a request on it, or the error."""
    plain = socket.create_connection((door.host, door.port), timeout=doors_of.WAIT_S)
    try:
        s = made.wrap_socket(plain, server_hostname='localhost', session=session)
        s.sendall(b'GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n')
        s.got = b''
        while more := s.recv(65536):
            s.got += more
        return s
    except (ssl.SSLError, OSError) as e:
        plain.close()
        return e


def versions(door):
    for name, version in (('1_2', ssl.TLSVersion.TLSv1_2), ('1_3', ssl.TLSVersion.TLSv1_3)):
        s = shake(door, context(version, version))
        check(f'tls_{name}', isinstance(s, ssl.SSLSocket) and b' 200 ' in s.got, s)
        if not isinstance(s, ssl.SSLSocket):
            continue
        suite = s.cipher()[0]
        check(f'tls_{name}_aead', re.search('GCM|POLY1305', suite) is not None, suite)
        protocol = s.selected_alpn_protocol()
        check(f'tls_{name}_alpn', protocol == 'http/1.1', protocol)
        again = shake(door, s.context, s.session)
        resumed = isinstance(again, ssl.SSLSocket) and again.session_reused
        check(f'tls_{name}_resumes', resumed, again)
    for name, ciphers in (('cbc', 'ECDHE-ECDSA-AES128-SHA256:ECDHE-ECDSA-AES128-SHA'),
                          ('rsa', 'AES128-GCM-SHA256'), ('dhe', 'DHE-RSA-AES128-GCM-SHA256')):
        s = shake(door, context(most=ssl.TLSVersion.TLSv1_2, ciphers=ciphers + ':@SECLEVEL=0'))
        check(f'tls_refuses_{name}', isinstance(s, ssl.SSLError), s)
    old = context(ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1, 'ALL:@SECLEVEL=0')
    check('tls_refuses_1_1', isinstance(shake(door, old), (ssl.SSLError, OSError)))


def strangers(door):
    """Bytes that are no handshake end the connection and harm nobody."""
    for name, data in (('http', b'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'),
                       ('zeros', b'\0' * 600),
                       ('half_hello', b'\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'),
                       ('huge_record', b'\x16\x03\x01\xff\xff' + b'a' * 65535)):
        with socket.create_connection((door.host, door.port), timeout=doors_of.WAIT_S) as s:
            s.sendall(data)
            s.shutdown(socket.SHUT_WR)
            got = b''
            try:
                while more := s.recv(65536):
                    got += more
            except OSError:
                pass
            check(f'stranger_{name}', b'HTTP/' not in got, got[:40])
    s = shake(door, context())
    check('stranger_others_are_served', isinstance(s, ssl.SSLSocket) and b' 200 ' in s.got, s)


def ask(door, target, headers='', method='GET', body=''):
    text = (f'{method} {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n'
            f'{headers}\r\n{body}')
    stream, _ = doors_of.talk(door, [text.encode()])
    answers, _ = doors_of.answers_of(stream, {0} if method == 'HEAD' else ())
    return answers[0]


def headers(door):
    a = ask(door, '/api/v1/nothing')
    hsts = a.headers.get('strict-transport-security')
    check('hsts', hsts == 'max-age=31536000; includeSubDomains', hsts)
    check('api_policy', a.headers.get('content-security-policy') ==
          "default-src 'none'; frame-ancestors 'none'")
    check('api_no_store', a.headers.get('cache-control') == 'no-store')
    check('no_server_header', 'server' not in a.headers)


def pages(door):
    a = ask(door, '/')
    if a.status == 404:
        print('skip pages no UI is built in')
        return
    policy = a.headers.get('content-security-policy', '')
    check('page', a.status == 200 and a.headers['content-type'].startswith('text/html'))
    for part in ("default-src 'none'", "script-src 'self'", "frame-ancestors 'none'",
                 "base-uri 'none'", "require-trusted-types-for 'script'", "form-action 'self'"):
        check('page_policy_' + part.split()[0].replace('-', '_'), part in policy, policy)
    check('page_no_cache', a.headers.get('cache-control') == 'no-cache')
    again = ask(door, '/', f'If-None-Match: "other", {a.headers["etag"]}\r\n')
    check('page_304', again.status == 304 and again.body == b'' and 'etag' in again.headers)
    check('page_post', ask(door, '/', method='POST').status == 405)
    check('page_head', ask(door, '/', method='HEAD').headers['content-length'] == str(len(a.body)))
    missing(door)
    found = re.search(rb'/assets/[\w.-]+\.js', a.body)
    if not found:
        return
    path = found.group().decode()
    plain = ask(door, path)
    cache = plain.headers.get('cache-control')
    check('asset_immutable', cache == 'public, max-age=31536000, immutable', cache)
    check('asset_vary', plain.headers.get('vary') == 'Accept-Encoding')
    zipped = ask(door, path, 'Accept-Encoding: gzip\r\n')
    check('asset_gzip', zipped.headers.get('content-encoding') == 'gzip' and
          gzip.decompress(zipped.body) == plain.body)
    brotli = ask(door, path, 'Accept-Encoding: gzip, deflate, br\r\n')
    check('asset_br', brotli.headers.get('content-encoding') == 'br' and
          len(brotli.body) < len(zipped.body))
    refused = ask(door, path, 'Accept-Encoding: br;q=0, gzip;q=0\r\n')
    check('asset_identity', 'content-encoding' not in refused.headers and
          refused.body == plain.body)
    check('asset_unknown', ask(door, path[:-5] + 'zz.js').status == 404)


def missing(door):
    """Who typed a wrong address reads a page; programs, the API and files get data."""
    browser = 'Accept: text/html,application/xhtml+xml,*/*;q=0.8\r\n'
    for path in ('/nosuch', '/home/xyz', '/home/'):
        a = ask(door, path, browser)
        policy = a.headers.get('content-security-policy', '')
        check('missing_page', a.status == 404 and b'<html' in a.body and
              a.headers['content-type'].startswith('text/html') and
              a.headers.get('cache-control') == 'no-store' and "script-src 'self'" in policy, path)
    for path, more in (('/nosuch', ''), ('/nosuch', 'Accept: text/html;q=0\r\n'),
                       ('/nosuch', 'Accept: */*\r\n'), ('/api/v1/nosuch', browser),
                       ('/assets/nosuch.js', browser)):
        a = ask(door, path, more)
        check('missing_data', a.status == 404 and
              a.headers['content-type'].startswith('application/problem+json'), path + more)


def before_log_in(door):
    a = ask(door, '/api/v1/auth/pre')
    if a.status == 404:
        print('skip before_log_in no such route on this server')
        return
    cookie = a.headers.get('set-cookie', '')
    form = r'__Host-baobei-pre=[\w-]{43}; Path=/; Secure; HttpOnly; SameSite=Lax'
    check('pre_cookie', re.fullmatch(form, cookie) is not None, cookie)
    token = json.loads(a.body)['csrf_token']
    pair = cookie.split(';')[0]
    body = '{"role":"person"}'
    fine = {'Origin': 'https://localhost', 'Cookie': pair, 'X-CSRF-Token': token,
            'Sec-Fetch-Site': 'same-origin'}

    def challenge(**changed):
        sent = dict(fine, **{k.replace('_', '-'): v for k, v in changed.items()})
        lines = ''.join(f'{k}: {v}\r\n' for k, v in sent.items() if v is not None)
        return ask(door, '/api/v1/auth/cert/challenge',
                   f'Content-Type: application/json\r\nContent-Length: {len(body)}\r\n{lines}',
                   'POST', body)

    check('csrf_fine', challenge().status == 200)
    for name, changed in (('no_origin', {'Origin': None}),
                          ('other_origin', {'Origin': 'https://evil'}),
                          ('http_origin', {'Origin': 'http://localhost'}),
                          ('other_port', {'Origin': 'https://localhost:1'}),
                          ('no_token', {'X_CSRF_Token': None}),
                          ('wrong_token', {'X_CSRF_Token': 'A' * 43}),
                          ('no_cookie', {'Cookie': None}),
                          ('other_cookie', {'Cookie': '__Host-baobei-pre=' + 'A' * 43}),
                          ('cross_site', {'Sec_Fetch_Site': 'cross-site'})):
        a = challenge(**changed)
        check(f'csrf_{name}', a.status == 403 and json.loads(a.body)['code'] == 'csrf', a.status)


def main():
    for transport, door in doors_of.doors():
        try:
            if door.secure:
                versions(door)
                strangers(door)
                headers(door)
                pages(door)
                before_log_in(door)
        finally:
            door.stop()
    sys.exit(1 if BAD else 0)


main()
