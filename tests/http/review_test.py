#!/usr/bin/env python3
# dev: part=http minutes=5
"""The bureau's side (API 6): its queue, a case as it sees it, and decisions.

Shows F197 (a bureau's queue), F198 (approve, disapprove, return), P11 (bulk decisions with reasons
and partial results), P13 (the oldest due first), P15 (counts), P16 (who did what and when), P29 (a
return with remarks and a date), P40 (checks of the rules).
"""
from world import continuous, day, equal, faults, run, together

DECISIONS_MAX = 500


def queued(world, reviewer=None, more=""):
    return world.pages(reviewer or world.reviewer, "/review/queue?limit=7" + more)


def decide(world, *items, reviewer=None):
    """(done, [(line_id, code)]) of (line, decision, more) each."""
    decisions = [{"line_id": line["line_id"], "version": line["version"], "decision": decision,
                  **more}
                 for line, decision, more in items]
    answer = (reviewer or world.reviewer).post("/review/decisions",
                                               {"decisions": decisions}).wants(200).json
    return answer["done"], [(one["line_id"], one["code"]) for one in answer["failed"]]


def shown(world, line):
    return world.clerk.get(f"/lines/{line['line_id']}").wants(200).json


# ---- the queue ----

def a_submitted_line_waits_in_the_queue_of_its_county(world):
    line = world.file_line()
    found = [item for item in queued(world) if item["line_id"] == line["line_id"]]
    equal(len(found), 1)
    item = found[0]
    equal((item["due_at"], item["age_days"], item["assignee"]),
          (item["request"]["due_at"], 0, None))
    equal([item for item in queued(world, world.other.reviewer)
           if item["line_id"] == line["line_id"]], [])
    equal({item["home"]["county"] for item in queued(world)}, {world.county})


def the_queue_begins_with_the_oldest_due(world):
    for _ in range(8):
        world.file_line()
    items = queued(world)
    equal([item["due_at"] for item in items], sorted(item["due_at"] for item in items))
    equal({item["request"]["status"] for item in items}, {"under_review"})


def the_queue_lets_go_of_what_is_decided_or_withdrawn(world):
    lines = [world.file_line() for _ in range(4)]
    equal(decide(world, (lines[0], "approve", {}), (lines[1], "reject", {"reason": "x"}),
                 (lines[2], "return", {"reason": "x"})), (3, []))
    world.clerk.post(f"/lines/{lines[3]['line_id']}/withdraw", version=2).wants(200)
    left = {item["line_id"] for item in queued(world)}
    equal(left & {line["line_id"] for line in lines}, set())


def the_queue_is_filtered(world):
    line = world.file_line(of=world.fit()[3], target=world.targets[2])
    by = {"person_id": line["person"]["person_id"], "target": world.targets[2],
          "q": line["line_id"],
          "submitted_from": day(0), "kind": "register", "status": "under_review",
          "overdue": "false",
          "from": line["first_at"][:10], "created_by": "institution"}
    for name, value in by.items():
        if line["line_id"] not in {item["line_id"]
                                   for item in queued(world, more=f"&{name}={value}")}:
            raise AssertionError(f"{name}={value} does not find it")
    for name, value in {"kind": "cancel", "status": "returned", "overdue": "true",
                        "submitted_to": day(-1),
                        "created_by": "person"}.items():
        if line["line_id"] in {item["line_id"] for item in queued(world, more=f"&{name}={value}")}:
            raise AssertionError(f"{name}={value} finds it")


def the_queue_is_the_sum_of_what_is_under_review(world):
    counts = world.reviewer.get("/lines/counts").wants(200).json
    equal(world.reviewer.get("/review/queue?limit=1").json["total"], counts["under_review"])
    equal(len(queued(world)), counts["under_review"])


# ---- a case ----

def a_reviewer_sees_all_that_the_decision_needs(world):
    line = world.file_line()
    seen = world.reviewer.get(f"/review/lines/{line['line_id']}").wants(200)
    equal(seen.headers["etag"], f'"{line["version"]}"')
    equal((seen.json["line"]["line_id"], seen.json["before"]), (line["line_id"], None))
    equal({one["rule"] for one in seen.json["checks"]} >= {
        "licence_valid", "person_practising", "home_open", "place_open", "profession", "purpose",
        "in_future", "lead",
        "period", "staff_left"}, True)
    equal([one["action"] for one in seen.json["history"]], ["create", "submit"])
    equal(seen.json["line"]["actions"], [])


def hours_are_summed_over_all_lines_of_a_week(world):
    person = world.fit()[4]
    lines = [world.file_line(of=person, times=[continuous(f"{day(300)}T{hour:02}:00",
                                                          f"{day(300)}T{hour + 2:02}:00")])
             for hour in (1, 4)]
    week, = world.reviewer.get(f"/review/lines/{lines[0]['line_id']}").json["hours"]
    equal((week["minutes"], week["lines"]), (240, 2))


def a_short_notice_is_told_and_not_refused(world):
    time = continuous(f"{day(0)}T23:59", f"{day(1)}T00:30")
    line = world.file_line(of=world.fit()[5], times=[time])
    outcomes = {one["rule"]: one["outcome"] for one in
                world.reviewer.get(f"/review/lines/{line['line_id']}").json["checks"]}
    equal(outcomes["lead"], "warn")
    equal(world.decide(line, "approve"), None)


# ---- decisions ----

def an_approval_puts_a_line_into_force(world):
    line = world.file_line()
    equal(decide(world, (line, "approve", {"document_no": "衛字第123號"})), (1, []))
    after = shown(world, line)
    equal((after["request"]["status"], after["force"], after["version"]),
          ("approved", "upcoming", 3))
    equal((after["request"]["document_no"], after["request"]["due_at"], after["nhi"]["status"]),
          ("衛字第123號", None, "pending"))


def a_refusal_tells_the_way_of_appeal(world):
    line = world.file_line()
    equal(decide(world, (line, "reject", {"reason": "人力不足"})), (1, []))
    reason = shown(world, line)["request"]["reason"]
    equal(reason.startswith("人力不足\n") and "訴願" in reason and "30日" in reason, True)
    equal(world.clerk.get(f"/lines/{line['line_id']}/history").json["items"][-1]["reason"], reason)


def a_return_says_what_to_mend_and_until_when(world):
    line = world.file_line()
    remarks = [{"field": "times", "text": "時間\n不符"}, {"field": "purpose", "text": "請說明"}]
    equal(decide(world, (line, "return", {"reason": "請補正", "remarks": remarks, "due_at": day(10)})),
          (1, []))
    request = shown(world, line)["request"]
    equal((request["status"], request["reason"], request["remarks"]), ("returned", "請補正", remarks))
    equal(request["due_at"], f"{day(10)}T15:59:59Z")
    equal(decide(world, (world.file_line(), "return",
                         {"reason": "x", "due_at": f"{day(3)}T15:59:59Z"})), (1, []))


def a_second_decision_is_stale_and_then_wrong(world):
    line = world.file_line()
    equal(decide(world, (line, "approve", {})), (1, []))
    equal(decide(world, (line, "approve", {})), (0, [(line["line_id"], "stale")]))
    for decision in ("approve", "reject", "return"):
        equal(decide(world, (shown(world, line), decision, {"reason": "x"})),
              (0, [(line["line_id"], "wrong_state")]))
    equal(shown(world, line)["version"], 3)


def what_needs_a_reason_says_so(world):
    line = world.file_line()
    for more in ({}, {"reason": None}, {"reason": ""}):
        equal(decide(world, (line, "reject", more), (line, "return", more)),
              (0, [(line["line_id"], "reason_required")] * 2))
    equal(shown(world, line), line)


def failures_come_in_the_order_asked(world):
    """Also over several homes, and with what is not known; each decision stands for itself."""
    first, second, third = (world.file_line() for _ in range(3))
    foreign, draft = world.other.file_line(), world.file_line(False)
    gone = {"line_id": "1150101-0000000000-0001-1", "version": 1}
    nonsense = {"line_id": "x", "version": 1}
    done, failed = decide(
        world, (nonsense, "approve", {}), (third, "reject", {}), (foreign, "approve", {}),
        (first, "approve", {}),
        ({**second, "version": 9}, "approve", {}), (gone, "approve", {}), (draft, "approve", {}),
        (first, "approve", {}), (second, "approve", {}))
    equal(done, 2)
    equal(failed, [("x", "not_found"), (third["line_id"], "reason_required"),
                   (foreign["line_id"], "not_found"),
                   (second["line_id"], "stale"), (gone["line_id"], "not_found"),
                   (draft["line_id"], "wrong_state"),
                   (first["line_id"], "stale")])
    equal([shown(world, line)["request"]["status"] for line in (first, second, third)],
          ["approved", "approved", "under_review"])


def the_version_is_checked_before_the_state(world):
    draft = world.file_line(False)
    equal(decide(world, ({**draft, "version": 7}, "approve", {})),
          (0, [(draft["line_id"], "stale")]))


def another_countys_line_is_not_found(world):
    line = world.file_line()
    equal(decide(world, (line, "approve", {}), reviewer=world.other.reviewer),
          (0, [(line["line_id"], "not_found")]))
    equal(shown(world, line), line)


def two_reviewers_decide_a_line_once(world):
    second = world.sign_in(world.reviewer_card)
    for _ in range(5):
        line = world.file_line()
        outcomes = together([lambda: decide(world, (line, "approve", {})),
                             lambda: decide(world, (line, "reject", {"reason": "x"}),
                                            reviewer=second)])
        equal(sorted(outcomes), [(0, [(line["line_id"], "stale")]), (1, [])])
        equal(shown(world, line)["version"], 3)


def a_withdrawal_and_a_decision_do_not_both_happen(world):
    for _ in range(5):
        line = world.file_line()
        path = f"/lines/{line['line_id']}"
        withdrawn, decided = together([lambda: world.clerk.post(path + "/withdraw",
                                                                version=2).status,
                                       lambda: decide(world, (line, "approve", {}))[0]])
        equal((withdrawn, decided) in ((200, 0), (412, 1)), True)
        equal(shown(world, line)["request"]["status"], "approved" if decided else "draft")


def five_hundred_decisions_fit_and_more_do_not(world):
    lines = world.file(lines=40, of=world.fit()[6])["lines"]
    items = [{"line_id": line["line_id"], "version": line["version"], "decision": "approve"}
             for line in lines]
    filler = [{"line_id": f"1150101-0000000000-{at:04}-1", "version": 1, "decision": "approve"}
              for at in range(DECISIONS_MAX - len(items))]
    answer = world.reviewer.post("/review/decisions", {"decisions": items + filler}).wants(200).json
    equal((answer["done"], len(answer["failed"])), (40, DECISIONS_MAX - 40))
    equal(faults(world.reviewer.post("/review/decisions",
                                     {"decisions": items + filler + filler[:1]})),
          {("/decisions", "too_long")})


def faults_of_a_decision_come_at_once(world):
    bad = {"line_id": 1, "version": "1", "decision": "maybe", "reason": "字" * 501,
           "document_no": "1" * 61,
           "due_at": "soon", "remarks": [{"field": "x"}, 3]}
    line = world.file_line()
    good = {"line_id": line["line_id"], "version": line["version"], "decision": "approve"}
    equal(faults(world.reviewer.post("/review/decisions", {"decisions": [good, bad, {}, 7]})), {
        ("/decisions/1/line_id", "bad_type"), ("/decisions/1/version", "bad_type"),
        ("/decisions/1/decision", "bad_type"), ("/decisions/1/reason", "too_long"),
        ("/decisions/1/document_no", "too_long"), ("/decisions/1/due_at", "bad_date"),
        ("/decisions/1/remarks/0/text", "required"), ("/decisions/1/remarks/1", "bad_type"),
        ("/decisions/2/line_id", "required"), ("/decisions/2/version", "required"),
        ("/decisions/2/decision", "required"), ("/decisions/3", "bad_type")})
    equal(faults(world.reviewer.post("/review/decisions", {"decisions": [{**good, "why": 1}]}),
                 400),
          {("/decisions/0/why", "unknown_field")})
    equal(shown(world, line), line)


def a_history_tells_who_did_what(world):
    line = world.file_line(False, remark="一")
    path = f"/lines/{line['line_id']}"
    world.clerk.patch(path, {"remark": "二", "department": "03"}, version=1).wants(200)
    sent = world.clerk.post(path + "/submit", version=2).wants(200).json
    equal(decide(world, (sent, "return", {"reason": "補件"})), (1, []))
    items = world.reviewer.get(path + "/history").wants(200).json["items"]
    equal(items, world.clerk.get(path + "/history").json["items"])
    equal([(one["action"], one["version"], one["actor"]["kind"], one["method"]) for one in items],
          [("create", 1, "institution", "hca"), ("edit", 2, "institution", "hca"),
           ("submit", 3, "institution", "hca"),
           ("return", 4, "bureau", "hca")])
    equal({one["field"]: (one["before"], one["after"]) for one in items[1]["changes"]},
          {"remark": ("一", "二"), "department": ("02", "03")})
    equal((items[3]["actor"]["name"], items[3]["reason"]), (world.reviewer_card["name"], "補件"))
    equal([one["at"] for one in items], sorted(one["at"] for one in items))


if __name__ == "__main__":
    run(a_submitted_line_waits_in_the_queue_of_its_county, the_queue_begins_with_the_oldest_due,
        the_queue_lets_go_of_what_is_decided_or_withdrawn, the_queue_is_filtered,
        the_queue_is_the_sum_of_what_is_under_review, a_reviewer_sees_all_that_the_decision_needs,
        hours_are_summed_over_all_lines_of_a_week, a_short_notice_is_told_and_not_refused,
        an_approval_puts_a_line_into_force, a_refusal_tells_the_way_of_appeal,
        a_return_says_what_to_mend_and_until_when, a_second_decision_is_stale_and_then_wrong,
        what_needs_a_reason_says_so, failures_come_in_the_order_asked,
        the_version_is_checked_before_the_state,
        another_countys_line_is_not_found, two_reviewers_decide_a_line_once,
        a_withdrawal_and_a_decision_do_not_both_happen, five_hundred_decisions_fit_and_more_do_not,
        faults_of_a_decision_come_at_once, a_history_tells_who_did_what)
