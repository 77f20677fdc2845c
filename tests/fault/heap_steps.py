"""The kinds of steps of the script (heap_script.py), each with what must hold when memory ran out
in the midst of it.

A step is prepared, done with an allocation failing (`act`), and judged without one (`judge`): the
answer was right, or said that nothing was done (503), or that it is not known (504, or the
connection is gone); what was told is so; the same request again is answered well.
"""
import os
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "e2e", "lib"), os.path.join(HERE, "..", "http")]
import cards  # noqa: E402
from client import Client, Gone  # noqa: E402
from world import equal  # noqa: E402

# Of an answer, what may differ from one time to the next.
PASSING = {"request_id", "idle_left", "absolute_left", "last_used_at", "last_login_at",
           "csrf_token", "created_at", "challenge", "tbs", "expires_at"}


def plain(value):
    if isinstance(value, dict):
        return {name: plain(one) for name, one in value.items() if name not in PASSING}
    return [plain(one) for one in value] if isinstance(value, list) else value


def shown(answer):
    """What two answers to one question must have in common."""
    is_json = "json" in answer.headers.get("content-type", "")
    return answer.status, plain(answer.json) if is_json and answer.body else answer.body


def differences(got, wanted, at=""):
    """Where two answers differ, as sentences."""
    if isinstance(got, dict) and isinstance(wanted, dict) and set(got) == set(wanted):
        return [one for name in got for one in differences(got[name], wanted[name], f"{at}/{name}")]
    if isinstance(got, (list, tuple)) and isinstance(wanted, (list, tuple)):
        if len(got) == len(wanted):
            return [one for n, (a, b) in enumerate(zip(got, wanted))
                    for one in differences(a, b, f"{at}/{n}")]
        return [f"{at}: {len(got)} items, {len(wanted)} were wanted"]
    return [] if got == wanted else [f"{at}: {got!r:.300}, {wanted!r:.300} was wanted"]


def without_items(value):
    """Of a bulk answer, with the items left out that say that they were not done."""
    status, body = value
    failed = [one for one in body["failed"] if one["code"] not in ("overloaded", "unknown_outcome")]
    return status, {**body, "failed": failed}


def same(got, wanted):
    if isinstance(got[1], dict) and "failed" in got[1] and without_items(got)[1]["failed"] == []:
        return
    found = differences(got, wanted)
    if found:
        raise AssertionError("; ".join(found[:4]))


def unknown(answer):
    """Nothing was said of the outcome: no answer, or 504."""
    return answer is None or (answer.status == 504 and answer.code == "unknown_outcome")


def refused(answer):
    return (answer is not None and answer.status == 503
            and answer.code in ("overloaded", "read_only")
            and int(answer.headers["retry-after"]) > 0)


def sure(ask):
    """Asked without a fault, on a connection that the answer before may have ended: Client repeats
    only what is safe to repeat, and does not know that this is."""
    try:
        return ask()
    except Gone as gone:
        if gone.args:
            raise
        return ask()


class Read:
    """A question whose answer is the same each time, be it a refusal."""

    def __init__(self, name, client, method, path, body=None, wants=200, **more):
        self.name, self.client, self.wants = name, client, wants
        self.ask = lambda: client.request(method, path, body, **more)

    def prepare(self):
        answer = self.ask()
        equal((self.name, answer.status), (self.name, self.wants))
        self.client.open()  # some answers end the connection; a handshake is another step
        return shown(answer)

    def act(self, _):
        return self.ask()

    def judge(self, before, answer):
        if not unknown(answer) and not refused(answer):
            same(shown(answer), before)
        same(shown(sure(self.ask)), before)


class Command:
    """`make()` gives (method, path, body, more, done): done() says whether it was done, by another
    question. `again`: what the repeat of a done command is answered; a keyed one like the first."""

    def __init__(self, name, client, make, wants=200, again=None, stride=1):
        self.stride = stride  # of thousands of allocations every so many, from a random one on
        self.name, self.client, self.make, self.wants = name, client, make, wants
        self.again = again or (wants,)

    def prepare(self):
        method, path, body, more, done = self.make()
        return lambda: self.client.request(method, path, body, **more), done

    def act(self, prepared):
        return prepared[0]()

    def judge(self, prepared, answer):
        ask, done = prepared
        was_done = done()
        if refused(answer):
            equal((self.name, "refused", was_done), (self.name, "refused", False))
        elif not unknown(answer):
            answer.wants(self.wants)
            equal((self.name, "told", was_done), (self.name, "told", True))
        if was_done:
            sure(ask).wants(*self.again)
        else:
            sure(ask).wants(self.wants)
        equal((self.name, "in the end", done()), (self.name, "in the end", True))


class LogIn:
    """Challenge, signature, session: a new browser each time."""

    def __init__(self, world, identities):
        self.world, self.identities, self.turn = world, identities, 0
        self.name = f"log_in_{identities[0]['role']}"

    def prepare(self):
        self.turn += 1
        identity = self.identities[self.turn % len(self.identities)]
        return self.proof(identity)

    def proof(self, identity):
        client = self.world.contract.watch(cards.begin(self.world.server))
        given = client.post("/auth/cert/challenge", {"role": identity["role"]}).wants(200).json
        return client, cards.prove(self.world.server, given, identity), identity

    def act(self, prepared):
        client, proof, _ = prepared
        return client.post("/auth/cert/login", proof)

    def judge(self, prepared, answer):
        client, _, identity = prepared
        if not unknown(answer) and not refused(answer):
            answer.wants(200)
            equal(client.get("/auth/session").wants(200).json["subject"],
                  answer.json["subject"])
        client.close()
        client, proof, _ = self.proof(identity)
        client.post("/auth/cert/login", proof).wants(200)
        client.headers["X-CSRF-Token"] = client.get("/auth/session").wants(200).json["csrf_token"]
        cards.sign_out(client)
        client.close()


class LogOut:
    """Whatever is told, who was told that it ended is not let in again."""
    name = "log_out"

    def __init__(self, world, identities):
        self.world, self.identities, self.turn = world, identities, 0

    def prepare(self):
        self.turn += 1
        return cards.sign_in(self.world.server, self.identities[self.turn % len(self.identities)])

    def act(self, client):
        return client.post("/auth/logout")

    def judge(self, client, answer):
        told = client.cookies
        if answer is not None and answer.status < 300:
            equal(client.get("/auth/session").status, 401)
        else:
            equal(unknown(answer) or refused(answer), True)
            client.cookies = told
            client.post("/auth/logout").wants(200, 204, 401)
            equal(client.get("/auth/session").status, 401)
        client.close()


class Fresh:
    """A connection of its own: accepted, TLS, one request."""
    stride = 5

    def __init__(self, name, make):
        self.name, self.make = name, make

    def ask(self):
        with self.make() as client:
            return client.get("/lines/counts") if client.headers else client.raw("/readyz")

    def prepare(self):
        return shown(self.ask().wants(200))

    def act(self, _):
        return self.ask()

    def judge(self, before, answer):
        if not unknown(answer) and not refused(answer):
            same(shown(answer), before)
        same(shown(self.ask()), before)


class Metrics:
    """The ops listener speaks of this moment: only that it speaks can be judged."""

    def __init__(self, name, server, path):
        self.name, self.server, self.path = name, server, path

    def prepare(self):
        return None

    def act(self, _):
        with Client(self.server.ops_url) as client:
            return client.raw(self.path)

    def judge(self, _, answer):
        if answer is not None:
            answer.wants(200, 503)
        self.act(None).wants(200)


class Told:
    """A command of the operator through the socket of the running server."""

    def __init__(self, name, server, *words):
        self.name, self.server, self.words = name, server, words

    def prepare(self):
        return None

    def act(self, _):
        program = os.path.join(os.environ.get("BAOBEI_RELEASE", "build/release"), "baobei")
        return subprocess.run([program, *self.words, "--config", self.server.config],
                              capture_output=True, text=True, check=False, timeout=120,
                              env=self.server.environment())

    def judge(self, _, done):
        if done.returncode not in (0, 3):
            raise AssertionError(f"{self.words}: exit {done.returncode} {done.stderr[-500:]}")
        again = self.act(None)
        if again.returncode != 0:
            raise AssertionError(f"{self.words} again: exit {again.returncode} {again.stderr}")


class Decide:
    """Each item of a decision stands for itself: what is told of it must be so."""

    def __init__(self, script, words):
        self.script, self.words = script, words
        self.name = "decide_" + "_".join(words)

    def prepare(self):
        lines = self.script.made(True, len(self.words))["lines"]
        body = {"decisions": [{"line_id": line["line_id"], "version": line["version"],
                               "decision": word, **({} if word == "approve" else {"reason": "無"})}
                              for line, word in zip(lines, self.words)]}
        return lines, body, self.script.key()

    def act(self, prepared):
        return self.script.reviewer.post("/review/decisions", prepared[1], key=prepared[2])

    def judge(self, prepared, answer):
        lines, body, _ = prepared
        wanted = {"approve": "approved", "reject": "rejected", "return": "returned"}
        if refused(answer):
            for line in lines:
                equal((self.name, "refused", self.script.status(line)),
                      (self.name, "refused", "under_review"))
        elif not unknown(answer):
            failed = {one["line_id"]: one["code"] for one in answer.wants(200).json["failed"]}
            equal(set(failed.values()) - {"overloaded", "unknown_outcome"}, set())
            for line, word in zip(lines, self.words):
                code = failed.get(line["line_id"])
                status = self.script.status(line)
                if code is None:
                    equal((self.name, status), (self.name, wanted[word]))
                elif code == "overloaded":
                    equal((self.name, "refused", status), (self.name, "refused", "under_review"))
        again = sure(lambda: self.act(prepared)).wants(200).json
        equal((again["done"], again["failed"]), (len(lines), []))
        equal([self.script.status(line) for line in lines], [wanted[word] for word in self.words])


class Transfer:
    """A run to NHI, by the operator: what it is told, it does; what was approved arrives once."""
    name = "run_a_transfer"

    def __init__(self, script):
        self.ops = script.ops

    def prepare(self):
        return None

    def act(self, _):
        return self.ops.post("/ops/transfers", {"kind": "delta"})

    def settled(self):
        end = time.monotonic() + 30
        while time.monotonic() < end:
            items = self.ops.get("/ops/transfers?limit=1").wants(200).json["items"]
            if not items or items[0]["state"] in ("done", "failed"):
                return items
            time.sleep(0.02)  # another program is at work; nothing else tells
        raise AssertionError(f"the transfer does not end: {items}")

    def all_settled(self):
        """Until no other run follows: what the demo had approved goes in several."""
        found, before = self.settled(), None
        while found != before:
            time.sleep(0.5)  # as above
            found, before = self.settled(), found
        return found

    def judge(self, _, answer):
        if not unknown(answer) and not refused(answer):
            answer.wants(202, 409)
        self.settled()
        sure(lambda: self.act(None)).wants(202)
        equal(self.settled()[0]["state"], "done")


class Cold:
    """Filing by an institution whose actor is not in memory: it is loaded first."""
    name = "file_by_an_actor_not_in_memory"

    def __init__(self, script):
        self.script = script

    def prepare(self):
        script = self.script
        filer = script.filers[script.cold % len(script.filers)]
        script.cold += 1
        client = script.world.server.client(token=filer.token)
        before = script.total(client)
        return client, before, {"lines": [filer.next_line()], "submit": True}, script.key()

    def act(self, prepared):
        client, _, body, key = prepared
        return client.post("/cases", body, key=key)

    def judge(self, prepared, answer):
        client, before, _, _ = prepared
        was_done = self.script.total(client) == before + 1
        if refused(answer):
            equal((self.name, "refused", was_done), (self.name, "refused", False))
        elif not unknown(answer):
            answer.wants(201)
            equal((self.name, "told", was_done), (self.name, "told", True))
        sure(lambda: self.act(prepared)).wants(201)
        equal(self.script.total(client), before + 1)
        client.close()
