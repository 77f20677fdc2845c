/* The key file is text, one key a line, so that an operator can see what is there and keep it
 * apart:
 *
 *     baobei-keys 1
 *     lookup <64 hex digits>
 *     seal <id> <64 hex digits>        the first one seals, all of them open
 *     seal <id> <64 hex digits>
 *     sign <64 hex digits>             signs the roots of the audit log; may be absent
 *
 * Ids are decimal, unique and not 0. Empty lines and lines beginning with # are allowed. */
#include "seal.h"
#include "base/check.h"
#include <stdio.h>
#include <string.h>

static const char head[] = "baobei-keys 1";

void seal_keys_make(struct seal_keys *keys, const uint8_t entropy[SEAL_KEYS_ENTROPY])
{
    *keys = (struct seal_keys){.count = 1};
    memcpy(keys->lookup, entropy, SEAL_KEY_SIZE);
    keys->keys[0].id = 1;
    memcpy(keys->keys[0].bytes, entropy + SEAL_KEY_SIZE, SEAL_KEY_SIZE);
    bool added = seal_keys_add_sign(keys, entropy + 2 * SEAL_KEY_SIZE);
    CHECK(added);
}

static bool has_sign(const struct seal_keys *keys)
{
    uint8_t any = 0;
    for (size_t i = 0; i < SEAL_KEY_SIZE; i++)
        any |= keys->sign[i];
    return any != 0;
}

/* A number from 1 up to less than the order of P-256, which is above 2^255. */
bool seal_keys_add_sign(struct seal_keys *keys, const uint8_t entropy[SEAL_KEY_SIZE])
{
    if (has_sign(keys))
        return false;
    memcpy(keys->sign, entropy, SEAL_KEY_SIZE);
    keys->sign[0] &= 0x7f;
    keys->sign[SEAL_KEY_SIZE - 1] |= 1;
    return true;
}

enum err seal_keys_rotate(struct seal_keys *keys, const uint8_t entropy[SEAL_KEY_SIZE])
{
    CHECK(keys->count > 0);
    if (keys->count == SEAL_KEYS_MAX)
        return ERR_FULL;
    uint32_t last = 0;
    for (uint32_t i = 0; i < keys->count; i++)
        if (keys->keys[i].id > last)
            last = keys->keys[i].id;
    if (last == UINT32_MAX)
        return ERR_FULL;
    memmove(&keys->keys[1], &keys->keys[0], keys->count * sizeof keys->keys[0]);
    keys->keys[0].id = last + 1;
    memcpy(keys->keys[0].bytes, entropy, SEAL_KEY_SIZE);
    keys->count++;
    return ERR_OK;
}

static int hex_value(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

static bool hex_parse(struct bytes text, uint8_t key[SEAL_KEY_SIZE])
{
    if (text.size != 2 * SEAL_KEY_SIZE)
        return false;
    for (size_t i = 0; i < SEAL_KEY_SIZE; i++) {
        int high = hex_value(text.data[2 * i]), low = hex_value(text.data[2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        key[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

/* Takes one line, without its end and a CR before it. */
static struct bytes line_take(struct bytes *text)
{
    size_t size = 0;
    while (size < text->size && text->data[size] != '\n')
        size++;
    struct bytes line = bytes_slice(*text, 0, size);
    size_t used = size < text->size ? size + 1 : size;
    *text = bytes_slice(*text, used, text->size - used);
    if (line.size > 0 && line.data[line.size - 1] == '\r')
        line.size--;
    return line;
}

/* `prefix` and one blank; the rest goes to `rest`. */
static bool word_take(struct bytes line, const char *prefix, struct bytes *rest)
{
    struct bytes word = bytes_from_text(prefix);
    if (!bytes_start_with(line, word) || line.size <= word.size || line.data[word.size] != ' ')
        return false;
    *rest = bytes_slice(line, word.size + 1, line.size - word.size - 1);
    return true;
}

static bool seal_line_parse(struct bytes rest, struct seal_keys *keys)
{
    if (keys->count == SEAL_KEYS_MAX)
        return false;
    uint64_t id = 0;
    size_t at = 0;
    for (; at < rest.size && rest.data[at] >= '0' && rest.data[at] <= '9'; at++) {
        id = id * 10 + (uint64_t)(rest.data[at] - '0');
        if (id > UINT32_MAX)
            return false;
    }
    if (id == 0 || at == rest.size || rest.data[at] != ' ')
        return false;
    for (uint32_t i = 0; i < keys->count; i++)
        if (keys->keys[i].id == id)
            return false;
    struct seal_key *key = &keys->keys[keys->count];
    if (!hex_parse(bytes_slice(rest, at + 1, rest.size - at - 1), key->bytes))
        return false;
    key->id = (uint32_t)id;
    keys->count++;
    return true;
}

static bool keys_parse(struct bytes text, struct seal_keys *keys)
{
    bool headed = false, looked_up = false;
    while (text.size > 0) {
        struct bytes line = line_take(&text), rest;
        if (line.size == 0 || line.data[0] == '#')
            continue;
        if (!headed) {
            if (!bytes_are_text(line, head))
                return false;
            headed = true;
        } else if (word_take(line, "lookup", &rest)) {
            if (looked_up || !hex_parse(rest, keys->lookup))
                return false;
            looked_up = true;
        } else if (word_take(line, "sign", &rest)) {
            if (has_sign(keys) || !hex_parse(rest, keys->sign))
                return false;
        } else if (!word_take(line, "seal", &rest) || !seal_line_parse(rest, keys)) {
            return false;
        }
    }
    return looked_up && keys->count > 0;
}

enum err seal_keys_parse(struct bytes text, struct seal_keys *keys)
{
    struct seal_keys read = {0};
    bool good = text.size <= SEAL_KEYS_TEXT_MAX && keys_parse(text, &read);
    if (good)
        *keys = read;
    seal_wipe(&read, sizeof read);
    return good ? ERR_OK : ERR_BAD_INPUT;
}

static void key_write(const uint8_t key[SEAL_KEY_SIZE], struct writer *out)
{
    write_hex(out, bytes_of(key, SEAL_KEY_SIZE));
    write_text(out, "\n");
}

void seal_keys_print(const struct seal_keys *keys, struct writer *out)
{
    CHECK(keys->count > 0 && keys->count <= SEAL_KEYS_MAX);
    write_text(out,
               "# Keys of the personal fields. Keep a copy apart from the data and its backups:\n"
               "# without it no ID number can be read or found again.\n");
    write_text(out, head);
    write_text(out, "\nlookup ");
    key_write(keys->lookup, out);
    for (uint32_t i = 0; i < keys->count; i++) {
        char start[24];
        snprintf(start, sizeof start, "seal %u ", keys->keys[i].id);
        write_text(out, start);
        key_write(keys->keys[i].bytes, out);
    }
    if (has_sign(keys)) {
        write_text(out, "sign ");
        key_write(keys->sign, out);
    }
}
