/* token list, whose reader may stand still: nothing of the store may wait for him. */
#include "cli/on_site.h"
#include "model/row_keys.h"
#include "storage/parts.h"
#include "tests/lib/t.h"
#include "tests/lib/tmp.h"
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { TOKENS = 50, ROW_ROOM = 512 };

struct bench {
    struct store *store;
    struct batch batch;
    pthread_mutex_t lock;
    pthread_cond_t home;
    bool is_home;
    char text[TOKENS * 256]; /* what was listed */
    size_t size;
    uint32_t held; /* the most who held a table meanwhile */
};

static void on_home(void *self, struct batch *batch, enum err status)
{
    struct bench *bench = self;
    T_TRUE(batch == &bench->batch);
    T_OK(status);
    pthread_mutex_lock(&bench->lock);
    bench->is_home = true;
    pthread_cond_signal(&bench->home);
    pthread_mutex_unlock(&bench->lock);
}

static void tokens_write(struct bench *bench)
{
    T_OK(batch_init(&bench->batch, 0));
    batch_begin(&bench->batch, 1);
    for (uint8_t i = 1; i <= TOKENS; i++) {
        struct session token = {.secret = {{i}},
                                .is_token = true,
                                .name = "program",
                                .principal = {.kind = PRINCIPAL_INSTITUTION,
                                              .method = METHOD_TOKEN,
                                              .rights = RIGHTS_ALL,
                                              .institution = 401180014,
                                              .session = i}};
        uint8_t row[ROW_ROOM];
        struct writer out = writer_on(row, sizeof row);
        session_write(&out, &token);
        struct row_key key = key_of_digest(&token.secret);
        struct op put = {.kind = OP_PUT,
                         .table = TABLE_TOKEN,
                         .key = row_key_bytes(&key),
                         .value = writer_bytes(&out)};
        T_OK(batch_stage(&bench->batch, &put));
    }
    store_commit(bench->store, &bench->batch);
    pthread_mutex_lock(&bench->lock);
    while (!bench->is_home)
        pthread_cond_wait(&bench->home, &bench->lock);
    pthread_mutex_unlock(&bench->lock);
    batch_deinit(&bench->batch);
}

/* Here whoever reads may let us wait. */
static ssize_t read_along(void *self, const char *data, size_t size)
{
    struct bench *bench = self;
    struct recent_set *recents = &bench->store->recents;
    pthread_mutex_lock(&recents->lock);
    uint32_t held = recents->active->references;
    pthread_mutex_unlock(&recents->lock);
    bench->held = held > bench->held ? held : bench->held;
    if (size > sizeof bench->text - bench->size)
        return 0;
    memcpy(bench->text + bench->size, data, size);
    bench->size += size;
    return (ssize_t)size;
}

TEST(a_list_is_told_when_its_snapshot_is_closed)
{
    static struct bench bench = {.lock = PTHREAD_MUTEX_INITIALIZER,
                                 .home = PTHREAD_COND_INITIALIZER};
    char path[TMP_PATH_MAX];
    T_OK(store_create(tmp_path(path, "s")));
    struct store_config config = {.directory = path,
                                  .map_gib = 1,
                                  .segment_mib = 16,
                                  .apply_gap_ms = 3600 * 1000,
                                  .home = on_home,
                                  .self = &bench};
    T_OK(store_open(&config, &bench.store));
    tokens_write(&bench);
    FILE *out = fopencookie(&bench, "w", (cookie_io_functions_t){.write = read_along});
    T_TRUE(out != NULL);
    T_EQ_INT(setvbuf(out, NULL, _IOLBF, BUFSIZ), 0); /* as the server's is (web/ops_socket.c) */
    struct site site = {.out = out, .errors = stderr, .store = bench.store};
    T_EQ_INT(token_run(&site, 2, (char *[]){"token", "list", NULL}), 0);
    T_EQ_INT(fclose(out), 0);
    uint32_t lines = 0;
    for (size_t i = 0; i < bench.size; i++)
        lines += bench.text[i] == '\n';
    T_EQ_UINT(lines, TOKENS);
    T_EQ_UINT(bench.held, 1); /* the set itself: no snapshot was open */
    store_close(bench.store);
}

T_LIST(token_test, T(a_list_is_told_when_its_snapshot_is_closed));
