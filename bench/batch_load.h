/* The load of import_rows and peak_batch: workbooks, each through its whole life, a closed loop.
 *
 * An uploader has one file under way: POST /batches, its stream of events until the sheet has been
 * read, POST import of the valid rows with a submission, and the next file of the list. It holds
 * two connections, as a browser does: one that is kept for what it asks, and one for the stream,
 * which is closed when the end state has been seen and opened again. Refused for now (503, 429): it
 * asks again after a moment, as a person would; the file's time goes on. One thread. */
#pragma once
#include "base/err.h"
#include "bench/books.h"
#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

enum { UPLOADERS_MAX = 1000, BATCH_LOAD_S = 600 };

/* When nothing of the only uploader is under way. */
enum batch_moment { BATCH_UPLOADS, BATCH_IS_READY, BATCH_IS_IMPORTED };

struct batch_plan {
    const char *url, *ca; /* as peak_plan's */
    const struct books *books;
    uint64_t uploaders;
    /* With one uploader only: called between the steps, its time is no file's. NULL: nobody. */
    void (*on_moment)(void *self, enum batch_moment moment);
    void *self;
};

/* In microseconds, of each file that was imported. */
struct batch_times {
    uint64_t ready_us;  /* upload sent -> ready told */
    uint64_t import_us; /* import sent -> its answer: durable */
    uint64_t whole_us;
};

struct batch_result {
    uint64_t imported, skipped;     /* rows */
    uint64_t failed, refused, lost; /* files; answers 503 and 429; connections in a request */
    struct batch_times *times;
    uint32_t done;  /* files imported: that many times */
    double seconds; /* from the first upload to the last answer */
    enum err err;   /* ERR_IO: not connected in 10 s; ERR_TIMEOUT: over BATCH_LOAD_S */
    bool over;      /* it has ended */
};

struct batch_load;

/* Starts once all are connected and ends by itself; `result->over` is true from then on. */
enum err batch_load_start(const struct batch_plan *plan, struct batch_result *result, uv_loop_t *uv,
                          struct batch_load **out) MUST_CHECK;
/* After the loop has ended. NULL is allowed. */
void batch_load_free(struct batch_load *load);
/* The same on a loop of its own, to the end. */
enum err batch_load_play(const struct batch_plan *plan, struct batch_result *result) MUST_CHECK;
void batch_result_free(struct batch_result *result);
