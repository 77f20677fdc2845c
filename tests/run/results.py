"""What came out: one outcome a test, a table of them, minutes a part, the closing lines."""
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TABLE = ROOT / "build" / "test-results.tsv"
OUTCOMES = ("pass", "fail", "skip")


def say(text):
    print(text, flush=True)


class Results:
    def __init__(self):
        self.tests = {}  # name -> outcome; a test that ran twice and failed once has failed
        self.rows = []
        self.parts = []  # (part, seconds, passed, failed, skipped)

    def add(self, part, name, outcome, ms=0):
        assert outcome in OUTCOMES, outcome
        self.rows.append((name, outcome, ms, part))
        worst = {"skip": 0, "pass": 1, "fail": 2}
        before = self.tests.get(name, "skip")
        self.tests[name] = max(before, outcome, key=worst.get)

    def count(self, outcome, part=None):
        return sum(1 for row in self.rows if row[1] == outcome and part in (None, row[3]))

    def run_part(self, name, function):
        """Runs one part; what it raises is a failure of the part, not of the runner."""
        say(f"== {name}")
        start = time.monotonic()
        try:
            function()
        except Exception as error:  # pylint: disable=broad-except
            say(f"{name}: {type(error).__name__}: {error}")
            self.add(name, f"{name}.runner", "fail")
        seconds = time.monotonic() - start
        counts = [self.count(outcome, name) for outcome in OUTCOMES]
        self.parts.append((name, seconds, *counts))
        skipped = f", {counts[2]} skipped" if counts[2] else ""
        say(f"   {name}: {counts[0]} passed, {counts[1]} failed{skipped}, {seconds / 60:.1f} min")

    def write_table(self):
        TABLE.parent.mkdir(exist_ok=True)
        with TABLE.open("w", encoding="utf-8") as file:
            for name, outcome, ms, part in self.rows:
                file.write(f"{name}\t{outcome}\t{ms}\t{part}\n")

    def print_minutes(self):
        say("\nminutes  passed  failed  skipped  part")
        for name, seconds, passed, failed, skipped in self.parts:
            say(f"{seconds / 60:7.1f}  {passed:6}  {failed:6}  {skipped:7}  {name}")
        say(f"{sum(part[1] for part in self.parts) / 60:7.1f}  in all")
        for name, outcome, _, _ in self.rows:
            if outcome == "fail":
                say(f"FAILED {name}")

    def print_verdict(self):
        """The last line of every run."""
        say(f"{self.count('pass')} passed, {self.count('fail')} failed")
        return 1 if self.count("fail") or not self.count("pass") else 0
