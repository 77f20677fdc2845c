#!/usr/bin/env python3
# dev: part=http minutes=5
"""GET /audit/proof (API 7): a record's way to the signed root of its day verifies outside, with
openssl and the key alone (audit_verify.py); nothing that was changed does; who may see what.
"""
import base64
import copy
import json
import os
import subprocess
import sys
import tempfile

from world import equal, refused, run

VERIFY = os.path.join(os.path.dirname(os.path.abspath(__file__)), "audit_verify.py")


def proof_of(client, record):
    return client.get(f"/audit/proof?record={record}").wants(200).json


def is_true(proof, key):
    """By a process that has the proof and the key, and no server."""
    with tempfile.NamedTemporaryFile("w", suffix=".pem") as file:
        file.write(key)
        file.flush()
        done = subprocess.run([sys.executable, VERIFY, file.name], input=json.dumps(proof),
                              capture_output=True, text=True, check=False)
    return done.returncode == 0


def count_records(world):
    """The last record's number: an operator may see each, so the first 404 is behind it."""
    low, high = 1, 2
    while world.ops.get(f"/audit/proof?record={high}").status == 200:
        low, high = high, high * 2
    while high - low > 1:
        middle = (low + high) // 2
        found = world.ops.get(f"/audit/proof?record={middle}").status == 200
        low, high = (middle, high) if found else (low, middle)
    return low


def each_record_is_proved_by_record_path_root_and_key_alone(world):
    last, key = count_records(world), proof_of(world.ops, 1)["public_key"]
    equal(last > 10, True)
    for record in sorted({1, 2, 3, last // 3, last // 2, last - 1, last}):
        proof = proof_of(world.ops, record)
        equal((record, proof["public_key"], len(proof["path"]) <= 30), (record, key, True))
        equal((record, is_true(proof, key)), (record, True))


def nothing_that_was_changed_is_proved(world):
    last = count_records(world)
    good = proof_of(world.ops, last // 2)
    other, key = proof_of(world.ops, last // 2 + 1), good["public_key"]
    data = bytearray(base64.b64decode(good["data"]))
    data[-1] ^= 1
    root = good["root"]
    changes = {"a bit of the record": {"data": base64.b64encode(data).decode()},
               "another record": {"data": other["data"]},
               "another number": {"record": good["record"] + 1},
               "a shorter path": {"path": good["path"][:-1]},
               "another path": {"path": other["path"]},
               "another root": {"root": {**root, "hash": root["previous"]}},
               "another statement": {"root": {**root, "statement": root["statement"].replace(
                   f"count {root['count']}", f"count {root['count'] + 1}")}}}
    for name, change in changes.items():
        equal((name, is_true({**copy.deepcopy(good), **change}, key)), (name, False))
    made = subprocess.run("openssl ecparam -name prime256v1 -genkey -noout | openssl ec -pubout",
                          shell=True, capture_output=True, text=True, check=True)
    equal(is_true(good, made.stdout), False)


def who_did_it_sees_it_and_nobody_else(world):
    world.file(True)
    last = count_records(world)
    equal(proof_of(world.clerk, last)["action"], proof_of(world.ops, last)["action"])
    equal(is_true(proof_of(world.clerk, last), proof_of(world.ops, 1)["public_key"]), True)
    unknown = world.clerk.get(f"/audit/proof?record={last + 1000}")
    refused(unknown, 404, "not_found")
    for client in (world.person, world.reviewer, world.other.clerk, world.other.person):
        refused(client.get(f"/audit/proof?record={last}"), 404, "not_found")


def a_day_that_grows_keeps_its_begin(world):
    before = proof_of(world.ops, count_records(world))
    world.file(True)
    after = proof_of(world.ops, before["record"])
    equal(after["root"]["first"], before["root"]["first"])
    equal(after["root"]["previous"], before["root"]["previous"])
    equal(after["root"]["count"] > before["root"]["count"], True)
    equal(is_true(after, before["public_key"]), True)


def bad_questions(world):
    refused(world.ops.get("/audit/proof"), 400, "bad_query")
    for value in ("0", "-1", "x", "1.5", "99999999999999999999"):
        refused(world.ops.get(f"/audit/proof?record={value}"), 400, "bad_query")
    refused(world.anonymous().get("/audit/proof?record=1"), 401, "auth_session")


if __name__ == "__main__":
    run(each_record_is_proved_by_record_path_root_and_key_alone,
        nothing_that_was_changed_is_proved, who_did_it_sees_it_and_nobody_else,
        a_day_that_grows_keeps_its_begin, bad_questions)
