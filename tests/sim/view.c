#include "tests/sim/view.h"
#include "base/check.h"
#include <string.h>

void view_begin(struct world *world)
{
    arena_reset(&world->scratch);
}

static bool line_of(struct world *world, struct bytes value, struct line_state *line)
{
    enum err err = line_state_read(value, &world->scratch, line);
    CHECK(err == ERR_OK);
    return true;
}

bool view_line(struct world *world, struct line_id id, struct line_state *line)
{
    struct row_key key = key_of_line(id);
    struct bytes value;
    return disk_get(&world->disk, TABLE_LINE, row_key_bytes(&key), &value) &&
           line_of(world, value, line);
}

bool view_case(struct world *world, struct case_id id, struct case_record *record)
{
    struct row_key key = key_of_case(id);
    struct bytes value;
    if (!disk_get(&world->disk, TABLE_CASE, row_key_bytes(&key), &value)) {
        return false;
    }
    enum err err = case_read(value, record);
    CHECK(err == ERR_OK);
    record->id = id;
    return true;
}

bool view_history(struct world *world, struct line_id id, uint32_t version, struct history *history)
{
    struct row_key key = key_of_history(id, version);
    struct bytes value;
    if (!disk_get(&world->disk, TABLE_HISTORY, row_key_bytes(&key), &value)) {
        return false;
    }
    enum err err = history_read(value, &world->scratch, history);
    CHECK(err == ERR_OK);
    return true;
}

bool view_author(struct world *world, struct line_id id, uint32_t version, uint32_t *ask,
                 uint32_t *place)
{
    struct row_key key = key_of_body(id, version);
    struct bytes value;
    struct line_body body;
    if (!disk_get(&world->disk, TABLE_BODY, row_key_bytes(&key), &value)) {
        return false;
    }
    enum err err = line_body_read(value, &world->scratch, &body);
    CHECK(err == ERR_OK);
    return note_parse(body.note, ask, place);
}

bool view_pick(struct world *world, uint64_t home, uint64_t person, uint32_t statuses,
               struct line_state *line)
{
    struct rows rows = {0};
    struct row_key prefix = key_of_u64(home);
    disk_range(&world->disk, TABLE_LINE, row_key_bytes(&prefix), &rows);
    uint32_t start = rows.count == 0 ? 0 : (uint32_t)world_below(world, rows.count);
    bool found = false;
    for (uint32_t i = 0; i < rows.count && !found; i++) {
        line_of(world, rows.items[(start + i) % rows.count].value, line);
        found = (statuses & (1u << line->status)) != 0 && (person == 0 || line->person == person);
    }
    rows_free(&rows);
    return found;
}

uint32_t view_case_lines(struct world *world, struct case_id id, struct line_state *out,
                         uint32_t max)
{
    struct rows rows = {0};
    struct row_key prefix = key_of_case(id);
    disk_range(&world->disk, TABLE_LINE, row_key_bytes(&prefix), &rows);
    uint32_t count = rows.count < max ? rows.count : max;
    for (uint32_t i = 0; i < count; i++) {
        line_of(world, rows.items[i].value, &out[i]);
    }
    rows_free(&rows);
    return count;
}

uint32_t view_queue(struct world *world, uint32_t county, struct line_id *out, uint32_t max)
{
    struct rows rows = {0};
    uint8_t prefix[4];
    struct writer writer = writer_on(prefix, sizeof prefix);
    write_u32(&writer, county);
    disk_range(&world->disk, TABLE_QUEUE, writer_bytes(&writer), &rows);
    uint32_t start = rows.count == 0 ? 0 : (uint32_t)world_below(world, rows.count);
    uint32_t count = rows.count < max ? rows.count : max;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t row_county;
        int32_t due_day;
        int64_t created_at;
        bool read = key_read_queue(rows.items[(start + i) % rows.count].key, &row_county, &due_day,
                                   &created_at, &out[i]);
        CHECK(read);
    }
    rows_free(&rows);
    return count;
}
