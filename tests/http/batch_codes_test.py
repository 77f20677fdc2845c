#!/usr/bin/env python3
# dev: part=http minutes=6 takes=58
"""Every code that an uploaded sheet can be answered with, each by a workbook that LibreOffice,
openpyxl or we have written (API 1.2, 5). The table is batch_codes.py; a code that API.md lists and
that has no case fails.

Shows F167 (300 rows an upload), F168 (.xlsx, and not .xls), P08 (every fault by its cell)."""
import os
import re
import shutil

# First: it looks for the Python that has openpyxl.
from batch_test import CSV, imported, settled, upload
import books
import faults_test
import registrants
from batch_codes import (COLUMNS, FILES, HELD_DAY, LABORATORY, NO_ROWS, OFFICE, OPENPYXL, OURS,
                         PLACE, ROWS, SOUND, letters)
from batch_flows import FLOWS
from faults_test import CLOSED_HOME, somebody
from world import World, continuous, equal, refused, report, staffed_home

SHARED = os.environ.get("BAOBEI_SHARED")
LOCKED = "xlsx/poi__extenxls_pwd123.xlsx"  # by Excel, with a password


def prepare(server):
    faults_test.prepare(server)
    registrants.take(server, places=[
        registrants.place(PLACE, "支援測試診所"),
        registrants.place(LABORATORY, "支援測試檢驗所", type="檢驗所")])
    home = staffed_home(server)
    return {"closed": server.token(CLOSED_HOME, "read,import"),
            "filer": server.token(home, "read,file"),
            "program": server.token(home, "read,import,submit")}


# ---- the files ----

def filled(world, text):
    """With the codes that only the world knows; of a value's own type where it has none."""
    is_plain = type(text) is str
    return text.format(home=world.code, far=world.other.code) if is_plain else text


def cells_of(world, case):
    rows = [{**SOUND[case.kind], **changed} for changed in case.rows]
    head, cells = COLUMNS[case.kind], [[filled(world, row.get(letter))
                                        for letter in letters(case.kind)] for row in rows]
    if not case.moved:
        return [head, *cells]
    # Below three empty rows, behind a column of somebody's own; names as people write them.
    return [[], [], [], ["序號", *(f"{name} *（必填）" for name in head)],
            *([at, *row] for at, row in enumerate(cells, 1))]


def named(cases):
    """{"required_2_by_openpyxl": case}"""
    names = {}
    for case in cases:
        at = sum(other.code == case.code for other in names.values()) + 1
        names[f"{case.code}_{at}_by_{case.writer}"] = case
    return names


def from_report(world, case):
    """Ours: the same sheet as CSV, and the workbook that the server makes of it, faults marked."""
    text = "\r\n".join(",".join(f'"{value or ""}"' for value in row)
                       for row in cells_of(world, case))
    client = uploader(world, case)
    answer = upload(client, text.encode(), case.kind, "a.csv", CSV).wants(202)
    batch = settled(client, answer.json["batch_id"], "ready")
    return client.get(f"/batches/{batch['batch_id']}/report.xlsx").wants(200).body


def office_files(world, rows, files):
    wanted = {name: (books.flat(cells_of(world, case)), "xlsx") for name, case in rows.items()
              if case.writer == OFFICE}
    wanted |= {name: (books.flat(case.source, case.stamp), case.ending)
               for name, case in files.items() if case.writer == OFFICE}
    return books.by_libreoffice(wanted) if shutil.which("soffice") else {}


def row_file(world, name, case):
    if case.writer == OPENPYXL:
        return books.by_openpyxl(cells_of(world, case))
    return from_report(world, case) if case.writer == OURS else world.office[name]


def whole_file(world, name, case):
    book = case.source
    if case.writer == OPENPYXL:
        book = books.by_openpyxl(book)
    elif case.writer == OFFICE:
        book = world.office[name]
    elif isinstance(book, str):
        book = world.clerk.get(f"/templates/{book}").wants(200).body
    return case.edit(book) if case.edit else book


# ---- the cases ----

def uploader(world, case):
    return world.closed if case.by == "closed" else world.clerk


def rows_are_told(world, name, case):
    client = uploader(world, case)
    answer = upload(client, row_file(world, name, case), case.kind, name + ".xlsx").wants(202)
    batch = settled(client, answer.json["batch_id"], "ready")
    if case.then == "submit":
        equal(batch["errors"], [])
        refused(imported(client, batch), 422, "batch_has_errors")
        batch = client.get(f"/batches/{batch['batch_id']}").wants(200).json
    wanted = []
    for cell, code, value in case.faults:
        column, row = re.fullmatch("([A-Z]+)([0-9]+)", cell).groups()
        wanted.append((int(row), column, cell, code, filled(world, value)))
    equal([(one["row"], one["column"], one["cell"], one["code"], one["value"])
           for one in batch["errors"]], wanted)
    faulty = len({row for row, *_ in wanted})
    equal((batch["rows"], batch["valid"], batch["invalid"], batch["errors_total"]),
          (len(case.rows), len(case.rows) - faulty, faulty, len(wanted)))
    if not all(one["message"] for one in batch["errors"]):
        raise AssertionError(batch["errors"])


def a_file_is_refused(world, name, case):
    answer = upload(world.clerk, whole_file(world, name, case), case.kind, name)
    if case.status != 202:
        refused(answer, case.status, case.code)
        return
    failed(world, answer, case.code, case.count)


def failed(world, answer, code, count=None):
    batch = settled(world.clerk, answer.wants(202).json["batch_id"], "failed")
    equal((batch["error"]["code"], batch["error"]["count"]), (code, count))
    equal((batch["rows"], batch["errors"], batch["errors_total"]), (None, [], 0))


def checked(world, cases, test):
    for name, case in cases.items():
        if case.writer == OFFICE and name not in world.office:
            report.skip(name, "no LibreOffice")
        else:
            report.check(name, lambda name=name, case=case: test(world, name, case))


def by_excel(world):
    with open(os.path.join(SHARED, LOCKED), "rb") as file:
        failed(world, upload(world.clerk, file.read()), "encrypted_xlsx")


def flows_answer(world):
    seen = []
    for status, code, ask in FLOWS:
        seen.append(code)
        report.check(f"{code}_{status}_{seen.count(code)}",
                     lambda status=status, code=code, ask=ask: refused(ask(world), status, code))


# ---- the table itself ----

def section(number):
    with open(os.path.join(SHARED, "API.md"), encoding="utf-8") as file:
        text = file.read()
    return re.search(rf"(?ms)^##+ {re.escape(number)}[. ].*?(?=^## |^### |\Z)", text).group()


def members(schema):
    """The names of all members in a published form."""
    if isinstance(schema, list):
        return set().union(*map(members, schema))
    if not isinstance(schema, dict):
        return set()
    return set(schema.get("properties", {})).union(*map(members, schema.values()))


def every_code_of_the_contract_has_a_case(world):
    """1.2 is a list of codes. In 5 they stand among members, which the published forms have."""
    document = world.contract.document
    listed = set(re.findall("`([a-z_]+)`", section("1.2"))) - {"with"}
    of_batches = set(re.findall("`([a-z]+_[a-z_]+)`", section("5")))
    of_batches -= members(document["components"]["schemas"])
    equal({"formula", "duplicate_row"} <= listed and
          {"already_imported", "macro_xlsx", "no_rows"} <= of_batches, True)  # found at all
    have = {case.code for case in (*ROWS, *FILES)} | {code for _, code, _ in FLOWS}
    equal(sorted((listed | of_batches) - have - set(NO_ROWS)), [])
    equal([code for code in NO_ROWS if code in have or code not in listed], [])
    equal([code for code, reason in NO_ROWS.items() if reason in document["paths"]], [])


def each_writer_has_its_third(_):
    writers = [case.writer for case in (*ROWS, *FILES)]
    for writer in (OFFICE, OPENPYXL, OURS):
        print(f"   {writer}: {writers.count(writer)} of {len(writers)}", flush=True)
    equal(min(writers.count(one) * 3 >= len(writers) for one in (OFFICE, OPENPYXL)), True)


def main():
    rows, files = named(ROWS), named(FILES)
    with World(prepare=prepare) as world:
        world.closed, world.filer, world.program = (
            world.with_token(world.tokens[name]) for name in ("closed", "filer", "program"))
        world.office = office_files(world, rows, files)
        world.file(of=somebody(world, "doctor"), purpose="01",
                   times=[continuous(f"{HELD_DAY}T08:00", f"{HELD_DAY}T12:00")])
        checked(world, rows, rows_are_told)
        checked(world, files, a_file_is_refused)
        if SHARED and os.path.exists(os.path.join(SHARED, LOCKED)):
            report.check("encrypted_xlsx_by_excel", lambda: by_excel(world))
        else:
            report.skip("encrypted_xlsx_by_excel", f"no {LOCKED}")
        flows_answer(world)
        report.check("each_writer_has_its_third", lambda: each_writer_has_its_third(world))
        if SHARED and os.path.exists(os.path.join(SHARED, "API.md")):
            report.check("every_code_of_the_contract_has_a_case",
                         lambda: every_code_of_the_contract_has_a_case(world))
        else:
            report.skip("every_code_of_the_contract_has_a_case", "no API.md")
        report.check("the_server_lives", lambda: world.server.running())
        world.server.stop()
        report.check("the_store_is_sound", lambda: world.server.verify() is not None)
    report.finish()


if __name__ == "__main__":
    main()
