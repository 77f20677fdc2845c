"""The page shared with a server under `failing_heap` (tests/fault/heap): how many allocations were
made, which fail, and whether something leaked.

    heap = FailingHeap(folder)            before the server starts; its file goes by the environment
    heap.fail(7)                          the 7th from now on fails; fail(7, 20): 20 from there
    heap.end()                            none fails any more; how many did
    heap.leaks()                          True if something leaked since it was asked last
"""
import mmap
import os
import select

COUNT, FROM, TO, FAILED, SHOWS = range(5)
LOOK_S = 120


class FailingHeap:
    def __init__(self, folder):
        self.path = os.path.join(folder, "orders")
        with open(self.path, "wb") as file:
            file.write(bytes(4096))
        with open(self.path, "r+b") as file:
            self.page = mmap.mmap(file.fileno(), 4096)
        self.words = memoryview(self.page).cast("I")
        os.environ["FAILING_HEAP"] = self.path
        for name in ("ask", "answer"):
            os.mkfifo(f"{self.path}.{name}")
        self.ask = os.open(f"{self.path}.ask", os.O_RDWR)
        self.answer = os.open(f"{self.path}.answer", os.O_RDWR)

    def fail(self, first, many=1):
        self.words[FROM] = 0
        self.words[COUNT] = self.words[FAILED] = 0
        self.words[TO] = first + many - 1
        self.words[FROM] = first

    def end(self):
        self.words[FROM] = 0
        return self.words[FAILED]

    def count(self):
        return self.words[COUNT]

    def show(self, shows):
        self.words[SHOWS] = shows

    def leaks(self):
        os.write(self.ask, b"?")
        if not select.select([self.answer], [], [], LOOK_S)[0]:
            raise AssertionError("no answer about leaks")
        return os.read(self.answer, 1) != b"\0"
