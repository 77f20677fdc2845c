#!/usr/bin/env python3
"""import_rows and peak_batch of baobei-bench on a store made for them: institutions upload
workbooks of 300 rows at the same time, each is read, checked and imported with a submission; beside
the peers' batch calls, and beside people who file one by one.

    bench/compare/batch.py [--files 480] [--uploaders 8] [--faulty 3] [--peers]

Says: rows a second from upload to durable; from the upload to `ready`, and the import, p50 and p99
as the client sees them (it listens to the batch's events); CPU of the server and its readers a
file; syncs of the log an import; the p99 of an interactive filing at 500/s without and with the
batch load. A twelfth of the files goes one at a time, half of them beside the people. Needs the
release build and the demo of ./dev up (or --demo)."""
import argparse
import os
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import measure
import sheets  # starts again with Debian's python3 if need be
from sheets import ROWS
from subjects import ROOT, Baobei, Peer, Place, Postgres, say

PEERS = ("node_pg", "node_sqlite_group")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("--files", type=int, default=480)
    parser.add_argument("--uploaders", type=int, default=8)
    parser.add_argument("--homes", type=int, default=60)
    parser.add_argument("--faulty", type=int, default=3, help="rows of a hundred")
    parser.add_argument("--rate", type=int, default=500, help="interactive filings a second")
    parser.add_argument("--peers", action="store_true", help="beside node_pg and the others")
    parser.add_argument("--place", default="/var/tmp/baobei-compare")
    parser.add_argument("--build", default=os.path.join(ROOT, "build", "release"))
    parser.add_argument("--demo", default=os.path.join(ROOT, "build", "demo"))
    return parser.parse_args()


class Ours(Baobei):
    """On the demo itself, with tokens of institutions without a case."""

    def __init__(self, place, homes):
        super().__init__(place, 0)
        self.store = os.path.join(place.path, f"batch-{homes}")
        self.filers, self.homes = os.path.join(self.store, "filers"), homes

    def make(self):
        shutil.rmtree(self.store, ignore_errors=True)
        shutil.copytree(self.place.demo, self.store)
        self.command("baobei-bench", "prepare", self.store, "--institutions", str(2 * self.homes),
                     "--output", self.filers)

    def bench(self, name, books, *words):
        return measure.bench(self.place, name, "--url", self.url, "--ops", self.ops_url, "--pid",
                             str(self.process.pid), "--books", books, *words)

    def others(self):
        """The filers that upload nothing."""
        with open(self.filers, encoding="utf-8") as file:
            lines = file.read().splitlines()[self.homes:]
        return sheets.list_write(self.filers + "-others", lines)


def tell(name, result):
    if result["failed"] or result["lost"]:
        raise RuntimeError(f"{name}: {result}")
    ready, imports = ({part: us / 1000 for part, us in result[what].items()}
                      for what in ("ready_us", "import_us"))
    say(f"{name}: {result['rows_per_s']:,.0f} rows/s; to ready p50 {ready['p50']:.1f} p99 "
        f"{ready['p99']:.1f} ms, import p50 {imports['p50']:.1f} p99 {imports['p99']:.1f} ms")
    if result["refused"]:
        say(f"   {result['refused']} times not at once")


def tell_costs(result):
    say(f"   {result['cpu_us_per_file'] / 1000:.1f} ms of CPU a file: "
        f"{result['server_cpu_us_per_file'] / 1000:.1f} the server, of that "
        f"{result['loops_cpu_us_per_file'] / 1000:.1f} its loops (turns "
        f"{result['turn_us_per_file'] / 1000:.1f}); {result['readers_cpu_us_per_file'] / 1000:.1f} "
        f"the readers; {result['log_syncs_per_file']:.1f} log syncs a file")


def measure_ours(place, options):
    ours = Ours(place, options.homes)
    ours.make()
    ours.start()
    try:
        homes = sheets.homes_of(ours.filers, sheets.client_of(ours.port), options.homes)
        lines = sheets.books_write(homes, os.path.join(ours.run, "books"), options.files,
                                   options.faulty)
        first, half, books = len(lines) // 12, len(lines) // 2, ours.filers + "-books"
        single = ours.bench("import_rows", sheets.list_write(books, lines[:first]))
        tell("one at a time", single)
        say(f"   {single['log_syncs_per_import']:.1f} log syncs an import, "
            f"{single['log_syncs_per_import_max']} at most")
        uploaders = ("--uploaders", str(options.uploaders))
        many = ours.bench("peak_batch", sheets.list_write(books, lines[first:half]),
                          *uploaders)
        tell(f"{options.uploaders} uploaders", many)
        tell_costs(many)
        beside = ours.bench("peak_batch", sheets.list_write(books, lines[half:]), *uploaders,
                            "--token-file", ours.others(), "--rate", str(options.rate))
        tell(f"{options.uploaders} uploaders beside {options.rate} filings a second", beside)
        alone, loaded = (beside[f"interactive_{what}"] for what in ("alone", "beside"))
        say(f"   interactive p99 {alone['p99_us'] / 1000:.2f} ms alone, "
            f"{loaded['p99_us'] / 1000:.2f} ms beside the batches: "
            f"{beside['interactive_p99_ratio']:.1f} times")
        if alone["not_done"] or loaded["not_done"]:
            say(f"   not answered with a success: {alone['not_done']}, {loaded['not_done']}")
        return many["rows_per_s"]
    finally:
        ours.stop()


def measure_peer(peer, uploaders):
    """By the peers' own uploader and workbooks: 300 rows, one transaction a file."""
    books = os.path.join(peer.place.path, "peers-data", "xlsx")
    if not os.path.isdir(books) or not os.listdir(books):
        subprocess.run(["/usr/bin/python3", "load/gen_xlsx.py", "600", books], cwd=peer.folder,
                       check=True, stdout=subprocess.DEVNULL)
    peer.start()
    try:
        done = subprocess.run(["/usr/bin/python3", "load/upload.py", str(peer.port), books,
                               str(uploaders), "8"], cwd=peer.folder, check=True,
                              capture_output=True, text=True)
        return float(done.stdout.split("rows/s=")[1].split()[0])
    finally:
        peer.stop()


def main():
    options = arguments()
    os.makedirs(options.place, exist_ok=True)
    place = Place(options.place, os.path.abspath(options.build), os.path.abspath(options.demo))
    ours = measure_ours(place, options)
    peers = [Peer(place, 100000, name) for name in PEERS] if options.peers else []
    for peer in peers:
        if peer.why_not:
            say(f"skipped {peer.name}: {peer.why_not}")
            continue
        with Postgres(place):
            peer.make()
            rows = measure_peer(peer, options.uploaders)
        say(f"{peer.name}: {rows:,.0f} rows/s; ours to it {ours / rows:.2f}")
    say(f"   ({ROWS} rows a file)")


if __name__ == "__main__":
    main()
