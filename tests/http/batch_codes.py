"""The table of batch_codes_test.py: for each code that an uploaded sheet may be answered with
(API 1.2 and 5), who writes the workbook, what stands in it, and which faults are told.

A row of the sheet is a sound one with some cells changed ({"G": "1150230"}; None: empty). Faults
are (cell, code, value as read). `{home}` and `{far}` stand for codes that only the world knows: the
uploading house and one in another county."""
import collections
import datetime
import os

from batch_test import roc
from books import (Error, Formula, cut, locked_entries, locked_office_file, with_doctype,
                   with_part)
from faults_test import CLOSED_PLACE, PEOPLE, SUSPENDED_PLACE
from registrants import id_no
from world import today

OFFICE, OPENPYXL, OURS = "libreoffice", "openpyxl", "ours"
GENERAL, RULE = "general", "rule"
PLACE, LABORATORY = "3501990057", "3501990066"  # made for this test (batch_codes_test.py)
COLUMNS = {
    GENERAL: "身分證字號 姓名 被支援機構代碼 被支援機構名稱 支援科別代碼 支援目的代碼 支援開始日期 開始時間 "
             "支援結束日期 結束時間 備註".split(),
    RULE: "身分證字號 姓名 被支援機構代碼 被支援機構名稱 支援科別代碼 支援目的代碼 期間起日 期間迄日 規則代碼 "
          "間隔/週次/日 星期 開始時間 結束時間 備註".split()}
HELD = 45  # days from today on which the doctor has a line already, from 0800 to 1200


def who(name):
    return id_no(1000 + PEOPLE.index(name))


def date(days):
    return today() + datetime.timedelta(days=days)


# Once: a run may go over midnight, and the filing must lie on the day that the rows name.
HELD_DAY = date(HELD)
DAY, NEXT, FROM, TO = roc(50), roc(51), roc(60), roc(90)
# A sound row.
SOUND = {GENERAL: {"A": who("doctor"), "C": PLACE, "E": "02", "F": "01", "G": DAY, "H": "0800",
                   "I": DAY, "J": "1200", "K": "整批"},
         RULE: {"A": who("doctor"), "C": PLACE, "E": "02", "F": "01", "G": FROM, "H": TO, "I": "1",
                "K": "1,3", "L": "0800", "M": "1200"}}

# `by`: whose sheet it is ("closed": a house that is closed); `then`: what is asked of it when it
# has been read, to be told the faults; `moved`: the table stands elsewhere in the sheet.
Rows = collections.namedtuple("Rows", "writer kind code rows faults by then moved",
                              defaults=("clerk", None, False))


def one(writer, kind, changed, *faults, code=None, **more):
    """A sheet of one row; its code is that of the first fault."""
    return Rows(writer, kind, code or faults[0][1], [changed], list(faults), **more)


LONG, NOTE = "字" * 501, "字" * 201
QUOTED = "字" * 133  # of a long value 400 bytes are quoted

ROWS = [
    # ---- form ----
    one(OFFICE, GENERAL, dict.fromkeys("ABCDEFGHIJ"),
        *((f"{column}2", "required", "") for column in "ACFGHIJ")),
    one(OPENPYXL, RULE, {**dict.fromkeys("ABCDEFGHIJKLM"), "N": "只有備註"},
        *((f"{column}2", "required", "") for column in "ACFGHILM")),
    one(OPENPYXL, RULE, {"I": "2", "K": None}, ("J2", "required", ""), ("K2", "required", "")),
    one(OFFICE, GENERAL, {"F": "99", "K": None}, ("K2", "required", "")),
    one(OFFICE, GENERAL, {"C": date(40), "F": True}, ("C2", "bad_type", str(date(40))),
        ("F2", "bad_type", "TRUE")),
    one(OPENPYXL, GENERAL, {"A": Error("#N/A"), "C": 1234567890123456},
        ("A2", "bad_type", "#N/A"), ("C2", "bad_type", "1234567890123456")),
    one(OPENPYXL, RULE, {"K": date(40), "M": False}, ("K2", "bad_type", str(date(40))),
        ("M2", "bad_type", "FALSE")),
    one(OFFICE, GENERAL, {"K": LONG}, ("K2", "too_long", QUOTED)),
    one(OPENPYXL, RULE, {"F": "23", "N": NOTE}, ("N2", "too_long", QUOTED)),
    one(OFFICE, RULE, {"B": "doc\u200btor"}, ("B2", "bad_text", "doc\u200btor")),
    one(OPENPYXL, GENERAL, {"K": "備\u202e註"}, ("K2", "bad_text", "備\u202e註")),
    one(OFFICE, GENERAL, {"G": "1160230", "I": datetime.datetime.combine(date(50),
                                                                         datetime.time(8, 30))},
        ("G2", "bad_date", "1160230"), ("I2", "bad_date", f"{date(50)} 08:30:00")),
    one(OPENPYXL, RULE, {"G": 1161301, "H": "明天"}, ("G2", "bad_date", "1161301"),
        ("H2", "bad_date", "明天")),
    one(OPENPYXL, GENERAL, {"H": "2400", "J": 2561}, ("H2", "bad_time", "2400"),
        ("J2", "bad_time", "2561")),
    one(OFFICE, RULE, {"L": datetime.time(8, 30, 15), "M": "下午"}, ("L2", "bad_time", "08:30:15"),
        ("M2", "bad_time", "下午")),
    one(OFFICE, GENERAL, {"J": "0800"}, ("J2", "end_before_start", "0800")),
    one(OPENPYXL, GENERAL, {"I": roc(49)}, ("I2", "end_before_start", roc(49))),
    one(OURS, RULE, {"H": roc(59)}, ("H2", "end_before_start", roc(59))),
    one(OFFICE, RULE, {"I": "6"}, ("I2", "bad_rule", "6")),
    one(OPENPYXL, RULE, {"I": 4, "J": 1}, ("J2", "bad_rule", "1"), ("K2", "bad_rule", "1,3")),
    one(OFFICE, RULE, {"I": "3", "J": 32, "K": "3"}, ("J2", "bad_rule", "32"),
        ("K2", "bad_rule", "3")),
    one(OURS, RULE, {"H": FROM, "I": "2", "J": "5", "K": str(date(61).isoweekday())},
        ("I2", "bad_rule", "2")),
    one(OFFICE, RULE, {"H": roc(1060), "I": "5", "J": "1", "K": None},
        ("G2", "too_many_occurrences", FROM)),
    one(OPENPYXL, RULE, {"G": date(60), "H": date(1060), "I": 5, "J": 1, "K": None},
        ("G2", "too_many_occurrences", str(date(60)))),
    one(OFFICE, GENERAL, {"A": "A123456780"}, ("A2", "bad_id_no", "A123456780")),
    one(OPENPYXL, RULE, {"A": 123456789}, ("A2", "bad_id_no", "123456789")),
    one(OURS, GENERAL, {"A": "A12345678O"}, ("A2", "bad_id_no", "A12345678O")),
    one(OFFICE, GENERAL, {"F": Formula("=1+0"), "K": Formula("=1/0")}, ("F2", "formula", "1"),
        ("K2", "formula", "#DIV/0!")),
    one(OPENPYXL, RULE, {"A": Formula('="A123"&"456789"')}, ("A2", "formula", "")),
    # ---- who ----
    one(OFFICE, GENERAL, {"A": id_no(2000)}, ("A2", "not_your_staff", id_no(2000))),
    one(OPENPYXL, RULE, {"A": id_no(9999999)}, ("A2", "not_your_staff", id_no(9999999))),
    one(OPENPYXL, GENERAL, {"B": "王不對", "D": "不對診所"}, ("B2", "name_mismatch", "王不對"),
        ("D2", "name_mismatch", "不對診所")),
    one(OFFICE, RULE, {"A": who("doctor") + " 王不對"},
        ("A2", "name_mismatch", who("doctor") + " 王不對")),
    one(OURS, GENERAL, {"B": "nurse"}, ("B2", "name_mismatch", "nurse")),
    one(OFFICE, GENERAL, {"A": who("suspended")},
        ("A2", "person_not_practising", who("suspended"))),
    one(OPENPYXL, RULE, {"A": who("suspended")},
        ("A2", "person_not_practising", who("suspended"))),
    one(OFFICE, GENERAL, {"A": id_no(2000)}, ("A2", "home_not_open", id_no(2000)), by="closed"),
    one(OPENPYXL, RULE, {"A": id_no(2000)}, ("A2", "home_not_open", id_no(2000)), by="closed"),
    one(OFFICE, GENERAL, {"A": who("technician")},
        ("A2", "profession_may_not_file", who("technician"))),
    one(OPENPYXL, RULE, {"A": who("technician")},
        ("A2", "profession_may_not_file", who("technician"))),
    one(OPENPYXL, GENERAL, {"A": who("second")}, ("A2", "not_main_licence", who("second"))),
    one(OURS, RULE, {"A": who("second")}, ("A2", "not_main_licence", who("second"))),
    one(OFFICE, GENERAL, {"A": who("expired")}, ("A2", "licence_expired", who("expired"))),
    one(OPENPYXL, RULE, {"A": who("expired")}, ("A2", "licence_expired", who("expired"))),
    one(OPENPYXL, GENERAL, {"A": who("ending"), "G": date(60), "I": roc(61)},
        ("G2", "after_licence_end", str(date(60)))),
    one(OFFICE, RULE, {"A": who("ending")}, ("G2", "after_licence_end", FROM)),
    # ---- where ----
    one(OFFICE, GENERAL, {"C": "3501990000"}, ("C2", "unknown_institution", "3501990000")),
    one(OPENPYXL, RULE, {"C": 12345}, ("C2", "unknown_institution", "12345")),
    one(OURS, GENERAL, {"C": "某某診所"}, ("C2", "unknown_institution", "某某診所")),
    one(OPENPYXL, GENERAL, {"C": SUSPENDED_PLACE},
        ("C2", "institution_not_open", SUSPENDED_PLACE)),
    one(OFFICE, RULE, {"C": CLOSED_PLACE}, ("C2", "institution_not_open", CLOSED_PLACE)),
    one(OFFICE, GENERAL, {"C": "{home}"}, ("C2", "same_institution", "{home}")),
    one(OPENPYXL, RULE, {"C": "{home}"}, ("C2", "same_institution", "{home}")),
    one(OPENPYXL, GENERAL, {"E": "ZZ"}, ("E2", "unknown_department", "ZZ")),
    one(OFFICE, RULE, {"E": "02 不對科"}, ("E2", "unknown_department", "02 不對科")),
    # ---- what for ----
    one(OFFICE, GENERAL, {"F": 98}, ("F2", "unknown_purpose", "98")),
    one(OPENPYXL, RULE, {"F": "05 手術"}, ("F2", "unknown_purpose", "05 手術")),
    one(OPENPYXL, GENERAL, {"F": "51"}, ("F2", "purpose_not_allowed", "51")),
    one(OFFICE, RULE, {"A": who("pharmacist"), "F": 1}, ("F2", "purpose_not_allowed", "1")),
    one(OFFICE, GENERAL, {"A": who("nurse"), "C": "{far}", "E": None, "F": "13"},
        ("F2", "attachment_required", "13"), then="submit"),
    one(OPENPYXL, RULE, {"A": who("nurse"), "C": "{far}", "E": None, "F": 13},
        ("F2", "attachment_required", "13"), then="submit"),
    # ---- when ----
    one(OFFICE, GENERAL, {"G": roc(-1)}, ("G2", "in_the_past", roc(-1))),
    one(OPENPYXL, RULE, {"G": date(-20)}, ("G2", "in_the_past", str(date(-20)))),
    one(OPENPYXL, GENERAL, {"G": roc(HELD), "H": "1159", "I": roc(HELD)},
        ("G2", "overlaps_case", roc(HELD))),
    one(OFFICE, RULE, {"G": date(HELD - 1), "I": 5, "J": 1, "K": None},
        ("G2", "overlaps_case", str(date(HELD - 1)))),
    Rows(OFFICE, GENERAL, "overlaps_row",
         [{}, {"A": who("dentist")}, {"H": "1159", "J": "1300"}], [("G4", "overlaps_row", DAY)]),
    Rows(OPENPYXL, RULE, "overlaps_row",
         [{}, {"I": "5", "J": "7", "K": None, "L": "1300", "M": "1400"},
          {"K": "2", "L": "2300", "M": "0900"}], [("G4", "overlaps_row", FROM)]),
    Rows(OPENPYXL, GENERAL, "duplicate_row", [{}, {"G": NEXT, "I": NEXT}, {}, {}],
         [("G4", "duplicate_row", DAY), ("G5", "duplicate_row", DAY)]),
    Rows(OFFICE, RULE, "duplicate_row", [{}, {"K": "3;1", "L": 800, "M": datetime.time(12)}],
         [("G3", "duplicate_row", FROM)]),
    # ---- several, and none ----
    Rows(OFFICE, GENERAL, "several", [{"A": "A123456780", "F": "98", "G": "1160230"}, {},
                                      {"C": SUSPENDED_PLACE, "E": "ZZ", "J": "2561"}],
         [("A2", "bad_id_no", "A123456780"), ("F2", "unknown_purpose", "98"),
          ("G2", "bad_date", "1160230"), ("C4", "institution_not_open", SUSPENDED_PLACE),
          ("E4", "unknown_department", "ZZ"), ("J4", "bad_time", "2561")]),
    Rows(OFFICE, RULE, "several", [{}, {"F": "98", "M": "下午"}],
         [("G6", "unknown_purpose", "98"), ("N6", "bad_time", "下午")], moved=True),
    Rows(OPENPYXL, GENERAL, "several", [{"A": "A123456780"}, {"G": 1160230, "K": "\u202e"}],
         [("B5", "bad_id_no", "A123456780"), ("H6", "bad_date", "1160230"),
          ("L6", "bad_text", "\u202e")], moved=True),
    one(OPENPYXL, GENERAL, {"A": who("nurse"), "C": LABORATORY, "E": None, "F": "10"},
        code="place_not_lawful"),
    one(OFFICE, GENERAL, {"G": roc(1), "I": roc(1)}, code="short_lead"),
    one(OPENPYXL, RULE, {"H": roc(800), "I": 4, "J": 2, "K": 7}, code="long_period"),
]
# Why no row stands for a code. A path: the reason holds while the server has no such path.
NO_ROWS = {
    "immutable_field": "an import makes new lines only; nothing of them is there to be kept",
    "overlaps_self": "a row has one time, and one occurrence of a time ends before the next begins",
    "quota_exceeded": "/api/v1/quotas",
    "quota_near": "/api/v1/quotas",
    "hours_high": "a warning: faults only are listed; nobody counts hours before review",
}


def grid(kind, rows, changed=None):
    """Header and this many sound rows, some columns of which hold something else."""
    cells = {**SOUND[kind], **(changed or {})}
    return [COLUMNS[kind]] + [[cells.get(letter) for letter in letters(kind)] for _ in range(rows)]


def letters(kind):
    return [chr(ord("A") + at) for at in range(len(COLUMNS[kind]))]


def without(kind, name):
    return [[value for value, column in zip(row, COLUMNS[kind]) if column != name]
            for row in grid(kind, 1)]


def bomb(kind):
    """Texts that pack to next to nothing."""
    return grid(kind, 1) + [[None] * 20 + ["字" * 32000 + str(at)] for at in range(40)]


# `source`: a grid, or for ours the name of a template or bytes; `edit`: what is done to the file
# then. A status other than 202 is the answer to the upload itself.
File = collections.namedtuple("File", "writer kind code source edit ending stamp status count",
                              defaults=(None, "xlsx", None, 202, None))
FILES = [
    File(OPENPYXL, GENERAL, "too_many_rows", grid(GENERAL, 450), count=450),
    File(OFFICE, RULE, "too_many_rows", grid(RULE, 301), count=301),
    File(OPENPYXL, GENERAL, "wrong_template", without(GENERAL, "姓名")),
    File(OPENPYXL, RULE, "wrong_template", grid(GENERAL, 1)),
    File(OFFICE, GENERAL, "wrong_template", []),
    File(OFFICE, GENERAL, "wrong_template", grid(GENERAL, 1), stamp="general-0"),
    File(OURS, GENERAL, "wrong_template", "rule.xlsx"),
    File(OPENPYXL, GENERAL, "broken_xlsx", grid(GENERAL, 1), cut),
    File(OPENPYXL, RULE, "broken_xlsx", grid(RULE, 1), with_doctype),
    File(OFFICE, GENERAL, "broken_xlsx", grid(GENERAL, 1), ending="ods"),
    File(OFFICE, RULE, "encrypted_xlsx", grid(RULE, 1), locked_entries),
    File(OURS, GENERAL, "encrypted_xlsx", locked_office_file()),
    File(OFFICE, GENERAL, "macro_xlsx", grid(GENERAL, 1), ending="xlsm"),
    File(OPENPYXL, RULE, "macro_xlsx", grid(RULE, 1),
         lambda book: with_part(book, "xl/vbaProject.bin", b"macro")),
    File(OPENPYXL, GENERAL, "xlsx_too_large", bomb(GENERAL)),
    File(OFFICE, RULE, "xlsx_too_large", bomb(RULE)),
    File(OPENPYXL, RULE, "no_rows", grid(RULE, 3, dict.fromkeys(letters(RULE), " "))),
    File(OFFICE, GENERAL, "no_rows", grid(GENERAL, 0)),
    File(OURS, GENERAL, "no_rows", "general.xlsx"),
    File(OFFICE, GENERAL, "not_xlsx", grid(GENERAL, 1), ending="xls", status=415),
    File(OURS, GENERAL, "not_xlsx", ",".join(COLUMNS[GENERAL]).encode("big5"), status=415),
    File(OPENPYXL, GENERAL, "too_large", grid(GENERAL, 1),
         lambda book: with_part(book, "xl/media/image1.png", os.urandom(2 << 20)), status=413),
]
