/* The load of peak_filing, read_after_write and peak_batch: an open loop on many connections
 * (DESIGN 13).
 *
 * Requests leave on a schedule that knows nothing of the answers, and latency counts from the
 * intended moment: a request that waits for a free connection, because the server stalls, shows
 * that stall (wrk2's point). One thread. */
#pragma once
#include "base/metric.h"
#include "bench/bench.h"
#include "bench/peak_actions.h"
#include "bench/peak_curve.h"
#include <uv.h>

struct peak_plan {
    const char *url;        /* http:// or https://A.B.C.D:PORT */
    const char *ca;         /* who signs the server's certificate, PEM; NULL: anybody */
    const char *token_file; /* of `prepare` or `fill` */
    uint64_t connections, rate, seconds;
    enum curve_shape shape;
    struct mix mix;
    uint64_t seed; /* of keys and nights: runs on one store need different ones, or the second is
                      answered with the first one's cases; 100 of them are apart */
    enum action follow; /* each filing that is answered is followed on its connection at once by
                           this reading; ACTIONS: by nothing */
    /* What else runs on the same loop, from its begin; NULL: nothing. */
    void (*on_loop)(void *self, uv_loop_t *uv);
    void *self;
    const bool *enough; /* once it is true no more requests leave; NULL: after `seconds` */
};

struct tally {
    uint64_t sent, done, refused, overloaded, failed, lost;
    struct histogram latency_us; /* of those done, from the intended moment */
};

struct peak_result {
    struct tally tallies[ACTIONS];
    struct tally follow;     /* latency from the moment it was sent */
    uint64_t follow_missing; /* readings that did not show the line that was acknowledged before */
    uint64_t waited_us_max;  /* how late a request left because all connections were busy */
    uint32_t institutions;
    double seconds; /* to the last answer */
};

void tally_add(struct tally *into, const struct tally *from);

/* The options that a plan can have; the words are settled by peak_settle. */
struct peak_words {
    const char *url, *ca, *ops, *token_file, *connections, *rate, *seconds, *mix, *curve;
};
#define PEAK_ASKS(words)                                                                           \
    {"url", &(words).url, false}, {"ca", &(words).ca, false}, {"ops", &(words).ops, false},        \
        {"token-file", &(words).token_file, false}, {"connections", &(words).connections, false},  \
        {"rate", &(words).rate, false}, {"seconds", &(words).seconds, false},                      \
        {"mix", &(words).mix, false},                                                              \
    {                                                                                              \
        "curve", &(words).curve, false                                                             \
    }
/* Defaults stand in `plan`. False: a sentence was printed. */
bool peak_settle(struct peak_plan *plan, struct bench *bench, const struct peak_words *words);

/* Plays the plan. ERR_NOT_FOUND, ERR_BAD_INPUT: the token file, the URL or the CA (a sentence was
 * printed); ERR_IO: not all connections came up in 10 s. */
enum err peak_play(const struct peak_plan *plan, struct peak_result *result) MUST_CHECK;
