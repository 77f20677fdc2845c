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
    set->active = set->sealed = NULL;
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

bool recent_set_seal(struct recent_set *set, const struct head *head)
{
    if (set->active->rows == 0)
        return false;
    pthread_mutex_lock(&set->lock);
    bool free_place = set->sealed == NULL && set->leaving == NULL;
    struct recent *fresh = free_place ? recent_new() : NULL;
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

/* Under the lock. Gives the table to free if that was the last reference; freeing takes its time
 * and is done outside. */
static struct recent *release(struct recent_set *set, struct recent *table)
{
    CHECK(table->references > 0);
    table->references--;
    if (table->references > 0)
        return NULL;
    CHECK(table == set->leaving); /* the list keeps a reference of its own */
    set->leaving = NULL;
    return table;
}

static void free_released(struct recent_set *set, struct recent *table)
{
    if (table == NULL)
        return;
    recent_free(table);
    if (set->freed != NULL)
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
    struct recent *last = release(set, set->leaving);
    pthread_mutex_unlock(&set->lock);
    free_released(set, last);
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
    struct recent *last = NULL;
    pthread_mutex_lock(&set->lock);
    for (unsigned i = 0; i < 2; i++) {
        struct recent *released = refs->tables[i] == NULL ? NULL : release(set, refs->tables[i]);
        CHECK(released == NULL || last == NULL); /* only one table can be leaving */
        last = released != NULL ? released : last;
        refs->tables[i] = NULL;
    }
    pthread_mutex_unlock(&set->lock);
    free_released(set, last);
}
