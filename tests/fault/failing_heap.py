"""The page shared with a server under `failing_heap` (tests/fault/heap): how many allocations were
made, which fail, and whether something leaked.

    heap = FailingHeap(folder)            before the server starts; its file goes by the environment
    heap.fail(7)                          the 7th from now on fails; fail(7, 20): 20 from there
    heap.end()                            none fails any more; how many did
    heap.leaks()                          looks; what is found goes to the server's output
    own_leaks(text)                       of such an output, what is not forgiven
    heap.held()                           bytes, by server and libraries; not under a sanitizer, and
                                          nothing of its store's
    heap.most_held(act)                   at the most while it acted, and what it gave
"""
import mmap
import os
import re
import select

COUNT, FROM, TO, FAILED, SHOWS = range(5)
HELD, MOST = 3, 4  # of 64 bits each
LOOK_S = 120
BLOCK = re.compile(r"leak of (\d+) byte\(s\) in (\d+) object\(s\) allocated from:\n((?: +#.*\n)+)")
# mbedTLS 3.6 frees a transform of TLS 1.3 that it could not make whole, but not the cipher contexts
# in it (ssl_tls13_keys.c: mbedtls_free where mbedtls_ssl_transform_free is meant): a GCM and an AES
# context a handshake that ran out of memory just there. Nothing of ours can give them back.
FORGIVEN = (424, 288)


def own_leaks(text):
    def is_forgiven(size, count, stack):
        frames = [frame for frame in stack.strip().splitlines() if "/libsanitizer/" not in frame]
        return ("libmbedcrypto" in frames[-1] and not any("/src/" in frame for frame in frames)
                and int(size) // int(count) in FORGIVEN)
    return [f"{size} bytes in {count}\n{stack}" for size, count, stack in BLOCK.findall(text)
            if not is_forgiven(size, count, stack)]


class FailingHeap:
    def __init__(self, folder):
        self.path = os.path.join(folder, "orders")
        with open(self.path, "wb") as file:
            file.write(bytes(4096))
        with open(self.path, "r+b") as file:
            self.page = mmap.mmap(file.fileno(), 4096)
        self.words = memoryview(self.page).cast("I")
        self.bytes = memoryview(self.page).cast("q")
        os.environ["FAILING_HEAP"] = self.path
        # The report is read here: at its end the server's exit code says other things.
        os.environ["LSAN_OPTIONS"] = os.environ.get("LSAN_OPTIONS", "") + ":exitcode=0"
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

    def held(self):
        return self.bytes[HELD]

    def most_held(self, act):
        self.bytes[MOST] = self.bytes[HELD]
        given = act()
        return self.bytes[MOST], given

    def show(self, shows):
        self.words[SHOWS] = shows

    def leaks(self):
        os.write(self.ask, b"?")
        if not select.select([self.answer], [], [], LOOK_S)[0]:
            raise AssertionError("no answer about leaks")
        return os.read(self.answer, 1) != b"\0"
