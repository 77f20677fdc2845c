#!/usr/bin/env python3
# dev: part=fault build=release minutes=60 takes=26
"""A sync that fails ends the server, and nothing acknowledged is lost (DESIGN 5 failure table;
STYLE habit 8).

strace makes the N-th fdatasync of every thread of the release binary fail with EIO while 36
connections write; N goes through the first 30 (BAOBEI_FULL=1), or through 1, 2 and one more of
them, since syscalls_test's sweep hits syncs too; then the first two of the store's own file.
Whatever is hit, the log, a new segment or the store: one line, exit. Then a start without the
fault, unknown outcomes resolved by their keys, and every line compared with the ledger."""
import os
import random
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "e2e", "lib"))
import report
from ledger import Wrong
from server import NotStarted, Server
from siege import Siege

CALLS, SAMPLE = 30, 3
WORKERS, REVIEWERS = 32, 4
FATAL_EXIT_CODE = 3
ENDS_WITHIN_S = 60


def strace(when, path=None):
    only = ["-P", path] if path else []
    return ["strace", "-f", "--seccomp-bpf", "-qq", "-o", "/dev/null",
            "-e", "trace=fdatasync", *only,
            "-e", f"inject=fdatasync:error=EIO:when={when}"]


def may_trace():
    """None, or why not."""
    if shutil.which("strace") is None:
        return "no strace"
    done = subprocess.run([*strace(1), "true"], capture_output=True, text=True, check=False)
    return (None if done.returncode == 0
            else f"strace may not trace here: {done.stderr.strip()[:100]}")


def fail_sync(siege, command):
    """Until the server has ended by itself."""
    server = siege.server
    server.command = command
    before = server.logged("alarm")
    try:
        server.start()
    except NotStarted:  # it was a sync of the recovery: nobody was told anything
        pass
    else:
        siege.reconnect()
        siege.load(lambda: server.ended(ENDS_WITHIN_S))
    server.command = []
    code = server.ended(0)
    if code is None:
        server.kill()
        raise Wrong("the server runs on after the failed sync")
    if code != FATAL_EXIT_CODE or server.logged("alarm") == before:
        raise Wrong(f"exit {code}, alarms {server.logged('alarm') - before}")


def one(siege, command):
    fail_sync(siege, command)
    siege.server.start()
    siege.ask()
    siege.server.stop()
    siege.server.verify()


def plan(seed, store):
    """(name, command) of each run."""
    whens = range(1, CALLS + 1)
    if not os.environ.get("BAOBEI_FULL"):
        whens = sorted({1, 2, *random.Random(seed).sample(whens[2:], SAMPLE - 2)})
    runs = [(f"fdatasync_{when:02}_fails", strace(when)) for when in whens]
    return runs + [(f"fdatasync_{when}_of_the_store_fails", strace(when, store)) for when in (1, 2)]


def main():
    reason = may_trace()
    if reason:
        report.skip("failing_syncs", reason)
        report.finish()
    seed = int(os.environ.get("BAOBEI_SEED") or random.randrange(2**31))
    siege = Siege(Server(), seed, WORKERS, REVIEWERS)
    try:
        siege.begin()  # log-ins are writes too: these are before any fault
        siege.server.stop()
        for name, command in plan(seed, siege.server.path("data/data.mdb")):
            if not report.check(name, lambda command=command: one(siege, command)):
                report.say(f"   the server's last lines:\n{siege.server.log_tail(20)}")
                break  # the ledger no longer holds
        siege.print_totals()
    finally:
        siege.server.remove()
    report.finish()


if __name__ == "__main__":
    main()
