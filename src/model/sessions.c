/* A SESSION or TOKEN row, in the frame of row_frame.h, format 2 (format 1 has no standing and
 * name):
 *
 *     digest of the secret 16, is token 1, ended 1, standing 1, name 1 + n
 *     created at 8, last log-in at 8, expires at 8, used at 8 (wall ms), CSRF key 32
 *     principal (principal.c)
 *
 * The table: an array without holes and a map from the digest's first 8 bytes to the place in it.
 * Two secrets that share these bytes (1 in 2^64) don't both fit: the second is refused. */
#include "model/sessions.h"
#include "base/check.h"
#include "model/row_frame.h"
#include <stdlib.h>
#include <string.h>

enum { SESSION_FORMAT_BARE = 1, SESSION_FORMAT = 2, SESSIONS_BEGIN = 64 };
/* Loops report last use at most once a minute, so the report may be that much behind (AUTH 5.5). */
enum { SESSION_REPORT_MS = 60 * 1000 };

void sessions_init(struct sessions *sessions)
{
    *sessions = (struct sessions){0};
    map_init(&sessions->by_secret);
}

/* Keys of CSRF tokens and names of officers are not left behind in freed memory. */
static void session_wipe(struct session *session)
{
    explicit_bzero(session, sizeof *session);
}

void sessions_deinit(struct sessions *sessions)
{
    for (uint32_t i = 0; i < sessions->count; i++)
        session_wipe(&sessions->items[i]);
    free(sessions->items);
    map_deinit(&sessions->by_secret);
    *sessions = (struct sessions){0};
}

static uint64_t secret_key(const struct digest *secret)
{
    struct reader in = reader_of(bytes_of(secret->bytes, sizeof secret->bytes));
    return read_u64(&in);
}

static enum err sessions_grow(struct sessions *sessions)
{
    uint32_t capacity = sessions->capacity == 0 ? SESSIONS_BEGIN : sessions->capacity * 2;
    struct session *items = malloc(capacity * sizeof *items);
    if (items == NULL)
        return ERR_NO_MEMORY;
    /* By hand and not by realloc, which would leave a copy behind. */
    if (sessions->count > 0)
        memcpy(items, sessions->items, sessions->count * sizeof *items);
    for (uint32_t i = 0; i < sessions->count; i++)
        session_wipe(&sessions->items[i]);
    free(sessions->items);
    sessions->items = items;
    sessions->capacity = capacity;
    return ERR_OK;
}

enum err sessions_put(struct sessions *sessions, const struct session *session)
{
    CHECK(!digest_is_none(&session->secret));
    uint64_t key = secret_key(&session->secret);
    uint32_t index;
    if (map_get(&sessions->by_secret, key, &index)) {
        CHECK(index < sessions->count);
        if (!digest_equal(&sessions->items[index].secret, &session->secret))
            return ERR_EXISTS;
        sessions->items[index] = *session;
        return ERR_OK;
    }
    if (sessions->count == sessions->capacity) {
        enum err err = sessions_grow(sessions);
        if (err != ERR_OK)
            return err;
    }
    enum err err = map_put(&sessions->by_secret, key, sessions->count);
    if (err != ERR_OK)
        return err;
    sessions->items[sessions->count++] = *session;
    return ERR_OK;
}

struct session *sessions_find(const struct sessions *sessions, const struct digest *secret)
{
    uint32_t index;
    if (!map_get(&sessions->by_secret, secret_key(secret), &index))
        return NULL;
    CHECK(index < sessions->count);
    struct session *found = &sessions->items[index];
    return digest_equal(&found->secret, secret) ? found : NULL;
}

void sessions_end(struct sessions *sessions, const struct digest *secret, enum session_end how)
{
    CHECK(how != SESSION_LIVE);
    struct session *found = sessions_find(sessions, secret);
    /* The first end is the true one: a log-out of a replaced session does not rename it. */
    if (found != NULL && found->ended == SESSION_LIVE)
        found->ended = how;
}

void sessions_drop(struct sessions *sessions, const struct digest *secret)
{
    struct session *found = sessions_find(sessions, secret);
    if (found == NULL)
        return;
    uint32_t index = (uint32_t)(found - sessions->items);
    bool erased = map_erase(&sessions->by_secret, secret_key(secret));
    CHECK(erased);
    struct session *last = &sessions->items[--sessions->count];
    if (found != last) {
        *found = *last;
        /* Replaces the value of a key that is there: takes no memory, so it can't fail. */
        enum err err = map_put(&sessions->by_secret, secret_key(&found->secret), index);
        CHECK(err == ERR_OK);
    }
    session_wipe(last);
}

enum session_end sessions_state(const struct session *session, struct wall now)
{
    if (session->ended != SESSION_LIVE)
        return session->ended;
    if (session->expires_at != 0 && now.ms >= session->expires_at)
        return SESSION_EXPIRED;
    if (session->is_token)
        return SESSION_LIVE;
    if (now.ms - session->created_at >= SESSION_ABSOLUTE_MS)
        return SESSION_EXPIRED;
    int64_t used_at =
        session->used_at > session->created_at ? session->used_at : session->created_at;
    bool idle = now.ms - used_at >= SESSION_IDLE_MS + SESSION_REPORT_MS;
    return idle ? SESSION_EXPIRED : SESSION_LIVE;
}

void session_write(struct writer *out, const struct session *session)
{
    CHECK(!digest_is_none(&session->secret));
    CHECK(session->ended <= SESSION_ENDED && session->standing < STANDING_OUT);
    size_t began = row_frame_begin(out, SESSION_FORMAT);
    write_raw(out, bytes_of(session->secret.bytes, sizeof session->secret.bytes));
    write_u8(out, session->is_token);
    write_u8(out, (uint8_t)session->ended);
    write_u8(out, (uint8_t)session->standing);
    write_sized8(out, bytes_from_text(session->name));
    write_i64(out, session->created_at);
    write_i64(out, session->last_login_at);
    write_i64(out, session->expires_at);
    write_i64(out, session->used_at);
    write_raw(out, bytes_of(session->csrf, sizeof session->csrf));
    principal_write(out, &session->principal);
    row_frame_end(out, began);
}

/* What format 2 has and format 1 has not. */
static bool session_read_more(struct reader *in, struct session *session)
{
    uint8_t standing = read_u8(in);
    struct bytes name = read_sized8(in);
    if (in->failed || standing >= STANDING_OUT || name.size > TOKEN_NAME_MAX)
        return false;
    session->standing = (enum standing)standing;
    if (name.size > 0)
        memcpy(session->name, name.data, name.size);
    return true;
}

enum err session_read(struct bytes row, struct session *session)
{
    struct reader in;
    enum err err = row_frame_open(row, SESSION_FORMAT, &in);
    bool bare = err == ERR_VERSION;
    if (bare)
        err = row_frame_open(row, SESSION_FORMAT_BARE, &in);
    if (err != ERR_OK)
        return err;
    struct session read = {0};
    read_copy(&in, read.secret.bytes, sizeof read.secret.bytes);
    uint8_t is_token = read_u8(&in);
    uint8_t ended = read_u8(&in);
    bool more = bare || session_read_more(&in, &read);
    read.created_at = read_i64(&in);
    read.last_login_at = read_i64(&in);
    read.expires_at = read_i64(&in);
    read.used_at = read_i64(&in);
    read_copy(&in, read.csrf, sizeof read.csrf);
    if (!more || !principal_read(&in, &read.principal) || !reader_done(&in) || is_token > 1 ||
        ended > SESSION_ENDED || digest_is_none(&read.secret))
        return ERR_CORRUPT;
    read.is_token = is_token == 1;
    read.ended = (enum session_end)ended;
    *session = read;
    return ERR_OK;
}
