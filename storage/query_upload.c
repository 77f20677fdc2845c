/* Uploaded sheets: the record, its parts, the list of a home. */
#include "base/check.h"
#include "model/row_keys.h"
#include "storage/query.h"
#include "storage/query_private.h"
#include <string.h>

/* The record's texts move into the arena. */
static enum err record_keep(struct bytes value, uint64_t home, struct arena *arena,
                            struct upload_record *record)
{
    enum err err = upload_read(value, home, record);
    if (err != ERR_OK) {
        return err;
    }
    struct bytes name = arena_copy(arena, record->name), told = arena_copy(arena, record->told);
    if (name.size != record->name.size || told.size != record->told.size) {
        return ERR_NO_MEMORY;
    }
    record->name = name;
    record->told = told;
    return ERR_OK;
}

enum err query_upload(struct snapshot *snapshot, uint64_t home, uint64_t number,
                      struct arena *arena, struct upload_record *record)
{
    struct row_key key = key_of_upload(home, number);
    struct bytes value;
    enum err err = snapshot_get(snapshot, TABLE_UPLOAD, row_key_bytes(&key), &value);
    return err != ERR_OK ? err : record_keep(value, home, arena, record);
}

enum err query_upload_part(struct snapshot *snapshot, const struct upload_record *record,
                           enum upload_part part, struct arena *arena, struct bytes *out)
{
    uint16_t rows = record->parts[part];
    size_t size = 0;
    uint8_t *whole = arena_alloc(arena, (size_t)rows * ROW_VALUE_MAX);
    if (whole == NULL) {
        return ERR_NO_MEMORY;
    }
    for (uint16_t i = 0; i < rows; i++) {
        struct row_key key = key_of_upload_part(record->home, record->number, part, i);
        struct bytes value;
        enum err err = snapshot_get(snapshot, TABLE_UPLOAD_PART, row_key_bytes(&key), &value);
        if (err != ERR_OK) {
            return err == ERR_NOT_FOUND ? ERR_CORRUPT : err; /* a record without its part */
        }
        CHECK(value.size <= ROW_VALUE_MAX);
        memcpy(whole + size, value.data, value.size);
        size += value.size;
    }
    *out = bytes_of(whole, size);
    return ERR_OK;
}

enum err query_uploads(struct snapshot *snapshot, const struct upload_list_ask *ask,
                       struct arena *arena, struct upload_page *page)
{
    *page =
        (struct upload_page){.items = arena_array(arena, ask->limit, sizeof(struct upload_record))};
    if (page->items == NULL) {
        return ERR_NO_MEMORY;
    }
    struct row_key prefix = key_of_u64(ask->home);
    struct scan *scan = NULL;
    enum err err = scan_open(snapshot, TABLE_UPLOAD, row_key_bytes(&prefix), true, &scan);
    if (err != ERR_OK) {
        return err;
    }
    struct bytes key, value;
    uint32_t skip = ask->skip;
    while (err == ERR_OK && page->total < LIST_TOTAL_MAX && scan_next(scan, &key, &value)) {
        struct upload_record record;
        err = upload_read(value, ask->home, &record);
        bool mine = ask->person == 0 || (record.uploader.kind == PRINCIPAL_PERSON &&
                                         record.uploader.person == ask->person);
        if (err != ERR_OK || !mine) {
            continue;
        }
        page->total++;
        if (ask->from != 0 && record.number > ask->from) {
            continue; /* of an earlier page: counted alone */
        }
        if (skip > 0) {
            skip--;
        } else if (page->count < ask->limit) {
            err = record_keep(value, ask->home, arena, &page->items[page->count]);
            page->count++;
        } else if (page->next == 0) {
            page->next = record.number;
        }
    }
    page->total_is_min = page->total >= LIST_TOTAL_MAX;
    err = err == ERR_OK ? scan_err(scan) : err;
    scan_close(scan);
    return err;
}
