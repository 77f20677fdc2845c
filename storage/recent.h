/* Rows that are durable in the log and not yet in LMDB: a skip list by (table, key, newest first).
 *
 * One writer (the committer; recovery, before anything runs), readers without locks: a node is
 * whole before it is linked, links are released and acquired, nothing is ever unlinked. Erasures
 * are rows too. Memory lies in one arena and goes with the table. A sealed table is immutable. */
#pragma once
#include "base/arena.h"
#include "base/prng.h"
#include "storage/head.h"
#include <stdatomic.h>

struct recent_node;

/* Half of the nodes of a level reach the next: 20 levels serve some 10^6 rows. To go down a level
 * costs nothing, to go on to another node is a wait for memory: a quarter would have a third of
 * the links fewer and half as many more such waits. */
enum { RECENT_HEIGHT_MAX = 20, RECENT_FINGERS = 32 };

struct recent {
    struct arena memory;
    struct prng heights;
    struct recent_node *first; /* before all rows */
    /* The writer's: per table the last row it wrote (NULL: none), on levels above its own one
     * before it. The next row of a group is not far behind. */
    struct recent_node *fingers[RECENT_FINGERS][RECENT_HEIGHT_MAX];
    size_t rows, bytes;  /* the writer's, and the applier's once sealed */
    size_t newest_bytes; /* of each key's newest version: what an apply puts into LMDB */
    struct head head;    /* of its last group; set when it is sealed */
    uint32_t references; /* guarded by the set it is in */
};

/* What a reader may see: rows of groups above `above` up to and including `upto`. */
struct recent_window {
    uint64_t above, upto;
};

struct recent *recent_new(void); /* NULL without memory */
void recent_free(struct recent *recent);
/* Empty, as new, with the memory that its rows took. False: there is none; free it. */
bool recent_renew(struct recent *recent) MUST_CHECK;

/* Memory for so many rows with so many bytes of keys and values: inserting these can't fail. False:
 * there is none. */
bool recent_reserve(struct recent *recent, size_t rows, size_t bytes);
/* Positions ascend from call to call, within one group the order of calls counts. Copies.
 * ERR_NO_MEMORY: nothing inserted. */
enum err recent_insert(struct recent *recent, struct bytes stored_key, struct bytes value,
                       bool erased, uint64_t position) MUST_CHECK;

struct bytes recent_key(const struct recent_node *node);
struct bytes recent_value(const struct recent_node *node);
bool recent_is_erased(const struct recent_node *node);
uint64_t recent_position(const struct recent_node *node);

/* A row of a group, and what recent_insert_group puts in. */
struct recent_row {
    struct bytes stored_key, value;
    bool erased;
    uint32_t number;
    uint64_t sign[2];
};
/* The same for the rows of a group, in the order of their keys: each is looked for from the one
 * before it. `rows` is put in order. */
enum err recent_insert_group(struct recent *recent, struct recent_row *rows, uint32_t count,
                             uint64_t position) MUST_CHECK;

/* Nodes are the newest of their key. NULL: none. */
const struct recent_node *recent_from(const struct recent *recent,
                                      struct bytes stored_key); /* >= */
const struct recent_node *recent_before(const struct recent *recent,
                                        struct bytes stored_key); /* < */
const struct recent_node *recent_next_key(const struct recent_node *node);
/* The newest version of the node's key inside the window. NULL: none. */
const struct recent_node *recent_visible(const struct recent_node *node,
                                         struct recent_window window);
/* Two rows of a table with none between that a window may see: where its last look-up ended. The
 * lines of a list stand side by side, and few of their rows are in a table: most of them fall into
 * the gap of the one before. */
struct recent_gap {
    const struct recent_node *before, *behind; /* both NULL: nothing was looked up yet */
};
/* The same for one key. `gap` is kept from call to call for one table and one window. */
const struct recent_node *recent_find(const struct recent *recent, struct bytes stored_key,
                                      struct recent_window window, struct recent_gap *gap);
/* Is every level in order? A look-up is right if the lowest is, and quick if all are. For tests. */
bool recent_is_ordered(const struct recent *recent);
