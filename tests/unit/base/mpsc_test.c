#include "base/mpsc.h"
#include "base/check.h"
#include "tests/lib/t.h"
#include <sched.h>
#include <stdlib.h>

enum { PUSHERS = 4, EACH = 20000 };

struct parcel {
    struct mpsc_node node;
    int pusher, number;
};

struct pusher {
    pthread_t thread;
    struct mpsc *queue;
    struct parcel *parcels;
    int index;
    long woke;
};

TEST(it_keeps_order_and_tells_when_it_was_empty)
{
    struct mpsc queue;
    struct parcel parcels[3] = {{.number = 0}, {.number = 1}, {.number = 2}};
    mpsc_init(&queue);
    T_TRUE(mpsc_drain(&queue) == NULL);
    T_TRUE(mpsc_push(&queue, &parcels[0].node));
    T_FALSE(mpsc_push(&queue, &parcels[1].node));
    T_FALSE(mpsc_push(&queue, &parcels[2].node));
    int want = 0;
    for (struct mpsc_node *node = mpsc_drain(&queue); node != NULL; node = node->next)
        T_EQ_INT(container_of(node, struct parcel, node)->number, want++);
    T_EQ_INT(want, 3);
    T_TRUE(mpsc_push(&queue, &parcels[0].node));
    T_ABORTS(mpsc_deinit(&queue));
    T_TRUE(mpsc_drain(&queue) != NULL);
    mpsc_deinit(&queue);
}

static void *pusher_run(void *argument)
{
    struct pusher *pusher = argument;
    for (int i = 0; i < EACH; i++) {
        pusher->parcels[i].pusher = pusher->index;
        pusher->parcels[i].number = i;
        pusher->woke += mpsc_push(pusher->queue, &pusher->parcels[i].node);
    }
    return NULL;
}

TEST(many_threads_lose_nothing_and_keep_their_own_order)
{
    struct mpsc queue;
    struct pusher pushers[PUSHERS] = {0};
    mpsc_init(&queue);
    for (int i = 0; i < PUSHERS; i++) {
        pushers[i] = (struct pusher){.queue = &queue, .index = i};
        pushers[i].parcels = calloc(EACH, sizeof *pushers[i].parcels);
        T_EQ_INT(pthread_create(&pushers[i].thread, NULL, pusher_run, &pushers[i]), 0);
    }
    int next[PUSHERS] = {0};
    long got = 0, drains = 0;
    while (got < (long)PUSHERS * EACH) {
        struct mpsc_node *node = mpsc_drain(&queue);
        drains += node != NULL;
        if (node == NULL)
            sched_yield();
        for (; node != NULL; node = node->next, got++) {
            struct parcel *parcel = container_of(node, struct parcel, node);
            T_EQ_INT(parcel->number, next[parcel->pusher]++);
        }
    }
    long woke = 0;
    for (int i = 0; i < PUSHERS; i++) {
        T_EQ_INT(pthread_join(pushers[i].thread, NULL), 0);
        woke += pushers[i].woke;
        free(pushers[i].parcels);
    }
    T_EQ_INT(woke, drains); /* exactly one wake for each list taken */
    mpsc_deinit(&queue);
}

T_LIST(mpsc_test, T(it_keeps_order_and_tells_when_it_was_empty),
       T(many_threads_lose_nothing_and_keep_their_own_order));
