#!/usr/bin/env python3
# dev: build=release loops=both
"""What a filing costs, counted, not timed (DESIGN 5: the sync is the window of the group).

An idle filing is one log sync, done before its 201. With 20 ms added to each sync, 64 clients
share syncs, and
each gets its own answer. With two loops about half of all requests are for an actor of the other
loop."""
import os
import random
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
import filers
import report
from barrage import barrage, request_bytes
from server import Server

CLIENTS, FILINGS_EACH, OTHER_LOOP_LEAST = 64, 12, 0.4
# A loop has two batches, so half of the clients share a sync; with two loops the committer waits
# for both.
SHARED_LEAST = 24
IDLE_FILINGS = 20


def idle_filing(baobei, filer):
    client = baobei.client(token=filer.token)
    for i in range(IDLE_FILINGS):
        before = baobei.metrics()["baobei_log_syncs_total"]
        body = {"lines": [filer.next_line()], "submit": True}
        client.post("/cases", body, key=f"i{i}").wants(201)
        syncs = baobei.metrics()["baobei_log_syncs_total"] - before
        if syncs != 1:
            raise AssertionError(f"filing {i} cost {syncs} log syncs")


def timed_filings(before, after):
    """Each filing is at least a turn, and its 201 was held until it was durable: /metrics has both
    with their time."""
    grown = {name: after[name] - before.get(name, 0) for name in after}
    turns, held = (grown[f"baobei_{what}_microseconds_count"] for what in ("turn", "held"))
    held_us = grown["baobei_held_microseconds_sum"]
    report.say(f"   {turns} turns and {held} held answers timed, {held_us} us held")
    return turns >= IDLE_FILINGS and held >= IDLE_FILINGS and held_us > 0


def told_by_loop(metrics, loops):
    """Each loop says what it did; together they did it all."""
    turns = [metrics[f'baobei_loop_turns_total{{loop="{loop}"}}'] for loop in range(int(loops))]
    cpu = [metrics[f'baobei_loop_cpu_microseconds_total{{loop="{loop}"}}']
           for loop in range(int(loops))]
    report.say(f"   turns by loop {turns}, CPU us {cpu}")
    return (sum(turns) == metrics["baobei_turns_total"] > 0 and min(cpu) > 0
            and sum(cpu) <= metrics["baobei_cpu_microseconds_total"])


def own_answers(asked, answers):
    """Each answer is that of its request: home and person; and no case number came twice."""
    numbers = set()
    for of_client, own in zip(asked, answers):
        for (filer, line), answer in zip(of_client, own):
            case = answer.wants(201).json
            got = (case["home"]["code"], case["lines"][0]["person"]["person_id"],
                   case["lines"][0]["times"])
            if got != (filer.code, line["person_id"], line["times"]):
                raise AssertionError(f"asked {filer.code} {line}, got {case}")
            numbers.add(case["case_no"])
    if len(numbers) != CLIENTS * FILINGS_EACH:
        raise AssertionError(f"{len(numbers)} case numbers for {CLIENTS * FILINGS_EACH} filings")


def shared_syncs(baobei, found, rng):
    """Institutions in no relation to connections: a request's loop says nothing of its actor."""
    picked = [[rng.choice(found) for _ in range(FILINGS_EACH)] for _ in range(CLIENTS)]
    asked = [[(filer, filer.next_line()) for filer in own] for own in picked]
    before = baobei.metrics()
    answers = barrage(baobei, [
        [request_bytes(baobei, filer.token, "POST", "/cases", {"lines": [line], "submit": True},
                       f"c{client}-{i}") for i, (filer, line) in enumerate(own)]
        for client, own in enumerate(asked)])
    after = baobei.metrics()
    return asked, answers, {name: after[name] - before[name] for name in after}


def count_shared(grown):
    filings = CLIENTS * FILINGS_EACH
    shared = filings / grown["baobei_log_syncs_total"]
    report.say(f"   {filings} filings of {CLIENTS} clients: {shared:.1f} a sync")
    return shared >= SHARED_LEAST


def count_other_loop(grown):
    share = grown["baobei_messages_other_loop_total"] / grown["baobei_messages_total"]
    report.say(f"   {share:.2f} of the messages were for an actor of the other loop")
    return share >= OTHER_LOOP_LEAST


def main():
    baobei = Server(plain=True)
    found = filers.prepare(baobei, CLIENTS)
    rng = random.Random(os.environ.get("BAOBEI_SEED", "1"))
    with baobei:
        before = baobei.metrics()
        report.check("an_idle_filing_is_one_log_sync", lambda: idle_filing(baobei, found[0]))
        report.check("turns_and_held_answers_are_timed_in_metrics",
                     lambda: timed_filings(before, baobei.metrics()))
        report.check("metrics_tell_turns_and_cpu_by_loop",
                     lambda: told_by_loop(baobei.metrics(), baobei.settings["loops"]))
        baobei.stop()
        baobei.settings["test_sync_delay_ms"] = 20
        baobei.start()
        asked, answers, grown = shared_syncs(baobei, found, rng)
        report.check("each_client_gets_its_own_answer", lambda: own_answers(asked, answers))
        loops = str(baobei.settings["loops"])
        report.check(f"64_clients_share_{SHARED_LEAST}_filings_a_sync",
                     lambda: count_shared(grown))
        if loops == "2":
            report.check("requests_arrive_on_the_other_loop", lambda: count_other_loop(grown))
    report.finish()


if __name__ == "__main__":
    main()
