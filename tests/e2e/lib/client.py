"""One connection to the server: exact requests, whole answers.

    client = Client("http://127.0.0.1:8080", token=secret)
    answer = client.post("/cases", {"lines": [...], "submit": True}, key="k1")
    answer.status, answer.json, answer.headers["location"]

Paths without /api/ in front are under /api/v1. A kept connection is used again and opened anew
when the
server had closed it. `Gone`: the connection ended before the answer; whether the request did
anything is not
known. A client belongs to one thread.
"""
import json
import socket
import ssl
import urllib.parse

TIMEOUT_S = 60


class Gone(Exception):
    """No answer came."""


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body
        self.asked = None  # method and path

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def code(self):
        """Of a problem document; None for others."""
        return self.json.get("code") if self.status >= 400 and self.body[:1] == b"{" else None

    def wants(self, *statuses):
        """Itself, if it has one of these statuses; else an AssertionError that shows it."""
        if self.status not in statuses:
            raise AssertionError(f"{self.status}, not {statuses}: {self.body[:600]!r}")
        return self

    def __repr__(self):
        return f"Answer({self.asked}: {self.status}, {self.body[:600]!r})"


def tls_context(ca):
    """Checks the server's name and chain against this file."""
    context = ssl.create_default_context(cafile=ca)
    context.set_alpn_protocols(["http/1.1"])
    return context


class Client:
    def __init__(self, url, token=None, context=None, timeout=TIMEOUT_S, address=None):
        parts = urllib.parse.urlsplit(url)
        self.url, self.host, self.port = url, parts.hostname, parts.port
        self.context = context if parts.scheme == "https" else None
        self.timeout = timeout
        self.address = address  # of ours, from which it connects; None: any
        self.headers = {}  # sent with every request
        self.cookies = {}
        self.socket = None
        self.rest = b""
        if token:
            self.headers["Authorization"] = f"Bearer {token}"

    # ---- requests ----

    def get(self, path, **more):
        return self.request("GET", path, **more)

    def post(self, path, body=None, **more):
        return self.request("POST", path, body, **more)

    def patch(self, path, body, **more):
        return self.request("PATCH", path, body, **more)

    def delete(self, path, **more):
        return self.request("DELETE", path, **more)

    def request(self, method, path, body=None, key=None, version=None, headers=None, raw=None):
        """`key`: Idempotency-Key; `version`: number of If-Match; `raw`: bytes instead of JSON."""
        fields = dict(self.headers)
        if key is not None:
            fields["Idempotency-Key"] = key
        if version is not None:
            fields["If-Match"] = f'"{version}"'
        data = raw
        if body is not None:
            data = json.dumps(body, ensure_ascii=False).encode()
            fields["Content-Type"] = "application/json"
        if data is not None or method in ("POST", "PATCH", "PUT"):
            fields["Content-Length"] = str(len(data or b""))
        if self.cookies:
            fields["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        fields.update(headers or {})
        path = path if path.startswith("/api/") or path.startswith("/.") else "/api/v1" + path
        return self.exchange(method, path, fields, data or b"")

    def raw(self, path):
        """GET of a path that is not under /api/v1 (/readyz)."""
        return self.exchange("GET", path, dict(self.headers), b"")

    # ---- the wire ----

    def exchange(self, method, path, fields, data):
        head = [f"{method} {path} HTTP/1.1", f"Host: {self.host}:{self.port}"]
        head += [f"{name}: {value}" for name, value in fields.items()]
        message = "\r\n".join(head).encode() + b"\r\n\r\n" + data
        answer = self.answered(message, method)
        answer.asked = f"{method} {path}"
        return answer

    def answered(self, message, method):
        fresh = self.socket is None
        try:
            return self.once(message, method)
        except Gone as gone:
            # A connection kept from before may have been closed while idle: before
            # any byte of ours was
            # answered, and only then, a GET may go again.
            if fresh or method != "GET" or gone.args:
                raise
            return self.once(message, method)

    def once(self, message, method):
        try:
            self.open()
            self.socket.sendall(message)
            answer = self.receive(method)
        except (OSError, EOFError) as error:
            self.close()
            raise Gone(*([str(error)] if str(error) else [])) from error
        for value in answer.cookies:
            name, _, text = value.split(";")[0].partition("=")
            if text:
                self.cookies[name] = text
            else:
                self.cookies.pop(name, None)
        if answer.headers.get("connection", "").lower() == "close":
            self.close()
        return answer

    def open(self):
        if self.socket is not None:
            return
        plain = socket.create_connection((self.host, self.port), timeout=self.timeout,
                                         source_address=self.address and (self.address, 0))
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.rest = b""
        if self.context is None:
            self.socket = plain
            return
        try:
            self.socket = self.context.wrap_socket(plain, server_hostname=self.host)
        except OSError:
            plain.close()
            raise

    def close(self):
        if self.socket is not None:
            self.socket.close()
            self.socket = None

    def more(self):
        got = self.socket.recv(65536)
        if not got:
            raise EOFError
        self.rest += got

    def receive(self, method):
        while b"\r\n\r\n" not in self.rest:
            self.more()
        head, _, self.rest = self.rest.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        status = int(lines[0].split(" ")[1])
        if status < 200:
            return self.receive(method)
        headers, cookies = {}, []
        for line in lines[1:]:
            name, _, value = line.partition(": ")
            headers[name.lower()] = value
            if name.lower() == "set-cookie":
                cookies.append(value)
        size = 0
        if method != "HEAD" and status not in (204, 304):
            size = int(headers["content-length"])
        while len(self.rest) < size:
            self.more()
        answer = Answer(status, headers, self.rest[:size])
        answer.cookies = cookies
        self.rest = self.rest[size:]
        return answer

    # ---- events ----

    def events(self, path, headers=None):
        """Each event of a stream as {"event", "id", "data"}, until the server ends it. Comments are
        left out. The connection is used up."""
        fields = {**self.headers, **(headers or {})}
        if self.cookies:
            fields["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        head = [f"GET /api/v1{path} HTTP/1.1", f"Host: {self.host}:{self.port}",
                *(f"{name}: {value}" for name, value in fields.items())]
        self.open()
        self.socket.sendall("\r\n".join(head).encode() + b"\r\n\r\n")
        answer = self.line_by_line()
        status = next(answer)
        if b" 200 " not in status:
            raise AssertionError(status)
        while next(answer) != b"\r":
            pass
        yield from self.blocks(answer)
        self.close()

    def line_by_line(self):
        while True:
            while b"\n" not in self.rest:
                try:
                    self.more()
                except (OSError, EOFError):
                    return
            line, _, self.rest = self.rest.partition(b"\n")
            yield line

    @staticmethod
    def blocks(lines):
        event = {}
        for line in lines:
            if line and not line.startswith(b":"):
                name, _, value = line.partition(b": ")
                event[name.decode()] = value.decode()
            elif event:
                yield {**event, "data": json.loads(event["data"])}
                event = {}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
