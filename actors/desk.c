#include "actors/desk.h"
#include "base/check.h"

enum { DESK_QUOTA = 64 * 1024, ENDED_KEEP_MS = 3600 * 1000 };

struct desk_state {
    struct sessions sessions;
    uint16_t loop;
    uint32_t sweep; /* next place to look at for what is long over */
};

const struct sessions *desk_sessions(const void *state)
{
    return state == NULL ? NULL : &((const struct desk_state *)state)->sessions;
}

static void desk_start(void *memory, struct addr self, struct arena *arena)
{
    struct desk_state *desk = memory;
    (void)arena;
    CHECK(self.kind == ACTOR_DESK && self.id <= UINT16_MAX);
    desk->loop = (uint16_t)self.id;
    sessions_init(&desk->sessions);
}

static void desk_stop(void *memory)
{
    struct desk_state *desk = memory;
    sessions_deinit(&desk->sessions);
}

/* Two entries a change: what ended more than an hour ago has told its reason long enough. */
static void desk_sweep(struct desk_state *desk, struct wall now)
{
    for (int i = 0; i < 2 && desk->sessions.count > 0; i++) {
        desk->sweep = desk->sweep < desk->sessions.count ? desk->sweep : 0;
        const struct session *session = &desk->sessions.items[desk->sweep];
        int64_t begun =
            session->used_at > session->created_at ? session->used_at : session->created_at;
        if (!session->is_token && sessions_state(session, now) != SESSION_LIVE &&
            now.ms - begun > ENDED_KEEP_MS + SESSION_IDLE_MS) {
            struct digest secret = session->secret;
            sessions_drop(&desk->sessions, &secret);
        } else {
            desk->sweep++;
        }
    }
}

static void desk_change(struct desk_state *desk, const struct msg *in, struct effects *out)
{
    for (uint32_t i = 0; i < in->u.desk.changes_count; i++) {
        const struct desk_change *change = &in->u.desk.changes[i];
        if (change->how == SESSION_LIVE) {
            const struct session *known = sessions_find(&desk->sessions, &change->session.secret);
            if (known != NULL && known->ended != SESSION_LIVE) {
                continue; /* a repeat that comes behind its end */
            }
            /* Without memory it is not confirmed, so it comes again. */
            if (sessions_put(&desk->sessions, &change->session) == ERR_NO_MEMORY) {
                return;
            }
        } else {
            sessions_end(&desk->sessions, &change->session.secret, change->how);
        }
        desk_sweep(desk, in->now);
    }
    if (in->from.kind == ACTOR_NONE) {
        return; /* the rows of the start: nobody waits */
    }
    struct msg done = {.kind = MSG_DESK_DONE,
                       .to = in->from,
                       .from = {ACTOR_DESK, desk->loop},
                       .sequence = in->sequence,
                       .u.desk_done = {.loop = desk->loop}};
    effect_send(out, &done);
}

static void desk_receive(void *memory, const struct msg *in, struct effects *out)
{
    struct desk_state *desk = memory;
    switch (in->kind) {
    case MSG_DESK_CHANGE: desk_change(desk, in, out); return;
    case MSG_RESTORED:
    case MSG_WAKE: return;
    case MSG_RESTORE_ROW:
    case MSG_TIMER:
    case MSG_WORK_DONE:
    case MSG_DESK_DONE:
    case MSG_CASE_CREATE:
    case MSG_CASE_EDIT:
    case MSG_CASE_DELETE:
    case MSG_LINE_DELETE:
    case MSG_SUBMIT:
    case MSG_WITHDRAW:
    case MSG_DECIDE:
    case MSG_TOKEN_ADD:
    case MSG_TOKEN_REVOKE:
    case MSG_UPLOAD_ADD:
    case MSG_UPLOAD_IMPORT:
    case MSG_UPLOAD_DELETE:
    case MSG_CHALLENGE:
    case MSG_PROOF:
    case MSG_SESSION_TOUCH:
    case MSG_SESSION_END:
    case MSG_CARD_BIND:
    case MSG_ENROL:
    case MSG_SESSIONS_REVIEW:
    case MSG_REGISTRY_PUT:
    case MSG_OUTSIDE_DONE:
    case MSG_TRANSFER_RUN:
    case MSG_TRANSFER_RESEND:
    case MSG_KINDS: break;
    }
    CHECK(in->kind == MSG_DESK_CHANGE);
}

static bool desk_sound(const void *memory)
{
    const struct desk_state *desk = memory;
    return desk->sessions.count <= desk->sessions.capacity;
}

const struct actor_ops desk_ops = {
    .name = "desk",
    .state_size = sizeof(struct desk_state),
    .memory_quota = DESK_QUOTA,
    .keeps =
        true, /* a session put twice is put once; a desk that has not confirmed is asked again */
    .start = desk_start,
    .receive = desk_receive,
    .sound = desk_sound,
    .stop = desk_stop,
};
