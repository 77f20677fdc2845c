#include "model/line_codec.h"
#include "model/row_frame.h"
#include "tests/lib/t.h"
#include "tests/unit/model/rules_random.h"
#include <string.h>

enum { ROUNDS = 400, ROOM = 64 * 1024 };

static uint8_t room[ROOM], again[ROOM];
static struct random_time drawn[TIMES_MAX];
static struct time_rule rules[TIMES_MAX];

static uint16_t draw_times(struct prng *prng)
{
    uint16_t count = (uint16_t)prng_below(prng, 6);
    for (uint16_t i = 0; i < count; i++) {
        random_time(prng, &drawn[i], 0, 20000, 200);
        rules[i] = drawn[i].rule;
    }
    return count;
}

static struct line_state draw_line(struct prng *prng)
{
    struct line_state line = {0};
    line.id.in.home = prng_next(prng);
    line.id.in.day = (int32_t)(uint32_t)prng_next(prng);
    line.id.in.serial = (uint32_t)prng_next(prng);
    line.id.n = (uint16_t)prng_next(prng);
    line.person = prng_next(prng);
    line.target = prng_next(prng);
    line.department = (uint16_t)prng_next(prng);
    line.purpose = (uint8_t)prng_next(prng);
    line.has_note = prng_chance(prng, 2);
    line.attachments = (uint8_t)prng_next(prng);
    line.created_by = (enum principal_kind)(1 + prng_below(prng, 5));
    line.version = (uint32_t)prng_next(prng);
    line.body_version = (uint32_t)prng_next(prng);
    line.kind = (enum request_kind)(1 + prng_below(prng, 3));
    line.status = (enum request_status)(1 + prng_below(prng, 5));
    line.registered = prng_chance(prng, 2);
    line.ended = (enum ended)prng_below(prng, 3);
    line.ended_from = (int32_t)(uint32_t)prng_next(prng);
    line.submitted_at = (int64_t)prng_next(prng);
    line.decided_at = (int64_t)prng_next(prng);
    line.decided_version = (uint32_t)prng_next(prng);
    line.due_day = prng_chance(prng, 2) ? DAY_NONE : (int32_t)prng_below(prng, 40000);
    line.times_count = draw_times(prng);
    line.times = line.times_count == 0 ? NULL : rules;
    return line;
}

static struct bytes state_row(const struct line_state *line, void *to)
{
    struct writer out = writer_on(to, ROOM);
    line_state_write(&out, line);
    T_FALSE(out.failed);
    return writer_bytes(&out);
}

static void expect_same_state(const struct line_state *got, const struct line_state *want)
{
    T_TRUE(line_id_equal(got->id, want->id));
    T_TRUE(got->person == want->person && got->target == want->target);
    T_TRUE(got->department == want->department && got->purpose == want->purpose);
    T_TRUE(got->has_note == want->has_note && got->attachments == want->attachments);
    T_TRUE(got->created_by == want->created_by && got->version == want->version);
    T_TRUE(got->body_version == want->body_version && got->kind == want->kind);
    T_TRUE(got->status == want->status && got->registered == want->registered);
    T_TRUE(got->ended == want->ended && got->ended_from == want->ended_from);
    T_TRUE(got->submitted_at == want->submitted_at && got->decided_at == want->decided_at);
    T_TRUE(got->decided_version == want->decided_version && got->due_day == want->due_day);
    T_EQ_UINT(got->times_count, want->times_count);
    for (uint16_t i = 0; i < want->times_count; i++)
        T_EQ_UINT(occurrence_count(&got->times[i], OCCURRENCES_MAX),
                  occurrence_count(&want->times[i], OCCURRENCES_MAX));
}

TEST(a_state_is_read_back)
{
    struct prng prng;
    prng_seed(&prng, 11);
    for (int i = 0; i < ROUNDS; i++) {
        struct arena arena;
        arena_init(&arena, 4096, 0);
        struct line_state want = draw_line(&prng), got;
        struct bytes row = state_row(&want, room);
        T_OK(line_state_read(row, &arena, &got));
        expect_same_state(&got, &want);
        T_EQ_BYTES(state_row(&got, again), row);
        arena_deinit(&arena);
    }
}

TEST(every_flipped_bit_of_a_state_is_damage)
{
    struct prng prng;
    prng_seed(&prng, 12);
    for (int i = 0; i < 20; i++) {
        struct arena arena;
        arena_init(&arena, 4096, 0);
        struct line_state line = draw_line(&prng), got, untouched;
        struct bytes row = state_row(&line, room);
        memset(&got, 0x5a, sizeof got);
        memset(&untouched, 0x5a, sizeof untouched);
        for (size_t bit = 0; bit < row.size * 8; bit++) {
            room[bit / 8] ^= (uint8_t)(1u << bit % 8);
            T_ERR(line_state_read(row, &arena, &got), ERR_CORRUPT);
            room[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
        T_EQ_MEM(&got, &untouched, sizeof got);
        arena_deinit(&arena);
    }
}

/* Puts one byte into the row of a usual line and a sum that fits it. */
static enum err read_with(size_t offset, uint8_t value)
{
    struct line_state line = {.kind = REQUEST_REGISTER,
                              .status = STATUS_DRAFT,
                              .created_by = PRINCIPAL_PERSON,
                              .ended_from = DAY_NONE,
                              .due_day = DAY_NONE},
                      got;
    struct bytes row = state_row(&line, room);
    room[offset] = value;
    struct writer out = writer_on(room + row.size - 4, 4);
    write_u32(&out, bytes_crc32c(0, bytes_slice(row, 0, row.size - 4)));
    struct arena arena;
    arena_init(&arena, 4096, 0);
    enum err err = line_state_read(row, &arena, &got);
    arena_deinit(&arena);
    return err;
}

TEST(a_sum_that_fits_does_not_make_values_exist)
{
    T_OK(read_with(1, 7));
    T_ERR(read_with(0, 2), ERR_VERSION);
    T_OK(read_with(19, 3));
    T_ERR(read_with(19, 4), ERR_CORRUPT); /* flags */
    T_OK(read_with(20, REQUEST_CANCEL));
    T_ERR(read_with(20, 0), ERR_CORRUPT); /* kind */
    T_ERR(read_with(20, 4), ERR_CORRUPT);
    T_OK(read_with(21, STATUS_RETURNED));
    T_ERR(read_with(21, 0), ERR_CORRUPT); /* status */
    T_ERR(read_with(21, 6), ERR_CORRUPT);
    T_ERR(read_with(22, 3), ERR_CORRUPT); /* ended */
    T_ERR(read_with(23, 6), ERR_CORRUPT); /* created by */
}

TEST(a_cut_or_longer_row_is_damage)
{
    struct prng prng;
    prng_seed(&prng, 13);
    struct line_state line = draw_line(&prng), got;
    struct bytes row = state_row(&line, room);
    struct arena arena;
    arena_init(&arena, 4096, 0);
    for (size_t size = 0; size < row.size; size++)
        T_ERR(line_state_read(bytes_slice(row, 0, size), &arena, &got), ERR_CORRUPT);
    room[row.size] = 0;
    T_ERR(line_state_read(bytes_of(room, row.size + 1), &arena, &got), ERR_CORRUPT);
    arena_deinit(&arena);
}

TEST(a_small_arena_is_no_damage)
{
    struct prng prng;
    prng_seed(&prng, 14);
    struct line_state line = draw_line(&prng), got;
    static struct day_run runs[300];
    for (int i = 0; i < 300; i++)
        runs[i] = (struct day_run){20000 + 2 * i, 1};
    rules[0] = (struct time_rule){
        .mode = TIME_DATES, .at = 0, .until = 60, .runs = runs, .runs_count = 300};
    line.times = rules;
    line.times_count = 1;
    struct bytes row = state_row(&line, room);
    struct arena arena;
    for (size_t quota = 16; quota < 4096; quota += 512) {
        arena_init(&arena, 16, quota);
        enum err err = line_state_read(row, &arena, &got);
        T_TRUE(err == ERR_NO_MEMORY || err == ERR_OK);
        arena_deinit(&arena);
    }
    arena_init(&arena, 4096, 0);
    T_OK(line_state_read(row, &arena, &got));
    arena_deinit(&arena);
}

TEST(the_usual_line_takes_about_a_hundred_bytes)
{
    struct line_state line = {.id = {{1, 20000, 1}, 1},
                              .kind = REQUEST_REGISTER,
                              .status = STATUS_UNDER_REVIEW,
                              .created_by = PRINCIPAL_INSTITUTION,
                              .ended_from = DAY_NONE};
    rules[0] = (struct time_rule){.mode = TIME_RECURRING,
                                  .from = 20000,
                                  .to = 20180,
                                  .at = 480,
                                  .until = 720,
                                  .rule = RULE_WEEKLY,
                                  .weekdays = 5};
    line.times = rules;
    line.times_count = 1;
    T_TRUE(state_row(&line, room).size <= 128);
}

/* 1,000 single days in 50 times are the most that runs can take. */
TEST(the_largest_line_keeps_within_its_limit)
{
    static struct day_run runs[TIMES_MAX][20];
    struct line_state line = {
        .kind = REQUEST_REGISTER, .status = STATUS_DRAFT, .created_by = PRINCIPAL_PERSON};
    for (int i = 0; i < TIMES_MAX; i++) {
        for (int k = 0; k < 20; k++)
            runs[i][k] = (struct day_run){20000 + 40 * i + 2 * k, 1};
        rules[i] = (struct time_rule){
            .mode = TIME_DATES, .at = 0, .until = 60, .runs = runs[i], .runs_count = 20};
    }
    line.times = rules;
    line.times_count = TIMES_MAX;
    T_EQ_UINT(times_occurrences(line.times, line.times_count), OCCURRENCES_MAX);
    T_TRUE(state_row(&line, room).size <= LINE_STATE_MAX);
}

TEST(a_line_above_its_limit_is_not_written)
{
    static struct day_run runs[DATES_MAX];
    struct line_state line = {
        .kind = REQUEST_REGISTER, .status = STATUS_DRAFT, .created_by = PRINCIPAL_PERSON};
    for (int k = 0; k < DATES_MAX; k++)
        runs[k] = (struct day_run){20000 + 2 * k, 1};
    for (int i = 0; i < TIMES_MAX; i++)
        rules[i] = (struct time_rule){
            .mode = TIME_DATES, .at = 0, .until = 60, .runs = runs, .runs_count = DATES_MAX};
    line.times = rules;
    line.times_count = TIMES_MAX;
    static uint8_t large[256 * 1024];
    struct writer out = writer_on(large, sizeof large);
    line_state_write(&out, &line);
    T_TRUE(out.failed);
}

/* ---- bodies ---- */

TEST(a_body_is_read_back_and_guarded)
{
    struct prng prng;
    prng_seed(&prng, 15);
    for (int i = 0; i < 100; i++) {
        struct arena arena;
        arena_init(&arena, 4096, 0);
        struct line_body want = {.note = BYTES_LITERAL("夜間值班"),
                                 .remark = BYTES_LITERAL("備註")};
        if (prng_chance(&prng, 2))
            want.note = bytes_of(NULL, 0);
        want.times_count = draw_times(&prng);
        want.times = want.times_count == 0 ? NULL : rules;
        struct writer out = writer_on(room, sizeof room);
        line_body_write(&out, &want);
        struct bytes row = writer_bytes(&out);
        struct line_body got;
        T_OK(line_body_read(row, &arena, &got));
        T_EQ_BYTES(got.note, want.note);
        T_EQ_BYTES(got.remark, want.remark);
        T_EQ_UINT(got.times_count, want.times_count);
        struct writer twice = writer_on(again, sizeof again);
        line_body_write(&twice, &got);
        T_EQ_BYTES(writer_bytes(&twice), row);
        size_t bit = prng_below(&prng, row.size * 8);
        room[bit / 8] ^= (uint8_t)(1u << bit % 8);
        T_ERR(line_body_read(row, &arena, &got), ERR_CORRUPT);
        arena_deinit(&arena);
    }
}

TEST(the_largest_body_has_a_row)
{
    static struct day_run runs[334];
    static struct time_rule times[TIMES_MAX];
    static char text[REMARK_MAX * 4];
    for (int i = 0; i < 334; i++)
        runs[i] = (struct day_run){20000 + 2 * i, 1};
    for (int i = 0; i < TIMES_MAX; i++)
        times[i] = (struct time_rule){.mode = TIME_DATES,
                                      .until = 60,
                                      .runs = runs,
                                      .runs_count = i < 2    ? 334
                                                    : i == 2 ? 285
                                                             : 1};
    for (size_t i = 0; i < sizeof text; i += 4)
        memcpy(text + i, "\U0002000B", 4);
    struct line_body want = {.note = bytes_of(text, (size_t)NOTE_MAX * 4),
                             .remark = bytes_of(text, sizeof text),
                             .times_count = TIMES_MAX,
                             .times = times};
    struct arena arena, none;
    struct line_body got;
    arena_init(&arena, 4096, 0);
    struct bytes row = line_body_row(&want, &arena);
    T_OK(line_body_read(row, &arena, &got));
    T_EQ_BYTES(got.remark, want.remark);
    T_EQ_UINT(got.times_count, TIMES_MAX);
    arena_deinit(&arena);
    arena_init(&none, 4096, 1000);
    T_TRUE(line_body_row(&want, &none).data == NULL);
    arena_deinit(&none);
}

/* ---- cases and idempotency records ---- */

TEST(a_case_is_read_back_and_keeps_the_keys_id)
{
    struct prng prng;
    prng_seed(&prng, 16);
    for (int i = 0; i < ROUNDS; i++) {
        struct case_record want = {.version = (uint32_t)prng_next(&prng),
                                   .created_by = (enum principal_kind)(1 + prng_below(&prng, 5)),
                                   .created_at = (int64_t)prng_next(&prng),
                                   .next_n = (uint16_t)prng_next(&prng),
                                   .lines = (uint16_t)prng_below(&prng, LINES_MAX + 1)};
        struct writer out = writer_on(room, sizeof room);
        case_write(&out, &want);
        struct bytes row = writer_bytes(&out);
        struct case_record got = {.id = {7, 8, 9}};
        T_OK(case_read(row, &got));
        T_TRUE(case_id_equal(got.id, (struct case_id){7, 8, 9}));
        T_TRUE(got.version == want.version && got.created_by == want.created_by);
        T_TRUE(got.created_at == want.created_at && got.next_n == want.next_n);
        T_EQ_UINT(got.lines, want.lines);
        for (size_t bit = 0; bit < row.size * 8; bit++) {
            room[bit / 8] ^= (uint8_t)(1u << bit % 8);
            T_ERR(case_read(row, &got), ERR_CORRUPT);
            room[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
    }
}

TEST(a_request_record_is_read_back_and_small)
{
    struct prng prng;
    prng_seed(&prng, 17);
    for (int i = 0; i < ROUNDS; i++) {
        struct request_record want = {.at = (int64_t)prng_next(&prng),
                                      .status = (uint16_t)(200 + prng_below(&prng, 5)),
                                      .made = {prng_next(&prng), 20000, (uint32_t)i},
                                      .n = (uint16_t)prng_below(&prng, 301)};
        for (int k = 0; k < 16; k++) {
            want.request.bytes[k] = (uint8_t)(prng_next(&prng) | 1);
            want.body.bytes[k] = (uint8_t)prng_next(&prng);
        }
        struct writer out = writer_on(room, REQUEST_RECORD_MAX);
        request_write(&out, &want);
        struct bytes row = writer_bytes(&out);
        struct request_record got;
        T_OK(request_read(row, &got));
        T_TRUE(digest_equal(&got.request, &want.request) && digest_equal(&got.body, &want.body));
        T_TRUE(got.at == want.at && got.status == want.status && got.n == want.n);
        T_TRUE(case_id_equal(got.made, want.made));
        for (size_t bit = 0; bit < row.size * 8; bit++) {
            room[bit / 8] ^= (uint8_t)(1u << bit % 8);
            T_ERR(request_read(row, &got), ERR_CORRUPT);
            room[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
    }
}

TEST(only_successes_are_remembered)
{
    struct request_record record = {.request = {{1}}, .status = 422};
    struct writer out = writer_on(room, sizeof room);
    T_ABORTS(request_write(&out, &record));
}

T_LIST(line_codec_test, T(a_state_is_read_back), T(every_flipped_bit_of_a_state_is_damage),
       T(a_sum_that_fits_does_not_make_values_exist), T(a_cut_or_longer_row_is_damage),
       T(a_small_arena_is_no_damage), T(the_usual_line_takes_about_a_hundred_bytes),
       T(the_largest_line_keeps_within_its_limit), T(a_line_above_its_limit_is_not_written),
       T(a_body_is_read_back_and_guarded), T(the_largest_body_has_a_row),
       T(a_case_is_read_back_and_keeps_the_keys_id), T(a_request_record_is_read_back_and_small),
       T(only_successes_are_remembered));
