/* A sealed value, byte by byte:
 *
 *     u8 version (1) | u32 key id | 12 bytes nonce | ciphertext | 16 bytes tag
 *
 * Authenticated beside the ciphertext: version and key id as they stand, then the context. */
#include "seal.h"
#include "base/check.h"
#include "hmac.h"
#include <mbedtls/gcm.h>
#include <mbedtls/platform_util.h>
#include <string.h>

enum { VERSION = 1, VERSIONED_SIZE = 1 + 4, CONTEXT_MAX = 64 };

void seal_wipe(void *secret, size_t size)
{
    mbedtls_platform_zeroize(secret, size);
}

static const struct seal_key *key_find(const struct seal_keys *keys, uint32_t id)
{
    for (uint32_t i = 0; i < keys->count; i++)
        if (keys->keys[i].id == id)
            return &keys->keys[i];
    return NULL;
}

/* What is authenticated but not encrypted: the head and the context. */
static struct bytes aad_build(uint8_t buffer[VERSIONED_SIZE + CONTEXT_MAX], uint32_t key_id,
                              struct bytes context)
{
    CHECK(context.size <= CONTEXT_MAX);
    struct writer aad = writer_on(buffer, VERSIONED_SIZE + CONTEXT_MAX);
    write_u8(&aad, VERSION);
    write_u32(&aad, key_id);
    write_raw(&aad, context);
    CHECK(!aad.failed);
    return writer_bytes(&aad);
}

/* `cipher` may be where `plain` is. */
static bool gcm_close(const struct seal_keys *keys, const uint8_t nonce[SEAL_NONCE_SIZE],
                      struct bytes context, struct bytes plain, uint8_t *cipher,
                      uint8_t tag[SEAL_TAG_SIZE])
{
    CHECK(keys->count > 0 && keys->count <= SEAL_KEYS_MAX);
    const struct seal_key *key = &keys->keys[0];
    uint8_t aad_buffer[VERSIONED_SIZE + CONTEXT_MAX];
    struct bytes aad = aad_build(aad_buffer, key->id, context);
    mbedtls_gcm_context gcm;
    mbedtls_gcm_init(&gcm);
    /* With a whole key and our own buffers these fail for want of memory only. */
    int failed = mbedtls_gcm_setkey(&gcm, MBEDTLS_CIPHER_ID_AES, key->bytes, 8 * SEAL_KEY_SIZE);
    if (failed == 0)
        failed =
            mbedtls_gcm_crypt_and_tag(&gcm, MBEDTLS_GCM_ENCRYPT, plain.size, nonce, SEAL_NONCE_SIZE,
                                      aad.data, aad.size, plain.data, cipher, SEAL_TAG_SIZE, tag);
    mbedtls_gcm_free(&gcm);
    return failed == 0;
}

static void head_write(struct writer *out, const struct seal_keys *keys,
                       const uint8_t nonce[SEAL_NONCE_SIZE])
{
    write_u8(out, VERSION);
    write_u32(out, keys->keys[0].id);
    write_raw(out, bytes_of(nonce, SEAL_NONCE_SIZE));
}

void seal_close(const struct seal_keys *keys, const uint8_t nonce[SEAL_NONCE_SIZE],
                struct bytes context, struct bytes plain, struct writer *out)
{
    if (out->failed || out->capacity - out->size < plain.size ||
        out->capacity - out->size - plain.size < SEAL_OVERHEAD) {
        out->failed = true;
        return;
    }
    head_write(out, keys, nonce);
    uint8_t *cipher = out->data + out->size, *tag = cipher + plain.size;
    out->size += plain.size + SEAL_TAG_SIZE;
    out->failed = !gcm_close(keys, nonce, context, plain, cipher, tag);
}

bool seal_close_in_place(const struct seal_keys *keys, const uint8_t nonce[SEAL_NONCE_SIZE],
                         struct bytes context, uint8_t *plain, size_t size,
                         uint8_t head[SEAL_HEAD_SIZE], uint8_t tag[SEAL_TAG_SIZE])
{
    struct writer out = writer_on(head, SEAL_HEAD_SIZE);
    head_write(&out, keys, nonce);
    CHECK(!out.failed && out.size == SEAL_HEAD_SIZE);
    return gcm_close(keys, nonce, context, bytes_of(plain, size), plain, tag);
}

bool seal_key_of(struct bytes sealed, uint32_t *key_id)
{
    if (sealed.size < SEAL_OVERHEAD || sealed.data[0] != VERSION)
        return false;
    struct reader reader = reader_of(bytes_slice(sealed, 1, 4));
    *key_id = read_u32(&reader);
    return true;
}

enum err seal_open(const struct seal_keys *keys, struct bytes context, struct bytes sealed,
                   uint8_t *into, struct bytes *plain)
{
    if (sealed.size < SEAL_OVERHEAD)
        return ERR_CORRUPT;
    uint32_t key_id;
    if (!seal_key_of(sealed, &key_id))
        return ERR_VERSION;
    const struct seal_key *key = key_find(keys, key_id);
    if (key == NULL)
        return ERR_NOT_FOUND;
    uint8_t aad_buffer[VERSIONED_SIZE + CONTEXT_MAX];
    struct bytes aad = aad_build(aad_buffer, key_id, context);

    const uint8_t *nonce = sealed.data + VERSIONED_SIZE, *cipher = nonce + SEAL_NONCE_SIZE;
    size_t size = sealed.size - SEAL_OVERHEAD;
    mbedtls_gcm_context gcm;
    mbedtls_gcm_init(&gcm);
    int failed = mbedtls_gcm_setkey(&gcm, MBEDTLS_CIPHER_ID_AES, key->bytes, 8 * SEAL_KEY_SIZE);
    if (failed == 0)
        failed = mbedtls_gcm_auth_decrypt(&gcm, size, nonce, SEAL_NONCE_SIZE, aad.data, aad.size,
                                          cipher + size, SEAL_TAG_SIZE, cipher, into);
    mbedtls_gcm_free(&gcm);
    if (failed == MBEDTLS_ERR_GCM_AUTH_FAILED)
        return ERR_CORRUPT;
    if (failed != 0)
        return ERR_NO_MEMORY; /* it fails for nothing else */
    *plain = bytes_of(into, size);
    return ERR_OK;
}

struct digest seal_lookup(const struct seal_keys *keys, struct bytes id_no)
{
    CHECK(keys->count > 0);
    uint8_t mac[HMAC_SIZE];
    hmac_sha256(keys->lookup, id_no, mac);
    struct digest digest;
    memcpy(digest.bytes, mac, sizeof digest.bytes);
    return digest;
}

/* The id as context: a sealed value does not open under another person. */
static struct bytes person_context(uint64_t person_id, uint8_t buffer[8])
{
    struct writer writer = writer_on(buffer, 8);
    write_u64(&writer, person_id);
    return writer_bytes(&writer);
}

void seal_person_close(const struct seal_keys *keys, const uint8_t nonce[SEAL_NONCE_SIZE],
                       uint64_t person_id, const struct seal_person *fields, struct writer *out)
{
    uint8_t plain[SEAL_PERSON_PLAIN_MAX], context[8];
    struct writer writer = writer_on(plain, sizeof plain);
    write_sized8(&writer, fields->id_no);
    write_sized8(&writer, fields->birth_date);
    write_sized8(&writer, fields->mobile);
    write_sized8(&writer, fields->email);
    if (writer.failed)
        out->failed = true;
    else
        seal_close(keys, nonce, person_context(person_id, context), writer_bytes(&writer), out);
    seal_wipe(plain, sizeof plain);
}

enum err seal_person_open(const struct seal_keys *keys, uint64_t person_id, struct bytes sealed,
                          uint8_t into[SEAL_PERSON_PLAIN_MAX], struct seal_person *fields)
{
    if (sealed.size > SEAL_PERSON_PLAIN_MAX + SEAL_OVERHEAD)
        return ERR_CORRUPT;
    uint8_t context[8];
    struct bytes plain;
    enum err err = seal_open(keys, person_context(person_id, context), sealed, into, &plain);
    if (err != ERR_OK)
        return err;
    struct reader reader = reader_of(plain);
    struct seal_person read = {.id_no = read_sized8(&reader)};
    read.birth_date = read_sized8(&reader);
    read.mobile = read_sized8(&reader);
    read.email = read_sized8(&reader);
    if (!reader_done(&reader))
        return ERR_CORRUPT;
    *fields = read;
    return ERR_OK;
}
