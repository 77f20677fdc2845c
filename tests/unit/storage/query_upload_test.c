/* Uploaded sheets as the door and the pool read them (API 5). */
#include "model/row_keys.h"
#include "storage/query.h"
#include "tests/unit/storage/rig.h"
#include <string.h>

enum { HOME = 5, OTHER = 6, NURSE = 77, DOCTOR = 78, ROOM = 3 * ROW_VALUE_MAX };

static struct rig rig;
static struct arena arena;
static struct snapshot *snapshot;

static void put_upload(uint64_t home, uint64_t number, uint64_t person, uint16_t parts)
{
    uint8_t row[UPLOAD_RECORD_MAX];
    struct upload_record record = {
        .home = home,
        .number = number,
        .kind = UPLOAD_RULE,
        .state = UPLOAD_FAILED,
        .version = (uint32_t)number + 1,
        .uploader = {.kind = person == 0 ? PRINCIPAL_INSTITUTION : PRINCIPAL_PERSON,
                     .person = person,
                     .institution = home},
        .name = BYTES_LITERAL("name.csv"),
        .told = BYTES_LITERAL("told"),
        .parts = {[UPLOAD_LINES] = parts}};
    struct writer out = writer_on(row, sizeof row);
    upload_write(&out, &record);
    struct row_key key = key_of_upload(home, number);
    rig_put(&rig, TABLE_UPLOAD, row_key_bytes(&key), writer_bytes(&out));
}

static void put_part(uint64_t number, enum upload_part part, uint16_t place, struct bytes value)
{
    struct row_key key = key_of_upload_part(HOME, number, part, place);
    rig_put(&rig, TABLE_UPLOAD_PART, row_key_bytes(&key), value);
}

static void begin(void)
{
    arena_init(&arena, 65536, 0);
    rig_begin(&rig, "s");
}

static void look(void)
{
    T_OK(rig_commit(&rig));
    T_OK(snapshot_open(rig.store, &snapshot));
}

static void end(void)
{
    snapshot_close(snapshot);
    rig_end(&rig);
    arena_deinit(&arena);
}

TEST(a_record_is_found_and_outlives_its_snapshot)
{
    struct upload_record record;
    begin();
    put_upload(HOME, 3, 0, 0);
    look();
    T_ERR(query_upload(snapshot, HOME, 4, &arena, &record), ERR_NOT_FOUND);
    T_ERR(query_upload(snapshot, OTHER, 3, &arena, &record), ERR_NOT_FOUND);
    T_OK(query_upload(snapshot, HOME, 3, &arena, &record));
    snapshot_close(snapshot);
    rig_end(&rig);
    T_TRUE(record.home == HOME && record.number == 3 && record.version == 4);
    T_EQ_BYTES(record.name, BYTES_LITERAL("name.csv"));
    T_EQ_BYTES(record.told, BYTES_LITERAL("told"));
    arena_deinit(&arena);
}

TEST(a_part_is_put_together)
{
    static uint8_t whole[ROOM];
    struct upload_record record;
    struct bytes part;
    size_t size = 2 * ROW_VALUE_MAX + 7;
    begin();
    for (size_t i = 0; i < size; i++)
        whole[i] = (uint8_t)(i * 7);
    put_upload(HOME, 3, 0, 3);
    for (uint16_t place = 0; place < 3; place++)
        put_part(3, UPLOAD_LINES, place,
                 bytes_of(whole + place * ROW_VALUE_MAX, place < 2 ? ROW_VALUE_MAX : 7));
    put_part(3, UPLOAD_LINES, 3, BYTES_LITERAL("behind the last"));
    put_part(4, UPLOAD_LINES, 0, BYTES_LITERAL("another's"));
    look();
    T_OK(query_upload(snapshot, HOME, 3, &arena, &record));
    T_OK(query_upload_part(snapshot, &record, UPLOAD_LINES, &arena, &part));
    T_EQ_BYTES(part, bytes_of(whole, size));
    T_OK(query_upload_part(snapshot, &record, UPLOAD_FAULTS, &arena, &part));
    T_EQ_UINT(part.size, 0);
    end();
}

TEST(a_part_that_is_missing_is_damage)
{
    struct upload_record record;
    struct bytes part;
    begin();
    put_upload(HOME, 3, 0, 2);
    put_part(3, UPLOAD_LINES, 0, BYTES_LITERAL("first"));
    look();
    T_OK(query_upload(snapshot, HOME, 3, &arena, &record));
    T_ERR(query_upload_part(snapshot, &record, UPLOAD_LINES, &arena, &part), ERR_CORRUPT);
    end();
}

TEST(a_damaged_record_is_not_shown)
{
    struct upload_record record;
    struct upload_page page;
    begin();
    struct row_key key = key_of_upload(HOME, 3);
    rig_put(&rig, TABLE_UPLOAD, row_key_bytes(&key), BYTES_LITERAL("no record"));
    look();
    T_TRUE(query_upload(snapshot, HOME, 3, &arena, &record) != ERR_OK);
    struct upload_list_ask ask = {.home = HOME, .limit = 5};
    T_TRUE(query_uploads(snapshot, &ask, &arena, &page) != ERR_OK);
    end();
}

/* ---- the list ---- */

/* 1 to 9 of the home, every third one the nurse's; one of another home. */
static void fill(void)
{
    begin();
    for (uint64_t number = 1; number <= 9; number++)
        put_upload(HOME, number, number % 3 == 0 ? NURSE : number == 4 ? DOCTOR : 0, 0);
    put_upload(OTHER, 5, NURSE, 0);
    look();
}

static struct upload_page list(struct upload_list_ask ask)
{
    struct upload_page page;
    ask.home = HOME;
    T_OK(query_uploads(snapshot, &ask, &arena, &page));
    return page;
}

TEST(the_list_begins_with_the_newest)
{
    fill();
    struct upload_page page = list((struct upload_list_ask){.limit = 4});
    T_EQ_UINT(page.count, 4);
    for (uint32_t i = 0; i < 4; i++)
        T_EQ_UINT(page.items[i].number, 9 - i);
    T_TRUE(page.next == 5 && page.total == 9 && !page.total_is_min);
    page = list((struct upload_list_ask){.limit = 4, .from = page.next});
    T_TRUE(page.count == 4 && page.items[0].number == 5 && page.next == 1 && page.total == 9);
    T_EQ_BYTES(page.items[3].name, BYTES_LITERAL("name.csv"));
    page = list((struct upload_list_ask){.limit = 4, .from = page.next});
    T_TRUE(page.count == 1 && page.items[0].number == 1 && page.next == 0 && page.total == 9);
    end();
}

TEST(pages_by_number_skip_the_earlier_ones)
{
    fill();
    struct upload_page page = list((struct upload_list_ask){.limit = 4, .skip = 8});
    T_TRUE(page.count == 1 && page.items[0].number == 1 && page.next == 0 && page.total == 9);
    page = list((struct upload_list_ask){.limit = 4, .skip = 9});
    T_TRUE(page.count == 0 && page.next == 0 && page.total == 9);
    end();
}

TEST(a_person_sees_what_he_sent)
{
    fill();
    struct upload_page page = list((struct upload_list_ask){.limit = 2, .person = NURSE});
    T_TRUE(page.count == 2 && page.items[0].number == 9 && page.items[1].number == 6);
    T_TRUE(page.next == 3 && page.total == 3);
    page = list((struct upload_list_ask){.limit = 2, .person = DOCTOR});
    T_TRUE(page.count == 1 && page.items[0].number == 4 && page.next == 0 && page.total == 1);
    page = list((struct upload_list_ask){.limit = 2, .person = 79});
    T_TRUE(page.count == 0 && page.total == 0);
    end();
}

TEST(a_list_may_be_empty)
{
    begin();
    look();
    struct upload_page page = list((struct upload_list_ask){.limit = 2});
    T_TRUE(page.count == 0 && page.total == 0 && page.next == 0 && !page.total_is_min);
    end();
}

T_LIST(query_upload_test, T(a_record_is_found_and_outlives_its_snapshot), T(a_part_is_put_together),
       T(a_part_that_is_missing_is_damage), T(a_damaged_record_is_not_shown),
       T(the_list_begins_with_the_newest), T(pages_by_number_skip_the_earlier_ones),
       T(a_person_sees_what_he_sent), T(a_list_may_be_empty));
