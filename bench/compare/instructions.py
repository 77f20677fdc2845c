#!/usr/bin/env python3
"""Instructions a durable filing costs the server, by callgrind: the same on a busy machine and an
idle one, so that before and after a change can be told apart.

    bench/compare/instructions.py FILLED [--tls] [--rate 100] [--seconds 6] [--top 40]

FILLED is a directory of `baobei-bench fill` with its `filers` beside it. After a warm-up (actors
loaded), filings are counted over one run: all threads, the applier's work for them included as far
as it falls into the run. With --tls two handshakes are counted in."""
import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
from subjects import ROOT, copy, free_port, wait_up


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("filled")
    parser.add_argument("--build", default=os.path.join(ROOT, "build", "release"))
    parser.add_argument("--tls", action="store_true")
    parser.add_argument("--rate", type=int, default=100)
    parser.add_argument("--seconds", type=int, default=6)
    parser.add_argument("--top", type=int, default=40)
    parser.add_argument("--keep", help="callgrind's file, for callgrind_annotate --tree=both")
    return parser.parse_args()


def control(process, *words):
    subprocess.run(["callgrind_control", *words, str(process.pid)], check=True,
                   capture_output=True)


def load(options, url, ops, seed, seconds):
    done = subprocess.run(
        [os.path.join(options.build, "baobei-bench"), "peak_filing", "--url", url, "--ops", ops,
         "--token-file", os.path.join(options.filled, "filers"), "--connections",
         "2" if options.tls else "32", "--rate",
         str(options.rate), "--seconds", str(seconds), "--curve", "flat", "--mix", "file:100",
         "--seed", str(seed)], capture_output=True, text=True, check=True)
    results = json.loads(done.stdout)["results"]
    if results["done"] != results["sent"] or results["log_syncs"] == 0:
        raise RuntimeError(f"not every filing was taken: {results}")
    return results


def counted(options, folder):
    store = os.path.join(folder, "store")
    copy(options.filled, store)
    scheme = "https" if options.tls else "http"
    url, ops = f"{scheme}://127.0.0.1:{free_port()}", f"http://127.0.0.1:{free_port()}"
    process = subprocess.Popen(
        ["valgrind", "-q", "--tool=callgrind", "--instr-atstart=no", "--separate-threads=no",
         f"--callgrind-out-file={folder}/out", os.path.join(options.build, "baobei"), "serve",
         "--config", os.path.join(store, "baobei.conf")],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL,
        # Set at all: the server would begin anew, out of valgrind's sight (src/cli/heap.h).
        env={**os.environ, "GLIBC_TUNABLES": "glibc.malloc.hugetlb=0",
             "BAOBEI_SERVER_LISTEN": url, "BAOBEI_OPS_LISTEN": ops,
             "BAOBEI_STORE_MAP_GIB": "4", "BAOBEI_LOOPS": "1"})
    try:
        wait_up(f"{ops}/readyz", process)
        load(options, url, ops, 1, 4)
        control(process, "-i", "on")
        results = load(options, url, ops, 2, options.seconds)
        control(process, "-i", "off")
    finally:
        process.terminate()
        process.wait(120)
    return results


def main():
    options = arguments()
    folder = tempfile.mkdtemp(prefix="baobei-instructions-")
    try:
        results = counted(options, folder)
        text = subprocess.run(["callgrind_annotate", "--threshold=99", f"{folder}/out"],
                              capture_output=True, text=True, check=True).stdout
        if options.keep:
            shutil.copy(f"{folder}/out", options.keep)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    total = int(re.search(r"([\d,]+) \([\d.]+%\)\s+PROGRAM TOTALS", text).group(1)
                .replace(",", ""))
    filings = results["done"]
    print(f"{total / filings:,.0f} instructions a filing ({filings} filings, "
          f"{results['writes_per_sync']} a sync, {'TLS' if options.tls else 'plain'})")
    shown = 0
    for line in text.splitlines():
        found = re.match(r"\s*([\d,]+) \(\s*[\d.]+%\)\s+(\S+)", line)
        if found and "PROGRAM" not in line and shown < options.top:
            count = int(found.group(1).replace(",", "")) / filings
            name = re.sub(r"^.*?:", "", found.group(2))
            print(f"{count:10,.0f}  {name}")
            shown += 1


if __name__ == "__main__":
    main()
