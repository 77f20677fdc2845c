#include "rt/effect.h"
#include "tests/lib/t.h"
#include <string.h>

static struct arena arena;

static struct effects *effects_of(struct effects *effects)
{
    arena_init(&arena, 4096, 0);
    effects_begin(effects, &arena, false);
    return effects;
}

TEST(effects_come_in_order_and_own_their_bytes)
{
    struct effects out;
    effects_of(&out);
    char text[] = "body";
    effect_reply(&out, (struct ticket){.slot = 3}, OUTCOME_STALE, bytes_of(text, 4));
    effect_put(&out, TABLE_CASE, bytes_of(text, 4), bytes_of(text, 4));
    effect_append(&out, TABLE_AUDIT, bytes_of(text, 4));
    effect_erase(&out, TABLE_CASE, bytes_of(text, 4));
    effect_timer(&out, 9, (struct tick){77});
    effect_work(&out, 8, JOB_PROOF, bytes_of(text, 4));
    effect_wake(&out, ADDR_AUTH);
    memset(text, 'x', 4);
    T_EQ_UINT(out.count, 7);
    T_EQ_INT(out.items[0].kind, EFFECT_REPLY);
    T_EQ_BYTES(out.items[0].u.reply.body, BYTES_LITERAL("body"));
    T_EQ_BYTES(out.items[1].u.row.value, BYTES_LITERAL("body"));
    T_EQ_INT(out.items[2].kind, EFFECT_APPEND);
    T_EQ_UINT(out.items[2].u.row.key.size, 0);
    T_EQ_INT(out.items[3].kind, EFFECT_ERASE);
    T_EQ_INT(out.items[4].u.timer.at.ms, 77);
    T_EQ_BYTES(out.items[5].u.work.input, BYTES_LITERAL("body"));
    T_EQ_INT(out.items[6].u.wake.kind, ACTOR_AUTH);
    arena_deinit(&arena);
}

TEST(a_kept_value_stays_where_it_is)
{
    struct effects out;
    static const uint8_t large[ROW_VALUE_MAX];
    effects_of(&out);
    char key[] = "key";
    effect_put_kept(&out, TABLE_CASE, bytes_of(key, 3), bytes_of(large, sizeof large));
    memset(key, 'x', 3);
    T_EQ_INT(out.items[0].kind, EFFECT_PUT);
    T_EQ_BYTES(out.items[0].u.row.key, BYTES_LITERAL("key"));
    T_TRUE(out.items[0].u.row.value.data == large);
    T_EQ_UINT(out.items[0].u.row.value.size, sizeof large);
    arena_deinit(&arena);
}

TEST(a_list_grows)
{
    struct effects out;
    effects_of(&out);
    for (uint32_t i = 0; i < 1000; i++) {
        effect_timer(&out, i, (struct tick){0});
    }
    T_EQ_UINT(out.count, 1000);
    T_EQ_UINT(out.items[999].u.timer.tag, 999);
    T_FALSE(out.failed);
    arena_deinit(&arena);
}

TEST(without_turn_memory_the_list_is_failed)
{
    struct effects out;
    arena_init(&arena, 1024, 8192);
    effects_begin(&out, &arena, false);
    for (int i = 0; i < 100 && !out.failed; i++) {
        effect_put(&out, TABLE_CASE, BYTES_LITERAL("key"), bytes_of("0123456789012345", 16));
        T_TRUE(effect_alloc(&out, 300) != NULL || out.failed);
    }
    T_TRUE(out.failed);
    uint32_t count = out.count;
    effect_wake(&out, ADDR_AUTH);
    T_EQ_UINT(out.count, count);
    T_TRUE(effect_alloc(&out, 100000) == NULL);
    arena_deinit(&arena);
}

TEST(a_long_value_is_cut_and_old_parts_go)
{
    static uint8_t value[2 * ROW_VALUE_MAX + 10];
    struct effects out;
    effects_of(&out);
    struct row_key base = key_of_line((struct line_id){.in = {5, 1, 1}, .n = 1});
    effect_put_long(&out, TABLE_LINE, &base, bytes_of(value, sizeof value), 5);
    T_EQ_UINT(out.count, 5);
    T_EQ_UINT(out.items[0].u.row.value.size, ROW_VALUE_MAX);
    T_EQ_UINT(out.items[2].u.row.value.size, 10);
    T_EQ_INT(out.items[3].kind, EFFECT_ERASE);
    T_EQ_INT(out.items[4].kind, EFFECT_ERASE);
    for (uint32_t i = 0; i < out.count; i++) {
        struct line_id id;
        uint8_t part = 0;
        T_TRUE(key_read_line(out.items[i].u.row.key, &id, &part));
        T_EQ_UINT(part, i);
    }
    arena_deinit(&arena);
}

TEST(an_empty_value_is_one_row)
{
    struct effects out;
    effects_of(&out);
    struct row_key base = key_of_line((struct line_id){.in = {5, 1, 1}, .n = 1});
    effect_put_long(&out, TABLE_LINE, &base, (struct bytes){0}, 1);
    T_EQ_UINT(out.count, 1);
    T_EQ_INT(out.items[0].kind, EFFECT_PUT);
    arena_deinit(&arena);
}

TEST(a_restore_has_no_effects)
{
    struct effects out;
    arena_init(&arena, 1024, 0);
    effects_begin(&out, &arena, true);
    T_ABORTS(effect_wake(&out, ADDR_AUTH));
    arena_deinit(&arena);
}

TEST(only_appended_tables_are_appended_to)
{
    struct effects out;
    effects_of(&out);
    T_ABORTS(effect_append(&out, TABLE_CASE, BYTES_LITERAL("v")));
    T_ABORTS(effect_put(&out, TABLE_CASE, (struct bytes){0}, BYTES_LITERAL("v")));
    T_ABORTS(effect_work(&out, 1, JOB_NONE, BYTES_LITERAL("v")));
    arena_deinit(&arena);
}

T_LIST(effect_test, T(effects_come_in_order_and_own_their_bytes), T(a_kept_value_stays_where_it_is),
       T(a_list_grows), T(without_turn_memory_the_list_is_failed),
       T(a_long_value_is_cut_and_old_parts_go), T(an_empty_value_is_one_row),
       T(a_restore_has_no_effects), T(only_appended_tables_are_appended_to));
