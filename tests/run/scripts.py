"""Test scripts: how they are found, which build they want, how their lines are read.

Any *_test.py, *_test.sh or *_test.mjs in one of FOLDERS, and any executable called `run` there. A
line `# dev: key=value …` among the first twenty sets:
    part=NAME        part of the run, default the folder
    build=PRESET     debug (default), release, tsan, fuzz, none
    loops=1|2|both   default: in turn by file
    minutes=N        time limit, default 10
    takes=SECONDS    about, beside others in `./dev test`, default 10: the longest begin first
"""
import os
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import process
from results import ROOT, say

FOLDERS = ("run", "tidy", "sim", "http", "e2e", "fault", "standins", "browser", "bench")
RUNNERS = {".py": ["python3"], ".sh": ["bash"], ".mjs": ["node"]}
PRESETS = ("debug", "release", "tsan", "fuzz", "none")
# Mostly waiting, each on a server, ports and a store of its own, none with a time asserted: as many
# at once as there are cores.
BESIDE = ("http", "e2e", "browser", "crash", "slow", "fault", "standins", "mallocs", "syscalls",
          "races", "sheet", "bit-rot", "power-loss", "bench")
CPUS = os.cpu_count() or 2
LINE = re.compile(r"^(ok|not ok|skip) (?:\d+ - )?(\S+)(.*)$")


@dataclass
class Script:
    path: Path
    part: str
    build: str
    loops: str
    minutes: float
    takes: float = 10

    @property
    def name(self):
        return f"{self.path.parent.name}.{self.path.stem}"

    @property
    def command(self):
        return RUNNERS.get(self.path.suffix, []) + [str(self.path)]


def read_directives(path):
    found = {}
    head = path.read_text(encoding="utf-8", errors="replace").splitlines()[:20]
    for line in head:
        match = re.match(r"^(?:#|//) dev: (.*)$", line)
        if match:
            found.update(pair.split("=", 1) for pair in match.group(1).split())
    unknown = set(found) - {"part", "build", "loops", "minutes", "takes"}
    if unknown or found.get("build", "debug") not in PRESETS:
        raise ValueError(f"{path}: bad '# dev:' line: {found}")
    return found


def find_scripts():
    scripts = []
    for folder in FOLDERS:
        for path in sorted((ROOT / "tests" / folder).glob("*")):
            runs = path.suffix in RUNNERS and path.stem.endswith("_test")
            if path.is_file() and (runs or path.name == "run"):
                found = read_directives(path)
                scripts.append(Script(path, found.get("part", folder), found.get("build", "debug"),
                                      found.get("loops", "turn"), float(found.get("minutes", 10)),
                                      float(found.get("takes", 10))))
    return scripts


def outcomes_of(output):
    """(name, outcome) of each protocol line."""
    words = {"ok": "pass", "not ok": "fail", "skip": "skip"}
    for line in output.splitlines():
        match = LINE.match(line)
        if match:
            yield match.group(2), words[match.group(1)]


def loops_of(script, at):
    if script.loops == "both":
        return ["1", "2"]
    return [str(at % 2 + 1)] if script.loops == "turn" else [script.loops]


def run_script(results, script, env, suffix=""):
    done = process.run(script.command, script.name + suffix, script.minutes, env)
    found = list(outcomes_of(done.output))
    for name, outcome in found:
        results.add(script.part, f"{script.name}.{name}", outcome,
                    done.ms if len(found) == 1 else 0)
    failed = [name for name, outcome in found if outcome == "fail"]
    if done.code != 0 and not failed:
        results.add(script.part, f"{script.name}.exit_code_{done.code}", "fail", done.ms)
    if done.code == 0 and not found:
        results.add(script.part, f"{script.name}.prints_no_result", "fail", done.ms)
    if done.code != 0 or failed or not found:
        say(f"FAILED {script.name} {env['BAOBEI_LOOPS']} loop(s), "
            f"exit {done.code}: {' '.join(failed)}")
        process.show_tail(done.output)
    return done.ms / 1000


def environment_of(script, loops, full, seed, demo):
    shared = ROOT.parent / "shared"
    return process.environment(
        BAOBEI_BUILD=ROOT / "build" / script.build, BAOBEI_RELEASE=ROOT / "build" / "release",
        BAOBEI_DEMO=demo or "", BAOBEI_LOOPS=loops, BAOBEI_SEED=seed,
        BAOBEI_SHARED=shared if shared.is_dir() else "", BAOBEI_FULL="1" if full else "")


def run_scripts(results, scripts, full, seed, demo, at_once=1):
    runs = [(script, loops) for at, script in enumerate(scripts)
            for loops in loops_of(script, at + seed)]
    runs.sort(key=lambda run: -run[0].takes)

    def one(run):
        script, loops = run
        return run_script(results, script, environment_of(script, loops, full, seed, demo),
                          f".loops{loops}" if script.loops == "both" else "")
    with ThreadPoolExecutor(at_once) as pool:
        took = list(zip(pool.map(one, runs), (script.name for script, _ in runs)))
    if at_once > 1:
        say("   seconds: " + ", ".join(f"{name} {seconds:.0f}"
                                       for seconds, name in sorted(took, reverse=True)[:12]))
