#include "tests/unit/sheet/sheet_rig.h"
#include "base/check.h"
#include "model/codes.h"
#include "model/sentence.h"
#include "registry/facts_build.h"
#include "registry/fold.h"
#include "registry/search.h"
#include "tests/lib/t.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *code, *name;
    uint32_t county;
    enum place_status status;
} places[] = {
    {"350102A009", "青禾診所", 63000, PLACE_OPEN},
    {"0401180014", "國立臺灣澄河大學醫學院附設醫院", 65000, PLACE_OPEN},
    {"0101090517", "臺北市立聯合醫院", 63000, PLACE_OPEN}, /* genuine; its check digit is wrong */
    {"5931069274", "安康藥局", 63000, PLACE_CLOSED},
};

static const struct {
    const char *id_no, *name, *home;
    char profession;
} people[] = {
    {"A100000001", "王小明", "350102A009", 'F'},
    {"F220000004", "林宜蓁", "350102A009", 'D'},
    {"A800000005", "陳若伊", "350102A009", 'A'},
    {"A970000008", "別家人", "0401180014", 'F'},
};

static uint64_t place_id(const char *code)
{
    uint64_t id;
    T_TRUE(institution_code_parse(bytes_from_text(code), &id));
    return id;
}

static const struct facts *facts_make(void)
{
    struct facts_builder builder;
    const struct facts *facts;
    facts_builder_init(&builder);
    for (size_t i = 0; i < ARRAY_COUNT(places); i++) {
        struct institution row = {.id = place_id(places[i].code),
                                  .name = bytes_from_text(places[i].name),
                                  .county = places[i].county,
                                  .medical = true,
                                  .status = places[i].status,
                                  .status_from = DAY_NONE};
        T_OK(facts_builder_add_institution(&builder, &row));
    }
    for (size_t i = 0; i < ARRAY_COUNT(people); i++) {
        struct person row = {.id = i + 1,
                             .name = bytes_from_text(people[i].name),
                             .profession = people[i].profession,
                             .main = true,
                             .home = place_id(people[i].home),
                             .reg_no = 1,
                             .licence_to = RIG_TODAY + 1500,
                             .status_from = DAY_NONE};
        row.lookup.bytes[0] = (uint8_t)(i + 1);
        T_OK(facts_builder_add_person(&builder, &row));
    }
    T_OK(facts_build(&builder, 1, &facts));
    facts_builder_deinit(&builder);
    return facts;
}

static const struct person *find_person(void *self, struct bytes id_no)
{
    struct sheet_rig *rig = self;
    for (size_t i = 0; i < ARRAY_COUNT(people); i++)
        if (bytes_are_text(id_no, people[i].id_no))
            return facts_person(rig->facts, i + 1);
    return NULL;
}

static bool same_name(void *self, struct bytes left, struct bytes right)
{
    (void)self;
    return fold_equal(left, right);
}

static size_t near_places(void *self, struct bytes code, uint64_t *ids, size_t max)
{
    struct sheet_rig *rig = self;
    rig->near_calls++;
    return search_near(rig->facts, code, ids, max);
}

void rig_init(struct sheet_rig *rig, enum form_kind kind)
{
    memset(rig, 0, sizeof *rig);
    arena_init(&rig->arena, 64 * 1024, 8 << 20);
    rig->facts = facts_make();
    rig->registry = (struct sheet_registry){rig, find_person, same_name, near_places};
    rig->ask = (struct sheet_ask){
        .kind = kind,
        .facts = rig->facts,
        .registry = &rig->registry,
        .now = {((int64_t)RIG_TODAY * MINUTES_PER_DAY + 600) * 60000 - TAIPEI_OFFSET_MS},
        .home = place_id("350102A009")};
    rig->cells.rows = rig->rows;
}

void rig_deinit(struct sheet_rig *rig)
{
    facts_free(rig->facts);
    arena_deinit(&rig->arena);
}

/* ---- cells ---- */

static void date_cell(struct grid_cell *cell, const char *text)
{
    size_t size = strlen(text);
    cell->kind = CELL_DATE_TIME;
    cell->day = DAY_NONE;
    cell->second = SECOND_NONE;
    const char *time = size >= 10 ? (size > 10 ? text + 11 : NULL) : text;
    if (size >= 10)
        T_TRUE(date_parse(bytes_of(text, 10), &cell->day));
    if (time == NULL)
        return;
    uint16_t minute;
    T_TRUE(time_parse(bytes_of(time, 5), &minute));
    cell->second = minute * 60 + (strlen(time) > 5 ? (int32_t)strtol(time + 6, NULL, 10) : 0);
}

static void cell_make(struct grid_cell *cell, const char *text)
{
    cell->kind = CELL_TEXT;
    switch (text[0]) {
    case '#':
    case '~':
        cell->kind = CELL_NUMBER;
        cell->number = strtod(text + 1, NULL);
        cell->digits_lost = text[0] == '~';
        break;
    case '?': cell->kind = CELL_BOOLEAN; break;
    case '%': cell->kind = CELL_ERROR; break;
    case '=': cell->formula = true; break;
    case '_': cell->kind = CELL_EMPTY; break;
    case '^':
        cell->kind = CELL_EMPTY;
        cell->formula = true;
        break;
    case '@': date_cell(cell, text + 1); break;
    case '\'': break;
    default: cell->text = bytes_from_text(text); return;
    }
    cell->text = bytes_from_text(text + 1);
}

void rig_row(struct sheet_rig *rig, uint32_t number, const char *const *cells, size_t count)
{
    CHECK(rig->cells.count < RIG_ROWS_MAX && rig->used + count <= RIG_CELLS_MAX);
    struct grid_row *row = &rig->rows[rig->cells.count++];
    *row = (struct grid_row){.number = number, .cells = &rig->pool[rig->used]};
    for (size_t i = 0; i < count; i++) {
        if (cells[i] == NULL || cells[i][0] == '\0')
            continue;
        struct grid_cell *cell = &rig->pool[rig->used++];
        *cell = (struct grid_cell){.column = (uint16_t)i};
        cell_make(cell, cells[i]);
        row->count++;
    }
}

void rig_header(struct sheet_rig *rig)
{
    const struct form_template *template = form_template_of(rig->ask.kind);
    const char *names[FORM_FIELDS];
    for (uint8_t i = 0; i < template->count; i++)
        names[i] = template->columns[i]->name;
    rig_row(rig, 1, names, template->count);
}

uint16_t rig_column(enum form_kind kind, enum form_field field)
{
    const struct form_template *template = form_template_of(kind);
    for (uint8_t i = 0; i < template->count; i++)
        if (template->columns[i]->field == field)
            return i;
    CHECK(false);
    return 0;
}

void rig_good_cells(enum form_kind kind, const char *cells[FORM_FIELDS], size_t *count)
{
    static const char *const general[] = {"A100000001", "王小明", "0401180014", "",     "", "10",
                                          "1151210",    "0800",   "1151210",    "1200", ""};
    static const char *const rule[] = {"A100000001", "王小明",  "0401180014", "",    "",
                                       "10",         "1151207", "1151231",    "1",   "",
                                       "1,3",        "0800",    "1200",       "備註"};
    *count = kind == FORM_GENERAL ? ARRAY_COUNT(general) : ARRAY_COUNT(rule);
    for (size_t i = 0; i < *count; i++)
        cells[i] = kind == FORM_GENERAL ? general[i] : rule[i];
}

void rig_good_row(struct sheet_rig *rig, uint32_t number, enum form_field field, const char *cell)
{
    const char *cells[FORM_FIELDS];
    size_t count;
    rig_good_cells(rig->ask.kind, cells, &count);
    if (field != FORM_FIELDS)
        cells[rig_column(rig->ask.kind, field)] = cell;
    rig_row(rig, number, cells, count);
}

/* ---- what came of it ---- */

void rig_read(struct sheet_rig *rig)
{
    T_OK(sheet_map_read(&rig->cells, &rig->ask, &rig->arena, &rig->map));
}

const char *rig_faults(struct sheet_rig *rig)
{
    static char text[64 * 1024];
    size_t used = 0;
    text[0] = '\0';
    for (uint32_t i = 0; i < rig->map.faults_count; i++) {
        const struct cell_fault *fault = &rig->map.faults[i];
        char column[COLUMN_NAME_MAX], cell[CELL_NAME_MAX];
        form_column_name(fault->column, column);
        cell_fault_name(fault, cell);
        int size = snprintf(text + used, sizeof text - used, "%u %s %s %s %.*s\n", fault->row,
                            column, cell, code_name(fault->code), (int)fault->value.size,
                            (const char *)fault->value.data);
        CHECK(size > 0 && used + (size_t)size < sizeof text);
        used += (size_t)size;
    }
    return text;
}

const char *rig_draft(const struct sheet_rig *rig, uint32_t line)
{
    static char text[4096];
    CHECK(line < rig->map.rows);
    const struct line_draft *draft = &rig->map.lines[line].draft;
    struct writer out = writer_on(text, sizeof text - 1);
    char code[INSTITUTION_CODE_SIZE + 1], numbers[64];
    institution_code_print(draft->target, code);
    const struct department *department = department_unpack(draft->department);
    (void)snprintf(numbers, sizeof numbers, "%u %s %s %02u ", (unsigned)draft->person, code,
                   department == NULL ? "-" : department->code, draft->purpose);
    write_text(&out, numbers);
    sentence_time(&out, &draft->body.times[0]);
    write_text(&out, " [");
    write_raw(&out, draft->body.note);
    write_text(&out, "] [");
    write_raw(&out, draft->body.remark);
    write_text(&out, "]");
    CHECK(!out.failed);
    text[out.size] = '\0';
    return text;
}
