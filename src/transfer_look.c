#include "transfer_look.h"
#include "base/check.h"
#include "base/sha256.h"
#include "model/codes.h"
#include "model/registrant.h"
#include "registry/transfer_file.h"
#include "storage/query.h"
#include <string.h>

/* ---- the snapshot as a source of rows ---- */

struct source {
    struct snapshot *snapshot;
    struct scan *outbox, *bad;
    struct arena *memory;
    uint8_t code[2][TRANSFER_CODE_MAX];
    enum err err;
};

static bool source_get(struct source *source, enum table table, struct row_key key,
                       struct bytes *value)
{
    enum err err = snapshot_get(source->snapshot, table, row_key_bytes(&key), value);
    if (err != ERR_OK && err != ERR_NOT_FOUND) {
        source->err = err;
    }
    return err == ERR_OK;
}

static void source_seek(void *self, uint64_t from)
{
    struct row_key key = key_of_u64(from);
    scan_seek(((struct source *)self)->outbox, row_key_bytes(&key));
}

static bool source_next(void *self, uint64_t *number, struct bytes *value)
{
    struct source *source = self;
    struct bytes key;
    if (source->err != ERR_OK || !scan_next(source->outbox, &key, value)) {
        return false;
    }
    struct reader in = reader_of(key);
    *number = read_u64(&in);
    /* Kept: the scan's views live until its next step only, other look-ups may come between. */
    *value = arena_copy(source->memory, *value);
    if (value->data == NULL) {
        source->err = ERR_NO_MEMORY;
    }
    return source->err == ERR_OK && reader_done(&in);
}

static bool source_sent(void *self, uint64_t number, struct transfer_sent *sent)
{
    struct source *source = self;
    struct bytes value;
    if (!source_get(source, TABLE_TRANSFER_SENT, key_of_u64(number), &value)) {
        return false;
    }
    source->err = transfer_sent_read(value, sent);
    return source->err == ERR_OK;
}

static bool source_row(void *self, uint64_t number, struct bytes *value)
{
    return source_get(self, TABLE_OUTBOX, key_of_u64(number), value);
}

static bool source_bad(void *self, struct line_id line, struct transfer_bad *bad)
{
    struct source *source = self;
    struct bytes value;
    if (!source_get(source, TABLE_TRANSFER_BAD, key_of_line(line), &value)) {
        return false;
    }
    source->err = transfer_bad_read(value, bad);
    return true;
}

static bool source_next_bad(void *self, struct transfer_bad *bad)
{
    struct source *source = self;
    struct bytes key, value;
    if (source->err != ERR_OK || !scan_next(source->bad, &key, &value)) {
        return false;
    }
    source->err = transfer_bad_read(value, bad);
    return source->err == ERR_OK;
}

/* ---- the document ---- */

/* People and places as this very snapshot has them; their views lie in the arena. */
static enum err registry_row(struct source *source, enum table table, uint64_t id,
                             struct bytes *row)
{
    struct row_key key = key_of_u64(id);
    enum err err = snapshot_get(source->snapshot, table, row_key_bytes(&key), row);
    if (err == ERR_OK) {
        *row = arena_copy(source->memory, *row);
        err = row->data == NULL ? ERR_NO_MEMORY : ERR_OK;
    }
    return err;
}

static enum err place_read(struct source *source, uint64_t id, struct institution *place)
{
    struct bytes row;
    enum err err = registry_row(source, TABLE_INSTITUTION, id, &row);
    return err == ERR_OK ? institution_read(row, place) : err;
}

static enum err who_read(struct source *source, uint64_t id, struct person *person)
{
    struct bytes row;
    enum err err = registry_row(source, TABLE_PERSON, id, &row);
    return err == ERR_OK ? person_read(row, person) : err;
}

static enum err record_write(const struct transfer_lookup *look, struct source *source,
                             const struct transfer_row *row, struct writer *out)
{
    struct line_view view;
    enum err err = query_line(source->snapshot, row->line, source->memory, &view);
    if (err != ERR_OK) {
        return err;
    }
    struct person person;
    struct institution home, target;
    err = who_read(source, view.state.person, &person);
    err = err == ERR_OK ? place_read(source, row->line.in.home, &home) : err;
    err = err == ERR_OK ? place_read(source, view.state.target, &target) : err;
    if (err != ERR_OK) {
        return err;
    }
    uint8_t plain[SEAL_PERSON_PLAIN_MAX];
    struct seal_person fields;
    err = seal_person_open(look->keys, person.id, person.sealed, plain, &fields);
    if (err != ERR_OK) {
        return err;
    }
    const struct county *county = county_find(home.county);
    struct transfer_record record = {.line = row->line,
                                     .version = row->version,
                                     .action = row->action,
                                     .id_no = fields.id_no,
                                     .name = person.name,
                                     .profession = person.profession,
                                     .home = home.id,
                                     .target = target.id,
                                     .target_name = target.name,
                                     .target_medical = target.medical,
                                     .department = view.state.department,
                                     .purpose = view.state.purpose,
                                     .decided_at = view.state.decided_at,
                                     .bureau =
                                         bytes_from_text(county == NULL ? "" : county->bureau),
                                     .at = row->at};
    record.document_no = view.has_decision ? view.decision.document_no : (struct bytes){0};
    record.occurrences = times_occurrences(view.state.times, view.state.times_count);
    (void)line_span(&view.state, &record.first, &record.last);
    transfer_record_write(out, &record);
    seal_wipe(plain, sizeof plain);
    return out->failed ? ERR_TOO_LARGE : ERR_OK;
}

/* Columns and records, then the manifest of their digest in front. */
static enum err document_make(const struct transfer_lookup *look, struct source *source,
                              const struct transfer_ask *ask, const struct transfer_row *rows,
                              uint16_t count, struct transfer_found *found)
{
    size_t room = TRANSFER_HEAD_ROOM + count * (size_t)TRANSFER_RECORD_ROOM;
    uint8_t *body = arena_alloc(source->memory, room);
    uint8_t *whole = arena_alloc(source->memory, room + TRANSFER_HEAD_ROOM);
    enum err err = ERR_OK;
    if (body == NULL || whole == NULL) {
        return ERR_NO_MEMORY;
    }
    struct writer out = writer_on(body, room);
    transfer_columns_write(&out);
    for (uint16_t i = 0; err == ERR_OK && i < count; i++) {
        err = record_write(look, source, &rows[i], &out);
    }
    if (err != ERR_OK) {
        seal_wipe(body, room);
        return err;
    }
    sha256_of(writer_bytes(&out), found->sha256);
    struct writer document = writer_on(whole, room + TRANSFER_HEAD_ROOM);
    transfer_manifest_write(&document, ask->transfer, ask->kind, count, found->sha256);
    write_raw(&document, writer_bytes(&out));
    seal_wipe(body, room);
    found->document = writer_bytes(&document);
    return document.failed ? ERR_TOO_LARGE : ERR_OK;
}

/* ---- the look ---- */

static enum err look(const struct transfer_lookup *self, struct source *source,
                     const struct transfer_ask *ask, struct bytes *result)
{
    struct transfer_found found = {0};
    struct transfer_row *rows = arena_array(source->memory, ask->rows_max, sizeof *rows);
    size_t room = ask->rows_max * (size_t)TRANSFER_ROW_SIZE;
    uint8_t *list = arena_alloc(source->memory, room);
    if (rows == NULL || list == NULL) {
        return ERR_NO_MEMORY;
    }
    uint16_t count = transfer_choose(ask,
                                     &(struct transfer_source){.self = source,
                                                               .seek = source_seek,
                                                               .next = source_next,
                                                               .sent = source_sent,
                                                               .row = source_row,
                                                               .bad = source_bad,
                                                               .next_bad = source_next_bad},
                                     rows, &found.mark, &found.day);
    enum err err = source->err == ERR_OK ? scan_err(source->outbox) : source->err;
    err = err == ERR_OK ? scan_err(source->bad) : err;
    if (err == ERR_OK && count > 0) {
        err = document_make(self, source, ask, rows, count, &found);
    }
    if (err != ERR_OK) {
        return err;
    }
    struct writer out = writer_on(list, room);
    for (uint16_t i = 0; i < count; i++) {
        transfer_row_write(&out, &rows[i]);
    }
    found.rows = writer_bytes(&out);
    size_t size = found.rows.size + found.document.size + TRANSFER_FOUND_ROOM;
    uint8_t *whole = arena_alloc(source->memory, size);
    if (whole == NULL) {
        return ERR_NO_MEMORY;
    }
    struct writer answer = writer_on(whole, size);
    transfer_found_write(&answer, &found);
    CHECK(!answer.failed);
    *result = writer_bytes(&answer);
    return ERR_OK;
}

enum err job_transfer(void *self, struct bytes input, const struct facts *facts,
                      struct arena *memory, struct bytes *result)
{
    (void)facts;
    const struct transfer_lookup *lookup = self;
    struct transfer_ask ask;
    struct source source = {.memory = memory};
    if (!transfer_ask_read(input, &ask)) {
        return ERR_CORRUPT;
    }
    enum err err = snapshot_open(lookup->store, &source.snapshot);
    if (err != ERR_OK) {
        return err;
    }
    err = scan_open(source.snapshot, TABLE_OUTBOX, (struct bytes){0}, false, &source.outbox);
    if (err == ERR_OK) {
        err = scan_open(source.snapshot, TABLE_TRANSFER_BAD, (struct bytes){0}, false, &source.bad);
    }
    if (err == ERR_OK) {
        err = look(lookup, &source, &ask, result);
    }
    if (source.bad != NULL) {
        scan_close(source.bad);
    }
    if (source.outbox != NULL) {
        scan_close(source.outbox);
    }
    snapshot_close(source.snapshot);
    return err;
}
