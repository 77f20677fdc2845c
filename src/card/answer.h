/* An HTTP answer and its head. Every answer closes its connection and is kept by no cache; what a
 * page of another site may see of it is said by CORS, for one exact origin (AUTH 7.8). Any thread.
 */
#pragma once
#include "card/code.h"
#include "base/bytes.h"

enum { ANSWER_HEAD_MAX = 2048 };

struct answer {
    int status;
    const char *type;    /* of the body, static; NULL: there is no body */
    struct bytes origin; /* allowed to read it, borrowed; empty: nobody from outside */
    bool preflight;
    struct bytes body;
    char *held; /* what `body` points at if it is ours to free */
};

/* A failure of the bridge itself; `status` 0 takes the code's own. */
void answer_fail(struct answer *answer, enum code code, int status);
/* A JSON text, malloc'd, which the answer takes over; NULL (no memory) becomes a 500. */
void answer_json(struct answer *answer, char *text, size_t size);
void answer_deinit(struct answer *answer);

/* The head, without the body, into ANSWER_HEAD_MAX bytes; returns its size. */
size_t answer_head(const struct answer *answer, char head[ANSWER_HEAD_MAX]);
