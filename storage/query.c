/* Records: a case with its lines, a line with its body, a history. Lists are in query_list.c. */
#include "storage/person_lines.h"
#include "storage/query.h"
#include "base/check.h"
#include "model/row_keys.h"
#include "storage/query_private.h"
#include <string.h>

enum { LONG_MAX_SIZE = 512 * 1024, FIRST_ITEMS = 16 };

/* A value that may have been cut: every part but the last is full (effect_put_long). */
enum err query_long(struct snapshot *snapshot, enum table table, struct row_key key,
                    struct arena *arena, struct bytes *out)
{
    struct bytes parts[UINT8_MAX];
    size_t size = 0;
    uint8_t count = 0;
    for (; count < UINT8_MAX; count++) {
        struct row_key part = key_of_part(key, count);
        struct bytes value;
        enum err err = snapshot_get(snapshot, table, row_key_bytes(&part), &value);
        if (err == ERR_NOT_FOUND && count > 0) {
            break;
        }
        if (err != ERR_OK) {
            return err;
        }
        /* Copied at once: a view into the snapshot lives until the next look-up only. */
        parts[count] = arena_copy(arena, value);
        if (parts[count].data == NULL) {
            return ERR_NO_MEMORY;
        }
        size += value.size;
        if (value.size < ROW_VALUE_MAX) {
            count++;
            break;
        }
    }
    if (count == 1) {
        *out = parts[0];
        return ERR_OK;
    }
    CHECK(size <= LONG_MAX_SIZE);
    uint8_t *whole = arena_alloc(arena, size);
    if (whole == NULL) {
        return ERR_NO_MEMORY;
    }
    size_t at = 0;
    for (uint8_t i = 0; i < count; i++) {
        memcpy(whole + at, parts[i].data, parts[i].size);
        at += parts[i].size;
    }
    *out = bytes_of(whole, size);
    return ERR_OK;
}

enum err query_case_record(struct snapshot *snapshot, struct case_id id, struct case_record *record)
{
    struct row_key key = key_of_case(id);
    struct bytes value;
    enum err err = snapshot_get(snapshot, TABLE_CASE, row_key_bytes(&key), &value);
    if (err != ERR_OK) {
        return err;
    }
    *record = (struct case_record){.id = id};
    return case_read(value, record);
}

enum err query_line_state(struct snapshot *snapshot, struct line_id id, struct arena *arena,
                          struct line_state *state)
{
    struct bytes row;
    enum err err = query_long(snapshot, TABLE_LINE, key_of_line(id), arena, &row);
    return err != ERR_OK ? err : line_state_read(row, arena, state);
}

enum err query_line_rest(struct snapshot *snapshot, struct arena *arena, struct line_view *view)
{
    const struct line_state *state = &view->state;
    struct bytes row;
    enum err err =
        query_long(snapshot, TABLE_BODY, key_of_body(state->id, state->body_version), arena, &row);
    if (err == ERR_OK) {
        err = line_body_read(row, arena, &view->body);
    }
    view->has_decision = false;
    if (err != ERR_OK || state->decided_version == 0) {
        return err == ERR_NOT_FOUND ? ERR_CORRUPT : err; /* a state without its body */
    }
    err = query_long(snapshot, TABLE_HISTORY, key_of_history(state->id, state->decided_version),
                     arena, &row);
    if (err == ERR_OK) {
        err = history_read(row, arena, &view->decision);
        view->has_decision = err == ERR_OK;
    }
    return err == ERR_NOT_FOUND ? ERR_CORRUPT : err;
}

enum err query_line(struct snapshot *snapshot, struct line_id id, struct arena *arena,
                    struct line_view *view)
{
    enum err err = query_line_state(snapshot, id, arena, &view->state);
    return err != ERR_OK ? err : query_line_rest(snapshot, arena, view);
}

enum err query_case(struct snapshot *snapshot, struct case_id id, struct arena *arena,
                    struct case_view *view)
{
    enum err err = query_case_record(snapshot, id, &view->record);
    if (err != ERR_OK) {
        return err;
    }
    view->lines = arena_array(arena, view->record.lines, sizeof *view->lines);
    view->count = 0;
    if (view->lines == NULL && view->record.lines > 0) {
        return ERR_NO_MEMORY;
    }
    struct line_id line = {.in = id};
    for (line.n = 1; line.n < view->record.next_n && view->count < view->record.lines; line.n++) {
        err = query_line(snapshot, line, arena, &view->lines[view->count]);
        if (err == ERR_NOT_FOUND) {
            continue; /* a draft that was deleted */
        }
        if (err != ERR_OK) {
            return err;
        }
        view->count++;
    }
    return view->count == view->record.lines ? ERR_OK : ERR_CORRUPT;
}

/* Room for one more in a growing array of the arena. */
static enum err items_grow(struct arena *arena, void **items, uint32_t count, uint32_t *capacity,
                           size_t size)
{
    if (count < *capacity) {
        return ERR_OK;
    }
    uint32_t wanted = *capacity == 0 ? FIRST_ITEMS : *capacity * 2;
    void *grown = arena_array(arena, wanted, size);
    if (grown == NULL) {
        return ERR_NO_MEMORY;
    }
    if (count > 0) {
        memcpy(grown, *items, count * size);
    }
    *items = grown;
    *capacity = wanted;
    return ERR_OK;
}

enum err query_history(struct snapshot *snapshot, struct line_id id, struct arena *arena,
                       struct history **items, uint32_t *count)
{
    struct row_key prefix = key_of_line(id);
    prefix.size--; /* without the part: all versions */
    struct scan *scan = NULL;
    enum err err = scan_open(snapshot, TABLE_HISTORY, row_key_bytes(&prefix), false, &scan);
    if (err != ERR_OK) {
        return err;
    }
    uint32_t versions_capacity = 0;
    uint32_t *versions = NULL;
    *count = 0;
    struct bytes key, value;
    while (err == ERR_OK && scan_next(scan, &key, &value)) {
        struct line_id of;
        uint32_t version = 0;
        uint8_t part = 0;
        if (!key_read_versioned(key, &of, &version, &part)) {
            err = ERR_CORRUPT;
        } else if (part == 0) {
            void *grown = versions;
            err = items_grow(arena, &grown, *count, &versions_capacity, sizeof *versions);
            versions = grown;
            if (err == ERR_OK) {
                versions[(*count)++] = version;
            }
        }
    }
    err = err == ERR_OK ? scan_err(scan) : err;
    scan_close(scan);
    *items = arena_array(arena, *count, sizeof **items);
    if (err == ERR_OK && *items == NULL && *count > 0) {
        err = ERR_NO_MEMORY;
    }
    for (uint32_t i = 0; err == ERR_OK && i < *count; i++) {
        struct bytes row;
        err = query_long(snapshot, TABLE_HISTORY, key_of_history(id, versions[i]), arena, &row);
        if (err == ERR_OK) {
            err = history_read(row, arena, &(*items)[i]);
        }
    }
    return err;
}

enum err query_person_states(struct snapshot *snapshot, uint64_t home, uint64_t person,
                             struct arena *arena, struct line_state **states, uint32_t *count)
{
    struct row_key prefix = key_of_u64(home);
    struct scan *scan = NULL;
    enum err err = scan_open(snapshot, TABLE_PERSON_LINE, row_key_bytes(&prefix), false, &scan);
    if (err != ERR_OK) {
        return err;
    }
    uint32_t capacity = 0;
    *states = NULL;
    *count = 0;
    struct bytes key, value;
    while (err == ERR_OK && person_lines_next(scan, person, false, &key, &value)) {
        uint64_t of = 0;
        struct line_id id;
        void *grown = *states;
        err = key_read_person_line(key, &of, &id) ? ERR_OK : ERR_CORRUPT;
        if (err == ERR_OK) {
            err = items_grow(arena, &grown, *count, &capacity, sizeof **states);
            *states = grown;
        }
        if (err == ERR_OK) {
            err = query_line_state(snapshot, id, arena, &(*states)[*count]);
            *count += err == ERR_OK ? 1 : 0;
        }
    }
    err = err == ERR_OK ? scan_err(scan) : err;
    scan_close(scan);
    return err;
}

enum err query_counts(struct snapshot *snapshot, uint64_t home, uint32_t counts[6])
{
    memset(counts, 0, 6 * sizeof counts[0]);
    struct row_key key = key_of_u64(home);
    struct bytes value;
    enum err err = snapshot_get(snapshot, TABLE_COUNTS, row_key_bytes(&key), &value);
    if (err == ERR_NOT_FOUND) {
        return ERR_OK; /* nothing was ever filed here */
    }
    if (err != ERR_OK) {
        return err;
    }
    struct reader in = reader_of(value);
    for (int status = STATUS_DRAFT; status <= STATUS_RETURNED; status++) {
        counts[status] = read_u32(&in);
    }
    return reader_done(&in) ? ERR_OK : ERR_CORRUPT;
}
