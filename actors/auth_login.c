/* The way in: a challenge, its signature, a session (AUTH 5.1). The challenge is taken out of
 * memory before any crypto; verifying runs on the pool; what a granted log-in changes is told to
 * every desk before the caller hears of it. */
#include "actors/auth_private.h"
#include "actors/tbs.h"
#include "base/check.h"
#include "model/standing.h"
#include <string.h>

enum { PROOF_INPUT_ROOM = 12 * 1024 };

static void refuse(const struct msg *in, struct effects *out, struct ticket ticket,
                   enum outcome outcome)
{
    (void)in;
    effect_reply(out, ticket, outcome, (struct bytes){0});
}

static size_t challenge_tbs(const struct challenge *challenge, uint8_t *memory)
{
    struct writer out = writer_on(memory, TBS_MAX);
    tbs_write(&out, &(struct tbs){
                        .audience = bytes_of(challenge->audience, challenge->audience_size),
                        .role = challenge->role,
                        .id = challenge->id,
                        .nonce = challenge->nonce,
                        .sb = challenge->sb,
                        .id_no = challenge->id_no,
                        .issued_at = challenge->issued_at,
                        .expires_at = challenge->expires_at,
                    });
    CHECK(!out.failed);
    return out.size;
}

void login_challenge(struct auth_state *auth, const struct msg *in, struct effects *out)
{
    CHECK(in->u.challenge.audience.size <= AUDIENCE_MAX);
    CHECK(in->u.challenge.id_no_text.size <= ID_NO_TEXT_MAX);
    if (!limits_allow(auth, in, out)) {
        return;
    }
    struct challenge *challenge = auth_new_challenge(auth);
    if (challenge == NULL) {
        out->failed = true;
        return;
    }
    challenge->role = in->u.challenge.role;
    memcpy(challenge->id, in->u.challenge.id, sizeof challenge->id);
    memcpy(challenge->nonce, in->u.challenge.nonce, sizeof challenge->nonce);
    memcpy(challenge->sb, in->u.challenge.sb, sizeof challenge->sb);
    challenge->pre_session = in->u.challenge.pre_session;
    challenge->issued_at = in->now.ms;
    challenge->expires_at = in->now.ms + CHALLENGE_LIFE_MS;
    challenge->audience_size = (uint8_t)in->u.challenge.audience.size;
    memcpy(challenge->audience, in->u.challenge.audience.data, in->u.challenge.audience.size);
    if (in->u.challenge.id_no_text.size > 0) {
        memcpy(challenge->id_no, in->u.challenge.id_no_text.data, in->u.challenge.id_no_text.size);
        challenge->id_no_lookup = in->u.challenge.id_no;
    }
    uint64_t key = 0;
    memcpy(&key, challenge->id, sizeof key);
    if (!index_put(&auth->challenge_by_id, key, auth->challenges_next)) {
        out->failed = true;
        return;
    }
    auth->challenges_next++;
    uint8_t tbs[TBS_MAX];
    size_t size = challenge_tbs(challenge, tbs);
    uint8_t body[TBS_MAX + 32];
    struct writer writer = writer_on(body, sizeof body);
    challenge_reply_write(&writer, &(struct challenge_reply){.tbs = bytes_of(tbs, size),
                                                             .expires_at = challenge->expires_at});
    CHECK(!writer.failed);
    effect_reply(out, in->ticket, OUTCOME_OK, writer_bytes(&writer));
}

/* Burns the challenge, whatever it was worth. False: unknown, used, expired, another browser's. */
static bool challenge_take(struct auth_state *auth, const struct msg *in, struct challenge *taken)
{
    struct challenge *challenge = auth_challenge(auth, in->u.proof.id);
    if (challenge == NULL) {
        return false;
    }
    *taken = *challenge;
    uint64_t key = 0;
    memcpy(&key, challenge->id, sizeof key);
    bool erased = index_erase(&auth->challenge_by_id, key);
    CHECK(erased);
    challenge->role = 0;
    return in->now.ms <= taken->expires_at &&
           digest_equal(&taken->pre_session, &in->u.proof.pre_session) &&
           bytes_equal(bytes_of(taken->audience, taken->audience_size), in->u.proof.audience);
}

static uint32_t proof_place(struct auth_state *auth)
{
    if (auth->proofs == NULL) {
        auth->proofs = arena_array(auth->memory, PROOFS_MAX, sizeof *auth->proofs);
    }
    for (uint32_t i = 0; auth->proofs != NULL && i < PROOFS_MAX; i++) {
        if (!auth->proofs[i].live) {
            return i;
        }
    }
    return AUTH_NONE;
}

void login_prove(struct auth_state *auth, const struct msg *in, struct effects *out)
{
    struct challenge challenge;
    if (!challenge_take(auth, in, &challenge)) {
        refuse(in, out, in->ticket, OUTCOME_AUTH_CHALLENGE);
        return;
    }
    uint32_t place = proof_place(auth);
    if (place == AUTH_NONE || !desk_link_has_room(&auth->desks, 8)) {
        refuse(in, out, in->ticket, OUTCOME_OVERLOADED);
        return;
    }
    uint8_t *memory = effect_alloc(out, PROOF_INPUT_ROOM);
    if (memory == NULL) {
        return;
    }
    uint8_t tbs[TBS_MAX];
    size_t size = challenge_tbs(&challenge, tbs);
    struct writer writer = writer_on(memory, PROOF_INPUT_ROOM);
    proof_input_write(&writer, &(struct proof_input){.role = challenge.role,
                                                     .now = in->now.ms,
                                                     .tbs = bytes_of(tbs, size),
                                                     .certificate = in->u.proof.certificate,
                                                     .signature = in->u.proof.signature});
    if (writer.failed) {
        refuse(in, out, in->ticket, OUTCOME_AUTH_CERT_PARSE);
        return;
    }
    struct proof *proof = &auth->proofs[place];
    *proof = (struct proof){.live = true,
                            .ticket = in->ticket,
                            .role = challenge.role,
                            .id_no_lookup = challenge.id_no_lookup};
    memcpy(proof->secret_hash, in->u.proof.secret_hash, sizeof proof->secret_hash);
    memcpy(proof->csrf, in->u.proof.csrf, sizeof proof->csrf);
    memcpy(proof->id_no, challenge.id_no, sizeof proof->id_no);
    effect_work(out, place, JOB_PROOF, writer_bytes(&writer));
}

/* ---- what the pool found ---- */

static enum card_role card_role_of(enum card_role asked)
{
    return asked == ROLE_OPS ? ROLE_BUREAU : asked; /* both are citizen cards */
}

/* First use (AUTH 5.3, 4): the card's key has signed the claim to this ID number; name and last
 * four digits in the certificate must be those of the one person the registry knows under it. */
static struct card *enrol_first(struct auth_state *auth, const struct msg *in, struct effects *out,
                                const struct proof *proof, const struct proof_output *found)
{
    if (proof->role != ROLE_PERSON || proof->id_no[0] == '\0') {
        return NULL;
    }
    const struct person *person = facts_person_by_lookup(in->facts, &proof->id_no_lookup);
    struct bytes tail = bytes_of(proof->id_no + ID_NO_TEXT_MAX - 4, 4);
    if (person == NULL || !bytes_equal(person->name, found->name) ||
        !bytes_equal(tail, found->id_tail)) {
        return NULL;
    }
    struct card card = {.binding = found->card, .role = ROLE_PERSON, .subject = person->id};
    struct card *added = auth_add_card(auth, &card);
    if (added == NULL) {
        out->failed = true;
        return NULL;
    }
    auth_put_card(out, added);
    struct principal actor = {.kind = PRINCIPAL_PERSON, .method = METHOD_HCA, .person = person->id};
    auth_audit(in, out, &actor, AUDIT_CARD_BIND, person->id, found->fingerprint);
    return added;
}

/* Who this is (AUTH 5.1 row 13). A suspended or closed person or institution may sign in. */
static enum outcome principal_of(struct auth_state *auth, const struct msg *in, enum card_role role,
                                 const struct card *card, struct principal *who)
{
    *who = (struct principal){.method = METHOD_HCA, .rights = RIGHTS_ALL};
    if (role == ROLE_PERSON) {
        const struct person *person = facts_person(in->facts, card->subject);
        who->kind = PRINCIPAL_PERSON;
        who->person = card->subject;
        who->institution = person == NULL ? 0 : person->home;
    }
    if (role == ROLE_INSTITUTION) {
        who->kind = PRINCIPAL_INSTITUTION;
        who->institution = card->subject;
    }
    if (role == ROLE_PERSON || role == ROLE_INSTITUTION) {
        bool out = standing_of(who, in->facts, taipei_day(in->now)) == STANDING_OUT;
        return out ? OUTCOME_AUTH_ACCOUNT : OUTCOME_OK;
    }
    const struct enrolment *enrolment = auth_enrolment(auth, role, card->subject);
    if (enrolment == NULL) {
        return OUTCOME_AUTH_NOT_ENROLLED;
    }
    who->kind = role == ROLE_BUREAU ? PRINCIPAL_BUREAU : PRINCIPAL_OPS;
    who->person = card->subject;
    who->county = enrolment->county;
    memcpy(who->name, enrolment->name, sizeof who->name);
    return OUTCOME_OK;
}

static void subject_failed(struct subject *subject, const struct msg *in, struct effects *out,
                           const struct principal *who)
{
    subject->failures++;
    if (subject->failures >= FAILURES_MAX) {
        subject->failures = 0;
        subject->locked_until = in->now.ms + LOCK_MS;
        auth_audit(in, out, who, AUDIT_LOCK, subject->key, (struct bytes){0});
    }
    auth_put_subject(out, subject);
}

static bool subject_locked(const struct subject *subject, const struct msg *in, struct effects *out,
                           struct ticket ticket)
{
    if (subject->locked_until <= in->now.ms) {
        return false;
    }
    uint8_t body[4];
    struct writer writer = writer_on(body, sizeof body);
    write_u32(&writer, (uint32_t)((subject->locked_until - in->now.ms + 999) / 1000));
    effect_reply(out, ticket, OUTCOME_RATE_LIMITED, writer_bytes(&writer));
    return true;
}

/* A fourth log-in ends the oldest session (API 2). */
static void replace_oldest(struct auth_state *auth, struct effects *out, uint64_t subject)
{
    uint32_t count = 0;
    struct session_slot *oldest = NULL;
    for (struct session_slot *slot = auth_first_of_subject(auth, subject); slot != NULL;
         slot = auth_next_of_subject(auth, slot)) {
        count++;
        if (oldest == NULL || slot->session.created_at <= oldest->session.created_at) {
            oldest = slot;
        }
    }
    if (count < SESSIONS_PER_SUBJECT) {
        return;
    }
    desk_link_add(&auth->desks, SESSION_REPLACED, &oldest->session);
    auth_erase_session(out, &oldest->session);
    auth_drop_session(auth, oldest);
}

static void session_begin(struct auth_state *auth, const struct msg *in, struct effects *out,
                          const struct proof *proof, struct principal *who, struct subject *subject,
                          struct bytes fingerprint)
{
    replace_oldest(auth, out, subject->key);
    who->session = in->entropy == 0 ? 1 : in->entropy;
    struct session session = {.standing = standing_of(who, in->facts, taipei_day(in->now)),
                              .principal = *who,
                              .created_at = in->now.ms,
                              .last_login_at = subject->last_login_at,
                              .expires_at = in->now.ms + SESSION_ABSOLUTE_MS,
                              .used_at = in->now.ms};
    memcpy(session.secret.bytes, proof->secret_hash, sizeof session.secret.bytes);
    memcpy(session.csrf, proof->csrf, sizeof session.csrf);
    if (auth_add_session(auth, &session) == NULL) {
        out->failed = true;
        return;
    }
    auth_put_session(out, &session);
    subject->failures = 0;
    subject->last_login_at = in->now.ms;
    auth_put_subject(out, subject);
    auth_audit(in, out, who, AUDIT_LOGIN, who->session, fingerprint);
    desk_link_add(&auth->desks, SESSION_LIVE, &session);
    uint8_t body[DESK_ANSWER_MAX];
    struct writer writer = writer_on(body, sizeof body);
    login_reply_write(&writer, &(struct login_reply){.principal = *who,
                                                     .last_login_at = session.last_login_at,
                                                     .created_at = session.created_at,
                                                     .expires_at = session.expires_at});
    CHECK(!writer.failed);
    struct msg as_asked = *in;
    as_asked.ticket = proof->ticket;
    desk_link_tell(&auth->desks, &as_asked, out, OUTCOME_OK, writer_bytes(&writer));
}

void login_proved(struct auth_state *auth, const struct msg *in, struct effects *out)
{
    CHECK(in->u.work.tag < PROOFS_MAX && auth->proofs != NULL);
    struct proof proof = auth->proofs[in->u.work.tag];
    CHECK(proof.live);
    auth->proofs[in->u.work.tag].live = false;
    struct proof_output found;
    if (in->u.work.err != ERR_OK || !proof_output_read(in->u.work.result, &found)) {
        refuse(in, out, proof.ticket, OUTCOME_OVERLOADED);
        return;
    }
    bool believed = found.outcome == OUTCOME_OK || found.outcome == OUTCOME_AUTH_SIGNATURE;
    struct card *card = believed ? auth_card(auth, &found.card) : NULL;
    if (card == NULL && found.outcome == OUTCOME_OK) {
        card = enrol_first(auth, in, out, &proof, &found);
        found.outcome = card == NULL ? OUTCOME_AUTH_NOT_ENROLLED : OUTCOME_OK;
    }
    if (card == NULL) {
        refuse(in, out, proof.ticket, found.outcome);
        return;
    }
    if (card_role_of(card->role) != card_role_of(proof.role)) {
        refuse(in, out, proof.ticket, OUTCOME_AUTH_CARD_KIND);
        return;
    }
    struct principal who;
    enum outcome outcome = principal_of(auth, in, proof.role, card, &who);
    struct subject *subject = auth_subject(auth, subject_key(proof.role, card->subject));
    if (subject == NULL) {
        out->failed = true;
        return;
    }
    if (subject_locked(subject, in, out, proof.ticket)) {
        return;
    }
    if (found.outcome != OUTCOME_OK) {
        subject_failed(subject, in, out, &who);
        refuse(in, out, proof.ticket, found.outcome);
    } else if (outcome != OUTCOME_OK) {
        refuse(in, out, proof.ticket, outcome);
    } else if (!desk_link_has_room(&auth->desks, 2)) {
        refuse(in, out, proof.ticket, OUTCOME_OVERLOADED);
    } else {
        session_begin(auth, in, out, &proof, &who, subject, found.fingerprint);
    }
}
