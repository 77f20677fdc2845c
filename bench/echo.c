/* echo: what libuv and llhttp alone can do with a POST on one loop: parse it, send its body back as
 * 201. The ceiling beside which the whole server is held (bench/README.md). Serves until SIGTERM.
 */
#include "base/bytes.h"
#include "base/check.h"
#include "bench/bench.h"
#include <llhttp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

enum { READ_SIZE = 16 * 1024, BODY_MAX = 8 * 1024, HEAD_ROOM = 256, BACKLOG = 1024 };

struct echo {
    uv_loop_t uv;
    uv_tcp_t listener;
    uv_signal_t stop;
    llhttp_settings_t settings;
};

struct client {
    struct echo *echo;
    uv_tcp_t tcp;
    uv_write_t write;
    llhttp_t parser;
    char read[READ_SIZE];
    char answer[HEAD_ROOM + BODY_MAX];
    char body[BODY_MAX];
    size_t body_size;
    bool closing;
};

static void client_on_closed(uv_handle_t *handle)
{
    free(container_of(handle, struct client, tcp));
}

static void client_close(struct client *client)
{
    if (!client->closing) {
        client->closing = true;
        uv_close((uv_handle_t *)&client->tcp, client_on_closed);
    }
}

static int on_begin(llhttp_t *parser)
{
    container_of(parser, struct client, parser)->body_size = 0;
    return 0;
}

static int on_body(llhttp_t *parser, const char *at, size_t size)
{
    struct client *client = container_of(parser, struct client, parser);
    if (size > sizeof client->body - client->body_size) {
        return -1;
    }
    memcpy(client->body + client->body_size, at, size);
    client->body_size += size;
    return 0;
}

static void on_written(uv_write_t *write, int status)
{
    if (status != 0) {
        client_close(container_of(write, struct client, write));
    }
}

static int on_whole(llhttp_t *parser)
{
    struct client *client = container_of(parser, struct client, parser);
    int head = snprintf(client->answer, HEAD_ROOM,
                        "HTTP/1.1 201 Created\r\nContent-Type: application/json\r\n"
                        "Content-Length: %zu\r\n\r\n",
                        client->body_size);
    CHECK(head > 0 && head < HEAD_ROOM);
    memcpy(client->answer + head, client->body, client->body_size);
    uv_buf_t buf = uv_buf_init(client->answer, (unsigned)((size_t)head + client->body_size));
    /* One request at a time: the answer before has been written when the next request comes. */
    return uv_write(&client->write, (uv_stream_t *)&client->tcp, &buf, 1, on_written);
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
    struct client *client = container_of(handle, struct client, tcp);
    (void)suggested;
    *buf = uv_buf_init(client->read, sizeof client->read);
}

static void on_read(uv_stream_t *stream, ssize_t size, const uv_buf_t *buf)
{
    struct client *client = container_of(stream, struct client, tcp);
    if (size < 0 || llhttp_execute(&client->parser, buf->base, (size_t)size) != HPE_OK) {
        client_close(client);
    }
}

static void on_connection(uv_stream_t *listener, int status)
{
    struct echo *echo = container_of(listener, struct echo, listener);
    struct client *client = status == 0 ? calloc(1, sizeof *client) : NULL;
    if (client == NULL) {
        return;
    }
    client->echo = echo;
    int failed = uv_tcp_init(&echo->uv, &client->tcp);
    CHECK(failed == 0);
    llhttp_init(&client->parser, HTTP_REQUEST, &echo->settings);
    if (uv_accept(listener, (uv_stream_t *)&client->tcp) != 0 ||
        uv_tcp_nodelay(&client->tcp, 1) != 0 ||
        uv_read_start((uv_stream_t *)&client->tcp, on_alloc, on_read) != 0) {
        client_close(client);
    }
}

static void on_stop(uv_signal_t *stop, int number)
{
    (void)number;
    uv_stop(stop->loop);
}

static enum err echo_serve(struct echo *echo, uint16_t port)
{
    struct sockaddr_in address;
    llhttp_settings_init(&echo->settings);
    echo->settings.on_message_begin = on_begin;
    echo->settings.on_body = on_body;
    echo->settings.on_message_complete = on_whole;
    int failed = uv_ip4_addr("127.0.0.1", port, &address);
    failed |= uv_loop_init(&echo->uv);
    failed |= uv_tcp_init(&echo->uv, &echo->listener);
    failed |= uv_signal_init(&echo->uv, &echo->stop);
    failed |= uv_signal_start(&echo->stop, on_stop, SIGTERM);
    CHECK(failed == 0);
    failed = uv_tcp_bind(&echo->listener, (const struct sockaddr *)&address, 0);
    if (failed == 0) {
        failed = uv_listen((uv_stream_t *)&echo->listener, BACKLOG, on_connection);
    }
    if (failed != 0) {
        return ERR_BUSY;
    }
    (void)uv_run(&echo->uv, UV_RUN_DEFAULT);
    return ERR_OK; /* the process ends: clients are left to it */
}

int bench_echo(int argc, char **argv)
{
    static struct echo echo;
    const char *port = NULL;
    const char *words[WORDS_MAX];
    int words_count = 0;
    uint64_t number = 0;
    const struct option_ask asks[] = {{"port", &port, false}};
    if (!options_take(argc, argv, asks, ARRAY_COUNT(asks), words, &words_count) ||
        !bench_number("port", port, 1, UINT16_MAX, &number)) {
        return EXIT_BAD_INPUT;
    }
    if (words_count != 0 || port == NULL) {
        (void)fputs("echo --port PORT\n", stderr);
        return EXIT_BAD_INPUT;
    }
    enum err err = echo_serve(&echo, (uint16_t)number);
    if (err != ERR_OK) {
        (void)fprintf(stderr, "echo: port %llu: %s\n", (unsigned long long)number,
                      err_sentence(err));
    }
    return exit_of(err);
}
