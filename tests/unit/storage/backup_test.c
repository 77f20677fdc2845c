/* Backup and restore (DESIGN 16; RELIABILITY 4 I3, 6). */
#include "storage/backup.h"
#include "storage/folder.h"
#include "storage/loader.h"
#include "tests/unit/storage/rig.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TODAY = 20550, FILE_ROOM = 4 << 20 };

static struct backup_config to_folder(char path[TMP_PATH_MAX], const char *name)
{
    return (struct backup_config){.folder = tmp_path(path, name), .now = 1};
}

static void back_up(struct rig *rig, const char *name)
{
    char path[TMP_PATH_MAX];
    struct backup_config config = to_folder(path, name);
    struct manifest manifest;
    T_OK(store_backup(rig->store, &config, &manifest));
    T_TRUE(manifest.position == store_position(rig->store));
}

static enum err restore(const char *from, const char *to, struct restored *restored)
{
    char folder[TMP_PATH_MAX], directory[TMP_PATH_MAX];
    struct restore_config config = {.folder = tmp_path(folder, from),
                                    .directory = tmp_path(directory, to),
                                    .floor_day = TODAY,
                                    .map_gib = 1};
    return store_restore(&config, restored);
}

static bool there_is(const char *name)
{
    char path[TMP_PATH_MAX];
    return access(tmp_path(path, name), F_OK) == 0;
}

static void expect_groups(struct rig *rig, uint32_t count, uint32_t missing)
{
    for (uint32_t n = 0; n < count + missing; n++) {
        struct row_key key = rig_key(1, n);
        struct snapshot *snapshot = NULL;
        struct bytes value;
        T_OK(snapshot_open(rig->store, &snapshot));
        enum err err = snapshot_get(snapshot, TABLE_CASE, rig_key_bytes(&key), &value);
        T_EQ_INT(err, n < count ? ERR_OK : ERR_NOT_FOUND);
        snapshot_close(snapshot);
    }
}

TEST(what_was_durable_when_it_began_is_in_a_backup)
{
    struct rig rig, other;
    struct restored restored;
    rig_begin(&rig, "s");
    rig_write_groups(&rig, 0, 5); /* nothing of it is applied: the gap is an hour */
    back_up(&rig, "b");
    rig_write_groups(&rig, 5, 3);
    T_OK(restore("b", "r", &restored));
    T_EQ_UINT(restored.manifest.position, 5);
    rig_init(&other, "r");
    T_OK(rig_open(&other)); /* while the first one is open: another store */
    T_TRUE(memcmp(other.store->id, rig.store->id, STORE_ID_SIZE) != 0);
    expect_groups(&other, 5, 3);
    T_EQ_UINT(store_position(other.store), 5);
    rig_write_groups(&other, 5, 2);
    rig_close(&other);
    T_OK(rig_open(&other)); /* its log, begun anew, is good */
    expect_groups(&other, 7, 1);
    rig_end(&other);
    expect_groups(&rig, 8, 1);
    rig_end(&rig);
}

/* The day and serial that an institution is given first; false: none. */
static bool floor_of(struct rig *rig, int32_t *day, uint32_t *serial)
{
    struct arena arena;
    arena_init(&arena, 4096, 0);
    const struct load_range range = {TABLE_SERIAL, key_of_u64(7)};
    struct loaded_row *rows = NULL;
    size_t count = 0;
    T_OK(loader_read(rig->store, &range, 1, &arena, &rows, &count));
    bool is_floor = count > 0 && rows[0].table == TABLE_STORE;
    if (is_floor) {
        struct reader in = reader_of(rows[0].value);
        *day = (int32_t)(read_u32(&in) ^ 0x80000000u);
        *serial = read_u32(&in);
        T_TRUE(reader_done(&in));
    }
    arena_deinit(&arena);
    return is_floor;
}

TEST(a_restored_store_has_a_floor_of_serials_and_a_second_one_a_higher_one)
{
    struct rig rig;
    struct restored restored;
    int32_t day = 0;
    uint32_t serial = 0;
    rig_begin(&rig, "s");
    T_FALSE(floor_of(&rig, &day, &serial));
    back_up(&rig, "b");
    rig_end(&rig);
    char folder[TMP_PATH_MAX], directory[TMP_PATH_MAX];
    struct restore_config wished = {.folder = tmp_path(folder, "b"),
                                    .directory = tmp_path(directory, "wished"),
                                    .floor_day = TODAY,
                                    .floor = 700000,
                                    .map_gib = 1};
    T_OK(store_restore(&wished, &restored)); /* the same backup twice */
    T_EQ_UINT(restored.floor, 700000);
    T_OK(restore("b", "r", &restored));
    T_EQ_UINT(restored.floor, 500000);
    rig_init(&rig, "r");
    T_OK(rig_open(&rig));
    T_TRUE(floor_of(&rig, &day, &serial));
    T_EQ_INT(day, TODAY);
    T_EQ_UINT(serial, 500000);
    back_up(&rig, "b2");
    rig_end(&rig);
    T_OK(restore("b2", "r2", &restored));
    T_EQ_UINT(restored.floor, 600000);
    rig_init(&rig, "r2");
    T_OK(rig_open(&rig));
    T_TRUE(floor_of(&rig, &day, &serial));
    T_EQ_UINT(serial, 600000);
    rig_end(&rig);
}

TEST(a_backup_is_made_in_a_folder_of_its_own)
{
    struct rig rig;
    struct manifest manifest;
    char path[TMP_PATH_MAX];
    rig_begin(&rig, "s");
    back_up(&rig, "b");
    struct backup_config config = to_folder(path, "b");
    T_ERR(store_backup(rig.store, &config, &manifest), ERR_EXISTS);
    config = to_folder(path, "none/b");
    T_ERR(store_backup(rig.store, &config, &manifest), ERR_NOT_FOUND);
    T_EQ_INT(mkdir(tmp_path(path, "empty"), 0700), 0);
    back_up(&rig, "empty");
    T_EQ_INT(mkdir(tmp_path(path, "left.part"), 0700), 0); /* a crash left it */
    T_OK(folder_write(tmp_path(path, "left.part/data.mdb"), BYTES_LITERAL("half")));
    back_up(&rig, "left/");
    T_FALSE(there_is("left.part"));
    rig_end(&rig);
}

TEST(a_backup_that_is_stopped_leaves_nothing)
{
    struct rig rig;
    struct manifest manifest;
    char path[TMP_PATH_MAX];
    atomic_bool stop = true;
    rig_begin(&rig, "s");
    rig_write_groups(&rig, 0, 3);
    struct backup_config config = to_folder(path, "b");
    config.stop = &stop;
    T_ERR(store_backup(rig.store, &config, &manifest), ERR_CLOSED);
    T_FALSE(there_is("b"));
    T_FALSE(there_is("b.part"));
    rig_write_groups(&rig, 3, 3);
    back_up(&rig, "b");
    rig_end(&rig);
}

TEST(a_restore_takes_no_directory_that_holds_something)
{
    struct rig rig;
    struct restored restored;
    char path[TMP_PATH_MAX];
    rig_begin(&rig, "s");
    rig_write_groups(&rig, 0, 2);
    back_up(&rig, "b");
    T_ERR(restore("b", "s", &restored), ERR_BUSY);
    rig_close(&rig);
    T_ERR(restore("b", "s", &restored), ERR_EXISTS);
    T_EQ_INT(mkdir(tmp_path(path, "d"), 0700), 0);
    T_OK(folder_write(tmp_path(path, "d/mine"), BYTES_LITERAL("mine")));
    T_ERR(restore("b", "d", &restored), ERR_EXISTS);
    T_TRUE(there_is("d/mine"));
    T_ERR(restore("b", "d/mine", &restored), ERR_EXISTS);
    T_ERR(restore("none", "r", &restored), ERR_NOT_FOUND);
    T_ERR(restore("s", "r", &restored), ERR_NOT_FOUND); /* a store is no backup */
    T_FALSE(there_is("r"));
    T_OK(rig_open(&rig));
    expect_groups(&rig, 2, 1);
    rig_end(&rig);
}

/* ---- damage ---- */

static size_t file_read(const char *name, uint8_t *room)
{
    char path[TMP_PATH_MAX];
    FILE *file = fopen(tmp_path(path, name), "rb");
    T_TRUE(file != NULL);
    size_t size = fread(room, 1, FILE_ROOM, file);
    T_TRUE(size > 0 && size < FILE_ROOM);
    (void)fclose(file);
    return size;
}

static void file_write(const char *name, const uint8_t *from, size_t size)
{
    char path[TMP_PATH_MAX];
    (void)unlink(tmp_path(path, name));
    T_OK(folder_write(path, bytes_of(from, size)));
}

static void expect_refused(enum err wanted, enum err other)
{
    struct restored restored;
    enum err err = restore("b", "r", &restored);
    T_TRUE(err == wanted || err == other);
    T_FALSE(there_is("r"));
    T_FALSE(there_is("r.part"));
}

TEST(every_damage_of_a_backup_is_refused)
{
    struct rig rig;
    rig_begin(&rig, "s");
    rig_write_groups(&rig, 0, 3);
    back_up(&rig, "b");
    rig_end(&rig);
    uint8_t *room = malloc(FILE_ROOM);
    T_TRUE(room != NULL);
    size_t size = file_read("b/MANIFEST", room);
    for (size_t at = 0; at < size; at++) {
        room[at] ^= 2;
        file_write("b/MANIFEST", room, size);
        expect_refused(ERR_BAD_INPUT, ERR_VERSION);
        room[at] ^= 2;
    }
    for (size_t cut = 1; cut < size; cut += 7) {
        file_write("b/MANIFEST", room, cut);
        expect_refused(ERR_BAD_INPUT, ERR_BAD_INPUT);
    }
    file_write("b/MANIFEST", room, size);
    size = file_read("b/data.mdb", room);
    for (size_t at = 0; at < size; at += 997) {
        room[at] ^= 1;
        file_write("b/data.mdb", room, size);
        expect_refused(ERR_BAD_INPUT, ERR_BAD_INPUT);
        room[at] ^= 1;
    }
    file_write("b/data.mdb", room, size - 4096);
    expect_refused(ERR_BAD_INPUT, ERR_BAD_INPUT);
    char path[TMP_PATH_MAX];
    T_EQ_INT(unlink(tmp_path(path, "b/data.mdb")), 0);
    expect_refused(ERR_BAD_INPUT, ERR_BAD_INPUT);
    file_write("b/data.mdb", room, size);
    struct restored restored;
    T_OK(restore("b", "r", &restored)); /* whole again, it is good */
    free(room);
}

TEST(a_backup_of_a_later_program_is_named_as_such)
{
    struct rig rig;
    struct manifest manifest;
    char text[MANIFEST_MAX];
    uint8_t room[MANIFEST_MAX];
    rig_begin(&rig, "s");
    back_up(&rig, "b");
    rig_end(&rig);
    uint8_t *whole = malloc(FILE_ROOM);
    T_TRUE(whole != NULL);
    size_t size = file_read("b/MANIFEST", whole);
    T_OK(manifest_read(bytes_of(whole, size), &manifest));
    T_EQ_UINT(manifest_print(&manifest, text), size); /* what is printed is what was read */
    T_EQ_MEM(text, whole, size);
    free(whole);
    manifest.store_format = SCHEMA_FORMAT + 1;
    size = manifest_print(&manifest, text);
    memcpy(room, text, size);
    file_write("b/MANIFEST", room, size);
    expect_refused(ERR_VERSION, ERR_VERSION);
    char *number = strstr(text, "baobei-backup 1");
    T_TRUE(number == text);
    text[14] = '2';
    memcpy(room, text, size);
    file_write("b/MANIFEST", room, size);
    expect_refused(ERR_VERSION, ERR_VERSION);
}

T_LIST(backup_test, T(what_was_durable_when_it_began_is_in_a_backup),
       T(a_restored_store_has_a_floor_of_serials_and_a_second_one_a_higher_one),
       T(a_backup_is_made_in_a_folder_of_its_own), T(a_backup_that_is_stopped_leaves_nothing),
       T(a_restore_takes_no_directory_that_holds_something), T(every_damage_of_a_backup_is_refused),
       T(a_backup_of_a_later_program_is_named_as_such));
