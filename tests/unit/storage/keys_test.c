#include "storage/keys.h"
#include "tests/lib/t.h"

TEST(the_table_stands_in_front)
{
    struct stored_key key = stored_key(TABLE_QUEUE, BYTES_LITERAL("ab"));
    struct row_key room;
    T_EQ_BYTES(stored_key_bytes(&key), BYTES_LITERAL("\x08"
                                                     "ab"));
    T_EQ_INT(stored_key_table(stored_key_bytes(&key)), TABLE_QUEUE);
    T_EQ_BYTES(stored_key_own(stored_key_bytes(&key), &room), BYTES_LITERAL("ab"));
}

TEST(rows_of_a_case_stand_side_by_side_on_their_shelf)
{
    struct line_id line = {{0x102, 3, 7}, 9}, later = {{0x102, 3, 8}, 1};
    struct row_key of_case = key_of_case(line.in), of_line = key_of_line(line);
    struct row_key of_body = key_of_body(line, 1), of_later = key_of_case(later.in), room;
    struct stored_key a = stored_key(TABLE_CASE, row_key_bytes(&of_case));
    struct stored_key b = stored_key(TABLE_LINE, row_key_bytes(&of_line));
    struct stored_key c = stored_key(TABLE_CASE, row_key_bytes(&of_later));
    T_EQ_BYTES(stored_key_bytes(&b), bytes_of(((const uint8_t[]){1, 0, 0, 0, 0, 0, 0, 1, 2, 0x80, 0,
                                                                 0, 3, 0, 0, 0, 7, 2, 0, 9, 0}),
                                              21));
    T_TRUE(bytes_compare(stored_key_bytes(&a), stored_key_bytes(&b)) < 0);
    T_TRUE(bytes_compare(stored_key_bytes(&b), stored_key_bytes(&c)) < 0);
    T_EQ_INT(stored_key_table(stored_key_bytes(&a)), TABLE_CASE);
    T_EQ_INT(stored_key_table(stored_key_bytes(&b)), TABLE_LINE);
    T_EQ_BYTES(stored_key_own(stored_key_bytes(&b), &room), row_key_bytes(&of_line));
    struct stored_key trail = stored_key(TABLE_BODY, row_key_bytes(&of_body));
    T_EQ_INT(trail.data[0], stored_key_shelf(TABLE_HISTORY));
    T_EQ_BYTES(stored_key_own(stored_key_bytes(&trail), &room), row_key_bytes(&of_body));
    T_ABORTS((void)stored_key(TABLE_LINE, BYTES_LITERAL("shorter")));
}

TEST(a_key_where_no_table_has_rows_has_no_table)
{
    struct line_id line = {{0x102, 3, 7}, 9};
    struct row_key own = key_of_line(line);
    struct stored_key key = stored_key(TABLE_LINE, row_key_bytes(&own));
    for (unsigned byte = 0; byte <= UINT8_MAX; byte++) {
        key.data[17] = (uint8_t)byte;
        bool known = byte == TABLE_CASE || byte == TABLE_LINE;
        T_EQ_INT(stored_key_table(stored_key_bytes(&key)), known ? byte : TABLE_NONE);
    }
    T_EQ_INT(stored_key_table(bytes_of(key.data, 17)), TABLE_NONE);
    key.data[0] = TABLE_LINE; /* as lines stood in format 3 */
    T_EQ_INT(stored_key_table(stored_key_bytes(&key)), TABLE_NONE);
}

TEST(the_end_of_a_prefix_carries_over_bytes_of_ff)
{
    struct stored_key end = stored_key_end(BYTES_LITERAL("\x02"
                                                         "a\xff\xff"));
    T_EQ_BYTES(stored_key_bytes(&end), BYTES_LITERAL("\x02"
                                                     "b"));
    end = stored_key_end(BYTES_LITERAL("\x02"));
    T_EQ_BYTES(stored_key_bytes(&end), BYTES_LITERAL("\x03"));
    T_ABORTS((void)stored_key_end(BYTES_LITERAL("\xff\xff")));
}

TEST(nothing_lies_between_a_key_and_the_one_behind_it)
{
    struct bytes key = BYTES_LITERAL("\x02key");
    struct stored_key behind = stored_key_behind(key);
    T_TRUE(bytes_compare(stored_key_bytes(&behind), key) > 0);
    T_EQ_UINT(behind.size, key.size + 1);
    T_EQ_UINT(behind.data[key.size], 0);
}

TEST(owners_and_numbers_are_read_from_keys)
{
    uint64_t value = 0;
    struct stored_key owned = stored_key(TABLE_CASE, BYTES_LITERAL("\0\0\0\0\0\0\1\2its case"));
    T_TRUE(stored_key_owner(stored_key_bytes(&owned), &value));
    T_EQ_UINT(value, 258);
    struct stored_key shared = stored_key(TABLE_QUEUE, BYTES_LITERAL("\0\0\0\0\0\0\1\2rest"));
    T_FALSE(stored_key_owner(stored_key_bytes(&shared), &value));
    struct stored_key cut = stored_key(TABLE_COUNTS, BYTES_LITERAL("\0\0\1"));
    T_FALSE(stored_key_owner(stored_key_bytes(&cut), &value));
    struct stored_key number = stored_key(TABLE_AUDIT, BYTES_LITERAL("\0\0\0\0\0\0\0\7"));
    T_TRUE(stored_key_number(stored_key_bytes(&number), &value));
    T_EQ_UINT(value, 7);
    T_FALSE(stored_key_number(stored_key_bytes(&owned), &value));
}

T_LIST(keys_test, T(the_table_stands_in_front), T(rows_of_a_case_stand_side_by_side_on_their_shelf),
       T(a_key_where_no_table_has_rows_has_no_table),
       T(the_end_of_a_prefix_carries_over_bytes_of_ff),
       T(nothing_lies_between_a_key_and_the_one_behind_it),
       T(owners_and_numbers_are_read_from_keys));
