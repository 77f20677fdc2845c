#!/usr/bin/env python3
# dev: part=power-loss build=release minutes=120 takes=25
"""Power loss (RELIABILITY 3.1): whatever of the unsynced writes reached the disk, the store opens,
is sound, holds every acknowledged operation, and takes one more.

The real storage/ writes under the recorder (store/recorder.c): 640 operations in 13 processes,
killed between append and sync, inside applies, inside recovery and around the renaming of segments;
then recoveries of images already torn, recorded and cut again. 500 states in `./dev test`, 10,000
in `./dev prove power-loss`. Four controls leave a rule out, and must be found bad."""
import os
import shutil
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.path.insert(0, os.path.join(HERE, "..", "e2e", "lib"))
import power_states as power
import report

FULL = os.environ.get("BAOBEI_FULL") == "1"
SEED = int(os.environ.get("BAOBEI_SEED", "1"))
PROGRAM = os.path.join(os.environ.get("BAOBEI_BUILD", "build/release"), "store_judge")
STATES, OF_RECOVERY = (10000, 1000) if FULL else (500, 100)
CONTROL_STATES, CONTROL_BAD = (3000, 1 << 30) if FULL else (1500, 3)
RECOVERIES = 20 if FULL else 4
EARLY_SEGMENT, EARLY_ANSWER = 1, 2


def describe(name, tally):
    kinds = ", ".join(f"{kind} {count}" for kind, count in sorted(tally.kinds.items()))
    report.say(f"   {name}: {tally.states} distinct states after the first acknowledgement "
               f"({kinds}), {tally.before_ack} before it, {len(tally.bad)} bad")


def count_workload(events):
    """What the issue asks of the workload, counted from the trace."""
    segments = {event.path for event in events if event.type == "W" and event.path.endswith(".log")}
    recycled = [event for event in events if event.type == "R" and event.path.endswith(".log")]
    applies = [event for event in events if event.type == "W" and event.dsync]
    kills = [event for event in events if event.type == "K"]
    report.say(f"   {len(segments)} segments written, {len(recycled)} used again, {len(applies)} "
               f"commits of LMDB, {len(kills)} kills, {len(events)} events")
    return len(segments) >= 3 and len(recycled) >= 2 and len(applies) >= 5 and len(kills) >= 8


def repeats_answered(events):
    """Operations acknowledged by a later process than the one they were submitted to."""
    process, submitted, found = 0, {}, 0
    for event in events:
        process += event.type == "P"
        if event.type == "S":
            submitted[event.a] = process
        elif event.type == "A":
            found += submitted[event.a] != process
    report.say(f"   {found} repeats answered after a restart")
    return found >= 2


class Proof:
    def __init__(self, folder):
        self.folder = folder
        self.judges = [power.Judge(PROGRAM, f"{folder}/image{i}", SEED) for i in range(2)]
        self.events = []
        self.samples = []

    def record(self):
        done, self.events = power.run_workload(PROGRAM, self.folder, SEED, 0)
        if done.returncode != 0:
            report.say(done.stderr[-2000:])
        return done.returncode == 0

    def passes(self, tally, limit):
        """States of the trace, again and again: all of `none` and `all` if much is wanted."""
        rng = power.seeded(SEED, "states")
        share = limit / (len(self.events) * len(power.KINDS)) * 1.5

        def first(kind):
            return FULL and kind in power.EVERY or rng.random() < share

        yield from power.Replay(self.events).states(rng, first)
        while tally.states < limit:
            yield from power.Replay(self.events).states(rng, power.rate(rng, share))

    def keep_samples(self, states):
        """Some states, to be recovered under the recorder later."""
        rng = power.seeded(SEED, "samples")
        for state in states:
            if state["acked"] > 0 and rng.random() < 0.1:
                self.samples.append({**state, "image": power.copy_image(state["image"])})
                if len(self.samples) > RECOVERIES:
                    self.samples.pop(rng.randrange(len(self.samples)))
            yield state

    def states_are_good(self):
        tally = power.Tally()
        states = self.keep_samples(self.passes(tally, STATES))
        power.judge_states(states, self.judges, tally, STATES)
        describe("one power loss", tally)
        for line in tally.bad[:10]:
            report.say(f"   {line}")
        return not tally.bad and tally.states >= STATES

    def recovered_states_are_good(self):
        tally = power.Tally()
        each = OF_RECOVERY // len(self.samples)
        for number, state in enumerate(self.samples):
            rng = power.seeded(SEED, "recovery", number)
            done, events = power.run_recovery(PROGRAM, self.folder, SEED, state, number % 4)
            if done.returncode != 0:
                tally.bad.append(f"recovery of event {state['event']}: {done.stderr[-500:]}")
                continue
            share = min(1, each / (len(events) * len(power.KINDS)) * 3)
            states = power.replay_recovery(events, state).states(rng, power.rate(rng, share))
            power.judge_states(states, self.judges, tally, tally.states + each)
        describe(f"a second one in {len(self.samples)} recoveries", tally)
        for line in tally.bad[:10]:
            report.say(f"   {line}")
        return not tally.bad and tally.states >= OF_RECOVERY / 2

    def is_found_bad(self, name, events, blind=lambda path: False, share=None):
        """`share`: of the states inside recovery alone; else some of all."""
        tally = power.Tally()
        rng = power.seeded(SEED, name)
        replay = power.Replay(events, blind=blind)
        everywhere = CONTROL_STATES / (len(events) * len(power.KINDS)) * 1.5

        def wanted(_):
            here = everywhere if share is None else share * replay.recovering
            return rng.random() < here

        power.judge_states(replay.states(rng, wanted), self.judges, tally, CONTROL_STATES,
                           CONTROL_BAD)
        describe(name, tally)
        return len(tally.bad) >= 1

    def rule_left_out(self, name, control, share=None):
        """The control may lose writes so plainly that the workload ends early."""
        _, events = power.run_workload(PROGRAM, self.folder, SEED, control)
        return self.is_found_bad(name, events, share=share)

    def close(self):
        for judge in self.judges:
            judge.close()


def main():
    base = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    folder = tempfile.mkdtemp(prefix="baobei-power-", dir=base)
    proof = Proof(folder)
    try:
        report.check("the_workload_runs_through_its_kills", proof.record)
        report.check("the_workload_has_all_that_is_asked_of_it",
                     lambda: count_workload(proof.events))
        report.check("repeats_are_answered_from_the_replayed_tail",
                     lambda: repeats_answered(proof.events))
        report.check("no_acknowledged_write_is_lost_by_a_power_loss", proof.states_are_good)
        report.check("nor_by_a_second_one_inside_recovery", proof.recovered_states_are_good)
        report.check("control_lmdb_unsynced_is_found", lambda: proof.is_found_bad(
            "LMDB unsynced", proof.events, lambda path: path == "s/data.mdb"))
        report.check("control_log_unsynced_is_found", lambda: proof.is_found_bad(
            "log unsynced", proof.events, lambda path: path.endswith(".log")))
        report.check("control_segment_used_again_too_early_is_found",
                     lambda: proof.rule_left_out("segment used again too early", EARLY_SEGMENT))
        report.check("control_answers_before_recovery_is_durable_are_found",
                     lambda: proof.rule_left_out("answers before step 5", EARLY_ANSWER, 0.5))
    finally:
        proof.close()
        shutil.rmtree(folder, ignore_errors=True)
    report.finish()


if __name__ == "__main__":
    main()
