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

static void batch_push(struct mailbox *mailbox, struct letter *letter)
{
    list_push(&mailbox->batch_first, &mailbox->batch_last, letter);
}

void mailbox_put_door(struct mailbox *mailbox, struct letter *letter)
{
    if (msg_is_batch(&letter->msg)) {
        batch_push(mailbox, letter);
    } else {
        list_push(&mailbox->door_first, &mailbox->door_last, letter);
    }
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
    if (msg_is_batch(&letter->msg)) {
        batch_push(mailbox, letter);
    } else {
        list_push(&mailbox->inner_first, &mailbox->inner_last, letter);
    }
    mailbox->inner_count++;
}

void mailbox_put_first(struct mailbox *mailbox, struct letter *letter)
{
    letter->next = mailbox->inner_first;
    mailbox->inner_first = letter;
    if (mailbox->inner_last == NULL) {
        mailbox->inner_last = letter;
    }
    mailbox->inner_count++;
    mailbox->inner_next = true;
    mailbox->passed = 0;
}

static struct letter *batch_take(struct mailbox *mailbox)
{
    struct letter *letter = list_pop(&mailbox->batch_first, &mailbox->batch_last);
    uint32_t *count =
        msg_from_door(letter->msg.kind) ? &mailbox->door_count : &mailbox->inner_count;
    CHECK(*count > 0);
    (*count)--;
    mailbox->passed = 0;
    return letter;
}

struct letter *mailbox_take(struct mailbox *mailbox)
{
    bool others = mailbox->door_first != NULL || mailbox->inner_first != NULL;
    if (mailbox->batch_first != NULL && (!others || mailbox->passed == MAILBOX_PASS_MAX)) {
        return batch_take(mailbox);
    }
    mailbox->passed += mailbox->batch_first != NULL ? 1 : 0;
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

/* Of letters about sheets, which stand together, the first that came by a door. */
static struct letter *batch_take_door(struct mailbox *mailbox)
{
    struct letter *before = NULL, *letter = mailbox->batch_first;
    while (letter != NULL && !msg_from_door(letter->msg.kind)) {
        before = letter;
        letter = letter->next;
    }
    if (letter == NULL) {
        return NULL;
    }
    if (before == NULL) {
        return list_pop(&mailbox->batch_first, &mailbox->batch_last);
    }
    before->next = letter->next;
    if (mailbox->batch_last == letter) {
        mailbox->batch_last = before;
    }
    letter->next = NULL;
    return letter;
}

struct letter *mailbox_take_door(struct mailbox *mailbox)
{
    struct letter *letter = list_pop(&mailbox->door_first, &mailbox->door_last);
    if (letter == NULL) {
        letter = batch_take_door(mailbox);
    }
    if (letter != NULL) {
        CHECK(mailbox->door_count > 0);
        mailbox->door_count--;
    }
    return letter;
}

bool mailbox_is_empty(const struct mailbox *mailbox)
{
    return mailbox->door_first == NULL && mailbox->inner_first == NULL &&
           mailbox->batch_first == NULL;
}

bool mailbox_has_only_sheets(const struct mailbox *mailbox)
{
    return mailbox->door_first == NULL && mailbox->inner_first == NULL &&
           mailbox->batch_first != NULL;
}

static bool letter_is_stale(const struct letter *letter, uint32_t incarnation)
{
    return (letter->msg.kind == MSG_TIMER && letter->msg.u.timer.incarnation != incarnation) ||
           ((letter->msg.kind == MSG_WORK_DONE || letter->msg.kind == MSG_OUTSIDE_DONE) &&
            letter->msg.u.work.incarnation != incarnation);
}

/* Returns how many it dropped. */
static uint32_t list_drop_stale(struct letter **first, struct letter **last, uint32_t incarnation)
{
    struct letter *kept_first = NULL;
    struct letter *kept_last = NULL;
    uint32_t dropped = 0;
    for (struct letter *letter; (letter = list_pop(first, last)) != NULL;) {
        if (letter_is_stale(letter, incarnation)) {
            letter_free(letter);
            dropped++;
        } else {
            list_push(&kept_first, &kept_last, letter);
        }
    }
    *first = kept_first;
    *last = kept_last;
    return dropped;
}

void mailbox_drop_stale(struct mailbox *mailbox, uint32_t incarnation)
{
    uint32_t dropped = list_drop_stale(&mailbox->inner_first, &mailbox->inner_last, incarnation) +
                       list_drop_stale(&mailbox->batch_first, &mailbox->batch_last, incarnation);
    CHECK(dropped <= mailbox->inner_count);
    mailbox->inner_count -= dropped;
}

void mailbox_clear(struct mailbox *mailbox)
{
    for (struct letter *letter; (letter = mailbox_take(mailbox)) != NULL;) {
        letter_free(letter);
    }
    CHECK(mailbox->door_count == 0 && mailbox->inner_count == 0);
}
