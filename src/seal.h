/* Sealed values: AES-256-GCM under a named key, and the look-up value of an ID number
 * (RELIABILITY 1.4).
 *
 * Pure but for memory: the nonce and every key byte come from the caller. Callable from any thread
 * on const keys. A sealed value names its key, so that keys rotate: the first key writes, all of
 * them read. `context` (the row the value lies in, such as the person id) is authenticated with it,
 * so that a value cannot be moved to another row. */
#pragma once
#include "base/bytes.h"
#include <stdbool.h>
#include <stdint.h>

enum {
    SEAL_KEYS_MAX = 16,
    SEAL_KEY_SIZE = 32,
    SEAL_NONCE_SIZE = 12,
    SEAL_TAG_SIZE = 16,
    SEAL_HEAD_SIZE = 1 + 4 + SEAL_NONCE_SIZE,
    SEAL_OVERHEAD = SEAL_HEAD_SIZE + SEAL_TAG_SIZE,
    SEAL_KEYS_TEXT_MAX = 4096
};

struct seal_key {
    uint32_t id; /* never 0 */
    uint8_t bytes[SEAL_KEY_SIZE];
};

struct seal_keys {
    uint8_t lookup[SEAL_KEY_SIZE]; /* does not rotate: rows are found by it */
    uint8_t sign[SEAL_KEY_SIZE];   /* of audit roots, P-256; all zero in files of before it */
    struct seal_key keys[SEAL_KEYS_MAX];
    uint32_t count;
};

/* Appends version, key id, nonce, ciphertext and tag to `out`; SEAL_OVERHEAD more than `plain`.
 * `out` fails without room, and without memory. A nonce must never be used twice under one key:
 * take it from entropy_fill. */
void seal_close(const struct seal_keys *keys, const uint8_t nonce[SEAL_NONCE_SIZE],
                struct bytes context, struct bytes plain, struct writer *out);
/* The same where `plain` stands, which becomes the ciphertext: the sealed value is `head`, that,
 * `tag`. False: no memory; then nobody knows what stands there. */
bool seal_close_in_place(const struct seal_keys *keys, const uint8_t nonce[SEAL_NONCE_SIZE],
                         struct bytes context, uint8_t *plain, size_t size,
                         uint8_t head[SEAL_HEAD_SIZE], uint8_t tag[SEAL_TAG_SIZE]) MUST_CHECK;
/* `into` holds at least sealed.size - SEAL_OVERHEAD bytes; `plain` then lies in it. It may be the
 * ciphertext's own place (sealed.data + SEAL_HEAD_SIZE), which is lost then whatever comes of it.
 * ERR_CORRUPT (too short, changed, of another row), ERR_VERSION, ERR_NOT_FOUND (key not in the
 * file). */
enum err seal_open(const struct seal_keys *keys, struct bytes context, struct bytes sealed,
                   uint8_t *into, struct bytes *plain) MUST_CHECK;
/* The key a sealed value names; false if it is no sealed value. For rotation and `verify`. */
bool seal_key_of(struct bytes sealed, uint32_t *key_id);

/* First 16 bytes of HMAC-SHA-256 of the ID number as it stands (10 characters, upper case). */
struct digest seal_lookup(const struct seal_keys *keys, struct bytes id_no);

/* ---- the personal fields of one person ---- */
struct seal_person {
    struct bytes id_no, birth_date, mobile, email; /* empty where unknown; birth date YYYY-MM-DD */
};
enum { SEAL_PERSON_FIELD_MAX = 255, SEAL_PERSON_PLAIN_MAX = 4 * 256 };

/* Fails the writer if a field is longer than SEAL_PERSON_FIELD_MAX. */
void seal_person_close(const struct seal_keys *keys, const uint8_t nonce[SEAL_NONCE_SIZE],
                       uint64_t person_id, const struct seal_person *fields, struct writer *out);
/* The views of `fields` lie in `into`; wipe it (seal_wipe) when done. Errors as seal_open. */
enum err seal_person_open(const struct seal_keys *keys, uint64_t person_id, struct bytes sealed,
                          uint8_t into[SEAL_PERSON_PLAIN_MAX],
                          struct seal_person *fields) MUST_CHECK;
void seal_wipe(void *secret, size_t size);

/* ---- the keys themselves ---- */
/* New keys from `entropy` (a look-up key, a sealing key, a signing key); the first id is 1. */
enum { SEAL_KEYS_ENTROPY = 3 * SEAL_KEY_SIZE };
void seal_keys_make(struct seal_keys *keys, const uint8_t entropy[SEAL_KEYS_ENTROPY]);
/* Gives keys of before it a signing key. False: they had one. */
bool seal_keys_add_sign(struct seal_keys *keys, const uint8_t entropy[SEAL_KEY_SIZE]);
/* A new key in front, with the next id; the older ones still read. ERR_FULL at SEAL_KEYS_MAX. */
enum err seal_keys_rotate(struct seal_keys *keys, const uint8_t entropy[SEAL_KEY_SIZE]) MUST_CHECK;
/* The text form of the key file, see seal_keys.c. ERR_BAD_INPUT. */
enum err seal_keys_parse(struct bytes text, struct seal_keys *keys) MUST_CHECK;
void seal_keys_print(const struct seal_keys *keys, struct writer *out);

/* The file: made with mode 0600, refused (ERR_DENIED) if group or others may read it. Blocking.
 * seal_file_make: ERR_EXISTS if there is one; durable when it returns. */
enum err seal_file_load(const char *path, struct seal_keys *keys) MUST_CHECK;
enum err seal_file_make(const char *path, const struct seal_keys *keys) MUST_CHECK;
/* Replaces the file by rename; durable when it returns. */
enum err seal_file_replace(const char *path, const struct seal_keys *keys) MUST_CHECK;
