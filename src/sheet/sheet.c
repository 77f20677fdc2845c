#include "sheet/sheet.h"
#include "base/check.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define FAULT_ROW(id, name, sentence) {name, sentence},
static const struct {
    const char *name, *sentence;
} rows[] = {SHEET_FAULT_LIST(FAULT_ROW)};
#undef FAULT_ROW

const char *sheet_fault_name(enum sheet_fault fault)
{
    CHECK((unsigned)fault < ARRAY_COUNT(rows));
    return rows[fault].name;
}

const char *sheet_fault_sentence(enum sheet_fault fault)
{
    CHECK((unsigned)fault < ARRAY_COUNT(rows));
    return rows[fault].sentence;
}

enum sheet_fault sheet_tell(struct sheet_told *told, enum sheet_fault fault, const char *format,
                            ...)
{
    CHECK(fault != SHEET_FINE);
    if (told->fault != SHEET_FINE)
        return told->fault;
    told->fault = fault;
    va_list list;
    va_start(list, format);
    (void)vsnprintf(told->text, sizeof told->text, format, list);
    va_end(list);
    for (char *at = told->text; *at != '\0'; at++)
        if (*at < ' ' || *at > '~')
            *at = '?';
    return fault;
}

const char *sheet_cell_name(uint32_t row, uint32_t column, char out[SHEET_CELL_NAME_MAX])
{
    CHECK(row >= 1 && row <= SHEET_GRID_ROWS && column >= 1 && column <= SHEET_GRID_COLUMNS);
    char letters[4];
    size_t count = 0;
    for (uint32_t left = column; left > 0; left = (left - 1) / 26)
        letters[count++] = (char)('A' + (left - 1) % 26);
    size_t size = 0;
    while (count > 0)
        out[size++] = letters[--count];
    (void)snprintf(out + size, SHEET_CELL_NAME_MAX - size, "%u", row);
    return out;
}

/* Takes a cell's name from the front; NULL: there is none. */
static const char *name_take(const char *text, uint32_t *row, uint32_t *column)
{
    uint32_t letters = 0, number = 0;
    const char *at = text;
    for (; (*at >= 'A' && *at <= 'Z') || (*at >= 'a' && *at <= 'z'); at++) {
        letters = letters * 26 + (uint32_t)((*at & ~0x20) - 'A' + 1);
        if (letters > SHEET_GRID_COLUMNS)
            return NULL;
    }
    for (; *at >= '0' && *at <= '9'; at++) {
        number = number * 10 + (uint32_t)(*at - '0');
        if (number > SHEET_GRID_ROWS)
            return NULL;
    }
    if (letters == 0 || number == 0)
        return NULL;
    *row = number;
    *column = letters;
    return at;
}

bool sheet_cell_parse(const char *text, uint32_t *row, uint32_t *column)
{
    const char *end = name_take(text, row, column);
    return end != NULL && *end == '\0';
}

bool sheet_range_parse(const char *text, struct sheet_range *range)
{
    const char *end = name_take(text, &range->first_row, &range->first_column);
    if (end == NULL)
        return false;
    range->last_row = range->first_row;
    range->last_column = range->first_column;
    if (*end == '\0')
        return true;
    return *end == ':' && sheet_cell_parse(end + 1, &range->last_row, &range->last_column) &&
           range->first_row <= range->last_row && range->first_column <= range->last_column;
}
