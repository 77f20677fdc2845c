"""A disk that remembers what is durable and what is not, fed by the recorder's trace.

Trace (store/recorder.c): `>BBHHIQQ` = type, flags, sizes of path, other path and data, a, b; then
path, other path, data (left out if all zero). Types: C create, T set size a, E extend to size a,
W write at a, Y sync of a file or directory, R rename, U unlink or rmdir, M mkdir; notes: P a
process begins, K it was killed, S a submitted operation, A an acknowledged one.

The model: a file's writes are volatile in units of a page until the file is synced; an O_DSYNC
write is durable alone, once it has returned; names are volatile until their directory is synced."""
import struct
from collections import namedtuple

HEAD = struct.Struct(">BBHHIQQ")
DSYNC, ZEROES = 1, 2
PAGE, SECTOR = 4096, 512
BLANK = bytes(PAGE)

Event = namedtuple("Event", "type dsync path other a data")
# What may or may not have reached the disk: of a file (page, offset, data; or a new size as data),
# or of names (call and its paths).
Unit = namedtuple("Unit", "file kind at offset data")


def read_trace(path):
    with open(path, "rb") as file:
        text = file.read()
    events, at = [], 0
    while at < len(text):
        kind, flags, path_size, other_size, size, a, _ = HEAD.unpack_from(text, at)
        at += HEAD.size
        name = text[at:at + path_size].decode()
        other = text[at + path_size:at + path_size + other_size].decode()
        at += path_size + other_size
        if flags & ZEROES:
            data = bytes(size)
        else:
            data = text[at:at + size]
            at += size
        events.append(Event(chr(kind), bool(flags & DSYNC), name, other, a, data))
    return events


class File:
    """Pages and size as they are on the disk; `shown` is the size as programs see it."""

    def __init__(self, pages=None, size=0):
        self.pages = dict(pages or {})
        self.size = self.shown = size


def put_unit(pages, unit, sectors=None):
    """A page's write, whole or only the given sectors of it."""
    old = pages.get(unit.at, BLANK)
    new = old[:unit.offset] + unit.data + old[unit.offset + len(unit.data):]
    if sectors is not None:
        new = b"".join((new if i in sectors else old)[i * SECTOR:(i + 1) * SECTOR]
                       for i in range(PAGE // SECTOR))
    pages[unit.at] = new


def end_of(unit):
    return unit.at * PAGE + unit.offset + len(unit.data)


def call_name(names, unit):
    """Makes one change of names. A name whose folder has none is there, but can't be reached."""
    path, other = unit.at, unit.offset
    if unit.kind in "CM":
        names[path] = unit.data
    elif unit.kind == "R":
        # The new name leads to the file whether or not the old one was durable.
        for name in [name for name, file in names.items() if file is unit.data]:
            del names[name]
        names[other] = unit.data
    elif unit.kind == "U":
        names.pop(path, None)


def is_reachable(names, path):
    parts = path.split("/")
    return all("/".join(parts[:i]) in names for i in range(1, len(parts)))


class Disk:
    """`names`: path -> File, or None for a directory. `pending`: units in the order they came."""

    def __init__(self, names=None):
        self.durable = dict(names or {})
        self.shown = dict(self.durable)
        self.pending = []

    def feed(self, event):
        kind = event.type
        if kind == "W":
            self.write(self.shown[event.path], event)
        elif kind in "TE":
            file = self.shown[event.path]
            file.shown = event.a if kind == "T" else max(file.shown, event.a)
            self.pending.append(Unit(file, "size", 0, 0, file.shown))
        elif kind in "CMRU":
            file = File() if kind == "C" else self.shown[event.path] if kind == "R" else None
            unit = Unit(None, kind, event.path, event.other, file)
            call_name(self.shown, unit)
            self.pending.append(unit)

    def write(self, file, event):
        """Pages that read the same as before are left out: zeroes into a hole."""
        at, end = event.a, event.a + len(event.data)
        while at < end:
            page, offset = divmod(at, PAGE)
            data = event.data[at - event.a:at - event.a + PAGE - offset]
            at += len(data)
            if data != BLANK or page in file.pages or self.is_pending(file, page):
                self.pending.append(Unit(file, "page", page, offset, data))
            elif at == end and end > file.shown:
                self.pending.append(Unit(file, "size", 0, 0, end))
        file.shown = max(file.shown, end)

    def is_pending(self, file, page):
        return any(unit.file is file and unit.kind == "page" and unit.at == page
                   for unit in self.pending)

    def settle(self, wanted):
        """The units for which wanted() holds become durable."""
        rest = []
        for unit in self.pending:
            if not wanted(unit):
                rest.append(unit)
            elif unit.file is None:
                call_name(self.durable, unit)
            elif unit.kind == "size":
                unit.file.size = unit.data
            else:
                put_unit(unit.file.pages, unit)
                unit.file.size = max(unit.file.size, end_of(unit))
        self.pending = rest

    def sync(self, path):
        """Of a file: its data and size. Of a directory: the names in it."""
        target = self.shown.get(path)
        if target is None:
            self.settle(lambda unit: unit.file is None and path == self.folder_of(unit))
        else:
            self.settle(lambda unit: unit.file is target)

    @staticmethod
    def folder_of(unit):
        return (unit.offset if unit.kind == "R" else unit.at).rpartition("/")[0]

    def settle_last_write(self, count):
        """An O_DSYNC write has returned: its units, the last ones, are durable."""
        last = self.pending[-count:]
        self.settle(lambda unit: any(unit is one for one in last))

    def image(self, chosen, torn=None):
        """path -> (pages, size) or None, if just the units `chosen` (places in pending) had reached
        the disk; `torn`: (place, sectors) of one that did only in part."""
        names, pages, sizes = dict(self.durable), {}, {}
        for place, unit in enumerate(self.pending):
            sectors = torn[1] if torn and torn[0] == place else None
            if place not in chosen and sectors is None:
                continue
            if unit.file is None:
                call_name(names, unit)
                continue
            file = unit.file
            size = sizes.get(id(file), file.size)
            if unit.kind == "size":
                sizes[id(file)] = unit.data
                continue
            put_unit(pages.setdefault(id(file), dict(file.pages)), unit, sectors)
            sizes[id(file)] = max(size, end_of(unit))
        return {path: file and (pages.get(id(file), file.pages), sizes.get(id(file), file.size))
                for path, file in names.items() if is_reachable(names, path)}


def disk_of_image(image):
    return Disk({path: file and File(*file) for path, file in image.items()})
