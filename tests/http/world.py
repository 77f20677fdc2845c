"""A served copy of the demo with somebody of each kind signed in, for tests that speak to it.

    with World() as world:
        world.clerk.post("/cases", {"lines": [world.line()]})       an institution with its card
        world.reviewer, world.person, world.ops                     its bureau, somebody of it, ops
        world.other.clerk, world.other.reviewer, world.other.person a house in another county

Every answer is held against the published contract (contract.py).
"""
import datetime
import os
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e", "lib"))
import cards  # noqa: E402
from client import Gone  # noqa: E402,F401
import report  # noqa: E402,F401  (for those who import us)
from contract import Contract  # noqa: E402
from server import Server  # noqa: E402

TAIPEI = datetime.timezone(datetime.timedelta(hours=8))
FIRST_DAY = 40  # days from today: behind the demo's own weeks, before a licence's end
SLOTS_A_NIGHT = 12  # half hours; the demo's own lines lie in the day


def today():
    return datetime.datetime.now(TAIPEI).date()


def day(days):
    return str(today() + datetime.timedelta(days=days))


def continuous(start, end):
    return {"mode": "continuous", "start": start, "end": end}


class House:
    """An institution with a card, its bureau's reviewer, one of its people with a card."""

    def __init__(self, world, identity):
        self.world, self.server, self.identity = world, world.server, identity
        self.code, self.taken = identity["institution"], 0
        self.clerk = world.sign_in(identity)
        self.county = self.clerk.get("/auth/session").wants(200).json["subject"]["county"]
        self.reviewer_card = next(one for one in self.server.identities("bureau")
                                  if one["county"] == self.county)
        self.reviewer = world.sign_in(self.reviewer_card)
        self.person_card = next(one for one in self.server.identities("person")
                                if one["institution"] == self.code)
        self.person = world.sign_in(self.person_card)
        self.me = self.person.get("/people/me").wants(200).json
        self.staff = world.pages(self.clerk, "/staff?limit=200")
        self.purposes = self.clerk.get("/codes").wants(200).json["purposes"]
        self.targets = [one["code"] for one in self.clerk.get(
            "/institutions?q=%E8%A8%BA%E6%89%80&open=true&limit=5").wants(200).json["items"]
                        if one["code"] != self.code]

    def purpose(self, profession):
        """A purpose of this profession that needs nothing more; None if there is none."""
        return next((one["code"] for one in self.purposes if profession in one["professions"] and
                     not one["note_required"] and not one["attachments"]), None)

    def fit(self):
        """Staff that may file, with a licence that lasts, others than him with the card."""
        return [one for one in self.staff if one["status"] == "practising" and one["main"] and
                self.purpose(one["profession"]) and one["person_id"] != self.me["person_id"] and
                (one["licence"]["to"] or "") > day(400)]

    def slot(self):
        """A half hour of a night that was given to nobody."""
        night, half = divmod(self.taken, SLOTS_A_NIGHT)
        self.taken += 1
        date, minute = day(FIRST_DAY + night), half * 30
        return continuous(f"{date}T{minute // 60:02}:{minute % 60:02}",
                          f"{date}T{(minute + 30) // 60:02}:{(minute + 30) % 60:02}")

    def line(self, **more):
        """A line that may be submitted."""
        person = more.pop("of", None) or self.fit()[0]
        return {"person_id": person["person_id"], "target": self.targets[0], "department": "02",
                "purpose": self.purpose(person["profession"]), "times": [self.slot()], **more}

    def file(self, submit=True, lines=1, **more):
        """A case, as POST /cases answers it."""
        body = {"lines": [self.line(**more) for _ in range(lines)], "submit": submit}
        return self.clerk.post("/cases", body).wants(201).json

    def file_line(self, submit=True, **more):
        return self.file(submit, **more)["lines"][0]

    def decide(self, line, decision, reviewer=None, **more):
        """One decision on a line as shown; None or the code of its failure."""
        item = {"line_id": line["line_id"], "version": line["version"], "decision": decision,
                **more}
        if decision != "approve":
            item.setdefault("reason", "人力不足")
        answer = (reviewer or self.reviewer).post("/review/decisions",
                                                  {"decisions": [item]}).wants(200).json
        return answer["failed"][0]["code"] if answer["failed"] else None


def staffed_homes(server):
    """Institutions with a card, one of whose people has one too; the first is the world's."""
    staffed = {one["institution"] for one in server.identities("person")}
    return [one for one in server.identities("institution") if one["institution"] in staffed]


def staffed_home(server):
    return staffed_homes(server)[0]["institution"]


class World(House):
    def __init__(self, prepare=None, **settings):
        """`prepare(server)`: work on the store before it is served; gives tokens by name."""
        self.server = Server(**settings)
        self.contract, self.tokens = None, {}
        self.prepare = prepare

    def sign_in(self, identity):
        client = cards.sign_in(self.server, identity)
        return self.contract.watch(client) if self.contract else client

    def with_token(self, token):
        return self.contract.watch(self.server.client(token=token))

    def anonymous(self):
        client = self.server.client()
        client.headers["Origin"] = self.server.url
        return self.contract.watch(client)

    def pages(self, client, path):
        """All items of a list, page by page of its cursor."""
        items, cursor = [], ""
        while cursor is not None:
            page = client.get(path + cursor).wants(200).json
            items += page["items"]
            cursor = page["next_cursor"] and f"&cursor={page['next_cursor']}"
        return items

    def __enter__(self):
        try:
            if self.prepare:
                self.tokens = self.prepare(self.server) or {}
            self.server.start()
            self.contract = Contract(self.server.client().get("/openapi.json").wants(200).json)
            first, *others = staffed_homes(self.server)
            House.__init__(self, self, first)
            self.other = House(self, next(one for one in others if self.clerk.get(
                f"/institutions/{one['institution']}").wants(200).json["county"] != self.county))
            self.ops_card = self.server.identities("ops")[0]
            self.ops = self.sign_in(self.ops_card)
        except BaseException:
            self.server.__exit__(*sys.exc_info())
            raise
        return self

    def __exit__(self, *how):
        return self.server.__exit__(*how)


def equal(got, wanted):
    """An expectation that shows both."""
    if got != wanted:
        raise AssertionError(f"{got!r:.1500}\n    is not {wanted!r:.1500}")


def faults(answer, status=422):
    """{(field, code)} of a problem document."""
    return {(one["field"], one["code"]) for one in answer.wants(status).json["errors"]}


def refused(answer, status, code):
    if answer.wants(status).code != code:
        raise AssertionError(f"{answer.code}, not {code}: {answer}")
    return answer


def together(requests):
    """The answers of requests that begin at the same moment, each in a thread of its own."""
    answers, threads = [None] * len(requests), []
    start = threading.Barrier(len(requests))

    def one(place, request):
        start.wait()
        answers[place] = request()
    for place, request in enumerate(requests):
        threads.append(threading.Thread(target=one, args=(place, request)))
        threads[-1].start()
    for thread in threads:
        thread.join()
    return answers


def run(*groups, **settings):
    """Each test(world) under its own name, in one world that lives through all of them."""
    with World(**settings) as world:
        for test in groups:
            report.check(test.__name__, lambda test=test: test(world))
        report.check("the_server_lives", lambda: world.server.running())
        world.server.stop()
        report.check("the_store_is_sound", lambda: world.server.verify() is not None)
    report.finish()
