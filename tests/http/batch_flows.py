"""Answers about batches that not the content of a sheet decides (API 1.1, 5): status, code, and
what is asked. For batch_codes_test.py."""
import books
import sheets
from batch_codes import GENERAL, grid
from batch_test import XLSX, imported, roc, settled, upload

OPEN_MAX, FILE_MAX = 20, 2 << 20
PATH = "/batches?kind=general&name=a.xlsx"
FREE = 120  # days from today that no other case has


def book(world, **changed):
    """One row that may be filed, on a day of its own."""
    world.days = getattr(world, "days", FREE) + 1
    own = {"G": roc(world.days), "I": roc(world.days)}
    return books.by_openpyxl(grid(GENERAL, 1, {**own, **changed}))


def read(world, data, state="ready"):
    return settled(world.clerk, upload(world.clerk, data).wants(202).json["batch_id"], state)


def ready(world, **changed):
    return read(world, book(world, **changed))


def failed(world):
    return read(world, books.by_openpyxl(grid(GENERAL, 0)), "failed")


def path_of(batch, tail=""):
    return f"/batches/{batch['batch_id']}{tail}"


def asked(world, raw=None, **more):
    """An upload of which only what is given here differs from a good one."""
    data = book(world) if raw is None else raw
    headers = {**XLSX, **more.pop("headers", {})}
    client, path = more.pop("client", world.clerk), more.pop("path", PATH)
    return client.request("POST", path, raw=data, headers=headers, **more)


def without_length(world):
    fields = dict(world.program.headers, **XLSX)
    return world.program.exchange("POST", "/api/v1" + PATH, fields, b"")


def of_a_length(world):
    """Told from the head: nothing of the body is sent."""
    return asked(world, b"", headers={"Content-Length": str(FILE_MAX + 1)})


def imported_already(world):
    data = book(world)
    imported(world.clerk, read(world, data)).wants(200)
    return upload(world.clerk, data)


def one_too_many(world):
    with sheets.reader_held(world.server):
        taken = [upload(world.clerk, book(world)).wants(202) for _ in range(OPEN_MAX)]
        answer = upload(world.clerk, book(world))
    for one in taken:
        settled(world.clerk, one.json["batch_id"], "ready")
    return answer


def import_of(world, batch=None, rows="valid", **more):
    return imported(world.clerk, batch or ready(world), rows, **more)


def import_said(world, body=None, **more):
    batch = ready(world)
    return world.clerk.request("POST", path_of(batch, "/import"), body, version=batch["version"],
                               **more)


def one_of_two(world):
    row = grid(GENERAL, 1, {"G": roc(FREE), "I": roc(FREE)})
    wrong = grid(GENERAL, 1, {"C": "0000000000"})[1:]
    return import_of(world, read(world, books.by_openpyxl(row + wrong)), "all")


def key_again(world):
    asked(world, key="codes-1").wants(202)
    return asked(world, key="codes-1")


FLOWS = [
    # Before and while the body is read.
    (411, "length_required", without_length),
    (413, "too_large", of_a_length),
    (400, "bad_query", lambda world: asked(world, path="/batches?name=a.xlsx")),
    (400, "bad_query", lambda world: asked(world, path="/batches?kind=other")),
    (400, "bad_query", lambda world: asked(world, path="/batches?kind=rule&name=%01")),
    (400, "bad_query", lambda world: asked(world, path=PATH + "&colour=red")),
    (400, "bad_query", lambda world: asked(world, key="a b")),
    (401, "auth_session", lambda world: asked(world, client=world.anonymous())),
    (403, "forbidden", lambda world: asked(world, client=world.reviewer)),
    (403, "forbidden", lambda world: asked(world, client=world.ops)),
    (403, "forbidden", lambda world: asked(world, client=world.filer)),
    (403, "csrf", lambda world: asked(world, headers={"X-CSRF-Token": "x"})),
    (403, "csrf", lambda world: asked(world, headers={"Origin": "https://example.org"})),
    (405, "method_not_allowed", lambda world: world.clerk.request("PUT", "/batches", raw=b"")),
    (409, "already_imported", imported_already),
    (422, "idempotency_mismatch", key_again),
    (429, "too_many_batches", one_too_many),
    # Of a batch.
    (404, "not_found", lambda world: world.clerk.get("/batches/0123456789abcdef")),
    (404, "not_found", lambda world: world.other.clerk.get(path_of(ready(world)))),
    (406, "not_acceptable", lambda world: world.clerk.get(path_of(ready(world)),
                                                          headers={"Accept": "text/html"})),
    (409, "wrong_state", lambda world: import_of(world, failed(world))),
    (409, "wrong_state", lambda world: world.clerk.get(path_of(failed(world), "/report.xlsx"))),
    (428, "precondition_required", lambda world: import_of(world, version=None)),
    (428, "precondition_required", lambda world: world.clerk.delete(path_of(ready(world)))),
    (412, "stale", lambda world: import_of(world, version=77)),
    (412, "stale", lambda world: world.clerk.delete(path_of(ready(world)), version=77)),
    (415, "media_type", lambda world: import_said(world, raw=b"{}",
                                                  headers={"Content-Type": "text/plain"})),
    (400, "bad_json", lambda world: import_said(world, raw=b"{",
                                                headers={"Content-Type": "application/json"})),
    (400, "unknown_field", lambda world: import_said(world, {"rows": "all", "submit": True,
                                                             "colour": "red"})),
    (422, "bad_type", lambda world: import_said(world, {"rows": "some", "submit": True})),
    (422, "required", lambda world: import_said(world, {"rows": "all"})),
    (422, "batch_has_errors", one_of_two),
    (422, "batch_has_errors", lambda world: import_of(world, ready(world, C="0000000000"))),
]
