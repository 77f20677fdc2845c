"""One measurement each: a wrk run, a bench line, what the disk took."""
import json
import os
import re
import subprocess

UNITS = {"us": 0.001, "ms": 1.0, "s": 1000.0, "m": 60000.0}


def millis(text):
    """wrk's figure, or None where it has none ("-nanus": nothing was answered)."""
    found = re.match(r"([\d.]+)([a-z]+)", text)
    return float(found.group(1)) * UNITS[found.group(2)] if found else None


def percentile(text, percent):
    """Of the latency distribution; other lines end with a share ("72.50%") too."""
    return millis(re.search(rf"^\s+{percent}%\s+(\S+)", text, re.M).group(1))


def wrk(subject, connections, seconds):
    """Durable filings a second, p50 and p99 in ms, and how many were refused or failed."""
    done = subprocess.run(
        ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", "-s", subject.lua,
         f"http://127.0.0.1:{subject.port}/"],
        capture_output=True, text=True, env=subject.environment(), check=False)
    text = done.stdout
    whole = re.search(r"(\d+) requests in ([\d.]+)(s|m)", text)
    if done.returncode != 0 or whole is None:
        raise RuntimeError(f"wrk on {subject.name}: {text}{done.stderr}")
    count, took = int(whole.group(1)), millis(whole.group(2) + whole.group(3)) / 1000
    refused = re.search(r"Non-2xx or 3xx responses: (\d+)", text)
    refused = int(refused.group(1)) if refused else 0
    lost = re.search(r"Socket errors: (.*)", text)
    return {"per_s": (count - refused) / took, "refused": refused / max(count, 1),
            # Nothing answered in the whole run: it took at least that long.
            "p50_ms": percentile(text, 50) or seconds * 1000.0,
            "p99_ms": percentile(text, 99) or seconds * 1000.0,
            "lost": lost.group(1) if lost else None}


def bench(place, name, *words, env=None):
    """The results of one baobei-bench line."""
    done = subprocess.run([place.program("baobei-bench"), name, "--full", *words],
                          capture_output=True, text=True, env=env, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{name}: {done.stderr[-500:]}")
    return json.loads(done.stdout)["results"]


def device_of(path):
    """The line of /proc/diskstats that this path's files are on; None: it has none (tmpfs)."""
    number = os.stat(path).st_dev
    wanted = f"{os.major(number)} {os.minor(number)}"
    with open("/proc/diskstats", encoding="ascii") as file:
        for line in file:
            words = line.split()
            if " ".join(words[:2]) == wanted:
                return words
    return None


def written_bytes(path):
    """What the device has written so far, by everybody: measure on an idle machine."""
    words = device_of(path)
    return int(words[9]) * 512 if words else None
