/* A cell -> a value, or a fault that says what was meant to stand there (DOMAIN 6.1). Only forms
 * with one meaning are read; nothing is repaired that could have been meant otherwise. */
#include "base/check.h"
#include "model/codes.h"
#include "model/text.h"
#include "sheet/sheet_map_private.h"
#include "sheet/sheet_when.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

static bool is_required(enum form_kind kind, enum form_field field)
{
    const struct form_column *column = form_column_of(kind, field);
    return column != NULL && column->required;
}

const struct grid_cell *value_cell(struct row_reading *row, enum form_field field)
{
    const struct grid_cell *cell = row->cells[field];
    if (cell == NULL) {
        if (is_required(row->map->kind, field))
            row_fault(row, field, CODE_REQUIRED, WHY_CODE);
        return NULL;
    }
    if (cell->formula)
        row_fault(row, field, CODE_FORMULA, WHY_CODE);
    else if (cell->kind == CELL_BOOLEAN)
        row_fault(row, field, CODE_BAD_TYPE, WHY_BOOLEAN);
    else if (cell->kind == CELL_ERROR)
        row_fault(row, field, CODE_BAD_TYPE, WHY_ERROR_VALUE);
    else if (cell->digits_lost)
        row_fault(row, field, CODE_BAD_TYPE, WHY_DIGITS_LOST);
    else
        return cell;
    return NULL;
}

static bool text_of(struct row_reading *row, enum form_field field, const struct grid_cell *cell,
                    struct bytes *text)
{
    *text = sheet_trim(cell->text);
    if (sheet_is_plain(*text) || text_check(*text, TEXT_MANY_LINES, NULL) == TEXT_FINE)
        return true;
    row_fault(row, field, CODE_BAD_TEXT, WHY_UNSEEN);
    return false;
}

bool value_text(struct row_reading *row, enum form_field field, struct bytes *text)
{
    const struct grid_cell *cell = value_cell(row, field);
    return cell != NULL && text_of(row, field, cell, text);
}

/* The digits of a whole number that a double holds exactly; else the text as read. */
static struct folded number_fold(const struct grid_cell *cell)
{
    static const double exact_max = 1e15;
    char digits[32];
    if (!isfinite(cell->number) || floor(cell->number) != cell->number ||
        fabs(cell->number) >= exact_max)
        return fold_value(cell->text);
    int size = snprintf(digits, sizeof digits, "%.0f", cell->number);
    CHECK(size > 0 && (size_t)size < sizeof digits);
    return fold_value(bytes_of(digits, (size_t)size));
}

static bool is_digits(const struct folded *text)
{
    for (size_t i = 0; i < text->count; i++)
        if (text->points[i] < '0' || text->points[i] > '9')
            return false;
    return text->count > 0;
}

bool value_code(struct row_reading *row, enum form_field field, struct value_code *code)
{
    const struct grid_cell *cell = value_cell(row, field);
    struct bytes text;
    if (cell == NULL)
        return false;
    if (cell->kind == CELL_DATE_TIME) {
        row_fault(row, field, CODE_BAD_TYPE, WHY_DATE_CELL);
        return false;
    }
    if (cell->kind == CELL_NUMBER) {
        code->text = number_fold(cell);
        code->is_number = is_digits(&code->text);
        return true;
    }
    if (!text_of(row, field, cell, &text))
        return false;
    code->text = fold_value(text);
    code->is_number = row->map->cells->untyped && is_digits(&code->text);
    return true;
}

int32_t value_known(struct row_reading *row, enum form_field field, int32_t none,
                    value_reader *read)
{
    const struct memo *known = memo_find(row->memo, field, row->cells[field]);
    if (known != NULL)
        return known->value.number;
    int32_t value = read(row, field);
    struct memo *kept = value == none ? NULL : memo_keep(row->memo, field, row->cells[field]);
    if (kept != NULL)
        kept->value.number = value;
    return value;
}

/* ---- dates and times ---- */

static int32_t date_of_cell(struct row_reading *row, enum form_field field,
                            const struct grid_cell *cell)
{
    enum fault_why why = WHY_DATE_NONE;
    if (cell->day == DAY_NONE)
        why = WHY_CODE;
    else if (cell->second != SECOND_NONE && cell->second != 0)
        why = WHY_DATE_TIME;
    else if (cell->day >= DAY_FIRST && cell->day <= DAY_LAST)
        return cell->day;
    row_fault(row, field, CODE_BAD_DATE, why);
    return DAY_NONE;
}

static int32_t day_read(struct row_reading *row, enum form_field field)
{
    const struct grid_cell *cell = value_cell(row, field);
    struct value_code code;
    if (cell == NULL)
        return DAY_NONE;
    if (cell->kind == CELL_DATE_TIME)
        return date_of_cell(row, field, cell);
    if (!value_code(row, field, &code))
        return DAY_NONE;
    int32_t day = DAY_NONE;
    enum when_fault fault = sheet_date_read(&code.text, &day);
    if (fault == WHEN_FINE)
        return day;
    row_fault(row, field, CODE_BAD_DATE, fault == WHEN_NO_SUCH ? WHY_DATE_NONE : WHY_CODE);
    return DAY_NONE;
}

int32_t value_date(struct row_reading *row, enum form_field field)
{
    return value_known(row, field, DAY_NONE, day_read);
}

static enum fault_why why_of_time(enum when_fault fault)
{
    switch (fault) {
    case WHEN_FINE:
    case WHEN_BAD_FORM: return WHY_CODE;
    case WHEN_NO_SUCH: return WHY_TIME_NONE;
    case WHEN_SECONDS: return WHY_TIME_SECONDS;
    }
    CHECK(false);
    return WHY_CODE;
}

static int32_t minute_read(struct row_reading *row, enum form_field field)
{
    const struct grid_cell *cell = value_cell(row, field);
    struct value_code code;
    uint16_t minute = MINUTE_NONE;
    enum fault_why why = WHY_CODE;
    if (cell == NULL)
        return MINUTE_NONE;
    if (cell->kind == CELL_DATE_TIME) {
        if (cell->day != DAY_NONE || cell->second == SECOND_NONE)
            why = WHY_TIME_DATE;
        else if (cell->second < 0 || cell->second > SECONDS_PER_DAY)
            why = WHY_TIME_NONE;
        else if (cell->second % 60 != 0)
            why = WHY_TIME_SECONDS;
        else
            minute = (uint16_t)(cell->second / 60);
    } else if (!value_code(row, field, &code)) {
        return MINUTE_NONE;
    } else {
        why = why_of_time(sheet_time_read(&code.text, &minute));
    }
    if (minute == MINUTES_PER_DAY && field != FORM_END_TIME) { /* 24:00 only as an end (API 1) */
        minute = MINUTE_NONE;
        why = WHY_TIME_START;
    }
    if (minute == MINUTE_NONE)
        row_fault(row, field, CODE_BAD_TIME, why);
    return minute;
}

uint16_t value_time(struct row_reading *row, enum form_field field)
{
    return (uint16_t)value_known(row, field, MINUTE_NONE, minute_read);
}

/* ---- codes with names ---- */

static bool is_code_point(uint32_t c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z');
}

static bool is_separator(uint32_t c)
{
    return c == '-' || c == ':' || c == '.' || c == '_' || c == 0x3001 /* 、 */;
}

bool coded_split(const struct folded *text, size_t width, struct coded *coded)
{
    size_t size = 0;
    while (size < text->count && is_code_point(text->points[size]))
        size++;
    *coded = (struct coded){.name = {.fits = text->fits}};
    CHECK(width < sizeof coded->code);
    if (size > width)
        return false;
    size_t pad = size == 1 && text->points[0] <= '9' ? width - size : 0;
    for (size_t i = 0; i < pad; i++)
        coded->code[i] = '0'; /* 5 is 05 */
    for (size_t i = 0; i < size; i++)
        coded->code[pad + i] = (char)text->points[i];
    size_t at = size;
    while (size > 0 && at < text->count && is_separator(text->points[at]))
        at++;
    coded->name.count = text->count - at;
    memcpy(coded->name.points, text->points + at, coded->name.count * sizeof *text->points);
    return text->fits;
}

/* `zh` is the name of the code that was found, or NULL. */
static bool coded_fits(struct row_reading *row, enum form_field field, enum code code,
                       const struct coded *coded, const char *zh)
{
    if (zh != NULL && (coded->name.count == 0 || folded_is(&coded->name, zh)))
        return true;
    row_fault(row, field, code, zh == NULL ? WHY_CODE : WHY_CODE_NAME);
    return false;
}

static void suggest(struct row_reading *row, enum form_field field, enum code code,
                    const char *of_name)
{
    struct cell_fault *fault = row_fault(row, field, code, WHY_ONLY_NAME);
    size_t size = strnlen(of_name, sizeof fault->suggest - 1);
    memcpy(fault->suggest, of_name, size);
    fault->suggest[size] = '\0';
}

static int32_t department_read(struct row_reading *row, enum form_field field)
{
    struct value_code code;
    struct coded coded;
    if (!value_code(row, field, &code))
        return 0;
    const struct department *found = NULL;
    if (coded_split(&code.text, 2, &coded)) {
        for (size_t i = 0; i < codes_departments_count && coded.code[0] == '\0'; i++) {
            if (!folded_is(&coded.name, codes_departments[i].zh))
                continue;
            suggest(row, field, CODE_UNKNOWN_DEPARTMENT, codes_departments[i].code);
            return 0;
        }
        found = department_find(bytes_from_text(coded.code));
    }
    const char *zh = found == NULL ? NULL : found->zh;
    bool fits = coded_fits(row, field, CODE_UNKNOWN_DEPARTMENT, &coded, zh);
    return fits ? department_pack(found) : 0;
}

uint16_t value_department(struct row_reading *row)
{
    return (uint16_t)value_known(row, FORM_DEPARTMENT, 0, department_read);
}

static int32_t purpose_read(struct row_reading *row, enum form_field field)
{
    struct value_code code;
    struct coded coded;
    uint8_t number = 0;
    if (!value_code(row, field, &code))
        return 0;
    const struct purpose *found = NULL;
    if (coded_split(&code.text, 2, &coded)) {
        for (size_t i = 0; i < codes_purposes_count && coded.code[0] == '\0'; i++) {
            char text[8];
            if (!folded_is(&coded.name, codes_purposes[i].zh))
                continue;
            (void)snprintf(text, sizeof text, "%02u", codes_purposes[i].code);
            suggest(row, field, CODE_UNKNOWN_PURPOSE, text);
            return 0;
        }
        if (purpose_parse(bytes_from_text(coded.code), &number))
            found = purpose_find(number);
    }
    const char *zh = found == NULL ? NULL : found->zh;
    bool fits = coded_fits(row, field, CODE_UNKNOWN_PURPOSE, &coded, zh);
    return fits ? number : 0;
}

uint8_t value_purpose(struct row_reading *row)
{
    return (uint8_t)value_known(row, FORM_PURPOSE, 0, purpose_read);
}

/* ---- the remark ---- */

/* More bytes are too long whatever they say: REMARK_MAX characters of four, and a CR for each. */
enum { MENDED_MAX = REMARK_MAX * (4 + 1) };

/* CR LF and CR become LF: how a sheet of another system ends its lines says nothing. False: told,
 * or no memory. */
static bool lines_mend(struct row_reading *row, struct bytes *text)
{
    if (text->size == 0 || memchr(text->data, '\r', text->size) == NULL)
        return true;
    if (text->size > MENDED_MAX) { /* else remarks could take as much again as the sheet */
        row_fault(row, FORM_REMARK, CODE_TOO_LONG, WHY_CODE);
        return false;
    }
    uint8_t *data = arena_alloc(row->map->arena, text->size);
    if (data == NULL) {
        row->full = true;
        return false;
    }
    size_t size = 0;
    for (size_t i = 0; i < text->size; i++) {
        bool pair = text->data[i] == '\r' && i + 1 < text->size && text->data[i + 1] == '\n';
        if (!pair)
            data[size++] = text->data[i] == '\r' ? '\n' : text->data[i];
    }
    *text = bytes_of(data, size);
    return true;
}

/* One whose lines were mended is read again. */
static struct bytes remark_keep(struct row_reading *row, struct bytes text)
{
    const struct grid_cell *cell = row->cells[FORM_REMARK];
    if (memchr(cell->text.data, '\r', cell->text.size) == NULL)
        (void)memo_keep(row->memo, FORM_REMARK, cell);
    return text;
}

struct bytes value_remark(struct row_reading *row)
{
    if (memo_find(row->memo, FORM_REMARK, row->cells[FORM_REMARK]) != NULL)
        return sheet_trim(row->cells[FORM_REMARK]->text);
    const struct grid_cell *cell = value_cell(row, FORM_REMARK);
    struct text_facts facts;
    if (cell == NULL)
        return (struct bytes){0};
    struct bytes text = sheet_trim(cell->text);
    if (!lines_mend(row, &text))
        return (struct bytes){0};
    if (text_check(text, TEXT_MANY_LINES, &facts) != TEXT_FINE)
        row_fault(row, FORM_REMARK, CODE_BAD_TEXT, WHY_UNSEEN);
    else if (facts.points > REMARK_MAX)
        row_fault(row, FORM_REMARK, CODE_TOO_LONG, WHY_CODE);
    else
        return remark_keep(row, text);
    return (struct bytes){0};
}
