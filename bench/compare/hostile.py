#!/usr/bin/env python3
"""How soon a hostile workbook is refused (RELIABILITY 5: within 100 ms on an idle machine).

    bench/compare/hostile.py [--rounds 10] [--loops 2] [NAME ...]

Each file of tests/e2e/sheet_hostile_test.py goes up to a release server of its own, one at a time,
all of them once a round. A line each: the code; the shortest (which a busy machine leaves nearest
to what an idle one would say), p50 and the longest, in ms, from the last byte of
the file to the answer that refuses it, or to the event that tells `failed`. That is the client's
time, over plain HTTP on loopback: what the server took is not more. What the reader takes for sound
(its code there is `ok`) is no template: wrong_template. Needs the release build and the demo of
./dev up (or --demo)."""
import argparse
import os
import statistics
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path[:0] = [os.path.join(ROOT, "tests", "e2e"), os.path.join(ROOT, "tests", "e2e", "lib")]
import sheet_hostile_test as hostile  # noqa: E402
from client import Gone  # noqa: E402
from server import Server  # noqa: E402

GOAL_MS = 100
PATH = "/api/v1/batches?kind=general&name=hostile.xlsx"


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help="these files alone")
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--loops", type=int, default=2)
    parser.add_argument("--build", default=os.path.join(ROOT, "build", "release"))
    parser.add_argument("--demo", default=os.path.join(ROOT, "build", "demo"))
    return parser.parse_args()


def sent(client, data):
    """(answer, when the last byte went). Some are answered before they are there: then the time
    counts from the first byte."""
    head = [f"POST {PATH} HTTP/1.1", f"Host: {client.host}:{client.port}",
            "Content-Type: application/octet-stream", f"Content-Length: {len(data)}",
            *(f"{name}: {value}" for name, value in client.headers.items())]
    message = "\r\n".join(head).encode() + b"\r\n\r\n" + data
    client.open()
    began = time.monotonic()
    try:
        client.socket.sendall(message[:-1])
        complete = time.monotonic()
        client.socket.sendall(message[-1:])
    except OSError:
        complete = began
    try:
        answer = client.receive("POST")
    except (OSError, EOFError) as error:
        raise Gone(str(error)) from error
    if answer.headers.get("connection") == "close":
        client.close()
    return answer, complete


def refused(clients, data):
    """(code, ms) of one upload; nothing of it is left."""
    client, listener = clients
    answer, complete = sent(client, data)
    if answer.status != 202:
        return answer.code, (time.monotonic() - complete) * 1000
    path = f"/batches/{answer.json['batch_id']}"
    for event in listener.events(path + "/events"):
        if event["data"]["state"] == "failed":
            break
    told = (time.monotonic() - complete) * 1000
    listener.close()
    client.delete(path, version=event["data"]["version"]).wants(204)
    return event["data"]["error"]["code"], told


def measure(server, token, files, rounds):
    times, codes = {name: [] for name in files}, {}
    with server.client(token=token) as client, server.client(token=token) as listener:
        for _ in range(rounds):
            for name, data in files.items():
                codes[name], took = refused((client, listener), data)
                times[name].append(took)
    return times, codes


def main():
    options = arguments()
    os.rmdir(hostile.FOLDER)  # it writes no files here
    files = {name: data for name, (data, _, _) in hostile.cases().items()
             if not options.names or name in options.names}
    with Server(plain=True, build=options.build, demo=options.demo, loops=options.loops) as server:
        home = server.identities("institution")[0]["institution"]
        server.stop()
        token = server.token(home, "read,import")
        server.start()
        measure(server, token, dict(list(files.items())[:3]), 1)  # the reader is up
        times, codes = measure(server, token, files, options.rounds)
    over = 0
    print(f"{'file':28} {'code':16} {'KiB':>5} {'min ms':>8} {'p50 ms':>8} {'max ms':>8}")
    for name, took in sorted(times.items(), key=lambda item: -statistics.median(item[1])):
        over += max(took) > GOAL_MS
        print(f"{name:28} {codes[name]:16} {len(files[name]) // 1024:5} "
              f"{min(took):8.1f} {statistics.median(took):8.1f} {max(took):8.1f}")
    print(f"{len(files)} files, {options.rounds} rounds; {over} of them over {GOAL_MS} ms at least "
          f"once; load {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
