#include "base/sha256.h"
#include "base/check.h"
#include "tests/lib/t.h"
#include <string.h>

static const char million_a[] = "\xcd\xc7\x6e\x5c\x99\x14\xfb\x92\x81\xa1\xc7\xe2\x84\xd7\x3e\x67"
                                "\xf1\x80\x9a\x48\xa4\x97\x20\x0e\x04\x6d\x39\xcc\xc7\x11\x2c\xd0";

static struct bytes view(const uint8_t hash[SHA256_SIZE])
{
    return bytes_of(hash, SHA256_SIZE);
}

/* FIPS 180-4's examples. */
TEST(known_messages_have_their_known_hashes)
{
    static const struct {
        const char *message, *hash;
    } known[] = {
        {"", "\xe3\xb0\xc4\x42\x98\xfc\x1c\x14\x9a\xfb\xf4\xc8\x99\x6f\xb9\x24"
             "\x27\xae\x41\xe4\x64\x9b\x93\x4c\xa4\x95\x99\x1b\x78\x52\xb8\x55"},
        {"abc", "\xba\x78\x16\xbf\x8f\x01\xcf\xea\x41\x41\x40\xde\x5d\xae\x22\x23"
                "\xb0\x03\x61\xa3\x96\x17\x7a\x9c\xb4\x10\xff\x61\xf2\x00\x15\xad"},
        {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
         "\x24\x8d\x6a\x61\xd2\x06\x38\xb8\xe5\xc0\x26\x93\x0c\x3e\x60\x39"
         "\xa3\x3c\xe4\x59\x64\xff\x21\x67\xf6\xec\xed\xd4\x19\xdb\x06\xc1"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(known); i++) {
        uint8_t hash[SHA256_SIZE];
        sha256_of(bytes_from_text(known[i].message), hash);
        T_EQ_BYTES(view(hash), bytes_of(known[i].hash, SHA256_SIZE));
    }
}

TEST(pieces_of_any_size_give_the_hash_of_the_whole)
{
    char piece[997];
    memset(piece, 'a', sizeof piece);
    struct sha256 hash;
    sha256_begin(&hash);
    for (size_t left = 1000000; left > 0;) {
        size_t size = left < sizeof piece ? left : sizeof piece;
        sha256_add(&hash, bytes_of(piece, size));
        sha256_add(&hash, bytes_of(NULL, 0));
        left -= size;
    }
    uint8_t out[SHA256_SIZE];
    sha256_end(&hash, out);
    T_EQ_BYTES(view(out), bytes_of(million_a, SHA256_SIZE));
}

T_LIST(sha256_test, T(known_messages_have_their_known_hashes),
       T(pieces_of_any_size_give_the_hash_of_the_whole));
