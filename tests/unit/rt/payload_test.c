#include "rt/payload.h"
#include "base/check.h"
#include "tests/lib/t.h"
#include <string.h>

static uint8_t memory[4096];

TEST(a_done_reply_comes_back)
{
    struct writer out = writer_on(memory, sizeof memory);
    struct done_reply reply = {.replay = true,
                               .status = 201,
                               .made = {0xabc, 20550, 7},
                               .n = 3,
                               .rows = BYTES_LITERAL("rows")};
    done_reply_write(&out, &reply);
    struct done_reply back;
    T_TRUE(done_reply_read(writer_bytes(&out), &back));
    T_TRUE(back.replay && back.status == 201 && back.n == 3);
    T_TRUE(case_id_equal(back.made, reply.made));
    T_EQ_BYTES(back.rows, BYTES_LITERAL("rows"));
    T_FALSE(done_reply_read(bytes_of(memory, out.size - 1), &back));
}

TEST(rows_are_read_until_their_end)
{
    struct writer out = writer_on(memory, sizeof memory);
    payload_row_write(&out,
                      &(struct payload_row){TABLE_CASE, BYTES_LITERAL("k"), BYTES_LITERAL("v1")});
    payload_row_write(&out,
                      &(struct payload_row){TABLE_LINE, BYTES_LITERAL("k2"), BYTES_LITERAL("")});
    struct reader in = reader_of(writer_bytes(&out));
    struct payload_row row;
    T_TRUE(payload_row_read(&in, &row));
    T_EQ_INT(row.table, TABLE_CASE);
    T_TRUE(payload_row_read(&in, &row));
    T_EQ_BYTES(row.key, BYTES_LITERAL("k2"));
    T_FALSE(payload_row_read(&in, &row));
    in = reader_of(bytes_of(memory, 3));
    T_FALSE(payload_row_read(&in, &row));
}

TEST(decisions_keep_their_places)
{
    const struct decided_item items[] = {{4, DECIDED_STALE}, {2, DECIDED_DONE}};
    struct writer out = writer_on(memory, sizeof memory);
    decided_write(&out, items, 2);
    struct reader in = reader_of(writer_bytes(&out));
    struct decided_item item;
    T_TRUE(decided_read(&in, &item));
    T_EQ_UINT(item.place, 4);
    T_EQ_INT(item.decided, DECIDED_STALE);
    T_TRUE(decided_read(&in, &item));
    T_FALSE(decided_read(&in, &item));
    T_FALSE(in.failed);
    memory[2] = 99; /* no such decision */
    in = reader_of(writer_bytes(&out));
    T_FALSE(decided_read(&in, &item));
}

TEST(a_proof_goes_and_its_outcome_comes)
{
    struct writer out = writer_on(memory, sizeof memory);
    proof_input_write(&out, &(struct proof_input){.role = ROLE_BUREAU,
                                                  .now = 77,
                                                  .tbs = BYTES_LITERAL("tbs"),
                                                  .certificate = BYTES_LITERAL("cert"),
                                                  .signature = BYTES_LITERAL("sig")});
    struct proof_input input;
    T_TRUE(proof_input_read(writer_bytes(&out), &input));
    T_EQ_INT(input.role, ROLE_BUREAU);
    T_EQ_BYTES(input.signature, BYTES_LITERAL("sig"));
    memory[0] = 9; /* no such role */
    T_FALSE(proof_input_read(writer_bytes(&out), &input));
    out = writer_on(memory, sizeof memory);
    struct proof_output output = {.outcome = OUTCOME_AUTH_REVOKED,
                                  .card = {{1, 2, 3}},
                                  .name = BYTES_LITERAL("name"),
                                  .id_tail = BYTES_LITERAL("6789"),
                                  .fingerprint = BYTES_LITERAL("print")};
    proof_output_write(&out, &output);
    struct proof_output back;
    T_TRUE(proof_output_read(writer_bytes(&out), &back));
    T_EQ_INT(back.outcome, OUTCOME_AUTH_REVOKED);
    T_TRUE(digest_equal(&back.card, &output.card));
    T_EQ_BYTES(back.id_tail, BYTES_LITERAL("6789"));
    memory[0] = OUTCOME_COUNT;
    T_FALSE(proof_output_read(writer_bytes(&out), &back));
}

TEST(log_in_replies_come_back)
{
    struct writer out = writer_on(memory, sizeof memory);
    challenge_reply_write(&out, &(struct challenge_reply){BYTES_LITERAL("tbs"), 120000});
    struct challenge_reply challenge;
    T_TRUE(challenge_reply_read(writer_bytes(&out), &challenge));
    T_EQ_BYTES(challenge.tbs, BYTES_LITERAL("tbs"));
    T_EQ_INT(challenge.expires_at, 120000);
    out = writer_on(memory, sizeof memory);
    struct login_reply login = {.principal = {.kind = PRINCIPAL_BUREAU, .county = 63000},
                                .last_login_at = 5,
                                .created_at = 6,
                                .expires_at = 7};
    login_reply_write(&out, &login);
    struct login_reply back;
    T_TRUE(login_reply_read(writer_bytes(&out), &back));
    T_EQ_UINT(back.principal.county, 63000);
    T_EQ_INT(back.expires_at, 7);
    T_FALSE(login_reply_read(bytes_of(memory, out.size - 1), &back));
}

TEST(records_come_back)
{
    struct writer out = writer_on(memory, sizeof memory);
    struct line_id line = {.in = {9, 20550, 3}, .n = 2};
    audit_write(&out, &(struct audit){.at = 5,
                                      .actor = {.kind = PRINCIPAL_INSTITUTION},
                                      .action = AUDIT_APPROVE,
                                      .line = line,
                                      .version = 4,
                                      .subject = 11,
                                      .evidence = BYTES_LITERAL("e")});
    struct audit audit;
    T_TRUE(audit_read(writer_bytes(&out), &audit));
    T_TRUE(audit.action == AUDIT_APPROVE && audit.version == 4 && audit.subject == 11);
    T_TRUE(line_id_equal(audit.line, line));
    memory[0] = 2; /* another format */
    T_FALSE(audit_read(writer_bytes(&out), &audit));
    out = writer_on(memory, sizeof memory);
    outbox_write(&out, &(struct outbox){6, OUTBOX_CHANGE, line, 8});
    struct outbox outbox;
    T_TRUE(outbox_read(writer_bytes(&out), &outbox));
    T_TRUE(outbox.action == OUTBOX_CHANGE && outbox.version == 8);
    T_FALSE(outbox_read(bytes_of(memory, out.size - 1), &outbox));
    out = writer_on(memory, sizeof memory);
    copy_write(&out, &(struct copy){7, 64000, line, 9});
    struct copy copy;
    T_TRUE(copy_read(writer_bytes(&out), &copy));
    T_TRUE(copy.county == 64000 && copy.version == 9);
    T_FALSE(copy_read((struct bytes){0}, &copy));
}

TEST(names_differ)
{
    for (int a = AUDIT_FILE; a <= AUDIT_REGISTRY; a++) {
        for (int b = AUDIT_FILE; b < a; b++) {
            T_TRUE(strcmp(audit_action_name((enum audit_action)a),
                          audit_action_name((enum audit_action)b)) != 0);
        }
    }
    T_EQ_STR(decided_name(DECIDED_DONE), "done");
    T_EQ_STR(decided_name(DECIDED_REASON_REQUIRED), "reason_required");
    T_EQ_STR(decided_name(DECIDED_UNKNOWN), "unknown_outcome");
}

T_LIST(payload_test, T(a_done_reply_comes_back), T(rows_are_read_until_their_end),
       T(decisions_keep_their_places), T(a_proof_goes_and_its_outcome_comes),
       T(log_in_replies_come_back), T(records_come_back), T(names_differ));
