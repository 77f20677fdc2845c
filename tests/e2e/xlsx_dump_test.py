#!/usr/bin/env python3
# dev: part=sheet build=release loops=1 minutes=5 takes=20
"""`baobei xlsx-dump`: real workbooks of ../shared/xlsx against their expected contents, and forms
of a workbook that writers use, made by hand, by openpyxl and by LibreOffice."""
import csv
import datetime
import io
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "lib"))
import report  # noqa: E402
import workbooks as w  # noqa: E402

try:
    import openpyxl
except ImportError:
    openpyxl = None
    if sys.executable != "/usr/bin/python3" and os.path.exists("/usr/bin/python3"):
        os.execv("/usr/bin/python3", ["/usr/bin/python3", *sys.argv])  # which has Debian's openpyxl

BAOBEI = os.path.join(os.environ.get("BAOBEI_BUILD", "build/release"), "baobei")
SHARED = os.environ.get("BAOBEI_SHARED", "")
SEED = int(os.environ.get("BAOBEI_SEED", "1"))
FOLDER = tempfile.mkdtemp(prefix="xlsx_dump_")

# Their expected text keeps the escape _x000D_, which Excel, and so the dump, decodes (README of the
# folder, notes in its index).
DECODED = {"calamine__has_x000D_.xlsx", "calamine__has_x000D_inline.xlsx", "poi__60289.xlsx"}


def dump(data):
    path = os.path.join(FOLDER, "book.xlsx")
    with open(path, "wb") as file:
        file.write(data)
    return run(path)


def run(path):
    done = subprocess.run([BAOBEI, "xlsx-dump", path], capture_output=True, timeout=20, check=False)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def prints(data, wanted):
    code, out, err = dump(data)
    if (code, out) != (0, wanted):
        raise AssertionError(f"exit {code} {err}\n{out!r} is not\n{wanted!r}")


def refused(data, code, told):
    got, out, err = dump(data)
    if got != 2 or out or f": {code}: " not in err or told not in err or err.count("\n") != 1:
        raise AssertionError(f"exit {got} {out[:200]!r} {err!r}, not {code} {told}")


# ---- the corpus ----

def the_corpus_is_read_as_expected():
    done = subprocess.run([sys.executable, os.path.join(SHARED, "xlsx", "check.py"), BAOBEI],
                          capture_output=True, text=True, check=False)
    lines = done.stdout.splitlines()
    print("  ", lines[-1])
    failed = {line.split(":")[0] for line in lines[:-1]}
    if failed - DECODED or int(lines[-1].split()[0]) < 85:
        raise AssertionError(done.stdout)


# ---- forms of the container ----

ROWS = ('<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1"><v>1.5</v></c></row>'
        '<row r="3"><c r="C3" t="inlineStr"><is><t>臺北</t></is></c></row>')
PLAIN = w.parts(ROWS, ["<si><t>姓名</t></si>"])
WANTED = "姓名,1.5\n\n,,臺北\n"


def containers_of_all_kinds_are_opened():
    prints(w.book(PLAIN), WANTED)
    prints(w.book(PLAIN, method=w.STORED), WANTED)
    prints(w.book(PLAIN, flags=w.BEHIND), WANTED)
    prints(w.book(PLAIN, flags=w.BEHIND, behind=b""), WANTED)
    prints(w.book(PLAIN, wide=True), WANTED)
    prints(w.book(PLAIN, wide=True, end={"wide": True}), WANTED)
    prints(w.book(PLAIN, end={"wide": True}), WANTED)
    prints(w.book(PLAIN, end={"comment": b"made by hand PK\5\6"}), WANTED)
    prints(w.book(PLAIN, level=0), WANTED)
    prints(w.book({"xl/": "", **PLAIN}, method=w.STORED), WANTED)


def names_of_parts_are_equal_whatever_their_case():
    prints(w.book({name.upper(): data for name, data in PLAIN.items()}), WANTED)
    prints(w.book({name.replace("/", "\\"): data for name, data in PLAIN.items()}), WANTED)


def targets_may_be_absolute_or_odd():
    found = dict(PLAIN)
    found["_rels/.rels"] = w.relations(("a", "officeDocument", "/xl/./workbook.xml"))
    found["xl/_rels/workbook.xml.rels"] = w.relations(
        ("rId9", "worksheet", "worksheets/none.xml"), ("rId1", "worksheet", "/odd/first.xml"),
        ("rId2", "sharedStrings", "../shared.xml"), ("rId3", "styles", "missing.xml"))
    found["odd/first.xml"] = found.pop("xl/worksheets/sheet1.xml")
    found["shared.xml"] = found.pop("xl/sharedStrings.xml")
    prints(w.book(found), WANTED)


def the_first_sheet_of_the_workbook_is_read_hidden_or_not():
    found = dict(PLAIN)
    found["xl/workbook.xml"] = (
        f'<workbook xmlns="{w.MAIN}" xmlns:r="{w.DOCUMENT}"><bookViews>'
        '<workbookView activeTab="1"/></bookViews><sheets>'
        '<sheet name="z" sheetId="7" state="veryHidden" r:id="rId1"/>'
        '<sheet name="a" sheetId="1" r:id="rId0"/></sheets></workbook>')
    found["xl/_rels/workbook.xml.rels"] = w.relations(
        ("rId0", "worksheet", "worksheets/sheet1.xml"),
        ("rId1", "worksheet", "worksheets/sheet9.xml"),
        ("rId2", "sharedStrings", "sharedStrings.xml"))
    found["xl/worksheets/sheet9.xml"] = w.sheet("<row><c><v>9</v></c></row>")
    prints(w.book(found), "9\n")


# ---- forms of the XML ----

def encoded(codec, mark):
    head = f'<?xml version="1.0" encoding="{codec}"?>'
    return {name: mark + (head + data).encode({"UTF-16": "utf-16-le"}.get(codec, codec))
            for name, data in PLAIN.items()}


def encodings_of_xml_are_read():
    prints(w.book(encoded("UTF-8", b"\xef\xbb\xbf")), WANTED)
    prints(w.book(encoded("UTF-16", b"\xff\xfe")), WANTED)
    big = {name: b"\xfe\xff" + data.encode("utf-16-be") for name, data in PLAIN.items()}
    prints(w.book(big), WANTED)
    refused(w.book(encoded("big5", b"")), "broken_xlsx", "encoding")


def namespaces_may_be_strict_or_prefixed():
    strict = {name: data.replace(w.MAIN, w.STRICT).replace(w.DOCUMENT, w.STRICT_DOCUMENT)
              for name, data in PLAIN.items()}
    prints(w.book(strict), WANTED)
    found = dict(PLAIN)
    found["xl/worksheets/sheet1.xml"] = (
        f'<x:worksheet xmlns:x="{w.MAIN}" xmlns="urn:other"><sheetData><row><c><v>7</v></c></row>'
        '</sheetData><x:sheetData><x:row><x:c t="inlineStr"><x:is><x:t>1</x:t></x:is></x:c>'
        '<c><v>8</v></c></x:row></x:sheetData></x:worksheet>')
    prints(w.book(found), "1\n")
    found["xl/worksheets/sheet1.xml"] = "<worksheet><sheetData/></worksheet>"
    prints(w.book(found), "")


def xml_of_all_forms_is_read():
    rows = ('<!-- a --><row><?pi?><c t="inlineStr"><is><t>a&amp;b&#x81FA;<![CDATA[<c>]]></t></is>'
            '</c><c t="str"><f>A1</f><v>x&#10;y</v></c></row>')
    prints(w.book(w.parts(rows)), 'a&b臺<c>,"x\ny"\n')
    refused(w.book(w.parts('<row><c t="str"><v>&eacute;</v></c></row>')), "broken_xlsx", "entity")


def places_that_are_not_told_follow_each_other():
    prints(w.book(w.parts('<row><c><v>1</v></c><c r="C1"><v>3</v></c><c><v>4</v></c></row>'
                          '<row r="3"/><row><c><v>5</v></c></row>')), "1,,3,4\n\n\n5\n")
    prints(w.book(w.parts('<row r="1"><c r="C1"><v>3</v></c><c r="A1"><v>1</v></c>'
                          '<c r="A1"><v>2</v></c></row>')), "2,,3\n")


# ---- values ----

def strings_are_joined_and_decoded():
    texts = ["<si><r><rPr><b/></rPr><t xml:space='preserve'>a </t></r><r><t>b</t></r></si>",
             "<si><t>東京</t><rPh sb='0' eb='2'><t>トウキョウ</t></rPh><phoneticPr fontId='1'/></si>",
             "<si><t>a_x000D_\nb_x005F_x0041_</t></si>", "<si/>", "<si><t>_xD83D__xDE1C_</t></si>",
             "<si><t> 前後 </t></si>"]
    cells = "".join(f'<c t="s"><v>{i}</v></c>' for i in range(len(texts)))
    prints(w.book(w.parts(f"<row>{cells}</row>", texts)),
           'a b,東京,"a\r\nb_x0041_",,😜, 前後 \n')
    prints(w.book(w.parts("<row><c t='inlineStr'><is><r><t>a</t></r><rPh><t>x</t></rPh><r><t>b"
                          "</t></r></is></c></row>")), "ab\n")


def fields_are_quoted_where_needed():
    rows = "".join(f'<c t="str"><v>{text}</v></c>'
                   for text in ('a,b', 'a"b', "a&#10;b", "a&#13;b", "a;b", " a", "'a"))
    prints(w.book(w.parts(f"<row>{rows}</row>")), '"a,b","a""b","a\nb","a\rb",a;b, a,\'a\n')


def numbers_booleans_errors_and_formulas_are_shown():
    rows = ('<row><c><v>1.50</v></c><c><v>1E+2</v></c><c><v>0.1</v></c><c t="b"><v>0</v></c>'
            '<c t="e"><v>#N/A</v></c><c><f>1+1</f><v>2</v></c><c><f>1+1</f></c><c t="n"/>'
            '<c><v>123456789012345</v></c></row>')
    prints(w.book(w.parts(rows)), "1.5,100,0.1,FALSE,#N/A,2,,,123456789012345\n")


def dates_are_shown_by_their_style_in_both_systems():
    codes = ["yyyy/m/d", "[$-404]e&quot;年&quot;m&quot;月&quot;d&quot;日&quot;", "h:mm",
             "[h]:mm:ss", "0.00E+00", "m/d/yy h:mm"]
    rows = ('<row><c s="1"><v>45000</v></c><c s="2"><v>45000</v></c>'
            '<c s="3"><v>0.3333333333</v></c><c s="4"><v>1.5</v></c><c s="5"><v>45000</v></c>'
            '<c s="6"><v>45000.75</v></c><c s="1" t="d"><v>2023-03-15</v></c>'
            '<c s="1"><v>60</v></c><c s="99"><v>1</v></c></row>')
    prints(w.book(w.parts(rows, codes=codes)),
           "2023-03-15,2023-03-15,08:00:00,36:00:00,45000,2023-03-15 18:00:00,2023-03-15,"
           "1900-02-29,1\n")
    workbook = (f'<workbook xmlns="{w.MAIN}" xmlns:r="{w.DOCUMENT}"><workbookPr date1904="true"/>'
                '<sheets><sheet r:id="rId1"/></sheets></workbook>')
    prints(w.book(w.parts('<row><c s="1"><v>43538</v></c></row>', codes=codes, workbook=workbook)),
           "2023-03-15\n")
    taiwan = (f'<styleSheet xmlns="{w.MAIN}"><cellXfs><xf numFmtId="27"/><xf numFmtId="33"/>'
              '</cellXfs></styleSheet>')
    prints(w.book(w.parts('<row><c s="0"><v>45000</v></c><c s="1"><v>0.5</v></c></row>',
                          codes=taiwan)), "2023-03-15,12:00:00\n")


def merged_cells_show_their_first_value_only():
    merges = '<mergeCells count="2"><mergeCell ref="A1:B2"/><mergeCell ref="C4:D4"/></mergeCells>'
    rows = "".join(f'<row r="{row}">' + "".join(f'<c><v>{row * 10 + i}</v></c>'
                                                 for i in (1, 2, 3, 4)) + "</row>"
                   for row in (1, 2, 4))
    prints(w.book(w.parts(whole=w.sheet(rows, merges))),
           "11,,13,14\n,,23,24\n\n41,42,43\n")


def what_is_empty_at_the_end_is_dropped():
    rows = ('<row r="1"><c r="A1"><v>1</v></c><c r="XFD1" s="1"/></row>'
            '<row r="1048576"><c r="A1048576"/></row>')
    prints(w.book(w.parts(whole=w.sheet(rows, before='<dimension ref="A1:XFD1048576"/>'))), "1\n")
    code, out, _ = dump(w.book(w.parts('<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')))
    if code != 0 or out != "\n" * 1048575 + "," * 16383 + "1\n":
        raise AssertionError(f"exit {code}, {len(out)} bytes")


# ---- refusals ----

def what_can_not_be_read_is_refused_in_one_line():
    refused(b"", "not_xlsx", "ZIP")
    refused("姓名,日期\n".encode(), "not_xlsx", "ZIP")
    refused(b"PK\3\4", "broken_xlsx", "end")
    refused(w.pack([]), "broken_xlsx", "[Content_Types].xml")
    refused(w.book(w.parts(whole="<worksheet>")), "broken_xlsx", "sheet1.xml: line 1")
    refused(w.book({**PLAIN, "xl/workbook.xml": f'<workbook xmlns="{w.MAIN}"/>'}), "broken_xlsx",
            "no sheet")
    code, out, err = run(os.path.join(FOLDER, "none.xlsx"))
    if code != 2 or out or "No such file" not in err:
        raise AssertionError(f"{code} {out} {err}")
    done = subprocess.run([BAOBEI, "xlsx-dump"], capture_output=True, text=True, check=False)
    if done.returncode != 2 or "usage" not in done.stderr:
        raise AssertionError(done)


# ---- other writers ----

def random_text(chance):
    """LibreOffice takes `_xb_` for an escape as well as `_x000b_`: no hexadecimal digit there."""
    text = "".join(chance.choice('臺北市ab,"_x \n😜é=') for _ in range(chance.randint(1, 30)))
    return re.sub("_x[ab]", "_xé", text).strip() or "a"


def random_table(chance):
    """Values of all kinds, None for an empty cell, in rows and columns with gaps."""
    makers = [lambda: None, lambda: None, lambda: chance.randint(-10**9, 10**9),
              lambda: round(chance.uniform(-1e6, 1e6), chance.randint(1, 9)),
              lambda: chance.random() < 0.5,
              lambda: datetime.date(2020, 1, 1) + datetime.timedelta(chance.randint(-40000, 9000)),
              lambda: datetime.datetime(2020, 1, 1, 8) + datetime.timedelta(
                  seconds=chance.randint(0, 10**8)),
              lambda: datetime.time(chance.randint(0, 23), chance.randint(0, 59)),
              lambda: random_text(chance)]
    return [[chance.choice(makers)() for _ in range(chance.randint(0, 12))]
            for _ in range(chance.randint(1, 60))]


def shown(value):
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, datetime.datetime):
        midnight = value.time() == datetime.time(0)
        return value.strftime("%Y-%m-%d" if midnight else "%Y-%m-%d %H:%M:%S")
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, datetime.time):
        return value.strftime("%H:%M:%S")
    return value if isinstance(value, str) else repr(value)


def trimmed(rows):
    for row in rows:
        while row and row[-1] == "":
            row.pop()
    while rows and not rows[-1]:
        rows.pop()
    return rows


def same(got, wanted):
    try:
        return got == wanted or float(got) == float(wanted)
    except ValueError:
        return False


def holds(path, table):
    code, out, err = run(path)
    if code != 0:
        raise AssertionError(f"exit {code}: {err}")
    got = trimmed(list(csv.reader(io.StringIO(out, newline=""))))
    wanted = trimmed([[shown(value) for value in row] for row in table])
    if len(got) != len(wanted):
        raise AssertionError(f"{len(got)} rows, not {len(wanted)}")
    for at, (a, b) in enumerate(zip(got, wanted), 1):
        if len(a) != len(b) or not all(same(x, y) for x, y in zip(a, b)):
            raise AssertionError(f"row {at}: {a} is not {b}")


def write_openpyxl(path, table):
    made = openpyxl.Workbook()
    page = made.active
    for row, values in enumerate(table, 1):
        for column, value in enumerate(values, 1):
            if value is not None:
                cell = page.cell(row, column)
                cell.value = value
                if isinstance(value, str):
                    cell.data_type = "s"  # "=…" is a text here
    made.create_sheet("z")
    made.save(path)


def books_of_openpyxl_are_read():
    chance = random.Random(SEED)
    for _ in range(20):
        table, path = random_table(chance), os.path.join(FOLDER, "openpyxl.xlsx")
        write_openpyxl(path, table)
        holds(path, table)


def books_of_libreoffice_are_read():
    """openpyxl writes, LibreOffice makes an .ods of it and writes that as .xlsx anew."""
    chance, tables = random.Random(SEED + 1), {}
    for at in range(6):
        name = os.path.join(FOLDER, f"office{at}.xlsx")
        tables[name] = random_table(chance)
        write_openpyxl(name, tables[name])
    for kind, names in (("ods", list(tables)), ("xlsx", [n[:-4] + "ods" for n in tables])):
        subprocess.run(["soffice", "--headless", f"-env:UserInstallation=file://{FOLDER}/profile",
                        "--convert-to", kind, "--outdir", FOLDER, *names], check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=200)
    for name, table in tables.items():
        holds(name, table)


TESTS = [containers_of_all_kinds_are_opened, names_of_parts_are_equal_whatever_their_case,
         targets_may_be_absolute_or_odd, the_first_sheet_of_the_workbook_is_read_hidden_or_not,
         encodings_of_xml_are_read, namespaces_may_be_strict_or_prefixed, xml_of_all_forms_is_read,
         places_that_are_not_told_follow_each_other, strings_are_joined_and_decoded,
         fields_are_quoted_where_needed, numbers_booleans_errors_and_formulas_are_shown,
         dates_are_shown_by_their_style_in_both_systems, merged_cells_show_their_first_value_only,
         what_is_empty_at_the_end_is_dropped, what_can_not_be_read_is_refused_in_one_line]


def main():
    if os.path.exists(os.path.join(SHARED, "xlsx", "check.py")) and SHARED:
        report.check("the_corpus_is_read_as_expected", the_corpus_is_read_as_expected)
    else:
        report.skip("the_corpus_is_read_as_expected", "no ../shared/xlsx")
    for test in TESTS:
        report.check(test.__name__, test)
    if openpyxl:
        report.check("books_of_openpyxl_are_read", books_of_openpyxl_are_read)
    else:
        report.skip("books_of_openpyxl_are_read", "no openpyxl")
    if openpyxl and shutil.which("soffice"):
        report.check("books_of_libreoffice_are_read", books_of_libreoffice_are_read)
    else:
        report.skip("books_of_libreoffice_are_read", "no LibreOffice")
    shutil.rmtree(FOLDER)
    report.finish()


if __name__ == "__main__":
    main()
