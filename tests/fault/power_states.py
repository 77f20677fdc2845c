"""Crash states out of a trace: which of the volatile units reached the disk, and the judge's word.

At every event: none of the pending units, all, all but one, only one, a prefix, a random half, and
with one page torn at 512 bytes. Each distinct image is written to a folder and judged."""
import os
import random
import shutil
import subprocess
from collections import Counter

from power_trace import BLANK, PAGE, SECTOR, Disk, disk_of_image, read_trace

KINDS = ("none", "all", "all_but_one", "only_one", "prefix", "random", "torn")
EVERY = ("none", "all")  # at every event when all is to be done; the others as often as is wanted


def choose(kind, disk, rng):
    """(chosen places, torn) or None if there is no such state here."""
    count = len(disk.pending)
    places = range(count)
    if kind == "none":
        return set(), None
    if count == 0:
        return None
    if kind == "all":
        return set(places), None
    one = rng.randrange(count)
    if kind == "all_but_one":
        return set(places) - {one}, None
    if kind == "only_one":
        return {one}, None
    if kind == "prefix":
        return set(range(one)), None
    share = rng.choice((0.1, 0.5, 0.9))
    chosen = {place for place in places if rng.random() < share}
    if kind == "random":
        return chosen, None
    pages = [place for place in places if disk.pending[place].kind == "page"]
    if not pages:
        return None
    torn = rng.choice(pages)
    cut = rng.randrange(1, PAGE // SECTOR)
    sectors = rng.choice((range(cut), range(cut, PAGE // SECTOR),
                          [i for i in range(PAGE // SECTOR) if rng.random() < 0.5]))
    later = {place for place in chosen if place != torn}
    return rng.choice((later, set(range(torn)))), (torn, set(sectors))


def digest(image):
    """Equal for equal images; lock files say nothing."""
    return hash(frozenset(
        (path, None) if file is None else
        (path, file[1], frozenset(item for item in file[0].items() if item[1] != BLANK))
        for path, file in image.items()))


def copy_image(image):
    """One that the disk's later events don't change."""
    return {path: file and (dict(file[0]), file[1]) for path, file in image.items()}


def write_image(image, folder):
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    for path, file in sorted(image.items()):
        where = os.path.join(folder, path)
        if file is None:
            os.makedirs(where, exist_ok=True)
        elif os.path.isdir(os.path.dirname(where)):
            fd = os.open(where, os.O_WRONLY | os.O_CREAT, 0o600)
            for page, data in file[0].items():
                if page * PAGE < file[1]:
                    os.pwrite(fd, data[:file[1] - page * PAGE], page * PAGE)
            os.ftruncate(fd, file[1])
            os.close(fd)


class Judge:
    """A store_judge process with a folder of its own; one state at a time."""

    def __init__(self, program, folder, seed):
        self.folder, self.seed, self.state = folder, seed, None
        self.process = subprocess.Popen([program, "judge"], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True, bufsize=1)

    def begin(self, state):
        self.state = state
        write_image(state["image"], self.folder)
        self.process.stdin.write(f"{self.folder}/s {self.seed} {state['acked']} "
                                 f"{state['submitted']}\n")
        self.process.stdin.flush()

    def end(self):
        """The state with its verdict, or None."""
        state, self.state = self.state, None
        if state is not None:
            state["verdict"] = self.process.stdout.readline().strip() or "bad: the judge ended"
        return state

    def close(self):
        self.process.stdin.close()
        self.process.wait(60)
        shutil.rmtree(self.folder, ignore_errors=True)


class Tally:
    """What was seen: distinct images, by kind, and the bad ones."""

    def __init__(self):
        self.kinds, self.before_ack, self.bad, self.seen = Counter(), 0, [], set()

    @property
    def states(self):
        return sum(self.kinds.values())

    def add(self, state):
        if state["acked"] > 0:
            self.kinds[state["kind"]] += 1
        else:
            self.before_ack += 1
        if not state["verdict"].startswith("good"):
            self.bad.append(f"event {state['event']} {state['kind']}, acknowledged "
                            f"{state['acked']}: {state['verdict']}")


class Replay:
    """Feeds a trace to a disk and yields states. `blind(path)`: syncs of this file do nothing."""

    def __init__(self, events, disk=None, acked=0, submitted=0, blind=lambda path: False):
        self.events, self.blind = events, blind
        self.disk, self.acked, self.submitted = disk or Disk(), acked, submitted
        self.recovering = False  # a process has begun and nothing new was submitted to it yet

    def step(self, event):
        """Yields at each moment that is a possible crash."""
        if event.type == "A":
            self.acked = event.a
        elif event.type == "S":
            self.submitted, self.recovering = event.a, False
        elif event.type == "P":
            self.recovering = True
        elif event.type == "Y":
            if not self.blind(event.path):
                self.disk.sync(event.path)
        elif event.type == "W" and event.dsync and not self.blind(event.path):
            before = len(self.disk.pending)
            self.disk.feed(event)
            yield
            if len(self.disk.pending) > before:
                self.disk.settle_last_write(len(self.disk.pending) - before)
        else:
            self.disk.feed(event)
        yield

    def states(self, rng, wanted):
        """`wanted(kind)`: is one of this kind to be made here?"""
        for number, event in enumerate(self.events):
            for _ in self.step(event):
                for kind in KINDS:
                    choice = choose(kind, self.disk, rng) if wanted(kind) else None
                    if choice is not None:
                        yield {"event": number, "kind": kind, "acked": self.acked,
                               "submitted": self.submitted, "image": self.disk.image(*choice)}


def judge_states(states, judges, tally, limit, enough_bad=1 << 30):
    """Judges distinct ones until `limit` were counted or so many bad ones found."""
    turn = 0
    for state in states:
        if tally.states >= limit or len(tally.bad) >= enough_bad:
            break
        mark = (digest(state["image"]), state["acked"], state["submitted"])
        if mark[0] in tally.seen:
            continue
        tally.seen.add(mark[0])
        judge = judges[turn % len(judges)]
        turn += 1
        done = judge.end()
        if done:
            tally.add(done)
        judge.begin(state)
    for judge in judges:
        done = judge.end()
        if done:
            tally.add(done)


def run_workload(program, folder, seed, control):
    """(exit code, events) of the workload under the recorder, in an empty folder."""
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(f"{folder}/world")
    done = subprocess.run([program, "run", f"{folder}/world", f"{folder}/trace", str(seed),
                           str(control)], capture_output=True, text=True, timeout=300, check=False)
    return done, read_trace(f"{folder}/trace")


def run_recovery(program, folder, seed, state, kill_write):
    """(exit code, events) of a recovery of the state's image under the recorder."""
    write_image(state["image"], f"{folder}/again")
    trace = f"{folder}/again.trace"
    if os.path.exists(trace):
        os.unlink(trace)
    done = subprocess.run([program, "recover", f"{folder}/again", trace, str(seed),
                           str(state["acked"]), str(state["submitted"]), str(kill_write)],
                          capture_output=True, text=True, timeout=120, check=False)
    return done, read_trace(trace)


def replay_recovery(events, state):
    return Replay(events, disk_of_image(state["image"]), state["acked"], state["submitted"])


def rate(rng, share):
    """A `wanted` that takes a share of all."""
    return lambda kind: rng.random() < share


def seeded(*words):
    return random.Random(":".join(map(str, words)))
