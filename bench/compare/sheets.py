"""Workbooks of 300 rows for the institutions of a demo, in the plain form of report generators."""
import collections
import datetime
import io
import json
import zipfile
from xml.sax.saxutils import escape

ROWS, SLOTS_A_DAY = 300, 16
HEADER = ("身分證字號 姓名 被支援機構代碼 被支援機構名稱 支援科別代碼 支援目的代碼 支援開始日期 開始時間 "
          "支援結束日期 結束時間 備註").split()
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


def workbook(rows):
    lines = []
    for number, row in enumerate([HEADER, *rows], 1):
        cells = "".join(f'<c r="{chr(65 + at)}{number}" t="inlineStr"><is><t>{escape(value)}</t>'
                        "</is></c>" for at, value in enumerate(row) if value)
        lines.append(f'<row r="{number}">{cells}</row>')
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as book:
        for name, text in PARTS.items():
            book.writestr(name, '<?xml version="1.0" encoding="UTF-8"?>' + text)
        book.writestr("xl/worksheets/sheet1.xml",
                      f'<?xml version="1.0" encoding="UTF-8"?><worksheet xmlns="{MAIN}">'
                      f'<sheetData>{"".join(lines)}</sheetData></worksheet>')
    return out.getvalue()


class Home:
    """An institution of `baobei-bench prepare`: its token, its people that may file."""

    def __init__(self, words, client):
        self.token, self.target, self.used = words[2], words[3], 0
        may = dict(word.split("/") for word in words[4:])
        staff = json.loads(client(self.token, "GET", "/staff?limit=200")[1])["items"]
        named = collections.Counter(one["name"] for one in staff)
        numbers = self.numbers(client)
        self.people = [(numbers[one["name"]], one["name"], may[one["person_id"]])
                       for one in staff if one["person_id"] in may and named[one["name"]] == 1 and
                       one["name"] in numbers]

    def numbers(self, client):
        """{name: ID number}: the template alone tells them."""
        import openpyxl
        _, book = client(self.token, "GET", "/templates/general.xlsx")
        sheet = openpyxl.load_workbook(io.BytesIO(book), read_only=True).worksheets[-1]
        return {row[2]: row[1] for row in sheet.iter_rows(min_row=2, values_only=True)}

    def rows(self, faulty):
        """300 rows, none at a time that was used before; a share of them with a wrong name."""
        rows, turns = [], -(-ROWS // len(self.people))
        for at in range(ROWS):
            number, name, purpose = self.people[at % len(self.people)]
            slot = self.used + at // len(self.people)
            day = datetime.date.today() + datetime.timedelta(days=20 + slot // SLOTS_A_DAY)
            date = f"{day.year - 1911:03}{day.month:02}{day.day:02}"
            hour = 6 + slot % SLOTS_A_DAY
            rows.append([number, "不是他" if at % 100 < faulty else name, self.target, "", "02",
                         purpose, date, f"{hour:02}00", date, f"{hour:02}30", "整批"])
        self.used += turns
        return rows
