/* Pages of lines. A list is a walk over one index; a cursor is the index key of the entry that the
 * next page begins with, in hexadecimal: stable under inserts, since keys never change. (They did
 * with format 4: a cursor of a person's list or a queue that is older is refused.) */
#include "base/check.h"
#include "storage/person_lines.h"
#include "storage/query_private.h"
#include <string.h>

struct list_walk {
    const struct list_ask *ask;
    struct snapshot *snapshot;
    struct arena *arena, *scratch; /* of the page; of what is only looked at */
    struct scan *scan;
    enum table table;
    struct row_key prefix;
    uint32_t looked, accepted;
};

static struct row_key prefix_of(const struct list_ask *ask)
{
    struct row_key key = {0};
    struct writer out = writer_on(key.data, sizeof key.data);
    switch (ask->of) {
    case LIST_HOME:
    case LIST_PERSON: write_u64(&out, ask->home); break; /* his rows lie among his home's */
    case LIST_COUNTY:
    case LIST_QUEUE: write_u32(&out, ask->county); break;
    }
    CHECK(!out.failed && out.size > 0);
    key.size = (uint8_t)out.size;
    return key;
}

static enum table table_of(enum list_of of)
{
    switch (of) {
    case LIST_HOME: return TABLE_LINE;
    case LIST_PERSON: return TABLE_PERSON_LINE;
    case LIST_COUNTY: return TABLE_COUNTY_LINE;
    case LIST_QUEUE: return TABLE_QUEUE;
    }
    CHECK(false);
    return TABLE_NONE;
}

static bool key_line(const struct list_ask *ask, struct bytes key, struct line_id *id,
                     uint8_t *part)
{
    uint64_t person = 0;
    uint32_t county = 0;
    int64_t created_at = 0;
    int32_t due = 0;
    *part = 0;
    switch (ask->of) {
    case LIST_HOME: return key_read_line(key, id, part);
    case LIST_PERSON: return key_read_person_line(key, &person, id) && person == ask->person;
    case LIST_COUNTY: return key_read_county_line(key, &county, &created_at, id);
    case LIST_QUEUE: return key_read_queue(key, &county, &due, &created_at, id);
    }
    return false;
}

/* ---- cursors ---- */

static int hex_digit(uint8_t c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool cursor_read(const struct list_walk *walk, struct row_key *key)
{
    struct bytes text = walk->ask->cursor;
    *key = (struct row_key){0};
    if (text.size == 0 || text.size % 2 != 0 || text.size / 2 > ROW_KEY_MAX) {
        return false;
    }
    for (size_t i = 0; i < text.size; i += 2) {
        int high = hex_digit(text.data[i]);
        int low = hex_digit(text.data[i + 1]);
        if (high < 0 || low < 0) {
            return false;
        }
        key->data[key->size++] = (uint8_t)(high * 16 + low);
    }
    struct line_id id;
    uint8_t part = 0;
    /* Only a place inside one's own range: a cursor opens nobody else's list. */
    return bytes_start_with(row_key_bytes(key), row_key_bytes(&walk->prefix)) &&
           key_line(walk->ask, row_key_bytes(key), &id, &part);
}

static void cursor_print(struct bytes key, char out[CURSOR_MAX])
{
    struct writer text = writer_on(out, CURSOR_MAX);
    write_hex(&text, key);
    write_u8(&text, '\0');
    CHECK(!text.failed);
}

/* ---- the walk ---- */

static enum err state_read(const struct list_walk *walk, struct line_id id, struct bytes value,
                           struct arena *memory, struct line_state *state)
{
    if (walk->ask->of != LIST_HOME || value.size >= ROW_VALUE_MAX) {
        enum err err = query_line_state(walk->snapshot, id, memory, state);
        return err == ERR_NOT_FOUND ? ERR_CORRUPT : err; /* an index without its line */
    }
    struct bytes copy = arena_copy(memory, value);
    return copy.data == NULL ? ERR_NO_MEMORY : line_state_read(copy, memory, state);
}

static bool is_descending(const struct list_ask *ask)
{
    return ask->of != LIST_QUEUE;
}

static bool entry_next(struct list_walk *walk, struct bytes *key, struct bytes *value)
{
    const struct list_ask *ask = walk->ask;
    return ask->of == LIST_PERSON
               ? person_lines_next(walk->scan, ask->person, is_descending(ask), key, value)
               : scan_next(walk->scan, key, value);
}

/* Does it belong to the list? Its state goes into `memory`; NULL: it is only counted. */
static enum err entry_judge(const struct list_walk *walk, struct line_id id, struct bytes value,
                            struct arena *memory, struct line_state *state, bool *belongs)
{
    const struct list_ask *ask = walk->ask;
    if (ask->accept_home != NULL) {
        *belongs = ask->accept_home(ask->self, id.in.home);
        if (!*belongs || memory == NULL) {
            return ERR_OK;
        }
        enum err err = state_read(walk, id, value, memory, state);
        *belongs = err == ERR_OK && (ask->accept == NULL || ask->accept(ask->self, state));
        return err;
    }
    /* Looked at in the scratch, so that 20,000 that don't belong take no memory. */
    arena_reset(walk->scratch);
    enum err err = state_read(walk, id, value, walk->scratch, state);
    *belongs = err == ERR_OK && (ask->accept == NULL || ask->accept(ask->self, state));
    return *belongs && memory != NULL ? state_read(walk, id, value, memory, state) : err;
}

/* The next entry that belongs to the list, with its state in `memory`, or none of it (NULL).
 * ERR_NOT_FOUND: the end; ERR_TIMEOUT: enough was looked at, `key` is where to go on. */
static enum err walk_next(struct list_walk *walk, struct arena *memory, struct bytes *key,
                          struct line_state *state)
{
    struct bytes value;
    while (entry_next(walk, key, &value)) {
        struct line_id id;
        uint8_t part = 0;
        if (!key_line(walk->ask, *key, &id, &part)) {
            return ERR_CORRUPT;
        }
        if (part > 0) {
            continue; /* the line comes with its part 0 */
        }
        if (walk->looked >= LIST_LOOK_MAX ||
            (walk->looked % 64 == 63 && snapshot_overdue(walk->snapshot))) {
            return ERR_TIMEOUT;
        }
        walk->looked++;
        bool belongs = false;
        enum err err = entry_judge(walk, id, value, memory, state, &belongs);
        if (err != ERR_OK || belongs) {
            return err;
        }
    }
    enum err err = scan_err(walk->scan);
    return err == ERR_OK ? ERR_NOT_FOUND : err;
}

static enum err walk_page(struct list_walk *walk, struct list_page *page)
{
    const struct list_ask *ask = walk->ask;
    struct bytes key;
    struct line_state state;
    enum err err = ERR_OK;
    while (page->count < ask->limit) {
        bool skipped = walk->accepted < ask->skip;
        err = walk_next(walk, skipped ? NULL : walk->arena, &key, &state);
        if (err != ERR_OK) {
            break;
        }
        walk->accepted++;
        if (skipped) {
            continue;
        }
        page->items[page->count++].state = state;
    }
    if (err == ERR_TIMEOUT) {
        cursor_print(key, page->next_cursor);
    }
    return err;
}

/* Goes on counting behind the page, and finds where the next one begins. */
static enum err count_behind(struct list_walk *walk, struct list_page *page)
{
    struct bytes key;
    struct line_state state;
    for (;;) {
        enum err err = walk_next(walk, NULL, &key, &state);
        if (err == ERR_NOT_FOUND) {
            return ERR_OK;
        }
        if (err == ERR_TIMEOUT) {
            page->total_is_min = true;
            if (page->next_cursor[0] == '\0') {
                cursor_print(key, page->next_cursor);
            }
            return ERR_OK;
        }
        if (err != ERR_OK) {
            return err;
        }
        if (page->next_cursor[0] == '\0') {
            cursor_print(key, page->next_cursor);
        }
        walk->accepted++;
        page->total = walk->accepted;
        if (walk->accepted > LIST_TOTAL_MAX) {
            return ERR_OK;
        }
    }
}

/* With a cursor the walk does not begin at the start: what lies before it is counted too.
 * ERR_TIMEOUT: not all of it. */
static enum err count_before(const struct list_walk *walk, uint32_t *before)
{
    struct row_key stop;
    *before = 0;
    if (walk->ask->cursor.size == 0) {
        return ERR_OK;
    }
    bool read = cursor_read(walk, &stop);
    CHECK(read);
    struct list_walk head = *walk;
    head.looked = 0;
    bool descending = is_descending(walk->ask);
    enum err err = scan_open(walk->snapshot, walk->table, row_key_bytes(&walk->prefix), descending,
                             &head.scan);
    if (err != ERR_OK) {
        return err;
    }
    struct bytes key;
    struct line_state state;
    while (*before <= LIST_TOTAL_MAX && (err = walk_next(&head, NULL, &key, &state)) == ERR_OK) {
        int order = bytes_compare(key, row_key_bytes(&stop));
        if (descending ? order <= 0 : order >= 0) {
            break;
        }
        (*before)++;
    }
    scan_close(head.scan);
    return err == ERR_NOT_FOUND ? ERR_OK : err;
}

/* By walking, as far as there is time. `ended`: how the page did. */
static enum err total_by_walk(struct list_walk *walk, struct list_page *page, enum err ended)
{
    page->total = walk->accepted;
    page->total_is_min = ended == ERR_TIMEOUT;
    enum err err = ended == ERR_OK ? count_behind(walk, page) : ERR_OK;
    uint32_t before = 0;
    if (err == ERR_OK) {
        err = count_before(walk, &before);
    }
    if (err == ERR_TIMEOUT) {
        page->total_is_min = true;
        err = ERR_OK;
    }
    page->total += before;
    return err;
}

/* Every line of the home is on its list, and its actor keeps count of them. */
static bool is_counted(const struct list_ask *ask)
{
    return ask->of == LIST_HOME && ask->accept_home != NULL &&
           ask->accept_home(ask->self, ask->home);
}

static enum err total_by_counts(struct list_walk *walk, struct list_page *page, enum err ended)
{
    struct bytes key;
    struct line_state state;
    uint32_t counts[6];
    enum err err = ended == ERR_OK ? walk_next(walk, NULL, &key, &state) : ERR_NOT_FOUND;
    if (err == ERR_OK || err == ERR_TIMEOUT) {
        cursor_print(key, page->next_cursor);
    } else if (err != ERR_NOT_FOUND) {
        return err;
    }
    err = query_counts(walk->snapshot, walk->ask->home, counts);
    for (int status = STATUS_DRAFT; err == ERR_OK && status <= STATUS_RETURNED; status++) {
        page->total += counts[status];
    }
    return err;
}

static enum err page_total(struct list_walk *walk, struct list_page *page, enum err ended)
{
    enum err err = is_counted(walk->ask) ? total_by_counts(walk, page, ended)
                                         : total_by_walk(walk, page, ended);
    if (page->total > LIST_TOTAL_MAX) {
        page->total = LIST_TOTAL_MAX;
        page->total_is_min = true;
    }
    return err;
}

static enum err walk_open(struct list_walk *walk)
{
    const struct list_ask *ask = walk->ask;
    struct row_key from;
    if (ask->cursor.size > 0 && !cursor_read(walk, &from)) {
        return ERR_BAD_INPUT;
    }
    enum err err = scan_open(walk->snapshot, walk->table, row_key_bytes(&walk->prefix),
                             is_descending(ask), &walk->scan);
    if (err == ERR_OK && ask->cursor.size > 0) {
        scan_seek(walk->scan, row_key_bytes(&from));
    }
    return err;
}

enum err query_lines(struct snapshot *snapshot, const struct list_ask *ask, struct arena *arena,
                     struct list_page *page)
{
    CHECK(ask->limit > 0 && ask->limit <= 200);
    *page = (struct list_page){0};
    struct arena scratch;
    struct list_walk walk = {.ask = ask,
                             .snapshot = snapshot,
                             .arena = arena,
                             .scratch = &scratch,
                             .table = table_of(ask->of),
                             .prefix = prefix_of(ask)};
    arena_init(&scratch, 32 * 1024, 4 << 20);
    page->items = arena_array(arena, ask->limit, sizeof *page->items);
    enum err err = page->items == NULL ? ERR_NO_MEMORY : walk_open(&walk);
    if (err != ERR_OK) {
        goto done;
    }
    err = walk_page(&walk, page);
    if (err == ERR_OK || err == ERR_NOT_FOUND || err == ERR_TIMEOUT) {
        err = page_total(&walk, page, err);
    }
    for (uint32_t i = 0; err == ERR_OK && i < page->count; i++) {
        err = query_line_rest(snapshot, arena, &page->items[i]);
    }
done:
    if (walk.scan != NULL) {
        scan_close(walk.scan);
    }
    arena_deinit(&scratch);
    return err;
}
