/* line_codec: byte forms of a line's two rows, written and read, checksums included. */
#include "base/check.h"
#include "bench/bench.h"
#include "model/line_codec.h"

enum { ROW_ROOM = 4096 };

/* The usual line: every Monday and Wednesday for half a year. */
static const struct time_rule weekly = {.mode = TIME_RECURRING,
                                        .from = 20800,
                                        .to = 20982,
                                        .at = 480,
                                        .until = 720,
                                        .rule = RULE_WEEKLY,
                                        .weekdays = 5};

static struct line_state state_usual(void)
{
    return (struct line_state){.id = {.in = {.home = 123456, .day = 20790, .serial = 7}, .n = 1},
                               .person = 99,
                               .target = 654321,
                               .purpose = 16,
                               .created_by = PRINCIPAL_INSTITUTION,
                               .version = 2,
                               .body_version = 1,
                               .kind = REQUEST_REGISTER,
                               .status = STATUS_UNDER_REVIEW,
                               .ended_from = DAY_NONE,
                               .submitted_at = INT64_C(1780000000000),
                               .due_day = 20800,
                               .times_count = 1,
                               .times = &weekly};
}

static size_t state_write_many(uint64_t times, uint8_t row[ROW_ROOM])
{
    struct line_state state = state_usual();
    size_t size = 0;
    for (uint64_t i = 0; i < times; i++) {
        struct writer out = writer_on(row, ROW_ROOM);
        state.version = (uint32_t)i + 1;
        line_state_write(&out, &state);
        CHECK(!out.failed);
        size = out.size;
    }
    return size;
}

static void state_read_many(uint64_t times, struct bytes row, struct arena *arena)
{
    struct line_state state;
    for (uint64_t i = 0; i < times; i++) {
        arena_reset(arena);
        enum err err = line_state_read(row, arena, &state);
        CHECK(err == ERR_OK && state.times_count == 1);
    }
}

static size_t body_write_many(uint64_t times, uint8_t row[ROW_ROOM])
{
    struct line_body body = {
        .remark = BYTES_LITERAL("門診支援，已徵得兩院同意"), .times = &weekly, .times_count = 1};
    size_t size = 0;
    for (uint64_t i = 0; i < times; i++) {
        struct writer out = writer_on(row, ROW_ROOM);
        line_body_write(&out, &body);
        CHECK(!out.failed);
        size = out.size;
    }
    return size;
}

static void body_read_many(uint64_t times, struct bytes row, struct arena *arena)
{
    struct line_body body;
    for (uint64_t i = 0; i < times; i++) {
        arena_reset(arena);
        enum err err = line_body_read(row, arena, &body);
        CHECK(err == ERR_OK && body.times_count == 1);
    }
}

static double per_op_ns(uint64_t begin, uint64_t times)
{
    return (double)(bench_now_ns() - begin) / (double)times;
}

int bench_line_codec(int argc, char **argv)
{
    struct bench bench;
    uint8_t row[ROW_ROOM];
    struct arena arena;
    if (!bench_begin(&bench, argc, argv, NULL, 0)) {
        return EXIT_BAD_INPUT;
    }
    uint64_t times = bench.full ? 5000000 : 100000;
    bench_set(&bench, "times", times);
    arena_init(&arena, 8192, 0);

    uint64_t begin = bench_now_ns();
    size_t size = state_write_many(times, row);
    bench_result(&bench, "state_write_ns", per_op_ns(begin, times));
    bench_count(&bench, "state_bytes", size);
    begin = bench_now_ns();
    state_read_many(times, bytes_of(row, size), &arena);
    bench_result(&bench, "state_read_ns", per_op_ns(begin, times));

    begin = bench_now_ns();
    size = body_write_many(times, row);
    bench_result(&bench, "body_write_ns", per_op_ns(begin, times));
    bench_count(&bench, "body_bytes", size);
    begin = bench_now_ns();
    body_read_many(times, bytes_of(row, size), &arena);
    bench_result(&bench, "body_read_ns", per_op_ns(begin, times));

    arena_deinit(&arena);
    return bench_end(&bench, ERR_OK);
}
