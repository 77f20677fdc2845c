#include "storage/query.h"
#include "model/row_keys.h"
#include "tests/unit/storage/rig.h"
#include <string.h>
#include <time.h>

enum { HOME = 5, OTHER = 6, PERSON = 77, DAY = 20000, ROOM = 16 * 1024 };

static void put_long(struct rig *rig, enum table table, struct row_key base, struct bytes value)
{
    size_t at = 0;
    for (uint8_t part = 0; part == 0 || at < value.size; part++) {
        size_t size = value.size - at < ROW_VALUE_MAX ? value.size - at : ROW_VALUE_MAX;
        struct row_key key = key_of_part(base, part);
        rig_put(rig, table, row_key_bytes(&key), bytes_slice(value, at, size));
        at += size;
    }
}

/* A line with its body, history and indexes, as the institution actor would put them. */
static void put_line(struct rig *rig, struct line_id id, uint64_t person,
                     const struct time_rule *times, uint16_t count)
{
    static uint8_t row[ROOM];
    struct line_state state = {.id = id,
                               .person = person,
                               .created_by = PRINCIPAL_INSTITUTION,
                               .version = 1,
                               .body_version = 1,
                               .kind = REQUEST_REGISTER,
                               .status = STATUS_DRAFT,
                               .ended_from = DAY_NONE,
                               .due_day = DAY_NONE,
                               .times_count = count,
                               .times = times};
    struct line_body body = {.note = BYTES_LITERAL("note"), .times_count = count, .times = times};
    struct writer out = writer_on(row, sizeof row);
    line_state_write(&out, &state);
    put_long(rig, TABLE_LINE, key_of_line(id), writer_bytes(&out));
    out = writer_on(row, sizeof row);
    line_body_write(&out, &body);
    put_long(rig, TABLE_BODY, key_of_body(id, 1), writer_bytes(&out));
    struct row_key index = key_of_person_line(person, id);
    rig_put(rig, TABLE_PERSON_LINE, row_key_bytes(&index), (struct bytes){0});
}

static struct line_id line_of(uint64_t home, uint32_t serial, uint16_t n)
{
    return (struct line_id){.in = {.home = home, .day = DAY, .serial = serial}, .n = n};
}

static struct list_page list(struct rig *rig, struct list_ask *ask, struct arena *arena)
{
    struct snapshot *snapshot = NULL;
    struct list_page page;
    T_OK(snapshot_open(rig->store, &snapshot));
    T_OK(query_lines(snapshot, ask, arena, &page));
    snapshot_close(snapshot);
    return page;
}

/* Pages by cursor: each line once, newest first, although lines come in between. F117 */
TEST(cursors_show_each_line_once_while_lines_are_added)
{
    struct rig rig;
    struct arena arena;
    arena_init(&arena, 65536, 0);
    rig_begin(&rig, "s");
    for (uint32_t serial = 1; serial <= 25; serial++)
        put_line(&rig, line_of(HOME, serial, 1), PERSON, NULL, 0);
    put_line(&rig, line_of(OTHER, 1, 1), PERSON, NULL, 0);
    T_OK(rig_commit(&rig));
    T_OK(store_apply_now(rig.store));
    struct list_ask ask = {.of = LIST_HOME, .home = HOME, .limit = 10};
    struct list_page page = list(&rig, &ask, &arena);
    T_EQ_UINT(page.count, 10);
    T_EQ_UINT(page.total, 25);
    T_EQ_UINT(page.items[0].state.id.in.serial, 25);
    put_line(&rig, line_of(HOME, 26, 1), PERSON, NULL, 0); /* in front of the page */
    T_OK(rig_commit(&rig));
    uint32_t next = 15;
    while (page.next_cursor[0] != '\0') {
        char cursor[CURSOR_MAX];
        memcpy(cursor, page.next_cursor, sizeof cursor);
        ask.cursor = bytes_from_text(cursor);
        page = list(&rig, &ask, &arena);
        for (uint32_t i = 0; i < page.count; i++)
            T_EQ_UINT(page.items[i].state.id.in.serial, next--);
    }
    T_EQ_UINT(next, 0);
    T_EQ_UINT(page.total, 26);
    arena_deinit(&arena);
    rig_end(&rig);
}

TEST(pages_by_number_skip_what_the_earlier_ones_hold)
{
    struct rig rig;
    struct arena arena;
    arena_init(&arena, 65536, 0);
    rig_begin(&rig, "s");
    for (uint32_t serial = 1; serial <= 7; serial++)
        put_line(&rig, line_of(HOME, serial, 1), PERSON, NULL, 0);
    T_OK(rig_commit(&rig));
    struct list_ask ask = {
        .of = LIST_PERSON, .home = HOME, .person = PERSON, .limit = 3, .skip = 6};
    struct list_page page = list(&rig, &ask, &arena);
    T_EQ_UINT(page.count, 1);
    T_EQ_UINT(page.items[0].state.id.in.serial, 1);
    T_EQ_UINT(page.total, 7);
    T_EQ_STR(page.next_cursor, "");
    arena_deinit(&arena);
    rig_end(&rig);
}

TEST(a_cursor_opens_nobody_elses_list)
{
    struct rig rig;
    struct arena arena;
    struct snapshot *snapshot = NULL;
    struct list_page page, refused; /* the cursor lies in the page it came with */
    arena_init(&arena, 65536, 0);
    rig_begin(&rig, "s");
    for (uint32_t serial = 1; serial <= 3; serial++)
        put_line(&rig, line_of(OTHER, serial, 1), PERSON, NULL, 0);
    T_OK(rig_commit(&rig));
    struct list_ask ask = {.of = LIST_HOME, .home = OTHER, .limit = 1};
    page = list(&rig, &ask, &arena);
    T_TRUE(page.next_cursor[0] != '\0');
    ask.home = HOME;
    ask.cursor = bytes_from_text(page.next_cursor);
    T_OK(snapshot_open(rig.store, &snapshot));
    T_ERR(query_lines(snapshot, &ask, &arena, &refused), ERR_BAD_INPUT);
    ask.cursor = BYTES_LITERAL("zz");
    T_ERR(query_lines(snapshot, &ask, &arena, &refused), ERR_BAD_INPUT);
    ask = (struct list_ask){.of = LIST_PERSON, .home = OTHER, .person = PERSON, .limit = 1};
    page = list(&rig, &ask, &arena);
    T_TRUE(page.next_cursor[0] != '\0');
    ask.person = PERSON + 1; /* of the same home */
    ask.cursor = bytes_from_text(page.next_cursor);
    T_ERR(query_lines(snapshot, &ask, &arena, &refused), ERR_BAD_INPUT);
    snapshot_close(snapshot);
    arena_deinit(&arena);
    rig_end(&rig);
}

/* Values over 2,000 bytes lie in several rows and come back whole, in lists too. */
TEST(a_line_of_many_dates_is_read_whole)
{
    struct rig rig;
    struct arena arena;
    struct day_run runs[360];
    struct time_rule times[2];
    arena_init(&arena, 65536, 0);
    for (uint16_t i = 0; i < 360; i++)
        runs[i] = (struct day_run){DAY + 2 * i, 1};
    for (size_t i = 0; i < 2; i++)
        times[i] = (struct time_rule){.mode = TIME_DATES,
                                      .at = (uint16_t)(480 + 300 * i),
                                      .until = (uint16_t)(720 + 300 * i),
                                      .runs = runs,
                                      .runs_count = 360};
    rig_begin(&rig, "s");
    put_line(&rig, line_of(HOME, 1, 1), PERSON, times, 2);
    put_line(&rig, line_of(HOME, 2, 1), PERSON, NULL, 0);
    T_OK(rig_commit(&rig));
    T_TRUE(rig_count(&rig, TABLE_LINE, (struct bytes){0}) > 2);
    struct list_ask ask = {.of = LIST_HOME, .home = HOME, .limit = 50};
    struct list_page page = list(&rig, &ask, &arena);
    T_EQ_UINT(page.count, 2);
    T_EQ_UINT(page.total, 2);
    T_EQ_UINT(times_occurrences(page.items[1].body.times, page.items[1].body.times_count), 720);
    T_EQ_UINT(times_occurrences(page.items[1].state.times, page.items[1].state.times_count), 720);
    T_EQ_BYTES(page.items[1].body.note, BYTES_LITERAL("note"));
    arena_deinit(&arena);
    rig_end(&rig);
}

static bool nothing_fits(void *self, const struct line_state *state)
{
    uint32_t *looked = self;
    (*looked)++;
    return state == NULL;
}

/* What a filter refuses takes none of the answer's memory, however much of it there is. */
TEST(lines_that_do_not_fit_take_no_memory)
{
    enum { LINES = 3000, QUOTA = 256 * 1024 };
    struct rig rig;
    struct arena arena;
    struct time_rule time = {.mode = TIME_CONTINUOUS, .start = 100, .end = 200};
    uint32_t looked = 0;
    rig_begin(&rig, "s");
    for (uint32_t serial = 1; serial <= LINES; serial++) {
        put_line(&rig, line_of(HOME, serial, 1), PERSON, &time, 1);
        if (serial % 500 == 0)
            T_OK(rig_commit(&rig));
    }
    const enum list_of lists[] = {LIST_HOME, LIST_PERSON};
    for (size_t i = 0; i < 2; i++) {
        arena_init(&arena, 65536, QUOTA);
        looked = 0;
        struct list_ask ask = {.of = lists[i],
                               .home = HOME,
                               .person = PERSON,
                               .accept = nothing_fits,
                               .self = &looked,
                               .limit = 50};
        struct list_page page = list(&rig, &ask, &arena);
        T_EQ_UINT(page.count, 0);
        T_EQ_UINT(page.total, 0);
        T_TRUE(looked == LINES || page.next_cursor[0] != '\0'); /* or its time was over */
        arena_deinit(&arena);
    }
    rig_end(&rig);
}

static bool all_fit(void *self, const struct line_state *state)
{
    uint32_t *looked = self;
    (*looked)++;
    return state != NULL;
}

static bool home_fits(void *self, uint64_t home)
{
    return self != NULL && home == HOME;
}

/* A list of 50 is not slower for the hundreds behind it (issue 4: 2 ms). */
TEST(what_is_only_counted_is_not_read_where_its_home_tells)
{
    enum { LINES = 40, COUNTY = 9 };
    struct rig rig;
    struct arena arena;
    struct time_rule time = {.mode = TIME_CONTINUOUS, .start = 100, .end = 200};
    uint32_t looked = 0;
    rig_begin(&rig, "s");
    for (uint32_t serial = 1; serial <= LINES; serial++) {
        put_line(&rig, line_of(HOME, serial, 1), PERSON, &time, 1);
        struct row_key key = key_of_county_line(COUNTY, serial, line_of(HOME, serial, 1));
        rig_put(&rig, TABLE_COUNTY_LINE, row_key_bytes(&key), (struct bytes){0});
    }
    T_OK(rig_commit(&rig));
    arena_init(&arena, 65536, 0);
    struct list_ask ask = {.of = LIST_COUNTY,
                           .county = COUNTY,
                           .accept = all_fit,
                           .accept_home = home_fits,
                           .self = &looked,
                           .limit = 5};
    struct list_page page = list(&rig, &ask, &arena);
    T_EQ_UINT(page.count, 5);
    T_EQ_UINT(page.total, LINES);
    T_EQ_UINT(looked, 5);
    ask.cursor = bytes_from_text(page.next_cursor);
    struct list_page second = list(&rig, &ask, &arena);
    T_EQ_UINT(second.total, LINES);
    T_EQ_UINT(second.items[0].state.id.in.serial, LINES - 5);
    T_EQ_UINT(looked, 10);
    arena_deinit(&arena);
    rig_end(&rig);
}

static void put_counts(struct rig *rig, uint32_t drafts, uint32_t approved)
{
    uint8_t row[32];
    struct writer out = writer_on(row, sizeof row);
    for (int status = STATUS_DRAFT; status <= STATUS_RETURNED; status++)
        write_u32(&out, status == STATUS_DRAFT ? drafts : status == STATUS_APPROVED ? approved : 0);
    struct row_key key = key_of_u64(HOME);
    rig_put(rig, TABLE_COUNTS, row_key_bytes(&key), writer_bytes(&out));
}

/* The whole list of a home is as long as its actor has counted: nothing behind the page is walked,
 * and no line of another home counts. (That there are fewer lines here tells who was asked.) */
TEST(a_homes_whole_list_is_as_long_as_its_counts_say)
{
    enum { LINES = 8 };
    struct rig rig;
    struct arena arena;
    struct time_rule time = {.mode = TIME_CONTINUOUS, .start = 100, .end = 200};
    uint32_t looked = 0;
    rig_begin(&rig, "s");
    for (uint32_t serial = 1; serial <= LINES; serial++)
        put_line(&rig, line_of(HOME, serial, 1), PERSON, &time, 1);
    put_counts(&rig, 90, 10);
    T_OK(rig_commit(&rig));
    arena_init(&arena, 65536, 0);
    struct list_ask ask = {.of = LIST_HOME,
                           .home = HOME,
                           .accept = all_fit,
                           .accept_home = home_fits,
                           .self = &looked,
                           .limit = 5};
    struct list_page page = list(&rig, &ask, &arena);
    T_EQ_UINT(page.total, 100);
    T_FALSE(page.total_is_min);
    T_EQ_UINT(looked, 5);
    ask.cursor = bytes_from_text(page.next_cursor);
    page = list(&rig, &ask, &arena);
    T_EQ_UINT(page.count, LINES - 5);
    T_EQ_UINT(page.items[0].state.id.in.serial, LINES - 5);
    T_EQ_UINT(page.total, 100);
    T_EQ_STR(page.next_cursor, "");
    put_counts(&rig, LIST_TOTAL_MAX, 1);
    T_OK(rig_commit(&rig));
    ask.cursor = (struct bytes){0};
    page = list(&rig, &ask, &arena);
    T_EQ_UINT(page.total, LIST_TOTAL_MAX);
    T_TRUE(page.total_is_min);
    ask.accept_home = NULL; /* a filter: then each is looked at */
    page = list(&rig, &ask, &arena);
    T_EQ_UINT(page.total, LINES);
    arena_deinit(&arena);
    rig_end(&rig);
}

static int64_t now_ms(void)
{
    struct timespec now;
    T_EQ_INT(clock_gettime(CLOCK_MONOTONIC, &now), 0);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static bool some_fit_slowly(void *self, const struct line_state *state)
{
    (void)self;
    for (int64_t begun_ms = now_ms(); now_ms() < begun_ms + 5;)
        ; /* each takes that long */
    return state->id.in.serial % 20 == 1;
}

/* A page far behind: its time is over before all in front of it are counted. */
TEST(a_total_that_is_not_counted_to_its_end_says_so)
{
    enum { LINES = 200 };
    struct rig rig;
    struct arena arena;
    struct time_rule time = {.mode = TIME_CONTINUOUS, .start = 100, .end = 200};
    rig_begin(&rig, "s");
    for (uint32_t serial = 1; serial <= LINES; serial++)
        put_line(&rig, line_of(HOME, serial, 1), PERSON, &time, 1);
    T_OK(rig_commit(&rig));
    arena_init(&arena, 65536, 0);
    uint8_t text[CURSOR_MAX];
    struct writer cursor = writer_on(text, sizeof text);
    struct row_key oldest = key_of_line(line_of(HOME, 1, 1));
    write_hex(&cursor, row_key_bytes(&oldest));
    struct list_ask ask = {.of = LIST_HOME,
                           .home = HOME,
                           .accept = some_fit_slowly,
                           .cursor = writer_bytes(&cursor),
                           .limit = 5};
    struct list_page page = list(&rig, &ask, &arena);
    T_EQ_UINT(page.count, 1);
    T_TRUE(page.total < LINES / 20);
    T_TRUE(page.total_is_min);
    arena_deinit(&arena);
    rig_end(&rig);
}

T_LIST(query_test, T(cursors_show_each_line_once_while_lines_are_added),
       T(pages_by_number_skip_what_the_earlier_ones_hold), T(a_cursor_opens_nobody_elses_list),
       T(a_line_of_many_dates_is_read_whole), T(lines_that_do_not_fit_take_no_memory),
       T(what_is_only_counted_is_not_read_where_its_home_tells),
       T(a_homes_whole_list_is_as_long_as_its_counts_say),
       T(a_total_that_is_not_counted_to_its_end_says_so));
