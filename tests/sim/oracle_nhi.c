/* I7 and I8 at the other end: what NHI has is what was approved, each once, in order per line; what
 * our rows say of an answer is what NHI said. */
#include "base/check.h"
#include "model/civil.h"
#include "tests/sim/nhi.h"
#include "tests/sim/oracle_private.h"

static bool outbox_of(struct world *world, uint64_t number, struct outbox *outbox)
{
    struct row_key key = key_of_u64(number);
    struct bytes value;
    return disk_get(&world->disk, TABLE_OUTBOX, row_key_bytes(&key), &value) &&
           outbox_read(value, outbox);
}

static bool marked(struct world *world, uint64_t number, struct transfer_sent *sent)
{
    struct row_key key = key_of_u64(number);
    struct bytes value;
    return disk_get(&world->disk, TABLE_TRANSFER_SENT, row_key_bytes(&key), &value) &&
           transfer_sent_read(value, sent) == ERR_OK;
}

void oracle_document(struct world *world, uint64_t transfer, enum transfer_kind kind,
                     struct bytes rows)
{
    struct row_key key = key_of_u64(transfer);
    struct bytes value;
    struct reader in = reader_of(rows);
    struct transfer_row row;
    int32_t day = DAY_NONE;
    bool resend = false;
    struct transfer_run run;
    if (!disk_get(&world->disk, TABLE_TRANSFER, row_key_bytes(&key), &value) ||
        transfer_run_read(value, &run) != ERR_OK) {
        world_fail(world, "I7", "a document of transfer %u came before the transfer was durable",
                   (unsigned)transfer);
        return;
    }
    resend = run.of != 0;
    while (transfer_row_read(&in, &row)) {
        struct outbox outbox;
        struct transfer_sent sent;
        int32_t of = taipei_day((struct wall){row.at});
        if (!outbox_of(world, row.row, &outbox) || !line_id_equal(outbox.line, row.line) ||
            outbox.version != row.version) {
            world_fail(world, "I7", "transfer %u has row %u, which is not in the outbox",
                       (unsigned)transfer, (unsigned)row.row);
        }
        if (kind == TRANSFER_DELTA && marked(world, row.row, &sent) &&
            (sent.verdict == TRANSFER_ACCEPTED || !resend)) {
            world_fail(world, "I7", "transfer %u has row %u, which was answered before",
                       (unsigned)transfer, (unsigned)row.row);
        }
        if (kind == TRANSFER_DELTA && !resend && day != DAY_NONE && of != day) {
            world_fail(world, "I8", "transfer %u holds rows of two days", (unsigned)transfer);
        }
        day = of;
    }
}

void oracle_in_effect(struct world *world, const struct transfer_row *row)
{
    struct rows rows = {0};
    disk_range(&world->disk, TABLE_OUTBOX, (struct bytes){0}, &rows);
    for (uint32_t i = 0; i < rows.count; i++) {
        struct reader key = reader_of(rows.items[i].key);
        struct outbox outbox;
        bool read = outbox_read(rows.items[i].value, &outbox);
        CHECK(read);
        if (read_u64(&key) >= row->row || !line_id_equal(outbox.line, row->line)) {
            continue;
        }
        const struct nhi_row *before = nhi_find(world, outbox.line, outbox.version);
        if (before == NULL || before->state != NHI_ACCEPTED) {
            world_fail(world, "I7", "row %u is in effect before an earlier one of its line",
                       (unsigned)row->row);
        }
    }
    rows_free(&rows);
}

void oracle_look_transfers(struct world *world, const char *when)
{
    struct rows rows = {0};
    disk_range(&world->disk, TABLE_TRANSFER_SENT, (struct bytes){0}, &rows);
    for (uint32_t i = 0; i < rows.count && !world->failed; i++) {
        struct reader key = reader_of(rows.items[i].key);
        uint64_t number = read_u64(&key);
        struct transfer_sent sent;
        struct outbox outbox;
        enum err err = transfer_sent_read(rows.items[i].value, &sent);
        CHECK(err == ERR_OK);
        if (!outbox_of(world, number, &outbox)) {
            world_fail(world, "I7", "%s row %u was sent and is not in the outbox", when,
                       (unsigned)number);
            break;
        }
        const struct nhi_row *there = nhi_find(world, outbox.line, outbox.version);
        bool accepted = sent.verdict == TRANSFER_ACCEPTED;
        if (there == NULL || there->state == NHI_KNOWN ||
            (accepted && there->state != NHI_ACCEPTED)) {
            world_fail(world, "I7", "%s row %u is marked %s, NHI says otherwise", when,
                       (unsigned)number, accepted ? "accepted" : "rejected");
        }
    }
    rows_free(&rows);
}

/* Everything is drained: the ledger is the fold of the outbox. */
void oracle_end_transfers(struct world *world, const char *when)
{
    struct rows rows = {0};
    disk_range(&world->disk, TABLE_OUTBOX, (struct bytes){0}, &rows);
    uint32_t answered = 0;
    for (uint32_t i = 0; i < rows.count && !world->failed; i++) {
        struct reader key = reader_of(rows.items[i].key);
        uint64_t number = read_u64(&key);
        struct outbox outbox;
        struct transfer_sent sent;
        bool read = outbox_read(rows.items[i].value, &outbox);
        CHECK(read);
        const struct nhi_row *there = nhi_find(world, outbox.line, outbox.version);
        if (!marked(world, number, &sent)) {
            continue; /* waits for its day or behind a rejected one: nhi_is_done has looked */
        }
        answered++;
        if (there == NULL ||
            (sent.verdict == TRANSFER_ACCEPTED) != (there->state == NHI_ACCEPTED)) {
            world_fail(world, "I7", "%s row %u is marked %s and NHI says otherwise", when,
                       (unsigned)number,
                       sent.verdict == TRANSFER_ACCEPTED ? "accepted" : "rejected");
        }
    }
    if (!world->failed && answered != world->nhi->rows_count) {
        world_fail(world, "I7", "%s NHI knows %u rows, %u are marked", when, world->nhi->rows_count,
                   answered);
    }
    rows_free(&rows);
}
