/* What auth keeps in memory, and the byte forms of its rows.
 *
 *     SESSION    key: digest of the secret        value: session_write
 *     CARD       key: binding digest              value: format 1, role u8, subject u64
 *     ENROLMENT  key: role u64, subject u64       value: format 1, county u32, name sized8
 *     FAILURE    key: subject key u64             value: format 1, failures u32, locked until i64,
 *                                                        last log-in i64
 */
#include "actors/auth_private.h"
#include "base/check.h"
#include <string.h>

enum { FIRST = 32, CHALLENGES_FIRST = 64, AUTH_ROW = 512, AUTH_FORMAT = 1 };

/* One number for each who logs in: roles are namespaces (AUTH 5.5, ASVS 6.8.1). */
uint64_t subject_key(enum card_role role, uint64_t subject)
{
    return addr_hash((struct addr){ACTOR_AUTH, subject * 8 + (uint64_t)role});
}

uint64_t subject_key_of(const struct principal *principal)
{
    switch (principal->kind) {
    case PRINCIPAL_PERSON: return subject_key(ROLE_PERSON, principal->person);
    case PRINCIPAL_INSTITUTION: return subject_key(ROLE_INSTITUTION, principal->institution);
    case PRINCIPAL_BUREAU: return subject_key(ROLE_BUREAU, principal->person);
    case PRINCIPAL_OPS: return subject_key(ROLE_OPS, principal->person);
    case PRINCIPAL_NONE:
    case PRINCIPAL_SYSTEM: break;
    }
    return 0;
}

uint64_t digest_key(const struct digest *digest)
{
    uint64_t key = 0;
    memcpy(&key, digest->bytes, sizeof key);
    return key;
}

bool auth_grow(struct auth_state *auth, void **items, uint32_t count, uint32_t *capacity,
               size_t size)
{
    if (count < *capacity) {
        return true;
    }
    uint32_t wanted = *capacity == 0 ? FIRST : *capacity * 2;
    void *grown = arena_array(auth->memory, wanted, size);
    if (grown == NULL) {
        return false;
    }
    if (*items != NULL) {
        memcpy(grown, *items, count * size);
    }
    *items = grown;
    *capacity = wanted;
    return true;
}

/* ---- sessions ---- */

struct session_slot *auth_session(struct auth_state *auth, const struct digest *secret)
{
    uint32_t at = 0;
    if (!index_get(&auth->session_by_secret, digest_key(secret), &at)) {
        return NULL;
    }
    struct session_slot *slot = &auth->sessions[at];
    return digest_equal(&slot->session.secret, secret) ? slot : NULL;
}

static uint32_t session_place(struct auth_state *auth)
{
    for (uint32_t i = 0; auth->sessions_free > 0 && i < auth->sessions_count; i++) {
        if (digest_is_none(&auth->sessions[i].session.secret)) {
            auth->sessions_free--;
            return i;
        }
    }
    void *items = auth->sessions;
    bool fits = auth_grow(auth, &items, auth->sessions_count, &auth->sessions_capacity,
                          sizeof *auth->sessions);
    auth->sessions = items;
    return fits ? auth->sessions_count++ : AUTH_NONE;
}

struct session_slot *auth_add_session(struct auth_state *auth, const struct session *session)
{
    CHECK(!digest_is_none(&session->secret));
    uint32_t at = session_place(auth);
    if (at == AUTH_NONE) {
        return NULL;
    }
    struct session_slot *slot = &auth->sessions[at];
    *slot = (struct session_slot){.session = *session,
                                  .subject = subject_key_of(&session->principal),
                                  .next_of_subject = AUTH_NONE};
    uint32_t first = AUTH_NONE;
    if (index_get(&auth->session_by_subject, slot->subject, &first)) {
        slot->next_of_subject = first;
    }
    if (!index_put(&auth->session_by_subject, slot->subject, at) ||
        !index_put(&auth->session_by_secret, digest_key(&session->secret), at)) {
        return NULL; /* the turn fails and auth is loaded again */
    }
    return slot;
}

void auth_drop_session(struct auth_state *auth, struct session_slot *slot)
{
    uint32_t at = (uint32_t)(slot - auth->sessions);
    bool erased = index_erase(&auth->session_by_secret, digest_key(&slot->session.secret));
    CHECK(erased);
    uint32_t first = AUTH_NONE;
    bool found = index_get(&auth->session_by_subject, slot->subject, &first);
    CHECK(found);
    if (first == at && slot->next_of_subject == AUTH_NONE) {
        erased = index_erase(&auth->session_by_subject, slot->subject);
        CHECK(erased);
    } else if (first == at) {
        bool put = index_put(&auth->session_by_subject, slot->subject, slot->next_of_subject);
        CHECK(put); /* the key is there: no memory is needed */
    } else {
        uint32_t before = first;
        while (auth->sessions[before].next_of_subject != at) {
            before = auth->sessions[before].next_of_subject;
            CHECK(before != AUTH_NONE);
        }
        auth->sessions[before].next_of_subject = slot->next_of_subject;
    }
    explicit_bzero(slot, sizeof *slot);
    auth->sessions_free++;
}

struct session_slot *auth_first_of_subject(struct auth_state *auth, uint64_t subject)
{
    uint32_t at = 0;
    return index_get(&auth->session_by_subject, subject, &at) ? &auth->sessions[at] : NULL;
}

struct session_slot *auth_next_of_subject(struct auth_state *auth, const struct session_slot *slot)
{
    return slot->next_of_subject == AUTH_NONE ? NULL : &auth->sessions[slot->next_of_subject];
}

/* ---- cards, enrolments, counters ---- */

struct card *auth_card(struct auth_state *auth, const struct digest *binding)
{
    uint32_t at = 0;
    if (!index_get(&auth->card_by_binding, digest_key(binding), &at)) {
        return NULL;
    }
    return digest_equal(&auth->cards[at].binding, binding) ? &auth->cards[at] : NULL;
}

struct card *auth_add_card(struct auth_state *auth, const struct card *card)
{
    struct card *known = auth_card(auth, &card->binding);
    if (known != NULL) {
        *known = *card;
        return known;
    }
    void *items = auth->cards;
    bool fits =
        auth_grow(auth, &items, auth->cards_count, &auth->cards_capacity, sizeof *auth->cards);
    auth->cards = items;
    if (!fits ||
        !index_put(&auth->card_by_binding, digest_key(&card->binding), auth->cards_count)) {
        return NULL;
    }
    auth->cards[auth->cards_count] = *card;
    return &auth->cards[auth->cards_count++];
}

struct enrolment *auth_enrolment(struct auth_state *auth, enum card_role role, uint64_t subject)
{
    uint32_t at = 0;
    bool found = index_get(&auth->enrolment_by_key, subject_key(role, subject), &at);
    return found ? &auth->enrolments[at] : NULL;
}

struct enrolment *auth_add_enrolment(struct auth_state *auth, const struct enrolment *enrolment)
{
    struct enrolment *known = auth_enrolment(auth, enrolment->role, enrolment->subject);
    if (known != NULL) {
        *known = *enrolment;
        return known;
    }
    void *items = auth->enrolments;
    bool fits = auth_grow(auth, &items, auth->enrolments_count, &auth->enrolments_capacity,
                          sizeof *auth->enrolments);
    auth->enrolments = items;
    if (!fits ||
        !index_put(&auth->enrolment_by_key, subject_key(enrolment->role, enrolment->subject),
                   auth->enrolments_count)) {
        return NULL;
    }
    auth->enrolments[auth->enrolments_count] = *enrolment;
    return &auth->enrolments[auth->enrolments_count++];
}

struct subject *auth_subject(struct auth_state *auth, uint64_t key)
{
    uint32_t at = 0;
    if (index_get(&auth->subject_by_key, key, &at)) {
        return &auth->subjects[at];
    }
    void *items = auth->subjects;
    bool fits = auth_grow(auth, &items, auth->subjects_count, &auth->subjects_capacity,
                          sizeof *auth->subjects);
    auth->subjects = items;
    if (!fits || !index_put(&auth->subject_by_key, key, auth->subjects_count)) {
        return NULL;
    }
    auth->subjects[auth->subjects_count] = (struct subject){.key = key};
    return &auth->subjects[auth->subjects_count++];
}

/* ---- challenges ---- */

static uint64_t challenge_key(const uint8_t id[16])
{
    uint64_t key = 0;
    memcpy(&key, id, sizeof key);
    return key;
}

struct challenge *auth_new_challenge(struct auth_state *auth)
{
    if (auth->challenges_next == auth->challenges_capacity &&
        auth->challenges_capacity < CHALLENGES_MAX) {
        uint32_t wanted =
            auth->challenges_capacity == 0 ? CHALLENGES_FIRST : auth->challenges_capacity * 2;
        wanted = wanted > CHALLENGES_MAX ? CHALLENGES_MAX : wanted;
        struct challenge *ring = arena_array(auth->memory, wanted, sizeof *ring);
        if (ring == NULL) {
            return NULL;
        }
        if (auth->challenges_capacity > 0) {
            memcpy(ring, auth->challenges, auth->challenges_capacity * sizeof *ring);
        }
        auth->challenges = ring;
        auth->challenges_capacity = wanted;
    }
    if (auth->challenges_next == auth->challenges_capacity) {
        auth->challenges_next = 0;
    }
    struct challenge *challenge = &auth->challenges[auth->challenges_next];
    if (challenge->role != 0) {
        (void)index_erase(&auth->challenge_by_id, challenge_key(challenge->id));
    }
    *challenge = (struct challenge){0};
    return challenge;
}

struct challenge *auth_challenge(struct auth_state *auth, const uint8_t id[16])
{
    uint32_t at = 0;
    if (!index_get(&auth->challenge_by_id, challenge_key(id), &at)) {
        return NULL;
    }
    struct challenge *challenge = &auth->challenges[at];
    return challenge->role != 0 && memcmp(challenge->id, id, 16) == 0 ? challenge : NULL;
}

/* ---- rows ---- */

void auth_put_session(struct effects *out, const struct session *session)
{
    uint8_t row[AUTH_ROW];
    struct writer writer = writer_on(row, sizeof row);
    session_write(&writer, session);
    CHECK(!writer.failed);
    struct row_key key = key_of_digest(&session->secret);
    effect_put(out, TABLE_SESSION, row_key_bytes(&key), writer_bytes(&writer));
}

void auth_erase_session(struct effects *out, const struct session *session)
{
    struct row_key key = key_of_digest(&session->secret);
    effect_erase(out, TABLE_SESSION, row_key_bytes(&key));
}

void auth_put_card(struct effects *out, const struct card *card)
{
    uint8_t row[AUTH_ROW];
    struct writer writer = writer_on(row, sizeof row);
    write_u8(&writer, AUTH_FORMAT);
    write_u8(&writer, (uint8_t)card->role);
    write_u64(&writer, card->subject);
    struct row_key key = key_of_digest(&card->binding);
    effect_put(out, TABLE_CARD, row_key_bytes(&key), writer_bytes(&writer));
}

void auth_put_enrolment(struct effects *out, const struct enrolment *enrolment)
{
    uint8_t key[16];
    struct writer key_out = writer_on(key, sizeof key);
    write_u64(&key_out, (uint64_t)enrolment->role);
    write_u64(&key_out, enrolment->subject);
    uint8_t row[AUTH_ROW];
    struct writer writer = writer_on(row, sizeof row);
    write_u8(&writer, AUTH_FORMAT);
    write_u32(&writer, enrolment->county);
    write_sized8(&writer, bytes_from_text(enrolment->name));
    CHECK(!writer.failed);
    effect_put(out, TABLE_ENROLMENT, writer_bytes(&key_out), writer_bytes(&writer));
}

void auth_put_subject(struct effects *out, const struct subject *subject)
{
    uint8_t row[AUTH_ROW];
    struct writer writer = writer_on(row, sizeof row);
    write_u8(&writer, AUTH_FORMAT);
    write_u32(&writer, subject->failures);
    write_i64(&writer, subject->locked_until);
    write_i64(&writer, subject->last_login_at);
    struct row_key key = key_of_u64(subject->key);
    effect_put(out, TABLE_FAILURE, row_key_bytes(&key), writer_bytes(&writer));
}

static void restore_card(struct auth_state *auth, struct bytes key, struct bytes value)
{
    struct reader in = reader_of(value);
    uint8_t format = read_u8(&in);
    struct card card = {.role = (enum card_role)read_u8(&in), .subject = read_u64(&in)};
    CHECK(format == AUTH_FORMAT && reader_done(&in) && key.size == sizeof card.binding.bytes);
    memcpy(card.binding.bytes, key.data, key.size);
    (void)auth_add_card(auth, &card);
}

static void restore_enrolment(struct auth_state *auth, struct bytes key, struct bytes value)
{
    struct reader key_in = reader_of(key);
    struct reader in = reader_of(value);
    struct enrolment enrolment = {.role = (enum card_role)read_u64(&key_in)};
    enrolment.subject = read_u64(&key_in);
    uint8_t format = read_u8(&in);
    enrolment.county = read_u32(&in);
    struct bytes name = read_sized8(&in);
    CHECK(format == AUTH_FORMAT && reader_done(&in) && reader_done(&key_in));
    CHECK(name.size <= OFFICER_NAME_MAX);
    memcpy(enrolment.name, name.data, name.size);
    (void)auth_add_enrolment(auth, &enrolment);
}

static void restore_subject(struct auth_state *auth, struct bytes key, struct bytes value)
{
    struct reader key_in = reader_of(key);
    struct reader in = reader_of(value);
    struct subject *subject = auth_subject(auth, read_u64(&key_in));
    CHECK(reader_done(&key_in));
    if (subject == NULL) {
        return;
    }
    uint8_t format = read_u8(&in);
    subject->failures = read_u32(&in);
    subject->locked_until = read_i64(&in);
    subject->last_login_at = read_i64(&in);
    CHECK(format == AUTH_FORMAT && reader_done(&in));
}

/* Where memory runs out nothing is said: the shard sees it in the arena, and the load has failed.
 */
void auth_restore_row(struct auth_state *auth, const struct msg *in)
{
    struct bytes key = in->u.row.key;
    struct bytes value = in->u.row.value;
    if (in->u.row.table == TABLE_SESSION) {
        struct session session;
        enum err err = session_read(value, &session);
        CHECK(err == ERR_OK);
        (void)auth_add_session(auth, &session);
    } else if (in->u.row.table == TABLE_CARD) {
        restore_card(auth, key, value);
    } else if (in->u.row.table == TABLE_ENROLMENT) {
        restore_enrolment(auth, key, value);
    } else {
        CHECK(in->u.row.table == TABLE_FAILURE);
        restore_subject(auth, key, value);
    }
}

void auth_audit(const struct msg *in, struct effects *out, const struct principal *actor,
                enum audit_action action, uint64_t subject, struct bytes evidence)
{
    uint8_t row[AUTH_ROW];
    struct writer writer = writer_on(row, sizeof row);
    audit_write(&writer, &(struct audit){.at = in->now.ms,
                                         .actor = *actor,
                                         .action = action,
                                         .subject = subject,
                                         .evidence = evidence});
    CHECK(!writer.failed);
    effect_append(out, TABLE_AUDIT, writer_bytes(&writer));
}
