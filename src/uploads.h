/* Uploaded sheets, outside the actor: read in the jail and mapped (JOB_UPLOAD), sealed, shown with
 * their faults, sent back annotated (API 5, DESIGN 15). All on pool threads; const after the start.
 *
 * A file takes at most 8 MiB of the server until it is imported (tests/fault/sheet_memory_test.py):
 * it stands in one place at a time, and what is read of it has the limits of sheet.h. At a time
 * WORKER_BATCHES files of a loop are being read; all others lie in the store, or come in: as
 * bodies, of which a loop takes 64 MiB (bodies_max), or 32 whole files.
 *
 * What is personal never lies in the open: the file and the faults that quote it are sealed, under
 * the file's digest as context. */
#pragma once
#include "base/metric.h"
#include "loop/loop.h"
#include "seal.h"
#include "sheet/sheet_child.h"
#include "sheet/sheet_write.h"
#include "storage/query.h"
#include <pthread.h>

struct uploads {
    struct store *store;
    const struct seal_keys *keys;
    struct sheet_child *child;
    const char *folder; /* for the parts of workbooks that are being written; unlinked there */
    struct uploads_clock *clock;
};

/* How long the stages take. Any thread. */
struct uploads_clock {
    pthread_mutex_t lock;
    struct metrics metrics;
};
void uploads_metrics(struct uploads_clock *clock, struct metrics *into); /* adds */

/* self is a struct uploads. ERR_NO_MEMORY, ERR_NOT_FOUND, ERR_CORRUPT; ERR_CLOSED: the reader can't
 * be had at the moment. */
enum err job_upload(void *self, struct bytes input, const struct facts *facts, struct arena *memory,
                    struct bytes *result);

/* May it be a workbook, or text? By what can be said at once: an old .xls is none (API 5). */
bool upload_is_sheet(struct bytes file);
/* Where the file stands (seal_close_in_place). False: no memory. */
struct seal_ends {
    uint8_t head[SEAL_HEAD_SIZE], tag[SEAL_TAG_SIZE];
};
bool upload_seal(const struct uploads *uploads, uint8_t *file, size_t size,
                 const uint8_t sha256[32], struct seal_ends *ends) MUST_CHECK;

/* ---- what the parts of this share ---- */

/* The template of its kind. */
enum form_kind upload_form(enum upload_kind kind);
/* The file of an upload, opened: in memory that its descriptor alone names. */
struct upload_file {
    int descriptor;
    enum sheet_form form;
};
enum err upload_open(const struct uploads *uploads, struct snapshot *snapshot,
                     const struct upload_record *record, struct upload_file *file) MUST_CHECK;
/* Its cells, as the jailed child read them; `told` says why not (the result is its fault). Closes
 * the file. */
enum sheet_fault upload_cells(const struct uploads *uploads, const struct upload_file *file,
                              struct arena *arena, struct sheet_grid *grid,
                              struct sheet_told *told) MUST_CHECK;
/* A read table as the grid that is mapped. It takes the place of the table's cells, which must be
 * memory from an arena: both together would be a quarter of what a file may take. ERR_NO_MEMORY. */
enum err upload_grid(struct sheet_table *table, bool untyped, struct arena *arena,
                     struct sheet_grid *grid) MUST_CHECK;
/* As the mapping asks it: whom it may name, and what it looks up. */
struct upload_asking {
    const struct uploads *uploads;
    struct sheet_registry registry;
    const struct facts *facts;
};
void upload_asking_begin(struct upload_asking *asking, const struct uploads *uploads,
                         const struct facts *facts);
struct sheet_ask upload_ask_of(const struct upload_asking *asking,
                               const struct upload_record *record);

enum { UPLOAD_FAULT_ROOM = 64 }; /* of one, beside its value */
void upload_faults_write(struct writer *out, const struct cell_fault *faults, uint32_t count);
/* The faults of both kinds, by row, column and code; at most UPLOAD_FAULTS_MAX. */
enum err upload_faults(const struct uploads *uploads, struct snapshot *snapshot,
                       const struct upload_record *record, const struct facts *facts,
                       struct arena *arena, struct cell_fault **faults, uint32_t *count) MUST_CHECK;
enum err upload_report(const struct uploads *uploads, struct snapshot *snapshot,
                       const struct upload_record *record, const struct facts *facts,
                       struct arena *arena, struct bytes *out) MUST_CHECK;
/* `person` 0: all of the home's staff. */
enum err upload_template(const struct uploads *uploads, enum upload_kind kind, uint64_t home,
                         uint64_t person, const struct facts *facts, struct arena *arena,
                         struct bytes *out) MUST_CHECK;
