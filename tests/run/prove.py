"""`./dev prove [PART]`: what takes long. Each run leaves a line in tests/proof.tsv: date, commit,
part, passed, failed, minutes, seed. Fuzzing takes 20 minutes a target, so `./dev prove fuzz.NAME`
(fuzz.uri) is a part of its own."""
import datetime
import json
import os
import re
import subprocess
import time
from collections import defaultdict

import build
import parts
import process
from results import ROOT, Results, say

PROOF = ROOT / "tests" / "proof.tsv"
COVERED = ("src/", "actors/", "storage/", "web/")
# At least so many percent of lines, by the start of the path (DESIGN 12).
COVERAGE_MIN = (("src/rt/", 98), ("actors/", 98), ("storage/", 98), ("", 90))


FUZZ_SECONDS = 20 * 60


def prove_fuzz(results, name="*"):
    if build.build(results, "fuzz"):
        parts.run_fuzz(results, "fuzz", FUZZ_SECONDS, name)


def fuzz_targets():
    paths = (ROOT / "tests" / "fuzz").glob("*_fuzz.c")
    return sorted(path.stem.removesuffix("_fuzz") for path in paths)


def prove_clang_tidy(results):
    parts.check_clang_tidy(results, everything=True)


def prove_analyzer(results):
    """gcc -fanalyzer over every file of the debug build."""
    build.configure("debug")
    commands = json.loads((build.build_dir("debug") / "compile_commands.json").read_text())
    bad = 0
    for entry in commands:
        name = entry["file"]
        if "/gen/" in name or not name.endswith(".c"):
            continue
        words = re.sub(r"-o \S+", "-o /dev/null", entry["command"]).split()
        words = [word.replace('\\"', '"') for word in words if "ccache" not in word]
        done = process.run(words + ["-fanalyzer"], "analyzer", 10, cwd=entry["directory"])
        if done.code != 0:
            bad += 1
            say(f"FAILED -fanalyzer {name}")
            build.show_errors(done.output)
    results.add("analyzer", "analyzer.files", "fail" if bad else "pass")


def prove_valgrind(results):
    """The unit tests of the release flags under memcheck; children (one a test) included."""
    done = process.run(["cmake", "--preset", "release", "-B", "build/valgrind"],
                       "configure-valgrind")
    if done.code == 0:
        done = process.run(["ninja", "-C", "build/valgrind", "units"], "build-valgrind", 30)
    if not parts.verdict(results, "valgrind", "valgrind.build", done):
        return
    for name in (ROOT / "build/valgrind/gen/units.txt").read_text().split():
        done = process.run(["valgrind", "-q", "--error-exitcode=99", "--leak-check=full",
                            "--trace-children=no", ROOT / "build/valgrind" / name],
                           f"valgrind-{name}", 60)
        parts.verdict(results, "valgrind", f"valgrind.{name}", done)


def prove_helgrind(results):
    """The unit tests of loop/ and storage/ under helgrind: locks and their order. What C11 atomics
    publish it does not know: tests/lib/helgrind.supp says what is forgiven and why."""
    done = process.run(["cmake", "--preset", "release", "-B", "build/valgrind"],
                       "configure-valgrind")
    if done.code == 0:
        done = process.run(["ninja", "-C", "build/valgrind", "unit_loop", "unit_storage"],
                           "build-valgrind", 30)
    if not parts.verdict(results, "helgrind", "helgrind.build", done):
        return
    for name in ("unit_loop", "unit_storage"):
        done = process.run(["valgrind", "-q", "--tool=helgrind", "--error-exitcode=99",
                            f"--suppressions={ROOT}/tests/lib/helgrind.supp",
                            "--trace-children=no", ROOT / "build/valgrind" / name],
                           f"helgrind-{name}", 180, process.environment(T_TIMEOUT_S=3600))
        parts.verdict(results, "helgrind", f"helgrind.{name}", done)


def path_of(folder, name):
    """From the root; ccache may have made gcc's paths relative to where it ran."""
    return os.path.relpath(os.path.normpath(os.path.join(folder, name)), ROOT)


def read_coverage(folder):
    """path -> (lines, covered lines), lines with CHECK left out."""
    counts = defaultdict(lambda: [set(), set()])
    for data in sorted(folder.glob("**/*.gcda")):
        done = subprocess.run(["gcov", "--json-format", "--stdout", data], cwd=folder,
                              capture_output=True, text=True, check=False)
        for text in done.stdout.splitlines():
            for file in json.loads(text)["files"]:
                path = path_of(folder, file["file"])
                if path.startswith(COVERED) and path.endswith(".c"):
                    for line in file["lines"]:
                        counts[path][0].add(line["line_number"])
                        if line["count"]:
                            counts[path][1].add(line["line_number"])
    return {path: left_out_checks(path, *lines) for path, lines in counts.items()}


def left_out_checks(path, lines, covered):
    text = (ROOT / path).read_text(encoding="utf-8").splitlines()
    counted = {n for n in lines if n <= len(text) and "CHECK(" not in text[n - 1]}
    return len(counted), len(counted & covered)


def judge_coverage(results, files):
    for start, least in COVERAGE_MIN:
        mine = [counts for path, counts in files.items() if path.startswith(start)]
        lines, covered = sum(c[0] for c in mine), sum(c[1] for c in mine)
        percent = 100 * covered / lines if lines else 0  # nothing was measured
        say(f"   {percent:5.1f} % of {lines} lines, at least {least}: {start or 'all'}")
        outcome = "pass" if percent >= least else "fail"
        results.add("coverage", f"coverage.{start or 'all'}", outcome)


def prove_coverage(results):
    if not build.build(results, "coverage"):
        return
    folder = build.build_dir("coverage")
    for data in folder.glob("**/*.gcda"):
        data.unlink()
    parts.run_units(results, "coverage", "coverage")
    if (folder / "simulator").exists():
        process.run([folder / "simulator"], "coverage-simulator", 60)
    files = read_coverage(folder)
    judge_coverage(results, files)
    worst = sorted((100 * covered / max(1, lines), path)
                   for path, (lines, covered) in files.items())
    for percent, path in worst[:15]:
        say(f"   {percent:5.1f} % {path}")


OWN = {
    "fuzz": prove_fuzz,
    "clang-tidy": prove_clang_tidy,
    "analyzer": prove_analyzer,
    "valgrind": prove_valgrind,
    "helgrind": prove_helgrind,
    "coverage": prove_coverage,
}
ONE_FUZZ = {f"fuzz.{name}": name for name in fuzz_targets()}


def keep(part, results, minutes, seed):
    done = subprocess.run(["git", "rev-parse", "--short=12", "HEAD"], cwd=ROOT, capture_output=True,
                          text=True, check=False)
    commit = done.stdout.strip() or "uncommitted"
    with PROOF.open("a", encoding="utf-8") as file:
        file.write(f"{datetime.date.today()}\t{commit}\t{part}\t{results.count('pass')} passed\t"
                   f"{results.count('fail')} failed\t{minutes:.1f} min\tseed {seed}\n")


def main(words, seed, run_script_parts, build_all):
    import scripts  # the parts of the scripts are known only by looking
    of_scripts = list(dict.fromkeys(script.part for script in scripts.find_scripts()))
    if len(words) != 1 or words[0] not in (*OWN, *ONE_FUZZ, *of_scripts, "all"):
        say("parts: " + " ".join([*OWN, *ONE_FUZZ, *of_scripts, "all"]))
        return 0 if not words else 2
    failed = 0
    for part in ([*OWN, *of_scripts] if words[0] == "all" else words):
        results = Results()
        start = time.monotonic()
        if part in OWN:
            results.run_part(part, lambda part=part: OWN[part](results))
        elif part in ONE_FUZZ:
            results.run_part(part, lambda part=part: prove_fuzz(results, ONE_FUZZ[part]))
        else:
            mine = {script.build for script in scripts.find_scripts() if script.part == part}
            made = build_all(results, ["release", *sorted(mine - {"release", "none"})])
            run_script_parts(results, made, seed, full=True, only={part})
        keep(part, results, (time.monotonic() - start) / 60, seed)
        failed |= results.print_verdict()
    return failed
