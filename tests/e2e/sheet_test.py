#!/usr/bin/env python3
# dev: part=e2e build=debug loops=1 minutes=1
"""The workbooks that go out, read by openpyxl: both templates, and the annotated report of a sheet
with 40 faults, which is mended and mapped again (P08, P54).

src/sheet alone, through form_driver: no server.
"""
import datetime
import io
import math
import os
import re
import subprocess
import sys
import tempfile
import zipfile

try:
    import openpyxl
except ImportError:  # another Python stands before Debian's, whose package it is
    if os.path.realpath(sys.executable).startswith("/usr/bin/"):
        raise
    os.execv("/usr/bin/python3", ["/usr/bin/python3"] + sys.argv)

BUILD = os.environ.get("BAOBEI_BUILD", "build/debug")
DRIVER = os.path.join(BUILD, "form_driver")
FAULTY = "FFFFC7CE"
GENERAL = ["身分證字號", "姓名", "被支援機構代碼", "被支援機構名稱", "支援科別代碼", "支援目的代碼",
           "支援開始日期", "開始時間", "支援結束日期", "結束時間", "備註"]
RULE = GENERAL[:6] + ["期間起日", "期間迄日", "規則代碼", "間隔/週次/日", "星期", "開始時間",
                      "結束時間", "備註"]
GOOD = ["A100000001", "王小明", "0401180014", "", "", "10", "1151210", "0800", "1151210", "1200", ""]
failed = 0


def check(name, good, what=""):
    global failed
    failed += not good
    print(("ok " if good else "not ok ") + name + ("" if good else f" {what}"), flush=True)


def driver(folder, *arguments, table=""):
    done = subprocess.run([DRIVER, *arguments, *([folder] if folder else [])],
                          input=table.encode("utf-8", "surrogateescape"), stdout=subprocess.PIPE,
                          check=True)
    return done.stdout


def load(data):
    return openpyxl.load_workbook(io.BytesIO(data))


# ---- cells as the driver takes them --------------------------------------------------------------


def escaped(text):
    text = text.replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t")
    return "".join(c if c >= " " else f"\\x{ord(c):02x}" for c in text)


def cell_mark(cell):
    value = cell.value
    if value is None:
        return ""
    if cell.data_type == "f":
        return "=" + escaped(str(value))
    if isinstance(value, bool):
        return "?" + str(value).upper()
    if isinstance(value, datetime.time):
        return "@" + value.strftime("%H:%M:%S" if value.second else "%H:%M")
    if isinstance(value, datetime.datetime):
        dated = "yy" in cell.number_format and "h" not in cell.number_format
        return "@" + value.strftime("%Y-%m-%d" if dated else "%Y-%m-%d %H:%M")
    if isinstance(value, (int, float)):
        return "#" + repr(value)
    return "'" + escaped(value)


def decoded(mark):
    """Characters that XML can't hold, as Excel reads them; openpyxl leaves them as they are."""
    return re.sub("_x([0-9A-Fa-f]{4})_", lambda found: escaped(chr(int(found.group(1), 16))), mark)


def table_of(sheet):
    rows = [[cell_mark(cell) for cell in row] for row in sheet.iter_rows()]
    return "".join("\t".join(row) + "\n" for row in rows)


def table(rows):
    return "".join("\t".join(row) + "\n" for row in rows)


def formulas(book):
    return [cell.coordinate for sheet in book for row in sheet.iter_rows() for cell in row
            if cell.data_type == "f"]


def part(data, name):
    with zipfile.ZipFile(io.BytesIO(data)) as parts:
        return parts.read(name).decode("utf-8")


def stamp(data):
    """The custom property, which openpyxl 3.0 does not read."""
    found = re.search(r'name="baobei-template"><vt:lpwstr>([^<]*)<',
                      part(data, "docProps/custom.xml"))
    return found and found.group(1)


# ---- the templates -------------------------------------------------------------------------------


def list_values(book, formula):
    name, cells = formula.lstrip("=").rsplit("!", 1)
    return [row[0].value for row in book[name.strip("'")][cells.replace("$", "")]]


def template_check(folder, kind, names, required):
    data = driver(folder, "template", kind)
    again = driver(folder, "template", kind)
    book = load(data)
    sheet = book.worksheets[0]
    head = [cell.value for cell in sheet[1]]
    check(f"{kind}_same_bytes", data == again)
    made = part(data, "docProps/core.xml")
    check(f"{kind}_has_no_time_of_day", made.count("2026-01-01T00:00:00Z") == 2, made)
    check(f"{kind}_stamp", stamp(data) == f"{kind}-1", stamp(data))
    check(f"{kind}_header", [name.rstrip("*") for name in head] == names, head)
    check(f"{kind}_stars", [name for name in head if name.endswith("*")] ==
          [name + "*" for name in required], head)
    check(f"{kind}_header_is_frozen", sheet.freeze_panes == "A2", sheet.freeze_panes)
    check(f"{kind}_first_sheet_is_blank", sheet.max_row == 1, sheet.max_row)
    letters = [cell.column_letter for cell in sheet[1]]
    text = [sheet.column_dimensions[letter] for letter in letters]
    check(f"{kind}_columns_are_text", all(column.number_format == "@" for column in text))
    rules = {str(rule.sqref).split(":")[0].rstrip("0123456789"): rule
             for rule in sheet.data_validations.dataValidation}
    check(f"{kind}_every_column_has_a_note", sorted(rules) == sorted(letters) and all(
        rule.prompt and rule.promptTitle and rule.showInputMessage for rule in rules.values()))
    check(f"{kind}_300_rows", all(str(rule.sqref).endswith("301") for rule in rules.values()))
    lists = {head[letters.index(letter)].rstrip("*"): list_values(book, rule.formula1)
             for letter, rule in rules.items() if rule.type == "list"}
    wanted = ["身分證字號", "支援科別代碼", "支援目的代碼"] + ["規則代碼"] * (kind == "rule")
    check(f"{kind}_lists", sorted(lists) == sorted(wanted), sorted(lists))
    raw = part(data, "xl/worksheets/sheet1.xml")  # openpyxl takes a missing attribute for true
    check(f"{kind}_typed_codes_pass", "dataValidation" in raw and "showErrorMessage" not in raw)
    check(f"{kind}_staff", lists["身分證字號"] == ["A100000001 王小明", "A800000005 =陳若伊"],
          lists["身分證字號"])
    check(f"{kind}_purposes", "05 麻醉" in lists["支援目的代碼"] and
          len(lists["支援目的代碼"]) == 31, lists["支援目的代碼"])
    check(f"{kind}_departments", lists["支援科別代碼"][0] == "00 不分科" and
          len(lists["支援科別代碼"]) == 41, lists["支援科別代碼"])
    check(f"{kind}_no_formula", formulas(book) == [], formulas(book))
    check(f"{kind}_sheets", book.sheetnames[1:] == ["填寫說明", "範例", "代碼表", "本機構人員"],
          book.sheetnames)
    return book, sheet, lists


def filled_check(kind, book, sheet, lists):
    """Every value that a drop-down offers is read; the examples are what the map reads."""
    column = {cell.value.rstrip("*"): cell.column for cell in sheet[1]}
    good = dict(zip(GENERAL, GOOD), 期間起日="1151207", 期間迄日="1151231", 規則代碼="5")
    good["間隔/週次/日"] = "2"
    row = 2
    for name in ("支援科別代碼", "支援目的代碼"):
        for value in lists[name]:
            for field in column:
                sheet.cell(row, column[field]).value = good.get(field) or None
            sheet.cell(row, column[name]).value = value
            sheet.cell(row, column["備註"]).value = "說明"
            row += 1
    sheet.cell(2, column["身分證字號"]).value = lists["身分證字號"][0]
    answer = driver(None, "map", kind, table=table_of(sheet)).decode()
    codes = {line.split()[3] for line in answer.splitlines()[1:]}
    check(f"{kind}_offered_values_are_read", f"fine rows {row - 2} " in answer and
          codes <= {"purpose_not_allowed"}, answer)
    answer = driver(None, "map", kind, table=table_of(book["範例"])).decode()
    codes = {line.split()[3] for line in answer.splitlines()[1:]}
    usual = {"not_your_staff", "in_the_past", "name_mismatch", "purpose_not_allowed"}
    check(f"{kind}_examples_are_read", answer.startswith("fine rows 3 ") and codes <= usual, answer)


# ---- the report ----------------------------------------------------------------------------------

# Column, what is wrong there, the code.
FAULTS = [
    ("A", "'A100000O01", "bad_id_no"), ("A", "'A100000002", "bad_id_no"),
    ("A", "'A970000008", "not_your_staff"), ("A", "", "required"),
    ("A", "=A100000001", "formula"), ("A", "~12345678901234567890", "bad_type"),
    ("B", "'王曉明", "name_mismatch"), ("B", "%#N/A", "bad_type"),
    ("C", "'0401180015", "unknown_institution"), ("C", "#4711", "unknown_institution"),
    ("C", "'350102A009", "same_institution"), ("C", "'5931069274", "institution_not_open"),
    ("C", "?TRUE", "bad_type"), ("C", "", "required"),
    ("D", "'別的醫院", "name_mismatch"), ("E", "'ZZ", "unknown_department"),
    ("E", "'05 骨科", "unknown_department"), ("F", "#98", "unknown_purpose"),
    ("F", "'麻醉", "unknown_purpose"), ("F", "'51", "purpose_not_allowed"), ("F", "", "required"),
    ("G", "'1150230", "bad_date"), ("G", "#46366", "bad_date"), ("G", "'明天", "bad_date"),
    ("G", "@2026-12-10 08:00", "bad_date"), ("G", "'1151130", "in_the_past"),
    ("G", "'=1151210", "bad_date"), ("G", "@08:00", "bad_date"),
    ("H", "'2500", "bad_time"), ("H", "'2400", "bad_time"), ("H", "#8", "bad_time"),
    ("H", "@08:00:30", "bad_time"), ("I", "'1151209", "end_before_start"),
    ("J", "'0800", "end_before_start"), ("J", "?FALSE", "bad_type"),
    ("J", "", "required"),
    ("K", "'壞\\x01字", "bad_text"), ("K", "'" + "字" * 501, "too_long"),
    ("K", "'x\u202ey", "bad_text"),
]
# Harmless texts that a spreadsheet might take for something else; in the remark.
TEXTS = ["'=1+1", "'+886", "'-1", "'@SUM(A1)", "'＝1", "'\\tx", "'_x0041_", "''x", "'00123",
         "'1151210", "'&lt;b&gt; & <c>", "'𠮷野", "'a\\nb"]


def report_table():
    rows = [GENERAL[:3] + ["自編號"] + GENERAL[3:]]  # a column of their own in between
    for number, fault in enumerate(FAULTS):
        row = list(GOOD)
        row[ord(fault[0]) - ord("A")] = fault[1]
        rows.append(row[:3] + [f"#{number}"] + row[3:])
    rows.append([""])  # a blank row stays where it was
    for text in TEXTS:
        rows.append(GOOD[:3] + ["@2026-12-10"] + GOOD[3:10] + [text])
    while len(rows) <= 300:
        rows.append(GOOD[:3] + ["@08:00"] + GOOD[3:5] + ["#10", "@2026-12-10", "@08:00",
                                                        "#1151210", "#1200", ""])
    return rows


def moved(letter):
    """The sheet's column: their own stands behind the third."""
    return letter if letter < "D" else chr(ord(letter) + 1)


def kept_check(rows, sheet):
    """Every cell of the upload, of the kind it came in."""
    wrong = []
    for number, row in enumerate(rows, 1):
        for column, mark in enumerate(row, 1):
            cell = sheet.cell(number, column)
            got = cell_mark(cell)
            want = mark if mark[:1] in tuple("'#@?=~%") and mark else ("'" + mark if mark else "")
            if want[:1] in "=%" and want:  # a formula's value, an error's text: as text
                want = "'" + want[1:]
            if want[:1] == "~":
                want = "#" + repr(float(want[1:]))
            same = want in (got, decoded(got)) or got[:1] == want[:1] == "#" and math.isclose(
                float(got[1:]), float(want[1:]), rel_tol=1e-15)
            if not same:
                wrong.append((cell.coordinate, got, want))
    return wrong


def report_check(folder):
    rows = report_table()
    answer = driver(None, "map", "general", table=table(rows)).decode("utf-8", "replace")
    faults = [line.split(" ", 4) for line in answer.split("\n") if line.count(" ") >= 4
              and line.split(" ", 1)[0].isdigit()]
    wanted = [(str(2 + at), moved(fault[0]), fault[2]) for at, fault in enumerate(FAULTS)
              if fault[2]]
    got = [(fault[0], fault[1], fault[3]) for fault in faults]
    check("faults_as_expected", got == wanted, set(got) ^ set(wanted))
    check("twenty_kinds_of_faults", len({(at[0], at[2]) for at in FAULTS if at[2]}) >= 20)
    data = driver(folder, "report", "general", table=table(rows))
    check("report_same_bytes", data == driver(folder, "report", "general", table=table(rows)))
    check("report_stamp", stamp(data) == "general-1", stamp(data))
    book = load(data)
    sheet = book.worksheets[0]
    check("report_no_formula", formulas(book) == [], formulas(book))
    head = rows[0] + ["錯誤說明"]
    check("report_header", [cell.value for cell in sheet[1]] == head,
          [cell.value for cell in sheet[1]])
    raw = part(data, "xl/sharedStrings.xml")  # Excel would read A where openpyxl does not
    check("report_masks_what_looks_escaped", ">_x005F_x0041_<" in raw)
    wrong = kept_check(rows, sheet)
    check("report_keeps_every_cell", not wrong, wrong)
    coloured = {cell.coordinate for row in sheet.iter_rows(min_row=2) for cell in row
                if cell.fill.fgColor.rgb == FAULTY and cell.fill.fill_type == "solid"}
    commented = {cell.coordinate for row in sheet.iter_rows(min_row=2) for cell in row
                 if cell.comment is not None}
    cells = {fault[2] for fault in faults}
    check("report_colours_faulty_cells", coloured == cells, coloured ^ cells)
    check("report_comments_faulty_cells", commented == cells, commented ^ cells)
    check("report_comment_says_how", "相近的有 0401180014 國立臺灣澄河大學" in
          sheet["C10"].comment.text, sheet["C10"].comment.text)
    says = {number: sheet.cell(number, len(head)).value for number in range(2, sheet.max_row + 1)}
    rows_said = {str(number) for number, text in says.items() if text}
    check("report_error_column", rows_said == {fault[0] for fault in faults} and
          says[10].startswith("C10 查無此機構代碼"), says[10])
    check("report_text_cells_stay_text", sheet["A2"].number_format == "@" and
          sheet.column_dimensions["A"].number_format == "@")
    again_check(folder, book, sheet, rows, faults)


def again_check(folder, book, sheet, rows, faults):
    unmended = driver(folder, "report", "general", table=table_of(sheet))
    width = [cell.value for cell in load(unmended).worksheets[0][1]].count("錯誤說明")
    check("report_of_a_report_has_one_error_column", width == 1, width)
    for fault in faults:
        field = ord(fault[1]) - ord("A")
        sheet[fault[2]].value = (GOOD[:3] + [None] + GOOD[3:])[field] or None
    saved = io.BytesIO()
    book.save(saved)
    mended = load(saved.getvalue()).worksheets[0]
    answer = driver(None, "map", "general", table=table_of(mended)).decode()
    count = len(rows) - 2
    check("mended_report_has_no_fault",
          answer.startswith(f"fine rows {count} valid {count} faults 0\n"), answer)
    check("mended_report_keeps_the_error_column",
          "錯誤說明" in [cell.value for cell in mended[1]])


def main():
    with tempfile.TemporaryDirectory() as folder:
        for kind, names, free in (("general", GENERAL, {1, 3, 4, 10}),
                                  ("rule", RULE, {1, 3, 4, 9, 10, 13})):
            required = [name for at, name in enumerate(names) if at not in free]
            book, sheet, lists = template_check(folder, kind, names, required)
            filled_check(kind, book, sheet, lists)
        report_check(folder)
        check("nothing_left_in_the_folder", os.listdir(folder) == [], os.listdir(folder))
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
