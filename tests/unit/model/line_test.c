#include "model/line.h"
#include "tests/lib/t.h"

enum { STATUSES = 5, MOVES = 7 };

/* A line of one hour from 08:00 of day 100 to 17:00 of day 103. */
static const struct time_rule hours = {
    .mode = TIME_CONTINUOUS, .start = 100 * 1440 + 480, .end = 103 * 1440 + 1020};

static struct line_state line_of(enum request_kind kind, enum request_status status)
{
    return (struct line_state){.kind = kind,
                               .status = status,
                               .registered = kind != REQUEST_REGISTER,
                               .ended_from = DAY_NONE,
                               .due_day = DAY_NONE,
                               .times_count = 1,
                               .times = &hours};
}

/* Written down once more, from API 4.2 and MISSION 1.3: the status after each move, 0 where
 * illegal. Columns: draft, under review, approved, rejected, returned. */
static const int after[MOVES][STATUSES] = {
    [MOVE_EDIT] = {STATUS_DRAFT, 0, 0, 0, STATUS_RETURNED},
    [MOVE_DELETE] = {STATUS_DRAFT, 0, 0, 0, 0},
    [MOVE_SUBMIT] = {STATUS_UNDER_REVIEW, 0, 0, 0, STATUS_UNDER_REVIEW},
    [MOVE_WITHDRAW] = {0, STATUS_DRAFT, 0, 0, 0},
    [MOVE_APPROVE] = {0, STATUS_APPROVED, 0, 0, 0},
    [MOVE_REJECT] = {0, STATUS_REJECTED, 0, 0, 0},
    [MOVE_RETURN] = {0, STATUS_RETURNED, 0, 0, 0},
};

TEST(a_registration_moves_along_the_arrows_only)
{
    for (int move = 0; move < MOVES; move++) {
        for (int i = 0; i < STATUSES; i++) {
            struct line_state line = line_of(REQUEST_REGISTER, (enum request_status)(i + 1));
            T_EQ_INT(line_may(&line, (enum move)move), after[move][i] != 0);
            if (after[move][i] != 0)
                T_EQ_INT(line_after(&line, (enum move)move), after[move][i]);
            else
                T_ABORTS(line_after(&line, (enum move)move));
        }
    }
}

TEST(a_line_that_was_in_force_is_never_deleted)
{
    for (int i = 0; i < STATUSES; i++) {
        struct line_state change = line_of(REQUEST_CHANGE, (enum request_status)(i + 1));
        struct line_state cancel = line_of(REQUEST_CANCEL, (enum request_status)(i + 1));
        T_FALSE(line_may(&change, MOVE_DELETE));
        T_FALSE(line_may(&cancel, MOVE_DELETE));
        struct line_state registered = line_of(REQUEST_REGISTER, (enum request_status)(i + 1));
        registered.registered = true;
        T_FALSE(line_may(&registered, MOVE_DELETE));
        T_EQ_INT(line_may(&change, MOVE_APPROVE), i + 1 == STATUS_UNDER_REVIEW);
    }
}

TEST(an_ended_line_makes_no_move)
{
    for (int ended = ENDED_TO_CANCEL; ended <= ENDED_CANCELLED; ended++) {
        for (int move = 0; move < MOVES; move++) {
            for (int i = 0; i < STATUSES; i++) {
                struct line_state line = line_of(REQUEST_REGISTER, (enum request_status)(i + 1));
                line.ended = (enum ended)ended;
                line.ended_from = 90;
                T_FALSE(line_may(&line, (enum move)move));
            }
        }
    }
}

/* ---- legal state ---- */

TEST(only_a_registered_line_has_force)
{
    for (int i = 0; i < STATUSES; i++) {
        struct line_state line = line_of(REQUEST_REGISTER, (enum request_status)(i + 1));
        T_EQ_INT(line_force(&line, 101 * 1440), FORCE_NONE);
    }
}

TEST(force_follows_the_clock)
{
    struct line_state line = line_of(REQUEST_REGISTER, STATUS_APPROVED);
    line.registered = true;
    T_EQ_INT(line_force(&line, 0), FORCE_UPCOMING);
    T_EQ_INT(line_force(&line, hours.start - 1), FORCE_UPCOMING);
    T_EQ_INT(line_force(&line, hours.start), FORCE_IN_FORCE);
    T_EQ_INT(line_force(&line, hours.end - 1), FORCE_IN_FORCE);
    T_EQ_INT(line_force(&line, hours.end), FORCE_EXPIRED);
}

TEST(a_change_under_review_or_refused_leaves_the_force_alone)
{
    for (int i = 0; i < STATUSES; i++) {
        struct line_state line = line_of(REQUEST_CHANGE, (enum request_status)(i + 1));
        T_EQ_INT(line_force(&line, hours.start), FORCE_IN_FORCE);
    }
}

TEST(an_end_holds_from_its_day_on)
{
    struct line_state line = line_of(REQUEST_REGISTER, STATUS_APPROVED);
    line.registered = true;
    line.ended = ENDED_TO_CANCEL;
    line.ended_from = 102;
    T_EQ_INT(line_force(&line, 102 * 1440 - 1), FORCE_IN_FORCE);
    T_EQ_INT(line_force(&line, 102 * 1440), FORCE_TO_CANCEL);
    T_EQ_INT(line_force(&line, 900 * 1440), FORCE_TO_CANCEL);
    line.ended = ENDED_CANCELLED;
    T_EQ_INT(line_force(&line, 102 * 1440 - 1), FORCE_IN_FORCE);
    T_EQ_INT(line_force(&line, 102 * 1440), FORCE_CANCELLED);
    line.ended_from = DAY_NONE;
    T_EQ_INT(line_force(&line, 0), FORCE_CANCELLED);
}

TEST(what_ran_out_before_its_end_is_expired)
{
    struct line_state line = line_of(REQUEST_REGISTER, STATUS_APPROVED);
    line.registered = true;
    line.ended = ENDED_CANCELLED;
    line.ended_from = 104;
    T_EQ_INT(line_force(&line, 110 * 1440), FORCE_EXPIRED);
}

TEST(open_and_approved_lines_occupy_time)
{
    struct line_state line = line_of(REQUEST_REGISTER, STATUS_UNDER_REVIEW);
    T_TRUE(line_occupies(&line));
    line.status = STATUS_DRAFT;
    T_FALSE(line_occupies(&line));
    line.status = STATUS_RETURNED;
    T_FALSE(line_occupies(&line));
    line.status = STATUS_REJECTED;
    T_FALSE(line_occupies(&line));
    line.registered = true; /* a change that was rejected */
    T_TRUE(line_occupies(&line));
    line.ended = ENDED_TO_CANCEL;
    T_FALSE(line_occupies(&line));
    line.ended = ENDED_CANCELLED;
    T_FALSE(line_occupies(&line));
}

/* ---- times ---- */

TEST(a_span_covers_all_valid_times_and_skips_the_others)
{
    static const struct day_run runs[] = {{90, 2}, {95, 1}};
    const struct time_rule times[] = {
        hours,
        {.mode = TIME_CONTINUOUS, .start = 1, .end = LOCAL_NONE},
        {.mode = TIME_DATES, .at = 1320, .until = 360, .runs = runs, .runs_count = 2},
        {.mode = TIME_RECURRING,
         .from = 10,
         .to = 5,
         .at = 0,
         .until = 60,
         .rule = RULE_EVERY_N_DAYS,
         .every = 1},
    };
    int64_t first, last;
    T_TRUE(times_span(times, 4, &first, &last));
    T_EQ_INT(first, 90 * 1440 + 1320);
    T_EQ_INT(last, hours.end);
    T_EQ_UINT(times_occurrences(times, 4), 4);
    T_FALSE(times_span(&times[1], 1, &first, &last));
    T_FALSE(times_span(NULL, 0, &first, &last));
    T_EQ_UINT(times_occurrences(NULL, 0), 0);
}

TEST(occurrences_stop_just_above_the_limit)
{
    struct time_rule times[50];
    for (int i = 0; i < 50; i++)
        times[i] = (struct time_rule){.mode = TIME_RECURRING,
                                      .from = 0,
                                      .to = 19,
                                      .at = 0,
                                      .until = 60,
                                      .rule = RULE_EVERY_N_DAYS,
                                      .every = 1};
    T_EQ_UINT(times_occurrences(times, 50), 1000);
    times[49].to = 20;
    T_EQ_UINT(times_occurrences(times, 50), 1001);
    times[0].to = 2000000;
    T_EQ_UINT(times_occurrences(times, 50), 1001);
}

/* ---- names ---- */

TEST(names_are_those_of_the_contract_and_are_parsed_back)
{
    static const char *const kinds[] = {"register", "change", "cancel"};
    static const char *const statuses[] = {"draft", "under_review", "approved", "rejected",
                                           "returned"};
    static const char *const forces[] = {"none",    "upcoming",  "in_force",
                                         "expired", "to_cancel", "cancelled"};
    for (int i = 0; i < 3; i++) {
        enum request_kind kind;
        T_TRUE(request_kind_parse(bytes_from_text(kinds[i]), &kind));
        T_EQ_STR(request_kind_name(kind), kinds[i]);
    }
    for (int i = 0; i < 5; i++) {
        enum request_status status;
        T_TRUE(request_status_parse(bytes_from_text(statuses[i]), &status));
        T_EQ_INT(status, i + 1);
    }
    for (int i = 0; i < 6; i++) {
        enum force force;
        T_TRUE(force_parse(bytes_from_text(forces[i]), &force));
        T_EQ_INT(force, i);
    }
    enum request_status status;
    T_FALSE(request_status_parse(BYTES_LITERAL("Draft"), &status));
    T_FALSE(request_status_parse(BYTES_LITERAL(""), &status));
}

T_LIST(line_test, T(a_registration_moves_along_the_arrows_only),
       T(a_line_that_was_in_force_is_never_deleted), T(an_ended_line_makes_no_move),
       T(only_a_registered_line_has_force), T(force_follows_the_clock),
       T(a_change_under_review_or_refused_leaves_the_force_alone), T(an_end_holds_from_its_day_on),
       T(what_ran_out_before_its_end_is_expired), T(open_and_approved_lines_occupy_time),
       T(a_span_covers_all_valid_times_and_skips_the_others),
       T(occurrences_stop_just_above_the_limit),
       T(names_are_those_of_the_contract_and_are_parsed_back));
