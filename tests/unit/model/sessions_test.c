#include "model/sessions.h"
#include "base/prng.h"
#include "model/row_frame.h"
#include "tests/lib/heap.h"
#include "tests/lib/t.h"
#include <stdio.h>
#include <string.h>

enum { MINUTE_MS = 60 * 1000 };

/* Distinct from its first byte on; 0 would be "none". */
static struct digest secret_of(uint32_t number)
{
    struct digest secret = {{1}};
    secret.bytes[4] = (uint8_t)(number >> 8);
    secret.bytes[5] = (uint8_t)number;
    secret.bytes[15] = (uint8_t)number;
    return secret;
}

static struct session session_of(uint32_t number)
{
    return (struct session){.secret = secret_of(number),
                            .principal = {.kind = PRINCIPAL_PERSON, .person = number},
                            .created_at = 1000,
                            .expires_at = 1000 + SESSION_ABSOLUTE_MS,
                            .used_at = 1000};
}

static void put(struct sessions *sessions, uint32_t number)
{
    struct session session = session_of(number);
    T_OK(sessions_put(sessions, &session));
}

TEST(a_session_is_found_by_its_secret)
{
    struct sessions sessions;
    sessions_init(&sessions);
    struct digest secret = secret_of(3);
    T_TRUE(sessions_find(&sessions, &secret) == NULL);
    for (uint32_t i = 0; i < 1000; i++)
        put(&sessions, i);
    for (uint32_t i = 0; i < 1000; i++) {
        secret = secret_of(i);
        const struct session *found = sessions_find(&sessions, &secret);
        T_TRUE(found != NULL && found->principal.person == i);
    }
    secret = secret_of(1000);
    T_TRUE(sessions_find(&sessions, &secret) == NULL);
    sessions_deinit(&sessions);
}

TEST(the_whole_digest_is_compared)
{
    struct sessions sessions;
    sessions_init(&sessions);
    put(&sessions, 3);
    struct session near = session_of(3);
    near.secret.bytes[15] ^= 1; /* the first 8 bytes are equal */
    T_TRUE(sessions_find(&sessions, &near.secret) == NULL);
    T_ERR(sessions_put(&sessions, &near), ERR_EXISTS);
    sessions_end(&sessions, &near.secret, SESSION_ENDED);
    sessions_drop(&sessions, &near.secret);
    struct digest secret = secret_of(3);
    T_EQ_INT(sessions_find(&sessions, &secret)->ended, SESSION_LIVE);
    sessions_deinit(&sessions);
}

TEST(putting_again_replaces)
{
    struct sessions sessions;
    sessions_init(&sessions);
    put(&sessions, 3);
    struct session newer = session_of(3);
    newer.used_at = 5000;
    T_OK(sessions_put(&sessions, &newer));
    T_EQ_UINT(sessions.count, 1);
    T_EQ_INT(sessions_find(&sessions, &newer.secret)->used_at, 5000);
    sessions_deinit(&sessions);
}

TEST(the_first_end_is_the_reason)
{
    struct sessions sessions;
    sessions_init(&sessions);
    put(&sessions, 3);
    struct digest secret = secret_of(3), other = secret_of(4);
    sessions_end(&sessions, &other, SESSION_ENDED);
    sessions_end(&sessions, &secret, SESSION_REPLACED);
    sessions_end(&sessions, &secret, SESSION_ENDED);
    const struct session *found = sessions_find(&sessions, &secret);
    T_EQ_INT(sessions_state(found, (struct wall){1000}), SESSION_REPLACED);
    sessions_deinit(&sessions);
}

/* Against a plain array of flags. */
TEST(random_puts_and_drops_leave_what_they_should)
{
    enum { NUMBERS = 200 };
    static bool there[NUMBERS];
    struct sessions sessions;
    sessions_init(&sessions);
    struct prng prng;
    prng_seed(&prng, 21);
    uint32_t count = 0;
    for (int step = 0; step < 20000; step++) {
        uint32_t number = (uint32_t)prng_below(&prng, NUMBERS);
        bool wanted = prng_chance(&prng, 2);
        if (wanted) {
            put(&sessions, number);
        } else {
            struct digest secret = secret_of(number);
            sessions_drop(&sessions, &secret);
        }
        count += (uint32_t)(wanted && !there[number]) - (uint32_t)(!wanted && there[number]);
        there[number] = wanted;
        uint32_t probe = (uint32_t)prng_below(&prng, NUMBERS);
        struct digest secret = secret_of(probe);
        const struct session *found = sessions_find(&sessions, &secret);
        T_EQ_INT(found != NULL, there[probe]);
        T_TRUE(found == NULL || found->principal.person == probe);
        T_EQ_UINT(sessions.count, count);
    }
    sessions_deinit(&sessions);
}

static void fill_until_no_memory(void *context)
{
    (void)context;
    struct sessions sessions;
    sessions_init(&sessions);
    for (uint32_t i = 0; i < 150; i++) {
        struct session session = session_of(i);
        enum err err = sessions_put(&sessions, &session);
        T_TRUE(err == ERR_OK || (err == ERR_NO_MEMORY && heap_failed()));
        struct digest secret = secret_of(i);
        T_EQ_INT(sessions_find(&sessions, &secret) != NULL, err == ERR_OK);
    }
    sessions_deinit(&sessions);
}

TEST(every_lack_of_memory_changes_nothing)
{
    T_TRUE(heap_sweep(fill_until_no_memory, NULL) >= 4);
}

/* ---- limits (AUTH 5.5) ---- */

static enum session_end state_at(struct session session, int64_t after_ms)
{
    return sessions_state(&session, (struct wall){session.created_at + after_ms});
}

TEST(a_session_ends_by_idleness_a_minute_late_at_most)
{
    struct session session = session_of(1);
    T_EQ_INT(state_at(session, 0), SESSION_LIVE);
    T_EQ_INT(state_at(session, 21 * MINUTE_MS - 1), SESSION_LIVE);
    T_EQ_INT(state_at(session, 21 * MINUTE_MS), SESSION_EXPIRED);
    session.used_at += 30 * MINUTE_MS;
    T_EQ_INT(state_at(session, 51 * MINUTE_MS - 1), SESSION_LIVE);
    T_EQ_INT(state_at(session, 51 * MINUTE_MS), SESSION_EXPIRED);
    session.used_at = 0; /* never reported: from its beginning */
    T_EQ_INT(state_at(session, 20 * MINUTE_MS), SESSION_LIVE);
}

TEST(a_session_ends_after_eight_hours_however_busy)
{
    struct session session = session_of(1);
    session.used_at = session.created_at + SESSION_ABSOLUTE_MS - 1;
    T_EQ_INT(state_at(session, SESSION_ABSOLUTE_MS - 1), SESSION_LIVE);
    T_EQ_INT(state_at(session, SESSION_ABSOLUTE_MS), SESSION_EXPIRED);
    session.expires_at = 0; /* forgotten: the limit holds all the same */
    T_EQ_INT(state_at(session, SESSION_ABSOLUTE_MS), SESSION_EXPIRED);
}

TEST(a_token_ends_only_at_its_date)
{
    struct session token = session_of(1);
    token.is_token = true;
    token.expires_at = 0;
    T_EQ_INT(state_at(token, 900ll * 86400 * 1000), SESSION_LIVE);
    token.expires_at = token.created_at + 5;
    T_EQ_INT(state_at(token, 4), SESSION_LIVE);
    T_EQ_INT(state_at(token, 5), SESSION_EXPIRED);
}

/* ---- rows ---- */

static struct bytes row_of(const struct session *session, uint8_t *room, size_t size)
{
    struct writer out = writer_on(room, size);
    session_write(&out, session);
    T_FALSE(out.failed);
    return writer_bytes(&out);
}

TEST(a_row_is_read_back)
{
    uint8_t room[512];
    struct session want = session_of(9), got;
    want.is_token = true;
    want.last_login_at = 77;
    want.ended = SESSION_REPLACED;
    want.standing = STANDING_HELD;
    snprintf(want.name, sizeof want.name, "掛號系統");
    memset(want.csrf, 0xee, sizeof want.csrf);
    snprintf(want.principal.name, sizeof want.principal.name, "王承辦");
    T_OK(session_read(row_of(&want, room, sizeof room), &got));
    T_TRUE(digest_equal(&got.secret, &want.secret));
    T_TRUE(got.is_token && got.ended == SESSION_REPLACED);
    T_TRUE(got.created_at == want.created_at && got.last_login_at == 77);
    T_TRUE(got.expires_at == want.expires_at && got.used_at == want.used_at);
    T_EQ_MEM(got.csrf, want.csrf, sizeof got.csrf);
    T_EQ_INT(got.standing, STANDING_HELD);
    T_EQ_STR(got.name, "掛號系統");
    T_EQ_INT(got.principal.kind, PRINCIPAL_PERSON);
    T_EQ_STR(got.principal.name, "王承辦");
}

/* As stores hold it that were made before a session knew its subject's standing and a token its
 * name. */
TEST(a_row_of_the_first_format_is_read)
{
    uint8_t room[512];
    struct session want = session_of(9), got;
    struct writer out = writer_on(room, sizeof room);
    size_t began = row_frame_begin(&out, 1);
    write_raw(&out, bytes_of(want.secret.bytes, sizeof want.secret.bytes));
    write_u8(&out, 1);
    write_u8(&out, SESSION_LIVE);
    for (int64_t at = 1; at <= 4; at++)
        write_i64(&out, at);
    write_raw(&out, bytes_of(want.csrf, sizeof want.csrf));
    principal_write(&out, &want.principal);
    row_frame_end(&out, began);
    T_FALSE(out.failed);
    T_OK(session_read(writer_bytes(&out), &got));
    T_TRUE(got.is_token && got.created_at == 1 && got.last_login_at == 2);
    T_TRUE(got.expires_at == 3 && got.used_at == 4 && got.principal.person == 9);
    T_TRUE(got.standing == STANDING_GOOD && got.name[0] == '\0');
}

TEST(every_flipped_bit_of_a_row_is_damage)
{
    uint8_t room[512];
    struct session want = session_of(9), got;
    struct bytes row = row_of(&want, room, sizeof room);
    for (size_t bit = 0; bit < row.size * 8; bit++) {
        room[bit / 8] ^= (uint8_t)(1u << bit % 8);
        T_ERR(session_read(row, &got), ERR_CORRUPT);
        room[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}

TEST(a_session_without_a_secret_is_a_bug)
{
    uint8_t room[512];
    struct session session = {0};
    struct writer out = writer_on(room, sizeof room);
    T_ABORTS(session_write(&out, &session));
}

T_LIST(sessions_test, T(a_session_is_found_by_its_secret), T(the_whole_digest_is_compared),
       T(putting_again_replaces), T(the_first_end_is_the_reason),
       T(random_puts_and_drops_leave_what_they_should), T(every_lack_of_memory_changes_nothing),
       T(a_session_ends_by_idleness_a_minute_late_at_most),
       T(a_session_ends_after_eight_hours_however_busy), T(a_token_ends_only_at_its_date),
       T(a_row_is_read_back), T(a_row_of_the_first_format_is_read),
       T(every_flipped_bit_of_a_row_is_damage), T(a_session_without_a_secret_is_a_bug));
