#include "tests/unit/actors/auth_rig.h"
#include "base/check.h"
#include "tests/lib/t.h"
#include <string.h>

static struct ticket asked; /* of the PROOF under way */

static void bind(struct rig *rig, uint8_t card, enum card_role role, uint64_t subject)
{
    struct msg msg = {.kind = MSG_CARD_BIND,
                      .principal = {.kind = PRINCIPAL_SYSTEM},
                      .u.bind = {.card = rig_digest(card), .role = role, .subject = subject}};
    T_EQ_INT(rig_ask(rig, &msg), OUTCOME_OK);
}

void auth_open(struct rig *rig)
{
    rig_open(rig, ADDR_AUTH);
    auth_confirm_one(rig, 0, ((uint64_t)rig->incarnation << 32) + 1);
    auth_confirm_one(rig, 1, ((uint64_t)rig->incarnation << 32) + 1);
    bind(rig, AUTH_NURSE_CARD, ROLE_PERSON, RIG_NURSE);
    bind(rig, AUTH_HOME_CARD, ROLE_INSTITUTION, RIG_HOME);
    bind(rig, AUTH_OFFICER_CARD, ROLE_BUREAU, AUTH_OFFICER);
    struct msg msg = {.kind = MSG_ENROL,
                      .principal = {.kind = PRINCIPAL_SYSTEM},
                      .u.enrol = {.role = ROLE_BUREAU,
                                  .subject = AUTH_OFFICER,
                                  .county = RIG_COUNTY,
                                  .name = BYTES_LITERAL("王審核")}};
    T_EQ_INT(rig_ask(rig, &msg), OUTCOME_OK);
}

struct login auth_nurse(uint8_t challenge)
{
    return (struct login){.role = ROLE_PERSON,
                          .challenge = challenge,
                          .card = AUTH_NURSE_CARD,
                          .secret = (uint8_t)(100 + challenge)};
}

enum outcome auth_challenge_for(struct rig *rig, const struct login *login)
{
    struct msg msg = {.kind = MSG_CHALLENGE};
    msg.u.challenge.role = login->role;
    msg.u.challenge.id[0] = login->challenge;
    msg.u.challenge.pre_session = rig_digest((uint8_t)(login->browser + 1));
    msg.u.challenge.audience = BYTES_LITERAL("https://a.example");
    if (login->address != 0) {
        msg.u.challenge.address = rig_digest(login->address);
        msg.u.challenge.per_minute = AUTH_PER_MINUTE;
    }
    if (login->id_no != NULL) {
        msg.u.challenge.id_no_text = bytes_from_text(login->id_no);
        msg.u.challenge.id_no = rig_digest(login->lookup);
    }
    return rig_ask(rig, &msg);
}

bool auth_prove(struct rig *rig, const struct login *login)
{
    struct msg msg = {.kind = MSG_PROOF};
    uint8_t browser = login->wrong_browser != 0 ? login->wrong_browser : login->browser;
    msg.u.proof.id[0] = login->challenge;
    msg.u.proof.pre_session = rig_digest((uint8_t)(browser + 1));
    msg.u.proof.audience = login->wrong_audience ? BYTES_LITERAL("https://b.example")
                                                 : BYTES_LITERAL("https://a.example");
    msg.u.proof.certificate = BYTES_LITERAL("certificate");
    msg.u.proof.signature = BYTES_LITERAL("signature");
    memset(msg.u.proof.secret_hash, login->secret, sizeof msg.u.proof.secret_hash);
    rig_receive(rig, &msg);
    asked = msg.ticket;
    return rig->works_count == 1;
}

void auth_proved(struct rig *rig, const struct login *login)
{
    uint8_t memory[256];
    struct writer out = writer_on(memory, sizeof memory);
    proof_output_write(&out,
                       &(struct proof_output){
                           .outcome = login->pool,
                           .card = rig_digest(login->card),
                           .name = bytes_from_text(login->name == NULL ? "林小明" : login->name),
                           .id_tail = BYTES_LITERAL("6789"),
                           .fingerprint = BYTES_LITERAL("print")});
    T_FALSE(out.failed);
    struct msg msg = {.kind = MSG_WORK_DONE,
                      .u.work = {.tag = rig->work_tag,
                                 .incarnation = rig->incarnation,
                                 .result = writer_bytes(&out)}};
    rig_receive(rig, &msg);
}

void auth_confirm_one(struct rig *rig, uint16_t loop, uint64_t sequence)
{
    struct msg msg = {.kind = MSG_DESK_DONE,
                      .from = {ACTOR_DESK, loop},
                      .sequence = sequence,
                      .u.desk_done = {.loop = loop}};
    rig_receive(rig, &msg);
}

uint32_t auth_confirm(struct rig *rig)
{
    uint64_t sequence = 0;
    for (uint32_t i = 0; i < rig->sends_count; i++) {
        sequence = rig->sends[i].sequence;
    }
    T_TRUE(sequence != 0);
    for (uint16_t loop = 0; loop < rig->loops; loop++) {
        T_EQ_UINT(loop == 0 ? 0 : rig->replies_count, 0); /* not before the last one */
        auth_confirm_one(rig, loop, sequence);
    }
    return rig->replies_count;
}

enum outcome auth_login(struct rig *rig, const struct login *login)
{
    T_EQ_INT(auth_challenge_for(rig, login), OUTCOME_OK);
    if (auth_prove(rig, login)) {
        auth_proved(rig, login);
        if (rig->replies_count == 0) {
            T_EQ_UINT(auth_confirm(rig), 1);
        }
    }
    T_EQ_UINT(rig->replies_count, 1);
    T_EQ_UINT(rig->replies[0].ticket.slot, asked.slot);
    return rig->replies[0].outcome;
}

enum outcome auth_logout(struct rig *rig, uint8_t secret)
{
    struct msg msg = {.kind = MSG_SESSION_END,
                      .principal = rig_nurse,
                      .u.session = {.secret = rig_digest(secret)}};
    rig_receive(rig, &msg);
    return rig->replies_count == 0 ? OUTCOME_UNKNOWN : rig->replies[0].outcome;
}

bool auth_has_session(const struct rig *rig, uint8_t secret)
{
    struct digest digest = rig_digest(secret);
    struct row_key key = key_of_digest(&digest);
    return rig_row(rig, TABLE_SESSION, row_key_bytes(&key)) != NULL;
}
