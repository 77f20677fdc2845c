"""Log-in by certificate, as a browser with a card does it (AUTH 5.1, 5.2; API 2).

    reviewer = sign_in(baobei, baobei.identities("bureau")[0])
    reviewer.post("/review/decisions", {...})     cookie, Origin and CSRF token are sent with it
"""
import base64
import subprocess

from client import Client


def sign(key_file, data):
    """RSASSA-PKCS1-v1_5 with SHA-256."""
    return subprocess.run(["openssl", "dgst", "-sha256", "-sign", key_file], input=data,
                          capture_output=True, check=True).stdout


def certificate_der(pem_file):
    """The first certificate of a PEM file: the leaf."""
    with open(pem_file, encoding="ascii") as file:
        text = file.read()
    body = text.split("-----BEGIN CERTIFICATE-----")[1].split("-----END CERTIFICATE-----")[0]
    return base64.b64decode(body)


def begin(server, address=None):
    """A Client with a pre-session, its CSRF token and the Origin of a page."""
    client = Client(server.url, context=server.context, address=address)
    client.headers["Origin"] = server.url
    client.headers["X-CSRF-Token"] = client.get("/auth/pre").wants(200).json["csrf_token"]
    return client


def prove(server, challenge, identity):
    """The body of /auth/cert/login for a challenge."""
    signature = sign(server.path(identity["key"]), base64.b64decode(challenge["tbs"]))
    certificate = certificate_der(server.path(identity["certificate"]))
    return {"challenge": challenge["challenge"], "format": "pkcs1",
            "signature": base64.b64encode(signature).decode(),
            "certificate": base64.b64encode(certificate).decode()}


def sign_in(server, identity):
    client = begin(server)
    challenge = client.post("/auth/cert/challenge", {"role": identity["role"]}).wants(200).json
    client.post("/auth/cert/login", prove(server, challenge, identity)).wants(200)
    client.headers["X-CSRF-Token"] = client.get("/auth/session").wants(200).json["csrf_token"]
    return client


def sign_out(client):
    client.post("/auth/logout").wants(200, 204)
