/* The closed list of what can go wrong in the world (not in the program, not in a request).
 *
 * A function that can fail returns one of these; ERR_OK is 0. Foreign codes (errno, LMDB, uv,
 * mbedTLS) are translated where they enter and never travel (DESIGN 8). */
#pragma once

#define ERR_LIST(X)                                                                                \
    X(ERR_OK, "ok", "no error")                                                                    \
    X(ERR_NO_MEMORY, "no_memory", "out of memory, or over a memory quota")                         \
    X(ERR_NO_SPACE, "no_space", "no space left for a write")                                       \
    X(ERR_IO, "io", "reading or writing failed")                                                   \
    X(ERR_SYNC, "sync", "a sync failed: what it covered is unknown")                               \
    X(ERR_NOT_FOUND, "not_found", "there is no such thing")                                        \
    X(ERR_EXISTS, "exists", "it is there already")                                                 \
    X(ERR_BUSY, "busy", "somebody else holds it")                                                  \
    X(ERR_FULL, "full", "a bounded queue or table is full")                                        \
    X(ERR_CORRUPT, "corrupt", "stored bytes are damaged")                                          \
    X(ERR_VERSION, "version", "stored bytes are of a format this program does not know")           \
    X(ERR_BAD_INPUT, "bad_input", "bytes from outside break their format")                         \
    X(ERR_TOO_LARGE, "too_large", "over a documented limit")                                       \
    X(ERR_DENIED, "denied", "not permitted")                                                       \
    X(ERR_CLOSED, "closed", "the other side, or the thing itself, is closed")                      \
    X(ERR_TIMEOUT, "timeout", "it took longer than its limit")                                     \
    X(ERR_READ_ONLY, "read_only", "nothing can be made durable at the moment")                     \
    X(ERR_UNSUPPORTED, "unsupported", "this build or machine can't do it")

#define ERR_ENUM(id, name, sentence) id,
enum err { ERR_LIST(ERR_ENUM) };
#undef ERR_ENUM

#define MUST_CHECK __attribute__((warn_unused_result))

/* The stable name ("no_space") and the English sentence of an error. Static strings; any thread. */
const char *err_name(enum err err);
const char *err_sentence(enum err err);
