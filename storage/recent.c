#include "storage/recent.h"
#include "base/check.h"
#include <stdlib.h>
#include <string.h>

/* A chunk with its head fills a large page (base/pieces.h). */
enum { HEIGHT_MAX = RECENT_HEIGHT_MAX, CHUNK_SIZE = (2 << 20) - (9 << 10) };

/* The first sixteen bytes of a stored key as two numbers: in the order of keys, alike only for keys
 * that differ later. They hold the table, the home and most of a case's number. */
struct sign {
    uint64_t high, low;
};

/* `sign` is that of the node linked, so that the writer needs not fetch it to know that it lies
 * behind the key: most of an insertion is waiting for memory. Readers must not look at it, for the
 * words do not change as one. */
struct recent_link {
    _Atomic(struct recent_node *) next;
    struct sign sign;
};

struct recent_node {
    uint64_t position;
    uint16_t key_size, value_size;
    uint8_t height;
    bool erased;
    struct recent_link links[]; /* `height` of them; key and value lie behind */
};

static const uint8_t *node_data(const struct recent_node *node)
{
    return (const uint8_t *)&node->links[node->height];
}

static uint64_t number_of(const uint8_t *data, size_t size)
{
    uint64_t number = 0;
    for (size_t i = 0; i < sizeof number; i++)
        number = number << 8 | (i < size ? data[i] : 0);
    return number;
}

static struct sign sign_of(struct bytes key)
{
    enum { HALF = sizeof(uint64_t) };
    return (struct sign){number_of(key.data, key.size),
                         key.size > HALF ? number_of(key.data + HALF, key.size - HALF) : 0};
}

static int sign_compare(struct sign a, struct sign b)
{
    if (a.high != b.high)
        return a.high < b.high ? -1 : 1;
    return a.low < b.low ? -1 : a.low > b.low;
}

struct bytes recent_key(const struct recent_node *node)
{
    return bytes_of(node_data(node), node->key_size);
}

struct bytes recent_value(const struct recent_node *node)
{
    return bytes_of(node_data(node) + node->key_size, node->value_size);
}

bool recent_is_erased(const struct recent_node *node)
{
    return node->erased;
}

uint64_t recent_position(const struct recent_node *node)
{
    return node->position;
}

static struct recent_node *node_new(struct recent *recent, unsigned height, struct bytes key,
                                    struct bytes value)
{
    size_t links = height * sizeof(struct recent_link);
    struct recent_node *node =
        arena_alloc(&recent->memory, sizeof *node + links + key.size + value.size);
    if (node == NULL)
        return NULL;
    node->position = 0;
    node->key_size = (uint16_t)key.size;
    node->value_size = (uint16_t)value.size;
    node->height = (uint8_t)height;
    node->erased = false;
    for (unsigned i = 0; i < height; i++) {
        atomic_init(&node->links[i].next, NULL);
        node->links[i].sign = (struct sign){0, 0};
    }
    uint8_t *data = (uint8_t *)&node->links[height];
    if (key.size > 0)
        memcpy(data, key.data, key.size);
    if (value.size > 0)
        memcpy(data + key.size, value.data, value.size);
    return node;
}

static bool recent_begin(struct recent *recent, struct arena memory)
{
    *recent = (struct recent){.references = 1, .memory = memory};
    prng_seed(&recent->heights, 1);
    head_init(&recent->head);
    recent->first = node_new(recent, HEIGHT_MAX, bytes_of(NULL, 0), bytes_of(NULL, 0));
    return recent->first != NULL;
}

struct recent *recent_new(void)
{
    struct recent *recent = malloc(sizeof *recent);
    if (recent == NULL)
        return NULL;
    struct arena memory;
    arena_init(&memory, CHUNK_SIZE, 0);
    if (!recent_begin(recent, memory)) {
        recent_free(recent);
        return NULL;
    }
    return recent;
}

bool recent_renew(struct recent *recent)
{
    arena_rewind(&recent->memory);
    return recent_begin(recent, recent->memory);
}

void recent_free(struct recent *recent)
{
    arena_deinit(&recent->memory);
    free(recent);
}

static struct recent_node *link_of(const struct recent_node *node, unsigned level)
{
    CHECK(level < node->height);
    return atomic_load_explicit(&node->links[level].next, memory_order_acquire);
}

/* Is the node that this one links less than the key? The writer's question. */
static bool links_less(const struct recent_node *node, unsigned level, struct bytes key,
                       struct sign sign)
{
    const struct recent_node *next = link_of(node, level);
    if (next == NULL)
        return false;
    int order = sign_compare(node->links[level].sign, sign);
    return order < 0 || (order == 0 && bytes_compare(recent_key(next), key) < 0);
}

/* The writer's walk. */
static struct recent_node *walk_by_signs(struct recent_node *at, unsigned level, struct bytes key,
                                         struct sign sign)
{
    while (links_less(at, level, key, sign))
        at = link_of(at, level);
    return at;
}

static size_t size_of(const struct recent_node *node)
{
    return (size_t)node->key_size + node->value_size;
}

static unsigned random_height(struct recent *recent)
{
    unsigned height = 1;
    for (uint64_t bits = prng_next(&recent->heights); height < HEIGHT_MAX && (bits & 1) == 0;
         bits >>= 1)
        height++;
    return height;
}

bool recent_reserve(struct recent *recent, size_t rows, size_t bytes)
{
    enum { ROW_MOST = sizeof(struct recent_node) + HEIGHT_MAX * sizeof(struct recent_link) + 16 };
    return arena_reserve(&recent->memory, rows * ROW_MOST + bytes);
}

/* The later of two nodes in the order of keys. */
static struct recent_node *later(struct recent_node *a, struct recent_node *b)
{
    return bytes_compare(recent_key(a), recent_key(b)) < 0 ? b : a;
}

/* On the levels below `height`, the last node whose key is less than `key`; above, one that is.
 * From a finger that stands before the key the way up is as short as the rows between are few. */
static void find_before(const struct recent *recent, struct bytes key, struct sign sign,
                        unsigned height, struct recent_node *finger[])
{
    bool behind = finger[0] != NULL && bytes_compare(recent_key(finger[0]), key) < 0;
    unsigned top = behind ? 0 : HEIGHT_MAX;
    struct recent_node *at = recent->first;
    while (behind && top < HEIGHT_MAX && links_less(finger[top], top, key, sign))
        top++;
    for (unsigned level = top; behind && level < height; level++)
        finger[level] = walk_by_signs(finger[level], level, key, sign); /* others' rows came */
    for (unsigned level = top; level-- > 0;) {
        /* A finger on a high level may stand in a table before this one. */
        if (behind && at != finger[level])
            at = at == recent->first ? finger[level] : later(at, finger[level]);
        finger[level] = at = walk_by_signs(at, level, key, sign);
    }
}

enum err recent_insert(struct recent *recent, struct bytes stored_key, struct bytes value,
                       bool erased, uint64_t position)
{
    CHECK(stored_key.size > 0 && stored_key.size <= UINT16_MAX);
    CHECK(value.size <= UINT16_MAX);
    CHECK(position > 0);
    unsigned height = random_height(recent);
    struct recent_node **before = recent->fingers[stored_key.data[0] % RECENT_FINGERS];
    struct sign sign = sign_of(stored_key);
    find_before(recent, stored_key, sign, height, before);
    struct recent_node *behind = link_of(before[0], 0);
    bool known = behind != NULL && sign_compare(before[0]->links[0].sign, sign) == 0 &&
                 bytes_equal(recent_key(behind), stored_key);
    CHECK(!known || behind->position <= position); /* the newest goes in front */

    struct recent_node *node = node_new(recent, height, stored_key, value);
    if (node == NULL)
        return ERR_NO_MEMORY;
    node->position = position;
    node->erased = erased;
    for (unsigned level = 0; level < height; level++) {
        const struct recent_link *link = &before[level]->links[level];
        atomic_store_explicit(&node->links[level].next, link_of(before[level], level),
                              memory_order_relaxed);
        node->links[level].sign = link->sign;
    }
    for (unsigned level = 0; level < height; level++) {
        before[level]->links[level].sign = sign;
        atomic_store_explicit(&before[level]->links[level].next, node, memory_order_release);
        before[level] = node; /* the finger of the next */
    }
    recent->rows++;
    recent->newest_bytes += size_of(node) - (known ? size_of(behind) : 0);
    recent->bytes = recent->memory.used;
    return ERR_OK;
}

static int row_compare(const void *a, const void *b)
{
    const struct recent_row *left = a, *right = b;
    for (unsigned i = 0; i < 2; i++)
        if (left->sign[i] != right->sign[i])
            return left->sign[i] < right->sign[i] ? -1 : 1;
    int order = bytes_compare(left->stored_key, right->stored_key);
    if (order != 0)
        return order;
    return left->number < right->number ? -1 : left->number > right->number;
}

enum err recent_insert_group(struct recent *recent, struct recent_row *rows, uint32_t count,
                             uint64_t position)
{
    for (uint32_t i = 0; i < count; i++) {
        struct sign sign = sign_of(rows[i].stored_key);
        rows[i].number = i;
        rows[i].sign[0] = sign.high;
        rows[i].sign[1] = sign.low;
    }
    qsort(rows, count, sizeof *rows, row_compare);
    enum err err = ERR_OK;
    for (uint32_t i = 0; i < count && err == ERR_OK; i++)
        err = recent_insert(recent, rows[i].stored_key, rows[i].value, rows[i].erased, position);
    return err;
}

/* The last node whose key is less, and as *behind the one that it linked when that was seen: to ask
 * it again would find what the writer has put between since. */
static struct recent_node *last_before(const struct recent *recent, struct bytes stored_key,
                                       struct recent_node **behind)
{
    struct recent_node *at = recent->first, *next = NULL;
    for (unsigned level = HEIGHT_MAX; level-- > 0;)
        while ((next = link_of(at, level)) != NULL &&
               bytes_compare(recent_key(next), stored_key) < 0)
            at = next;
    *behind = next;
    return at;
}

const struct recent_node *recent_from(const struct recent *recent, struct bytes stored_key)
{
    struct recent_node *behind;
    (void)last_before(recent, stored_key, &behind);
    return behind;
}

const struct recent_node *recent_before(const struct recent *recent, struct bytes stored_key)
{
    struct recent_node *behind;
    const struct recent_node *oldest = last_before(recent, stored_key, &behind);
    if (oldest == recent->first)
        return NULL;
    const struct recent_node *newest = recent_from(recent, recent_key(oldest));
    CHECK(newest != NULL && bytes_equal(recent_key(newest), recent_key(oldest)));
    return newest;
}

const struct recent_node *recent_next_key(const struct recent_node *node)
{
    const struct recent_node *next = node;
    do
        next = link_of(next, 0);
    while (next != NULL && bytes_equal(recent_key(next), recent_key(node)));
    return next;
}

const struct recent_node *recent_visible(const struct recent_node *node,
                                         struct recent_window window)
{
    const struct recent_node *version = node;
    while (version != NULL && version->position > window.upto) {
        version = link_of(version, 0);
        if (version != NULL && !bytes_equal(recent_key(version), recent_key(node)))
            return NULL;
    }
    return version != NULL && version->position > window.above ? version : NULL;
}

/* Rows that have come between since are of groups behind the window. */
static bool gap_holds(const struct recent_gap *gap, struct bytes stored_key)
{
    return gap->before != NULL && bytes_compare(recent_key(gap->before), stored_key) < 0 &&
           (gap->behind == NULL || bytes_compare(stored_key, recent_key(gap->behind)) < 0);
}

const struct recent_node *recent_find(const struct recent *recent, struct bytes stored_key,
                                      struct recent_window window, struct recent_gap *gap)
{
    if (gap_holds(gap, stored_key))
        return NULL;
    struct recent_node *node;
    gap->before = last_before(recent, stored_key, &node);
    gap->behind = node;
    if (node == NULL || !bytes_equal(recent_key(node), stored_key))
        return NULL;
    return recent_visible(node, window);
}

bool recent_is_ordered(const struct recent *recent)
{
    for (unsigned level = 0; level < HEIGHT_MAX; level++) {
        const struct recent_node *node = link_of(recent->first, level);
        const struct recent_node *next;
        while (node != NULL && (next = link_of(node, level)) != NULL) {
            if (bytes_compare(recent_key(node), recent_key(next)) > 0)
                return false;
            node = next;
        }
    }
    return true;
}
