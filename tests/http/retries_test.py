#!/usr/bin/env python3
# dev: part=http loops=both minutes=5
"""If-Match and Idempotency-Key (API 1): versions seen, and requests sent twice.

Shows P44 (a stale version answers with the present representation), P45 (the same key, one case).
"""
import socket
import struct

from world import Gone, equal, refused, run, staffed_home, together

CONCURRENT = 8


def commands(case):
    """(method, path, body) of every call that needs the version of the case or line."""
    own, line = f"/cases/{case['case_no']}", f"/lines/{case['lines'][0]['line_id']}"
    return [("PATCH", own, {"lines": [{"line_id": case["lines"][0]["line_id"], "remark": "x"}]}),
            ("DELETE", own, None), ("POST", own + "/submit", None),
            ("PATCH", line, {"remark": "x"}),
            ("DELETE", line, None), ("POST", line + "/submit", None),
            ("POST", line + "/withdraw", None)]


# ---- If-Match ----

def without_a_version_nothing_is_done(world):
    case = world.file(False)
    for method, path, body in commands(case):
        refused(world.clerk.request(method, path, body), 428, "precondition_required")
    equal(world.clerk.get(f"/cases/{case['case_no']}").json, case)


def a_stale_version_is_told_what_is_now(world):
    case = world.file(False)
    line = case["lines"][0]["line_id"]
    world.clerk.patch(f"/lines/{line}", {"remark": "meanwhile"}, version=1).wants(200)
    now = {"/cases": world.clerk.get(f"/cases/{case['case_no']}").json,
           "/lines": world.clerk.get(f"/lines/{line}").json}
    for method, path, body in commands(case):
        answer = refused(world.clerk.request(method, path, body, version=1), 412, "stale")
        equal(answer.json["current"], now[path[:6]])
    equal(world.clerk.get(f"/cases/{case['case_no']}").json, now["/cases"])


def only_one_strong_tag_is_a_version(world):
    case = world.file(False)
    for tag in ("*", 'W/"1"', '"1", "2"', "1", '""', '"1" "2"', '"1"x'):
        for method, path, body in commands(case):
            answer = world.clerk.request(method, path, body, headers={"If-Match": tag})
            refused(answer, 400, "bad_query")
            equal([one["field"] for one in answer.json["errors"]], ["If-Match"])
    equal(world.clerk.get(f"/cases/{case['case_no']}").json, case)


def a_tag_of_no_version_is_stale(world):
    case = world.file(False)
    for tag in ('"0"', '"2"', '"4294967296"', '"abc"', '"01x"'):
        for method, path, body in commands(case):
            refused(world.clerk.request(method, path, body, headers={"If-Match": tag}), 412,
                    "stale")


def of_several_answers_the_first_in_order_comes(world):
    """404, 400, 428, 412, 409, 422 (API 1)."""
    line = world.file_line()
    path, nowhere = f"/lines/{line['line_id']}", "/lines/1150101-0000000000-0001-1"
    unknown, wrong = {"what": 1}, {"remark": 1}
    refused(world.clerk.patch(nowhere, unknown), 404, "not_found")
    refused(world.clerk.patch(nowhere, None, raw=b"{",
                              headers={"Content-Type": "application/json"}), 404, "not_found")
    refused(world.clerk.patch(path, unknown), 400, "unknown_field")
    refused(world.clerk.patch(path, unknown, version=1), 400, "unknown_field")
    refused(world.clerk.patch(path, wrong), 428, "precondition_required")
    refused(world.clerk.patch(path, wrong, version=9), 412, "stale")
    refused(world.clerk.patch(path, wrong, version=line["version"]), 409, "wrong_state")
    draft = world.file_line(False)
    refused(world.clerk.patch(f"/lines/{draft['line_id']}", wrong, version=1), 422, "bad_type")


def two_who_saw_the_same_version_change_it_once(world):
    line = world.file_line(False)
    person = world.sign_in(world.identity)
    outcomes = together([lambda client=client: client.patch(f"/lines/{line['line_id']}",
                                                            {"remark": "x"}, version=1)
                         for client in (world.clerk, person)])
    equal(sorted(answer.status for answer in outcomes), [200, 412])


# ---- Idempotency-Key ----

def the_same_key_makes_one_case(world):
    body = {"lines": [world.line()], "submit": True}
    first = world.clerk.post("/cases", body, key="same").wants(201)
    again = world.clerk.post("/cases", body, key="same").wants(201)
    equal((again.headers["location"], again.headers["idempotent-replay"]),
          (first.headers["location"], "true"))
    equal(again.json, first.json)
    equal(first.headers.get("idempotent-replay"), None)


def a_replay_shows_the_thing_as_it_is_now(world):
    body = {"lines": [world.line()]}
    first = world.clerk.post("/cases", body, key="now").wants(201)
    world.clerk.patch(f"/lines/{first.json['lines'][0]['line_id']}", {"remark": "later"},
                      version=1).wants(200)
    again = world.clerk.post("/cases", body, key="now").wants(201)
    equal((again.json["lines"][0]["remark"], again.headers["etag"]), ("later", '"2"'))


def another_request_with_the_key_is_refused(world):
    case = world.file(False)
    body = {"lines": [world.line()]}
    world.clerk.post("/cases", body, key="once").wants(201)
    refused(world.clerk.post("/cases", {"lines": [world.line()]}, key="once"), 422,
            "idempotency_mismatch")
    spaced = world.clerk.request("POST", "/cases", key="once", raw=b' {"lines": []}',
                                 headers={"Content-Type": "application/json"})
    if spaced.status == 201:
        raise AssertionError("other bytes were taken for the same")
    refused(world.clerk.post(f"/cases/{case['case_no']}/lines", world.line(), key="once"), 422,
            "idempotency_mismatch")
    refused(world.clerk.post(f"/cases/{case['case_no']}/submit", key="once", version=1), 422,
            "idempotency_mismatch")
    equal(world.clerk.get(f"/cases/{case['case_no']}").json, case)


def what_was_refused_may_be_sent_again(world):
    draft = world.file_line(False, times=[])
    path = f"/lines/{draft['line_id']}"
    refused(world.clerk.post(path + "/submit", key="again", version=1), 422, "required")
    world.clerk.patch(path, {"times": [world.slot()]}, version=1).wants(200)
    sent = world.clerk.post(path + "/submit", key="again", version=2).wants(200)
    equal(sent.headers.get("idempotent-replay"), None)


def commands_are_remembered_too(world):
    line = world.file_line(False)
    path = f"/lines/{line['line_id']}"
    sent = world.clerk.post(path + "/submit", key="send", version=1).wants(200)
    again = world.clerk.post(path + "/submit", key="send", version=1).wants(200)
    equal((again.headers["idempotent-replay"], again.json), ("true", sent.json))
    back = world.clerk.post(path + "/withdraw", key="back", version=2).wants(200)
    again = world.clerk.post(path + "/withdraw", key="back", version=2).wants(200)
    equal((again.headers["idempotent-replay"], again.json), ("true", back.json))
    late = world.clerk.post(path + "/submit", key="send", version=1).wants(200)
    equal((late.headers["idempotent-replay"], late.json["request"]["status"]), ("true", "draft"))
    case = f"/cases/{line['line_id'].rsplit('-', 1)[0]}"
    added = world.line()
    made = world.clerk.post(case + "/lines", added, key="add").wants(201)
    again = world.clerk.post(case + "/lines", added, key="add").wants(201)
    equal((again.headers["location"], again.headers["idempotent-replay"]),
          (made.headers["location"], "true"))
    equal(len(world.clerk.get(case).json["lines"]), 2)


def repeats_at_the_same_time_make_one_case(world):
    before = world.clerk.get("/lines/counts").json["total"]
    clients = [world.with_token(world.tokens["filer"]) for _ in range(CONCURRENT)]
    for attempt in range(5):
        body = {"lines": [world.line()], "submit": True}
        answers = together([lambda client=client: client.post("/cases", body, key=f"race-{attempt}")
                            for client in clients])
        equal({answer.status for answer in answers}, {201})
        equal(len({answer.headers["location"] for answer in answers}), 1)
        equal(sum(answer.headers.get("idempotent-replay") == "true" for answer in answers),
              CONCURRENT - 1)
    equal(world.clerk.get("/lines/counts").json["total"], before + 5)


def half_close(held):
    """Nothing more will come; the answer is still awaited."""
    held.shutdown(socket.SHUT_WR)


def reset(held):
    held.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    held.close()


def go_on(held):
    """The next request before the answer of this one."""
    held.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")


def who_leaves_before_the_answer_has_filed_once(world):
    """What a client does while its filing is under way neither stops nor doubles it."""
    def leaver(leave):
        client = world.with_token(world.tokens["filer"])

        def once(message, _):
            client.open()
            client.socket.sendall(message)
            leave(client.socket)
            raise Gone("left")
        client.once = once
        return client
    before = world.clerk.get("/lines/counts").json["total"]
    ways = [reset, go_on, half_close, reset, reset, go_on, half_close, reset]
    for attempt in range(3):
        lines = [world.line() for _ in ways]

        def file(place, attempt=attempt, lines=lines):
            try:
                leaver(ways[place]).post("/cases", {"lines": [lines[place]]},
                                         key=f"left-{attempt}-{place}")
            except Gone:
                pass
        together([lambda place=place: file(place) for place in range(len(ways))])
        for place, line in enumerate(lines):
            world.clerk.post("/cases", {"lines": [line]}, key=f"left-{attempt}-{place}").wants(201)
    equal(world.clerk.get("/lines/counts").json["total"], before + 3 * len(ways))


def a_key_is_the_subjects_own(world):
    """An institution is one subject, whoever acts for it; another one has its own keys (API 1)."""
    body = {"lines": [world.line()]}
    first = world.clerk.post("/cases", body, key="mine").wants(201)
    by_token = world.with_token(world.tokens["filer"]).post("/cases", body, key="mine").wants(201)
    equal(by_token.json["case_no"], first.json["case_no"])
    own = {"lines": [world.other.line()]}
    other = world.other.clerk.post("/cases", own, key="mine").wants(201)
    equal(other.headers.get("idempotent-replay"), None)
    person = {"lines": [{name: value for name,
                         value in world.line().items() if name != "person_id"}]}
    equal(world.person.post("/cases", person,
                            key="mine").wants(201).headers.get("idempotent-replay"), None)


def a_malformed_key_is_refused(world):
    for key in ("", "a b", "ä", "a" * 65, "a,b", '"a"'):
        answer = world.clerk.request("POST", "/cases", {"lines": [world.line()]},
                                     headers={"Idempotency-Key": key})
        refused(answer, 400, "bad_query")
        equal([one["field"] for one in answer.json["errors"]], ["Idempotency-Key"])
    world.clerk.post("/cases", {"lines": [world.line()]}, key="a" * 64).wants(201)


def keys_survive_a_restart(world):
    body = {"lines": [world.line()], "submit": True}
    first = world.clerk.post("/cases", body, key="kept").wants(201)
    for client in (world.clerk, world.reviewer):
        client.close()
    world.server.kill()
    world.server.start()
    again = world.clerk.post("/cases", body, key="kept").wants(201)
    equal((again.headers["idempotent-replay"], again.json["case_no"]),
          ("true", first.json["case_no"]))


# ---- bulk: each item is remembered by (key, place) ----

def a_repeated_bulk_decision_tells_the_same(world):
    lines = [world.file_line() for _ in range(3)]
    items = [{"line_id": line["line_id"], "version": line["version"], "decision": "approve"}
             for line in lines]
    items[1]["decision"] = "reject"  # without a reason: fails
    body = {"decisions": items}
    first = world.reviewer.post("/review/decisions", body, key="bulk").wants(200).json
    equal((first["done"], [one["code"] for one in first["failed"]]), (2, ["reason_required"]))
    again = world.reviewer.post("/review/decisions", body, key="bulk").wants(200).json
    equal(again, first)
    without = world.reviewer.post("/review/decisions", body).wants(200).json
    equal([one["code"] for one in without["failed"]], ["stale", "reason_required", "stale"])
    other = {"decisions": items[:1]}
    refused(world.reviewer.post("/review/decisions", other, key="bulk"), 422,
            "idempotency_mismatch")


def bulk_repeats_at_the_same_time_decide_once(world):
    lines = [world.file_line() for _ in range(6)]
    body = {"decisions": [{"line_id": line["line_id"], "version": line["version"],
                           "decision": "approve"}
                          for line in lines]}
    clients = [world.reviewer, world.sign_in(world.reviewer_card),
               world.sign_in(world.reviewer_card)]
    answers = together([lambda client=client: client.post("/review/decisions", body,
                                                          key="bulk-race")
                        for client in clients])
    for answer in answers:
        equal(answer.wants(200).json, {"done": 6, "failed": []})
    for line in lines:
        equal(world.clerk.get(f"/lines/{line['line_id']}").json["version"], line["version"] + 1)


def prepare(server):
    filer = staffed_home(server)
    return {"filer": server.token(filer)}


if __name__ == "__main__":
    run(without_a_version_nothing_is_done, a_stale_version_is_told_what_is_now,
        only_one_strong_tag_is_a_version, a_tag_of_no_version_is_stale,
        of_several_answers_the_first_in_order_comes,
        two_who_saw_the_same_version_change_it_once, the_same_key_makes_one_case,
        a_replay_shows_the_thing_as_it_is_now, another_request_with_the_key_is_refused,
        what_was_refused_may_be_sent_again, commands_are_remembered_too,
        repeats_at_the_same_time_make_one_case, who_leaves_before_the_answer_has_filed_once,
        a_key_is_the_subjects_own, a_malformed_key_is_refused, keys_survive_a_restart,
        a_repeated_bulk_decision_tells_the_same, bulk_repeats_at_the_same_time_decide_once,
        prepare=prepare)
