"""tests/acceptance.tsv: a row for every F- and P-number of MISSION.md, held to account.

Columns: number, done|partial|no, the tests that show it (separated by blanks), title.
"""
import re
from collections import Counter

from results import ROOT, say

PATH = ROOT / "tests" / "acceptance.tsv"
NUMBERS = [f"F{n:03}" for n in range(1, 253)] + [f"P{n:02}" for n in range(1, 57)]
ROWS_PER_TEST = 5


def read_rows(text):
    """(rows, problems of form)."""
    rows, problems = [], []
    for at, line in enumerate(text.splitlines(), 1):
        cells = line.split("\t")
        if len(cells) != 4 or cells[1] not in ("done", "partial", "no") or not cells[3]:
            problems.append(f"line {at}: not number, done|partial|no, tests, title: {line!r}")
        else:
            rows.append((cells[0], cells[1], cells[2].split(), cells[3]))
    return rows, problems


def problems_of_form(rows):
    problems = []
    seen = Counter(row[0] for row in rows)
    problems += [f"{number} is missing" for number in NUMBERS if number not in seen]
    problems += [f"{number} stands {n} times" for number, n in seen.items() if n > 1]
    problems += [f"{number} is no number of MISSION.md" for number in seen if number not in NUMBERS]
    uses = Counter(test for row in rows for test in row[2])
    problems += [f"{test} stands for {n} rows, at most {ROWS_PER_TEST}"
                 for test, n in uses.items() if n > ROWS_PER_TEST]
    for number, state, tests, _ in rows:
        if state == "no" and tests:
            problems.append(f"{number} is 'no' and names a test")
        if state != "no" and not tests:
            problems.append(f"{number} is '{state}' and names no test")
    return problems


def problems_of_outcome(rows, outcomes):
    """outcomes: test name -> pass|fail|skip."""
    problems = []
    for number, state, tests, _ in rows:
        for test in tests:
            if test not in outcomes:
                problems.append(f"{number} is '{state}' by {test}, which did not run")
            elif outcomes[test] != "pass":
                problems.append(f"{number} is '{state}' by {test}: {outcomes[test]}")
    return problems


def module_with(name, folders):
    """The .mjs file that defines the test NAME: test('NAME' before test(`NA${width}`."""
    by_template = None
    for folder in folders:
        for path in sorted(folder.glob("*.mjs")):
            text = path.read_text(encoding="utf-8")
            for _, title in re.findall(r"\btest\(\s*(['\"`])([^'\"`]+)\1", text):
                fixed = [re.escape(part) for part in re.split(r"\$\{[^}]*\}", title)]
                if title == name:
                    return path
                if re.fullmatch(r"\w+".join(fixed), name):
                    by_template = by_template or path
    return by_template


def test_file(test, root=ROOT):
    """The file a test's name points to: unit_base.bytes_test.x, e2e.crash_loop_test.x; what the
    executable tests/FOLDER/run prints (browser.run.x) stands in the modules that it loads."""
    parts = test.split(".")
    if len(parts) < 3:
        return None
    folder = parts[0]
    if folder.startswith("unit_"):
        found = sorted((root / "tests" / "unit").glob(f"**/{parts[1]}.c"))
        mirrored = [path for path in found if path.parent.name == folder[len("unit_"):]]
        found = mirrored or found
    elif parts[1] == "run":
        return module_with(parts[2], [root / "tests" / folder, root / "web" / "ui" / "test"])
    else:
        found = sorted((root / "tests").glob(f"{folder}/{parts[1]}.*"))
        found += sorted((root / "web" / "ui" / "test").glob(f"**/{parts[1]}.*"))
    return found[0] if found else None


def problems_of_naming(rows, root=ROOT):
    """A test names the rows it stands for, in its own file (a comment is enough)."""
    problems = []
    for number, _, tests, _ in rows:
        for test in tests:
            path = test_file(test, root)
            if path is None:
                problems.append(f"{number}: no file for the test {test}")
            elif not re.search(rf"\b{number}\b", path.read_text(encoding="utf-8")):
                problems.append(f"{number} is not named in {path.relative_to(root)}")
    return problems


def print_counts(rows):
    counts = Counter(row[1] for row in rows)
    say(f"acceptance: {counts['done']} done, {counts['partial']} partial, {counts['no']} no")


def check(results, with_outcomes):
    """Adds the tests acceptance.form and, after a full run, acceptance.shown."""
    rows, problems = read_rows(PATH.read_text(encoding="utf-8"))
    problems += problems_of_form(rows) + problems_of_naming(rows)
    results.add("acceptance", "acceptance.form", "fail" if problems else "pass")
    if with_outcomes:
        shown = problems_of_outcome(rows, results.tests)
        results.add("acceptance", "acceptance.shown", "fail" if shown else "pass")
        problems += shown
    for problem in problems:
        say(f"    {problem}")
