/* What `verify` says of uploaded sheets: each part that a record counts is there. */
#include "verify_rows.h"
#include "model/upload.h"
#include "tests/unit/storage/rig.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HOME = 5, TEXT = 4096 };

static struct rig rig;

static void put_upload(uint64_t key_number, uint64_t number, uint16_t sheet, uint16_t findings)
{
    uint8_t row[UPLOAD_RECORD_MAX];
    struct upload_record record = {.home = HOME,
                                   .number = number,
                                   .kind = UPLOAD_RULE,
                                   .state = UPLOAD_READY,
                                   .version = 2,
                                   .uploader = {.kind = PRINCIPAL_INSTITUTION, .institution = HOME},
                                   .parts = {[UPLOAD_SHEET] = sheet, [UPLOAD_FINDINGS] = findings}};
    struct writer out = writer_on(row, sizeof row);
    upload_write(&out, &record);
    struct row_key key = key_of_upload(HOME, key_number);
    rig_put(&rig, TABLE_UPLOAD, row_key_bytes(&key), writer_bytes(&out));
}

static void put_part(enum upload_part part, uint16_t place)
{
    struct row_key key = key_of_upload_part(HOME, 3, part, place);
    rig_put(&rig, TABLE_UPLOAD_PART, row_key_bytes(&key), BYTES_LITERAL("part"));
}

static void begin(void)
{
    rig_begin(&rig, "s");
    put_upload(3, 3, 2, 1);
    put_part(UPLOAD_SHEET, 0);
    put_part(UPLOAD_SHEET, 1);
    put_part(UPLOAD_FINDINGS, 0);
}

/* The names of the findings, a blank behind each. */
static const char *found(void)
{
    static char names[TEXT];
    char *text = NULL;
    size_t size = 0, used = 0;
    uint64_t rows = 0, bad = 0;
    struct verify_rows verify = {.out = open_memstream(&text, &size)};
    struct doctor doctor = verify_rows_doctor(&verify);
    T_OK(rig_commit(&rig));
    T_OK(doctor_verify(rig.store, &doctor, &rows, &bad));
    fclose(verify.out);
    names[0] = '\0';
    for (char *line = text; *line != '\0';) {
        char *tab = strchr(line, '\t'), *line_end = strchr(line, '\n');
        T_TRUE(tab != NULL && line_end != NULL);
        used +=
            (size_t)snprintf(names + used, sizeof names - used, "%.*s ", (int)(tab - line), line);
        T_TRUE(used < sizeof names);
        line = line_end + 1;
    }
    free(text);
    rig_end(&rig);
    return names;
}

TEST(a_whole_sheet_is_sound)
{
    begin();
    T_EQ_STR(found(), "");
}

TEST(a_part_that_is_missing_is_named)
{
    static const struct {
        enum upload_part part;
        uint16_t place;
    } parts[] = {{UPLOAD_SHEET, 0}, {UPLOAD_SHEET, 1}, {UPLOAD_FINDINGS, 0}};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        char name[8];
        snprintf(name, sizeof name, "s%zu", i);
        rig_begin(&rig, name);
        put_upload(3, 3, 2, 1);
        for (size_t k = 0; k < sizeof parts / sizeof parts[0]; k++) {
            if (k != i) {
                put_part(parts[k].part, parts[k].place);
            }
        }
        T_EQ_STR(found(), "upload_without_part ");
    }
}

TEST(a_record_that_is_none_is_named)
{
    begin();
    struct row_key key = key_of_upload(HOME, 4);
    rig_put(&rig, TABLE_UPLOAD, row_key_bytes(&key), BYTES_LITERAL("no record"));
    T_EQ_STR(found(), "upload_record ");
}

TEST(a_record_under_anothers_number_is_named)
{
    begin();
    put_upload(4, 5, 0, 0);
    T_EQ_STR(found(), "upload_record ");
}

T_LIST(verify_rows_test, T(a_whole_sheet_is_sound), T(a_part_that_is_missing_is_named),
       T(a_record_that_is_none_is_named), T(a_record_under_anothers_number_is_named));
