/* What the files of the auth actor share. Everything lies in the actor's arena. */
#pragma once
#include "actors/auth.h"
#include "actors/desk_link.h"
#include "actors/index.h"
#include "rt/payload.h"

#define AUTH_NONE UINT32_MAX

enum auth_timer { TIMER_DESKS = 1, TIMER_SWEEP = 2 };
enum { SWEEP_MS = 60 * 1000, ID_NO_TEXT_MAX = 10, COUNTERS_MAX = 20000 };

struct challenge {
    uint8_t id[16], nonce[32];
    struct digest pre_session;
    uint8_t sb[32];
    enum card_role role; /* 0: free */
    int64_t issued_at, expires_at;
    uint8_t audience_size;
    char audience[AUDIENCE_MAX];
    char id_no[ID_NO_TEXT_MAX + 1]; /* first-use enrolment; empty without */
    struct digest id_no_lookup;
};

struct counter { /* of challenges asked for by one address or pre-session; count 0: free */
    uint64_t key;
    int64_t begun_at;
    uint32_t count;
};

struct proof { /* between PROOF and its WORK_DONE */
    bool live;
    struct ticket ticket;
    enum card_role role;
    uint8_t secret_hash[16], csrf[32];
    char id_no[ID_NO_TEXT_MAX + 1];
    struct digest id_no_lookup;
};

struct session_slot {
    struct session session; /* secret none: free */
    uint64_t subject;
    uint32_t next_of_subject;
};

struct card {
    struct digest binding;
    enum card_role role;
    uint64_t subject;
};

struct enrolment { /* an officer of a bureau, or an operator */
    enum card_role role;
    uint64_t subject;
    uint32_t county;
    char name[OFFICER_NAME_MAX + 1];
};

struct subject { /* counters of one who logs in (AUTH 5.6); a row each */
    uint64_t key;
    uint32_t failures;
    int64_t locked_until, last_login_at;
};

struct auth_state {
    struct arena *memory;
    struct desk_link desks;
    struct challenge *challenges; /* ring; the oldest goes (DESIGN 10) */
    uint32_t challenges_next, challenges_capacity;
    struct index challenge_by_id;
    struct counter *counters; /* ring */
    uint32_t counters_next;
    struct index counter_by_key;
    struct proof *proofs;
    struct session_slot *sessions;
    uint32_t sessions_count, sessions_capacity, sessions_free, sweep_next;
    struct index session_by_secret, session_by_subject;
    struct card *cards;
    uint32_t cards_count, cards_capacity;
    struct index card_by_binding;
    struct enrolment *enrolments;
    uint32_t enrolments_count, enrolments_capacity;
    struct index enrolment_by_key;
    struct subject *subjects;
    uint32_t subjects_count, subjects_capacity;
    struct index subject_by_key;
};

/* ---- auth_memory.c ---- */
uint64_t subject_key(enum card_role role, uint64_t subject);
uint64_t subject_key_of(const struct principal *principal);
bool auth_grow(struct auth_state *auth, void **items, uint32_t count, uint32_t *capacity,
               size_t size);
uint64_t digest_key(const struct digest *digest);
struct session_slot *auth_session(struct auth_state *auth, const struct digest *secret);
struct session_slot *auth_add_session(struct auth_state *auth, const struct session *session);
void auth_drop_session(struct auth_state *auth, struct session_slot *slot);
struct session_slot *auth_first_of_subject(struct auth_state *auth, uint64_t subject);
struct session_slot *auth_next_of_subject(struct auth_state *auth, const struct session_slot *slot);
struct card *auth_card(struct auth_state *auth, const struct digest *binding);
struct card *auth_add_card(struct auth_state *auth, const struct card *card);
struct enrolment *auth_enrolment(struct auth_state *auth, enum card_role role, uint64_t subject);
struct enrolment *auth_add_enrolment(struct auth_state *auth, const struct enrolment *enrolment);
struct subject *auth_subject(struct auth_state *auth,
                             uint64_t key); /* made if absent; NULL: memory */
struct challenge *auth_new_challenge(struct auth_state *auth);
struct challenge *auth_challenge(struct auth_state *auth, const uint8_t id[16]);

/* ---- rows: bytes ---- */
void auth_put_session(struct effects *out, const struct session *session);
void auth_erase_session(struct effects *out, const struct session *session);
void auth_put_card(struct effects *out, const struct card *card);
void auth_put_enrolment(struct effects *out, const struct enrolment *enrolment);
void auth_put_subject(struct effects *out, const struct subject *subject);
void auth_restore_row(struct auth_state *auth, const struct msg *in);
void auth_audit(const struct msg *in, struct effects *out, const struct principal *actor,
                enum audit_action action, uint64_t subject, struct bytes evidence);

/* auth_limits.c: false: refused with the seconds to wait, or `out` has failed. */
bool limits_allow(struct auth_state *auth, const struct msg *in, struct effects *out);

/* ---- the verbs ---- */
void login_challenge(struct auth_state *auth, const struct msg *in, struct effects *out);
void login_prove(struct auth_state *auth, const struct msg *in, struct effects *out);
void login_proved(struct auth_state *auth, const struct msg *in, struct effects *out);
void session_touch(struct auth_state *auth, const struct msg *in, struct effects *out);
void session_end(struct auth_state *auth, const struct msg *in, struct effects *out);
void session_sweep(struct auth_state *auth, const struct msg *in, struct effects *out);
/* Ends sessions that the registry no longer admits, as many as have room; true if there are more.
 */
bool sessions_look(struct auth_state *auth, const struct msg *in, struct effects *out);
void sessions_review(struct auth_state *auth, const struct msg *in, struct effects *out);
void card_bind(struct auth_state *auth, const struct msg *in, struct effects *out);
void enrol(struct auth_state *auth, const struct msg *in, struct effects *out);
