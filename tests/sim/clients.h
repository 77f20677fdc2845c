/* The clients' inner life, shared by clients.c (turns, log-in, repeats) and clients_pick.c (what to
 * ask next). */
#pragma once
#include "rt/payload.h"
#include "tests/sim/oracle.h"

enum play { PLAY_OPERATOR, PLAY_INSTITUTION, PLAY_PERSON, PLAY_OFFICER, PLAY_CLUMSY };
enum { QUESTIONS_MAX = 32, RECENT_MAX = 8 };

struct client {
    uint32_t number;
    enum play play;
    uint32_t subject; /* the client whose card it holds: two may share one */
    enum card_role role;
    uint64_t who; /* person, institution or officer */
    uint64_t home;
    uint32_t county;
    bool first_use; /* its card is not bound beforehand */
    uint32_t busy;  /* asks on their way */
    bool logging_in;
    uint32_t session, token;           /* in the oracle's ledger; 0: none */
    uint32_t questions[QUESTIONS_MAX]; /* keyed asks whose outcome is not known */
    uint32_t questions_count;
    uint32_t recent[RECENT_MAX]; /* keyed asks that were done: to be repeated */
    uint32_t recent_count;
    uint32_t setup_next; /* operator */
    uint32_t wrong;      /* clumsy: wrong signatures so far */
};

/* A new ask of this client, its session given; sent after a while by client_post. */
struct ask *client_ask(struct world *world, struct client *client, enum ask_kind kind);
void client_post(struct world *world, struct client *client, struct ask *ask);
/* Chooses and posts the next ask, or none. */
void pick_next(struct world *world, struct client *client);
/* What a client may want of a home; now and then with a fault. */
struct wanted wanted_any(struct world *world, const struct client *client, uint64_t home);
uint32_t key_or_none(struct world *world, const struct ask *ask);
/* ---- clients_sheets.c ---- */
void pick_sheet(struct world *world, struct client *client);
/* Setting up: the operator's next card or officer. */
void pick_setup(struct world *world, struct client *client);
/* Another body under the key of a done ask. */
void pick_mismatch(struct world *world, struct client *client, struct ask *done);
