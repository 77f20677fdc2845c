"""The overall runner: `python3 tests/run test|quick|prove [PART]`; `./dev` installs first.

Prints minutes a part, the acceptance rows, and as its last line `N passed, N failed`.
Every test's outcome is left in build/test-results.tsv, every output in build/test-logs/.
"""
import os
import secrets
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import acceptance
import build
import parts
import process
import prove
import scripts
from results import ROOT, Results, say


def build_all(results, presets):
    """The presets that came out."""
    made = set()
    for preset in presets:
        start = time.monotonic()
        if build.build(results, preset):
            made.add(preset)
        say(f"   {preset}: {(time.monotonic() - start) / 60:.1f} min")
    return made


def run_script_parts(results, made, seed, full=False, only=None):
    """Parts in the order of scripts.FOLDERS; a script whose build failed is a failure."""
    found = [script for script in scripts.find_scripts() if only is None or script.part in only]
    demo = None
    if found and "release" in made:
        results.run_part("demo", lambda: build.seed_demo(results))
        demo = build.DEMO if (build.DEMO / "demo.json").exists() else None
    made = made | {"none"}
    for script in found:
        if script.build not in made:
            results.add(script.part, f"{script.name}.no_{script.build}_build", "fail")
    ready = [script for script in found if script.build in made]
    beside = [script for script in ready if script.part in scripts.BESIDE and not full]
    if beside:
        results.run_part("side-by-side", lambda: scripts.run_scripts(
            results, beside, full, seed, demo, scripts.CPUS))
    for part in dict.fromkeys(script.part for script in found):
        mine = [script for script in ready if script.part == part and script not in beside]
        results.run_part(
            part, lambda mine=mine: scripts.run_scripts(results, mine, full, seed, demo))


def check_sources(results):
    results.run_part("format", lambda: parts.check_format(results))
    results.run_part("tidy", lambda: parts.check_tidy(results))


def close(results, with_outcomes):
    results.run_part("acceptance", lambda: acceptance.check(results, with_outcomes))
    results.write_table()
    results.print_minutes()
    rows, _ = acceptance.read_rows(acceptance.PATH.read_text(encoding="utf-8"))
    acceptance.print_counts(rows)
    return results.print_verdict()


def quick(seed):
    results = Results()
    check_sources(results)
    made = set()
    results.run_part("build", lambda: made.update(build_all(results, ["debug"])))
    if "debug" in made:
        results.run_part("unit", lambda: parts.run_units(results, "unit", "debug"))
    os.environ["BAOBEI_QUICK"] = "1"
    run_script_parts(results, made, seed, only={"run", "sim"})
    return close(results, with_outcomes=False)


# What decodes and decides, as clang and its UBSan see it; what waits for disks, processes and
# sockets is the same under gcc.
CLANG_UNITS = ["unit_base", "unit_model", "unit_sheet", "unit_web", "unit_registry", "unit_actors",
               "unit_rt", "unit_config"]


def test(seed):
    results = Results()
    check_sources(results)
    results.run_part("cppcheck", lambda: parts.check_cppcheck(results))
    made = set()
    presets = ["release", "debug", "fuzz", "tsan"]
    results.run_part("build", lambda: made.update(build_all(results, presets)))
    results.run_part("clang-tidy", lambda: parts.check_clang_tidy(results, everything=False))
    if "debug" in made:
        results.run_part("unit", lambda: parts.run_units(results, "unit", "debug"))
    results.run_part("ui", lambda: parts.run_ui(results))
    with ThreadPoolExecutor(2) as pool:  # one long program under TSan leaves a core free
        if "tsan" in made:
            only = build.TARGETS["tsan"]
            pool.submit(results.run_part, "tsan",
                        lambda: parts.run_units(results, "tsan", "tsan", only))
        if "fuzz" in made:
            pool.submit(results.run_part, "fuzz", lambda: parts.run_fuzz(results, "fuzz", 3))
            pool.submit(results.run_part, "clang",
                        lambda: parts.run_units(results, "clang", "fuzz", CLANG_UNITS))
    run_script_parts(results, made, seed)
    return close(results, with_outcomes=True)


def main(words):
    os.chdir(ROOT)
    process.LOGS.mkdir(parents=True, exist_ok=True)
    seed = int(os.environ.get("BAOBEI_SEED") or secrets.randbelow(2**31))
    say(f"seed {seed} (BAOBEI_SEED={seed} repeats it)")
    if words[:1] == ["test"]:
        return test(seed)
    if words[:1] == ["quick"]:
        return quick(seed)
    if words[:1] == ["prove"]:
        return prove.main(words[1:], seed, run_script_parts, build_all)
    say("usage: tests/run test|quick|prove [PART]")
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
