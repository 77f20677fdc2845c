#include "tests/unit/web/door_fixture.h"
#include "base/check.h"
#include "tests/lib/t.h"
#include "tests/unit/web/door_app.h"
#include "web/session.h"
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { LOOPS_MAX = 2 };

const char door_token[] = "a-token-for-tests";
const char door_cookie[] = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

struct door {
    struct door_options options;
    struct loop *loops[LOOPS_MAX];
    struct web *web;
    struct sessions sessions; /* filled before the doors open; door_token_end apart const */
    struct session session;
    struct loop_call ending;
    uv_sem_t ended;
    char listen[64];
};

/* ---- the server ---------------------------------------------------------------------------------
 */

static void door_on_commit(void *self, struct batch *batch)
{
    struct door *door = self;
    loop_home(door->loops[batch->shard], batch, ERR_OK);
}

static enum err door_on_load(void *self, struct addr who, struct arena *memory,
                             const struct loaded_row **rows, size_t *count)
{
    (void)self;
    (void)who;
    (void)memory;
    *rows = NULL;
    *count = 0;
    return ERR_OK;
}

static const struct sessions *door_sessions(void *app, uint16_t loop)
{
    (void)loop;
    return &((struct door *)app)->sessions;
}

static void session_add(struct door *door, const char *secret, bool is_token)
{
    int64_t now_ms = (int64_t)time(NULL) * 1000;
    struct session session = {
        .secret = session_digest(bytes_from_text(secret)),
        .is_token = is_token,
        .principal = {.kind = PRINCIPAL_INSTITUTION,
                      .method = is_token ? METHOD_TOKEN : METHOD_HCA,
                      .rights = RIGHTS_ALL,
                      .institution = 1,
                      .session = is_token ? 1 : 2},
        .created_at = now_ms,
        .used_at = now_ms,
        .expires_at = is_token ? 0 : now_ms + SESSION_ABSOLUTE_MS,
    };
    memset(session.csrf, 9, sizeof session.csrf);
    T_OK(sessions_put(&door->sessions, &session));
    door->session = session;
}

void door_csrf(char out[44])
{
    struct session session;
    memset(session.csrf, 9, sizeof session.csrf);
    session_csrf(&session, out);
}

static void end_on_call(struct loop *loop, struct loop_call *call)
{
    struct door *door = container_of(call, struct door, ending);
    (void)loop;
    struct digest secret = session_digest(bytes_from_text(door_token));
    sessions_end(&door->sessions, &secret, SESSION_ENDED);
    uv_sem_post(&door->ended);
}

void door_token_end(struct door *door)
{
    CHECK(door->options.loops == 1);
    T_EQ_INT(uv_sem_init(&door->ended, 0), 0);
    door->ending.run = end_on_call;
    loop_call(door->loops[0], &door->ending);
    uv_sem_wait(&door->ended);
    uv_sem_destroy(&door->ended);
}

static void loops_open(struct door *door)
{
    for (uint16_t i = 0; i < door->options.loops; i++) {
        struct loop_config config = {
            .index = i,
            .loops = door->options.loops,
            .seed = 1,
            .mailbox_max = 256,
            .turns_visit = 16,
            .idle_bytes_max = 16 << 20,
            .actors = door_actors,
            .peers = door->loops,
            .self = door,
            .commit = door_on_commit,
            .load = door_on_load,
        };
        T_OK(loop_open(&config, &door->loops[i]));
    }
    for (uint16_t i = 0; i < door->options.loops; i++)
        T_OK(loop_start(door->loops[i]));
}

struct door *door_open(const struct door_options *options)
{
    struct door *door = calloc(1, sizeof *door);
    T_TRUE(door != NULL);
    door->options = *options;
    if (door->options.loops == 0)
        door->options.loops = 1;
    door_mute(options->mute_actors);
    sessions_init(&door->sessions);
    session_add(door, door_token, true);
    session_add(door, door_cookie, false);
    loops_open(door);
    snprintf(door->listen, sizeof door->listen, "%s://127.0.0.1:%u",
             options->certificate_file != NULL ? "https" : "http", options->port);
    struct web_config config = {
        .listen = door->listen,
        .certificate_file = options->certificate_file,
        .key_file = options->key_file,
        .names = {"127.0.0.1", "localhost"},
        .connections_max = options->connections_max > 0 ? options->connections_max : 64,
        .bodies_max = options->bodies_max > 0 ? options->bodies_max : 1 << 20,
        .idle_ms = options->idle_ms > 0 ? options->idle_ms : 60000,
        .head_ms = options->head_ms,
        .answer_ms = options->answer_ms,
        .loops = door->loops,
        .loops_count = door->options.loops,
        .routes = door_routes,
        .app = door,
        .sessions = door_sessions,
    };
    T_OK(web_start(&config, &door->web));
    T_OK(web_open_doors(door->web));
    return door;
}

uint16_t door_port(const struct door *door)
{
    return web_port(door->web);
}

void door_close(struct door *door, bool graceful)
{
    web_stop(door->web, graceful);
    for (uint16_t i = 0; i < door->options.loops; i++)
        loop_stop(door->loops[i]);
    for (uint16_t i = 0; i < door->options.loops; i++)
        loop_join(door->loops[i]);
    web_close(door->web);
    for (uint16_t i = 0; i < door->options.loops; i++)
        loop_close(door->loops[i]);
    sessions_deinit(&door->sessions);
    free(door);
}

/* ---- the client ---------------------------------------------------------------------------------
 */

int door_connect(const struct door *door)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    T_TRUE(fd >= 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(door_port(door))};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    T_EQ_INT(connect(fd, (const struct sockaddr *)(const void *)&address, sizeof address), 0);
    return fd;
}

static int heads_count(const char *text)
{
    int count = 0;
    for (const char *at = text; (at = strstr(at, "HTTP/1.1 ")) != NULL; at++)
        count++;
    return count;
}

char *door_talk(const struct door *door, const char *text, size_t size, bool end, int want)
{
    enum { ROOM = 1 << 20 };
    int fd = door_connect(door);
    for (size_t at = 0; at < size;) {
        ssize_t sent = send(fd, text + at, size - at, MSG_NOSIGNAL);
        if (sent <= 0)
            break; /* refused meanwhile: the answer is what counts */
        at += (size_t)sent;
    }
    if (end)
        T_EQ_INT(shutdown(fd, SHUT_WR), 0);
    char *got = malloc(ROOM);
    T_TRUE(got != NULL);
    size_t have = 0;
    got[0] = '\0';
    while (have < ROOM - 1 && (want == 0 || heads_count(got) < want)) {
        ssize_t more = recv(fd, got + have, ROOM - 1 - have, 0);
        if (more <= 0)
            break;
        have += (size_t)more;
        got[have] = '\0';
    }
    close(fd);
    return got;
}
