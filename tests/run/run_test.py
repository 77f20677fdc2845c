# dev: build=none loops=1
"""The runner tested: what it must find is found (no build, no server; a second)."""
import sys
import tempfile
import traceback
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import acceptance  # noqa: E402
import process  # noqa: E402
import prove  # noqa: E402
import scripts  # noqa: E402
from results import Results  # noqa: E402


def good_rows():
    return [(number, "no", [], "title") for number in acceptance.NUMBERS]


def test_a_whole_table_has_no_problem():
    assert acceptance.problems_of_form(good_rows()) == []


def test_a_missing_a_double_and_a_foreign_number_are_found():
    rows = good_rows()[1:] + [("F002", "no", [], "again"), ("F253", "no", [], "none such")]
    assert len(acceptance.problems_of_form(rows)) == 3


def test_a_test_for_six_rows_is_found():
    rows = [(row[0], "done", ["x.y.z"], "t") for row in good_rows()[:6]] + good_rows()[6:]
    assert acceptance.problems_of_form(rows) == ["x.y.z stands for 6 rows, at most 5"]


def test_done_without_a_test_is_found():
    rows = [("F001", "done", [], "t")] + good_rows()[1:]
    assert acceptance.problems_of_form(rows) == ["F001 is 'done' and names no test"]


def test_a_done_row_needs_a_test_that_ran_and_passed():
    rows = [("F001", "done", ["a.b.c"], "t"), ("F002", "partial", ["d.e.f"], "t"),
            ("F003", "done", ["g.h.i"], "t"), ("F004", "done", ["j.k.l"], "t")]
    outcomes = {"a.b.c": "pass", "d.e.f": "fail", "g.h.i": "skip"}
    problems = acceptance.problems_of_outcome(rows, outcomes)
    assert [problem[:4] for problem in problems] == ["F002", "F003", "F004"]


def test_a_bad_line_is_found():
    assert acceptance.read_rows("F001\tno\t\n")[1]
    assert acceptance.read_rows("F001\tfinished\t\ttitle\n")[1]


def test_a_test_must_name_its_row():
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "tests" / "unit" / "base").mkdir(parents=True)
        (root / "tests/unit/base/bytes_test.c").write_text("/* F001 */")
        rows = [("F001", "done", ["unit_base.bytes_test.x"], "t"),
                ("F002", "done", ["unit_base.bytes_test.x"], "t"),
                ("F003", "done", ["unit_base.other_test.x"], "t")]
        assert [p[:4] for p in acceptance.problems_of_naming(rows, root)] == ["F002", "F003"]


def test_a_browser_test_is_found_in_its_module():
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for name, text in (("tests/browser/a.mjs", "// F001\ntest('x_y', async"),
                           ("tests/browser/b.mjs", "// F002\n  test(`lists_${width}`, "),
                           ("tests/browser/c.mjs", "// F007\ntest('lists_of_all', "),
                           ("web/ui/test/c.test.mjs", "// F003\ntest('dates', ")):
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text)
        rows = [("F001", "done", ["browser.run.x_y"], "t"),
                ("F002", "done", ["browser.run.lists_390", "browser.run.lists_1280"], "t"),
                ("F003", "done", ["browser.run.dates"], "t"),
                ("F004", "done", ["browser.run.x_y"], "t"),
                ("F005", "done", ["browser.run.x"], "t"),
                ("F006", "done", ["browser.run.lists_"], "t"),
                ("F007", "done", ["browser.run.lists_of_all"], "t")]
        assert [p[:4] for p in acceptance.problems_of_naming(rows, root)] == \
            ["F004", "F005", "F006"]


def test_one_failure_of_a_test_that_ran_twice_counts():
    for outcomes in (("pass", "fail"), ("fail", "pass"), ("skip", "fail")):
        results = Results()
        for outcome in outcomes:
            results.add("part", "x", outcome)
        assert results.tests["x"] == "fail"


def run_text(text):
    """The outcomes of a script with this text."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x_test.sh"
        path.write_text(text)
        script = scripts.Script(path, "p", "debug", "1", 0.05)
        results = Results()
        scripts.run_script(results, script, process.environment(BAOBEI_LOOPS="1"))
        return {name.split(".", 2)[2]: outcome for name, outcome in results.tests.items()}


def test_protocol_lines_are_read():
    assert run_text("echo ok one; echo 'skip two no camera'; echo noise") == {
        "one": "pass", "two": "skip"}
    assert run_text("echo ok one; echo 'not ok two'; exit 1") == {"one": "pass", "two": "fail"}


def test_a_script_that_dies_or_says_nothing_fails():
    assert run_text("echo ok one; exit 7") == {"one": "pass", "exit_code_7": "fail"}
    assert run_text("true") == {"prints_no_result": "fail"}


def test_a_script_over_its_time_is_ended():
    assert run_text("echo ok one; exec sleep 60") == {"one": "pass", "exit_code_124": "fail"}


def test_coverage_of_nothing_is_none():
    name = f"../../{Path(__file__).relative_to(prove.ROOT)}"
    assert prove.path_of(prove.ROOT / "build/coverage", name) == "tests/run/run_test.py"
    results = Results()
    prove.judge_coverage(results, {})
    assert results.count("fail") == len(prove.COVERAGE_MIN)
    whole = Results()
    prove.judge_coverage(whole, {f"{start}x.c": (10, 10) for start, _ in prove.COVERAGE_MIN})
    assert whole.count("fail") == 0


def main():
    failed = 0
    for name, function in list(globals().items()):
        if name.startswith("test_"):
            try:
                function()
                print(f"ok {name[5:]}")
            except AssertionError:
                failed = 1
                traceback.print_exc(file=sys.stdout)
                print(f"not ok {name[5:]}")
    return failed


sys.exit(main())
