#include "bench/scrape.h"
#include "base/check.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ANSWER_ROOM = 256 * 1024 };

static const struct {
    const char *name;
    size_t offset;
} wanted[] = {
    {"baobei_turns_total", offsetof(struct scrape, turns)},
    {"baobei_messages_total", offsetof(struct scrape, messages)},
    {"baobei_messages_other_loop_total", offsetof(struct scrape, other_loop)},
    {"baobei_log_syncs_total", offsetof(struct scrape, log_syncs)},
    {"baobei_log_bytes_total", offsetof(struct scrape, log_bytes)},
    {"baobei_commit_groups_total", offsetof(struct scrape, groups)},
    {"baobei_batches_total", offsetof(struct scrape, batches)},
    {"baobei_http_requests_total", offsetof(struct scrape, requests)},
    {"baobei_http_503_total", offsetof(struct scrape, answers_503)},
    {"baobei_log_sync_microseconds_sum", offsetof(struct scrape, sync_us_sum)},
    {"baobei_held_microseconds_sum", offsetof(struct scrape, held_us_sum)},
    {"baobei_held_microseconds_count", offsetof(struct scrape, held_us_count)},
};

static uint64_t *value_of(struct scrape *scrape, size_t index)
{
    return (uint64_t *)(void *)((char *)scrape + wanted[index].offset);
}

bool url_parse(const char *url, char host[16], uint16_t *port)
{
    unsigned number = 0;
    char rest = '\0';
    struct in_addr address;
    int found = sscanf(url, "http://%15[0-9.]:%u%c", host, &number, &rest);
    if ((found != 2 && !(found == 3 && rest == '/')) || number == 0 || number > UINT16_MAX) {
        return false;
    }
    *port = (uint16_t)number;
    return inet_pton(AF_INET, host, &address) == 1;
}

static int connect_to(const char *host, uint16_t port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    (void)inet_pton(AF_INET, host, &address.sin_addr);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, (const struct sockaddr *)&address, sizeof address) != 0) {
        (void)close(fd);
        fd = -1;
    }
    return fd;
}

/* The whole answer as text; the server closes behind it. */
static bool fetch(int fd, const char *host, uint16_t port, char *answer)
{
    char request[128];
    int size =
        snprintf(request, sizeof request,
                 "GET /metrics HTTP/1.1\r\nHost: %s:%u\r\nConnection: close\r\n\r\n", host, port);
    size_t got = 0;
    if (send(fd, request, (size_t)size, MSG_NOSIGNAL) != size) {
        return false;
    }
    for (;;) {
        ssize_t more = recv(fd, answer + got, ANSWER_ROOM - 1 - got, 0);
        if (more < 0 || got == ANSWER_ROOM - 1) {
            return false;
        }
        if (more == 0) {
            answer[got] = '\0';
            return strncmp(answer, "HTTP/1.1 200", strlen("HTTP/1.1 200")) == 0;
        }
        got += (size_t)more;
    }
}

static void lines_take(const char *text, struct scrape *out)
{
    for (const char *line = text; *line != '\0';) {
        size_t size = strcspn(line, "\n");
        size_t name = strcspn(line, " \n");
        for (size_t i = 0; i < ARRAY_COUNT(wanted); i++) {
            if (strlen(wanted[i].name) == name && strncmp(line, wanted[i].name, name) == 0) {
                *value_of(out, i) = strtoull(line + name, NULL, 10);
            }
        }
        line += size + (line[size] == '\n');
    }
}

enum err scrape_take(const char *url, struct scrape *out)
{
    char host[16];
    uint16_t port;
    if (!url_parse(url, host, &port)) {
        return ERR_BAD_INPUT;
    }
    char *answer = malloc(ANSWER_ROOM);
    int fd = connect_to(host, port);
    enum err err = answer != NULL && fd >= 0 && fetch(fd, host, port, answer) ? ERR_OK : ERR_IO;
    *out = (struct scrape){0};
    if (err == ERR_OK) {
        lines_take(answer, out);
    }
    if (fd >= 0) {
        (void)close(fd);
    }
    free(answer);
    return err;
}

struct scrape scrape_minus(const struct scrape *after, const struct scrape *before)
{
    struct scrape difference = *after;
    struct scrape begun = *before;
    for (size_t i = 0; i < ARRAY_COUNT(wanted); i++) {
        CHECK(*value_of(&difference, i) >= *value_of(&begun, i));
        *value_of(&difference, i) -= *value_of(&begun, i);
    }
    return difference;
}
