#!/usr/bin/env python3
# dev: part=sheet build=release loops=1 minutes=10 takes=40
"""Hostile workbooks (RELIABILITY 5): every bomb gets its code, in bounded memory; nothing crashes.

Each file goes through the jailed child of the server, through a measured child without the jail,
and through xlsx-dump; the truncation and bit-flip sweeps through the measured child. The jail
itself is probed: a child that tries to get out is killed."""
import os
import random
import resource
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "lib"))
import report  # noqa: E402
import workbooks as w  # noqa: E402

BUILD = os.environ.get("BAOBEI_BUILD", "build/release")
BAOBEI, READER = os.path.join(BUILD, "baobei"), os.path.join(BUILD, "baobei-sheet")
DRIVER = os.path.join(BUILD, "sheet_driver")
FULL = os.environ.get("BAOBEI_FULL") == "1"
SEED = int(os.environ.get("BAOBEI_SEED", "1"))
FOLDER = tempfile.mkdtemp(prefix="sheet_hostile_")
MEMORY_KIB = 64 * 1024
AT_ONCE = 500  # files of one run of the driver
MIB = 1 << 20

OK, BROKEN, LARGE = "ok", "broken_xlsx", "xlsx_too_large"
ENCRYPTED, MACRO, NOT = "encrypted_xlsx", "macro_xlsx", "not_xlsx"


def write(name, data):
    path = os.path.join(FOLDER, name)
    with open(path, "wb") as file:
        file.write(data)
    return path


def drive(mode, *arguments):
    """(name, code, cells, rows, microseconds, KiB, sentence) of each file."""
    done = subprocess.run([DRIVER, mode, *arguments], capture_output=True, text=True, check=False,
                          timeout=300)
    if done.returncode != 0:
        raise AssertionError(f"{mode}: exit {done.returncode}\n{done.stderr[-2000:]}")
    rows = [line.split("\t") for line in done.stdout.splitlines()]
    return [(os.path.basename(row[0]), row[1], int(row[2]), int(row[3]), int(row[4]), int(row[5]),
             row[6]) for row in rows]


def small():
    """A sound workbook with something of everything."""
    rows = ('<row r="1"><c r="A1" t="s"><v>0</v></c>'
            '<c r="B1" t="inlineStr"><is><t>臺</t></is></c></row>'
            '<row r="2"><c r="A2" s="1"><v>45000</v></c><c r="B2"><f>1</f><v>2</v></c></row>')
    return w.parts(whole=w.sheet(rows, '<mergeCells><mergeCell ref="A2:A3"/></mergeCells>'),
                   texts=["<si><t>姓名</t></si>"], codes=["yyyy/m/d"])


PLAIN = small()


def with_sheet(text, **options):
    return w.book({**PLAIN, "xl/worksheets/sheet1.xml": text}, **options)


def with_strings(text, **options):
    return w.book({**PLAIN, "xl/sharedStrings.xml": text}, **options)


def with_entry(change, **end):
    """The plain book, its sheet's entry changed."""
    entries = [w.Entry(name, data) for name, data in PLAIN.items()]
    change(entries[[entry.name for entry in entries].index(b"xl/worksheets/sheet1.xml")])
    return w.pack(entries, **end)


def blank_sheet(size):
    """A sheet that is white space for the most part: nothing inflates better."""
    head, tail = w.sheet("\0").split("\0")
    return head + " " * size + tail


def padded(text, mib):
    """White space at the NUL with comments in it, so that it packs to about one in a hundred."""
    chance = random.Random(mib)
    piece = "".join(f"<!--{chance.getrandbits(64):x}-->{' ' * 2000}" for _ in range(520))
    return text.replace("\0", piece * mib)


def bytes_of_noise(size):
    """XML that does not pack well."""
    chance = random.Random(1)
    cells = []
    total = 0
    while total < size:
        cells.append(f"<c><v>{chance.getrandbits(50)}</v></c>")
        total += len(cells[-1])
    rows = "".join("<row>" + "".join(cells[i:i + 12]) + "</row>" for i in range(0, len(cells), 12))
    return w.sheet(rows)


def lie(**told):
    def change(entry):
        for name, value in told.items():
            setattr(entry, name, value)
    return change


def overlapping():
    """Two entries of the directory that use the same bytes, as in a bomb of overlapping files."""
    entries = [w.Entry(name, data) for name, data in PLAIN.items()]
    twin = w.Entry("xl/more.xml", PLAIN["xl/worksheets/sheet1.xml"])
    before = entries[:[entry.name for entry in entries].index(b"xl/worksheets/sheet1.xml")]
    twin.at = sum(len(entry.local()) for entry in before)
    twin.name = b"xl/worksheets/sheet2.xml"
    return w.pack(entries + [twin])


def quoted():
    """An entry whose stored bytes hold the whole local file of another: Fifield's bomb."""
    inner = w.Entry("xl/inner.xml", "<a/>", method=w.STORED)
    outer = w.Entry("xl/outer.bin", inner.local(), method=w.STORED)
    entries = [w.Entry(name, data) for name, data in PLAIN.items()]
    inner.at = sum(len(e.local()) for e in entries) + 30 + len(outer.name)
    return w.pack(entries + [outer, inner])


def ole(name):
    mark = bytes.fromhex("d0cf11e0a1b11ae1")
    return mark + b"\0" * 504 + name.encode("utf-16-le") + b"\0" * 4000


def entities():
    levels = "".join(f'<!ENTITY e{i} "{f"&e{i - 1};" * 10}">' for i in range(1, 10))
    return f'<!DOCTYPE sst [<!ENTITY e0 "lol">{levels}]>'


def many_names(count):
    """Every element has a name of its own: a parser that keeps them all grows."""
    return w.sheet("".join(f"<row><n{i}/></row>" for i in range(count)))


def numbers(count):
    return w.strings(*(f"<si><t>{random.Random(i).getrandbits(20)}</t></si>" for i in range(count)))


def spaces(count):
    return "".join(f' xmlns:p{i}="urn:{i}"' for i in range(count))


def repeated(head, piece, count, tail):
    return head + piece * count + tail


def cases():
    """name -> (file, code of an import, code of a dump)."""
    string = repeated(f'<sst xmlns="{w.MAIN}">', "<si><t>a</t></si>", 1300000, "</sst>")
    long_text = "<si><t>" + "a" * MIB + "</t></si>"
    references = ("<row>" + '<c t="s"><v>0</v></c>' * 16000 + "</row>") * 5
    dense = "".join("<row>" + "".join(
        f"<c t='str'><v>{random.Random(row * 60 + i).getrandbits(4000):x}{'x' * 29000}</v></c>"
        for i in range(60)) + "</row>" for row in range(3))
    return {
        "sound": (w.book(PLAIN), OK, OK),
        # sizes and ratios
        "ratio": (with_sheet(blank_sheet(30 * MIB)), LARGE, LARGE),
        "ratio_of_strings": (with_strings(f'<sst xmlns="{w.MAIN}">' + " " * 20 * MIB + "</sst>"),
                             LARGE, LARGE),
        "part_over_32_mib": (with_sheet(padded(w.sheet("", "\0"), 33)), LARGE, LARGE),
        "parts_over_64_mib": (w.book({
            **PLAIN, "xl/styles.xml": padded(w.styles().replace("</", "\0</", 1), 30),
            "xl/sharedStrings.xml": padded(w.strings("\0"), 30),
            "xl/worksheets/sheet1.xml": padded(w.sheet("", "\0"), 30)}), LARGE, LARGE),
        "parts_under_32_mib": (with_sheet(padded(w.sheet("", "\0"), 31)), OK, OK),
        "told_short": (with_entry(lie(size=100)), BROKEN, BROKEN),
        "told_short_and_long_inside": (w.pack(
            [w.Entry(n, d) if n != "xl/worksheets/sheet1.xml" else told_100(w.Entry(
                n, blank_sheet(50 * MIB))) for n, d in PLAIN.items()]), f"{LARGE}|{BROKEN}",
                                       f"{LARGE}|{BROKEN}"),
        "told_long": (with_entry(lie(size=1 << 30)), LARGE, LARGE),
        "told_longer": (with_entry(lie(size=3 * MIB)), f"{LARGE}|{BROKEN}", f"{LARGE}|{BROKEN}"),
        "packed_told_long": (with_entry(lie(told_packed=1 << 30)), BROKEN, BROKEN),
        "checksum": (with_entry(lie(crc=1)), BROKEN, BROKEN),
        "no_deflate": (with_entry(lie(packed=b"\xff" * 100, told_packed=100)), BROKEN, BROKEN),
        "upload_over_2_mib": (w.book(PLAIN, end={"before": b""}) + b"\0" * 2 * MIB, LARGE, BROKEN),
        # the directory
        "entries_300": (w.pack([w.Entry(n, d) for n, d in PLAIN.items()] +
                               [w.Entry(f"a{i}", "", method=w.STORED) for i in range(300)]), LARGE,
                        LARGE),
        "entries_20000": (w.pack([w.Entry(f"{i}", "", method=w.STORED) for i in range(20000)]),
                          LARGE, LARGE),
        "entries_told_few": (w.book(PLAIN, end={"count": 3}), BROKEN, BROKEN),
        "entries_told_many": (w.book(PLAIN, end={"count": 200}), BROKEN, BROKEN),
        "zip64_entries": (w.book(PLAIN, end={"count": 1 << 40, "wide": True}), LARGE, LARGE),
        "overlap": (overlapping(), BROKEN, BROKEN),
        "quoted_entry": (quoted(), BROKEN, BROKEN),
        "twins": (w.pack([w.Entry(n, d) for n, d in PLAIN.items()] +
                         [w.Entry("xl/workbook.xml", "<a/>")]), BROKEN, BROKEN),
        "twins_by_case": (w.book({**PLAIN, "XL/Workbook.xml": "<a/>"}), BROKEN, BROKEN),
        "other_local_name": (with_entry(lie(local_name=b"xl/worksheets/sheet9.xml")), BROKEN,
                             BROKEN),
        "junk_before": (b"PK junk" + w.book(PLAIN), BROKEN, BROKEN),
        "junk_before_and_told": (w.book(PLAIN, end={"before": b"PK junk"}), BROKEN, BROKEN),
        "junk_behind": (w.book(PLAIN) + b"junk", BROKEN, BROKEN),
        "no_name": (w.book({**PLAIN, "": "a"}), BROKEN, BROKEN),
        "name_with_nul": (w.pack([w.Entry(n, d) for n, d in PLAIN.items()] +
                                 [w.Entry(b"a\0b", "")]), BROKEN, BROKEN),
        "names_that_climb": (w.book({**PLAIN, "../../etc/x": "a", "/abs": "b", "a\\..\\b": "c"}),
                             OK, OK),
        "target_that_climbs": (w.book({**PLAIN, "_rels/.rels": w.relations(
            ("a", "officeDocument", "../../xl/workbook.xml"))}), BROKEN, BROKEN),
        "target_outside": (w.book({**PLAIN, "_rels/.rels": w.relations(
            ("a", "officeDocument", "http://example.test/a", 'TargetMode="External"'))}), BROKEN,
                           BROKEN),
        "method_12": (with_entry(lie(method=12)), BROKEN, BROKEN),
        "encrypted_entry": (with_entry(lie(flags=w.ENCRYPTED)), ENCRYPTED, ENCRYPTED),
        # other containers
        "encrypted_office": (ole("EncryptedPackage"), ENCRYPTED, ENCRYPTED),
        "old_xls": (ole("Workbook"), NOT, NOT),
        "nothing": (b"", NOT, NOT),
        "text": ("姓名,日期\n".encode() * 100, NOT, NOT),
        "macros": (w.book({**PLAIN, "xl/vbaProject.bin": "x"}), MACRO, OK),
        "macro_type": (w.book({**PLAIN, "[Content_Types].xml":
                               f'<Types xmlns="{w.TYPES}"><Override PartName="/xl/workbook.xml" '
                               'ContentType="application/vnd.ms-excel.sheet.macroEnabled.main'
                               '+xml"/></Types>'}), MACRO, OK),
        "embedded_object": (w.book({**PLAIN, "xl/embeddings/oleObject1.bin": "x"}), MACRO, OK),
        "links_outside": (w.book({**PLAIN, "xl/externalLinks/externalLink1.xml": "<a/>",
                                  "customXml/item1.xml": "<a/>"}), OK, OK),
        # XML
        "doctype": (with_sheet("<!DOCTYPE a>" + w.sheet("")), BROKEN, BROKEN),
        "billion_laughs": (with_strings(entities() + f'<sst xmlns="{w.MAIN}"><si><t>&e9;</t></si>'
                                        '</sst>'), BROKEN, BROKEN),
        "external_entity": (with_strings('<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
                                         f'<sst xmlns="{w.MAIN}"><si><t>&x;</t></si></sst>'),
                            BROKEN, BROKEN),
        "deep_33": (with_sheet(w.sheet("<a>" * 31 + "</a>" * 31)), LARGE, LARGE),
        "deep_32": (with_sheet(w.sheet("<a>" * 30 + "</a>" * 30)), OK, OK),
        "deep": (with_sheet(w.sheet("<row>" + "<a>" * 2000000)), LARGE, LARGE),
        "attributes_300000": (with_sheet(w.sheet("<row " + " ".join(
            f'a{i}=""' for i in range(300000)) + "/>")), LARGE, LARGE),
        "attributes_65": (with_sheet(w.sheet("<row " + " ".join(
            f'a{i}=""' for i in range(65)) + "/>")), LARGE, LARGE),
        "spaces_65": (with_sheet(w.sheet(f"<row{spaces(65)}/>")), LARGE, LARGE),
        "spaces_at_each_level": (with_sheet(w.sheet("".join(
            f"<row{spaces(60)}>" for _ in range(25)) + "</row>" * 25)), OK, OK),
        "token_of_100_kib": (with_sheet(w.sheet(f'<row a="{"x" * 100 * 1024}"/>')), LARGE, LARGE),
        "token_of_40_kib": (with_sheet(w.sheet(f'<row a="{"x" * 40 * 1024}"/>')), OK, OK),
        "token": (with_sheet(w.sheet(f'<row a="{"x" * 30 * MIB}"/>'), level=1), LARGE, LARGE),
        "comment": (with_sheet(w.sheet(f"<!-- {'x y' * 10 * MIB} -->"), level=1), LARGE, LARGE),
        "names": (with_sheet(many_names(200000)), LARGE, LARGE),
        "not_utf8": (with_sheet(w.sheet("<row/>").encode() + b"\xff"), BROKEN, BROKEN),
        "nul": (with_sheet(w.sheet("<row/>\0").encode()), BROKEN, BROKEN),
        "unclosed": (with_sheet(w.sheet("<row>")), BROKEN, BROKEN),
        # cells
        "strings_1300000": (with_strings(string), LARGE, LARGE),
        "strings_200001": (with_strings(numbers(200001)), LARGE, LARGE),
        "strings_200000": (with_strings(numbers(200000)), OK, OK),
        "strings_17_mib": (with_strings(f'<sst xmlns="{w.MAIN}">' + "".join(
            f"<si><t>{random.Random(i).getrandbits(4000):x}{'a' * 30000}</t></si>"
            for i in range(600)) + "</sst>"), LARGE, LARGE),
        "string_of_1_mib": (with_strings(w.strings(long_text)), LARGE, LARGE),
        "string_that_is_not_there": (with_sheet(w.sheet('<row><c t="s"><v>99</v></c></row>')),
                                     BROKEN, BROKEN),
        "string_many_times": (w.book(w.parts(references, [f"<si><t>{'a' * 32767}</t></si>"])),
                              LARGE, LARGE),
        "text_in_all": (with_sheet(w.sheet(dense)), LARGE, OK),
        "dimension": (with_sheet(w.sheet('<row><c><v>1</v></c></row>',
                                         before='<dimension ref="A1:XFD1048576"/>')), OK, OK),
        "cell_at_the_corner": (with_sheet(w.sheet('<row r="1048576"><c r="XFD1048576"><v>1</v></c>'
                                                  '</row>')), OK, OK),
        "rows_of_wide_gaps": (with_sheet(w.sheet("".join(
            f'<row><c r="XFD{i}"><v>1</v></c></row>' for i in range(1, 20001)))), OK, LARGE),
        "row_1e9": (with_sheet(w.sheet('<row r="1000000000"/>')), BROKEN, BROKEN),
        "cell_1e9": (with_sheet(w.sheet('<row><c r="ZZZZZZ1"/></row>')), BROKEN, BROKEN),
        "row_over_64_bits": (with_sheet(w.sheet(f'<row r="{2**64 + 1}"/>')), BROKEN, BROKEN),
        "rows_go_back": (with_sheet(w.sheet('<row r="2"/><row r="1"/>')), BROKEN, BROKEN),
        "rows_repeat": (with_sheet(w.sheet('<row r="2"/><row r="2"/>')), BROKEN, OK),
        "rows_100000": (with_sheet(bytes_of_noise(4 * MIB), level=9), f"{LARGE}|{OK}", OK),
        "number_1e999": (with_sheet(w.sheet("<row><c><v>1e999</v></c></row>")), BROKEN, BROKEN),
        "number_nan": (with_sheet(w.sheet("<row><c><v>NaN</v></c></row>")), BROKEN, BROKEN),
        "number_of_a_mib": (with_sheet(w.sheet(f"<row><c><v>{'1' * MIB}</v></c></row>"),
                                       method=w.STORED), BROKEN, BROKEN),
        "merges_overlap": (with_sheet(w.sheet(
            "<row><c><v>1</v></c></row>",
            "<mergeCells>" + '<mergeCell ref="A1:XFD1048576"/>' * 400 + "</mergeCells>")), OK, OK),
        "merges_1000000": (with_sheet(w.sheet("", "<mergeCells>" + "".join(
            f'<mergeCell ref="A{i}:XFD{i}"/>' for i in range(1, 30001)) + "</mergeCells>")), LARGE,
                           LARGE),
        "styles_100000": (w.book({
            **PLAIN, "xl/styles.xml": f'<styleSheet xmlns="{w.MAIN}"><cellXfs>'
            + '<xf numFmtId="14"/>' * 100000 + "</cellXfs></styleSheet>"}), LARGE, LARGE),
    }


def told_100(entry):
    entry.size = 100
    return entry


CODES = (OK, BROKEN, LARGE, ENCRYPTED, MACRO, NOT)


def allowed(wanted):
    """A few files may be refused for either of two reasons: code|code."""
    return wanted.split("|")


def dumps_of(paths):
    """(name, code, KiB at the peak) of xlsx-dump, run by the driver: a child of Python would be
    charged with Python's own memory."""
    for name, status, _, _, _, kib, sentence in drive("dump", BAOBEI, *paths):
        if (status, sentence) == ("0", ""):
            yield name, OK, kib
            continue
        told = sentence.split(": ")
        if status != "2" or len(told) < 4 or told[0] != "xlsx-dump":
            raise AssertionError(f"{name}: exit {status} {sentence}")
        yield name, told[2], kib


def each_bomb_has_its_code(paths, wanted, mode, *first):
    base, worst, wrong = None, (0, ""), []
    for name, code, _, _, us, kib, sentence in drive(mode, *first, *paths):
        name = name.rsplit(".", 1)[0]
        if base is None:
            base = kib  # of the sound one, which stands first
        worst = max(worst, (kib - base, name))
        print(f"   {name}: {code} {us // 1000} ms {kib - base} KiB {sentence}")
        if code not in allowed(wanted[name][1]):
            wrong.append(f"{name}: {code} ({sentence}), not {wanted[name][1]}")
    print(f"   at most {worst[0]} KiB over the base, by {worst[1]}")
    if wrong or worst[0] > MEMORY_KIB:
        raise AssertionError("\n".join(wrong) or worst)


def each_bomb_is_refused_by_the_dump(paths, wanted):
    base, worst, wrong = None, (0, ""), []
    for name, code, kib in dumps_of(paths):
        name = name.rsplit(".", 1)[0]
        base = kib if base is None else base
        worst = max(worst, (kib - base, name))
        if code not in allowed(wanted[name][2]):
            wrong.append(f"{name}: {code}, not {wanted[name][2]}")
    print(f"   at most {worst[0]} KiB over the base, by {worst[1]}")
    if wrong or worst[0] > MEMORY_KIB:
        raise AssertionError("\n".join(wrong) or worst)


def sweep(name, variants):
    """Every variant gets a code; a crash or a broken row would fail the driver. Counts of codes."""
    counts, batch = {}, []
    variants = list(variants)
    for at, data in enumerate(variants):
        batch.append(write(f"{name}{len(batch)}.xlsx", data))
        if len(batch) == AT_ONCE or at + 1 == len(variants):
            for _, code, *_ in drive("memory", *batch):
                counts[code] = counts.get(code, 0) + 1
            batch = []
    print("  ", name, len(variants), counts)
    if set(counts) - set(CODES):
        raise AssertionError(counts)
    return counts


def truncation_at_every_byte_is_refused():
    whole = w.book(PLAIN)
    counts = sweep("cut", (whole[:size] for size in range(len(whole))))
    if counts.get(OK):
        raise AssertionError(counts)


def flipped(data, bits):
    for bit in bits:
        changed = bytearray(data)
        changed[bit // 8] ^= 1 << bit % 8
        yield bytes(changed)


def single_bits_may_flip():
    whole = w.book(PLAIN)
    step = 1 if FULL else 5
    counts = sweep("flip", flipped(whole, range(SEED % step, 8 * len(whole), step)))
    if counts.get(BROKEN, 0) < sum(counts.values()) // 2:
        raise AssertionError(counts)


def bits_may_flip_within_the_xml():
    """Checksums made to hold, so that the parsers behind them see the damage."""
    chance, variants = random.Random(SEED), []
    for _ in range(4000 if FULL else 800):
        found = {}
        for name, data in PLAIN.items():
            changed = bytearray(data.encode())
            for _ in range(chance.choice((0, 0, 1, 3))):
                changed[chance.randrange(len(changed))] = chance.choice(b"<>/&\"'= 0A\0\x7f\xff")
            found[name] = bytes(changed)
        variants.append(w.book(found, method=chance.choice((w.STORED, w.DEFLATED))))
    sweep("xml", variants)


def the_jail_holds():
    wanted = {name: BROKEN for name in ("open", "socket", "exec_memory", "fork", "kill", "memory",
                                        "abort", "silent", "short", "large")}
    wanted.update(cpu=LARGE, nothing=OK)
    got = {row[0]: row[1] for row in drive("probe", READER)}
    if got != wanted:
        raise AssertionError(f"{got}\n{wanted}")


def many_threads_read_bombs_at_once(paths, wanted):
    few = [path for path in paths if os.path.getsize(path) < 300000] * 2
    random.Random(SEED).shuffle(few)
    for name, code, *_ in drive("threads", READER, "8", *few):
        if code not in allowed(wanted[name.rsplit(".", 1)[0]][1]):
            raise AssertionError(f"{name}: {code}")


def main():
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if not os.path.exists(DRIVER):
        report.fail("the_driver_is_built", DRIVER)
        report.finish()
    wanted = cases()
    paths = [write(name + ".xlsx", data) for name, (data, _, _) in wanted.items()]
    sanitized = "release" not in os.path.basename(BUILD)
    report.check("each_bomb_has_its_code_in_the_jail",
                 lambda: each_bomb_has_its_code(paths, wanted, "jail", READER))
    if sanitized:
        report.skip("the_jail_holds", "sanitizers need more than the jail gives")
    else:
        report.check("the_jail_holds", the_jail_holds)
        report.check("each_bomb_stays_within_64_mib",
                     lambda: each_bomb_has_its_code(paths, wanted, "memory"))
        report.check("each_bomb_is_refused_by_the_dump",
                     lambda: each_bomb_is_refused_by_the_dump(paths, wanted))
    report.check("many_threads_read_bombs_at_once",
                 lambda: many_threads_read_bombs_at_once(paths, wanted))
    for test in (truncation_at_every_byte_is_refused, single_bits_may_flip,
                 bits_may_flip_within_the_xml):
        report.check(test.__name__, test)
    shutil.rmtree(FOLDER)
    report.finish()


if __name__ == "__main__":
    main()
