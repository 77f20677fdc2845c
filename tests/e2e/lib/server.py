"""A server of one's own: a copy of the demo, free ports, the program of BAOBEI_BUILD.

    with Server(loops=2, log_segment_mib=16) as baobei:   # copies, starts, waits until ready
        baobei.client(token=...)      a Client of the main listener
        baobei.metrics()              {"baobei_log_syncs_total": 12, ...} of the ops listener
        baobei.kill()                 SIGKILL;  baobei.stop() SIGTERM;  baobei.start() again
        baobei.verify()               `baobei verify` on the stopped store; raises with its output
        baobei.identities("bureau")   of demo.json

Keyword arguments are settings: data_directory="..." stands for data.directory and is passed as
environment,
so the copied file stays as seed-demo wrote it. `plain=True`: http instead of https. `folder`:
where the copy
is made (a tmpfs), `build` and `demo` instead of the variables, `command` a prefix of the server's
(strace), `serves` another program of the build that serves.
"""
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time

from client import Client, Gone, tls_context

READY_S = 120
POLL_S = 0.01  # between attempts, never instead of one


def free_ports(count):
    held = []
    for _ in range(count):
        probe = socket.socket()
        probe.bind(("127.0.0.1", 0))
        held.append(probe)
    ports = [probe.getsockname()[1] for probe in held]
    for probe in held:
        probe.close()
    return ports


def copy_demo(demo, folder):
    """A store is a log and a sparse LMDB file: holes stay holes."""
    target = os.path.join(folder, "demo")
    subprocess.run(["cp", "-a", "--sparse=always", demo, target], check=True)
    return target


class NotStarted(Exception):
    pass


class Server:
    def __init__(self, plain=False, folder=None, build=None, demo=None, command=(),
                 serves="baobei", **settings):
        self.build = os.path.abspath(build or os.environ.get("BAOBEI_BUILD", "build/release"))
        demo = demo or os.environ.get("BAOBEI_DEMO") or "build/demo"
        self.folder = tempfile.mkdtemp(prefix="baobei-e2e-", dir=folder)
        self.demo = copy_demo(os.path.abspath(demo), self.folder)
        self.config = os.path.join(self.demo, "baobei.conf")
        with open(os.path.join(self.demo, "demo.json"), encoding="utf-8") as file:
            self.json = json.load(file)
        self.ca = self.path(self.json["ca"])
        self.context = None if plain else tls_context(self.ca)
        self.command, self.serves = list(command), serves
        self.process, self.output = None, None
        self.settings = {"loops": os.environ.get("BAOBEI_LOOPS") or 1, **settings}
        port, ops_port = free_ports(2)
        self.url = f"{'http' if plain else 'https'}://127.0.0.1:{port}"
        self.ops_url = f"http://127.0.0.1:{ops_port}"
        self.log = os.path.join(self.folder, "server.log")
        with open(self.log, "wb"):
            pass  # there is one before the first start

    def path(self, name):
        return os.path.join(self.demo, name)

    def identities(self, role):
        return [found for found in self.json["identities"] if found["role"] == role]

    def program(self, name="baobei"):
        return os.path.join(self.build, name)

    def environment(self):
        listen = {"server_listen": self.url, "ops_listen": self.ops_url}
        return {**os.environ,
                **{f"BAOBEI_{name.upper()}": str(value)
                   for name, value in {**listen, **self.settings}.items()}}

    # ---- life ----

    def start(self, wait=True):
        self.output = open(self.log, "ab")
        self.process = subprocess.Popen(
            [*self.command, self.program(self.serves), "serve", "--config", self.config],
            stdin=subprocess.DEVNULL, stdout=self.output, stderr=self.output,
            env=self.environment(), start_new_session=True)
        if wait:
            self.wait_ready()
        return self

    def wait_ready(self):
        """Until the main listener answers /readyz with 200."""
        end = time.monotonic() + READY_S
        while time.monotonic() < end:
            if self.process.poll() is not None:
                raise NotStarted(f"exit {self.process.returncode}\n{self.log_tail()}")
            try:
                with self.client() as client:
                    if client.raw("/readyz").status == 200:
                        return
            except Gone:
                pass
            time.sleep(POLL_S)
        raise NotStarted(f"not ready after {READY_S} s\n{self.log_tail()}")

    def ended(self, timeout):
        """Its exit code, once it has ended by itself; None if it still runs after that time."""
        try:
            self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            return None
        self.output.close()
        return self.process.returncode

    def signal_all(self, number):
        """To the server and what stands before it (strace)."""
        try:
            os.killpg(self.process.pid, number)
        except ProcessLookupError:
            pass

    def kill(self):
        self.signal_all(signal.SIGKILL)
        self.process.wait()
        self.output.close()

    def stop(self):
        """SIGTERM; must end with 0."""
        self.signal_all(signal.SIGTERM)
        code = self.ended(60)
        if code is None:
            self.kill()
        if code != 0:
            raise AssertionError(f"stopped with exit {code}\n{self.log_tail()}")

    def running(self):
        return self.process is not None and self.process.poll() is None

    def log_tail(self, lines=15):
        with open(self.log, encoding="utf-8", errors="replace") as file:
            return "".join(file.readlines()[-lines:])

    def log_about(self, text, around=20):
        """The lines that name a request which the text names (an answer that was not wanted), with
        those around them; the last lines, if there is none."""
        ids = re.findall(r'"request_id": ?"([^"]+)"', text)
        with open(self.log, encoding="utf-8", errors="replace") as file:
            lines = file.readlines()
        for i, line in enumerate(lines):
            if any(found in line for found in ids):
                return "".join(lines[max(0, i - around):i + around])
        return "".join(lines[-around:])

    def logged(self, event):
        with open(self.log, encoding="utf-8", errors="replace") as file:
            return sum(re.search(rf"\b{event}\b", line) is not None for line in file)

    # ---- asking ----

    def client(self, token=None, timeout=60):
        return Client(self.url, token=token, context=self.context, timeout=timeout)

    def metrics(self):
        with Client(self.ops_url) as client:
            text = client.raw("/metrics").wants(200).body.decode()
        return {name: int(value) for name, value in
                (line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))}

    # ---- offline ----

    def run(self, *words, program="baobei", codes=(0,)):
        """A command on the stopped store; its standard output."""
        done = subprocess.run([self.program(program), *words], capture_output=True, text=True,
                              env=self.environment(), check=False)
        if done.returncode not in codes:
            raise AssertionError(f"{program} {' '.join(words)}: exit {done.returncode}\n"
                                 f"{done.stdout[-3000:]}{done.stderr[-3000:]}")
        return done.stdout

    def verify(self):
        return self.run("verify", "--config", self.config)

    def token(self, institution, rights="read,file,submit"):
        return self.run("token", "add", "--config", self.config, "--institution", institution,
                        "--name", "test", "--rights", rights).strip()

    # ---- end ----

    def __enter__(self):
        try:
            return self.start()
        except BaseException:
            self.remove()
            raise

    def __exit__(self, kind, *_):
        if self.running():
            self.kill()
        if kind is not None:
            print(f"   the server's last lines:\n{self.log_tail()}", flush=True)
        self.remove()

    def remove(self):
        if self.running():
            self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)
