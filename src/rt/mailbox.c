#include "rt/mailbox.h"
#include "base/check.h"

static void list_push(struct letter **first, struct letter **last, struct letter *letter)
{
    letter->next = NULL;
    if (*last == NULL) {
        *first = letter;
    } else {
        (*last)->next = letter;
    }
    *last = letter;
}

static struct letter *list_pop(struct letter **first, struct letter **last)
{
    struct letter *letter = *first;
    if (letter != NULL) {
        *first = letter->next;
        if (*first == NULL) {
            *last = NULL;
        }
        letter->next = NULL;
    }
    return letter;
}

void mailbox_put_door(struct mailbox *mailbox, struct letter *letter)
{
    list_push(&mailbox->door_first, &mailbox->door_last, letter);
    mailbox->door_count++;
}

/* A DESK_CHANGE holds what its desk has not confirmed yet, but only of its own incarnation (the
 * upper half of its sequence): one of an earlier incarnation may hold what nobody will say again.
 */
static bool letter_covers(const struct letter *letter, const struct letter *old)
{
    return letter->msg.kind != MSG_DESK_CHANGE ||
           letter->msg.sequence >> 32 == old->msg.sequence >> 32;
}

static bool mailbox_replaces(const struct letter *old, const struct letter *letter)
{
    bool between_actors = letter->msg.kind == MSG_DESK_CHANGE ||
                          letter->msg.kind == MSG_DESK_DONE || letter->msg.kind == MSG_WAKE;
    /* From nobody: the rows of the start, each letter with others of them. */
    return between_actors && old->msg.kind == letter->msg.kind &&
           letter->msg.from.kind != ACTOR_NONE && addr_equal(old->msg.from, letter->msg.from) &&
           letter_covers(letter, old);
}

void mailbox_put_inner(struct mailbox *mailbox, struct letter *letter)
{
    struct letter *before = NULL;
    for (struct letter *old = mailbox->inner_first; old != NULL; before = old, old = old->next) {
        if (!mailbox_replaces(old, letter)) {
            continue;
        }
        CHECK(letter->msg.kind == MSG_WAKE || letter->msg.sequence >= old->msg.sequence);
        letter->next = old->next;
        if (before == NULL) {
            mailbox->inner_first = letter;
        } else {
            before->next = letter;
        }
        if (mailbox->inner_last == old) {
            mailbox->inner_last = letter;
        }
        letter_free(old);
        return;
    }
    list_push(&mailbox->inner_first, &mailbox->inner_last, letter);
    mailbox->inner_count++;
}

struct letter *mailbox_take(struct mailbox *mailbox)
{
    bool inner =
        mailbox->inner_first != NULL && (mailbox->inner_next || mailbox->door_first == NULL);
    mailbox->inner_next = !inner;
    if (inner) {
        mailbox->inner_count--;
        return list_pop(&mailbox->inner_first, &mailbox->inner_last);
    }
    if (mailbox->door_first != NULL) {
        mailbox->door_count--;
    }
    return list_pop(&mailbox->door_first, &mailbox->door_last);
}

bool mailbox_is_empty(const struct mailbox *mailbox)
{
    return mailbox->door_first == NULL && mailbox->inner_first == NULL;
}

static bool letter_is_stale(const struct letter *letter, uint32_t incarnation)
{
    return (letter->msg.kind == MSG_TIMER && letter->msg.u.timer.incarnation != incarnation) ||
           ((letter->msg.kind == MSG_WORK_DONE || letter->msg.kind == MSG_OUTSIDE_DONE) &&
            letter->msg.u.work.incarnation != incarnation);
}

void mailbox_drop_stale(struct mailbox *mailbox, uint32_t incarnation)
{
    struct letter *kept_first = NULL;
    struct letter *kept_last = NULL;
    uint32_t kept = 0;
    for (;;) {
        struct letter *letter = list_pop(&mailbox->inner_first, &mailbox->inner_last);
        if (letter == NULL) {
            break;
        }
        if (letter_is_stale(letter, incarnation)) {
            letter_free(letter);
            continue;
        }
        list_push(&kept_first, &kept_last, letter);
        kept++;
    }
    mailbox->inner_first = kept_first;
    mailbox->inner_last = kept_last;
    mailbox->inner_count = kept;
}

void mailbox_clear(struct mailbox *mailbox)
{
    for (struct letter *letter; (letter = mailbox_take(mailbox)) != NULL;) {
        letter_free(letter);
    }
    CHECK(mailbox->door_count == 0 && mailbox->inner_count == 0);
}
