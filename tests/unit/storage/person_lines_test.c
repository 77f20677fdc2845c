/* The leaps over other people's rows find what a look at every row finds. */
#include "storage/person_lines.h"
#include "base/prng.h"
#include "tests/unit/storage/rig.h"

enum { HOME = 5, PEOPLE = 40, LINES = 3000 };

struct filed {
    struct line_id id;
    uint64_t person;
};

static struct filed filed[LINES];

/* Quiet days and busy ones, some cases of many lines; half in LMDB, half in memory. */
static void file_lines(struct rig *rig, struct prng *prng)
{
    struct line_id id = {{HOME, 100, 1}, 1};
    for (uint32_t i = 0; i < LINES; i++) {
        filed[i] = (struct filed){id, 1 + prng_below(prng, PEOPLE)};
        struct row_key key = key_of_person_line(filed[i].person, id);
        rig_put(rig, TABLE_PERSON_LINE, row_key_bytes(&key), (struct bytes){0});
        if (prng_chance(prng, 3)) {
            id.n++;
        } else if (prng_chance(prng, i % 1000 < 500 ? 3 : 200)) {
            id = (struct line_id){{HOME, id.in.day + 1, 1}, 1};
        } else {
            id = (struct line_id){{HOME, id.in.day, id.in.serial + 1}, 1};
        }
        if (i % 300 == 299)
            T_OK(rig_commit(rig));
        if (i == LINES / 2)
            T_OK(store_apply_now(rig->store));
    }
}

static void expect_walk(struct snapshot *snapshot, uint64_t person, bool descending)
{
    struct row_key prefix = key_of_u64(HOME);
    struct scan *scan = NULL;
    struct bytes key, value;
    T_OK(scan_open(snapshot, TABLE_PERSON_LINE, row_key_bytes(&prefix), descending, &scan));
    for (uint32_t i = 0; i < LINES; i++) {
        const struct filed *due = &filed[descending ? LINES - 1 - i : i];
        if (due->person != person)
            continue;
        uint64_t of = 0;
        struct line_id id;
        T_TRUE(person_lines_next(scan, person, descending, &key, &value));
        T_TRUE(key_read_person_line(key, &of, &id));
        T_TRUE(of == person && line_id_equal(id, due->id));
    }
    T_FALSE(person_lines_next(scan, person, descending, &key, &value));
    T_OK(scan_err(scan));
    scan_close(scan);
}

TEST(every_line_of_a_person_comes_in_the_order_of_filing_and_no_other)
{
    struct rig rig;
    struct prng prng;
    struct snapshot *snapshot = NULL;
    prng_seed(&prng, 11);
    rig_begin(&rig, "s");
    file_lines(&rig, &prng);
    T_OK(snapshot_open(rig.store, &snapshot));
    for (uint64_t person = 1; person <= PEOPLE + 1; person++) { /* the last has none */
        expect_walk(snapshot, person, false);
        expect_walk(snapshot, person, true);
    }
    snapshot_close(snapshot);
    rig_end(&rig);
}

T_LIST(person_lines_test, T(every_line_of_a_person_comes_in_the_order_of_filing_and_no_other));
