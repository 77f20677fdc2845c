#!/usr/bin/env python3
"""import_rows and peak_batch: institutions upload workbooks of 300 rows at the same time, each is
read, checked and imported with a submission; beside the peers' batch calls, and beside people who
file one by one.

    bench/compare/batch.py [--files 240] [--uploaders 8] [--faulty 3] [--peers]

Says: rows a second from upload to durable; from the upload to `ready`, and the import, p50 and p99
as the client sees them (it listens to the batch's events); CPU of the server and its readers a
file; the p99 of an interactive filing at 500/s without and with the batch load. Needs the release
build and the demo of ./dev up (or --demo)."""
import argparse
import http.client
import json
import os
import shutil
import subprocess
import sys
import threading
import time

try:
    import openpyxl  # noqa: F401  (sheets.py)
except ImportError:  # Debian's python3 has it
    if os.path.realpath(sys.executable) == os.path.realpath("/usr/bin/python3"):
        raise
    os.execv("/usr/bin/python3", ["/usr/bin/python3", *sys.argv])

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import measure
from sheets import ROWS, Home, workbook
from subjects import ROOT, Baobei, Peer, Place, Postgres, say

PEERS = ("node_pg", "node_sqlite_group")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("--files", type=int, default=240)
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

    def client(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.port)

        def ask(token, method, path, body=None, **more):
            connection.request(method, "/api/v1" + path, body,
                               {"Authorization": f"Bearer {token}", **more})
            answer = connection.getresponse()
            return answer.status, answer.read()
        return ask

    def batch_settled(self, token, path):
        """The batch once it has been read, as its stream of events tells it."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port)
        try:
            connection.request("GET", f"/api/v1{path}/events", headers={
                "Authorization": f"Bearer {token}", "Accept": "text/event-stream"})
            answer = connection.getresponse()
            while line := answer.readline():
                if line.startswith(b"data:"):
                    batch = json.loads(line[5:])
                    if batch["state"] != "received":
                        return batch
            raise RuntimeError(f"events: {answer.status}, and then no more")
        finally:
            connection.close()


class Load:
    """All files, taken by `uploaders` threads, each through its whole life."""

    def __init__(self, ours, files):
        self.ours, self.files, self.lock = ours, files, threading.Lock()
        self.ready, self.imports, self.rows, self.at = [], [], 0, 0

    def take(self):
        with self.lock:
            self.at += 1
            return self.files[self.at - 1] if self.at <= len(self.files) else None

    def one(self, ask, token, book):
        begun = time.perf_counter()
        status, body = ask(token, "POST", "/batches?kind=general&name=a.xlsx", book)
        if status != 202:
            raise RuntimeError(f"upload: {status} {body[:300]}")
        path = "/batches/" + json.loads(body)["batch_id"]
        batch = self.ours.batch_settled(token, path)
        ready = time.perf_counter()
        status, body = ask(token, "POST", path + "/import",
                           json.dumps({"rows": "valid", "submit": True}),
                           **{"If-Match": f'"{batch["version"]}"',
                              "Content-Type": "application/json"})
        if status != 200:
            raise RuntimeError(f"import: {status} {body[:300]} {batch['errors'][:3]}")
        with self.lock:
            self.ready.append(1000 * (ready - begun))
            self.imports.append(1000 * (time.perf_counter() - ready))
            self.rows += json.loads(body)["imported"]

    def work(self):
        ask = self.ours.client()
        while (file := self.take()) is not None:
            self.one(ask, *file)

    def run(self, uploaders):
        begun = time.perf_counter()
        threads = [threading.Thread(target=self.work) for _ in range(uploaders)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if len(self.ready) != len(self.files):
            raise RuntimeError("an uploader gave up")
        return self.rows / (time.perf_counter() - begun)


def share(values, part):
    return sorted(values)[min(len(values) - 1, int(len(values) * part))]


def tell(name, load, per_s):
    say(f"{name}: {per_s:,.0f} rows/s; to ready p50 {share(load.ready, .5):.1f} p99 "
        f"{share(load.ready, .99):.1f} ms, import p50 {share(load.imports, .5):.1f} p99 "
        f"{share(load.imports, .99):.1f} ms")


def cpu_ms(pid):
    """Of a process and its children that have ended, and of those that live."""
    total, found = 0, [pid]
    for each in found:
        with open(f"/proc/{each}/stat", encoding="ascii") as file:
            fields = file.read().rpartition(")")[2].split()
        total += sum(int(fields[at]) for at in (11, 12, 13, 14))
        with open(f"/proc/{each}/task/{each}/children", encoding="ascii") as file:
            found += [int(word) for word in file.read().split()]
    return total * 1000 / os.sysconf("SC_CLK_TCK")


def interactive(place, ours, homes, rate, seed, seconds):
    """p99 of filings one by one, of institutions that upload nothing."""
    with open(ours.filers, encoding="utf-8") as file:
        others = file.read().splitlines()[homes:]
    path = ours.filers + "-others"
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join(others) + "\n")
    result = measure.bench(place, "peak_filing", "--url", ours.url, "--ops", ours.ops_url,
                           "--token-file", path, "--connections", "64", "--rate", str(rate),
                           "--seconds", str(seconds), "--curve", "flat", "--mix", "file:100",
                           "--seed", str(seed))
    return result["latency_us"]["p99"] / 1000


def measure_ours(place, options):
    ours = Ours(place, options.homes)
    ours.make()
    ours.start()
    try:
        ask = ours.client()
        with open(ours.filers, encoding="utf-8") as file:
            lines = [line.split() for line in file][:options.homes]
        homes = [home for home in (Home(words, ask) for words in lines) if len(home.people) >= 5]
        files = [(home.token, workbook(home.rows(options.faulty)))
                 for _, home in zip(range(options.files), homes * options.files)]
        third = len(files) // 3
        single = Load(ours, files[:third // 4])
        tell("one at a time", single, single.run(1))
        before = cpu_ms(ours.process.pid)
        many = Load(ours, files[third // 4:2 * third])
        per_s = many.run(options.uploaders)
        tell(f"{options.uploaders} uploaders", many, per_s)
        say(f"   {(cpu_ms(ours.process.pid) - before) / len(many.ready):.1f} ms of CPU a file")
        interactive(place, ours, options.homes, options.rate, 1, 2)  # warm
        alone = interactive(place, ours, options.homes, options.rate, 2, 4)
        beside = Load(ours, files[2 * third:])
        thread = threading.Thread(target=beside.run, args=(options.uploaders,))
        thread.start()
        loaded = interactive(place, ours, options.homes, options.rate, 3, 4)
        thread.join()
        say(f"   interactive p99 {alone:.2f} ms alone, {loaded:.2f} ms beside the batches: "
            f"{loaded / alone:.1f} times")
        return per_s
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
