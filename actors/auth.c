#include "actors/auth.h"
#include "actors/auth_private.h"
#include "base/check.h"

enum { AUTH_QUOTA = 512 << 20 };

static void auth_start(void *memory, struct addr self, struct arena *arena)
{
    struct auth_state *auth = memory;
    CHECK(self.kind == ACTOR_AUTH);
    auth->memory = arena;
    desk_link_init(&auth->desks, self, arena, TIMER_DESKS);
    index_init(&auth->challenge_by_id, arena);
    index_init(&auth->counter_by_key, arena);
    index_init(&auth->session_by_secret, arena);
    index_init(&auth->session_by_subject, arena);
    index_init(&auth->card_by_binding, arena);
    index_init(&auth->enrolment_by_key, arena);
    index_init(&auth->subject_by_key, arena);
}

static void auth_timer(struct auth_state *auth, const struct msg *in, struct effects *out)
{
    if (in->u.timer.tag == TIMER_DESKS) {
        desk_link_timer(&auth->desks, in, out);
    } else {
        CHECK(in->u.timer.tag == TIMER_SWEEP);
        session_sweep(auth, in, out);
    }
}

static void auth_receive(void *memory, const struct msg *in, struct effects *out)
{
    struct auth_state *auth = memory;
    switch (in->kind) {
    case MSG_RESTORE_ROW: auth_restore_row(auth, in); return;
    case MSG_RESTORED:
        desk_link_begin(&auth->desks, in);
        (void)sessions_look(auth, in, out); /* an import may have run offline; the rest is swept */
        desk_link_settle(&auth->desks, in, out);
        effect_timer(out, TIMER_SWEEP, (struct tick){in->tick.ms + SWEEP_MS});
        return;
    case MSG_WAKE: return;
    case MSG_TIMER: auth_timer(auth, in, out); return;
    case MSG_WORK_DONE: login_proved(auth, in, out); return;
    case MSG_DESK_DONE: desk_link_confirmed(&auth->desks, in, out); return;
    case MSG_CHALLENGE: login_challenge(auth, in, out); return;
    case MSG_PROOF: login_prove(auth, in, out); return;
    case MSG_SESSION_TOUCH: session_touch(auth, in, out); return;
    case MSG_SESSION_END: session_end(auth, in, out); return;
    case MSG_CARD_BIND: card_bind(auth, in, out); return;
    case MSG_ENROL: enrol(auth, in, out); return;
    case MSG_SESSIONS_REVIEW: sessions_review(auth, in, out); return;
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
    case MSG_DESK_CHANGE:
    case MSG_REGISTRY_PUT:
    case MSG_OUTSIDE_DONE:
    case MSG_TRANSFER_RUN:
    case MSG_TRANSFER_RESEND:
    case MSG_KINDS: break;
    }
    CHECK(in->kind == MSG_CHALLENGE);
}

static bool auth_sound(const void *memory)
{
    const struct auth_state *auth = memory;
    return auth->sessions_free <= auth->sessions_count &&
           auth->challenges_next <= auth->challenges_capacity &&
           auth->challenges_capacity <= CHALLENGES_MAX &&
           auth->session_by_secret.count == auth->sessions_count - auth->sessions_free;
}

const struct actor_ops auth_ops = {
    .name = "auth",
    .state_size = sizeof(struct auth_state),
    .memory_quota = AUTH_QUOTA,
    .start = auth_start,
    .receive = auth_receive,
    .sound = auth_sound,
};
