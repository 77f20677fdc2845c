/* The whole file: header, stamp, limits, the list of faults. A row is sheet_row.c's. */
#include "base/check.h"
#include "sheet/sheet_fold.h"
#include "sheet/sheet_map_private.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FAULTS_BEGIN = 64, NO_COLUMN = UINT16_MAX, REFUSAL_MAX = 1024 };

const char *map_refusal_name(enum map_refusal refusal)
{
    switch (refusal) {
    case MAP_FINE: return "fine";
    case MAP_WRONG_TEMPLATE: return "wrong_template";
    case MAP_NO_ROWS: return "no_rows";
    case MAP_TOO_MANY_ROWS: return "too_many_rows";
    }
    CHECK(false);
    return NULL;
}

/* ---- faults ---- */

/* What stood in the smaller array stays behind in the arena until its end; doubling bounds it. */
static bool faults_grow(struct sheet_map *map)
{
    if (map->faults_capacity >= MAP_FAULTS_MAX)
        return false;
    uint32_t capacity = map->faults_capacity == 0 ? FAULTS_BEGIN : map->faults_capacity * 2;
    if (capacity > MAP_FAULTS_MAX)
        capacity = MAP_FAULTS_MAX;
    struct cell_fault *faults = arena_array(map->arena, capacity, sizeof *faults);
    if (faults == NULL)
        return false;
    if (map->faults_count > 0)
        memcpy(faults, map->faults, map->faults_count * sizeof *faults);
    map->faults = faults;
    map->faults_capacity = capacity;
    return true;
}

static const struct grid_row *row_numbered(const struct sheet_grid *cells, uint32_t number)
{
    uint32_t low = 0, high = cells->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (cells->rows[middle].number < number)
            low = middle + 1;
        else
            high = middle;
    }
    return low < cells->count && cells->rows[low].number == number ? &cells->rows[low] : NULL;
}

static const struct grid_cell *cell_at(const struct grid_row *row, uint16_t column)
{
    for (uint16_t i = 0; i < row->count && row->cells[i].column <= column; i++)
        if (row->cells[i].column == column)
            return &row->cells[i];
    return NULL;
}

struct cell_fault *map_fault(struct sheet_map *map, struct sheet_line *line, enum form_field field,
                             enum code code, enum fault_why why, bool *full)
{
    static _Thread_local struct cell_fault spare;
    struct cell_fault *fault = &spare;
    line->faults++;
    map->faults_total++;
    if (map->faults_count < map->faults_capacity || faults_grow(map))
        fault = &map->faults[map->faults_count++];
    else if (map->faults_capacity < MAP_FAULTS_MAX)
        *full = true;
    *fault = (struct cell_fault){
        .row = line->row, .column = map->columns[field], .field = field, .code = code, .why = why};
    const struct grid_row *row = row_numbered(map->cells, line->row);
    const struct grid_cell *cell = row == NULL ? NULL : cell_at(row, fault->column);
    if (cell != NULL)
        fault->value = cell->text;
    return fault;
}

static bool fault_known(const struct sheet_map *map, const struct sheet_line *line,
                        enum form_field field, enum code code)
{
    for (uint32_t i = 0; i < map->faults_count; i++) {
        const struct cell_fault *fault = &map->faults[i];
        if (fault->row == line->row && fault->field == field && fault->code == code)
            return true;
    }
    return false;
}

enum err sheet_map_add(struct sheet_map *map, struct sheet_line *line,
                       const struct problem *problem, const char *member,
                       const struct sheet_line *other)
{
    bool full = false;
    enum code code = problem->code;
    struct fault_place place = fault_place_of(map->kind, member);
    if (code == CODE_OVERLAPS_CASE && other != NULL)
        code = CODE_OVERLAPS_ROW;
    if (fault_known(map, line, place.at, code))
        return ERR_OK;
    bool first = line->faults == 0;
    struct cell_fault *fault = map_fault(map, line, place.at, code, WHY_CODE, &full);
    if (other != NULL) {
        fault->with_row = other->row;
    } else if (problem->has_with) {
        fault->has_with = true;
        fault->with = problem->with;
    }
    if (first)
        map->valid--;
    return full ? ERR_NO_MEMORY : ERR_OK;
}

static int fault_compare(const void *left, const void *right)
{
    const struct cell_fault *a = left, *b = right;
    if (a->row != b->row)
        return a->row < b->row ? -1 : 1;
    if (a->column != b->column)
        return a->column < b->column ? -1 : 1;
    return a->code < b->code ? -1 : a->code > b->code;
}

void sheet_map_sort(struct sheet_map *map)
{
    if (map->faults_count > 1)
        qsort(map->faults, map->faults_count, sizeof *map->faults, fault_compare);
}

/* ---- the header and the stamp ---- */

/* A formula says something also without a value, which programs leave out that don't calculate. */
static bool cell_says(const struct grid_cell *cell)
{
    return cell->formula || sheet_trim(cell->text).size > 0;
}

static bool row_says(const struct grid_row *row)
{
    for (uint16_t i = 0; i < row->count; i++)
        if (cell_says(&row->cells[i]))
            return true;
    return false;
}

static enum err refuse(struct sheet_map *map, enum map_refusal refusal, const struct writer *zh,
                       const struct writer *en)
{
    map->refusal = refusal;
    map->refusal_zh = arena_copy(map->arena, writer_bytes(zh));
    map->refusal_en = arena_copy(map->arena, writer_bytes(en));
    return map->refusal_zh.data == NULL || map->refusal_en.data == NULL ? ERR_NO_MEMORY : ERR_OK;
}

static enum err refuse_text(struct sheet_map *map, enum map_refusal refusal, const char *zh,
                            const char *en)
{
    map->refusal = refusal;
    map->refusal_zh = bytes_from_text(zh);
    map->refusal_en = bytes_from_text(en);
    return ERR_OK;
}

/* Every template writes a stamp; what has none is taken for the present version (API 5). */
static bool stamp_fits(const struct sheet_grid *cells, enum form_kind kind)
{
    return !cells->has_stamp ||
           bytes_are_text(sheet_trim(cells->stamp), form_template_of(kind)->stamp);
}

static bool is_other_template(const struct grid_row *header, enum form_kind kind)
{
    enum form_kind other = kind == FORM_GENERAL ? FORM_RULE : FORM_GENERAL;
    uint8_t found = 0;
    for (uint16_t i = 0; i < header->count; i++)
        found = (uint8_t)(found + (form_column_find(other, header->cells[i].text) != NULL));
    return found >= form_template_of(other)->count;
}

static enum err missing_tell(struct sheet_map *map, const struct grid_row *header)
{
    char zh_text[REFUSAL_MAX], en_text[REFUSAL_MAX];
    struct writer zh = writer_on(zh_text, sizeof zh_text), en = writer_on(en_text, sizeof en_text);
    const struct form_template *template = form_template_of(map->kind);
    bool said = false;
    write_text(&zh, "請使用範本檔：標題列缺少欄位 ");
    write_text(&en, "Use the template: the header row lacks ");
    for (uint8_t i = 0; i < template->count; i++) {
        if (map->columns[template->columns[i]->field] != NO_COLUMN)
            continue;
        write_text(&zh, said ? "、「" : "「");
        write_text(&zh, template->columns[i]->name);
        write_text(&zh, "」");
        write_text(&en, said ? ", " : "");
        write_text(&en, template->columns[i]->name);
        said = true;
    }
    if (is_other_template(header, map->kind)) {
        write_text(&zh, "；此檔為另一種範本，請改用相符的上傳方式");
        write_text(&en, "; this is the other template");
    }
    return refuse(map, MAP_WRONG_TEMPLATE, &zh, &en);
}

/* Of a name that stands there twice neither column can be taken. */
static enum err header_read(struct sheet_map *map, const struct grid_row *header)
{
    const struct form_template *template = form_template_of(map->kind);
    uint8_t found = 0;
    for (uint16_t i = 0; i < header->count; i++) {
        const struct form_column *column = form_column_find(map->kind, header->cells[i].text);
        if (column == NULL)
            continue;
        if (map->columns[column->field] != NO_COLUMN)
            return refuse_text(map, MAP_WRONG_TEMPLATE, "標題列有重複的欄位名稱，請使用範本檔",
                               "A name stands in the header row twice: use the template.");
        map->columns[column->field] = header->cells[i].column;
        found++;
    }
    return found == template->count ? ERR_OK : missing_tell(map, header);
}

static enum err template_check(struct sheet_map *map, const struct sheet_grid *cells,
                               uint32_t *header_at)
{
    uint32_t at = 0;
    while (at < cells->count && !row_says(&cells->rows[at]))
        at++;
    *header_at = at;
    if (!stamp_fits(cells, map->kind))
        return refuse_text(map, MAP_WRONG_TEMPLATE,
                           "範本版本不符或為另一種範本，請重新下載範本檔填寫",
                           "Another version of the template, or the other template: download it "
                           "again.");
    if (at == cells->count)
        return refuse_text(map, MAP_WRONG_TEMPLATE, "第一個工作表是空的，請使用範本檔",
                           "The first sheet is empty: use the template.");
    map->header_row = cells->rows[at].number;
    return header_read(map, &cells->rows[at]);
}

/* ---- rows ---- */

static bool is_data(const struct sheet_map *map, const struct grid_row *row)
{
    for (uint16_t i = 0; i < row->count; i++) {
        if (!cell_says(&row->cells[i]))
            continue;
        for (size_t field = 0; field < FORM_FIELDS; field++)
            if (map->columns[field] == row->cells[i].column)
                return true;
    }
    return false;
}

static enum err rows_count(struct sheet_map *map, const struct sheet_grid *cells, uint32_t from)
{
    map->rows = cells->left_out;
    for (uint32_t i = from; i < cells->count; i++)
        map->rows += is_data(map, &cells->rows[i]);
    if (map->rows == 0)
        return refuse_text(map, MAP_NO_ROWS, "範本內沒有資料列，請填寫後再上傳",
                           "There is no row of data.");
    if (map->rows <= MAP_ROWS_MAX)
        return ERR_OK;
    char zh_text[REFUSAL_MAX], en_text[REFUSAL_MAX];
    struct writer zh = writer_on(zh_text, sizeof zh_text), en = writer_on(en_text, sizeof en_text);
    char digits[16];
    int size = snprintf(digits, sizeof digits, "%u", map->rows);
    CHECK(size > 0 && (size_t)size < sizeof digits);
    write_text(&zh, "一次至多 300 列，此檔有 ");
    write_text(&zh, digits);
    write_text(&zh, " 列，請分成多個檔案");
    write_text(&en, "At most 300 rows a file; this one has ");
    write_text(&en, digits);
    write_text(&en, ": use several files.");
    return refuse(map, MAP_TOO_MANY_ROWS, &zh, &en);
}

static enum err rows_read(struct sheet_map *map, const struct sheet_ask *ask, uint32_t from)
{
    const struct sheet_grid *cells = map->cells;
    map->lines = arena_array(map->arena, map->rows, sizeof *map->lines);
    struct time_rule *times = arena_array(map->arena, map->rows, sizeof *times);
    struct sheet_memo *memo = arena_array(map->arena, 1, sizeof *memo);
    if (map->lines == NULL || times == NULL || memo == NULL)
        return ERR_NO_MEMORY;
    uint32_t at = 0;
    for (uint32_t i = from; i < cells->count; i++) {
        const struct grid_row *row = &cells->rows[i];
        if (!is_data(map, row))
            continue;
        CHECK(at < map->rows);
        struct row_reading read = {
            .map = map, .ask = ask, .line = &map->lines[at], .time = &times[at], .memo = memo};
        read.line->row = row->number;
        for (size_t field = 0; field < FORM_FIELDS; field++) {
            const struct grid_cell *cell =
                map->columns[field] == NO_COLUMN ? NULL : cell_at(row, map->columns[field]);
            read.cells[field] = cell != NULL && cell_says(cell) ? cell : NULL;
        }
        row_take(&read);
        if (read.full)
            return ERR_NO_MEMORY;
        map->valid += read.line->faults == 0;
        at++;
    }
    sheet_map_sort(map);
    return ERR_OK;
}

enum err sheet_map_read(const struct sheet_grid *cells, const struct sheet_ask *ask,
                        struct arena *arena, struct sheet_map *map)
{
    CHECK(ask->facts != NULL && ask->registry != NULL);
    *map = (struct sheet_map){.kind = ask->kind, .arena = arena, .cells = cells};
    for (size_t field = 0; field < FORM_FIELDS; field++)
        map->columns[field] = NO_COLUMN;
    uint32_t header = 0;
    enum err err = template_check(map, cells, &header);
    if (err != ERR_OK || map->refusal != MAP_FINE)
        return err;
    err = rows_count(map, cells, header + 1);
    if (err != ERR_OK || map->refusal != MAP_FINE)
        return err;
    return rows_read(map, ask, header + 1);
}
