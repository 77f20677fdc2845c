/* The operator's listener: plain HTTP with /healthz, /readyz and /metrics (API 7), open from the
 * first step of recovery on, before any loop runs. Hence a small thread and uv loop of its own.
 *
 * Thread: ops_* by the opener's thread; ops_progress from any. */
#pragma once
#include "base/err.h"
#include "loop/loop.h"

struct ops;
struct store;

struct ops_config {
    const char
        *listen; /* "http://127.0.0.1:PORT"; loopback only unless the operator says otherwise */
    uint32_t descriptors_max; /* as loop_reserve; 0: none */
    void *self;
    /* Adds what no loop counts (store_metrics). Ops thread; may be NULL. */
    void (*metrics)(void *self, struct metrics *into);
};

enum err ops_start(const struct ops_config *config, struct ops **out) MUST_CHECK; /* as web_start */
uint16_t ops_port(const struct ops *ops);
/* Recovery's progress in percent; /readyz answers 503 with it until ops_ready. Any thread. */
void ops_progress(struct ops *ops, uint32_t percent);
/* NULL: /readyz answers 200; else 503 with that word ("stopping", "starting"). Static strings. */
void ops_ready(struct ops *ops, const char *why_not);
/* From now on /metrics asks these loops (they run); NULL: no more (before they stop). */
void ops_attach(struct ops *ops, struct loop *const *loops, uint16_t count);
/* Joins and frees. After loop_close of every loop that was attached (their last answers come here).
 */
void ops_stop(struct ops *ops);
