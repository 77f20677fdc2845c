/* Every table there is, who writes it, and how its keys come about (DESIGN 3 rule 9, 16).
 *
 * The shard checks the writer of each put and erase. Numbers are stored on disk: never reuse one.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>

enum actor_kind {
    ACTOR_NONE,
    ACTOR_INSTITUTION,
    ACTOR_REGISTRY,
    ACTOR_AUTH,
    ACTOR_DESK,
    ACTOR_TRANSFER,
    ACTOR_KINDS
};

/*    id           no  name           writer             keys */
#define TABLE_LIST(X)                                                                              \
    X(CASE, 1, "case", ACTOR_INSTITUTION, KEYS_OWNED)                                              \
    X(LINE, 2, "line", ACTOR_INSTITUTION, KEYS_OWNED)                                              \
    X(BODY, 3, "body", ACTOR_INSTITUTION, KEYS_OWNED)                                              \
    X(HISTORY, 4, "history", ACTOR_INSTITUTION, KEYS_OWNED)                                        \
    X(PERSON_LINE, 5, "person_line", ACTOR_INSTITUTION, KEYS_OWNED)                                \
    X(REQUEST, 6, "request", ACTOR_INSTITUTION, KEYS_OWNED)                                        \
    X(SERIAL, 7, "serial", ACTOR_INSTITUTION, KEYS_OWNED)                                          \
    X(QUEUE, 8, "queue", ACTOR_INSTITUTION, KEYS_SHARED)                                           \
    X(COUNTY_LINE, 9, "county_line", ACTOR_INSTITUTION, KEYS_SHARED)                               \
    X(COUNTS, 10, "counts", ACTOR_INSTITUTION, KEYS_OWNED)                                         \
    X(TOKEN, 11, "token", ACTOR_INSTITUTION, KEYS_SHARED)                                          \
    X(UPLOAD, 12, "upload", ACTOR_INSTITUTION, KEYS_OWNED)                                         \
    X(UPLOAD_PART, 13, "upload_part", ACTOR_INSTITUTION, KEYS_OWNED)                               \
    X(INSTITUTION, 20, "institution", ACTOR_REGISTRY, KEYS_SHARED)                                 \
    X(PERSON, 21, "person", ACTOR_REGISTRY, KEYS_SHARED)                                           \
    X(REGISTRY_STATE, 22, "registry_state", ACTOR_REGISTRY, KEYS_OWNED)                            \
    X(SESSION, 30, "session", ACTOR_AUTH, KEYS_SHARED)                                             \
    X(CARD, 31, "card", ACTOR_AUTH, KEYS_SHARED)                                                   \
    X(ENROLMENT, 32, "enrolment", ACTOR_AUTH, KEYS_SHARED)                                         \
    X(FAILURE, 33, "failure", ACTOR_AUTH, KEYS_SHARED)                                             \
    X(AUTH_STATE, 34, "auth_state", ACTOR_AUTH, KEYS_OWNED)                                        \
    X(WAITING, 40, "waiting", ACTOR_NONE, KEYS_WAITING)                                            \
    X(TRANSFER, 41, "transfer", ACTOR_TRANSFER, KEYS_SHARED)                                       \
    X(TRANSFER_STATE, 42, "transfer_state", ACTOR_TRANSFER, KEYS_OWNED)                            \
    X(TRANSFER_SENT, 43, "transfer_sent", ACTOR_TRANSFER, KEYS_SHARED)                             \
    X(TRANSFER_BAD, 44, "transfer_bad", ACTOR_TRANSFER, KEYS_SHARED)                               \
    X(AUDIT, 50, "audit", ACTOR_NONE, KEYS_APPENDED)                                               \
    X(OUTBOX, 51, "outbox", ACTOR_NONE, KEYS_APPENDED)                                             \
    X(COPY, 52, "copy", ACTOR_NONE, KEYS_APPENDED)                                                 \
    X(STORE, 60, "store", ACTOR_NONE, KEYS_INTERNAL)

enum table_keys {
    KEYS_OWNED,    /* begins with the owner's id (u64) */
    KEYS_SHARED,   /* ordered otherwise, one writing kind */
    KEYS_WAITING,  /* (kind u8, id u64): the actor's own */
    KEYS_APPENDED, /* the committer's next number (u64), never erased by an actor */
    KEYS_INTERNAL  /* written by storage/ alone */
};

#define TABLE_ENUM(id, no, name, writer, keys) TABLE_##id = no,
enum table { TABLE_NONE = 0, TABLE_LIST(TABLE_ENUM) TABLE_MAX = 64 };
#undef TABLE_ENUM

struct table_info {
    const char *name;
    enum actor_kind writer; /* ACTOR_NONE: any */
    enum table_keys keys;
};
/* NULL for a number that is no table. Any thread. */
const struct table_info *table_info(enum table table);
const char *actor_kind_name(enum actor_kind kind);
