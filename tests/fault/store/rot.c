/* A line a flip, tab-separated: flip, page, bit of the page, what came of it, then counts: wrong
 * reads, damaged records (not readable or not found), of these not named by verify, not named by
 * the scrub, rows that a check behind verify could not read; the stage, an example. What comes of
 * it:
 *
 * `quiet`: all read right, nothing found, since nothing uses the bit; `found`: all read right, but
 * verify or scrub found something; `damaged`: some records are not readable or not found;
 * `refused`: the store does not open; `stopped`: the process ended itself with one line and code 3
 * (fatal.c); `ended`: by a signal, LMDB having followed a damaged page out of the file. */
#include "tests/fault/store/rot.h"
#include "base/check.h"
#include "base/prng.h"
#include "storage/doctor.h"
#include "storage/parts.h"
#include "tests/fault/store/judge.h"
#include "tests/fault/store/ops.h"
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    PAGE_BITS = 4096 * 8,
    /* Each fifth flip goes into the head of a page (a quarter of these into one of LMDB's two head
       pages), where a bit does most: pointers, flags, roots, numbers of transactions. */
    HEADS_EVERY = 5,
    HEAD_BITS = 192 * 8,
    RECORDS_MAX = 2000, /* of an appended table */
    TEXT_SIZE = 1 << 20,
    SECONDS_MAX = 60
};

enum stage { STAGE_OPEN, STAGE_READ, STAGE_VERIFY, STAGE_SCRUB, STAGE_DONE };
static const char *const stage_names[] = {"open", "read", "verify", "scrub", "done"};

/* What the child leaves; shared with the parent. */
struct outcome_of_flip {
    enum stage stage;
    bool refused, stopped;
    uint64_t wrong, damaged, verify_missed, scrub_missed, findings;
    uint64_t unread; /* sound rows that verify's own reader did not get */
    char example[200];
};

struct look {
    struct store *store;
    struct snapshot *examined; /* lent by verify */
    struct ops_model model;
    bool places[OPS_KEYS];        /* damaged */
    bool records[2][RECORDS_MAX]; /* audit, outbox; by number */
    struct outcome_of_flip *out;
};

struct text {
    struct look *look;
    char *bytes;
    size_t size;
    uint64_t findings;
};

static const enum table appended[] = {TABLE_AUDIT, TABLE_OUTBOX};

/* ---- reading ---- */

static void note_wrong(struct look *look, const char *what, uint64_t number)
{
    look->out->wrong++;
    snprintf(look->out->example, sizeof look->out->example, "%s %" PRIu64, what, number);
}

/* One row by its key. LMDB gives up a transaction over a page that it finds wrong, and with it what
 * is read later through the same snapshot: so each is read in one of its own. */
static enum err get(struct look *look, enum table table, const struct row_key *key, uint8_t *to,
                    uint32_t *size)
{
    struct snapshot *snapshot = NULL;
    struct bytes value;
    enum err err = snapshot_open(look->store, &snapshot);
    if (err != ERR_OK)
        return err;
    err = snapshot_get(snapshot, table, row_key_bytes(key), &value);
    if (err == ERR_OK) {
        CHECK(value.size <= ROW_STORED_MAX);
        *size = (uint32_t)value.size;
        memcpy(to, value.data, value.size);
    }
    snapshot_close(snapshot);
    return err;
}

static void read_place(struct look *look, unsigned place)
{
    struct row_key key = ops_key(place);
    uint8_t wanted[OPS_VALUE_MAX], got[ROW_STORED_MAX];
    uint32_t size = 0;
    enum err err = get(look, TABLE_CASE, &key, got, &size);
    uint64_t by = look->model.written_by[place];
    if (by == 0) {
        if (err == ERR_OK)
            note_wrong(look, "an erased row is back:", place);
        return;
    }
    ops_value(look->model.seed, by, place, wanted, look->model.sizes[place]);
    if (err != ERR_OK)
        look->places[place] = true;
    else if (!bytes_equal(bytes_of(got, size), bytes_of(wanted, look->model.sizes[place])))
        note_wrong(look, "a row with other bytes:", place);
}

static void read_record(struct look *look, unsigned which, uint64_t number)
{
    struct row_key key = key_of_u64(number);
    uint8_t wanted[OPS_VALUE_MAX], got[ROW_STORED_MAX];
    uint64_t by = number * (which == 0 ? 1 : 3);
    uint32_t size = 0, wanted_size = ops_record(look->model.seed, by, appended[which], wanted);
    enum err err = get(look, appended[which], &key, got, &size);
    if (err != ERR_OK)
        look->records[which][number] = true;
    else if (!bytes_equal(bytes_of(got, size), bytes_of(wanted, wanted_size)))
        note_wrong(look, "a record with other bytes:", number);
}

/* A scan may end with an error; what it gave before must be right. */
static void scan_places(struct look *look, struct snapshot *snapshot)
{
    struct scan *scan = NULL;
    struct bytes key, value;
    uint8_t wanted[OPS_VALUE_MAX];
    unsigned place = 0;
    if (scan_open(snapshot, TABLE_CASE, bytes_of(NULL, 0), false, &scan) != ERR_OK)
        return;
    while (scan_next(scan, &key, &value)) {
        uint64_t by = ops_place(key, &place) ? look->model.written_by[place] : 0;
        uint32_t size = by > 0 ? look->model.sizes[place] : 0;
        ops_value(look->model.seed, by, place, wanted, size);
        if (by == 0 || !bytes_equal(value, bytes_of(wanted, size)))
            note_wrong(look, "a scan gave a wrong row:", place);
    }
    scan_close(scan);
}

/* Whoever reads many rows through one snapshot loses none that others find. */
static void read_through_one(struct look *look, struct snapshot *snapshot)
{
    for (unsigned place = 0; place < OPS_KEYS; place++) {
        struct row_key key = ops_key(place);
        struct bytes value;
        if (look->model.written_by[place] > 0 && !look->places[place] &&
            snapshot_get(snapshot, TABLE_CASE, row_key_bytes(&key), &value) == ERR_NOT_FOUND)
            note_wrong(look, "a sound row is lost to a longer reader:", place);
    }
}

static void read_all(struct look *look)
{
    struct snapshot *snapshot = NULL;
    if (store_position(look->store) != look->model.count)
        note_wrong(look, "an older state is taken for the last one:", store_position(look->store));
    if (snapshot_open(look->store, &snapshot) != ERR_OK) {
        look->out->refused = true;
        return;
    }
    for (unsigned place = 0; place < OPS_KEYS; place++)
        read_place(look, place);
    for (uint64_t number = 1; number <= look->model.count; number++)
        read_record(look, 0, number);
    for (uint64_t number = 1; number <= look->model.count / 3; number++)
        read_record(look, 1, number);
    scan_places(look, snapshot);
    read_through_one(look, snapshot);
    snapshot_close(snapshot);
}

/* ---- are the damaged ones named? ---- */

static void on_finding(void *self, const struct finding *finding)
{
    struct text *text = self;
    int size = snprintf(text->bytes + text->size, TEXT_SIZE - text->size, "%s: %s\n", finding->what,
                        finding->sentence);
    CHECK(size > 0 && (size_t)size < TEXT_SIZE - text->size);
    text->size += (size_t)size;
    text->findings++;
}

/* By its key, or by the owner whose rows don't add up. */
static bool place_is_named(const struct text *text, unsigned place)
{
    char key[48], owner[40];
    uint64_t id = 1 + place % OPS_OWNERS;
    snprintf(key, sizeof key, "key %016" PRIx64 "00000000%08x\n", id, place);
    snprintf(owner, sizeof owner, "owner %016" PRIx64, id);
    return strstr(text->bytes, key) != NULL || strstr(text->bytes, owner) != NULL;
}

/* Do both numbers stand in `line`, as in `form`, whose %s is the table's name? */
static bool scan_line(const char *line, const char *form, const char *table, uint64_t *first,
                      uint64_t *second)
{
    char pattern[128];
    int size = snprintf(pattern, sizeof pattern, form, table);
    CHECK(size > 0 && (size_t)size < sizeof pattern); /* cut short it would fit no line */
    return sscanf(line, pattern, first, second) == 2;
}

/* By its key, by its number, by a gap that spans it, or by a table that ends before it. */
static bool record_is_named(const struct text *text, unsigned which, uint64_t number)
{
    static const char *const names[] = {"audit", "outbox"};
    static const char gap[] = "appended_gap: table %s: number %%" SCNu64 " follows where %%" SCNu64;
    static const char end[] =
        "appended_head: table %s ends before number %%" SCNu64 ", the head says %%" SCNu64;
    char needle[64], line[FINDING_SENTENCE_SIZE + 64];
    snprintf(needle, sizeof needle, "key %016" PRIx64 "\n", number);
    if (strstr(text->bytes, needle) != NULL)
        return true;
    snprintf(needle, sizeof needle, "audit record %" PRIu64 " ", number);
    if (which == 0 && strstr(text->bytes, needle) != NULL)
        return true;
    for (const char *at = text->bytes; *at != '\0'; at += strcspn(at, "\n") + 1) {
        uint64_t found = 0, due = 0;
        snprintf(line, sizeof line, "%.*s", (int)strcspn(at, "\n"), at);
        if (scan_line(line, gap, names[which], &found, &due) && due <= number && number < found)
            return true;
        if (scan_line(line, end, names[which], &found, &due) && found <= number && number < due)
            return true;
    }
    return false;
}

static uint64_t count_unnamed(const struct look *look, const struct text *text)
{
    uint64_t missed = 0;
    for (unsigned place = 0; place < OPS_KEYS; place++)
        missed += look->places[place] && !place_is_named(text, place);
    for (unsigned which = 0; which < 2; which++)
        for (uint64_t number = 1; number < RECORDS_MAX; number++)
            missed += look->records[which][number] && !record_is_named(text, which, number);
    return missed;
}

static uint64_t count_damaged(const struct look *look)
{
    uint64_t damaged = 0;
    for (unsigned place = 0; place < OPS_KEYS; place++)
        damaged += look->places[place];
    for (uint64_t number = 1; number < RECORDS_MAX; number++)
        damaged += look->records[0][number] + look->records[1][number];
    return damaged;
}

static struct text new_text(void)
{
    struct text text = {.bytes = calloc(1, TEXT_SIZE)};
    CHECK(text.bytes != NULL);
    return text;
}

/* verify's own reader, as src/verify_rows.c is one: through the snapshot that is examined. */
static void on_begin(void *self, struct snapshot *snapshot)
{
    struct text *text = self;
    text->look->examined = snapshot;
}

static bool is_damaged(const struct look *look, enum table table, struct bytes key)
{
    unsigned place = 0;
    if (table == TABLE_CASE)
        return ops_place(key, &place) && look->places[place];
    struct reader reader = reader_of(key);
    uint64_t number = read_u64(&reader);
    for (unsigned which = 0; which < ARRAY_COUNT(appended); which++)
        if (table == appended[which])
            return number < RECORDS_MAX && look->records[which][number];
    return true; /* not of the workload */
}

static const char *on_check(void *self, enum table table, struct bytes key, struct bytes value)
{
    struct text *text = self;
    struct bytes again;
    (void)value;
    bool read = snapshot_get(text->look->examined, table, key, &again) == ERR_OK;
    text->look->out->unread += !read && !is_damaged(text->look, table, key);
    return read ? NULL : "unread";
}

static void verify(struct look *look)
{
    struct text text = new_text();
    text.look = look;
    const struct doctor doctor = {
        .self = &text, .report = on_finding, .begin = on_begin, .check_row = on_check};
    uint64_t rows = 0, bad = 0;
    look->out->stage = STAGE_VERIFY;
    (void)!doctor_verify(look->store, &doctor, &rows, &bad);
    look->out->findings += text.findings;
    look->out->verify_missed = count_unnamed(look, &text);
    free(text.bytes);
}

static void scrub(struct look *look)
{
    struct text text = new_text();
    struct scrub scrub;
    look->out->stage = STAGE_SCRUB;
    scrub_init(&scrub, &look->store->env, on_finding, &text);
    for (unsigned slice = 0; scrub.passes == 0; slice++) {
        CHECK(slice < 10000); /* a pass ends, whatever the pages say */
        if (scrub_slice(&scrub) != ERR_OK)
            break;
    }
    look->out->findings += text.findings;
    look->out->scrub_missed = count_unnamed(look, &text);
    free(text.bytes);
}

/* ---- one flip ---- */

static void on_home(void *self, struct batch *batch, enum err status)
{
    (void)batch;
    CHECK(status == ERR_OK);
    atomic_store((_Atomic bool *)self, true);
}

static struct store_config config_of(const char *directory, _Atomic bool *home)
{
    return (struct store_config){.directory = directory,
                                 .segment_mib = 1,
                                 .map_gib = 1,
                                 .apply_gap_ms = 3600 * 1000,
                                 .scrub_gap_ms = 3600 * 1000,
                                 .snapshot_ms = 3600 * 1000,
                                 .home = on_home,
                                 .self = (void *)home};
}

static void examine(struct look *look, const char *directory)
{
    _Atomic bool home = false;
    struct store_config config = config_of(directory, &home);
    look->out->stage = STAGE_OPEN;
    if (store_open(&config, &look->store) != ERR_OK) {
        look->out->refused = true;
        look->out->stage = STAGE_DONE;
        return;
    }
    look->out->stage = STAGE_READ;
    read_all(look);
    look->out->damaged = count_damaged(look);
    verify(look);
    scrub(look);
    look->out->stage = STAGE_DONE;
}

static void flip(int fd, uint64_t page, uint64_t bit)
{
    uint8_t byte = 0;
    off_t at = (off_t)(page * 4096 + bit / 8);
    CHECK(pread(fd, &byte, 1, at) == 1);
    byte ^= (uint8_t)(1u << bit % 8);
    CHECK(pwrite(fd, &byte, 1, at) == 1);
}

static const char *name_outcome(const struct outcome_of_flip *out)
{
    if (out->stage != STAGE_DONE)
        return out->stopped ? "stopped" : "ended";
    return out->refused        ? "refused"
           : out->damaged > 0  ? "damaged"
           : out->findings > 0 ? "found"
                               : "quiet";
}

static void run_child(const char *directory, const struct ops_model *model,
                      struct outcome_of_flip *out)
{
    *out = (struct outcome_of_flip){0};
    fflush(NULL);
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        struct look *look = calloc(1, sizeof *look);
        CHECK(look != NULL);
        judge_silence();
        alarm(SECONDS_MAX);
        look->model = *model;
        look->out = out;
        examine(look, directory);
        _exit(0);
    }
    int status = 0;
    CHECK(waitpid(child, &status, 0) == child);
    out->stopped = WIFEXITED(status) && WEXITSTATUS(status) == 3;
}

/* ---- the store ---- */

static void make_store(const char *directory, const struct ops_model *model)
{
    _Atomic bool home = false;
    struct store_config config = config_of(directory, &home);
    struct store *store = NULL;
    struct batch batch;
    CHECK(store_create(directory) == ERR_OK && store_open(&config, &store) == ERR_OK);
    CHECK(batch_init(&batch, 0) == ERR_OK);
    for (uint64_t number = 1; number <= model->count; number++) {
        batch_begin(&batch, number);
        ops_stage(&batch, model->seed, number);
        atomic_store(&home, false);
        store_commit(store, &batch);
        while (!atomic_load(&home))
            sched_yield();
        if (number % 40 == 0)
            CHECK(store_apply_now(store) == ERR_OK);
    }
    store_close(store);
    batch_deinit(&batch);
}

static uint64_t used_pages(const char *directory)
{
    struct env env;
    MDB_envinfo info;
    CHECK(env_open(&env, directory, 1, false) == ERR_OK);
    CHECK(mdb_env_info(env.mdb, &info) == 0);
    env_close(&env);
    return info.me_last_pgno + 1;
}

int rot_run(const char *directory, uint64_t seed, uint64_t count, uint64_t from, uint64_t to)
{
    char path[1024];
    struct ops_model model;
    struct prng prng;
    CHECK(count < RECORDS_MAX);
    ops_model(seed, count, &model);
    make_store(directory, &model);
    uint64_t pages = used_pages(directory);
    snprintf(path, sizeof path, "%s/data.mdb", directory);
    int fd = open(path, O_RDWR | O_CLOEXEC);
    struct outcome_of_flip *out =
        mmap(NULL, sizeof *out, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    CHECK(fd >= 0 && out != MAP_FAILED);
    prng_seed(&prng, seed);
    for (uint64_t i = 0; i <= to; i++) {
        uint64_t page = prng_below(&prng, pages), bit = prng_below(&prng, PAGE_BITS);
        if (i % HEADS_EVERY == 0) {
            page = prng_chance(&prng, 4) ? prng_below(&prng, 2) : page;
            bit %= HEAD_BITS;
        }
        if (i < from)
            continue;
        if (i > 0)
            flip(fd, page, bit);
        run_child(directory, &model, out);
        if (i > 0)
            flip(fd, page, bit);
        printf("%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\t%s\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64
               "\t%" PRIu64 "\t%" PRIu64 "\t%s\t%s\n",
               i, page, bit, name_outcome(out), out->wrong, out->damaged, out->verify_missed,
               out->scrub_missed, out->unread, stage_names[out->stage], out->example);
    }
    close(fd);
    return 0;
}
