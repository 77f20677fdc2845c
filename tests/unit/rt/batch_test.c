#include "rt/batch.h"
#include "tests/lib/heap.h"
#include "tests/lib/t.h"
#include <string.h>

static struct op put(struct bytes key, struct bytes value)
{
    return (struct op){.kind = OP_PUT, .table = TABLE_CASE, .key = key, .value = value};
}

TEST(rows_are_copied)
{
    struct batch batch;
    T_OK(batch_init(&batch, 3));
    batch_begin(&batch, 1);
    char key[] = "key", value[] = "value";
    struct op op = put(bytes_of(key, 3), bytes_of(value, 5));
    T_OK(batch_stage(&batch, &op));
    memset(key, 'x', 3);
    memset(value, 'x', 5);
    T_EQ_UINT(batch.ops_count, 1);
    T_EQ_UINT(batch.rows_bytes, 8);
    T_EQ_BYTES(batch.ops[0].key, BYTES_LITERAL("key"));
    T_EQ_BYTES(batch.ops[0].value, BYTES_LITERAL("value"));
    T_EQ_UINT(batch.shard, 3);
    batch_deinit(&batch);
}

TEST(it_is_full_by_rows)
{
    struct batch batch;
    T_OK(batch_init(&batch, 0));
    batch_begin(&batch, 1);
    struct op op = put(BYTES_LITERAL("k"), BYTES_LITERAL("v"));
    for (int i = 0; i < BATCH_OPS_MAX; i++) {
        T_FALSE(batch_is_full(&batch));
        T_OK(batch_stage(&batch, &op));
    }
    T_TRUE(batch_is_full(&batch));
    T_OK(batch_stage(&batch, &op)); /* a turn begun may go past it */
    batch_begin(&batch, 2);
    T_FALSE(batch_is_full(&batch));
    T_EQ_UINT(batch.ops_count, 0);
    T_TRUE(batch.essential);
    batch_deinit(&batch);
}

TEST(it_is_full_by_bytes)
{
    static const uint8_t large[ROW_VALUE_MAX];
    struct batch batch;
    T_OK(batch_init(&batch, 0));
    batch_begin(&batch, 1);
    struct op op = put(BYTES_LITERAL("k"), bytes_of(large, sizeof large));
    while (!batch_is_full(&batch)) {
        T_OK(batch_stage(&batch, &op));
    }
    T_TRUE(batch.ops_count < BATCH_OPS_MAX && batch.rows_bytes >= BATCH_BYTES_MAX);
    batch_deinit(&batch);
}

TEST(an_emptied_batch_holds_no_sheet)
{
    static const uint8_t large[ROW_VALUE_MAX];
    struct batch batch;
    T_OK(batch_init(&batch, 0));
    batch_begin(&batch, 1);
    struct op op = put(BYTES_LITERAL("k"), bytes_of(large, sizeof large));
    while (!batch_is_full(&batch)) {
        T_OK(batch_stage(&batch, &op));
    }
    T_TRUE(arena_held(&batch.rows) > BATCH_BYTES_MAX);
    batch_empty(&batch);
    T_TRUE(arena_held(&batch.rows) < BATCH_BYTES_MAX / 16);
    T_TRUE(batch.sequence == 1 && batch.ops_count == 0 && batch.held_count == 0);
    batch_deinit(&batch);
}

TEST(it_is_full_by_held_outputs)
{
    struct batch batch;
    T_OK(batch_init(&batch, 0));
    batch_begin(&batch, 1);
    struct held held = {.kind = HELD_REPLY, .u.reply = {.body = BYTES_LITERAL("b")}};
    for (int i = 0; i < BATCH_HELD_MAX; i++) {
        T_FALSE(batch_is_full(&batch));
        T_OK(batch_hold(&batch, &held));
    }
    T_TRUE(batch_is_full(&batch));
    batch_deinit(&batch);
}

TEST(what_is_held_is_copied_and_sends_are_taken_over)
{
    struct batch batch;
    T_OK(batch_init(&batch, 0));
    batch_begin(&batch, 1);
    char body[] = "body";
    struct held reply = {.kind = HELD_REPLY, .u.reply = {.body = bytes_of(body, 4)}};
    struct held work = {.kind = HELD_WORK,
                        .u.work = {.job = JOB_PROOF, .input = bytes_of(body, 4)}};
    struct held send = {.kind = HELD_SEND, .u.send = letter_new()};
    struct held wake = {.kind = HELD_WAKE, .u.wake = {ACTOR_AUTH, 1}};
    T_OK(batch_hold(&batch, &reply));
    T_OK(batch_hold(&batch, &work));
    T_OK(batch_hold(&batch, &send));
    T_OK(batch_hold(&batch, &wake));
    memset(body, 'x', 4);
    T_EQ_BYTES(batch.held[0].u.reply.body, BYTES_LITERAL("body"));
    T_EQ_BYTES(batch.held[1].u.work.input, BYTES_LITERAL("body"));
    T_EQ_UINT(batch.held_count, 4);
    batch_deinit(&batch); /* frees the letter, says the leak checker */
}

TEST(numbers_only_grow)
{
    struct batch batch;
    T_OK(batch_init(&batch, 0));
    batch_begin(&batch, 5);
    T_ABORTS(batch_begin(&batch, 5));
    batch_deinit(&batch);
}

static void stage_many(void *context)
{
    (void)context;
    struct batch batch;
    if (batch_init(&batch, 0) != ERR_OK) {
        T_TRUE(heap_failed());
        return;
    }
    batch_begin(&batch, 1);
    static const uint8_t large[ROW_VALUE_MAX];
    struct op op = put(BYTES_LITERAL("key"), bytes_of(large, sizeof large));
    bool done = true;
    for (int i = 0; i < 1000 && done; i++) {
        uint32_t before = batch.ops_count;
        done = batch_stage(&batch, &op) == ERR_OK;
        T_EQ_UINT(batch.ops_count, before + (done ? 1 : 0));
    }
    T_EQ_INT(done, !heap_failed());
    batch_deinit(&batch);
}

/* An answer without its body would tell its door nonsense. */
TEST(without_memory_nothing_is_held)
{
    struct batch batch;
    T_OK(batch_init(&batch, 0));
    batch_begin(&batch, 1);
    struct held reply = {.kind = HELD_REPLY, .u.reply = {.body = BYTES_LITERAL("body")}};
    heap_fail_at(1);
    T_ERR(batch_hold(&batch, &reply), ERR_NO_MEMORY);
    heap_fail_at(0);
    T_EQ_UINT(batch.held_count, 0);
    T_OK(batch_hold(&batch, &reply));
    batch_deinit(&batch);
}

TEST(without_memory_nothing_is_staged)
{
    T_TRUE(heap_sweep(stage_many, NULL) > 10);
}

TEST(a_held_call_owns_key_and_document)
{
    struct batch batch;
    T_OK(batch_init(&batch, 0));
    batch_begin(&batch, 1);
    char key[] = "key";
    char document[] = "document";
    struct held call = {.kind = HELD_OUTSIDE,
                        .u.outside = {.key = bytes_of(key, 3), .document = bytes_of(document, 8)}};
    T_OK(batch_hold(&batch, &call));
    key[0] = document[0] = 'x';
    T_EQ_BYTES(batch.held[0].u.outside.key, BYTES_LITERAL("key"));
    T_EQ_BYTES(batch.held[0].u.outside.document, BYTES_LITERAL("document"));
    batch_deinit(&batch);
}

T_LIST(batch_test, T(a_held_call_owns_key_and_document), T(rows_are_copied), T(it_is_full_by_rows),
       T(it_is_full_by_bytes), T(an_emptied_batch_holds_no_sheet), T(it_is_full_by_held_outputs),
       T(what_is_held_is_copied_and_sends_are_taken_over), T(numbers_only_grow),
       T(without_memory_nothing_is_staged), T(without_memory_nothing_is_held));
