/* The uploaded table back, with its faults. */
#include "base/check.h"
#include "sheet/sheet_book.h"
#include "sheet/sheet_write.h"
#include <math.h>
#include <stdio.h>

enum { COLOUR_FAULT = 0xFFC7CE, COLOUR_SAYS = 0x9C0006, FAULT_COLUMN_WIDTH = 70 };
enum { COMMENT_WIDTH = 320, COMMENT_HEIGHT = 90, SAYS_MAX = 16 * 1024 };

/* How a cell is shown, by kind; the second of each for faulty ones. */
enum look { LOOK_TEXT, LOOK_NUMBER, LOOK_DATE, LOOK_TIME, LOOK_DATE_TIME, LOOK_COUNT };

struct report {
    struct book book;
    const struct sheet_map *map;
    const struct facts *facts;
    lxw_worksheet *sheet;
    lxw_format *looks[LOOK_COUNT][2], *says;
    uint16_t fault_column;
    uint32_t next_fault; /* of the map, which is sorted like the cells */
    uint32_t next_line;
};

static void looks_make(struct report *report)
{
    static const char *const formats[LOOK_COUNT] = {
        [LOOK_TEXT] = "@",
        [LOOK_NUMBER] = NULL,
        [LOOK_DATE] = "yyyy/mm/dd",
        [LOOK_TIME] = "hh:mm:ss",
        [LOOK_DATE_TIME] = "yyyy/mm/dd hh:mm:ss",
    };
    for (size_t look = 0; look < LOOK_COUNT; look++)
        for (size_t faulty = 0; faulty < 2; faulty++) {
            lxw_format *format = book_format(&report->book, formats[look]);
            report->looks[look][faulty] = format;
            if (format != NULL && faulty == 1)
                format_set_bg_color(format, COLOUR_FAULT);
        }
    report->says = book_format(&report->book, "@");
    if (report->says != NULL) {
        format_set_font_color(report->says, COLOUR_SAYS);
        format_set_text_wrap(report->says);
        format_set_align(report->says, LXW_ALIGN_VERTICAL_TOP);
    }
}

/* ---- cells, each of the kind it came in ---- */

static enum look look_of(const struct grid_cell *cell)
{
    switch (cell->kind) {
    case CELL_EMPTY:
    case CELL_TEXT:
    case CELL_ERROR: return LOOK_TEXT; /* the library writes no error values */
    case CELL_NUMBER: return isfinite(cell->number) ? LOOK_NUMBER : LOOK_TEXT;
    case CELL_BOOLEAN: return LOOK_NUMBER;
    case CELL_DATE_TIME:
        if (cell->day == DAY_NONE)
            return LOOK_TIME;
        return cell->second == SECOND_NONE ? LOOK_DATE : LOOK_DATE_TIME;
    }
    CHECK(false);
    return LOOK_TEXT;
}

/* The serial of the 1900 system, which has a 29 February 1900 (day 60) that never was. */
static double serial_of(const struct grid_cell *cell)
{
    enum { EPOCH = 25569, LEAP_BUG = 60 }; /* 1970-01-01 */
    double serial = 0;
    if (cell->day != DAY_NONE) {
        int64_t day = (int64_t)cell->day + EPOCH;
        serial = (double)(day > LEAP_BUG ? day : day - 1);
    }
    if (cell->second != SECOND_NONE)
        serial += (double)cell->second / SECONDS_PER_DAY;
    return serial;
}

static void cell_put(struct report *report, uint32_t row, const struct grid_cell *cell, bool faulty)
{
    struct book *book = &report->book;
    lxw_format *format = report->looks[look_of(cell)][faulty];
    if (book->err != ERR_OK)
        return;
    switch (cell->kind) {
    case CELL_NUMBER:
        book_note(book,
                  worksheet_write_number(report->sheet, row, cell->column, cell->number, format));
        return;
    case CELL_DATE_TIME:
        book_note(book, worksheet_write_number(report->sheet, row, cell->column, serial_of(cell),
                                               format));
        return;
    case CELL_BOOLEAN:
        book_note(book, worksheet_write_boolean(report->sheet, row, cell->column,
                                                bytes_are_text(cell->text, "TRUE"), format));
        return;
    case CELL_EMPTY:
    case CELL_TEXT:
    case CELL_ERROR: break;
    }
    if (cell->text.size > 0)
        book_put(book, report->sheet, row, cell->column, cell->text, format);
    else
        book_note(book, worksheet_write_blank(report->sheet, row, cell->column, format));
}

/* ---- faults ---- */

static void comment_put(struct report *report, uint32_t row, uint16_t column,
                        const struct writer *says)
{
    struct book *book = &report->book;
    lxw_comment_options options = {
        .author = (char *)"報備支援", .width = COMMENT_WIDTH, .height = COMMENT_HEIGHT};
    if (book->err == ERR_OK)
        book_note(book, worksheet_write_comment_opt(report->sheet, row, column,
                                                    book_text(book, writer_bytes(says)), &options));
}

/* The kept faults of one cell: told in its comment and, with the cell's name, in `all`. */
static bool faults_tell(struct report *report, uint32_t number, uint16_t column, struct writer *all)
{
    const struct sheet_map *map = report->map;
    char room[4 * FAULT_SENTENCE_MAX];
    struct writer says = writer_on(room, sizeof room);
    bool any = false;
    for (; report->next_fault < map->faults_count; report->next_fault++) {
        const struct cell_fault *fault = &map->faults[report->next_fault];
        if (fault->row != number || fault->column != column)
            break;
        char cell[CELL_NAME_MAX];
        cell_fault_name(fault, cell);
        write_text(&says, any ? "\n" : "");
        cell_fault_sentence(fault, report->facts, FAULT_ZH, &says);
        write_text(all, all->size > 0 ? "\n" : "");
        write_text(all, cell);
        write_text(all, " ");
        cell_fault_sentence(fault, report->facts, FAULT_ZH, all);
        any = true;
    }
    if (any && !says.failed)
        comment_put(report, number - 1, column, &says);
    return any;
}

/* The fault that the next cell to be told stands in; UINT32_MAX: none in this row. */
static uint32_t fault_column_next(const struct report *report, uint32_t number)
{
    const struct sheet_map *map = report->map;
    if (report->next_fault == map->faults_count || map->faults[report->next_fault].row != number)
        return UINT32_MAX;
    return map->faults[report->next_fault].column;
}

/* Faults in cells that the row does not have: what was required there. */
static void blanks_tell(struct report *report, uint32_t number, uint32_t before, struct writer *all)
{
    uint32_t column;
    while ((column = fault_column_next(report, number)) < before) {
        struct grid_cell blank = {.column = (uint16_t)column};
        cell_put(report, number - 1, &blank, true);
        (void)faults_tell(report, number, (uint16_t)column, all);
    }
}

static void says_put(struct report *report, uint32_t number, const struct writer *all,
                     uint32_t told)
{
    const struct sheet_map *map = report->map;
    while (report->next_line < map->rows && map->lines[report->next_line].row < number)
        report->next_line++;
    const struct sheet_line *line =
        report->next_line < map->rows && map->lines[report->next_line].row == number
            ? &map->lines[report->next_line]
            : NULL;
    if (line == NULL || line->faults == 0)
        return;
    char room[SAYS_MAX + 128];
    struct writer out = writer_on(room, sizeof room);
    write_raw(&out, all->failed ? (struct bytes){0} : writer_bytes(all));
    if (line->faults > told) {
        char rest[96];
        (void)snprintf(rest, sizeof rest, "%s本列另有 %u 個錯誤，請先更正已列出者",
                       out.size > 0 ? "\n" : "", line->faults - told);
        write_text(&out, rest);
    }
    book_put(&report->book, report->sheet, number - 1, report->fault_column, writer_bytes(&out),
             report->says);
}

static void row_put(struct report *report, const struct grid_row *row)
{
    char room[SAYS_MAX];
    struct writer all = writer_on(room, sizeof room);
    uint32_t first = report->next_fault;
    for (uint16_t i = 0; i < row->count; i++) {
        const struct grid_cell *cell = &row->cells[i];
        if (cell->column == report->fault_column)
            continue;
        blanks_tell(report, row->number, cell->column, &all);
        bool faulty = fault_column_next(report, row->number) == cell->column;
        cell_put(report, row->number - 1, cell, faulty);
        (void)faults_tell(report, row->number, cell->column, &all);
    }
    blanks_tell(report, row->number, UINT32_MAX, &all);
    says_put(report, row->number, &all, report->next_fault - first);
}

/* ---- the whole ---- */

static const struct form_column *template_column(const struct sheet_map *map, uint16_t column)
{
    const struct form_template *template = form_template_of(map->kind);
    for (uint8_t i = 0; i < template->count; i++)
        if (map->columns[template->columns[i]->field] == column)
            return template->columns[i];
    return NULL;
}

static void header_put(struct report *report, const struct grid_row *row)
{
    struct book *book = &report->book;
    for (uint16_t i = 0; i < row->count; i++) {
        const struct grid_cell *cell = &row->cells[i];
        const struct form_column *column = template_column(report->map, cell->column);
        if (cell->column == report->fault_column)
            continue;
        if (column == NULL)
            cell_put(report, row->number - 1, cell, false);
        else
            book_put(book, report->sheet, row->number - 1, cell->column, cell->text,
                     column->required ? book->head_required : book->head);
    }
    book_put_text(book, report->sheet, row->number - 1, report->fault_column, FORM_FAULT_COLUMN,
                  book->head);
    if (book->err == ERR_OK)
        worksheet_freeze_panes(report->sheet, row->number, 0);
}

/* The column of an earlier report is used again; else the first behind all others. */
static uint16_t fault_column_of(const struct sheet_map *map)
{
    uint16_t behind = 0;
    for (uint32_t i = 0; i < map->cells->count; i++) {
        const struct grid_row *row = &map->cells->rows[i];
        for (uint16_t k = 0; k < row->count; k++) {
            if (row->number == map->header_row && form_is_fault_column(row->cells[k].text))
                return row->cells[k].column;
            if (row->cells[k].column >= behind)
                behind = (uint16_t)(row->cells[k].column + 1);
        }
    }
    return behind;
}

enum err sheet_write_report(const struct sheet_map *map, const struct facts *facts,
                            const char *folder, struct arena *arena, struct bytes *out)
{
    CHECK(map->refusal == MAP_FINE);
    const struct form_template *template = form_template_of(map->kind);
    struct report report = {.map = map, .facts = facts, .fault_column = fault_column_of(map)};
    struct book *book = &report.book;
    book_open(book, template->title, template->stamp, folder, arena);
    looks_make(&report);
    report.sheet = book_sheet(book, template->title);
    if (book->err == ERR_OK) {
        uint32_t last = map->cells->rows[map->cells->count - 1].number;
        book_columns(book, report.sheet, map->kind, map->columns, map->header_row,
                     last > MAP_ROWS_MAX ? last : MAP_ROWS_MAX, 0);
        book_note(book, worksheet_set_column(report.sheet, report.fault_column, report.fault_column,
                                             FAULT_COLUMN_WIDTH, NULL));
        for (uint32_t i = 0; i < map->cells->count; i++) {
            if (map->cells->rows[i].number == map->header_row)
                header_put(&report, &map->cells->rows[i]);
            else
                row_put(&report, &map->cells->rows[i]);
        }
    }
    book_codes(book);
    return book_close(book, out);
}
