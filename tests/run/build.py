"""The builds: each preset with the targets its tests need, and the demo directory of a run."""
import datetime
import hashlib
import os
import shutil

import process
from results import ROOT, say

DEMO = ROOT / "build" / "demo"
# What is built of a preset; everything in gcc with ASan and in clang, the rest where it is used.
TARGETS = {
    "release": ["programs", "simulator", "drivers"],
    "debug": ["all"],
    "fuzz": ["programs", "simulator", "fuzzers", "units"],  # by clang
    "tsan": ["programs", "drivers", "unit_base", "unit_loop", "unit_storage"],
    "coverage": ["units", "simulator"],
}


def build_dir(preset):
    return ROOT / "build" / preset


def existing_targets(preset):
    """Those of TARGETS that the tree has by now."""
    done = process.run(["ninja", "-C", build_dir(preset), "-t", "targets", "all"],
                       f"targets-{preset}")
    known = {line.split(":")[0] for line in done.output.splitlines()}
    return [target for target in TARGETS[preset] if target in known]


def configure(preset):
    """The release build makes the web UI; the others take what it made."""
    command = ["cmake", "--preset", preset]
    dist = ROOT / "web" / "ui" / "dist"
    if preset != "release" and (dist / "assets.S").exists():
        command.append(f"-DWEB_PREBUILT={dist}")
    return process.run(command, f"configure-{preset}")


def build(results, preset, part="build"):
    """True if it came out; adds the test build.PRESET."""
    done = configure(preset)
    if done.code == 0:
        jobs = str(os.cpu_count() or 2)
        done = process.run(["ninja", "-C", build_dir(preset), "-k", "10", "-j", jobs,
                            *existing_targets(preset)], f"build-{preset}", 30)
    results.add(part, f"build.{preset}", "pass" if done.code == 0 else "fail", done.ms)
    if done.code != 0:
        say(f"FAILED build of {preset}")
        show_errors(done.output)
    return done.code == 0


def show_errors(output):
    lines = output.splitlines()
    errors = [line for line in lines if "error" in line.lower() or "undefined reference" in line]
    for line in errors[:40]:
        say(f"    {line[:300]}")
    if not errors:
        process.show_tail(output, 30)


def demo_key(baobei):
    """The demo depends on the program that makes it and, by its clock, on the day."""
    digest = hashlib.sha256(baobei.read_bytes()).hexdigest()
    return f"{digest} {datetime.date.today()}"


def seed_demo(results):
    """One demo directory a run, by the release build. None if it cannot be made."""
    baobei = build_dir("release") / "baobei"
    if not baobei.exists():
        return None
    stamp = ROOT / "build" / "demo.key"
    key = demo_key(baobei)
    if stamp.exists() and stamp.read_text() == key and (DEMO / "demo.json").exists():
        return DEMO
    shutil.rmtree(DEMO, ignore_errors=True)
    done = process.run([baobei, "seed-demo", DEMO], "seed-demo", 10)
    made = done.code == 0 and (DEMO / "demo.json").exists()
    results.add("demo", "demo.seed", "pass" if made else "fail", done.ms)
    if not made:
        say("FAILED baobei seed-demo")
        process.show_tail(done.output)
        return None
    stamp.write_text(key)
    return DEMO
