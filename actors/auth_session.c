/* Sessions in use and their end (AUTH 5.5). */
#include "actors/auth_private.h"
#include "base/check.h"
#include "model/standing.h"
#include <string.h>

enum { SWEEP_SLOTS = 256, REVIEW_ENDS = 256 };

static void session_finish(struct auth_state *auth, struct effects *out, struct session_slot *slot,
                           enum session_end how)
{
    desk_link_add(&auth->desks, how, &slot->session);
    auth_erase_session(out, &slot->session);
    auth_drop_session(auth, slot);
}

/* Each loop reports last use at most once a minute a session; nobody waits for it. */
void session_touch(struct auth_state *auth, const struct msg *in, struct effects *out)
{
    struct session_slot *slot = auth_session(auth, &in->u.session.secret);
    if (slot == NULL || slot->session.used_at >= in->now.ms ||
        !desk_link_has_room(&auth->desks, 1)) {
        effect_reply(out, in->ticket, slot == NULL ? OUTCOME_NOT_FOUND : OUTCOME_OK,
                     (struct bytes){0});
        return;
    }
    slot->session.used_at = in->now.ms;
    auth_put_session(out, &slot->session);
    desk_link_add(&auth->desks, SESSION_LIVE, &slot->session);
    desk_link_tell(&auth->desks, in, out, OUTCOME_OK, (struct bytes){0});
}

static struct session_slot *session_meant(struct auth_state *auth, const struct msg *in)
{
    if (in->u.session.session == 0) {
        return auth_session(auth, &in->u.session.secret);
    }
    uint64_t subject = subject_key_of(&in->principal);
    for (struct session_slot *slot = auth_first_of_subject(auth, subject); slot != NULL;
         slot = auth_next_of_subject(auth, slot)) {
        if (slot->session.principal.session == in->u.session.session) {
            return slot;
        }
    }
    return NULL;
}

/* Log-out, or the end of another one of one's own sessions. A repeat waits for every desk like the
 * first (DESIGN 16). */
void session_end(struct auth_state *auth, const struct msg *in, struct effects *out)
{
    struct session_slot *slot = session_meant(auth, in);
    if (!desk_link_has_room(&auth->desks, 1)) {
        effect_reply(out, in->ticket, OUTCOME_OVERLOADED, (struct bytes){0});
        return;
    }
    if (slot == NULL && in->u.session.session != 0) {
        effect_reply(out, in->ticket, OUTCOME_NOT_FOUND, (struct bytes){0});
        return;
    }
    if (slot != NULL) {
        auth_audit(in, out, &in->principal, AUDIT_LOGOUT, slot->session.principal.session,
                   (struct bytes){0});
        session_finish(auth, out, slot, SESSION_ENDED);
    }
    desk_link_tell(&auth->desks, in, out, OUTCOME_DELETED, (struct bytes){0});
}

static bool session_is_admitted(const struct session_slot *slot, const struct msg *in)
{
    return standing_admits(&slot->session, in->facts, taipei_day(in->now));
}

static void session_put_out(struct auth_state *auth, const struct msg *in, struct effects *out,
                            struct session_slot *slot)
{
    static const struct principal server = {.kind = PRINCIPAL_SYSTEM, .method = METHOD_SYSTEM};
    auth_audit(in, out, &server, AUDIT_LOGOUT, slot->session.principal.session, (struct bytes){0});
    session_finish(auth, out, slot, SESSION_ENDED);
}

bool sessions_look(struct auth_state *auth, const struct msg *in, struct effects *out)
{
    uint32_t ended = 0;
    for (uint32_t i = 0; i < auth->sessions_count; i++) {
        struct session_slot *slot = &auth->sessions[i];
        if (digest_is_none(&slot->session.secret) || session_is_admitted(slot, in)) {
            continue;
        }
        if (ended == REVIEW_ENDS || !desk_link_has_room(&auth->desks, 1)) {
            return true;
        }
        session_put_out(auth, in, out, slot);
        ended++;
    }
    return false;
}

/* An import has changed the registry, and every loop decides on the new facts. Answered when every
 * desk has heard of the ends (AUTH 5.5). */
void sessions_review(struct auth_state *auth, const struct msg *in, struct effects *out)
{
    if (!desk_link_has_room(&auth->desks, 1)) {
        effect_reply(out, in->ticket, OUTCOME_OVERLOADED, (struct bytes){0});
        return;
    }
    uint8_t more = sessions_look(auth, in, out) ? 1 : 0;
    if (!desk_link_has_room(&auth->desks, 0)) {
        effect_reply(out, in->ticket, OUTCOME_OVERLOADED, (struct bytes){0});
        return;
    }
    desk_link_tell(&auth->desks, in, out, OUTCOME_OK, bytes_of(&more, 1));
}

/* Rows of sessions that ran out are taken away, some at a time. Desks judge the limits themselves.
 */
void session_sweep(struct auth_state *auth, const struct msg *in, struct effects *out)
{
    for (uint32_t i = 0; i < SWEEP_SLOTS && i < auth->sessions_count; i++) {
        auth->sweep_next = auth->sweep_next < auth->sessions_count ? auth->sweep_next : 0;
        struct session_slot *slot = &auth->sessions[auth->sweep_next++];
        if (digest_is_none(&slot->session.secret)) {
            continue;
        }
        /* A status holds from its day on: nobody imports anything that night. */
        if (!session_is_admitted(slot, in) && desk_link_has_room(&auth->desks, 1)) {
            session_put_out(auth, in, out, slot);
            continue;
        }
        if (sessions_state(&slot->session, in->now) == SESSION_LIVE) {
            continue;
        }
        auth_erase_session(out, &slot->session);
        auth_drop_session(auth, slot);
    }
    desk_link_push(&auth->desks, in, out);
    effect_timer(out, TIMER_SWEEP, (struct tick){in->tick.ms + SWEEP_MS});
}

/* ---- set-up: cards that are known, officers that are enrolled ---- */

void card_bind(struct auth_state *auth, const struct msg *in, struct effects *out)
{
    struct card card = {
        .binding = in->u.bind.card, .role = in->u.bind.role, .subject = in->u.bind.subject};
    const struct card *added = auth_add_card(auth, &card);
    if (added == NULL) {
        out->failed = true;
        return;
    }
    auth_put_card(out, added);
    auth_audit(in, out, &in->principal, AUDIT_CARD_BIND, card.subject, (struct bytes){0});
    effect_reply(out, in->ticket, OUTCOME_OK, (struct bytes){0});
}

void enrol(struct auth_state *auth, const struct msg *in, struct effects *out)
{
    struct enrolment enrolment = {
        .role = in->u.enrol.role, .subject = in->u.enrol.subject, .county = in->u.enrol.county};
    CHECK(in->u.enrol.name.size <= OFFICER_NAME_MAX);
    memcpy(enrolment.name, in->u.enrol.name.data, in->u.enrol.name.size);
    const struct enrolment *added = auth_add_enrolment(auth, &enrolment);
    if (added == NULL) {
        out->failed = true;
        return;
    }
    auth_put_enrolment(out, added);
    auth_audit(in, out, &in->principal, AUDIT_ENROL, enrolment.subject, (struct bytes){0});
    effect_reply(out, in->ticket, OUTCOME_OK, (struct bytes){0});
}
