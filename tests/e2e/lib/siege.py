"""Many clients at work on one server that will go away, and the questions after it came back.

    siege = Siege(Server(loops=1), seed)      prepares tokens on the stopped store
    siege.begin()                             starts the server, connects all
    siege.load(until)                         all at work; until() in the main thread; ends with
    the server gone
    siege.server.start(); siege.ask()         repeats what is pending, compares the touched lines
    and counts
    siege.compare_all()                       every line of every institution, by its list
"""
import random
import threading

import actors
import filers
import report
from ledger import Ledger, Wrong, compare

WORKERS, REVIEWERS = 48, 4
LIST_LIMIT = 200


class Crew:
    """Threads that do one thing each; join raises the first error of any."""

    def __init__(self):
        self.errors = []

    def start(self, tasks):
        def guarded(task):
            try:
                task()
            except Exception as error:  # told by join, in the main thread
                self.errors.append(error)
        threads = [threading.Thread(target=guarded, args=(task,)) for task in tasks]
        for thread in threads:
            thread.start()
        return threads

    def join(self, threads):
        for thread in threads:
            thread.join()
        if self.errors:
            raise self.errors[0]

    def do(self, tasks):
        self.join(self.start(tasks))


class Siege:
    def __init__(self, server, seed, workers=WORKERS, reviewers=REVIEWERS):
        self.server, self.seed = server, seed
        self.rng, self.crew, self.ledger = random.Random(seed), Crew(), Ledger()
        found = filers.prepare(server, 3 * workers)
        counties = sorted({filer.county for filer in found},
                          key=lambda county: -sum(filer.county == county for filer in found))
        chosen = set(counties[:reviewers])
        found.sort(key=lambda filer: filer.county not in chosen)
        self.workers = [actors.Worker(server, self.ledger, filer, seed)
                        for filer in found[:workers]]
        self.reviewers = [actors.Reviewer(server, self.ledger, identity, seed)
                          for identity in server.identities("bureau")
                          if identity["county"] in chosen]
        self.all = self.workers + self.reviewers

    def begin(self):
        self.server.start()
        self.connect()

    def connect(self):
        self.crew.do([actor.connect for actor in self.all])

    def load(self, until):
        """until() waits for what it wants and sees to it that the server is gone."""
        stop = threading.Event()
        threads = self.crew.start([lambda actor=actor: actor.run(stop) for actor in self.all])
        try:
            until()
        finally:
            stop.set()
            self.crew.join(threads)

    def wait_acknowledged(self, more):
        """Until so many more writes were acknowledged; False if the server or a client ended."""
        return self.ledger.wait_for(self.ledger.acknowledged + more,
                                    lambda: self.server.running() and not self.crew.errors)

    def reconnect(self):
        for actor in self.all:
            actor.reconnect()

    def ask(self):
        self.reconnect()
        self.crew.do([actor.resolve for actor in self.all])
        self.compare_touched()

    def compare_touched(self):
        touched = {}
        for line in self.ledger.take_touched():
            touched.setdefault(line.filer, []).append(line)

        def compare_one(worker):
            for line in touched.get(worker.filer, []):
                compare(line, worker.client.get(f"/lines/{line.line_id}").wants(200).json)
            counts = worker.client.get("/lines/counts").wants(200).json
            wanted = self.ledger.counts(worker.filer)
            if counts != wanted:
                raise Wrong(f"{worker.filer.code}: the counts are {counts}, told was {wanted}")
        self.crew.do([lambda worker=worker: compare_one(worker) for worker in self.workers])

    def compare_all(self):
        def compare_one(worker):
            shown, cursor = {}, ""
            while cursor is not None:
                page = worker.client.get(f"/lines?limit={LIST_LIMIT}{cursor}").wants(200).json
                shown.update((item["line_id"], item) for item in page["items"])
                cursor = page["next_cursor"] and f"&cursor={page['next_cursor']}"
            told = {line.line_id: line for line in self.ledger.lines.values()
                    if line.filer is worker.filer}
            if set(shown) != set(told):
                raise Wrong(f"{worker.filer.code}: not in both: {set(shown) ^ set(told)}")
            for line_id, line in told.items():
                compare(line, shown[line_id])
        self.crew.do([lambda worker=worker: compare_one(worker) for worker in self.workers])

    def totals(self):
        return {name: sum(actor.count[name] for actor in self.all) for name in self.all[0].count}

    def print_totals(self):
        total = self.totals()
        report.say(f"   {len(self.all)} connections, "
                   f"{self.ledger.acknowledged} acknowledged writes, "
                   f"{len(self.ledger.cases)} cases, seed {self.seed}")
        report.say(f"   {total['unknown']} unknown outcomes, "
                   f"{total['replayed']} of them had been done, "
                   f"{total['refused']} refused as stale, {total['unavailable']} 503")
