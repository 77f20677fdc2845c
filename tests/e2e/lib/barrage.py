"""Many connections in one thread, each with a request under way at all times: closed loop, little
overhead.

    answers = barrage(server, [[bytes, bytes, ...], ...])     requests of each connection, in order
    answers[connection][i] -> Answer

For plain HTTP. The bytes are made before the first is sent, so that the client does nothing but
send and read.
"""
import json
import selectors
import socket

from client import Answer


def request_bytes(server, token, method, path, body, key):
    data = json.dumps(body, ensure_ascii=False).encode()
    host = server.url.split("//")[1]
    return (f"{method} /api/v1{path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\n"
            f"Idempotency-Key: {key}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(data)}\r\n\r\n").encode() + data


class Connection:
    def __init__(self, server, requests):
        host, port = server.url.split("//")[1].split(":")
        self.socket = socket.create_connection((host, int(port)), timeout=60)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.requests, self.answers, self.got = requests, [], b""

    def send_next(self):
        """False when all were answered."""
        if len(self.answers) == len(self.requests):
            return False
        self.socket.sendall(self.requests[len(self.answers)])
        return True

    def read(self):
        """True if an answer is whole."""
        more = self.socket.recv(65536)
        if not more:
            raise AssertionError(f"the connection ended after {len(self.answers)} answers")
        self.got += more
        head, gap, rest = self.got.partition(b"\r\n\r\n")
        if not gap:
            return False
        lines = head.decode("latin-1").split("\r\n")
        parted = (line.partition(": ") for line in lines[1:])
        headers = {name.lower(): value for name, _, value in parted}
        size = int(headers["content-length"])
        if len(rest) < size:
            return False
        self.answers.append(Answer(int(lines[0].split(" ")[1]), headers, rest[:size]))
        self.got = rest[size:]
        return True


def barrage(server, requests):
    connections = [Connection(server, own) for own in requests]
    selector = selectors.DefaultSelector()
    for connection in connections:
        selector.register(connection.socket, selectors.EVENT_READ, connection)
    left = sum(connection.send_next() for connection in connections)
    while left > 0:
        ready = selector.select(60)
        if not ready:
            raise AssertionError(f"{left} connections got no answer within 60 s")
        for key, _ in ready:
            if key.data.read() and not key.data.send_next():
                selector.unregister(key.data.socket)
                left -= 1
    for connection in connections:
        connection.socket.close()
    return [connection.answers for connection in connections]
