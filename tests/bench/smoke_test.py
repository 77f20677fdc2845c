#!/usr/bin/env python3
# dev: part=bench build=release minutes=20
"""Every benchmark runs and says what it should (smoke size; BAOBEI_FULL=1: full size, lines for
the record).

peak_filing over the real server, plain on loopback, with 1 and with 2 loops. No time is asserted:
only that the
load got through and that the lines hold what bench/README.md promises."""
import json
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "e2e", "lib"))
import filers
import report
from server import Server

ALONE = ("commit_group", "shard_turn", "line_codec", "recurrence", "search")
FULL = ["--full"] if os.environ.get("BAOBEI_FULL") else []
INSTITUTIONS = 1000 if FULL else 100


def take_line(server, name, *words):
    """The one JSON line of a run."""
    text = server.run(name, *FULL, *words, program="baobei-bench")
    report.say(f"   {text.strip()}")
    line = json.loads(text)
    missing = {"bench", "commit", "build", "machine", "settings", "results"} - set(line)
    if missing or line["bench"] != name or "seed" not in line["settings"]:
        raise AssertionError(f"missing {missing}: {text}")
    return line


def alone(server, name):
    return take_line(server, name)["results"] != {}


def peak(server, path):
    server.start()
    line = take_line(server, "peak_filing", "--url", server.url, "--ops", server.ops_url,
                     "--token-file", path)
    server.stop()
    results = line["results"]
    if results["done"] == 0 or results["refused"] or results["failed"] or results["lost"]:
        raise AssertionError("not every request was answered well")
    if results["log_syncs"] == 0 or results["latency_us"]["p50"] > results["latency_us"]["max"]:
        raise AssertionError("the counters make no sense")


def main():
    server = Server(plain=True)
    try:
        for name in ALONE:
            report.check(name, lambda name=name: alone(server, name))
        for loops in (1, 2):
            filers.prepare(server, INSTITUTIONS)
            server.settings["loops"] = loops
            report.check(f"peak_filing_{loops}_loops",
                         lambda: peak(server, os.path.join(server.folder, "filers")))
    finally:
        server.remove()
    report.finish()


if __name__ == "__main__":
    main()
