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

/* Of the 8 MiB that a file may take the reading gets what its answer leaves, in a letter: 300 lines
 * at their longest take 1.4. What needs more is refused before, by the limits of sheet.h. */
enum { WORK_CHUNK = 64 << 10, WORK_QUOTA = 13 << 19, FILE_CHUNK = 4 << 10 };

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

bool upload_seal(const struct uploads *uploads, uint8_t *file, size_t size,
                 const uint8_t sha256[32], struct seal_ends *ends)
{
    uint8_t nonce[SEAL_NONCE_SIZE];
    entropy_fill(nonce, sizeof nonce);
    return seal_close_in_place(uploads->keys, nonce, bytes_of(sha256, SHA256_SIZE), file, size,
                               ends->head, ends->tag);
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

/* Its bytes, opened where they were sealed. */
static enum err file_unseal(const struct uploads *uploads, struct snapshot *snapshot,
                            const struct upload_record *record, struct arena *arena,
                            struct bytes *file)
{
    struct bytes sealed;
    enum err err = query_upload_part(snapshot, record, UPLOAD_SHEET, arena, &sealed);
    if (err != ERR_OK) {
        return err;
    }
    if (sealed.size < SEAL_OVERHEAD) {
        return ERR_CORRUPT;
    }
    uint8_t *into = (uint8_t *)(uintptr_t)sealed.data + SEAL_HEAD_SIZE;
    return seal_open(uploads->keys, bytes_of(record->sha256, sizeof record->sha256), sealed, into,
                     file);
}

enum err upload_open(const struct uploads *uploads, struct snapshot *snapshot,
                     const struct upload_record *record, struct upload_file *file)
{
    struct arena whole; /* gone before the child begins: the descriptor has it */
    struct bytes bytes;
    arena_init(&whole, FILE_CHUNK, 0);
    enum err err = file_unseal(uploads, snapshot, record, &whole, &bytes);
    if (err == ERR_OK) {
        bool is_book = is_archive(bytes) || is_compound(bytes);
        file->form = is_book ? SHEET_FORM_XLSX : SHEET_FORM_CSV;
        file->descriptor = file_in_memory(bytes);
        err = file->descriptor < 0 ? ERR_NO_MEMORY : ERR_OK;
    }
    arena_deinit_wiped(&whole);
    return err;
}

enum sheet_fault upload_cells(const struct uploads *uploads, const struct upload_file *file,
                              struct arena *arena, struct sheet_grid *grid, struct sheet_told *told)
{
    struct sheet_table table;
    *told = (struct sheet_told){.fault = SHEET_FINE};
    enum sheet_fault fault =
        sheet_child_read(uploads->child, file->descriptor, file->form, arena, &table, told);
    close(file->descriptor);
    bool untyped = file->form == SHEET_FORM_CSV;
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

static size_t lines_room(const struct sheet_map *map)
{
    size_t room = UPLOAD_COLUMNS_SIZE;
    for (uint32_t i = 0; i < map->rows; i++) {
        const struct sheet_line *line = &map->lines[i];
        if (line->faults > 0) {
            continue;
        }
        room += UPLOAD_LINE_ROOM + line->draft.body_row.size;
        for (int k = 0; k < QUOTED_COUNT; k++) {
            room += upload_value(line->quoted[k]).size;
        }
    }
    return room;
}

static void lines_write(const struct sheet_map *map, struct writer *out)
{
    upload_columns_write(out, &(struct upload_columns){.person = map->columns[FORM_ID_NO],
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
            upload_line_write(out, &out_line);
        }
    }
}

/* Values are cut to what is quoted. */
static size_t faults_room(struct sheet_map *map)
{
    size_t room = SEAL_OVERHEAD;
    for (uint32_t i = 0; i < map->faults_count; i++) {
        map->faults[i].value = upload_value(map->faults[i].value);
        room += UPLOAD_FAULT_ROOM + map->faults[i].value.size;
    }
    return map->faults_count == 0 ? 0 : room;
}

/* Sealed where they have been written. */
static void faults_write(const struct uploads *uploads, const struct upload_record *record,
                         const struct sheet_map *map, struct writer *out)
{
    static const struct seal_ends nothing;
    uint8_t nonce[SEAL_NONCE_SIZE];
    size_t begun = out->size;
    if (map->faults_count == 0) {
        return;
    }
    entropy_fill(nonce, sizeof nonce);
    write_raw(out, bytes_of(nothing.head, sizeof nothing.head));
    upload_faults_write(out, map->faults, map->faults_count);
    size_t plain = out->size - begun - sizeof nothing.head;
    write_raw(out, bytes_of(nothing.tag, sizeof nothing.tag));
    if (out->failed) {
        return;
    }
    uint8_t *head = out->data + begun, *at = head + sizeof nothing.head;
    out->failed =
        !seal_close_in_place(uploads->keys, nonce, bytes_of(record->sha256, sizeof record->sha256),
                             at, plain, head, at + plain);
}

static struct writer result_room(const struct upload_found *found, size_t room,
                                 struct arena *memory)
{
    size_t whole = UPLOAD_FOUND_ROOM + found->told.size + room;
    uint8_t *data = arena_alloc(memory, whole);
    return writer_on(data, data == NULL ? 0 : whole);
}

/* Nothing but what `found` says by itself. */
static enum err tell_alone(const struct upload_found *found, struct arena *memory,
                           struct bytes *result)
{
    struct writer out = result_room(found, 0, memory);
    upload_found_write(&out, found);
    *result = writer_bytes(&out);
    return out.failed ? ERR_NO_MEMORY : ERR_OK;
}

/* Lines and faults are written where they stay: the cells are still held meanwhile. */
static enum err tell_map(const struct uploads *uploads, const struct upload_record *record,
                         struct sheet_map *map, struct arena *memory, struct bytes *result)
{
    struct upload_found found = {
        .number = record->number, .rows = (uint16_t)map->rows, .faults = map->faults_total};
    struct writer out = result_room(&found, lines_room(map) + faults_room(map), memory);
    upload_found_counts_write(&out, &found);
    size_t piece = upload_piece_begin(&out);
    lines_write(map, &out);
    upload_piece_end(&out, piece);
    piece = upload_piece_begin(&out);
    faults_write(uploads, record, map, &out);
    upload_piece_end(&out, piece);
    *result = writer_bytes(&out);
    return out.failed ? ERR_NO_MEMORY : ERR_OK;
}

/* The cells have been read: what do they say? */
static enum err map_cells(const struct uploads *uploads, const struct upload_record *record,
                          const struct sheet_grid *grid, const struct facts *facts,
                          struct arena *work, struct arena *memory, struct bytes *result)
{
    struct upload_asking asking;
    struct sheet_map map;
    upload_asking_begin(&asking, uploads, facts);
    struct sheet_ask ask = upload_ask_of(&asking, record);
    enum err err = sheet_map_read(grid, &ask, work, &map);
    if (err != ERR_OK) {
        return err;
    }
    if (map.refusal == MAP_FINE) {
        return tell_map(uploads, record, &map, memory, result);
    }
    struct upload_found found = {
        .number = record->number, .error = error_of_map(map.refusal), .error_count = map.rows};
    if (map.refusal_zh.size <= UPLOAD_TOLD_MAX) {
        found.told = map.refusal_zh;
    }
    return tell_alone(&found, memory, result);
}

static enum err record_read(const struct uploads *uploads, const struct upload_ask *ask,
                            struct arena *work, struct upload_record *record,
                            struct upload_file *file)
{
    struct snapshot *snapshot = NULL;
    enum err err = snapshot_open(uploads->store, &snapshot);
    if (err != ERR_OK) {
        return err;
    }
    err = query_upload(snapshot, ask->home, ask->number, work, record);
    if (err == ERR_OK) {
        err = upload_open(uploads, snapshot, record, file);
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
                            const struct facts *facts, struct arena *work, struct arena *memory,
                            struct bytes *result)
{
    struct upload_record record;
    struct upload_file file;
    struct sheet_grid grid;
    struct sheet_told told;
    struct upload_found found = {.number = ask->number};
    uint64_t began_ns = uv_hrtime();
    enum err err = record_read(uploads, ask, work, &record, &file);
    if (err != ERR_OK) {
        return err;
    }
    stage_end(uploads, METRIC_SHEET_OPEN_US, &began_ns);
    enum sheet_fault fault = upload_cells(uploads, &file, work, &grid, &told);
    stage_end(uploads, METRIC_SHEET_CELLS_US, &began_ns);
    switch (fault) {
    case SHEET_FINE:
        err = map_cells(uploads, &record, &grid, facts, work, memory, result);
        stage_end(uploads, METRIC_SHEET_MAP_US, &began_ns);
        return err;
    case SHEET_NO_MEMORY: return ERR_NO_MEMORY;
    case SHEET_UNAVAILABLE: return ERR_CLOSED;
    case SHEET_NOT_XLSX:
    case SHEET_BROKEN:
    case SHEET_ENCRYPTED:
    case SHEET_MACRO:
    case SHEET_TOO_LARGE:
    case SHEET_STOPPED: break;
    }
    found.error = error_of(told.fault);
    found.told = bytes_from_text(told.text);
    return tell_alone(&found, memory, result);
}

enum err job_upload(void *self, struct bytes input, const struct facts *facts, struct arena *memory,
                    struct bytes *result)
{
    const struct uploads *uploads = self;
    struct upload_ask ask;
    struct arena work; /* much more than a letter may hold */
    if (!upload_ask_read(input, &ask)) {
        return ERR_CORRUPT;
    }
    arena_init(&work, WORK_CHUNK, WORK_QUOTA);
    enum err err = upload_work(uploads, &ask, facts, &work, memory, result);
    arena_deinit_wiped(&work);
    if (err != ERR_OK) {
        LOG(LOG_WARN, "upload_not_read", log_text("err", err_name(err)));
    }
    return err;
}
