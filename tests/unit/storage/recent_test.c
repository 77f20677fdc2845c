#include "base/check.h"
#include "storage/recent.h"
#include "storage/recent_set.h"
#include "tests/lib/t.h"
#include <pthread.h>
#include <string.h>

/* ---- against a plain list ---- */

enum { KEYS = 60, WRITES = 3000 };

struct version {
    uint64_t position;
    unsigned key;
    uint16_t value;
    bool erased;
};

static struct stored_key key_of(unsigned n)
{
    enum { ALIKE = 6, SHORT = 3, ZEROES = 9 };
    /* Of different lengths: three of which one is a prefix of the next, three that differ from each
     * other behind their sixteenth byte. */
    uint8_t bytes[20];
    unsigned of_group = n % ALIKE;
    struct writer writer = writer_on(bytes, sizeof bytes);
    write_u64(&writer, n / ALIKE);
    for (unsigned i = 0; i < (of_group < SHORT ? of_group : ZEROES); i++)
        write_u8(&writer, 0);
    if (of_group >= SHORT)
        write_u8(&writer, (uint8_t)of_group);
    return stored_key(TABLE_REQUEST, writer_bytes(&writer));
}

/* The newest version of a key inside the window, by looking at all. */
static const struct version *newest(const struct version *versions, size_t count, unsigned key,
                                    struct recent_window window)
{
    const struct version *found = NULL;
    for (size_t i = 0; i < count; i++)
        if (versions[i].key == key && versions[i].position > window.above &&
            versions[i].position <= window.upto)
            found = &versions[i];
    return found;
}

static void compare_node(const struct recent_node *node, const struct version *version)
{
    if (version == NULL) {
        T_TRUE(node == NULL);
        return;
    }
    T_TRUE(node != NULL);
    T_EQ_UINT(recent_position(node), version->position);
    T_EQ_INT(recent_is_erased(node), version->erased);
    if (!version->erased)
        T_EQ_MEM(recent_value(node).data, &version->value, sizeof version->value);
}

TEST(it_holds_what_a_plain_list_holds_in_every_window)
{
    static struct version versions[WRITES];
    struct prng prng;
    prng_seed(&prng, 3);
    struct recent *recent = recent_new();
    uint64_t position = 1;
    for (unsigned i = 0; i < WRITES; i++) {
        position += prng_chance(&prng, 5) ? 1 : 0;
        struct version *version = &versions[i];
        *version = (struct version){.position = position,
                                    .key = (unsigned)prng_below(&prng, KEYS),
                                    .value = (uint16_t)i,
                                    .erased = prng_chance(&prng, 4)};
        struct stored_key key = key_of(version->key);
        size_t size = version->erased ? 0 : sizeof version->value;
        T_OK(recent_insert(recent, stored_key_bytes(&key), bytes_of(&version->value, size),
                           version->erased, position));
    }
    T_EQ_UINT(recent->rows, WRITES);
    for (unsigned round = 0; round < 200; round++) {
        struct recent_window window = {.above = prng_below(&prng, position)};
        window.upto = window.above + prng_below(&prng, position - window.above + 1);
        struct recent_gap gap = {0};
        for (unsigned i = 0; i < KEYS; i++) {
            unsigned k = round % 3 == 0   ? i
                         : round % 3 == 1 ? KEYS - 1 - i
                                          : (unsigned)prng_below(&prng, KEYS);
            struct stored_key key = key_of(k);
            compare_node(recent_find(recent, stored_key_bytes(&key), window, &gap),
                         newest(versions, WRITES, k, window));
        }
    }
    recent_free(recent);
}

static const struct recent_node *find_key(const struct recent *recent, unsigned k,
                                          struct recent_window window, struct recent_gap *gap)
{
    struct stored_key key = key_of(k);
    return recent_find(recent, stored_key_bytes(&key), window, gap);
}

static void insert_key(struct recent *recent, unsigned k, uint64_t position)
{
    struct stored_key key = key_of(k);
    T_OK(recent_insert(recent, stored_key_bytes(&key), bytes_of(NULL, 0), false, position));
}

/* What comes into the gap of a look-up is behind its window; both ends of it are no part of it. */
TEST(a_gap_stays_what_its_window_saw)
{
    struct recent *recent = recent_new();
    struct recent_window before = {.upto = 1}, after = {.upto = 2};
    struct recent_gap gap = {0}, fresh = {0}, empty = {0};
    T_TRUE(find_key(recent, 20, before, &empty) == NULL);
    insert_key(recent, 10, 1);
    insert_key(recent, 30, 1);
    T_TRUE(find_key(recent, 20, before, &gap) == NULL);
    insert_key(recent, 20, 2);
    insert_key(recent, 25, 2);
    T_TRUE(find_key(recent, 20, before, &gap) == NULL);
    T_TRUE(find_key(recent, 25, before, &gap) == NULL);
    T_TRUE(find_key(recent, 30, before, &gap) != NULL);
    gap = (struct recent_gap){0};
    T_TRUE(find_key(recent, 15, before, &gap) == NULL);
    T_TRUE(find_key(recent, 10, before, &gap) != NULL);
    T_TRUE(find_key(recent, 15, after, &fresh) == NULL);
    T_TRUE(find_key(recent, 20, after, &fresh) != NULL);
    T_TRUE(find_key(recent, 27, after, &fresh) == NULL);
    T_TRUE(find_key(recent, 25, after, &fresh) != NULL);
    T_TRUE(find_key(recent, 35, after, &fresh) == NULL);
    T_TRUE(find_key(recent, 40, after, &fresh) == NULL);
    T_TRUE(find_key(recent, 30, after, &fresh) != NULL);
    recent_free(recent);
}

/* Runs of ascending keys in several tables at once, as turns write them, and leaps between. */
TEST(rows_side_by_side_are_in_order_too)
{
    static const enum table tables[] = {TABLE_REQUEST, TABLE_SERIAL, TABLE_QUEUE, TABLE_AUDIT};
    static bool written[ARRAY_COUNT(tables)][1 << 14];
    struct prng prng;
    struct recent *recent = recent_new();
    size_t rows = 0;
    prng_seed(&prng, 5);
    uint32_t at[ARRAY_COUNT(tables)] = {0};
    for (uint32_t i = 0; i < 20000; i++) {
        uint32_t t = (uint32_t)prng_below(&prng, ARRAY_COUNT(tables));
        at[t] =
            prng_chance(&prng, 20) ? (uint32_t)prng_below(&prng, 1 << 14) : (at[t] + 1) % (1 << 14);
        uint8_t bytes[4];
        struct writer writer = writer_on(bytes, sizeof bytes);
        write_u32(&writer, at[t]);
        struct stored_key key = stored_key(tables[t], writer_bytes(&writer));
        T_OK(recent_insert(recent, stored_key_bytes(&key), bytes_of("x", 1), false, i + 1));
        rows += !written[t][at[t]];
        written[t][at[t]] = true;
    }
    const struct recent_node *node = recent_from(recent, BYTES_LITERAL(""));
    for (const struct recent_node *last = NULL; node != NULL; node = recent_next_key(node)) {
        T_TRUE(last == NULL || bytes_compare(recent_key(last), recent_key(node)) < 0);
        last = node;
        rows--;
    }
    T_EQ_UINT(rows, 0);
    T_TRUE(recent_is_ordered(recent));
    recent_free(recent);
}

TEST(keys_are_walked_in_order_forwards_and_backwards)
{
    struct recent *recent = recent_new();
    for (unsigned i = 0; i < 2 * KEYS; i++) {
        struct stored_key key = key_of(i * 7 % KEYS);
        T_OK(recent_insert(recent, stored_key_bytes(&key), bytes_of(&i, sizeof i), false, i + 1));
    }
    unsigned n = 0;
    for (const struct recent_node *node = recent_from(recent, bytes_of(NULL, 0)); node != NULL;
         node = recent_next_key(node), n++) {
        struct stored_key key = key_of(n);
        T_EQ_BYTES(recent_key(node), stored_key_bytes(&key));
        T_TRUE(recent_position(node) > KEYS);
    }
    T_EQ_UINT(n, KEYS);
    /* Keys are 9, 10, 11 and three of 19 bytes; each newest version has a value of 4. */
    T_EQ_UINT(recent->newest_bytes, KEYS / 6 * (9 + 10 + 11 + 3 * 19 + 6 * sizeof(unsigned)));
    struct stored_key end = stored_key(TABLE_SERIAL, bytes_of(NULL, 0));
    for (const struct recent_node *node = recent_before(recent, stored_key_bytes(&end));
         node != NULL; node = recent_before(recent, recent_key(node))) {
        struct stored_key key = key_of(--n);
        T_EQ_BYTES(recent_key(node), stored_key_bytes(&key));
        T_TRUE(recent_position(node) > KEYS);
    }
    T_EQ_UINT(n, 0);
    recent_free(recent);
}

/* A group's rows in the order of their keys are the same as one by one: of several for a key the
 * last counts. */
TEST(a_group_is_what_its_rows_are_one_by_one)
{
    enum { A_GROUP = 40, A_KEYS = 25 };
    struct prng prng;
    struct recent *one = recent_new(), *group = recent_new();
    prng_seed(&prng, 7);
    for (uint64_t position = 1; position <= 60; position++) {
        struct stored_key keys[A_GROUP] = {0};
        uint16_t values[A_GROUP];
        struct recent_row rows[A_GROUP];
        for (unsigned i = 0; i < A_GROUP; i++) {
            unsigned key = (unsigned)prng_below(&prng, A_KEYS * 60);
            keys[i] = i % 4 == 3 ? keys[i - 1] : key_of(key);
            values[i] = (uint16_t)prng_next(&prng);
            rows[i] = (struct recent_row){.stored_key = stored_key_bytes(&keys[i]),
                                          .value = bytes_of(&values[i], sizeof values[i]),
                                          .erased = i % 5 == 0};
            T_OK(recent_insert(one, rows[i].stored_key, rows[i].value, rows[i].erased, position));
        }
        T_OK(recent_insert_group(group, rows, A_GROUP, position));
    }
    T_TRUE(recent_is_ordered(one) && recent_is_ordered(group));
    T_EQ_UINT(group->rows, one->rows);
    T_EQ_UINT(group->newest_bytes, one->newest_bytes);
    const struct recent_node *a = recent_from(one, bytes_of(NULL, 0));
    const struct recent_node *b = recent_from(group, bytes_of(NULL, 0));
    for (; a != NULL && b != NULL; a = recent_next_key(a), b = recent_next_key(b)) {
        T_EQ_BYTES(recent_key(b), recent_key(a));
        T_EQ_BYTES(recent_value(b), recent_value(a));
        T_EQ_INT(recent_is_erased(b), recent_is_erased(a));
    }
    T_TRUE(a == NULL && b == NULL);
    recent_free(one);
    recent_free(group);
}

/* ---- with readers ---- */

enum { GROUPS = 400, GROUP_ROWS = 8, READERS = 2 };

/* Each group writes all GROUP_ROWS keys with its number and one key of its own. */
static void write_group(struct recent_set *set, uint64_t group)
{
    for (unsigned i = 0; i <= GROUP_ROWS; i++) {
        struct stored_key key = key_of(i < GROUP_ROWS ? i : 1000 + (unsigned)(group * 37 % GROUPS));
        T_OK(recent_insert(set->active, stored_key_bytes(&key), bytes_of(&group, sizeof group),
                           false, group));
    }
    recent_set_publish(set, group);
}

static void *read_groups(void *self)
{
    struct recent_set *set = self;
    uint64_t seen = 0;
    while (seen < GROUPS) {
        struct recent_window window = {.upto = recent_set_durable(set)};
        if (window.upto == 0)
            continue;
        T_TRUE(window.upto >= seen);
        seen = window.upto;
        struct recent_refs refs;
        struct recent_gap gaps[2] = {0};
        recent_set_take(set, &refs);
        for (unsigned i = 0; i < GROUP_ROWS; i++) {
            struct stored_key key = key_of(i);
            const struct recent_node *node = NULL;
            for (unsigned t = 0; t < 2 && node == NULL; t++)
                if (refs.tables[t] != NULL)
                    node = recent_find(refs.tables[t], stored_key_bytes(&key), window, &gaps[t]);
            T_TRUE(node == NULL ||
                   recent_position(node) == seen); /* NULL: it was applied meanwhile */
        }
        unsigned count = 0;
        const struct recent_node *node = recent_from(refs.tables[0], bytes_of(NULL, 0));
        for (; node != NULL; node = recent_next_key(node))
            count += recent_visible(node, window) != NULL;
        T_TRUE(count <= GROUPS + GROUP_ROWS);
        recent_set_give(set, &refs);
    }
    return NULL;
}

TEST(readers_see_whole_groups_while_one_writes_and_seals)
{
    struct recent_set set;
    T_OK(recent_set_init(&set, 0));
    pthread_t readers[READERS];
    for (unsigned i = 0; i < READERS; i++)
        T_EQ_INT(pthread_create(&readers[i], NULL, read_groups, &set), 0);
    struct head head;
    head_init(&head);
    unsigned seals = 0;
    for (uint64_t group = 1; group <= GROUPS; group++) {
        write_group(&set, group);
        head.position = group;
        if (group % 50 == 0 && recent_set_seal(&set, &head)) {
            T_TRUE(recent_set_sealed(&set) != NULL);
            seals++;
        }
        if (group % 50 == 25 && recent_set_sealed(&set) != NULL)
            recent_set_retire(&set);
    }
    for (unsigned i = 0; i < READERS; i++)
        pthread_join(readers[i], NULL);
    T_TRUE(seals >= 1);
    if (recent_set_sealed(&set) != NULL)
        recent_set_retire(&set);
    recent_set_deinit(&set);
}

enum { CROWD = 100000, SOUGHT = 1000000 };

struct crowd {
    struct recent *recent;
    atomic_bool done;
};

/* Each stands right before the sought one, behind all that came before it. */
static void *write_crowd(void *self)
{
    struct crowd *crowd = self;
    for (unsigned i = 0; i < CROWD; i++) {
        struct stored_key key = key_of(i);
        T_OK(recent_insert(crowd->recent, stored_key_bytes(&key), bytes_of(NULL, 0), false, 2 + i));
    }
    atomic_store(&crowd->done, true);
    return NULL;
}

TEST(a_row_is_found_while_others_come_to_stand_before_it)
{
    struct crowd crowd = {.recent = recent_new()};
    T_TRUE(crowd.recent != NULL);
    struct stored_key sought = key_of(SOUGHT), above = key_of(SOUGHT + 1);
    T_OK(recent_insert(crowd.recent, stored_key_bytes(&sought), bytes_of(NULL, 0), false, 1));
    pthread_t writer;
    T_EQ_INT(pthread_create(&writer, NULL, write_crowd, &crowd), 0);
    const struct recent_window window = {.upto = 1};
    unsigned missed = 0;
    while (!atomic_load(&crowd.done)) {
        struct recent_gap gap = {0};
        missed += recent_find(crowd.recent, stored_key_bytes(&sought), window, &gap) == NULL;
        const struct recent_node *last = recent_before(crowd.recent, stored_key_bytes(&above));
        missed += last == NULL || recent_visible(last, window) == NULL;
    }
    pthread_join(writer, NULL);
    T_EQ_UINT(missed, 0);
    recent_free(crowd.recent);
}

static unsigned freed_count;

static void count_freed(void *self)
{
    (void)self;
    freed_count++;
}

TEST(nothing_is_sealed_until_the_last_reader_of_the_table_before_lets_go)
{
    struct recent_set set;
    T_OK(recent_set_init(&set, 0));
    set.freed = count_freed;
    struct head head;
    head_init(&head);
    T_FALSE(recent_set_seal(&set, &head)); /* nothing in it */
    write_group(&set, 1);
    struct recent_refs refs;
    recent_set_take(&set, &refs);
    head.position = 1;
    T_TRUE(recent_set_seal(&set, &head));
    write_group(&set, 2);
    head.position = 2;
    T_FALSE(recent_set_seal(&set, &head)); /* one is being applied */
    recent_set_retire(&set);
    T_TRUE(recent_set_sealed(&set) == NULL);
    T_FALSE(recent_set_seal(&set, &head)); /* a reader still has it */
    T_EQ_UINT(freed_count, 0);
    recent_set_give(&set, &refs);
    T_EQ_UINT(freed_count, 1);
    T_TRUE(recent_set_seal(&set, &head));
    recent_set_deinit(&set);
}

TEST(a_table_takes_the_memory_of_the_one_that_left)
{
    struct recent_set set;
    struct head head;
    T_OK(recent_set_init(&set, 0));
    head_init(&head);
    const struct recent *first = set.active;
    for (uint64_t group = 1; group <= 6; group++) {
        write_group(&set, group);
        head.position = group;
        T_TRUE(recent_set_seal(&set, &head));
        T_EQ_UINT(set.active->rows, 0);
        T_TRUE(recent_from(set.active, bytes_of(NULL, 0)) == NULL);
        T_TRUE((set.active == first) == (group % 2 == 0));
        T_EQ_UINT(recent_set_sealed(&set)->rows, GROUP_ROWS + 1);
        recent_set_retire(&set);
    }
    recent_set_deinit(&set);
}

T_LIST(recent_test, T(it_holds_what_a_plain_list_holds_in_every_window),
       T(a_gap_stays_what_its_window_saw), T(a_group_is_what_its_rows_are_one_by_one),
       T(rows_side_by_side_are_in_order_too), T(keys_are_walked_in_order_forwards_and_backwards),
       T(readers_see_whole_groups_while_one_writes_and_seals),
       T(a_row_is_found_while_others_come_to_stand_before_it),
       T(a_table_takes_the_memory_of_the_one_that_left),
       T(nothing_is_sealed_until_the_last_reader_of_the_table_before_lets_go));
