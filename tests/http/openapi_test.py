#!/usr/bin/env python3
# dev: part=http build=debug minutes=3
"""GET /openapi.json is held against the running server (API 1): every route is documented and the
other way round, and answers of a whole filing fit their schema, with no member more or less.
Shows F198 (decisions), P44 (a stale version answers with `current`), P45 (the same key, one case).
"""
import datetime
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e", "lib"))
import cards  # noqa: E402
import report  # noqa: E402
from server import Server  # noqa: E402

KINDS = {"string": str, "integer": int, "boolean": bool, "array": list, "object": dict,
         "null": type(None)}


class Contract:
    """The part of JSON Schema that our document uses."""

    def __init__(self, document):
        self.document = document
        self.operations = {}
        for path, methods in document["paths"].items():
            for method, operation in methods.items():
                self.operations[operation["operationId"]] = (method.upper(), path, operation)

    def fits(self, schema, value, at="$"):
        if "$ref" in schema:
            return self.fits(self.document["components"]["schemas"][schema["$ref"].split("/")[-1]],
                             value, at)
        if "anyOf" in schema:
            faults = [self.fits(one, value, at) for one in schema["anyOf"]]
            return None if None in faults else faults[0]
        kinds = schema.get("type", [])
        kinds = [kinds] if isinstance(kinds, str) else kinds
        if kinds and not any(isinstance(value, KINDS[kind]) and
                             not (kind == "integer" and isinstance(value, bool))
                             for kind in kinds):
            return f"{at}: {value!r} is no {kinds}"
        if value is None:
            return None
        if "enum" in schema and value not in schema["enum"]:
            return f"{at}: {value!r} is none of {schema['enum']}"
        if "pattern" in schema and not re.search(schema["pattern"], value):
            return f"{at}: {value!r} does not look like {schema['pattern']}"
        if isinstance(value, list) and "items" in schema:
            for index, item in enumerate(value):
                fault = self.fits(schema["items"], item, f"{at}[{index}]")
                if fault:
                    return fault
        if isinstance(value, dict) and "properties" in schema:
            return self.members(schema, value, at)
        return None

    def members(self, schema, value, at):
        for name in schema.get("required", []):
            if name not in value:
                return f"{at}: {name} is missing"
        for name, member in value.items():
            if name not in schema["properties"]:
                return f"{at}: {name} is not documented"
            fault = self.fits(schema["properties"][name], member, f"{at}.{name}")
            if fault:
                return fault
        return None

    def holds(self, operation, answer, status):
        answer.wants(status)
        responses = self.operations[operation][2]["responses"]
        if str(status) not in responses:
            raise AssertionError(f"{operation}: {status} is not documented")
        content = responses[str(status)].get("content")
        if content is None:
            return answer
        fault = self.fits(next(iter(content.values()))["schema"], answer.json)
        if fault:
            raise AssertionError(f"{operation} {status}: {fault}")
        return answer


def routes_are_documented(server, contract):
    lines = server.run("routes").splitlines()[1:]
    routes = {(line.split("\t")[2], *line.split("\t")[:2]) for line in lines}
    documented = {(name, method, path) for name, (method, path, _) in contract.operations.items()}
    if routes != documented:
        raise AssertionError(f"not the same: {routes ^ documented}")


def reading(contract, clerk, reviewer):
    for name, path in (("codes", "/codes"), ("authSession", "/auth/session"),
                       ("authSessions", "/auth/sessions"), ("staff", "/staff?limit=5"),
                       ("institutions", "/institutions?q=%E8%A8%BA%E6%89%80&limit=5"),
                       ("lines", "/lines?limit=100"), ("linesCounts", "/lines/counts")):
        contract.holds(name, clerk.get(path), 200)
    contract.holds("reviewQueue", reviewer.get("/review/queue"), 200)
    contract.holds("lines", reviewer.get("/lines?limit=200"), 200)


def refusals(contract, clerk, reviewer):
    contract.holds("case", clerk.get("/cases/1150101-0000000000-0001"), 404)
    contract.holds("staff", reviewer.get("/staff"), 403)
    contract.holds("lines", clerk.get("/lines?limit=0"), 400)
    contract.holds("institutions", clerk.get("/institutions?q=a"), 400)
    contract.holds("caseCreate", clerk.post("/cases", {"lines": [{"what": 1}]}), 400)
    answer = contract.holds("caseCreate", clerk.post("/cases", {"lines": [{}]}), 422)
    fields = {fault["field"] for fault in answer.json["errors"]}
    if fields != {"/lines/0/person_id", "/lines/0/target"}:
        raise AssertionError(f"other faults: {answer.json['errors']}")


def life(contract, clerk, reviewer, line):
    made = contract.holds("caseCreate", clerk.post("/cases", {"lines": [line]}, key="life"), 201)
    again = clerk.post("/cases", {"lines": [line]}, key="life").wants(201)
    if again.headers.get("idempotent-replay") != "true" or again.json["case_no"] != \
            made.json["case_no"]:
        raise AssertionError("the same key made something else")
    contract.holds("caseCreate", clerk.post("/cases", {"lines": [{}]}, key="life"), 422)
    case, own = f"/cases/{made.json['case_no']}", f"/lines/{made.json['lines'][0]['line_id']}"
    contract.holds("lineEdit", clerk.patch(own, {"remark": "x"}), 428)
    edited = contract.holds("lineEdit", clerk.patch(own, {"remark": "x"}, version=1), 200)
    stale = contract.holds("lineEdit", clerk.patch(own, {"remark": "y"}, version=1), 412)
    if stale.json["current"]["version"] != edited.json["version"]:
        raise AssertionError("412 without the present representation")
    contract.holds("case", clerk.get(case), 200)
    version = edited.json["version"]
    sent = contract.holds("lineSubmit", clerk.post(own + "/submit", version=version), 200)
    contract.holds("lineSubmit", clerk.post(own + "/submit", version=sent.json["version"]), 409)
    contract.holds("reviewLine", reviewer.get("/review" + own), 200)
    decision = {"line_id": made.json["lines"][0]["line_id"], "version": sent.json["version"],
                "decision": "reject"}
    none = contract.holds("reviewDecide", reviewer.post("/review/decisions",
                                                        {"decisions": [decision]}), 200)
    if [fault["code"] for fault in none.json["failed"]] != ["reason_required"]:
        raise AssertionError(none.json)
    decision["decision"] = "approve"
    done = reviewer.post("/review/decisions", {"decisions": [decision, decision]})
    contract.holds("reviewDecide", done, 200)
    if done.json["done"] != 1 or [fault["code"] for fault in done.json["failed"]] != ["stale"]:
        raise AssertionError(done.json)
    shown = contract.holds("line", clerk.get(own), 200)
    if shown.json["request"]["status"] != "approved":
        raise AssertionError(shown.json["request"])
    contract.holds("lineHistory", clerk.get(own + "/history"), 200)
    contract.holds("lineWithdraw", clerk.post(own + "/withdraw",
                                              version=shown.json["version"]), 409)


def main():
    server = Server()
    clerk_card = server.identities("institution")[0]
    with server:
        clerk = cards.sign_in(server, clerk_card)
        county = clerk.get("/auth/session").json["subject"]["county"]
        officer = next(one for one in server.identities("bureau") if one["county"] == county)
        reviewer = cards.sign_in(server, officer)
        contract = Contract(clerk.get("/openapi.json").wants(200).json)
        staff = clerk.get("/staff?limit=200").json["items"]
        person = next(one for one in staff if one["profession"] == "A" and one["main"] and
                      one["status"] == "practising")
        place = clerk.get("/institutions?q=%E8%A8%BA%E6%89%80&open=true").json["items"][0]
        day = datetime.date.today() + datetime.timedelta(days=120)
        line = {"person_id": person["person_id"], "target": place["code"], "purpose": "01",
                "times": [{"mode": "continuous", "start": f"{day}T06:00", "end": f"{day}T06:30"}]}
        report.check("every_route_is_documented", lambda: routes_are_documented(server, contract))
        report.check("reads_fit_their_schema", lambda: reading(contract, clerk, reviewer))
        report.check("refusals_fit_theirs", lambda: refusals(contract, clerk, reviewer))
        report.check("a_filing_fits_from_draft_to_approval",
                     lambda: life(contract, clerk, reviewer, line))
    report.finish()


if __name__ == "__main__":
    main()
