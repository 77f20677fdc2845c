#include "storage/keys.h"
#include "tests/lib/t.h"

TEST(the_table_stands_in_front)
{
    struct stored_key key = stored_key(TABLE_LINE, BYTES_LITERAL("ab"));
    T_EQ_BYTES(stored_key_bytes(&key), BYTES_LITERAL("\x02"
                                                     "ab"));
    T_EQ_INT(stored_key_table(stored_key_bytes(&key)), TABLE_LINE);
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
    struct stored_key owned = stored_key(TABLE_CASE, BYTES_LITERAL("\0\0\0\0\0\0\1\2rest"));
    T_TRUE(stored_key_owner(stored_key_bytes(&owned), &value));
    T_EQ_UINT(value, 258);
    struct stored_key shared = stored_key(TABLE_QUEUE, BYTES_LITERAL("\0\0\0\0\0\0\1\2rest"));
    T_FALSE(stored_key_owner(stored_key_bytes(&shared), &value));
    struct stored_key cut = stored_key(TABLE_CASE, BYTES_LITERAL("\0\0\1"));
    T_FALSE(stored_key_owner(stored_key_bytes(&cut), &value));
    struct stored_key number = stored_key(TABLE_AUDIT, BYTES_LITERAL("\0\0\0\0\0\0\0\7"));
    T_TRUE(stored_key_number(stored_key_bytes(&number), &value));
    T_EQ_UINT(value, 7);
    T_FALSE(stored_key_number(stored_key_bytes(&owned), &value));
}

T_LIST(keys_test, T(the_table_stands_in_front), T(the_end_of_a_prefix_carries_over_bytes_of_ff),
       T(nothing_lies_between_a_key_and_the_one_behind_it),
       T(owners_and_numbers_are_read_from_keys));
