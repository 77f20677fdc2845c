#include "web/time_json.h"
#include "base/arena.h"
#include "base/check.h"
#include "model/problem.h"
#include <stdio.h>
#include <string.h>

enum { POINTER_MAX = 80, EVERY_WEEKS_MIN = 2, EVERY_WEEKS_MAX = 52, EVERY_DAYS_MAX = 365 };

struct decode {
    struct arena *arena;
    struct time_rule rule;
    void (*problem)(void *self, const char *pointer_suffix, const char *code);
    void *self;
    bool broken; /* a fault with which there is nothing to keep */
};

struct member {
    const char *name;
    void (*read)(struct decode *decode, yyjson_val *value);
};

static void fault(struct decode *decode, const char *suffix, enum code code)
{
    decode->problem(decode->self, suffix, code_name(code));
    decode->broken = true;
}

static void fault_at(struct decode *decode, const char *suffix, size_t index, enum code code)
{
    char pointer[POINTER_MAX];
    snprintf(pointer, sizeof pointer, "%s/%zu", suffix, index);
    fault(decode, pointer, code);
}

/* ---- values ---- */

static bool text_of(struct decode *decode, yyjson_val *value, const char *suffix,
                    struct bytes *text)
{
    if (!yyjson_is_str(value)) {
        fault(decode, suffix, CODE_BAD_TYPE);
        return false;
    }
    *text = bytes_of(yyjson_get_str(value), yyjson_get_len(value));
    return true;
}

/* An integer of least..most; 0 if it is not one. */
static int integer_of(struct decode *decode, yyjson_val *value, const char *suffix, int least,
                      int most)
{
    if (!yyjson_is_int(value)) {
        fault(decode, suffix, CODE_BAD_TYPE);
        return 0;
    }
    bool fits = yyjson_is_sint(value)
                    ? yyjson_get_sint(value) >= least && yyjson_get_sint(value) <= most
                    : yyjson_get_uint(value) <= (uint64_t)most && yyjson_get_int(value) >= least;
    if (!fits || yyjson_get_int(value) == 0) {
        fault(decode, suffix, CODE_BAD_RULE);
        return 0;
    }
    return yyjson_get_int(value);
}

static void day_read(struct decode *decode, yyjson_val *value, const char *suffix, int32_t *day)
{
    struct bytes text;
    if (text_of(decode, value, suffix, &text) && !date_parse(text, day))
        fault(decode, suffix, CODE_BAD_DATE);
}

static bool local_read(struct decode *decode, yyjson_val *value, const char *suffix,
                       int64_t *minutes)
{
    struct bytes text;
    if (!text_of(decode, value, suffix, &text))
        return false;
    if (local_parse(text, minutes))
        return true;
    int32_t day;
    bool has_date = text.size >= 10 && date_parse(bytes_slice(text, 0, 10), &day);
    fault(decode, suffix, has_date ? CODE_BAD_TIME : CODE_BAD_DATE);
    return false;
}

static bool ends_in_24(yyjson_val *value)
{
    size_t size = yyjson_get_len(value);
    return size >= 5 && memcmp(yyjson_get_str(value) + size - 5, "24:00", 5) == 0;
}

/* ---- members of the three modes ---- */

static void chosen_read(struct decode *decode, yyjson_val *value)
{
    (void)decode;
    (void)value; /* `mode` and `kind` chose the list of members */
}

static void start_local_read(struct decode *decode, yyjson_val *value)
{
    if (local_read(decode, value, "/start", &decode->rule.start) && ends_in_24(value))
        fault(decode, "/start", CODE_BAD_TIME); /* 24:00 only as an end (API 1) */
}

static void end_local_read(struct decode *decode, yyjson_val *value)
{
    if (local_read(decode, value, "/end", &decode->rule.end))
        decode->rule.until = ends_in_24(value) ? MINUTES_PER_DAY : 0;
}

static void from_read(struct decode *decode, yyjson_val *value)
{
    day_read(decode, value, "/from", &decode->rule.from);
}

static void to_read(struct decode *decode, yyjson_val *value)
{
    day_read(decode, value, "/to", &decode->rule.to);
}

static void at_read(struct decode *decode, yyjson_val *value)
{
    struct bytes text;
    if (!text_of(decode, value, "/start", &text))
        return;
    if (!time_parse(text, &decode->rule.at) || decode->rule.at == MINUTES_PER_DAY)
        fault(decode, "/start", CODE_BAD_TIME);
}

static void until_read(struct decode *decode, yyjson_val *value)
{
    struct bytes text;
    if (text_of(decode, value, "/end", &text) && !time_parse(text, &decode->rule.until))
        fault(decode, "/end", CODE_BAD_TIME);
}

/* Keeps `days` ascending; false if the day is in it already. Dates mostly come in order, so the
 * place is looked for from behind. */
static bool day_insert(int32_t *days, size_t count, int32_t day)
{
    size_t at = count;
    while (at > 0 && days[at - 1] > day)
        at--;
    if (at > 0 && days[at - 1] == day)
        return false;
    memmove(days + at + 1, days + at, (count - at) * sizeof *days);
    days[at] = day;
    return true;
}

static void runs_make(struct decode *decode, const int32_t *days, size_t count)
{
    CHECK(count <= DATES_MAX);
    if (count == 0)
        return;
    struct day_run *runs = arena_array(decode->arena, count, sizeof *runs);
    if (runs == NULL) {
        decode->broken = true;
        return;
    }
    uint16_t used = 0;
    for (size_t i = 0; i < count; i++) {
        if (i > 0 && days[i] == days[i - 1] + 1)
            runs[used - 1].count++;
        else
            runs[used++] = (struct day_run){days[i], 1};
    }
    decode->rule.runs = runs;
    decode->rule.runs_count = used;
}

static void dates_read(struct decode *decode, yyjson_val *value)
{
    if (!yyjson_is_arr(value)) {
        fault(decode, "/dates", CODE_BAD_TYPE);
        return;
    }
    if (yyjson_arr_size(value) > DATES_MAX) {
        fault(decode, "/dates", CODE_TOO_LONG);
        return;
    }
    int32_t days[DATES_MAX] = {0};
    size_t count = 0, index, size;
    yyjson_val *item;
    yyjson_arr_foreach(value, index, size, item)
    {
        int32_t day;
        if (!yyjson_is_str(item))
            fault_at(decode, "/dates", index, CODE_BAD_TYPE);
        else if (!date_parse(bytes_of(yyjson_get_str(item), yyjson_get_len(item)), &day) ||
                 !day_insert(days, count, day))
            fault_at(decode, "/dates", index, CODE_BAD_DATE);
        else
            count++;
    }
    runs_make(decode, days, count);
}

/* ---- members of the five rules ---- */

static void weekdays_read(struct decode *decode, yyjson_val *value)
{
    static const char suffix[] = "/rule/weekdays";
    if (!yyjson_is_arr(value)) {
        fault(decode, suffix, CODE_BAD_TYPE);
        return;
    }
    if (yyjson_arr_size(value) == 0 || yyjson_arr_size(value) > 7) {
        fault(decode, suffix, CODE_BAD_RULE);
        return;
    }
    size_t index, size;
    yyjson_val *item;
    yyjson_arr_foreach(value, index, size, item)
    {
        char pointer[POINTER_MAX];
        snprintf(pointer, sizeof pointer, "%s/%zu", suffix, index);
        int weekday = integer_of(decode, item, pointer, 1, 7);
        if (weekday == 0)
            continue;
        uint8_t bit = (uint8_t)(1u << (weekday - 1));
        if ((decode->rule.weekdays & bit) != 0)
            fault(decode, pointer, CODE_BAD_RULE);
        decode->rule.weekdays |= bit;
    }
}

static void nth_read(struct decode *decode, yyjson_val *value)
{
    decode->rule.nth = (int8_t)integer_of(decode, value, "/rule/nth", -1, 5);
}

static void weekday_read(struct decode *decode, yyjson_val *value)
{
    decode->rule.weekday = (uint8_t)integer_of(decode, value, "/rule/weekday", 1, 7);
}

static void day_of_month_read(struct decode *decode, yyjson_val *value)
{
    decode->rule.day = (uint8_t)integer_of(decode, value, "/rule/day", 1, 31);
}

static void weeks_read(struct decode *decode, yyjson_val *value)
{
    decode->rule.every =
        (uint16_t)integer_of(decode, value, "/rule/every", EVERY_WEEKS_MIN, EVERY_WEEKS_MAX);
}

static void days_read(struct decode *decode, yyjson_val *value)
{
    decode->rule.every = (uint16_t)integer_of(decode, value, "/rule/every", 1, EVERY_DAYS_MAX);
}

/* ---- objects ---- */

/* "~" and "/" of a member's name, escaped by RFC 6901; a long name is cut. */
static void unknown_tell(struct decode *decode, const char *parent, yyjson_val *key)
{
    char pointer[POINTER_MAX];
    size_t used = (size_t)snprintf(pointer, sizeof pointer, "%s/", parent);
    struct bytes name = bytes_of(yyjson_get_str(key), yyjson_get_len(key));
    size_t i = 0;
    size_t whole = used;
    for (; i < name.size && used + 3 < sizeof pointer; i++) {
        char c = (char)name.data[i];
        if ((name.data[i] & 0xc0) != 0x80)
            whole = used;
        if (c == '~' || c == '/') {
            pointer[used++] = '~';
            c = c == '~' ? '0' : '1';
        }
        pointer[used++] = c;
    }
    if (i < name.size && (name.data[i] & 0xc0) == 0x80)
        used = whole; /* not within a character: the pointer goes into JSON */
    pointer[used] = '\0';
    fault(decode, pointer, CODE_UNKNOWN_FIELD);
}

static void members_read(struct decode *decode, yyjson_val *object, const char *parent,
                         const struct member *members)
{
    size_t index, size;
    yyjson_val *key, *value;
    yyjson_obj_foreach(object, index, size, key, value)
    {
        const struct member *member = members;
        while (member->name != NULL && !yyjson_equals_str(key, member->name))
            member++;
        if (member->name == NULL)
            unknown_tell(decode, parent, key);
        else if (!yyjson_is_null(value)) /* null is the same as not given (web/json.h) */
            member->read(decode, value);
    }
}

static const struct rule_form {
    const char *name;
    enum rule_kind kind;
    struct member members[4];
} rule_forms[] = {
    {"weekly", RULE_WEEKLY, {{"kind", chosen_read}, {"weekdays", weekdays_read}, {NULL, NULL}}},
    {"monthly_weekday",
     RULE_MONTHLY_WEEKDAY,
     {{"kind", chosen_read}, {"nth", nth_read}, {"weekday", weekday_read}, {NULL, NULL}}},
    {"monthly_day",
     RULE_MONTHLY_DAY,
     {{"kind", chosen_read}, {"day", day_of_month_read}, {NULL, NULL}}},
    {"every_n_weeks",
     RULE_EVERY_N_WEEKS,
     {{"kind", chosen_read}, {"every", weeks_read}, {"weekday", weekday_read}, {NULL, NULL}}},
    {"every_n_days",
     RULE_EVERY_N_DAYS,
     {{"kind", chosen_read}, {"every", days_read}, {NULL, NULL}}},
};

static void rule_read(struct decode *decode, yyjson_val *value)
{
    if (!yyjson_is_obj(value)) {
        fault(decode, "/rule", CODE_BAD_TYPE);
        return;
    }
    yyjson_val *kind = yyjson_obj_get(value, "kind");
    if (!yyjson_is_str(kind)) {
        bool given = kind != NULL && !yyjson_is_null(kind);
        fault(decode, "/rule/kind", given ? CODE_BAD_TYPE : CODE_REQUIRED);
        return;
    }
    for (size_t i = 0; i < ARRAY_COUNT(rule_forms); i++) {
        if (!yyjson_equals_str(kind, rule_forms[i].name))
            continue;
        decode->rule.rule = rule_forms[i].kind;
        members_read(decode, value, "/rule", rule_forms[i].members);
        return;
    }
    fault(decode, "/rule/kind", CODE_BAD_RULE);
}

static const struct time_form {
    const char *name;
    enum time_mode mode;
    struct member members[7];
} time_forms[] = {
    {"continuous",
     TIME_CONTINUOUS,
     {{"mode", chosen_read}, {"start", start_local_read}, {"end", end_local_read}, {NULL, NULL}}},
    {"recurring",
     TIME_RECURRING,
     {{"mode", chosen_read},
      {"from", from_read},
      {"to", to_read},
      {"start", at_read},
      {"end", until_read},
      {"rule", rule_read},
      {NULL, NULL}}},
    {"dates",
     TIME_DATES,
     {{"mode", chosen_read},
      {"dates", dates_read},
      {"start", at_read},
      {"end", until_read},
      {NULL, NULL}}},
};

/* What holds between members, once each was read. */
static void whole_check(struct decode *decode, yyjson_val *value)
{
    const char *member;
    for (uint32_t i = 0; (member = time_missing(&decode->rule, i)) != NULL; i++) {
        yyjson_val *given = yyjson_ptr_get(value, member);
        bool empty = yyjson_is_arr(given) && yyjson_arr_size(given) == 0;
        if (given == NULL || yyjson_is_null(given) || (empty && decode->rule.mode == TIME_DATES))
            decode->problem(decode->self, member, code_name(CODE_REQUIRED));
    }
    if (decode->broken)
        return; /* a bad value would only echo */
    member = time_reversed(&decode->rule);
    if (member != NULL)
        decode->problem(decode->self, member, code_name(CODE_END_BEFORE_START));
    if (occurrence_count(&decode->rule, OCCURRENCES_MAX) > OCCURRENCES_MAX)
        fault(decode, "", CODE_TOO_MANY_OCCURRENCES);
}

bool time_from_json(yyjson_val *value, struct arena *arena, struct time_rule *out,
                    void (*problem)(void *self, const char *pointer_suffix, const char *code),
                    void *self)
{
    struct decode decode = {.arena = arena, .problem = problem, .self = self};
    decode.rule = (struct time_rule){.start = LOCAL_NONE,
                                     .end = LOCAL_NONE,
                                     .from = DAY_NONE,
                                     .to = DAY_NONE,
                                     .at = MINUTE_NONE,
                                     .until = MINUTE_NONE};
    if (!yyjson_is_obj(value)) {
        fault(&decode, "", CODE_BAD_TYPE);
        return false;
    }
    yyjson_val *mode = yyjson_obj_get(value, "mode");
    const struct time_form *form = NULL;
    for (size_t i = 0; i < ARRAY_COUNT(time_forms); i++)
        if (yyjson_equals_str(mode, time_forms[i].name))
            form = &time_forms[i];
    if (form == NULL) {
        bool given = mode != NULL && !yyjson_is_null(mode);
        fault(&decode, "/mode", given ? CODE_BAD_TYPE : CODE_REQUIRED);
        return false;
    }
    decode.rule.mode = form->mode;
    if (form->mode == TIME_CONTINUOUS)
        decode.rule.at = decode.rule.until = 0; /* not its members (recurrence.h) */
    members_read(&decode, value, "", form->members);
    whole_check(&decode, value);
    if (!decode.broken)
        *out = decode.rule;
    return !decode.broken;
}
