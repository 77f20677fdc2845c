"""The page shared with a server under `failing_calls.so` (tests/fault/calls): which call fails and
how.

    calls = FailingCalls(folder)
    server.command = calls.command        what stands before the program
    calls.fail("pwrite", "EIO", 3)        the third write to a file fails; ALWAYS: all from there
    calls.end()                           none fails any more; how many did
"""
import errno
import mmap
import os

COUNT, FROM, TO, FAILED, CALL, KIND, FAULT = range(7)
ANY, FILE, SOCKET = range(3)
SHORT, SWALLOW = 1000, 1001
ALWAYS = 2**31

# name -> (call as in failing_calls.c, kind of descriptor, faults that Linux can give)
CALLS = {
    "pwrite": (2, FILE, ("EIO", "ENOSPC", "EINTR", "SHORT")),
    "write_file": (1, FILE, ("EIO", "ENOSPC", "EINTR", "SHORT")),
    "write_socket": (1, SOCKET, ("ECONNRESET", "EPIPE", "ENOMEM", "ENOBUFS", "EINTR", "SHORT")),
    "read_file": (3, FILE, ("EIO", "EINTR", "ENOMEM")),
    "read_socket": (3, SOCKET, ("ECONNRESET", "ENOMEM", "EINTR", "ETIMEDOUT", "SHORT")),
    "pread": (4, FILE, ("EIO", "EINTR", "ENOMEM", "SHORT")),
    "sync": (5, ANY, ("EIO", "ENOSPC")),
    "open": (6, ANY, ("EMFILE", "ENFILE", "ENOMEM", "EIO", "EINTR")),
    "allocate": (7, ANY, ("EIO", "ENOSPC", "EINTR")),
    "rename": (8, ANY, ("EIO", "ENOSPC", "ENOMEM")),
    "accept": (9, ANY, ("EMFILE", "ENFILE", "ENOMEM", "ENOBUFS", "EINTR", "ECONNABORTED")),
    "map": (10, ANY, ("ENOMEM", "EAGAIN")),
    "poll": (11, ANY, ("EINTR",)),
    "socket": (12, ANY, ("EMFILE", "ENFILE", "ENOMEM", "ENOBUFS")),
    "lock": (13, ANY, ("EINTR", "ENOLCK")),
    "close": (14, ANY, ("EIO", "EINTR")),
}


class FailingCalls:
    def __init__(self, folder, library):
        self.path = os.path.join(folder, "orders")
        with open(self.path, "wb") as file:
            file.write(bytes(4096))
        with open(self.path, "r+b") as file:
            self.page = mmap.mmap(file.fileno(), 4096)
        self.words = memoryview(self.page).cast("I")
        self.command = ["env", f"LD_PRELOAD={library}", f"FAILING_CALLS={self.path}"]

    def fail(self, name, fault, first, many=1):
        call, kind, _ = CALLS[name]
        self.words[FROM] = 0
        self.words[CALL], self.words[KIND] = call, kind
        special = {"SHORT": SHORT, "SWALLOW": SWALLOW}
        self.words[FAULT] = special.get(fault) or getattr(errno, fault)
        self.words[COUNT] = self.words[FAILED] = 0
        self.words[TO] = min(first + many - 1, 2**32 - 1)
        self.words[FROM] = first

    def end(self):
        self.words[FROM] = 0
        return self.words[FAILED]

    def count(self):
        """Such calls since `fail`."""
        return self.words[COUNT]
