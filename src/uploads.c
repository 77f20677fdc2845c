#include "uploads.h"
#include "base/check.h"
#include "base/log.h"
#include "base/prng.h"
#include "base/sha256.h"
#include "registry/fold.h"
#include "registry/search.h"
#include "sheet/sheet_csv.h"
#include "sheet/sheet_xlsx.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

enum { WORK_CHUNK = 256 << 10, WORK_QUOTA = 64 << 20 };

/* ---- the file ---- */

static bool is_archive(struct bytes file)
{
    return file.size >= 4 && memcmp(file.data, "PK\x03\x04", 4) == 0;
}

static bool is_compound(struct bytes file)
{
    static const uint8_t mark[] = {0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1};
    return file.size >= sizeof mark && memcmp(file.data, mark, sizeof mark) == 0;
}

/* The directory of a password-protected Office file names this stream; an old .xls has none. */
static bool names_encrypted_package(struct bytes file)
{
    static const char name[] = "E\0n\0c\0r\0y\0p\0t\0e\0d\0P\0a\0c\0k\0a\0g\0e";
    return memmem(file.data, file.size, name, sizeof name) != NULL;
}

bool upload_is_sheet(struct bytes file)
{
    if (is_archive(file)) {
        return true;
    }
    return is_compound(file) ? names_encrypted_package(file) : sheet_csv_begins(file);
}

enum err upload_seal(const struct uploads *uploads, struct bytes file, const uint8_t sha256[32],
                     struct arena *arena, struct bytes *sealed)
{
    uint8_t nonce[SEAL_NONCE_SIZE];
    uint8_t *room = arena_alloc(arena, file.size + SEAL_OVERHEAD);
    if (room == NULL) {
        return ERR_NO_MEMORY;
    }
    entropy_fill(nonce, sizeof nonce);
    struct writer out = writer_on(room, file.size + SEAL_OVERHEAD);
    seal_close(uploads->keys, nonce, bytes_of(sha256, SHA256_SIZE), file, &out);
    CHECK(!out.failed);
    *sealed = writer_bytes(&out);
    return ERR_OK;
}

enum err upload_open(const struct uploads *uploads, struct snapshot *snapshot,
                     const struct upload_record *record, struct arena *arena, struct bytes *file)
{
    struct bytes sealed;
    enum err err = query_upload_part(snapshot, record, UPLOAD_SHEET, arena, &sealed);
    if (err != ERR_OK) {
        return err;
    }
    uint8_t *into = arena_alloc(arena, sealed.size + 1);
    if (into == NULL) {
        return ERR_NO_MEMORY;
    }
    return seal_open(uploads->keys, bytes_of(record->sha256, sizeof record->sha256), sealed, into,
                     file);
}

/* In memory alone: the child gets the descriptor. -1: errno says why. */
static int file_in_memory(struct bytes file)
{
    int fd = memfd_create("upload", MFD_CLOEXEC);
    for (size_t done = 0; fd >= 0 && done < file.size;) {
        ssize_t wrote = write(fd, file.data + done, file.size - done);
        if (wrote < 0 && errno == EINTR) {
            continue;
        }
        if (wrote <= 0) {
            close(fd);
            return -1;
        }
        done += (size_t)wrote;
    }
    return fd;
}

enum sheet_fault upload_cells(const struct uploads *uploads, struct bytes file, struct arena *arena,
                              struct sheet_grid *grid, struct sheet_told *told)
{
    bool untyped = !is_archive(file) && !is_compound(file);
    struct sheet_table table;
    *told = (struct sheet_told){.fault = SHEET_FINE};
    int fd = file_in_memory(file);
    if (fd < 0) {
        return sheet_tell(told, SHEET_NO_MEMORY, "no memory for the file");
    }
    enum sheet_fault fault = sheet_child_read(
        uploads->child, fd, untyped ? SHEET_FORM_CSV : SHEET_FORM_XLSX, arena, &table, told);
    close(fd);
    if (fault == SHEET_FINE && upload_grid(&table, untyped, arena, grid) != ERR_OK) {
        fault = sheet_tell(told, SHEET_NO_MEMORY, "no memory for the cells");
    }
    return fault;
}

/* ---- what the mapping asks ---- */

static const struct person *ask_person(void *self, struct bytes id_no)
{
    const struct upload_asking *asking = self;
    struct digest lookup = seal_lookup(asking->uploads->keys, id_no);
    return facts_person_by_lookup(asking->facts, &lookup);
}

static bool ask_same_name(void *self, struct bytes left, struct bytes right)
{
    (void)self;
    return fold_equal(left, right);
}

static size_t ask_near(void *self, struct bytes code, uint64_t *ids, size_t max)
{
    const struct upload_asking *asking = self;
    return search_near(asking->facts, code, ids, max);
}

void upload_asking_begin(struct upload_asking *asking, const struct uploads *uploads,
                         const struct facts *facts)
{
    *asking = (struct upload_asking){.uploads = uploads,
                                     .registry = {.self = asking,
                                                  .person = ask_person,
                                                  .same_name = ask_same_name,
                                                  .near_places = ask_near},
                                     .facts = facts};
}

enum form_kind upload_form(enum upload_kind kind)
{
    return kind == UPLOAD_GENERAL ? FORM_GENERAL : FORM_RULE;
}

struct sheet_ask upload_ask_of(const struct upload_asking *asking,
                               const struct upload_record *record)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    bool himself = record->uploader.kind == PRINCIPAL_PERSON;
    return (struct sheet_ask){.kind = upload_form(record->kind),
                              .facts = asking->facts,
                              .registry = &asking->registry,
                              .now = {now.tv_sec * 1000 + now.tv_nsec / 1000000},
                              .home = record->home,
                              .person = himself ? record->uploader.person : 0};
}

/* ---- the work ---- */

static enum upload_error error_of(enum sheet_fault fault)
{
    switch (fault) {
    case SHEET_ENCRYPTED: return UPLOAD_ENCRYPTED;
    case SHEET_MACRO: return UPLOAD_MACRO;
    case SHEET_TOO_LARGE: return UPLOAD_TOO_LARGE;
    case SHEET_NOT_XLSX:
    case SHEET_BROKEN:
    case SHEET_STOPPED:
    case SHEET_NO_MEMORY:
    case SHEET_UNAVAILABLE:
    case SHEET_FINE: break;
    }
    return UPLOAD_BROKEN;
}

static enum upload_error error_of_map(enum map_refusal refusal)
{
    switch (refusal) {
    case MAP_WRONG_TEMPLATE: return UPLOAD_WRONG_TEMPLATE;
    case MAP_NO_ROWS: return UPLOAD_NO_ROWS;
    case MAP_TOO_MANY_ROWS: return UPLOAD_TOO_MANY_ROWS;
    case MAP_FINE: break;
    }
    CHECK(false);
    return UPLOAD_BROKEN;
}

static enum err lines_write(const struct sheet_map *map, struct arena *work, struct bytes *out)
{
    size_t room = UPLOAD_COLUMNS_SIZE;
    for (uint32_t i = 0; i < map->rows; i++) {
        const struct sheet_line *line = &map->lines[i];
        room += UPLOAD_LINE_ROOM + line->draft.body_row.size;
        for (int k = 0; k < QUOTED_COUNT; k++) {
            room += upload_value(line->quoted[k]).size;
        }
    }
    uint8_t *memory = arena_alloc(work, room);
    if (memory == NULL) {
        return ERR_NO_MEMORY;
    }
    struct writer writer = writer_on(memory, room);
    upload_columns_write(&writer,
                         &(struct upload_columns){.person = map->columns[FORM_ID_NO],
                                                  .target = map->columns[FORM_TARGET],
                                                  .department = map->columns[FORM_DEPARTMENT],
                                                  .purpose = map->columns[FORM_PURPOSE],
                                                  .start = map->columns[FORM_FROM_DATE]});
    for (uint32_t i = 0; i < map->rows; i++) {
        const struct sheet_line *line = &map->lines[i];
        struct upload_line out_line = {.row = line->row, .draft = line->draft};
        for (int k = 0; k < QUOTED_COUNT; k++) {
            out_line.quoted[k] = upload_value(line->quoted[k]);
        }
        if (line->faults == 0) {
            upload_line_write(&writer, &out_line);
        }
    }
    CHECK(!writer.failed);
    *out = writer_bytes(&writer);
    return ERR_OK;
}

static enum err faults_seal(const struct uploads *uploads, struct sheet_map *map,
                            const struct upload_record *record, struct arena *work,
                            struct bytes *sealed)
{
    *sealed = (struct bytes){0};
    if (map->faults_count == 0) {
        return ERR_OK;
    }
    size_t room = 0;
    for (uint32_t i = 0; i < map->faults_count; i++) {
        map->faults[i].value = upload_value(map->faults[i].value);
        room += sizeof(struct cell_fault) + 16 + map->faults[i].value.size;
    }
    uint8_t *memory = arena_alloc(work, room);
    if (memory == NULL) {
        return ERR_NO_MEMORY;
    }
    struct writer out = writer_on(memory, room);
    upload_faults_write(&out, map->faults, map->faults_count);
    CHECK(!out.failed);
    enum err err = upload_seal(uploads, writer_bytes(&out), record->sha256, work, sealed);
    seal_wipe(memory, room);
    return err;
}

/* The cells have been read: what do they say? */
static enum err map_cells(const struct uploads *uploads, const struct upload_record *record,
                          const struct sheet_grid *grid, const struct facts *facts,
                          struct arena *work, struct upload_found *found)
{
    struct upload_asking asking;
    struct sheet_map map;
    upload_asking_begin(&asking, uploads, facts);
    struct sheet_ask ask = upload_ask_of(&asking, record);
    enum err err = sheet_map_read(grid, &ask, work, &map);
    if (err != ERR_OK) {
        return err;
    }
    if (map.refusal != MAP_FINE) {
        found->error = error_of_map(map.refusal);
        found->error_count = map.rows;
        found->told = map.refusal_zh.size <= UPLOAD_TOLD_MAX ? map.refusal_zh : (struct bytes){0};
        return ERR_OK;
    }
    found->rows = (uint16_t)map.rows;
    found->faults = map.faults_total;
    err = lines_write(&map, work, &found->lines);
    return err != ERR_OK ? err : faults_seal(uploads, &map, record, work, &found->sealed_faults);
}

static enum err record_read(const struct uploads *uploads, const struct upload_ask *ask,
                            struct arena *work, struct upload_record *record, struct bytes *file)
{
    struct snapshot *snapshot = NULL;
    enum err err = snapshot_open(uploads->store, &snapshot);
    if (err != ERR_OK) {
        return err;
    }
    err = query_upload(snapshot, ask->home, ask->number, work, record);
    if (err == ERR_OK) {
        err = upload_open(uploads, snapshot, record, work, file);
    }
    snapshot_close(snapshot);
    return err;
}

/* ---- how long it takes ---- */

/* Adds what has passed since `*began_ns` to a stage; the next begins. */
static void stage_end(const struct uploads *uploads, enum metric_histogram stage,
                      uint64_t *began_ns)
{
    uint64_t now_ns = uv_hrtime();
    struct uploads_clock *clock = uploads->clock;
    pthread_mutex_lock(&clock->lock);
    histogram_add(&clock->metrics.histograms[stage], (now_ns - *began_ns) / 1000);
    pthread_mutex_unlock(&clock->lock);
    *began_ns = now_ns;
}

void uploads_metrics(struct uploads_clock *clock, struct metrics *into)
{
    pthread_mutex_lock(&clock->lock);
    metrics_merge(into, &clock->metrics);
    pthread_mutex_unlock(&clock->lock);
}

static enum err upload_work(const struct uploads *uploads, const struct upload_ask *ask,
                            const struct facts *facts, struct arena *work,
                            struct upload_found *found)
{
    struct upload_record record;
    struct bytes file = {0};
    struct sheet_grid grid;
    struct sheet_told told;
    *found = (struct upload_found){.number = ask->number};
    uint64_t began_ns = uv_hrtime();
    enum err err = record_read(uploads, ask, work, &record, &file);
    if (err != ERR_OK) {
        return err;
    }
    stage_end(uploads, METRIC_SHEET_OPEN_US, &began_ns);
    enum sheet_fault fault = upload_cells(uploads, file, work, &grid, &told);
    stage_end(uploads, METRIC_SHEET_CELLS_US, &began_ns);
    switch (fault) {
    case SHEET_FINE:
        err = map_cells(uploads, &record, &grid, facts, work, found);
        stage_end(uploads, METRIC_SHEET_MAP_US, &began_ns);
        break;
    case SHEET_NO_MEMORY: err = ERR_NO_MEMORY; break;
    case SHEET_UNAVAILABLE: err = ERR_CLOSED; break;
    case SHEET_NOT_XLSX:
    case SHEET_BROKEN:
    case SHEET_ENCRYPTED:
    case SHEET_MACRO:
    case SHEET_TOO_LARGE:
    case SHEET_STOPPED:
        found->error = error_of(told.fault);
        found->told = arena_copy(work, bytes_from_text(told.text));
        break;
    }
    seal_wipe((void *)(uintptr_t)file.data, file.size);
    return err;
}

enum err job_upload(void *self, struct bytes input, const struct facts *facts, struct arena *memory,
                    struct bytes *result)
{
    const struct uploads *uploads = self;
    struct upload_ask ask;
    struct upload_found found;
    struct arena work; /* much more than a letter may hold */
    if (!upload_ask_read(input, &ask)) {
        return ERR_CORRUPT;
    }
    arena_init(&work, WORK_CHUNK, WORK_QUOTA);
    enum err err = upload_work(uploads, &ask, facts, &work, &found);
    if (err == ERR_OK) {
        size_t room =
            UPLOAD_FOUND_ROOM + found.told.size + found.lines.size + found.sealed_faults.size;
        uint8_t *whole = arena_alloc(memory, room);
        struct writer out = writer_on(whole, whole == NULL ? 0 : room);
        upload_found_write(&out, &found);
        err = out.failed ? ERR_NO_MEMORY : ERR_OK;
        *result = writer_bytes(&out);
    }
    arena_deinit_wiped(&work);
    if (err != ERR_OK) {
        LOG(LOG_WARN, "upload_not_read", log_text("err", err_name(err)));
    }
    return err;
}
