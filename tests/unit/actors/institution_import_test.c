/* The import of a sheet's rows: whole or nothing, once, with what has changed since the check (API
 * 5, DESIGN 15). F154 F158 */
#include "base/check.h"
#include "tests/lib/t.h"
#include "tests/unit/actors/upload_rig.h"
#include <string.h>

static struct up_rig up;
static struct rig *const rig = &up.cases.rig;
static const struct asked two[] = {{.in_days = 10}, {.person = RIG_DOCTOR, .in_days = 11}};

/* A sheet that is ready: these lines, and rows that are faulty by themselves. */
static void ready(const struct asked *lines, uint16_t count, uint16_t rows)
{
    up_open(&up);
    T_EQ_INT(up_add(&up, 1), OUTCOME_OK);
    up_found(&up, up.number, lines, count, rows);
}

static enum outcome import(bool all, bool submit)
{
    return up_import(&up, up.number, (struct up_import){.all = all, .submit = submit});
}

static struct line_state line_made(uint16_t n)
{
    return case_line(&up.cases, (struct line_id){.in = up_told(&up).made, .n = n});
}

TEST(an_import_is_one_batch_of_lines_and_done)
{
    static const struct {
        enum table table;
        uint32_t rows;
    } made[] = {{TABLE_CASE, 1},    {TABLE_LINE, 2},        {TABLE_BODY, 2},
                {TABLE_HISTORY, 2}, {TABLE_COUNTY_LINE, 2}, {TABLE_PERSON_LINE, 2},
                {TABLE_SERIAL, 1},  {TABLE_QUEUE, 0},       {TABLE_AUDIT, 2},
                {TABLE_COUNTS, 1},  {TABLE_UPLOAD, 1},      {TABLE_REQUEST, 0}};
    struct audit audit;
    ready(two, 2, 2);
    T_EQ_INT(import(true, false), OUTCOME_OK);
    for (size_t i = 0; i < ARRAY_COUNT(made); i++) {
        T_EQ_UINT(rig_count(rig, made[i].table), made[i].rows);
    }
    struct upload_record record = up_record(&up, up.number), told = up_told(&up);
    T_TRUE(record.state == UPLOAD_DONE && record.version == 3 && told.version == 3);
    T_TRUE(record.imported == 2 && record.skipped == 0);
    T_TRUE(record.made.serial == 1 && case_id_equal(record.made, up.cases.done.made));
    T_EQ_UINT(up.cases.done.status, 200);
    T_EQ_UINT(up_parts(&up, up.number, UPLOAD_LINES), 0);
    T_EQ_UINT(up_parts(&up, up.number, UPLOAD_SHEET), 3); /* report.xlsx needs it */
    struct line_state line = line_made(2);
    T_TRUE(line.person == RIG_DOCTOR && line.status == STATUS_DRAFT && line.version == 1);
    T_EQ_INT(line.created_by, PRINCIPAL_INSTITUTION);
    T_EQ_UINT(case_count(&up.cases, STATUS_DRAFT), 2);
    T_EQ_INT(up_audit(&up, 0, &audit), AUDIT_IMPORT);
    T_TRUE(audit.subject == up.number && case_id_equal(audit.line.in, record.made));
    T_EQ_UINT(audit.version, 1);
    up_close(&up);
}

TEST(an_import_may_submit)
{
    ready(two, 2, 2);
    T_EQ_INT(import(true, true), OUTCOME_OK);
    T_EQ_INT(line_made(1).status, STATUS_UNDER_REVIEW);
    T_EQ_INT(line_made(2).version, 2);
    T_EQ_UINT(rig_count(rig, TABLE_QUEUE), 2);
    T_EQ_UINT(rig_count(rig, TABLE_HISTORY), 4);
    T_EQ_UINT(case_count(&up.cases, STATUS_UNDER_REVIEW), 2);
    up_close(&up);
}

TEST(who_may_not_submit_may_import_drafts)
{
    ready(two, 2, 2);
    up.cases.who.rights = RIGHTS_ALL & ~RIGHT_SUBMIT;
    T_EQ_INT(import(true, true), OUTCOME_FORBIDDEN);
    T_EQ_INT(import(true, false), OUTCOME_OK);
    T_EQ_INT(line_made(1).status, STATUS_DRAFT);
    up_close(&up);
}

TEST(faulty_rows_stop_all_and_are_skipped_by_valid)
{
    static const struct asked lines[] = {{.in_days = -1}, {.in_days = 10}, {.in_days = 12}};
    ready(lines, 3, 5);
    T_EQ_INT(import(true, false), OUTCOME_UPLOAD_FAULTS);
    T_EQ_UINT(rig_count(rig, TABLE_LINE) + rig_count(rig, TABLE_CASE), 0);
    T_EQ_INT(up_record(&up, up.number).state, UPLOAD_READY);
    T_EQ_INT(import(false, false), OUTCOME_OK);
    struct upload_record record = up_record(&up, up.number);
    T_TRUE(record.imported == 2 && record.skipped == 3 && record.valid == 2);
    T_EQ_UINT(rig_count(rig, TABLE_LINE), 2);
    T_EQ_STR(up_findings(&up, up.number), "2 7 in_the_past 1150417\n");
    T_EQ_INT(line_made(1).times[0].start, (int64_t)(RIG_TODAY + 10) * MINUTES_PER_DAY + 480);
    up_close(&up);
}

/* Rows that only the mapping refused: `all` is refused, and there is nothing new to show. */
TEST(a_refusal_with_nothing_new_changes_nothing)
{
    ready(two, 2, 3);
    T_EQ_INT(import(true, false), OUTCOME_UPLOAD_FAULTS);
    T_EQ_UINT(rig->changes, 0);
    T_EQ_UINT(up_record(&up, up.number).version, 2);
    up_close(&up);
}

TEST(without_a_sound_row_nothing_is_imported)
{
    ready(NULL, 0, 3);
    T_EQ_INT(import(false, false), OUTCOME_UPLOAD_FAULTS);
    T_EQ_INT(import(true, false), OUTCOME_UPLOAD_FAULTS);
    T_EQ_UINT(rig_count(rig, TABLE_CASE), 0);
    up_close(&up);
}

/* ---- the world has moved on since the check ---- */

TEST(what_came_up_since_the_check_is_shown_and_stops_all)
{
    static const struct asked meanwhile = {.in_days = 10, .from = 600, .to = 700};
    ready(two, 2, 2);
    T_EQ_INT(case_make(&up.cases, true, &meanwhile, 1), OUTCOME_CREATED);
    T_EQ_INT(import(true, false), OUTCOME_UPLOAD_FAULTS);
    struct upload_record record = up_record(&up, up.number);
    T_TRUE(record.state == UPLOAD_READY && record.version == 3);
    T_TRUE(record.valid == 1 && record.findings == 1);
    T_EQ_STR(up_findings(&up, up.number), "2 7 overlaps_case line 1 1150417\n");
    T_EQ_UINT(rig_count(rig, TABLE_CASE), 1);
    rig_restart(rig);
    T_EQ_INT(up_import(&up, up.number, (struct up_import){.version = 2}), OUTCOME_STALE);
    T_EQ_INT(import(false, true), OUTCOME_OK);
    T_EQ_UINT(line_made(1).person, RIG_DOCTOR);
    record = up_record(&up, up.number);
    T_TRUE(record.imported == 1 && record.skipped == 1 && record.findings == 1);
    up_close(&up);
}

TEST(what_came_up_since_the_check_is_skipped_by_valid)
{
    ready(two, 2, 2);
    rig_doctor_moves(rig);
    T_EQ_INT(import(false, false), OUTCOME_OK);
    struct upload_record record = up_record(&up, up.number);
    T_TRUE(record.imported == 1 && record.skipped == 1 && record.valid == 1);
    T_EQ_STR(up_findings(&up, up.number), "3 1 not_your_staff person 22\n");
    T_EQ_UINT(line_made(1).person, RIG_NURSE);
    up_close(&up);
}

TEST(what_has_gone_since_the_check_is_no_longer_shown)
{
    static const struct asked filed = {.in_days = 10};
    up_open(&up);
    T_EQ_INT(case_make(&up.cases, true, &filed, 1), OUTCOME_CREATED);
    T_EQ_INT(up_add(&up, 1), OUTCOME_OK);
    up_found(&up, up.number, two, 2, 2);
    T_EQ_UINT(up_record(&up, up.number).findings, 1);
    struct line_state line = case_line(&up.cases, up.cases.line);
    T_EQ_INT(case_command(&up.cases, MSG_WITHDRAW, up.cases.line, line.version), OUTCOME_OK);
    T_EQ_INT(import(true, true), OUTCOME_OK);
    struct upload_record record = up_record(&up, up.number);
    T_TRUE(record.imported == 2 && record.findings == 0 && record.valid == 2);
    T_EQ_UINT(up_parts(&up, up.number, UPLOAD_FINDINGS), 0);
    up_close(&up);
}

/* The same rows a second time, in another file: submitted lines stand in their way. */
TEST(two_sheets_of_one_time_are_not_both_submitted)
{
    ready(two, 2, 2);
    uint64_t first = up.number;
    T_EQ_INT(up_add(&up, 2), OUTCOME_OK);
    up_found(&up, up.number, two, 2, 2);
    T_EQ_UINT(up_record(&up, up.number).valid, 2); /* at the check neither is filed */
    T_EQ_INT(up_import(&up, first, (struct up_import){.submit = true}), OUTCOME_OK);
    T_EQ_INT(import(false, true), OUTCOME_UPLOAD_FAULTS);
    T_EQ_UINT(up_record(&up, up.number).findings, 2);
    T_EQ_UINT(rig_count(rig, TABLE_LINE), 2);
    up_close(&up);
}

TEST(documents_are_missed_by_a_submission_alone)
{
    static const struct asked lines[] = {{.purpose = 13, .target = RIG_AFAR}, {.in_days = 12}};
    ready(lines, 2, 2);
    T_EQ_INT(import(true, true), OUTCOME_UPLOAD_FAULTS);
    T_EQ_STR(up_findings(&up, up.number), "2 6 attachment_required 13\n");
    T_EQ_INT(import(true, false), OUTCOME_OK);
    T_EQ_STR(up_findings(&up, up.number), "");
    T_EQ_UINT(up_told(&up).imported, 2);
    up_close(&up);
}

/* ---- order of the questions ---- */

TEST(an_import_names_the_version_it_saw)
{
    ready(two, 2, 2);
    T_EQ_INT(up_import(&up, up.number, (struct up_import){.version = 1}), OUTCOME_STALE);
    T_EQ_INT(up_import(&up, up.number, (struct up_import){.version = 3}), OUTCOME_STALE);
    T_EQ_INT(up_import(&up, up.number + 1, (struct up_import){.version = 2}), OUTCOME_NOT_FOUND);
    T_EQ_INT(import(true, false), OUTCOME_OK);
    up_close(&up);
}

/* The door looked before the sheet had been read: it brings no lines, for a version that is right
 * by now. */
TEST(lines_of_another_version_are_not_imported)
{
    ready(two, 2, 2);
    up.lines = (struct bytes){0};
    struct up_import how = {.version = 2, .read_version = 1};
    T_EQ_INT(up_import(&up, up.number, how), OUTCOME_STALE);
    how = (struct up_import){.version = 1, .read_version = 2};
    T_EQ_INT(up_import(&up, up.number, how), OUTCOME_STALE);
    up_close(&up);
}

TEST(a_sheet_that_is_being_read_is_not_imported)
{
    up_open(&up);
    T_EQ_INT(up_add(&up, 1), OUTCOME_OK);
    T_EQ_INT(up_import(&up, up.number, (struct up_import){.version = 2}), OUTCOME_STALE);
    T_EQ_INT(import(true, false), OUTCOME_WRONG_STATE);
    T_EQ_UINT(rig->replies[0].body.size, 1);
    T_EQ_UINT(rig->replies[0].body.data[0], UPLOAD_RECEIVED);
    up_close(&up);
}

/* ---- again ---- */

TEST(an_import_repeated_is_told_again)
{
    ready(two, 2, 3);
    T_EQ_INT(import(false, true), OUTCOME_OK);
    struct upload_record first = up_told(&up);
    for (int restarted = 0; restarted < 2; restarted++) {
        static const uint32_t versions[] = {1, 2, 3, 99}; /* it needs no current tag */
        for (size_t i = 0; i < ARRAY_COUNT(versions); i++) {
            struct up_import how = {.version = versions[i], .all = true};
            T_EQ_INT(up_import(&up, up.number, how), OUTCOME_OK);
            T_EQ_UINT(rig->changes, 0);
            struct upload_record told = up_told(&up);
            T_TRUE(case_id_equal(told.made, first.made) && told.imported == 2);
            T_TRUE(told.skipped == 1 && told.version == first.version);
        }
        rig_restart(rig);
    }
    T_EQ_UINT(rig_count(rig, TABLE_LINE), 2);
    up_close(&up);
}

TEST(an_import_has_a_key)
{
    ready(two, 2, 2);
    up.cases.key = rig_digest(5);
    T_EQ_INT(import(true, false), OUTCOME_OK);
    T_EQ_UINT(rig_count(rig, TABLE_REQUEST), 1);
    struct case_id made = up.cases.done.made;
    uint64_t number = up.number;
    T_EQ_INT(up_delete(&up, number, 3), OUTCOME_DELETED);
    T_EQ_INT(up_import(&up, number, (struct up_import){.version = 2}), OUTCOME_NOT_FOUND);
    up.cases.key = (struct digest){0};
    T_EQ_INT(up_add(&up, 2), OUTCOME_OK);
    up_found(&up, up.number, two, 2, 2);
    up.cases.key = rig_digest(5); /* the key is the other import's */
    up.cases.body = rig_digest(77);
    T_EQ_INT(import(true, false), OUTCOME_MISMATCH);
    up.cases.body = rig_digest(1);
    T_EQ_INT(import(true, false), OUTCOME_OK);
    T_TRUE(up.cases.done.replay && case_id_equal(up.cases.done.made, made));
    T_EQ_INT(up_record(&up, up.number).state, UPLOAD_READY);
    up_close(&up);
}

/* Even when it is over: whoever asks for something else with it has mixed up his keys. */
TEST(a_key_of_an_import_stands_for_its_words)
{
    ready(two, 2, 2);
    up.cases.key = rig_digest(5);
    T_EQ_INT(import(true, false), OUTCOME_OK);
    up.cases.body = rig_digest(77);
    T_EQ_INT(import(true, true), OUTCOME_MISMATCH);
    up_close(&up);
}

TEST(a_refused_import_leaves_its_key_free)
{
    ready(two, 2, 3);
    up.cases.key = rig_digest(5);
    T_EQ_INT(import(true, false), OUTCOME_UPLOAD_FAULTS);
    up.cases.body = rig_digest(6);
    T_EQ_INT(import(false, false), OUTCOME_OK);
    up_close(&up);
}

static uint64_t told_number(void)
{
    struct reader in = reader_of(rig->replies[0].body);
    uint64_t number = read_u64(&in);
    T_TRUE(reader_done(&in));
    return number;
}

/* API 5: 409 already_imported, with the id of the import that holds this file. */
TEST(a_file_that_was_imported_is_not_taken_again)
{
    ready(two, 2, 2);
    uint64_t number = up.number;
    T_EQ_INT(up_add(&up, 1), OUTCOME_OK); /* until then it may be sent again */
    T_EQ_INT(up_import(&up, number, (struct up_import){0}), OUTCOME_OK);
    for (int restarted = 0; restarted < 2; restarted++) {
        T_EQ_INT(up_add(&up, 1), OUTCOME_UPLOADED_BEFORE);
        T_EQ_UINT(told_number(), number);
        up.cases.who = rig_nurse; /* she did not send it, and is not told its number */
        T_EQ_INT(up_add(&up, 1), OUTCOME_UPLOADED_BEFORE);
        T_EQ_UINT(told_number(), 0);
        up.cases.who = rig_home;
        rig_restart(rig);
    }
    T_EQ_INT(up_add(&up, 3), OUTCOME_OK);
    T_EQ_INT(up_delete(&up, number, 3), OUTCOME_DELETED);
    T_EQ_INT(up_add(&up, 1), OUTCOME_OK); /* the import that held it is gone */
    up_close(&up);
}

TEST(a_file_that_was_sent_twice_is_imported_once)
{
    ready(two, 2, 2);
    uint64_t first = up.number;
    T_EQ_INT(up_add(&up, 1), OUTCOME_OK);
    up_found(&up, up.number, two, 2, 2);
    T_EQ_INT(up_import(&up, first, (struct up_import){0}), OUTCOME_OK);
    T_EQ_INT(import(true, false), OUTCOME_UPLOADED_BEFORE);
    T_EQ_UINT(told_number(), first);
    T_EQ_UINT(rig->changes, 0);
    T_EQ_INT(up_delete(&up, first, 3), OUTCOME_DELETED);
    T_EQ_INT(import(true, false), OUTCOME_OK);
    up_close(&up);
}

TEST(a_person_is_told_of_his_own_import)
{
    up_open(&up);
    up.cases.who = rig_nurse;
    T_EQ_INT(up_add(&up, 1), OUTCOME_OK);
    up_found(&up, up.number, two, 1, 1);
    T_EQ_INT(import(true, false), OUTCOME_OK);
    T_EQ_INT(up_add(&up, 1), OUTCOME_UPLOADED_BEFORE);
    T_EQ_UINT(told_number(), up.number);
    up_close(&up);
}

/* A day's largest import fits into one turn. */
TEST(three_hundred_rows_are_one_turn)
{
    static struct asked lines[UPLOAD_ROWS_MAX];
    for (uint16_t i = 0; i < UPLOAD_ROWS_MAX; i++) {
        lines[i] = (struct asked){.in_days = 1 + i};
    }
    ready(lines, UPLOAD_ROWS_MAX, UPLOAD_ROWS_MAX);
    T_EQ_UINT(up_record(&up, up.number).valid, UPLOAD_ROWS_MAX);
    T_EQ_INT(import(true, true), OUTCOME_OK);
    T_EQ_UINT(up_told(&up).imported, UPLOAD_ROWS_MAX);
    T_EQ_UINT(rig_count(rig, TABLE_LINE), UPLOAD_ROWS_MAX);
    T_EQ_UINT(rig_count(rig, TABLE_CASE), 1);
    T_TRUE(rig->changes < BATCH_OPS_MAX);
    up_close(&up);
}

T_LIST(institution_import_test, T(an_import_is_one_batch_of_lines_and_done),
       T(an_import_may_submit), T(who_may_not_submit_may_import_drafts),
       T(faulty_rows_stop_all_and_are_skipped_by_valid),
       T(a_refusal_with_nothing_new_changes_nothing), T(without_a_sound_row_nothing_is_imported),
       T(what_came_up_since_the_check_is_shown_and_stops_all),
       T(what_came_up_since_the_check_is_skipped_by_valid),
       T(what_has_gone_since_the_check_is_no_longer_shown),
       T(two_sheets_of_one_time_are_not_both_submitted),
       T(documents_are_missed_by_a_submission_alone), T(an_import_names_the_version_it_saw),
       T(lines_of_another_version_are_not_imported), T(a_sheet_that_is_being_read_is_not_imported),
       T(an_import_repeated_is_told_again), T(an_import_has_a_key),
       T(a_key_of_an_import_stands_for_its_words), T(a_refused_import_leaves_its_key_free),
       T(a_file_that_was_imported_is_not_taken_again),
       T(a_file_that_was_sent_twice_is_imported_once), T(a_person_is_told_of_his_own_import),
       T(three_hundred_rows_are_one_turn));
