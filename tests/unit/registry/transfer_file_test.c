/* The document for NHI and its result, as CSV. F202 */
#include "registry/transfer_file.h"
#include "model/civil.h"
#include "model/codes.h"
#include "tests/lib/t.h"

static uint8_t room[8192];

static struct line_id line_of(uint16_t n)
{
    struct line_id line = {.n = n};
    T_TRUE(institution_code_parse(BYTES_LITERAL("0401180014"), &line.in.home));
    line.in.day = 20550;
    line.in.serial = 1;
    return line;
}

TEST(a_record_has_every_column_and_quotes_what_needs_it)
{
    struct writer out = writer_on(room, sizeof room);
    struct line_id line = line_of(2);
    int64_t start = (int64_t)20560 * MINUTES_PER_DAY + 8 * 60;
    transfer_record_write(&out, &(struct transfer_record){.line = line,
                                                          .version = 3,
                                                          .action = OUTBOX_ADD,
                                                          .id_no = BYTES_LITERAL("A123456789"),
                                                          .name = BYTES_LITERAL("林\"小\",明"),
                                                          .profession = 'F',
                                                          .home = line.in.home,
                                                          .target = line.in.home,
                                                          .target_name = BYTES_LITERAL("x"),
                                                          .purpose = 5,
                                                          .first = start,
                                                          .last = start + 240,
                                                          .occurrences = 1,
                                                          .decided_at = 1775534400000,
                                                          .bureau = BYTES_LITERAL("衛生局"),
                                                          .at = 1775534400000});
    uint8_t want_room[1024];
    struct writer want = writer_on(want_room, sizeof want_room);
    write_text(&want, "\"1150407-0401180014-0001\",\"2\",\"3\",\"A\",\"A123456789\",\"F\","
                      "\"林\"\"小\"\",明\",\"0401180014\",\"0401180014\",\"x\",\"\",\"05\","
                      "\"1150417\",\"0800\",\"1150417\",\"1200\",\"1\",\"1150407\",\"衛生局\",\"\","
                      "\"2026-04-07T04:00:00Z\"\r\n");
    T_EQ_BYTES(writer_bytes(&out), writer_bytes(&want));
}

TEST(a_manifest_names_count_and_digest)
{
    struct writer out = writer_on(room, sizeof room);
    uint8_t sum[32] = {0xab};
    transfer_manifest_write(&out, 7, TRANSFER_FULL, 12, sum);
    room[out.size] = '\0';
    T_HAS((const char *)room, "\"MANIFEST\",\"T00000007\",\"full\",\"12\",\"ab0000");
}

TEST(without_room_the_writer_fails)
{
    uint8_t small[20];
    struct writer out = writer_on(small, sizeof small);
    transfer_columns_write(&out);
    T_TRUE(out.failed);
}

static bool parse(const char *text, struct writer *out)
{
    *out = writer_on(room, sizeof room);
    return transfer_results_parse(bytes_from_text(text), out);
}

#define HEAD "CASE_NO,SEQ,VERSION,RESULT,CODE\r\n"

TEST(results_are_read_row_by_row)
{
    struct writer out;
    T_TRUE(parse(HEAD "1150407-0401180014-0001,2,3,A,\r\n1150407-0401180014-0001,3,1,R,R07\r\n",
                 &out));
    struct reader in = reader_of(writer_bytes(&out));
    struct transfer_result result;
    T_TRUE(transfer_result_read(&in, &result));
    T_TRUE(line_id_equal(result.line, line_of(2)));
    T_EQ_UINT(result.version, 3);
    T_TRUE(result.accepted);
    T_TRUE(transfer_result_read(&in, &result));
    T_FALSE(result.accepted);
    T_EQ_BYTES(result.code, BYTES_LITERAL("R07"));
    T_FALSE(transfer_result_read(&in, &result));
    T_TRUE(parse(HEAD, &out)); /* it answers nothing */
}

TEST(a_result_that_makes_no_sense_counts_for_nothing)
{
    static const char *const bad[] = {
        "",
        "<html>",
        "CASE_NO,SEQ,VERSION,RESULT\r\n",
        HEAD "1150407-0401180014-0001,2,3,A\r\n",
        HEAD "1150407-0401180014-0001,2,3,A,,\r\n",
        HEAD "1150407-0401180014-0001,0,3,A,\r\n",
        HEAD "1150407-0401180014-0001,70000,3,A,\r\n",
        HEAD "1150407-0401180014-0001,2,-3,A,\r\n",
        HEAD "1150407-0401180014-0001,2,4294967296,A,\r\n",
        HEAD "1150407-0401180014-0001,2,3,X,\r\n",
        HEAD "1150407-0401180014,2,3,A,\r\n",
        HEAD "1150407-0401180014-0001,2,3,R,12345678901234567\r\n",
        HEAD "1150407-0401180014-0001,2,3,R,\"R07\r\n",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct writer out;
        if (parse(bad[i], &out)) {
            T_FAIL("taken: %s", bad[i]);
        }
        T_FALSE(out.failed);
    }
}

T_LIST(transfer_file_test, T(a_record_has_every_column_and_quotes_what_needs_it),
       T(a_manifest_names_count_and_digest), T(without_room_the_writer_fails),
       T(results_are_read_row_by_row), T(a_result_that_makes_no_sense_counts_for_nothing));
