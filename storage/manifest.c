#include "storage/manifest.h"
#include "base/check.h"
#include "base/sha256.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { WORD_MAX = 80 };

static void hex_print(const uint8_t *bytes, size_t size, char *out)
{
    for (size_t i = 0; i < size; i++)
        (void)snprintf(out + 2 * i, 3, "%02x", bytes[i]);
}

static int nibble(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool hex_read(const char *text, uint8_t *out, size_t size)
{
    if (strlen(text) != 2 * size)
        return false;
    for (size_t i = 0; i < size; i++) {
        int high = nibble(text[2 * i]), low = nibble(text[2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        out[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

static void hash_of(const char *text, size_t size, char out[2 * MANIFEST_HASH + 1])
{
    uint8_t hash[MANIFEST_HASH];
    sha256_of(bytes_of(text, size), hash);
    hex_print(hash, sizeof hash, out);
}

size_t manifest_print(const struct manifest *manifest, char out[MANIFEST_MAX])
{
    char id[2 * STORE_ID_SIZE + 1], sum[2 * MANIFEST_HASH + 1], end[2 * MANIFEST_HASH + 1];
    hex_print(manifest->store_id, STORE_ID_SIZE, id);
    hex_print(manifest->sha256, MANIFEST_HASH, sum);
    int size = snprintf(out, MANIFEST_MAX,
                        "baobei-backup %d\nstore-format %" PRIu32 "\nstore-id %s\n"
                        "position %" PRIu64 "\nbegun %" PRId64 "\nfile data.mdb %" PRIu64 " %s\n",
                        MANIFEST_FORMAT, manifest->store_format, id, manifest->position,
                        manifest->begun_at, manifest->size, sum);
    CHECK(size > 0 && size < MANIFEST_MAX);
    hash_of(out, (size_t)size, end);
    int more = snprintf(out + size, (size_t)(MANIFEST_MAX - size), "end %s\n", end);
    CHECK(more > 0 && more < MANIFEST_MAX - size);
    return (size_t)(size + more);
}

/* The line `key value\n` at *at; the value becomes a word of its own. */
static bool line_read(const char **at, const char *key, char value[WORD_MAX + 1])
{
    size_t key_size = strlen(key);
    const char *end = strchr(*at, '\n');
    if (strncmp(*at, key, key_size) != 0 || (*at)[key_size] != ' ' || end == NULL)
        return false;
    size_t size = (size_t)(end - *at) - key_size - 1;
    if (size > WORD_MAX)
        return false;
    memcpy(value, *at + key_size + 1, size);
    value[size] = '\0';
    *at = end + 1;
    return true;
}

static bool number_read(const char *text, uint64_t *number)
{
    char *end = NULL;
    *number = strtoull(text, &end, 10);
    return text[0] >= '0' && text[0] <= '9' && *end == '\0';
}

static bool number_line(const char **at, const char *key, uint64_t *number)
{
    char value[WORD_MAX + 1];
    return line_read(at, key, value) && number_read(value, number);
}

static bool file_line(const char **at, struct manifest *manifest)
{
    char value[WORD_MAX + 1];
    if (!line_read(at, "file data.mdb", value))
        return false;
    char *blank = strchr(value, ' ');
    if (blank == NULL)
        return false;
    *blank = '\0';
    return number_read(value, &manifest->size) &&
           hex_read(blank + 1, manifest->sha256, MANIFEST_HASH);
}

enum err manifest_read(struct bytes text, struct manifest *manifest)
{
    char copy[MANIFEST_MAX + 1], value[WORD_MAX + 1], sum[2 * MANIFEST_HASH + 1];
    if (text.size == 0 || text.size > MANIFEST_MAX || memchr(text.data, 0, text.size) != NULL)
        return ERR_BAD_INPUT;
    memcpy(copy, text.data, text.size);
    copy[text.size] = '\0';
    const char *at = copy;
    uint64_t format = 0, store_format = 0, begun_at = 0;
    if (!number_line(&at, "baobei-backup", &format) || format == 0)
        return ERR_BAD_INPUT;
    if (format > MANIFEST_FORMAT)
        return ERR_VERSION;
    struct manifest read = {0};
    bool good = number_line(&at, "store-format", &store_format) &&
                line_read(&at, "store-id", value) &&
                hex_read(value, read.store_id, STORE_ID_SIZE) &&
                number_line(&at, "position", &read.position) &&
                number_line(&at, "begun", &begun_at) && file_line(&at, &read);
    if (!good)
        return ERR_BAD_INPUT;
    hash_of(copy, (size_t)(at - copy), sum);
    if (!line_read(&at, "end", value) || strcmp(value, sum) != 0 || *at != '\0' ||
        store_format == 0 || store_format > UINT32_MAX || begun_at > INT64_MAX)
        return ERR_BAD_INPUT;
    if (store_format > SCHEMA_FORMAT)
        return ERR_VERSION;
    read.store_format = (uint32_t)store_format;
    read.begun_at = (int64_t)begun_at;
    *manifest = read;
    return ERR_OK;
}
