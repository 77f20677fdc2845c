/* Sheets of lines: kept, checked, deleted (API 5, DESIGN 15). F154 */
#include "base/check.h"
#include "tests/lib/t.h"
#include "tests/unit/actors/upload_rig.h"

static struct up_rig up;
static struct rig *const rig = &up.cases.rig;

/* ---- a sheet is there ---- */

TEST(a_sheet_is_kept_with_all_its_rows)
{
    struct audit audit;
    up_open(&up);
    T_EQ_INT(up_add(&up, 7), OUTCOME_OK);
    struct upload_record record = up_record(&up, up.number), told = up_told(&up);
    T_TRUE(record.kind == UPLOAD_GENERAL && record.state == UPLOAD_RECEIVED);
    T_TRUE(record.version == 1 && record.size == 4400 && record.created_at == rig->now.ms);
    T_TRUE(record.uploader.kind == PRINCIPAL_INSTITUTION &&
           record.uploader.institution == RIG_HOME);
    T_EQ_BYTES(record.name, BYTES_LITERAL("十二月.xlsx"));
    T_TRUE(record.sha256[0] == 7 && record.sha256[31] == 7);
    T_EQ_UINT(up_parts(&up, up.number, 0), 3);
    T_EQ_UINT(up_parts(&up, up.number, UPLOAD_SHEET), 3);
    T_TRUE(up_waits(&up));
    T_EQ_INT(up_audit(&up, 0, &audit), AUDIT_UPLOAD);
    T_TRUE(audit.subject == up.number && audit.actor.institution == RIG_HOME);
    T_TRUE(told.number == record.number && told.version == 1);
    T_EQ_UINT(up_asked(&up), up.number);
    T_EQ_UINT(rig_count(rig, TABLE_REQUEST), 0);
    up_close(&up);
}

TEST(a_key_that_is_repeated_gets_the_same_sheet)
{
    up_open(&up);
    up.cases.key = rig_digest(9);
    T_EQ_INT(up_add(&up, 7), OUTCOME_OK);
    uint64_t number = up.number;
    for (int restarted = 0; restarted < 2; restarted++) {
        up.number = 0;
        T_EQ_INT(up_add(&up, 7), OUTCOME_OK);
        T_TRUE(up.cases.done.replay && up.number == number);
        T_EQ_UINT(rig->changes, 0);
        T_EQ_UINT(rig->works_count, 0);
        rig_restart(rig);
    }
    up.cases.body = rig_digest(2);
    T_EQ_INT(up_add(&up, 8), OUTCOME_MISMATCH);
    T_EQ_UINT(rig_count(rig, TABLE_UPLOAD), 1);
    up_close(&up);
}

/* It was taken: what has happened since does not change the answer. */
TEST(a_key_is_known_before_anything_is_refused)
{
    static const struct asked line = {.in_days = 10};
    up_open(&up);
    up.cases.key = rig_digest(9);
    T_EQ_INT(up_add(&up, 100), OUTCOME_OK);
    uint64_t number = up.number;
    up_found(&up, number, &line, 1, 1);
    up.cases.key = (struct digest){0};
    T_EQ_INT(up_import(&up, number, (struct up_import){0}), OUTCOME_OK);
    T_EQ_INT(up_add(&up, 100), OUTCOME_UPLOADED_BEFORE);
    for (uint8_t i = 0; i < UPLOAD_OPEN_MAX; i++) {
        T_EQ_INT(up_add(&up, i), OUTCOME_OK);
    }
    T_EQ_INT(up_add(&up, 99), OUTCOME_TOO_MANY_UPLOADS);
    up.cases.key = rig_digest(9);
    T_EQ_INT(up_add(&up, 100), OUTCOME_OK);
    T_TRUE(up.cases.done.replay && up.number == number);
    up_close(&up);
}

TEST(numbers_ascend_whatever_the_clock_says)
{
    uint64_t last = 0;
    up_open(&up);
    for (uint8_t i = 0; i < 6; i++) {
        rig->now.ms += i == 3 ? -60000 : 0; /* the same millisecond, and a clock set back */
        T_EQ_INT(up_add(&up, i), OUTCOME_OK);
        T_TRUE(up.number > last);
        last = up.number;
        if (i == 4) {
            rig_restart(rig);
        }
    }
    T_EQ_UINT(rig_count(rig, TABLE_UPLOAD), 6);
    up_close(&up);
}

TEST(twenty_may_be_on_their_way)
{
    uint64_t first = 0;
    up_open(&up);
    for (uint8_t i = 0; i < UPLOAD_OPEN_MAX; i++) {
        T_EQ_INT(up_add(&up, i), OUTCOME_OK);
        first = i == 0 ? up.number : first;
    }
    T_EQ_INT(up_add(&up, 200), OUTCOME_TOO_MANY_UPLOADS);
    rig_restart(rig);
    T_EQ_INT(up_add(&up, 200), OUTCOME_TOO_MANY_UPLOADS);
    up_refused(&up, first, UPLOAD_NO_ROWS, ""); /* the one that is read makes room */
    T_EQ_INT(up_add(&up, 200), OUTCOME_OK);
    T_EQ_INT(up_add(&up, 201), OUTCOME_TOO_MANY_UPLOADS);
    T_EQ_INT(up_delete(&up, up.number, 1), OUTCOME_DELETED);
    T_EQ_INT(up_add(&up, 201), OUTCOME_OK);
    up_close(&up);
}

/* ---- it has been read ---- */

TEST(a_sheet_without_a_fault_is_ready)
{
    static const struct asked lines[] = {{.in_days = 10}, {.in_days = 12}};
    up_open(&up);
    T_EQ_INT(up_add(&up, 1), OUTCOME_OK);
    up_found(&up, up.number, lines, 2, 2);
    struct upload_record record = up_record(&up, up.number);
    T_TRUE(record.state == UPLOAD_READY && record.version == 2);
    T_TRUE(record.rows == 2 && record.valid == 2 && record.faults == 0 && record.findings == 0);
    T_TRUE(record.error == UPLOAD_NO_ERROR);
    T_EQ_UINT(up_parts(&up, up.number, UPLOAD_LINES), 1);
    T_EQ_UINT(up_parts(&up, up.number, UPLOAD_FAULTS), 0);
    T_EQ_UINT(up_parts(&up, up.number, UPLOAD_FINDINGS), 0);
    T_EQ_STR(up_findings(&up, up.number), "");
    T_FALSE(up_waits(&up));
    T_EQ_UINT(up_asked(&up), 0);
    T_EQ_UINT(rig_count(rig, TABLE_LINE), 0); /* nothing is staged */
    up_close(&up);
}

TEST(rows_that_had_faults_of_their_own_are_counted_only)
{
    static const struct asked line = {.in_days = 10};
    up_open(&up);
    T_EQ_INT(up_add(&up, 1), OUTCOME_OK);
    up_found(&up, up.number, &line, 1, 4);
    struct upload_record record = up_record(&up, up.number);
    T_TRUE(record.rows == 4 && record.valid == 1 && record.faults == 6 && record.findings == 0);
    T_EQ_UINT(up_parts(&up, up.number, UPLOAD_FAULTS), 1);
    up_close(&up);
}

/* All rows had faults: there is nothing to check. */
TEST(a_sheet_without_a_sound_row_is_ready_too)
{
    up_open(&up);
    T_EQ_INT(up_add(&up, 1), OUTCOME_OK);
    up_found(&up, up.number, NULL, 0, 3);
    struct upload_record record = up_record(&up, up.number);
    T_TRUE(record.state == UPLOAD_READY && record.rows == 3 && record.valid == 0);
    up_close(&up);
}

TEST(what_only_the_institution_knows_is_found)
{
    static const struct asked filed = {.in_days = 10}, doctors = {.person = RIG_DOCTOR};
    static const struct asked lines[] = {
        {.in_days = 10, .from = 600, .to = 800}, /* 2: within the line under review */
        {.in_days = 11},                         /* 3: sound */
        {.in_days = 11, .from = 600, .to = 800}, /* 4: overlaps row 3 */
        {.in_days = 11},                         /* 5: row 3 once more */
        {.in_days = 11, .target = RIG_AFAR},     /* 6: the same time elsewhere */
        {.person = RIG_DOCTOR},                  /* 7: a draft stands in nobody's way */
        {.in_days = -3},                         /* 8: the past */
        {.target = RIG_HOME, .in_days = 14},     /* 9: a place that is no other */
    };
    up_open(&up);
    T_EQ_INT(case_make(&up.cases, true, &filed, 1), OUTCOME_CREATED);
    T_EQ_INT(case_make(&up.cases, false, &doctors, 1), OUTCOME_CREATED);
    T_EQ_INT(up_add(&up, 1), OUTCOME_OK);
    up_found(&up, up.number, lines, 8, 8);
    T_EQ_STR(up_findings(&up, up.number), "8 7 in_the_past 1150417\n"
                                          "9 3 same_institution a place\n"
                                          "2 7 overlaps_case line 1 1150417\n"
                                          "4 7 overlaps_row row 3 1150417\n"
                                          "5 7 duplicate_row row 3 1150417\n"
                                          "6 7 overlaps_row row 3 1150417\n");
    struct upload_record record = up_record(&up, up.number);
    T_TRUE(record.state == UPLOAD_READY && record.rows == 8 && record.valid == 2);
    T_EQ_UINT(record.findings, 6);
    up_close(&up);
}

/* The mapping asked older facts. Each fault is told once. */
TEST(own_staff_that_has_moved_away_is_found)
{
    static const struct asked lines[] = {{.person = RIG_DOCTOR}, {.in_days = 11}};
    up_open(&up);
    T_EQ_INT(up_add(&up, 1), OUTCOME_OK);
    rig_doctor_moves(rig);
    up_found(&up, up.number, lines, 2, 2);
    T_EQ_STR(up_findings(&up, up.number), "2 1 not_your_staff person 22\n");
    struct upload_record record = up_record(&up, up.number);
    T_TRUE(record.valid == 1 && record.findings == 1);
    up_close(&up);
}

/* A person's sheet holds himself only, whatever the mapping let through. */
TEST(a_persons_sheet_holds_nobody_else)
{
    static const struct asked lines[] = {{.person = RIG_DOCTOR}, {.person = RIG_NURSE}};
    up_open(&up);
    up.cases.who = rig_nurse;
    T_EQ_INT(up_add(&up, 1), OUTCOME_OK);
    up_found(&up, up.number, lines, 2, 2);
    T_EQ_STR(up_findings(&up, up.number), "2 1 not_your_staff person 22\n");
    T_EQ_UINT(up_record(&up, up.number).valid, 1);
    up_close(&up);
}

/* Documents are attached to the draft that the import makes. */
TEST(documents_are_not_missed_by_the_check)
{
    static const struct asked line = {.purpose = 13, .target = RIG_AFAR};
    up_open(&up);
    T_EQ_INT(up_add(&up, 1), OUTCOME_OK);
    up_found(&up, up.number, &line, 1, 1);
    T_EQ_STR(up_findings(&up, up.number), "");
    T_EQ_UINT(up_record(&up, up.number).valid, 1);
    up_close(&up);
}

TEST(a_sheet_that_can_not_be_read_has_failed)
{
    up_open(&up);
    T_EQ_INT(up_add(&up, 1), OUTCOME_OK);
    up_refused(&up, up.number, UPLOAD_TOO_MANY_ROWS, "the sheet has 301 rows");
    for (int restarted = 0; restarted < 2; restarted++) {
        struct upload_record record = up_record(&up, up.number);
        T_TRUE(record.state == UPLOAD_FAILED && record.version == 2);
        T_TRUE(record.error == UPLOAD_TOO_MANY_ROWS && record.error_count == 301);
        T_EQ_BYTES(record.told, BYTES_LITERAL("the sheet has 301 rows"));
        T_EQ_UINT(up_parts(&up, up.number, 0), 3); /* the file stays */
        T_FALSE(up_waits(&up));
        rig_restart(rig);
        T_EQ_UINT(rig->works_count, 0);
    }
    T_EQ_INT(up_import(&up, up.number, (struct up_import){0}), OUTCOME_WRONG_STATE);
    T_EQ_UINT(rig->replies[0].body.data[0], UPLOAD_FAILED);
    T_EQ_INT(up_add(&up, 1), OUTCOME_OK); /* it may be sent again */
    up_close(&up);
}

/* ---- DELETE ---- */

TEST(a_sheet_is_deleted_in_every_state)
{
    static const struct asked lines[] = {{.in_days = 10}, {.in_days = -1}};
    struct audit audit;
    for (int state = UPLOAD_RECEIVED; state <= UPLOAD_FAILED; state++) {
        up_open(&up);
        T_EQ_INT(up_add(&up, 1), OUTCOME_OK);
        if (state == UPLOAD_FAILED) {
            up_refused(&up, up.number, UPLOAD_BROKEN, "why");
        } else if (state != UPLOAD_RECEIVED) {
            up_found(&up, up.number, lines, 2, 3);
        }
        if (state == UPLOAD_DONE) {
            T_EQ_INT(up_import(&up, up.number, (struct up_import){0}), OUTCOME_OK);
        }
        struct upload_record record = up_record(&up, up.number);
        T_EQ_INT(record.state, state);
        T_EQ_INT(up_delete(&up, up.number, record.version + 1), OUTCOME_STALE);
        T_EQ_INT(up_delete(&up, up.number + 1, record.version), OUTCOME_NOT_FOUND);
        T_EQ_INT(up_delete(&up, up.number, record.version), OUTCOME_DELETED);
        T_EQ_UINT(up.cases.done.status, 204);
        T_FALSE(up_there(&up, up.number));
        T_EQ_UINT(up_parts(&up, up.number, 0), 0);
        T_FALSE(up_waits(&up));
        T_EQ_INT(up_audit(&up, 0, &audit), AUDIT_UPLOAD_DELETE);
        T_TRUE(audit.subject == up.number && audit.version == record.version);
        T_EQ_UINT(audit.line.in.serial, record.made.serial);
        T_EQ_UINT(rig_count(rig, TABLE_LINE), state == UPLOAD_DONE ? 1 : 0); /* lines stay */
        T_EQ_INT(up_delete(&up, up.number, record.version), OUTCOME_NOT_FOUND);
        rig_restart(rig);
        T_EQ_INT(up_delete(&up, up.number, record.version), OUTCOME_NOT_FOUND);
        up_close(&up);
    }
}

/* ---- whose ---- */

TEST(a_person_sees_what_he_sent_himself)
{
    static const struct asked line = {.person = RIG_DOCTOR};
    struct principal doctor = rig_nurse;
    doctor.person = RIG_DOCTOR;
    up_open(&up);
    T_EQ_INT(up_add(&up, 1), OUTCOME_OK);
    uint64_t homes = up.number;
    up_found(&up, homes, &line, 1, 1);
    up.cases.who = doctor;
    T_EQ_INT(up_add(&up, 2), OUTCOME_OK);
    uint64_t doctors = up.number;
    up_found(&up, doctors, &line, 1, 1);
    const struct principal others[] = {rig_nurse, rig_place, rig_officer};
    for (size_t i = 0; i < ARRAY_COUNT(others); i++) {
        up.cases.who = others[i];
        T_EQ_INT(up_import(&up, homes, (struct up_import){0}), OUTCOME_NOT_FOUND);
        T_EQ_INT(up_import(&up, doctors, (struct up_import){0}), OUTCOME_NOT_FOUND);
        T_EQ_INT(up_delete(&up, doctors, 2), OUTCOME_NOT_FOUND);
    }
    up.cases.who = doctor;
    T_EQ_INT(up_delete(&up, homes, 2), OUTCOME_NOT_FOUND);
    T_EQ_INT(up_import(&up, doctors, (struct up_import){0}), OUTCOME_OK);
    T_EQ_INT(case_line(&up.cases, (struct line_id){up_told(&up).made, 1}).created_by,
             PRINCIPAL_PERSON);
    up.cases.who = rig_home; /* an institution sees all of its house */
    T_EQ_INT(up_import(&up, doctors, (struct up_import){0}), OUTCOME_OK);
    T_EQ_INT(up_delete(&up, doctors, 3), OUTCOME_DELETED);
    up_close(&up);
}

/* API 8: the right to import is one of its own. */
TEST(without_the_right_to_import_there_is_nothing)
{
    static const struct asked line = {.in_days = 10};
    up_open(&up);
    T_EQ_INT(up_add(&up, 1), OUTCOME_OK);
    up_found(&up, up.number, &line, 1, 1);
    up.cases.who.rights = RIGHTS_ALL & ~RIGHT_IMPORT;
    T_EQ_INT(up_import(&up, up.number, (struct up_import){0}), OUTCOME_NOT_FOUND);
    T_EQ_INT(up_delete(&up, up.number, 2), OUTCOME_NOT_FOUND);
    up_close(&up);
}

T_LIST(institution_upload_test, T(a_sheet_is_kept_with_all_its_rows),
       T(a_key_that_is_repeated_gets_the_same_sheet), T(a_key_is_known_before_anything_is_refused),
       T(numbers_ascend_whatever_the_clock_says), T(twenty_may_be_on_their_way),
       T(a_sheet_without_a_fault_is_ready), T(rows_that_had_faults_of_their_own_are_counted_only),
       T(a_sheet_without_a_sound_row_is_ready_too), T(what_only_the_institution_knows_is_found),
       T(own_staff_that_has_moved_away_is_found), T(a_persons_sheet_holds_nobody_else),
       T(documents_are_not_missed_by_the_check), T(a_sheet_that_can_not_be_read_has_failed),
       T(a_sheet_is_deleted_in_every_state), T(a_person_sees_what_he_sent_himself),
       T(without_the_right_to_import_there_is_nothing));
