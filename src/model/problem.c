/* Byte form: truncated 1, count 4, then each:
 *
 *     code 1, field 1 + n, with index 2, start 8, end 8
 *     has with 1; if 1: home 8, day 4, serial 4, n 2 */
#include "model/problem.h"
#include "base/check.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { PROBLEMS_BEGIN = 8, PROBLEM_LEAST_SIZE = 1 + 1 + 2 + 8 + 8 + 1 };

const char *code_name(enum code code)
{
#define CODE_NAME(id, name) [CODE_##id] = name,
    static const char *const names[CODE_COUNT] = {[CODE_NONE] = "none", CODE_LIST(CODE_NAME)};
#undef CODE_NAME
    CHECK(code < CODE_COUNT);
    return names[code];
}

bool code_is_warning(enum code code)
{
    CHECK(code < CODE_COUNT);
    return code >= CODE_PLACE_NOT_LAWFUL && code <= CODE_HOURS_HIGH;
}

bool code_refuses_draft(enum code code)
{
    static const bool refuses[CODE_COUNT] = {
        [CODE_BAD_TYPE] = true,
        [CODE_TOO_LONG] = true,
        [CODE_BAD_TEXT] = true,
        [CODE_BAD_DATE] = true,
        [CODE_BAD_TIME] = true,
        [CODE_BAD_RULE] = true,
        [CODE_TOO_MANY_OCCURRENCES] = true,
        [CODE_UNKNOWN_INSTITUTION] = true,
        [CODE_UNKNOWN_DEPARTMENT] = true,
        [CODE_UNKNOWN_PURPOSE] = true,
        [CODE_NOT_YOUR_STAFF] = true,
    };
    CHECK(code < CODE_COUNT);
    return refuses[code];
}

bool problem_refuses_draft(const struct problem *problem)
{
    if (problem->code != CODE_REQUIRED)
        return code_refuses_draft(problem->code);
    const char *slash = strrchr(problem->field, '/');
    const char *member = slash == NULL ? problem->field : slash + 1;
    return strcmp(member, "lines") == 0 || strcmp(member, "target") == 0 ||
           strcmp(member, "person_id") == 0;
}

void problems_init(struct problems *problems, struct arena *arena)
{
    *problems = (struct problems){.arena = arena};
}

/* What stood in the smaller array stays behind in the arena until its end; doubling bounds it. */
static bool problems_grow(struct problems *problems)
{
    if (problems->capacity >= PROBLEMS_MAX)
        return false;
    uint32_t capacity = problems->capacity == 0 ? PROBLEMS_BEGIN : problems->capacity * 2;
    if (capacity > PROBLEMS_MAX)
        capacity = PROBLEMS_MAX;
    struct problem *items = arena_array(problems->arena, capacity, sizeof *items);
    if (items == NULL)
        return false;
    if (problems->count > 0)
        memcpy(items, problems->items, problems->count * sizeof *items);
    problems->items = items;
    problems->capacity = capacity;
    return true;
}

/* A cleared item at the end; where there is no room, one that nobody will read. */
static struct problem *problems_take(struct problems *problems)
{
    static _Thread_local struct problem spare;
    CHECK(problems->count <= problems->capacity);
    if (problems->count == problems->capacity && !problems_grow(problems)) {
        problems->truncated = true;
        spare = (struct problem){0};
        return &spare;
    }
    struct problem *item = &problems->items[problems->count++];
    *item = (struct problem){0};
    return item;
}

struct problem *problems_add(struct problems *problems, enum code code, const char *field_format,
                             ...)
{
    CHECK(code > CODE_NONE && code < CODE_COUNT);
    struct problem *item = problems_take(problems);
    item->code = code;
    va_list arguments;
    va_start(arguments, field_format);
    int size = vsnprintf(item->field, sizeof item->field, field_format, arguments);
    va_end(arguments);
    /* Pointers are ours, made of member names and indexes; only a bug makes a longer one. */
    CHECK(size >= 0 && (size_t)size < sizeof item->field);
    return item;
}

static void problem_write(struct writer *out, const struct problem *problem)
{
    write_u8(out, (uint8_t)problem->code);
    write_sized8(out, bytes_of(problem->field, strnlen(problem->field, FIELD_MAX)));
    write_u16(out, problem->with_index);
    write_i64(out, problem->start);
    write_i64(out, problem->end);
    write_u8(out, problem->has_with);
    if (problem->has_with) {
        write_u64(out, problem->with.in.home);
        write_i32(out, problem->with.in.day);
        write_u32(out, problem->with.in.serial);
        write_u16(out, problem->with.n);
    }
}

static bool problem_read(struct reader *in, struct problem *problem)
{
    uint8_t code = read_u8(in);
    struct bytes field = read_sized8(in);
    problem->with_index = read_u16(in);
    problem->start = read_i64(in);
    problem->end = read_i64(in);
    uint8_t has_with = read_u8(in);
    if (has_with == 1) {
        problem->with.in.home = read_u64(in);
        problem->with.in.day = read_i32(in);
        problem->with.in.serial = read_u32(in);
        problem->with.n = read_u16(in);
    }
    if (in->failed || has_with > 1 || code == CODE_NONE || code >= CODE_COUNT ||
        field.size >= FIELD_MAX)
        return false;
    problem->code = (enum code)code;
    problem->has_with = has_with == 1;
    if (field.size > 0)
        memcpy(problem->field, field.data, field.size);
    return true;
}

void problems_write(struct writer *out, const struct problems *problems)
{
    write_u8(out, problems->truncated);
    write_u32(out, problems->count);
    for (uint32_t i = 0; i < problems->count; i++)
        problem_write(out, &problems->items[i]);
}

bool problems_read(struct reader *in, struct problems *problems)
{
    uint8_t truncated = read_u8(in);
    uint32_t count = read_u32(in);
    if (in->failed || truncated > 1 || count > PROBLEMS_MAX ||
        count > in->rest.size / PROBLEM_LEAST_SIZE) {
        in->failed = true;
        return false;
    }
    for (uint32_t i = 0; i < count; i++) {
        if (!problem_read(in, problems_take(problems))) {
            in->failed = true;
            return false;
        }
    }
    problems->truncated |= truncated == 1;
    return true;
}
