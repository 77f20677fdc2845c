#include "rt/mailbox.h"
#include "tests/lib/t.h"

static struct letter *letter_of(enum msg_kind kind, uint64_t from, uint64_t sequence)
{
    struct letter *letter = letter_new();
    T_TRUE(letter != NULL);
    letter->msg.kind = kind;
    letter->msg.from = (struct addr){from == 0 ? ACTOR_NONE : ACTOR_AUTH, from};
    letter->msg.sequence = sequence;
    return letter;
}

static uint64_t take(struct mailbox *mailbox)
{
    struct letter *letter = mailbox_take(mailbox);
    T_TRUE(letter != NULL);
    uint64_t sequence = letter->msg.sequence;
    letter_free(letter);
    return sequence;
}

TEST(doors_are_served_in_order)
{
    struct mailbox mailbox = {0};
    for (uint64_t i = 1; i <= 3; i++) {
        mailbox_put_door(&mailbox, letter_of(MSG_SUBMIT, 0, i));
    }
    T_EQ_UINT(mailbox.door_count, 3);
    T_EQ_UINT(take(&mailbox), 1);
    T_EQ_UINT(take(&mailbox), 2);
    T_EQ_UINT(take(&mailbox), 3);
    T_TRUE(mailbox_is_empty(&mailbox));
    T_TRUE(mailbox_take(&mailbox) == NULL);
}

/* When nothing can be written those at the doors are told so; timers, results and sends stay. */
TEST(what_came_by_a_door_can_be_taken_alone)
{
    struct mailbox mailbox = {0};
    mailbox_put_inner(&mailbox, letter_of(MSG_WAKE, 5, 1));
    mailbox_put_door(&mailbox, letter_of(MSG_UPLOAD_IMPORT, 0, 2));
    struct letter *read = letter_of(MSG_WORK_DONE, 6, 3);
    read->msg.to.kind = ACTOR_INSTITUTION; /* a sheet's: it stands between two of doors */
    mailbox_put_inner(&mailbox, read);
    mailbox_put_door(&mailbox, letter_of(MSG_UPLOAD_IMPORT, 0, 4));
    mailbox_put_door(&mailbox, letter_of(MSG_SUBMIT, 0, 5));
    uint64_t sum = 0;
    for (struct letter *letter; (letter = mailbox_take_door(&mailbox)) != NULL;) {
        T_TRUE(msg_from_door(letter->msg.kind));
        sum += letter->msg.sequence;
        letter_free(letter);
    }
    T_EQ_UINT(sum, 2 + 4 + 5);
    T_EQ_UINT(mailbox.door_count, 0);
    T_EQ_UINT(mailbox.inner_count, 2);
    mailbox_put_door(&mailbox, letter_of(MSG_UPLOAD_IMPORT, 0, 6)); /* behind the new last one */
    T_EQ_UINT(take(&mailbox), 1);
    T_EQ_UINT(take(&mailbox), 3);
    T_EQ_UINT(take(&mailbox), 6);
    T_TRUE(mailbox_is_empty(&mailbox));
}

TEST(doors_and_senders_are_served_in_turn)
{
    struct mailbox mailbox = {0};
    mailbox_put_door(&mailbox, letter_of(MSG_SUBMIT, 0, 1));
    mailbox_put_door(&mailbox, letter_of(MSG_SUBMIT, 0, 2));
    mailbox_put_inner(&mailbox, letter_of(MSG_DESK_DONE, 5, 11));
    mailbox_put_inner(&mailbox, letter_of(MSG_DESK_DONE, 6, 12));
    uint64_t got[4];
    for (int i = 0; i < 4; i++) {
        got[i] = take(&mailbox);
    }
    bool doors_first = got[0] == 1 && got[1] == 11 && got[2] == 2 && got[3] == 12;
    bool inner_first = got[0] == 11 && got[1] == 1 && got[2] == 12 && got[3] == 2;
    T_TRUE(doors_first || inner_first);
}

TEST(a_send_replaces_the_one_of_its_sender)
{
    struct mailbox mailbox = {0};
    mailbox_put_inner(&mailbox, letter_of(MSG_DESK_CHANGE, 5, 1));
    mailbox_put_inner(&mailbox, letter_of(MSG_DESK_CHANGE, 6, 2));
    mailbox_put_inner(&mailbox, letter_of(MSG_DESK_CHANGE, 5, 3));
    T_EQ_UINT(mailbox.inner_count, 2);
    T_EQ_UINT(take(&mailbox), 3); /* in the place of the first */
    T_EQ_UINT(take(&mailbox), 2);
    T_TRUE(mailbox_is_empty(&mailbox));
}

TEST(the_last_of_a_list_can_be_replaced)
{
    struct mailbox mailbox = {0};
    mailbox_put_inner(&mailbox, letter_of(MSG_WAKE, 6, 1));
    mailbox_put_inner(&mailbox, letter_of(MSG_WAKE, 5, 2));
    mailbox_put_inner(&mailbox, letter_of(MSG_WAKE, 5, 3));
    mailbox_put_inner(&mailbox, letter_of(MSG_WAKE, 7, 4));
    T_EQ_UINT(take(&mailbox), 1);
    T_EQ_UINT(take(&mailbox), 3);
    T_EQ_UINT(take(&mailbox), 4);
}

/* What a desk has not confirmed to an earlier incarnation, the later one does not say again. */
TEST(a_change_of_another_incarnation_is_not_replaced)
{
    struct mailbox mailbox = {0};
    mailbox_put_inner(&mailbox, letter_of(MSG_DESK_CHANGE, 5, (UINT64_C(1) << 32) + 4));
    mailbox_put_inner(&mailbox, letter_of(MSG_DESK_CHANGE, 5, (UINT64_C(2) << 32) + 1));
    mailbox_put_inner(&mailbox, letter_of(MSG_DESK_CHANGE, 5, (UINT64_C(2) << 32) + 2));
    T_EQ_UINT(mailbox.inner_count, 2);
    T_EQ_UINT(take(&mailbox), (UINT64_C(1) << 32) + 4);
    T_EQ_UINT(take(&mailbox), (UINT64_C(2) << 32) + 2);
}

TEST(letters_of_nobody_are_all_kept)
{
    struct mailbox mailbox = {0};
    for (uint64_t i = 1; i <= 3; i++) {
        mailbox_put_inner(&mailbox, letter_of(MSG_DESK_CHANGE, 0, 0));
    }
    T_EQ_UINT(mailbox.inner_count, 3);
    mailbox_clear(&mailbox);
    T_TRUE(mailbox_is_empty(&mailbox));
}

TEST(timers_do_not_replace_each_other)
{
    struct mailbox mailbox = {0};
    mailbox_put_inner(&mailbox, letter_of(MSG_TIMER, 5, 1));
    mailbox_put_inner(&mailbox, letter_of(MSG_TIMER, 5, 2));
    T_EQ_UINT(mailbox.inner_count, 2);
    mailbox_clear(&mailbox);
}

TEST(an_older_send_behind_a_newer_one_is_a_program_error)
{
    struct mailbox mailbox = {0};
    mailbox_put_inner(&mailbox, letter_of(MSG_DESK_DONE, 5, 9));
    struct letter *late = letter_of(MSG_DESK_DONE, 5, 8);
    T_ABORTS(mailbox_put_inner(&mailbox, late));
    letter_free(late);
    mailbox_clear(&mailbox);
}

TEST(results_of_a_gone_incarnation_are_dropped)
{
    struct mailbox mailbox = {0};
    struct letter *timer = letter_of(MSG_TIMER, 5, 1);
    struct letter *work = letter_of(MSG_WORK_DONE, 5, 2);
    struct letter *present = letter_of(MSG_TIMER, 5, 3);
    timer->msg.u.timer.incarnation = 1;
    work->msg.u.work.incarnation = 1;
    present->msg.u.timer.incarnation = 2;
    mailbox_put_inner(&mailbox, timer);
    mailbox_put_inner(&mailbox, letter_of(MSG_WAKE, 6, 4));
    mailbox_put_inner(&mailbox, work);
    mailbox_put_inner(&mailbox, present);
    mailbox_drop_stale(&mailbox, 2);
    T_EQ_UINT(mailbox.inner_count, 2);
    T_EQ_UINT(take(&mailbox), 4);
    T_EQ_UINT(take(&mailbox), 3);
}

static struct letter *sheet_of(enum msg_kind kind, uint64_t sequence)
{
    struct letter *letter = letter_of(kind, 0, sequence);
    letter->msg.to = (struct addr){ACTOR_INSTITUTION, 1};
    return letter;
}

TEST(sheets_let_others_go_first)
{
    struct mailbox mailbox = {0};
    mailbox_put_door(&mailbox, sheet_of(MSG_UPLOAD_IMPORT, 1));
    mailbox_put_inner(&mailbox, sheet_of(MSG_WORK_DONE, 2));
    mailbox_put_door(&mailbox, sheet_of(MSG_UPLOAD_ADD, 3));
    mailbox_put_door(&mailbox, sheet_of(MSG_CASE_CREATE, 4));
    mailbox_put_inner(&mailbox, sheet_of(MSG_TIMER, 5));
    T_TRUE(mailbox.door_count == 3 && mailbox.inner_count == 2);
    uint64_t first = take(&mailbox), second = take(&mailbox);
    T_EQ_UINT(first + second, 9); /* in turn, whichever is first */
    T_TRUE(mailbox.door_count == 2 && mailbox.inner_count == 1);
    for (uint64_t sequence = 1; sequence <= 3; sequence++) { /* in their order */
        T_FALSE(mailbox_is_empty(&mailbox));
        T_EQ_UINT(take(&mailbox), sequence);
    }
    T_TRUE(mailbox_is_empty(&mailbox) && mailbox.door_count == 0 && mailbox.inner_count == 0);
    mailbox_put_inner(&mailbox, letter_of(MSG_WORK_DONE, 5, 6)); /* of a log-in: no sheet */
    mailbox_put_door(&mailbox, sheet_of(MSG_UPLOAD_IMPORT, 7));
    T_EQ_UINT(take(&mailbox), 6);
    mailbox_clear(&mailbox);
}

TEST(sheets_do_not_wait_for_ever)
{
    struct mailbox mailbox = {0};
    mailbox_put_door(&mailbox, sheet_of(MSG_UPLOAD_IMPORT, 1000));
    mailbox_put_door(&mailbox, sheet_of(MSG_UPLOAD_IMPORT, 1001));
    for (uint64_t round = 0; round < 2; round++) {
        for (uint64_t i = 0; i < MAILBOX_PASS_MAX - round; i++) { /* 99 was one */
            mailbox_put_door(&mailbox, sheet_of(MSG_CASE_CREATE, i));
            T_EQ_UINT(take(&mailbox), i);
        }
        mailbox_put_door(&mailbox, sheet_of(MSG_CASE_CREATE, 99));
        T_EQ_UINT(take(&mailbox), 1000 + round);
        T_EQ_UINT(take(&mailbox), 99);
    }
    T_TRUE(mailbox_is_empty(&mailbox));
}

TEST(a_stale_result_of_a_sheet_is_dropped_too)
{
    struct mailbox mailbox = {0};
    struct letter *stale = sheet_of(MSG_WORK_DONE, 1), *present = sheet_of(MSG_WORK_DONE, 2);
    stale->msg.u.work.incarnation = 1;
    present->msg.u.work.incarnation = 2;
    mailbox_put_inner(&mailbox, stale);
    mailbox_put_door(&mailbox, sheet_of(MSG_UPLOAD_IMPORT, 3));
    mailbox_put_inner(&mailbox, present);
    mailbox_drop_stale(&mailbox, 2);
    T_TRUE(mailbox.door_count == 1 && mailbox.inner_count == 1);
    T_EQ_UINT(take(&mailbox), 3);
    T_EQ_UINT(take(&mailbox), 2);
    T_TRUE(mailbox_is_empty(&mailbox));
}

/* The rows of an actor are whole before any letter, a sheet's that has waited long enough too. */
TEST(what_is_put_first_is_taken_first)
{
    struct mailbox mailbox = {0};
    mailbox_put_door(&mailbox, sheet_of(MSG_UPLOAD_IMPORT, 1000));
    for (uint64_t i = 0; i < MAILBOX_PASS_MAX; i++) {
        mailbox_put_door(&mailbox, sheet_of(MSG_CASE_CREATE, i));
        T_EQ_UINT(take(&mailbox), i);
    }
    mailbox_put_inner(&mailbox, sheet_of(MSG_TIMER, 1));
    mailbox_put_first(&mailbox, sheet_of(MSG_RESTORED, 2));
    T_EQ_UINT(mailbox.inner_count, 2);
    T_EQ_UINT(take(&mailbox), 2);
    mailbox_clear(&mailbox);
    mailbox_put_first(&mailbox, sheet_of(MSG_RESTORED, 3));
    mailbox_put_inner(&mailbox, sheet_of(MSG_TIMER, 4));
    T_EQ_UINT(take(&mailbox), 3);
    T_EQ_UINT(take(&mailbox), 4);
    T_TRUE(mailbox_is_empty(&mailbox));
}

T_LIST(mailbox_test, T(doors_are_served_in_order), T(what_came_by_a_door_can_be_taken_alone),
       T(doors_and_senders_are_served_in_turn), T(a_send_replaces_the_one_of_its_sender),
       T(the_last_of_a_list_can_be_replaced), T(a_change_of_another_incarnation_is_not_replaced),
       T(letters_of_nobody_are_all_kept), T(timers_do_not_replace_each_other),
       T(an_older_send_behind_a_newer_one_is_a_program_error),
       T(results_of_a_gone_incarnation_are_dropped), T(sheets_let_others_go_first),
       T(sheets_do_not_wait_for_ever), T(a_stale_result_of_a_sheet_is_dropped_too),
       T(what_is_put_first_is_taken_first));
