"""Clients that keep a server waiting, as slowhttptest has them: a head that never ends, a body
that trickles, answers that are read byte by byte. One process, any number of connections.

    python3 slow_clients.py KIND COUNT HOST:PORT SECONDS [TOKEN]

keeps COUNT connections of KIND (head, body, read) open, opens a new one for each that is cut, and
prints one JSON line at the end: how many were opened, refused, cut, and how long the longest
lived."""
import heapq
import json
import selectors
import socket
import sys
import time

TRICKLE_S = 5  # between two pieces of one connection
RECEIVE_BUFFER = 1024  # of one that reads slowly: a small window (the kernel doubles it)
READ_SIZE = 32
ESTABLISHED = 1  # of TCP_INFO
PIPELINED = 20


def head_of(method, target, host, more=''):
    return f'{method} {target} HTTP/1.1\r\nHost: {host}\r\n{more}'.encode()


class Kind:
    """What is sent first, then again and again; whether answers are read as they come."""

    def __init__(self, name, host, token):
        self.reads = name != 'read'
        if name == 'head':
            self.first = head_of('GET', '/healthz', host, 'X-A: b\r\n')
            self.piece = b'X-B: c\r\n'
        elif name == 'body':
            self.first = head_of('POST', '/api/v1/cases/preview', host,
                                 f'Authorization: Bearer {token}\r\nContent-Length: 8192\r\n'
                                 'Content-Type: application/json\r\n\r\n{')
            self.piece = b' ' * 16
        else:
            self.first = head_of('GET', '/api/v1/openapi.json', host, '\r\n') * PIPELINED
            self.piece = b''


class Attack:
    def __init__(self, kind, address):
        self.kind, self.address = kind, address
        self.selector = selectors.DefaultSelector()
        self.born = {}  # socket -> when it was opened
        self.due = []   # (when, number, socket): the next piece
        self.opened = self.refused = self.cut = self.number = 0
        self.longest = 0.0

    def open(self):
        s = socket.socket()
        if not self.kind.reads:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
        try:
            s.connect(self.address)
            s.setblocking(False)
            s.send(self.kind.first)
        except OSError:
            self.refused += 1
            s.close()
            return
        self.opened += 1
        self.born[s] = time.monotonic()
        self.plan(s)
        if self.kind.reads:
            self.selector.register(s, selectors.EVENT_READ)

    def plan(self, s):
        self.number += 1
        heapq.heappush(self.due, (time.monotonic() + TRICKLE_S, self.number, s))

    def end(self, s):
        self.cut += 1
        self.longest = max(self.longest, time.monotonic() - self.born.pop(s))
        if self.kind.reads:
            self.selector.unregister(s)
        s.close()

    def nudge(self, s):
        """The next piece; who reads slowly takes a few bytes, and asks the kernel whether that is
        all there is left: what came before a reset can still be read after it."""
        try:
            if self.kind.reads:
                s.send(self.kind.piece)
            elif s.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0] != ESTABLISHED:
                raise ConnectionError
            else:
                s.recv(READ_SIZE)
        except BlockingIOError:
            pass
        except OSError:
            self.end(s)
            return
        self.plan(s)

    def drain(self, s):
        try:
            while s.recv(4096):
                pass
            self.end(s)
        except BlockingIOError:
            pass
        except OSError:
            self.end(s)

    def run(self, count, seconds):
        began = time.monotonic()
        while time.monotonic() - began < seconds:
            for _ in range(min(50, count - len(self.born))):  # not all in one moment
                self.open()
            for key, _ in self.selector.select(0.02):
                self.drain(key.fileobj)
            while self.due and self.due[0][0] <= time.monotonic():
                s = heapq.heappop(self.due)[2]
                if s in self.born:
                    self.nudge(s)
            if not self.kind.reads:
                time.sleep(0.02)  # there is nothing to select on: the next look
        now = time.monotonic()
        held = [now - born for born in self.born.values()]
        return {'opened': self.opened, 'refused': self.refused, 'cut': self.cut,
                'held': len(held), 'longest_s': round(max([self.longest, *held]), 1)}


def main():
    name, count, where, seconds, token = (sys.argv[1:] + [''])[:5]
    host, port = where.rsplit(':', 1)
    attack = Attack(Kind(name, where, token), (host, int(port)))
    print(json.dumps(attack.run(int(count), float(seconds))), flush=True)


if __name__ == '__main__':
    main()
