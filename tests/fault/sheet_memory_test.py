#!/usr/bin/env python3
# dev: part=sheet build=release loops=1 minutes=5
"""What one uploaded sheet holds in the server, from its first byte to its import: at most 8 MiB
(src/uploads.h). Counted under the release server (tests/fault/heap): all that is allocated in it,
but by its store, whose recent rows and pages have their own bounds; and files in memory.

The sheets are the worst that may be: 2 MiB, 400 rows or 300 that may be filed, 64 columns, as much
text as is read, every quoted cell and remark at its longest; and those that are just refused."""
import os
import random
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "e2e", "lib"), os.path.join(HERE, "..", "http"), HERE]
import workbooks  # noqa: E402
from batch_test import CSV, HEADER, XLSX, Rows, imported, settled, upload  # noqa: E402
from failing_heap import FailingHeap  # noqa: E402
from world import World, equal, report  # noqa: E402

MIB = 1 << 20
MOST = 8 * MIB
FILE_MAX, TEXT_MAX = 2 * MIB, 2 * MIB
ROWS, ROWS_READ, COLUMNS = 300, 400, 64
WAIT_S = 10
LONG = 30000  # bytes of a cell that nobody asked for
CHUNK = 5000
QUOTED = 400  # bytes of a cell that a fault quotes
OWN = len(HEADER.split(","))
CHANCE = random.Random(int(os.environ.get("BAOBEI_SEED", "1")))


# ---- the sheets ----

def rare(count):
    """Characters of four bytes each, no two the same way."""
    return "".join(chr(CHANCE.randrange(0x20000, 0x2a6d0)) for _ in range(count))


def noise(size):
    return f"{CHANCE.getrandbits(4 * size):0{size}x}" if size else ""


def letters(column):
    return (chr(64 + column // 26) if column >= 26 else "") + chr(65 + column % 26)


def widened(rows, size):
    """With columns that nobody asked for, so that all columns are used and `size` bytes of text."""
    rows = [list(row) for row in rows]
    room = size - sum(len(text.encode()) for row in rows for text in row)
    cells = len(rows) * (COLUMNS - OWN)
    each, more = divmod(room, cells)
    for row in rows:
        for _ in range(COLUMNS - OWN):
            row.append(noise(each + (more > 0)))
            more -= 1
    return rows


def workbook(rows, size=FILE_MAX):
    """In the plain form, with a picture of noise behind it that fills the file."""
    lines = []
    for number, row in enumerate(rows, 1):
        cells = "".join(f'<c r="{letters(at)}{number}" t="inlineStr"><is><t>{text}</t></is></c>'
                        for at, text in enumerate(row) if text)
        lines.append(f'<row r="{number}">{cells}</row>')
    parts = [workbooks.Entry(name, data)
             for name, data in workbooks.parts(whole=workbooks.sheet("".join(lines))).items()]
    picture = workbooks.Entry("xl/media/a.png", b"", method=workbooks.STORED)
    room = size - len(workbooks.pack([*parts, picture]))
    if room < 0:
        raise AssertionError(f"{-room} bytes too many")
    parts.append(workbooks.Entry("xl/media/a.png", CHANCE.randbytes(room),
                                 method=workbooks.STORED))
    return workbooks.pack(parts)


def padded(text):
    return text + " " * (QUOTED - len(text))


def sound(rows):
    """Rows that may be filed, the cells that are kept of each at their longest."""
    for row in rows:
        for at in (2, 4, 5, 6):
            row[at] = padded(row[at])
        row[10] = rare(249) + "&#13;\n" + rare(249)
    return [HEADER.split(","), *rows]


def faulty(count):
    """A fault in every cell, each quoted as far as a fault quotes."""
    return [HEADER.split(","), *([noise(QUOTED) for _ in range(OWN)] for _ in range(count))]


# ---- what is held ----

class Held:
    """Over what an idle server holds that has read no sheet yet."""

    def __init__(self, world, heap):
        self.world, self.heap, self.most = world, heap, 0
        self.idle = heap.held()

    def note(self, what, act):
        held, given = self.heap.most_held(act)
        self.most = max(self.most, held - self.idle)
        report.say(f"   {what}: {(held - self.idle) / MIB:.2f} MiB")
        return given

    def read(self, title, data, state, code=None, send=upload, **more):
        """The batch, once it is read: who asks for it then is told its faults, which is another's
        memory."""
        answer = self.note(f"{title}, until it is answered",
                           lambda: send(self.world.clerk, data, **more))
        batch = answer.wants(202).json["batch_id"]
        self.note(f"{title}, until it is read", lambda: self.wait(batch))
        shown = settled(self.world.clerk, batch)
        equal((shown["state"], (shown["error"] or {}).get("code")), (state, code))
        return shown

    def wait(self, batch):
        """Asks the list, which tells no faults."""
        end = time.monotonic() + WAIT_S
        while time.monotonic() < end:
            states = {one["batch_id"]: one["state"]
                      for one in self.world.clerk.get("/batches").wants(200).json["items"]}
            if states[batch] in ("ready", "failed"):
                return
            time.sleep(0.02)  # between questions, not instead of an answer
        raise AssertionError(f"{batch} is not read")


# ---- the longest of each kind ----

def the_longest_sound_sheet(held):
    rows = widened(sound(Rows(held.world).rows(ROWS)), TEXT_MAX)
    batch = held.read("300 sound rows", workbook(rows), "ready")
    equal((batch["rows"], batch["valid"], batch["errors_total"]), (ROWS, ROWS, 0))
    answer = held.note("until it is imported", lambda: imported(held.world.clerk, batch))
    equal(answer.wants(200).json["imported"], ROWS)


def the_longest_faulty_sheet(held):
    batch = held.read("300 faulty rows", workbook(widened(faulty(ROWS), TEXT_MAX)), "ready")
    equal((batch["rows"], batch["valid"], len(batch["errors"])), (ROWS, 0, 2000))


def a_sheet_of_both(held):
    rows = sound(Rows(held.world).rows(ROWS // 2)) + faulty(ROWS // 2)[1:]
    batch = held.read("150 of both", workbook(widened(rows, TEXT_MAX)), "ready")
    equal((batch["rows"], batch["valid"]), (ROWS, ROWS // 2))


def remarks_that_are_far_too_long(held):
    """With line ends to mend, of which a copy would be made."""
    rows = faulty(ROWS)
    for row in rows[1:]:
        row[:] = [row[0], *[""] * (OWN - 2), noise(3000) + "&#13;" + noise(3000)]
    batch = held.read("long remarks", workbook(widened(rows, TEXT_MAX)), "ready")
    equal({one["code"] for one in batch["errors"] if one["column"] == letters(OWN - 1)},
          {"too_long"})


def all_rows_that_are_read(held):
    batch = held.read("400 rows", workbook(widened(faulty(ROWS_READ - 1), TEXT_MAX)), "failed",
                      "too_many_rows")
    equal(batch["error"]["count"], ROWS_READ - 1)


def in_chunks(client, data):
    cookies = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
    fields = {**client.headers, **XLSX, "Cookie": cookies, "Transfer-Encoding": "chunked"}
    pieces = [data[at:at + CHUNK] for at in range(0, len(data), CHUNK)]
    body = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in [*pieces, b""])
    return client.exchange("POST", "/api/v1/batches?kind=general&name=a", fields, body)


def a_sheet_that_comes_in_chunks(held):
    data = workbook(widened(faulty(ROWS_READ - 1), TEXT_MAX))
    held.read("in chunks", data, "failed", "too_many_rows", in_chunks)


def a_byte_of_text_too_much(held):
    held.read("a byte too many", workbook(widened(faulty(ROWS), TEXT_MAX + 1)), "failed",
              "xlsx_too_large")


def as_much_text_as_csv_can_hold(held):
    lines = "\r\n".join([HEADER, *(",".join(row) for row in faulty(ROWS)[1:])]).encode()
    more = FILE_MAX - len(lines)
    pieces = [b"," + noise(LONG - 1).encode() for _ in range(more // LONG)]
    held.read("CSV", lines + b"".join(pieces), "ready", name="a.csv", headers=CSV)


def measured(test):
    """On a server that has read no sheet: what its threads keep for the next would hide as much."""
    prepared = {}

    def prepare(server):
        prepared["heap"] = FailingHeap(server.folder)
    with World(prepare=prepare, serves="failing_heap") as world:
        held = Held(world, prepared["heap"])
        test(held)
        world.server.stop()
    if not 2 * MIB < held.most <= MOST:
        raise AssertionError(f"{held.most / MIB:.2f} MiB")


def main():
    for test in (the_longest_sound_sheet, the_longest_faulty_sheet, a_sheet_of_both,
                 remarks_that_are_far_too_long, all_rows_that_are_read,
                 a_sheet_that_comes_in_chunks, a_byte_of_text_too_much,
                 as_much_text_as_csv_can_hold):
        report.check(f"{test.__name__}_takes_at_most_8_mib", lambda test=test: measured(test))
    report.finish()


if __name__ == "__main__":
    main()
