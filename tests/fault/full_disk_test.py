#!/usr/bin/env python3
# dev: part=fault build=release
"""A disk that fills up under load, on a tmpfs of 256 MiB (DESIGN 5 failure table).

A file beside the store takes the last page while clients write. The server stops writing before
it has to fail:
503 `read_only` with Retry-After, reads go on, log-in and log-out too. When space is back, filing
works again,
without a restart. What was acknowledged is there, what was refused is not: then, and after a
SIGKILL."""
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "e2e", "lib"))
import cards
import filers
import report
from server import Server
from siege import Crew

# A quick server fills most of the disk itself: what is kept back at first is what comes free.
SIZE_MIB, KEPT_MIB, SEGMENT_MIB, CLIENTS, LINES = 384, 128, 16, 8, 20
READ_ONLY_WITHIN_S, WRITABLE_WITHIN_S, PAUSE_S = 90, 30, 0.05


class Disk:
    """A tmpfs, and the file that fills it."""

    def __init__(self):
        self.path = tempfile.mkdtemp(prefix="baobei-disk-")
        self.filler = os.path.join(self.path, "filler")
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE_MIB}m", "baobei-disk",
                               self.path], capture_output=True, text=True, check=False)
        self.reason = done.stderr.strip()[:100] if done.returncode != 0 else None
        if self.reason is None:
            with open(self.filler, "wb") as file:
                file.write(bytes(KEPT_MIB << 20))

    def fill(self):
        """To the last page, as long as there is one: the server gives pages back and takes them."""
        for size in (1 << 20, 4096):
            with open(self.filler, "ab", buffering=0) as file:
                try:
                    while True:
                        file.write(bytes(size))
                except OSError:
                    pass

    def free(self):
        os.unlink(self.filler)

    def remove(self):
        if self.reason is None:
            subprocess.run(["umount", self.path], check=True)
        shutil.rmtree(self.path, ignore_errors=True)


class Writer:
    """Drafts of 20 long lines, one after the other: half a log segment in a second or two."""

    def __init__(self, server, filer):
        self.client, self.filer = server.client(token=filer.token), filer
        self.made, self.refused, self.keys = [], [], 0

    def write(self):
        self.keys += 1
        line = self.filer.next_line(remark="長" * 500, purpose_note="註" * 200)
        return self.client.post("/cases", {"lines": [line] * LINES, "submit": False},
                                key=f"w{self.keys}")

    def run(self, stop):
        while not stop.is_set():
            answer = self.write().wants(201, 503)
            if answer.status == 201:
                self.made.append(answer.json["case_no"])
                continue
            self.refused.append((answer.code, answer.headers.get("retry-after")))
            stop.wait(PAUSE_S)


class Story:
    def __init__(self, server, disk):
        self.server, self.disk, self.crew = server, disk, Crew()
        self.writers = [Writer(server, filer) for filer in filers.prepare(server, CLIENTS)]
        self.stop = threading.Event()

    def wait(self, seconds, what, fits):
        end = time.monotonic() + seconds
        while not fits():
            if time.monotonic() > end or self.crew.errors or not self.server.running():
                raise AssertionError(f"{what} within {seconds} s: no; {self.crew.errors}\n"
                                     f"{self.server.log_tail()}")
            time.sleep(PAUSE_S)

    def is_read_only(self):
        self.disk.fill()
        return all(any(code == "read_only" for code, _ in writer.refused[-3:])
                   for writer in self.writers)

    def fill(self):
        threads = self.crew.start([lambda writer=writer: writer.run(self.stop)
                                   for writer in self.writers])
        try:
            self.wait(10, "some writes",
                      lambda: all(len(writer.made) > 2 for writer in self.writers))
            self.wait(READ_ONLY_WITHIN_S, "read_only", self.is_read_only)
        finally:
            self.stop.set()
            self.crew.join(threads)
        made = sum(len(writer.made) for writer in self.writers)
        report.say(f"   {made} cases of {LINES} lines were acknowledged before the disk was full")

    def writes_are_refused(self):
        for writer in self.writers:
            answer = writer.write().wants(503)
            if answer.code != "read_only" or int(answer.headers["retry-after"]) < 1:
                raise AssertionError(f"{answer} {answer.headers}")
            odd = [code for code, after in writer.refused
                   if code not in ("read_only", "overloaded") or after is None]
            if odd:
                raise AssertionError(f"refused with {odd}")

    def what_was_told_holds(self):
        """Every acknowledged case, and nothing of those refused."""
        for writer in self.writers:
            for case_no in writer.made[-50:]:
                writer.client.get(f"/cases/{case_no}").wants(200)
            total = writer.client.get("/lines/counts").wants(200).json["total"]
            if total != LINES * len(writer.made):
                raise AssertionError(f"{total} lines, {LINES * len(writer.made)} were acknowledged")

    def reads_go_on(self):
        self.what_was_told_holds()
        client = self.writers[0].client
        client.get("/lines?limit=50").wants(200)
        client.get("/staff").wants(200)
        client.get(f"/institutions?q={self.writers[0].filer.code[:6]}").wants(200)

    def log_in_and_out(self):
        client = cards.sign_in(self.server, self.server.identities("bureau")[0])
        client.get("/review/queue").wants(200)
        cards.sign_out(client)
        if client.get("/auth/session").status != 401:
            raise AssertionError("the session outlived its log-out")

    def works_again(self):
        self.disk.free()
        writer = self.writers[0]

        def written():
            answer = writer.write().wants(201, 503)
            if answer.status == 201:
                writer.made.append(answer.json["case_no"])
            return answer.status == 201
        self.wait(WRITABLE_WITHIN_S, "a filing", written)
        for other in self.writers[1:]:
            other.made.append(other.write().wants(201).json["case_no"])
        return self.server.running()

    def survives_a_crash(self):
        self.server.kill()
        self.server.start()
        for writer in self.writers:
            writer.client.close()
        self.what_was_told_holds()
        self.server.stop()
        self.server.verify()

    def tell(self):
        report.check("the_disk_fills_up_under_load", self.fill)
        report.check("writes_answer_503_read_only", self.writes_are_refused)
        report.check("reads_go_on", self.reads_go_on)
        report.check("log_in_and_log_out_go_on", self.log_in_and_out)
        report.check("filing_works_again_without_restart", self.works_again)
        report.check("what_was_told_holds", self.what_was_told_holds)
        report.check("and_after_a_crash", self.survives_a_crash)


def move_store(server, disk):
    """The log whole, without holes: its space is taken, as the server would have taken it."""
    data = os.path.join(disk.path, "data")
    subprocess.run(["cp", "-a", "--sparse=never", server.path("data"), data], check=True)
    server.settings["data_directory"] = data


def main():
    disk = Disk()
    if disk.reason is not None:
        report.skip("full_disk", f"no tmpfs can be mounted here: {disk.reason}")
        disk.remove()
        report.finish()
    server = Server(log_segment_mib=SEGMENT_MIB)
    try:
        story = Story(server, disk)
        move_store(server, disk)
        server.start()
        story.tell()
    finally:
        if report.failed:
            report.say(f"   the server's last lines:\n{server.log_tail(20)}")
        server.remove()
        disk.remove()
    report.finish()


if __name__ == "__main__":
    main()
