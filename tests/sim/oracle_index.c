/* I14: indexes and counts agree with the lines they are of. */
#include "base/check.h"
#include "tests/sim/cast.h"
#include "tests/sim/oracle_private.h"

static uint32_t county_of(struct line_id id)
{
    const struct cast_home *home = cast_home_find(id.in.home);
    return home == NULL ? 0 : home->county;
}

static void look_queue(struct world *world, const char *when, const struct lives *lives,
                       const struct rows *rows)
{
    uint32_t in_review = 0;
    for (uint32_t i = 0; i < lives->count; i++) {
        in_review += lives->items[i].there && lives->items[i].status == STATUS_UNDER_REVIEW;
    }
    for (uint32_t i = 0; i < rows->count; i++) {
        uint32_t county = 0;
        int32_t due_day = 0;
        int64_t created_at = 0;
        struct line_id id;
        bool read = key_read_queue(rows->items[i].key, &county, &due_day, &created_at, &id);
        const struct life *life = read ? lives_find(lives, id) : NULL;
        if (life == NULL || !life->there || life->status != STATUS_UNDER_REVIEW ||
            county != county_of(id)) {
            world_fail(world, "I14", "%s the queue of %u holds a line that is not under review",
                       when, county);
            return;
        }
    }
    if (rows->count != in_review) {
        world_fail(world, "I14", "%s %u lines are under review, the queues hold %u", when,
                   in_review, rows->count);
    }
}

static void look_county_lines(struct world *world, const char *when, const struct lives *lives,
                              const struct rows *rows, uint32_t there)
{
    for (uint32_t i = 0; i < rows->count; i++) {
        uint32_t county = 0;
        int64_t created_at = 0;
        struct line_id id;
        bool read = key_read_county_line(rows->items[i].key, &county, &created_at, &id);
        const struct life *life = read ? lives_find(lives, id) : NULL;
        if (life == NULL || !life->there || county != county_of(id)) {
            world_fail(world, "I14", "%s the list of county %u holds a line that is not its own",
                       when, county);
            return;
        }
    }
    if (rows->count != there) {
        world_fail(world, "I14", "%s there are %u lines, the counties' lists hold %u", when, there,
                   rows->count);
    }
}

static void look_person_lines(struct world *world, const char *when, const struct lives *lives,
                              const struct rows *rows, uint32_t there)
{
    for (uint32_t i = 0; i < rows->count; i++) {
        uint64_t person = 0;
        struct line_id id;
        bool read = key_read_person_line(rows->items[i].key, &person, &id);
        const struct life *life = read ? lives_find(lives, id) : NULL;
        if (life == NULL || !life->there || person != life->person) {
            world_fail(world, "I14", "%s the list of a person holds a line that is not his", when);
            return;
        }
    }
    if (rows->count != there) {
        world_fail(world, "I14", "%s there are %u lines, the people's lists hold %u", when, there,
                   rows->count);
    }
}

static void look_counts(struct world *world, const char *when, const struct lives *lives)
{
    for (uint32_t home = 0; home < world->plan.homes && !world->failed; home++) {
        uint32_t counted[STATUS_RETURNED + 1] = {0};
        bool any = false;
        for (uint32_t i = 0; i < lives->count; i++) {
            const struct life *life = &lives->items[i];
            if (life->id.in.home == cast_homes[home].id) {
                counted[life->status] += life->there ? 1 : 0;
                any = true;
            }
        }
        struct row_key key = key_of_u64(cast_homes[home].id);
        struct bytes value;
        if (!disk_get(&world->disk, TABLE_COUNTS, row_key_bytes(&key), &value)) {
            if (any) {
                world_fail(world, "I14", "%s home %u has lines and no counts", when, home);
            }
            continue;
        }
        struct reader in = reader_of(value);
        for (int status = STATUS_DRAFT; status <= STATUS_RETURNED; status++) {
            uint32_t told = read_u32(&in);
            if (told != counted[status]) {
                world_fail(world, "I14", "%s home %u counts %u lines as %s, there are %u", when,
                           home, told, request_status_name((enum request_status)status),
                           counted[status]);
                return;
            }
        }
    }
}

void oracle_look_indexes(struct world *world, const char *when, const struct lives *lives)
{
    static const enum table tables[] = {TABLE_QUEUE, TABLE_COUNTY_LINE, TABLE_PERSON_LINE};
    uint32_t there = 0;
    for (uint32_t i = 0; i < lives->count; i++) {
        there += lives->items[i].there ? 1 : 0;
    }
    for (size_t i = 0; i < ARRAY_COUNT(tables) && !world->failed; i++) {
        struct rows rows = {0};
        disk_range(&world->disk, tables[i], (struct bytes){0}, &rows);
        if (tables[i] == TABLE_QUEUE) {
            look_queue(world, when, lives, &rows);
        } else if (tables[i] == TABLE_COUNTY_LINE) {
            look_county_lines(world, when, lives, &rows, there);
        } else {
            look_person_lines(world, when, lives, &rows, there);
        }
        rows_free(&rows);
    }
    if (!world->failed) {
        look_counts(world, when, lives);
    }
}
