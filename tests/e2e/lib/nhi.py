"""The NHI stand-in beside a test, as a program of its own over TLS.

    with Nhi(folder, pki) as nhi:      # pki: a demo's pki folder
        nhi.url, nhi.ca                for the settings nhi.url, nhi.ca
        nhi.control(faults=["lose"], reject={"CASE-1": "R01"}, down=True)
        nhi.ledger()["rows"]           what is in effect
"""
import http.client
import json
import os
import ssl
import subprocess
import sys

PROGRAM = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                       "../../standins/nhi/baobei-sim-nhi")


class Nhi:
    def __init__(self, pki):
        self.ca = os.path.join(pki, "server-ca.pem")
        self.process = subprocess.Popen(
            [sys.executable, PROGRAM, "--port", "0",
             "--certificate", os.path.join(pki, "server.pem"),
             "--key", os.path.join(pki, "server.key")],
            stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True)
        line = self.process.stdout.readline().split()
        if line[:1] != ["listening"]:
            raise AssertionError(f"the NHI stand-in does not listen: {line}")
        self.port = int(line[1])
        self.url = f"https://127.0.0.1:{self.port}"

    def ask(self, method, path, body=None):
        context = ssl.create_default_context(cafile=self.ca)
        connection = http.client.HTTPSConnection("127.0.0.1", self.port, context=context,
                                                 timeout=30)
        try:
            connection.request(method, path, body=None if body is None else json.dumps(body))
            return json.loads(connection.getresponse().read())
        finally:
            connection.close()

    def control(self, **told):
        self.ask("PUT", "/control", told)

    def ledger(self):
        return self.ask("GET", "/ledger")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()
