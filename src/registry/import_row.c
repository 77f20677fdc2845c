#include "registry/import_row.h"
#include "base/check.h"
#include "model/civil.h"
#include "model/ids.h"
#include "model/text.h"
#include "registry/fold.h"
#include <stdio.h>
#include <string.h>

const char *import_fault_name(enum import_fault fault)
{
#define FAULT_NAME(id, name, sentence)                                                             \
    case IMPORT_##id: return name;
    switch (fault) {
        IMPORT_FAULT_LIST(FAULT_NAME)
    }
#undef FAULT_NAME
    CHECK(false);
    return NULL;
}

const char *import_fault_sentence(enum import_fault fault)
{
#define FAULT_SENTENCE(id, name, sentence)                                                         \
    case IMPORT_##id: return sentence;
    switch (fault) {
        IMPORT_FAULT_LIST(FAULT_SENTENCE)
    }
#undef FAULT_SENTENCE
    CHECK(false);
    return NULL;
}

static bool is_upper(uint8_t c)
{
    return c >= 'A' && c <= 'Z';
}

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

/* Ten characters that look like an ID number, wherever they stand (columns may be shifted). */
static bool looks_personal(const uint8_t *at)
{
    if (!is_upper((uint8_t)(at[0] & ~0x20)) || !(is_digit(at[1]) || is_upper(at[1])))
        return false;
    for (size_t i = 2; i < ID_NO_SIZE; i++)
        if (!is_digit(at[i]))
            return false;
    return true;
}

/* At most IMPORT_VALUE_MAX characters; what is no plain text becomes `?`. */
static void value_print(struct bytes value, char *to, size_t capacity)
{
    struct writer out = writer_on(to, capacity - 1);
    size_t points = 0;
    while (value.size > 0 && points++ < IMPORT_VALUE_MAX) {
        struct bytes before = value;
        uint32_t c;
        if (value.size >= ID_NO_SIZE && looks_personal(value.data)) {
            char masked[ID_NO_SIZE + 1];
            id_no_mask(bytes_slice(value, 0, ID_NO_SIZE), masked);
            write_text(&out, masked);
            value = bytes_slice(value, ID_NO_SIZE, value.size - ID_NO_SIZE);
            points += ID_NO_SIZE - 1;
        } else if (!text_next(&value, &c)) {
            write_u8(&out, '?');
            value = bytes_slice(value, 1, value.size - 1);
        } else {
            struct bytes one = bytes_slice(before, 0, before.size - value.size);
            if (text_check(one, TEXT_ONE_LINE, NULL) == TEXT_FINE)
                write_raw(&out, one);
            else
                write_u8(&out, '?');
        }
    }
    if (value.size > 0)
        write_text(&out, "…");
    to[out.size] = 0;
}

void import_line_fault(const struct import_sink *sink, uint32_t line, const char *column,
                       enum import_fault fault, struct bytes value, bool personal)
{
    struct import_report report = {.line = line, .column = column, .fault = fault};
    if (!personal)
        value_print(value, report.value, sizeof report.value);
    else if (value.size == ID_NO_SIZE && looks_personal(value.data))
        id_no_mask(value, report.value);
    else if (value.size > 0)
        snprintf(report.value, sizeof report.value, "(hidden)");
    sink->on_fault(sink->context, &report);
}

void import_row_fault(struct import_row *row, size_t column, enum import_fault fault)
{
    const struct import_column *about = &row->columns[column];
    row->faults++;
    import_line_fault(row->sink, row->line, about->name, fault, row->fields[column],
                      about->personal);
}

/* Blanks at both ends, the wide one too. */
static struct bytes trimmed(struct bytes text)
{
    static const uint8_t wide[] = {0xe3, 0x80, 0x80};
    const struct bytes blank = {wide, sizeof wide};
    for (bool again = true; again;) {
        again = false;
        if (bytes_start_with(text, blank)) {
            text = bytes_slice(text, sizeof wide, text.size - sizeof wide);
            again = true;
        } else if (text.size > 0 && (text.data[0] == ' ' || text.data[0] == '\t')) {
            text = bytes_slice(text, 1, text.size - 1);
            again = true;
        }
    }
    for (bool again = true; again;) {
        again = false;
        if (text.size >= sizeof wide &&
            memcmp(text.data + text.size - sizeof wide, wide, sizeof wide) == 0) {
            text.size -= sizeof wide;
            again = true;
        } else if (text.size > 0 &&
                   (text.data[text.size - 1] == ' ' || text.data[text.size - 1] == '\t')) {
            text.size--;
            again = true;
        }
    }
    return text;
}

bool import_field_is_empty(const struct import_row *row, size_t column)
{
    return trimmed(row->fields[column]).size == 0;
}

struct bytes import_text(struct import_row *row, size_t column, uint32_t points_max, bool required)
{
    struct bytes text = trimmed(row->fields[column]), none = {NULL, 0};
    if (text.size == 0) {
        if (required)
            import_row_fault(row, column, IMPORT_REQUIRED);
        return none;
    }
    struct text_facts facts;
    if (text_check(text, TEXT_ONE_LINE, &facts) != TEXT_FINE) {
        import_row_fault(row, column, IMPORT_BAD_TEXT);
        return none;
    }
    if (facts.points > points_max) {
        import_row_fault(row, column, IMPORT_TOO_LONG);
        return none;
    }
    size_t start = row->texts.size;
    if (!fold_compose(text, &row->texts)) {
        import_row_fault(row, column, IMPORT_BAD_TEXT);
        return none;
    }
    return bytes_of(row->texts.data + start, row->texts.size - start);
}

struct bytes import_number(struct import_row *row, size_t column)
{
    char *to = (char *)row->texts.data + row->texts.size;
    struct bytes none = {NULL, 0};
    if (!fold_number(row->fields[column], to, row->texts.capacity - row->texts.size))
        return none;
    struct bytes number = bytes_from_text(to);
    row->texts.size += number.size + 1;
    return number;
}

int32_t import_date(struct import_row *row, size_t column, bool required)
{
    struct bytes text = trimmed(row->fields[column]);
    int32_t day;
    if (text.size == 0) {
        if (required)
            import_row_fault(row, column, IMPORT_REQUIRED);
        return DAY_NONE;
    }
    if (!date_parse(text, &day)) {
        import_row_fault(row, column, IMPORT_BAD_DATE);
        return DAY_NONE;
    }
    return day;
}

bool import_boolean(struct import_row *row, size_t column)
{
    struct bytes text = trimmed(row->fields[column]);
    if (text.size == 0)
        import_row_fault(row, column, IMPORT_REQUIRED);
    else if (!bytes_are_text(text, "true") && !bytes_are_text(text, "false"))
        import_row_fault(row, column, IMPORT_BAD_BOOLEAN);
    return bytes_are_text(text, "true");
}
