#!/usr/bin/env python3
# dev: part=http minutes=5
"""Lists: filters, pages, cursors, counts (API 1, 4.4).

Shows F006 (a person's own), F007 (all staff of an institution), F010 and F197 (a bureau finds the
cases of its county), F109 (who filed it), P36 (text over cases).
"""
from urllib.parse import quote

from world import continuous, day, equal, refused, run, today

STATUSES = ("draft", "under_review", "approved", "rejected", "returned")


def seed(world):
    """Lines in every status, of two people at two places; the filters are compared with these."""
    first, second = world.fit()[0], world.fit()[1]
    for at, status in enumerate(STATUSES * 3):
        person, target = (first, second)[at % 2], world.targets[at % 3]
        line = world.file_line(status != "draft", of=person, target=target, remark=f"{at}")
        decision = {"approved": "approve", "rejected": "reject", "returned": "return"}.get(status)
        if decision:
            equal(world.decide(line, decision), None)
    own = {name: value for name,
           value in world.line(target=world.targets[1]).items() if name != "person_id"}
    world.person.post("/cases", {"lines": [{**own, "purpose": None}]}).wants(201)


def everything(world, client=None, more=""):
    return world.pages(client or world.clerk, f"/lines?limit=200{more}")


def ids(items):
    return [item["line_id"] for item in items]


def filtered(world, query, fits):
    """The list with this query is the whole list, judged one by one."""
    wanted = [item for item in everything(world) if fits(item)]
    got = everything(world, more=f"&{query}")
    equal((query, ids(got)), (query, ids(wanted)))
    equal((query, world.clerk.get(f"/lines?limit=1&{query}").json["total"]), (query, len(wanted)))
    return wanted


# ---- order and pages ----

def a_list_is_newest_first(world):
    items = everything(world)
    equal(len(items) >= 16, True)
    keys = [(item["line_id"].split("-")[0], int(item["line_id"].split("-")[2]),
             int(item["line_id"].split("-")[3]))
            for item in items]
    equal(keys, sorted(keys, reverse=True))
    made = world.file_line(False)
    equal(ids(world.clerk.get("/lines?limit=1").json["items"]), [made["line_id"]])


def pages_and_cursors_give_the_same(world):
    whole = ids(everything(world))
    for limit in (1, 3, 7, 200):
        by_page, page = [], 1
        while True:
            answer = world.clerk.get(f"/lines?limit={limit}&page={page}").wants(200).json
            equal((answer["page"], answer["total"], answer["total_is_min"]),
                  (page, len(whole), False))
            by_page += ids(answer["items"])
            page += 1
            if len(answer["items"]) < limit or answer["next_cursor"] is None:
                break
        equal(by_page, whole)
        equal(ids(world.pages(world.clerk, f"/lines?limit={limit}")), whole)
    beyond = world.clerk.get("/lines?limit=200&page=200").wants(200).json
    equal((beyond["items"], beyond["next_cursor"], beyond["total"]), ([], None, len(whole)))


def a_cursor_is_stable_under_inserts(world):
    before = ids(everything(world))
    first = world.clerk.get("/lines?limit=5").json
    for _ in range(3):
        world.file_line(False)
    second = world.clerk.get(f"/lines?limit=5&cursor={first['next_cursor']}").wants(200).json
    equal(ids(first["items"]) + ids(second["items"]), before[:10])
    equal((second["page"], second["total"]), (None, len(before) + 3))


def a_limit_is_one_to_two_hundred(world):
    equal(len(world.clerk.get("/lines").json["items"]) <= 50, True)
    for name, values in {"limit": ("0", "201", "-1", "x", "", "1.5", "99999999999999999999"),
                         "page": ("0", "201", "-1", "x", "")}.items():
        for value in values:
            answer = refused(world.clerk.get(f"/lines?{name}={value}"), 400, "bad_query")
            equal([one["field"] for one in answer.json["errors"]], [name])


def a_page_and_a_cursor_do_not_go_together(world):
    cursor = world.clerk.get("/lines?limit=1").json["next_cursor"]
    for path in ("/lines", "/review/queue", "/staff", "/institutions"):
        client = world.reviewer if path == "/review/queue" else world.clerk
        more = "&q=%E8%A8%BA%E6%89%80" if path == "/institutions" else ""
        refused(client.get(f"{path}?page=1&cursor={cursor}{more}"), 400, "bad_query")


def what_is_no_cursor_is_refused(world):
    for cursor in ("", "x", "AAAA", "!", "A" * 300, "0" * 64,
                   world.clerk.get("/lines?limit=1").json["next_cursor"] + "A"):
        refused(world.clerk.get(f"/lines?cursor={cursor}"), 400, "bad_query")
    theirs = world.other.clerk
    world.other.file(False, lines=3)
    cursor = theirs.get("/lines?limit=1").json["next_cursor"]
    refused(world.clerk.get(f"/lines?cursor={cursor}"), 400, "bad_query")


def unknown_and_repeated_parameters_are_refused(world):
    for query in ("colour=red", "status=draft&status=draft", "limit=5&limit=5", "Status=draft",
                  "status[]=draft",
                  "overdue=true", "a", "=", "q=%ff"):
        refused(world.clerk.get(f"/lines?{query}"), 400, "bad_query")
    for path in ("/codes", "/lines/counts", "/auth/session", "/people/me", "/openapi.json"):
        client = world.person if path == "/people/me" else world.clerk
        refused(client.get(f"{path}?x=1"), 400, "bad_query")


# ---- filters ----

def by_status(world):
    for status in STATUSES:
        equal(len(filtered(world, f"status={status}", lambda item,
                           status=status: item["request"]["status"] == status))
              >= 3, True)
    filtered(world, "status=draft,returned",
             lambda item: item["request"]["status"] in ("draft", "returned"))


def by_kind_and_force(world):
    filtered(world, "kind=register", lambda item: True)
    equal(everything(world, more="&kind=change,cancel"), [])
    for force in ("none", "upcoming", "in_force", "expired"):
        filtered(world, f"force={force}", lambda item, force=force: item["force"] == force)


def by_person_and_place(world):
    person = world.fit()[1]["person_id"]
    filtered(world, f"person_id={person}", lambda item: item["person"]["person_id"] == person)
    filtered(world, f"target={world.targets[1]}",
             lambda item: item["target"]["code"] == world.targets[1])
    county = everything(world)[0]["target"]["county"]
    filtered(world, f"county={county}", lambda item: item["target"]["county"] == county)
    for query in ("person_id=nobody", "person_id=p0000000000000", "target=0000000000", "target=x"):
        equal((query, everything(world, more=f"&{query}")), (query, []))
    for unknown in ("00000", "taipei", "6300", "99999"):
        refused(world.clerk.get(f"/lines?county={unknown}"), 400, "bad_query")


def by_who_filed_it(world):
    equal(len(filtered(world, "created_by=person",
                       lambda item: item["created_by"] == "person")) >= 1, True)
    filtered(world, "created_by=institution", lambda item: item["created_by"] == "institution")


def by_time(world):
    """`from` and `to` overlap first_at to last_at."""
    night = world.file_line(times=[continuous(f"{day(260)}T22:00", f"{day(262)}T00:00")])["line_id"]
    for query, found in ((f"from={day(261)}&to={day(261)}", True),
                         (f"from={day(262)}&to={day(270)}", False),
                         (f"from={day(250)}&to={day(259)}", False),
                         (f"from={day(250)}&to={day(260)}", True),
                         (f"to={day(259)}", False), (f"from={day(261)}", True)):
        equal((query, night in ids(everything(world, more=f"&{query}"))), (query, found))


def by_day_of_submission(world):
    now = str(today())
    filtered(world, f"submitted_from={now}&submitted_to={now}",
             lambda item: (item["request"]["submitted_at"] or "") != ""
             and item["line_id"].startswith(
                 f"{today().year - 1911:03}{today():%m%d}"))
    equal([item for item in everything(world, more=f"&submitted_from={day(1)}")], [])


def by_text(world):
    """Of names of people and places, codes and numbers; width does not matter."""
    some = everything(world)[0]
    number = some["line_id"].rsplit("-", 1)[0]
    for q, fits in ((some["person"]["name"],
                     lambda item: item["person"]["name"] == some["person"]["name"]),
                    (some["target"]["code"],
                     lambda item: item["target"]["code"] == some["target"]["code"]),
                    (number, lambda item: item["line_id"].startswith(number)),
                    (some["line_id"], lambda item: item["line_id"] == some["line_id"]),
                    (some["target"]["name"][:12],
                     lambda item: some["target"]["name"][:12] in item["target"]["name"])):
        got = ids(everything(world, more=f"&q={quote(q)}"))
        for item in everything(world):
            if fits(item) and item["line_id"] not in got:
                raise AssertionError(f"{q} does not find {item['line_id']}")
        equal(some["line_id"] in got, True)
    wide = "".join(chr(ord(char) + 0xfee0) for char in some["target"]["code"])
    equal(some["line_id"] in ids(everything(world, more=f"&q={quote(wide)}")), True)
    equal(everything(world, more=f"&q={quote('無此人名')}"), [])
    refused(world.clerk.get(f"/lines?q={quote('字' * 13)}"), 400, "bad_query")


def filters_add_up(world):
    person = world.fit()[0]["person_id"]
    filtered(world, f"status=approved,rejected&person_id={person}&created_by=institution",
             lambda item: item["request"]["status"] in ("approved", "rejected") and
             item["person"]["person_id"] == person and item["created_by"] == "institution")


def malformed_values_are_refused(world):
    for query in ("status=open", "status=", "status=draft,", "kind=x", "force=x",
                  "created_by=bureau", "from=1.1.2027",
                  "to=2027-02-29", "submitted_from=tomorrow", "submitted_to=", "county=taipei"):
        answer = refused(world.clerk.get(f"/lines?{query}"), 400, "bad_query")
        equal([one["field"] for one in answer.json["errors"]], [query.split("=")[0]])
    refused(world.reviewer.get("/review/queue?overdue=maybe"), 400, "bad_query")


# ---- counts ----

def counts_are_exact(world):
    counts = world.clerk.get("/lines/counts").wants(200).json
    items = everything(world)
    for status in STATUSES:
        equal((status, counts[status]),
              (status, sum(item["request"]["status"] == status for item in items)))
    equal(counts["total"], len(items))


def counts_follow_each_move(world):
    def moved(action, **wanted):
        before = world.clerk.get("/lines/counts").json
        result = action()
        after = world.clerk.get("/lines/counts").json
        equal({name: after[name] - before[name] for name in after if after[name] != before[name]},
              wanted)
        return result
    line = moved(lambda: world.file_line(False), draft=1, total=1)
    path = f"/lines/{line['line_id']}"
    moved(lambda: world.clerk.post(path + "/submit", version=1), draft=-1, under_review=1)
    moved(lambda: world.clerk.post(path + "/withdraw", version=2), draft=1, under_review=-1)
    sent = moved(lambda: world.clerk.post(path + "/submit", version=3).json, draft=-1,
                 under_review=1)
    moved(lambda: world.decide(sent, "return"), under_review=-1, returned=1)
    moved(lambda: world.clerk.post(path + "/submit", version=5), returned=-1, under_review=1)
    moved(lambda: world.decide({**sent, "version": 6}, "approve"), under_review=-1, approved=1)
    draft = world.file_line(False)
    moved(lambda: world.clerk.delete(f"/lines/{draft['line_id']}", version=1), draft=-1, total=-1)


# ---- whose ----

def a_person_lists_his_own_lines_only(world):
    mixed = {"lines": [world.line(), {**world.line(), "person_id": world.me["person_id"]},
                       world.line()]}
    case = world.clerk.post("/cases", mixed).wants(201).json
    mine = everything(world, world.person)
    equal({item["person"]["person_id"] for item in mine}, {world.me["person_id"]})
    equal(ids(mine), ids(item for item in everything(world)
                         if item["person"]["person_id"] == world.me["person_id"]))
    shown = world.person.get(f"/cases/{case['case_no']}").wants(200).json
    equal(shown["lines"], [case["lines"][1]])
    counts = world.person.get("/lines/counts").json
    equal(counts["total"], len(mine))
    refused(world.person.get(f"/lines/{case['lines'][0]['line_id']}"), 404, "not_found")


def a_bureau_lists_its_county(world):
    items = everything(world, world.reviewer)
    equal({item["home"]["county"] for item in items}, {world.county})
    equal(set(ids(everything(world))) <= set(ids(items)), True)
    counts = world.reviewer.get("/lines/counts").json
    equal(counts["total"], len(items))
    for status in STATUSES:
        equal(counts[status], sum(item["request"]["status"] == status for item in items))
    theirs = ids(everything(world, world.other.clerk))
    equal(set(theirs) & set(ids(items)), set())


def an_institution_lists_all_of_its_staff(world):
    items = everything(world)
    equal({item["home"]["code"] for item in items}, {world.code})
    equal(len({item["person"]["person_id"] for item in items}) >= 3, True)


if __name__ == "__main__":
    run(seed, a_list_is_newest_first, pages_and_cursors_give_the_same,
        a_cursor_is_stable_under_inserts,
        a_limit_is_one_to_two_hundred, a_page_and_a_cursor_do_not_go_together,
        what_is_no_cursor_is_refused,
        unknown_and_repeated_parameters_are_refused, by_status, by_kind_and_force,
        by_person_and_place,
        by_who_filed_it, by_time, by_day_of_submission, by_text, filters_add_up,
        malformed_values_are_refused,
        counts_are_exact, counts_follow_each_move, a_person_lists_his_own_lines_only,
        a_bureau_lists_its_county,
        an_institution_lists_all_of_its_staff)
