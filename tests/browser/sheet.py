"""What a person does with a sheet between two visits of the page. Called by sheets.mjs.

    sheet.py staff TEMPLATE            JSON: the people in it, [{"id_no", "name"}]
    sheet.py fill TEMPLATE OUT         the rows of a JSON list on stdin, from row 2
    sheet.py mend FILE OUT             {"C7": value or null, ...} on stdin
    sheet.py dump FILE                 JSON: [[{"value", "comment", "filled"}]] of the first sheet
"""
import json
import sys

import openpyxl


def staff(path):
    sheet = openpyxl.load_workbook(path)["本機構人員"]
    people = sheet.iter_rows(min_row=2, values_only=True)
    print(json.dumps([{"id_no": one[1], "name": one[2]} for one in people]))


def fill(path, out):
    book = openpyxl.load_workbook(path)
    for at, row in enumerate(json.load(sys.stdin), 2):
        for column, value in enumerate(row, 1):
            book.worksheets[0].cell(at, column, value or None)
    book.save(out)


def mend(path, out):
    book = openpyxl.load_workbook(path)
    for cell, value in json.load(sys.stdin).items():
        book.worksheets[0][cell].value = value
    book.save(out)


def dump(path):
    sheet = openpyxl.load_workbook(path).worksheets[0]
    print(json.dumps([[{"value": cell.value, "comment": cell.comment and cell.comment.text,
                        "filled": cell.fill.fill_type == "solid"} for cell in row]
                      for row in sheet.iter_rows()]))


if __name__ == "__main__":
    {"staff": staff, "fill": fill, "mend": mend, "dump": dump}[sys.argv[1]](*sys.argv[2:])
