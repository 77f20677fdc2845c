"""Uploaded sheets for tests: CSV in the columns of the general template (DOMAIN 6.1), the doctor of
faults_test.py at a half hour that nobody has."""
import contextlib
import glob
import os
import signal
import time

import faults_test
import registrants

COLUMNS = ("身分證字號 姓名 被支援機構代碼 被支援機構名稱 支援科別代碼 支援目的代碼 支援開始日期 開始時間 "
           "支援結束日期 結束時間 備註").split()
WAIT_S = 20


def roc(local):
    """Date and time of day as a sheet holds them."""
    date, clock = local.split("T")
    year, month, day = date.split("-")
    return f"{int(year) - 1911:03}{month}{day}", clock.replace(":", "")


def row(world, **more):
    slot = world.slot()
    (from_date, start), (to_date, end) = roc(slot["start"]), roc(slot["end"])
    doctor = registrants.id_no(1000 + faults_test.PEOPLE.index("doctor"))
    cells = dict(zip(COLUMNS, (doctor, "", world.targets[0], "", "02", "01", from_date, start,
                               to_date, end, "")))
    return [{**cells, **more}[name] for name in COLUMNS]


def csv(*rows):
    return "".join(",".join(cells) + "\r\n" for cells in (COLUMNS, *rows)).encode()


def sound(world):
    return csv(row(world))


def faulty(world):
    return csv(row(world, 身分證字號="A123"), row(world, 被支援機構代碼="0000000000"))


def upload(world, file, kind="general"):
    return world.clerk.request("POST", f"/batches?kind={kind}&name=test.csv", raw=file,
                               headers={"Content-Type": "text/csv"})


def settled(world, answer):
    """The batch, once every fault of it is known."""
    path = f"/batches/{answer.wants(202).json['batch_id']}"
    end = time.monotonic() + WAIT_S
    while time.monotonic() < end:
        batch = world.clerk.get(path).wants(200).json
        if batch["state"] in ("ready", "failed"):
            return batch
        time.sleep(0.02)  # between questions, not instead of an answer
    raise AssertionError("a batch that is not read")


@contextlib.contextmanager
def reader_held(server):
    """The process that reads sheets stands still meanwhile: what is uploaded stays `received`."""
    readers = []
    for path in glob.glob("/proc/[0-9]*/stat"):
        with contextlib.suppress(OSError), open(path, encoding="utf-8") as file:
            number, rest = file.read().split(" (", 1)
            if int(rest.rsplit(") ", 1)[1].split()[1]) == server.process.pid:
                readers.append(int(number))
    if not readers:
        raise AssertionError("the server has no process that reads sheets")
    for number in readers:
        os.kill(number, signal.SIGSTOP)
    try:
        yield
    finally:
        for number in readers:
            os.kill(number, signal.SIGCONT)


def uploaded(world):
    """A batch of one sound row, ready."""
    return settled(world, upload(world, sound(world)))
