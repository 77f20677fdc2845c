#!/usr/bin/env python3
# dev: part=http minutes=5
"""Cases and lines over their life (API 4.1, 4.2, MISSION R3, R4, R6 to R8).

Shows F126 (the system gives the number), F130 (an institution picks the staff member), F140
(purpose), F141 (several times a line), F143 (remark), F144 (department), F152 (one span), F155 F156
F157 F158 F159 (the five rules), F160 and F161 (ticked dates, with hours of their own), F111 F112
F113 F115 (the statuses, and what may be done in each), P07 (sentence and dates before saving), P28
(withdraw).
"""
import re

from world import continuous, day, equal, faults, refused, run, today

RULES = {
    "weekly": {"kind": "weekly", "weekdays": [1, 3, 7]},
    "monthly_weekday": {"kind": "monthly_weekday", "nth": -1, "weekday": 5},
    "monthly_day": {"kind": "monthly_day", "day": 31},
    "every_n_weeks": {"kind": "every_n_weeks", "every": 2, "weekday": 6},
    "every_n_days": {"kind": "every_n_days", "every": 3},
}


def recurring(rule, first, last, start="05:00", end="05:20"):
    return {"mode": "recurring", "from": first, "to": last, "start": start, "end": end,
            "rule": rule}


def kept(world, *times):
    """The line with these times, submitted, as GET shows it: they come back as sent."""
    made = world.file_line(times=list(times), of=world.fit()[1])
    shown = world.clerk.get(f"/lines/{made['line_id']}").wants(200).json
    equal(made["times"], list(times))
    equal(shown["times"], list(times))
    equal(shown["request"]["status"], "under_review")
    world.clerk.post(f"/lines/{shown['line_id']}/withdraw", version=shown["version"]).wants(200)
    return shown


# ---- the three modes and the five rules ----

def a_continuous_span_comes_back_as_sent(world):
    shown = kept(world, continuous(f"{day(50)}T08:01", f"{day(80)}T17:59"))
    equal((shown["occurrences"], shown["first_at"], shown["last_at"]),
          (1, f"{day(50)}T08:01", f"{day(80)}T17:59"))


def a_span_may_end_at_24_00(world):
    shown = kept(world, continuous(f"{day(50)}T08:00", f"{day(50)}T24:00"))
    equal(shown["last_at"], f"{day(51)}T00:00")


def weekly_comes_back_as_sent(world):
    shown = kept(world, recurring(RULES["weekly"], day(60), day(73)))
    equal(shown["occurrences"], 6)


def monthly_weekday_comes_back_as_sent(world):
    for nth in (1, 2, 3, 4, 5, -1):
        shown = kept(world, recurring({**RULES["monthly_weekday"], "nth": nth}, day(60), day(240)))
        if not 1 <= shown["occurrences"] <= 7:
            raise AssertionError(shown["occurrences"])


def monthly_day_comes_back_as_sent(world):
    shown = kept(world, recurring(RULES["monthly_day"], day(60), day(200)))
    equal(shown["first_at"][8:10], "31")


def every_n_weeks_comes_back_as_sent(world):
    shown = kept(world, recurring(RULES["every_n_weeks"], day(60), day(60 + 27)))
    equal(shown["occurrences"], 2)


def every_n_days_comes_back_as_sent(world):
    shown = kept(world, recurring(RULES["every_n_days"], day(60), day(72)))
    equal((shown["occurrences"], shown["first_at"]), (5, f"{day(60)}T05:00"))


def a_night_crosses_midnight(world):
    shown = kept(world, recurring(RULES["every_n_days"], day(60), day(60), "22:00", "06:00"))
    equal((shown["first_at"], shown["last_at"]), (f"{day(60)}T22:00", f"{day(61)}T06:00"))


def an_equal_end_is_a_whole_day(world):
    shown = kept(world, recurring(RULES["every_n_days"], day(60), day(60), "08:00", "08:00"))
    equal(shown["last_at"], f"{day(61)}T08:00")


def ticked_dates_come_back_as_sent(world):
    shown = kept(world, {"mode": "dates", "dates": [day(60), day(61), day(67)], "start": "13:00",
                         "end": "24:00"})
    equal((shown["occurrences"], shown["last_at"]), (3, f"{day(68)}T00:00"))


def a_line_takes_times_of_all_modes(world):
    shown = kept(world, continuous(f"{day(50)}T01:00", f"{day(50)}T02:00"),
                 recurring(RULES["weekly"], day(60), day(66)),
                 {"mode": "dates", "dates": [day(70)], "start": "01:00", "end": "02:00"})
    equal(shown["occurrences"], 1 + 3 + 1)


def fifty_times_fit_and_more_do_not(world):
    times = [continuous(f"{day(100 + i)}T01:00", f"{day(100 + i)}T02:00") for i in range(51)]
    world.clerk.post("/cases", {"lines": [world.line(times=times[:50])]}).wants(201)
    equal(faults(world.clerk.post("/cases", {"lines": [world.line(times=times)]})),
          {("/lines/0/times", "too_long")})


# ---- a case ----

def a_number_is_made_of_date_home_and_serial(world):
    first, second = world.file(False), world.file(False)
    match = re.fullmatch(r"([0-9]{7})-([0-9A-Z]{10})-([0-9]{4,})", first["case_no"])
    equal(match.group(1), f"{today().year - 1911:03}{today():%m%d}")
    equal(match.group(2), world.code)
    equal(int(second["case_no"].split("-")[2]), int(match.group(3)) + 1)
    equal(first["lines"][0]["line_id"], first["case_no"] + "-1")


def a_case_is_shown_as_it_was_answered(world):
    answer = world.clerk.post("/cases",
                              {"lines": [world.line(), world.line()], "submit": True}).wants(201)
    equal(answer.headers["location"], "/api/v1/cases/" + answer.json["case_no"])
    shown = world.clerk.get(answer.headers["location"]).wants(200)
    equal(shown.json, answer.json)
    equal(shown.headers["etag"], answer.headers["etag"])
    equal(shown.headers["etag"], f'"{shown.json["version"]}"')
    equal(world.clerk.get("/lines/" + answer.json["lines"][1]["line_id"]).json,
          answer.json["lines"][1])


def a_line_holds_what_was_sent(world):
    line = world.line(remark="第一行\n第二行", purpose_note="說明", department="03")
    shown = world.clerk.post("/cases", {"lines": [line]}).wants(201).json["lines"][0]
    for name in ("remark", "purpose_note", "department", "purpose", "times"):
        equal(shown[name], line[name])
    equal(shown["person"]["person_id"], line["person_id"])
    equal((shown["target"]["code"], shown["home"]["code"]), (line["target"], world.code))
    equal((shown["created_by"], shown["force"], shown["attachments"]), ("institution", "none", []))


def a_person_files_for_himself_without_naming_himself(world):
    line = world.line()
    del line["person_id"]
    case = world.person.post("/cases", {"lines": [line]}).wants(201).json
    equal((case["created_by"], case["home"]["code"]), ("person", world.code))
    equal(case["lines"][0]["person"]["person_id"], world.me["person_id"])


def a_person_may_name_himself_and_nobody_else(world):
    world.person.post("/cases", {"lines": [world.line(person_id=world.me["person_id"])]}).wants(201)
    equal(faults(world.person.post("/cases", {"lines": [world.line()]})),
          {("/lines/0/person_id", "not_your_staff")})


def head_has_the_headers_of_get(world):
    path = "/cases/" + world.file(False)["case_no"]
    got, head = world.clerk.get(path), world.clerk.request("HEAD", path).wants(200)
    equal({name: head.headers[name] for name in ("etag", "content-length", "content-type")},
          {name: got.headers[name] for name in ("etag", "content-length", "content-type")})


# ---- drafts ----

def a_draft_may_lack_all_but_person_and_place(world):
    whole = world.line()
    draft = {name: whole[name] for name in ("person_id", "target")}
    shown = world.clerk.post("/cases", {"lines": [draft]}).wants(201).json["lines"][0]
    equal((shown["times"], shown["occurrences"], shown["first_at"], shown["last_at"]),
          ([], 0, None, None))
    equal({(one["field"], one["code"]) for one in shown["problems"]},
          {("/purpose", "required"), ("/times", "required")})
    refused(world.clerk.post(f"/lines/{shown['line_id']}/submit", version=1), 422, "invalid")


def a_draft_without_person_or_place_is_refused(world):
    equal(faults(world.clerk.post("/cases", {"lines": [{}]})),
          {("/lines/0/person_id", "required"), ("/lines/0/target", "required")})
    equal(faults(world.person.post("/cases", {"lines": [{}]})), {("/lines/0/target", "required")})


def a_draft_keeps_half_a_time(world):
    half = [{"mode": "recurring", "from": day(50), "start": "08:00", "rule": {"kind": "weekly"}},
            {"mode": "dates", "start": "08:00"}, {"mode": "continuous", "end": f"{day(50)}T10:00"}]
    shown = world.file_line(False, times=half)
    equal(shown["occurrences"], 0)
    told = {one["field"]: one["code"] for one in shown["problems"]}
    for field in ("/times/0/to", "/times/0/end", "/times/0/rule/weekdays", "/times/1/dates",
                  "/times/1/end",
                  "/times/2/start"):
        equal((field, told.get(field)), (field, "required"))
    half[1]["dates"] = []  # none are ticked
    equal(world.clerk.get(f"/lines/{shown['line_id']}").json["times"], half)


def a_draft_may_break_the_rules_of_filing(world):
    past = continuous(f"{day(-3)}T08:00", f"{day(-3)}T09:00")
    reversed_ = continuous(f"{day(50)}T09:00", f"{day(50)}T08:00")
    line = world.line(times=[past, past, reversed_], target=world.code, purpose="51")
    shown = world.clerk.post("/cases", {"lines": [line]}).wants(201).json["lines"][0]
    equal({(one["field"], one["code"]) for one in shown["problems"]},
          {("/target", "same_institution"), ("/purpose", "purpose_not_allowed"),
           ("/times/0", "in_the_past"),
           ("/times/1", "in_the_past"), ("/times/1", "overlaps_self"),
           ("/times/2/end", "end_before_start")})


def problems_of_a_draft_follow_other_lines(world):
    line = world.line()
    draft = world.clerk.post("/cases", {"lines": [line]}).wants(201).json["lines"][0]
    equal(draft["problems"], [])
    taken = world.clerk.post("/cases",
                             {"lines": [line], "submit": True}).wants(201).json["lines"][0]
    problem, = world.clerk.get(f"/lines/{draft['line_id']}").json["problems"]
    time = line["times"][0]
    equal((problem["field"], problem["code"], problem["with"], problem["start"], problem["end"]),
          ("/times/0", "overlaps_case", taken["line_id"], time["start"], time["end"]))
    world.clerk.post(f"/lines/{taken['line_id']}/withdraw", version=taken["version"]).wants(200)
    equal(world.clerk.get(f"/lines/{draft['line_id']}").json["problems"], [])


# ---- changing ----

def a_patch_of_a_line_changes_what_it_names(world):
    before = world.file_line(False, remark="a", purpose_note="b")
    path = f"/lines/{before['line_id']}"
    after = world.clerk.patch(path, {"remark": "c"}, version=1).wants(200)
    differ = {name for name in before if before[name] != after.json[name]}
    equal(differ, {"remark", "version"})
    equal(after.headers["etag"], '"2"')
    equal(world.clerk.get(path).json, after.json)


def null_empties_a_member(world):
    line = world.file_line(False, remark="a", purpose_note="b")
    empty = {"remark": None, "purpose_note": None, "department": None, "purpose": None,
             "times": None}
    after = world.clerk.patch(f"/lines/{line['line_id']}", empty, version=1).wants(200).json
    equal({name: after[name] for name in empty}, {**empty, "times": []})


def person_and_place_of_a_draft_may_be_changed(world):
    line = world.file_line(False)
    other = world.fit()[2]
    change = {"person_id": other["person_id"], "target": world.targets[1]}
    after = world.clerk.patch(f"/lines/{line['line_id']}", change, version=1).wants(200).json
    equal((after["person"]["name"], after["target"]["code"]), (other["name"], world.targets[1]))
    equal(faults(world.clerk.patch(f"/lines/{line['line_id']}", {"person_id": None, "target": None},
                                   version=2)),
          {("/person_id", "required"), ("/target", "required")})


def a_change_of_a_line_counts_for_its_case(world):
    case = world.file(False, lines=2)
    first, second = (line["line_id"] for line in case["lines"])
    world.clerk.patch(f"/lines/{first}", {"remark": "x"}, version=1).wants(200)
    shown = world.clerk.get(f"/cases/{case['case_no']}").json
    equal(shown["version"], case["version"] + 1)
    equal([line["version"] for line in shown["lines"]], [2, 1])
    equal(second, shown["lines"][1]["line_id"])


def a_patch_of_a_case_changes_adds_and_leaves(world):
    case = world.file(False, lines=3)
    added = world.line(remark="new")
    change = {"lines": [{"line_id": case["lines"][1]["line_id"], "remark": "changed"}, added]}
    after = world.clerk.patch(f"/cases/{case['case_no']}", change,
                              version=case["version"]).wants(200).json
    equal(after["version"], case["version"] + 1)
    equal([line["remark"] for line in after["lines"]], [None, "changed", None, "new"])
    equal([line["version"] for line in after["lines"]], [1, 2, 1, 1])
    equal(after["lines"][0], case["lines"][0])


def a_patch_is_all_or_nothing(world):
    case = world.file(False, lines=2)
    first, second = (line["line_id"] for line in case["lines"])
    path = f"/cases/{case['case_no']}"
    change = {"lines": [{"line_id": first, "remark": "x"},
                        {"line_id": second, "target": "0000000000"}]}
    equal(faults(world.clerk.patch(path, change, version=case["version"])),
          {("/lines/1/target", "unknown_institution")})
    equal(world.clerk.get(path).json, case)


def a_line_is_added_to_its_case(world):
    case = world.file(False)
    answer = world.clerk.post(f"/cases/{case['case_no']}/lines", world.line()).wants(201)
    equal(answer.json["line_id"], case["case_no"] + "-2")
    equal(answer.headers["location"], "/api/v1/lines/" + answer.json["line_id"])
    shown = world.clerk.get(f"/cases/{case['case_no']}").json
    equal((len(shown["lines"]), shown["version"]), (2, case["version"] + 1))


def a_foreign_line_in_a_patch_is_not_found(world):
    case, other = world.file(False), world.file(False)
    change = {"lines": [{"line_id": other["lines"][0]["line_id"], "remark": "x"}]}
    refused(world.clerk.patch(f"/cases/{case['case_no']}", change, version=case["version"]), 404,
            "not_found")


def nothing_under_review_or_approved_is_edited(world):
    line = world.file_line()
    path = f"/lines/{line['line_id']}"
    equal(refused(world.clerk.patch(path, {"remark": "x"}, version=2), 409,
                  "wrong_state").json["state"], "under_review")
    equal(refused(world.clerk.delete(path, version=2), 409, "wrong_state").json["state"],
          "under_review")
    equal(world.decide(line, "approve"), None)
    equal(refused(world.clerk.patch(path, {"remark": "x"}, version=3), 409,
                  "wrong_state").json["state"], "approved")


# ---- the life of a line ----

def from_draft_to_approval_by_every_way_back(world):
    line = world.file_line(False)
    path = f"/lines/{line['line_id']}"
    equal((line["request"]["status"], line["actions"]), ("draft", ["edit", "delete", "submit"]))
    sent = world.clerk.post(path + "/submit", version=1).wants(200).json
    equal((sent["request"]["status"], sent["actions"]), ("under_review", ["withdraw"]))
    back = world.clerk.post(path + "/withdraw", version=2).wants(200).json
    equal((back["request"]["status"], back["request"]["submitted_at"]), ("draft", None))
    world.clerk.patch(path, {"remark": "再送"}, version=3).wants(200)
    sent = world.clerk.post(path + "/submit", version=4).wants(200).json
    equal(world.decide(sent, "return", reason="請補充", remarks=[{"field": "times", "text": "時間過長"}]),
          None)
    returned = world.clerk.get(path).json
    equal((returned["request"]["status"], returned["request"]["reason"]), ("returned", "請補充"))
    equal(returned["request"]["remarks"], [{"field": "times", "text": "時間過長"}])
    equal(returned["actions"], ["edit", "submit"])
    world.clerk.patch(path, {"remark": "已補"}, version=6).wants(200)
    sent = world.clerk.post(path + "/submit", version=7).wants(200).json
    equal((sent["line_id"], sent["request"]["reason"]), (line["line_id"], None))
    equal(world.decide(sent, "approve", document_no="北市衛字第1號"), None)
    done = world.clerk.get(path).json
    equal((done["request"]["status"], done["force"], done["request"]["document_no"]),
          ("approved", "upcoming", "北市衛字第1號"))
    equal((done["version"], done["remark"], done["problems"]), (9, "已補", []))
    actions = [one["action"] for one in world.clerk.get(path + "/history").wants(200).json["items"]]
    equal(actions, ["create", "submit", "withdraw", "edit", "submit", "return", "edit", "submit",
                    "approve"])


def a_rejected_line_stays_rejected(world):
    line = world.file_line()
    equal(world.decide(line, "reject", reason="不符規定"), None)
    shown = world.clerk.get(f"/lines/{line['line_id']}").json
    equal((shown["request"]["status"], shown["force"], shown["actions"]), ("rejected", "none", []))
    refused(world.clerk.post(f"/lines/{line['line_id']}/submit", version=3), 409, "wrong_state")


def a_submitted_case_sends_drafts_and_returned_lines_only(world):
    case = world.file(False, lines=3)
    sent = world.clerk.post(f"/lines/{case['lines'][0]['line_id']}/submit",
                            version=1).wants(200).json
    equal(world.decide(sent, "approve"), None)
    sent = world.clerk.post(f"/lines/{case['lines'][1]['line_id']}/submit",
                            version=1).wants(200).json
    equal(world.decide(sent, "return"), None)
    path = f"/cases/{case['case_no']}"
    version = world.clerk.get(path).json["version"]
    after = world.clerk.post(path + "/submit", version=version).wants(200).json
    equal([line["request"]["status"] for line in after["lines"]],
          ["approved", "under_review", "under_review"])
    refused(world.clerk.post(path + "/submit", version=after["version"]), 409, "wrong_state")


def one_fault_keeps_the_whole_case_from_being_sent(world):
    good, bad = world.line(), {**world.line(), "times": []}
    case = world.clerk.post("/cases", {"lines": [good, bad]}).wants(201).json
    path = f"/cases/{case['case_no']}"
    equal(faults(world.clerk.post(path + "/submit", version=1)), {("/lines/1/times", "required")})
    equal(world.clerk.get(path).json, case)


def a_draft_case_is_dropped_and_gone(world):
    case = world.file(False, lines=2)
    path, line = f"/cases/{case['case_no']}", f"/lines/{case['lines'][0]['line_id']}"
    equal(world.clerk.delete(path, version=1).wants(204).body, b"")
    for client in (world.clerk, world.reviewer):
        refused(client.get(path), 404, "not_found")
        refused(client.get(line), 404, "not_found")
        refused(client.get(line + "/history"), 404, "not_found")


def a_case_under_review_is_not_dropped(world):
    case = world.file(True)
    answer = refused(world.clerk.delete(f"/cases/{case['case_no']}", version=1), 409, "wrong_state")
    equal(answer.json["state"], "under_review")


def a_case_goes_with_its_last_line(world):
    case = world.file(False, lines=2)
    for line in case["lines"]:
        world.clerk.delete(f"/lines/{line['line_id']}", version=1).wants(204)
    refused(world.clerk.get(f"/cases/{case['case_no']}"), 404, "not_found")
    if world.file(False)["case_no"] == case["case_no"]:
        raise AssertionError("a number was used again")


# ---- trying out ----

def a_preview_writes_nothing(world):
    before = world.clerk.get("/lines/counts").json
    time = recurring(RULES["monthly_day"], day(60), day(200))
    line = {name: value for name, value in world.line(times=[time]).items() if name != "remark"}
    shown, = world.clerk.post("/cases/preview", {"lines": [line]}).wants(200).json["lines"]
    equal((shown["count"], len(shown["occurrences"]), shown["conflicts"]),
          (len(shown["occurrences"]), shown["count"], []))
    if not shown["skipped"] or "31" not in shown["sentence"]:
        raise AssertionError(shown)
    equal(world.clerk.get("/lines/counts").json, before)


def a_preview_tells_clashes_and_faults_in_a_200(world):
    line = world.line()
    taken = world.clerk.post("/cases",
                             {"lines": [line], "submit": True}).wants(201).json["lines"][0]
    bad = {"person_id": line["person_id"], "target": world.code, "purpose": line["purpose"],
           "times": line["times"]}
    shown, = world.clerk.post("/cases/preview", {"lines": [bad]}).wants(200).json["lines"]
    equal({(one["field"], one["code"]) for one in shown["errors"]},
          {("/target", "same_institution"), ("/times/0", "overlaps_case")})
    conflict, = shown["conflicts"]
    equal((conflict["with"]["line_id"], conflict["with"]["status"], conflict["start"]),
          (taken["line_id"], "under_review", line["times"][0]["start"]))


def a_preview_shows_the_first_400_occurrences(world):
    time = recurring({"kind": "every_n_days", "every": 1}, day(60), day(60 + 499))
    line = world.line(times=[time])
    shown, = world.clerk.post("/cases/preview", {"lines": [line]}).wants(200).json["lines"]
    equal((len(shown["occurrences"]), shown["count"]), (400, 500))


if __name__ == "__main__":
    run(a_continuous_span_comes_back_as_sent, a_span_may_end_at_24_00, weekly_comes_back_as_sent,
        monthly_weekday_comes_back_as_sent, monthly_day_comes_back_as_sent,
        every_n_weeks_comes_back_as_sent,
        every_n_days_comes_back_as_sent, a_night_crosses_midnight, an_equal_end_is_a_whole_day,
        ticked_dates_come_back_as_sent, a_line_takes_times_of_all_modes,
        fifty_times_fit_and_more_do_not,
        a_number_is_made_of_date_home_and_serial, a_case_is_shown_as_it_was_answered,
        a_line_holds_what_was_sent,
        a_person_files_for_himself_without_naming_himself,
        a_person_may_name_himself_and_nobody_else,
        head_has_the_headers_of_get, a_draft_may_lack_all_but_person_and_place,
        a_draft_without_person_or_place_is_refused, a_draft_keeps_half_a_time,
        a_draft_may_break_the_rules_of_filing,
        problems_of_a_draft_follow_other_lines, a_patch_of_a_line_changes_what_it_names,
        null_empties_a_member,
        person_and_place_of_a_draft_may_be_changed, a_change_of_a_line_counts_for_its_case,
        a_patch_of_a_case_changes_adds_and_leaves, a_patch_is_all_or_nothing,
        a_line_is_added_to_its_case,
        a_foreign_line_in_a_patch_is_not_found, nothing_under_review_or_approved_is_edited,
        from_draft_to_approval_by_every_way_back, a_rejected_line_stays_rejected,
        a_submitted_case_sends_drafts_and_returned_lines_only,
        one_fault_keeps_the_whole_case_from_being_sent,
        a_draft_case_is_dropped_and_gone, a_case_under_review_is_not_dropped,
        a_case_goes_with_its_last_line,
        a_preview_writes_nothing, a_preview_tells_clashes_and_faults_in_a_200,
        a_preview_shows_the_first_400_occurrences)
