/* Log-ins, sessions, tokens: what was answered as begun holds on the desk of every loop, what was
 * answered as ended on none, from that moment on and through crashes (I12, DESIGN 16 *Sessions*).
 */
#include "actors/auth.h"
#include "base/check.h"
#include "tests/sim/oracle_private.h"
#include <stdlib.h>

enum {
    SESSIONS_FIRST = 64,
    SURE_MS = 15 * 60 * 1000, /* younger than any limit: must be live */
    LOCKED_SURE_MS = 13 * 60 * 1000
};

static struct session_note *note_of(const struct world *world, uint32_t session)
{
    CHECK(session > 0 && session <= world->oracle->sessions_count);
    return &world->oracle->sessions[session - 1];
}

uint32_t oracle_session_new(struct world *world, uint32_t subject, bool is_token,
                            const struct digest *secret)
{
    struct oracle *oracle = world->oracle;
    if (oracle->sessions_count == oracle->sessions_capacity) {
        oracle->sessions_capacity =
            oracle->sessions_capacity == 0 ? SESSIONS_FIRST : oracle->sessions_capacity * 2;
        oracle->sessions =
            reallocarray(oracle->sessions, oracle->sessions_capacity, sizeof *oracle->sessions);
        CHECK(oracle->sessions != NULL);
    }
    oracle->sessions[oracle->sessions_count++] =
        (struct session_note){.secret = *secret, .subject = subject, .is_token = is_token};
    return oracle->sessions_count;
}

struct digest oracle_secret(const struct world *world, uint32_t session)
{
    return note_of(world, session)->secret;
}

bool oracle_session_usable(const struct world *world, uint32_t session)
{
    return note_of(world, session)->belief != BELIEF_ENDED && !note_of(world, session)->refused;
}

/* ---- what every desk must say ---- */

static bool note_is_sure(const struct world *world, const struct session_note *note)
{
    return note->belief == BELIEF_BEGUN &&
           (note->is_token || world_wall(world).ms - note->begun_ms < SURE_MS);
}

static void desk_check(struct world *world, uint32_t number, uint16_t loop)
{
    const struct session_note *note = note_of(world, number);
    struct principal who;
    enum session_end how = door_session(world, loop, &note->secret, &who);
    const char *thing = note->is_token ? "token" : "session";
    if (note_is_sure(world, note) && how != SESSION_LIVE) {
        world_fail(world, "I12", "%s %u of client %u was answered as begun, but loop %u has it not",
                   thing, number, note->subject, loop);
    } else if (note->belief == BELIEF_ENDED && how == SESSION_LIVE) {
        world_fail(world, "I12", "%s %u of client %u was answered as ended, but loop %u lets it in",
                   thing, number, note->subject, loop);
    }
}

void oracle_desks(struct world *world)
{
    for (uint32_t number = 1; number <= world->oracle->sessions_count; number++) {
        for (uint16_t loop = 0; loop < world->plan.shards; loop++) {
            desk_check(world, number, loop);
        }
    }
}

void oracle_door(struct world *world, const struct ask *ask, uint16_t loop, enum session_end how,
                 const struct principal *who)
{
    desk_check(world, ask->session, loop);
    if (how != SESSION_LIVE) {
        note_of(world, ask->session)->refused = true;
    } else if (!oracle_actor_is(world, ask->client, who)) {
        world_fail(world, "I11", "the session of client %u is somebody else's on loop %u",
                   ask->client, loop);
    }
}

/* ---- log-in ---- */

/* Sessions of this subject that may be live. */
static uint32_t sessions_possible(const struct oracle *oracle, uint32_t subject)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < oracle->sessions_count; i++) {
        const struct session_note *note = &oracle->sessions[i];
        count += !note->is_token && note->subject == subject && note->belief != BELIEF_ENDED;
    }
    return count;
}

/* A log-in that may be the fourth may end an older session: until it is known nothing is demanded
 * of them. The ask remembers which one it must be if all three were known (API 2: the oldest). */
static void proof_sent(struct world *world, struct ask *ask)
{
    struct oracle *oracle = world->oracle;
    uint32_t begun = 0;
    uint32_t unsure = 0;
    uint32_t oldest = 0;
    bool tied = false; /* in the same millisecond: either may be taken for the oldest */
    for (uint32_t i = 0; i < oracle->sessions_count; i++) {
        const struct session_note *note = &oracle->sessions[i];
        if (note->is_token || note->subject != ask->subject || note->belief == BELIEF_ENDED) {
            continue;
        }
        unsure += note->belief == BELIEF_UNSURE ? 1 : 0;
        begun += note->belief == BELIEF_BEGUN ? 1 : 0;
        if (note->belief != BELIEF_BEGUN) {
            continue;
        }
        int64_t least = oldest == 0 ? INT64_MAX : note_of(world, oldest)->begun_ms;
        tied = note->begun_ms == least || (tied && note->begun_ms > least);
        oldest = note->begun_ms < least ? i + 1 : oldest;
    }
    if (!ask->faulty) { /* it may succeed unheard, which ends the row of failures */
        oracle->subjects[ask->subject].failures = 0;
    }
    ask->replaces = 0;
    ask->ends_seen = oracle->subjects[ask->subject].ends;
    if (begun + unsure >= SESSIONS_PER_SUBJECT) {
        bool known = unsure == 0 && begun == SESSIONS_PER_SUBJECT && !tied;
        ask->replaces = known ? oldest : 0;
        for (uint32_t i = 0; i < oracle->sessions_count; i++) {
            struct session_note *note = &oracle->sessions[i];
            if (!note->is_token && note->subject == ask->subject && note->belief == BELIEF_BEGUN) {
                note->belief = BELIEF_UNSURE;
            }
        }
    }
    ask->version = oracle_session_new(world, ask->subject, false, &ask->fresh);
}

static void proof_succeeded(struct world *world, const struct ask *ask, struct bytes body)
{
    struct login_reply reply;
    if (!login_reply_read(body, &reply) || !oracle_actor_is(world, ask->client, &reply.principal)) {
        world_fail(world, "I12", "the log-in of client %u was answered for somebody else",
                   ask->client);
        return;
    }
    struct subject_note *subject = &world->oracle->subjects[ask->subject];
    int64_t now = world_wall(world).ms;
    if (ask->faulty) {
        world_fail(world, "I12", "client %u signed in with a signature that is not its card's",
                   ask->client);
    }
    if (subject->locked_ms != 0 && now - subject->locked_ms < LOCKED_SURE_MS) {
        world_fail(world, "I12",
                   "client %u failed five times in a row and signed in within the fifteen minutes",
                   ask->client);
    }
    subject->failures = 0;
    struct session_note *note = note_of(world, ask->version);
    /* Where the clock was set back, the newest session may look like the oldest, and a log-in that
     * is still on its way may end it. */
    bool may_be_oldest = world->clock_set_back &&
                         sessions_possible(world->oracle, ask->subject) > SESSIONS_PER_SUBJECT;
    note->belief = may_be_oldest ? BELIEF_UNSURE : BELIEF_BEGUN;
    note->begun_ms = reply.created_at;
    bool is_fourth = ask->ends_seen == subject->ends; /* nobody logged out meanwhile */
    if (ask->replaces != 0 && is_fourth && !world->clock_set_back) {
        note_of(world, ask->replaces)->belief = BELIEF_ENDED;
    }
}

static void proof_heard(struct world *world, struct ask *ask, enum outcome outcome,
                        struct bytes body)
{
    struct subject_note *subject = &world->oracle->subjects[ask->subject];
    if (outcome == OUTCOME_OK) {
        proof_succeeded(world, ask, body);
    } else if (outcome == OUTCOME_AUTH_SIGNATURE) {
        if (!ask->faulty) {
            world_fail(world, "I12", "client %u signed rightly and was told otherwise",
                       ask->client);
        }
        if (++subject->failures >= FAILURES_MAX) {
            subject->failures = 0;
            subject->locked_ms = world_wall(world).ms;
        }
        note_of(world, ask->version)->belief = BELIEF_ENDED;
    } else if (outcome == OUTCOME_RATE_LIMITED || outcome == OUTCOME_AUTH_CHALLENGE ||
               outcome == OUTCOME_AUTH_NOT_ENROLLED) {
        subject->failures = 0;
        note_of(world, ask->version)->belief = BELIEF_ENDED;
    } else if (outcome != OUTCOME_OVERLOADED && outcome != OUTCOME_READ_ONLY) {
        world_fail(world, "I12", "the log-in of client %u: nobody expects %s", ask->client,
                   outcome_name(outcome));
    }
    /* 503: durable or not, the desks may not all have confirmed. */
}

/* ---- in ---- */

void oracle_auth_sent(struct world *world, struct ask *ask)
{
    if (ask->kind == ASK_PROOF) {
        proof_sent(world, ask);
    } else if (ask->kind == ASK_LOGOUT || ask->kind == ASK_TOKEN_REVOKE) {
        struct session_note *note = note_of(world, ask->version);
        note->belief = note->belief == BELIEF_BEGUN ? BELIEF_UNSURE : note->belief;
        world->oracle->subjects[note->subject].ends++;
    }
}

void oracle_auth_heard(struct world *world, struct ask *ask, enum outcome outcome,
                       struct bytes body)
{
    if (ask->kind == ASK_PROOF) {
        proof_heard(world, ask, outcome, body);
    } else if (ask->kind == ASK_LOGOUT || ask->kind == ASK_TOKEN_REVOKE) {
        if (outcome == OUTCOME_DELETED) {
            note_of(world, ask->version)->belief = BELIEF_ENDED;
        }
    } else if (ask->kind == ASK_TOKEN_ADD && outcome == OUTCOME_CREATED) {
        note_of(world, ask->version)->belief = BELIEF_BEGUN;
        note_of(world, ask->version)->begun_ms = world_wall(world).ms;
    }
    if (world->up) {
        oracle_desks(world);
    }
}

/* ---- the rows ---- */

static bool row_is_there(struct world *world, const struct session_note *note)
{
    struct row_key key = key_of_digest(&note->secret);
    struct bytes value;
    return disk_get(&world->disk, note->is_token ? TABLE_TOKEN : TABLE_SESSION, row_key_bytes(&key),
                    &value);
}

void oracle_look_sessions(struct world *world, const char *when)
{
    for (uint32_t number = 1; number <= world->oracle->sessions_count; number++) {
        const struct session_note *note = note_of(world, number);
        if (note_is_sure(world, note) && !row_is_there(world, note)) {
            world_fail(world, "I12", "%s session or token %u of client %u is lost", when, number,
                       note->subject);
        } else if (note->belief == BELIEF_ENDED && row_is_there(world, note)) {
            world_fail(world, "I12",
                       "%s session or token %u of client %u, which was ended, is back", when,
                       number, note->subject);
        }
    }
    if (world->up) {
        oracle_desks(world);
    }
}
