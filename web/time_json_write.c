/* The way back: struct time_rule -> JSON (time_json.h). */
#include "base/check.h"
#include "web/time_json.h"
#include <string.h>

static const char *const mode_names[] = {
    [TIME_CONTINUOUS] = "continuous", [TIME_RECURRING] = "recurring", [TIME_DATES] = "dates"};

static const char *const rule_names[] = {
    [RULE_WEEKLY] = "weekly",
    [RULE_MONTHLY_WEEKDAY] = "monthly_weekday",
    [RULE_MONTHLY_DAY] = "monthly_day",
    [RULE_EVERY_N_WEEKS] = "every_n_weeks",
    [RULE_EVERY_N_DAYS] = "every_n_days",
};

static bool day_put(yyjson_mut_doc *doc, yyjson_mut_val *object, const char *key, int32_t day)
{
    char text[DATE_MAX];
    if (day == DAY_NONE)
        return true;
    size_t size = date_print(day, text);
    return yyjson_mut_obj_add_strncpy(doc, object, key, text, size);
}

static bool minute_put(yyjson_mut_doc *doc, yyjson_mut_val *object, const char *key,
                       uint16_t minute)
{
    char text[8];
    if (minute == MINUTE_NONE)
        return true;
    size_t size = time_print(minute, text);
    return yyjson_mut_obj_add_strncpy(doc, object, key, text, size);
}

static bool local_put(yyjson_mut_doc *doc, yyjson_mut_val *object, const char *key, int64_t minutes,
                      bool as_24)
{
    char text[LOCAL_MAX];
    if (minutes == LOCAL_NONE)
        return true;
    size_t size = local_print(as_24 ? minutes - MINUTES_PER_DAY : minutes, text);
    if (as_24)
        memcpy(text + size - 5, "24:00", 5); /* the day before, with its last minute */
    return yyjson_mut_obj_add_strncpy(doc, object, key, text, size);
}

static bool integer_put(yyjson_mut_doc *doc, yyjson_mut_val *object, const char *key, int value)
{
    return value == 0 || yyjson_mut_obj_add_int(doc, object, key, value);
}

static bool weekdays_put(yyjson_mut_doc *doc, yyjson_mut_val *object, uint8_t weekdays)
{
    if (weekdays == 0)
        return true;
    yyjson_mut_val *list = yyjson_mut_arr(doc);
    bool done = list != NULL;
    for (int weekday = 1; weekday <= 7; weekday++)
        if ((weekdays >> (weekday - 1) & 1) != 0)
            done = done && yyjson_mut_arr_add_int(doc, list, weekday);
    return done && yyjson_mut_obj_add_val(doc, object, "weekdays", list);
}

static bool rule_put(yyjson_mut_doc *doc, yyjson_mut_val *object, const struct time_rule *rule)
{
    if (rule->rule == 0)
        return true;
    CHECK((unsigned)rule->rule < ARRAY_COUNT(rule_names));
    const char *name = rule_names[rule->rule];
    yyjson_mut_val *out = yyjson_mut_obj(doc);
    return out != NULL && yyjson_mut_obj_add_str(doc, out, "kind", name) &&
           weekdays_put(doc, out, rule->weekdays) && integer_put(doc, out, "nth", rule->nth) &&
           integer_put(doc, out, "every", rule->every) &&
           integer_put(doc, out, "weekday", rule->weekday) &&
           integer_put(doc, out, "day", rule->day) &&
           yyjson_mut_obj_add_val(doc, object, "rule", out);
}

static bool dates_put(yyjson_mut_doc *doc, yyjson_mut_val *object, const struct time_rule *rule)
{
    yyjson_mut_val *list = yyjson_mut_arr(doc);
    bool done = list != NULL;
    for (uint32_t i = 0; i < rule->runs_count; i++) {
        for (uint16_t d = 0; done && d < rule->runs[i].count; d++) {
            char text[DATE_MAX];
            size_t size = date_print(rule->runs[i].first + d, text);
            done = yyjson_mut_arr_add_strncpy(doc, list, text, size);
        }
    }
    return done && yyjson_mut_obj_add_val(doc, object, "dates", list);
}

static bool hours_put(yyjson_mut_doc *doc, yyjson_mut_val *object, const struct time_rule *rule)
{
    return minute_put(doc, object, "start", rule->at) &&
           minute_put(doc, object, "end", rule->until);
}

yyjson_mut_val *time_to_json(yyjson_mut_doc *doc, const struct time_rule *rule)
{
    CHECK(rule->mode != 0 && (unsigned)rule->mode < ARRAY_COUNT(mode_names));
    const char *name = mode_names[rule->mode];
    yyjson_mut_val *out = yyjson_mut_obj(doc);
    bool done = out != NULL && yyjson_mut_obj_add_str(doc, out, "mode", name);
    switch (rule->mode) {
    case TIME_CONTINUOUS:
        done = done && local_put(doc, out, "start", rule->start, false) &&
               local_put(doc, out, "end", rule->end, rule->until == MINUTES_PER_DAY);
        break;
    case TIME_RECURRING:
        done = done && day_put(doc, out, "from", rule->from) && day_put(doc, out, "to", rule->to) &&
               hours_put(doc, out, rule) && rule_put(doc, out, rule);
        break;
    case TIME_DATES: done = done && dates_put(doc, out, rule) && hours_put(doc, out, rule); break;
    }
    return done ? out : NULL;
}
