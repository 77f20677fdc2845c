/* An upload's faults as they are shown, the sheet back with them, and the templates.
 *
 * A stored fault: row 4, column 2, field 1, code 1, why 1, number 2, suggestion 3, near 1 × 8,
 * with row 4, has_with 1, with (day 4, serial 4, n 2), value sized16. */
#include "base/check.h"
#include "uploads.h"
#include <stdlib.h>
#include <string.h>

enum { STAFF_MAX = 2000 };

void upload_faults_write(struct writer *out, const struct cell_fault *faults, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        const struct cell_fault *fault = &faults[i];
        write_u32(out, fault->row);
        write_u16(out, fault->column);
        write_u8(out, (uint8_t)fault->field);
        write_u8(out, (uint8_t)fault->code);
        write_u8(out, (uint8_t)fault->why);
        write_u16(out, fault->number);
        write_raw(out, bytes_of(fault->suggest, sizeof fault->suggest));
        write_u8(out, fault->near_count);
        for (uint8_t near = 0; near < fault->near_count; near++) {
            write_u64(out, fault->near[near]);
        }
        write_u32(out, fault->with_row);
        write_u8(out, fault->has_with ? 1 : 0);
        write_i32(out, fault->with.in.day);
        write_u32(out, fault->with.in.serial);
        write_u16(out, fault->with.n);
        write_sized16(out, fault->value);
    }
}

static bool fault_read(struct reader *in, struct cell_fault *fault)
{
    if (in->failed || in->rest.size == 0) {
        return false;
    }
    *fault = (struct cell_fault){.row = read_u32(in)};
    fault->column = read_u16(in);
    uint8_t field = read_u8(in);
    uint8_t code = read_u8(in);
    uint8_t why = read_u8(in);
    fault->number = read_u16(in);
    read_copy(in, fault->suggest, sizeof fault->suggest);
    fault->near_count = read_u8(in);
    if (field >= FORM_FIELDS || code >= CODE_COUNT || why >= WHY_COUNT ||
        fault->near_count > FAULT_NEAR_MAX) {
        in->failed = true;
        return false;
    }
    for (uint8_t near = 0; near < fault->near_count; near++) {
        fault->near[near] = read_u64(in);
    }
    fault->field = (enum form_field)field;
    fault->code = (enum code)code;
    fault->why = (enum fault_why)why;
    fault->with_row = read_u32(in);
    fault->has_with = read_u8(in) == 1;
    fault->with.in.day = read_i32(in);
    fault->with.in.serial = read_u32(in);
    fault->with.n = read_u16(in);
    fault->value = read_sized16(in);
    return !in->failed;
}

static enum form_field field_at(enum upload_place place)
{
    switch (place) {
    case UPLOAD_AT_PERSON: return FORM_ID_NO;
    case UPLOAD_AT_TARGET: return FORM_TARGET;
    case UPLOAD_AT_DEPARTMENT: return FORM_DEPARTMENT;
    case UPLOAD_AT_PURPOSE: return FORM_PURPOSE;
    case UPLOAD_AT_START: break;
    }
    return FORM_FROM_DATE;
}

/* The ID number of whom a finding means: it is kept sealed. Empty: he is gone from the registry, or
 * the finding is one of before persons were told. */
static enum err who_quote(const struct uploads *uploads, const struct facts *facts,
                          struct arena *arena, struct bytes *value)
{
    struct reader in = reader_of(*value);
    uint64_t id = read_u64(&in);
    const struct person *person = reader_done(&in) ? facts_person(facts, id) : NULL;
    uint8_t plain[SEAL_PERSON_PLAIN_MAX];
    struct seal_person fields;
    *value = (struct bytes){0};
    if (person == NULL) {
        return ERR_OK;
    }
    enum err err = seal_person_open(uploads->keys, id, person->sealed, plain, &fields);
    if (err == ERR_OK) {
        *value = arena_copy(arena, fields.id_no);
        err = value->size == fields.id_no.size ? ERR_OK : ERR_NO_MEMORY;
    }
    seal_wipe(plain, sizeof plain);
    return err;
}

/* Of persons as they are sealed. */
static enum err persons_quote(const struct uploads *uploads, const struct facts *facts,
                              struct arena *arena, struct cell_fault *findings, uint32_t count)
{
    enum err err = ERR_OK;
    for (uint32_t i = 0; i < count && err == ERR_OK; i++) {
        if (upload_place_of(findings[i].code) == UPLOAD_AT_PERSON) {
            err = who_quote(uploads, facts, arena, &findings[i].value);
        }
    }
    return err;
}

static int by_place(const void *left, const void *right)
{
    const struct cell_fault *a = left, *b = right;
    if (a->row != b->row) {
        return a->row < b->row ? -1 : 1;
    }
    if (a->column != b->column) {
        return a->column < b->column ? -1 : 1;
    }
    return ((int)a->code > (int)b->code) - ((int)a->code < (int)b->code);
}

/* Both parts, not yet sorted: findings from `*first` on. */
static enum err parts_read(struct reader *faults, struct reader *findings, uint64_t home,
                           struct cell_fault *items, uint32_t most, uint32_t *first,
                           uint32_t *count)
{
    struct cell_fault fault;
    struct upload_finding finding;
    *count = 0;
    while (*count < most && fault_read(faults, &fault)) {
        fault.with.in.home = home;
        items[(*count)++] = fault;
    }
    *first = *count;
    while (*count < most && upload_finding_read(findings, &finding)) {
        items[*count] = (struct cell_fault){.row = finding.row,
                                            .column = finding.column,
                                            .field = field_at(upload_place_of(finding.code)),
                                            .code = finding.code,
                                            .value = finding.value,
                                            .with_row = finding.with_row,
                                            .has_with = finding.has_with,
                                            .with = finding.with};
        items[(*count)++].with.in.home = home;
    }
    return faults->failed || findings->failed ? ERR_CORRUPT : ERR_OK;
}

enum err upload_faults(const struct uploads *uploads, struct snapshot *snapshot,
                       const struct upload_record *record, const struct facts *facts,
                       struct arena *arena, struct cell_fault **faults, uint32_t *count)
{
    struct bytes sealed = {0}, found = {0}, plain = {0};
    *count = 0;
    *faults = NULL;
    enum err err = query_upload_part(snapshot, record, UPLOAD_FAULTS, arena, &sealed);
    if (err == ERR_OK) {
        err = query_upload_part(snapshot, record, UPLOAD_FINDINGS, arena, &found);
    }
    if (err == ERR_OK && sealed.size > 0) {
        uint8_t *into = arena_alloc(arena, sealed.size);
        err = into == NULL
                  ? ERR_NO_MEMORY
                  : seal_open(uploads->keys, bytes_of(record->sha256, sizeof record->sha256),
                              sealed, into, &plain);
    }
    if (err != ERR_OK || (plain.size == 0 && found.size == 0)) {
        return err;
    }
    uint32_t most = record->faults < UPLOAD_FAULTS_MAX ? record->faults : UPLOAD_FAULTS_MAX;
    most +=
        record->findings < UPLOAD_FAULTS_MAX - most ? record->findings : UPLOAD_FAULTS_MAX - most;
    struct cell_fault *items = arena_array(arena, most, sizeof *items);
    if (items == NULL) {
        return ERR_NO_MEMORY;
    }
    struct reader of_map = reader_of(plain), of_check = reader_of(found);
    uint32_t first;
    err = parts_read(&of_map, &of_check, record->home, items, most, &first, count);
    if (err == ERR_OK) {
        err = persons_quote(uploads, facts, arena, items + first, *count - first);
    }
    qsort(items, *count, sizeof *items, by_place);
    *faults = items;
    return err;
}

/* Of each line; both are in the order of the sheet. */
static void faults_count(struct sheet_map *map)
{
    uint32_t at = 0;
    for (uint32_t i = 0; i < map->rows; i++) {
        struct sheet_line *line = &map->lines[i];
        line->faults = 0;
        while (at < map->faults_count && map->faults[at].row < line->row) {
            at++;
        }
        for (; at < map->faults_count && map->faults[at].row == line->row; at++) {
            line->faults++;
        }
    }
}

enum err upload_report(const struct uploads *uploads, struct snapshot *snapshot,
                       const struct upload_record *record, const struct facts *facts,
                       struct arena *arena, struct bytes *out)
{
    struct upload_file file;
    struct sheet_grid grid;
    struct sheet_told told;
    struct sheet_map map;
    struct upload_asking asking;
    enum err err = upload_open(uploads, snapshot, record, &file);
    if (err != ERR_OK) {
        return err;
    }
    /* It was read before: what fails now is the machine. */
    if (upload_cells(uploads, &file, arena, &grid, &told) != SHEET_FINE) {
        return ERR_NO_MEMORY;
    }
    upload_asking_begin(&asking, uploads, facts);
    struct sheet_ask ask = upload_ask_of(&asking, record);
    err = sheet_map_read(&grid, &ask, arena, &map);
    if (err != ERR_OK) {
        return err;
    }
    if (map.refusal != MAP_FINE) {
        return ERR_CORRUPT;
    }
    /* The faults that were told, not those of this moment. */
    err = upload_faults(uploads, snapshot, record, facts, arena, &map.faults, &map.faults_count);
    map.faults_total = record->faults + record->findings;
    faults_count(&map);
    return err != ERR_OK ? err : sheet_write_report(&map, facts, uploads->folder, arena, out);
}

/* ---- templates ---- */

static enum err staff_add(const struct uploads *uploads, const struct person *person,
                          struct arena *arena, struct sheet_staff *staff)
{
    uint8_t *plain = arena_alloc(arena, SEAL_PERSON_PLAIN_MAX);
    struct seal_person fields;
    if (plain == NULL) {
        return ERR_NO_MEMORY;
    }
    enum err err = seal_person_open(uploads->keys, person->id, person->sealed, plain, &fields);
    *staff = (struct sheet_staff){
        .name = person->name, .profession = person->profession, .department = person->department};
    if (err == ERR_OK) {
        staff->id_no = fields.id_no;
    }
    return err;
}

enum err upload_template(const struct uploads *uploads, enum upload_kind kind, uint64_t home,
                         uint64_t person, const struct facts *facts, struct arena *arena,
                         struct bytes *out)
{
    size_t all = facts_staff_count(facts, home);
    size_t count = 0;
    struct sheet_staff *staff = arena_array(arena, STAFF_MAX, sizeof *staff);
    if (staff == NULL) {
        return ERR_NO_MEMORY;
    }
    for (size_t i = 0; i < all && count < STAFF_MAX; i++) {
        const struct person *one = facts_staff(facts, home, i);
        if (person != 0 && one->id != person) {
            continue;
        }
        enum err err = staff_add(uploads, one, arena, &staff[count]);
        if (err != ERR_OK) {
            return err;
        }
        count++;
    }
    return sheet_write_template(upload_form(kind), staff, count, uploads->folder, arena, out);
}
