"""Rows for `baobei import`, for tests that need people and places which the demo does not have."""
import csv
import os

LETTERS = dict(zip("ABCDEFGHJKLMNPQRSTUVXYWZIO", range(10, 36)))
PEOPLE = ("id_no name birth_date profession main department home_code licence_word licence_number "
          "licence_from licence_to status status_from head mobile email").split()
PLACES = "code name type county address phone district status status_from".split()


def id_no(number, letter="A", sex="1"):
    """The national ID number with these digits and the check digit that fits (DOMAIN 5.1)."""
    digits = f"{sex}{number:07}"
    tens, ones = divmod(LETTERS[letter], 10)
    total = tens + 9 * ones + sum(int(digit) * weight for digit,
                                  weight in zip(digits, range(8, 0, -1)))
    return f"{letter}{digits}{-total % 10}"


def person(number, home, **more):
    return {"id_no": id_no(number), "name": f"測試{number}", "birth_date": "1980-05-06",
            "profession": "A",
            "main": "true", "home_code": home, "licence_word": "北市衛醫",
            "licence_number": f"{number:06}",
            "licence_from": "2015-01-01", "licence_to": "2035-12-31", "status": "practising",
            "head": "false",
            **more}


def place(code, name, **more):
    return {"code": code, "name": name, "type": "診所", "county": "臺北市", "address": "臺北市大安區測試路1號",
            "phone": "(02)12345678", **more}


def write(folder, name, columns, rows):
    path = os.path.join(folder, name)
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, restval="")
        writer.writeheader()
        writer.writerows(rows)
    return path


def take(server, people=(), places=()):
    """Into the stopped store; every row must be taken."""
    if places:
        path = write(server.folder, "places.csv", PLACES, places)
        server.run("import", "institutions", path, "--config", server.config)
    if people:
        path = write(server.folder, "people.csv", PEOPLE, people)
        server.run("import", "people", path, "--config", server.config)
