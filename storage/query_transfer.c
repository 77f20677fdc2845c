/* Transfers as GET /ops/transfers shows them. */
#include "model/row_keys.h"
#include "storage/query.h"
#include <string.h>

bool transfer_share(struct transfer_run *run, uint32_t county)
{
    for (uint16_t i = 0; i < run->counties_count; i++) {
        if (run->counties[i].county == county) {
            run->rows = run->counties[i].rows;
            run->accepted = run->counties[i].accepted;
            run->rejected = run->counties[i].rejected;
            return true;
        }
    }
    return false;
}

enum err query_transfer(struct snapshot *snapshot, uint64_t number, struct transfer_run *run)
{
    struct row_key key = key_of_u64(number);
    struct bytes value;
    enum err err = snapshot_get(snapshot, TABLE_TRANSFER, row_key_bytes(&key), &value);
    return err == ERR_OK ? transfer_run_read(value, run) : err;
}

enum err query_transfers(struct snapshot *snapshot, uint32_t county, uint64_t from, uint32_t skip,
                         uint32_t limit, struct arena *arena, struct transfer_page *page)
{
    struct scan *scan = NULL;
    struct bytes key, value;
    *page = (struct transfer_page){.items = arena_array(arena, limit, sizeof *page->items)};
    if (page->items == NULL) {
        return ERR_NO_MEMORY;
    }
    enum err err = scan_open(snapshot, TABLE_TRANSFER, (struct bytes){0}, true, &scan);
    while (err == ERR_OK && page->total < LIST_TOTAL_MAX && scan_next(scan, &key, &value)) {
        struct transfer_run run;
        err = transfer_run_read(value, &run);
        if (err != ERR_OK || (county != 0 && !transfer_share(&run, county))) {
            continue;
        }
        page->total++;
        if ((from != 0 && run.number > from) || page->total <= skip) {
            continue;
        }
        if (page->count < limit) {
            page->items[page->count++] = run;
        } else if (page->next == 0) {
            page->next = run.number;
        }
    }
    page->total_is_min = err == ERR_OK && page->total == LIST_TOTAL_MAX;
    if (scan != NULL) {
        err = err == ERR_OK ? scan_err(scan) : err;
        scan_close(scan);
    }
    return err;
}

enum err query_rejections(struct snapshot *snapshot, uint64_t number, struct arena *arena,
                          struct transfer_rejection **items, uint32_t *count)
{
    struct scan *scan = NULL;
    struct bytes key, value;
    *count = 0;
    *items = arena_array(arena, TRANSFER_ROWS_MAX, sizeof **items);
    if (*items == NULL) {
        return ERR_NO_MEMORY;
    }
    enum err err = scan_open(snapshot, TABLE_TRANSFER_BAD, (struct bytes){0}, false, &scan);
    while (err == ERR_OK && *count < TRANSFER_ROWS_MAX && scan_next(scan, &key, &value)) {
        struct transfer_bad bad;
        struct transfer_rejection *item = &(*items)[*count];
        uint8_t part = 0;
        err = transfer_bad_read(value, &bad);
        if (err == ERR_OK && bad.transfer == number) {
            item->version = bad.version;
            item->code = arena_copy(arena, bad.code);
            err = key_read_line(key, &item->line, &part) ? ERR_OK : ERR_CORRUPT;
            err = item->code.data == NULL && bad.code.size > 0 ? ERR_NO_MEMORY : err;
            (*count)++;
        }
    }
    if (scan != NULL) {
        err = err == ERR_OK ? scan_err(scan) : err;
        scan_close(scan);
    }
    return err;
}
