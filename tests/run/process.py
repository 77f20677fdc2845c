"""Child processes: with a time limit, all they started ended, their output kept."""
import os
import signal
import subprocess
import time
from pathlib import Path

from results import ROOT, say

LOGS = ROOT / "build" / "test-logs"
SHOWN_LINES = 60


class Finished:
    def __init__(self, code, output, seconds):
        self.code = code
        self.output = output
        self.ms = int(seconds * 1000)


def environment(**extra):
    """Sanitizers stop at the first finding and know what libraries are forgiven (DESIGN 18)."""
    env = dict(os.environ)
    lib = ROOT / "tests" / "lib"
    env["ASAN_OPTIONS"] = "detect_stack_use_after_return=1:strict_string_checks=1"
    env["LSAN_OPTIONS"] = f"suppressions={lib}/lsan.supp:print_suppressions=0"
    env["UBSAN_OPTIONS"] = "print_stacktrace=1"
    env["TSAN_OPTIONS"] = f"suppressions={lib}/tsan.supp:halt_on_error=1:second_deadlock_stack=1"
    env["NO_COLOR"] = "1"
    env["PYTHONUNBUFFERED"] = "1"
    env.update({key: str(value) for key, value in extra.items()})
    return env


def run(command, log, minutes=10.0, env=None, cwd=ROOT):
    """Runs command with both outputs in build/test-logs/LOG.log. Code 124 is the time limit."""
    LOGS.mkdir(parents=True, exist_ok=True)
    path = LOGS / f"{log.replace('/', '_')}.log"
    start = time.monotonic()
    with path.open("w+b") as output:
        child = subprocess.Popen(
            [str(word) for word in command], stdin=subprocess.DEVNULL, stdout=output,
            stderr=subprocess.STDOUT, env=env or environment(), cwd=cwd, start_new_session=True)
        try:
            code = child.wait(minutes * 60)
        except subprocess.TimeoutExpired:
            code = 124
            output.write(f"\nstopped after {minutes} minutes\n".encode())
        finally:
            end_group(child)
        output.seek(0, os.SEEK_END)
    text = path.read_text(encoding="utf-8", errors="replace")
    return Finished(code, text, time.monotonic() - start)


def end_group(child):
    """Ends what the child started and left (it leads a session of its own)."""
    try:
        os.killpg(child.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    child.wait()


def show_tail(output, lines=SHOWN_LINES):
    tail = output.rstrip("\n").split("\n")
    if len(tail) > lines:
        say(f"    ... {len(tail) - lines} lines before, see {LOGS.relative_to(ROOT)}")
    for line in tail[-lines:]:
        say(f"    {line}")


def changed_files():
    """Files of the last commit and of the working tree; None if git does not know (no parent)."""
    names = set()
    for command in (["git", "diff", "--name-only", "HEAD~1"],
                    ["git", "ls-files", "-o", "--exclude-standard"]):
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            return None
        names.update(done.stdout.split("\n"))
    return sorted(Path(name) for name in names if name)


def source_files(*endings):
    """All files of the tree that git has or would take."""
    done = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT,
                          capture_output=True, text=True, check=True)
    paths = (Path(name) for name in sorted(set(done.stdout.split("\n"))) if name)
    return [path for path in paths if path.suffix in endings and (ROOT / path).exists()]
