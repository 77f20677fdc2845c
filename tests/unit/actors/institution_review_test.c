/* Submitting, withdrawing, deciding (API 4.2, 6), and tokens (API 8). */
#include "base/check.h"
#include "model/sessions.h"
#include "tests/lib/t.h"
#include "tests/unit/actors/case_rig.h"

static struct case_rig cases;

static void submitted(const struct asked *line)
{
    case_open(&cases);
    T_EQ_INT(case_make(&cases, true, line, 1), OUTCOME_CREATED);
    cases.who = rig_officer;
}

TEST(a_submitted_line_is_in_the_queue_of_its_county)
{
    const struct asked line = {.in_days = 20};
    submitted(&line);
    struct line_state state = case_line(&cases, cases.line);
    T_TRUE(state.status == STATUS_UNDER_REVIEW && state.version == 2);
    T_EQ_INT(state.submitted_at, cases.rig.now.ms);
    /* Seven working days from Tuesday the 7th: Thursday the 16th. */
    T_EQ_INT(state.due_day, RIG_TODAY + 9);
    /* Filed and submitted at one instant of the rig's clock. */
    struct row_key key = key_of_queue(RIG_COUNTY, state.due_day, state.submitted_at, cases.line);
    T_TRUE(rig_row(&cases.rig, TABLE_QUEUE, row_key_bytes(&key)) != NULL);
    T_EQ_UINT(case_count(&cases, STATUS_UNDER_REVIEW), 1);
    T_EQ_UINT(rig_count(&cases.rig, TABLE_HISTORY), 2);
    case_close(&cases);
}

TEST(all_faults_of_all_lines_are_told_and_nothing_is_made)
{
    case_open(&cases);
    const struct asked lines[3] = {{.in_days = -1, .purpose = NO_PURPOSE},
                                   {.target = RIG_HOME, .in_days = 12},
                                   {.no_times = true}};
    T_EQ_INT(case_make(&cases, true, lines, 3), OUTCOME_INVALID);
    const char *problems = case_problems(&cases);
    T_HAS(problems, "required /lines/0/purpose\n");
    T_HAS(problems, "in_the_past /lines/0/times/0\n");
    T_HAS(problems, "same_institution /lines/1/target\n");
    T_HAS(problems, "required /lines/2/times\n");
    T_EQ_UINT(cases.rig.rows_count, 0);
    case_close(&cases);
}

TEST(one_person_is_at_one_place_at_a_time)
{
    case_open(&cases);
    const struct asked first = {.in_days = 20};
    T_EQ_INT(case_make(&cases, true, &first, 1), OUTCOME_CREATED);
    rig_restart(&cases.rig);
    T_EQ_INT(case_make(&cases, true, &first, 1), OUTCOME_INVALID);
    T_EQ_STR(case_problems(&cases), "overlaps_case /lines/0/times/0\n");
    struct problems problems;
    struct reader in = reader_of(cases.rig.replies[0].body);
    problems_init(&problems, &cases.rig.kept);
    T_TRUE(problems_read(&in, &problems));
    T_TRUE(problems.items[0].has_with && line_id_equal(problems.items[0].with, cases.line));
    T_EQ_INT(problems.items[0].end - problems.items[0].start, 240);
    const struct asked behind = {.in_days = 20, .from = 720, .to = 1000}; /* half-open */
    T_EQ_INT(case_make(&cases, true, &behind, 1), OUTCOME_CREATED);
    const struct asked colleague = {.person = RIG_DOCTOR, .in_days = 20};
    T_EQ_INT(case_make(&cases, true, &colleague, 1), OUTCOME_CREATED);
    case_close(&cases);
}

TEST(lines_of_one_body_may_not_overlap_either)
{
    case_open(&cases);
    const struct asked lines[3] = {{.in_days = 20},
                                   {.person = RIG_DOCTOR, .in_days = 20},
                                   {.in_days = 20, .from = 600, .to = 800}};
    T_EQ_INT(case_make(&cases, true, lines, 3), OUTCOME_INVALID);
    T_EQ_STR(case_problems(&cases), "overlaps_case /lines/2/times/0\n");
    struct problems problems;
    struct reader in = reader_of(cases.rig.replies[0].body);
    problems_init(&problems, &cases.rig.kept);
    T_TRUE(problems_read(&in, &problems));
    T_TRUE(problems.items[0].with.n == 0 && problems.items[0].with_index == 0);
    case_close(&cases);
}

TEST(drafts_and_rejected_lines_occupy_no_time)
{
    case_open(&cases);
    const struct asked line = {.in_days = 20};
    T_EQ_INT(case_make(&cases, false, &line, 1), OUTCOME_CREATED);
    T_EQ_INT(case_make(&cases, true, &line, 1), OUTCOME_CREATED);
    cases.who = rig_officer;
    T_EQ_INT(case_decide(&cases, cases.line, 2, MOVE_REJECT, "時段不合"), DECIDED_DONE);
    cases.who = rig_home;
    T_EQ_INT(case_make(&cases, true, &line, 1), OUTCOME_CREATED);
    case_close(&cases);
}

TEST(a_case_is_submitted_as_a_whole_or_by_the_line)
{
    case_open(&cases);
    const struct asked lines[2] = {{.in_days = 20}, {.in_days = 21}};
    T_EQ_INT(case_make(&cases, false, lines, 2), OUTCOME_CREATED);
    struct line_id whole = {.in = cases.line.in}, second = {.in = cases.line.in, .n = 2};
    T_EQ_INT(case_command(&cases, MSG_SUBMIT, second, 9), OUTCOME_STALE);
    T_EQ_INT(case_command(&cases, MSG_SUBMIT, second, 1), OUTCOME_OK);
    T_EQ_INT(case_line(&cases, second).status, STATUS_UNDER_REVIEW);
    T_EQ_INT(case_line(&cases, cases.line).status, STATUS_DRAFT);
    T_EQ_INT(case_command(&cases, MSG_SUBMIT, second, 2), OUTCOME_WRONG_STATE);
    T_EQ_INT(case_command(&cases, MSG_SUBMIT, whole, 1), OUTCOME_STALE);
    T_EQ_INT(case_command(&cases, MSG_SUBMIT, whole, 2), OUTCOME_OK);
    T_EQ_INT(case_line(&cases, cases.line).status, STATUS_UNDER_REVIEW);
    T_EQ_INT(case_command(&cases, MSG_SUBMIT, whole, 3), OUTCOME_WRONG_STATE);
    T_EQ_UINT(rig_count(&cases.rig, TABLE_QUEUE), 2);
    case_close(&cases);
}

TEST(a_submit_points_into_the_case_as_it_is_shown)
{
    case_open(&cases);
    const struct asked lines[3] = {{.in_days = 20}, {.in_days = 21}, {.purpose = NO_PURPOSE}};
    T_EQ_INT(case_make(&cases, false, lines, 3), OUTCOME_CREATED);
    T_EQ_INT(case_command(&cases, MSG_LINE_DELETE, cases.line, 1), OUTCOME_DELETED);
    struct line_id whole = {.in = cases.line.in};
    T_EQ_INT(case_command(&cases, MSG_SUBMIT, whole, 2), OUTCOME_INVALID);
    T_EQ_STR(case_problems(&cases), "required /lines/1/purpose\n");
    case_close(&cases);
}

TEST(a_person_submits_his_own_lines_of_a_case)
{
    case_open(&cases);
    const struct asked lines[2] = {{.in_days = 20}, {.person = RIG_DOCTOR, .in_days = 21}};
    T_EQ_INT(case_make(&cases, false, lines, 2), OUTCOME_CREATED);
    cases.who = rig_nurse;
    struct line_id whole = {.in = cases.line.in}, second = {.in = cases.line.in, .n = 2};
    T_EQ_INT(case_command(&cases, MSG_SUBMIT, whole, 1), OUTCOME_OK);
    T_EQ_INT(case_line(&cases, cases.line).status, STATUS_UNDER_REVIEW);
    T_EQ_INT(case_line(&cases, second).status, STATUS_DRAFT);
    case_close(&cases);
}

TEST(a_withdrawn_line_is_a_draft_again)
{
    case_open(&cases);
    const struct asked line = {.in_days = 20};
    T_EQ_INT(case_make(&cases, true, &line, 1), OUTCOME_CREATED);
    T_EQ_INT(case_command(&cases, MSG_WITHDRAW, cases.line, 1), OUTCOME_STALE);
    cases.key = rig_digest(5);
    T_EQ_INT(case_command(&cases, MSG_WITHDRAW, cases.line, 2), OUTCOME_OK);
    T_EQ_UINT(rig_count(&cases.rig, TABLE_QUEUE), 0);
    struct line_state state = case_line(&cases, cases.line);
    T_TRUE(state.status == STATUS_DRAFT && state.version == 3 && state.due_day == DAY_NONE);
    T_EQ_INT(case_command(&cases, MSG_WITHDRAW, cases.line, 2), OUTCOME_OK); /* its key */
    T_TRUE(cases.done.replay);
    cases.key = (struct digest){0};
    T_EQ_INT(case_command(&cases, MSG_WITHDRAW, cases.line, 3), OUTCOME_WRONG_STATE);
    T_EQ_INT(cases.rig.replies[0].body.data[0], STATUS_DRAFT);
    case_close(&cases);
}

/* ---- decisions ---- */

TEST(an_approval_puts_its_outbox_row)
{
    const struct asked line = {.in_days = 20};
    submitted(&line);
    T_EQ_INT(case_decide(&cases, cases.line, 2, MOVE_APPROVE, NULL), DECIDED_DONE);
    struct line_state state = case_line(&cases, cases.line);
    T_TRUE(state.status == STATUS_APPROVED && state.registered && state.version == 3);
    T_TRUE(state.decided_version == 3 && state.decided_at == cases.rig.now.ms);
    T_EQ_UINT(rig_count(&cases.rig, TABLE_QUEUE), 0);
    T_EQ_UINT(rig_count(&cases.rig, TABLE_OUTBOX), 1);
    T_EQ_UINT(rig_count(&cases.rig, TABLE_COPY), 0); /* the place is in the same county */
    struct outbox outbox;
    T_TRUE(outbox_read(rig_row_at(&cases.rig, TABLE_OUTBOX, 0)->value, &outbox));
    T_TRUE(line_id_equal(outbox.line, cases.line) && outbox.version == 3 &&
           outbox.action == OUTBOX_ADD);
    T_EQ_UINT(case_count(&cases, STATUS_APPROVED), 1);
    T_EQ_INT(case_decide(&cases, cases.line, 3, MOVE_APPROVE, NULL), DECIDED_WRONG_STATE);
    T_EQ_INT(case_decide(&cases, cases.line, 2, MOVE_APPROVE, NULL), DECIDED_STALE);
    case_close(&cases);
}

TEST(another_countys_bureau_gets_a_copy)
{
    const struct asked line = {.in_days = 20, .target = RIG_AFAR};
    submitted(&line);
    T_EQ_INT(case_decide(&cases, cases.line, 2, MOVE_APPROVE, NULL), DECIDED_DONE);
    struct copy copy;
    T_TRUE(copy_read(rig_row_at(&cases.rig, TABLE_COPY, 0)->value, &copy));
    T_TRUE(copy.county == RIG_OTHER_COUNTY && line_id_equal(copy.line, cases.line));
    case_close(&cases);
}

TEST(a_rejection_and_a_return_need_a_reason)
{
    const struct asked line = {.in_days = 20};
    submitted(&line);
    T_EQ_INT(case_decide(&cases, cases.line, 2, MOVE_REJECT, NULL), DECIDED_REASON_REQUIRED);
    T_EQ_INT(case_decide(&cases, cases.line, 2, MOVE_RETURN, NULL), DECIDED_REASON_REQUIRED);
    static const char blanks[] = " \t\n\xe3\x80\x80\xc2\xa0 ";
    T_EQ_INT(case_decide(&cases, cases.line, 2, MOVE_REJECT, blanks), DECIDED_REASON_REQUIRED);
    T_EQ_INT(case_decide(&cases, cases.line, 2, MOVE_RETURN, blanks), DECIDED_REASON_REQUIRED);
    T_EQ_INT(case_decide(&cases, cases.line, 2, MOVE_RETURN, "補件"), DECIDED_DONE);
    T_EQ_INT(case_line(&cases, cases.line).status, STATUS_RETURNED);
    cases.who = rig_home; /* a returned line can be edited and submitted again */
    const struct asked edit = {.in_days = 22, .n = 1, .version = 3};
    T_EQ_INT(case_edit(&cases, cases.line.in, 0, true, &edit, 1), OUTCOME_OK);
    T_EQ_INT(case_line(&cases, cases.line).status, STATUS_RETURNED);
    T_EQ_INT(case_command(&cases, MSG_LINE_DELETE, cases.line, 4), OUTCOME_WRONG_STATE);
    T_EQ_INT(case_command(&cases, MSG_SUBMIT, cases.line, 4), OUTCOME_OK);
    cases.who = rig_officer;
    T_EQ_INT(case_decide(&cases, cases.line, 5, MOVE_REJECT, "不符"), DECIDED_DONE);
    T_EQ_UINT(rig_count(&cases.rig, TABLE_OUTBOX), 0);
    T_EQ_UINT(case_count(&cases, STATUS_REJECTED), 1);
    case_close(&cases);
}

TEST(only_the_bureau_of_the_home_county_decides)
{
    const struct asked line = {.in_days = 20, .target = RIG_AFAR};
    submitted(&line);
    const struct principal others[] = {rig_officer_afar, rig_home, rig_nurse};
    for (size_t i = 0; i < ARRAY_COUNT(others); i++) {
        cases.who = others[i];
        T_EQ_INT(case_decide(&cases, cases.line, 2, MOVE_APPROVE, NULL), DECIDED_NOT_FOUND);
        T_EQ_UINT(cases.rig.changes, 0);
    }
    case_close(&cases);
}

TEST(each_item_of_a_bulk_stands_for_itself)
{
    case_open(&cases);
    const struct asked lines[3] = {{.in_days = 20}, {.in_days = 21}, {.in_days = 22}};
    T_EQ_INT(case_make(&cases, true, lines, 3), OUTCOME_CREATED);
    struct decision_item items[4];
    for (uint16_t i = 0; i < 4; i++) {
        items[i] = (struct decision_item){.place = (uint16_t)(10 + i),
                                          .line = {.in = cases.line.in, .n = (uint16_t)(i + 1)},
                                          .version = i == 1 ? 7 : 2,
                                          .move = MOVE_APPROVE,
                                          .due_day = DAY_NONE,
                                          .request = rig_digest((uint8_t)(50 + i))};
    }
    struct msg msg = {.kind = MSG_DECIDE,
                      .principal = rig_officer,
                      .body = rig_digest(1),
                      .u.decide = {.items_count = 4, .items = items}};
    static const enum decided wanted[] = {DECIDED_DONE, DECIDED_STALE, DECIDED_DONE,
                                          DECIDED_NOT_FOUND};
    for (int repeat = 0; repeat < 2; repeat++) {
        T_EQ_INT(rig_ask(&cases.rig, &msg), OUTCOME_OK);
        struct reader in = reader_of(cases.rig.replies[0].body);
        for (uint16_t i = 0; i < 4; i++) {
            struct decided_item item;
            T_TRUE(decided_read(&in, &item));
            T_EQ_UINT(item.place, 10u + i);
            T_EQ_INT(item.decided, wanted[i]);
        }
        T_EQ_UINT(rig_count(&cases.rig, TABLE_OUTBOX), 2);
        rig_restart(&cases.rig);
    }
    T_EQ_UINT(case_record_of(&cases, cases.line.in).version, 3);
    msg.body = rig_digest(2);
    T_EQ_INT(rig_ask(&cases.rig, &msg), OUTCOME_MISMATCH);
    T_EQ_UINT(cases.rig.changes, 0);
    case_close(&cases);
}

/* The key of a decision may be used anew after a day, and its old record then goes without harm. */
TEST(keys_of_decisions_live_for_a_day_too)
{
    case_open(&cases);
    const struct asked lines[2] = {{.in_days = 40}, {.in_days = 41}};
    T_EQ_INT(case_make(&cases, true, lines, 2), OUTCOME_CREATED);
    cases.who = rig_officer;
    cases.key = rig_digest(50);
    T_EQ_INT(case_decide(&cases, cases.line, 2, MOVE_APPROVE, NULL), DECIDED_DONE);
    T_EQ_INT(case_decide(&cases, cases.line, 2, MOVE_APPROVE, NULL), DECIDED_DONE);
    T_EQ_UINT(cases.rig.changes, 0);
    rig_at(&cases.rig, RIG_TODAY + 2, 0);
    struct line_id second = {.in = cases.line.in, .n = 2};
    cases.body = rig_digest(2);
    T_EQ_INT(case_decide(&cases, second, 2, MOVE_RETURN, "補件"), DECIDED_DONE);
    T_EQ_UINT(rig_count(&cases.rig, TABLE_REQUEST), 1); /* the new row; the old one has gone */
    cases.key = (struct digest){0};
    cases.who = rig_home;
    for (int i = 0; i < 2; i++) {
        rig_at(&cases.rig, RIG_TODAY + 5 + i, 0);
        cases.key = rig_digest((uint8_t)(60 + i));
        T_EQ_INT(case_make(&cases, false, lines, 1), OUTCOME_CREATED);
    }
    T_EQ_UINT(rig_count(&cases.rig, TABLE_REQUEST), 1);
    case_close(&cases);
}

/* ---- tokens ---- */

static void token(enum msg_kind kind)
{
    struct msg msg = {
        .kind = kind,
        .principal = {.kind = PRINCIPAL_SYSTEM},
        .u.token = {
            .secret = rig_digest(9), .id = 5, .rights = RIGHT_READ, .name = BYTES_LITERAL("HIS")}};
    rig_receive(&cases.rig, &msg);
}

static void confirm_all(void)
{
    uint64_t sequence = cases.rig.sends[0].sequence;
    for (uint16_t loop = 0; loop < cases.rig.loops; loop++) {
        struct msg done = {
            .kind = MSG_DESK_DONE, .sequence = sequence, .u.desk_done = {.loop = loop}};
        rig_receive(&cases.rig, &done);
    }
}

TEST(a_token_holds_when_every_desk_knows_it)
{
    case_open(&cases);
    token(MSG_TOKEN_ADD);
    T_EQ_UINT(cases.rig.replies_count, 0);
    T_EQ_UINT(cases.rig.sends_count, 2);
    const struct session *told = &cases.rig.sends[0].u.desk.changes[0].session;
    T_TRUE(told->is_token && told->principal.rights == RIGHT_READ &&
           told->principal.institution == RIG_HOME);
    confirm_all();
    T_EQ_UINT(cases.rig.replies_count, 1);
    T_EQ_INT(cases.rig.replies[0].outcome, OUTCOME_CREATED);
    struct session row;
    T_OK(session_read(rig_row_at(&cases.rig, TABLE_TOKEN, 0)->value, &row));
    T_EQ_UINT(row.principal.session, 5);
    T_EQ_STR(row.name, "HIS");
    token(MSG_TOKEN_REVOKE);
    T_EQ_UINT(rig_count(&cases.rig, TABLE_TOKEN), 0);
    T_EQ_INT(cases.rig.sends[0].u.desk.changes[0].how, SESSION_ENDED);
    confirm_all();
    T_EQ_INT(cases.rig.replies[0].outcome, OUTCOME_DELETED);
    case_close(&cases);
}

TEST(nothing_of_others_comes_to_an_institution)
{
    case_open(&cases);
    struct msg msg = {.kind = MSG_CHALLENGE};
    T_ABORTS(rig_receive(&cases.rig, &msg));
    case_close(&cases);
}

T_LIST(institution_review_test, T(a_submitted_line_is_in_the_queue_of_its_county),
       T(all_faults_of_all_lines_are_told_and_nothing_is_made),
       T(one_person_is_at_one_place_at_a_time), T(lines_of_one_body_may_not_overlap_either),
       T(drafts_and_rejected_lines_occupy_no_time),
       T(a_case_is_submitted_as_a_whole_or_by_the_line),
       T(a_submit_points_into_the_case_as_it_is_shown), T(a_person_submits_his_own_lines_of_a_case),
       T(a_withdrawn_line_is_a_draft_again), T(an_approval_puts_its_outbox_row),
       T(another_countys_bureau_gets_a_copy), T(a_rejection_and_a_return_need_a_reason),
       T(only_the_bureau_of_the_home_county_decides), T(each_item_of_a_bulk_stands_for_itself),
       T(keys_of_decisions_live_for_a_day_too), T(a_token_holds_when_every_desk_knows_it),
       T(nothing_of_others_comes_to_an_institution));
