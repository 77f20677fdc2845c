#include "sheet/sheet_cells.h"
#include "base/check.h"
#include "sheet/sheet_plain.h"
#include <string.h>

enum element { NONE, WORKSHEET, DATA, ROW, CELL, VALUE, INLINE, RUN, TEXT, MERGES };

/* The attribute t of a cell (ECMA-376 part 1, 18.18.11). */
enum type {
    TYPE_NUMBER,
    TYPE_SHARED,
    TYPE_INLINE,
    TYPE_FORMULA_TEXT,
    TYPE_BOOLEAN,
    TYPE_ERROR,
    TYPE_DATE,
    TYPES
};

static const char *const type_names[TYPES] = {"n", "s", "inlineStr", "str", "b", "e", "d"};

static void refuse(struct sheet_cells *cells, enum sheet_fault fault, const char *sentence)
{
    char name[SHEET_CELL_NAME_MAX];
    (void)sheet_tell(cells->told, fault, "%s: %s",
                     sheet_cell_name(cells->cell.row, cells->cell.column, name), sentence);
}

/* ---- where a row or cell stands ---- */

static bool row_parse(const char *text, uint32_t *row)
{
    *row = 0;
    for (; *text >= '0' && *text <= '9' && *row <= SHEET_GRID_ROWS; text++)
        *row = *row * 10 + (uint32_t)(*text - '0');
    return *text == '\0' && *row >= 1 && *row <= SHEET_GRID_ROWS;
}

static int row_start(struct sheet_cells *cells, const struct sheet_tag *tag)
{
    const char *text = sheet_attribute(tag, "r");
    uint32_t row = cells->row + 1;
    if ((text != NULL && !row_parse(text, &row)) || row > SHEET_GRID_ROWS)
        (void)sheet_tell(cells->told, SHEET_BROKEN, "behind row %u stands one that can't be",
                         cells->row);
    else if (row < cells->row || (row == cells->row && cells->profile == SHEET_IMPORT))
        (void)sheet_tell(cells->told, SHEET_BROKEN, "row %u stands behind row %u", row, cells->row);
    cells->row = row;
    cells->column = 0;
    return ROW;
}

static bool place_take(struct sheet_cells *cells, const struct sheet_tag *tag)
{
    const char *text = sheet_attribute(tag, "r");
    uint32_t row = cells->row, column = cells->column + 1;
    bool sound = text == NULL ? column <= SHEET_GRID_COLUMNS
                              : sheet_cell_parse(text, &row, &column) && row == cells->row;
    if (sound && cells->profile == SHEET_IMPORT)
        sound = column > cells->column;
    if (!sound) {
        (void)sheet_tell(cells->told, SHEET_BROKEN,
                         "row %u: behind column %u stands a cell that can't be there", cells->row,
                         cells->column);
        return false;
    }
    cells->column = column;
    return true;
}

static bool number_parse(const char *text, uint32_t *number)
{
    uint64_t value = 0;
    const char *at = text;
    for (; *at >= '0' && *at <= '9' && value <= UINT32_MAX; at++)
        value = value * 10 + (uint64_t)(*at - '0');
    *number = (uint32_t)value;
    return at != text && *at == '\0' && value <= UINT32_MAX;
}

static int cell_start(struct sheet_cells *cells, const struct sheet_tag *tag)
{
    if (!place_take(cells, tag))
        return CELL;
    cells->cell = (struct sheet_cell){.row = cells->row, .column = cells->column};
    const char *type = sheet_attribute(tag, "t"), *style = sheet_attribute(tag, "s");
    cells->type = TYPE_NUMBER;
    if (type != NULL) {
        while (cells->type < TYPES &&
               (*type != *type_names[cells->type] || strcmp(type, type_names[cells->type]) != 0))
            cells->type++;
        if (cells->type == TYPES)
            refuse(cells, SHEET_BROKEN, "a cell of an unknown type");
    }
    cells->style = 0;
    if (style != NULL && !number_parse(style, &cells->style))
        refuse(cells, SHEET_BROKEN, "a style that is no number");
    sheet_text_clear(cells->text);
    return CELL;
}

/* ---- what stands in a cell ---- */

static void text_show(struct sheet_cells *cells)
{
    if (!sheet_text_finish(cells->text)) {
        refuse(cells, SHEET_TOO_LARGE, "a text of over 32767 characters");
        return;
    }
    cells->cell.kind = SHEET_TEXT;
    cells->cell.text = sheet_text_bytes(cells->text);
}

static void shared_show(struct sheet_cells *cells, const char *token)
{
    uint32_t index;
    if (!number_parse(token, &index) || index >= cells->strings->count) {
        refuse(cells, SHEET_BROKEN, "a text that is not in the shared strings");
        return;
    }
    cells->cell.kind = SHEET_TEXT;
    cells->cell.text = cells->strings->items[index];
}

static void boolean_show(struct sheet_cells *cells, const char *token)
{
    bool yes = strcmp(token, "1") == 0 || strcmp(token, "true") == 0;
    if (!yes && strcmp(token, "0") != 0 && strcmp(token, "false") != 0) {
        refuse(cells, SHEET_BROKEN, "neither true nor false");
        return;
    }
    cells->cell.kind = SHEET_BOOLEAN;
    cells->cell.number = yes;
    cells->cell.text = bytes_from_text(yes ? "TRUE" : "FALSE");
}

static void number_show(struct sheet_cells *cells, const char *token, char out[SHEET_VALUE_MAX])
{
    struct sheet_cell *cell = &cells->cell;
    if (!sheet_number_parse(token, &cell->number)) {
        refuse(cells, SHEET_BROKEN, "no number");
        return;
    }
    cell->format = sheet_styles_format(cells->styles, cells->style);
    if (cell->format != SHEET_FORMAT_PLAIN) {
        sheet_serial_show(cell, cells->system_1904, out);
        return;
    }
    cell->kind = SHEET_NUMBER;
    cell->digits_lost = sheet_digits_lost(cell->number);
    cell->text = bytes_of(out, sheet_number_print(cell->number, out));
}

static void value_show(struct sheet_cells *cells, char out[SHEET_VALUE_MAX])
{
    if (cells->type == TYPE_INLINE || cells->type == TYPE_FORMULA_TEXT ||
        cells->type == TYPE_ERROR) {
        text_show(cells);
        if (cells->type == TYPE_ERROR)
            cells->cell.kind = SHEET_ERROR;
        return;
    }
    char room[SHEET_NUMBER_TEXT_MAX];
    const char *token = sheet_text_token(cells->text, room, sizeof room);
    if (token == NULL) {
        refuse(cells, SHEET_BROKEN, "a value that is too long");
    } else if (*token == '\0') {
        cells->cell.kind = SHEET_EMPTY;
    } else if (cells->type == TYPE_SHARED) {
        shared_show(cells, token);
    } else if (cells->type == TYPE_BOOLEAN) {
        boolean_show(cells, token);
    } else if (cells->type == TYPE_NUMBER) {
        number_show(cells, token, out);
    } else {
        CHECK(cells->type == TYPE_DATE);
        cells->cell.format = sheet_styles_format(cells->styles, cells->style);
        if (!sheet_iso_show(&cells->cell, token, out))
            text_show(cells);
    }
}

/* Counts the row; false: an import is not given this cell. */
static bool cell_counts(struct sheet_cells *cells)
{
    if (cells->profile == SHEET_IMPORT && cells->column > SHEET_COLUMNS_MAX)
        return false;
    if (cells->row_counted != cells->row) {
        cells->row_counted = cells->row;
        cells->info->rows++;
    }
    return cells->profile == SHEET_DUMP || cells->info->rows <= SHEET_ROWS_MAX;
}

static void cell_give(struct sheet_cells *cells)
{
    char out[SHEET_VALUE_MAX];
    value_show(cells, out);
    struct sheet_cell *cell = &cells->cell;
    if (cell->text.size == 0)
        cell->kind = SHEET_EMPTY;
    if (cells->told->fault != SHEET_FINE || (cell->kind == SHEET_EMPTY && !cell->formula) ||
        !cell_counts(cells))
        return;
    cells->bytes_given += cell->text.size;
    if (cells->profile == SHEET_IMPORT && cells->bytes_given > SHEET_IMPORT_TEXT_MAX) {
        refuse(cells, SHEET_TOO_LARGE, "over 2 MiB of text up to here");
        return;
    }
    enum sheet_fault fault = cells->sink->on_cell(cells->sink->context, cell);
    if (fault != SHEET_FINE)
        refuse(cells, fault, "the reading was stopped here");
}

static void merge_take(struct sheet_cells *cells, const struct sheet_tag *tag)
{
    const char *text = sheet_attribute(tag, "ref");
    struct sheet_range range;
    if (text == NULL || !sheet_range_parse(text, &range)) {
        (void)sheet_tell(cells->told, SHEET_BROKEN, "a merged range that can't be");
        return;
    }
    if (cells->sink->on_merge == NULL)
        return;
    enum sheet_fault fault = cells->sink->on_merge(cells->sink->context, &range);
    if (fault != SHEET_FINE)
        (void)sheet_tell(cells->told, fault, "the reading was stopped at the merged ranges");
}

/* ---- elements ---- */

static int in_cell(struct sheet_cells *cells, const char *name)
{
    if (strcmp(name, "v") == 0)
        return cells->type == TYPE_INLINE ? NONE : VALUE;
    if (strcmp(name, "f") == 0)
        cells->cell.formula = true;
    return strcmp(name, "is") == 0 && cells->type == TYPE_INLINE ? INLINE : NONE;
}

static int on_start(void *context, int parent, const struct sheet_tag *tag)
{
    struct sheet_cells *cells = context;
    const char *name = tag->name;
    if (tag->space != SHEET_SPACE_MAIN)
        return NONE;
    switch (parent) {
    case NONE: return strcmp(name, "worksheet") == 0 ? WORKSHEET : NONE;
    case WORKSHEET:
        if (strcmp(name, "sheetData") == 0)
            return DATA;
        return strcmp(name, "mergeCells") == 0 ? MERGES : NONE;
    case DATA: return strcmp(name, "row") == 0 ? row_start(cells, tag) : NONE;
    case ROW: return strcmp(name, "c") == 0 ? cell_start(cells, tag) : NONE;
    case CELL: return in_cell(cells, name);
    case INLINE:
        if (strcmp(name, "r") == 0)
            return RUN;
        return strcmp(name, "t") == 0 ? TEXT : NONE;
    case RUN: return strcmp(name, "t") == 0 ? TEXT : NONE;
    case MERGES:
        if (strcmp(name, "mergeCell") == 0)
            merge_take(cells, tag);
        return NONE;
    default: return NONE;
    }
}

static void on_text(void *context, int element, struct bytes text)
{
    struct sheet_cells *cells = context;
    if (element == VALUE || element == TEXT)
        sheet_text_add(cells->text, text);
}

static void on_end(void *context, int element)
{
    if (element == CELL)
        cell_give(context);
}

static void on_restart(void *context)
{
    struct sheet_cells *cells = context;
    cells->row = cells->column = cells->row_counted = 0;
    cells->bytes_given = 0;
    cells->info->rows = 0;
    cells->sink->on_restart(cells->sink->context);
}

enum sheet_fault sheet_cells_read(struct sheet_cells *cells, struct sheet_zip *zip, int entry)
{
    const struct sheet_xml_sink sink = {cells, on_start, on_text, on_end,
                                        cells->sink->on_restart == NULL ? NULL : on_restart};
    return sheet_plain_read(zip, entry, &sink, cells->told);
}
