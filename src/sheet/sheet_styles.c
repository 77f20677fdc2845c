#include "sheet/sheet_styles.h"
#include "base/check.h"
#include "sheet/sheet_plain.h"
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { ROOM_FIRST = 64, ID_MAX = 10000000 };
enum element { NONE, STYLE_SHEET, NUMBER_FORMATS, CELL_FORMATS };

/* ---- format codes ---- */

/* What has been seen of a code; `m` is a month unless it stands beside hours or seconds. */
struct scan {
    const char *at;
    bool date, time, duration;
    bool after_hours; /* the last of y, m, d, h, s was h */
    bool month_open;  /* an m that seconds behind it make minutes */
};

static void month_settle(struct scan *scan)
{
    scan->date = scan->date || scan->month_open;
    scan->month_open = false;
}

/* [h], [mm], [s] count hours, minutes, seconds through; other brackets are colours, conditions and
 * languages. */
static void bracket_pass(struct scan *scan)
{
    const char *end = strchr(scan->at, ']');
    if (end == NULL) {
        scan->at += strlen(scan->at);
        return;
    }
    char unit = (char)(scan->at[1] | 0x20);
    bool counted = unit == 'h' || unit == 'm' || unit == 's';
    for (const char *in = scan->at + 1; in < end; in++)
        counted = counted && (*in | 0x20) == unit;
    scan->duration = scan->duration || counted;
    scan->after_hours = scan->after_hours || (counted && unit == 'h');
    scan->at = end + 1;
}

static void quoted_pass(struct scan *scan)
{
    const char *end = strchr(scan->at + 1, '"');
    scan->at = end == NULL ? scan->at + strlen(scan->at) : end + 1;
}

static void letter_take(struct scan *scan, char letter)
{
    switch (letter) {
    case 'y':
    case 'd':
    case 'e':
    case 'b':
        month_settle(scan);
        scan->date = true;
        scan->after_hours = false;
        break;
    case 'h':
        month_settle(scan);
        scan->time = true;
        scan->after_hours = true;
        break;
    case 's':
        scan->month_open = false; /* it was minutes */
        scan->time = true;
        scan->after_hours = false;
        break;
    case 'm':
        if (scan->after_hours)
            scan->time = true;
        else
            scan->month_open = true;
        scan->after_hours = false;
        break;
    default: break;
    }
}

/* Moves past one token that is no letter of a date; false: a letter stands there. */
static bool other_pass(struct scan *scan)
{
    static const char *const words[] = {"General", "G/", "AM/PM", "A/P"};
    for (size_t i = 0; i < ARRAY_COUNT(words); i++) {
        size_t size = strlen(words[i]);
        if (strncasecmp(scan->at, words[i], size) == 0) {
            scan->time = scan->time || i >= 2;
            scan->at += size;
            return true;
        }
    }
    char c = *scan->at;
    if (c == '[') {
        bracket_pass(scan);
    } else if (c == '"') {
        quoted_pass(scan);
    } else if ((c == '\\' || c == '_' || c == '*') && scan->at[1] != '\0') {
        scan->at += 2;
    } else if ((c == 'E' || c == 'e') && (scan->at[1] == '+' || scan->at[1] == '-')) {
        scan->at += 2;
    } else {
        return false;
    }
    return true;
}

enum sheet_format sheet_format_code(const char *code)
{
    struct scan scan = {.at = code};
    while (*scan.at != '\0' && *scan.at != ';') {
        if (other_pass(&scan))
            continue;
        char letter = (char)(*scan.at++ | 0x20);
        while (*scan.at != '\0' && (char)(*scan.at | 0x20) == letter)
            scan.at++; /* a run of one letter is one token */
        letter_take(&scan, letter);
    }
    month_settle(&scan);
    if (scan.duration && !scan.date)
        return SHEET_FORMAT_DURATION;
    if (scan.date)
        return scan.time ? SHEET_FORMAT_DATE_TIME : SHEET_FORMAT_DATE;
    return scan.time ? SHEET_FORMAT_TIME : SHEET_FORMAT_PLAIN;
}

static enum sheet_format format_built_in(uint32_t id)
{
    if (id == 22)
        return SHEET_FORMAT_DATE_TIME;
    if (id == 46)
        return SHEET_FORMAT_DURATION;
    if ((id >= 18 && id <= 21) || id == 45 || id == 47 || (id >= 32 && id <= 35) || id == 52 ||
        id == 53 || id == 55 || id == 56)
        return SHEET_FORMAT_TIME;
    if ((id >= 14 && id <= 17) || (id >= 27 && id <= 36) || (id >= 50 && id <= 58))
        return SHEET_FORMAT_DATE;
    return SHEET_FORMAT_PLAIN;
}

/* ---- the part ---- */

struct reading {
    struct sheet_styles *styles;
    struct sheet_told *told;
};

void sheet_styles_init(struct sheet_styles *styles)
{
    *styles = (struct sheet_styles){0};
}

void sheet_styles_deinit(struct sheet_styles *styles)
{
    free(styles->cells);
    free(styles->numbers);
    *styles = (struct sheet_styles){0};
}

/* Room for one more of `size` bytes. */
static bool room_make(struct reading *reading, void **items, size_t count, size_t *room,
                      size_t size, size_t most)
{
    if (count == most) {
        (void)sheet_tell(reading->told, SHEET_TOO_LARGE, "there are over %zu styles", most);
        return false;
    }
    if (count < *room)
        return true;
    size_t more = *room == 0 ? ROOM_FIRST : *room * 2;
    void *moved = realloc(*items, more * size);
    if (moved == NULL) {
        (void)sheet_tell(reading->told, SHEET_NO_MEMORY, "the styles need memory");
        return false;
    }
    *items = moved;
    *room = more;
    return true;
}

/* A number of the file, ID_MAX for what is none. */
static uint32_t id_parse(const char *text)
{
    uint32_t id = 0;
    if (text == NULL || *text == '\0')
        return ID_MAX;
    for (; *text >= '0' && *text <= '9' && id < ID_MAX; text++)
        id = id * 10 + (uint32_t)(*text - '0');
    return *text == '\0' && id < ID_MAX ? id : ID_MAX;
}

static void number_take(struct reading *reading, const struct sheet_tag *tag)
{
    struct sheet_styles *styles = reading->styles;
    const char *code = sheet_attribute(tag, "formatCode");
    uint32_t id = id_parse(sheet_attribute(tag, "numFmtId"));
    void *items = styles->numbers;
    if (code == NULL || id == ID_MAX ||
        !room_make(reading, &items, styles->numbers_count, &styles->numbers_room,
                   sizeof *styles->numbers, SHEET_NUMBER_FORMATS_MAX))
        return;
    styles->numbers = items;
    styles->numbers[styles->numbers_count++] =
        (struct sheet_number_format){id, (uint8_t)sheet_format_code(code)};
}

/* The file's own number formats stand before the cell formats (ECMA-376 part 1, 18.8.39). */
static enum sheet_format number_format(const struct sheet_styles *styles, uint32_t id)
{
    for (size_t i = styles->numbers_count; i > 0; i--)
        if (styles->numbers[i - 1].id == id)
            return styles->numbers[i - 1].format;
    return format_built_in(id);
}

static void cell_take(struct reading *reading, const struct sheet_tag *tag)
{
    struct sheet_styles *styles = reading->styles;
    uint32_t id = id_parse(sheet_attribute(tag, "numFmtId"));
    void *items = styles->cells;
    if (!room_make(reading, &items, styles->cells_count, &styles->cells_room, 1, SHEET_STYLES_MAX))
        return;
    styles->cells = items;
    styles->cells[styles->cells_count++] = (uint8_t)number_format(styles, id);
}

static int on_start(void *context, int parent, const struct sheet_tag *tag)
{
    struct reading *reading = context;
    if (tag->space != SHEET_SPACE_MAIN)
        return NONE;
    if (parent == NONE && strcmp(tag->name, "styleSheet") == 0)
        return STYLE_SHEET;
    if (parent == STYLE_SHEET && strcmp(tag->name, "numFmts") == 0)
        return NUMBER_FORMATS;
    if (parent == STYLE_SHEET && strcmp(tag->name, "cellXfs") == 0)
        return CELL_FORMATS;
    if (parent == NUMBER_FORMATS && strcmp(tag->name, "numFmt") == 0)
        number_take(reading, tag);
    else if (parent == CELL_FORMATS && strcmp(tag->name, "xf") == 0)
        cell_take(reading, tag);
    return NONE;
}

static void on_restart(void *context)
{
    struct reading *reading = context;
    sheet_styles_deinit(reading->styles);
    sheet_styles_init(reading->styles);
}

enum sheet_fault sheet_styles_read(struct sheet_styles *styles, struct sheet_zip *zip, int entry,
                                   struct sheet_told *told)
{
    struct reading reading = {styles, told};
    const struct sheet_xml_sink sink = {&reading, on_start, NULL, NULL, on_restart};
    return sheet_plain_read(zip, entry, &sink, told);
}

enum sheet_format sheet_styles_format(const struct sheet_styles *styles, uint32_t style)
{
    return style < styles->cells_count ? (enum sheet_format)styles->cells[style]
                                       : SHEET_FORMAT_PLAIN;
}
