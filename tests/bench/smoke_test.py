#!/usr/bin/env python3
# dev: part=bench build=release minutes=20 takes=60
"""Every benchmark runs and says what it should (smoke size; BAOBEI_FULL=1: full size, lines for
the record).

Those with a server run over the real one on loopback, plain and over TLS, with 1 and with 2 loops.
No time is asserted: only that the load got through, and that the lines hold what bench/README.md
promises."""
import json
import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "e2e", "lib"))
sys.path.insert(0, os.path.join(HERE, "..", "..", "bench", "compare"))
import filers
import report
import sheets
from server import Server

ALONE = ("append_sync", "commit_group", "shard_turn", "line_codec", "recurrence", "search")
FULL = ["--full"] if os.environ.get("BAOBEI_FULL") else []
INSTITUTIONS = 1000 if FULL else 100
FILL_LINES = 2000
BATCH_HOMES, BATCH_FILES, FAULTY = 12, 4, 3


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


def answered_well(results):
    if results["done"] == 0 or results["refused"] or results["failed"] or results["lost"]:
        raise AssertionError("not every request was answered well")
    if results["log_syncs"] == 0 or results["latency_us"]["p50"] > results["latency_us"]["max"]:
        raise AssertionError("the counters make no sense")


def columns_by_loop(results, loops):
    shares = [results[f"loop_{loop}"]["turns_share"] for loop in range(loops)]
    if f"loop_{loops}" in results or not 0.99 < sum(shares) < 1.01:
        raise AssertionError(f"turns by loop: {shares}")
    if not all(results[f"loop_{loop}"]["cpu_share"] > 0 for loop in range(loops)):
        raise AssertionError("a loop took no CPU time")
    if results["held_us_mean"] <= 0 or results["turn_us_mean"] <= 0:
        raise AssertionError("turns or held answers were not timed")


def server_words(server, path):
    words = ["--url", server.url, "--ops", server.ops_url, "--token-file", path]
    return words + (["--ca", server.ca] if server.url.startswith("https:") else [])


def peak(server, path):
    server.start()
    line = take_line(server, "peak_filing", *server_words(server, path))
    server.stop()
    answered_well(line["results"])
    columns_by_loop(line["results"], server.settings["loops"])
    if line["settings"]["transport"] != ("tls" if server.url.startswith("https:") else "plain"):
        raise AssertionError("the line tells the wrong transport")


def read_back(server, path):
    server.start()
    results = take_line(server, "read_after_write", *server_words(server, path))["results"]
    server.stop()
    for what in ("get", "list"):
        run = results[what]
        if run["missing"] or run["failed"] or run["read"] == 0 or run["read"] != run["filed"]:
            raise AssertionError(f"{what}: {run}")
        if run["log_syncs"] < 2:
            raise AssertionError(f"{what}: what was filed was answered as known: {run}")
        if run["server_p50_us_below"] == 0:
            raise AssertionError(f"{what}: the server's own time is not told")


def books(server, path):
    """Three lists of workbooks: a file goes up once a store."""
    homes = sheets.homes_of(path, lambda token, what: server.client(token=token).get(what).wants(
        200).body, BATCH_HOMES)
    folder = os.path.join(server.folder, "books")
    lines = sheets.books_write(homes, folder, 3 * BATCH_FILES, FAULTY)
    return [sheets.list_write(os.path.join(folder, f"books{part}"), lines[part::3])
            for part in range(3)]


def all_imported(results):
    if results["done"] != BATCH_FILES or any(
            results[what] for what in ("failed", "refused", "lost")):
        raise AssertionError("not every file went through")
    faulty = BATCH_FILES * sheets.ROWS * FAULTY // 100
    if (results["rows_imported"], results["rows_skipped"]) != (
            BATCH_FILES * sheets.ROWS - faulty, faulty):
        raise AssertionError("not the rows that were right")
    ready, whole = results["ready_us"], results["whole_us"]
    if not 0 < ready["p50"] <= ready["max"] <= whole["max"]:
        raise AssertionError("the times make no sense")


def batch(server, path):
    """Uploaded, read, imported: one at a time, at once, beside people; and the same a second time,
    which has to fail for each."""
    server.start()
    single, many, beside = books(server, path)
    words = [word for word in server_words(server, path) if word not in ("--token-file", path)]
    words += ["--pid", str(server.process.pid)]
    results = take_line(server, "import_rows", *words, "--books", single)["results"]
    all_imported(results)
    if not 1 <= results["log_syncs_per_import_max"] <= 2:
        raise AssertionError("an import is at least one sync of the log, and at most two")
    results = take_line(server, "peak_batch", *words, "--books", many)["results"]
    all_imported(results)
    if not 0 < results["server_cpu_us_per_file"] or results["readers_cpu_us_per_file"] < 0:
        raise AssertionError("the cost was not told")
    others = [line.strip() for line in open(path, encoding="utf-8")][BATCH_HOMES:]
    results = take_line(server, "peak_batch", *words, "--books", beside, "--token-file",
                        sheets.list_write(path + "-others", others))["results"]
    all_imported(results)
    for people in ("alone", "beside"):
        if results[f"interactive_{people}"]["not_done"]:
            raise AssertionError(f"not everybody's filing was answered well: {people}")
    if results["interactive_alone"]["done"] == 0 or results["interactive_p99_ratio"] <= 0:
        raise AssertionError("nobody filed")
    again = take_line(server, "peak_batch", *words, "--books", single)["results"]
    server.stop()
    if again["failed"] != BATCH_FILES or again["done"]:
        raise AssertionError("imported twice, or not told")


def idle_tls(server):
    server.start()
    line = take_line(server, "idle_tls", "--url", server.url, "--ca", server.ca,
                     "--pid", str(server.process.pid))
    files = open(f"/proc/{server.process.pid}/limits", encoding="utf-8").read()
    server.stop()
    results = line["results"]
    if results["closed_by_server"] or results["rss_after_kib"] <= results["rss_before_kib"] > 0:
        raise AssertionError("the connections were not kept, or cost nothing")
    soft, hard = re.search(r"Max open files\s+(\d+)\s+(\d+)", files).groups()
    if soft != hard:
        raise AssertionError(f"the server left its file limit at {soft} of {hard}")


def startup(server, path):
    results = take_line(server, "startup", "--server", server.program(), "--config", server.config,
                        "--url", server.url, "--token-file", path)["results"]
    if results["filed_before_kill"] == 0 or min(results[f"{what}_ms"] for what in (
            "first", "after_stop", "after_kill")) <= 0:
        raise AssertionError("a start was not measured")
    server.verify()


def fill(server):
    """A store made through the actors: the lines are all there, and verify has nothing to say."""
    path = os.path.join(server.folder, "filled")
    server.run("fill", server.demo, "--institutions", "20", "--people", "400", "--lines",
               str(FILL_LINES), "--output", path, program="baobei-bench")
    server.verify()
    server.start()
    totals = []
    for line in open(path, encoding="utf-8"):
        client = server.client(token=line.split()[2])
        totals.append(client.get("/lines/counts").wants(200).json["under_review"])
    answered_well(take_line(server, "peak_filing", *server_words(server, path))["results"])
    server.stop()
    if len(totals) != 20 or sum(totals) != FILL_LINES or max(totals) - min(totals) > 20:
        raise AssertionError(f"{FILL_LINES} lines were filed, the institutions see {totals}")


def with_server(plain, loops):
    server = Server(plain=plain, loops=loops)
    path = os.path.join(server.folder, "filers")
    transport = "plain" if plain else "tls"
    try:
        filers.prepare(server, 3 * BATCH_HOMES)  # first: the next ones are smaller
        report.check(f"batch_{transport}_{loops}_loops", lambda: batch(server, path))
        filers.prepare(server, INSTITUTIONS)
        report.check(f"peak_filing_{transport}_{loops}_loops", lambda: peak(server, path))
        filers.prepare(server, INSTITUTIONS)
        report.check(f"read_after_write_{transport}_{loops}_loops",
                     lambda: read_back(server, path))
    finally:
        server.remove()


def main():
    server = Server(plain=True)
    path = os.path.join(server.folder, "filers")
    try:
        for name in ALONE:
            report.check(name, lambda name=name: alone(server, name))
        report.check("fill", lambda: fill(server))
        filers.prepare(server, INSTITUTIONS)
        report.check("startup", lambda: startup(server, path))
    finally:
        server.remove()
    server = Server(loops=1, server_idle_s=600)
    try:
        report.check("idle_tls", lambda: idle_tls(server))
    finally:
        server.remove()
    for plain, loops in ((True, 1), (True, 2), (False, 2)):
        with_server(plain, loops)
    report.finish()


if __name__ == "__main__":
    main()
