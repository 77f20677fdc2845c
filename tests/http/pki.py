"""A card authority of the test's own, beside the demo's: for cards that the demo did not make.

    authority = Authority(server)      before it starts: its anchors go beside those of the demo
    identity = authority.card("王小明", tail="6789")                       for cards.prove
"""
import os
import subprocess

PERSON = "2.16.886.1.100.3.1.7"

CONFIG = """
[req]
distinguished_name = dn
prompt = no
utf8 = yes
string_mask = utf8only
[dn]
C = TW
{name}
[ca]
basicConstraints = critical,CA:true
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[leaf]
basicConstraints = CA:false
keyUsage = critical,digitalSignature
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
certificatePolicies = 2.16.886.101.0.3.3
2.5.29.9 = ASN1:SEQUENCE:sda
[list]
authorityKeyIdentifier = keyid
[sda]
type = SEQUENCE:type
tail = SEQUENCE:tail
[type]
oid = OID:2.16.886.1.100.2.1
values = SET:type_value
[type_value]
value = OID:{kind}
[tail]
oid = OID:2.16.886.1.100.2.51
values = SET:tail_value
[tail_value]
value = PRINTABLE:{tail}
[default]
default_ca = one
[one]
database = {folder}/index
crlnumber = {folder}/number
default_md = sha256
default_crl_days = 30
crl_extensions = list
"""


class Authority:
    def __init__(self, server):
        self.server, self.folder, self.made = server, os.path.join(server.folder, "pki"), 0
        os.mkdir(self.folder)
        for name, text in (("index", ""), ("number", "01\n")):
            with open(os.path.join(self.folder, name), "w", encoding="ascii") as file:
                file.write(text)
        self.root = self.certificate("CN = Root of a test (TEST)", "ca")
        self.issuer = self.certificate("OU = Cards of a test (TEST)", "ca", self.root)
        for anchor, made in (("root", self.root), ("health", self.issuer)):
            self.append(server.path(f"pki/{anchor}.pem"), self.path(made, "pem"))
        self.openssl("ca", "-gencrl", "-name", "one", "-config", self.config("CN = x"), "-cert",
                     self.path(self.issuer, "pem"), "-keyfile", self.path(self.issuer, "key"),
                     "-out",
                     os.path.join(self.folder, "list.crl"))
        self.append(server.path("pki/health.crl"), os.path.join(self.folder, "list.crl"))

    def append(self, to, what):
        with open(what, encoding="ascii") as source, open(to, "a", encoding="ascii") as file:
            file.write(source.read())

    def path(self, made, ending):
        return os.path.join(self.folder, f"{made}.{ending}")

    def openssl(self, *words):
        done = subprocess.run(["openssl", *words], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise AssertionError(f"openssl {words}: {done.stderr}")

    def config(self, name, kind=PERSON, tail="0000"):
        path = os.path.join(self.folder, "config")
        with open(path, "w", encoding="utf-8") as file:
            file.write(CONFIG.format(name=name, kind=kind, tail=tail, folder=self.folder))
        return path

    def certificate(self, name, section, issuer=None, key=("rsa:2048",), **more):
        """The number of a key and a certificate; signed by itself without an issuer."""
        self.made += 1
        key_file, out = self.path(self.made, "key"), self.path(self.made, "pem")
        config = self.config(name, **more)
        request = ["req", "-new", "-nodes", "-sha256", "-config", config, "-newkey", *key,
                   "-keyout", key_file]
        if issuer is None:
            self.openssl(*request, "-x509", "-days", "30", "-extensions", section, "-out", out)
        else:
            self.openssl(*request, "-out", out + ".csr")
            self.openssl("x509", "-req", "-in", out + ".csr", "-CA", self.path(issuer, "pem"),
                         "-CAkey",
                         self.path(issuer, "key"), "-set_serial", str(1000 + self.made), "-days",
                         "30", "-sha256",
                         "-extfile", config, "-extensions", section, "-out", out)
        return self.made

    def card(self, name, tail, role="person", kind=PERSON, key=("rsa:2048",)):
        made = self.certificate(f"CN = {name}\nserialNumber = 99000000000000{self.made:02}", "leaf",
                                self.issuer,
                                key=key, kind=kind, tail=tail)
        return {"role": role, "certificate": self.path(made, "pem"), "key": self.path(made, "key")}
