#!/usr/bin/env python3
"""Verifies a proof of GET /audit/proof without the server: python and openssl, nothing of ours.

    audit_verify.py KEY.pem < proof.json       prints the record's number and day; exit 1 if false

The key is what one trusts, got once by another way; the one in the answer is only compared with it.
"""
import base64
import hashlib
import json
import subprocess
import sys
import tempfile


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def root_of(proof):
    """From the record up."""
    record = base64.b64decode(proof["data"], validate=True)
    at = sha256(b"\0", proof["record"].to_bytes(8, "big"), record)
    for step in proof["path"]:
        other = bytes.fromhex(step["hash"])
        at = sha256(b"\1", other, at) if step["side"] == "left" else sha256(b"\1", at, other)
    return at.hex()


def is_signed(statement, signature, key):
    with tempfile.NamedTemporaryFile() as file, tempfile.NamedTemporaryFile() as trusted:
        file.write(base64.b64decode(signature, validate=True))
        trusted.write(key.encode())
        file.flush()
        trusted.flush()
        done = subprocess.run(["openssl", "dgst", "-sha256", "-verify", trusted.name, "-signature",
                               file.name], input=statement.encode(), capture_output=True,
                              check=False)
    return done.returncode == 0


def fault_of(proof, key):
    """None, or what is wrong."""
    root = proof["root"]
    if not is_signed(root["statement"], root["signature"], key):
        return "the root is not signed by this key"
    lines = root["statement"].splitlines()
    if lines[0] != "baobei audit root 1":
        return "the statement is of another kind"
    said = dict(line.split(" ", 1) for line in lines[1:])
    if root_of(proof) != said["root"]:
        return "the record does not lead to the signed root"
    if not 0 <= proof["record"] - int(said["first"]) < int(said["count"]):
        return "the record is not one of that day"
    shown = {"day": root["day"], "first": str(root["first"]), "count": str(root["count"]),
             "root": root["hash"], "previous": root["previous"]}
    return None if shown == said else "the answer shows another root than the signed one"


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        key = file.read()
    proof = json.load(sys.stdin)
    fault = fault_of(proof, key)
    print(fault or f"record {proof['record']} is in the audit log of {proof['root']['day']}")
    sys.exit(1 if fault else 0)


if __name__ == "__main__":
    main()
