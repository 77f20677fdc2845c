#!/usr/bin/env python3
# dev: part=crash build=release loops=1 minutes=90 takes=116
"""SIGKILL under load, restart, and every acknowledged write must be there (DESIGN 12; RELIABILITY
6).

52 connections file, draft, submit, withdraw and decide. A round: a random 0 to 1,500 ms after its
100th
acknowledged write the server is killed; in one round of five it is killed again 0 to 200 ms after
it was
started anew. Then the store as the crash left it is copied for `baobei verify`, the server starts
with the
other number of loops, unknown outcomes are resolved by repeating their keys, and each line of the
round is
compared with the ledger, which lives in this process only.

    tests/e2e/crash_loop_test.py [ROUNDS]      30, or 1,000 with BAOBEI_FULL=1
"""
import os
import random
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
import report
from ledger import Wrong
from server import Server
from siege import Siege

WRITES_A_ROUND = 100
KILL_MS, SECOND_KILL_MS, SECOND_KILL_ONE_IN = 1500, 200, 5


class CrashLoop(Siege):
    def __init__(self, seed):
        super().__init__(Server(loops=1), seed)
        self.kills = self.second_kills = self.verified = self.start_ms = 0

    def pause(self, most_ms):
        time.sleep(self.rng.uniform(0, most_ms) / 1000)  # the moment of the crash is what is random

    def kill(self):
        if self.wait_acknowledged(WRITES_A_ROUND):
            self.pause(KILL_MS)
        died = not self.server.running()
        self.server.kill()
        if died:
            raise Wrong(f"the server ended by itself, exit {self.server.process.returncode}")
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
        """`baobei verify` on a copy of what the crash left, beside the restart on the store."""
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
                raise Wrong(f"baobei verify: exit {process.returncode}\n{output[-2000:]}")
            self.verified += 1
        return finish

    def round(self, number):
        self.load(self.kill)
        finish = self.restart(number)
        self.ask()
        finish()
        self.rng.choice(self.reviewers).connect()  # a new session: the next crash must not lose it


def main():
    rounds = 1000 if os.environ.get("BAOBEI_FULL") else 30
    if len(sys.argv) > 1:
        rounds = int(sys.argv[1])
    loop = CrashLoop(int(os.environ.get("BAOBEI_SEED") or random.randrange(2**31)))
    begun, done, wrong = time.monotonic(), 0, None
    try:
        loop.begin()
        for done in range(1, rounds + 1):
            loop.round(done)
        loop.compare_all()
        loop.server.stop()
        loop.server.verify()
    except Exception as error:
        wrong = error
        report.say(f"   round {done}: {error}\n   the server's last lines:\n"
                   f"{loop.server.log_tail(30)}")
        report.fail("every_acknowledged_write_is_there", "see above")
    report.say(f"   {done} rounds, {loop.kills} kills and {loop.second_kills} during the restart, "
               f"slowest start {loop.start_ms} ms, {time.monotonic() - begun:.0f} s")
    loop.print_totals()
    loop.server.remove()
    if wrong is None:
        # Each names what would have ended the run before; what is left to ask is that it was tried.
        report.check("every_acknowledged_write_is_there", lambda: loop.kills == rounds and
                     loop.ledger.acknowledged >= rounds * WRITES_A_ROUND)
        report.check("case_numbers_are_unique",
                     lambda: len(loop.ledger.cases) == len(set(loop.ledger.cases.values())))
        report.check("unknown_outcomes_count_once_or_not", lambda: loop.totals()["replayed"] > 0)
        report.check("verify_is_clean_after_each_crash", lambda: loop.verified == rounds)
    report.finish()


if __name__ == "__main__":
    main()
