#!/usr/bin/env python3
# dev: part=http loops=both minutes=2 takes=24
"""Connections as no browser makes them, plain and over TLS: requests one behind the other in pieces
that are cut and delayed at random, bytes that come while an answer is written, readers that are
slow, ends that are half, whole, resets. Each request is answered once and in order, and whoever is
unlike that harms nobody (README, RELIABILITY 2.4). The seed is BAOBEI_SEED."""
import os
import random
import socket
import ssl
import struct
import sys
import threading
import time
import urllib.parse

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import door as doors_of  # noqa: E402

RUN_S = 30 if os.environ.get('BAOBEI_FULL') == '1' else 3
THREADS, REQUESTS_MAX = 6, 14
SEED = int(os.environ.get('BAOBEI_SEED') or 0)


def kinds(door):
    """[(bytes, status, is it a HEAD)]"""
    post = f'POST {door.post} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n'
    key = f'Authorization: Bearer {door.token}\r\n'
    fields, clinic = 'Host: localhost\r\n\r\n', urllib.parse.quote('診所')
    chunks = '1\r\n{\r\n1\r\n}\r\n0\r\n\r\n'
    texts = [(f'GET /healthz HTTP/1.1\r\n{fields}', 200),
             (f'GET /readyz HTTP/1.1\r\n{fields}', 200),
             (f'HEAD /api/v1/codes HTTP/1.1\r\n{fields}', 200),
             (f'GET /api/v1/codes HTTP/1.1\r\n{fields}', 200),
             (f'GET /api/v1/openapi.json HTTP/1.1\r\n{fields}', 200),
             (f'GET /api/v1/nothing HTTP/1.1\r\n{fields}', 404),
             (f'GET /api/v1/lines HTTP/1.1\r\n{fields}', 401),
             (f'GET /api/v1/lines?limit=200 HTTP/1.1\r\n{key}{fields}', 200),
             (f'GET /api/v1/institutions?q={clinic}&limit=3 HTTP/1.1\r\n{key}{fields}', 200),
             (f'{post}{key}Content-Length: 2\r\n\r\n{{}}', 422),
             (f'{post}{key}Content-Length: 1\r\n\r\n{{', 400),
             (f'{post}{key}Expect: 100-continue\r\nContent-Length: 2\r\n\r\n{{}}', 422),
             (f'{post}{key}Transfer-Encoding: chunked\r\n\r\n{chunks}', 422)]
    return [(text.encode(), status, text.startswith('HEAD')) for text, status in texts]


def pieces_of(data, chance):
    """Cut at random; most often into few."""
    cuts = sorted(chance.randrange(len(data) + 1) for _ in range(chance.choice((0, 1, 2, 5, 20))))
    places = [0, *cuts, len(data)]
    return [data[a:b] for a, b in zip(places, places[1:]) if a < b]


class Talk:
    """One connection: sends its pieces and reads at the same time, as it pleases."""

    def __init__(self, door, chance, chosen):
        self.chance, self.chosen, self.got = chance, chosen, b''
        self.way = chance.choice(('close', 'close', 'half', 'reset', 'leave'))
        if door.secure and self.way == 'half':
            self.way = 'close'  # a half close there is a whole one
        self.slow = chance.random() < 0.1
        data = b''.join(text for text, _, _ in chosen)
        if self.way == 'close':
            last = chosen[-1][0]
            data = data[:-len(last)] + last.replace(b'\r\n', b'\r\nConnection: close\r\n', 1)
        self.pieces = pieces_of(data, chance)
        if self.way in ('reset', 'leave'):
            self.pieces = self.pieces[:chance.randrange(len(self.pieces)) + 1]
        self.s = door.connect()

    def rest(self):
        if self.chance.random() < 0.4:
            time.sleep(self.chance.choice((0, 0.0005, 0.002, 0.01)))

    def read(self, wait):
        """False: the end. Without `wait` only what is there; tickets of TLS are nothing."""
        self.s.settimeout(doors_of.WAIT_S if wait else 0)
        try:
            more = self.s.recv(4096 if self.slow else 65536)
        except (BlockingIOError, ssl.SSLWantReadError):
            return True
        finally:
            self.s.settimeout(doors_of.WAIT_S)
        self.got += more
        return more != b''

    def run(self):
        with self.s:
            if self.slow:
                self.s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
            open_still = True
            for piece in self.pieces:
                self.s.sendall(piece)
                self.rest()
                if self.chance.random() < 0.3:
                    open_still = self.read(False)
            if self.way in ('reset', 'leave'):
                if self.way == 'reset':
                    self.s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
                return None
            if self.way == 'half':
                self.s.shutdown(socket.SHUT_WR)
            while open_still:
                open_still = self.read(True)
        return self.wrong()

    def wrong(self):
        heads = {place for place, one in enumerate(self.chosen) if one[2]}
        answers, _ = doors_of.answers_of(self.got, heads)
        got, wanted = [one.status for one in answers], [one[1] for one in self.chosen]
        if got != wanted:
            return f'{got}, not {wanted}'
        ids = {one.headers['x-request-id'] for one in answers}
        return None if len(ids) == len(answers) else 'two answers to one request'


def talks(door, seed, until, faults, counts):
    chance = random.Random(seed)
    choice = kinds(door)
    while time.monotonic() < until and not faults:
        chosen = chance.choices(choice, k=chance.randrange(REQUESTS_MAX) + 1)
        talk = Talk(door, chance, chosen)
        counts[talk.way] = counts.get(talk.way, 0) + 1
        try:
            fault = talk.run()
        except (OSError, ValueError) as e:
            if talk.way in ('reset', 'leave'):
                continue
            fault = repr(e)
        if fault:
            faults.append(f'{talk.way} {[text[:60] for text in talk.pieces]}: {fault}')


def interleave(name, door):
    faults, counts = [], {}
    until = time.monotonic() + RUN_S
    threads = [threading.Thread(target=talks, args=(door, f'{SEED} {name} {n}', until, faults,
                                                    counts)) for n in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if not faults and door.process is not None and door.process.poll() is not None:
        faults.append(f'the server ended with {door.process.returncode}')
    print(f'not ok interleave_{name} {faults[0]}' if faults else f'ok interleave_{name} {counts}',
          flush=True)
    return not faults


def main():
    fine = True
    for name, door in doors_of.doors():
        try:
            fine = interleave(name, door) and fine
        finally:
            door.stop()
        if door.process is not None and door.process.returncode != 0:
            print(f'not ok interleave_{name}_ends {door.process.returncode}')
            fine = False
    return 0 if fine else 1


if __name__ == '__main__':
    sys.exit(main())
