/* The blocking half: PKCS#11 calls on the uv pool, one job at a time, in the order they came.
 *
 * Cards are slow (a signature takes a second) and their drivers are no friends of threads, so the
 * wallet belongs to the one job that runs. Bounds: JOBS_WAITING_MAX look-ups wait; a signature is
 * refused while another is waiting or running, since two pages asking for a PIN is one too many.
 * All calls here from the loop's thread; `done` is called there too. */
#pragma once
#include "card/sign.h"
#include <uv.h>

enum { JOBS_WAITING_MAX = 16 };

enum job_kind { JOB_SLOTS, JOB_SIGN };

/* In the caller's memory, untouched by it from jobs_add to `done`. */
struct job {
    enum job_kind kind;
    struct order order; /* of a JOB_SIGN; wiped when done */
    void (*done)(struct job *job, void *context);
    void *context;
    enum code
        code; /* of the outcome; then the answer's body, for the caller to free (NULL: none) */
    char *body;
    size_t body_size;
    struct jobs *jobs;
    struct job *next;
};

struct jobs {
    uv_loop_t *loop;
    uv_work_t work;
    struct wallet wallet;
    struct job *first, *last; /* the first one runs */
    size_t count;
    bool signing, stopped;
};

void jobs_open(struct jobs *jobs, uv_loop_t *loop, const struct settings *settings);
void jobs_close(struct jobs *jobs); /* when the loop has ended */

/* False: full, busy signing or stopped; `done` will not be called. */
bool jobs_add(struct jobs *jobs, struct job *job) MUST_CHECK;

/* Ends those that wait, as CODE_BUSY; the one that runs ends by itself. */
void jobs_stop(struct jobs *jobs);
