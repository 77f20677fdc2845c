#!/usr/bin/env python3
# dev: part=e2e build=release loops=1 minutes=3 takes=54
"""Data directories and backups that must be refused: each with a sentence that says why, exit
code 2 (what was asked is wrong) or 3 (the world is), and nothing changed on the disk.

Shows P38 (restore drill: what it refuses).
"""
import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "lib"), os.path.join(HERE, "..", "http")]
import filers
import report
from server import Server
from world import equal

# LMDB's table of readers, and the file that is only there to be locked.
WITHOUT_MEANING = ("lock.mdb", "LOCK")
GROUPS = 12  # records that lie in the log alone when the server is killed


def picture(folder):
    """Every file's name and content."""
    found = {}
    for where, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(where, name)
            if name not in WITHOUT_MEANING and not name.endswith(".sock"):
                with open(path, "rb") as file:
                    found[os.path.relpath(path, folder)] = hashlib.sha256(file.read()).hexdigest()
    return found


def change(path, at, data):
    with open(path, "r+b") as file:
        file.seek(at)
        file.write(data)


def segments(data):
    return sorted(os.path.join(data, "log", name) for name in os.listdir(os.path.join(data, "log")))


def records(path):
    """Where this segment's own records begin: ours have its number as their generation."""
    number, found = int(os.path.basename(path).split(".")[0]), []
    with open(path, "rb") as file:
        data = file.read()
    generations = [int.from_bytes(data[at + 40:at + 48], "big")
                   for at in range(0, len(data), 4096)]
    for place, generation in enumerate(generations):
        if generation == number:
            found.append(4096 * place)
    return found


class Lab:
    def __init__(self, server):
        self.server = server
        self.folder = server.folder
        self.made = 0
        self.sound = self.crashed = self.backup = self.other = None

    def path(self, name):
        return os.path.join(self.folder, name)

    def copy(self, of):
        """A data directory (or backup) of one's own to spoil."""
        self.made += 1
        target = self.path(f"copy-{self.made}")
        subprocess.run(["cp", "-a", "--sparse=always", of, target], check=True)
        return target

    def run(self, *words, data):
        environment = {**self.server.environment(), "BAOBEI_DATA_DIRECTORY": data}
        return subprocess.run([self.server.program(), *words, "--config", self.server.config],
                              capture_output=True, text=True, check=False, timeout=120,
                              env=environment)

    def prepare(self):
        """A store that was stopped, one that was killed with a log to replay, a backup."""
        server = self.server
        found = filers.prepare(server, 1)[0]
        self.sound = self.copy(server.path("data"))
        self.backup = self.path("backup")
        equal(self.run("backup", self.backup, data=self.sound).returncode, 0)
        self.other = self.path("other")
        equal(self.run("restore", self.backup, data=self.other).returncode, 0)
        server.settings["store_apply_gap_ms"] = 60000
        server.start()
        with server.client(token=found.token) as client:
            for at in range(GROUPS):
                body = {"lines": [found.next_line()], "submit": False}
                client.post("/cases", body, key=f"k{at}").wants(201)
        server.kill()
        self.crashed = self.copy(server.path("data"))


def refused(lab, data, code, sentence, words=("verify",), also=None):
    """The command says so and leaves the directory (and `also`) as it is."""
    before = picture(data) if os.path.isdir(data) else None
    also_before = picture(also) if also else None
    done = lab.run(*words, data=data)
    told = done.stdout + done.stderr
    if done.returncode != code or re.search(sentence, told) is None:
        equal((words, done.returncode, told[-600:]), (words, code, sentence))
    equal(picture(data) if os.path.isdir(data) else None, before)
    equal(os.path.exists(data.rstrip("/") + ".part"), False)
    if also:
        equal(picture(also), also_before)


# ---- data directories: every command that opens one, and the server ----

def in_use(data):
    held = open(os.path.join(data, "LOCK"), "a", encoding="ascii")
    fcntl.flock(held, fcntl.LOCK_EX)
    return held


def of_a_newer_format(data):
    """The row `format` of `meta`: its key stands before its value in LMDB's page."""
    with open(os.path.join(data, "data.mdb"), "rb") as file:
        found = [match.end() for match in re.finditer(b"format\0\0\0[\x01-\x1f]", file.read())]
    equal(len(found) > 0, True)
    for end in found:
        change(os.path.join(data, "data.mdb"), end - 1, b"\x63")


def without_a_log(data):
    shutil.rmtree(os.path.join(data, "log"))


def with_a_hole_in_its_log(data):
    path, = [one for one in segments(data) if len(records(one)) >= GROUPS]
    change(path, records(path)[GROUPS // 2], bytes(4096))


def with_a_torn_record_in_its_log(data):
    path, = [one for one in segments(data) if len(records(one)) >= GROUPS]
    change(path, records(path)[1] + 70, b"\xff\xff")


def with_a_truncated_segment(data):
    """Cut behind its second record; from the fifth on they stand in a later segment."""
    path, = [one for one in segments(data) if len(records(one)) >= GROUPS]
    later = path.replace(os.path.basename(path), "0000000000009999.log")
    shutil.copy(path, later)
    places = records(path)
    with open(later, "r+b") as file:
        whole = file.read()
        file.seek(0)
        file.write(renumbered(whole, places, 9999))
    os.truncate(path, places[2])
    change(later, 0, bytes(places[4]))


def renumbered(segment, places, number):
    """The same records under another generation, their checksums made again."""
    data = bytearray(segment)
    for at in places:
        data[at + 40:at + 48] = number.to_bytes(8, "big")
        length = int.from_bytes(data[at + 48:at + 52], "big")
        summed = data[at:at + 8] + data[at + 12:at + length]
        data[at + 8:at + 12] = crc32c(summed).to_bytes(4, "big")
    return bytes(data)


def crc32c(data):
    crc = 0xffffffff
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82f63b78 if crc & 1 else 0)
    return crc ^ 0xffffffff


def with_rubbish_for_a_store(data):
    change(os.path.join(data, "data.mdb"), 0, b"\xa5" * 8192)


DAMAGED = "damaged, or of another store"
DIRECTORIES = (
    ("a_directory_in_use", "sound", in_use, "in use by another process"),
    ("a_store_of_a_newer_format", "sound", of_a_newer_format, "newer format than this program"),
    ("a_store_without_its_log", "crashed", without_a_log, f"log_missing(.|\n)*{DAMAGED}"),
    ("a_log_with_a_hole", "crashed", with_a_hole_in_its_log, f"log_damaged(.|\n)*{DAMAGED}"),
    ("a_log_with_a_torn_record", "crashed", with_a_torn_record_in_its_log,
     f"log_damaged(.|\n)*{DAMAGED}"),
    ("a_log_with_a_truncated_segment", "crashed", with_a_truncated_segment,
     f"log_damaged(.|\n)*{DAMAGED}"),
    ("a_store_that_is_rubbish", "sound", with_rubbish_for_a_store, DAMAGED),
)


def directory_is_refused(lab, of, spoil, sentence):
    data = lab.copy(getattr(lab, of))
    kept = spoil(data)
    for words in (("verify",), ("token", "list"), ("backup", lab.path("none")),
                  ("serve",)):
        refused(lab, data, 3, sentence, words)
    equal(os.path.exists(lab.path("none")), False)
    if kept:
        kept.close()


def a_segment_of_another_store_is_refused(lab):
    """`other` is the same store restored, with a log of its own: its segment in ours."""
    data, foreign = lab.copy(lab.crashed), lab.copy(lab.other)
    equal(lab.run("token", "add", "--institution", lab.server.identities("institution")[0][
        "institution"], "--name", "x", "--rights", "read", data=foreign).returncode, 0)
    shutil.copy(segments(foreign)[0], os.path.join(data, "log", "0000000000000900.log"))
    refused(lab, data, 3, f"log_of_another_store segment=900(.|\n)*{DAMAGED}")
    os.unlink(os.path.join(data, "log", "0000000000000900.log"))
    done = lab.run("verify", data=data)
    equal((done.returncode, "0 findings" in done.stdout), (0, True))


def a_directory_without_a_store_is_refused(lab):
    empty = lab.path("empty")
    os.mkdir(empty)
    for data in (empty, lab.path("nowhere")):
        for words in (("verify",), ("token", "list"), ("serve",), ("backup", lab.path("none"))):
            refused(lab, data, 3, "there is no store", words)


# ---- restore ----

def a_restore_needs_a_free_directory(lab):
    mine = lab.path("mine")
    os.mkdir(mine)
    with open(os.path.join(mine, "letter.txt"), "w", encoding="ascii") as file:
        file.write("mine")
    for data in (mine, lab.sound, lab.crashed):
        refused(lab, data, 2, "is not empty", ("restore", lab.backup), also=lab.backup)
    data = lab.copy(lab.sound)
    with in_use(data):
        refused(lab, data, 3, "in use", ("restore", lab.backup), also=lab.backup)


def edited(backup, name, edit):
    path = os.path.join(backup, name)
    with open(path, "rb") as file:
        data = file.read()
    with open(path, "wb") as file:
        file.write(edit(data))


def newer(text):
    """As a later program would write it, its last line right."""
    body = re.sub(rb"store-format (\d+)", lambda match: b"store-format %d" % (int(match[1]) + 1),
                  text).split(b"end ")[0]
    return body + b"end " + hashlib.sha256(body).hexdigest().encode() + b"\n"


def without(name):
    return lambda backup: os.unlink(os.path.join(backup, name))


BACKUPS = (
    ("no_backup", lambda backup: shutil.rmtree(backup), "no MANIFEST"),
    ("a_store_for_a_backup", without("MANIFEST"), "no MANIFEST"),
    ("a_backup_without_its_data", without("data.mdb"), "backup is damaged"),
    ("a_backup_with_a_flipped_bit", lambda backup: edited(
        backup, "data.mdb", lambda data: data[:9000] + bytes([data[9000] ^ 1]) + data[9001:]),
     "backup is damaged"),
    ("a_backup_that_was_cut", lambda backup: edited(backup, "data.mdb", lambda data: data[:-4096]),
     "backup is damaged"),
    ("a_manifest_that_was_edited", lambda backup: edited(
        backup, "MANIFEST", lambda text: text.replace(b"position ", b"position 9")),
     "backup is damaged"),
    ("a_manifest_that_was_cut", lambda backup: edited(
        backup, "MANIFEST", lambda text: text[:len(text) // 2]), "backup is damaged"),
    ("an_empty_manifest", lambda backup: edited(backup, "MANIFEST", lambda text: b""),
     "backup is damaged"),
    ("a_backup_of_a_newer_store", lambda backup: edited(backup, "MANIFEST", newer),
     "newer format"),
    ("a_backup_of_a_newer_program", lambda backup: edited(
        backup, "MANIFEST", lambda text: text.replace(b"baobei-backup 1", b"baobei-backup 2")),
     "newer format"),
)


def backup_is_refused(lab, spoil, sentence):
    backup = lab.copy(lab.backup)
    spoil(backup)
    refused(lab, lab.path("target"), 2, sentence, ("restore", backup),
            also=backup if os.path.isdir(backup) else None)
    equal(os.path.exists(lab.path("target")), False)


def a_sound_backup_is_taken_after_all_that(lab):
    equal(lab.run("restore", lab.backup, data=lab.path("target")).returncode, 0)
    equal("0 findings" in lab.run("verify", data=lab.path("target")).stdout, True)


def main():
    server = Server(log_segment_mib=16)
    lab = Lab(server)
    try:
        lab.prepare()
        for name, of, spoil, sentence in DIRECTORIES:
            report.check(f"{name}_is_refused", lambda of=of, spoil=spoil, sentence=sentence:
                         directory_is_refused(lab, of, spoil, sentence))
        for test in (a_segment_of_another_store_is_refused,
                     a_directory_without_a_store_is_refused, a_restore_needs_a_free_directory):
            report.check(test.__name__, lambda test=test: test(lab))
        for name, spoil, sentence in BACKUPS:
            report.check(f"{name}_is_refused", lambda spoil=spoil, sentence=sentence:
                         backup_is_refused(lab, spoil, sentence))
        report.check("a_sound_backup_is_taken_after_all_that",
                     lambda: a_sound_backup_is_taken_after_all_that(lab))
    finally:
        server.remove()
    report.finish()


if __name__ == "__main__":
    main()
