#!/usr/bin/env python3
# dev: part=races build=tsan loops=2 minutes=10 takes=39
"""No data race (DESIGN 12 *races*): the server under ThreadSanitizer with 2 loops, and the client
mix of the crash loop: 48 clerks file, submit, withdraw, four reviewers decide, somebody reads
lists, metrics are asked, tokens are added by the operator. 60 s by `./dev prove races`, 8 s in
`./dev test`. Then a start and a stop with /metrics asked all the time: it is there before the store
is open and until the end.

The first race ends the server (halt_on_error), so that it ends at all is the verdict. A program
with a race is shown to it first."""
import os
import random
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "lib"))
import report
from client import Gone
from ledger import Wrong
from server import Server
from siege import Siege

SECONDS = 60 if os.environ.get("BAOBEI_FULL") else 8
ASK_EVERY_S = 0.2
RACY = r"""
#include <pthread.h>
static int shared;
static void *count(void *unused)
{
    for (int i = 0; i < 1000; i++)
        shared++;
    return unused;
}
int main(void)
{
    pthread_t thread;
    pthread_create(&thread, 0, count, 0);
    count(0);
    pthread_join(thread, 0);
    return 0;
}
"""


def a_race_is_seen():
    with tempfile.TemporaryDirectory() as folder:
        program = os.path.join(folder, "racy")
        subprocess.run(["gcc", "-g", "-O1", "-fsanitize=thread", "-x", "c", "-", "-o", program],
                       input=RACY, text=True, check=True)
        done = subprocess.run([program], capture_output=True, text=True, check=False)
        return done.returncode != 0 and "data race" in done.stderr


class Races:
    def __init__(self):
        self.seed = int(os.environ.get("BAOBEI_SEED") or random.randrange(2**31))
        self.server = Server(loops=2, store_apply_gap_ms=100, auth_challenges_per_minute=1000000)
        self.siege = Siege(self.server, self.seed)

    def look(self):
        """What clerks do not ask: lists, the operator's commands and metrics."""
        worker = self.siege.rng.choice(self.siege.workers)
        with self.server.client(token=worker.filer.token) as client:
            for path in ("/lines?limit=50", "/staff", "/institutions?q=%E8%A8%BA%E6%89%80"):
                client.get(path).wants(200)
        self.server.metrics()
        self.server.token(worker.filer.code, "read")

    def load(self):
        end = time.monotonic() + SECONDS
        while time.monotonic() < end and self.server.running():
            try:
                self.look()
            except Gone:
                break
            time.sleep(ASK_EVERY_S)  # a pace, not a wait for anything

    def end(self):
        """With all at work: what happens at a stop is looked at, too."""
        self.load()
        try:
            self.server.stop()
        except AssertionError as error:
            self.wrong = error

    def run(self):
        self.wrong = None
        self.siege.begin()
        try:
            self.siege.load(self.end)
        except Wrong as error:
            report.say(self.server.log_about(str(error)))
            raise
        if self.wrong is not None:
            raise self.wrong
        self.siege.print_totals()
        return self.siege.ledger.acknowledged > SECONDS

    def counted(self):
        """From the first step of a start until the end of a stop."""
        over, answers = threading.Event(), []

        def ask():
            while not over.is_set():
                try:
                    answers.append(self.server.metrics())
                except Gone:
                    pass  # not yet, or no more

        thread = threading.Thread(target=ask)
        thread.start()
        try:
            self.server.start()
            self.server.stop()
        finally:
            over.set()
            thread.join()
        return len(answers) > 0


def main():
    report.check("a_race_is_seen", a_race_is_seen)
    races = Races()
    try:
        if not report.check("no_race_under_load", races.run):
            report.say(races.server.log_tail(80))
        else:
            races.server.start()
            report.check("what_was_told_holds", races.siege.ask)
            races.server.stop()
            report.check("metrics_are_asked_from_start_to_end", races.counted)
    finally:
        races.server.remove()
    report.finish()


if __name__ == "__main__":
    main()
