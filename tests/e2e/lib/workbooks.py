"""Workbooks made by hand, byte by byte: a ZIP writer that can also lie, and the usual parts."""
import struct
import zlib

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
STRICT = "http://purl.oclc.org/ooxml/spreadsheetml/main"
DOCUMENT = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
STRICT_DOCUMENT = "http://purl.oclc.org/ooxml/officeDocument/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
CUSTOM = "http://schemas.openxmlformats.org/officeDocument/2006/custom-properties"
VALUES = "http://schemas.openxmlformats.org/officeDocument/2006/docPropsVTypes"

STORED, DEFLATED = 0, 8
BEHIND, ENCRYPTED = 8, 1  # general purpose flags: lengths behind the bytes, encrypted


def deflate(data, level=9):
    packer = zlib.compressobj(level, zlib.DEFLATED, -15)
    return packer.compress(data) + packer.flush()


class Entry:
    """One file of a ZIP; what is told of it may be set apart from what it is."""

    def __init__(self, name, data, method=DEFLATED, flags=0, wide=False, behind=b"PK\7\10",
                 level=9):
        self.name = name.encode() if isinstance(name, str) else name
        data = data.encode() if isinstance(data, str) else data
        self.method, self.flags, self.wide, self.behind = method, flags, wide, behind
        self.packed = deflate(data, level) if method == DEFLATED else data
        self.crc, self.size, self.told_packed = zlib.crc32(data), len(data), len(self.packed)
        self.local_name = self.name
        self.at = None  # set to make it overlap another

    def fields(self, local):
        """(crc, packed, size, extra) of a header."""
        if local and self.flags & BEHIND:
            return 0, 0, 0, b""
        if self.wide:
            extra = struct.pack("<HHQQ", 1, 16, self.size, self.told_packed)
            return self.crc, 0xffffffff, 0xffffffff, extra
        return self.crc, self.told_packed, self.size, b""

    def local(self):
        crc, packed, size, extra = self.fields(True)
        head = struct.pack("<4sHHHHHIIIHH", b"PK\3\4", 20, self.flags, self.method, 0, 33, crc,
                           packed, size, len(self.local_name), len(extra))
        tail = b""
        if self.flags & BEHIND:
            tail = self.behind + struct.pack("<III", self.crc, self.told_packed, self.size)
        return head + self.local_name + extra + self.packed + tail

    def central(self, at):
        crc, packed, size, extra = self.fields(False)
        return struct.pack("<4sHHHHHHIIIHHHHHII", b"PK\1\2", 20, 20, self.flags, self.method, 0, 33,
                           crc, packed, size, len(self.name), len(extra), 0, 0, 0, 0,
                           at) + self.name + extra


def pack(entries, comment=b"", wide=False, count=None, before=b""):
    """The ZIP. wide: a zip64 end; count: what the end tells; before: junk in front."""
    out, places = bytearray(before), []
    for entry in entries:
        if entry.at is None:
            places.append(len(out))
            out += entry.local()
        else:
            places.append(entry.at)
    start = len(out)
    for entry, at in zip(entries, places):
        out += entry.central(at)
    size, count = len(out) - start, len(entries) if count is None else count
    if wide:
        end = len(out)
        out += struct.pack("<4sQHHIIQQQQ", b"PK\6\6", 44, 45, 45, 0, 0, count, count, size, start)
        out += struct.pack("<4sIQI", b"PK\6\7", 0, end, 1)
        out += struct.pack("<4sHHHHIIH", b"PK\5\6", 0, 0, 0xffff, 0xffff, 0xffffffff, 0xffffffff,
                           len(comment))
    else:
        out += struct.pack("<4sHHHHIIH", b"PK\5\6", 0, 0, count & 0xffff, count & 0xffff, size,
                           start, len(comment))
    return bytes(out + comment)


def relations(*rows, name=PACKAGE):
    """(id, end of the type, target[, attributes]) each."""
    body = "".join(f'<Relationship Id="{row[0]}" Type="{DOCUMENT}/{row[1]}" Target="{row[2]}" '
                   f'{"".join(row[3:])}/>' for row in rows)
    return f'<Relationships xmlns="{name}">{body}</Relationships>'


def sheet(rows, after="", before=""):
    return f'<worksheet xmlns="{MAIN}">{before}<sheetData>{rows}</sheetData>{after}</worksheet>'


def strings(*items):
    return f'<sst xmlns="{MAIN}">{"".join(items)}</sst>'


def styles(*codes):
    """Cell style 0 is General, the others have these codes."""
    formats = "".join(f'<numFmt numFmtId="{164 + i}" formatCode="{code}"/>'
                      for i, code in enumerate(codes))
    cells = "".join(f'<xf numFmtId="{164 + i}"/>' for i in range(len(codes)))
    return (f'<styleSheet xmlns="{MAIN}"><numFmts>{formats}</numFmts><cellXfs>'
            f'<xf numFmtId="0"/>{cells}</cellXfs></styleSheet>')


def parts(rows="", texts=None, codes=None, workbook=None, whole=None, **more):
    """name -> text of a workbook; `whole` is the sheet's part instead of its rows."""
    found = {
        "[Content_Types].xml": f'<Types xmlns="{TYPES}"/>',
        "_rels/.rels": relations(("rId1", "officeDocument", "xl/workbook.xml")),
        "xl/workbook.xml": workbook or
        f'<workbook xmlns="{MAIN}" xmlns:r="{DOCUMENT}"><sheets>'
        '<sheet name="a" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": relations(
            ("rId1", "worksheet", "worksheets/sheet1.xml"),
            ("rId2", "sharedStrings", "sharedStrings.xml"), ("rId3", "styles", "styles.xml")),
        "xl/worksheets/sheet1.xml": sheet(rows) if whole is None else whole,
    }
    if texts is not None:
        found["xl/sharedStrings.xml"] = texts if isinstance(texts, str) else strings(*texts)
    if codes is not None:
        found["xl/styles.xml"] = codes if isinstance(codes, str) else styles(*codes)
    found.update(more.get("extra", {}))
    return found


def book(found, end=None, **options):
    """The file of name -> text; options are those of an Entry, `end` those of the ZIP."""
    return pack([Entry(name, data, **options) for name, data in found.items()], **(end or {}))
