"""The server under test, and a client that sends exact bytes. Python standard library only.

BAOBEI_DOOR_URL (and BAOBEI_DOOR_POST, a path that takes a JSON body, and BAOBEI_DOOR_TOKEN) name a
server that runs already; else a copy of the demo is served, plain and over TLS."""
import json
import os
import re
import shutil
import socket
import ssl
import subprocess
import tempfile
import time
import urllib.parse

WAIT_S = 20
IDLE_S = 16  # how long the server keeps an idle connection


class Door:
    """One listener: where it is, and a route that takes a small JSON body with this token."""

    def __init__(self, url, post, token, process=None, folder=None):
        parts = urllib.parse.urlsplit(url)
        self.secure, self.host, self.port = parts.scheme == 'https', parts.hostname, parts.port
        self.post, self.token, self.process, self.folder = post, token, process, folder

    def connect(self):
        plain = socket.create_connection((self.host, self.port), timeout=WAIT_S)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if not self.secure:
            return plain
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        context.set_alpn_protocols(['http/1.1'])
        return context.wrap_socket(plain, server_hostname='localhost')

    def stop(self):
        if self.process is not None:
            self.process.terminate()
            self.process.wait(WAIT_S)
        if self.folder is not None:
            shutil.rmtree(self.folder, ignore_errors=True)


def free_port():
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        return probe.getsockname()[1]


def wait_for(port, secure, process):
    end = time.monotonic() + 60
    door = Door(f'{"https" if secure else "http"}://127.0.0.1:{port}', '', '')
    while time.monotonic() < end and process.poll() is None:
        try:
            with door.connect() as s:
                s.sendall(b'GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n')
                if b' 200 ' in s.recv(64):
                    return
        except OSError:
            pass
        time.sleep(0.05)  # between attempts, not instead of one
    raise SystemExit('not ok server_starts')


def serve(secure):
    """A copy of the demo with ports of its own; the token is made before the server runs."""
    folder = tempfile.mkdtemp(prefix='baobei-http-')
    data = os.path.join(folder, 'demo')
    shutil.copytree(os.environ['BAOBEI_DEMO'], data)
    config = os.path.join(data, 'baobei.conf')
    with open(config, encoding='utf-8') as f:
        text = f.read()
    text = text.replace(os.environ['BAOBEI_DEMO'].rstrip('/'), data)
    text = re.sub(r'(?m)^(\s*\S*listen\S*\s*=.*?:)\d+',
                  lambda m: m.group(1) + str(free_port()), text)
    text = text.replace('[server]\n', f'[server]\nidle_s = {IDLE_S}\n', 1)
    with open(config, 'w', encoding='utf-8') as f:
        f.write(text)
    with open(os.path.join(data, 'demo.json'), encoding='utf-8') as f:
        code = next(i['institution'] for i in json.load(f)['identities']
                    if i['role'] == 'institution')
    program = os.path.join(os.environ['BAOBEI_BUILD'], 'baobei')
    token = subprocess.run(
        [program, 'token', 'add', '--config', config, '--institution', code, '--name', 'framing',
         '--rights', 'read,file,submit'], check=True, capture_output=True, text=True).stdout.strip()
    port = free_port()
    url = f'{"https" if secure else "http"}://127.0.0.1:{port}'
    environment = dict(os.environ, BAOBEI_LOOPS=os.environ.get('BAOBEI_LOOPS', '1'))
    process = subprocess.Popen([program, 'serve', '--config', config, '--listen', url],
                               env=environment)
    wait_for(port, secure, process)
    return Door(url, '/api/v1/cases/preview', token, process, folder)


def doors():
    """(name, Door) for each transport."""
    url = os.environ.get('BAOBEI_DOOR_URL')
    if url:
        yield 'given', Door(url, os.environ['BAOBEI_DOOR_POST'],
                            os.environ.get('BAOBEI_DOOR_TOKEN', ''))
        return
    for secure in (False, True):
        yield ('tls' if secure else 'plain'), serve(secure)


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body


def answers_of(data, heads=()):
    """The answers in a stream, interim ones apart; `heads` are the places that answer a HEAD."""
    found, interim = [], []
    while data:
        head, gap, rest = data.partition(b'\r\n\r\n')
        if not gap:
            raise ValueError(f'half an answer: {data[:80]!r}')
        lines = head.decode('latin-1').split('\r\n')
        match = re.fullmatch(r'HTTP/1\.1 (\d{3}) [ -~]+', lines[0])
        if not match:
            raise ValueError(f'no status line: {lines[0]!r}')
        status = int(match.group(1))
        headers = {}
        for line in lines[1:]:
            name, value = line.split(': ', 1)
            headers[name.lower()] = value
        if status < 200:
            interim.append(status)
            data = rest
            continue
        size = 0 if status in (204, 304) or len(found) in heads else int(headers['content-length'])
        if len(rest) < size:
            raise ValueError(f'a body of {len(rest)} bytes, {size} were told')
        found.append(Answer(status, headers, rest[:size]))
        data = rest[size:]
    return found, interim


def talk(door, pieces, end=True):
    """Sends the pieces one write each, half-closes where that is possible, and reads to the end.
    (bytes, True if the server ended the stream in order)"""
    got = b''
    with door.connect() as s:
        try:
            for piece in pieces:
                s.sendall(piece)
        except OSError:
            pass  # refused meanwhile: the answer is what counts
        if end and not door.secure:
            try:
                s.shutdown(socket.SHUT_WR)
            except OSError:
                pass
        while True:
            try:
                more = s.recv(65536)
            except (ssl.SSLError, ConnectionError):
                return got, False
            if not more:
                return got, True
            got += more
