/* A key inside LMDB's own pages is damaged: a search by key is misled without an error. No sound
 * row may be lost to its readers over it but those that the search can't reach, the scrub and
 * verify walk on over all rows, and each one that is not found is named (RELIABILITY 6). */
#include "storage/doctor.h"
#include "storage/scrub.h"
#include "storage/view.h"
#include "tests/unit/storage/rig.h"
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { OWNER = 7, ROWS = 3000, FROM = 1000, TO = 2900, KEY_SIZE = 17, FLIP = 64 };

/* So many, one after the other: a slice of the scrub must end between some and what they hide. */
enum { SEPARATORS = 4 };

enum damage { LAST_KEY_RAISED, SEPARATOR_LOWERED, SEPARATOR_RAISED };

/* ---- a bit in a page of data.mdb ---- */

enum {
    PAGE = 4096,
    PAGE_HEAD = 16,
    FLAGS_AT = 10,
    END_AT = 12,
    BRANCH = 1,
    LEAF = 2,
    NODE_HEAD = 8
};

static unsigned u16(const uint8_t *at)
{
    uint16_t value;
    memcpy(&value, at, sizeof value); /* LMDB's own order */
    return value;
}

static uint32_t number_of(const uint8_t *key)
{
    struct reader number = reader_of(bytes_of(key + KEY_SIZE - 4, 4));
    return read_u32(&number);
}

/* The key of the node if it is one of the rows in the middle; else NULL. */
static uint8_t *key_at(uint8_t *page, unsigned index)
{
    uint8_t *node = page + u16(page + PAGE_HEAD + 2 * (size_t)index);
    uint8_t *key = node + NODE_HEAD;
    bool ours = u16(node + NODE_HEAD - 2) == KEY_SIZE && key[0] == TABLE_SERIAL &&
                number_of(key) >= FROM && number_of(key) <= TO;
    return ours ? key : NULL;
}

/* The first that can be, behind `skip` of them. */
static bool page_damage(uint8_t *page, enum damage how, unsigned skip)
{
    unsigned count = (u16(page + END_AT) - PAGE_HEAD) / 2;
    bool last = how == LAST_KEY_RAISED;
    if (u16(page + FLAGS_AT) != (last ? LEAF : BRANCH) || count < 4 || count > PAGE / NODE_HEAD)
        return false;
    for (unsigned i = last ? count - 1 : 1; i < count; i++) {
        uint8_t *key = key_at(page, i);
        if (key == NULL ||
            (!last && ((number_of(key) & FLIP) != 0) != (how == SEPARATOR_LOWERED)) || skip-- > 0)
            continue;
        if (last)
            key[KEY_SIZE - 3] ^= 1; /* 65,536 more */
        else
            key[KEY_SIZE - 1] ^= FLIP;
        return true;
    }
    return false;
}

/* In the first page that has what is to be damaged; the store is closed. */
static void damage(const struct rig *rig, enum damage how, unsigned skip)
{
    char path[TMP_PATH_MAX];
    uint8_t page[PAGE];
    rig_path(rig, path, "data.mdb");
    int file = open(path, O_RDWR | O_CLOEXEC);
    T_TRUE(file >= 0);
    for (off_t at = 2 * (off_t)PAGE;; at += PAGE) {
        T_EQ_INT(pread(file, page, PAGE, at), PAGE); /* there is one before the end */
        if (!page_damage(page, how, skip))
            continue;
        T_EQ_INT(pwrite(file, page, PAGE, at), PAGE);
        break;
    }
    close(file);
}

/* ---- who reads ---- */

static bool reads(struct snapshot *snapshot, uint32_t number)
{
    struct row_key key = rig_key(OWNER, number);
    struct bytes value;
    return snapshot_get(snapshot, TABLE_SERIAL, rig_key_bytes(&key), &value) == ERR_OK;
}

/* Rows not found by snapshots of their own, and by one that reads them all in order. */
static unsigned lost_to_each(struct rig *rig)
{
    unsigned lost = 0;
    for (uint32_t i = 0; i < ROWS; i++) {
        struct snapshot *snapshot = NULL;
        T_OK(snapshot_open(rig->store, &snapshot));
        lost += reads(snapshot, i) ? 0 : 1;
        snapshot_close(snapshot);
    }
    return lost;
}

static unsigned lost_to_one(struct rig *rig)
{
    struct snapshot *snapshot = NULL;
    unsigned lost = 0;
    T_OK(snapshot_open(rig->store, &snapshot));
    for (uint32_t i = 0; i < ROWS; i++)
        lost += reads(snapshot, i) ? 0 : 1;
    snapshot_close(snapshot);
    return lost;
}

struct told {
    struct snapshot *examined;
    uint64_t rows;
    unsigned unfindable, unread, not_compared, pages;
};

static void on_finding(void *self, const struct finding *finding)
{
    struct told *told = self;
    told->unfindable += strcmp(finding->what, "row_unfindable") == 0;
    told->unread += strcmp(finding->what, "unread") == 0;
    told->not_compared += strcmp(finding->what, "not_compared") == 0;
    told->pages += strcmp(finding->what, "pages") == 0;
}

static struct told pass(struct rig *rig)
{
    struct told told = {0};
    struct scrub scrub;
    scrub_init(&scrub, &rig->store->env, on_finding, &told);
    for (unsigned slices = 0; scrub.passes == 0; slices++) {
        T_TRUE(slices < 1000);
        T_OK(scrub_slice(&scrub));
    }
    told.rows = scrub.inspector.rows;
    return told;
}

static void on_begin(void *self, struct snapshot *snapshot)
{
    ((struct told *)self)->examined = snapshot;
}

static const char *on_row(void *self, enum table table, struct bytes key, struct bytes value)
{
    struct told *told = self;
    struct bytes again;
    (void)value;
    return snapshot_get(told->examined, table, key, &again) == ERR_OK ? NULL : "unread";
}

static struct told verify(struct rig *rig)
{
    struct told told = {0};
    uint64_t bad = 0;
    const struct doctor doctor = {
        .self = &told, .report = on_finding, .begin = on_begin, .check_row = on_row};
    T_OK(doctor_verify(rig->store, &doctor, &told.rows, &bad));
    return told;
}

/* ---- the tests ---- */

/* What a sound pass looks at. */
static uint64_t begin(struct rig *rig)
{
    static char name[] = "a"; /* a store of its own each time */
    name[0]++;
    rig_begin(rig, name);
    for (uint32_t i = 0; i < ROWS; i++) {
        struct row_key key = rig_key(OWNER, i);
        rig_put(rig, TABLE_SERIAL, rig_key_bytes(&key), BYTES_LITERAL("twenty bytes of text"));
    }
    T_OK(rig_commit(rig));
    T_OK(store_apply_now(rig->store));
    struct told sound = pass(rig);
    T_EQ_UINT(sound.unfindable + sound.pages, 0);
    T_TRUE(sound.rows > ROWS);
    return sound.rows;
}

static void names_what_is_lost(enum damage how, unsigned skip, unsigned least)
{
    struct rig rig;
    uint64_t rows = begin(&rig);
    rig_close(&rig);
    damage(&rig, how, skip);
    T_OK(rig_open(&rig));
    unsigned lost = lost_to_each(&rig);
    T_TRUE(lost >= least && lost <= 2 * FLIP);
    T_TRUE(lost_to_one(&rig) <= lost); /* where it stands it may find what the root does not */
    struct told scrubbed = pass(&rig), verified = verify(&rig);
    T_EQ_UINT(scrubbed.rows, rows);
    T_EQ_UINT(scrubbed.unfindable, lost);
    T_EQ_UINT(verified.rows, rows);
    T_EQ_UINT(verified.unfindable, lost);
    T_TRUE(verified.unread <= lost);
    T_EQ_UINT(scrubbed.pages + verified.pages + verified.not_compared, 0);
    rig_end(&rig);
}

TEST(a_leaf_that_is_wrong_about_its_last_key_hides_no_other_row)
{
    names_what_is_lost(LAST_KEY_RAISED, 0, 1);
}

TEST(rows_that_a_lowered_separator_hides_are_named_each)
{
    for (unsigned skip = 0; skip < SEPARATORS; skip++)
        names_what_is_lost(SEPARATOR_LOWERED, skip, 2);
}

TEST(rows_that_a_raised_separator_hides_are_named_each)
{
    for (unsigned skip = 0; skip < SEPARATORS; skip++)
        names_what_is_lost(SEPARATOR_RAISED, skip, 2);
}

T_LIST(damaged_keys_test, T(a_leaf_that_is_wrong_about_its_last_key_hides_no_other_row),
       T(rows_that_a_lowered_separator_hides_are_named_each),
       T(rows_that_a_raised_separator_hides_are_named_each));
