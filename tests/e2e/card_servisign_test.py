#!/usr/bin/env python3
"""baobei-card in the HCA component's stead: the calls of a log-in as a page's driver for that
component makes them, over TLS (AUTH 2.1, 7.8)."""

import base64
import json
import os
import ssl
import socket
import subprocess
import sys
import urllib.parse

from card_test import (BUILD, ORIGIN, OTHER, PIN, Answer, Bridge, Reader, same, tbs_of, write)
import card_tls_test

PATH_ID = "6BD4EA2493354E298DD0B09B72A5EA59"
SETTINGS = f"tls_folder = tls\nservisign_ports = 0\nservisign_path_id = {PATH_ID}\n"
SHA256_RSA, SHA1_RSA = 0x40, 0x06


def text_argument(text):
    return urllib.parse.quote(base64.b64encode(text.encode()).decode(), safe="")


class Component:
    """The page's side: one call, one POST; then ATL_GetErrorCode."""

    def __init__(self, bridge, origin=ORIGIN):
        self.bridge, self.origin = bridge, origin
        if not hasattr(bridge, "component_port"):
            line = bridge.process.stdout.readline()
            bridge.component_port = int(line.rsplit(":", 1)[1])
        self.port = bridge.component_port

    def post(self, body, **fields):
        head = {"Host": f"localhost:{self.port}", "Origin": self.origin,
                "Content-Type": "application/x-www-form-urlencoded",
                "Content-Length": str(len(body))}
        head.update({name.replace("_", "-"): value for name, value in fields.items()})
        request = "POST / HTTP/1.1\r\n" + "".join(
            f"{name}: {value}\r\n" for name, value in head.items()) + "\r\n"
        context = ssl.create_default_context(cafile=os.path.join(
            os.path.dirname(self.bridge.config), "tls", "ca.pem"))
        with socket.create_connection(("127.0.0.1", self.port), timeout=60) as plain, \
                context.wrap_socket(plain, server_hostname="localhost") as peer:
            peer.sendall(request.encode() + body)
            answer = b""
            while piece := peer.recv(65536):
                answer += piece
        return Answer(answer)

    def call(self, name, path_id=PATH_ID, texts=None, **arguments):
        order = {"functionname": name, "comname": "HCAAPI", "PathID": path_id, **arguments}
        for key, text in (texts or {}).items():
            order[key] = text_argument(text)
            order[key + "_ServiSignBase64Flag"] = True
        packed = base64.b64encode(json.dumps(order).encode()).decode()
        answer = self.post(b"Parameter=" + urllib.parse.quote(packed, safe="").encode())
        same(answer.status, 200)
        same(answer.fields["access-control-allow-origin"], self.origin)
        return base64.b64decode(answer.json["result"]).decode()

    def error(self):
        return int(self.call("ATL_GetErrorCode"))

    def begin(self, pin=PIN):
        self.call("ATL_InitModule", texts={"moduleName": "HCAPKCS11.dll", "initArgs": ""})
        self.call("ATL_InitSession", texts={"userPin": pin}, ulModuleHandle=1, iFlags=6)
        return self.error()

    def sign(self, data, algorithm=SHA256_RSA):
        encoded = base64.b64encode(data).decode()
        return self.call("ATL_MakeSignatureEx2", texts={"b64Data": encoded}, ulModuleHandle=1,
                         ulSessionHandle=1, ulAlgorithm=algorithm, ulEndianness=0, ulPvKeyObject=1)


def signer(reader, certificate):
    """Whose certificate this is, by its label in the reader."""
    return next(label for label, der in reader.cert.items() if der == certificate)


# ---- the checks
# -------------------------------------------------------------------------------------

def a_log_in_is_signed_call_by_call(reader):
    with Bridge(reader, settings=SETTINGS) as bridge:
        page = Component(bridge)
        same(page.call("Echo"), "0")
        same(page.begin(), 0)
        der = base64.b64decode(page.call("ATL_GetCertificateFromGPKICard", ulModuleHandle=1,
                                         ulSessionHandle=1, iCertIndex=1))
        label = signer(reader, der)
        same(page.call("ATL_GetHCACardType", ulModuleHandle=1) if label != "citizen" else "-",
             {"person": "1", "hospital": "0", "citizen": "-"}[label])
        same(page.call("ATL_GetKeyObjectHandle", ulModuleHandle=1, ulSessionHandle=1), "1")
        signature = base64.b64decode(page.sign(tbs_of(ORIGIN)))
        same(page.error(), 0)
        reader.verify(label, tbs_of(ORIGIN), signature)
        page.call("ATL_DeleteKeyObject")
        page.call("ATL_CloseSession")
        same((page.sign(tbs_of(ORIGIN)), page.error()), ("", 5061))  # the PIN is gone
        page.call("ATL_CloseModule")
        same(page.error(), 61001)


def only_a_log_in_to_the_asking_site_is_signed(reader):
    with Bridge(reader, settings=SETTINGS) as bridge:
        page = Component(bridge)
        same(page.begin(), 0)
        for data, algorithm in ((b"anything", SHA256_RSA), (tbs_of(OTHER), SHA256_RSA),
                                (tbs_of(ORIGIN), SHA1_RSA),
                                (b"baobei-card tries a PIN\n", SHA256_RSA)):
            same((page.sign(data, algorithm), page.error()), ("", 5061))
        # Another page does not go on with this visit, and its own ends this one.
        other = Component(bridge, OTHER)
        same((other.sign(tbs_of(OTHER)), other.error()), ("", 61001))
        other.call("ATL_InitModule", texts={"moduleName": "HCAPKCS11.dll", "initArgs": ""})
        same((page.sign(tbs_of(ORIGIN)), page.error()), ("", 61001))
    with Bridge(reader, settings=SETTINGS + "confirm = on\n") as bridge:
        page = Component(bridge)
        page.begin()
        same((page.sign(tbs_of(ORIGIN)), page.error()), ("", 5061))  # nobody could be asked


def strangers_and_other_forms_are_refused(reader):
    with Bridge(reader, settings=SETTINGS) as bridge:
        page = Component(bridge)
        same(page.call("Echo", path_id="none"), "61009")
        for fields, status in (({"Origin": "https://evil.example"}, 403),
                               ({"Host": "evil.example"}, 403),
                               ({"Host": f"localhost:{bridge.port}"}, 403),
                               ({"Content_Type": "text/plain"}, 415)):
            same((fields, page.post(b"Parameter=e30=", **fields).status), (fields, status))
        for body in (b"", b"Parameter", b"Parameter=%", b"Parameter=%4", b"Parameter=!!!",
                     b"Parameter=e30=", b"Parameter=" + base64.b64encode(b'{"functionname":1}'),
                     b"Parameter=" + base64.b64encode(b'{"functionname":"ATL_InitSession"}')):
            same((body, page.post(body).status), (body, 400))
        # Plain HTTP is nobody here.
        with socket.create_connection(("127.0.0.1", page.port), timeout=60) as peer:
            peer.sendall(f"POST / HTTP/1.1\r\nHost: localhost:{page.port}\r\nOrigin: {ORIGIN}\r\n"
                         "Content-Length: 0\r\n\r\n".encode())
            same(peer.recv(65536).startswith(b"HTTP/1.1 403"), True)


def a_wrong_pin_is_told_by_its_number(reader):
    with Bridge(reader, settings=SETTINGS) as bridge:
        page = Component(bridge)
        same(page.begin("12345"), 9041)
        same(page.begin("99999999"), 9039)
        same((page.sign(tbs_of(ORIGIN)), page.error()), ("", 5061))
        same(page.begin(), 0)  # and the count begins again


def it_needs_tls(reader):
    done = subprocess.run([os.path.join(BUILD, "baobei-card"), "--config",
                           write(reader, "no.conf", f"modules = a\norigins = {ORIGIN}\n"
                                 "servisign_ports = 0\n")], capture_output=True, text=True)
    same((done.returncode, "servisign_ports need tls_folder" in done.stderr), (2, True))


CHECKS = [a_log_in_is_signed_call_by_call, only_a_log_in_to_the_asking_site_is_signed,
          strangers_and_other_forms_are_refused, a_wrong_pin_is_told_by_its_number, it_needs_tls]


if __name__ == "__main__":
    sys.exit(card_tls_test.main(CHECKS))
