/* idle_tls: what an idle TLS connection costs the server in resident memory (DESIGN 10: 12,000 a
 * loop).
 *
 * Each connection has made its handshake and asked for /readyz once; then the client forgets
 * everything but the socket, so that its own memory is out of the way, and the server keeps the
 * connection for server.idle_s. Its RssAnon is read before the first and behind the last: pages of
 * the mapped store are the cache of a file, and the background scrub walks through all of them. */
#include "bench/bench.h"
#include "bench/wire.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CONNECTIONS_MAX = 100000, SPARE_FILES = 64, BODY_ROOM = 256 };

static bool files_allow(uint64_t connections)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) {
        return false;
    }
    limit.rlim_cur = limit.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
    return limit.rlim_max >= connections + SPARE_FILES;
}

/* A line of /proc/PID/status in KiB; 0: there is none. */
static uint64_t status_kib(uint64_t pid, const char *name)
{
    char path[64];
    char line[256];
    uint64_t kib = 0;
    (void)snprintf(path, sizeof path, "/proc/%llu/status", (unsigned long long)pid);
    FILE *file = fopen(path, "re");
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        if (strncmp(line, name, strlen(name)) == 0 && line[strlen(name)] == ':') {
            kib = strtoull(line + strlen(name) + 1, NULL, 10);
        }
    }
    if (file != NULL) {
        (void)fclose(file);
    }
    return kib;
}

static enum err connection_leave(const struct wire_to *to, int *fd)
{
    struct wire wire;
    char body[BODY_ROOM];
    unsigned status = 0;
    size_t size = 0;
    enum err err = wire_open(to, &wire);
    if (err != ERR_OK) {
        return err;
    }
    err = wire_ask(&wire, "GET /readyz", NULL, &status, body, sizeof body, &size);
    *fd = wire_leave_socket(&wire);
    return err == ERR_OK && status != 200 ? ERR_IO : err;
}

/* How many the server has closed by now. */
static uint64_t closed_count(const int *fds, uint64_t count)
{
    uint64_t closed = 0;
    for (uint64_t i = 0; i < count; i++) {
        char byte;
        ssize_t got = recv(fds[i], &byte, 1, MSG_PEEK | MSG_DONTWAIT);
        closed += got == 0; /* bytes may lie there: session tickets */
    }
    return closed;
}

static enum err idle_measure(struct bench *bench, const struct wire_to *to, uint64_t pid,
                             uint64_t count)
{
    int *fds = calloc(count, sizeof *fds);
    uint64_t open = 0;
    int warm = -1;
    enum err err = fds == NULL ? ERR_NO_MEMORY : connection_leave(to, &warm);
    uint64_t before = status_kib(pid, "RssAnon");
    uint64_t begun = bench_now_ns();
    while (err == ERR_OK && open < count) {
        err = connection_leave(to, &fds[open]);
        open += err == ERR_OK;
    }
    if (err == ERR_OK) {
        uint64_t after = status_kib(pid, "RssAnon");
        bench_count(bench, "rss_before_kib", before);
        bench_count(bench, "rss_after_kib", after);
        bench_result(bench, "mib_above_idle", ((double)after - (double)before) / 1024);
        bench_result(bench, "kib_per_connection", ((double)after - (double)before) / (double)count);
        bench_count(bench, "closed_by_server", closed_count(fds, count));
        bench_result(bench, "handshakes_per_s",
                     (double)count * 1e9 / (double)(bench_now_ns() - begun));
    } else {
        (void)fprintf(stderr, "idle_tls: connection %llu was not served\n",
                      (unsigned long long)open);
    }
    for (uint64_t i = 0; i < open; i++) {
        (void)close(fds[i]);
    }
    if (warm >= 0) {
        (void)close(warm);
    }
    free(fds);
    return err;
}

int bench_idle_tls(int argc, char **argv)
{
    struct bench bench;
    const char *url = NULL;
    const char *ca = NULL;
    const char *pid = NULL;
    const char *connections = NULL;
    const struct option_ask asks[] = {{"url", &url, false},
                                      {"ca", &ca, false},
                                      {"pid", &pid, false},
                                      {"connections", &connections, false}};
    if (!bench_begin(&bench, argc, argv, asks, sizeof asks / sizeof asks[0])) {
        return EXIT_BAD_INPUT;
    }
    uint64_t count = bench.full ? 10000 : 200;
    uint64_t process = 0;
    struct wire_to to;
    if (url == NULL || pid == NULL || strncmp(url, "https:", 6) != 0) {
        (void)fputs("idle_tls --url https://127.0.0.1:PORT --pid SERVER [--ca PEM] "
                    "[--connections N]\n",
                    stderr);
        return bench_end(&bench, ERR_BAD_INPUT);
    }
    if (!bench_number("connections", connections, 1, CONNECTIONS_MAX, &count) ||
        !bench_number("pid", pid, 1, UINT32_MAX, &process)) {
        return bench_end(&bench, ERR_BAD_INPUT);
    }
    if (!files_allow(count)) {
        (void)fprintf(stderr, "idle_tls: too few files may be open (ulimit -Hn)\n");
        return bench_end(&bench, ERR_UNSUPPORTED);
    }
    bench_set(&bench, "connections", count);
    enum err err = wire_to_open(url, ca, &to);
    err = err == ERR_OK ? idle_measure(&bench, &to, process, count) : err;
    wire_to_close(&to);
    return bench_end(&bench, err);
}
