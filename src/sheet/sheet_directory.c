#include "sheet/sheet_directory.h"
#include "base/check.h"
#include "sheet/sheet_zip.h"
#include <string.h>

/* Sizes of APPNOTE 4.3: local header, directory entry, end, zip64's locator and end. */
enum { LOCAL_SIZE = 30, ENTRY_SIZE = 46, END_SIZE = 22, LOCATOR_SIZE = 20, END64_SIZE = 56 };
enum { COMMENT_MAX = 65535, EXTRA_ZIP64 = 1, METHOD_STORE = 0, METHOD_DEFLATE = 8 };
enum { FLAG_ENCRYPTED = 1, FLAG_LENGTHS_BEHIND = 8, FLAG_STRONG = 64, FLAG_MASKED = 8192 };
#define MARK_LOCAL   0x04034b50U
#define MARK_ENTRY   0x02014b50U
#define MARK_END     0x06054b50U
#define MARK_END64   0x06064b50U
#define MARK_LOCATOR 0x07064b50U
#define IN_ZIP64     UINT32_MAX

/* Little-endian, at a place that the caller has checked. */
static uint64_t number_at(struct bytes file, uint64_t at, unsigned size)
{
    CHECK(at + size <= file.size);
    uint64_t value = 0;
    for (unsigned i = size; i > 0; i--)
        value = value << 8 | file.data[at + i - 1];
    return value;
}

static uint16_t u16_at(struct bytes file, uint64_t at)
{
    return (uint16_t)number_at(file, at, 2);
}

static uint32_t u32_at(struct bytes file, uint64_t at)
{
    return (uint32_t)number_at(file, at, 4);
}

static bool fits(struct bytes file, uint64_t at, uint64_t size)
{
    return size <= file.size && at <= file.size - size;
}

struct end {
    uint64_t count, size, at; /* of the directory */
    uint64_t limit;           /* where the directory must end */
};

/* The last mark whose comment reaches the end of the file. */
static bool end_find(struct bytes file, uint64_t *at)
{
    if (file.size < END_SIZE)
        return false;
    uint64_t last = file.size - END_SIZE;
    uint64_t first = last > COMMENT_MAX ? last - COMMENT_MAX : 0;
    for (uint64_t i = last + 1; i > first; i--) {
        if (file.data[i - 1] == 'P' && u32_at(file, i - 1) == MARK_END &&
            i - 1 + END_SIZE + u16_at(file, i - 1 + 20) == file.size) {
            *at = i - 1;
            return true;
        }
    }
    return false;
}

/* zip64's end, where there is one: the small numbers must agree or point there. */
static bool end64_read(struct bytes file, uint64_t end_at, struct end *end)
{
    if (end_at < LOCATOR_SIZE || u32_at(file, end_at - LOCATOR_SIZE) != MARK_LOCATOR)
        return end->count != UINT16_MAX && end->size != IN_ZIP64 && end->at != IN_ZIP64;
    uint64_t locator = end_at - LOCATOR_SIZE;
    uint64_t at = number_at(file, locator + 8, 8);
    if (!fits(file, at, END64_SIZE) || at > locator || u32_at(file, at) != MARK_END64 ||
        number_at(file, at + 4, 8) != locator - at - 12)
        return false;
    struct end wide = {.count = number_at(file, at + 32, 8),
                       .size = number_at(file, at + 40, 8),
                       .at = number_at(file, at + 48, 8),
                       .limit = at};
    bool agree = (end->count == UINT16_MAX || end->count == wide.count) &&
                 (end->size == IN_ZIP64 || end->size == wide.size) &&
                 (end->at == IN_ZIP64 || end->at == wide.at);
    *end = wide;
    return agree;
}

static enum sheet_fault end_read(struct bytes file, struct end *end, struct sheet_told *told)
{
    uint64_t at;
    if (!end_find(file, &at))
        return sheet_tell(told, SHEET_BROKEN, "the end of the ZIP is missing");
    *end = (struct end){.count = u16_at(file, at + 10),
                        .size = u32_at(file, at + 12),
                        .at = u32_at(file, at + 16),
                        .limit = at};
    bool sound = end64_read(file, at, end);
    if (sound && end->count > SHEET_ENTRIES_MAX)
        return sheet_tell(told, SHEET_TOO_LARGE, "the ZIP has %llu entries, over %d",
                          (unsigned long long)end->count, SHEET_ENTRIES_MAX);
    /* Bytes before the ZIP or behind its directory are refused with this. */
    if (!sound || !fits(file, end->at, end->size) || end->at + end->size != end->limit)
        return sheet_tell(told, SHEET_BROKEN, "the end of the ZIP tells no true directory");
    return SHEET_FINE;
}

/* Wide numbers stand in zip64's field in this order, those only that are marked in the record. */
static bool wide_read(struct bytes extra, uint64_t *const *numbers, int count)
{
    uint64_t at = 0;
    while (fits(extra, at, 4)) {
        uint64_t size = u16_at(extra, at + 2);
        if (!fits(extra, at + 4, size))
            return false;
        if (u16_at(extra, at) == EXTRA_ZIP64) {
            struct bytes field = bytes_slice(extra, at + 4, size);
            uint64_t from = 0;
            for (int i = 0; i < count; i++) {
                if (*numbers[i] != IN_ZIP64)
                    continue;
                if (!fits(field, from, 8))
                    return false;
                *numbers[i] = number_at(field, from, 8);
                from += 8;
            }
            return true;
        }
        at += 4 + size;
    }
    for (int i = 0; i < count; i++)
        if (*numbers[i] == IN_ZIP64)
            return false;
    return true;
}

/* The local header must tell the same, or nothing where the lengths stand behind the bytes. */
static bool local_agrees(struct bytes file, struct sheet_entry *entry)
{
    uint64_t at = entry->at;
    if (!fits(file, at, LOCAL_SIZE) || u32_at(file, at) != MARK_LOCAL)
        return false;
    uint64_t name_size = u16_at(file, at + 26), extra_size = u16_at(file, at + 28);
    if (!fits(file, at + LOCAL_SIZE, name_size + extra_size))
        return false;
    struct bytes name = bytes_slice(file, at + LOCAL_SIZE, name_size);
    struct bytes extra = bytes_slice(file, at + LOCAL_SIZE + name_size, extra_size);
    uint16_t flags = u16_at(file, at + 6);
    uint32_t crc = u32_at(file, at + 14);
    uint64_t packed = u32_at(file, at + 18), size = u32_at(file, at + 22);
    uint64_t *const numbers[] = {&size, &packed};
    if (!wide_read(extra, numbers, 2))
        return false;
    bool behind = (flags & FLAG_LENGTHS_BEHIND) != 0;
    bool agree = (crc == entry->crc || (behind && crc == 0)) &&
                 (packed == entry->packed || (behind && packed == 0)) &&
                 (size == entry->size || (behind && size == 0));
    entry->flags = (uint16_t)(entry->flags | (flags & (FLAG_ENCRYPTED | FLAG_STRONG)));
    uint64_t head = LOCAL_SIZE + name_size + extra_size;
    if (!fits(file, at + head, entry->packed))
        return false;
    entry->end = at + head + entry->packed;
    return agree && bytes_equal(name, entry->name) && u16_at(file, at + 8) == entry->method;
}

static enum sheet_fault entry_judge(const struct sheet_entry *entry, int number,
                                    struct sheet_told *told)
{
    if ((entry->flags & (FLAG_ENCRYPTED | FLAG_STRONG | FLAG_MASKED)) != 0)
        return sheet_tell(told, SHEET_ENCRYPTED, "entry %d of the ZIP is encrypted", number);
    if (entry->method != METHOD_STORE && entry->method != METHOD_DEFLATE)
        return sheet_tell(told, SHEET_BROKEN, "entry %d of the ZIP is packed by method %u", number,
                          entry->method);
    if (entry->name.size == 0 || memchr(entry->name.data, 0, entry->name.size) != NULL)
        return sheet_tell(told, SHEET_BROKEN, "entry %d of the ZIP has no name", number);
    return SHEET_FINE;
}

/* One entry of the directory from *at on. */
static enum sheet_fault entry_read(struct bytes file, const struct end *end, uint64_t *at,
                                   struct sheet_directory *directory, struct sheet_told *told)
{
    int number = directory->count + 1;
    struct bytes all = bytes_slice(file, 0, end->at + end->size);
    if (!fits(all, *at, ENTRY_SIZE) || u32_at(file, *at) != MARK_ENTRY)
        return sheet_tell(told, SHEET_BROKEN, "the directory of the ZIP ends at entry %d", number);
    uint64_t name = u16_at(file, *at + 28), extra = u16_at(file, *at + 30);
    uint64_t tail = *at + ENTRY_SIZE, whole = name + extra + u16_at(file, *at + 32);
    if (!fits(all, tail, whole))
        return sheet_tell(told, SHEET_BROKEN, "the directory of the ZIP ends at entry %d", number);
    struct sheet_entry *entry = &directory->entries[directory->count];
    *entry = (struct sheet_entry){.name = bytes_slice(file, tail, name),
                                  .packed = u32_at(file, *at + 20),
                                  .size = u32_at(file, *at + 24),
                                  .at = u32_at(file, *at + 42),
                                  .crc = u32_at(file, *at + 16),
                                  .method = u16_at(file, *at + 10),
                                  .flags = u16_at(file, *at + 8)};
    uint64_t *const numbers[] = {&entry->size, &entry->packed, &entry->at};
    bool sound = wide_read(bytes_slice(file, tail + name, extra), numbers, 3) &&
                 local_agrees(bytes_slice(file, 0, end->at), entry);
    enum sheet_fault fault = entry_judge(entry, number, told);
    if (fault != SHEET_FINE)
        return fault;
    if (!sound)
        return sheet_tell(told, SHEET_BROKEN, "entry %d of the ZIP is told in two ways", number);
    *at = tail + whole;
    directory->count++;
    return SHEET_FINE;
}

static uint8_t folded(uint8_t c)
{
    if (c == '\\')
        return '/';
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c | 0x20) : c;
}

bool sheet_names_equal(struct bytes a, struct bytes b)
{
    if (a.size != b.size)
        return false;
    for (size_t i = 0; i < a.size; i++)
        if (folded(a.data[i]) != folded(b.data[i]))
            return false;
    return true;
}

static enum sheet_fault pair_judge(const struct sheet_entry *entries, int a, int b,
                                   struct sheet_told *told)
{
    if (sheet_names_equal(entries[a].name, entries[b].name))
        return sheet_tell(told, SHEET_BROKEN, "entries %d and %d of the ZIP have one name", a + 1,
                          b + 1);
    if (entries[a].at < entries[b].end && entries[b].at < entries[a].end)
        return sheet_tell(told, SHEET_BROKEN, "entries %d and %d of the ZIP overlap", a + 1, b + 1);
    return SHEET_FINE;
}

/* A file that is a ZIP only from some place on may be something else as well. */
static bool begins_the_file(const struct sheet_directory *directory)
{
    for (int i = 0; i < directory->count; i++)
        if (directory->entries[i].at == 0)
            return true;
    return false;
}

enum sheet_fault sheet_directory_read(struct bytes file, struct sheet_directory *directory,
                                      struct sheet_told *told)
{
    struct end end = {0};
    directory->count = 0;
    enum sheet_fault fault = end_read(file, &end, told);
    uint64_t at = fault == SHEET_FINE ? end.at : 0;
    for (uint64_t i = 0; fault == SHEET_FINE && i < end.count; i++)
        fault = entry_read(file, &end, &at, directory, told);
    if (fault == SHEET_FINE && at != end.limit)
        fault = sheet_tell(told, SHEET_BROKEN, "the directory of the ZIP has more than it tells");
    if (fault == SHEET_FINE && directory->count > 0 && !begins_the_file(directory))
        fault = sheet_tell(told, SHEET_BROKEN, "something stands in front of the ZIP");
    for (int a = 0; fault == SHEET_FINE && a < directory->count; a++)
        for (int b = a + 1; fault == SHEET_FINE && b < directory->count; b++)
            fault = pair_judge(directory->entries, a, b, told);
    return fault;
}
