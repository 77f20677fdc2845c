/* The transfer actor by itself: rows looked for, a document sent, its rows marked by the answer;
 * pauses, alarms, nights, operators, restarts. F202 F203 */
#include "base/check.h"
#include "model/civil.h"
#include "rt/transfer_job.h"
#include "tests/lib/t.h"
#include "tests/unit/actors/rig.h"

enum { ROWS = 3, NIGHT = 120 };

static struct rig rig;
static struct transfer_rules rules;
static uint8_t room[4096];
static uint64_t mark; /* as far as the pool has seen everything answered */

static struct line_id line_of(uint32_t number)
{
    return (struct line_id){.in = {.home = RIG_HOME, .day = RIG_TODAY, .serial = number}, .n = 1};
}

static void begin(bool prompt)
{
    rules = (struct transfer_rules){.enabled = true,
                                    .prompt = prompt,
                                    .minute = NIGHT,
                                    .rows_max = 10,
                                    .alarm_at = 2,
                                    .first_ms = 1000,
                                    .longest_ms = 4000};
    rig_open(&rig, ADDR_TRANSFER);
    rig_transfer(&rig, &rules);
    rig_restart(&rig);
}

/* What the actor looked for. */
static struct transfer_ask asked(void)
{
    struct transfer_ask ask;
    T_EQ_UINT(rig.works_count, 1);
    T_TRUE(transfer_ask_read(rig.work, &ask));
    return ask;
}

/* The pool has found rows 1 … count; 0: none. */
static void found(uint16_t count)
{
    static uint8_t list[1024];
    struct writer rows = writer_on(list, sizeof list);
    for (uint16_t i = 1; i <= count; i++) {
        transfer_row_write(&rows, &(struct transfer_row){.row = i,
                                                         .line = line_of(i),
                                                         .version = 3,
                                                         .action = OUTBOX_ADD,
                                                         .at = rig.now.ms});
    }
    struct writer out = writer_on(room, sizeof room);
    transfer_found_write(&out, &(struct transfer_found){.mark = mark,
                                                        .day = RIG_TODAY,
                                                        .sha256 = {1, 2},
                                                        .rows = writer_bytes(&rows),
                                                        .document = BYTES_LITERAL("document")});
    struct msg msg = {.kind = MSG_WORK_DONE,
                      .u.work = {.tag = rig.work_tag, .result = writer_bytes(&out)}};
    rig_receive(&rig, &msg);
}

static void answered(enum transfer_said said, uint16_t accepted, uint16_t rejected)
{
    static uint8_t list[1024];
    struct writer rows = writer_on(list, sizeof list);
    for (uint16_t i = 1; i <= accepted + rejected; i++) {
        transfer_result_write(&rows, &(struct transfer_result){.line = line_of(i),
                                                               .version = 3,
                                                               .accepted = i <= accepted,
                                                               .code = BYTES_LITERAL("R01")});
    }
    struct writer out = writer_on(room, sizeof room);
    transfer_answer_write(
        &out, &(struct transfer_answer){.said = said, .status = 200, .rows = writer_bytes(&rows)});
    struct msg msg = {.kind = MSG_OUTSIDE_DONE,
                      .u.work = {.tag = rig.outside_tag, .result = writer_bytes(&out)}};
    rig_receive(&rig, &msg);
}

static void timer(uint32_t tag)
{
    struct msg msg = {.kind = MSG_TIMER, .u.timer = {.tag = tag}};
    rig.tick = rig.timer_at;
    rig_receive(&rig, &msg);
}

static void wake(void)
{
    struct msg msg = {.kind = MSG_WAKE};
    rig_receive(&rig, &msg);
}

static struct transfer_run transfer_of(uint64_t number)
{
    struct row_key key = key_of_u64(number);
    struct transfer_run run;
    const struct rig_row *row = rig_row(&rig, TABLE_TRANSFER, row_key_bytes(&key));
    T_TRUE(row != NULL);
    T_OK(transfer_run_read(row->value, &run));
    return run;
}

static enum outcome operator_asks(enum msg_kind kind, uint64_t number)
{
    struct msg msg = {.kind = kind,
                      .principal = {.kind = PRINCIPAL_OPS},
                      .u.transfer = {.kind = TRANSFER_DELTA, .number = number}};
    if (kind == MSG_TRANSFER_RESEND && number != 0) {
        struct transfer_run run = transfer_of(number);
        msg.u.transfer.state = run.state;
        msg.u.transfer.rejected = run.rejected;
    }
    return rig_ask(&rig, &msg);
}

TEST(a_wake_sends_a_document_and_its_answer_marks_its_rows)
{
    begin(true);
    found(0);
    wake();
    T_EQ_INT(asked().before, INT32_MAX);
    found(ROWS);
    T_EQ_UINT(rig.outsides_count, 1);
    T_EQ_INT(rig.outside, OUTSIDE_NHI_SEND);
    T_EQ_BYTES(rig.document, BYTES_LITERAL("document"));
    T_EQ_BYTES(rig.outside_key, BYTES_LITERAL("T00000001-0102000000000000"));
    T_EQ_INT(transfer_of(1).state, TRANSFER_SENDING);
    answered(SAID_RESULT, 2, 1);
    T_EQ_UINT(rig_count(&rig, TABLE_TRANSFER_SENT), 3);
    T_EQ_UINT(rig_count(&rig, TABLE_TRANSFER_BAD), 1);
    struct transfer_run run = transfer_of(1);
    T_EQ_INT(run.state, TRANSFER_DONE);
    T_EQ_UINT(run.accepted, 2);
    T_EQ_UINT(run.rejected, 1);
    T_EQ_UINT(run.counties[0].county, RIG_COUNTY);
    T_EQ_UINT(run.counties[0].rejected, 1);
    T_EQ_INT(rig.alarm, ALARM_TRANSFER_REJECTS);
    T_EQ_UINT(rig.works_count, 1); /* there may be more */
    rig_close(&rig);
}

TEST(rows_without_an_answer_are_not_marked_and_go_again)
{
    begin(true);
    found(ROWS);
    answered(SAID_RESULT, 1, 0);
    T_EQ_UINT(rig_count(&rig, TABLE_TRANSFER_SENT), 1);
    T_EQ_UINT(rig.works_count, 0); /* not at once */
    T_EQ_INT(rig.timer_at.ms, rig.tick.ms + 1000);
    timer(rig.timer_tag);
    T_EQ_INT(asked().look, LOOK_DUE);
    rig_close(&rig);
}

TEST(a_second_answer_changes_nothing)
{
    begin(true);
    found(ROWS);
    uint32_t tag = rig.outside_tag;
    answered(SAID_RESULT, 3, 0);
    rig.outside_tag = tag;
    answered(SAID_RESULT, 0, 3);
    T_EQ_UINT(rig.changes, 0);
    T_EQ_UINT(transfer_of(1).accepted, 3);
    rig_close(&rig);
}

TEST(without_an_answer_the_same_goes_again_after_growing_pauses)
{
    begin(true);
    found(ROWS);
    static const int64_t pauses[] = {1000, 2000, 4000, 4000};
    for (size_t i = 0; i < ARRAY_COUNT(pauses); i++) {
        answered(SAID_NOTHING, 0, 0);
        T_EQ_INT(rig.timer_at.ms, rig.tick.ms + pauses[i]);
        T_EQ_UINT(rig.alarms_count, (i + 1) % rules.alarm_at == 0 ? 1 : 0);
        T_EQ_INT(transfer_of(1).next_at, rig.now.ms + pauses[i]);
        timer(rig.timer_tag);
        struct transfer_ask ask = asked();
        T_EQ_UINT(ask.first, 1);
        T_EQ_UINT(ask.last, ROWS);
        T_EQ_UINT(ask.rows_max, ROWS);
        found(ROWS);
        T_EQ_BYTES(rig.outside_key, BYTES_LITERAL("T00000001-0102000000000000"));
    }
    T_EQ_UINT(transfer_of(1).attempts, 5);
    answered(SAID_RESULT, 3, 0);
    T_EQ_INT(transfer_of(1).state, TRANSFER_DONE);
    rig_close(&rig);
}

TEST(after_a_restart_the_transfer_under_way_goes_on)
{
    begin(true);
    found(ROWS);
    rig_restart(&rig);
    T_EQ_UINT(asked().last, ROWS);
    found(ROWS);
    T_EQ_BYTES(rig.outside_key, BYTES_LITERAL("T00000001-0102000000000000"));
    answered(SAID_RESULT, 3, 0);
    T_EQ_UINT(rig_count(&rig, TABLE_TRANSFER), 1);
    rig_close(&rig);
}

TEST(a_result_that_comes_later_is_fetched)
{
    begin(true);
    found(ROWS);
    answered(SAID_LATER, 0, 0);
    T_EQ_INT(transfer_of(1).state, TRANSFER_AWAITING);
    timer(rig.timer_tag);
    found(ROWS);
    T_EQ_INT(rig.outside, OUTSIDE_NHI_RESULT);
    T_EQ_UINT(rig.document.size, 0);
    answered(SAID_UNKNOWN, 0, 0); /* it has lost it */
    timer(rig.timer_tag);
    found(ROWS);
    T_EQ_INT(rig.outside, OUTSIDE_NHI_SEND);
    answered(SAID_RESULT, 3, 0);
    T_EQ_INT(transfer_of(1).state, TRANSFER_DONE);
    rig_close(&rig);
}

TEST(a_refused_document_stops_everything_until_an_operator_or_the_night)
{
    begin(true);
    found(ROWS);
    answered(SAID_REFUSED, 0, 0);
    T_EQ_INT(rig.alarm, ALARM_TRANSFER_REFUSED);
    T_EQ_INT(transfer_of(1).state, TRANSFER_FAILED);
    wake();
    T_EQ_UINT(rig.works_count, 0);
    rig_restart(&rig);
    T_EQ_UINT(rig.works_count, 0);
    T_EQ_INT(operator_asks(MSG_TRANSFER_RESEND, 1), OUTCOME_OK);
    T_EQ_INT(asked().look, LOOK_DUE);
    rig_close(&rig);
}

TEST(a_wake_during_a_run_is_remembered)
{
    begin(true);
    found(ROWS);
    wake();
    T_EQ_UINT(rig.works_count, 0);
    answered(SAID_RESULT, 3, 0);
    wake();
    found(0);
    T_EQ_UINT(rig.works_count, 1);
    found(0);
    T_EQ_UINT(rig.works_count, 0);
    rig_close(&rig);
}

TEST(by_night_only_the_days_that_are_over_go)
{
    begin(false);
    T_EQ_INT(asked().before, INT32_MIN);
    found(0);
    wake();
    T_EQ_UINT(rig.works_count, 0);
    timer(rig.timer_tag); /* it is noon: last night was missed */
    T_EQ_INT(asked().before, RIG_TODAY);
    found(0);
    T_EQ_INT(transfer_of(1).state, TRANSFER_DONE); /* a night without rows is seen too */
    timer(rig.timer_tag);
    T_EQ_UINT(rig.works_count, 0); /* once a night */
    rig_at(&rig, RIG_TODAY + 1, NIGHT);
    timer(rig.timer_tag);
    T_EQ_INT(asked().before, RIG_TODAY + 1);
    rig_close(&rig);
}

TEST(a_clock_set_back_starts_no_night_twice)
{
    begin(false);
    found(0);
    timer(rig.timer_tag);
    found(0);
    rig_at(&rig, RIG_TODAY - 2, NIGHT);
    timer(rig.timer_tag);
    T_EQ_UINT(rig.works_count, 0);
    rig_at(&rig, RIG_TODAY, 12 * 60);
    timer(rig.timer_tag);
    T_EQ_UINT(rig.works_count, 0);
    rig_close(&rig);
}

TEST(the_full_document_goes_in_its_night_behind_what_is_due)
{
    begin(true);
    rules.full_day = 8; /* RIG_TODAY is the 7th */
    rig_transfer(&rig, &rules);
    found(ROWS);
    answered(SAID_RESULT, 3, 0);
    mark = ROWS;
    found(0);
    rig_at(&rig, RIG_TODAY + 1, NIGHT);
    timer(1);
    T_EQ_INT(asked().look, LOOK_DUE);
    found(0);
    T_EQ_INT(transfer_of(2).state, TRANSFER_DONE);
    T_EQ_INT(asked().look, LOOK_FULL);
    T_EQ_UINT(asked().first, 1);
    T_EQ_UINT(asked().last, ROWS);
    found(2);
    T_EQ_INT(transfer_of(3).kind, TRANSFER_FULL);
    answered(SAID_RESULT, 1, 1); /* says nothing new: neither marked nor waited for */
    T_EQ_UINT(rig_count(&rig, TABLE_TRANSFER_BAD), 0);
    found(0);
    T_EQ_UINT(asked().first, 3); /* the rest of it */
    found(0);
    T_EQ_UINT(rig.works_count, 0);
    rig_close(&rig);
}

TEST(an_operator_sends_today_and_skips_the_pause)
{
    begin(false);
    found(0);
    T_EQ_INT(operator_asks(MSG_TRANSFER_RUN, 0), OUTCOME_OK);
    struct transfer_run run;
    T_OK(transfer_run_read(rig.replies[0].body, &run));
    T_EQ_UINT(run.number, 1);
    T_EQ_INT(run.state, TRANSFER_BUILDING);
    T_EQ_UINT(rig_count(&rig, TABLE_AUDIT), 1);
    T_EQ_INT(asked().before, INT32_MAX);
    found(ROWS);
    answered(SAID_NOTHING, 0, 0);
    T_EQ_INT(operator_asks(MSG_TRANSFER_RUN, 0), OUTCOME_OK);
    T_EQ_UINT(asked().last, ROWS);
    rig_close(&rig);
}

TEST(rejected_rows_go_again_when_an_operator_says_so)
{
    begin(true);
    found(1);
    answered(SAID_RESULT, 0, 1);
    found(0);
    T_EQ_INT(operator_asks(MSG_TRANSFER_RESEND, 1), OUTCOME_OK);
    T_EQ_INT(asked().look, LOOK_RESEND);
    T_EQ_UINT(asked().of, 1);
    found(1);
    answered(SAID_RESULT, 1, 0);
    T_EQ_UINT(rig_count(&rig, TABLE_TRANSFER_BAD), 0);
    T_EQ_UINT(rig_count(&rig, TABLE_TRANSFER_SENT), 1);
    T_EQ_UINT(transfer_of(2).of, 1);
    T_EQ_INT(operator_asks(MSG_TRANSFER_RESEND, 2), OUTCOME_WRONG_STATE);
    rig_close(&rig);
}

TEST(where_no_nhi_is_configured_nothing_happens)
{
    rig_open(&rig, ADDR_TRANSFER);
    wake();
    T_EQ_UINT(rig.works_count + rig.timers_count, 0);
    T_EQ_INT(operator_asks(MSG_TRANSFER_RUN, 0), OUTCOME_WRONG_STATE);
    T_EQ_UINT(rig.changes, 0);
    rig_close(&rig);
}

TEST(work_that_fails_is_asked_for_again)
{
    begin(true);
    struct msg msg = {.kind = MSG_WORK_DONE, .u.work = {.tag = rig.work_tag, .err = ERR_FULL}};
    rig_receive(&rig, &msg);
    T_EQ_UINT(rig.works_count, 0);
    timer(rig.timer_tag);
    T_EQ_UINT(rig.works_count, 1);
    rig_close(&rig);
}

T_LIST(transfer_test, T(a_wake_sends_a_document_and_its_answer_marks_its_rows),
       T(rows_without_an_answer_are_not_marked_and_go_again), T(a_second_answer_changes_nothing),
       T(without_an_answer_the_same_goes_again_after_growing_pauses),
       T(after_a_restart_the_transfer_under_way_goes_on), T(a_result_that_comes_later_is_fetched),
       T(a_refused_document_stops_everything_until_an_operator_or_the_night),
       T(a_wake_during_a_run_is_remembered), T(by_night_only_the_days_that_are_over_go),
       T(a_clock_set_back_starts_no_night_twice),
       T(the_full_document_goes_in_its_night_behind_what_is_due),
       T(an_operator_sends_today_and_skips_the_pause),
       T(rejected_rows_go_again_when_an_operator_says_so),
       T(where_no_nhi_is_configured_nothing_happens), T(work_that_fails_is_asked_for_again));
