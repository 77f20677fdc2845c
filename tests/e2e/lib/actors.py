"""Clients that file, withdraw and decide, and remember what they don't know the outcome of.

Each has one connection and one command under way, with a key of its own. When the server goes,
the command
stays `pending`; `resolve` repeats it with the same key, and what is told then is the outcome.
"""
import random

import cards
from client import Gone
from ledger import Wrong

STATUS_OF = {"approve": "approved", "reject": "rejected", "return": "returned"}


class Actor:
    def __init__(self, server, ledger, name, seed):
        self.server, self.ledger, self.name = server, ledger, name
        self.rng = random.Random(f"{seed} {name}")
        self.client, self.pending = None, None
        self.count = {"done": 0, "refused": 0, "unavailable": 0, "unknown": 0, "replayed": 0}
        self.keys = 0

    def next_key(self):
        self.keys += 1
        return f"{self.name}-{self.keys}"

    def run(self, stop):
        """Until told to stop, or the server is gone."""
        while not stop.is_set():
            if self.pending is None:
                self.pending = self.choose()
            if self.pending is None:
                if stop.wait(0.005):  # nothing to decide yet
                    return
                continue
            try:
                self.settle(self.pending())
            except Gone:
                self.count["unknown"] += 1
                return

    def reconnect(self):
        """The connection is opened anew when used; a reviewer's session outlives the server."""
        self.client.close()

    def resolve(self):
        if self.pending is not None:
            self.settle(self.pending())

    def settle(self, answer):
        """`answer` was taken by the command itself; here it is only counted."""
        if answer.status == 504 and self.ledger.may_be_unknown:
            self.count["unknown"] += 1
            return  # as the answer says: once more, with the same key
        if answer.status == 503:
            self.count["unavailable"] += 1
        elif answer.status < 300:
            self.count["done"] += 1
            self.count["replayed"] += answer.headers.get("idempotent-replay") == "true"
        elif answer.status in (409, 412):
            self.count["refused"] += 1
        else:
            raise Wrong(f"{self.name}: {answer}")
        self.pending = None


class Worker(Actor):
    """One institution's clerk: only he files there; reviewers may decide before him."""

    def __init__(self, server, ledger, filer, seed):
        super().__init__(server, ledger, filer.code, seed)
        self.filer, self.mine = filer, []

    def connect(self):
        self.client = self.server.client(token=self.filer.token)

    def choose(self):
        dice = self.rng.random()
        if dice < 0.4:
            return self.file(True)
        if dice < 0.6:
            return self.file(False)
        wanted, verb = ("draft", "returned"), "submit"
        if dice >= 0.8:
            wanted, verb = ("under_review",), "withdraw"
        fitting = [line for line in self.mine[-30:] if line.status in wanted]
        return self.command(self.rng.choice(fitting), verb) if fitting else self.file(True)

    def file(self, submit):
        key, body = self.next_key(), {"lines": [self.filer.next_line()], "submit": submit}

        def send():
            answer = self.client.post("/cases", body, key=key)
            if answer.status == 201:
                self.mine.append(self.ledger.made(key, self.filer, answer.json))
            return answer
        return send

    def command(self, line, verb):
        key, version = self.next_key(), line.version

        def send():
            answer = self.client.post(f"/lines/{line.line_id}/{verb}", key=key, version=version)
            if answer.status == 200:
                becomes = {"submit": "under_review", "withdraw": "draft"}[verb]
                self.ledger.moved(line, version, becomes)
            return answer
        return send


class Reviewer(Actor):
    """A bureau's officer with a card: decides one to three lines of his county at once."""

    def __init__(self, server, ledger, identity, seed):
        super().__init__(server, ledger, f"bureau-{identity['county']}", seed)
        self.identity = identity

    def connect(self):
        self.client = cards.sign_in(self.server, self.identity)

    def choose(self):
        lines = []
        for _ in range(self.rng.randint(1, 3)):
            line = self.ledger.pick(self.rng, lambda line: line.status == "under_review" and
                                    line.filer.county == self.identity["county"])
            if line is not None and line not in lines:
                lines.append(line)
        return self.decide(lines) if lines else None

    def decide(self, lines):
        key, versions = self.next_key(), [line.version for line in lines]
        words = [self.rng.choice(("approve", "approve", "reject", "return")) for _ in lines]
        body = {"decisions": [
            {"line_id": line.line_id, "version": version, "decision": word,
             "reason": None if word == "approve" else "人力配置不足"}
            for line, version, word in zip(lines, versions, words)]}
        known = set()

        def send():
            answer = self.client.post("/review/decisions", body, key=key)
            if answer.status == 200:
                failed = {item["line_id"]: item["code"] for item in answer.json["failed"]}
                odd = set(failed.values()) - {"stale", "wrong_state", "overloaded"}
                if odd:
                    raise Wrong(f"{self.name}: a decision failed with {odd}")
                for line, version, word in zip(lines, versions, words):
                    if line.line_id not in failed and line.line_id not in known:
                        known.add(line.line_id)
                        self.ledger.moved(line, version, STATUS_OF[word])
            return answer
        return send
