/* The byte form of one time (recurrence.h: time_write, time_read). Big-endian, no padding:
 *
 *     u8  mode
 *     continuous   i64 start · i64 end · u8 end was 24:00 (0 or 1)
 *     recurring    i32 from · i32 to · u16 at · u16 until · u8 rule ·
 *                  u8 weekdays · u8 weekday · u8 day · u8 nth (two's complement) · u16 every
 *     dates        u16 at · u16 until · u16 runs · runs x (i32 first · u16 count)
 *
 * Members that were not given stand as recurrence.h says. The record around it carries version and
 * checksum; reading still refuses what writing never gives, so that no later code meets it. */
#include "base/arena.h"
#include "base/check.h"
#include "model/recurrence.h"

void time_write(struct writer *out, const struct time_rule *rule)
{
    write_u8(out, (uint8_t)rule->mode);
    switch (rule->mode) {
    case TIME_CONTINUOUS:
        write_i64(out, rule->start);
        write_i64(out, rule->end);
        write_u8(out, rule->until == MINUTES_PER_DAY);
        return;
    case TIME_RECURRING:
        write_i32(out, rule->from);
        write_i32(out, rule->to);
        write_u16(out, rule->at);
        write_u16(out, rule->until);
        write_u8(out, (uint8_t)rule->rule);
        write_u8(out, rule->weekdays);
        write_u8(out, rule->weekday);
        write_u8(out, rule->day);
        write_u8(out, (uint8_t)rule->nth);
        write_u16(out, rule->every);
        return;
    case TIME_DATES:
        write_u16(out, rule->at);
        write_u16(out, rule->until);
        write_u16(out, rule->runs_count);
        for (uint32_t i = 0; i < rule->runs_count; i++) {
            write_i32(out, rule->runs[i].first);
            write_u16(out, rule->runs[i].count);
        }
        return;
    }
    CHECK(false);
}

/* A day that any date we parse could have, with room for the arithmetic. */
static bool day_is_sane(int32_t day)
{
    return day == DAY_NONE || (day > -1000000 && day < 4000000);
}

static bool local_is_sane(int64_t minutes)
{
    return minutes == LOCAL_NONE ||
           (minutes > -1000000LL * MINUTES_PER_DAY && minutes < 4000000LL * MINUTES_PER_DAY);
}

static bool hours_are_sane(const struct time_rule *rule)
{
    return (rule->at < MINUTES_PER_DAY || rule->at == MINUTE_NONE) &&
           (rule->until <= MINUTES_PER_DAY || rule->until == MINUTE_NONE);
}

static bool rule_is_sane(const struct time_rule *rule)
{
    return (unsigned)rule->rule <= RULE_EVERY_N_DAYS && rule->weekdays <= 0x7f &&
           rule->weekday <= 7 && rule->day <= 31 && rule->nth >= -1 && rule->nth <= 5 &&
           rule->every <= (rule->rule == RULE_EVERY_N_WEEKS ? 52 : 365);
}

static bool recurring_read(struct reader *in, struct time_rule *rule)
{
    rule->from = read_i32(in);
    rule->to = read_i32(in);
    rule->at = read_u16(in);
    rule->until = read_u16(in);
    uint8_t kind = read_u8(in);
    rule->rule = (enum rule_kind)kind;
    rule->weekdays = read_u8(in);
    rule->weekday = read_u8(in);
    rule->day = read_u8(in);
    rule->nth = (int8_t)read_u8(in);
    rule->every = read_u16(in);
    return !in->failed && day_is_sane(rule->from) && day_is_sane(rule->to) &&
           hours_are_sane(rule) && rule_is_sane(rule);
}

static bool dates_read(struct reader *in, struct arena *arena, struct time_rule *rule)
{
    rule->at = read_u16(in);
    rule->until = read_u16(in);
    uint16_t count = read_u16(in);
    if (in->failed || count > DATES_MAX || !hours_are_sane(rule))
        return false;
    if (count == 0)
        return true;
    struct day_run *runs = arena_array(arena, count, sizeof *runs);
    if (runs == NULL)
        return false;
    uint32_t days = 0;
    for (uint16_t i = 0; i < count; i++) {
        runs[i].first = read_i32(in);
        runs[i].count = read_u16(in);
        days += runs[i].count;
        /* Runs are as long as they can be: between two of them at least one day is missing. */
        if (in->failed || runs[i].count == 0 || days > DATES_MAX || runs[i].first == DAY_NONE ||
            !day_is_sane(runs[i].first) ||
            (i > 0 && runs[i].first <= runs[i - 1].first + runs[i - 1].count))
            return false;
    }
    rule->runs = runs;
    rule->runs_count = count;
    return true;
}

bool time_read(struct reader *in, struct arena *arena, struct time_rule *rule)
{
    struct time_rule read = {.start = LOCAL_NONE,
                             .end = LOCAL_NONE,
                             .from = DAY_NONE,
                             .to = DAY_NONE,
                             .at = MINUTE_NONE,
                             .until = MINUTE_NONE};
    uint8_t mode = read_u8(in);
    bool sane = false;
    if (mode == TIME_CONTINUOUS) {
        read.start = read_i64(in);
        read.end = read_i64(in);
        read.at = 0;
        uint8_t was_24 = read_u8(in);
        read.until = was_24 == 1 ? MINUTES_PER_DAY : 0;
        sane = !in->failed && was_24 <= 1 && local_is_sane(read.start) && local_is_sane(read.end);
    } else if (mode == TIME_RECURRING) {
        sane = recurring_read(in, &read);
    } else if (mode == TIME_DATES) {
        sane = dates_read(in, arena, &read);
    }
    if (!sane) {
        in->failed = true;
        return false;
    }
    read.mode = (enum time_mode)mode;
    *rule = read;
    return true;
}
