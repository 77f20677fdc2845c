/* What runs a request through its steps: shared by exchange.c (what handlers call), exchange_head.c
 * (what is looked at before a body is read) and exchange_run.c (the steps). */
#pragma once
#include "web/front.h"

struct exchange_header {
    const char *name;
    struct bytes value;
};

struct exchange_run {
    struct exchange x;
    struct front *front;
    struct conn *conn;
    /* the answer */
    bool answered;
    bool
        effect; /* an actor has, or may have, done what was asked: whatever becomes of the answer */
    bool dry;   /* the memory of a letter was: what was found out about its content may be wrong */
    uint16_t status;
    const char *mime;
    struct bytes body;
    yyjson_mut_doc *problem; /* printed when the step is over */
    struct exchange_header headers[EXCHANGE_HEADERS_MAX];
    uint8_t headers_count;
    uint32_t retry_after_s;
    bool own_cache, own_policy;
    uint8_t page; /* 1: headers of a page; 2: of one with the card bridge */
    /* faults of head and body, told only behind the 404 of the thing */
    const char *pending;       /* code */
    const char *pending_field; /* for `errors`; NULL: none */
    bool if_match_missing;
    uint64_t head_take; /* of its host, in which the head came */
    /* where it is */
    bool stale;      /* the read under way gives the `current` of a 412 */
    bool is_reading; /* with the pool, or waiting for it */
    bool was_read;   /* the route's read has begun, if it has one */
    bool decoded;
    void (*reader)(struct exchange *x, struct snapshot *snapshot);
    void (*next_reader)(struct exchange *x, struct snapshot *snapshot);
    struct worker_job job;
    struct exchange_run *waiting_next;
    enum err read_err;
    uint64_t read_us;
    void *secret; /* to be wiped at the end, whatever the end is */
    size_t secret_size;
    uint32_t ticket; /* generation of the first letter; 0: nothing is awaited */
    uint32_t parts;  /* letters sent; their generations follow each other */
    uint32_t awaits; /* of them, not yet answered */
    uint64_t deadline_ms;
    void *facts_hold; /* given back at the end */
    /* a stream of events (exchange_events.c) */
    bool streams;
    uint32_t event_id;   /* of the last one told; 0: none */
    struct bytes event;  /* found by the read that has just ended; empty: nothing new */
    struct arena events; /* of what is read and told after the first answer */
    uint64_t told_ms, event_ms, read_ms;
    bool quick; /* in the front's list of those that are looked at at `look_ms` */
    uint64_t look_ms;
    struct exchange_run *quick_next;
};

/* exchange_head.c: path, session, role, CSRF, and what else the head tells. False: answered. */
bool exchange_admit(struct exchange_run *run);
/* Who asked, once more with the body there, which may have been hours on its way: what has been
 * told of a session's end holds (DESIGN 16). False: answered. */
bool exchange_admit_again(struct exchange_run *run);
/* exchange_events.c: a read of a stream has ended; it may be looked at again; the end. */
void events_advance(struct exchange_run *run);
void events_tick(struct exchange_run *run, uint64_t now_ms);
void events_end(struct exchange_run *run);
/* exchange_run.c */
void exchange_read(struct exchange_run *run,
                   void (*reader)(struct exchange *x, struct snapshot *snapshot));
void exchange_log(const struct exchange_run *run, uint16_t status);
/* The key and content digests; once the body is there. */
void exchange_digest(struct exchange_run *run);
