/* What loop.c, inbox.c and doors.c share. Nobody else includes it. */
#pragma once
#include "loop/loop.h"

enum {
    LOOP_TURNS_VISIT = 256, /* turns before the loop looks at its sockets again */
    LOOP_STOP_MS = 5000,    /* a graceful stop waits this long for the shard to be quiet */
    LOOP_STUCK_MS = 20,
    LOOP_OWED_MAX = 512, /* answers and results that found no memory, until the next turn */
};

/* An answer to a ticket of this loop, kept until the shard has returned. */
struct loop_reply {
    struct loop_reply *next;
    struct ticket ticket;
    enum outcome outcome;
    struct bytes body;
};

struct loop_replies {
    struct loop_reply *first, *last;
    struct arena memory;
};

struct loop_door { /* on_reply NULL: nobody waits there any more */
    void (*on_reply)(void *self, struct ticket ticket, enum outcome outcome, struct bytes body);
    void *self;
};

/* What could not be copied and is not forgotten: that an answer is not known, that work or a call
 * was not begun. */
struct loop_owed {
    enum { OWED_ANSWER, OWED_WORK, OWED_CALL } what;
    struct ticket ticket; /* of an answer, with its outcome */
    enum outcome outcome;
    struct addr back; /* of work and calls, with what they are known by */
    uint32_t tag, incarnation;
};

struct loop {
    struct loop_config config;
    uv_loop_t uv;
    uv_prepare_t prepare;
    uv_check_t check;
    uv_idle_t idle; /* active while there is work: the poll then does not wait */
    uv_timer_t timer;
    uv_async_t async;
    uv_thread_t thread;
    struct mpsc letters, calls; /* the inbox */
    struct shard *shard;
    struct http_client *http; /* NULL: nobody has called */
    struct worker worker;
    struct tick now;
    bool read_only;
    bool started, stopping, closing;
    bool ended; /* loop_close has begun: nothing leaves the shard any more */
    int64_t stop_deadline_ms;
    uint64_t polled_at_us; /* when the last poll returned; 0: not yet */
    struct loop_call stop_call;
    struct { /* the one batch in flight, on its way back */
        struct loop_call call;
        struct batch *batch;
        enum err status;
        bool is_coming;
        bool has_come; /* since the last seal */
    } home;
    struct loop_replies replies[2]; /* one is filled while the other is given out */
    uint8_t replies_open;
    struct loop_door doors[LOOP_DOORS];
    struct loop_owed owed[LOOP_OWED_MAX];
    uint32_t owed_count;
};

/* inbox.c: takes everything that came from other threads: letters to the shard, calls in order. */
void inbox_drain(struct loop *loop);
/* doors.c: the way out of the shard; gives out what was kept until the shard returned. */
struct doors doors_of(struct loop *loop);
bool doors_give_replies(struct loop *loop); /* true if there were any */
void doors_give_owed(struct loop *loop);
/* A letter that the shard would not take: its ticket is told, the letter freed. */
void doors_refuse(struct loop *loop, struct letter *letter, enum post why);
