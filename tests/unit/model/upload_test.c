/* The forms of an uploaded sheet's record and parts (model/upload.h, API 5). */
#include "model/upload.h"
#include "model/row_frame.h"
#include "tests/lib/t.h"
#include "tests/unit/model/rules_random.h"
#include <string.h>

enum { ROUNDS = 200, ROOM = 16 * 1024, HOME = 77 };

static uint8_t room[ROOM], broken[ROOM], text[UPLOAD_TOLD_MAX + 1];

static struct bytes random_text(struct prng *prng, size_t max)
{
    static uint8_t noise[4][UPLOAD_TOLD_MAX];
    static size_t turn;
    uint8_t *to = noise[turn++ % 4];
    size_t size = prng_below(prng, max + 1);
    for (size_t i = 0; i < size; i++)
        to[i] = (uint8_t)prng_next(prng);
    return bytes_of(to, size);
}

/* ---- the record ---- */

static struct upload_record random_record(struct prng *prng)
{
    struct upload_record record = {.home = HOME,
                                   .number = prng_next(prng),
                                   .kind = (enum upload_kind)(1 + prng_below(prng, 2)),
                                   .state = (enum upload_state)(1 + prng_below(prng, 4)),
                                   .version = (uint32_t)prng_next(prng),
                                   .uploader = {.kind = PRINCIPAL_PERSON,
                                                .method = METHOD_NHI,
                                                .rights = RIGHT_READ,
                                                .person = prng_next(prng),
                                                .institution = HOME},
                                   .created_at = (int64_t)prng_next(prng),
                                   .name = random_text(prng, UPLOAD_NAME_MAX),
                                   .size = (uint32_t)prng_next(prng),
                                   .error = (enum upload_error)prng_below(prng, UPLOAD_ERRORS),
                                   .error_count = (uint32_t)prng_next(prng),
                                   .told = random_text(prng, UPLOAD_TOLD_MAX),
                                   .rows = (uint16_t)prng_next(prng),
                                   .valid = (uint16_t)prng_next(prng),
                                   .faults = (uint32_t)prng_next(prng),
                                   .findings = (uint32_t)prng_next(prng),
                                   .made = {.home = HOME,
                                            .day = (int32_t)(uint32_t)prng_next(prng),
                                            .serial = (uint32_t)prng_next(prng)},
                                   .imported = (uint16_t)prng_next(prng),
                                   .skipped = (uint16_t)prng_next(prng)};
    for (size_t i = 0; i < sizeof record.sha256; i++)
        record.sha256[i] = (uint8_t)prng_next(prng);
    for (int part = UPLOAD_SHEET; part < UPLOAD_PARTS; part++)
        record.parts[part] = (uint16_t)prng_next(prng);
    return record;
}

static struct bytes written(const struct upload_record *record)
{
    struct writer out = writer_on(room, sizeof room);
    upload_write(&out, record);
    T_FALSE(out.failed);
    return writer_bytes(&out);
}

static void expect_same(const struct upload_record *got, const struct upload_record *want)
{
    T_TRUE(got->home == want->home && got->number == want->number);
    T_TRUE(got->kind == want->kind && got->state == want->state && got->version == want->version);
    T_TRUE(got->uploader.kind == want->uploader.kind &&
           got->uploader.person == want->uploader.person &&
           got->uploader.institution == want->uploader.institution);
    T_TRUE(got->created_at == want->created_at && got->size == want->size);
    T_EQ_BYTES(got->name, want->name);
    T_EQ_BYTES(got->told, want->told);
    T_EQ_MEM(got->sha256, want->sha256, sizeof want->sha256);
    for (int part = UPLOAD_SHEET; part < UPLOAD_PARTS; part++)
        T_EQ_UINT(got->parts[part], want->parts[part]);
    T_TRUE(got->error == want->error && got->error_count == want->error_count);
    T_TRUE(got->rows == want->rows && got->valid == want->valid);
    T_TRUE(got->faults == want->faults && got->findings == want->findings);
    T_TRUE(case_id_equal(got->made, want->made));
    T_TRUE(got->imported == want->imported && got->skipped == want->skipped);
}

TEST(a_record_is_read_back)
{
    struct prng prng;
    prng_seed(&prng, 1);
    for (int i = 0; i < ROUNDS; i++) {
        struct upload_record want = random_record(&prng), got;
        T_OK(upload_read(written(&want), HOME, &got));
        expect_same(&got, &want);
    }
}

TEST(the_longest_record_fits_into_a_row)
{
    struct prng prng;
    prng_seed(&prng, 2);
    struct upload_record want = random_record(&prng), got;
    memset(text, 'n', sizeof text);
    memset(want.uploader.name, 'x', OFFICER_NAME_MAX);
    want.name = bytes_of(text, UPLOAD_NAME_MAX);
    want.told = bytes_of(text, UPLOAD_TOLD_MAX);
    struct bytes row = written(&want);
    T_TRUE(row.size <= UPLOAD_RECORD_MAX && row.size <= ROW_VALUE_MAX);
    T_OK(upload_read(row, HOME, &got));
    expect_same(&got, &want);
}

TEST(a_record_over_its_limits_is_refused)
{
    struct prng prng;
    prng_seed(&prng, 3);
    const struct upload_record good = random_record(&prng);
    struct upload_record bad = good, got;
    memset(text, 'n', sizeof text);
    bad.name = bytes_of(text, UPLOAD_NAME_MAX + 1);
    T_ERR(upload_read(written(&bad), HOME, &got), ERR_CORRUPT);
    bad = good;
    bad.told = bytes_of(text, UPLOAD_TOLD_MAX + 1);
    T_ERR(upload_read(written(&bad), HOME, &got), ERR_CORRUPT);
    static const int kinds[] = {0, UPLOAD_RULE + 1}, states[] = {0, UPLOAD_FAILED + 1};
    for (int i = 0; i < 2; i++) {
        bad = good;
        bad.kind = (enum upload_kind)kinds[i];
        T_ERR(upload_read(written(&bad), HOME, &got), ERR_CORRUPT);
        bad = good;
        bad.state = (enum upload_state)states[i];
        T_ERR(upload_read(written(&bad), HOME, &got), ERR_CORRUPT);
    }
    bad = good;
    bad.error = UPLOAD_ERRORS;
    T_ERR(upload_read(written(&bad), HOME, &got), ERR_CORRUPT);
}

TEST(a_damaged_record_is_refused)
{
    struct prng prng;
    prng_seed(&prng, 4);
    struct upload_record want = random_record(&prng), got = {.number = 9};
    want.name = BYTES_LITERAL("sheet.xlsx");
    want.told = BYTES_LITERAL("why");
    struct bytes row = written(&want);
    for (size_t size = 0; size < row.size; size++)
        T_TRUE(upload_read(bytes_of(row.data, size), HOME, &got) != ERR_OK);
    for (size_t bit = 0; bit < row.size * 8; bit++) {
        memcpy(broken, row.data, row.size);
        broken[bit / 8] ^= (uint8_t)(1u << (bit % 8));
        T_TRUE(upload_read(bytes_of(broken, row.size), HOME, &got) != ERR_OK);
    }
    T_EQ_UINT(got.number, 9);                 /* nothing was written of what was refused */
    for (size_t more = 0; more < 2; more++) { /* framed well, with a byte behind the last field */
        struct reader in;
        T_OK(row_frame_open(row, row.data[0], &in));
        struct writer out = writer_on(broken, sizeof broken);
        size_t began = row_frame_begin(&out, row.data[0]);
        write_raw(&out, in.rest);
        write_raw(&out, bytes_of("", more));
        row_frame_end(&out, began);
        T_ERR(upload_read(writer_bytes(&out), HOME, &got), more == 0 ? ERR_OK : ERR_CORRUPT);
    }
}

/* ---- names, ids, keys ---- */

TEST(names_are_those_of_the_interface)
{
    T_EQ_STR(upload_kind_name(UPLOAD_GENERAL), "general");
    T_EQ_STR(upload_kind_name(UPLOAD_RULE), "rule");
    static const char *const states[] = {"received", "ready", "done", "failed"};
    for (int i = 0; i < 4; i++)
        T_EQ_STR(upload_state_name((enum upload_state)(UPLOAD_RECEIVED + i)), states[i]);
    static const char *const errors[] = {"too_many_rows",  "wrong_template", "broken_xlsx",
                                         "encrypted_xlsx", "macro_xlsx",     "xlsx_too_large",
                                         "no_rows",        "not_read"};
    T_TRUE(upload_error_name(UPLOAD_NO_ERROR) == NULL);
    for (int i = 1; i < UPLOAD_ERRORS; i++)
        T_EQ_STR(upload_error_name((enum upload_error)i), errors[i - 1]);
    enum upload_kind kind = UPLOAD_RULE;
    T_TRUE(upload_kind_parse(BYTES_LITERAL("general"), &kind) && kind == UPLOAD_GENERAL);
    T_TRUE(upload_kind_parse(BYTES_LITERAL("rule"), &kind) && kind == UPLOAD_RULE);
    T_FALSE(upload_kind_parse(BYTES_LITERAL("Rule"), &kind));
    T_FALSE(upload_kind_parse(BYTES_LITERAL(""), &kind));
}

TEST(an_id_has_one_form)
{
    static const uint64_t numbers[] = {1, 0xabc, 0x19d6c7a000001, UINT64_MAX};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        char id[UPLOAD_ID_SIZE + 1];
        uint64_t read = 0;
        upload_id_print(numbers[i], id);
        T_EQ_UINT(strlen(id), UPLOAD_ID_SIZE);
        T_TRUE(upload_id_parse(bytes_from_text(id), &read));
        T_EQ_UINT(read, numbers[i]);
    }
    char id[UPLOAD_ID_SIZE + 1];
    upload_id_print(0xabc, id);
    T_EQ_STR(id, "0000000000000abc");
    static const char *const bad[] = {"",
                                      "abc",
                                      "0000000000000000",
                                      "0000000000000ABC",
                                      "0000000000000abg",
                                      "00000000000000abc",
                                      "+000000000000abc"};
    uint64_t read = 5;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        T_FALSE(upload_id_parse(bytes_from_text(bad[i]), &read));
}

/* One institution's uploads are a range in order of time, and so are the parts of one. */
TEST(keys_are_in_order)
{
    struct row_key low = key_of_upload(HOME, 5), high = key_of_upload(HOME, 256);
    struct row_key other = key_of_upload(HOME + 1, 1), home = key_of_u64(HOME);
    T_TRUE(bytes_compare(row_key_bytes(&low), row_key_bytes(&high)) < 0);
    T_TRUE(bytes_compare(row_key_bytes(&high), row_key_bytes(&other)) < 0);
    T_TRUE(bytes_start_with(row_key_bytes(&high), row_key_bytes(&home)));
    struct row_key part = key_of_upload_part(HOME, 5, UPLOAD_LINES, 255),
                   next = key_of_upload_part(HOME, 5, UPLOAD_LINES, 256),
                   kind = key_of_upload_part(HOME, 5, UPLOAD_FAULTS, 0);
    T_TRUE(bytes_start_with(row_key_bytes(&part), row_key_bytes(&low)));
    T_TRUE(bytes_compare(row_key_bytes(&part), row_key_bytes(&next)) < 0);
    T_TRUE(bytes_compare(row_key_bytes(&next), row_key_bytes(&kind)) < 0);
}

/* ---- parts ---- */

TEST(columns_are_read_back)
{
    const struct upload_columns want = {1, 2, 3, 0xfffe, 5};
    struct upload_columns got;
    struct writer out = writer_on(room, sizeof room);
    upload_columns_write(&out, &want);
    T_EQ_UINT(out.size, UPLOAD_COLUMNS_SIZE);
    struct reader in = reader_of(writer_bytes(&out));
    upload_columns_read(&in, &got);
    T_TRUE(reader_done(&in));
    T_TRUE(got.person == 1 && got.target == 2 && got.department == 3 && got.purpose == 0xfffe &&
           got.start == 5);
    in = reader_of(bytes_of(room, UPLOAD_COLUMNS_SIZE - 1));
    upload_columns_read(&in, &got);
    T_TRUE(in.failed);
}

static struct upload_line random_line(struct prng *prng, struct arena *arena)
{
    struct random_time time;
    random_time(prng, &time, 0, 20000, 200);
    struct line_body body = {.times_count = 1, .times = &time.rule};
    uint8_t *row = arena_alloc(arena, ROOM);
    struct writer out = writer_on(row, ROOM);
    line_body_write(&out, &body);
    T_FALSE(out.failed);
    return (struct upload_line){.row = (uint32_t)prng_next(prng),
                                .quoted = {arena_copy(arena, random_text(prng, UPLOAD_VALUE_MAX)),
                                           arena_copy(arena, random_text(prng, UPLOAD_VALUE_MAX)),
                                           arena_copy(arena, random_text(prng, UPLOAD_VALUE_MAX)),
                                           arena_copy(arena, random_text(prng, UPLOAD_VALUE_MAX))},
                                .draft = {.given = DRAFT_ALL,
                                          .person = prng_next(prng),
                                          .target = prng_next(prng),
                                          .department = (uint16_t)prng_next(prng),
                                          .purpose = (uint8_t)prng_next(prng),
                                          .body_row = writer_bytes(&out)}};
}

TEST(lines_are_read_back_one_after_another)
{
    enum { LINES = 5 };
    struct upload_line want[LINES], got;
    struct arena arena;
    struct prng prng;
    prng_seed(&prng, 5);
    arena_init(&arena, 65536, 0);
    size_t size = 0;
    struct writer out = writer_on(room, sizeof room);
    for (int i = 0; i < LINES; i++) {
        want[i] = random_line(&prng, &arena);
        size_t before = out.size;
        upload_line_write(&out, &want[i]);
        size = out.size - before;
        size_t quoted = 0;
        for (int k = 0; k < QUOTED_COUNT; k++)
            quoted += want[i].quoted[k].size;
        T_TRUE(size <= UPLOAD_LINE_ROOM + quoted + want[i].draft.body_row.size);
    }
    T_FALSE(out.failed);
    struct reader in = reader_of(writer_bytes(&out));
    for (int i = 0; i < LINES; i++) {
        T_TRUE(upload_line_read(&in, &got));
        T_TRUE(got.row == want[i].row && got.draft.person == want[i].draft.person);
        T_TRUE(got.draft.target == want[i].draft.target && got.draft.given == DRAFT_ALL);
        T_TRUE(got.draft.department == want[i].draft.department &&
               got.draft.purpose == want[i].draft.purpose);
        for (int k = 0; k < QUOTED_COUNT; k++)
            T_EQ_BYTES(got.quoted[k], want[i].quoted[k]);
        T_EQ_BYTES(got.draft.body_row, want[i].draft.body_row);
        T_OK(upload_line_body(&got.draft, &arena));
        T_EQ_UINT(got.draft.body.times_count, 1);
        if (i == 0) {
            got.draft.body_row.size--;
            T_TRUE(upload_line_body(&got.draft, &arena) != ERR_OK);
        }
    }
    T_FALSE(upload_line_read(&in, &got));
    T_TRUE(reader_done(&in));
    for (size_t cut = 1; cut < size; cut++) { /* the last line, cut off */
        in = reader_of(bytes_of(room, out.size - cut));
        int read = 0;
        while (upload_line_read(&in, &got))
            read++;
        T_EQ_INT(read, LINES - 1);
        T_FALSE(reader_done(&in));
    }
    arena_deinit(&arena);
}

TEST(findings_are_read_back_one_after_another)
{
    const struct upload_finding want[] = {
        {.row = 3,
         .column = 7,
         .code = CODE_OVERLAPS_ROW,
         .with_row = 2,
         .value = BYTES_LITERAL("x")},
        {.row = UINT32_MAX,
         .column = UINT16_MAX,
         .code = CODE_UNKNOWN_FIELD,
         .has_with = true,
         .with = {.in = {.day = -1, .serial = UINT32_MAX}, .n = UINT16_MAX}}};
    struct upload_finding got;
    size_t first = 0;
    struct writer out = writer_on(room, sizeof room);
    for (int i = 0; i < 2; i++) {
        upload_finding_write(&out, &want[i]);
        first = i == 0 ? out.size : first;
    }
    struct reader in = reader_of(writer_bytes(&out));
    for (int i = 0; i < 2; i++) {
        T_TRUE(upload_finding_read(&in, &got));
        T_TRUE(got.row == want[i].row && got.column == want[i].column && got.code == want[i].code);
        T_TRUE(got.with_row == want[i].with_row && got.has_with == want[i].has_with);
        T_TRUE(got.with.in.day == want[i].with.in.day &&
               got.with.in.serial == want[i].with.in.serial && got.with.n == want[i].with.n);
        T_EQ_BYTES(got.value, want[i].value);
    }
    T_FALSE(upload_finding_read(&in, &got));
    T_TRUE(reader_done(&in));
    for (size_t size = 1; size < first; size++) {
        in = reader_of(bytes_of(room, size));
        T_FALSE(upload_finding_read(&in, &got));
        T_TRUE(in.failed);
    }
    static const uint8_t codes[] = {CODE_NONE, CODE_COUNT, UINT8_MAX};
    for (size_t i = 0; i < sizeof codes; i++) {
        room[6] = codes[i];
        in = reader_of(bytes_of(room, first));
        T_FALSE(upload_finding_read(&in, &got));
        T_TRUE(in.failed);
    }
}

/* ---- the work ---- */

TEST(what_is_asked_of_the_pool_is_read_back)
{
    struct upload_ask ask = {HOME, UINT64_MAX - 1}, got;
    struct writer out = writer_on(room, sizeof room);
    upload_ask_write(&out, &ask);
    T_TRUE(upload_ask_read(writer_bytes(&out), &got));
    T_TRUE(got.home == HOME && got.number == UINT64_MAX - 1);
    for (size_t size = 0; size < out.size; size++)
        T_FALSE(upload_ask_read(bytes_of(room, size), &got));
    T_FALSE(upload_ask_read(bytes_of(room, out.size + 1), &got));
}

TEST(a_finding_stands_at_what_it_is_about)
{
    T_EQ_INT(upload_place_of(CODE_NOT_YOUR_STAFF), UPLOAD_AT_PERSON);
    T_EQ_INT(upload_place_of(CODE_HOME_NOT_OPEN), UPLOAD_AT_PERSON);
    T_EQ_INT(upload_place_of(CODE_SAME_INSTITUTION), UPLOAD_AT_TARGET);
    T_EQ_INT(upload_place_of(CODE_UNKNOWN_DEPARTMENT), UPLOAD_AT_DEPARTMENT);
    T_EQ_INT(upload_place_of(CODE_ATTACHMENT_REQUIRED), UPLOAD_AT_PURPOSE);
    T_EQ_INT(upload_place_of(CODE_OVERLAPS_CASE), UPLOAD_AT_START);
    T_EQ_INT(upload_place_of(CODE_AFTER_LICENCE_END), UPLOAD_AT_START);
}

TEST(what_the_pool_found_is_read_back)
{
    struct upload_found want = {.number = 6,
                                .error = UPLOAD_TOO_MANY_ROWS,
                                .error_count = 301,
                                .told = BYTES_LITERAL("told"),
                                .rows = UPLOAD_ROWS_MAX,
                                .faults = 70000,
                                .lines = BYTES_LITERAL("lines"),
                                .sealed_faults = BYTES_LITERAL("sealed")};
    struct upload_found got;
    struct writer out = writer_on(room, sizeof room);
    upload_found_write(&out, &want);
    T_TRUE(out.size <=
           UPLOAD_FOUND_ROOM + want.told.size + want.lines.size + want.sealed_faults.size);
    T_TRUE(upload_found_read(writer_bytes(&out), &got));
    T_TRUE(got.number == 6 && got.error == UPLOAD_TOO_MANY_ROWS && got.error_count == 301);
    T_TRUE(got.rows == UPLOAD_ROWS_MAX && got.faults == 70000);
    T_EQ_BYTES(got.told, want.told);
    T_EQ_BYTES(got.lines, want.lines);
    T_EQ_BYTES(got.sealed_faults, want.sealed_faults);
    for (size_t size = 0; size < out.size; size++)
        T_FALSE(upload_found_read(bytes_of(room, size), &got));
    want.rows = UPLOAD_ROWS_MAX + 1;
    out = writer_on(room, sizeof room);
    upload_found_write(&out, &want);
    T_FALSE(upload_found_read(writer_bytes(&out), &got));
    want.rows = 1;
    want.error = UPLOAD_ERRORS;
    out = writer_on(room, sizeof room);
    upload_found_write(&out, &want);
    T_FALSE(upload_found_read(writer_bytes(&out), &got));
}

TEST(what_the_pool_writes_piece_by_piece_is_the_same)
{
    struct upload_found want = {.number = 6,
                                .told = BYTES_LITERAL("told"),
                                .lines = BYTES_LITERAL("lines"),
                                .sealed_faults = BYTES_LITERAL("sealed")};
    static uint8_t other[sizeof room];
    struct writer whole = writer_on(room, sizeof room), out = writer_on(other, sizeof other);
    upload_found_write(&whole, &want);
    upload_found_counts_write(&out, &want);
    size_t piece = upload_piece_begin(&out);
    write_raw(&out, want.lines);
    upload_piece_end(&out, piece);
    piece = upload_piece_begin(&out);
    write_raw(&out, want.sealed_faults);
    upload_piece_end(&out, piece);
    T_EQ_BYTES(writer_bytes(&out), writer_bytes(&whole));
    out = writer_on(other, 2);
    upload_piece_end(&out, upload_piece_begin(&out));
    T_TRUE(out.failed);
}

/* A sentence that a record may not hold is not taken either: its row could not be read again. */
TEST(a_sentence_that_is_too_long_is_not_taken_from_the_pool)
{
    struct upload_found want = {.number = 1, .told = bytes_of(text, UPLOAD_TOLD_MAX)}, got;
    struct writer out = writer_on(room, sizeof room);
    upload_found_write(&out, &want);
    T_TRUE(upload_found_read(writer_bytes(&out), &got));
    want.told.size++;
    out = writer_on(room, sizeof room);
    upload_found_write(&out, &want);
    T_FALSE(upload_found_read(writer_bytes(&out), &got));
}

/* ---- what faults quote ---- */

TEST(a_long_value_is_cut_between_characters)
{
    static uint8_t whole[UPLOAD_VALUE_MAX + 8];
    T_EQ_BYTES(upload_value(BYTES_LITERAL("1151201")), BYTES_LITERAL("1151201"));
    T_EQ_UINT(upload_value((struct bytes){0}).size, 0);
    memset(whole, 'a', sizeof whole);
    T_EQ_UINT(upload_value(bytes_of(whole, UPLOAD_VALUE_MAX)).size, UPLOAD_VALUE_MAX);
    T_EQ_UINT(upload_value(bytes_of(whole, UPLOAD_VALUE_MAX + 1)).size, UPLOAD_VALUE_MAX);
    for (size_t before = 1; before <= 3; before++) { /* 日 stands across the limit, or before it */
        memset(whole, 'a', sizeof whole);
        memcpy(whole + UPLOAD_VALUE_MAX - before, "日", 3);
        T_EQ_UINT(upload_value(bytes_of(whole, sizeof whole)).size,
                  before == 3 ? UPLOAD_VALUE_MAX : UPLOAD_VALUE_MAX - before);
    }
}

T_LIST(upload_test, T(a_record_is_read_back), T(the_longest_record_fits_into_a_row),
       T(a_record_over_its_limits_is_refused), T(a_damaged_record_is_refused),
       T(names_are_those_of_the_interface), T(an_id_has_one_form), T(keys_are_in_order),
       T(columns_are_read_back), T(lines_are_read_back_one_after_another),
       T(findings_are_read_back_one_after_another), T(what_is_asked_of_the_pool_is_read_back),
       T(a_finding_stands_at_what_it_is_about), T(what_the_pool_found_is_read_back),
       T(what_the_pool_writes_piece_by_piece_is_the_same),
       T(a_sentence_that_is_too_long_is_not_taken_from_the_pool),
       T(a_long_value_is_cut_between_characters));
