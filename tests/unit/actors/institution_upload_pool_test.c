/* Sheets are read by the pool one after the other, whatever fails meanwhile (API 5, DESIGN 15).
 * F154 */
#include "tests/lib/t.h"
#include "tests/unit/actors/upload_rig.h"
#include <string.h>

static struct up_rig up;
static struct rig *const rig = &up.cases.rig;

TEST(one_is_read_at_a_time_the_oldest_first)
{
    uint64_t numbers[3];
    up_open(&up);
    for (uint8_t i = 0; i < 3; i++) {
        T_EQ_INT(up_add(&up, i), OUTCOME_OK);
        numbers[i] = up.number;
        T_EQ_UINT(up_asked(&up), i == 0 ? numbers[0] : 0);
        T_EQ_UINT(rig->changes, i == 0 ? 6 : 5); /* it waits already */
    }
    up_refused(&up, numbers[0], UPLOAD_NO_ROWS, "");
    T_EQ_UINT(up_asked(&up), numbers[1]);
    T_TRUE(up_waits(&up));
    up_found(&up, numbers[1], NULL, 0, 1);
    T_EQ_UINT(up_asked(&up), numbers[2]);
    T_TRUE(up_waits(&up));
    T_EQ_UINT(rig_count(rig, TABLE_WAITING), 1);
    up_found(&up, numbers[2], NULL, 0, 1);
    T_EQ_UINT(up_asked(&up), 0);
    T_FALSE(up_waits(&up));
    up_close(&up);
}

static void time_passes(void)
{
    struct msg timer = {.kind = MSG_TIMER, .u.timer = {.tag = rig->timer_tag}};
    T_TRUE(rig->timers_count == 1 && rig->timer_at.ms > rig->tick.ms);
    rig->tick = rig->timer_at;
    rig_receive(rig, &timer);
}

TEST(work_that_failed_is_asked_for_again_after_a_while)
{
    int64_t waited = 0;
    up_open(&up);
    T_EQ_INT(up_add(&up, 1), OUTCOME_OK);
    for (int round = 0; round < 3; round++) {
        up_work_fails(&up);
        T_EQ_UINT(rig->changes + rig->works_count, 0);
        T_TRUE(rig->timer_at.ms - rig->tick.ms > waited); /* longer each time */
        waited = rig->timer_at.ms - rig->tick.ms;
        time_passes();
        T_EQ_UINT(up_asked(&up), up.number);
        struct msg timer = {.kind = MSG_TIMER, .u.timer = {.tag = rig->timer_tag}};
        rig_receive(rig, &timer); /* nothing is asked for twice */
        T_EQ_UINT(rig->works_count, 0);
    }
    T_EQ_INT(up_record(&up, up.number).state, UPLOAD_RECEIVED);
    struct msg rubbish = {.kind = MSG_WORK_DONE,
                          .u.work = {.tag = 1, .result = BYTES_LITERAL("rubbish")}};
    rig_receive(rig, &rubbish);
    T_EQ_UINT(rig->timers_count, 1);
    up_close(&up);
}

TEST(one_that_can_not_be_read_lets_the_others_pass)
{
    up_open(&up);
    T_EQ_INT(up_add(&up, 1), OUTCOME_OK);
    uint64_t bad = up.number;
    T_EQ_INT(up_add(&up, 2), OUTCOME_OK);
    up_work_fails(&up);
    time_passes();
    T_EQ_UINT(up_asked(&up), up.number);
    up_refused(&up, up.number, UPLOAD_NO_ROWS, "");
    T_EQ_UINT(up_asked(&up), bad);
    up_close(&up);
}

/* Whoever waits for it is told at last, and may send it again. */
TEST(work_that_always_fails_is_given_up)
{
    int tries = 0;
    up_open(&up);
    T_EQ_INT(up_add(&up, 1), OUTCOME_OK);
    uint64_t bad = up.number;
    up_work_fails(&up);
    while (rig->timers_count == 1 && tries++ < 100) {
        time_passes();
        T_EQ_UINT(up_asked(&up), bad);
        up_work_fails(&up);
    }
    T_EQ_INT(tries, 29);
    struct upload_record record = up_record(&up, bad);
    T_TRUE(record.state == UPLOAD_FAILED && record.error == UPLOAD_NOT_READ);
    T_TRUE(record.version == 2 && record.error_count == 0 && record.told.size == 0);
    T_FALSE(up_waits(&up));
    T_EQ_INT(up_add(&up, 1), OUTCOME_OK);
    T_EQ_UINT(up_asked(&up), up.number);
    up_close(&up);
}

/* One at a time even then: the pool still has the one that is gone. */
TEST(a_sheet_that_was_deleted_meanwhile_is_left_alone)
{
    static const struct asked line = {.in_days = 10};
    up_open(&up);
    for (int failed = 0; failed < 2; failed++) {
        T_EQ_INT(up_add(&up, 1), OUTCOME_OK);
        uint64_t gone = up.number;
        T_EQ_INT(up_delete(&up, gone, 1), OUTCOME_DELETED);
        T_EQ_INT(up_add(&up, 2), OUTCOME_OK); /* it may take the place of the one that is gone */
        T_TRUE(up.number > gone);
        T_EQ_UINT(rig->works_count, 0);
        if (failed != 0) {
            up_work_fails(&up);
            T_EQ_UINT(rig->timers_count, 0);
        } else {
            up_found(&up, gone, &line, 1, 1);
        }
        T_EQ_UINT(rig->changes, 0);
        T_EQ_UINT(up_asked(&up), up.number);
        T_FALSE(up_there(&up, gone));
        up_found(&up, up.number, &line, 1, 1);
        T_EQ_INT(up_record(&up, up.number).state, UPLOAD_READY);
    }
    up_close(&up);
}

/* ---- after a restart ---- */

TEST(a_restart_goes_on_with_what_is_open)
{
    static const struct asked line = {.in_days = 10};
    uint64_t numbers[3];
    up_open(&up);
    for (uint8_t i = 0; i < 3; i++) {
        T_EQ_INT(up_add(&up, i), OUTCOME_OK);
        numbers[i] = up.number;
    }
    rig_restart(rig);
    T_EQ_UINT(up_asked(&up), numbers[0]);
    up_found(&up, numbers[0], &line, 1, 1);
    rig_restart(rig);
    T_EQ_UINT(up_asked(&up), numbers[1]);
    up_found(&up, numbers[1], &line, 1, 1);
    up_found(&up, numbers[2], &line, 1, 1);
    T_FALSE(up_waits(&up));
    rig_restart(rig);
    T_EQ_UINT(rig->works_count, 0);
    T_EQ_INT(up_import(&up, numbers[0], (struct up_import){.all = true}), OUTCOME_OK);
    T_TRUE(up_told(&up).imported == 1);
    up_close(&up);
}

/* No space: the rows of a turn are dropped, its actor is loaded from those before it. The step is
 * as if it had not been, and can be taken again. */
static struct rig_row kept[RIG_ROWS_MAX];
static uint32_t kept_count;

static void drop_begin(void)
{
    memcpy(kept, rig->rows, sizeof kept);
    kept_count = rig->rows_count;
}

static void drop_end(void)
{
    memcpy(rig->rows, kept, sizeof kept);
    rig->rows_count = kept_count;
    rig_restart(rig);
}

TEST(a_step_whose_batch_was_dropped_can_be_taken_again)
{
    static const struct asked lines[] = {{.in_days = 10}, {.in_days = 10}};
    up_open(&up);
    drop_begin();
    T_EQ_INT(up_add(&up, 1), OUTCOME_OK);
    drop_end();
    T_EQ_UINT(rig->works_count, 0);
    T_FALSE(up_there(&up, up.number) || up_waits(&up));
    T_EQ_INT(up_add(&up, 1), OUTCOME_OK);
    drop_begin();
    up_found(&up, up.number, lines, 2, 2);
    drop_end();
    T_EQ_INT(up_record(&up, up.number).state, UPLOAD_RECEIVED);
    T_TRUE(up_waits(&up));
    T_EQ_UINT(up_asked(&up), up.number); /* the pool reads it again */
    up_found(&up, up.number, lines, 2, 2);
    drop_begin();
    T_EQ_INT(up_import(&up, up.number, (struct up_import){.submit = true}), OUTCOME_OK);
    drop_end();
    T_EQ_INT(up_record(&up, up.number).state, UPLOAD_READY);
    T_EQ_UINT(rig_count(rig, TABLE_LINE) + rig_count(rig, TABLE_CASE), 0);
    T_EQ_INT(up_import(&up, up.number, (struct up_import){.submit = true}), OUTCOME_OK);
    T_TRUE(up_told(&up).imported == 1 && up_told(&up).made.serial == 1);
    drop_begin();
    T_EQ_INT(up_delete(&up, up.number, 3), OUTCOME_DELETED);
    drop_end();
    T_EQ_INT(up_record(&up, up.number).state, UPLOAD_DONE);
    T_EQ_INT(up_add(&up, 1), OUTCOME_UPLOADED_BEFORE);
    T_EQ_INT(up_delete(&up, up.number, 3), OUTCOME_DELETED);
    up_close(&up);
}

T_LIST(institution_upload_pool_test, T(one_is_read_at_a_time_the_oldest_first),
       T(work_that_failed_is_asked_for_again_after_a_while),
       T(one_that_can_not_be_read_lets_the_others_pass), T(work_that_always_fails_is_given_up),
       T(a_sheet_that_was_deleted_meanwhile_is_left_alone), T(a_restart_goes_on_with_what_is_open),
       T(a_step_whose_batch_was_dropped_can_be_taken_again));
