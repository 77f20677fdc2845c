#!/usr/bin/env python3
# dev: part=http loops=2 minutes=5 takes=21
"""Signing in with a card, sessions, CSRF and the rights of tokens (API 1, 2, 8; AUTH 5.1, 5.5,
5.6).

Shows F009 and F040 (an institution by its card and by nothing else), F062 (the last log-in is
told), F063 (log-out), P39 (a lock with Retry-After).
"""
import base64
import re

import pki
import registrants
from world import cards, equal, faults, refused, run, staffed_home, together

SESSIONS_A_SUBJECT, FAILURES_MAX, LOCK_S, CONNECTIONS = 3, 5, 15 * 60, 16
CARDS, PEOPLE = {}, {}


def prepare(server):
    home = staffed_home(server)
    authority = pki.Authority(server)
    numbers = {name: registrants.id_no(3000 + at) for at,
               name in enumerate(("未綁定", "同名人", "已歿者", "他人名"))}
    registrants.take(server, people=[
        registrants.person(3000, home, name="未綁定"), registrants.person(3001, home, name="同名人"),
        registrants.person(3002, home, name="已歿者", status="deceased", status_from="2025-01-01"),
        registrants.person(3003, home, name="他人名")])
    for name, number in numbers.items():
        PEOPLE[name] = number
        CARDS[name] = authority.card(name, tail=number[6:])
    CARDS["wrong tail"] = authority.card("同名人", tail="9999")
    CARDS["unknown name"] = authority.card("不存在", tail=PEOPLE["同名人"][6:])
    CARDS["ec"] = authority.card("未綁定", tail="0000",
                                 key=("ec", "-pkeyopt", "ec_paramgen_curve:P-256"))
    CARDS["short"] = authority.card("未綁定", tail="0000", key=("rsa:1024",))
    code = server.identities("institution")[0]["institution"]
    made = {rights: server.token(code, rights)
            for rights in ("read", "file", "submit", "import", "read,file,submit")}
    made["expired"] = server.run("token", "add", "--config", server.config, "--institution", code,
                                 "--name", "old",
                                 "--rights", "read", "--expires", "2026-01-01").strip()
    listed = server.run("token", "list", "--config", server.config).splitlines()
    made["revoked"] = server.token(code, "read")
    last = set(server.run("token", "list", "--config", server.config).splitlines()) - set(listed)
    server.run("token", "revoke", last.pop().split("\t")[0], "--config", server.config)
    return made


def begin(world):
    return world.contract.watch(cards.begin(world.server))


def challenge(client, role, **more):
    return client.post("/auth/cert/challenge", {"role": role, **more}).wants(200).json


def prove(world, given, identity, **changed):
    certificate = changed.pop("certificate_of", identity["certificate"])
    return {**cards.prove(world.server, given, {**identity, "certificate": certificate}), **changed}


def attempt(world, identity, role=None, id_no=None, client=None, **changed):
    """The answer to a log-in with this card, in a browser of its own."""
    client = client or begin(world)
    asked = {} if id_no is None else {"id_no": id_no}
    given = challenge(client, role or identity["role"], **asked)
    return client.post("/auth/cert/login", prove(world, given, identity, **changed))


def card(world, role, at=-1):
    """A card that no other test counts the sessions or failures of."""
    return world.server.identities(role)[at]


def forged(identity):
    return base64.b64encode(b"\1" * 256).decode()


# ---- the four roles ----

def each_role_signs_in_by_its_card(world):
    for role in ("person", "institution", "bureau", "ops"):
        identity = card(world, role, 0)
        client = begin(world)
        answer = attempt(world, identity, client=client).wants(200).json
        client.headers["X-CSRF-Token"] = "x"
        session = client.get("/auth/session").wants(200).json
        equal(session["subject"], answer["subject"])
        equal((answer["subject"]["kind"], answer["subject"]["name"]), (role, identity["name"]))
        equal(answer["subject"]["county"] is None, role == "ops")
        equal(answer["subject"]["institution"] is None, role in ("bureau", "ops"))
        equal((session["method"], session["idle_left"], session["absolute_left"] > 28000),
              ("hca", 1200, True))


def the_last_log_in_is_told(world):
    identity = card(world, "person", -2)
    equal(attempt(world, identity).wants(200).json["last_login_at"], None)
    client = begin(world)
    told = attempt(world, identity, client=client).wants(200).json["last_login_at"]
    equal(client.get("/auth/session").json["last_login_at"], told)
    equal(told is not None, True)


def the_bytes_to_sign_name_us_and_the_browser(world):
    client = begin(world)
    given = challenge(client, "person", id_no="A123456789")
    lines = base64.b64decode(given["tbs"]).decode("ascii").split("\n")
    equal(lines[:3], ["EUSERVICE-CERT-LOGIN-V1", f"aud={world.server.url}", "role=person"])
    equal(re.fullmatch(r"ch=[\w-]{22}", lines[3]) is not None
          and re.fullmatch(r"nonce=[\w-]{43}", lines[4]) is not None
          and re.fullmatch(r"sb=[\w-]{43}", lines[5]) is not None, True)
    equal((lines[6], lines[7][:4], lines[8], lines[9:]),
          ("idno=A123456789", "iat=", f"exp={given['expires_at']}", [""]))


def cookies_are_of_this_host_and_hidden_from_scripts(world):
    client = begin(world)
    before = client.cookies["__Host-baobei-pre"]
    answer = attempt(world, card(world, "institution", 1), client=client).wants(200)
    session, = (one for one in answer.cookies if one.startswith("__Host-baobei="))
    equal(re.fullmatch(r"__Host-baobei=[\w-]{43}; Path=/; Secure; HttpOnly; SameSite=Lax",
                       session) is not None, True)
    equal(before not in session and "__Host-baobei-pre" not in client.cookies, True)


# ---- certificates ----

BAD = {"expired": "auth_cert_expired", "not-yet": "auth_cert_expired", "usage": "auth_cert_usage",
       "policy": "auth_cert_policy", "other-ca": "auth_cert_chain", "sha1": "auth_cert_alg",
       "revoked": "auth_revoked"}


def bad_certificates_are_refused_each_by_its_code(world):
    identity = card(world, "person", 0)
    for name, code in BAD.items():
        answer = attempt(world, identity, certificate_of=f"cards/bad-{name}.pem")
        equal((name, answer.wants(401).code), (name, code))


def weak_and_other_keys_are_refused(world):
    for name in ("ec", "short"):
        refused(attempt(world, CARDS[name], signature=forged(None)), 401, "auth_cert_alg")


def what_is_no_certificate_is_refused(world):
    whole = cards.certificate_der(world.server.path(card(world, "person")["certificate"]))
    for data in (b"\x30\x03\x02\x01\x01", whole[:-1], whole + b"\0", b"\0" * 100,
                 b"\x30\x80" + whole):
        answer = attempt(world, card(world, "person"), certificate=base64.b64encode(data).decode())
        refused(answer, 401, "auth_cert_parse")


def a_card_of_another_kind_is_refused(world):
    for role, of in (("institution", "person"), ("person", "institution"), ("person", "bureau"),
                     ("bureau", "person"),
                     ("ops", "institution"), ("institution", "ops")):
        refused(attempt(world, card(world, of, 0), role=role), 401, "auth_card_kind")


def a_citizen_is_an_officer_only_where_he_is_enrolled(world):
    refused(attempt(world, card(world, "bureau", 0), role="ops"), 409, "auth_not_enrolled")
    refused(attempt(world, card(world, "ops", 0), role="bureau"), 409, "auth_not_enrolled")


def faults_of_form_come_at_once(world):
    client = begin(world)
    equal(faults(client.post("/auth/cert/challenge", {"role": "king", "id_no": "A123456788"})),
          {("/role", "bad_type"), ("/id_no", "bad_id_no")})
    equal(faults(client.post("/auth/cert/challenge", {})), {("/role", "required")})
    equal(faults(client.post("/auth/cert/login", {})), {(f"/{name}", "required") for name in (
        "challenge", "format", "certificate", "signature")})
    equal(faults(client.post("/auth/cert/login", {"challenge": 1, "format": "xml", "signature": "*",
                                                  "certificate": ""})),
          {("/challenge", "bad_type"), ("/format", "bad_type"), ("/signature", "bad_text"),
           ("/certificate", "bad_text")})
    refused(client.post("/auth/cert/login", {"pin": "1234"}), 400, "unknown_field")
    refused(client.request("POST", "/auth/cert/login", version=None, headers={
        "Content-Type": "application/json", "Content-Length": "16385"}), 413, "too_large")


# ---- challenges ----

def a_challenge_is_used_once(world):
    identity = card(world, "institution", 2)
    client = begin(world)
    proof = prove(world, challenge(client, "institution"), identity)
    client.post("/auth/cert/login", proof).wants(200)
    again = begin(world)
    refused(again.post("/auth/cert/login", proof), 401, "auth_challenge")


def a_failed_proof_burns_its_challenge(world):
    identity = card(world, "institution", 2)
    client = begin(world)
    given = challenge(client, "institution")
    refused(client.post("/auth/cert/login", prove(world, given, identity, certificate="AAAA")), 401,
            "auth_cert_parse")
    refused(client.post("/auth/cert/login", prove(world, given, identity)), 401, "auth_challenge")


def another_browsers_challenge_is_refused_and_burnt(world):
    identity = card(world, "institution", 2)
    victim, thief = begin(world), begin(world)
    given = challenge(victim, "institution")
    refused(thief.post("/auth/cert/login", prove(world, given, identity)), 401, "auth_challenge")
    refused(victim.post("/auth/cert/login", prove(world, given, identity)), 401, "auth_challenge")


def an_unknown_challenge_is_refused(world):
    client = begin(world)
    given = challenge(client, "institution")
    for unknown in ("A" * 22, "x", given["challenge"][:-1], given["challenge"] + "A"):
        refused(client.post("/auth/cert/login",
                            prove(world, given, card(world, "institution", 2), challenge=unknown)),
                401, "auth_challenge")


def a_signature_of_something_else_is_refused(world):
    identity = card(world, "institution", 3)
    client = begin(world)
    given, other = challenge(client, "institution"), challenge(client, "institution")
    refused(client.post("/auth/cert/login",
                        prove(world, {**given, "challenge": other["challenge"]}, identity)),
            401, "auth_signature")
    refused(attempt(world, identity, signature=base64.b64encode(b"x").decode()), 401,
            "auth_signature")
    attempt(world, identity).wants(200)


def a_reversed_signature_is_taken(world):
    """Some card software gives it in the other order of bytes (AUTH 5.1 row 11)."""
    identity = card(world, "institution", 3)
    client = begin(world)
    proof = prove(world, challenge(client, "institution"), identity)
    proof["signature"] = base64.b64encode(base64.b64decode(proof["signature"])[::-1]).decode()
    client.post("/auth/cert/login", proof).wants(200)


# ---- locks ----

def five_failures_lock_the_subject(world):
    identity, other = card(world, "institution", -1), card(world, "institution", -2)
    for _ in range(FAILURES_MAX - 1):
        refused(attempt(world, identity, signature=forged(identity)), 401, "auth_signature")
    attempt(world, identity).wants(200)  # ends the row
    for _ in range(FAILURES_MAX):
        refused(attempt(world, identity, signature=forged(identity)), 401, "auth_signature")
    for changed in ({}, {"signature": forged(identity)}):
        answer = refused(attempt(world, identity, **changed), 429, "rate_limited")
        equal(LOCK_S - 60 <= int(answer.headers["retry-after"]) <= LOCK_S, True)
    attempt(world, other).wants(200)


def what_has_no_subject_locks_nobody(world):
    identity = card(world, "person", 0)
    for _ in range(FAILURES_MAX + 1):
        refused(attempt(world, identity, certificate_of="cards/bad-other-ca.pem"), 401,
                "auth_cert_chain")
    attempt(world, identity).wants(200)


# ---- first use ----

def an_unbound_card_asks_for_the_number(world):
    refused(attempt(world, CARDS["未綁定"]), 409, "auth_not_enrolled")


def a_first_use_binds_the_card_to_its_owner(world):
    identity = CARDS["未綁定"]
    subject = attempt(world, identity, id_no=PEOPLE["未綁定"]).wants(200).json["subject"]
    equal((subject["kind"], subject["name"]), ("person", "未綁定"))
    equal(attempt(world, identity).wants(200).json["subject"], subject)
    equal(attempt(world, identity, id_no=PEOPLE["同名人"]).wants(200).json["subject"], subject)


def a_first_use_with_a_wrong_name_or_number_binds_nothing(world):
    for name, number in (("wrong tail", "同名人"), ("unknown name", "同名人"), ("他人名", "同名人")):
        refused(attempt(world, CARDS[name], id_no=PEOPLE[number]), 409, "auth_not_enrolled")
    refused(attempt(world, CARDS["同名人"], id_no=registrants.id_no(9999)), 409, "auth_not_enrolled")
    refused(attempt(world, CARDS["同名人"]), 409, "auth_not_enrolled")
    attempt(world, CARDS["同名人"], id_no=PEOPLE["同名人"]).wants(200)


def who_has_died_has_no_account(world):
    refused(attempt(world, CARDS["已歿者"], id_no=PEOPLE["已歿者"]), 403, "auth_account")


# ---- sessions ----

def reason(client):
    return refused(client.get("/auth/session"), 401, "auth_session").json["reason"]


def a_fourth_log_in_replaces_the_oldest(world):
    identity = card(world, "person", 3)
    clients = [world.sign_in(identity) for _ in range(SESSIONS_A_SUBJECT + 1)]
    equal(reason(clients[0]), "replaced")
    for client in clients[1:]:
        client.get("/auth/session").wants(200)
    items = clients[3].get("/auth/sessions").wants(200).json["items"]
    equal((len(items), [item["current"] for item in items].count(True)), (SESSIONS_A_SUBJECT, True))


def one_ends_another_of_ones_own_sessions(world):
    identity = card(world, "person", 4)
    first, second = world.sign_in(identity), world.sign_in(identity)
    other, = (item["id"]
              for item in second.get("/auth/sessions").json["items"] if not item["current"])
    stranger = world.sign_in(card(world, "person", 5))
    refused(stranger.delete(f"/auth/sessions/{other}"), 404, "not_found")
    first.get("/auth/session").wants(200)
    second.delete(f"/auth/sessions/{other}").wants(204)
    equal(reason(first), "ended")
    refused(second.delete(f"/auth/sessions/{other}"), 404, "not_found")
    for unknown in ("0" * 16, "x", "f" * 16, other.upper() + "0"):
        refused(second.delete(f"/auth/sessions/{unknown}"), 404, "not_found")


def a_log_out_is_seen_at_once_on_every_connection(world):
    """Two loops: connections are spread over both, each with its own table of sessions."""
    for _ in range(3):
        first = world.sign_in(card(world, "person", 6))
        others = [world.anonymous() for _ in range(CONNECTIONS)]
        for client in others:
            client.cookies = dict(first.cookies)
            client.get("/auth/session").wants(200)
        answer = first.post("/auth/logout").wants(204)
        equal([one.split(";")[0] for one in answer.cookies], ["__Host-baobei="])
        for answer in together([lambda client=client: client.get("/auth/session")
                                for client in others]):
            equal(refused(answer, 401, "auth_session").json["reason"], "ended")


def touching_keeps_a_session(world):
    client = world.sign_in(card(world, "person", 7))
    session = client.post("/auth/session/touch").wants(200).json
    equal((session["idle_left"], session["csrf_token"]), (1200, client.headers["X-CSRF-Token"]))


def who_is_not_signed_in_is_told_so(world):
    client = world.anonymous()
    for cookie in (None, "x", "A" * 43):
        client.cookies = {"__Host-baobei": cookie} if cookie else {}
        equal(reason(client), "none")


def sessions_survive_a_restart_and_challenges_do_not(world):
    identity = card(world, "person", 8)
    client, waiting = world.sign_in(identity), begin(world)
    given = challenge(waiting, "person")
    out = world.sign_in(card(world, "person", 9))
    out_cookies = dict(out.cookies)
    out.post("/auth/logout").wants(204)
    for one in (client, waiting, out, world.clerk, world.reviewer, world.person, world.ops,
                world.other.clerk,
                world.other.reviewer, world.other.person):
        one.close()
    world.server.kill()
    world.server.start()
    client.get("/auth/session").wants(200)
    client.post("/auth/session/touch").wants(200)
    proof = prove(world, given, identity)
    refused(waiting.post("/auth/cert/login", proof), 403,
            "csrf")  # what was before a log-in is begun anew
    waiting.headers["X-CSRF-Token"] = waiting.get("/auth/pre").wants(200).json["csrf_token"]
    refused(waiting.post("/auth/cert/login", proof), 401, "auth_challenge")
    out.cookies = out_cookies
    refused(out.get("/auth/session"), 401, "auth_session")
    refused(attempt(world, card(world, "institution", -1)), 429, "rate_limited")  # the lock as well


# ---- CSRF ----

def without_token_and_origin_nothing_is_done(world):
    client = world.sign_in(card(world, "person", 10))
    other = world.sign_in(card(world, "person", 11))
    good = dict(client.headers)
    before = client.get("/lines/counts").json
    line = {"target": world.targets[0]}
    for changed in ({"X-CSRF-Token": None}, {"X-CSRF-Token": ""}, {"X-CSRF-Token": "A" * 43},
                    {"Origin": None},
                    {"X-CSRF-Token": other.headers["X-CSRF-Token"]},
                    {"Origin": "https://evil.example"},
                    {"Origin": world.server.url.replace("https", "http")}, {"Origin": "null"},
                    {"Origin": world.server.url + "1"}, {"Origin": world.server.url + "/"},
                    {"Origin": "https://localhost"}, {"Sec-Fetch-Site": "cross-site"},
                    {"Sec-Fetch-Site": "same-site"}):
        client.headers = {name: value for name,
                          value in {**good, **changed}.items() if value is not None}
        refused(client.post("/cases", {"lines": [line]}), 403, "csrf")
        refused(client.post("/auth/logout"), 403, "csrf")
        client.get("/auth/session").wants(200)
    client.headers = good
    equal(client.get("/lines/counts").json, before)
    client.post("/cases", {"lines": [line]}).wants(201)


def a_name_of_the_server_that_is_no_name_is_refused(world):
    client = world.sign_in(card(world, "person", 12))
    for host in ("evil.example", "127.0.0.2"):
        headers = {"Host": f"{host}:{client.port}", "Origin": f"https://{host}:{client.port}"}
        answer = raw_post(client, "/auth/session/touch", headers)
        equal(answer, 403)
    equal(raw_post(client, "/auth/session/touch", {"Host": f"localhost:{client.port}",
                                                   "Origin": f"https://localhost:{client.port}"}),
          200)


def raw_post(client, path, headers):
    """The status; the Host is part of it."""
    client.open()
    fields = {**client.headers, **headers, "Content-Length": "0",
              "Cookie": "; ".join(f"{name}={value}" for name, value in client.cookies.items())}
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return client.once(f"POST /api/v1{path} HTTP/1.1\r\n{head}\r\n".encode(), "POST").status


# ---- tokens of programs ----

def a_token_does_what_its_rights_say(world):
    """None implies another (API 8)."""
    clients = {name: world.with_token(token) for name, token in world.tokens.items()}
    whole = clients["read,file,submit"]
    staff = whole.get("/staff").wants(200).json["items"]
    person = next(one for one in staff if one["status"] == "practising")
    line = {"person_id": person["person_id"], "target": world.other.code}
    made = whole.post("/cases", {"lines": [line]}).wants(201).json["lines"][0]
    path = f"/lines/{made['line_id']}"
    calls = {"read": lambda client: client.get(path),
             "file": lambda client: client.post("/cases", {"lines": [line]}),
             "submit": lambda client: client.post(path + "/submit", version=9)}
    for name in ("read", "file", "submit", "import"):
        for right, call in calls.items():
            answer = call(clients[name])
            if name == right:
                equal((name, answer.status in (200, 201, 412)), (name, True))
            else:
                refused(answer, 403, "forbidden")
    refused(clients["file"].post("/cases", {"lines": [line], "submit": True}), 403, "forbidden")
    refused(clients["read"].get("/review/queue"), 403, "forbidden")
    subject = clients["read"].get("/auth/session").wants(200).json
    equal((subject["method"], subject["subject"]["rights"]), ("token", ["read"]))


def a_token_that_has_ended_is_refused(world):
    equal(reason(world.with_token(world.tokens["expired"])), "expired")
    equal(reason(world.with_token(world.tokens["revoked"])), "none")
    for unknown in ("A" * 43, "", "x y"):
        client = world.anonymous()
        client.headers["Authorization"] = f"Bearer {unknown}"
        equal(reason(client), "none")


def a_token_is_no_cookie_and_a_cookie_no_token(world):
    client = world.anonymous()
    client.cookies = {"__Host-baobei": world.tokens["read"]}
    equal(reason(client), "none")
    equal(reason(world.with_token(world.clerk.cookies["__Host-baobei"])), "none")


TESTS = (
    each_role_signs_in_by_its_card, the_last_log_in_is_told,
    the_bytes_to_sign_name_us_and_the_browser, cookies_are_of_this_host_and_hidden_from_scripts,
    bad_certificates_are_refused_each_by_its_code, weak_and_other_keys_are_refused,
    what_is_no_certificate_is_refused, a_card_of_another_kind_is_refused,
    a_citizen_is_an_officer_only_where_he_is_enrolled, faults_of_form_come_at_once,
    a_challenge_is_used_once, a_failed_proof_burns_its_challenge,
    another_browsers_challenge_is_refused_and_burnt, an_unknown_challenge_is_refused,
    a_signature_of_something_else_is_refused, a_reversed_signature_is_taken,
    five_failures_lock_the_subject, what_has_no_subject_locks_nobody,
    an_unbound_card_asks_for_the_number, a_first_use_binds_the_card_to_its_owner,
    a_first_use_with_a_wrong_name_or_number_binds_nothing, who_has_died_has_no_account,
    a_fourth_log_in_replaces_the_oldest, one_ends_another_of_ones_own_sessions,
    a_log_out_is_seen_at_once_on_every_connection, touching_keeps_a_session,
    who_is_not_signed_in_is_told_so, sessions_survive_a_restart_and_challenges_do_not,
    without_token_and_origin_nothing_is_done, a_name_of_the_server_that_is_no_name_is_refused,
    a_token_does_what_its_rights_say, a_token_that_has_ended_is_refused,
    a_token_is_no_cookie_and_a_cookie_no_token,
)

if __name__ == "__main__":
    run(*TESTS, prepare=prepare)
