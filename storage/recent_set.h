/* The recent tables, at most two, and the durable position: what a snapshot takes hold of.
 *
 * The table being filled (`active`) and the one being applied (`sealed`); one lock over which
 * tables there are and who refers to them, one atomic word with the durable position (DESIGN 5, 6).
 * A sealed table that has been applied leaves the list at once; with its last reader it becomes the
 * spare, whose memory the next table takes (to give 96 MiB back and to have the kernel clear others
 * cost a tenth of a filing). Until then nothing is sealed, so that memory is bounded. */
#pragma once
#include "storage/recent.h"
#include <pthread.h>

/* Waiting in both tables (DESIGN 10): from here doors answer 503, and the committer takes nothing
 * more until the applier has caught up. */
enum { RECENT_ROWS_MAX = 750000, RECENT_BYTES_MAX = 192 << 20 };

struct recent_refs {
    struct recent *tables[2]; /* newest first; NULL: none */
};

struct recent_set {
    pthread_mutex_t lock;
    struct recent *active, *sealed, *leaving, *spare;
    _Atomic uint64_t durable;
    _Atomic size_t rows, bytes; /* waiting in active and sealed */
    void (*freed)(void *self);  /* the last reader of an applied table has let go; any thread */
    void *self;
};

enum err recent_set_init(struct recent_set *set, uint64_t durable) MUST_CHECK;
void recent_set_deinit(struct recent_set *set);

/* Committer: behind the rows of a group. What is published is visible to snapshots opened later. */
void recent_set_publish(struct recent_set *set, uint64_t position);
uint64_t recent_set_durable(const struct recent_set *set);

/* Over a bound in both together. Any thread. */
bool recent_set_is_full(const struct recent_set *set);

/* Committer: between two groups. False: the one before is still there, no rows, no memory. */
bool recent_set_seal(struct recent_set *set, const struct head *head);
/* Applier: the table to apply, NULL if there is none; and that it is in LMDB. */
struct recent *recent_set_sealed(struct recent_set *set);
void recent_set_retire(struct recent_set *set);

/* Readers: any thread. */
void recent_set_take(struct recent_set *set, struct recent_refs *refs);
void recent_set_give(struct recent_set *set, struct recent_refs *refs);
