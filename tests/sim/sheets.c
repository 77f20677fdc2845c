#include "tests/sim/sheets.h"
#include "base/check.h"
#include "tests/sim/oracle.h"
#include <stdlib.h>
#include <string.h>

enum { FILE_SIZE = 40, LINES_ROOM = 8 * 1024, INPUT_MAX = 16 };

/* Asked of the pool; opens its snapshot a while later. */
struct sheet_work {
    struct addr back;
    uint32_t tag, incarnation;
    size_t size;
    uint8_t input[INPUT_MAX];
};

bool sheet_fault_is_mapped(enum fault fault)
{
    return fault == FAULT_NO_TARGET || fault == FAULT_NO_PURPOSE;
}

uint64_t sheet_number(struct case_id made)
{
    return (uint64_t)(uint32_t)made.day << 32 | made.serial;
}

/* ---- rows ---- */

static uint32_t file_ask(const struct world *world, struct bytes file)
{
    struct reader in = reader_of(file);
    uint32_t ask = read_u32(&in);
    return in.failed || ask > world->asks_count ? 0 : ask;
}

static struct bytes part_of(struct world *world, const struct upload_record *record,
                            enum upload_part part)
{
    uint8_t *whole = arena_alloc(&world->scratch, (size_t)record->parts[part] * ROW_VALUE_MAX + 1);
    CHECK(whole != NULL);
    size_t size = 0;
    for (uint16_t place = 0; place < record->parts[part]; place++) {
        struct row_key key = key_of_upload_part(record->home, record->number, part, place);
        struct bytes value;
        if (!disk_get(&world->disk, TABLE_UPLOAD_PART, row_key_bytes(&key), &value)) {
            return (struct bytes){0};
        }
        memcpy(whole + size, value.data, value.size);
        size += value.size;
    }
    return bytes_of(whole, size);
}

static void sheet_of(struct world *world, uint64_t home, struct bytes value, struct sheet *sheet)
{
    enum err err = upload_read(value, home, &sheet->record);
    CHECK(err == ERR_OK);
    sheet->ask = file_ask(world, part_of(world, &sheet->record, UPLOAD_SHEET));
}

bool sheet_view(struct world *world, uint64_t home, uint64_t number, struct sheet *sheet)
{
    struct row_key key = key_of_upload(home, number);
    struct bytes value;
    if (!disk_get(&world->disk, TABLE_UPLOAD, row_key_bytes(&key), &value)) {
        return false;
    }
    sheet_of(world, home, value, sheet);
    return true;
}

bool sheet_pick(struct world *world, uint64_t home, uint64_t person, struct sheet *sheet)
{
    struct rows rows = {0};
    struct row_key prefix = key_of_u64(home);
    disk_range(&world->disk, TABLE_UPLOAD, row_key_bytes(&prefix), &rows);
    uint32_t start = rows.count == 0 ? 0 : (uint32_t)world_below(world, rows.count);
    bool found = false;
    for (uint32_t i = 0; i < rows.count && !found; i++) {
        sheet_of(world, home, rows.items[(start + i) % rows.count].value, sheet);
        const struct principal *uploader = &sheet->record.uploader;
        found = sheet->ask != 0 &&
                (person == 0 || (uploader->kind == PRINCIPAL_PERSON && uploader->person == person));
    }
    rows_free(&rows);
    return found;
}

bool sheets_are_read(struct world *world)
{
    struct rows rows = {0};
    bool read = true;
    disk_range(&world->disk, TABLE_UPLOAD, (struct bytes){0}, &rows);
    for (uint32_t i = 0; i < rows.count; i++) {
        struct upload_record record;
        enum err err = upload_read(rows.items[i].value, 0, &record);
        CHECK(err == ERR_OK);
        read = read && record.state != UPLOAD_RECEIVED;
    }
    rows_free(&rows);
    return read;
}

/* ---- the way in ---- */

struct bytes sheet_file(const struct ask *ask, struct arena *arena)
{
    uint8_t *file = arena_alloc_zero(arena, FILE_SIZE);
    CHECK(file != NULL);
    struct writer out = writer_on(file, FILE_SIZE);
    write_u32(&out, ask->number);
    return bytes_of(file, FILE_SIZE);
}

void sheet_lines_for(struct world *world, const struct ask *ask, struct letter *letter)
{
    struct sheet sheet;
    view_begin(world);
    if (!sheet_view(world, ask->home, ask->upload, &sheet)) {
        return; /* the actor has the last word */
    }
    letter->msg.u.upload.read_version = sheet.record.version;
    letter->msg.u.upload.lines =
        arena_copy(&letter->arena, part_of(world, &sheet.record, UPLOAD_LINES));
}

/* ---- the pool ---- */

/* In the batch, even, behind which the pool was asked. */
static bool may_be_deleted(const struct world *world, const struct upload_ask *asked)
{
    for (uint32_t i = 0; i < world->asks_count; i++) {
        const struct ask *ask = world->asks[i];
        if (ask->kind == ASK_UPLOAD_DELETE && ask->home == asked->home &&
            ask->upload == asked->number && (ask->done || ask->unknown || ask->calls_open > 0)) {
            return true;
        }
    }
    return false;
}

void sheet_work(struct world *world, struct addr back, uint32_t tag, uint32_t incarnation,
                struct bytes input)
{
    struct upload_ask asked;
    struct sheet sheet;
    bool read = upload_ask_read(input, &asked);
    CHECK(read && input.size <= INPUT_MAX);
    view_begin(world);
    bool there = sheet_view(world, asked.home, asked.number, &sheet);
    if (asked.home != back.id || (there ? sheet.ask == 0 : !may_be_deleted(world, &asked))) {
        world_fail(world, "I13", "the pool is asked to read a sheet that is not on the disk");
        return;
    }
    struct sheet_work *work = calloc(1, sizeof *work);
    CHECK(work != NULL);
    work->back = back;
    work->tag = tag;
    work->incarnation = incarnation;
    work->size = input.size;
    memcpy(work->input, input.data, input.size);
    world_push(world, EVENT_SHEET_OPEN, 20 + (int64_t)world_below(world, 1500))->u.sheet = work;
}

static struct bytes lines_of(const struct ask *ask, struct arena *arena, uint32_t *faults)
{
    uint8_t *room = arena_alloc(arena, LINES_ROOM);
    CHECK(room != NULL);
    struct writer out = writer_on(room, LINES_ROOM);
    upload_columns_write(&out, &(struct upload_columns){1, 3, 5, 6, 7});
    for (uint32_t i = 0; i < ask->wanted_count; i++) {
        struct upload_line line = {.row = 2 + i,
                                   .quoted = {[QUOTED_START] = BYTES_LITERAL("1150417")}};
        if (sheet_fault_is_mapped(ask->wanted[i].fault)) {
            (*faults)++;
            continue;
        }
        ask_draft(ask, i, arena, &line.draft);
        upload_line_write(&out, &line);
    }
    CHECK(!out.failed);
    return writer_bytes(&out);
}

static struct bytes found_in(struct world *world, const struct sheet *sheet, struct arena *arena)
{
    const struct ask *ask = ask_of(world, sheet->ask);
    struct upload_found found = {.number = sheet->record.number};
    if (ask->faulty) {
        found.error = UPLOAD_NO_ROWS;
        found.told = BYTES_LITERAL("no rows");
    } else {
        found.rows = ask->wanted_count;
        found.lines = lines_of(ask, arena, &found.faults);
        found.sealed_faults = found.faults > 0 ? BYTES_LITERAL("sealed") : (struct bytes){0};
    }
    size_t room = UPLOAD_FOUND_ROOM + found.told.size + found.lines.size + found.sealed_faults.size;
    uint8_t *whole = arena_alloc(arena, room);
    CHECK(whole != NULL);
    struct writer out = writer_on(whole, room);
    upload_found_write(&out, &found);
    CHECK(!out.failed);
    return writer_bytes(&out);
}

void sheet_work_open(struct world *world, struct event *event)
{
    struct sheet_work *work = event->u.sheet;
    struct upload_ask asked;
    struct sheet sheet;
    bool read = upload_ask_read(bytes_of(work->input, work->size), &asked);
    CHECK(read);
    struct letter *letter = letter_new();
    CHECK(letter != NULL);
    letter->msg.kind = MSG_WORK_DONE;
    letter->msg.to = work->back;
    letter->msg.u.work.tag = work->tag;
    letter->msg.u.work.incarnation = work->incarnation;
    view_begin(world);
    if (!world->calm && world_chance(world, 20)) {
        letter->msg.u.work.err = ERR_CLOSED; /* the reader can't be had at the moment */
    } else if (!sheet_view(world, asked.home, asked.number, &sheet)) {
        letter->msg.u.work.err = ERR_NOT_FOUND; /* deleted */
    } else {
        letter->msg.u.work.result = found_in(world, &sheet, &letter->arena);
    }
    process_send(world, SHARDS_MAX, letter, 20 + (int64_t)world_below(world, 6000));
    free(work);
}
