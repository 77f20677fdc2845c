#!/usr/bin/env python3
# dev: part=e2e build=release loops=1 minutes=1
"""The server's heap lies in large pages (src/cli/heap.h): it begins anew for that, as the same
process under the same name, unless the operator has set glibc's tunables himself; its children get
no such wish, for their memory is limited."""
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
import report
from server import Server

THP = "/sys/kernel/mm/transparent_hugepage/enabled"
NAME = "GLIBC_TUNABLES"


def read(pid, name):
    with open(f"/proc/{pid}/{name}", "rb") as file:
        return file.read().decode("utf-8", "replace")


def large_kib_of_heap(pid):
    """Of what brk gave: mapped as [heap]."""
    mapping, total = "", 0
    for line in read(pid, "smaps").splitlines():
        if re.match(r"^[0-9a-f]+-[0-9a-f]+ ", line):
            mapping = line
        elif line.startswith("AnonHugePages:") and mapping.endswith("[heap]"):
            total += int(line.split()[1])
    return total


def children_of(pid):
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            if int(read(name, "stat").rsplit(") ", 1)[1].split()[1]) == pid:
                yield int(name)
        except OSError:
            pass  # ended meanwhile


def look(tunables):
    if tunables is not None:
        os.environ[NAME] = tunables
    try:
        with Server() as server:
            pid = server.process.pid
            children = list(children_of(pid))
            wish = re.search(rf"{NAME}=([^\0]*)", read(pid, "environ"))
            return {"wish": wish and wish.group(1), "name": read(pid, "comm").strip(),
                    "words": read(pid, "cmdline").split("\0"), "large": large_kib_of_heap(pid),
                    "children": len(children),
                    "wishes": sum(f"{NAME}=" in read(child, "environ") for child in children)}
    finally:
        os.environ.pop(NAME, None)


def main():
    given = "[never]"
    if os.path.exists(THP):
        with open(THP, encoding="ascii") as file:
            given = file.read()
    found = look(None)
    report.check("it_is_the_same_process_under_its_name", lambda:
                 found["name"] == "baobei" and found["words"][1] == "serve")
    report.check("its_children_have_no_such_wish", lambda:
                 found["children"] > 0 and found["wishes"] == 0)
    own = look("glibc.malloc.hugetlb=0")
    report.check("an_operators_own_tunables_stand", lambda:
                 own["wish"] == "glibc.malloc.hugetlb=0" and
                 ("[madvise]" not in given or own["large"] < 4096))
    if "[never]" in given:
        report.skip("its_heap_lies_in_large_pages", "this kernel gives none")
    else:
        report.check("its_heap_lies_in_large_pages", lambda: found["large"] >= 4096)
    report.finish()


if __name__ == "__main__":
    main()
