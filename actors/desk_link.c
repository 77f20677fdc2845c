#include "actors/desk_link.h"
#include "base/check.h"
#include "rt/rules.h"
#include <string.h>

enum { FIRST = 16 };

void desk_link_init(struct desk_link *link, struct addr self, struct arena *memory,
                    uint32_t timer_tag)
{
    *link = (struct desk_link){.self = self, .memory = memory, .timer_tag = timer_tag};
}

void desk_link_begin(struct desk_link *link, const struct msg *in)
{
    CHECK(link->number == 0 && in->incarnation > 0);
    link->number = (uint64_t)in->incarnation << 32;
    for (size_t i = 0; i < ARRAY_COUNT(link->confirmed); i++) {
        link->confirmed[i] = link->number;
    }
}

static bool link_grow(struct desk_link *link, void **items, uint32_t count, uint32_t *capacity,
                      uint32_t wanted, size_t size)
{
    if (wanted <= *capacity) {
        return true;
    }
    uint32_t grown_to = *capacity == 0 ? FIRST : *capacity * 2;
    while (grown_to < wanted) {
        grown_to *= 2;
    }
    void *grown = arena_array(link->memory, grown_to, size);
    if (grown == NULL) {
        return false;
    }
    if (count > 0) {
        memcpy(grown, *items, count * size);
    }
    *items = grown;
    *capacity = grown_to;
    return true;
}

bool desk_link_has_room(struct desk_link *link, uint32_t changes)
{
    if (link->changes_count + changes > DESK_CHANGES_MAX ||
        link->waiters_count + 1 > DESK_WAITERS_MAX) {
        return false;
    }
    void *items = link->changes;
    bool fits = link_grow(link, &items, link->changes_count, &link->changes_capacity,
                          link->changes_count + changes, sizeof *link->changes);
    link->changes = items;
    items = link->waiters;
    fits = fits && link_grow(link, &items, link->waiters_count, &link->waiters_capacity,
                             link->waiters_count + 1, sizeof *link->waiters);
    link->waiters = items;
    return fits;
}

void desk_link_add(struct desk_link *link, enum session_end how, const struct session *session)
{
    CHECK(link->changes_count < link->changes_capacity); /* desk_link_has_room was asked */
    link->changes[link->changes_count++] =
        (struct desk_change){.number = ++link->number, .how = how, .session = *session};
}

static uint64_t link_settled(const struct desk_link *link, uint16_t loops)
{
    uint64_t least = UINT64_MAX;
    for (uint16_t i = 0; i < loops; i++) {
        least = link->confirmed[i] < least ? link->confirmed[i] : least;
    }
    return least;
}

static void link_send(struct desk_link *link, const struct msg *in, struct effects *out)
{
    CHECK(in->loops > 0 && in->loops <= DESKS_MAX);
    bool waits = false;
    for (uint16_t loop = 0; loop < in->loops; loop++) {
        if (link->confirmed[loop] >= link->number) {
            continue;
        }
        waits = true;
        uint32_t from = 0;
        while (from < link->changes_count && link->changes[from].number <= link->confirmed[loop]) {
            from++;
        }
        struct msg change = {.kind = MSG_DESK_CHANGE,
                             .to = {ACTOR_DESK, loop},
                             .from = link->self,
                             .sequence = link->number,
                             .u.desk = {.changes_count = link->changes_count - from}};
        if (change.u.desk.changes_count > 0) {
            change.u.desk.changes = &link->changes[from];
        }
        effect_send(out, &change);
    }
    if (waits && !link->timer_set) {
        link->timer_set = true;
        effect_timer(out, link->timer_tag, (struct tick){in->tick.ms + DESK_REPEAT_MS});
    }
}

void desk_link_push(struct desk_link *link, const struct msg *in, struct effects *out)
{
    link_send(link, in, out);
}

void desk_link_settle(struct desk_link *link, const struct msg *in, struct effects *out)
{
    link->number++; /* a number without a change: confirmed like one */
    link_send(link, in, out);
}

void desk_link_tell(struct desk_link *link, const struct msg *in, struct effects *out,
                    enum outcome outcome, struct bytes body)
{
    CHECK(body.size <= DESK_ANSWER_MAX);
    if (!RULE(ALL_DESKS) || link_settled(link, in->loops) >= link->number) {
        effect_reply(out, in->ticket, outcome, body);
    } else if (in->ticket.generation != 0) {
        CHECK(link->waiters_count < link->waiters_capacity);
        struct desk_waiter *waiter = &link->waiters[link->waiters_count++];
        *waiter = (struct desk_waiter){.number = link->number,
                                       .ticket = in->ticket,
                                       .outcome = outcome,
                                       .size = (uint16_t)body.size};
        if (body.size > 0) {
            memcpy(waiter->body, body.data, body.size);
        }
    }
    link_send(link, in, out);
}

void desk_link_confirmed(struct desk_link *link, const struct msg *in, struct effects *out)
{
    uint16_t loop = in->u.desk_done.loop;
    CHECK(loop < in->loops && in->loops <= DESKS_MAX);
    if (in->sequence <= link->confirmed[loop]) {
        return;
    }
    CHECK(in->sequence <= link->number);
    link->confirmed[loop] = in->sequence;
    uint64_t settled = link_settled(link, in->loops);
    uint32_t done = 0;
    while (done < link->changes_count && link->changes[done].number <= settled) {
        done++;
    }
    if (done > 0) { /* else there may be no list at all yet */
        memmove(link->changes, link->changes + done,
                (link->changes_count - done) * sizeof *link->changes);
        link->changes_count -= done;
    }
    uint32_t kept = 0;
    for (uint32_t i = 0; i < link->waiters_count; i++) {
        struct desk_waiter *waiter = &link->waiters[i];
        if (waiter->number <= settled) {
            effect_reply(out, waiter->ticket, waiter->outcome,
                         bytes_of(waiter->body, waiter->size));
        } else {
            link->waiters[kept++] = *waiter;
        }
    }
    link->waiters_count = kept;
}

void desk_link_timer(struct desk_link *link, const struct msg *in, struct effects *out)
{
    link->timer_set = false;
    link_send(link, in, out);
}
