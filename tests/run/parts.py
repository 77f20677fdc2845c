"""The parts of a run that are not scripts: source checks, unit tests, fuzz corpora, UI."""
import hashlib
import os
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import process
from build import build_dir, configure
from results import ROOT, say

CPUS = os.cpu_count() or 2


def verdict(results, part, name, done, lines=process.SHOWN_LINES):
    results.add(part, name, "pass" if done.code == 0 else "fail", done.ms)
    if done.code != 0:
        say(f"FAILED {name}")
        process.show_tail(done.output, lines)
    return done.code == 0


# ---- the sources ---------------------------------------------------------------------------------

def check_format(results):
    files = process.source_files(".c", ".h")
    done = process.run(["clang-format-14", "--dry-run", "-Werror", *files], "format")
    if done.code != 0:
        lines = [line for line in done.output.splitlines() if "error:" in line]
        names = sorted({line.split(":")[0] for line in lines})
        done.output = "./dev format would change:\n" + "\n".join(names)
    verdict(results, "format", "format.c_files", done)


def check_tidy(results):
    """tidy is one small program: compiled here, so that it runs before any build."""
    program = ROOT / "build" / "tidy"
    sources = sorted((ROOT / "tests" / "tidy").glob("*.c"))
    if not sources:
        return
    done = process.run(["gcc", "-std=c17", "-D_GNU_SOURCE", "-g", "-O1", "-Wall", "-Wextra",
                        "-Werror", "-I", ROOT, "-o", program, *sources, "-lyyjson"], "tidy-build")
    if not verdict(results, "tidy", "tidy.builds", done):
        return
    verdict(results, "tidy", "tidy.tree", process.run([program, ROOT], "tidy"), 100)
    canaries = process.run([program, ROOT, "--canaries"], "tidy-canaries")
    for line in canaries.output.splitlines():
        match = re.match(r"^(ok|not ok) (\S+)", line)
        if match:
            results.add("tidy", f"tidy.canary.{match.group(2)}",
                        "pass" if match.group(1) == "ok" else "fail")
    verdict(results, "tidy", "tidy.canaries", canaries)


def check_cppcheck(results):
    folders = [name for name in ("src", "actors", "storage", "web", "bench", "tests")
               if (ROOT / name).is_dir()]
    cache = ROOT / "build" / "cppcheck"
    cache.mkdir(parents=True, exist_ok=True)
    done = process.run(
        ["cppcheck", "--quiet", "--std=c11", "--language=c", "--error-exitcode=1", "--inline-suppr",
         "--enable=warning,performance,portability", "--suppress=missingIncludeSystem",
         # Wrong about compound literals (2.10), about libraries' macros, about callers' invariants.
         "--suppress=internalAstError", "--suppress=preprocessorErrorDirective",
         "--suppress=ctunullpointer",
         "--suppress=unknownMacro", "--suppress=*:*canary*", f"--cppcheck-build-dir={cache}",
         "-D__GNUC__=12", "-I", "src", "-I", ".", "-i", "web/ui", f"-j{CPUS}", *folders],
        "cppcheck", 15)
    verdict(results, "cppcheck", "cppcheck.tree", done)


def digest_with_headers(path, seen=None):
    """Of a file and everything of ours that it includes: what clang-tidy's verdict depends on."""
    seen = set() if seen is None else seen
    digest = hashlib.sha256((ROOT / ".clang-tidy").read_bytes())
    text = (ROOT / path).read_bytes()
    digest.update(text)
    for name in re.findall(r'^#include "([^"]+)"', text.decode("utf-8", "replace"), re.M):
        for header in (Path("src") / name, Path(name)):
            if header not in seen and (ROOT / header).is_file():
                seen.add(header)
                digest.update(digest_with_headers(header, seen).encode())
    return digest.hexdigest()


def clang_tidy(path):
    """A file that was clean is not looked at again until it or a header of it changes."""
    kept = ROOT / "build" / "clang-tidy" / digest_with_headers(path)
    if kept.exists():
        return process.Finished(0, "", 0)
    done = process.run(["clang-tidy-14", "-p", build_dir("fuzz"), "--quiet", path],
                       f"clang-tidy-{path}", 5)
    if done.code == 0:
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.touch()
    return done


def check_clang_tidy(results, everything):
    """On the files changed since the last commit but one; `prove` takes all."""
    if configure("fuzz").code != 0:
        results.add("clang-tidy", "clang_tidy.configured", "fail")
        return
    known = (build_dir("fuzz") / "compile_commands.json").read_text()
    files = process.source_files(".c")
    changed = None if everything else process.changed_files()
    if changed is not None:
        files = [path for path in files if path in changed]
    files = [path for path in files if f'"{ROOT / path}"' in known]

    bad = 0
    with ThreadPoolExecutor(CPUS) as pool:
        for path, done in zip(files, pool.map(clang_tidy, files)):
            if done.code != 0:
                bad += 1
                say(f"FAILED clang-tidy {path}")
                for line in done.output.splitlines():
                    if re.search(r"(error|warning):", line):
                        say(f"    {line.replace(str(ROOT) + '/', '')}")
    say(f"   {len(files)} files")
    results.add("clang-tidy", "clang_tidy.files", "fail" if bad else "pass")


# ---- programs ------------------------------------------------------------------------------------

def read_unit_table(results, part, path):
    """name, outcome, ms a line; True if there was any."""
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    for line in lines:
        name, outcome, ms = line.split("\t")
        results.add(part, name, outcome, int(ms))
    return bool(lines)


def run_unit(results, part, program):
    table = ROOT / "build" / "test-logs" / f"{part}-{program.name}.tsv"
    table.parent.mkdir(parents=True, exist_ok=True)
    table.unlink(missing_ok=True)
    done = process.run([program, "--tsv", table], f"{part}-{program.name}", 15)
    return program, table, done


# These take longest, and begin first.
LONG_UNITS = ("unit_storage", "unit_sheet", "unit_web", "unit_model")


def run_units(results, part, preset, only=None):
    listed = (build_dir(preset) / "gen" / "units.txt").read_text().split()
    listed.sort(key=lambda name: name not in LONG_UNITS)
    programs = [build_dir(preset) / name for name in listed if only is None or name in only]
    with ThreadPoolExecutor(CPUS) as pool:
        for program, table, done in pool.map(lambda p: run_unit(results, part, p), programs):
            before = results.count("fail", part)
            counted = read_unit_table(results, part, table)
            if done.code != 0 and results.count("fail", part) == before or not counted:
                results.add(part, f"{program.name}.exit_code_{done.code}", "fail")
            if done.code != 0:
                process.show_tail(done.output)


def fuzz(results, part, program, seconds):
    corpus = ROOT / "tests" / "fuzz" / "corpus" / program.name.removesuffix("_fuzz")
    grown = build_dir("fuzz") / f"{program.name}.corpus"
    grown.mkdir(exist_ok=True)
    corpora = [grown] + ([corpus] if corpus.is_dir() else [])
    done = process.run(
        [program, f"-max_total_time={seconds}", "-timeout=10", "-rss_limit_mb=2048",
         f"-artifact_prefix={build_dir('fuzz')}/", *corpora], program.name, seconds / 60 + 5)
    verdict(results, part, f"fuzz.{program.name}", done, 20)


def run_fuzz(results, part, seconds, name="*"):
    """Every corpus, then new input beside it for some seconds; findings stay in build/fuzz."""
    for program in sorted(build_dir("fuzz").glob(f"{name}_fuzz")):
        fuzz(results, part, program, seconds)


def run_ui(results):
    """The UI's types and its node tests."""
    folder = ROOT / "web" / "ui"
    if not (folder / "tsconfig.json").exists():
        return
    verdict(results, "ui", "ui.types",
            process.run(["npm", "run", "--silent", "check"], "ui-types", cwd=folder))
    for path in sorted((folder / "test").glob("*[._]test.*")):
        done = process.run(["node", "--test-reporter=tap", "--test", path], f"ui-{path.name}",
                           cwd=folder)
        read_node_tap(results, path, done)


def read_node_tap(results, path: Path, done):
    found = 0
    stem = path.name.split(".")[0]
    for line in done.output.splitlines():
        match = re.match(r"^\s*(ok|not ok) \d+ - (.*?)( # [A-Z]+.*)?$", line)
        if match and not match.group(2).startswith("/"):
            found += 1
            outcome = "skip" if match.group(3) else "pass" if match.group(1) == "ok" else "fail"
            results.add("ui", f"ui.{stem}.{re.sub(r'[^0-9A-Za-z]+', '_', match.group(2))}", outcome)
    if done.code != 0 or not found:
        say(f"FAILED ui {path.name}")
        results.add("ui", f"ui.{stem}.exit_code_{done.code}", "fail")
        process.show_tail(done.output)
