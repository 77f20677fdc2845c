#!/usr/bin/env python3
"""The comparison of bench/README.md by one command: our server with tokens and plain HTTP, every
rule on, beside what a user would pick instead (../shared/peers) and beside a bare echo; then the
figures of the issue that need no peer.

    bench/compare/compare.py --write                    all of it, into bench/README.md (12 minutes)
    bench/compare/compare.py --lines 20000 --people 4000 --rounds 1 --seconds 1    does it run?

Rounds are interleaved (A B C D A B C D), each on a store restored for it, and all of them are told.
A subject that can't run here is named with the reason. Needs ./dev build and the demo of ./dev up
(or --demo DIR); stores are kept in --place and made only once."""
import argparse
import itertools
import os
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import measure
import table
from subjects import ROOT, Baobei, Echo, Peer, Place, Postgres, say

PEERS = ("node_pg", "node_sqlite_group")
ORDER = ("baobei", *PEERS, "echo")


def numbers(text):
    return [int(word) for word in text.split(",")]


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("--lines", type=numbers, default=[100000, 1000000])
    parser.add_argument("--connections", type=numbers, default=[64, 256])
    parser.add_argument("--people", type=int, default=200000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--idle-connections", type=int, default=10000)
    parser.add_argument("--place", default="/var/tmp/baobei-compare")
    parser.add_argument("--build", default=os.path.join(ROOT, "build", "release"))
    parser.add_argument("--demo", default=os.path.join(ROOT, "build", "demo"))
    parser.add_argument("--only", choices=("peers", "own"), help="one half of it")
    parser.add_argument("--write", action="store_true", help="put the tables into bench/README.md")
    return parser.parse_args()


# ---- beside the peers ----

def subjects_of(place, size, people):
    ours = Baobei(place, size, people)
    found = [ours, *(Peer(place, size, name) for name in PEERS), Echo(place, size, ours.filers)]
    for subject in found:
        if subject.why_not:
            say(f"skipped {subject.name}: {subject.why_not}")
    found = [subject for subject in found if not subject.why_not]
    for subject in found:
        subject.make()
    return found


def measure_subject(subject, options, runs):
    subject.start()
    try:
        measure.wrk(subject, min(options.connections), 1)  # warm
        for connections in options.connections:
            run = measure.wrk(subject, connections, options.seconds)
            runs.setdefault((subject.lines, connections, subject.name), []).append(run)
            say(f"   {subject.lines} lines, {connections} connections, {subject.name}: "
                f"{run['per_s']:.0f}/s p50 {run['p50_ms']:.2f} ms p99 {run['p99_ms']:.2f} ms "
                f"refused {run['refused']:.4f} {run['lost'] or ''}")
    finally:
        subject.stop()


def beside_peers(place, options):
    runs = {}
    for size in options.lines:
        probe = Peer(place, size, "node_pg")
        if probe.why_not is None:
            with Postgres(place):
                rounds_of(subjects_of(place, size, options.people), options, runs)
        else:
            rounds_of(subjects_of(place, size, options.people), options, runs)
    return runs


def rounds_of(subjects, options, runs):
    for number in range(options.rounds):
        say(f"round {number + 1}, load {os.getloadavg()[0]:.1f}")
        for subject in subjects:
            measure_subject(subject, options, runs)


# ---- alone ----

seeds = itertools.count(1)  # one store, many runs: each files on nights of its own


def load_words(ours, rate, seconds, *more):
    return ["--seed", str(next(seeds)), "--url", ours.url, "--ops", ours.ops_url, "--token-file",
            ours.filers, "--connections", "256", "--rate", str(rate), "--seconds", str(seconds),
            "--curve", "flat", *more]


def warm(place, ours):
    """Every institution has been read: the first request of each pays for that. Returns the p99 of
    these first seconds, in µs."""
    result = measure.bench(place, "peak_filing",
                           *load_words(ours, 2000, 5, "--mix", "file:100"))
    return result["latency_us"]["p99"]


def device_bytes(place, ours, seconds):
    """KB that the device wrote for a filing at 3,000/s, the applier's share included: the stop
    applies everything, and the one before what the warming left. Some applies long: the last is
    a part of one."""
    ours.start()  # on a fresh copy; what comes behind goes on with this one
    try:
        warm(place, ours)
    finally:
        ours.stop()
    ours.go_on()
    try:
        os.sync()
        before = measure.written_bytes(ours.run)
        result = measure.bench(place, "peak_filing",
                               *load_words(ours, 3000, 3 * seconds // 2, "--mix", "file:100"))
    finally:
        ours.stop()
    os.sync()
    if result["log_syncs"] == 0:
        raise RuntimeError("nothing was filed: the same cases as before")
    if before is None:
        return None
    return (measure.written_bytes(ours.run) - before) / 1000 / max(result["done"], 1)


def open_loop(place, ours, seconds):
    """p50 and p99 at 5,000/s over those of a bare append and sync just before; and the p99 of the
    first seconds after the start."""
    ours.go_on()
    try:
        cold = warm(place, ours)
        bare = measure.bench(place, "append_sync", "--directory", ours.run, "--seconds", "2")
        result = measure.bench(place, "peak_filing",
                               *load_words(ours, 5000, seconds, "--mix", "file:100"))
    finally:
        ours.stop()
    of, disk = result["latency_us"], bare["append_us"]
    say(f"   5,000/s: p50 {of['p50']} p99 {of['p99']} us, append+sync p50 {disk['p50']} p99 "
        f"{disk['p99']} us, {result['writes_per_sync']} a sync, achieved "
        f"{result['rate_achieved']:.0f}/s")
    return of["p50"] / disk["p50"], of["p99"] / disk["p99"], cold


def read_after_write(place, ours, seconds):
    ours.go_on()
    try:
        warm(place, ours)
        return measure.bench(place, "read_after_write", *load_words(ours, 3000, seconds))
    finally:
        ours.stop()


def startup(place, ours):
    return measure.bench(place, "startup", "--server", place.program("baobei"), "--config",
                         ours.config, "--url", ours.url, "--token-file", ours.filers, "--seed",
                         str(next(seeds)),
                         env=ours.environment())


class Tls(Baobei):
    """The same server on the same store over TLS, patient with idle connections."""
    def environment(self):
        return {**super().environment(), "BAOBEI_SERVER_LISTEN": self.url,
                "BAOBEI_SERVER_IDLE_S": "3600"}


def idle_tls(place, size, options):
    ours = Tls(place, size, options.people)
    ours.url = f"https://127.0.0.1:{ours.port}"
    ours.go_on()
    try:
        return measure.bench(place, "idle_tls", "--url", ours.url, "--pid",
                             str(ours.process.pid), "--connections",
                             str(options.idle_connections))
    finally:
        ours.stop()


def alone(place, options):
    """Each of them once a round, on the largest store."""
    size = max(options.lines)
    ours = Baobei(place, size, options.people)
    ours.make()
    got = {}
    for _ in range(options.rounds):
        kilobytes = device_bytes(place, ours, options.seconds * 2)
        p50, p99, cold = open_loop(place, ours, options.seconds)
        reading = read_after_write(place, ours, options.seconds)
        starts = startup(place, ours)
        idle = idle_tls(place, size, options)
        for name, value in (
                ("device_kb", kilobytes), ("open_p50", p50), ("open_p99", p99),
                ("cold_p99_us", cold),
                ("get_server_us", reading["get"]["server_p99_us_below"]),
                ("list_server_us", reading["list"]["server_p99_us_below"]),
                ("get_client_us", reading["get"]["read_p99_us"]),
                ("list_client_us", reading["list"]["read_p99_us"]),
                ("ack_p50_us", reading["get"]["filing_p50_us"]),
                ("ack_p99_us", reading["get"]["filing_p99_us"]),
                ("missing", reading["get"]["missing"] + reading["list"]["missing"]),
                ("stop_ms", starts["after_stop_ms"]), ("kill_ms", starts["after_kill_ms"]),
                ("idle_mib", idle["mib_above_idle"])):
            if value is not None:
                got.setdefault(name, []).append(value)
        say(f"   alone: { {name: round(values[-1], 2) for name, values in got.items()} }")
    return got


# ---- the report ----

def goals_of(options, runs, got):
    size, conns = max(options.lines), max(options.connections)

    def of(name, what="per_s", lines=size):
        return [run[what] for run in runs.get((lines, conns, name), [])]

    def least(what, values, bound):
        return (what, f"at least {bound}", values, all(value >= bound for value in values))

    def most(what, values, bound):
        return (what, f"at most {bound}", values, all(value <= bound for value in values))

    goals = [
        least("filings/s over node_sqlite_group's",
              table.ratios(of("baobei"), of("node_sqlite_group")), 3),
        least("filings/s over node_pg's", table.ratios(of("baobei"), of("node_pg")), 5),
        least("filings/s over the echo's", table.ratios(of("baobei"), of("echo")), 0.3),
        most("p99 over node_pg's", table.ratios(of("baobei", "p99_ms"), of("node_pg", "p99_ms")),
             0.25)]
    if len(options.lines) > 1:
        goals.append(least(f"filings/s at {size:,} lines over those at {min(options.lines):,}",
                           table.ratios(of("baobei"), of("baobei", lines=min(options.lines))),
                           0.9))
    for what, name, bound in (
            ("device KB a filing at 3,000/s", "device_kb", 12),
            ("5,000/s open loop: p50 over append + sync's", "open_p50", 5),
            ("5,000/s open loop: p99 over append + sync's", "open_p99", 6),
            ("get behind a filing at 3,000/s: p99 µs of the server, upper edge", "get_server_us",
             1023),
            ("list of 50 behind a filing: p99 µs of the server, upper edge", "list_server_us",
             2047),
            ("readings that missed an acknowledged line", "missing", 0),
            ("ms to the first answer after a stop", "stop_ms", 500),
            ("ms to the first answer after a kill", "kill_ms", 1500),
            (f"MiB for {options.idle_connections:,} idle TLS connections", "idle_mib",
             400 * options.idle_connections / 10000)):
        goals.append(most(what, got.get(name, []), bound))
    return goals


def beside_reading(got):
    return ["At 3,000 filings/s, each read back at once, each round: acknowledgement p50 µs "
            f"{table.rounds(got['ack_p50_us'])}, p99 {table.rounds(got['ack_p99_us'])}; get as the "
            f"client sees it p99 {table.rounds(got['get_client_us'])}, list of 50 "
            f"{table.rounds(got['list_client_us'])}. The first 5 s after a start at 2,000/s, when "
            f"each institution is read at its first request: p99 "
            f"{table.rounds(got['cold_p99_us'])} µs."] if got else []


def main():
    options = arguments()
    begun, load = time.monotonic(), os.getloadavg()[0]
    os.makedirs(options.place, exist_ok=True)
    place = Place(options.place, os.path.abspath(options.build), os.path.abspath(options.demo))
    runs = beside_peers(place, options) if options.only != "own" else {}
    got = alone(place, options) if options.only != "peers" else {}
    text = "\n".join([
        f"Made by `bench/compare/compare.py` at commit {table.commit(ROOT)}, {time.strftime('%F')}"
        f", on {table.machine()}, load before {load:.1f}; {options.rounds} rounds of "
        f"{options.seconds} s, {options.people:,} people.", "",
        *table.peers_table(runs, ORDER, options.lines, options.connections), "",
        *table.goals_table(goals_of(options, runs, got)), "", *beside_reading(got)])
    print(text)
    say(f"took {time.monotonic() - begun:.0f} s")
    if options.write:
        table.into_readme(os.path.join(ROOT, "bench", "README.md"), text)


if __name__ == "__main__":
    main()
