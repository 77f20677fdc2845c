#!/usr/bin/env python3
# dev: part=e2e build=release loops=2 minutes=3
"""The restore drill: a backup while 50 clients file, withdraw and decide, the machine lost, the
backup restored elsewhere (DESIGN 16; RELIABILITY 4 I3, 6 *backup*).

Shows P38 (restore drill).
"""
import os
import re
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
import report
from ledger import Wrong
from server import Server
from siege import Siege

WRITES_BEFORE, WRITES_AFTER = 300, 100
RTO_S = 300


class Drill(Siege):
    def __init__(self, seed):
        super().__init__(Server(log_segment_mib=16), seed, workers=24)
        self.folder = os.path.join(self.server.folder, "backup")
        self.known, self.told, self.restored_s = {}, "", 0

    def command(self, *words):
        return self.server.run(*words, "--config", self.server.config)

    def back_up(self):
        """Under load; what is in the ledger when the command begins must be in the copy."""
        if not self.wait_acknowledged(WRITES_BEFORE):
            raise Wrong("the server ended")
        with self.ledger.lock:
            self.known = {line.line_id: (line.version, line.status, line.filer)
                          for line in self.ledger.lines.values()}
        self.command("backup", self.folder)
        if not self.wait_acknowledged(WRITES_AFTER):
            raise Wrong("the server ended")
        self.server.kill()

    def restore(self, name, folder):
        """Elsewhere: another data directory, which is all that a new machine has."""
        begun = time.monotonic()
        self.server.settings["data_directory"] = os.path.join(self.server.folder, name)
        told = self.command("restore", folder)
        self.restored_s = time.monotonic() - begun
        return int(re.search(r"go on at (\d+)\n", told)[1])

    def compare_known(self):
        """Each line as it was told before the backup began, or later."""
        workers = {worker.filer: worker for worker in self.workers}
        for line_id, (version, status, filer) in self.known.items():
            shown = workers[filer].client.get(f"/lines/{line_id}").wants(200).json
            got = (shown["version"], shown["request"]["status"])
            if got[0] < version or (got[0] == version and got[1] != status):
                raise Wrong(f"{line_id}: {got}, told before the backup was {(version, status)}")

    def file_one(self, worker):
        body = {"lines": [worker.filer.next_line()], "submit": False}
        return worker.client.post("/cases", body, key=worker.next_key()).wants(201).json["case_no"]


def main():
    drill = Drill(int(os.environ.get("BAOBEI_SEED") or 1))
    try:
        run(drill)
    finally:
        drill.server.remove()
    report.finish()


def run(drill):
    def under_load():
        drill.begin()
        drill.load(drill.back_up)
        report.say(f"   {len(drill.known)} lines known before the backup, "
                   f"{len(drill.ledger.lines)} when the server was killed")
        return len(drill.ledger.lines) > len(drill.known) > 0

    def verified():
        floor = drill.restore("elsewhere", drill.folder)
        report.say(f"   restored in {drill.restored_s:.1f} s")
        return "0 findings" in drill.server.verify() and floor == 500001 and \
            drill.restored_s < RTO_S

    def known_is_there():
        drill.server.start()
        drill.reconnect()
        drill.compare_known()

    def numbers_are_new():
        """Every institution's next case has a number that nobody was ever given."""
        for worker in drill.workers:
            number = drill.file_one(worker)
            if number in drill.ledger.cases or int(number.split("-")[2]) <= 500000:
                raise Wrong(f"{number} was given before")
            drill.ledger.cases[number] = "after the restore"

    def again_the_same_day():
        """A backup of the restored store, restored: its floor is above what that store gave."""
        second = drill.folder + "-2"
        drill.command("backup", second)
        for worker in drill.workers:  # lost with the second machine
            drill.ledger.cases[drill.file_one(worker)] = "lost"
        drill.server.kill()
        if drill.restore("third", second) != 600001:
            raise Wrong("the floor has not risen")
        drill.server.start()
        drill.reconnect()
        numbers_are_new()
        drill.server.stop()
        return "0 findings" in drill.server.verify()

    report.check("a_backup_is_taken_under_load", under_load)
    report.check("the_restored_store_verifies_clean", verified)
    report.check("what_was_acknowledged_before_the_backup_is_there", known_is_there)
    report.check("case_numbers_are_never_given_again", numbers_are_new)
    report.check("a_second_restore_of_the_day_goes_on_above_the_first", again_the_same_day)


if __name__ == "__main__":
    main()
