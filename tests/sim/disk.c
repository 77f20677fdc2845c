#include "tests/sim/disk.h"
#include "base/check.h"
#include "rt/rules.h"
#include <stdlib.h>
#include <string.h>

enum { MEMORY_CHUNK = 256 * 1024, RECORD_HEAD = 32, ROW_HEAD = 8, GROUPS_FIRST = 16 };

void disk_init(struct disk *disk, uint32_t segments, size_t segment_size)
{
    CHECK(segments >= 2 && segments <= SEGMENTS_MAX);
    *disk = (struct disk){.segments_count = segments, .segment_size = segment_size};
    arena_init(&disk->memory, MEMORY_CHUNK, 0);
    for (uint32_t i = 0; i < TABLE_MAX; i++) {
        disk->next[i] = 1;
    }
    /* Put when a store is made (storage/schema.c): the transfer actor is always waiting. */
    static const uint8_t one = 1;
    struct row_key key = key_of_waiting(ACTOR_TRANSFER, ADDR_TRANSFER.id);
    struct row row = {.table = TABLE_WAITING, .value = bytes_of(&one, sizeof one)};
    row.key = arena_copy(&disk->memory, row_key_bytes(&key));
    CHECK(row.key.data != NULL);
    rows_put(&disk->store, &row);
}

void disk_free(struct disk *disk)
{
    for (uint32_t i = 0; i < disk->segments_count; i++) {
        free(disk->segments[i].groups);
    }
    rows_free(&disk->store);
    rows_free(&disk->recent);
    rows_free(&disk->applying);
    arena_deinit(&disk->memory);
}

/* ---- the log ---- */

size_t disk_size_of(const struct batch *batch)
{
    size_t size = RECORD_HEAD;
    for (uint32_t i = 0; i < batch->ops_count; i++) {
        size += ROW_HEAD + batch->ops[i].key.size + batch->ops[i].value.size;
    }
    return size;
}

/* A segment may be written over when the store holds all of it, durably. */
static bool segment_is_passed(const struct disk *disk, const struct segment *segment)
{
    uint64_t passed = disk->store_position;
    if (!RULE(REUSE_AFTER_APPLY) && disk->is_applying) {
        passed = disk->applying_position;
    }
    return segment->count == 0 || segment->groups[segment->count - 1].position <= passed;
}

static uint32_t segment_after(const struct disk *disk)
{
    return (disk->current + 1) % disk->segments_count;
}

bool disk_has_room(const struct disk *disk, size_t size)
{
    const struct segment *current = &disk->segments[disk->current];
    return current->used + size <= disk->segment_size ||
           segment_is_passed(disk, &disk->segments[segment_after(disk)]);
}

static struct group *group_new(struct disk *disk, size_t size)
{
    struct segment *segment = &disk->segments[disk->current];
    if (segment->used + size > disk->segment_size && segment->count > 0) {
        disk->current = segment_after(disk);
        segment = &disk->segments[disk->current];
        CHECK(segment_is_passed(disk, segment));
        disk->reused += segment->count > 0 ? 1 : 0;
        segment->count = 0;
        segment->used = 0;
    }
    if (segment->count == segment->capacity) {
        segment->capacity = segment->capacity == 0 ? GROUPS_FIRST : segment->capacity * 2;
        segment->groups = reallocarray(segment->groups, segment->capacity, sizeof *segment->groups);
        CHECK(segment->groups != NULL);
    }
    segment->used += size;
    struct group *group = &segment->groups[segment->count++];
    *group = (struct group){.size = size};
    return group;
}

static struct bytes disk_copy(struct disk *disk, struct bytes bytes)
{
    struct bytes copy = arena_copy(&disk->memory, bytes);
    CHECK(copy.data != NULL || bytes.size == 0);
    return copy;
}

static struct row row_of(struct disk *disk, const struct op *op)
{
    struct row row = {.table = op->table, .erased = op->kind == OP_ERASE};
    row.value = disk_copy(disk, op->value);
    if (op->kind == OP_APPEND) {
        uint8_t number[8];
        struct writer out = writer_on(number, sizeof number);
        write_u64(&out, disk->next[op->table]++);
        row.key = disk_copy(disk, writer_bytes(&out));
    } else {
        row.key = disk_copy(disk, op->key);
    }
    return row;
}

void disk_append(struct disk *disk, struct batch *const *batches, uint32_t count)
{
    size_t size = 0;
    uint32_t rows = 0;
    for (uint32_t i = 0; i < count; i++) {
        size += disk_size_of(batches[i]);
        rows += batches[i]->ops_count;
    }
    struct group *group = group_new(disk, size);
    group->position = disk->position + 1;
    group->rows = arena_array(&disk->memory, rows, sizeof *group->rows);
    CHECK(group->rows != NULL);
    for (uint32_t i = 0; i < count; i++) {
        for (uint32_t j = 0; j < batches[i]->ops_count; j++) {
            group->rows[group->count++] = row_of(disk, &batches[i]->ops[j]);
        }
    }
}

static struct group *group_last(struct disk *disk)
{
    struct segment *segment = &disk->segments[disk->current];
    return segment->count == 0 ? NULL : &segment->groups[segment->count - 1];
}

void disk_sync(struct disk *disk)
{
    struct group *group = group_last(disk);
    CHECK(group != NULL && !group->synced);
    group->synced = true;
    for (uint32_t i = 0; i < group->count; i++) {
        rows_put(&disk->recent, &group->rows[i]);
    }
    disk->position = group->position;
}

bool disk_seal(struct disk *disk)
{
    if (disk->is_applying || disk->recent.count == 0) {
        return false;
    }
    disk->applying = disk->recent;
    disk->recent = (struct rows){0};
    disk->is_applying = true;
    disk->applying_position = disk->position;
    return true;
}

void disk_applied(struct disk *disk)
{
    CHECK(disk->is_applying);
    rows_merge(&disk->store, &disk->applying);
    disk->store_position = disk->applying_position;
    rows_free(&disk->applying);
    disk->is_applying = false;
}

/* ---- crash and recovery ---- */

void disk_crash(struct disk *disk, bool tail_stays)
{
    rows_free(&disk->recent);
    rows_free(&disk->applying);
    disk->is_applying = false;
    struct group *last = group_last(disk);
    if (last != NULL && !last->synced) {
        if (tail_stays) {
            last->synced = true; /* whole on the disk: recovery takes it for good */
        } else {
            disk->segments[disk->current].used -= last->size;
            disk->segments[disk->current].count--;
        }
    }
    disk->position = disk->store_position;
}

static const struct group *group_at(const struct disk *disk, uint64_t position, bool *later)
{
    for (uint32_t i = 0; i < disk->segments_count; i++) {
        for (uint32_t j = 0; j < disk->segments[i].count; j++) {
            const struct group *group = &disk->segments[i].groups[j];
            if (group->position == position) {
                return group;
            }
            *later = *later || group->position > position;
        }
    }
    return NULL;
}

/* The numbers of appended tables go on behind the last row. */
static void disk_count_on(struct disk *disk)
{
    for (uint32_t i = 0; i < TABLE_MAX; i++) {
        disk->next[i] = 1;
    }
    for (uint32_t i = 0; i < disk->store.count; i++) {
        const struct row *row = &disk->store.items[i];
        const struct table_info *info = table_info(row->table);
        if (info->keys == KEYS_APPENDED) {
            struct reader key = reader_of(row->key);
            disk->next[row->table] = read_u64(&key) + 1;
        }
    }
}

enum replay disk_replay(struct disk *disk, uint32_t groups_max)
{
    for (uint32_t i = 0; RULE(REPLAY) && i < groups_max; i++) {
        bool later = false;
        const struct group *group = group_at(disk, disk->store_position + 1, &later);
        if (group == NULL && later) {
            return REPLAY_REFUSED;
        }
        if (group == NULL) {
            groups_max = 0;
            break;
        }
        for (uint32_t j = 0; j < group->count; j++) {
            rows_put(&disk->recent, &group->rows[j]);
        }
        rows_merge(&disk->store, &disk->recent);
        rows_clear(&disk->recent);
        disk->store_position = group->position;
    }
    if (RULE(REPLAY) && groups_max > 0) {
        return REPLAY_MORE;
    }
    disk->position = disk->store_position;
    for (uint32_t i = 0; i < disk->segments_count; i++) {
        disk->segments[i].count = 0; /* all passed; a new segment begins */
        disk->segments[i].used = 0;
    }
    disk_count_on(disk);
    return REPLAY_DONE;
}

/* ---- snapshots ---- */

bool disk_get(const struct disk *disk, enum table table, struct bytes key, struct bytes *value)
{
    const struct rows *newest_first[] = {&disk->recent, &disk->applying, &disk->store};
    for (size_t i = 0; i < ARRAY_COUNT(newest_first); i++) {
        const struct row *row = rows_find(newest_first[i], table, key);
        if (row != NULL) {
            *value = row->value;
            return !row->erased;
        }
    }
    return false;
}

static bool row_in(const struct rows *rows, uint32_t at, enum table table, struct bytes prefix)
{
    return at < rows->count && rows->items[at].table == table &&
           bytes_start_with(rows->items[at].key, prefix);
}

/* Merges three sorted lists; of equal keys the newest. */
static void range_of(const struct rows *const lists[3], enum table table, struct bytes prefix,
                     struct rows *out)
{
    uint32_t at[3];
    for (int i = 0; i < 3; i++) {
        at[i] = rows_lower_bound(lists[i], table, prefix);
    }
    for (;;) {
        const struct row *least = NULL;
        for (int i = 0; i < 3; i++) {
            if (row_in(lists[i], at[i], table, prefix) &&
                (least == NULL || bytes_compare(lists[i]->items[at[i]].key, least->key) < 0)) {
                least = &lists[i]->items[at[i]];
            }
        }
        if (least == NULL) {
            return;
        }
        if (!least->erased) {
            rows_append(out, least);
        }
        for (int i = 0; i < 3; i++) {
            if (row_in(lists[i], at[i], table, prefix) &&
                bytes_equal(lists[i]->items[at[i]].key, least->key)) {
                at[i]++;
            }
        }
    }
}

void disk_range(const struct disk *disk, enum table table, struct bytes prefix, struct rows *out)
{
    range_of((const struct rows *const[]){&disk->recent, &disk->applying, &disk->store}, table,
             prefix, out);
}

void disk_load_range(const struct disk *disk, enum table table, struct bytes prefix,
                     struct rows *out)
{
    static const struct rows none;
    if (RULE(LOAD_SEES_RECENT)) {
        disk_range(disk, table, prefix, out);
    } else {
        range_of((const struct rows *const[]){&none, &none, &disk->store}, table, prefix, out);
    }
}
