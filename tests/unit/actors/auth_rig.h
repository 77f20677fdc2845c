/* Log-ins against the auth actor: two desks that confirm, a pool that says what the test wants. */
#pragma once
#include "actors/auth.h"
#include "tests/unit/actors/rig.h"

enum { AUTH_NURSE_CARD = 1, AUTH_HOME_CARD = 2, AUTH_OFFICER_CARD = 3, AUTH_OFFICER = 91 };
enum { AUTH_PER_MINUTE = 20 };

struct login { /* what a browser does; zero is the right thing */
    enum card_role role;
    uint8_t challenge; /* first byte of its id */
    uint8_t card;      /* which card signs */
    uint8_t browser, wrong_browser;
    uint8_t secret;    /* of the session asked for */
    enum outcome pool; /* what the pool finds */
    const char *id_no; /* first use */
    uint8_t lookup;
    const char *name; /* CN in the certificate */
    bool wrong_audience;
    uint8_t address; /* where from; 0: not limited */
};

void auth_open(struct rig *rig); /* cards bound, the officer enrolled */
/* The nurse, by her card. */
struct login auth_nurse(uint8_t challenge);
enum outcome auth_challenge_for(struct rig *rig, const struct login *login);
/* PROOF up to the pool: true if it went there; else the answer is in rig->replies. */
bool auth_prove(struct rig *rig, const struct login *login);
/* The pool's answer. */
void auth_proved(struct rig *rig, const struct login *login);
/* Every desk confirms what was sent to it last. Returns the number of replies that this let out. */
uint32_t auth_confirm(struct rig *rig);
void auth_confirm_one(struct rig *rig, uint16_t loop, uint64_t sequence);
/* All of it; the outcome that the browser gets. */
enum outcome auth_login(struct rig *rig, const struct login *login);
enum outcome auth_logout(struct rig *rig, uint8_t secret);    /* without the desks' confirmation */
bool auth_has_session(const struct rig *rig, uint8_t secret); /* as a row */
