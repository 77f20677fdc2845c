#include "editions.h"
#include "base/check.h"
#include "registry/facts_build.h"
#include <semaphore.h>
#include <stdlib.h>

struct edition {
    const struct facts *facts;
    struct edition *older;
    struct use {
        uint32_t holders; /* the loop's own */
        bool in_use;      /* told by the loop at the last change */
    } uses[];
};

/* A change on its way to one loop. */
struct turning {
    struct loop_call call;
    struct editions *editions;
};

struct editions {
    struct loop *const *loops;
    uint16_t loops_count;
    struct edition *latest;   /* the changing thread's */
    struct edition **current; /* [loop]: that loop's */
    struct turning *turnings; /* [loop] */
    sem_t turned;
};

static struct edition *edition_new(const struct facts *facts, uint16_t loops)
{
    struct edition *edition = calloc(1, sizeof *edition + loops * sizeof edition->uses[0]);
    if (edition != NULL) {
        edition->facts = facts;
    }
    return edition;
}

static void edition_free(struct edition *edition)
{
    facts_free(edition->facts);
    free(edition);
}

enum err editions_open(const struct facts *first, struct loop *const *loops, uint16_t loops_count,
                       struct editions **out)
{
    struct editions *editions = calloc(1, sizeof *editions);
    struct edition *edition = edition_new(first, loops_count);
    struct edition **current = calloc(loops_count, sizeof(struct edition *));
    struct turning *turnings = calloc(loops_count, sizeof *turnings);
    if (editions == NULL || edition == NULL || current == NULL || turnings == NULL) {
        free(editions);
        free(edition);
        free(current);
        free(turnings);
        facts_free(first);
        return ERR_NO_MEMORY;
    }
    *editions = (struct editions){.loops = loops,
                                  .loops_count = loops_count,
                                  .latest = edition,
                                  .current = current,
                                  .turnings = turnings};
    for (uint16_t i = 0; i < loops_count; i++) {
        current[i] = edition;
        turnings[i].editions = editions;
    }
    int failed = sem_init(&editions->turned, 0, 0);
    CHECK(failed == 0);
    *out = editions;
    return ERR_OK;
}

void editions_close(struct editions *editions)
{
    if (editions == NULL) {
        return;
    }
    while (editions->latest != NULL) {
        struct edition *edition = editions->latest;
        editions->latest = edition->older;
        edition_free(edition);
    }
    (void)sem_destroy(&editions->turned);
    free(editions->current);
    free(editions->turnings);
    free(editions);
}

const struct facts *editions_take(struct editions *editions, uint16_t loop, void **hold)
{
    struct edition *edition = editions->current[loop];
    edition->uses[loop].holders++;
    *hold = edition;
    return edition->facts;
}

void editions_give(struct editions *editions, uint16_t loop, void *hold)
{
    (void)editions;
    struct edition *edition = hold;
    CHECK(edition->uses[loop].holders > 0);
    edition->uses[loop].holders--;
}

/* On the loop's thread, outside the shard: no turn is under way. The changing thread waits, so the
 * list stands still. */
static void on_turn(struct loop *loop, struct loop_call *call)
{
    struct turning *turning = container_of(call, struct turning, call);
    struct editions *editions = turning->editions;
    uint16_t at = loop_index(loop);
    editions->current[at] = editions->latest;
    shard_set_facts(loop_shard(loop), editions->latest->facts);
    for (struct edition *old = editions->latest->older; old != NULL; old = old->older) {
        old->uses[at].in_use = old->uses[at].holders > 0;
    }
    int failed = sem_post(&editions->turned);
    CHECK(failed == 0);
}

static bool edition_is_used(const struct edition *edition, uint16_t loops)
{
    bool used = false;
    for (uint16_t i = 0; i < loops; i++) {
        used = used || edition->uses[i].in_use;
    }
    return used;
}

static void free_unused(struct editions *editions)
{
    for (struct edition **at = &editions->latest->older; *at != NULL;) {
        struct edition *old = *at;
        if (edition_is_used(old, editions->loops_count)) {
            at = &old->older;
        } else {
            *at = old->older;
            edition_free(old);
        }
    }
}

enum err editions_swap(struct editions *editions, const struct facts *next)
{
    struct edition *edition = edition_new(next, editions->loops_count);
    if (edition == NULL) {
        facts_free(next);
        return ERR_NO_MEMORY;
    }
    edition->older = editions->latest;
    editions->latest = edition;
    for (uint16_t i = 0; i < editions->loops_count; i++) {
        editions->turnings[i].call.run = on_turn;
        loop_call(editions->loops[i], &editions->turnings[i].call);
    }
    for (uint16_t i = 0; i < editions->loops_count; i++) {
        while (sem_wait(&editions->turned) != 0) { /* interrupted: again */
        }
    }
    free_unused(editions);
    return ERR_OK;
}

const struct facts *editions_latest(const struct editions *editions)
{
    return editions->latest->facts;
}
