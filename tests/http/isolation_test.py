#!/usr/bin/env python3
# dev: part=http minutes=5
"""Who may do what to whose things (API 1, 3, 4; MISSION 1.4), for every route of `baobei routes`.

Each role asks each route for a thing of its own, of another and of nobody. What is not one's own
answers exactly as what does not exist; what a role may not do at all is refused before it is looked
for; nothing is changed by it.

Shows F006 (a person sees his own cases), F007 (an institution its own, all its staff), F010 (who
reviews is the bureau), F038 (no way in but by certificate), P47 (the ID number is masked).
"""
import json
import time

import sheets
from world import equal, refused, report, run

ROLES = ("none", "person", "institution", "bureau", "ops")
UNKNOWN = {"no": "1150101-0000000000-0001", "id": "1150101-0000000000-0001-1", "session": "0" * 16,
           "code": "0000000000", "batch": "00000000deadbeef", "file": "nothing.xlsx"}
BODIES = {"caseEdit": {"lines": [{"line_id": "%line", "remark": "x"}]}, "caseAddLine": "%draft",
          "lineEdit": {"remark": "x"}, "caseCreate": {"lines": []}, "casePreview": {"lines": []},
          "reviewDecide": {"decisions": []}, "authCertChallenge": {}, "authCertLogin": {}}


class Routes:
    def __init__(self, world):
        lines = [line.split("\t") for line in world.server.run("routes").splitlines()]
        equal(lines[0], ["method", "path", "operation", "verb", *ROLES])
        self.rows = [dict(zip(lines[0], line)) for line in lines[1:]]

    def with_thing(self):
        return [row for row in self.rows if "{" in row["path"]]


def clients(world):
    return {"none": world.anonymous(), "person": world.person, "institution": world.clerk,
            "bureau": world.reviewer,
            "ops": world.ops}


CANARIES = ("kanarienvogel", "金絲雀")


def listen(client, told):
    """Keeps all that this client is told in `told`, as (request, bytes); gives what ends that."""
    watched = client.request

    def request(method, path, *rest, **more):
        answer = watched(method, path, *rest, **more)
        heads = "\n".join(f"{name}: {value}" for name, value in answer.headers.items())
        told.append((f"{method} {path}", heads.encode() + b"\n" + answer.body))
        return answer
    client.request = request
    return lambda: setattr(client, "request", watched)


class Things:
    """A case with a line of the person with a card, and such things of others."""

    def __init__(self, world):
        mine = {**world.line(), "person_id": world.me["person_id"]}
        self.own = self.names(world.clerk.post("/cases", {"lines": [mine]}).wants(201).json)
        theirs = {**world.other.line(), "person_id": world.other.me["person_id"]}
        self.others = [self.names(world.other.clerk.post("/cases",
                                                         {"lines": [theirs]}).wants(201).json)]
        colleague = self.names(world.clerk.post("/cases",
                                                {"lines": [world.line()]}).wants(201).json)
        # A sheet of which nothing can be read is a thing as good as any; a person's is his own.
        self.batches = {"person": self.sheet(world.person), "institution": self.sheet(world.clerk)}
        self.others[0]["batch"] = self.sheet(world.other.clerk)
        colleague["batch"] = self.batches["institution"]
        self.own["batch"] = self.batches["institution"]
        self.of_another = {"person": self.others + [colleague], "institution": self.others,
                           "bureau": self.others,
                           "ops": []}  # sees all; a bureau's share of it: e2e/transfer_test.py
        sessions = {"person": world.other.person, "institution": world.other.clerk,
                    "bureau": world.other.reviewer,
                    "ops": world.clerk}
        self.sessions = {role: client.get("/auth/sessions").json["items"][0]["id"] for role,
                         client in sessions.items()}

    @staticmethod
    def sheet(client):
        file = sheets.csv(["A123456789", *[""] * 10])
        answer = client.request("POST", "/batches?kind=general&name=a.csv", raw=file)
        path = f"/batches/{answer.wants(202).json['batch_id']}"
        while client.get(path).wants(200).json["state"] == "received":
            time.sleep(0.02)  # between questions, not instead of an answer
        return path.rpartition("/")[2]

    @staticmethod
    def names(case):
        return {"no": case["case_no"], "id": case["lines"][0]["line_id"]}


def fill(world, row, thing):
    """Path and body of this route for these names."""
    path = row["path"].removeprefix("/api/v1").replace("{no}", thing.get("no", "")).replace(
        "{code}", thing.get("code", ""))
    path = path.replace("{file}", thing.get("file", "rule.xlsx"))
    kind = "session" if "sessions" in path else "batch" if "batches" in path else "id"
    path = path.replace("{id}", thing.get(kind, ""))
    body = BODIES.get(row["operation"])
    if body == "%draft":
        body = world.line()
    return path, json.loads(json.dumps(body).replace("%line", thing.get("id", "x")))


def shown(answer):
    """All that is told, but for what differs with every answer."""
    headers = {name: value for name,
               value in answer.headers.items() if name not in ("date", "x-request-id")}
    body = {name: value for name,
            value in answer.json.items() if name != "request_id"} if answer.body else None
    return answer.status, headers, body


def asks(world, client, row, thing):
    """Without anything but the path, and as one who knows a version and a body that fit."""
    path, body = fill(world, row, thing)
    yield client.request(row["method"], path)
    if row["method"] != "GET":
        yield client.request(row["method"], path, body, version=1)
    else:
        yield client.request("HEAD", path)


def state(world):
    found = [world.clerk.get("/lines?limit=200").json,
             world.other.clerk.get("/lines?limit=200").json,
             world.clerk.get("/lines/counts").json, world.other.clerk.get("/lines/counts").json]
    return json.dumps(found)


def what_is_anothers_answers_like_what_is_not(world):
    routes, things = Routes(world), Things(world)
    before, asked = state(world), 0
    for role, client in clients(world).items():
        for row in routes.with_thing():
            if row[role] != "yes" or row["operation"] in ("institution", "template"):
                continue
            nobody = {**UNKNOWN}
            others = [{"session": things.sessions[
                role]}] if "sessions" in row["path"] else things.of_another[role]
            unknown = [shown(answer) for answer in asks(world, client, row, nobody)]
            for told in unknown:
                equal((row["operation"], role, told[0]), (row["operation"], role, 404))
            for thing in others:
                got = [shown(answer) for answer in asks(world, client, row, thing)]
                equal((row["operation"], role, got), (row["operation"], role, unknown))
                asked += len(got)
    equal(state(world), before)
    report.say(f"   {asked} questions about things of others")
    equal(asked > 60, True)


def ones_own_is_found(world):
    routes, things = Routes(world), Things(world)
    for role, client in clients(world).items():
        for row in routes.with_thing():
            if row[role] != "yes" or row["method"] not in ("GET", "PATCH"):
                continue
            if "sessions" in row["path"] or "transfers" in row["path"]:  # none of a case
                continue
            if row["operation"] == "batchEvents":  # has no end: batch_test.py
                continue
            thing = {**things.own, "code": world.code, "batch": things.batches.get(role, "")}
            path, body = fill(world, row, thing)
            stale = {"body": body, "version": 9} if row["method"] == "PATCH" else {}
            answer = client.request(row["method"], path, **stale)
            equal((row["operation"], role, answer.status),
                  (row["operation"], role, 200 if row["method"] == "GET" else 412))


def a_role_that_may_not_is_told_so_before_the_thing_is_looked_for(world):
    routes, things = Routes(world), Things(world)
    before = state(world)
    for role, client in clients(world).items():
        for row in routes.rows:
            if row[role] == "yes":
                continue
            code = {"401": "auth_session", "403": "forbidden"}[row[role]]
            tellings = []
            for thing in (things.own, things.others[0], UNKNOWN):
                answers = list(asks(world, client, row, {**UNKNOWN, **thing}))
                equal((row["operation"], role, {answer.status for answer in answers}),
                      (row["operation"], role, {int(row[role])}))
                equal({answer.code for answer in answers if answer.body}, {code})
                tellings.append([shown(answer) for answer in answers])
            equal((row["operation"], role, tellings[1:]),
                  (row["operation"], role, tellings[:1] * 2))
    equal(state(world), before)


def every_route_is_open_to_somebody_and_closed_to_a_stranger(world):
    for row in Routes(world).rows:
        equal(("yes" in [row[role] for role in ROLES], row["none"] in ("401", "yes")), (True, True))
        if row["none"] == "yes":
            equal(row["operation"] in ("authPre", "authCertChallenge", "authCertLogin", "codes",
                                       "openapi"), True)


def no_canary_of_another_is_told(world):
    """Marks in all that another house wrote: in no answer, list, count, error or header."""
    theirs = {**world.other.line(remark=CANARIES[0], purpose_note=CANARIES[1]),
              "person_id": world.other.me["person_id"]}
    filed = world.other.clerk.post("/cases", {"lines": [theirs], "submit": True}).wants(201).json
    line_id = filed["lines"][0]["line_id"]
    marks = [mark.encode() for mark in (*CANARIES, world.other.me["person_id"], line_id)]
    told, things = [], Things(world)
    mine = clients(world)
    ends = [listen(mine[role], told) for role in ("person", "institution", "bureau")]
    for role in ("person", "institution", "bureau"):
        for row in Routes(world).rows:
            if row["operation"] in ("authLogout", "batchEvents"):  # a stream has no end
                continue
            things.own["code"] = world.code
            for thing in (things.own, {**UNKNOWN, "no": filed["case_no"], "id": line_id}):
                list(asks(world, mine[role], row, {**UNKNOWN, **thing}))
        for path in (f"/lines?q={CANARIES[0]}", "/lines/counts", "/lines?limit=200",
                     f"/lines?target={theirs['target']}", "/review/queue?limit=200"):
            mine[role].get(path)
    for end in ends:
        end()
    for asked, text in told:
        # The page of an unknown thing may repeat what was asked for, nothing else.
        found = [mark for mark in marks if mark in text and mark.decode() not in asked]
        equal((asked, found), (asked, []))
    seen = world.other.clerk.get(f"/lines/{line_id}").body
    equal(all(mark.decode() in seen.decode() for mark in marks), True)  # or it would show nothing


def no_list_holds_anothers(world):
    things = Things(world)
    theirs = {name for thing in things.others for name in thing.values()}
    for client in (world.clerk, world.person, world.reviewer):
        for path in ("/lines?limit=200",
                     f"/lines?limit=200&person_id={world.other.me['person_id']}",
                     f"/lines?q={things.others[0]['id']}", f"/lines?q={things.others[0]['no']}"):
            items = world.pages(client, path)
            equal([item["line_id"] for item in items if item["line_id"] in theirs or
                   item["home"]["code"] == world.other.code], [])
    queue = world.pages(world.reviewer, "/review/queue?limit=200")
    equal([item for item in queue if item["home"]["county"] != world.county], [])


def a_supported_place_does_not_see_the_line(world):
    """It has its own list for that (API 4); the case is the home's."""
    line = world.file_line(target=world.other.code)
    equal(world.decide(line, "approve"), None)
    path = f"/lines/{line['line_id']}"
    for client in (world.other.clerk, world.other.person, world.other.reviewer):
        refused(client.get(path), 404, "not_found")
        refused(client.get(path + "/history"), 404, "not_found")


def names_of_things_that_cannot_be_are_unknown_too(world):
    for name in ("x", "0", "1150101", "1150101-0000000000", "1150101-0000000000-1",
                 "1150101-0000000000-0000-0",
                 "1150101-0000000000-0001-0", "1150101-0000000000-0001-01",
                 "1150101-0000000000-0001-99999999999",
                 "9999999-0000000000-0001", "1151301-0000000000-0001-1", "%e5%ad%97", "a" * 200):
        for path in (f"/cases/{name}", f"/lines/{name}", f"/lines/{name}/history",
                     f"/institutions/{name}"):
            refused(world.clerk.get(path), 404, "not_found")
            refused(world.anonymous().get(path), 401, "auth_session")


def decisions_tell_anothers_line_like_none(world):
    line = world.other.file_line()
    items = [{"line_id": one, "version": 2, "decision": "approve"}
             for one in (line["line_id"], UNKNOWN["id"], "x")]
    answer = world.reviewer.post("/review/decisions", {"decisions": items}).wants(200).json
    equal(answer["done"], 0)
    equal(len({(one["code"], one["message"]) for one in answer["failed"]}), 1)
    equal(world.other.clerk.get(f"/lines/{line['line_id']}").json, line)


def registry_hides_what_is_personal(world):
    """The national ID number is in no answer but masked (API 3)."""
    number = world.person_card["id_no"]
    for client, paths in ((world.clerk, ("/staff?limit=200", "/lines?limit=200", "/auth/session")),
                          (world.person, ("/people/me", "/lines?limit=200", "/auth/session")),
                          (world.reviewer, ("/lines?limit=200", "/review/queue?limit=200"))):
        for path in paths:
            equal((path, number in client.get(path).wants(200).body.decode()), (path, False))
    equal(world.me["id_masked"], f"{number[:5]}XXXX{number[9]}")


if __name__ == "__main__":
    run(every_route_is_open_to_somebody_and_closed_to_a_stranger,
        what_is_anothers_answers_like_what_is_not,
        ones_own_is_found, a_role_that_may_not_is_told_so_before_the_thing_is_looked_for,
        no_canary_of_another_is_told, no_list_holds_anothers,
        a_supported_place_does_not_see_the_line, names_of_things_that_cannot_be_are_unknown_too,
        decisions_tell_anothers_line_like_none, registry_hides_what_is_personal)
