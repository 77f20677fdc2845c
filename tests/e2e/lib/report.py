"""The lines that tests/run reads: ok, not ok, skip (tests/README.md)."""
import sys
import traceback

failed = 0


def say(line):
    print(line, flush=True)


def check(name, test):
    """Runs test(); an exception or a False is a failure. True if it passed."""
    global failed
    try:
        passed = test() is not False
    except Exception:  # whatever it was, the name must be told
        traceback.print_exc()
        passed = False
    say(("ok " if passed else "not ok ") + name)
    failed += not passed
    return passed


def fail(name, why):
    global failed
    say(f"   {why}")
    say(f"not ok {name}")
    failed += 1


def skip(name, reason):
    say(f"skip {name} {reason}")


def finish():
    sys.exit(1 if failed else 0)
