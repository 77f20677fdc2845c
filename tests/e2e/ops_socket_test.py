#!/usr/bin/env python3
# dev: part=e2e loops=turn minutes=3 takes=34
"""Commands of the operator while the server runs, through DIR/ops.sock (DESIGN 16 *Commands and the
running server*): the same words and exit codes as without it, and every loop knows before they end.

Shows P38 (online backup, admin commands).
"""
import os
import re
import socket
import stat
import struct
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "lib"), os.path.join(HERE, "..", "http")]
import cards
import registrants
import report
from server import Server
from world import equal

CONNECTIONS = 8  # enough for every loop to have one of them


class Desk:
    """A served copy of the demo and its operator."""

    def __init__(self, server):
        self.server = server
        self.cards = server.identities("person")
        self.places = server.identities("institution")
        self.home = self.places[0]["institution"]
        self.next_card = 0

    def run(self, *words, code=0):
        done = subprocess.run([self.server.program(), *words, "--config", self.server.config],
                              capture_output=True, text=True, check=False, timeout=120,
                              env=self.server.environment())
        if done.returncode != code:
            raise AssertionError(f"{words}: exit {done.returncode}, not {code}\n"
                                 f"{done.stdout[-1000:]}{done.stderr[-1000:]}")
        return done

    def take(self, kind, rows, code=0):
        columns = registrants.PEOPLE if kind == "people" else registrants.PLACES
        path = registrants.write(self.server.folder, "rows.csv", columns, rows)
        return self.run("import", kind, path, code=code).stdout.splitlines()

    def statuses(self, token, path="/lines/counts"):
        """What connections of their own are told, on whatever loop they land."""
        found = set()
        for _ in range(CONNECTIONS):
            with self.server.client(token=token) as client:
                found.add(client.get(path).status)
        return found

    def card(self):
        """Of a person whom no other test has touched."""
        self.next_card += 1
        return self.cards[self.next_card]

    @staticmethod
    def row(card, **more):
        """The card's owner as an import row."""
        return {**registrants.person(1, card["institution"]), "id_no": card["id_no"],
                "name": card["name"], **more}


def refused_everywhere(desk, client):
    """The session's cookie opens nothing on any loop."""
    for _ in range(CONNECTIONS):
        client.close()
        answer = client.get("/auth/session")
        equal((answer.status, answer.code), (401, "auth_session"))


# ---- the socket ----

def the_socket_is_its_owners(desk):
    path = os.path.join(desk.server.path("data"), "ops.sock")
    found = os.stat(path)
    equal((stat.S_ISSOCK(found.st_mode), stat.S_IMODE(found.st_mode)), (True, 0o600))


def answer_of(one):
    got = b""
    try:
        while more := one.recv(4096):
            got += more
    except ConnectionResetError:
        pass
    return got


def what_is_no_command_is_refused(desk):
    path = os.path.join(desk.server.path("data"), "ops.sock")
    for sent in (b"", b"GET / HTTP/1.1\r\n\r\n", struct.pack("=II", 0x42414f01, 0),
                 struct.pack("=II", 0x42414f01, 0xffffffff),
                 struct.pack("=II", 0x42414f01, 3) + b"abc",
                 struct.pack("=II", 0x42414f01, 80) + b"a\0" * 40,
                 struct.pack("=II", 0x42414f01, 8) + b"restore\0"):
        with socket.socket(socket.AF_UNIX) as one:
            one.connect(path)
            one.sendall(sent)
            one.shutdown(socket.SHUT_WR)
            got = answer_of(one)
        # Cut short if the server leaves bytes unread; else the last frame is an exit code.
        equal((sent, got == b"" or (got[-6], got[-1] in (2, 3)) == (3, True)), (sent, True))
    equal(desk.server.client().raw("/readyz").status, 200)


# ---- tokens ----

def a_token_opens_every_loop_when_the_command_ends(desk):
    done = desk.run("token", "add", "--institution", desk.home, "--name", "掛號系統", "--rights",
                    "read,file")
    token, number = done.stdout.strip(), done.stderr.split()[-1]
    equal(re.fullmatch(r"[\w-]{43}", token) is not None, True)
    equal(desk.statuses(token), {200})
    line, = [line.split("\t") for line in desk.run("token", "list").stdout.splitlines()
             if line.startswith(number)]
    equal((line[1], line[2], line[4], line[5]), (desk.home, "read file ", "never", "掛號系統"))
    desk.run("token", "revoke", number)
    equal(desk.statuses(token), {401})
    desk.run("token", "revoke", number, code=2)


def a_bad_wish_is_refused_as_without_a_server(desk):
    done = desk.run("token", "add", "--institution", "0000000000", "--name", "x", "--rights",
                    "read", code=2)
    equal((done.stdout, "no institution's code" in done.stderr), ("", True))


# ---- import ----

def an_import_is_seen_on_every_loop(desk):
    token = desk.server_token
    code = "3503960001"
    equal(desk.statuses(token, f"/institutions/{code}"), {404})
    equal(desk.take("institutions", [registrants.place(code, "線上診所")]),
          ["1 rows: 1 taken (1 new, 0 changed, 0 unchanged), 0 refused"])
    equal(desk.statuses(token, f"/institutions/{code}"), {200})
    equal(desk.take("institutions", [registrants.place(code, "線上診所")]),
          ["1 rows: 1 taken (0 new, 0 changed, 1 unchanged), 0 refused"])
    last = desk.take("people", [registrants.person(7001, desk.home)])[-1]
    equal(last, "1 rows: 1 taken (1 new, 0 changed, 0 unchanged), 0 refused")
    with desk.server.client(token=token) as client:
        names = [one["name"] for one in client.get("/staff?limit=200").wants(200).json["items"]]
    equal("測試7001" in names, True)


def faulty_rows_are_told_by_line(desk):
    good, bad = registrants.place("3503960002", "好診所"), registrants.place("1", "壞")
    lines = desk.take("institutions", [good, bad], code=1)
    equal((lines[0].split("\t")[:3], lines[-1]),
          (["line 3", "code", "bad_code"],
           "2 rows: 1 taken (1 new, 0 changed, 0 unchanged), 1 refused"))
    desk.run("import", "institutions", "/no/such/file", code=2)


STATUSES = ({"status": "revoked"}, {"status": "deceased"}, {"status": "closed"},
            {"status": "suspended"})


def sessions_end_with_the_standing_of_their_subject(desk):
    """Revoked, dead, closed, suspended (AUTH 5.5); the suspended sign in again, the dead do not."""
    for change in STATUSES:
        card = desk.card()
        desk.take("people", [desk.row(card)])
        client = cards.sign_in(desk.server, card)
        client.get("/auth/session").wants(200)
        desk.take("people", [desk.row(card, **change)])
        refused_everywhere(desk, client)
        if change["status"] in ("closed", "suspended"):
            again = cards.sign_in(desk.server, card)
            desk.take("people", [desk.row(card, **change, head="true")])
            again.get("/auth/session").wants(200)


def a_move_ends_the_sessions_of_who_moved(desk):
    card = desk.card()
    desk.take("people", [desk.row(card)])
    client = cards.sign_in(desk.server, card)
    other = next(one["institution"] for one in desk.places
                 if one["institution"] != card["institution"])
    desk.take("people", [desk.row(card, home_code=other)])
    refused_everywhere(desk, client)


def a_closed_place_is_signed_out(desk):
    place = desk.places[-1]
    clerk = cards.sign_in(desk.server, place)
    name = clerk.get(f"/institutions/{place['institution']}").wants(200).json["name"]
    bystander = cards.sign_in(desk.server, desk.places[-2])
    row = registrants.place(place["institution"], name, status="closed")
    desk.take("institutions", [row])
    refused_everywhere(desk, clerk)
    bystander.get("/auth/session").wants(200)


def an_import_without_a_server_ends_sessions_too(desk):
    card, moved = desk.card(), desk.card()
    desk.take("people", [desk.row(card), desk.row(moved)])
    client, leaver = (cards.sign_in(desk.server, one) for one in (card, moved))
    stayer = cards.sign_in(desk.server, desk.places[-2])
    other = next(one["institution"] for one in desk.places
                 if one["institution"] != moved["institution"])
    desk.server.stop()
    desk.take("people", [desk.row(card, status="revoked"), desk.row(moved, home_code=other)])
    desk.server.start()
    refused_everywhere(desk, client)
    refused_everywhere(desk, leaver)
    stayer.close()
    stayer.get("/auth/session").wants(200)


# ---- verify, backup ----

def verify_is_clean_while_it_is_served(desk):
    told = desk.run("verify").stdout
    equal(re.fullmatch(r"\d+ rows, 0 findings\n", told) is not None, True)


def a_backup_makes_a_new_folder(desk):
    folder = os.path.join(desk.server.folder, "backup-a")
    told = desk.run("backup", folder).stdout
    equal(re.fullmatch(r"\d+ bytes at position \d+, begun \S+Z\n", told) is not None, True)
    equal(sorted(os.listdir(folder)), ["MANIFEST", "data.mdb"])
    before = {name: os.stat(os.path.join(folder, name)).st_mtime_ns for name in os.listdir(folder)}
    done = desk.run("backup", folder, code=2)
    equal("is not empty" in done.stderr, True)
    equal({name: os.stat(os.path.join(folder, name)).st_mtime_ns for name in os.listdir(folder)},
          before)
    equal("no such parent" in desk.run("backup", folder + "/no/such", code=2).stderr, True)
    equal(os.path.exists(folder + ".part"), False)


def a_backup_is_left_alone_by_the_end_of_the_server(desk):
    """A paced one that is under way when the server stops is given up and leaves nothing."""
    desk.server.stop()
    desk.server.settings["backup_mib_s"] = 1
    desk.server.start()
    folder = os.path.join(desk.server.folder, "backup-b")
    backup = subprocess.Popen([desk.server.program(), "backup", folder, "--config",
                               desk.server.config], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, env=desk.server.environment())
    while not os.path.exists(folder + ".part/data.mdb"):
        if backup.poll() is not None:
            raise AssertionError(f"it ended at once: {backup.communicate()}")
    desk.server.stop()
    _, errors = backup.communicate(timeout=60)
    equal((backup.returncode, "the server stops" in errors), (3, True))
    equal([name for name in os.listdir(desk.server.folder) if name.startswith("backup-b")], [])
    desk.server.settings["backup_mib_s"] = 0
    desk.server.start()


# ---- without a server ----

def a_killed_server_leaves_no_ghost(desk):
    """Its socket stands there, nobody listens: commands do it themselves, the next server anew."""
    desk.server.kill()
    equal(os.path.exists(os.path.join(desk.server.path("data"), "ops.sock")), True)
    equal("0 findings" in desk.run("verify").stdout, True)
    desk.server.start()
    verify_is_clean_while_it_is_served(desk)
    desk.server.stop()
    equal(os.path.exists(os.path.join(desk.server.path("data"), "ops.sock")), False)


TESTS = (the_socket_is_its_owners, what_is_no_command_is_refused,
         a_token_opens_every_loop_when_the_command_ends,
         a_bad_wish_is_refused_as_without_a_server, an_import_is_seen_on_every_loop,
         faulty_rows_are_told_by_line, sessions_end_with_the_standing_of_their_subject,
         a_move_ends_the_sessions_of_who_moved, a_closed_place_is_signed_out,
         an_import_without_a_server_ends_sessions_too, verify_is_clean_while_it_is_served,
         a_backup_makes_a_new_folder, a_backup_is_left_alone_by_the_end_of_the_server,
         a_killed_server_leaves_no_ghost)


def main():
    with Server(backup_mib_s=0) as server:
        desk = Desk(server)
        desk.server_token = desk.run("token", "add", "--institution", desk.home, "--name", "test",
                                     "--rights", "read,file,submit").stdout.strip()
        for test in TESTS:
            report.check(test.__name__, lambda test=test: test(desk))
    report.finish()


if __name__ == "__main__":
    main()
