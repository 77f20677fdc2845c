"""Institutions that can file, and bodies that are always right.

`baobei-bench prepare` makes a token for each on the stopped store and writes a line an institution:
CODE COUNTY TOKEN TARGET PERSON/PURPOSE ... . A slot is ten minutes of one person's night: no two
filings of a
person overlap as long as each takes the next slot, and the demo's own lines lie in the day.
"""
import datetime
import os

TAIPEI = datetime.timezone(datetime.timedelta(hours=8))
SLOTS_A_NIGHT = 36
FIRST_DAY = 3  # days from today: a run may go over midnight


class Filer:
    def __init__(self, line):
        self.code, self.county, self.token, self.target, *people = line.split()
        self.people = [tuple(person.split("/")) for person in people]
        self.taken = 0

    def next_line(self, **more):
        """A line of a case for one of the staff, at a time that is free."""
        person, purpose = self.people[self.taken % len(self.people)]
        slot = self.taken // len(self.people)
        self.taken += 1
        day = datetime.datetime.now(TAIPEI).date() + datetime.timedelta(
            days=FIRST_DAY + slot // SLOTS_A_NIGHT)
        minute = slot % SLOTS_A_NIGHT * 10
        start = f"{day}T{minute // 60:02}:{minute % 60:02}"
        minute += 10
        return {"person_id": person, "target": self.target, "purpose": purpose,
                "times": [{"mode": "continuous", "start": start,
                           "end": f"{day}T{minute // 60:02}:{minute % 60:02}"}], **more}


def prepare(server, count):
    """`count` filers of the stopped server's store."""
    path = os.path.join(server.folder, "filers")
    server.run("prepare", server.demo, "--institutions", str(count), "--output", path,
               program="baobei-bench")
    with open(path, encoding="utf-8") as file:
        found = [Filer(line) for line in file]
    if len(found) != count:
        raise AssertionError(f"{len(found)} institutions can file, {count} were wanted")
    return found
