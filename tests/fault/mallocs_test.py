#!/usr/bin/env python3
# dev: part=mallocs build=debug loops=turn minutes=120 takes=20
"""Each allocation of a hundred scripted requests fails in turn (RELIABILITY 6 *survives OOM*): the
server under a heap that fails when told to (tests/fault/heap), ASan, UBSan and LeakSanitizer.

No crash, no leak, no false success; the next request is answered right; nothing half-written, by
`baobei verify` at the end. `./dev prove mallocs` fails every one alone, and some with the next
twenty behind them; `./dev test` a few of some requests."""
import os
import random
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "e2e", "lib"), os.path.join(HERE, "..", "http"), HERE]
import filers as filing  # noqa: E402
import report  # noqa: E402
from client import Gone  # noqa: E402
from failing_heap import FailingHeap, own_leaks  # noqa: E402
from heap_script import Script  # noqa: E402
from nhi import Nhi  # noqa: E402
from world import World  # noqa: E402

FULL = os.environ.get("BAOBEI_FULL") == "1"
SEED = int(os.environ.get("BAOBEI_SEED") or random.randrange(2**31))
SAMPLE, STEPS = 2, 45  # in `./dev test`: so many allocations of so many requests
HANGS_S = 15
RUNS_MAX = 20000  # allocations of one request: more than that is a mistake of this test
RUN_OF_FAILURES = 20
FILERS = 300 if FULL else 40


def last_words(tail):
    """What a server says that ends by itself: not the log of its requests."""
    return "\n".join(line[:200] for line in tail.splitlines() if " request id=" not in line)


class Sweep:
    def __init__(self, world, heap, script):
        self.world, self.heap, self.script = world, heap, script
        self.rng = random.Random(SEED)
        self.runs = self.met = self.steps = 0
        self.said, self.wrong = 0, []

    def once(self, step, first, many=1):
        """True if an allocation failed."""
        prepared = step.prepare()
        self.heap.fail(first, many)
        try:
            answer = step.act(prepared)
        except Gone as gone:
            answer = None
            if "timed out" in str(gone):
                raise AssertionError("it hangs: no answer, no end") from gone
        failed = self.heap.end()
        self.runs += 1
        self.met += failed > 0
        step.judge(prepared, answer)
        return failed > 0

    def tried(self, step, first, many=1):
        try:
            return self.once(step, first, many)
        except Exception as error:  # whatever it was: told with the place, and then the next
            self.heap.end()
            self.wrong.append((step.name, first, many, f"{type(error).__name__}: {error}"))
            report.say(f"   {step.name}, allocation {first} (+{many - 1}): "
                       f"{type(error).__name__}: {str(error)[:600]}")
            self.revive()
            return True

    def revive(self):
        server = self.world.server
        if server.running() and server.ended(0.2) is None:
            return
        report.say(f"   the server ended, exit {server.process.returncode}:\n" +
                   last_words(server.log_tail(60)))
        server.start()

    def look_at_leaks(self, name):
        """In what the server has said since the last look."""
        with open(self.world.server.log, encoding="utf-8", errors="replace") as file:
            file.seek(self.said)
            found = own_leaks(file.read())
            self.said = file.tell()
        if found:
            self.wrong.append((name, 0, 0, "leaks"))
            report.say("   it leaks: " + "\n".join(found[:3])[:2000])
        return not found

    def stop(self):
        self.world.server.stop()
        return self.look_at_leaks("the stop")

    def count(self, step):
        """Allocations of the request when none fails."""
        prepared = step.prepare()
        self.heap.fail(2**31)
        answer = step.act(prepared)
        self.heap.end()
        count = self.heap.count()
        step.judge(prepared, answer)
        return count

    def sweep(self, step):
        begun, before, wrong = time.monotonic(), self.runs, len(self.wrong)
        if FULL:
            stride = getattr(step, "stride", 1)
            n = self.rng.randint(1, stride)
            while self.tried(step, n) and n < RUNS_MAX and len(self.wrong) < wrong + 20:
                n += stride
            for first in range(1, n, 7 * stride):
                self.tried(step, first, RUN_OF_FAILURES)
        else:
            count = self.count(step)
            for first in self.rng.sample(range(1, count + 1), min(SAMPLE, count)):
                self.tried(step, first, self.rng.choice((1, 1, RUN_OF_FAILURES)))
        self.steps += 1
        if not self.world.server.running():  # what failed was in the background
            self.wrong.append((step.name, 0, 0, "the server ended"))
            self.revive()
        elif FULL:
            self.heap.leaks()
            self.look_at_leaks(step.name)
        if FULL:
            report.say(f"   {step.name}: {self.runs - before} runs, "
                       f"{len(self.wrong) - wrong} wrong, {time.monotonic() - begun:.1f} s")


def main():
    only = sys.argv[1:]
    prepared = {}

    def prepare(server):
        prepared["heap"] = FailingHeap(server.folder)
        prepared["filers"] = filing.prepare(server, FILERS)
        nhi = prepared["nhi"] = Nhi(server.path("pki"))
        noon = (time.gmtime().tm_hour + 8 + 12) % 24 * 60  # half a day from now, in Taipei
        server.settings.update(nhi_url=nhi.url, nhi_ca=nhi.ca, nhi_pause_ms=10, nhi_minute=noon)
    with World(prepare=prepare, serves="failing_heap", auth_challenges_per_minute=1000000,
               store_map_gib=4) as world, prepared["nhi"]:
        for client in (world.clerk, world.reviewer, world.person, world.ops, world.other.clerk,
                       world.other.reviewer):
            client.close()
            client.timeout = HANGS_S
        heap = prepared["heap"]
        heap.show(int(os.environ.get("SHOW", "0")))
        script = Script(world, prepared["filers"], SEED)
        sweep = Sweep(world, heap, script)
        steps = list(script.steps())
        chosen = set(only or [step.name for step in (steps if FULL else
                                                     sweep.rng.sample(steps, STEPS))])
        for step in steps:
            if step.name in chosen:
                sweep.sweep(step)
        report.say(f"   {sweep.steps} requests, {sweep.runs} runs, {sweep.met} met a failure, "
                   f"{len(sweep.wrong)} wrong, seed {SEED}")
        report.check("the_script_has_a_hundred_requests", lambda: len(steps) >= 100)
        report.check("each_request_stands_a_failed_allocation", lambda: not sweep.wrong)
        report.check("most_runs_met_a_failure", lambda: sweep.met > sweep.runs * 0.6)
        report.check("no_leak_and_a_clean_stop", sweep.stop)
        report.check("nothing_is_half_written", lambda: world.server.verify() is not None)
    report.finish()


if __name__ == "__main__":
    main()
