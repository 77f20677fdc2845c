/* Requests when memory runs out: each is answered all the same, and no answer says that nothing was
 * done when something was (API 1.1: 503 is told before work is begun). */
#include "tests/lib/heap.h"
#include "tests/lib/t.h"
#include "tests/unit/web/door_fixture.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ROOM = 64 * 1024, BODY = 200000 };

static struct door *door;
static char got[ROOM];

static void send_all(int fd, const char *data, size_t size)
{
    for (size_t at = 0; at < size;) {
        ssize_t sent = send(fd, data + at, size - at, MSG_NOSIGNAL);
        if (sent <= 0)
            return; /* refused meanwhile: the answer is what counts */
        at += (size_t)sent;
    }
}

/* One whole answer (head and the body it tells) into `got`; its status, 0 if there is none. No
 * memory is taken: the failing allocation must be the server's. */
static int answer_read(int fd)
{
    size_t have = 0;
    for (;;) {
        got[have] = '\0';
        const char *end = strstr(got, "\r\n\r\n");
        const char *length = strstr(got, "Content-Length: ");
        if (end != NULL) {
            size_t body =
                length == NULL ? 0 : strtoul(length + strlen("Content-Length: "), NULL, 10);
            if (have >= (size_t)(end - got) + 4 + body)
                return (int)strtol(got + strlen("HTTP/1.1 "), NULL, 10);
        }
        ssize_t more = have < ROOM - 1 ? recv(fd, got + have, ROOM - 1 - have, 0) : 0;
        if (more <= 0)
            return 0;
        have += (size_t)more;
    }
}

static const char ping[] = "GET /api/v1/ping HTTP/1.1\r\nHost: a\r\n\r\n";

/* A connection that has answered once: its own memory is there. */
static int warm_connect(void)
{
    int fd = door_connect(door);
    send_all(fd, ping, sizeof ping - 1);
    T_EQ_INT(answer_read(fd), 200);
    return fd;
}

static int status_of(const char *request, size_t size, unsigned fail, bool from)
{
    int fd = warm_connect();
    if (from)
        heap_fail_from(fail);
    else
        heap_fail_at(fail);
    send_all(fd, request, size);
    int status = answer_read(fd);
    bool failed = heap_failed();
    heap_fail_at(0);
    close(fd);
    return failed ? status : -status;
}

/* Lets the 1st, 2nd, … allocation of the request fail, alone and with all later ones; each time
 * there is an answer, `fine` or one that says what is short. How often memory failed. */
static int sweep(const char *request, size_t size, int fine)
{
    int failures = 0;
    for (int from = 0; from < 2; from++) {
        int status;
        for (unsigned n = 1; (status = status_of(request, size, n, from == 1)) > 0; n++) {
            if (status != fine && status != 503 && status != 504)
                T_FAIL("allocation %u (%d): %d", n, from, status);
            T_HAS(got, "\r\nX-Request-Id: ");
            failures++;
        }
        T_EQ_INT(-status, fine);
    }
    return failures;
}

static char *request_of(const char *head, size_t body, size_t *size)
{
    size_t room = strlen(head) + 64 + body;
    char *text = malloc(room);
    T_TRUE(text != NULL);
    int at = snprintf(text, room, "%sHost: a\r\nContent-Length: %zu\r\n\r\n", head, body);
    memset(text + at, 'x', body);
    *size = (size_t)at + body;
    return text;
}

TEST(every_request_without_memory_has_an_answer)
{
    static const char bad[] = "GET /a{b HTTP/1.1\r\nHost: a\r\n\r\n";
    static const char unknown[] = "GET /api/v1/nothing HTTP/1.1\r\nHost: a\r\n\r\n";
    door = door_open(&(struct door_options){.loops = 1});
    sweep(ping, sizeof ping - 1, 200);
    sweep(bad, sizeof bad - 1, 400);
    sweep(unknown, sizeof unknown - 1, 404);
    size_t size;
    char *large = request_of("POST /api/v1/raw HTTP/1.1\r\n", BODY, &size);
    T_TRUE(sweep(large, size, 201) > 0);
    free(large);
    large = request_of("POST /api/v1/raw HTTP/1.1\r\n", 2 * BODY, &size);
    sweep(large, size, 413);
    free(large);
    door_close(door, true);
}

/* The second waits while an actor has the first (it never answers: 504), in memory of its own. */
TEST(a_request_whose_followers_find_no_memory_has_its_answer)
{
    static const char two[] = "POST /api/v1/ask HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n"
                              "Content-Type: application/json\r\n\r\n{\"home\":1}"
                              "GET /api/v1/ping HTTP/1.1\r\nHost: a\r\n\r\n";
    door = door_open(&(struct door_options){.loops = 1, .mute_actors = true, .answer_ms = 100});
    int fd = warm_connect();
    send_all(fd, two, sizeof two - 1); /* now the actor is in memory */
    T_EQ_INT(answer_read(fd), 504);
    close(fd);
    T_TRUE(sweep(two, sizeof two - 1, 504) > 0);
    door_close(door, true);
}

static uint32_t asked(void)
{
    static const char ask[] = "POST /api/v1/ask HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n"
                              "Content-Type: application/json\r\n\r\n{\"home\":1}";
    int fd = warm_connect();
    send_all(fd, ask, sizeof ask - 1);
    T_EQ_INT(answer_read(fd), 200);
    close(fd);
    const char *count = strstr(got, "\"count\":");
    T_TRUE(count != NULL);
    return (uint32_t)strtoul(count + strlen("\"count\":"), NULL, 10);
}

TEST(what_was_done_is_not_told_as_refused)
{
    /* Behind the document's own faults: a reply that the arena has no room for. */
    static const char big[] = "POST /api/v1/fat HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n"
                              "Content-Type: application/json\r\n\r\n{\"home\":1}";
    door = door_open(&(struct door_options){.loops = 1});
    uint32_t before = asked();
    int fd = warm_connect();
    send_all(fd, big, sizeof big - 1);
    T_EQ_INT(answer_read(fd), 504);
    T_HAS(got, "\"code\":\"unknown_outcome\"");
    close(fd);
    T_EQ_UINT(asked(), before + 2);
    door_close(door, true);
}

/* With a full arena (64 MiB are its quota) and a heap that gives: the document is made in what the
 * host has kept. More at a time than it keeps: none is left without an answer. */
TEST(a_full_arena_still_answers_with_a_document)
{
    static const char full[] =
        "GET /api/v1/full HTTP/1.1\r\nHost: a\r\nAccept-Language: en\r\n\r\n";
    door = door_open(&(struct door_options){.loops = 1});
    int fds[8];
    for (int i = 0; i < 8; i++) {
        fds[i] = warm_connect();
        send_all(fds[i], full, sizeof full - 1);
    }
    for (int i = 0; i < 8; i++) {
        T_EQ_INT(answer_read(fds[i]), 503);
        T_HAS(got, "\"code\":\"overloaded\"");
        T_HAS(got, "\r\nContent-Type: application/problem+json\r\n");
        T_HAS(got, "\r\nRetry-After: 1\r\n");
        T_TRUE(strstr(got, "\"request_id\":null") == NULL);
        close(fds[i]);
    }
    door_close(door, true);
}

T_LIST(memory_test, T(every_request_without_memory_has_an_answer),
       T(a_request_whose_followers_find_no_memory_has_its_answer),
       T(what_was_done_is_not_told_as_refused), T(a_full_arena_still_answers_with_a_document));
