"""Results -> the tables of bench/README.md: every round, and ratios within the round."""
import os
import subprocess

BEGIN, END = "<!-- compare:begin -->", "<!-- compare:end -->"


def number(value):
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def rounds(values):
    return " · ".join(number(value) for value in values)


def median(values):
    ordered = sorted(values)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def ratios(ours, theirs):
    """Ours to theirs, round by round; the two stood beside each other."""
    return [a / b for a, b in zip(ours, theirs) if b > 0]


def peers_table(runs, subjects, lines, connections):
    """`runs`: (lines, connections, subject) -> list of wrk results, one a round."""
    text = ["| lines stored | connections | subject | filings/s, each round | p50 ms | p99 ms | "
            "ours to it, each round | median |", "|---|---|---|---|---|---|---|---|"]
    for size in lines:
        for conns in connections:
            ours = [run["per_s"] for run in runs.get((size, conns, "baobei"), [])]
            for name in subjects:
                of = runs.get((size, conns, name), [])
                if not of:
                    continue
                rates = [run["per_s"] for run in of]
                to_it = ratios(ours, rates)
                text.append(
                    f"| {size:,} | {conns} | {name} | {rounds(rates)} | "
                    f"{rounds([run['p50_ms'] for run in of])} | "
                    f"{rounds([run['p99_ms'] for run in of])} | {rounds(to_it)} | "
                    f"{number(median(to_it)) if to_it else '-'} |")
    return text


def goals_table(goals):
    """`goals`: (what, wanted, list of values, True if each value is good enough)."""
    text = ["| goal | wanted | got, each round | met |", "|---|---|---|---|"]
    for what, wanted, values, met in goals:
        text.append(f"| {what} | {wanted} | {rounds(values) if values else 'not measured'} | "
                    f"{'-' if not values else 'yes' if met else 'no'} |")
    return text


def machine():
    with open("/proc/cpuinfo", encoding="ascii", errors="replace") as file:
        cpu = next((line.split(":", 1)[1].strip() for line in file if "model name" in line), "?")
    return f"{os.cpu_count()} cores of {cpu}, Linux {os.uname().release}"


def commit(root):
    done = subprocess.run(["git", "-C", root, "rev-parse", "--short=12", "HEAD"],
                          capture_output=True, text=True, check=False)
    return done.stdout.strip() or "unknown"


def into_readme(path, text):
    """Between the two marks; the rest of the file stays."""
    with open(path, encoding="utf-8") as file:
        before, rest = file.read().split(BEGIN)
    _, after = rest.split(END)
    with open(path, "w", encoding="utf-8") as file:
        file.write(before + BEGIN + "\n" + text + "\n" + END + after)
