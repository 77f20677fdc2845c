#!/usr/bin/env python3
# dev: part=slow build=release loops=2 minutes=30 takes=73
"""Slow clients harm nobody else (RELIABILITY 6 *slow clients*): beside 500 of each kind the 99th
percentile of others stays under twice its idle value, every answer is right, and each slow one is
cut in its time (2.4, rule 14). `./dev test` runs 20 of each and judges no times of others; `./dev
prove slow` all, on a quiet machine."""
import json
import os
import resource
import statistics
import subprocess
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "e2e", "lib"))
import report  # noqa: E402
from server import Server  # noqa: E402

FULL = os.environ.get("BAOBEI_FULL") == "1"
COUNT = int(os.environ.get("BAOBEI_SLOW", "500" if FULL else "20"))
ROUNDS = 3 if FULL else 1
IDLE_S = 20 if FULL else 3
# Long enough to see each kind cut: head and body at 10 s, a stalled answer at 30 s.
ATTACK_S = {"head": 30, "body": 30, "read": 70}
CUT_S = {"head": 10, "body": 11, "read": 30}
SLACK_S = 12  # a piece every 5 s tells the end to who reads slowly, and machines are busy
OTHERS, PACE_S = 4, 0.01


class Others:
    """Usual clients: each asks every 10 ms, reads and previews in turn, and its times are kept."""

    def __init__(self, baobei, token):
        self.times, self.wrong, self.over = [], [], threading.Event()
        self.threads = [threading.Thread(target=self.run, args=(baobei.client(token=token),))
                        for _ in range(OTHERS)]
        for thread in self.threads:
            thread.start()

    def run(self, client):
        asked = 0
        while not self.over.is_set():
            began = time.perf_counter()
            try:
                answer = (client.get("/lines?limit=5") if asked % 2 == 0 else
                          client.post("/cases/preview", {"lines": []}))
                if answer.status != 200:
                    self.wrong.append(repr(answer))
            except Exception as e:  # a connection cut is a wrong answer here
                self.wrong.append(repr(e))
            self.times.append(time.perf_counter() - began)
            asked += 1
            self.over.wait(PACE_S)

    def end(self):
        self.over.set()
        for thread in self.threads:
            thread.join()
        return self

    def p99_ms(self):
        return 1000 * statistics.quantiles(self.times, n=100)[98]


def attack(baobei, token, kind, seconds):
    where = baobei.url.split("://")[1]
    program = [sys.executable, os.path.join(HERE, "slow_clients.py")]
    return subprocess.Popen([*program, kind, str(COUNT), where, str(seconds), token],
                            stdout=subprocess.PIPE, text=True)


def measure(baobei, token, attackers, seconds):
    others = Others(baobei, token)
    told = {}
    if attackers:
        told = {kind: json.loads(process.communicate()[0]) for kind, process in attackers.items()}
    else:
        others.over.wait(seconds)
    return others.end(), told


def judge_cuts(kind, told):
    report.say(f"   {kind}: {told}")
    if told["opened"] < COUNT or told["cut"] < COUNT // 2:
        raise AssertionError(f"{kind}: {told}: not all were there, or they were not cut")
    if told["longest_s"] > CUT_S[kind] + SLACK_S:
        raise AssertionError(f"{kind}: one lived {told['longest_s']} s")


def judge_answers(others):
    if others.wrong or len(others.times) < 50:
        raise AssertionError(f"{len(others.wrong)} of {len(others.times)}: {others.wrong[:3]}")


def rounds(baobei, token, kind):
    """The p99 beside the attack over the idle one right before it; median of the rounds."""
    ratios = []
    for _ in range(ROUNDS):
        idle = measure(baobei, token, None, IDLE_S)[0]
        seconds = ATTACK_S[kind]
        beside, told = measure(baobei, token, {kind: attack(baobei, token, kind, seconds)}, seconds)
        judge_answers(beside)
        judge_cuts(kind, told[kind])
        ratios.append(beside.p99_ms() / idle.p99_ms())
        report.say(f"   {kind}: p99 {idle.p99_ms():.2f} ms idle, {beside.p99_ms():.2f} ms beside "
                   f"{COUNT}: {ratios[-1]:.2f}")
    if statistics.median(ratios) >= 2:
        raise AssertionError(f"{kind}: {ratios}")


def sample(baobei, token):
    """All kinds at once, without a judgement on times."""
    attackers = {kind: attack(baobei, token, kind, seconds) for kind, seconds in ATTACK_S.items()}
    others, told = measure(baobei, token, attackers, 0)
    report.check("others_are_answered_beside_slow_clients", lambda: judge_answers(others))
    for kind, its in told.items():
        report.check(f"slow_{kind}_is_cut_in_time",
                     lambda kind=kind, its=its: judge_cuts(kind, its))


def main():
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, 65536), most))
    baobei = Server(plain=True)
    token = baobei.token(baobei.identities("institution")[0]["institution"], "read,file,submit")
    with baobei:
        if FULL:
            for kind in ATTACK_S:
                report.check(f"beside_slow_{kind}_p99_stays_under_twice_idle",
                             lambda kind=kind: rounds(baobei, token, kind))
        else:
            sample(baobei, token)
        if not baobei.running():
            report.fail("the_server_lives", baobei.log_tail())
    report.finish()


if __name__ == "__main__":
    main()
