#include "hmac.h"
#include "tests/lib/t.h"
#include <string.h>

static void hmac_is(struct bytes key, struct bytes message, struct bytes wanted)
{
    uint8_t padded[HMAC_KEY_SIZE] = {0}; /* HMAC pads a short key with zeros itself */
    uint8_t got[HMAC_SIZE];
    memcpy(padded, key.data, key.size);
    hmac_sha256(padded, message, got);
    T_EQ_BYTES(bytes_of(got, sizeof got), wanted);
}

/* RFC 4231, test cases 1 to 4. */
TEST(it_agrees_with_the_rfc)
{
    hmac_is(BYTES_LITERAL("\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b"
                          "\x0b\x0b"),
            BYTES_LITERAL("Hi There"),
            BYTES_LITERAL("\xb0\x34\x4c\x61\xd8\xdb\x38\x53\x5c\xa8\xaf\xce\xaf\x0b\xf1\x2b"
                          "\x88\x1d\xc2\x00\xc9\x83\x3d\xa7\x26\xe9\x37\x6c\x2e\x32\xcf\xf7"));
    hmac_is(BYTES_LITERAL("Jefe"), BYTES_LITERAL("what do ya want for nothing?"),
            BYTES_LITERAL("\x5b\xdc\xc1\x46\xbf\x60\x75\x4e\x6a\x04\x24\x26\x08\x95\x75\xc7"
                          "\x5a\x00\x3f\x08\x9d\x27\x39\x83\x9d\xec\x58\xb9\x64\xec\x38\x43"));
    uint8_t fifty[50];
    uint8_t key[20];
    memset(fifty, 0xdd, sizeof fifty);
    memset(key, 0xaa, sizeof key);
    hmac_is(bytes_of(key, sizeof key), bytes_of(fifty, sizeof fifty),
            BYTES_LITERAL("\x77\x3e\xa9\x1e\x36\x80\x0e\x46\x85\x4d\xb8\xeb\xd0\x91\x81\xa7"
                          "\x29\x59\x09\x8b\x3e\xf8\xc1\x22\xd9\x63\x55\x14\xce\xd5\x65\xfe"));
    memset(fifty, 0xcd, sizeof fifty);
    hmac_is(BYTES_LITERAL("\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10\x11\x12"
                          "\x13\x14\x15\x16\x17\x18\x19"),
            bytes_of(fifty, sizeof fifty),
            BYTES_LITERAL("\x82\x55\x8a\x38\x9a\x44\x3c\x0e\xa4\xcc\x81\x98\x99\xf2\x08\x3a"
                          "\x85\xf0\xfa\xa3\xe5\x78\xf8\x07\x7a\x2e\x3f\xf4\x67\x29\x66\x5b"));
}

TEST(an_empty_message_has_one_too)
{
    hmac_is(BYTES_LITERAL(""), BYTES_LITERAL(""),
            BYTES_LITERAL("\xb6\x13\x67\x9a\x08\x14\xd9\xec\x77\x2f\x95\xd7\x78\xc3\x5f\xc5"
                          "\xff\x16\x97\xc4\x93\x71\x56\x53\xc6\xc7\x12\x14\x42\x92\xc5\xad"));
}

T_LIST(hmac_test, T(it_agrees_with_the_rfc), T(an_empty_message_has_one_too));
