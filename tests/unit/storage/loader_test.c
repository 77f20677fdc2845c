#include "storage/loader.h"
#include "tests/unit/storage/rig.h"
#include <string.h>

static struct load_range range_of(enum table table, struct row_key prefix, uint8_t size)
{
    prefix.size = size;
    return (struct load_range){.table = table, .prefix = prefix};
}

static void fill(struct rig *rig)
{
    rig_begin(rig, "s");
    for (uint32_t i = 0; i < 150; i++) {
        struct row_key key = rig_key(4 + i % 3, i);
        rig_put(rig, TABLE_CASE, rig_key_bytes(&key), bytes_of(&i, sizeof i));
        if (i == 70) {
            T_OK(rig_commit(rig));
            T_OK(store_apply_now(rig->store));
        }
    }
    rig_put(rig, TABLE_SESSION, BYTES_LITERAL("a"), BYTES_LITERAL("1"));
    rig_put(rig, TABLE_SESSION, BYTES_LITERAL("b"), BYTES_LITERAL(""));
    T_OK(rig_commit(rig));
}

TEST(rows_of_all_ranges_come_in_order_whether_applied_or_not)
{
    struct rig rig;
    fill(&rig);
    struct arena arena;
    arena_init(&arena, 4096, 0);
    const struct load_range ranges[] = {range_of(TABLE_CASE, rig_key(5, 0), 8),
                                        range_of(TABLE_SESSION, rig_key(0, 0), 0),
                                        range_of(TABLE_LINE, rig_key(5, 0), 8)};
    struct loaded_row *rows = NULL;
    size_t count = 0;
    T_OK(loader_read(rig.store, ranges, 3, &arena, &rows, &count));
    T_EQ_UINT(count, 52);
    for (uint32_t i = 0; i < 50; i++) {
        struct row_key key = rig_key(5, 3 * i + 1);
        uint32_t value = 3 * i + 1;
        T_EQ_INT(rows[i].table, TABLE_CASE);
        T_EQ_BYTES(rows[i].key, rig_key_bytes(&key));
        T_EQ_BYTES(rows[i].value, bytes_of(&value, sizeof value));
    }
    T_EQ_INT(rows[50].table, TABLE_SESSION);
    T_EQ_BYTES(rows[50].key, BYTES_LITERAL("a"));
    T_EQ_BYTES(rows[51].key, BYTES_LITERAL("b"));
    T_EQ_UINT(rows[51].value.size, 0);
    arena_deinit(&arena);
    rig_end(&rig);
}

/* Case by case, each row once; without the tables that were not asked for. */
TEST(tables_on_one_shelf_come_in_one_walk)
{
    struct rig rig;
    rig_begin(&rig, "s");
    for (uint32_t serial = 1; serial <= 4; serial++) {
        struct line_id line = {{5, 100, serial}, 1};
        struct row_key of_case = key_of_case(line.in), of_line = key_of_line(line);
        rig_put(&rig, TABLE_CASE, row_key_bytes(&of_case), BYTES_LITERAL("case"));
        rig_put(&rig, TABLE_LINE, row_key_bytes(&of_line), BYTES_LITERAL("line"));
    }
    T_OK(rig_commit(&rig));
    struct arena arena;
    arena_init(&arena, 4096, 0);
    const struct load_range ranges[] = {range_of(TABLE_CASE, rig_key(5, 0), 8),
                                        range_of(TABLE_COUNTS, rig_key(5, 0), 8),
                                        range_of(TABLE_LINE, rig_key(5, 0), 8)};
    struct loaded_row *rows = NULL;
    size_t count = 0;
    T_OK(loader_read(rig.store, ranges, 3, &arena, &rows, &count));
    T_EQ_UINT(count, 8);
    for (size_t i = 0; i < count; i++) {
        struct case_id id = {5, 100, (uint32_t)(1 + i / 2)};
        struct row_key of_case = key_of_case(id);
        T_EQ_INT(rows[i].table, i % 2 == 0 ? TABLE_CASE : TABLE_LINE);
        T_TRUE(bytes_start_with(rows[i].key, row_key_bytes(&of_case)));
    }
    T_OK(loader_read(rig.store, &ranges[2], 1, &arena, &rows, &count));
    T_EQ_UINT(count, 4);
    T_EQ_INT(rows[0].table, TABLE_LINE);
    arena_deinit(&arena);
    rig_end(&rig);
}

TEST(an_actor_larger_than_its_quota_is_an_error)
{
    struct rig rig;
    fill(&rig);
    struct arena arena;
    arena_init(&arena, 1024, 2048);
    const struct load_range range = range_of(TABLE_CASE, rig_key(5, 0), 8);
    struct loaded_row *rows = NULL;
    size_t count = 0;
    T_ERR(loader_read(rig.store, &range, 1, &arena, &rows, &count), ERR_NO_MEMORY);
    arena_deinit(&arena);
    rig_end(&rig);
}

T_LIST(loader_test, T(rows_of_all_ranges_come_in_order_whether_applied_or_not),
       T(tables_on_one_shelf_come_in_one_walk), T(an_actor_larger_than_its_quota_is_an_error));
