/* The three columns of a rule: its code, the number, the weekdays (DOMAIN 6.1). What is missing is
 * told by line_rules.h, which knows what each rule needs. */
#include "base/check.h"
#include "sheet/sheet_map_private.h"

enum { WEEKDAY_SUNDAY = 7, WEEKS_MIN = 2, WEEKS_MAX = 52, DAYS_MAX = 365 };

static int32_t rule_code(struct row_reading *row, enum form_field field)
{
    struct value_code code;
    struct coded coded;
    if (!value_code(row, field, &code))
        return 0;
    enum fault_why why = WHY_RULE_CODE;
    if (coded_split(&code.text, 1, &coded)) {
        for (size_t i = 0; i < form_rule_names_count; i++) {
            if (coded.code[0] != form_rule_names[i].code)
                continue;
            if (coded.name.count == 0 || folded_is(&coded.name, form_rule_names[i].zh))
                return coded.code[0] - '0';
            why = WHY_CODE_NAME;
        }
    }
    row_fault(row, field, CODE_BAD_RULE, why);
    return 0;
}

/* ---- the number ---- */

struct number_range {
    int32_t least, most, also; /* also: a value beside the range; 0: none */
    enum fault_why why;
};

static int32_t number_read(struct row_reading *row, struct number_range range)
{
    struct value_code code;
    int32_t value;
    if (!value_code(row, FORM_NTH, &code))
        return 0;
    if (folded_integer(&code.text, &value) && value != 0 &&
        ((value >= range.least && value <= range.most) || value == range.also))
        return value;
    row_fault(row, FORM_NTH, CODE_BAD_RULE, range.why);
    return 0;
}

/* ---- the weekdays ---- */

static bool is_between(uint32_t c)
{
    return c == ' ' || c == ',' || c == ';' || c == '/' || c == '+' || c == '&' || c == 0x3001;
}

/* 一 … 六, 日, 天; 0: none. */
static uint8_t weekday_spoken(uint32_t c)
{
    static const uint32_t names[] = {0x4e00, 0x4e8c, 0x4e09, 0x56db, 0x4e94, 0x516d, 0x65e5};
    if (c == 0x5929)
        return WEEKDAY_SUNDAY;
    for (uint8_t i = 0; i < ARRAY_COUNT(names); i++)
        if (names[i] == c)
            return (uint8_t)(i + 1);
    return 0;
}

/* 星期, 禮拜, 週, 周 in front of a day say nothing more. */
static size_t week_word(const struct folded *text, size_t at)
{
    uint32_t first = text->points[at], second = at + 1 < text->count ? text->points[at + 1] : 0;
    if (first == 0x9031 || first == 0x5468)
        return 1;
    bool pair = (first == 0x661f && second == 0x671f) || (first == 0x79ae && second == 0x62dc);
    return pair ? 2 : 0;
}

/* A bit for each; 135 without anything between is not read. */
static bool weekdays_of(const struct folded *text, uint8_t *weekdays, bool *twice)
{
    bool digit_before = false;
    *weekdays = 0;
    *twice = false;
    for (size_t at = 0; at < text->count;) {
        uint32_t c = text->points[at];
        if (is_between(c)) {
            digit_before = false;
            at++;
            continue;
        }
        at += week_word(text, at);
        if (at == text->count)
            return false;
        c = text->points[at++];
        bool digit = c >= '1' && c <= '7';
        uint8_t weekday = digit ? (uint8_t)(c - '0') : weekday_spoken(c);
        if (weekday == 0 || (digit && digit_before))
            return false;
        digit_before = digit;
        uint8_t bit = (uint8_t)(1U << (weekday - 1));
        *twice = *twice || (*weekdays & bit) != 0;
        *weekdays |= bit;
    }
    return text->fits && *weekdays != 0;
}

static bool weekdays_text(struct row_reading *row, struct folded *text)
{
    struct value_code code;
    if (!value_code(row, FORM_WEEKDAY, &code))
        return false;
    const struct grid_cell *cell = row->cells[FORM_WEEKDAY];
    *text = cell->kind == CELL_TEXT ? fold_cell(cell->text) : code.text; /* a blank parts two */
    return true;
}

static uint8_t weekdays_read(struct row_reading *row, bool many)
{
    struct folded text;
    uint8_t weekdays;
    bool twice;
    if (!weekdays_text(row, &text))
        return 0;
    enum fault_why why = WHY_WEEKDAY_FORM;
    if (weekdays_of(&text, &weekdays, &twice)) {
        if (twice)
            why = WHY_WEEKDAY_TWICE;
        else if (!many && (weekdays & (weekdays - 1)) != 0)
            why = WHY_WEEKDAY_ONE;
        else
            return weekdays;
    }
    row_fault(row, FORM_WEEKDAY, CODE_BAD_RULE, why);
    return 0;
}

static uint8_t weekday_read(struct row_reading *row)
{
    uint8_t weekdays = weekdays_read(row, false), weekday = 0;
    for (; weekdays != 0; weekdays >>= 1)
        weekday++;
    return weekday;
}

/* What a rule does not look at must be empty: it was meant to say something. */
static void weekday_unused(struct row_reading *row)
{
    if (value_cell(row, FORM_WEEKDAY) != NULL)
        row_fault(row, FORM_WEEKDAY, CODE_BAD_RULE, WHY_WEEKDAY_UNUSED);
}

/* "Every 1 week" is what rule 1 means. */
static void number_unused(struct row_reading *row)
{
    (void)number_read(row, (struct number_range){1, 1, 0, WHY_NTH_UNUSED});
}

void value_rule(struct row_reading *row, struct time_rule *time)
{
    time->rule = (enum rule_kind)value_known(row, FORM_RULE_CODE, 0, rule_code);
    switch (time->rule) {
    case RULE_WEEKLY:
        number_unused(row);
        time->weekdays = weekdays_read(row, true);
        return;
    case RULE_MONTHLY_WEEKDAY:
        time->nth = (int8_t)number_read(row, (struct number_range){1, 5, -1, WHY_NTH_OF_MONTH});
        time->weekday = weekday_read(row);
        return;
    case RULE_MONTHLY_DAY:
        time->day = (uint8_t)number_read(row, (struct number_range){1, 31, 0, WHY_DAY_OF_MONTH});
        weekday_unused(row);
        return;
    case RULE_EVERY_N_WEEKS:
        time->every = (uint16_t)number_read(
            row, (struct number_range){WEEKS_MIN, WEEKS_MAX, 0, WHY_EVERY_WEEKS});
        time->weekday = weekday_read(row);
        return;
    case RULE_EVERY_N_DAYS:
        time->every =
            (uint16_t)number_read(row, (struct number_range){1, DAYS_MAX, 0, WHY_EVERY_DAYS});
        weekday_unused(row);
        return;
    }
    /* No rule: of the other two only what no rule could take. */
    (void)value_cell(row, FORM_NTH);
    (void)value_cell(row, FORM_WEEKDAY);
}
