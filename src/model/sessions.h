/* A loop's table of sessions and API tokens: filled by its desk actor, read by web/ on the same
 * thread.
 *
 * Found by the SHA-256 (first 16 bytes) of the secret; the secret itself is never kept (AUTH 5.5).
 */
#pragma once
#include "base/instant.h"
#include "base/map.h"
#include "model/principal.h"

/* Of its subject in the registry at log-in (standing.h). */
enum standing { STANDING_GOOD, STANDING_HELD, STANDING_OUT };
enum { TOKEN_NAME_MAX = 100 };

enum session_end { SESSION_LIVE, SESSION_EXPIRED, SESSION_REPLACED, SESSION_ENDED };

struct session {
    struct digest secret; /* of cookie or token */
    bool is_token;
    enum standing standing;        /* GOOD or HELD */
    char name[TOKEN_NAME_MAX + 1]; /* of a token, as its maker calls it; UTF-8 */
    struct principal principal;
    int64_t created_at, last_login_at; /* wall ms; last_login_at 0: first */
    int64_t expires_at;                /* absolute: wall ms; 0: never (token) */
    int64_t used_at;                   /* latest report */
    uint8_t csrf[32];                  /* HMAC key of this session's X-CSRF-Token */
    enum session_end ended;            /* kept a while so that a late request learns why */
};

struct sessions {
    struct session *items;
    uint32_t count, capacity;
    struct map by_secret; /* first 8 bytes of the digest -> index; full digest compared */
};

enum { SESSION_IDLE_MS = 20 * 60 * 1000, SESSION_ABSOLUTE_MS = 8 * 3600 * 1000 };

/* Memory by malloc; ERR_NO_MEMORY changes nothing. A pointer from sessions_find is good until the
 * next put or drop. Ended and dropped ones that are not there are no error. */
void sessions_init(struct sessions *sessions);
void sessions_deinit(struct sessions *sessions);
enum err sessions_put(struct sessions *sessions,
                      const struct session *session) MUST_CHECK; /* or replaces */
void sessions_end(struct sessions *sessions, const struct digest *secret, enum session_end how);
void sessions_drop(struct sessions *sessions, const struct digest *secret);
struct session *sessions_find(const struct sessions *sessions, const struct digest *secret);
/* LIVE, or why not: idle and absolute limits at this moment. */
enum session_end sessions_state(const struct session *session, struct wall now);
void session_write(struct writer *out, const struct session *session);
enum err session_read(struct bytes row, struct session *session) MUST_CHECK;
