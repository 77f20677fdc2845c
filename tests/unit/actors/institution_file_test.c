/* Drafts: made, changed, dropped (API 4.2); keys of requests (API 1). */
#include "base/check.h"
#include "tests/lib/t.h"
#include "tests/unit/actors/case_rig.h"

static struct case_rig cases;

TEST(a_case_is_made_with_all_its_rows)
{
    case_open(&cases);
    const struct asked lines[2] = {{.in_days = 10}, {.person = RIG_DOCTOR, .in_days = 11}};
    T_EQ_INT(case_make(&cases, false, lines, 2), OUTCOME_CREATED);
    T_TRUE(cases.done.made.home == RIG_HOME && cases.done.made.day == RIG_TODAY &&
           cases.done.made.serial == 1 && cases.done.status == 201);
    static const struct {
        enum table table;
        uint32_t rows;
    } made[] = {{TABLE_CASE, 1},    {TABLE_LINE, 2},        {TABLE_BODY, 2},
                {TABLE_HISTORY, 2}, {TABLE_COUNTY_LINE, 2}, {TABLE_PERSON_LINE, 2},
                {TABLE_SERIAL, 1},  {TABLE_QUEUE, 0},       {TABLE_AUDIT, 1},
                {TABLE_COUNTS, 1},  {TABLE_REQUEST, 0}};
    for (size_t i = 0; i < ARRAY_COUNT(made); i++) {
        T_EQ_UINT(rig_count(&cases.rig, made[i].table), made[i].rows);
    }
    struct line_state line = case_line(&cases, cases.line);
    T_TRUE(line.version == 1 && line.status == STATUS_DRAFT && line.person == RIG_NURSE);
    T_EQ_UINT(case_count(&cases, STATUS_DRAFT), 2);
    /* The answer carries what was put, so that the door can render it. */
    struct reader in = reader_of(cases.done.rows);
    struct payload_row row;
    uint32_t rows = 0;
    while (payload_row_read(&in, &row)) {
        rows += row.table == TABLE_LINE || row.table == TABLE_CASE || row.table == TABLE_BODY;
    }
    T_EQ_UINT(rows, 5);
    case_close(&cases);
}

TEST(a_draft_may_be_incomplete)
{
    case_open(&cases);
    const struct asked line = {.purpose = NO_PURPOSE, .no_times = true};
    T_EQ_INT(case_make(&cases, false, &line, 1), OUTCOME_CREATED);
    const struct asked past = {.in_days = -5, .target = RIG_HOME};
    T_EQ_INT(case_make(&cases, false, &past, 1), OUTCOME_CREATED);
    case_close(&cases);
}

TEST(a_draft_must_name_own_staff_and_a_place)
{
    case_open(&cases);
    const struct asked lines[3] = {
        {.person = RIG_STRANGER}, {.no_person = true}, {.no_target = true}};
    T_EQ_INT(case_make(&cases, false, lines, 3), OUTCOME_INVALID);
    T_EQ_STR(case_problems(&cases), "not_your_staff /lines/0/person_id\n"
                                    "required /lines/1/person_id\n"
                                    "required /lines/2/target\n");
    case_close(&cases);
}

TEST(a_person_files_for_himself_only)
{
    case_open(&cases);
    cases.who = rig_nurse;
    const struct asked own = {.person = RIG_NURSE}, anothers = {.person = RIG_DOCTOR};
    T_EQ_INT(case_make(&cases, false, &anothers, 1), OUTCOME_INVALID);
    T_EQ_STR(case_problems(&cases), "not_your_staff /lines/0/person_id\n");
    T_EQ_INT(case_make(&cases, false, &own, 1), OUTCOME_CREATED);
    T_EQ_INT(case_line(&cases, cases.line).created_by, PRINCIPAL_PERSON);
    const struct asked moved = {.person = RIG_DOCTOR, .n = 1, .version = 1};
    T_EQ_INT(case_edit(&cases, cases.line.in, 0, true, &moved, 1), OUTCOME_INVALID);
    case_close(&cases);
}

TEST(numbers_count_within_a_day)
{
    case_open(&cases);
    const struct asked line = {.in_days = 20};
    for (uint32_t serial = 1; serial <= 3; serial++) {
        T_EQ_INT(case_make(&cases, false, &line, 1), OUTCOME_CREATED);
        T_EQ_UINT(cases.done.made.serial, serial);
        rig_restart(&cases.rig);
    }
    rig_at(&cases.rig, RIG_TODAY + 1, 1);
    T_EQ_INT(case_make(&cases, false, &line, 1), OUTCOME_CREATED);
    T_TRUE(cases.done.made.serial == 1 && cases.done.made.day == RIG_TODAY + 1);
    rig_at(&cases.rig, RIG_TODAY, 1439); /* a clock that goes back takes no number twice */
    rig_restart(&cases.rig);
    T_EQ_INT(case_make(&cases, false, &line, 1), OUTCOME_CREATED);
    T_TRUE(cases.done.made.serial == 2 && cases.done.made.day == RIG_TODAY + 1);
    rig_at(&cases.rig, RIG_TODAY + 2, 1);
    T_EQ_INT(case_make(&cases, false, &line, 1), OUTCOME_CREATED);
    T_EQ_UINT(rig_count(&cases.rig, TABLE_SERIAL), 2); /* kept two days */
    case_close(&cases);
}

/* ---- keys ---- */

static void floor_row(int32_t day, uint32_t serial)
{
    uint8_t value[8];
    struct writer out = writer_on(value, sizeof value);
    write_u32(&out, (uint32_t)day ^ 0x80000000u);
    write_u32(&out, serial);
    struct msg msg = {.kind = MSG_RESTORE_ROW,
                      .u.row = {.table = TABLE_STORE, .value = bytes_of(value, sizeof value)}};
    rig_receive(&cases.rig, &msg);
}

/* I3: what was filed behind the backup is lost, its numbers are not given again. */
TEST(numbers_go_on_above_the_floor_of_a_restore)
{
    case_open(&cases);
    const struct asked line = {.in_days = 10};
    T_EQ_INT(case_make(&cases, false, &line, 1), OUTCOME_CREATED);
    floor_row(RIG_TODAY, 500000);
    T_EQ_INT(case_make(&cases, false, &line, 1), OUTCOME_CREATED);
    T_EQ_UINT(cases.done.made.serial, 500001);
    rig_restart(&cases.rig); /* the row of its own says more than the floor */
    floor_row(RIG_TODAY, 500000);
    T_EQ_INT(case_make(&cases, false, &line, 1), OUTCOME_CREATED);
    T_EQ_UINT(cases.done.made.serial, 500002);
    rig_at(&cases.rig, RIG_TODAY + 1, 60); /* no number of that day can have been lost */
    T_EQ_INT(case_make(&cases, false, &line, 1), OUTCOME_CREATED);
    T_EQ_UINT(cases.done.made.serial, 1);
    case_close(&cases);
}

TEST(the_same_key_gets_the_same_answer)
{
    case_open(&cases);
    const struct asked line = {.in_days = 20};
    cases.key = rig_digest(7);
    T_EQ_INT(case_make(&cases, true, &line, 1), OUTCOME_CREATED);
    struct case_id made = cases.done.made;
    for (int restarted = 0; restarted < 2; restarted++) {
        T_EQ_INT(case_make(&cases, true, &line, 1), OUTCOME_CREATED);
        T_TRUE(cases.done.replay && case_id_equal(cases.done.made, made));
        T_EQ_UINT(cases.rig.changes, 0);
        rig_restart(&cases.rig);
    }
    cases.body = rig_digest(2);
    T_EQ_INT(case_make(&cases, true, &line, 1), OUTCOME_MISMATCH);
    T_EQ_UINT(rig_count(&cases.rig, TABLE_CASE), 1);
    case_close(&cases);
}

TEST(a_refused_request_leaves_its_key_free)
{
    case_open(&cases);
    const struct asked bad = {.no_target = true}, good = {.in_days = 20};
    cases.key = rig_digest(7);
    T_EQ_INT(case_make(&cases, false, &bad, 1), OUTCOME_INVALID);
    cases.body = rig_digest(2);
    T_EQ_INT(case_make(&cases, false, &good, 1), OUTCOME_CREATED);
    T_FALSE(cases.done.replay);
    case_close(&cases);
}

TEST(keys_live_for_a_day)
{
    case_open(&cases);
    const struct asked line = {.in_days = 20};
    for (uint8_t key = 1; key <= 5; key++) {
        cases.key = rig_digest(key);
        T_EQ_INT(case_make(&cases, false, &line, 1), OUTCOME_CREATED);
        cases.rig.now.ms += 1000;
    }
    T_EQ_UINT(rig_count(&cases.rig, TABLE_REQUEST), 5);
    rig_at(&cases.rig, RIG_TODAY + 1, 12 * 60);
    cases.rig.now.ms += 2000; /* the first three are over a day old */
    rig_restart(&cases.rig);
    cases.key = rig_digest(3);
    T_EQ_INT(case_make(&cases, false, &line, 1), OUTCOME_CREATED);
    T_FALSE(cases.done.replay); /* used anew; two older ones go, its own old row with the next */
    T_EQ_UINT(rig_count(&cases.rig, TABLE_REQUEST), 4);
    cases.key = rig_digest(4);
    T_EQ_INT(case_make(&cases, false, &line, 1), OUTCOME_CREATED);
    T_TRUE(cases.done.replay);
    rig_at(&cases.rig, RIG_TODAY + 9, 0);
    for (uint8_t key = 10; key <= 15; key++) {
        cases.key = rig_digest(key);
        T_EQ_INT(case_make(&cases, false, &line, 1), OUTCOME_CREATED);
    }
    T_EQ_UINT(rig_count(&cases.rig, TABLE_REQUEST), 6);
    case_close(&cases);
}

/* ---- edits ---- */

TEST(an_edit_makes_the_next_version)
{
    case_open(&cases);
    const struct asked line = {.in_days = 20};
    T_EQ_INT(case_make(&cases, false, &line, 1), OUTCOME_CREATED);
    const struct asked edit = {.person = RIG_DOCTOR, .target = RIG_AFAR, .n = 1, .version = 1};
    T_EQ_INT(case_edit(&cases, cases.line.in, 0, true, &edit, 1), OUTCOME_OK);
    T_EQ_UINT(cases.done.n, 1);
    struct line_state state = case_line(&cases, cases.line);
    T_TRUE(state.version == 2 && state.body_version == 2 && state.person == RIG_DOCTOR &&
           state.target == RIG_AFAR);
    T_EQ_UINT(case_record_of(&cases, cases.line.in).version, 2);
    struct row_key old = key_of_person_line(RIG_NURSE, cases.line);
    struct row_key new = key_of_person_line(RIG_DOCTOR, cases.line);
    T_TRUE(rig_row(&cases.rig, TABLE_PERSON_LINE, row_key_bytes(&old)) == NULL);
    T_TRUE(rig_row(&cases.rig, TABLE_PERSON_LINE, row_key_bytes(&new)) != NULL);
    T_EQ_UINT(rig_count(&cases.rig, TABLE_BODY), 2); /* bodies never change */
    T_EQ_INT(case_edit(&cases, cases.line.in, 0, true, &edit, 1), OUTCOME_STALE);
    case_close(&cases);
}

TEST(an_edit_of_a_case_names_its_version_and_its_lines)
{
    case_open(&cases);
    const struct asked lines[2] = {{.in_days = 20}, {.in_days = 21}};
    T_EQ_INT(case_make(&cases, false, lines, 2), OUTCOME_CREATED);
    struct case_id id = cases.line.in;
    const struct asked edits[3] = {{.in_days = 22, .n = 1, .version = 1},
                                   {.in_days = 23, .n = 2, .version = 1},
                                   {.in_days = 24}};
    T_EQ_INT(case_edit(&cases, id, 2, false, edits, 3), OUTCOME_STALE);
    T_EQ_INT(case_edit(&cases, id, 1, false, edits, 3), OUTCOME_OK);
    T_EQ_UINT(rig_count(&cases.rig, TABLE_LINE), 3);
    T_EQ_UINT(case_record_of(&cases, id).version, 2);
    const struct asked one_stale[2] = {{.in_days = 22, .n = 1, .version = 2},
                                       {.in_days = 23, .n = 2, .version = 1}};
    T_EQ_INT(case_edit(&cases, id, 2, false, one_stale, 2), OUTCOME_STALE);
    T_EQ_UINT(case_line(&cases, cases.line).version, 2);
    const struct asked unknown = {.n = 9, .version = 1};
    T_EQ_INT(case_edit(&cases, id, 2, false, &unknown, 1), OUTCOME_NOT_FOUND);
    case_close(&cases);
}

TEST(a_line_is_added_with_its_own_number)
{
    case_open(&cases);
    const struct asked line = {.in_days = 20}, more = {.in_days = 21};
    T_EQ_INT(case_make(&cases, false, &line, 1), OUTCOME_CREATED);
    T_EQ_INT(case_edit(&cases, cases.line.in, 0, true, &more, 1), OUTCOME_CREATED);
    T_TRUE(cases.done.n == 2 && cases.done.status == 201);
    struct line_id second = {.in = cases.line.in, .n = 2};
    T_EQ_INT(case_command(&cases, MSG_LINE_DELETE, second, 1), OUTCOME_DELETED);
    T_EQ_INT(case_edit(&cases, cases.line.in, 0, true, &more, 1), OUTCOME_CREATED);
    T_EQ_UINT(cases.done.n, 3); /* numbers are not used again */
    case_close(&cases);
}

TEST(what_is_under_review_is_not_edited)
{
    case_open(&cases);
    const struct asked line = {.in_days = 20}, edit = {.n = 1, .version = 2};
    T_EQ_INT(case_make(&cases, true, &line, 1), OUTCOME_CREATED);
    T_EQ_INT(case_edit(&cases, cases.line.in, 0, true, &edit, 1), OUTCOME_WRONG_STATE);
    T_EQ_INT(cases.rig.replies[0].body.data[0], STATUS_UNDER_REVIEW);
    T_EQ_INT(case_command(&cases, MSG_LINE_DELETE, cases.line, 2), OUTCOME_WRONG_STATE);
    T_EQ_INT(case_command(&cases, MSG_CASE_DELETE, (struct line_id){.in = cases.line.in}, 1),
             OUTCOME_WRONG_STATE);
    case_close(&cases);
}

/* A line of many single dates takes more than a row; fewer dates leave none of the old ones behind.
 */
TEST(a_long_line_is_cut_into_rows)
{
    case_open(&cases);
    const struct asked line = {.dates = 300, .times = 4};
    T_EQ_INT(case_make(&cases, false, &line, 1), OUTCOME_CREATED);
    uint32_t parts = rig_count(&cases.rig, TABLE_LINE);
    T_TRUE(parts >= 2);
    rig_restart(&cases.rig);
    T_EQ_UINT(case_line(&cases, cases.line).times[0].runs_count, 300);
    const struct asked edit = {.dates = 290, .times = 4, .n = 1, .version = 1};
    T_EQ_INT(case_edit(&cases, cases.line.in, 0, true, &edit, 1), OUTCOME_OK);
    const struct asked shorter = {.dates = 2, .n = 1, .version = 2};
    T_EQ_INT(case_edit(&cases, cases.line.in, 0, true, &shorter, 1), OUTCOME_OK);
    T_EQ_UINT(rig_count(&cases.rig, TABLE_LINE), 1);
    T_EQ_INT(case_command(&cases, MSG_LINE_DELETE, cases.line, 3), OUTCOME_DELETED);
    T_EQ_UINT(rig_count(&cases.rig, TABLE_LINE), 0);
    case_close(&cases);
}

/* ---- deletions ---- */

TEST(a_case_goes_with_its_last_line)
{
    case_open(&cases);
    const struct asked lines[2] = {{.in_days = 20}, {.person = RIG_DOCTOR, .in_days = 21}};
    T_EQ_INT(case_make(&cases, false, lines, 2), OUTCOME_CREATED);
    struct line_id second = {.in = cases.line.in, .n = 2};
    T_EQ_INT(case_command(&cases, MSG_LINE_DELETE, second, 5), OUTCOME_STALE);
    T_EQ_INT(case_command(&cases, MSG_LINE_DELETE, second, 1), OUTCOME_DELETED);
    T_TRUE(cases.done.status == 204 && cases.done.made.serial == 0);
    T_EQ_UINT(case_record_of(&cases, cases.line.in).version, 2);
    T_EQ_INT(case_command(&cases, MSG_LINE_DELETE, cases.line, 1), OUTCOME_DELETED);
    T_EQ_UINT(rig_count(&cases.rig, TABLE_CASE), 0);
    T_EQ_UINT(rig_count(&cases.rig, TABLE_COUNTY_LINE), 0);
    T_EQ_UINT(rig_count(&cases.rig, TABLE_PERSON_LINE), 0);
    T_EQ_UINT(case_count(&cases, STATUS_DRAFT), 0);
    T_EQ_INT(case_command(&cases, MSG_LINE_DELETE, cases.line, 1), OUTCOME_NOT_FOUND);
    const struct asked line = {.in_days = 20};
    T_EQ_INT(case_make(&cases, false, &line, 1), OUTCOME_CREATED);
    T_EQ_UINT(cases.done.made.serial, 2); /* I3: its number is not used again */
    case_close(&cases);
}

/* P16: the trail of a case outlives it. */
TEST(what_a_deleted_draft_said_stays_for_the_audit)
{
    case_open(&cases);
    const struct asked line = {.in_days = 20};
    T_EQ_INT(case_make(&cases, false, &line, 1), OUTCOME_CREATED);
    const struct asked edit = {.person = RIG_DOCTOR, .n = 1, .version = 1};
    T_EQ_INT(case_edit(&cases, cases.line.in, 0, true, &edit, 1), OUTCOME_OK);
    T_EQ_INT(case_command(&cases, MSG_LINE_DELETE, cases.line, 2), OUTCOME_DELETED);
    T_EQ_UINT(rig_count(&cases.rig, TABLE_LINE), 0);
    uint32_t records = rig_count(&cases.rig, TABLE_AUDIT);
    struct audit audit;
    T_TRUE(audit_read(rig_row_at(&cases.rig, TABLE_AUDIT, records - 1)->value, &audit));
    T_TRUE(audit.action == AUDIT_DELETE && audit.version == 2);
    T_TRUE(line_id_equal(audit.line, cases.line));
    for (uint32_t version = 1; version <= audit.version; version++) {
        struct row_key body = key_of_body(audit.line, version);
        struct row_key history = key_of_history(audit.line, version);
        body = key_of_part(body, 0);
        history = key_of_part(history, 0);
        T_TRUE(rig_row(&cases.rig, TABLE_BODY, row_key_bytes(&body)) != NULL);
        T_TRUE(rig_row(&cases.rig, TABLE_HISTORY, row_key_bytes(&history)) != NULL);
    }
    case_close(&cases);
}

TEST(a_person_drops_his_own_lines_of_a_case)
{
    case_open(&cases);
    const struct asked lines[2] = {{.in_days = 20}, {.person = RIG_DOCTOR, .in_days = 21}};
    T_EQ_INT(case_make(&cases, false, lines, 2), OUTCOME_CREATED);
    struct line_id whole = {.in = cases.line.in};
    cases.who = rig_nurse;
    T_EQ_INT(case_command(&cases, MSG_CASE_DELETE, whole, 9), OUTCOME_STALE);
    T_EQ_INT(case_command(&cases, MSG_CASE_DELETE, whole, 1), OUTCOME_DELETED);
    T_EQ_UINT(rig_count(&cases.rig, TABLE_LINE), 1);
    T_EQ_INT(case_command(&cases, MSG_CASE_DELETE, whole, 2), OUTCOME_NOT_FOUND);
    cases.who = rig_home;
    T_EQ_INT(case_command(&cases, MSG_CASE_DELETE, whole, 2), OUTCOME_DELETED);
    T_EQ_UINT(rig_count(&cases.rig, TABLE_CASE), 0);
    case_close(&cases);
}

/* ---- isolation ---- */

TEST(anothers_thing_does_not_exist)
{
    case_open(&cases);
    const struct asked line = {.person = RIG_DOCTOR, .in_days = 20};
    T_EQ_INT(case_make(&cases, false, &line, 1), OUTCOME_CREATED);
    struct line_id whole = {.in = cases.line.in};
    const struct principal strangers[] = {rig_place, rig_nurse, rig_officer};
    for (size_t i = 0; i < ARRAY_COUNT(strangers); i++) {
        cases.who = strangers[i];
        const struct asked edit = {.person = RIG_DOCTOR, .n = 1, .version = 1};
        T_EQ_INT(case_edit(&cases, cases.line.in, 0, true, &edit, 1), OUTCOME_NOT_FOUND);
        T_EQ_INT(case_edit(&cases, cases.line.in, 1, false, &edit, 1), OUTCOME_NOT_FOUND);
        T_EQ_INT(case_command(&cases, MSG_LINE_DELETE, cases.line, 1), OUTCOME_NOT_FOUND);
        T_EQ_INT(case_command(&cases, MSG_CASE_DELETE, whole, 1), OUTCOME_NOT_FOUND);
        T_EQ_INT(case_command(&cases, MSG_SUBMIT, cases.line, 1), OUTCOME_NOT_FOUND);
        T_EQ_INT(case_command(&cases, MSG_SUBMIT, whole, 1), OUTCOME_NOT_FOUND);
        T_EQ_INT(case_command(&cases, MSG_WITHDRAW, cases.line, 1), OUTCOME_NOT_FOUND);
    }
    struct line_id unknown = {.in = {RIG_HOME, RIG_TODAY, 77}, .n = 1};
    cases.who = rig_home;
    T_EQ_INT(case_command(&cases, MSG_SUBMIT, unknown, 1), OUTCOME_NOT_FOUND);
    case_close(&cases);
}

T_LIST(institution_file_test, T(a_case_is_made_with_all_its_rows), T(a_draft_may_be_incomplete),
       T(a_draft_must_name_own_staff_and_a_place), T(a_person_files_for_himself_only),
       T(numbers_count_within_a_day), T(numbers_go_on_above_the_floor_of_a_restore),
       T(the_same_key_gets_the_same_answer), T(a_refused_request_leaves_its_key_free),
       T(keys_live_for_a_day), T(an_edit_makes_the_next_version),
       T(an_edit_of_a_case_names_its_version_and_its_lines), T(a_line_is_added_with_its_own_number),
       T(what_is_under_review_is_not_edited), T(a_long_line_is_cut_into_rows),
       T(a_case_goes_with_its_last_line), T(what_a_deleted_draft_said_stays_for_the_audit),
       T(a_person_drops_his_own_lines_of_a_case), T(anothers_thing_does_not_exist));
