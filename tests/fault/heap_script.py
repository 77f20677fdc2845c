"""A hundred scripted requests for mallocs_test.py: log-in, drafts, filing, lists, review,
transfers, operations, and bad requests of each kind.
"""
import os
import random
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "e2e", "lib"), os.path.join(HERE, "..", "http"), HERE]
from heap_steps import (Cold, Command, Decide, Fresh, LogIn, LogOut, Metrics, Read,  # noqa: E402
                        Told, Transfer)
from world import continuous, day, equal  # noqa: E402


class Script:
    def __init__(self, world, filers, seed):
        self.world, self.filers = world, filers
        self.rng = random.Random(seed)
        self.keys = self.cold = 0
        self.clerk, self.reviewer = world.clerk, world.reviewer
        self.person, self.ops = world.person, world.ops
        self.staff = world.fit()
        self.taken = 0
        self.line_of_all = world.file_line(True)
        transfer = Transfer(self)
        transfer.act(None).wants(202)
        self.transfer = transfer.all_settled()[0]["transfer_id"]

    # ---- what commands are made of ----

    def key(self):
        self.keys += 1
        return f"heap-{self.keys}"

    def line(self, **more):
        """A line that may be submitted: each person's half hours of the nights, in turn."""
        turn, who = divmod(self.taken, len(self.staff))
        self.taken += 1
        night, half = divmod(turn, 12)
        start, end = half * 30, half * 30 + 30
        time = continuous(f"{day(40 + night)}T{start // 60:02}:{start % 60:02}",
                          f"{day(40 + night)}T{end // 60:02}:{end % 60:02}")
        person = self.staff[who]
        return {"person_id": person["person_id"], "target": self.world.targets[0],
                "department": "02", "purpose": self.world.purpose(person["profession"]),
                "times": [time], **more}

    def made(self, submit, lines=1, **more):
        body = {"lines": [self.line(**more) for _ in range(lines)], "submit": submit}
        return self.clerk.post("/cases", body, key=self.key()).wants(201).json

    def total(self, client=None):
        return (client or self.clerk).get("/lines/counts").wants(200).json["total"]

    def status(self, line):
        return self.clerk.get(f"/lines/{line['line_id']}").wants(200).json["request"]["status"]

    def is_gone(self, path):
        return self.clerk.get(path).wants(200, 404).status == 404

    # ---- commands ----

    def create(self, lines, submit, **more):
        def make():
            before = self.total()
            body = {"lines": [self.line(**more) for _ in range(lines)], "submit": submit}
            return ("POST", "/cases", body, {"key": self.key()},
                    lambda: {0: False, lines: True}[self.total() - before])
        return make

    def edit_line(self):
        line = self.made(False)["lines"][0]
        path, remark = f"/lines/{line['line_id']}", f"r{self.keys}"
        return ("PATCH", path, {"remark": remark}, {"version": line["version"]},
                lambda: self.clerk.get(path).wants(200).json["remark"] == remark)

    def edit_case(self):
        case = self.made(False, 3)
        path, remark = f"/cases/{case['case_no']}", f"r{self.keys}"
        body = {"lines": [{"line_id": line["line_id"], "remark": remark}
                          for line in case["lines"]]}

        def done():
            remarks = {line["remark"] for line in self.clerk.get(path).wants(200).json["lines"]}
            equal(len(remarks), 1)
            return remarks == {remark}
        return "PATCH", path, body, {"version": case["version"]}, done

    def add_line(self):
        path = f"/cases/{self.made(False)['case_no']}"
        return ("POST", path + "/lines", self.line(), {"key": self.key()},
                lambda: len(self.clerk.get(path).wants(200).json["lines"]) == 2)

    def delete_line(self):
        line = self.made(False, 2)["lines"][0]
        path = f"/lines/{line['line_id']}"
        return "DELETE", path, None, {"version": line["version"]}, lambda: self.is_gone(path)

    def delete_case(self):
        case = self.made(False, 2)
        path = f"/cases/{case['case_no']}"
        return "DELETE", path, None, {"version": case["version"]}, lambda: self.is_gone(path)

    def submit_case(self, lines):
        def make():
            case = self.made(False, lines)

            def done():
                found = {self.status(line) for line in case["lines"]}
                equal(len(found), 1)
                return found == {"under_review"}
            return ("POST", f"/cases/{case['case_no']}/submit", None,
                    {"key": self.key(), "version": case["version"]}, done)
        return make

    def submit_line(self):
        line = self.made(False, 2)["lines"][1]
        return ("POST", f"/lines/{line['line_id']}/submit", None,
                {"key": self.key(), "version": line["version"]},
                lambda: self.status(line) == "under_review")

    def withdraw(self):
        line = self.made(True)["lines"][0]
        return ("POST", f"/lines/{line['line_id']}/withdraw", None,
                {"key": self.key(), "version": line["version"]},
                lambda: self.status(line) == "draft")

    def end_session(self):
        other = self.world.sign_in(self.world.identity)
        mine = next(one["id"] for one in other.get("/auth/sessions").wants(200).json["items"]
                    if one["current"])
        return ("DELETE", f"/auth/sessions/{mine}", None, {},
                lambda: other.get("/auth/session").status == 401)

    # ---- the script ----

    def reads(self):
        line, case = self.line_of_all["line_id"], self.line_of_all["line_id"].rsplit("-", 1)[0]
        draft = self.made(False, 2)
        for client, role in ((self.clerk, "clerk"), (self.person, "person")):
            for name, path in (
                    ("session", "/auth/session"), ("sessions", "/auth/sessions"),
                    ("lines", "/lines?limit=50"), ("drafts", "/lines?status=draft&limit=200"),
                    ("counts", "/lines/counts"), ("page", "/lines?limit=2&page=3"),
                    ("institutions", "/institutions?q=%E8%A8%BA%E6%89%80&limit=20")):
                yield Read(f"{name}_by_{role}", client, "GET", path)
        yield Read("me", self.person, "GET", "/people/me")
        for name, path in (
                ("codes", "/codes"), ("institution", f"/institutions/{self.world.code}"),
                ("institutions_near", "/institutions?q=%E5%8F%B0%E5%8C%97"),
                ("staff", "/staff?limit=200"), ("staff_named", "/staff?q=%E7%8E%8B&limit=5"),
                ("lines_between", f"/lines?from={day(0)}&to={day(60)}&kind=register"),
                ("lines_of_a_place", f"/lines?target={self.world.targets[0]}&limit=10"),
                ("lines_found", "/lines?q=%E7%8E%8B"),
                ("approved_lines", "/lines?status=approved&limit=20"),
                ("lines_of_persons", "/lines?created_by=person&limit=20"),
                ("lines_in_force", "/lines?force=in_force,upcoming&limit=20"),
                ("lines_to_come", f"/lines?submitted_from={day(-30)}&submitted_to={day(0)}"),
                ("open_clinics", "/institutions?q=%E8%A8%BA%E6%89%80&open=true&limit=5"),
                ("line", f"/lines/{line}"), ("history", f"/lines/{line}/history"),
                ("case", f"/cases/{case}"), ("openapi", "/openapi.json")):
            yield Read(name, self.clerk, "GET", path)
        preview = {"lines": [self.line(), self.line()]}
        yield Read("preview", self.clerk, "POST", "/cases/preview", preview)
        yield Read("preview_of_faults", self.clerk, "POST", "/cases/preview",
                   {"lines": [self.line(purpose="999", target="0000000000")]})
        for name, path in (
                ("queue_overdue", "/review/queue?overdue=true"),
                ("queue_of_kind", "/review/queue?kind=register&limit=5"),
                ("queue", "/review/queue?limit=50"), ("queue_found", "/review/queue?q=%E7%8E%8B"),
                ("review_line", f"/review/lines/{line}"), ("line_by_bureau", f"/lines/{line}"),
                ("case_by_bureau", f"/cases/{case}"), ("lines_by_bureau", "/lines?limit=20"),
                ("counts_by_bureau", "/lines/counts"), ("transfers_by_bureau", "/ops/transfers")):
            yield Read(name, self.reviewer, "GET", path)
        for name, path in (("transfers", "/ops/transfers?limit=5"),
                           ("transfer", f"/ops/transfers/{self.transfer}"),
                           ("proof", "/audit/proof?record=1"),
                           ("proof_of_another", "/audit/proof?record=7")):
            yield Read(name, self.ops, "GET", path)
        yield from self.refusals(draft, line)

    def refusals(self, draft, line):
        json_type = {"Content-Type": "application/json"}
        of_case = f"/cases/{draft['case_no']}"
        of_line = f"/lines/{draft['lines'][0]['line_id']}"
        nobody = self.world.anonymous()
        for name, path, wants in (("nobody", "/lines", 401), ("nowhere", "/nothing", 404),
                                  ("public_codes", "/codes", 200)):
            yield Read(name, nobody, "GET", path, wants=wants)
        for name, client, method, path, wants, more in (
                ("bad_json", self.clerk, "POST", "/cases", 400,
                 {"raw": b'{"lines":[{', "headers": json_type}),
                ("not_utf8", self.clerk, "POST", "/cases", 400,
                 {"raw": b'{"a":"\xff"}', "headers": json_type}),
                ("double_members", self.clerk, "POST", "/cases", 400,
                 {"raw": b'{"lines":[],"lines":[]}', "headers": json_type}),
                ("unknown_members", self.clerk, "POST", "/cases", 400,
                 {"body": {"lines": [self.line(colour="red")], "force": 1}}),
                ("media", self.clerk, "POST", "/cases", 415,
                 {"raw": b"{}", "headers": {"Content-Type": "text/plain"}}),
                ("too_large", self.clerk, "POST", "/cases", 413,
                 {"headers": {**json_type, "Content-Length": "1048577"}}),
                ("many_faults", self.clerk, "POST", "/cases", 422,
                 {"body": {"lines": [self.line(times=7, purpose=1, remark="x" * 501), {}, 3]}}),
                ("faults_of_filing", self.clerk, "POST", "/cases", 422,
                 {"body": {"lines": [self.line(target=self.world.code, purpose="99"),
                                     self.line(times=[])], "submit": True}}),
                ("bad_query", self.clerk, "GET", "/lines?limit=900&colour=red", 400, {}),
                ("method", self.clerk, "PUT", "/cases", 405, {"raw": b""}),
                ("unknown_case", self.clerk, "GET", "/cases/1150101-0000000000-0001", 404, {}),
                ("not_allowed", self.clerk, "GET", "/review/queue", 403, {}),
                ("no_version", self.clerk, "PATCH", of_line, 428, {"body": {"remark": "x"}}),
                ("stale_line", self.clerk, "PATCH", of_line, 412,
                 {"body": {"remark": "x"}, "version": 9}),
                ("stale_case", self.clerk, "POST", of_case + "/submit", 412, {"version": 9}),
                ("wrong_state", self.clerk, "PATCH", f"/lines/{line}", 409,
                 {"body": {"remark": "x"}, "version": self.line_of_all["version"]}),
                ("csrf", self.clerk, "POST", "/cases", 403,
                 {"body": {"lines": [self.line()]}, "headers": {"X-CSRF-Token": "x"}}),
                ("foreign_line", self.world.other.clerk, "GET", f"/lines/{line}", 404, {}),
                ("decide_foreign", self.world.other.reviewer, "POST", "/review/decisions", 200,
                 {"body": {"decisions": [{"line_id": line, "version": 1, "decision": "approve"}]}}),
                ("decide_stale", self.reviewer, "POST", "/review/decisions", 200,
                 {"body": {"decisions": [{"line_id": line, "version": 9, "decision": "approve"}]}}),
                ("key", self.clerk, "POST", "/cases", 400,
                 {"body": {"lines": [self.line()]}, "key": "no key!"}),
                ("accept", self.clerk, "GET", "/lines", 406, {"headers": {"Accept": "text/html"}}),
        ):
            yield Read(name, client, method, path, wants=wants, **more)

    def writes(self):
        for name, make, wants, again in (
                ("file_a_draft", self.create(1, False), 201, None),
                ("file_a_line", self.create(1, True), 201, None),
                ("file_thirty", self.create(30, True), 201, None),
                ("draft_many_long", self.create(60, False, remark="長" * 300), 201, None),
                ("edit_line", self.edit_line, 200, (412,)),
                ("edit_case", self.edit_case, 200, (412,)),
                ("add_line", self.add_line, 201, None),
                ("delete_line", self.delete_line, 204, (404,)),
                ("delete_case", self.delete_case, 204, (404,)),
                ("submit_case", self.submit_case(3), 200, None),
                ("submit_line", self.submit_line, 200, None),
                ("withdraw", self.withdraw, 200, None)):
            yield Command(name, self.clerk, make, wants, again,
                          50 if name == "draft_many_long" else 1)
        yield Read("touch", self.clerk, "POST", "/auth/session/touch")

    def people(self):
        server = self.world.server
        for role in ("person", "institution", "bureau", "ops"):
            mine = {self.world.identity["name"], self.world.other.identity["name"]}
            found = [one for one in server.identities(role) if one["name"] not in mine]
            yield LogIn(self.world, found[-4:] if role != "ops" else found)
        yield LogOut(self.world, server.identities("person")[-8:-4])

    def doors(self):
        server = self.world.server
        token = self.filers[-1].token
        yield Fresh("a_new_connection", lambda: server.client(token=token))
        yield Fresh("a_new_connection_of_nobody", server.client)
        yield Metrics("metrics", server, "/metrics")
        yield Metrics("healthz", server, "/healthz")
        yield Told("token_add", server, "token", "add", "--institution", self.world.code, "--name",
                   "heap", "--rights", "read")
        yield Told("token_list", server, "token", "list")

    def steps(self):
        yield from self.reads()
        yield from self.writes()
        yield Transfer(self)
        yield Decide(self, ("approve",))
        yield Decide(self, ("reject", "return", "approve"))
        yield Cold(self)
        yield from self.doors()
        yield from self.people()
