#!/usr/bin/env python3
# dev: part=http minutes=5
"""What is refused, each with its code and its pointer, and all of it at once (API 1, 1.2, 4.2;
MISSION 1.5).

Shows F149 (the main licence), F151 (a pharmacist's five reasons), F008 (never across institutions),
P06 (clashes over all occurrences).
"""
import json

import registrants
from world import continuous, day, equal, faults, refused, run, staffed_home

SUSPENDED_PLACE, CLOSED_PLACE, CLOSED_HOME = "3501990011", "3501990020", "3501990039"
PEOPLE = ("suspended", "technician", "second", "expired", "ending", "pharmacist", "nurse", "doctor",
          "dentist")


def prepare(server):
    home = staffed_home(server)
    special = {"suspended": {"status": "suspended", "status_from": day(-30)},
               "technician": {"profession": "2"},
               "second": {"main": "false"}, "expired": {"licence_to": day(-1)},
               "ending": {"licence_to": day(60)},
               "pharmacist": {"profession": "D"}, "nurse": {"profession": "F"},
               "dentist": {"profession": "C"}}
    people = [registrants.person(1000 + at, home, name=name, **special.get(name, {}))
              for at, name in enumerate(PEOPLE)]
    registrants.take(server, places=[
        registrants.place(SUSPENDED_PLACE, "停業測試診所", status="suspended", status_from=day(-10)),
        registrants.place(CLOSED_PLACE, "歇業測試診所", status="closed", status_from=day(-10)),
        registrants.place(CLOSED_HOME, "停業測試之家", status="suspended", status_from=day(-10))])
    registrants.take(server,
                     people=people + [registrants.person(2000, CLOSED_HOME, name="closed home")])
    return {"closed": server.token(CLOSED_HOME)}


def somebody(world, name):
    return next(one for one in world.staff if one["name"] == name)


def submitted(world, name="doctor", **more):
    """The faults of a line of this person filed for review; pointers without /lines/0."""
    line = world.line(of=somebody(world, name), **more)
    answer = world.clerk.post("/cases", {"lines": [line], "submit": True})
    if answer.status == 201:
        return set()
    found = faults(answer)
    equal(answer.code, next(iter(found))[1] if len(found) == 1 else "invalid")
    return {(field.removeprefix("/lines/0"), code) for field, code in found}


def drafted(world, **more):
    found = faults(world.clerk.post("/cases", {"lines": [world.line(**more)]}))
    return {(field.removeprefix("/lines/0"), code) for field, code in found}


# ---- of filing ----

def whoever_may_file_is_taken(world):
    for name in ("doctor", "dentist", "nurse"):
        equal((name, submitted(world, name)), (name, set()))
    equal(submitted(world, "pharmacist", purpose="51"), set())


def a_suspended_person_may_not_file(world):
    equal(submitted(world, "suspended"), {("/person_id", "person_not_practising")})


def a_technician_may_not_file(world):
    equal(submitted(world, "technician", purpose="01"), {("/person_id", "profession_may_not_file")})


def only_the_main_licence_files(world):
    equal(submitted(world, "second"), {("/person_id", "not_main_licence")})


def an_expired_licence_does_not_file(world):
    equal(submitted(world, "expired"), {("/person_id", "licence_expired")})


def support_ends_with_the_licence(world):
    late = [continuous(f"{day(45)}T20:00", f"{day(45)}T20:30"),
            continuous(f"{day(60)}T20:00", f"{day(61)}T00:30")]
    equal(submitted(world, "ending", times=late), {("/times/1", "after_licence_end")})
    equal(submitted(world, "ending", times=[continuous(f"{day(60)}T20:00", f"{day(60)}T24:00")]),
          set())


def a_suspended_home_does_not_file(world):
    closed = world.with_token(world.tokens["closed"])
    person, = closed.get("/staff").wants(200).json["items"]
    line = {**world.line(), "person_id": person["person_id"], "purpose": "01"}
    equal(faults(closed.post("/cases", {"lines": [line], "submit": True})),
          {("/lines/0/person_id", "home_not_open")})
    closed.post("/cases", {"lines": [line]}).wants(201)


def staff_of_another_house_is_nobodys(world):
    for theirs in (world.other.fit()[0]["person_id"], world.other.me["person_id"],
                   "0123456789abcdef", "x", "A123456789"):
        equal(drafted(world, person_id=theirs), {("/person_id", "not_your_staff")})


def the_place_must_be_another_and_open(world):
    equal(submitted(world, target=world.code), {("/target", "same_institution")})
    equal(submitted(world, target=SUSPENDED_PLACE), {("/target", "institution_not_open")})
    equal(submitted(world, target=CLOSED_PLACE), {("/target", "institution_not_open")})


def unknown_codes_are_refused_in_a_draft(world):
    equal(drafted(world, target="0000000000"), {("/target", "unknown_institution")})
    equal(drafted(world, department="ZZ"), {("/department", "unknown_department")})
    equal(drafted(world, purpose="98"), {("/purpose", "unknown_purpose")})


def an_unknown_place_is_told_with_near_ones(world):
    """Two figures exchanged, one wrong, a name instead of a code; a few, not all of a body's."""
    code = world.targets[0]
    name = world.clerk.get(f"/institutions/{code}").json["name"]
    at = next(at for at in range(9) if code[at] != code[at + 1])
    swapped = code[:at] + code[at + 1] + code[at] + code[at + 2:]
    wrong = code[:-1] + ("0" if code[-1] != "0" else "1")
    answer = world.clerk.post("/cases", {"lines": [
        world.line(target=target) for target in (swapped, wrong, name, "0000000000")]})
    near = [fault["near"] for fault in answer.wants(422).json["errors"]]
    equal([{"code": code, "name": name} in one for one in near[:2]], [True, True])
    equal(name in {one["name"] for one in near[2]}, True)
    many = world.clerk.post("/cases", {"lines": [world.line(target=wrong)] * 300}).wants(422).json
    equal(sum("near" in fault for fault in many["errors"]), 5)
    line = world.file_line(False)
    answer = world.clerk.patch(f"/lines/{line['line_id']}", {"target": wrong}, version=1).wants(422)
    equal(code in {one["code"] for one in answer.json["errors"][0]["near"]}, True)


def a_pharmacist_has_five_reasons(world):
    equal(submitted(world, "pharmacist", purpose="01"), {("/purpose", "purpose_not_allowed")})
    equal(submitted(world, "doctor", purpose="51"), {("/purpose", "purpose_not_allowed")})
    for purpose in ("51", "52", "53", "54"):
        equal(submitted(world, "pharmacist", purpose=purpose), set())


def some_reasons_want_a_note(world):
    equal(submitted(world, purpose="99"), {("/purpose_note", "required")})
    equal(submitted(world, purpose="99", purpose_note="說明"), set())
    equal(submitted(world, "pharmacist", purpose="55"), {("/purpose_note", "required")})


def a_nurse_at_home_in_another_county_wants_documents(world):
    near = next(code for code in world.targets if county(world, code) == world.county)
    equal(submitted(world, "nurse", purpose="13", target=near), set())
    equal(submitted(world, "nurse", purpose="13", target=world.other.code),
          {("/attachments", "attachment_required")})


def county(world, code):
    return world.clerk.get(f"/institutions/{code}").wants(200).json["county"]


def what_has_begun_is_past(world):
    equal(submitted(world, times=[continuous(f"{day(0)}T00:00", f"{day(3)}T00:00")]),
          {("/times/0", "in_the_past")})
    ticked = {"mode": "dates", "dates": [day(-1), day(50)], "start": "03:00", "end": "04:00"}
    equal(submitted(world, times=[world.slot(), ticked]), {("/times/1", "in_the_past")})


def times_of_a_line_do_not_overlap(world):
    rule = {"kind": "every_n_days", "every": 7}
    weekly = {"mode": "recurring", "from": day(100), "to": day(170), "start": "10:00",
              "end": "12:00", "rule": rule}
    last = continuous(f"{day(170)}T11:59", f"{day(170)}T13:00")
    equal(submitted(world, times=[weekly, last]), {("/times/1", "overlaps_self")})
    equal(submitted(world, times=[weekly, continuous(f"{day(170)}T12:00", f"{day(170)}T13:00")]),
          set())


def times_of_a_body_do_not_overlap(world):
    """At the later line; `with` names the other one by its place."""
    time, doctor = world.slot(), somebody(world, "doctor")
    lines = [world.line(of=doctor, times=[time]), world.line(of=doctor),
             world.line(of=doctor, times=[time]),
             world.line(of=somebody(world, "dentist"), times=[time])]
    answer = world.clerk.post("/cases", {"lines": lines, "submit": True})
    equal(faults(answer), {("/lines/2/times/0", "overlaps_case")})
    equal(answer.json["errors"][0]["with"], "/lines/0")


def times_of_other_lines_are_taken(world):
    """Over all occurrences, also past midnight; by another place, under review or approved."""
    rule = {"kind": "every_n_days", "every": 2}
    nights = {"mode": "recurring", "from": day(200), "to": day(240), "start": "22:00",
              "end": "02:00", "rule": rule}
    held = world.file_line(of=somebody(world, "doctor"), times=[nights])
    late = continuous(f"{day(241)}T01:59", f"{day(241)}T03:00")
    for status in ("under_review", "approved"):
        equal(world.clerk.get(f"/lines/{held['line_id']}").json["request"]["status"], status)
        answer = world.clerk.post("/cases", {"submit": True, "lines": [
            world.line(of=somebody(world, "doctor"), times=[late], target=world.targets[1])]})
        equal(faults(answer), {("/lines/0/times/0", "overlaps_case")})
        fault, = answer.json["errors"]
        equal((fault["with"], fault["start"], fault["end"]),
              (held["line_id"], f"{day(241)}T01:59", f"{day(241)}T02:00"))
        world.decide(held, "approve")
    equal(submitted(world, times=[continuous(f"{day(241)}T02:00", f"{day(241)}T03:00")]), set())


def a_rejected_line_takes_no_time(world):
    line = world.line(of=somebody(world, "doctor"))
    for _ in range(2):
        made = world.clerk.post("/cases",
                                {"lines": [line], "submit": True}).wants(201).json["lines"][0]
        equal(world.decide(made, "reject"), None)


def all_faults_of_filing_come_at_once(world):
    past = continuous(f"{day(-2)}T10:00", f"{day(-2)}T11:00")
    whole = continuous(f"{day(50)}T10:00", f"{day(50)}T11:00")
    lines = [world.line(of=somebody(world, "technician"), target=world.code, purpose="99",
                        times=[past, whole, whole]),
             world.line(of=somebody(world, "suspended"), target=CLOSED_PLACE, purpose="51",
                        times=[]),
             world.line(of=somebody(world, "expired"), purpose=None, times=[
                 continuous(f"{day(50)}T11:00", f"{day(50)}T11:00"),
                 {"mode": "dates", "dates": [day(51)]},
                 {"mode": "recurring", "from": day(60), "to": day(61), "start": "01:00",
                  "end": "02:00",
                  "rule": {"kind": "monthly_weekday", "nth": 5, "weekday": 1 + dayless(60)}}])]
    equal(faults(world.clerk.post("/cases", {"lines": lines, "submit": True})), {
        ("/lines/0/person_id", "profession_may_not_file"), ("/lines/0/target", "same_institution"),
        ("/lines/0/purpose_note", "required"), ("/lines/0/times/0", "in_the_past"),
        ("/lines/0/times/2", "overlaps_self"), ("/lines/1/person_id", "person_not_practising"),
        ("/lines/1/target", "institution_not_open"), ("/lines/1/purpose", "purpose_not_allowed"),
        ("/lines/1/times", "required"), ("/lines/2/person_id", "licence_expired"),
        ("/lines/2/purpose", "required"),
        ("/lines/2/times/0/end", "end_before_start"), ("/lines/2/times/1/start", "required"),
        ("/lines/2/times/1/end", "required"), ("/lines/2/times/2/rule", "bad_rule")})


def dayless(days):
    """A weekday, counted from 0, that is neither that day nor the one after it."""
    import datetime
    return (datetime.date.fromisoformat(day(days)).weekday() + 3) % 7


# ---- of form ----

TIMES = [
    ({}, "/mode", "bad_rule"), ({"mode": "x"}, "/mode", "bad_type"),
    ({"mode": 1}, "/mode", "bad_type"),
    ({"mode": "continuous", "start": "2027-02-29T10:00"}, "/start", "bad_date"),
    ({"mode": "continuous", "start": "tomorrow"}, "/start", "bad_date"),
    ({"mode": "continuous", "start": "2027-02-28T25:00"}, "/start", "bad_time"),
    ({"mode": "continuous", "start": "2027-02-28T24:00"}, "/start", "bad_time"),
    ({"mode": "continuous", "end": "2027-02-28T10:60"}, "/end", "bad_time"),
    ({"mode": "continuous", "end": "2027-02-28 10:00"}, "/end", "bad_time"),
    ({"mode": "continuous", "start": 20270228}, "/start", "bad_type"),
    ({"mode": "recurring", "from": "2027-13-01"}, "/from", "bad_date"),
    ({"mode": "recurring", "to": "116/01/01"}, "/to", "bad_date"),
    ({"mode": "recurring", "start": "24:00"}, "/start", "bad_time"),
    ({"mode": "recurring", "end": "8:00"}, "/end", "bad_time"),
    ({"mode": "recurring", "rule": "weekly"}, "/rule", "bad_type"),
    ({"mode": "recurring", "rule": {}}, "/rule/kind", "bad_rule"),
    ({"mode": "recurring", "rule": {"kind": "daily"}}, "/rule/kind", "bad_rule"),
    ({"mode": "recurring", "rule": {"kind": "weekly", "weekdays": []}}, "/rule/weekdays",
     "bad_rule"),
    ({"mode": "recurring", "rule": {"kind": "weekly", "weekdays": [1, 1]}}, "/rule/weekdays/1",
     "bad_rule"),
    ({"mode": "recurring", "rule": {"kind": "weekly", "weekdays": [8]}}, "/rule/weekdays/0",
     "bad_rule"),
    ({"mode": "recurring", "rule": {"kind": "weekly", "weekdays": ["1"]}}, "/rule/weekdays/0",
     "bad_type"),
    ({"mode": "recurring", "rule": {"kind": "weekly", "weekdays": [1.5]}}, "/rule/weekdays/0",
     "bad_type"),
    ({"mode": "recurring", "rule": {"kind": "monthly_weekday", "nth": 0}}, "/rule/nth", "bad_rule"),
    ({"mode": "recurring", "rule": {"kind": "monthly_weekday", "nth": 6}}, "/rule/nth", "bad_rule"),
    ({"mode": "recurring", "rule": {"kind": "monthly_weekday", "nth": -2}}, "/rule/nth",
     "bad_rule"),
    ({"mode": "recurring", "rule": {"kind": "monthly_weekday", "weekday": 0}}, "/rule/weekday",
     "bad_rule"),
    ({"mode": "recurring", "rule": {"kind": "monthly_day", "day": 32}}, "/rule/day", "bad_rule"),
    ({"mode": "recurring", "rule": {"kind": "every_n_weeks", "every": 1}}, "/rule/every",
     "bad_rule"),
    ({"mode": "recurring", "rule": {"kind": "every_n_weeks", "every": 53}}, "/rule/every",
     "bad_rule"),
    ({"mode": "recurring", "rule": {"kind": "every_n_days", "every": 0}}, "/rule/every",
     "bad_rule"),
    ({"mode": "recurring", "rule": {"kind": "every_n_days", "every": 366}}, "/rule/every",
     "bad_rule"),
    ({"mode": "recurring", "rule": {"kind": "every_n_days", "every": 10 ** 18}}, "/rule/every",
     "bad_rule"),
    ({"mode": "recurring", "from": "2027-01-01", "to": "2029-12-31", "start": "08:00",
      "end": "09:00",
      "rule": {"kind": "every_n_days", "every": 1}}, "", "too_many_occurrences"),
    ({"mode": "dates", "dates": "2027-01-01"}, "/dates", "bad_type"),
    ({"mode": "dates", "dates": ["2027-01-01", "2027-02-30"]}, "/dates/1", "bad_date"),
    ({"mode": "dates", "dates": ["2027-01-01", "2027-01-01"]}, "/dates/1", "bad_date"),
    ({"mode": "dates", "dates": [1]}, "/dates/0", "bad_type"),
    ({"mode": "dates", "dates": ["2027-01-01"] * 367}, "/dates", "too_long"),
    ("08:00", "", "bad_type"),
]


def every_fault_of_a_time_has_its_place(world):
    """All times in one body: each is found beside the others."""
    lines = [world.line(times=[time]) for time, _, _ in TIMES]
    wanted = {(f"/lines/{at}/times/0{field}", code) for at, (_, field, code) in enumerate(TIMES)}
    equal(faults(world.clerk.post("/cases", {"lines": lines})), wanted)


def every_fault_of_a_line_comes_at_once(world):
    line = {"person_id": 1, "target": None, "department": "9999", "purpose": True,
            "purpose_note": "字" * 201,
            "times": [world.slot()] * 51, "remark": "a\u0000b"}
    equal(faults(world.clerk.post("/cases", {"lines": [line, 7]})), {
        ("/lines/0/person_id", "bad_type"), ("/lines/0/target", "required"),
        ("/lines/0/department", "unknown_department"), ("/lines/0/purpose", "bad_type"),
        ("/lines/0/purpose_note", "too_long"), ("/lines/0/times", "too_long"),
        ("/lines/0/remark", "bad_text"),
        ("/lines/1", "bad_type")})


def limits_count_characters(world):
    line = world.file_line(False, purpose_note="字" * 200, remark="𠀀" * 500)
    equal((len(line["purpose_note"]), len(line["remark"])), (200, 500))
    equal(drafted(world, remark="字" * 501), {("/remark", "too_long")})


def three_hundred_lines_fit_and_more_do_not(world):
    line = world.line()
    world.clerk.post("/cases", {"lines": [line] * 300}).wants(201)
    equal(faults(world.clerk.post("/cases", {"lines": [line] * 301})), {("/lines", "too_long")})
    case = world.file(False)
    path = f"/cases/{case['case_no']}"
    equal(faults(world.clerk.patch(path, {"lines": [line] * 300}, version=1)),
          {("/lines", "too_long")})


def a_thousand_occurrences_fit_and_more_do_not(world):
    def daily(days):
        return {"mode": "recurring", "from": day(300), "to": day(300 + days - 1), "start": "01:00",
                "end": "02:00",
                "rule": {"kind": "every_n_days", "every": 1}}
    equal(world.file_line(False, times=[daily(1000)])["occurrences"], 1000)
    equal(drafted(world, times=[daily(1001)]), {("/times/0", "too_many_occurrences")})
    equal(drafted(world, times=[daily(500), daily(501)]), {("/times/1", "too_many_occurrences")})


def unknown_members_are_named(world):
    line = world.line(colour="red")
    line["times"][0]["color/shade~x"] = 1
    answer = world.clerk.post("/cases", {"lines": [line], "force": 1})
    equal(faults(answer, 400), {("/lines/0/colour", "unknown_field"), ("/force", "unknown_field"),
                                ("/lines/0/times/0/color~1shade~0x", "unknown_field")})
    equal(answer.code, "unknown_field")


def answers_speak_the_readers_language(world):
    zh = world.clerk.post("/cases", {"lines": []}).wants(422).json
    en = world.clerk.post("/cases", {"lines": []},
                          headers={"Accept-Language": "en"}).wants(422).json
    equal((zh["errors"][0]["message"], en["errors"][0]["message"]), ("必填", "Required."))
    if zh["detail"] == en["detail"]:
        raise AssertionError(en["detail"])


# ---- of the body as a whole ----

def what_is_not_json_is_refused(world):
    deep = b'{"lines":' + b"[" * 40 + b"]" * 40 + b"}"
    bodies = [b"", b"{", b"lines", b'{"lines":[],}', b'{"lines":[]} x', b"\xef\xbb\xbf{}",
              b'{"a":"\xff"}', deep,
              b'{"lines":[],"lines":[]}', b'{"lines":[{"target":"a","target":"b"}]}',
              b'{"a":"\\ud800"}', b'{"a":01}']
    for body in bodies:
        answer = world.clerk.request("POST", "/cases", raw=body,
                                     headers={"Content-Type": "application/json"})
        refused(answer, 400, "bad_json")
    for body in (b"[]", b"null", b"3", b'"x"'):
        answer = world.clerk.request("POST", "/cases", raw=body,
                                     headers={"Content-Type": "application/json"})
        equal(faults(answer), {("", "bad_type")})


def only_json_is_taken_and_given(world):
    body = json.dumps({"lines": [world.line()]}).encode()
    for media in ("text/plain", "application/x-www-form-urlencoded", "application/jsonx",
                  "multipart/form-data"):
        answer = world.clerk.request("POST", "/cases", raw=body, headers={"Content-Type": media})
        refused(answer, 415, "media_type")
    refused(world.clerk.request("POST", "/cases", raw=body), 415, "media_type")
    world.clerk.request("POST", "/cases", raw=body,
                        headers={"Content-Type": "application/json; charset=utf-8"}).wants(201)
    refused(world.clerk.get("/lines", headers={"Accept": "text/html"}), 406, "not_acceptable")
    world.clerk.get("/lines", headers={"Accept": "text/html, */*;q=0.1"}).wants(200)


def a_body_has_a_limit(world):
    """Told from the head: nothing of the body is sent here, nor waited for."""
    media = {"Content-Type": "application/json"}
    fits = b'{"lines":[]' + b" " * ((1 << 20) - 12) + b"}"
    equal(faults(world.clerk.request("POST", "/cases", raw=fits, headers=media)),
          {("/lines", "required")})
    for method, path in (("POST", "/cases"), ("POST", "/cases/preview")):
        refused(world.clerk.request(method, path,
                                    headers={**media, "Content-Length": str((1 << 20) + 1)}),
                413, "too_large")
    case = world.file(False)
    refused(world.clerk.request("POST", f"/cases/{case['case_no']}/submit", version=1,
                                headers={"Content-Length": "70000"}), 413, "too_large")


def unknown_paths_and_methods_are_told(world):
    for client in (world.clerk, world.anonymous()):
        refused(client.get("/nothing"), 404, "not_found")
        answer = client.request("PUT", "/cases", raw=b"")
        equal(refused(answer, 405, "method_not_allowed").headers["allow"].split(", ")[0], "POST")
    refused(world.clerk.delete("/lines/counts"), 405, "method_not_allowed")


def nothing_that_was_refused_left_a_trace(world):
    """Only what the tests above made is there: refused filings made neither lines nor numbers."""
    before = world.clerk.get("/lines/counts").json
    for body in ({"lines": [world.line(target=world.code)], "submit": True}, {"lines": [{}]},
                 {"lines": [{"x": 1}]}):
        if world.clerk.post("/cases", body, key="trace").status == 201:
            raise AssertionError(body)
    equal(world.clerk.get("/lines/counts").json, before)
    first, second = world.file(False), world.file(False)
    equal(int(second["case_no"].split("-")[2]), int(first["case_no"].split("-")[2]) + 1)


TESTS = (
    whoever_may_file_is_taken, a_suspended_person_may_not_file, a_technician_may_not_file,
    only_the_main_licence_files, an_expired_licence_does_not_file, support_ends_with_the_licence,
    a_suspended_home_does_not_file, staff_of_another_house_is_nobodys,
    the_place_must_be_another_and_open, unknown_codes_are_refused_in_a_draft,
    a_pharmacist_has_five_reasons, some_reasons_want_a_note,
    a_nurse_at_home_in_another_county_wants_documents, what_has_begun_is_past,
    times_of_a_line_do_not_overlap, times_of_a_body_do_not_overlap,
    times_of_other_lines_are_taken, a_rejected_line_takes_no_time,
    all_faults_of_filing_come_at_once, every_fault_of_a_time_has_its_place,
    every_fault_of_a_line_comes_at_once, limits_count_characters,
    three_hundred_lines_fit_and_more_do_not, a_thousand_occurrences_fit_and_more_do_not,
    unknown_members_are_named, answers_speak_the_readers_language, what_is_not_json_is_refused,
    only_json_is_taken_and_given, a_body_has_a_limit, unknown_paths_and_methods_are_told,
    nothing_that_was_refused_left_a_trace,
)

if __name__ == "__main__":
    run(*TESTS, prepare=prepare)
