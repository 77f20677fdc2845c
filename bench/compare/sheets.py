#!/usr/bin/env python3
"""Workbooks of 300 rows for institutions of `baobei-bench prepare`, and the list of them that
`baobei-bench import_rows` and `peak_batch` take (a line each: TOKEN KIND PATH).

    bench/compare/sheets.py --url http://127.0.0.1:8080 --filers FILE --output DIR [--files 240]

The server must run: who works for an institution and with which ID number, it tells by /staff and
the template. Half of the files are of the general kind, half of the rule kind; half by openpyxl
with date cells, half in the plain form of report generators. Each goes up once a store."""
import argparse
import collections
import datetime
import http.client
import io
import json
import os
import sys
import zipfile
from xml.sax.saxutils import escape

try:
    import openpyxl
except ImportError:  # Debian's python3 has it
    if os.path.realpath(sys.executable) == os.path.realpath("/usr/bin/python3"):
        raise
    os.execv("/usr/bin/python3", ["/usr/bin/python3", *sys.argv])

ROWS, FIRST_DAY, PEOPLE_MIN = 300, 20, 5
HOURS, FIRST_HOUR = 16, 6  # of a day
RULE_DAYS = 35  # holds each n-th weekday and each day of a month at least once
HEADERS = {
    "general": "身分證字號 姓名 被支援機構代碼 被支援機構名稱 支援科別代碼 支援目的代碼 支援開始日期 開始時間 "
               "支援結束日期 結束時間 備註".split(),
    "rule": "身分證字號 姓名 被支援機構代碼 被支援機構名稱 支援科別代碼 支援目的代碼 期間起日 期間迄日 規則代碼 "
            "間隔/週次/日 星期 開始時間 結束時間 備註".split()}
# Rules (code, n, weekdays) that never meet in the same hour, whatever the month.
RULES = ((("1", "", "1,3,5"), ("1", "", "2,4")),
         tuple(("4", "2", str(day)) for day in range(1, 6)),
         tuple(("2", "2", str(day)) for day in range(1, 6)),
         tuple(("3", str(day), "") for day in (5, 12, 19)))
RULE_SLOTS = [(hour, rule) for hour in range(HOURS) for rule in RULES[hour % len(RULES)]]

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
DOCUMENT = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml"
PARTS = {
    "[Content_Types].xml":
        f'<Types xmlns="{PACKAGE}/content-types"><Default Extension="rels" ContentType='
        '"application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{KIND}.sheet.main+xml"/>'
        '<Override PartName="/xl/worksheets/sheet1.xml" '
        f'ContentType="{KIND}.worksheet+xml"/></Types>',
    "_rels/.rels":
        f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="rId1" '
        f'Type="{DOCUMENT}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml":
        f'<workbook xmlns="{MAIN}" xmlns:r="{DOCUMENT}"><sheets>'
        '<sheet name="S" sheetId="1" r:id="rId1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels":
        f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="rId1" '
        f'Type="{DOCUMENT}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>'}


# ---- writers ----

def roc(value):
    """A date as the forms have it, in the Republic's years; text stays."""
    if isinstance(value, datetime.date):
        return f"{value.year - 1911:03}{value.month:02}{value.day:02}"
    return value


def by_report_generator(grid):
    lines = []
    for number, row in enumerate(grid, 1):
        cells = "".join(f'<c r="{chr(65 + at)}{number}" t="inlineStr"><is><t>{escape(roc(value))}'
                        "</t></is></c>" for at, value in enumerate(row) if value)
        lines.append(f'<row r="{number}">{cells}</row>')
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as book:
        for name, text in PARTS.items():
            book.writestr(name, '<?xml version="1.0" encoding="UTF-8"?>' + text)
        book.writestr("xl/worksheets/sheet1.xml",
                      f'<?xml version="1.0" encoding="UTF-8"?><worksheet xmlns="{MAIN}">'
                      f'<sheetData>{"".join(lines)}</sheetData></worksheet>')
    return out.getvalue()


def by_openpyxl(grid):
    book = openpyxl.Workbook()
    for row in grid:
        book.active.append([value or None for value in row])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


WRITERS = (by_report_generator, by_openpyxl)


# ---- rows ----

class Home:
    """An institution of `baobei-bench prepare`: its token, its people that may file."""

    def __init__(self, words, client):
        self.token, self.target = words[2], words[3]
        self.used = dict.fromkeys(HEADERS, 0)  # slots of each person
        may = dict(word.split("/") for word in words[4:])
        staff = json.loads(client(self.token, "/staff?limit=200"))["items"]
        named = collections.Counter(one["name"] for one in staff)
        numbers = self.numbers(client)
        self.people = [(numbers[one["name"]], one["name"], may[one["person_id"]])
                       for one in staff if one["person_id"] in may and named[one["name"]] == 1 and
                       one["name"] in numbers]

    def numbers(self, client):
        """{name: ID number}: the template alone tells them."""
        book = client(self.token, "/templates/general.xlsx")
        sheet = openpyxl.load_workbook(io.BytesIO(book), read_only=True).worksheets[-1]
        return {row[2]: row[1] for row in sheet.iter_rows(min_row=2, values_only=True)}

    def rows(self, kind, faulty):
        """300 rows, none at a time that was used before; a share of them with a fault."""
        rows = []
        for at in range(ROWS):
            number, name, purpose = self.people[at % len(self.people)]
            slot = self.used[kind] + at // len(self.people)
            who = [number, name, self.target, "", "02", purpose]
            row = who + (general_time(slot) if kind == "general" else rule_time(slot)) + ["整批"]
            rows.append(spoil(row, at) if at % 100 < faulty else row)
        self.used[kind] += -(-ROWS // len(self.people))
        return rows


def day_of(days):
    return datetime.date.today() + datetime.timedelta(days=FIRST_DAY + days)


def general_time(slot):
    """The first half of an hour of a day."""
    day, hour = day_of(slot // HOURS), FIRST_HOUR + slot % HOURS
    return [day, f"{hour:02}00", day, f"{hour:02}30"]


def rule_time(slot):
    """The second half of an hour, again and again in five weeks."""
    begin = slot // len(RULE_SLOTS) * RULE_DAYS
    hour, (code, nth, weekdays) = RULE_SLOTS[slot % len(RULE_SLOTS)]
    return [day_of(begin), day_of(begin + RULE_DAYS - 1), code, nth, weekdays,
            f"{FIRST_HOUR + hour:02}35", f"{FIRST_HOUR + hour:02}55"]


def spoil(row, at):
    """Another's name, a place that there is not, a day that there is not."""
    column, value = ((1, "不是他"), (2, "0000000000"), (6, "1159999"))[at % 3]
    return row[:column] + [value] + row[column + 1:]


# ---- files ----

def homes_of(filers, client, count):
    """The first `count` institutions, without those of too few people: 300 rows would be of days
    that no licence reaches."""
    with open(filers, encoding="utf-8") as file:
        lines = [line.split() for line in file][:count]
    homes = [home for home in (Home(words, client) for words in lines)
             if len(home.people) >= PEOPLE_MIN]
    if not homes:
        raise RuntimeError(f"{filers}: no institution has {PEOPLE_MIN} people")
    return homes


def books_write(homes, folder, count, faulty):
    """`count` workbooks, round all homes; a list of lines for --books."""
    os.makedirs(folder, exist_ok=True)
    lines = []
    for at in range(count):
        home, turn = homes[at % len(homes)], at // len(homes)
        kind = ("general", "rule")[(at + turn) % 2]
        path = os.path.join(folder, f"{at:05}.xlsx")
        with open(path, "wb") as file:
            file.write(WRITERS[at // 2 % 2]([HEADERS[kind], *home.rows(kind, faulty)]))
        lines.append(f"{home.token} {kind} {path}")
    return lines


def list_write(path, lines):
    with open(path, "w", encoding="utf-8") as file:
        file.write("".join(line + "\n" for line in lines))
    return path


def client_of(port):
    """GET by token: the bytes of a 200."""
    connection = http.client.HTTPConnection("127.0.0.1", port)

    def ask(token, path):
        connection.request("GET", "/api/v1" + path, headers={"Authorization": f"Bearer {token}"})
        answer = connection.getresponse()
        body = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{path}: {answer.status} {body[:300]}")
        return body
    return ask


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("--url", required=True, help="http://127.0.0.1:PORT")
    parser.add_argument("--filers", required=True, help="what baobei-bench prepare wrote")
    parser.add_argument("--output", required=True, help="a folder; the list in it is books")
    parser.add_argument("--homes", type=int, default=60)
    parser.add_argument("--files", type=int, default=240)
    parser.add_argument("--faulty", type=int, default=3, help="rows of a hundred")
    options = parser.parse_args()
    folder = os.path.abspath(options.output)
    homes = homes_of(options.filers, client_of(int(options.url.rpartition(":")[2])), options.homes)
    lines = books_write(homes, folder, options.files, options.faulty)
    print(list_write(os.path.join(folder, "books"), lines))


if __name__ == "__main__":
    main()
