#include "desk_fill.h"
#include "model/civil.h"
#include "model/standing.h"
#include "storage/snapshot.h"
#include <string.h>

enum { CHANGES_FIRST = 256 };

struct filling {
    const struct facts *facts;
    int32_t day;
    struct arena *arena;
    struct desk_change *changes;
    uint32_t count, capacity;
};

static bool filling_grow(struct filling *filling)
{
    if (filling->count < filling->capacity) {
        return true;
    }
    uint32_t wanted = filling->capacity == 0 ? CHANGES_FIRST : filling->capacity * 2;
    struct desk_change *grown = arena_array(filling->arena, wanted, sizeof *grown);
    if (grown == NULL) {
        return false;
    }
    if (filling->count > 0) {
        memcpy(grown, filling->changes, filling->count * sizeof *grown);
    }
    filling->changes = grown;
    filling->capacity = wanted;
    return true;
}

static enum err desk_row(struct filling *filling, struct bytes row)
{
    if (!filling_grow(filling)) {
        return ERR_NO_MEMORY;
    }
    struct desk_change *change = &filling->changes[filling->count];
    *change = (struct desk_change){.how = SESSION_LIVE};
    enum err err = session_read(row, &change->session);
    /* No row makes the server itself of anybody (model/allow.c). Nor does one outlive what an
     * import has done to its subject while no server ran; the auth actor takes it away. */
    if (err == ERR_OK && change->session.principal.kind != PRINCIPAL_SYSTEM &&
        standing_admits(&change->session, filling->facts, filling->day)) {
        filling->count++;
    }
    return err;
}

static enum err desk_rows(struct filling *filling, struct snapshot *snapshot, enum table table)
{
    struct scan *scan = NULL;
    struct bytes key, value;
    enum err err = scan_open(snapshot, table, (struct bytes){0}, false, &scan);
    if (err != ERR_OK) {
        return err;
    }
    while (err == ERR_OK && scan_next(scan, &key, &value)) {
        err = desk_row(filling, value);
    }
    err = err == ERR_OK ? scan_err(scan) : err;
    scan_close(scan);
    return err;
}

enum err desk_fill(struct store *store, struct loop *loop, const struct facts *facts,
                   struct wall now)
{
    struct snapshot *snapshot = NULL;
    struct letter *letter = letter_new();
    if (letter == NULL) {
        return ERR_NO_MEMORY;
    }
    letter->arena.quota = 0; /* as many as there are */
    struct filling filling = {.facts = facts, .day = taipei_day(now), .arena = &letter->arena};
    enum err err = snapshot_open(store, &snapshot);
    if (err == ERR_OK) {
        err = desk_rows(&filling, snapshot, TABLE_SESSION);
    }
    if (err == ERR_OK) {
        err = desk_rows(&filling, snapshot, TABLE_TOKEN);
    }
    if (snapshot != NULL) {
        snapshot_close(snapshot);
    }
    letter->msg.kind = MSG_DESK_CHANGE;
    letter->msg.to = (struct addr){ACTOR_DESK, loop_index(loop)};
    letter->msg.u.desk.changes_count = filling.count;
    letter->msg.u.desk.changes = filling.changes;
    struct shard *shard = loop_shard(loop);
    if (err != ERR_OK || shard_post(shard, letter) != POST_TAKEN) {
        letter_free(letter);
        return err == ERR_OK ? ERR_NO_MEMORY : err;
    }
    /* The loop does not run yet: its shard is this thread's. */
    while (shard_has_work(shard)) {
        (void)shard_run(shard, now, (struct tick){0}, 16);
    }
    return ERR_OK;
}
