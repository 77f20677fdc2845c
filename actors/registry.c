#include "actors/registry.h"
#include "base/check.h"
#include "rt/payload.h"

enum { REGISTRY_QUOTA = 1 << 20, AUDIT_ROW = 256 };

struct registry_state {
    uint64_t puts; /* records written since it was loaded */
};

static void registry_start(void *memory, struct addr self, struct arena *arena)
{
    (void)memory;
    (void)arena;
    CHECK(self.kind == ACTOR_REGISTRY);
}

static void put_institution(struct effects *out, const struct institution *institution)
{
    uint8_t row[REGISTRANT_ROW_MAX];
    struct writer writer = writer_on(row, sizeof row);
    institution_write(&writer, institution);
    CHECK(!writer.failed); /* the import has looked at the lengths */
    struct row_key key = key_of_u64(institution->id);
    effect_put(out, TABLE_INSTITUTION, row_key_bytes(&key), writer_bytes(&writer));
}

static void put_person(struct effects *out, const struct person *person)
{
    uint8_t row[REGISTRANT_ROW_MAX];
    struct writer writer = writer_on(row, sizeof row);
    person_write(&writer, person);
    CHECK(!writer.failed);
    struct row_key key = key_of_u64(person->id);
    effect_put(out, TABLE_PERSON, row_key_bytes(&key), writer_bytes(&writer));
}

static void registry_put(struct registry_state *registry, const struct msg *in, struct effects *out)
{
    uint32_t count = in->u.registry.institutions_count + in->u.registry.people_count;
    CHECK(count <= REGISTRY_PUT_MAX);
    for (uint32_t i = 0; i < in->u.registry.institutions_count; i++) {
        put_institution(out, &in->u.registry.institutions[i]);
    }
    for (uint32_t i = 0; i < in->u.registry.people_count; i++) {
        put_person(out, &in->u.registry.people[i]);
    }
    if (count > 0) {
        uint8_t row[AUDIT_ROW];
        struct writer writer = writer_on(row, sizeof row);
        audit_write(&writer, &(struct audit){.at = in->now.ms,
                                             .actor = in->principal,
                                             .action = AUDIT_REGISTRY,
                                             .subject = count});
        CHECK(!writer.failed);
        effect_append(out, TABLE_AUDIT, writer_bytes(&writer));
    }
    registry->puts += count;
    effect_reply(out, in->ticket, OUTCOME_OK, (struct bytes){0});
}

static void registry_receive(void *memory, const struct msg *in, struct effects *out)
{
    struct registry_state *registry = memory;
    switch (in->kind) {
    case MSG_REGISTRY_PUT: registry_put(registry, in, out); return;
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
    case MSG_DESK_CHANGE:
    case MSG_OUTSIDE_DONE:
    case MSG_TRANSFER_RUN:
    case MSG_TRANSFER_RESEND:
    case MSG_KINDS: break;
    }
    CHECK(in->kind == MSG_REGISTRY_PUT);
}

static bool registry_sound(const void *memory)
{
    (void)memory;
    return true;
}

const struct actor_ops registry_ops = {
    .name = "registry",
    .state_size = sizeof(struct registry_state),
    .memory_quota = REGISTRY_QUOTA,
    .start = registry_start,
    .receive = registry_receive,
    .sound = registry_sound,
};
