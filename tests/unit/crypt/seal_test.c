#include "seal.h"
#include "tests/lib/t.h"
#include "tests/lib/tmp.h"
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const uint8_t nonce[SEAL_NONCE_SIZE] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};

static struct seal_keys keys_of(uint8_t seed)
{
    uint8_t entropy[SEAL_KEYS_ENTROPY];
    struct seal_keys keys;
    for (size_t i = 0; i < sizeof entropy; i++)
        entropy[i] = (uint8_t)(seed + i);
    seal_keys_make(&keys, entropy);
    return keys;
}

static struct seal_person someone(void)
{
    return (struct seal_person){BYTES_LITERAL("A123456789"), BYTES_LITERAL("1977-02-03"),
                                BYTES_LITERAL("0912345678"), BYTES_LITERAL("someone@example.tw")};
}

static struct bytes someone_sealed(const struct seal_keys *keys, uint64_t id, uint8_t *buffer,
                                   size_t size)
{
    struct seal_person person = someone();
    struct writer writer = writer_on(buffer, size);
    seal_person_close(keys, nonce, id, &person, &writer);
    T_FALSE(writer.failed);
    return writer_bytes(&writer);
}

TEST(personal_fields_come_back_as_they_went_in)
{
    struct seal_keys keys = keys_of(1);
    uint8_t buffer[2000], plain[SEAL_PERSON_PLAIN_MAX];
    struct bytes sealed = someone_sealed(&keys, 42, buffer, sizeof buffer);
    struct seal_person fields;
    T_OK(seal_person_open(&keys, 42, sealed, plain, &fields));
    T_EQ_BYTES(fields.id_no, someone().id_no);
    T_EQ_BYTES(fields.birth_date, someone().birth_date);
    T_EQ_BYTES(fields.mobile, someone().mobile);
    T_EQ_BYTES(fields.email, someone().email);
    T_TRUE(memmem(sealed.data, sealed.size, "A123456789", 10) == NULL);
    T_TRUE(memmem(sealed.data, sealed.size, "0912345678", 10) == NULL);
    T_TRUE(sealed.size == SEAL_OVERHEAD + 4 + 10 + 10 + 10 + 18);
}

TEST(in_place_it_is_the_same_value)
{
    struct seal_keys keys = keys_of(1);
    uint8_t want[100], head[SEAL_HEAD_SIZE], tag[SEAL_TAG_SIZE], room[100];
    uint8_t text[] = "a sheet of lines";
    struct bytes context = BYTES_LITERAL("context"), plain = bytes_of(text, sizeof text), got;
    struct writer writer = writer_on(want, sizeof want);
    seal_close(&keys, nonce, context, plain, &writer);
    memcpy(room + SEAL_HEAD_SIZE, text, sizeof text);
    T_TRUE(
        seal_close_in_place(&keys, nonce, context, room + SEAL_HEAD_SIZE, sizeof text, head, tag));
    memcpy(room, head, sizeof head);
    memcpy(room + SEAL_HEAD_SIZE + sizeof text, tag, sizeof tag);
    struct bytes sealed = bytes_of(room, sizeof text + SEAL_OVERHEAD);
    T_EQ_BYTES(sealed, writer_bytes(&writer));
    T_OK(seal_open(&keys, context, sealed, room + SEAL_HEAD_SIZE, &got));
    T_EQ_BYTES(got, plain);
    T_TRUE(got.data == room + SEAL_HEAD_SIZE);
}

TEST(a_value_is_one_for_gcm_alone)
{
    /* NIST GCM, AES-256, all zero key, nonce and block (McGrew and Viega, test case 14): our form
     * adds head and context to what is authenticated, so only the ciphertext can be compared. */
    static const uint8_t want[16] = {0xce, 0xa7, 0x40, 0x3d, 0x4d, 0x60, 0x6b, 0x6e,
                                     0x07, 0x4e, 0xc5, 0xd3, 0xba, 0xf3, 0x9d, 0x18};
    uint8_t zero[SEAL_KEYS_ENTROPY] = {0}, buffer[100];
    struct seal_keys keys;
    seal_keys_make(&keys, zero);
    struct writer writer = writer_on(buffer, sizeof buffer);
    seal_close(&keys, zero, (struct bytes){0}, bytes_of(zero, 16), &writer);
    T_EQ_MEM(buffer + 1 + 4 + SEAL_NONCE_SIZE, want, sizeof want);
}

TEST(every_changed_bit_is_seen)
{
    struct seal_keys keys = keys_of(1);
    uint8_t buffer[2000], plain[SEAL_PERSON_PLAIN_MAX];
    struct bytes sealed = someone_sealed(&keys, 42, buffer, sizeof buffer);
    struct seal_person fields;
    for (size_t bit = 0; bit < sealed.size * 8; bit++) {
        buffer[bit / 8] ^= (uint8_t)(1 << bit % 8);
        T_TRUE(seal_person_open(&keys, 42, sealed, plain, &fields) != ERR_OK);
        buffer[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    for (size_t size = 0; size < sealed.size; size++)
        T_TRUE(seal_person_open(&keys, 42, bytes_slice(sealed, 0, size), plain, &fields) != ERR_OK);
    T_OK(seal_person_open(&keys, 42, sealed, plain, &fields));
}

TEST(a_value_does_not_open_in_another_row)
{
    struct seal_keys keys = keys_of(1);
    uint8_t buffer[2000], plain[SEAL_PERSON_PLAIN_MAX];
    struct bytes sealed = someone_sealed(&keys, 42, buffer, sizeof buffer);
    struct seal_person fields;
    T_ERR(seal_person_open(&keys, 43, sealed, plain, &fields), ERR_CORRUPT);
}

TEST(a_key_that_is_not_in_the_file_is_named_as_such)
{
    struct seal_keys keys = keys_of(1), other = keys_of(9);
    other.keys[0].id = 8;
    uint8_t buffer[2000], plain[SEAL_PERSON_PLAIN_MAX];
    struct bytes sealed = someone_sealed(&keys, 42, buffer, sizeof buffer);
    struct seal_person fields;
    T_ERR(seal_person_open(&other, 42, sealed, plain, &fields), ERR_NOT_FOUND);
    other.keys[0].id = 1;
    T_ERR(seal_person_open(&other, 42, sealed, plain, &fields), ERR_CORRUPT);
    buffer[0] = 2;
    T_ERR(seal_person_open(&keys, 42, sealed, plain, &fields), ERR_VERSION);
}

TEST(after_a_rotation_old_values_open_and_new_ones_name_the_new_key)
{
    struct seal_keys keys = keys_of(1);
    uint8_t old_buffer[2000], new_buffer[2000], plain[SEAL_PERSON_PLAIN_MAX];
    uint8_t fresh[SEAL_KEY_SIZE] = {7};
    struct bytes old = someone_sealed(&keys, 42, old_buffer, sizeof old_buffer);
    struct digest before = seal_lookup(&keys, someone().id_no);
    T_OK(seal_keys_rotate(&keys, fresh));
    T_EQ_UINT(keys.count, 2);
    struct bytes new = someone_sealed(&keys, 42, new_buffer, sizeof new_buffer);
    uint32_t old_key, new_key;
    T_TRUE(seal_key_of(old, &old_key));
    T_TRUE(seal_key_of(new, &new_key));
    T_EQ_UINT(old_key, 1);
    T_EQ_UINT(new_key, 2);
    struct seal_person fields;
    T_OK(seal_person_open(&keys, 42, old, plain, &fields));
    T_OK(seal_person_open(&keys, 42, new, plain, &fields));
    struct digest after = seal_lookup(&keys, someone().id_no);
    T_TRUE(digest_equal(&before, &after));
    while (keys.count < SEAL_KEYS_MAX)
        T_OK(seal_keys_rotate(&keys, fresh));
    T_ERR(seal_keys_rotate(&keys, fresh), ERR_FULL);
}

TEST(the_lookup_is_hmac_sha256)
{
    /* RFC 4231 has no 32-byte key; computed with openssl:
     * printf A123456789 | openssl dgst -sha256 -mac HMAC -macopt hexkey:000102..1f */
    static const uint8_t want[16] = {0xc4, 0x0c, 0xbf, 0xb4, 0x47, 0xf3, 0xd9, 0xd5,
                                     0x08, 0xeb, 0x0b, 0x45, 0xdd, 0xd2, 0x97, 0xd4};
    struct seal_keys keys = keys_of(0);
    struct digest got = seal_lookup(&keys, someone().id_no);
    T_EQ_MEM(got.bytes, want, sizeof want);
    struct digest other = seal_lookup(&keys, BYTES_LITERAL("A123456780"));
    T_FALSE(digest_equal(&got, &other));
}

TEST(a_small_buffer_fails_the_writer_and_nothing_else)
{
    struct seal_keys keys = keys_of(1);
    uint8_t buffer[60], big[300] = {0};
    struct seal_person person = someone();
    struct writer writer = writer_on(buffer, sizeof buffer);
    seal_person_close(&keys, nonce, 42, &person, &writer);
    T_TRUE(writer.failed);
    struct seal_person long_fields = person;
    long_fields.email = bytes_of(big, sizeof big);
    uint8_t room[2000];
    writer = writer_on(room, sizeof room);
    seal_person_close(&keys, nonce, 42, &long_fields, &writer);
    T_TRUE(writer.failed);
}

TEST(the_text_of_keys_reads_back)
{
    struct seal_keys keys = keys_of(3), read;
    uint8_t fresh[SEAL_KEY_SIZE] = {0xfe}, text[SEAL_KEYS_TEXT_MAX];
    while (keys.count < SEAL_KEYS_MAX)
        T_OK(seal_keys_rotate(&keys, fresh));
    struct writer writer = writer_on(text, sizeof text);
    seal_keys_print(&keys, &writer);
    T_FALSE(writer.failed);
    T_OK(seal_keys_parse(writer_bytes(&writer), &read));
    T_EQ_MEM(&read, &keys, sizeof keys);
}

TEST(damaged_key_texts_are_refused)
{
#define HEX  "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define HEAD "baobei-keys 1\n"
#define LOOK "lookup " HEX "\n"
    static const char *const bad[] = {
        "",
        HEAD,
        HEAD LOOK,
        HEAD "seal 1 " HEX "\n",
        LOOK "seal 1 " HEX "\n",
        "baobei-keys 2\n" LOOK "seal 1 " HEX "\n",
        HEAD LOOK LOOK "seal 1 " HEX "\n",
        HEAD LOOK "seal 0 " HEX "\n",
        HEAD LOOK "seal 1 " HEX "\nseal 1 " HEX "\n",
        HEAD LOOK "seal 4294967296 " HEX "\n",
        HEAD LOOK "seal 1 " HEX "0\n",
        HEAD LOOK "seal 1 x" HEX "\n",
        HEAD LOOK "seal 1\n",
        HEAD LOOK "seal one " HEX "\n",
        HEAD LOOK "seal 1 " HEX "\nother\n",
    };
    struct seal_keys keys;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        T_ERR(seal_keys_parse(bytes_from_text(bad[i]), &keys), ERR_BAD_INPUT);
    T_OK(seal_keys_parse(BYTES_LITERAL("# note\r\n" HEAD "\n" LOOK "seal 12 " HEX), &keys));
    T_EQ_UINT(keys.keys[0].id, 12);
}

TEST(the_file_is_made_private_and_once)
{
    struct seal_keys keys = keys_of(3), read;
    char path[TMP_PATH_MAX];
    tmp_path(path, "keys");
    T_ERR(seal_file_load(path, &read), ERR_NOT_FOUND);
    T_OK(seal_file_make(path, &keys));
    struct stat about;
    T_EQ_INT(stat(path, &about), 0);
    T_EQ_UINT(about.st_mode & 07777, 0600);
    T_ERR(seal_file_make(path, &keys), ERR_EXISTS);
    T_OK(seal_file_load(path, &read));
    T_EQ_MEM(&read, &keys, sizeof keys);
    T_EQ_INT(chmod(path, 0640), 0);
    T_ERR(seal_file_load(path, &read), ERR_DENIED);
}

TEST(a_replaced_file_holds_the_new_keys)
{
    struct seal_keys keys = keys_of(3), read;
    uint8_t fresh[SEAL_KEY_SIZE] = {0xfe};
    char path[TMP_PATH_MAX];
    tmp_path(path, "keys");
    T_OK(seal_file_make(path, &keys));
    T_OK(seal_keys_rotate(&keys, fresh));
    T_OK(seal_file_replace(path, &keys));
    T_OK(seal_file_load(path, &read));
    T_EQ_MEM(&read, &keys, sizeof keys);
}

T_LIST(seal_test, T(personal_fields_come_back_as_they_went_in), T(in_place_it_is_the_same_value),
       T(a_value_is_one_for_gcm_alone), T(every_changed_bit_is_seen),
       T(a_value_does_not_open_in_another_row), T(a_key_that_is_not_in_the_file_is_named_as_such),
       T(after_a_rotation_old_values_open_and_new_ones_name_the_new_key),
       T(the_lookup_is_hmac_sha256), T(a_small_buffer_fails_the_writer_and_nothing_else),
       T(the_text_of_keys_reads_back), T(damaged_key_texts_are_refused),
       T(the_file_is_made_private_and_once), T(a_replaced_file_holds_the_new_keys));
