#!/usr/bin/env python3
"""baobei-card over TLS, with the authority that it made for itself (AUTH 7.8)."""

import base64
import os
import re
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import traceback

from card_test import (BUILD, ORIGIN, Answer, Bridge, Reader, refused, same, tbs_of, write)

TLS = "tls_folder = tls\n"


class TlsBridge(Bridge):
    """The same questions, asked over TLS."""

    def raw(self, request, address=("127.0.0.1",)):
        context = ssl.create_default_context(cafile=os.path.join(
            os.path.dirname(self.config), "tls", "ca.pem"))
        with socket.create_connection((address[0], self.port), timeout=60) as plain, \
                context.wrap_socket(plain, server_hostname=address[0]) as peer:
            # In pieces that fit no record boundary.
            peer.sendall(request[:10])
            peer.sendall(request[10:])
            answer = b""
            while piece := peer.recv(65536):
                answer += piece
        return Answer(answer)


# ---- the checks
# -------------------------------------------------------------------------------------

def one_port_speaks_plain_and_tls(reader):
    with TlsBridge(reader, settings=TLS) as bridge:
        same(bridge.ask("GET", "/v1/ping").json["name"], "baobei-card")
        same(Bridge.raw(bridge, f"GET /v1/ping HTTP/1.1\r\nHost: 127.0.0.1:{bridge.port}\r\n"
                        f"Origin: {ORIGIN}\r\nX-Card-Bridge: 1\r\n\r\n".encode()).status, 200)
        refused(bridge.ask("GET", "/v1/ping", Origin="https://evil.example"), 403, "CB_ORIGIN")
        refused(bridge.ask("GET", "/v1/ping", Host="evil.example"), 403, "CB_HOST")


def a_signature_over_tls_verifies(reader):
    with TlsBridge(reader, settings=TLS) as bridge:
        same(len(bridge.slots()["slots"]), 3)
        answer = bridge.sign(reader, "person")
        reader.verify("person", tbs_of(ORIGIN), base64.b64decode(answer.json["signature"]))


def a_popup_over_tls_is_of_its_own_origin(reader):
    with TlsBridge(reader, settings=TLS + "confirm = on\n") as bridge:
        html = bridge.ask("GET", "/popup", drop=("Origin", "X-Card-Bridge")).body.decode()
        token = re.search(r'data-token="([0-9a-f]{32})"', html).group(1)
        own = {"X-Card-Popup-Token": token, "X-Card-Popup-Origin": ORIGIN}
        plain = {**own, "Origin": f"http://127.0.0.1:{bridge.port}"}
        refused(bridge.sign(reader, "person", fields=plain), 403, "CB_ORIGIN")
        secure = {**own, "Origin": f"https://127.0.0.1:{bridge.port}"}
        same(bridge.sign(reader, "person", fields=secure).json["ok"], True)


def the_authority_is_kept_and_its_key_is_not(reader):
    folder = reader.path("tls")
    shutil.rmtree(folder, ignore_errors=True)
    for _ in range(2):
        with TlsBridge(reader, settings=TLS) as bridge:
            same(bridge.ask("GET", "/v1/ping").status, 200)
        with open(os.path.join(folder, "ca.pem")) as file:
            same(file.read().count("BEGIN CERTIFICATE"), 1)
        same(sorted(os.listdir(folder)), ["ca.pem", "server.key", "server.pem"])
        same(os.stat(os.path.join(folder, "server.key")).st_mode & 0o777, 0o600)
        kept = [os.stat(os.path.join(folder, name)).st_mtime_ns for name in os.listdir(folder)]
        if _ == 0:
            first = kept
    same(kept, first)


def without_a_folder_there_is_no_tls(reader):
    with Bridge(reader) as bridge, socket.create_connection(("127.0.0.1", bridge.port)) as peer:
        peer.settimeout(60)
        peer.sendall(bytes.fromhex("1603010005010000010300") + b"\r\n\r\n")
        got = peer.recv(65536)
        same(got.startswith(b"HTTP/1.1 400"), True)


def broken_handshakes_end_alone(reader):
    with TlsBridge(reader, settings=TLS) as bridge:
        for start in (b"\x16", b"\x16\x03\x01", b"\x16" + b"\xff" * 40,
                      b"\x16\x03\x01\x00\x02\x01\x00", b"\x16\x03\x03\x40\x00" + b"a" * 16384):
            with socket.create_connection(("127.0.0.1", bridge.port)) as peer:
                peer.settimeout(60)
                peer.sendall(start)
                peer.shutdown(socket.SHUT_WR)
                try:
                    while peer.recv(65536):
                        pass
                except ConnectionResetError:
                    pass  # it had not read all of it
        same(bridge.ask("GET", "/v1/ping").status, 200)


def a_folder_that_cannot_be_written_stops_the_start(reader):
    done = subprocess.run([os.path.join(BUILD, "baobei-card"), "--config",
                           write(reader, "no.conf", f"modules = a\norigins = {ORIGIN}\n"
                                 "tls_folder = /proc/none\n")], capture_output=True, text=True)
    same((done.returncode, "no certificate in /proc/none" in done.stderr), (3, True))


CHECKS = [one_port_speaks_plain_and_tls, a_signature_over_tls_verifies,
          a_popup_over_tls_is_of_its_own_origin, the_authority_is_kept_and_its_key_is_not,
          without_a_folder_there_is_no_tls, broken_handshakes_end_alone,
          a_folder_that_cannot_be_written_stops_the_start]


def main(checks):
    missing = [tool for tool in ("softhsm2-util", "pkcs11-tool", "openssl")
               if shutil.which(tool) is None]
    if missing:
        for check in checks:
            print(f"skip {check.__name__} no {missing[0]}")
        return 0
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        reader = Reader(folder)
        for check in checks:
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
    sys.exit(main(CHECKS))
