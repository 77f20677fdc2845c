/* Shows P37: liveness, readiness, metrics. */
#include "web/ops_listener.h"
#include "tests/lib/t.h"
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const char *ask(const struct ops *ops, const char *line)
{
    static char text[65536];
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(ops_port(ops))};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    T_EQ_INT(connect(fd, (const struct sockaddr *)(const void *)&address, sizeof address), 0);
    char request[200];
    int size = snprintf(request, sizeof request,
                        "%s HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", line);
    T_EQ_INT(send(fd, request, (size_t)size, MSG_NOSIGNAL), size);
    size_t have = 0;
    for (ssize_t more; (more = recv(fd, text + have, sizeof text - 1 - have, 0)) > 0;)
        have += (size_t)more;
    text[have] = '\0';
    close(fd);
    return text;
}

static void add_group(void *self, struct metrics *into)
{
    (void)self;
    into->counters[METRIC_GROUPS] += 41;
}

TEST(it_answers_before_anything_else_runs)
{
    struct ops *ops;
    T_OK(ops_start(&(struct ops_config){.listen = "http://127.0.0.1:0", .metrics = add_group},
                   &ops));
    T_HAS(ask(ops, "GET /healthz"), "HTTP/1.1 200 OK");
    ops_progress(ops, 37);
    const char *answer = ask(ops, "GET /readyz");
    T_HAS(answer, "HTTP/1.1 503 ");
    T_HAS(answer, "\r\n\r\nstarting 37\n");
    ops_ready(ops, NULL);
    T_HAS(ask(ops, "GET /readyz"), "HTTP/1.1 200 OK");
    ops_ready(ops, "stopping");
    T_HAS(ask(ops, "HEAD /readyz"), "HTTP/1.1 503 ");
    answer = ask(ops, "GET /metrics");
    T_HAS(answer, "baobei_commit_groups_total 41\n");
    T_HAS(answer, "\nbaobei_cpu_microseconds_total ");
    T_HAS(ask(ops, "GET /"), "HTTP/1.1 404 ");
    T_HAS(ask(ops, "POST /metrics"), "\r\nAllow: GET, HEAD\r\n");
    T_HAS(ask(ops, "NO"), "HTTP/1.1 400 ");
    ops_stop(ops);
}

TEST(a_bad_address_is_refused)
{
    struct ops *ops;
    T_ERR(ops_start(&(struct ops_config){.listen = "https://127.0.0.1:0"}, &ops), ERR_BAD_INPUT);
    T_ERR(ops_start(&(struct ops_config){.listen = "http://127.0.0.1"}, &ops), ERR_BAD_INPUT);
    T_ERR(ops_start(&(struct ops_config){.listen = "127.0.0.1:80"}, &ops), ERR_BAD_INPUT);
    struct ops *first;
    char taken[64];
    T_OK(ops_start(&(struct ops_config){.listen = "http://127.0.0.1:0"}, &first));
    snprintf(taken, sizeof taken, "http://127.0.0.1:%u", ops_port(first));
    T_ERR(ops_start(&(struct ops_config){.listen = taken}, &ops), ERR_BUSY);
    ops_stop(first);
}

T_LIST(ops_listener_test, T(it_answers_before_anything_else_runs), T(a_bad_address_is_refused));
