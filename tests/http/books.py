"""Workbooks as other programs write them, from one grid of values: openpyxl's and LibreOffice's;
and what is done to such a file so that it can't be read.

A grid is a list of rows, a row a list of values: None, text, number, bool, date, time, datetime,
Formula, Error. LibreOffice gets them as flat ODF and converts all files of a kind in one call."""
import datetime
import io
import os
import shutil
import subprocess
import tempfile
import xml.sax.saxutils
import zipfile

import openpyxl

OFFICE_S = 240  # for a call: LibreOffice makes its profile first, on a machine with much to do


class Formula(str):
    """In Excel's form, "=1+2". LibreOffice keeps its value in the file, openpyxl none."""


class Error(str):
    """#N/A and the like."""


# ---- openpyxl ----

def by_openpyxl(grid):
    book = openpyxl.Workbook()
    for row, values in enumerate(grid, 1):
        for column, value in enumerate(values, 1):
            if value is not None:
                cell = book.active.cell(row, column)
                cell.value = str(value) if isinstance(value, str) else value
                if isinstance(value, Error):
                    cell.data_type = "e"
                elif isinstance(value, str) and not isinstance(value, Formula):
                    cell.data_type = "s"
    book.create_sheet("z")
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


# ---- LibreOffice ----

SPACES = {"office": "office", "table": "table", "text": "text", "style": "style", "meta": "meta",
          "number": "datastyle"}
HEAD = ('<?xml version="1.0" encoding="UTF-8"?><office:document office:version="1.2" '
        'office:mimetype="application/vnd.oasis.opendocument.spreadsheet" '
        'xmlns:of="urn:oasis:names:tc:opendocument:xmlns:of:1.2" ' +
        " ".join(f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{space}:1.0"'
                 for name, space in SPACES.items()) + ">")
PARTS = {"year": '<number:year number:style="long"/><number:text>-</number:text>'
                 '<number:month number:style="long"/><number:text>-</number:text>'
                 '<number:day number:style="long"/>',
         "hours": '<number:hours number:style="long"/><number:text>:</number:text>'
                  '<number:minutes number:style="long"/><number:text>:</number:text>'
                  '<number:seconds number:style="long"/>'}
FORMATS = {"boolean": "<number:boolean-style style:name='n{0}'><number:boolean/>"
                      "</number:boolean-style>",
           "date": f"<number:date-style style:name='n{{0}}'>{PARTS['year']}</number:date-style>",
           "time": f"<number:time-style style:name='n{{0}}'>{PARTS['hours']}</number:time-style>",
           "datetime": f"<number:date-style style:name='n{{0}}'>{PARTS['year']}"
                       f"<number:text> </number:text>{PARTS['hours']}</number:date-style>"}
STYLES = "".join(form.format(name) + f'<style:style style:name="{name}" style:family="table-cell" '
                                     f'style:data-style-name="n{name}"/>'
                 for name, form in FORMATS.items())


def flat_cell(value):
    if value is None:
        return "<table:table-cell/>"
    if isinstance(value, Formula):
        return f"<table:table-cell table:formula={xml.sax.saxutils.quoteattr('of:' + value)}/>"
    if isinstance(value, str):
        lines = "".join(f"<text:p>{xml.sax.saxutils.escape(line)}</text:p>"
                        for line in value.split("\n"))
        return f'<table:table-cell office:value-type="string">{lines}</table:table-cell>'
    kind, name, text = "float", "value", str(value)
    style = type(value).__name__
    if isinstance(value, bool):
        kind, name, text, style = "boolean", "boolean-value", str(value).lower(), "boolean"
    elif isinstance(value, datetime.date):
        kind, name, text = "date", "date-value", value.isoformat()
    elif isinstance(value, datetime.time):
        kind, name, text = "time", "time-value", value.strftime("PT%HH%MM%SS")
    style = f' table:style-name="{style}"' if style in FORMATS else ""
    return f'<table:table-cell{style} office:value-type="{kind}" office:{name}="{text}"/>'


def flat(grid, stamp=None):
    """The .fods of a grid, with the custom property that stamps a template."""
    meta = stamp and f'<meta:user-defined meta:name="baobei-template">{stamp}</meta:user-defined>'
    rows = "".join("<table:table-row>" + "".join(map(flat_cell, row)) + "</table:table-row>"
                   for row in grid)
    return (f'{HEAD}<office:meta>{meta or ""}</office:meta>'
            f'<office:automatic-styles>{STYLES}</office:automatic-styles>'
            f'<office:body><office:spreadsheet><table:table table:name="a">{rows}</table:table>'
            '</office:spreadsheet></office:body></office:document>').encode()


def by_libreoffice(wanted):
    """{name: bytes} of {name: (.fods, ending)}: one call an ending."""
    folder, made = tempfile.mkdtemp(prefix="baobei-office-"), {}
    try:
        for ending in sorted({ending for _, ending in wanted.values()}):
            names = [name for name, (_, one) in wanted.items() if one == ending]
            for name in names:
                with open(os.path.join(folder, name + ".fods"), "wb") as file:
                    file.write(wanted[name][0])
            subprocess.run(["soffice", "--headless", f"-env:UserInstallation=file://{folder}/user",
                            "--convert-to", ending, "--outdir", folder,
                            *(os.path.join(folder, name + ".fods") for name in names)],
                           check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                           timeout=OFFICE_S)
            for name in names:
                with open(os.path.join(folder, f"{name}.{ending}"), "rb") as file:
                    made[name] = file.read()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return made


# ---- what is done to a file ----

def cut(book):
    return book[:len(book) // 2]


def with_part(book, name, data):
    """A part more, stored as it is."""
    out = io.BytesIO(book)
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr(name, data)
    return out.getvalue()


def with_doctype(book):
    """The sheet begins with a document type."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            if name == "xl/worksheets/sheet1.xml":
                at = data.index(b"<worksheet")
                data = data[:at] + b'<!DOCTYPE worksheet [<!ENTITY a "b">]>' + data[at:]
            new.writestr(name, data)
    return out.getvalue()


def locked_entries(book):
    """Each entry says of itself that it is encrypted, in the directory and in front of its data."""
    out = bytearray(book)
    with zipfile.ZipFile(io.BytesIO(book)) as archive:
        for entry in archive.infolist():
            out[entry.header_offset + 6] |= 1
        at = archive.start_dir
    while out[at:at + 4] == b"PK\x01\x02":
        out[at + 8] |= 1
        at += 46 + sum(int.from_bytes(out[at + n:at + n + 2], "little") for n in (28, 30, 32))
    return bytes(out)


def locked_office_file():
    """What Office makes of a workbook with a password: another kind of container, in which the
    workbook is one encrypted stream."""
    return (bytes.fromhex("d0cf11e0a1b11ae1") + bytes(504) +
            "EncryptedPackage".encode("utf-16-le") + bytes(2000))
