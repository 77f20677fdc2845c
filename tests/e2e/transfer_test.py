#!/usr/bin/env python3
# dev: part=e2e minutes=3 takes=26
"""Approvals reach NHI: the real server, the stand-in (tests/standins/nhi) at the other end of TLS.

Shows F202 (batch transmission and verification), F204 (a channel to NHI), P42 (counts, rejects and
resend, by the API) and RELIABILITY I7: each approval is in effect at NHI exactly once, whatever
becomes of calls, answers and the server.
"""
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "http"))
import world as worlds  # noqa: E402
from nhi import Nhi  # noqa: E402
from report import check, finish  # noqa: E402
from world import World, equal  # noqa: E402

WAIT_S = 60


def until(condition, what):
    """Asks again until it is so; nothing else tells us what another program has done."""
    end = time.monotonic() + WAIT_S
    while time.monotonic() < end:
        got = condition()
        if got:
            return got
        time.sleep(0.02)
    raise AssertionError(f"not in {WAIT_S} s: {what}")


def names(rows):
    return [f"{row['CASE_NO']}-{row['SEQ']}" for row in rows]


class Transfers:
    def __init__(self, world, nhi):
        self.world, self.nhi = world, nhi

    def approved(self):
        line = self.world.file_line()
        equal(self.world.decide(line, "approve"), None)
        return line["line_id"]

    def in_effect(self, line_id):
        return names(self.nhi.ledger()["rows"]).count(line_id)

    def arrives(self, line_id):
        until(lambda: self.in_effect(line_id), f"{line_id} at NHI")

    def settled(self):
        """Nothing is under way: the last transfer shows its end."""
        until(lambda: self.world.ops.get("/ops/transfers?limit=1").wants(200).json["items"][0]
              ["state"] == "done", "the last transfer is done")

    def hang_up(self):
        """Sessions outlive a restart, connections do not."""
        for client in (self.world.clerk, self.world.reviewer, self.world.ops,
                       self.world.other.clerk, self.world.other.reviewer):
            client.close()

    # ---- what is told ----

    def what_the_demo_had_approved_is_there(self):
        until(lambda: self.nhi.ledger()["rows"], "the rows of the store")
        self.settled()
        rows = names(self.nhi.ledger()["rows"])
        equal(len(rows), len(set(rows)))

    def an_approval_is_in_effect_at_once(self):
        line = self.approved()
        self.arrives(line)
        row, = [row for row in self.nhi.ledger()["rows"]
                if f"{row['CASE_NO']}-{row['SEQ']}" == line]
        shown = self.world.clerk.get(f"/lines/{line}").wants(200).json
        equal((row["ACTION"], row["HOSP_ID"], row["PT_HOSP_ID"], row["PURPOSE"],
               row["PRSN_NAME"], row["VERSION"]),
              ("A", shown["home"]["code"], shown["target"]["code"], shown["purpose"],
               shown["person"]["name"], str(shown["version"])))
        equal(len(row["PRSN_ID"]), 10)
        equal(row["PRSN_ID"][:5], shown["person"]["id_masked"][:5])

    def each_fault_leaves_every_row_in_effect_once(self):
        for faults in (["lose"], ["busy", "busy"], ["late"], ["twice"], ["later", "later"],
                       ["half"], ["garbage"], ["down", "down", "lose"]):
            self.nhi.control(faults=faults)
            line = self.approved()
            self.arrives(line)
            until(lambda: not self.nhi.ledger()["faults"], f"{faults} used up")
            self.settled()
            equal((faults, self.in_effect(line)), (faults, 1))
        equal(self.nhi.ledger()["doubles"], 0)

    def a_kill_between_effect_and_answer_doubles_nothing(self):
        self.nhi.control(faults=["late"])
        line = self.approved()
        self.arrives(line)
        server = self.world.server
        server.kill()
        server.start()
        self.hang_up()
        self.settled()
        told = self.nhi.ledger()
        equal(self.in_effect(line), 1)
        equal(told["doubles"], 0)
        sends = [call for call in told["calls"] if call[0] == "send"]
        equal(sends[-1][1], sends[-2][1])  # the same document under the same key

    def while_nhi_is_down_rows_wait_and_then_all_go_in_order(self):
        self.nhi.control(down=True)
        lines = [self.approved() for _ in range(3)]
        before = self.world.server.metrics()["baobei_alarms_total"]
        until(lambda: self.world.server.metrics()["baobei_alarms_total"] > before, "an alarm")
        self.world.server.stop()
        self.world.server.start()
        self.hang_up()
        self.nhi.control(down=False)
        for line in lines:
            self.arrives(line)
        order = [name for name in names(self.nhi.ledger()["rows"]) if name in lines]
        equal(order, lines)
        equal(self.world.server.logged("transfer_stuck") > 0, True)

    # ---- operators ----

    def a_rejected_row_is_shown_and_goes_again_when_an_operator_says_so(self):
        line = self.world.file_line()
        self.nhi.control(reject={line["line_id"]: "R07"})
        equal(self.world.decide(line, "approve"), None)
        ops = self.world.ops
        found = until(lambda: [one for one in ops.get("/ops/transfers?limit=5").wants(200)
                               .json["items"] if one["rejected"]], "a transfer with a rejected row")
        shown = ops.get(f"/ops/transfers/{found[0]['transfer_id']}").wants(200).json
        equal(shown["rejections"], [{"line_id": line["line_id"], "version": 3, "code": "R07"}])
        self.nhi.control(reject={})
        ops.post(f"/ops/transfers/{found[0]['transfer_id']}/resend").wants(202)
        self.arrives(line["line_id"])
        self.settled()
        equal(ops.get(f"/ops/transfers/{found[0]['transfer_id']}").wants(200).json["rejections"],
              [])
        ops.post(f"/ops/transfers/{found[0]['transfer_id']}/resend").wants(202, 409)

    def a_refused_document_stops_until_an_operator_says_so(self):
        self.nhi.control(faults=["refuse"])
        line = self.approved()
        ops = self.world.ops
        until(lambda: ops.get("/ops/transfers?limit=1").wants(200).json["items"][0]["state"] ==
              "failed", "a failed transfer")
        second = self.approved()
        equal(self.in_effect(line), 0)
        made = ops.post("/ops/transfers", {"kind": "delta"}).wants(202).json
        equal(made["kind"], "delta")
        self.arrives(line)
        self.arrives(second)
        self.settled()

    def a_full_document_tells_everything_again_and_doubles_nothing(self):
        before = len(self.nhi.ledger()["rows"])
        self.world.ops.post("/ops/transfers", {"kind": "full"}).wants(202)
        until(lambda: self.nhi.ledger()["doubles"] >= before, "everything again")
        self.settled()
        equal(len(self.nhi.ledger()["rows"]), before)

    def a_bureau_sees_the_share_of_its_county(self):
        items = self.world.reviewer.get("/ops/transfers?limit=50").wants(200).json["items"]
        every = {one["transfer_id"]: one for one in
                 self.world.pages(self.world.ops, "/ops/transfers?limit=50")}
        equal(len(items) > 0, True)
        for one in items:
            equal(0 < one["rows"] <= every[one["transfer_id"]]["rows"], True)
        line = self.world.other.file_line()
        equal(self.world.other.decide(line, "approve"), None)
        self.arrives(line["line_id"])
        self.settled()
        theirs = self.world.ops.get("/ops/transfers?limit=1").json["items"][0]["transfer_id"]
        self.world.reviewer.get(f"/ops/transfers/{theirs}").wants(404)
        self.world.other.reviewer.get(f"/ops/transfers/{theirs}").wants(200)
        self.world.reviewer.post("/ops/transfers", {"kind": "full"}).wants(403)

    def no_id_number_is_in_the_log(self):
        numbers = {row["PRSN_ID"] for row in self.nhi.ledger()["rows"]}
        with open(self.world.server.log, encoding="utf-8", errors="replace") as file:
            text = file.read()
        equal([number for number in numbers if number in text], [])


def main():
    world = World()
    with Nhi(world.server.path("pki")) as nhi:
        world.server.settings.update(
            nhi_url=nhi.url, nhi_ca=nhi.ca, nhi_pace="prompt", nhi_pause_ms=20, nhi_pause_max_s=1,
            nhi_timeout_s=2, nhi_alarm_attempts=3, nhi_full_day=0, nhi_rows_max=100)
        with world:
            tests = Transfers(world, nhi)
            for test in (tests.what_the_demo_had_approved_is_there,
                         tests.an_approval_is_in_effect_at_once,
                         tests.each_fault_leaves_every_row_in_effect_once,
                         tests.a_kill_between_effect_and_answer_doubles_nothing,
                         tests.while_nhi_is_down_rows_wait_and_then_all_go_in_order,
                         tests.a_rejected_row_is_shown_and_goes_again_when_an_operator_says_so,
                         tests.a_refused_document_stops_until_an_operator_says_so,
                         tests.a_full_document_tells_everything_again_and_doubles_nothing,
                         tests.a_bureau_sees_the_share_of_its_county,
                         tests.no_id_number_is_in_the_log):
                check(test.__name__, test)
            world.server.stop()
            check("the_store_is_sound", world.server.verify)
    finish()


if __name__ == "__main__":
    assert worlds
    main()
