/* How often one may ask for a challenge (AUTH 7.1): so many a minute from an address, 10 a minute
 * from a pre-session. Counted in windows of a minute that begin with the first; in memory, bounded,
 * the oldest counter goes. Nothing here outlives a restart. */
#include "actors/auth_private.h"
#include "base/check.h"

enum { WINDOW_MS = 60 * 1000, PER_PRE_SESSION = 10 };

static struct counter *counter_new(struct auth_state *auth, uint64_t key)
{
    if (auth->counters == NULL) {
        auth->counters = arena_array(auth->memory, COUNTERS_MAX, sizeof *auth->counters);
        if (auth->counters == NULL) {
            return NULL;
        }
    }
    struct counter *counter = &auth->counters[auth->counters_next % COUNTERS_MAX];
    if (counter->count > 0) {
        (void)index_erase(&auth->counter_by_key, counter->key);
    }
    *counter = (struct counter){.key = key};
    if (!index_put(&auth->counter_by_key, key, auth->counters_next % COUNTERS_MAX)) {
        return NULL;
    }
    auth->counters_next++;
    return counter;
}

/* One more of `key` now: 0 if it may, else milliseconds until it may again; -1 without memory. */
static int64_t count_one(struct auth_state *auth, uint64_t key, uint32_t most, int64_t now_ms)
{
    uint32_t at = 0;
    struct counter *counter =
        index_get(&auth->counter_by_key, key, &at) ? &auth->counters[at] : counter_new(auth, key);
    if (counter == NULL) {
        return -1;
    }
    int64_t age = now_ms - counter->begun_at;
    if (counter->count == 0 || age < 0 || age >= WINDOW_MS) { /* a clock set back begins anew */
        counter->begun_at = now_ms;
        counter->count = 0;
        age = 0;
    }
    if (counter->count >= most) {
        return WINDOW_MS - age;
    }
    counter->count++;
    return 0;
}

bool limits_allow(struct auth_state *auth, const struct msg *in, struct effects *out)
{
    int64_t now_ms = in->now.ms;
    int64_t wait =
        count_one(auth, digest_key(&in->u.challenge.pre_session), PER_PRE_SESSION, now_ms);
    if (wait == 0 && !digest_is_none(&in->u.challenge.address)) {
        wait = count_one(auth, digest_key(&in->u.challenge.address), in->u.challenge.per_minute,
                         now_ms);
    }
    if (wait < 0) {
        out->failed = true;
        return false;
    }
    if (wait == 0) {
        return true;
    }
    uint8_t body[4];
    struct writer writer = writer_on(body, sizeof body);
    write_u32(&writer, (uint32_t)((wait + 999) / 1000));
    effect_reply(out, in->ticket, OUTCOME_RATE_LIMITED, writer_bytes(&writer));
    return false;
}
