#!/usr/bin/env python3
"""baobei-card over real sockets, with SoftHSM2 tokens behind the lockshim (AUTH 7.8, 9)."""

import base64
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import traceback

BUILD = os.path.abspath(os.environ.get("BAOBEI_BUILD", "build/debug"))
ORIGIN = "https://127.0.0.1:8443"
OTHER = "https://localhost:8443"
EVIL = "https://evil.example"
# Not looked for below /usr/lib: links there can lead in circles.
SOFTHSM = ["/usr/lib/softhsm/libsofthsm2.so", "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
           "/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so"]
PIN = "135790"

PKI = """
[req]
distinguished_name = dn
prompt = no
utf8 = yes
[dn]
C = TW
CN = 王小明
[leaf]
basicConstraints = critical,CA:false
keyUsage = critical,digitalSignature
2.5.29.9 = ASN1:SEQUENCE:sda
[cipher]
keyUsage = critical,keyEncipherment
[sda]
rank = SEQUENCE:rank
type = SEQUENCE:type
[rank]
oid = OID:2.16.886.1.100.2.2
values = SET:rank_value
[rank_value]
value = UTF8:primary
[type]
oid = OID:2.16.886.1.100.2.1
values = SET:type_value
[type_value]
value = OID:KIND
"""
HPC, HOP, CITIZEN = "2.16.886.1.100.3.1.7", "2.16.886.1.100.3.2.21", "2.16.886.1.100.3.1.1"


def run(*command, **more):
    done = subprocess.run(command, capture_output=True, text=True, **more)
    if done.returncode != 0:
        raise AssertionError(f"{command[0]}: {done.stdout}{done.stderr}")
    return done.stdout


class Reader:
    """A folder of SoftHSM2 tokens: three cards."""

    def __init__(self, folder):
        self.folder = folder
        self.conf = os.path.join(folder, "softhsm2.conf")
        self.tokens = os.path.join(folder, "tokens")
        self.state = os.path.join(folder, "lockshim")
        os.mkdir(self.tokens)
        os.mkdir(self.state)
        with open(self.conf, "w") as file:
            file.write(f"directories.tokendir = {self.tokens}\nobjectstore.backend = file\n"
                       "log.level = ERROR\nslots.removable = true\n")
        self.env = {**os.environ, "SOFTHSM2_CONF": self.conf}
        self.serial, self.cert = {}, {}
        for label, kind in (("person", HPC), ("hospital", HOP), ("citizen", CITIZEN)):
            self.add(label, kind)

    def path(self, name):
        return os.path.join(self.folder, name)

    def add(self, label, kind):
        with open(self.path("pki.cnf"), "w") as file:
            file.write(PKI.replace("KIND", kind))
        key, der = self.path(label + ".key"), self.path(label + ".der")
        run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key,
            "-outform", "DER", "-out", der, "-days", "30", "-config", self.path("pki.cnf"),
            "-extensions", "leaf")
        run("softhsm2-util", "--init-token", "--free", "--label", label, "--so-pin", "so-12345",
            "--pin", PIN, env=self.env)
        run("softhsm2-util", "--import", key, "--token", label, "--label", "sign", "--id", "01",
            "--pin", PIN, env=self.env)
        module = next(path for path in SOFTHSM if os.path.exists(path))
        run("pkcs11-tool", "--module", module, "--token-label", label, "--login", "--pin", PIN,
            "--write-object", der, "--type", "cert", "--id", "01", "--label", "sign",
            env=self.env)
        listing = run("softhsm2-util", "--show-slots", env=self.env)
        for block in listing.split("Slot ")[1:]:
            found = re.search(r"Serial number:\s*(\w+)", block)
            if found and re.search(rf"Label:\s*{label}\b", block):
                self.serial[label] = found.group(1)
        with open(der, "rb") as file:
            self.cert[label] = file.read()

    def flag(self, label, name):
        return os.path.join(self.state, f"{self.serial[label]}.{name}")

    def verify(self, label, tbs, signature):
        for name, content in (("tbs", tbs), ("sig", signature)):
            with open(self.path(name), "wb") as file:
                file.write(content)
        public = run("openssl", "x509", "-inform", "DER", "-in", self.path(label + ".der"),
                     "-noout", "-pubkey")
        with open(self.path("pub"), "w") as file:
            file.write(public)
        run("openssl", "dgst", "-sha256", "-verify", self.path("pub"), "-signature",
            self.path("sig"), self.path("tbs"))


class Bridge:
    """A running baobei-card."""

    def __init__(self, reader, settings="", env=None, origins=f"{ORIGIN}, {OTHER}",
                 modules="libbaobei-lockshim.so", ports="0"):
        self.config = reader.path("baobei-card.conf")
        with open(self.config, "w") as file:
            file.write(f"modules = {modules}\norigins = {origins}\nports = {ports}\n"
                       f"softhsm2_conf = softhsm2.conf\n{settings}")
        self.log = open(reader.path("log"), "w+")
        self.process = subprocess.Popen(
            [os.path.join(BUILD, "baobei-card"), "--config", self.config],
            stdout=subprocess.PIPE, stderr=self.log, text=True, env={**os.environ, **(env or {})})
        line = self.process.stdout.readline()
        found = re.fullmatch(r"baobei-card: http://127\.0\.0\.1:(\d+)\n", line)
        if not found:
            raise AssertionError(f"said {line!r}: {self.logged()}")
        self.port = int(found.group(1))

    def logged(self):
        self.log.flush()
        with open(self.log.name) as file:
            return file.read()

    def __enter__(self):
        return self

    def __exit__(self, kind, *rest):
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(30)
        text = self.logged()
        self.log.close()
        if kind is None and (status != 0 or "ERROR:" in text or "Sanitizer" in text):
            raise AssertionError(f"ended with {status}: {text[-3000:]}")
        if PIN in text:
            raise AssertionError("a PIN is in the log")

    def raw(self, request, address=("127.0.0.1",)):
        family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        with socket.socket(family, socket.SOCK_STREAM) as peer:
            peer.settimeout(60)
            peer.connect((address[0], self.port))
            peer.sendall(request)
            answer = b""
            while piece := peer.recv(65536):
                answer += piece
        return Answer(answer)

    def ask(self, method, path, body=None, drop=(), **fields):
        head = {"Host": f"127.0.0.1:{self.port}", "Origin": ORIGIN, "X-Card-Bridge": "1"}
        if body is not None:
            head["Content-Type"] = "application/json"
            if not isinstance(body, bytes):
                body = json.dumps(body).encode()
            head["Content-Length"] = str(len(body))
        head.update({name.replace("_", "-"): value for name, value in fields.items()})
        lines = [f"{method} {path} HTTP/1.1"]
        lines += [f"{name}: {value}" for name, value in head.items() if name not in drop]
        request = "\r\n".join(lines).encode() + b"\r\n\r\n" + (body or b"")
        address = "::1" if head["Host"].startswith("[") else "127.0.0.1"
        return self.raw(request, (address,))

    def slots(self):
        return self.ask("GET", "/v1/slots").json

    def sign(self, reader, label, pin=PIN, tbs=None, fields=None, **more):
        body = {"slot": reader.serial[label], "cert_id": "01", "pin": pin, "alg": "RS256",
                "tbs": base64.b64encode(tbs_of(ORIGIN) if tbs is None else tbs).decode(), **more}
        return self.ask("POST", "/v1/sign", body, **(fields or {}))


class Answer:
    def __init__(self, raw):
        head, _, self.body = raw.partition(b"\r\n\r\n")
        lines = head.decode().split("\r\n")
        self.status = int(lines[0].split(" ")[1])
        self.fields = {}
        for line in lines[1:]:
            name, _, value = line.partition(":")
            self.fields[name.lower()] = value.strip()

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def code(self):
        return self.json.get("code")


def tbs_of(audience, first="EUSERVICE-CERT-LOGIN-V1"):
    return (f"{first}\naud={audience}\nrole=person\nch=abcdefghijklmnopqrstuv\n"
            "nonce=n\nsb=s\niat=2026-11-22T03:58:11Z\nexp=2026-11-22T04:00:11Z\n").encode()


def same(got, want):
    if got != want:
        raise AssertionError(f"got {got!r}, want {want!r}")


def refused(answer, status, code):
    same((answer.status, answer.code), (status, code))


# ---- the checks
# -------------------------------------------------------------------------------------

def ping_says_who_it_is(reader):
    with Bridge(reader) as bridge:
        answer = bridge.ask("GET", "/v1/ping")
        same(answer.json, {"name": "baobei-card", "version": "1.0.0", "api": 1,
                           "confirm": False})
        same(answer.fields["access-control-allow-origin"], ORIGIN)
        same(answer.fields["vary"], "Origin")
        same("access-control-allow-credentials" in answer.fields, False)
        for host in ("localhost", "[::1]", "LOCALHOST"):
            same(bridge.ask("GET", "/v1/ping", Host=f"{host}:{bridge.port}").status, 200)


def preflight_allows_exactly_what_the_page_needs(reader):
    with Bridge(reader) as bridge:
        answer = bridge.ask("OPTIONS", "/v1/sign", drop=("X-Card-Bridge",),
                            Access_Control_Request_Method="POST",
                            Access_Control_Request_Headers="content-type,x-card-bridge",
                            Access_Control_Request_Private_Network="true")
        same((answer.status, answer.body), (204, b""))
        same(answer.fields["access-control-allow-origin"], ORIGIN)
        same(answer.fields["access-control-allow-private-network"], "true")
        same(answer.fields["access-control-allow-methods"], "GET, POST")
        same(answer.fields["access-control-allow-headers"], "Content-Type, X-Card-Bridge")
        same(answer.fields["vary"], "Origin")
        evil = bridge.ask("OPTIONS", "/v1/sign", Origin=EVIL, Access_Control_Request_Method="POST")
        refused(evil, 403, "CB_ORIGIN")
        same([name for name in evil.fields if name.startswith("access-control")], [])


def strangers_are_refused(reader):
    with Bridge(reader) as bridge:
        for origin in (EVIL, "null", "http://127.0.0.1:8443", ORIGIN + "/", ORIGIN.upper(),
                       f"http://127.0.0.1:{bridge.port}"):
            answer = bridge.ask("GET", "/v1/ping", Origin=origin)
            refused(answer, 403, "CB_ORIGIN")
            same("access-control-allow-origin" in answer.fields, False)
        refused(bridge.ask("GET", "/v1/slots", drop=("Origin",)), 403, "CB_ORIGIN")
        refused(bridge.ask("GET", "/v1/slots", drop=("X-Card-Bridge",)), 403, "CB_ORIGIN")


def a_rebound_host_is_refused(reader):
    with Bridge(reader) as bridge:
        for host in ("evil.example", f"evil.example:{bridge.port}", "127.0.0.1",
                     f"127.0.0.1:{bridge.port}0", f"127.0.0.1.:{bridge.port}",
                     f"127.0.0.2:{bridge.port}"):
            refused(bridge.ask("GET", "/v1/slots", Host=host), 403, "CB_HOST")
            refused(bridge.ask("GET", "/popup", Host=host), 403, "CB_HOST")


def malformed_requests_get_their_answer(reader):
    with Bridge(reader) as bridge:
        host = f"Host: 127.0.0.1:{bridge.port}\r\n".encode()
        start = b"GET /v1/ping HTTP/1.1\r\n" + host
        post = b"POST /v1/sign HTTP/1.1\r\n" + host
        for request, status in (
                (start + host + b"\r\n", 400),
                (b"GET /v1/ping HTTP/1.1\r\n\r\n", 400),
                (start + b"X: a\r\n folded\r\n\r\n", 400),
                (start + b"X : a\r\n\r\n", 400),
                (start + b"X: a\nY: b\r\n\r\n", 400),
                (start + b"X: \0\r\n\r\n", 400),
                (b"GET  /v1/ping HTTP/1.1\r\n" + host + b"\r\n", 400),
                (b"GET http://127.0.0.1/ HTTP/1.1\r\n" + host + b"\r\n", 400),
                (b"GET /v1/ping HTTP/2.0\r\n" + host + b"\r\n", 505),
                (b"GET /" + b"a" * 2000 + b" HTTP/1.1\r\n" + host + b"\r\n", 414),
                (start + b"X: " + b"a" * 20000, 431),
                (start + b"X: a\r\n" * 80 + b"\r\n", 431),
                (post + b"\r\n", 411),
                (post + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 411),
                (post + b"Content-Length: 4, 4\r\n\r\n", 400),
                (post + b"Content-Length: 4\r\nContent-Length: 4\r\n\r\n", 400),
                (post + b"Content-Length: -1\r\n\r\n", 400),
                (post + b"Content-Length: 20000\r\n\r\n", 413),
                (post + b"Expect: 100-continue\r\nContent-Length: 4\r\n\r\n", 417)):
            answer = bridge.raw(request)
            same((request[:60], answer.status), (request[:60], status))
            same(answer.fields["connection"], "close")
        refused(bridge.ask("GET", "/v1/nothing"), 404, "CB_REQUEST")
        refused(bridge.ask("DELETE", "/v1/ping"), 405, "CB_REQUEST")
        refused(bridge.ask("GET", "/v1/sign"), 405, "CB_REQUEST")
        good = {"slot": "a", "cert_id": "01", "pin": PIN, "alg": "RS256",
                "tbs": base64.b64encode(tbs_of(ORIGIN)).decode()}
        for kind in ("text/plain", "application/x-www-form-urlencoded", ""):
            refused(bridge.ask("POST", "/v1/sign", good, Content_Type=kind), 415, "CB_REQUEST")
        for body in (b"", b"[]", b"{", b"\xff", json.dumps({**good, "more": 1}).encode(),
                     json.dumps({**good, "pin": 135790}).encode(),
                     json.dumps({**good, "pin": ""}).encode(),
                     json.dumps({**good, "pin": "1" * 100}).encode(),
                     json.dumps({**good, "alg": "none"}).encode(),
                     json.dumps({**good, "tbs": "*"}).encode(),
                     json.dumps({**good, "final_try": 1}).encode(),
                     json.dumps(good).encode()[:-1] + b',"pin":"135791"}'):
            refused(bridge.ask("POST", "/v1/sign", body), 400, "CB_REQUEST")


def slots_tell_every_card(reader):
    with Bridge(reader) as bridge:
        for _ in range(2):  # the second time the certificates come from the cache
            answer = bridge.slots()
            same(answer["ok"], True)
            cards = {slot["token"]["label"]: slot for slot in answer["slots"]}
            same(sorted(cards), ["citizen", "hospital", "person"])
            for label, kind in (("person", "HPC"), ("hospital", "HOP"), ("citizen", "CITIZEN")):
                card = cards[label]
                same(card["slot"], reader.serial[label])
                same(card["token"]["serial"], reader.serial[label])
                same(card["token"]["pin"], {"min": 6, "max": 8, "low": False, "final": False,
                                            "locked": False})
                same(len(card["certs"]), 1)
                cert = card["certs"][0]
                same((cert["id"], cert["label"], cert["kind"], cert["key_usage"]),
                     ("01", "sign", kind, ["digitalSignature"]))
                same(base64.b64decode(cert["der"]), reader.cert[label])


def a_signature_verifies(reader):
    first = None
    for env in ({}, {"BAOBEI_LOCKSHIM_NO_SHA256": "1"}):  # CKM_SHA256_RSA_PKCS, then DigestInfo
        with Bridge(reader, env=env) as bridge:
            answer = bridge.sign(reader, "person")
            same((answer.status, answer.json["ok"], answer.json["ckr"]), (200, True, 0))
            same(answer.json["token_serial"], reader.serial["person"])
            same(base64.b64decode(answer.json["certificate"]), reader.cert["person"])
            signature = base64.b64decode(answer.json["signature"])
            reader.verify("person", tbs_of(ORIGIN), signature)
            first = first or signature
            same(signature, first)
            other = bridge.sign(reader, "hospital", tbs=tbs_of(OTHER), fields={"Origin": OTHER})
            reader.verify("hospital", tbs_of(OTHER), base64.b64decode(other.json["signature"]))
            ip6 = bridge.sign(reader, "person", fields={"Host": f"[::1]:{bridge.port}"})
            same(base64.b64decode(ip6.json["signature"]), first)


def only_a_login_to_the_asking_site_is_signed(reader):
    with Bridge(reader) as bridge:
        good = tbs_of(ORIGIN)
        for tbs in (tbs_of(OTHER), tbs_of(EVIL), tbs_of(ORIGIN + "/"), tbs_of(ORIGIN, "eUSERVICE-"),
                    tbs_of(ORIGIN, "X\nEUSERVICE-"), good[:-1], good.replace(b"aud=", b"aux="),
                    good + b"aud=" + ORIGIN.encode() + b"\n",
                    good + b"aud=" + EVIL.encode() + b"\n",
                    good.replace(b"\n", b"\r\n"), good + b"\0\n", b"EUSERVICE-\n", b"x"):
            refused(bridge.sign(reader, "person", tbs=tbs), 403, "CB_TBS_REFUSED")
        same(os.path.exists(reader.flag("person", "tries")), True)  # from earlier log-ins, all good
        with open(reader.flag("person", "tries")) as file:
            same(file.read(), "0")


def wrong_pins_lock_the_card(reader):
    def pin_of(bridge):
        return [slot["token"]["pin"] for slot in bridge.slots()["slots"]
                if slot["token"]["label"] == "citizen"][0]

    with Bridge(reader) as bridge:
        for pin in ("12345", "123456789"):  # of a length that costs no try
            answer = bridge.sign(reader, "citizen", pin=pin)
            same((answer.code, answer.json["ckr"]), ("CB_PIN_LEN", 0xA2))
        same(pin_of(bridge)["low"], False)
        answer = bridge.sign(reader, "citizen", pin="000000")
        same(answer.json, {"ok": False, "code": "CB_PIN_WRONG", "ckr": 160})
        same(pin_of(bridge), {"min": 6, "max": 8, "low": True, "final": False, "locked": False})
        answer = bridge.sign(reader, "citizen", pin="000000")
        same(answer.json, {"ok": False, "code": "CB_PIN_WRONG", "ckr": 160, "tries_left": 1})
        same(pin_of(bridge)["final"], True)
        for pin in (PIN, "000000"):
            same(bridge.sign(reader, "citizen", pin=pin).json,
                 {"ok": False, "code": "CB_FINAL_TRY", "ckr": 0, "tries_left": 1})
        same(bridge.sign(reader, "citizen", final_try=False).code, "CB_FINAL_TRY")
        same(bridge.sign(reader, "citizen", final_try=True).json["ok"], True)
        same(pin_of(bridge)["low"], False)
        for _ in range(2):
            same(bridge.sign(reader, "citizen", pin="000000").code, "CB_PIN_WRONG")
        locked = {"ok": False, "code": "CB_PIN_LOCKED", "ckr": 164, "tries_left": 0}
        same(bridge.sign(reader, "citizen", pin="000000", final_try=True).json, locked)
        same(bridge.sign(reader, "citizen", final_try=True).json, locked)
    with Bridge(reader) as bridge:
        same(pin_of(bridge)["locked"], True)
        same(bridge.sign(reader, "citizen").json, locked)
        same(bridge.sign(reader, "person").json["ok"], True)
    os.unlink(reader.flag("citizen", "tries"))


def a_pulled_card_is_removed(reader):
    with Bridge(reader) as bridge:
        same(len(bridge.slots()["slots"]), 3)
        open(reader.flag("person", "pulled"), "w").close()
        same([slot["token"]["label"] for slot in bridge.slots()["slots"]], ["citizen", "hospital"])
        same(bridge.sign(reader, "person").json, {"ok": False, "code": "CB_REMOVED", "ckr": 50})
        same(bridge.sign(reader, "hospital").json["ok"], True)
        os.unlink(reader.flag("person", "pulled"))
        same(len(bridge.slots()["slots"]), 3)
        same(bridge.sign(reader, "person").json["ok"], True)
        for label in reader.serial:
            open(reader.flag(label, "pulled"), "w").close()
        same(bridge.slots(), {"ok": False, "code": "CB_NO_TOKEN"})
        same(bridge.sign(reader, "person").code, "CB_REMOVED")
        for label in reader.serial:
            os.unlink(reader.flag(label, "pulled"))


def a_token_folder_renamed_is_removed(reader):
    with Bridge(reader) as bridge:
        same(bridge.sign(reader, "person").json["ok"], True)
        os.rename(reader.tokens, reader.tokens + ".away")
        answer = bridge.sign(reader, "person")
        os.rename(reader.tokens + ".away", reader.tokens)
        same((answer.json["ok"], answer.code), (False, "CB_REMOVED"))


def a_second_signature_meanwhile_is_busy(reader):
    with Bridge(reader) as bridge:
        open(reader.flag("person", "hold"), "w").close()
        body = {"slot": reader.serial["person"], "cert_id": "01", "pin": PIN, "alg": "RS256",
                "tbs": base64.b64encode(tbs_of(ORIGIN)).decode()}
        text = json.dumps(body).encode()
        with socket.create_connection(("127.0.0.1", bridge.port), 60) as peer:
            peer.sendall((f"POST /v1/sign HTTP/1.1\r\nHost: 127.0.0.1:{bridge.port}\r\n"
                          f"Origin: {ORIGIN}\r\nX-Card-Bridge: 1\r\nContent-Length: {len(text)}\r\n"
                          "Content-Type: application/json\r\n\r\n").encode() + text)
            wait_for(lambda: os.path.exists(reader.flag("person", "holding")))
            same(bridge.sign(reader, "hospital").json, {"ok": False, "code": "CB_BUSY"})
            same(bridge.ask("GET", "/v1/ping").status, 200)  # the loop does not wait for cards
            os.unlink(reader.flag("person", "hold"))
            answer = b""
            while piece := peer.recv(65536):
                answer += piece
        same(Answer(answer).json["ok"], True)


def a_stop_waits_for_the_card(reader):
    with Bridge(reader) as bridge:
        open(reader.flag("person", "hold"), "w").close()
        with socket.create_connection(("127.0.0.1", bridge.port), 60) as peer:
            text = json.dumps({"slot": reader.serial["person"], "cert_id": "01", "pin": PIN,
                               "tbs": base64.b64encode(tbs_of(ORIGIN)).decode(),
                               "alg": "RS256"}).encode()
            peer.sendall((f"POST /v1/sign HTTP/1.1\r\nHost: 127.0.0.1:{bridge.port}\r\n"
                          f"Origin: {ORIGIN}\r\nX-Card-Bridge: 1\r\nContent-Length: {len(text)}\r\n"
                          "Content-Type: application/json\r\n\r\n").encode() + text)
            wait_for(lambda: os.path.exists(reader.flag("person", "holding")))
            bridge.process.send_signal(signal.SIGTERM)
            wait_for(lambda: "event=stopping" in bridge.logged() or "stopping" in bridge.logged())
            os.unlink(reader.flag("person", "hold"))
            answer = b""
            while piece := peer.recv(65536):
                answer += piece
        same(Answer(answer).json["ok"], True)


def wrong_slots_and_certificates_are_told(reader):
    with Bridge(reader) as bridge:
        same(bridge.sign(reader, "person", slot="feedfeedfeedfeed").code, "CB_REMOVED")
        for cert_id in ("02", "zz", "0", "01" * 33):
            same(bridge.sign(reader, "person", cert_id=cert_id).json,
                 {"ok": False, "code": "CB_NO_CERT", "ckr": 0})
    with Bridge(reader, modules="/nowhere/libnone.so") as bridge:
        same(bridge.slots(), {"ok": False, "code": "CB_NO_MODULE"})
    with Bridge(reader, modules="/nowhere/libnone.so, libbaobei-lockshim.so") as bridge:
        same(len(bridge.slots()["slots"]), 3)


def the_popup_asks_on_behalf_of_its_site(reader):
    with Bridge(reader, settings="confirm = on\n") as bridge:
        page = bridge.ask("GET", "/popup", drop=("Origin", "X-Card-Bridge"))
        same((page.status, page.fields["content-type"]), (200, "text/html; charset=utf-8"))
        for rule in ("default-src 'none'", "script-src 'self'", "frame-ancestors 'none'"):
            same(rule in page.fields["content-security-policy"], True)
        html = page.body.decode()
        same(re.findall(r"<script(?![^>]*src=)|\son\w+=|style=", html), [])
        same(f'data-origins="{ORIGIN} {OTHER}"' in html, True)
        for asset, kind in (("/popup.js", "text/javascript"), ("/popup.css", "text/css")):
            answer = bridge.ask("GET", asset, drop=("Origin", "X-Card-Bridge"))
            same(answer.fields["content-type"], kind + "; charset=utf-8")
        token = re.search(r'data-token="([0-9a-f]{32})"', html).group(1)
        own = {"Origin": f"http://127.0.0.1:{bridge.port}", "X-Card-Popup-Token": token,
               "X-Card-Popup-Origin": ORIGIN}
        answer = bridge.ask("GET", "/v1/slots", drop=("Origin",), X_Card_Popup_Token=token,
                            X_Card_Popup_Origin=ORIGIN)
        same(len(answer.json["slots"]), 3)
        same("access-control-allow-origin" in answer.fields, False)
        same(bridge.sign(reader, "person").code, "CB_CANCELLED")  # not by the popup: nobody agreed
        for change in ({"X-Card-Popup-Token": "0" * 32}, {"X-Card-Popup-Origin": EVIL},
                       {"Origin": EVIL}, {"Origin": ORIGIN}):
            refused(bridge.sign(reader, "person", fields={**own, **change}), 403, "CB_ORIGIN")
        refused(bridge.sign(reader, "person", tbs=tbs_of(OTHER), fields=own), 403,
                "CB_TBS_REFUSED")
        answer = bridge.sign(reader, "person", fields=own)
        reader.verify("person", tbs_of(ORIGIN), base64.b64decode(answer.json["signature"]))
        refused(bridge.sign(reader, "person", fields=own), 403, "CB_ORIGIN")  # used up


def the_next_free_port_is_taken(reader):
    with Bridge(reader) as first, socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        busy = taken.getsockname()[1]
        with Bridge(reader, ports=f"{first.port} {busy} 0") as bridge:
            same(bridge.port in (first.port, busy), False)
        failed = subprocess.run([os.path.join(BUILD, "baobei-card"), "--config",
                                 write(reader, "busy.conf", f"modules = x\norigins = {ORIGIN}\n"
                                       f"ports = {first.port} {busy}\n")],
                                capture_output=True, text=True)
        same(failed.returncode, 3)


def only_loopback_is_listened_on(reader):
    with Bridge(reader) as bridge:
        seen = set()
        for table in ("/proc/net/tcp", "/proc/net/tcp6"):
            if os.path.exists(table):
                for line in open(table).read().splitlines()[1:]:
                    local, state = line.split()[1], line.split()[3]
                    if state == "0A" and int(local.split(":")[1], 16) == bridge.port:
                        seen.add(local.split(":")[0])
        same("0100007F" in seen, True)
        same(seen - {"0100007F", "00000000000000000000000001000000"}, set())


def bad_settings_stop_the_start(reader):
    for text, part in (("", "modules is missing"), ("modules = a\n", "origins is missing"),
                       (f"modules = a\norigins = {ORIGIN}\nwhat = 1\n", ":3: there is no setting"),
                       ("modules = a\norigins = *\n", ":2: origins"),
                       ("modules = a\norigins = http://127.0.0.1\n", ":2: origins"),
                       (f"modules = a\norigins = {ORIGIN}\nconfirm = maybe\n", ":3: confirm"),
                       (f"modules = a\norigins = {ORIGIN}\nports = 70000\n", ":3: ports"),
                       (f"[x]\nmodules = a\norigins = {ORIGIN}\n", "sections")):
        done = subprocess.run([os.path.join(BUILD, "baobei-card"), "--config",
                               write(reader, "bad.conf", text)], capture_output=True, text=True)
        same((text, done.returncode), (text, 2))
        same((text, part in done.stderr, done.stderr), (text, True, done.stderr))
    for args, status in ((["--help"], 0), (["--version"], 0), ([], 2), (["--what"], 2),
                         (["--config", "/nowhere"], 2)):
        done = subprocess.run([os.path.join(BUILD, "baobei-card"), *args], capture_output=True)
        same((args, done.returncode), (args, status))


def write(reader, name, text):
    with open(reader.path(name), "w") as file:
        file.write(text)
    return reader.path(name)


def wait_for(condition):
    end = time.monotonic() + 60
    while not condition():
        if time.monotonic() > end:
            raise AssertionError("it did not come")
        time.sleep(0.01)  # polls a condition; nothing depends on how long it takes


CHECKS = [ping_says_who_it_is, preflight_allows_exactly_what_the_page_needs, strangers_are_refused,
          a_rebound_host_is_refused, malformed_requests_get_their_answer, slots_tell_every_card,
          a_signature_verifies, only_a_login_to_the_asking_site_is_signed,
          wrong_pins_lock_the_card, a_pulled_card_is_removed, a_token_folder_renamed_is_removed,
          a_second_signature_meanwhile_is_busy, a_stop_waits_for_the_card,
          wrong_slots_and_certificates_are_told, the_popup_asks_on_behalf_of_its_site,
          the_next_free_port_is_taken, only_loopback_is_listened_on, bad_settings_stop_the_start]


def main():
    missing = [tool for tool in ("softhsm2-util", "pkcs11-tool", "openssl")
               if shutil.which(tool) is None]
    if missing:
        for check in CHECKS:
            print(f"skip {check.__name__} no {missing[0]}")
        return 0
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        reader = Reader(folder)
        for check in CHECKS:
            if len(sys.argv) > 1 and sys.argv[1] not in check.__name__:
                continue
            try:
                check(reader)
                print(f"ok {check.__name__}", flush=True)
            except Exception:
                failed += 1
                traceback.print_exc(file=sys.stdout)
                print(f"not ok {check.__name__}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
