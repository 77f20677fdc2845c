#!/usr/bin/env python3
# dev: part=http minutes=6 takes=34
"""Batch import at the door (API 5): upload, faults, report, import, delete, events, limits, and who
may see what. Workbooks are the server's own templates, filled by openpyxl, and CSV.

Shows F167 (300 rows an upload, and no more), P08 (every fault by its cell, and the sheet back with
them)."""
import collections
import contextlib
import datetime
import hashlib
import io
import os
import socket
import sys
import threading
import time
import urllib.parse

try:
    import openpyxl
except ImportError:  # another python3 stands first in PATH: Debian's has it
    if os.path.realpath(sys.executable) == os.path.realpath("/usr/bin/python3"):
        raise
    os.execv("/usr/bin/python3", ["/usr/bin/python3", *sys.argv])

import registrants
from world import equal, refused, run, staffed_homes, today, together

XLSX = {"Content-Type": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
CSV = {"Content-Type": "text/csv"}
WAIT_S = 60
STRANGERS = 6
LEAVER = 4711
HEADER = "身分證字號,姓名,被支援機構代碼,被支援機構名稱,支援科別代碼,支援目的代碼,支援開始日期,開始時間,支援結束日期,結束時間,備註"


def roc(days):
    date = today() + datetime.timedelta(days=days)
    return f"{date.year - 1911:03}{date.month:02}{date.day:02}"


def staff_of(client):
    """{name: ID number} of one's own, from the template, which alone tells them."""
    book = openpyxl.load_workbook(io.BytesIO(client.get("/templates/general.xlsx").wants(200).body))
    rows = book.worksheets[-1].iter_rows(min_row=2, values_only=True)
    return {row[2]: row[1] for row in rows}


class Rows:
    """Rows that may be filed, each on a night that its person has not taken: the demo's own
    lines are of days and evenings, for months ahead of the day that it was made on."""
    taken = collections.Counter()

    def __init__(self, house):
        self.house, self.ids = house, staff_of(house.clerk)
        names = [one["name"] for one in house.staff]
        self.people = [one for one in house.fit() if names.count(one["name"]) == 1]

    def row(self, place=0, **more):
        person = self.people[place % len(self.people)]
        self.taken[person["person_id"]] += 1
        date = roc(90 + self.taken[person["person_id"]])
        row = {"id_no": self.ids[person["name"]], "name": person["name"],
               "target": self.house.targets[0], "place": "", "department": "02",
               "purpose": self.house.purpose(person["profession"]), "from": date, "start": "0200",
               "to": date, "end": "0400", "remark": "整批"}
        return [*{**row, **more}.values()]

    def rows(self, count, **more):
        return [self.row(place, **more) for place in range(count)]

    def only_read(self, count):
        """Rows that are not imported: their days may be given again."""
        before = self.taken.copy()
        rows = self.rows(count)
        self.taken.clear()
        self.taken.update(before)
        return rows


def workbook(client, rows, kind="general"):
    """The server's template with these rows."""
    book = openpyxl.load_workbook(io.BytesIO(client.get(f"/templates/{kind}.xlsx").wants(200).body))
    for number, row in enumerate(rows, 2):
        for column, value in enumerate(row, 1):
            book.worksheets[0].cell(number, column).value = value or None
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def csv(rows):
    return "\r\n".join([HEADER, *(",".join(row) for row in rows)]).encode()


def upload(client, data, kind="general", name="名冊.xlsx", headers=XLSX, **more):
    name = urllib.parse.quote(name)
    return client.request("POST", f"/batches?kind={kind}&name={name}", raw=data,
                          headers={**headers, **more.pop("headers_more", {})}, **more)


def settled(client, batch_id, state=None):
    """The batch once it is read; asked for again and again until then."""
    end = time.monotonic() + WAIT_S
    while time.monotonic() < end:
        batch = client.get(f"/batches/{batch_id}").wants(200).json
        if batch["state"] not in ("received", "parsing", "checking"):
            if state is not None:
                equal(batch["state"], state)
            return batch
    raise AssertionError(f"{batch_id} is not read")


def taken(client, data, state="ready", **more):
    return settled(client, upload(client, data, **more).wants(202).json["batch_id"], state)


def imported(client, batch, rows="valid", submit=True, **more):
    more.setdefault("version", batch["version"])
    return client.post(f"/batches/{batch['batch_id']}/import", {"rows": rows, "submit": submit},
                       **more)


def letters_are_named(batch, head=HEADER):
    """Each fault names the column by its letter and by what stands above it."""
    names = head.split(",")
    equal([one["header"] for one in batch["errors"]],
          [names[ord(one["column"]) - ord("A")] for one in batch["errors"]])


def told(batch):
    return [(one["cell"], one["code"], one["value"]) for one in batch["errors"]]


# ---- the way through ----

def the_template_filled_becomes_a_case(world):
    rows = world.rows.rows(3)
    batch = taken(world.clerk, workbook(world.clerk, rows))
    equal((batch["rows"], batch["valid"], batch["invalid"], batch["errors"]), (3, 3, 0, []))
    equal((batch["kind"], batch["file_name"], batch["progress"], batch["case_no"]),
          ("general", "名冊.xlsx", 100, None))
    answer = imported(world.clerk, batch).wants(200).json
    equal((answer["imported"], answer["skipped"]), (3, 0))
    case = world.clerk.get(f"/cases/{answer['case_no']}").wants(200).json
    equal([line["request"]["status"] for line in case["lines"]], ["under_review"] * 3)
    equal([line["person"]["name"] for line in case["lines"]], [row[1] for row in rows])
    equal({line["times"][0]["start"][10:] for line in case["lines"]}, {"T02:00"})
    after = world.clerk.get(f"/batches/{batch['batch_id']}").wants(200).json
    equal((after["state"], after["case_no"]), ("done", answer["case_no"]))


def a_rule_row_becomes_its_occurrences(world):
    row = world.rows.row(1)
    start, end = roc(400), roc(420)
    rule = [*row[:3], "", "02", row[5], start, end, "1", "", "1,3", "0800", "1200", ""]
    batch = taken(world.clerk, workbook(world.clerk, [rule], "rule"), kind="rule")
    equal(batch["errors"], [])
    case = world.clerk.get("/cases/" + imported(world.clerk, batch).wants(200).json["case_no"])
    time_of = case.wants(200).json["lines"][0]["times"][0]
    equal((time_of["mode"], time_of["rule"]["weekdays"]), ("recurring", [1, 3]))


def csv_goes_the_same_way(world):
    batch = taken(world.clerk, csv(world.rows.rows(2)), headers=CSV, name="a.csv")
    equal((batch["rows"], batch["valid"]), (2, 2))
    equal(imported(world.clerk, batch, "all", False).wants(200).json["imported"], 2)


def every_fault_is_told_with_its_cell(world):
    rows = world.rows.rows(5)
    rows[0][1] = "王不對"
    rows[1][0] = "A123456780"
    rows[2][6] = "1150230"
    rows[3][2] = "1301522499"
    rows[4][5] = "99"
    rows[4][10] = ""
    batch = taken(world.clerk, workbook(world.clerk, rows))
    equal((batch["rows"], batch["valid"], batch["errors_total"]), (5, 0, 5))
    equal(told(batch), [("B2", "name_mismatch", "王不對"), ("A3", "bad_id_no", "A123456780"),
                        ("G4", "bad_date", "1150230"),
                        ("C5", "unknown_institution", "1301522499"), ("K6", "required", "")])
    equal([(one["row"], one["column"]) for one in batch["errors"]],
          [(2, "B"), (3, "A"), (4, "G"), (5, "C"), (6, "K")])
    if not all(one["message"] for one in batch["errors"]):
        raise AssertionError(batch["errors"])
    letters_are_named(batch)


def a_column_is_named_wherever_it_stands(world):
    head = "序號," + ",".join(f"{name}＊" for name in HEADER.split(",")[::-1])
    rows = world.rows.rows(3)
    rows[0][1] = "王不對"
    rows[1][6] = "1150230"
    data = "\r\n".join([head, *(",".join(["1", *row[::-1]]) for row in [*rows, rows[2]])])
    batch = taken(world.clerk, data.encode(), headers=CSV)
    equal([(one["cell"], one["code"]) for one in batch["errors"]],
          [("K2", "name_mismatch"), ("F3", "bad_date"), ("F5", "duplicate_row")])
    letters_are_named(batch, head.replace("＊", ""))


def a_rule_s_columns_have_their_own_names(world):
    row = world.rows.row()
    rule = [*row[:3], "", "02", row[5], roc(400), "1150230", "9", "", "1", "0800", "12:7x", ""]
    batch = taken(world.clerk, workbook(world.clerk, [rule], "rule"), kind="rule")
    equal([(one["cell"], one["header"]) for one in batch["errors"]],
          [("H2", "期間迄日"), ("I2", "規則代碼"), ("M2", "結束時間")])


def rows_that_clash_are_told_of_each_other(world):
    first, twin, over = world.rows.row(), world.rows.row(), world.rows.row()
    twin[6:10] = first[6:10]  # of the same person
    over[6:10] = [first[6], "0300", first[8], "0500"]
    over[2] = world.targets[1]
    batch = taken(world.clerk, workbook(world.clerk, [first, twin, over]))
    equal(told(batch), [("G3", "duplicate_row", first[6]), ("G4", "overlaps_row", first[6])])
    equal(imported(world.clerk, batch).wants(200).json["imported"], 1)
    again = taken(world.clerk, workbook(world.clerk, [twin]))
    equal(told(again), [("G2", "overlaps_case", first[6])])
    for one in (batch, again):
        letters_are_named(one)


def all_or_nothing_is_kept(world):
    rows = world.rows.rows(2)
    rows[1][1] = "王不對"
    batch = taken(world.clerk, workbook(world.clerk, rows))
    before = world.clerk.get("/lines/counts").wants(200).json
    refused(imported(world.clerk, batch, "all"), 422, "batch_has_errors")
    equal(world.clerk.get("/lines/counts").wants(200).json, before)
    answer = imported(world.clerk, batch, "valid", False).wants(200).json
    equal((answer["imported"], answer["skipped"]), (1, 1))


def what_has_come_up_since_is_shown(world):
    rows = world.rows.rows(2)
    first = taken(world.clerk, workbook(world.clerk, rows))
    second = taken(world.clerk, workbook(world.clerk, rows[::-1]))  # another file of the same rows
    equal((first["valid"], second["valid"]), (2, 2))
    imported(world.clerk, first).wants(200)
    refused(imported(world.clerk, second), 422, "batch_has_errors")
    now = world.clerk.get(f"/batches/{second['batch_id']}").wants(200).json
    equal((now["state"], now["valid"], now["version"]), ("ready", 0, second["version"] + 1))
    equal([code for _, code, _ in told(now)], ["overlaps_case"] * 2)
    refused(imported(world.clerk, second), 412, "stale")


def who_has_left_since_is_named(world):
    """His number is sealed wherever it is kept, and quoted all the same."""
    leaver = registrants.person(LEAVER, world.code, profession="F")
    registrants.take(world.server, people=[leaver])
    row = world.rows.row(id_no=leaver["id_no"], name=leaver["name"], purpose=world.purpose("F"))
    batch = taken(world.clerk, csv([row]), headers=CSV, name="a.csv")
    equal((batch["valid"], batch["errors"]), (1, []))
    registrants.take(world.server, people=[{**leaver, "home_code": world.other.code}])
    refused(imported(world.clerk, batch, submit=False), 422, "batch_has_errors")
    now = world.clerk.get(f"/batches/{batch['batch_id']}").wants(200).json
    equal(told(now), [("A2", "not_your_staff", leaver["id_no"])])
    report = world.clerk.get(f"/batches/{batch['batch_id']}/report.xlsx").wants(200)
    cell = openpyxl.load_workbook(io.BytesIO(report.body)).worksheets[0]["A2"]
    equal((cell.value, cell.comment is not None), (leaver["id_no"], True))


def a_sheet_without_a_name_has_an_empty_one(world):
    answer = world.clerk.request("POST", "/batches?kind=general", raw=csv(world.rows.only_read(1)),
                                 headers=CSV)
    batch = settled(world.clerk, answer.wants(202).json["batch_id"])
    items = world.pages(world.clerk, "/batches?limit=50")
    equal({one["file_name"] for one in [batch, *items] if one["batch_id"] == batch["batch_id"]},
          {""})


def an_import_happens_once(world):
    batch = taken(world.clerk, workbook(world.clerk, world.rows.rows(2)))
    clients = world.programs[:4]
    answers = together([lambda client=client: imported(client, batch) for client in clients])
    equal({answer.wants(200).body for answer in answers}, {answers[0].body})
    again = imported(world.clerk, batch, version=1)
    equal(again.wants(200).json, answers[0].json)
    count = [item for item in world.pages(world.clerk, "/batches?limit=50")
             if item["case_no"] == answers[0].json["case_no"]]
    equal(len(count), 1)


def a_key_repeats_an_upload_and_an_import(world):
    data = workbook(world.clerk, world.rows.rows(1))
    first = upload(world.clerk, data, key="sheet-1").wants(202)
    again = upload(world.clerk, data, key="sheet-1").wants(202)
    equal(again.json, first.json)
    equal(again.headers.get("idempotent-replay"), "true")
    refused(upload(world.clerk, data + b" ", key="sheet-1"), 422, "idempotency_mismatch")
    batch = settled(world.clerk, first.json["batch_id"])
    done = imported(world.clerk, batch, key="import-1").wants(200)
    equal(imported(world.clerk, batch, key="import-1").wants(200).json, done.json)


def the_same_file_is_not_imported_twice(world):
    data = workbook(world.clerk, world.rows.rows(1))
    batch = taken(world.clerk, data)
    twin = taken(world.clerk, data)  # sent twice before either was imported
    imported(world.clerk, batch, submit=False).wants(200)
    for again in (upload(world.clerk, data), imported(world.clerk, twin, submit=False)):
        answer = refused(again, 409, "already_imported")
        equal(answer.json["batch_id"], batch["batch_id"])
    world.clerk.delete(f"/batches/{batch['batch_id']}",
                       version=batch["version"] + 1).wants(204)
    upload(world.clerk, data).wants(202)


# ---- the annotated sheet ----

def the_report_mended_goes_through(world):
    rows = world.rows.rows(2)
    rows[1][1] = "王不對"
    batch = taken(world.clerk, workbook(world.clerk, rows))
    report = world.clerk.get(f"/batches/{batch['batch_id']}/report.xlsx").wants(200)
    book = openpyxl.load_workbook(io.BytesIO(report.body))
    sheet = book.worksheets[0]
    equal(sheet["B3"].value, "王不對")
    if sheet["B3"].comment is None or sheet["B3"].fill.fgColor.rgb == sheet["B2"].fill.fgColor.rgb:
        raise AssertionError("the faulty cell is not marked")
    column = next(cell.column for cell in sheet[1] if cell.value == "錯誤說明")
    if not sheet.cell(3, column).value or sheet.cell(2, column).value:
        raise AssertionError("the column of faults is wrong")
    sheet["B3"].value = next(name for name, number in world.rows.ids.items()
                             if number == rows[1][0])
    out = io.BytesIO()
    book.save(out)
    equal(taken(world.clerk, out.getvalue())["valid"], 2)


# ---- files that are none ----

def a_file_that_is_none_is_refused_at_once(world):
    compound = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(2000)
    for data in (b"\x00\x01\x02", b"\xff\xfea\x00", "身分".encode("big5"), compound):
        refused(upload(world.clerk, data), 415, "not_xlsx")
    refused(upload(world.clerk, b"a", kind="other"), 400, "bad_query")
    refused(world.clerk.request("POST", "/batches?kind=general", raw=b"x" * (2 << 20 | 1)), 413,
            "too_large")


def a_file_of_which_nothing_can_be_read_fails(world):
    good = workbook(world.clerk, world.rows.rows(1))
    cases = {"broken_xlsx": good[:len(good) // 2],
             "wrong_template": csv([]).replace("姓名".encode(), b"x"),
             "no_rows": workbook(world.clerk, []),
             "too_many_rows": csv(world.rows.rows(301)),
             "encrypted_xlsx": bytes.fromhex("d0cf11e0a1b11ae1") + bytes(500) +
                               "EncryptedPackage".encode("utf-16-le") + bytes(2000)}
    for code, data in cases.items():
        batch = taken(world.clerk, data, "failed")
        equal((batch["error"]["code"], batch["rows"], batch["errors"]), (code, None, []))
        equal(batch["error"]["count"], 301 if code == "too_many_rows" else None)
        if not any("\u4e00" <= letter <= "\u9fff" for letter in batch["error"]["message"]):
            raise AssertionError(f"not in Chinese: {batch['error']}")
        refused(imported(world.clerk, batch), 409, "wrong_state")
        refused(world.clerk.get(f"/batches/{batch['batch_id']}/report.xlsx"), 409, "wrong_state")


# ---- lists, deleting ----

def the_list_has_the_newest_first_and_pages(world):
    ids = [upload(world.clerk, csv(world.rows.rows(1)), headers=CSV).wants(202).json["batch_id"]
           for _ in range(3)]
    for batch_id in ids:
        settled(world.clerk, batch_id)
    items = world.pages(world.clerk, "/batches?limit=2")
    equal([item["batch_id"] for item in items][:3], ids[::-1])
    equal([item["batch_id"] for item in items], sorted(
        (item["batch_id"] for item in items), reverse=True))
    page = world.clerk.get("/batches?limit=2&page=2").wants(200).json
    equal([item["batch_id"] for item in page["items"]],
          [item["batch_id"] for item in items[2:4]])
    equal(page["total"], len(items))
    if any("errors" in item for item in items):
        raise AssertionError("a list tells no errors")


def a_deleted_batch_is_gone(world):
    batch = taken(world.clerk, csv(world.rows.rows(1)), headers=CSV)
    path = f"/batches/{batch['batch_id']}"
    refused(world.clerk.delete(path), 428, "precondition_required")
    refused(world.clerk.delete(path, version=77), 412, "stale")
    world.clerk.delete(path, version=batch["version"]).wants(204)
    for answer in (world.clerk.get(path), world.clerk.get(path + "/report.xlsx"),
                   world.clerk.delete(path, version=1), imported(world.clerk, batch)):
        refused(answer, 404, "not_found")


# ---- who ----

def nobody_else_sees_a_batch(world):
    batch = taken(world.clerk, csv(world.rows.rows(1)), headers=CSV)
    path = f"/batches/{batch['batch_id']}"
    for client in (world.other.clerk, world.person, world.other.person):
        for answer in (client.get(path), client.get(path + "/report.xlsx"),
                       client.get(path + "/events"), client.delete(path, version=1),
                       imported(client, batch)):
            refused(answer, 404, "not_found")
        equal([item for item in world.pages(client, "/batches?limit=50")
               if item["batch_id"] == batch["batch_id"]], [])
    for client in (world.reviewer, world.ops):
        for answer in (client.get(path), client.get("/batches"),
                       client.get("/templates/rule.xlsx"), upload(client, b"a")):
            refused(answer, 403, "forbidden")
    refused(world.anonymous().get(path), 401, "auth_session")


def a_person_files_for_himself_alone(world):
    own = staff_of(world.person)
    equal(list(own), [world.me["name"]])
    row = world.rows.row()
    mine = [own[world.me["name"]], world.me["name"], *row[2:5],
            world.purpose(world.me["profession"]), *row[6:]]
    batch = taken(world.person, csv([mine, world.rows.row()]), headers=CSV)
    equal([(one["cell"], one["code"]) for one in batch["errors"]], [("A3", "not_your_staff")])
    letters_are_named(batch)
    answer = imported(world.person, batch).wants(200).json
    case = world.person.get(f"/cases/{answer['case_no']}").wants(200).json
    equal(case["created_by"], "person")
    shown = world.clerk.get(f"/batches/{batch['batch_id']}").wants(200).json
    equal(shown["case_no"], answer["case_no"])


def another_house_s_staff_is_nobody_here(world):
    stranger = Rows(world.other).row()
    batch = taken(world.clerk, csv([stranger]), headers=CSV)
    equal([(one["cell"], one["code"]) for one in batch["errors"]], [("A2", "not_your_staff")])


def importing_is_one_right_and_submitting_another(world):
    importer, filer = (world.with_token(world.tokens[name]) for name in ("importer", "filer"))
    refused(upload(filer, b"a"), 403, "forbidden")
    batch = taken(importer, csv(world.rows.rows(1)), headers=CSV)
    refused(imported(importer, batch), 403, "forbidden")
    equal(imported(importer, batch, submit=False).wants(200).json["imported"], 1)


# ---- many, and restarts ----

def many_at_once_are_all_read(world):
    """The pool is slower than the door: what it did not refuse is read, every sheet as itself. Only
    what is above 20 that wait may be refused, and only as long as they wait."""
    clients = world.programs
    data = [csv(world.rows.rows(60)) for _ in range(48)]
    answers = []
    for at in range(0, len(data), 8):
        answers += together([lambda one=one, client=client: upload(client, one, headers=CSV)
                             for one, client in zip(data[at:at + 8], clients)])
    took = [(one, answer) for one, answer in zip(data, answers) if answer.status == 202]
    left = [(one, answer) for one, answer in zip(data, answers) if answer.status != 202]
    if len(took) < 20:
        raise AssertionError(f"{len(left)} of {len(data)} refused")
    for _, answer in left:
        refused(answer, 429, "too_many_batches")
    for one, answer in took:
        batch = settled(world.clerk, answer.json["batch_id"], "ready")
        equal((batch["valid"], batch["sha256"]), (60, hashlib.sha256(one).hexdigest()))
    for one, _ in left[:1]:
        equal(taken(world.clerk, one, headers=CSV)["valid"], 60)


def ids_of(client, data, count):
    """This many uploads of the same sheet, each asked for until the institution has room for it."""
    ids, end = [], time.monotonic() + 2 * WAIT_S
    while len(ids) < count and time.monotonic() < end:
        answer = upload(client, data)
        if answer.status == 202:
            ids.append(answer.json["batch_id"])
        else:
            refused(answer, 429, "too_many_batches")
    equal(len(ids), count)
    return ids


def is_read(client, batch_id):
    return client.get(f"/batches/{batch_id}").wants(200).json["state"] == "ready"


def waiting(world):
    items = world.clerk.get("/batches?limit=200").wants(200).json["items"]
    return [item["batch_id"] for item in reversed(items) if item["state"] == "received"]


def others_are_read_first(world, data):
    """Are other houses' sheets, sent now, ready while the fifth of those that wait here is not?"""
    ours = waiting(world)
    if len(ours) < 12:  # too few to stand before anybody
        return False
    theirs = [upload(client, data).wants(202).json["batch_id"] for client in world.strangers]
    for client, batch_id in zip(world.strangers, theirs):
        settled(client, batch_id, "ready")
    return not is_read(world.clerk, ours[4])  # so it was not when theirs were


def fifty_files_of_a_house_stand_before_no_other_s_first(world):
    """Of several other houses, for with several loops not all are in one queue. A loaded machine
    may look too late and see all ready; in a queue without turns no look sees theirs first."""
    many = workbook(world.clerk, world.rows.only_read(300))
    one = workbook(world.clerk, world.rows.only_read(1))  # of nobody there, but that is told
    ids = ids_of(world.clerk, many, 50)
    looks = 0
    while not others_are_read_first(world, one):
        looks += 1
        equal(looks < 10, True)
        ids += ids_of(world.clerk, many, 20)
    for batch_id in ids:
        equal(settled(world.clerk, batch_id, "ready")["valid"], 300)


def a_restart_loses_no_sheet(world):
    data = [csv(world.rows.rows(40)) for _ in range(6)]
    ids = [upload(world.clerk, one, headers=CSV).wants(202).json["batch_id"] for one in data]
    world.server.kill()
    world.server.start()
    clerk = world.sign_in(world.identity)
    for batch_id in ids:
        equal(settled(clerk, batch_id)["valid"], 40)
    for client in (world.clerk, world.person, world.reviewer, world.ops, world.other.clerk,
                   world.other.person, world.other.reviewer):
        client.close()


class Stream(threading.Thread):
    """Events of a batch as they come, until the stream ends or `wanted` says so."""

    def __init__(self, client, path, last=None):
        super().__init__(daemon=True)
        self.client, self.path, self.last = client, path, last
        self.events, self.news = [], threading.Condition()
        self.start()

    def run(self):
        more = {"Last-Event-ID": str(self.last)} if self.last else {}
        for event in self.client.events(self.path, more):
            with self.news:
                self.events.append(event)
                self.news.notify_all()
        with self.news:
            self.events.append(None)
            self.news.notify_all()

    def until(self, wanted):
        with self.news:
            if not self.news.wait_for(lambda: wanted(self.events), WAIT_S):
                raise AssertionError(self.events)
        return self.events


def events_tell_each_state(world):
    batch = taken(world.clerk, csv(world.rows.rows(1)), headers=CSV)
    path = f"/batches/{batch['batch_id']}/events"
    stream = Stream(world.programs[0], path)
    first = stream.until(lambda events: events)[0]
    equal((first["id"], first["data"]), (str(batch["version"]), batch))
    imported(world.clerk, batch).wants(200)
    second = stream.until(lambda events: len(events) > 1)[1]
    equal((second["id"], second["data"]["state"]), (str(batch["version"] + 1), "done"))
    resumed = Stream(world.programs[1], path, batch["version"])
    equal(resumed.until(lambda events: events)[0]["id"], second["id"])
    world.clerk.delete(path[:-len("/events")], version=batch["version"] + 1).wants(204)
    stream.until(lambda events: events[-1] is None)


def a_client_that_leaves_its_stream_is_forgotten(world):
    """In the first second, when a stream is looked at every few milliseconds."""
    batch = taken(world.clerk, csv(world.rows.rows(1)), headers=CSV)
    path = f"/batches/{batch['batch_id']}/events"
    for _ in range(10):
        with contextlib.closing(world.with_token(world.tokens["0"])) as client:
            next(client.events(path))
        world.clerk.request("HEAD", path).wants(200)
    equal(world.clerk.get(path[:-len("/events")]).wants(200).json, batch)


def talked_into(world, token, path, over):
    """A stream whose client goes on sending; its first byte comes with the request."""
    client = world.with_token(token)
    client.open()
    fields = "".join(f"{name}: {value}\r\n" for name, value in
                     {"Host": f"{client.host}:{client.port}", **client.headers}.items())
    client.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, 1)
    client.socket.sendall(f"GET /api/v1{path} HTTP/1.1\r\n{fields}\r\n".encode())
    client.socket.sendall(b"x")
    client.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, 0)
    if b" 200 " not in client.socket.recv(65536):
        raise AssertionError("no stream")

    def talk():
        with contextlib.closing(client), contextlib.suppress(OSError):
            while not over.is_set():
                client.socket.sendall(b"x")
    thread = threading.Thread(target=talk)
    thread.start()
    return thread


def a_client_that_talks_into_its_stream_harms_nobody(world):
    """What it says comes while events are on their way to it, too."""
    for _ in range(6):
        batch = taken(world.clerk, csv(world.rows.rows(1)), headers=CSV)
        over = threading.Event()
        threads = [talked_into(world, world.tokens[str(n)],
                               f"/batches/{batch['batch_id']}/events", over) for n in range(8)]
        try:
            imported(world.clerk, batch).wants(200)
            time.sleep(0.2)  # while they are told
            settled(world.clerk, batch["batch_id"], "done")
        finally:
            over.set()
            for thread in threads:
                thread.join()


def make_tokens(server):
    home, *others = [one["institution"] for one in staffed_homes(server)]
    return {"importer": server.token(home, "read,import"), "filer": server.token(home, "read,file"),
            **{f"stranger {n}": server.token(other, "read,import")
               for n, other in enumerate(others[:STRANGERS])},
            **{str(n): server.token(home, "read,import,submit") for n in range(8)}}


def begin(world):
    world.rows = Rows(world)
    world.programs = [world.with_token(world.tokens[str(n)]) for n in range(8)]
    world.strangers = [world.with_token(token) for name, token in world.tokens.items()
                       if name.startswith("stranger")]
    equal(len(world.strangers), STRANGERS)


if __name__ == "__main__":
    run(begin, the_template_filled_becomes_a_case, a_rule_row_becomes_its_occurrences,
        csv_goes_the_same_way, every_fault_is_told_with_its_cell,
        a_column_is_named_wherever_it_stands, a_rule_s_columns_have_their_own_names,
        rows_that_clash_are_told_of_each_other, all_or_nothing_is_kept,
        what_has_come_up_since_is_shown, who_has_left_since_is_named,
        a_sheet_without_a_name_has_an_empty_one, an_import_happens_once,
        a_key_repeats_an_upload_and_an_import, the_same_file_is_not_imported_twice,
        the_report_mended_goes_through, a_file_that_is_none_is_refused_at_once,
        a_file_of_which_nothing_can_be_read_fails, the_list_has_the_newest_first_and_pages,
        a_deleted_batch_is_gone, nobody_else_sees_a_batch, a_person_files_for_himself_alone,
        another_house_s_staff_is_nobody_here, importing_is_one_right_and_submitting_another,
        many_at_once_are_all_read, fifty_files_of_a_house_stand_before_no_other_s_first,
        events_tell_each_state, a_client_that_leaves_its_stream_is_forgotten,
        a_client_that_talks_into_its_stream_harms_nobody,
        a_restart_loses_no_sheet,
        prepare=make_tokens)
