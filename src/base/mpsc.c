#include "base/mpsc.h"
#include "base/check.h"

void mpsc_init(struct mpsc *queue)
{
    queue->first = queue->last = NULL;
    int failed = pthread_mutex_init(&queue->lock, NULL);
    CHECK(failed == 0);
}

void mpsc_deinit(struct mpsc *queue)
{
    CHECK(queue->first == NULL);
    int failed = pthread_mutex_destroy(&queue->lock);
    CHECK(failed == 0);
}

static void queue_lock(struct mpsc *queue)
{
    int failed = pthread_mutex_lock(&queue->lock);
    CHECK(failed == 0);
}

static void queue_unlock(struct mpsc *queue)
{
    int failed = pthread_mutex_unlock(&queue->lock);
    CHECK(failed == 0);
}

bool mpsc_push(struct mpsc *queue, struct mpsc_node *node)
{
    node->next = NULL;
    queue_lock(queue);
    bool was_empty = queue->first == NULL;
    if (was_empty)
        queue->first = node;
    else
        queue->last->next = node;
    queue->last = node;
    queue_unlock(queue);
    return was_empty;
}

struct mpsc_node *mpsc_drain(struct mpsc *queue)
{
    queue_lock(queue);
    struct mpsc_node *first = queue->first;
    queue->first = queue->last = NULL;
    queue_unlock(queue);
    return first;
}
