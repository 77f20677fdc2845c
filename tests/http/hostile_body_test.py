#!/usr/bin/env python3
"""Bodies that once ended the server or its answer, and rights of API tokens that once implied each
other (API 1, 4.2, 8)."""
import datetime
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e", "lib"))
import report  # noqa: E402
from server import Server  # noqa: E402

DRAFTS = 600  # of one person: what each of them meets was once read anew for each


def line_of(person, target, **more):
    day = datetime.date.today() + datetime.timedelta(days=60)
    time = {"mode": "continuous", "start": f"{day}T08:00", "end": f"{day}T12:00"}
    return {"person_id": person, "target": target, "department": "02", "purpose": "01",
            "times": [time], **more}


def wants_code(answer, status, code):
    if answer.wants(status).code != code:
        raise AssertionError(f"{answer.code}, not {code}")


def long_names(client, line):
    """A member's name is part of a pointer; the longest place and the longest name meet."""
    for name in ("a" * 400, "護" * 200, "a" + "護" * 200, "~" * 300, "a" * 75 + "~~"):
        lines = [{}] * 100 + [{**line, "times": [{"mode": "dates"}] * 10 +
                               [{"mode": "dates", name: 1}]}]
        for path in ("/cases", "/cases/preview"):
            wants_code(client.post(path, {"lines": lines}), 400, "unknown_field")


def many_drafts(client, line):
    for _ in range(DRAFTS // 200):
        client.post("/cases", {"lines": [line] * 200}).wants(201)
    answer = client.get("/lines?status=draft&limit=200").wants(200)
    if len(answer.json["items"]) != 200:
        raise AssertionError("not a whole page")


def named_twice(client, line):
    case = client.post("/cases", {"lines": [line]}).wants(201).json
    own = case["lines"][0]["line_id"]
    twice = {"lines": [{"line_id": own, "remark": "a"}, {"line_id": own, "purpose_note": "b"}]}
    path = f"/cases/{case['case_no']}"
    wants_code(client.patch(path, twice, version=case["version"]), 422, "duplicate_row")
    wants_code(client.patch(path, {"lines": []}, version=case["version"]), 422, "required")
    if client.get(path).json["version"] != case["version"]:
        raise AssertionError("a refusal changed the case")


def later_lines(client, line):
    """300 lines a case, but numbers of lines are not used again."""
    case = client.post("/cases", {"lines": [line]}).wants(201).json
    for _ in range(302):
        made = client.post(f"/cases/{case['case_no']}/lines", line).wants(201)
        path = made.headers["location"]
        client.get(path).wants(200)
        client.delete(path, version=made.json["version"]).wants(204)


def filing_only(client, line):
    """`file` neither reads nor submits; what it does it is told of, whole."""
    wants_code(client.post("/cases", {"lines": [line], "submit": True}), 403, "forbidden")
    case = client.post("/cases", {"lines": [line]}).wants(201).json
    path = f"/lines/{case['lines'][0]['line_id']}"
    client.patch(path, {"remark": "x"}, version=1).wants(200)
    wants_code(client.get(path), 403, "forbidden")
    wants_code(client.post(path + "/submit", version=2), 403, "forbidden")


def no_session(client):
    """A token is no session and ends none (AUTH 5.5)."""
    wants_code(client.post("/auth/logout"), 403, "forbidden")
    wants_code(client.delete("/auth/sessions/0123456789abcdef"), 403, "forbidden")


def main():
    baobei = Server(plain=True)
    code = baobei.identities("institution")[0]["institution"]
    all_rights = baobei.token(code, "read,file,submit")
    file_right = baobei.token(code, "file")
    with baobei:
        client = baobei.client(token=all_rights)
        filer = baobei.client(token=file_right)
        staff = client.get("/staff?limit=200").wants(200).json["items"]
        person = [found["person_id"] for found in staff if found["status"] == "practising"][0]
        places = client.get("/institutions?q=%E8%A8%BA%E6%89%80&open=true").wants(200).json
        line = line_of(person, places["items"][0]["code"])
        report.check("long_names_are_unknown_fields", lambda: long_names(client, line))
        report.check("a_page_of_drafts_of_one_person", lambda: many_drafts(client, line))
        report.check("a_line_named_twice_is_refused", lambda: named_twice(client, line))
        report.check("lines_after_the_300th_are_found", lambda: later_lines(client, line))
        report.check("file_is_not_submit", lambda: filing_only(filer, line))
        report.check("a_token_is_no_session", lambda: no_session(client))
        if not baobei.running():
            report.fail("the_server_lives", baobei.log_tail())
    report.finish()


if __name__ == "__main__":
    main()
