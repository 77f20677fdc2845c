"""What a client was told, and what must therefore be true (I1, I3, I5 of RELIABILITY 4).

A line's version grows by one with every change, and every command names the version it saw: so of
all commands
on (line, version) at most one is ever done, and what was told fixes version and status exactly,
once each
unknown outcome has been resolved by repeating its key.
"""
import threading


class Wrong(Exception):
    """The server broke its word."""


class Line:
    def __init__(self, line_id, filer, version, status):
        self.line_id, self.filer = line_id, filer
        self.version, self.status = version, status


class Ledger:
    def __init__(self):
        self.lock = threading.Lock()
        self.told = threading.Condition(self.lock)
        self.lines, self.cases, self.touched = {}, {}, set()
        self.acknowledged = 0
        # May a server that goes on answer "unknown outcome" (504)? Only where its calls fail.
        self.may_be_unknown = False

    def made(self, key, filer, case):
        """A 201: a new case with one line."""
        with self.lock:
            number = case["case_no"]
            if self.cases.setdefault(number, key) != key:
                raise Wrong(f"{number} was given twice, for {self.cases[number]} and {key}")
            shown = case["lines"][0]
            line = Line(shown["line_id"], filer, shown["version"], shown["request"]["status"])
            if line.line_id in self.lines:
                raise Wrong(f"{line.line_id} was made twice")
            self.lines[line.line_id] = line
            self.tell(line)
            return line

    def moved(self, line, version, status):
        """A command on (line, version) was done."""
        with self.lock:
            if line.version != version:
                raise Wrong(f"{line.line_id}: a command on version {version} was done, "
                            f"the line is at "
                            f"{line.version}")
            line.version, line.status = version + 1, status
            self.tell(line)

    def tell(self, line):
        self.touched.add(line.line_id)
        self.acknowledged += 1
        self.told.notify_all()

    def wait_for(self, acknowledged, alive):
        """Until so many writes were acknowledged; False when alive() is false."""
        with self.lock:
            while self.acknowledged < acknowledged:
                self.told.wait(0.1)
                if not alive():
                    return False
        return True

    def pick(self, rng, fits, tries=40):
        """A line for which fits(line); None if none was found in some tries."""
        with self.lock:
            known = list(self.lines.values())[-400:]
        for _ in range(tries if known else 0):
            line = rng.choice(known)
            if fits(line):
                return line
        return None

    def take_touched(self):
        with self.lock:
            touched, self.touched = self.touched, set()
        return [self.lines[line_id] for line_id in touched]

    def counts(self, filer):
        """As GET /lines/counts tells them."""
        found = dict.fromkeys(("draft", "under_review", "approved", "rejected", "returned"), 0)
        with self.lock:
            for line in self.lines.values():
                if line.filer is filer:
                    found[line.status] += 1
        found["total"] = sum(found.values())
        return found


def compare(line, shown):
    """The line as GET shows it must be what was told, no more and no less."""
    got = (shown["version"], shown["request"]["status"])
    if got != (line.version, line.status):
        raise Wrong(f"{line.line_id}: version and status are {got}, told was "
                    f"{(line.version, line.status)}")
