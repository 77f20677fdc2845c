/* What the files of the composition root share (app*.c); each opens one part, in the order of
 * app_begin. Main thread. Errors as those of the part. */
#pragma once
#include "app.h"
#include "jobs.h"
#include "loop/loop.h"
#include "nhi.h"
#include "proof.h"
#include "seal_sign.h"
#include "storage/store.h"
#include "transfer_look.h"
#include "uploads.h"
#include "web/api_app.h"
#include "web/ops_listener.h"

enum { LOOPS_MAX = 64, WAITING_MAX = 1024 };

struct app {
    struct config config;
    struct store *store;
    pthread_mutex_t counted_lock;
    struct store *counted; /* whom /metrics asks, on its own thread, under the lock; NULL: nobody */
    struct editions *editions;
    struct seal_keys keys;
    char sign_public[SEAL_PUBLIC_MAX];
    struct proof_trust *trust;
    struct transfer_lookup transfers;
    struct uploads uploads;
    struct uploads_clock uploads_clock;
    char uploads_folder[CONFIG_TEXT_MAX + sizeof "/spool"];
    struct nhi_door nhi;
    struct loop_job jobs[JOB_COUNT];
    struct loop *loops[LOOPS_MAX];
    struct loop_call awaken[LOOPS_MAX];
    struct addr waiting[WAITING_MAX]; /* to be loaded at the start */
    uint32_t waiting_count;
    uint16_t loops_count, loops_run; /* made; started */
    struct ops *ops;
    struct site_app *site;
    struct ops_socket *socket;
    const struct site_command *(*find)(const char *name);
    struct web *web;
    struct api_app api;
    char names[CONFIG_TEXT_MAX];
    char bridge_sources[CONFIG_TEXT_MAX];
};

/* app_store.c: opened and recovered; waits for space while the disk is full. */
enum err app_store_open(struct app *app) MUST_CHECK;
/* app_uploads.c: the reader's helper process, and the folder for workbooks in the making. */
enum err app_uploads_begin(struct app *app) MUST_CHECK;
/* What the door may ask about uploaded sheets; app->uploads must outlive it. */
void app_uploads_fill(struct app *app);
/* app_loops.c: with their jobs and calls outside; begun after their desks are filled. */
uint16_t app_loops_wanted(const struct config *config);
enum err app_loops_open(struct app *app) MUST_CHECK;
enum err app_loops_begin(struct app *app) MUST_CHECK;
/* app_web.c: open for requests. */
enum err app_web_begin(struct app *app) MUST_CHECK;
/* Sockets and files of the whole program. */
uint32_t app_descriptors_wanted(const struct config *config);
