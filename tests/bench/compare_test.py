#!/usr/bin/env python3
# dev: part=bench build=release minutes=5 takes=90
"""The comparison runs to its end in a small size: our server and the echo under wrk, then what
needs no peer. A peer that is not there is named with the reason. So does the bench of hostile
files. No time is asserted."""
import os
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(HERE, "..", "e2e", "lib"))
import report

SMALL = ("--lines", "2500", "--people", "2000", "--connections", "8", "--rounds", "2", "--seconds",
         "1", "--idle-connections", "50")


def compare(folder):
    build = os.environ.get("BAOBEI_BUILD", "build/release")
    done = subprocess.run(
        [sys.executable, os.path.join(ROOT, "bench", "compare", "compare.py"), *SMALL, "--place",
         os.path.join(folder, "compare"), "--build", build,
         "--demo", os.environ.get("BAOBEI_DEMO") or "build/demo"],
        capture_output=True, text=True, check=False,
        env={**os.environ, "COMPARE_PEERS": os.path.join(folder, "nothing")})
    report.say(done.stdout)
    if done.returncode != 0:
        raise AssertionError(done.stderr[-3000:])
    for wanted in ("| 2,500 | 8 | baobei |", "| 2,500 | 8 | echo |", "skipped node_pg: there is no",
                   "| readings that missed an acknowledged line | at most 0 | 0.00 · 0.00 | yes |",
                   "| ms to the first answer after a kill |"):
        if wanted not in done.stdout:
            raise AssertionError(f"missing: {wanted}")
    if done.stdout.count("not measured") != 3 or "lost" in done.stdout:
        raise AssertionError("only what needs a peer may be missing")


def hostile():
    demo = os.environ.get("BAOBEI_DEMO") or "build/demo"
    done = subprocess.run(
        [sys.executable, os.path.join(ROOT, "bench", "compare", "hostile.py"), "--rounds", "1",
         "--build", os.environ.get("BAOBEI_BUILD", "build/release"), "--demo", demo, "doctype",
         "old_xls", "upload_over_2_mib"], capture_output=True, text=True, check=False)
    report.say(done.stdout)
    if done.returncode != 0:
        raise AssertionError(done.stderr[-3000:])
    codes = {line.split()[0]: line.split()[1] for line in done.stdout.splitlines()}
    wanted = {"doctype": "broken_xlsx", "old_xls": "not_xlsx", "upload_over_2_mib": "too_large"}
    if {name: codes.get(name) for name in wanted} != wanted:
        raise AssertionError(codes)


def main():
    report.check("hostile_files_are_refused_one_by_one", hostile)
    if shutil.which("wrk") is None:
        report.skip("compare_runs_in_a_small_size", "wrk is not installed")
    else:
        folder = tempfile.mkdtemp(prefix="baobei-compare-")
        try:
            report.check("compare_runs_in_a_small_size", lambda: compare(folder))
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    report.finish()


if __name__ == "__main__":
    main()
