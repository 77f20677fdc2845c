"""The subjects of the comparison: how each gets a store of N lines, starts and stops.

Ours and the echo are started here; the peers by the shell functions of a copy of ../shared/peers
(lib.sh), whose code stays where it is. A store is made once a size and copied for each start: a
start with a million lines then takes seconds."""
import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
PEERS = os.environ.get("COMPARE_PEERS") or os.path.join(ROOT, "..", "shared", "peers")
READY_S = 300
POLL_S = 0.01  # between attempts, never instead of one


def say(text):
    print(text, flush=True)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def copy(source, target):
    subprocess.run(["cp", "-a", "--sparse=always", "--reflink=auto", source, target], check=True)


def settle():
    """What was copied is on the disk: it shall not be written during the next measurement."""
    os.sync()


def wait_up(url, process):
    end = time.monotonic() + READY_S
    while time.monotonic() < end and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except OSError:  # nobody listens, or 503: not ready
            time.sleep(POLL_S)
    raise RuntimeError(f"{url} did not come up")


class Subject:
    """start() and stop(); `lua` is wrk's script, `port` where it listens."""
    why_not = None  # a reason to skip it

    def __init__(self, place, lines):
        self.place, self.lines, self.process = place, lines, None
        os.makedirs(place.path, exist_ok=True)

    def environment(self):
        return {}

    def stop(self):
        if self.process is not None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(60)
            self.process = None


class Place:
    """The folder of the whole run, the programs, and one port for our subjects."""
    def __init__(self, path, build, demo):
        self.path, self.build, self.demo = os.path.abspath(path), build, demo
        self.port, self.ops_port = free_port(), free_port()
        self.log = os.path.join(self.path, "server.log")

    def program(self, name):
        return os.path.join(self.build, name)


class Baobei(Subject):
    name = "baobei"
    lua = os.path.join(HERE, "file.lua")

    def __init__(self, place, lines, people=200000, institutions=2000):
        super().__init__(place, lines)
        self.people, self.institutions = people, institutions
        self.store = os.path.join(place.path, f"baobei-{lines}-{people}")
        self.run = os.path.join(place.path, "baobei-run")
        self.port, self.url = place.port, f"http://127.0.0.1:{place.port}"
        self.ops_url = f"http://127.0.0.1:{place.ops_port}"
        self.filers = os.path.join(self.store, "filers")
        self.config = os.path.join(self.run, "baobei.conf")

    def make(self):
        if os.path.exists(os.path.join(self.store, "whole")):
            return
        shutil.rmtree(self.store, ignore_errors=True)
        copy(self.place.demo, self.store)
        begun = time.monotonic()
        self.command("baobei-bench", "fill", self.store, "--lines", str(self.lines), "--people",
                     str(self.people), "--institutions", str(self.institutions), "--output",
                     self.filers)
        say(f"   baobei: {self.lines} lines filed in {time.monotonic() - begun:.0f} s")
        self.command("baobei", "verify", "--config", os.path.join(self.store, "baobei.conf"))
        with open(os.path.join(self.store, "whole"), "w", encoding="utf-8") as file:
            file.write("verified\n")

    def command(self, program, *words):
        with open(self.place.log, "ab") as log:
            subprocess.run([self.place.program(program), *words], check=True, stdout=log,
                           stderr=log)

    def environment(self):
        return {**os.environ, "FILERS": self.filers, "BAOBEI_SERVER_LISTEN": self.url,
                "BAOBEI_OPS_LISTEN": self.ops_url}

    def fresh(self):
        shutil.rmtree(self.run, ignore_errors=True)
        copy(self.store, self.run)
        settle()

    def start(self):
        self.fresh()
        self.go_on()

    def go_on(self):
        """Starts on the store of the last run."""
        with open(self.place.log, "ab") as log:
            self.process = subprocess.Popen(
                [self.place.program("baobei"), "serve", "--config", self.config],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=self.environment())
        wait_up(f"{self.ops_url}/readyz", self.process)


class Echo(Subject):
    name = "echo"
    lua = Baobei.lua

    def __init__(self, place, lines, filers):
        super().__init__(place, lines)
        self.port, self.filers = place.port, filers

    def make(self):
        pass

    def environment(self):
        return {**os.environ, "FILERS": self.filers}

    def start(self):
        self.process = subprocess.Popen(
            [self.place.program("baobei-bench"), "echo", "--port", str(self.port)],
            stdin=subprocess.DEVNULL)
        wait_up(f"http://127.0.0.1:{self.port}/", self.process)


class Peer(Subject):
    """One of the functions start_NAME of lib.sh, with its store restored instead of filled."""
    port = 29400
    # shell: make a store of $PREFILL lines; then, at each start, bring it back
    makes = {
        "node_pg": """
            ./pg.sh fresh
            q -d postgres -c "DROP DATABASE IF EXISTS peers_$PREFILL" \
              -c "CREATE DATABASE peers_$PREFILL TEMPLATE peers" """,
        "node_sqlite_group": """
            start_node_sqlite_group; wait_up; stop_subject
            rm -f $DATA/filled-$PREFILL.db*
            for f in $DATA/s.db*; do cp "$f" "$DATA/filled-$PREFILL.db${f#$DATA/s.db}"; done""",
    }
    starts = {
        "node_pg": """
            q -d postgres -c "DROP DATABASE IF EXISTS peers WITH (FORCE)" \
              -c "CREATE DATABASE peers TEMPLATE peers_$PREFILL" -c CHECKPOINT
            WORKERS=2 STYLE=func NODE server-pg.js""",
        "node_sqlite_group": """
            rm -f $DATA/s.db*
            filled=$DATA/filled-$PREFILL.db
            for f in $filled*; do cp "$f" "$DATA/s.db${f#$filled}"; done
            GROUP=1 PREFILL=0 DBFILE=$DATA/s.db NODE server-sqlite.js""",
    }

    def __init__(self, place, lines, name):
        super().__init__(place, lines)
        self.name = name
        self.folder = os.path.join(place.path, "peers")
        self.lua = os.path.join(self.folder, "load", "case.lua")
        self.why_not = peers_missing(self.folder, name)

    def shell(self, script):
        env = {**os.environ, "PREFILL": str(self.lines),
               "PEERS_DATA": os.path.join(self.place.path, "peers-data")}
        head = ('set -f; . ./lib.sh; set +f\n'
                'q(){ psql -q -h 127.0.0.1 -p $PGPORT -U postgres "$@" 2>/dev/null; }\n')
        return ["bash", "-c", head + script], env

    def make(self):
        stamp = os.path.join(self.place.path, "peers-data", f"whole-{self.name}-{self.lines}")
        if os.path.exists(stamp):
            return
        begun = time.monotonic()
        words, env = self.shell(self.makes[self.name])
        subprocess.run(words, cwd=self.folder, env=env, check=True)
        with open(stamp, "w", encoding="utf-8") as file:
            file.write("made\n")
        say(f"   {self.name}: {self.lines} lines in {time.monotonic() - begun:.0f} s")

    def environment(self):
        return dict(os.environ)

    def start(self):
        # The shell lives as long as its standard input, and takes the server along when it ends.
        script = self.starts[self.name] + "\nwait_up; sync; echo up; read line; stop_subject\n"
        words, env = self.shell(script)
        self.process = subprocess.Popen(words, cwd=self.folder, env=env, stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)
        for line in self.process.stdout:
            if line.strip() == "up":
                return
            say(f"   {self.name}: {line.strip()}")
        raise RuntimeError(f"{self.name} did not come up")

    def stop(self):
        if self.process is not None:
            self.process.stdin.close()
            self.process.wait(60)
            self.process.stdout.close()
            self.process = None


def peers_missing(folder, name):
    """Copies and installs the peers the first time; a sentence if that can't be."""
    if not os.path.isdir(PEERS):
        return f"there is no {PEERS}"
    if not os.path.isdir(folder):
        copy(PEERS, folder)
        subprocess.run(["chmod", "-R", "u+w", folder], check=True)
    data = os.path.join(os.path.dirname(folder), "peers-data")
    os.makedirs(os.path.join(data, "xlsx"), exist_ok=True)  # no workbooks are sent here
    for tool in ("node", "psql", "wrk"):
        if shutil.which(tool) is None:
            return f"{tool} is not installed"
    node = os.path.join(folder, "node")
    module = "pg" if name == "node_pg" else "better-sqlite3/build/Release/better_sqlite3.node"
    if not os.path.exists(os.path.join(node, "node_modules", module)):
        done = subprocess.run(
            ["npm", "ci", "--no-audit", "--no-fund"], cwd=node, capture_output=True, text=True,
            env={**os.environ, "npm_config_nodedir": "/usr",
                 "npm_config_build_from_source": "better-sqlite3"}, check=False)
        if done.returncode != 0:
            return f"npm install: {done.stderr.strip()[-200:]}"
    if not os.path.isdir(os.path.join(data, "pg")) and name == "node_pg":
        done = subprocess.run(["./pg.sh", "init"], cwd=folder, check=False,
                              env={**os.environ, "PEERS_DATA": data})
        if done.returncode != 0:
            return "initdb failed"
    return None


class Postgres:
    """The private PostgreSQL of the peers, while a comparison runs."""
    def __init__(self, place):
        self.folder = os.path.join(place.path, "peers")
        self.env = {**os.environ, "PEERS_DATA": os.path.join(place.path, "peers-data")}

    def __enter__(self):
        subprocess.run(["./pg.sh", "start"], cwd=self.folder, env=self.env, check=True)

    def __exit__(self, *_):
        subprocess.run(["./pg.sh", "stop"], cwd=self.folder, env=self.env, check=False)
