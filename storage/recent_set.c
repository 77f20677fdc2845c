#include "storage/recent_set.h"
#include "base/check.h"

enum err recent_set_init(struct recent_set *set, uint64_t durable)
{
    *set = (struct recent_set){0};
    set->active = recent_new();
    if (set->active == NULL)
        return ERR_NO_MEMORY;
    int error = pthread_mutex_init(&set->lock, NULL);
    CHECK(error == 0);
    atomic_init(&set->durable, durable);
    return ERR_OK;
}

void recent_set_deinit(struct recent_set *set)
{
    CHECK(set->leaving == NULL); /* a snapshot is still open */
    if (set->active != NULL) {
        CHECK(set->active->references == 1);
        recent_free(set->active);
        pthread_mutex_destroy(&set->lock);
    }
    if (set->sealed != NULL) {
        CHECK(set->sealed->references == 1);
        recent_free(set->sealed);
    }
    if (set->spare != NULL)
        recent_free(set->spare);
    set->active = set->sealed = set->spare = NULL;
}

void recent_set_publish(struct recent_set *set, uint64_t position)
{
    CHECK(position > atomic_load_explicit(&set->durable, memory_order_relaxed));
    atomic_store_explicit(&set->durable, position, memory_order_release);
}

uint64_t recent_set_durable(const struct recent_set *set)
{
    return atomic_load_explicit(&set->durable, memory_order_acquire);
}

bool recent_set_is_full(const struct recent_set *set)
{
    return atomic_load_explicit(&set->rows, memory_order_relaxed) >= RECENT_ROWS_MAX ||
           atomic_load_explicit(&set->bytes, memory_order_relaxed) >= RECENT_BYTES_MAX;
}

/* Under the lock: a table in the memory of one that left, or a new one. */
static struct recent *fresh_table(struct recent_set *set)
{
    struct recent *spare = set->spare;
    set->spare = NULL;
    if (spare == NULL)
        return recent_new();
    if (!recent_renew(spare)) {
        recent_free(spare);
        return NULL;
    }
    return spare;
}

bool recent_set_seal(struct recent_set *set, const struct head *head)
{
    if (set->active->rows == 0)
        return false;
    pthread_mutex_lock(&set->lock);
    bool free_place = set->sealed == NULL && set->leaving == NULL;
    struct recent *fresh = free_place ? fresh_table(set) : NULL;
    if (fresh != NULL) {
        CHECK(head->position == recent_set_durable(set));
        set->active->head = *head;
        set->sealed = set->active;
        set->active = fresh;
    }
    pthread_mutex_unlock(&set->lock);
    return fresh != NULL;
}

struct recent *recent_set_sealed(struct recent_set *set)
{
    pthread_mutex_lock(&set->lock);
    struct recent *sealed = set->sealed;
    pthread_mutex_unlock(&set->lock);
    return sealed;
}

/* Under the lock. True if that was the last reference: the table is the spare now. */
static bool release(struct recent_set *set, struct recent *table)
{
    CHECK(table->references > 0);
    table->references--;
    if (table->references > 0)
        return false;
    CHECK(table == set->leaving); /* the list keeps a reference of its own */
    CHECK(set->spare == NULL);    /* the one before was taken when this one was sealed */
    set->leaving = NULL;
    set->spare = table;
    return true;
}

static void tell_freed(struct recent_set *set, bool freed)
{
    if (freed && set->freed != NULL)
        set->freed(set->self);
}

void recent_set_retire(struct recent_set *set)
{
    pthread_mutex_lock(&set->lock);
    CHECK(set->sealed != NULL && set->leaving == NULL);
    set->leaving = set->sealed;
    set->sealed = NULL;
    atomic_fetch_sub_explicit(&set->rows, set->leaving->rows, memory_order_relaxed);
    atomic_fetch_sub_explicit(&set->bytes, set->leaving->bytes, memory_order_relaxed);
    bool freed = release(set, set->leaving);
    pthread_mutex_unlock(&set->lock);
    tell_freed(set, freed);
}

void recent_set_take(struct recent_set *set, struct recent_refs *refs)
{
    pthread_mutex_lock(&set->lock);
    refs->tables[0] = set->active;
    refs->tables[1] = set->sealed;
    for (unsigned i = 0; i < 2; i++)
        if (refs->tables[i] != NULL)
            refs->tables[i]->references++;
    pthread_mutex_unlock(&set->lock);
}

void recent_set_give(struct recent_set *set, struct recent_refs *refs)
{
    bool freed = false;
    pthread_mutex_lock(&set->lock);
    for (unsigned i = 0; i < 2; i++) {
        freed |= refs->tables[i] != NULL && release(set, refs->tables[i]);
        refs->tables[i] = NULL;
    }
    pthread_mutex_unlock(&set->lock);
    tell_freed(set, freed);
}
