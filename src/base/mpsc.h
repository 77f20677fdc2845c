/* Many threads push, one drains all at once: the list is detached under the lock, run outside it.
 *
 * Intrusive: the node lies in the pushed object, which belongs to the queue until it is drained.
 * mpsc_push tells whether the queue was empty: then, and only then, the drainer must be woken. */
#pragma once
#include <pthread.h>
#include <stdbool.h>

struct mpsc_node {
    struct mpsc_node *next;
};

struct mpsc {
    pthread_mutex_t lock;
    struct mpsc_node *first, *last;
};

void mpsc_init(struct mpsc *queue);
void mpsc_deinit(struct mpsc *queue); /* must be empty */
bool mpsc_push(struct mpsc *queue, struct mpsc_node *node);
struct mpsc_node *mpsc_drain(struct mpsc *queue); /* oldest first; NULL if empty */
