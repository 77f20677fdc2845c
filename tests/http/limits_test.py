#!/usr/bin/env python3
# dev: part=http minutes=2
"""How often a log-in may be begun: by browser and by address (AUTH 7.1; P39)."""
from contract import Contract
from world import cards, equal, refused, report
from server import Server

PER_MINUTE, PER_BROWSER, MINUTE_S = 25, 10, 60


def browser(server, contract, address):
    return contract.watch(cards.begin(server, address))


def ask(client):
    return client.post("/auth/cert/challenge", {"role": "person"})


def limited(answer):
    refused(answer, 429, "rate_limited")
    equal(1 <= int(answer.headers["retry-after"]) <= MINUTE_S, True)


def a_browser_has_ten_a_minute(server, contract):
    client = browser(server, contract, "127.0.0.2")
    for _ in range(PER_BROWSER):
        ask(client).wants(200)
    limited(ask(client))
    ask(browser(server, contract, "127.0.0.2")).wants(200)


def an_address_has_its_share_whatever_the_browser(server, contract):
    for _ in range(PER_MINUTE):
        ask(browser(server, contract, "127.0.0.3")).wants(200)
    limited(ask(browser(server, contract, "127.0.0.3")))
    ask(browser(server, contract, "127.0.0.4")).wants(200)


def a_refused_form_counts_for_nothing(server, contract):
    client = browser(server, contract, "127.0.0.5")
    for _ in range(PER_BROWSER + 1):
        client.post("/auth/cert/challenge", {"role": "king"}).wants(422)
    ask(client).wants(200)


with Server(auth_challenges_per_minute=PER_MINUTE) as world:
    published = Contract(world.client().get("/openapi.json").wants(200).json)
    for test in (a_browser_has_ten_a_minute, an_address_has_its_share_whatever_the_browser,
                 a_refused_form_counts_for_nothing):
        report.check(test.__name__, lambda test=test: test(world, published))
report.finish()
