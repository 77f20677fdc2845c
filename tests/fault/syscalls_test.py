#!/usr/bin/env python3
# dev: part=syscalls build=release minutes=150 takes=67
"""Every call of the system fails once, or from some point on (RELIABILITY 6 *survives I/O errors*):
the release server with failing_calls.so before it, while clients file, submit, withdraw and decide.

A run: one call at one position answers EIO, ENOSPC, EINTR, a short count, EMFILE, ENOMEM …, at the
start or under load. The server goes on, or ends as documented (a failed sync or append: exit 3 and
an alarm; a start that can't: a sentence and exit 2 or 3). If it lives, writes are taken again once
the fault is over. Then SIGKILL, a start without a fault, unknown outcomes resolved by their keys,
the lines compared with the ledger, and `baobei verify` on a copy of what was left.

2,000 runs by `./dev prove syscalls`, 60 in `./dev test`. The judge is shown red first: with writes
to the log that are swallowed, acknowledged lines must be missed."""
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "e2e", "lib"), HERE]
import filers  # noqa: E402
import report  # noqa: E402
from client import Gone  # noqa: E402
from failing_calls import ALWAYS, CALLS, FailingCalls  # noqa: E402
from ledger import Wrong  # noqa: E402
from server import NotStarted, Server  # noqa: E402
from siege import Siege  # noqa: E402

FULL = os.environ.get("BAOBEI_FULL") == "1"
SEED = int(os.environ.get("BAOBEI_SEED") or random.randrange(2**31))
RUNS = int(os.environ.get("BAOBEI_RUNS", "2000" if FULL else "60"))
WORKERS, REVIEWERS, SEGMENT_MIB = 4, 1, 16
WRITES, LOAD_S, WRITABLE_WITHIN_S = 25, 1.5, 20
VERIFY_ONE_IN = 2 if FULL else 4
WAITS_S = 4  # a start without space waits for some
PEOPLE, LINES = 400, 60
FATAL_EXIT_CODE = 3
# Calls that a run makes, in its start and under load together, and under load alone; what was
# counted in the run before takes their place.
REACH = {"pwrite": (50, 40), "write_file": (50, 42), "write_socket": (50, 54),
         "read_socket": (45, 40), "sync": (31, 28), "accept": (10, 5), "poll": (100, 100),
         "read_file": (2, 0), "pread": (8, 0), "open": (12, 0), "allocate": (1, 0),
         "rename": (3, 0), "map": (4, 0), "socket": (6, 0), "lock": (1, 0), "close": (10, 0)}


def said_since(server, before):
    with open(server.log, "rb") as file:
        file.seek(before)
        return file.read().decode("utf-8", "replace")


class Fault:
    def __init__(self, call, error, position, always, at_start):
        self.call, self.error, self.position = call, error, position
        self.always, self.at_start = always, at_start

    def __str__(self):
        return (f"{self.call} {self.error} at {self.position}{'+' if self.always else ''} "
                f"{'of the start' if self.at_start else 'under load'}")


def faults(rng, reach):
    """Round and round all calls and errors; positions up to what a run has had of such calls."""
    pairs = [(call, error) for call, (_, _, errors) in CALLS.items() for error in errors]
    while True:
        rng.shuffle(pairs)
        for call, error in pairs:
            at_start = REACH[call][1] == 0 or rng.random() < 0.25
            usual = REACH[call][0 if at_start else 1]
            most = max(1, usual // 2, reach.get((call, at_start), usual))
            yield Fault(call, error, rng.randint(1, most), rng.random() < 0.2, at_start)


def small_demo(folder):
    """A demo of few people: a start of it takes a blink."""
    path = os.path.join(folder, "small")
    program = os.path.join(os.environ.get("BAOBEI_BUILD", "build/release"), "baobei")
    subprocess.run([program, "seed-demo", path, "--people", str(PEOPLE), "--lines", str(LINES)],
                   check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return path


def spare_filer(siege):
    """One of whom the ledger knows nothing."""
    mine = {worker.filer.code for worker in siege.workers}
    with open(os.path.join(siege.server.folder, "filers"), encoding="utf-8") as file:
        return [filer for filer in map(filers.Filer, file) if filer.code not in mine][-1]


class Sweep:
    """One store after the other: a new one where the judge was not content."""

    def __init__(self, folder, demo):
        self.folder, self.demo, self.rng = folder, demo, random.Random(SEED)
        self.began_at = 0  # where the server's log stood
        self.library = os.path.abspath(os.path.join(
            os.environ.get("BAOBEI_BUILD", "build/release"), "failing_calls.so"))
        self.count = {"runs": 0, "met": 0, "exits": 0, "refused starts": 0, "verified": 0}
        self.siege = self.calls = None
        self.reach = {}
        self.acknowledged = 0

    def begin(self):
        self.end()
        server = Server(folder=self.folder, demo=self.demo, log_segment_mib=SEGMENT_MIB,
                        loops=1 + self.rng.randrange(2), store_apply_gap_ms=100,
                        auth_challenges_per_minute=1000000)
        self.calls = FailingCalls(server.folder, self.library)
        self.siege = Siege(server, self.rng.randrange(2**31), WORKERS, REVIEWERS)
        # A commit of LMDB that failed fails each reading until the server has ended for it.
        self.siege.ledger.may_be_unknown = True
        self.siege.spare = spare_filer(self.siege)
        self.siege.begin()
        self.siege.server.kill()

    def end(self):
        if self.siege is not None:
            self.acknowledged += self.siege.ledger.acknowledged
            self.siege.server.remove()
            self.siege = None

    # ---- one run ----

    def arm(self, fault):
        most = 50 if fault.error == "EINTR" else ALWAYS  # no signal comes for ever
        self.calls.fail(fault.call, fault.error, fault.position, most if fault.always else 1)

    def start(self, fault):
        """True if it serves; False if it said why not."""
        server, before = self.siege.server, os.path.getsize(self.siege.server.log)
        self.began_at = before
        server.command = self.calls.command
        if fault.at_start:
            self.arm(fault)
        try:
            server.start(wait=False)
            self.wait_ready(server, before)
        except NotStarted as error:
            self.calls.end()
            server.output.close()
            if not fault.at_start or server.process.returncode not in (2, FATAL_EXIT_CODE) \
                    or not said_since(server, before).strip():
                raise Wrong(f"a start that ended so: {error}") from error
            self.count["refused starts"] += 1
            return False
        finally:
            server.command = []
        return True

    def wait_ready(self, server, before):
        """A fault of all accepts, or of all reads of sockets, leaves nobody to ask: that it serves
        is then told by its log. A start without space waits for some: then the fault ends."""
        begun = time.monotonic()
        while time.monotonic() < begun + 30:
            if time.monotonic() > begun + WAITS_S:
                self.calls.end()
            if server.process.poll() is not None:
                raise NotStarted(f"exit {server.process.returncode}\n{server.log_tail()}")
            try:
                with server.client(timeout=1) as client:
                    if client.raw("/readyz").status == 200:
                        return
            except Gone:
                if " serving " in said_since(server, before):
                    return
            time.sleep(0.01)
        raise Wrong(f"neither ready nor ended after 30 s\n{server.log_tail()}")

    def load(self, fault):
        siege, server = self.siege, self.siege.server

        def until():
            if not fault.at_start:
                self.arm(fault)
            goal, end = siege.ledger.acknowledged + WRITES, time.monotonic() + LOAD_S
            while (siege.ledger.acknowledged < goal and time.monotonic() < end
                   and server.running()):
                time.sleep(0.01)
            if fault.error == "SWALLOW":
                server.kill()
                return
            self.count["met"] += self.calls.end() > 0
            self.reach[fault.call, fault.at_start] = self.calls.count()
            try:
                self.is_writable_again()
            finally:
                self.code = server.ended(0)
                if self.code is None:
                    server.kill()
        siege.reconnect()
        siege.load(until)

    def is_writable_again(self):
        """Once the fault is over, without a restart; or it has ended."""
        server = self.siege.server
        end, last = time.monotonic() + WRITABLE_WITHIN_S, None
        while time.monotonic() < end:
            if not server.running():
                return
            try:
                last = self.write(server)
                if last.status == 201:
                    return
            except Gone as gone:
                last = gone
            time.sleep(0.05)
        raise Wrong(f"no write is taken {WRITABLE_WITHIN_S} s after the fault: {last}\n"
                    f"{server.log_tail(5)}")

    def write(self, server):
        """By a house that no worker of the ledger speaks for."""
        with server.client(token=self.siege.spare.token, timeout=5) as client:
            return client.post("/cases", {"lines": [self.siege.spare.next_line()]})

    def judge(self, fault):
        server = self.siege.server
        if self.code is not None:
            self.count["exits"] += 1
            tail = server.log_tail(8)
            # What was durable is still answered behind the alarm: it need not stand at the end.
            said = said_since(server, self.began_at)
            # The log of events is a file, too: where no write to files is done, it says nothing.
            silent = fault.call == "write_file" and fault.always
            if self.code != FATAL_EXIT_CODE or not (silent or " alarm " in said):
                raise Wrong(f"it ended by itself, exit {self.code}\n{tail}")
            if not may_end(fault):
                raise Wrong(f"it ended although it need not\n{tail}")

    def verify_copy(self):
        server = self.siege.server
        copy = os.path.join(server.folder, "copy")
        subprocess.run(["cp", "-a", "--sparse=always", server.path("data"), copy], check=True)
        done = subprocess.run([server.program(), "verify", "--config", server.config],
                              capture_output=True, text=True, check=False,
                              env={**server.environment(), "BAOBEI_DATA_DIRECTORY": copy})
        shutil.rmtree(copy)
        if done.returncode != 0:
            raise Wrong(f"baobei verify: exit {done.returncode}\n{done.stdout[-1500:]}"
                        f"{done.stderr[-500:]}")
        self.count["verified"] += 1

    def run(self, fault):
        self.count["runs"] += 1
        self.siege.server.settings["loops"] = 1 + self.count["runs"] % 2
        if self.start(fault):
            self.code = None
            self.load(fault)
            self.judge(fault)
        if self.count["runs"] % VERIFY_ONE_IN == 0:
            self.verify_copy()
        self.siege.server.start()
        self.siege.ask()
        self.siege.server.kill()


def may_end(fault):
    """What the failure table of storage/committer.c says of: the log and its syncs, and commits of
    LMDB (its writes are pwrites and writes of its file); and a bad page under a read."""
    return fault.call in ("pwrite", "write_file", "sync", "pread", "allocate", "rename")


def sweep_all(sweep, wrong):
    chosen = faults(sweep.rng, sweep.reach)
    begun = time.monotonic()
    while sweep.count["runs"] < RUNS:
        fault = next(chosen)
        try:
            if sweep.siege is None:
                sweep.begin()
            sweep.run(fault)
        except Exception as error:  # told, and then another store: this ledger no longer holds
            wrong.append(str(fault))
            report.say(f"   {fault}: {type(error).__name__}: {str(error)[:1500]}")
            sweep.end()
    report.say(f"   {sweep.count}, {time.monotonic() - begun:.0f} s, seed {SEED}")
    sweep.end()


def control(sweep):
    """Writes to the log are said to be done and are not: what was acknowledged is not there."""
    sweep.begin()
    sweep.siege.server.settings["store_apply_gap_ms"] = 60000  # the store would have them too
    try:
        sweep.run(Fault("pwrite", "SWALLOW", 1, True, False))
    except (Wrong, AssertionError) as error:
        report.say(f"   swallowed writes: {type(error).__name__}: {str(error)[:200]}")
        return True
    finally:
        sweep.end()
    return False


def main():
    base = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    folder, wrong = tempfile.mkdtemp(prefix="baobei-calls-", dir=base), []
    try:
        sweep = Sweep(folder, small_demo(folder))
        report.check("swallowed_writes_are_found", lambda: control(sweep))
        sweep.count = dict.fromkeys(sweep.count, 0)
        sweep_all(sweep, wrong)
        report.check("no_acknowledged_write_is_lost_whatever_call_fails", lambda: not wrong)
        report.check("enough_runs_met_their_fault",
                     lambda: sweep.count["met"] + sweep.count["refused starts"] > RUNS / 3)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    report.finish()


if __name__ == "__main__":
    main()
