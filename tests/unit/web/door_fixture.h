/* A server in this process: real loops, shards, doors and sockets, with actors and routes that are
 * made up for the tests of web/. Nothing is stored: a batch comes home as soon as it is handed out.
 */
#pragma once
#include "web/web.h"

struct door;

struct door_options {
    uint16_t loops;               /* 1 */
    const char *certificate_file; /* NULL: plain */
    const char *key_file;
    uint32_t connections_max, bodies_max, idle_ms; /* 0: 64, 1 MiB, 60,000 */
    uint32_t head_ms, answer_ms;                   /* 0: as in production */
    uint16_t port;                                 /* 0: any */
    bool mute_actors;                              /* they take what comes and never answer */
};

struct door *door_open(const struct door_options *options);
uint16_t door_port(const struct door *door);
void door_close(struct door *door, bool graceful);
/* The secret of the one API token that this server knows (an institution with all rights), and of
 * its one session cookie. */
extern const char door_token[];
extern const char door_cookie[];
void door_csrf(char out[44]);           /* of that session */
void door_token_end(struct door *door); /* on its one loop: nobody may use it when this returns */
/* POST /api/v1/secret keeps its secret here while it runs. */
extern char door_secret[8];

/* Connects, sends all, half-closes if `end`, reads to the end of the stream (or until `want`
 * answers' heads have come when want > 0). Returns the text, NUL-terminated, to be freed. */
char *door_talk(const struct door *door, const char *text, size_t size, bool end, int want);
int door_connect(const struct door *door);
