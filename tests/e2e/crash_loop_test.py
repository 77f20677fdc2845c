#!/usr/bin/env python3
# dev: part=crash build=release loops=1 minutes=90
"""SIGKILL under load, restart, and every acknowledged write must be there (DESIGN 12; RELIABILITY 6).

52 connections file, draft, submit, withdraw and decide. A round: a random 0 to 1,500 ms after its 100th
acknowledged write the server is killed; in one round of five it is killed again 0 to 200 ms after it was
started anew. Then the store as the crash left it is copied for `baobei verify`, the server starts with the
other number of loops, unknown outcomes are resolved by repeating their keys, and each line of the round is
compared with the ledger, which lives in this process only.

    tests/e2e/crash_loop_test.py [ROUNDS]      30, or 1,000 with BAOBEI_FULL=1
"""
import os
import random
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
import actors
import filers
import ledger
import report
from server import Server

WORKERS, REVIEWERS = 48, 4
WRITES_A_ROUND = 100
KILL_MS, SECOND_KILL_MS, SECOND_KILL_ONE_IN = 1500, 200, 5
LIST_LIMIT = 200


class Crew:
    """Threads that do one thing each and tell the first error."""

    def __init__(self):
        self.errors = []

    def start(self, tasks):
        def guarded(task):
            try:
                task()
            except Exception as error:  # told by join, in the main thread
                self.errors.append(error)
        threads = [threading.Thread(target=guarded, args=(task,)) for task in tasks]
        for thread in threads:
            thread.start()
        return threads

    def join(self, threads):
        for thread in threads:
            thread.join()
        if self.errors:
            raise self.errors[0]

    def do(self, tasks):
        self.join(self.start(tasks))


class Loop:
    def __init__(self, seed):
        self.rng, self.seed, self.crew = random.Random(seed), seed, Crew()
        self.server = Server(loops=1)
        self.kills = self.second_kills = self.verified = self.start_ms = 0
        self.ledger = ledger.Ledger()
        found = filers.prepare(self.server, 3 * WORKERS)
        counties = sorted({filer.county for filer in found},
                          key=lambda county: -sum(filer.county == county for filer in found))
        chosen = set(counties[:REVIEWERS])
        found.sort(key=lambda filer: filer.county not in chosen)
        self.workers = [actors.Worker(self.server, self.ledger, filer, seed)
                        for filer in found[:WORKERS]]
        self.reviewers = [actors.Reviewer(self.server, self.ledger, identity, seed)
                          for identity in self.server.identities("bureau")
                          if identity["county"] in chosen]
        self.all = self.workers + self.reviewers

    def begin(self):
        self.server.start()
        self.crew.do([actor.connect for actor in self.all])

    # ---- a round ----

    def pause(self, most_ms):
        time.sleep(self.rng.uniform(0, most_ms) / 1000)  # the moment of the crash is what is random

    def load_and_kill(self):
        stop = threading.Event()
        wanted = self.ledger.acknowledged + WRITES_A_ROUND
        threads = self.crew.start([lambda actor=actor: actor.run(stop) for actor in self.all])
        alive = lambda: self.server.running() and not self.crew.errors
        if self.ledger.wait_for(wanted, alive):
            self.pause(KILL_MS)
        died = not self.server.running()
        self.server.kill()
        stop.set()
        self.crew.join(threads)
        if died:
            raise ledger.Wrong("the server ended by itself")
        self.kills += 1

    def restart(self, number):
        self.server.settings["loops"] = 1 + number % 2
        if self.rng.randrange(SECOND_KILL_ONE_IN) == 0:
            self.server.start(wait=False)
            self.pause(SECOND_KILL_MS)
            self.server.kill()
            self.second_kills += 1
        checking = self.verify_copy(number)
        begun = time.monotonic()
        self.server.start()
        self.start_ms = max(self.start_ms, int(1000 * (time.monotonic() - begun)))
        return checking

    def verify_copy(self, number):
        """`baobei verify` on a copy of what the crash left, beside the restart on the store itself."""
        copy = os.path.join(self.server.folder, f"copy-{number}")
        subprocess.run(["cp", "-a", "--sparse=always", self.server.path("data"), copy], check=True)
        environment = {**self.server.environment(), "BAOBEI_DATA_DIRECTORY": copy}
        process = subprocess.Popen(
            [self.server.program(), "verify", "--config", self.server.config], env=environment,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

        def finish():
            output, _ = process.communicate()
            subprocess.run(["rm", "-rf", copy], check=True)
            if process.returncode != 0:
                raise ledger.Wrong(f"baobei verify: exit {process.returncode}\n{output[-2000:]}")
            self.verified += 1
        return finish

    def compare(self):
        touched = {}
        for line in self.ledger.take_touched():
            touched.setdefault(line.filer, []).append(line)

        def compare_one(worker):
            for line in touched.get(worker.filer, []):
                ledger.compare(line, worker.client.get(f"/lines/{line.line_id}").wants(200).json)
            counts = worker.client.get("/lines/counts").wants(200).json
            wanted = self.ledger.counts(worker.filer)
            if counts != wanted:
                raise ledger.Wrong(f"{worker.filer.code}: the counts are {counts}, told was {wanted}")
        self.crew.do([lambda worker=worker: compare_one(worker) for worker in self.workers])

    def round(self, number):
        self.load_and_kill()
        finish = self.restart(number)
        for reviewer in self.reviewers:
            reviewer.reconnect()
        self.crew.do([actor.resolve for actor in self.all])
        self.compare()
        finish()
        self.rng.choice(self.reviewers).connect()  # a new session: the next crash must not lose it

    # ---- the end ----

    def compare_all(self):
        """Every line of every institution, by its list."""
        def compare_one(worker):
            shown, cursor = {}, ""
            while cursor is not None:
                page = worker.client.get(f"/lines?limit={LIST_LIMIT}{cursor}").wants(200).json
                shown.update((item["line_id"], item) for item in page["items"])
                cursor = page["next_cursor"] and f"&cursor={page['next_cursor']}"
            told = {line.line_id: line for line in self.ledger.lines.values()
                    if line.filer is worker.filer}
            if set(shown) != set(told):
                raise ledger.Wrong(f"{worker.filer.code}: not in both: {set(shown) ^ set(told)}")
            for line_id, line in told.items():
                ledger.compare(line, shown[line_id])
        self.crew.do([lambda worker=worker: compare_one(worker) for worker in self.workers])

    def totals(self):
        return {name: sum(actor.count[name] for actor in self.all) for name in self.all[0].count}

    def print_totals(self, rounds, seconds):
        total = self.totals()
        report.say(f"   {rounds} rounds, {self.kills} kills and {self.second_kills} during the restart, "
                   f"{len(self.all)} connections, {self.ledger.acknowledged} acknowledged writes, "
                   f"{len(self.ledger.cases)} cases, seed {self.seed}, {seconds:.0f} s")
        report.say(f"   {total['unknown']} unknown outcomes, {total['replayed']} of them had been done, "
                   f"{total['refused']} refused as stale, {total['unavailable']} 503; slowest start "
                   f"{self.start_ms} ms")


def main():
    rounds = 1000 if os.environ.get("BAOBEI_FULL") else 30
    if len(sys.argv) > 1:
        rounds = int(sys.argv[1])
    loop = Loop(int(os.environ.get("BAOBEI_SEED") or random.randrange(2**31)))
    begun, done = time.monotonic(), 0
    try:
        loop.begin()
        for done in range(1, rounds + 1):
            loop.round(done)
        loop.compare_all()
        loop.server.stop()
        loop.server.verify()
        wrong = None
    except Exception as error:
        wrong = error
        report.say(f"   round {done}: {error}\n   the server's last lines:\n"
                   f"{loop.server.log_tail(30)}")
        report.fail("every_acknowledged_write_is_there", "see above")
    loop.print_totals(done, time.monotonic() - begun)
    loop.server.remove()
    if wrong is None:
        # Each names what would have ended the run before; what is left to ask is that it was tried.
        report.check("every_acknowledged_write_is_there",
                     lambda: loop.kills == rounds and loop.ledger.acknowledged >= rounds * WRITES_A_ROUND)
        report.check("case_numbers_are_unique",
                     lambda: len(loop.ledger.cases) == len(set(loop.ledger.cases.values())))
        report.check("unknown_outcomes_count_once_or_not", lambda: loop.totals()["replayed"] > 0)
        report.check("verify_is_clean_after_each_crash", lambda: loop.verified == rounds)
    report.finish()


if __name__ == "__main__":
    main()
