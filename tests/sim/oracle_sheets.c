/* Uploaded sheets: one that was acknowledged is there; its import is whole or nothing and happens
 * once; what `done` says agrees with the lines; one that is being read is waited for (I1, I2, I13,
 * I14, I16). */
#include "base/check.h"
#include "tests/sim/cast.h"
#include "tests/sim/oracle_private.h"
#include "tests/sim/sheets.h"

bool ask_is_of_sheets(enum ask_kind kind)
{
    return kind == ASK_UPLOAD_ADD || kind == ASK_UPLOAD_IMPORT || kind == ASK_UPLOAD_DELETE;
}

/* Somebody who may has asked for this of the sheet that `add` sent, and not only been refused. */
static bool may_have(const struct world *world, enum ask_kind kind, uint32_t add)
{
    for (uint32_t i = 0; i < world->asks_count; i++) {
        const struct ask *ask = world->asks[i];
        if (ask->kind == kind && ask->sheet == add && !ask->foreign && ask_may_have(ask)) {
            return true;
        }
    }
    return false;
}

/* ---- answers: what they say is on the disk (I1, I13) ---- */

static void added_told(struct world *world, const struct ask *ask)
{
    struct sheet sheet;
    uint64_t number = sheet_number(ask->answer.made);
    world->totals.sheets++;
    bool there = sheet_view(world, ask->home, number, &sheet);
    if (there && sheet.ask != ask->number) {
        world_fail(world, "I3", "request %u was given the number of request %u's sheet",
                   ask->number, sheet.ask);
    } else if (!there && !may_have(world, ASK_UPLOAD_DELETE, ask->number)) {
        world_fail(world, "I1", "request %u was answered, but its sheet is not on the disk",
                   ask->number);
    }
}

static void imported_told(struct world *world, const struct ask *ask)
{
    struct sheet sheet;
    world->totals.imports++;
    if (!sheet_view(world, ask->home, ask->upload, &sheet) || sheet.ask != ask->sheet) {
        if (!may_have(world, ASK_UPLOAD_DELETE, ask->sheet)) {
            world_fail(world, "I1", "request %u was answered, but its sheet is gone", ask->number);
        }
        return;
    }
    if (sheet.record.state != UPLOAD_DONE || !case_id_equal(sheet.record.made, ask->answer.made)) {
        world_fail(world, "I1", "request %u was told of an import that is not on the disk",
                   ask->number);
    }
}

static void deleted_told(struct world *world, const struct ask *ask)
{
    struct sheet sheet;
    if (sheet_view(world, ask->home, ask->upload, &sheet) && sheet.ask == ask->sheet) {
        world_fail(world, "I1", "request %u was told that a sheet is deleted, but it is there",
                   ask->number);
    }
}

void oracle_sheet_done(struct world *world, const struct ask *ask)
{
    if (ask->kind == ASK_UPLOAD_ADD) {
        added_told(world, ask);
    } else if (ask->kind == ASK_UPLOAD_IMPORT) {
        imported_told(world, ask);
    } else {
        deleted_told(world, ask);
    }
}

/* ---- refusals: what they rest on is durable (I16) ---- */

static void before_told(struct world *world, const struct ask *ask)
{
    const struct ask *sent = ask->kind == ASK_UPLOAD_ADD ? ask : ask_of(world, ask->sheet);
    for (uint32_t i = 0; i < world->asks_count; i++) {
        const struct ask *other = world->asks[i];
        if (other->kind == ASK_UPLOAD_ADD && other->home == ask->home &&
            other->file == sent->file && other->number != ask->sheet &&
            may_have(world, ASK_UPLOAD_IMPORT, other->number)) {
            return;
        }
    }
    world_fail(world, "I16", "request %u was refused for an import that nobody asked for",
               ask->number);
}

static void refused_told(struct world *world, const struct ask *ask, enum outcome outcome)
{
    struct sheet sheet;
    if (!sheet_view(world, ask->home, ask->upload, &sheet) || sheet.ask != ask->sheet) {
        return;
    }
    const struct upload_record *record = &sheet.record;
    bool current = record->version == ask->version;
    if (ask->over && !ask->foreign) {
        world_fail(world, "I2", "request %u repeats an import that is over and was told %s",
                   ask->number, outcome_name(outcome));
    }
    if (outcome == OUTCOME_NOT_FOUND && !ask->foreign) {
        world_fail(world, "I13", "request %u was told that its sheet does not exist", ask->number);
    } else if (outcome == OUTCOME_STALE && current && !ask->guesses) {
        world_fail(world, "I16", "request %u was told that its sheet has moved on, it has not",
                   ask->number);
    } else if (outcome == OUTCOME_WRONG_STATE && current && record->state == UPLOAD_READY) {
        world_fail(world, "I16", "request %u was refused for a state that its sheet is not in",
                   ask->number);
    } else if (outcome == OUTCOME_UPLOAD_FAULTS && record->state == UPLOAD_READY &&
               record->valid == record->rows) {
        world_fail(world, "I13", "request %u was refused for faults that nobody is shown",
                   ask->number);
    }
}

bool oracle_sheet_refused(struct world *world, const struct ask *ask, enum outcome outcome)
{
    bool add = ask->kind == ASK_UPLOAD_ADD;
    if (outcome == OUTCOME_UPLOADED_BEFORE && ask->kind != ASK_UPLOAD_DELETE) {
        before_told(world, ask);
    } else if (add || (outcome != OUTCOME_NOT_FOUND && outcome != OUTCOME_STALE &&
                       outcome != OUTCOME_WRONG_STATE && outcome != OUTCOME_UPLOAD_FAULTS)) {
        return false;
    } else {
        refused_told(world, ask, outcome);
    }
    /* Done and deleted since: a repeat finds nothing. */
    if (ask->done && ask->key != 0 && !world->failed &&
        !(outcome == OUTCOME_NOT_FOUND && may_have(world, ASK_UPLOAD_DELETE, ask->sheet))) {
        world_fail(world, "I2", "request %u (%s) was done; repeated with its key it got %s",
                   ask->number, ask_kind_name(ask->kind), outcome_name(outcome));
    }
    return true;
}

/* ---- causes of lines ---- */

bool oracle_sheet_makes(const struct world *world, const struct ask *add,
                        const struct history *history, bool submit)
{
    for (uint32_t i = 0; i < world->asks_count; i++) {
        const struct ask *ask = world->asks[i];
        if (ask->kind == ASK_UPLOAD_IMPORT && ask->sheet == add->number && !ask->foreign &&
            (ask->submit || !submit) && ask_may_have(ask) &&
            oracle_actor_is(world, ask->client, &history->actor)) {
            return true;
        }
    }
    return false;
}

/* ---- the state whole ---- */

void oracle_sheets_begin(struct world *world)
{
    for (uint32_t i = 0; i < world->asks_count; i++) {
        world->asks[i]->number_seen = 0;
        world->asks[i]->lines_seen = 0;
        world->asks[i]->case_seen = (struct case_id){0};
    }
}

void oracle_sheet_line(struct world *world, const char *when, uint32_t add, struct line_id id,
                       uint32_t place)
{
    struct ask *ask = ask_of(world, add);
    if (ask->lines_seen > 0 && !case_id_equal(ask->case_seen, id.in)) {
        world_fail(world, "I2", "%s the sheet of request %u was imported twice", when, add);
    }
    if (ask->wanted[place].fault != FAULT_NONE) {
        world_fail(world, "I6", "%s a row of request %u that breaks a rule was imported", when,
                   add);
    }
    ask->case_seen = id.in;
    ask->lines_seen++;
}

/* One file, of one institution. That of a sheet that was deleted may be imported again. */
static void look_file(struct world *world, const char *when, const struct ask *ask)
{
    for (uint32_t i = 0; i < world->asks_count; i++) {
        const struct ask *other = world->asks[i];
        if (other != ask && other->kind == ASK_UPLOAD_ADD && other->home == ask->home &&
            other->file == ask->file && other->number_seen != 0 && other->lines_seen > 0) {
            world_fail(world, "I2", "%s the file of request %u was imported by request %u too",
                       when, ask->number, other->number);
        }
    }
}

/* What the record says of the import is what the lines say. */
static void look_import(struct world *world, const char *when, const struct sheet *sheet,
                        const struct ask *ask)
{
    const struct upload_record *record = &sheet->record;
    if (record->state != UPLOAD_DONE) {
        if (ask->lines_seen > 0) {
            world_fail(world, "I1", "%s %u lines are there of a sheet that is %s", when,
                       ask->lines_seen, upload_state_name(record->state));
        }
        return;
    }
    if (record->imported == 0 || record->imported + record->skipped != record->rows ||
        record->imported != ask->lines_seen || !case_id_equal(record->made, ask->case_seen)) {
        world_fail(world, "I1", "%s a sheet says that %u of %u rows were imported, %u lines are",
                   when, record->imported, record->rows, ask->lines_seen);
    }
    look_file(world, when, ask);
}

static uint32_t rows_under(struct world *world, enum table table, struct bytes prefix)
{
    struct rows rows = {0};
    disk_range(&world->disk, table, prefix, &rows);
    uint32_t count = rows.count;
    rows_free(&rows);
    return count;
}

static uint32_t look_sheet(struct world *world, const char *when, uint64_t home, uint64_t number)
{
    struct sheet sheet;
    bool there = sheet_view(world, home, number, &sheet);
    CHECK(there);
    uint32_t parts = 0;
    struct row_key prefix = key_of_upload(home, number);
    for (int part = UPLOAD_SHEET; part < UPLOAD_PARTS; part++) {
        parts += sheet.record.parts[part];
    }
    if (sheet.ask == 0 || rows_under(world, TABLE_UPLOAD_PART, row_key_bytes(&prefix)) != parts) {
        world_fail(world, "I14", "%s the parts of a sheet are not those that it counts", when);
        return 0;
    }
    struct ask *ask = ask_of(world, sheet.ask);
    if (ask->kind != ASK_UPLOAD_ADD || ask->home != home || !ask_may_have(ask)) {
        world_fail(world, "I16", "%s there is a sheet that nobody sent", when);
    } else if (!oracle_actor_is(world, ask->client, &sheet.record.uploader)) {
        world_fail(world, "I11", "%s the sheet of request %u is another's", when, ask->number);
    } else if (ask->number_seen != 0) {
        world_fail(world, "I2", "%s request %u made two sheets", when, ask->number);
    } else if (ask->done && sheet_number(ask->answer.made) != number) {
        world_fail(world, "I2", "%s request %u was told of another sheet", when, ask->number);
    }
    ask->number_seen = number;
    look_import(world, when, &sheet, ask);
    return parts;
}

/* An institution has its row in `waiting` while a sheet of it is to be read. */
static void look_waiting(struct world *world, const char *when, const struct rows *sheets)
{
    for (uint32_t home = 0; home < world->plan.homes; home++) {
        bool open = false;
        for (uint32_t i = 0; i < sheets->count; i++) {
            struct reader key = reader_of(sheets->items[i].key);
            struct upload_record record;
            enum err err = upload_read(sheets->items[i].value, 0, &record);
            CHECK(err == ERR_OK);
            open =
                open || (read_u64(&key) == cast_homes[home].id && record.state == UPLOAD_RECEIVED);
        }
        struct row_key key = key_of_waiting(ACTOR_INSTITUTION, cast_homes[home].id);
        if (open != (rows_under(world, TABLE_WAITING, row_key_bytes(&key)) > 0)) {
            world_fail(world, "I14", "%s home %u %s a sheet of it is being read", when, home,
                       open ? "does not wait although" : "waits although no");
        }
    }
}

static void look_requests(struct world *world, const char *when)
{
    for (uint32_t i = 0; i < world->asks_count && !world->failed; i++) {
        const struct ask *ask = world->asks[i];
        bool add = ask->kind == ASK_UPLOAD_ADD;
        const struct ask *sent = add || ask->sheet == 0 ? ask : ask_of(world, ask->sheet);
        bool there = sent->number_seen != 0;
        if (!ask_is_of_sheets(ask->kind)) {
            continue;
        }
        if (ask->kind == ASK_UPLOAD_DELETE) {
            if (ask->done && there) {
                world_fail(world, "I1", "%s a sheet whose deletion was answered is back", when);
            }
        } else if ((ask->done || (add && ask->lines_seen > 0)) && !there &&
                   !may_have(world, ASK_UPLOAD_DELETE, sent->number)) {
            world_fail(world, "I1", "%s the sheet of request %u is gone, nobody deleted it", when,
                       sent->number);
        } else if (!add && ask->done && !case_id_equal(sent->case_seen, ask->answer.made)) {
            world_fail(world, "I1", "%s the import that request %u was told of is gone", when,
                       ask->number);
        }
    }
}

void oracle_look_sheets(struct world *world, const char *when)
{
    struct rows rows = {0};
    uint32_t parts = 0;
    disk_range(&world->disk, TABLE_UPLOAD, (struct bytes){0}, &rows);
    for (uint32_t i = 0; i < rows.count && !world->failed; i++) {
        struct reader key = reader_of(rows.items[i].key);
        uint64_t home = read_u64(&key);
        parts += look_sheet(world, when, home, read_u64(&key));
    }
    if (!world->failed && rows_under(world, TABLE_UPLOAD_PART, (struct bytes){0}) != parts) {
        world_fail(world, "I14", "%s there are parts of sheets that are gone", when);
    }
    if (!world->failed) {
        look_waiting(world, when, &rows);
    }
    rows_free(&rows);
    look_requests(world, when);
}
