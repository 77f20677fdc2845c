#!/usr/bin/env python3
# dev: part=e2e build=release loops=1 minutes=5 takes=37
"""The command line as a person or a script meets it (API 9): what is printed where, and exit codes.
0 done, 1 a negative finding, 2 bad input, 3 the world failed.

Shows P38 (check of settings, admin commands).
"""
import json
import os
import re
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "lib"), os.path.join(HERE, "..", "http")]
import registrants
import report
from server import Server

PEOPLE, PLACES = registrants.PEOPLE, registrants.PLACES
FORM = re.compile(r"line (\d+)\t([^\t]*)\t([a-z0-9_]+)\t[^\t]+\t(.*)")


class Cli:
    """Commands on a copy of the demo that is not served."""

    def __init__(self, server):
        self.server = server
        self.home = server.identities("institution")[0]["institution"]

    def run(self, *words, environment=None):
        return subprocess.run([self.server.program(), *words], capture_output=True, text=True,
                              check=False,
                              timeout=120, env={**os.environ, **(environment or {})})

    def wants(self, code, *words, **more):
        done = self.run(*words, **more)
        if done.returncode != code:
            told = (done.stdout + done.stderr)[-1500:]
            raise AssertionError(f"{words}: exit {done.returncode}, not {code}\n{told}")
        return done

    def on_store(self, code, *words):
        return self.wants(code, *words, "--config", self.server.config)

    def write(self, name, text):
        path = os.path.join(self.server.folder, name)
        with open(path, "w", encoding="utf-8", newline="") as file:
            file.write(text)
        return path

    def take(self, code, kind, rows, name="rows.csv"):
        """Faults as (line, column, code, value) and the last line, of an import of these rows."""
        path = registrants.write(self.server.folder, name, PEOPLE if kind == "people" else PLACES,
                                 rows)
        return self.faults(self.on_store(code, "import", kind, path))

    @staticmethod
    def faults(done):
        lines = done.stdout.splitlines()
        found = [FORM.fullmatch(line) for line in lines]
        return [(int(match[1]), match[2], match[3], match[4])
                for match in found if match], lines[-1]


def equal(got, wanted):
    if got != wanted:
        raise AssertionError(f"{got!r:.1500}\n    is not {wanted!r:.1500}")


# ---- without a store ----

def version_names_itself_and_its_libraries(cli):
    lines = cli.wants(0, "version").stdout.splitlines()
    equal(lines[0].split()[0], "baobei")
    for library in ("libuv", "llhttp", "LMDB", "mbedTLS"):
        equal(any(line.startswith(library + " ") for line in lines), True)


def unknown_commands_are_told(cli):
    for words in ((), ("nothing",), ("Serve",)):
        done = cli.wants(2, *words)
        equal(done.stdout, "")
        equal("check-config" in done.stderr, True)
    for command in ("serve", "check-config", "verify", "import", "token", "backup",
                    "restore"):
        cli.wants(2, command)
        cli.wants(2, command, "--config")
        cli.wants(2, command, "--nonsense", "x")
        cli.wants(2, command, "--config", "/no/such/file")


def numbers_are_checked(cli):
    for number, kind in (("A123456789", "national"), ("A223456781", "national"),
                         (registrants.id_no(1), "national"),
                         ("A800000014", "ui_new"), ("AC01234567", "ui_old")):
        done = cli.run("id-check", number)
        equal((number, done.stdout, done.returncode), (number, kind + "\n", 0))
    for number in ("A123456788", "A323456789", "a", "", "123", "A12345678", "A1234567890",
                   "Ａ123456789"):
        done = cli.run("id-check", number)
        equal((number, done.stdout, done.returncode), (number, "invalid\n", 1))
    cli.wants(2, "id-check")
    cli.wants(2, "id-check", "A123456789", "A123456789")


def a_time_is_expanded(cli):
    time = {"mode": "recurring", "from": "2027-01-01", "to": "2027-04-30", "start": "20:00",
            "end": "24:00",
            "rule": {"kind": "monthly_day", "day": 31}}
    done = cli.wants(0, "expand", json.dumps(time))
    equal(done.stdout, "2027-01-31T20:00 2027-02-01T00:00\n2027-03-31T20:00 2027-04-01T00:00\n")
    equal(done.stderr, "skipped 2027-02\nskipped 2027-04\n")
    time = {"mode": "dates", "dates": ["2026-12-03", "2026-12-09"], "start": "22:00",
            "end": "06:00"}
    equal(cli.wants(0, "expand", json.dumps(time)).stdout,
          "2026-12-03T22:00 2026-12-04T06:00\n2026-12-09T22:00 2026-12-10T06:00\n")
    time = {"mode": "continuous", "start": "2026-12-01T08:00", "end": "2026-12-31T17:00"}
    equal(cli.wants(0, "expand", json.dumps(time)).stdout, "2026-12-01T08:00 2026-12-31T17:00\n")


def a_bad_time_is_told_by_code_and_place(cli):
    whole = {"mode": "continuous", "start": "2026-12-01T08:00", "end": "2026-12-31T17:00"}
    for change, code, place in (({"mode": "x"}, "bad_type", "/mode"),
                                ({"start": "x"}, "bad_date", "/start"),
                                ({"end": None}, "required", "/end"),
                                ({"more": 1}, "unknown_field", "/more"),
                                ({"end": "2026-11-01T00:00"}, "end_before_start", "/end")):
        done = cli.wants(2, "expand", json.dumps({**whole, **change}))
        equal((done.stdout, code in done.stderr and place in done.stderr), ("", True))
    for text in ("", "{", "[]", "null", "\udcff"):
        cli.wants(2, "expand", text)


def routes_are_a_table(cli):
    lines = [line.split("\t") for line in cli.wants(0, "routes").stdout.splitlines()]
    equal(lines[0], ["method", "path", "operation", "verb", "none", "person", "institution",
                     "bureau", "ops"])
    equal({len(line) for line in lines}, {9})
    equal(len({line[2] for line in lines}), len(lines))
    equal({cell for line in lines[1:] for cell in line[4:]} <= {"yes", "401", "403"}, True)


# ---- settings ----

def good_settings_are_shown_whole(cli):
    equal(cli.on_store(0, "check-config").stdout, "")
    shown = cli.on_store(0, "check-config", "--print-config").stdout
    again = cli.write("again.conf", shown)
    equal(cli.wants(0, "check-config", "--config", again, "--print-config").stdout, shown)
    help_text = cli.wants(0, "check-config", "--help").stdout
    for name in ("data.directory", "server.listen", "loops", "log.segment_mib",
                 "trust.crl_grace_h"):
        equal(name in help_text, True)


def every_fault_of_the_settings_is_told_at_once(cli):
    text = ("env = dev\nloops = 65\n[data]\ncolour = red\n[server]\nidle_s = soon\n"
            "[log]\nlevel = loud\nsegment_mib = 15\n")
    path = cli.write("bad.conf", text)
    for command in ("check-config", "serve", "verify", "token"):
        words = [command, "list"] if command == "token" else [command]
        done = cli.wants(2, *words, "--config", path)
        for part in ("loops = 65", "from 0 to 64", "data.colour", "server.idle_s = soon",
                     "log.level = loud",
                     "debug info warn alarm", "log.segment_mib = 15", "from 16 to 1024"):
            equal((part, part in done.stderr), (part, True))


NONSENSE = (("card", "bridge_ports", ("abc", "58731,,58732", "70000", "0", "58731,", "-1", "1;2")),
            ("server", "listen", ("x", "127.0.0.1:8443", "https://", "https://a b:1", "ftp://a:1",
                                  "https://127.0.0.1", "https://127.0.0.1:65536",
                                  "http://192.0.2.1:80", "https://h:1/path")),
            ("ops", "listen", ("x", "https://127.0.0.1:1", "http://127.0.0.1", "http://:1")),
            ("server", "names", ("https://a.example", "a_b", "a..b", "-a", "a:443", "ä.example")))


def nonsense_is_told_by_its_name(cli):
    for section, name, values in NONSENSE:
        for value in values:
            path = cli.write("nonsense.conf", f"[{section}]\n{name} = {value}\n")
            done = cli.wants(2, "check-config", "--config", path)
            equal((value, f"{section}.{name} = {value}: " in done.stderr), (value, True))


def what_makes_sense_is_taken(cli):
    for name, values in (("CARD_BRIDGE_PORTS", ("", "1", "58731,58732,65535")),
                         ("SERVER_LISTEN", ("http://[::1]:8080", "http://localhost:80",
                                            "https://0.0.0.0:443", "https://[::]:443",
                                            "https://euservice.example:8443")),
                         ("OPS_LISTEN", ("", "http://10.0.0.1:9090")),
                         ("SERVER_NAMES", ("", "a.example", "a.example, b-c.example,127.0.0.1,::1",
                                           "[::1]"))):
        for value in values:
            cli.wants(0, "check-config", "--config", cli.server.config,
                      environment={f"BAOBEI_{name}": value})


def every_file_that_is_named_is_looked_at(cli):
    """Missing, a folder, a key that others may read; all of them at once, and nothing else."""
    text = ("[data]\ndirectory = bad.conf\nkey_file = no.key\n[server]\ncertificate = /tmp\n"
            "key = no.pem\n[trust]\nroots = no.roots\ncrls = a.crl,b.crl\n")
    done = cli.wants(2, "check-config", "--config", cli.write("bad.conf", text))
    told = dict(line.split(": ", 1) for line in done.stderr.splitlines())
    folder = cli.server.folder
    missing = "there is no such file"
    equal(told, {f"data.directory = {folder}/bad.conf": "it is no directory that can be used",
                 f"data.key_file = {folder}/no.key": missing,
                 "server.certificate = /tmp": "it is no file",
                 f"server.key = {folder}/no.pem": missing,
                 f"trust.roots = {folder}/no.roots": missing,
                 f"trust.crls = {folder}/a.crl": missing, f"trust.crls = {folder}/b.crl": missing})
    key = cli.server.path("baobei.key")
    os.chmod(key, 0o644)
    done = cli.on_store(2, "check-config")
    equal("0600" in done.stderr, True)
    os.chmod(key, 0o600)
    cli.on_store(0, "check-config")


def the_environment_stands_over_the_file(cli):
    shown = cli.wants(0, "check-config", "--config", cli.server.config, "--print-config",
                      environment={"BAOBEI_LOOPS": "2", "BAOBEI_LOG_LEVEL": "warn"}).stdout
    equal("loops = 2\n" in shown and "level = warn\n" in shown, True)
    done = cli.wants(2, "check-config", "--config", cli.server.config,
                     environment={"BAOBEI_LOOPS": "99"})
    equal("loops = 99" in done.stderr, True)


def plain_http_is_for_loopback_only(cli):
    for url in ("http://0.0.0.0:1", "http://192.0.2.1:8080", "ftp://127.0.0.1:1", "x"):
        equal(cli.on_store(2, "serve", "--listen", url).stdout, "")


# ---- import ----

def a_repeated_import_changes_nothing(cli):
    places = [registrants.place(f"35039900{at:02}", f"匯入診所{at}") for at in range(20)]
    people = [registrants.person(5000 + at, cli.home) for at in range(20)]
    for kind, rows in (("institutions", places), ("people", people)):
        equal(cli.take(0, kind, rows),
              ([], "20 rows: 20 taken (20 new, 0 changed, 0 unchanged), 0 refused"))
        before = state_of(cli)
        equal(cli.take(0, kind, rows),
              ([], "20 rows: 20 taken (0 new, 0 changed, 20 unchanged), 0 refused"))
        equal(state_of(cli), before)
    changed = [{**places[0], "name": "改名診所"}, *places[1:]]
    equal(cli.take(0, "institutions", changed)[1],
          "20 rows: 20 taken (0 new, 1 changed, 19 unchanged), 0 refused")
    equal(cli.take(0, "institutions", changed[:1])[1],
          "1 rows: 1 taken (0 new, 0 changed, 1 unchanged), 0 refused")


def state_of(cli):
    """Rows of the store, by number: what an import that changes nothing leaves as it is."""
    return cli.on_store(0, "verify").stdout


PLACE_FAULTS = [
    ({"code": ""}, "code", "required"), ({"code": "123"}, "code", "bad_code"),
    ({"code": "0000000000"}, "code", "bad_code"), ({"code": "35039901#1"}, "code", "bad_code"),
    ({"name": ""}, "name", "required"), ({"name": "長" * 200}, "name", "too_long"),
    ({"name": "a\u0007b"}, "name", "bad_text"),
    ({"type": "太空站"}, "type", "unknown_type"), ({"county": "高譚市"}, "county", "unknown_county"),
    ({"status": "gone"}, "status", "bad_status"),
    ({"status_from": "2026/01/01"}, "status_from", "bad_date"),
    ({"status_from": "2026-02-30"}, "status_from", "bad_date"),
]
PERSON_FAULTS = [
    ({"id_no": "A123456780"}, "id_no", "bad_id_no"), ({"id_no": ""}, "id_no", "required"),
    ({"name": ""}, "name", "required"), ({"birth_date": "1980-13-01"}, "birth_date", "bad_date"),
    ({"birth_date": "2999-01-01"}, "birth_date", "date_in_future"),
    ({"profession": ""}, "profession", "required"),
    ({"profession": "@"}, "profession", "unknown_profession"),
    ({"main": "maybe"}, "main", "bad_boolean"),
    ({"department": "QQ"}, "department", "unknown_department"),
    ({"home_code": ""}, "home_code", "required"),
    ({"home_code": "12"}, "home_code", "bad_code"),
    ({"home_code": "9999999999"}, "home_code", "unknown_institution"),
    ({"licence_from": "x"}, "licence_from", "bad_date"),
    ({"licence_to": "2010-01-01"}, "licence_to", "end_before_start"),
    ({"status": "asleep"}, "status", "bad_status"), ({"head": "2"}, "head", "bad_boolean"),
    ({"mobile": "12345"}, "mobile", "bad_mobile"), ({"email": "nobody"}, "email", "bad_email"),
]


def faulty_rows_are_told_and_good_ones_taken(cli):
    """By line, column, reason and value; personal values are never shown."""
    for kind, table, good in (("institutions", PLACE_FAULTS,
                               lambda at: registrants.place(f"35039910{at:02}", f"好{at}診所")),
                              ("people", PERSON_FAULTS,
                               lambda at: registrants.person(6000 + at, cli.home))):
        rows, wanted = [], []
        for at, (change, column, code) in enumerate(table):
            rows += [good(2 * at), {**good(2 * at + 1), **change}]
            wanted.append((2 * at + 3, column, code))
        found, last = cli.take(1, kind, rows)
        equal([fault[:3] for fault in found], wanted)
        count = len(table)
        equal(last, f"{2 * count} rows: {count} taken ({count} new, 0 changed, 0 unchanged), "
                    f"{count} refused")
        for (_, column, code, value), (change, _, _) in zip(found, table):
            personal = kind == "people" and column in ("id_no", "birth_date", "mobile", "email")
            given = change[column]
            if personal:
                equal((column, given != "" and given in value), (column, False))
            elif code not in ("too_long", "bad_text"):
                equal((column, value), (column, given))


def several_faults_of_a_row_are_all_told(cli):
    row = {**registrants.place("35039920", ""), "type": "x", "county": "y", "status": "z"}
    found, _ = cli.take(1, "institutions", [row])
    equal([fault[1:3] for fault in found],
          [("code", "bad_code"), ("name", "required"), ("type", "unknown_type"),
                                            ("county", "unknown_county"), ("status", "bad_status")])


def faults_of_a_line_do_not_spoil_the_next(cli):
    head = "code,name,type,county,address,phone\n"
    good = "35039930{:02},線診所{},診所,臺北市,臺北市大安區1號,02\n"
    text = (head + good.format(1, 1) + '3503993002,"未關診所,診所,臺北市,a,b\n' + good.format(3, 3) +
            "3503993004,少\n" +
            good.format(5, 5) + "3503993006,多,診所,臺北市,a,b,c,d\n" + good.format(7, 7) +
            '3503993008,"a"b,診所,臺北市,a,b\n' +
            good.format(9, 9) + good.format(1, "重") + "\n,,,,,\n" + good.format(12, 12)).encode()
    text += b"3503993013,\xff\xfe,x,y,a,b\n" + b"3503993014," + b"a" * 9000 + b"\n"
    path = os.path.join(cli.server.folder, "lines.csv")
    with open(path, "wb") as file:
        file.write(text)
    found, last = cli.faults(cli.on_store(1, "import", "institutions", path))
    equal([(fault[0], fault[2]) for fault in found],
          [(3, "unclosed_quote"), (5, "too_few_columns"), (7, "too_many_columns"),
           (9, "bad_quotes"),
           (11, "duplicate_row"), (15, "bad_utf8"), (16, "line_too_long")])
    equal(last, "13 rows: 6 taken (6 new, 0 changed, 0 unchanged), 7 refused")


def a_file_without_its_columns_is_refused_whole(cli):
    before = state_of(cli)
    for text, code in (("", "no_header"), ("code,name\n3503994001,x\n", "missing_column"),
                       ("code,name,type,county,address,phone,colour\n", "unknown_column"),
                       ("code,name,type,county,address,phone,name\n", "duplicate_column")):
        done = cli.on_store(2, "import", "institutions", cli.write("head.csv", text))
        equal((text, code in done.stdout), (text, True))
    cli.on_store(2, "import", "institutions", "/no/such/file")
    cli.on_store(2, "import", "animals", cli.write("head.csv", ""))
    cli.on_store(2, "import", "people")
    equal(state_of(cli), before)


def columns_come_in_any_order_and_with_a_byte_order_mark(cli):
    text = "\ufeffphone,county,type,name,code,address\r\n02,63000,診所,倒序診所,３５０３９９５００１,臺北市大安區1號\r\n"
    found, last = cli.faults(cli.on_store(0, "import", "institutions",
                                          cli.write("order.csv", text)))
    equal((found, last), ([], "1 rows: 1 taken (1 new, 0 changed, 0 unchanged), 0 refused"))


def the_national_list_is_taken(cli):
    path = os.path.join(os.environ["BAOBEI_SHARED"], "data", "institutions.csv")
    last = cli.faults(cli.on_store(0, "import", "institutions", path))[1]
    equal(re.fullmatch(r"(\d+) rows: \1 taken \(\d+ new, \d+ changed, \d+ unchanged\), 0 refused",
                       last) is not None, True)
    equal(int(last.split()[0]), 29480)
    again = cli.faults(cli.on_store(0, "import", "institutions", path))[1]
    equal(again, "29480 rows: 29480 taken (0 new, 0 changed, 29480 unchanged), 0 refused")


# ---- tokens ----

def a_token_is_shown_once_and_listed_by_its_id(cli):
    words = ("token", "add", "--institution", cli.home, "--name", "測試", "--rights", "file,read")
    done = cli.on_store(0, *words, "--expires", "2030-12-31")
    equal(re.fullmatch(r"[\w-]{43}\n", done.stdout) is not None, True)
    number = done.stderr.splitlines()[-1]
    equal(re.fullmatch(r"[0-9a-f]{16}", number) is not None, True)
    listed = cli.on_store(0, "token", "list").stdout
    line, = [line for line in listed.splitlines() if line.startswith(number)]
    equal(line.split("\t")[1:3] + [line.split("\t")[4]],
          [cli.home, "read file ", "2030-12-31T16:00:00Z"])
    equal(line.split("\t")[5], "測試")
    equal(done.stdout.strip() in listed, False)
    cli.on_store(0, "token", "revoke", number)
    equal(number in cli.on_store(0, "token", "list").stdout, False)
    cli.on_store(2, "token", "revoke", number)


def a_token_needs_a_place_a_name_and_rights(cli):
    good = {"--institution": cli.home, "--name": "x", "--rights": "read"}
    for change in ({"--institution": "0000000000"}, {"--institution": "x"}, {"--rights": "all"},
                   {"--rights": ""},
                   {"--rights": "read,,file"}, {"--name": ""}, {"--name": "x" * 101},
                   {"--expires": "tomorrow"}):
        words = [word for pair in {**good, **change}.items() for word in pair]
        equal(cli.on_store(2, "token", "add", *words).stdout, "")
    for missing in good:
        words = [word for name, value in good.items() if name != missing for word in (name, value)]
        cli.on_store(2, "token", "add", *words)
    for words in (("revoke",), ("revoke", "x"), ("revoke", "0" * 16), ("nothing",), ()):
        cli.on_store(2, "token", *words)


# ---- the store ----

def a_sound_store_is_clean(cli):
    equal(re.fullmatch(r"\d+ rows, 0 findings\n", cli.on_store(0, "verify").stdout) is not None,
          True)


def a_store_is_one_servers_own(cli):
    """Who comes second is told so, by exit code 3, and the first one goes on. (What the running
    server does for others: ops_socket_test.py.)"""
    server = cli.server.start()
    for words in (("serve", "--listen", "https://127.0.0.1:1", "--config", cli.server.config),
                  ("restore", "/tmp", "--config", cli.server.config)):
        done = cli.wants(3, *words)
        equal((words, done.stdout), (words, ""))
    equal(server.client().raw("/readyz").status, 200)
    server.stop()


def a_server_without_its_reader_of_sheets_does_not_start(cli):
    """baobei-sheet is looked for beside the program that runs."""
    alone = shutil.copy(cli.server.program(), os.path.join(cli.server.folder, "baobei"))
    done = subprocess.run([alone, "serve", "--config", cli.server.config], capture_output=True,
                          text=True, check=False, timeout=120, env=cli.server.environment())
    equal((done.returncode, done.stdout), (3, ""))
    equal(f"no_sheet_reader path={cli.server.folder}/baobei-sheet" in done.stderr, True)


def what_is_no_store_is_told(cli):
    broken = cli.write("broken.conf", open(cli.server.config, encoding="utf-8").read().replace(
        "directory = data", "directory = /proc/none").replace("= pki/",
                                                              f"= {cli.server.demo}/pki/").replace(
        "= baobei.key", f"= {cli.server.demo}/baobei.key"))
    for words in (("serve",), ("verify",), ("token", "list")):
        cli.wants(3, *words, "--config", broken)


TESTS = (
    version_names_itself_and_its_libraries, unknown_commands_are_told, numbers_are_checked,
    a_time_is_expanded,
    a_bad_time_is_told_by_code_and_place, routes_are_a_table, good_settings_are_shown_whole,
    every_fault_of_the_settings_is_told_at_once, nonsense_is_told_by_its_name,
    what_makes_sense_is_taken, every_file_that_is_named_is_looked_at,
    the_environment_stands_over_the_file,
    plain_http_is_for_loopback_only, a_repeated_import_changes_nothing,
    faulty_rows_are_told_and_good_ones_taken,
    several_faults_of_a_row_are_all_told, faults_of_a_line_do_not_spoil_the_next,
    a_file_without_its_columns_is_refused_whole,
    columns_come_in_any_order_and_with_a_byte_order_mark,
    the_national_list_is_taken, a_token_is_shown_once_and_listed_by_its_id,
    a_token_needs_a_place_a_name_and_rights,
    a_sound_store_is_clean, what_is_no_store_is_told,
    a_server_without_its_reader_of_sheets_does_not_start, a_store_is_one_servers_own,
)


def main():
    server = Server()
    try:
        cli = Cli(server)
        for test in TESTS:
            if test is the_national_list_is_taken and not os.environ.get("BAOBEI_SHARED"):
                report.skip(test.__name__, "no shared data")
            else:
                report.check(test.__name__, lambda test=test: test(cli))
    finally:
        server.remove()
    report.finish()


if __name__ == "__main__":
    main()
