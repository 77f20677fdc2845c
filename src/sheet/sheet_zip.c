#include "sheet/sheet_zip.h"
#include "base/check.h"
#include "sheet/sheet_directory.h"
#include <stdlib.h>
#include <string.h>
#include <zip.h>

struct sheet_part {
    struct sheet_zip *zip;
    zip_file_t *file;
    const struct sheet_entry *entry;
    uint64_t inflated;
};

struct sheet_zip {
    zip_t *archive;
    struct sheet_directory directory;
    uint64_t inflated; /* of all parts */
    struct sheet_part part;
    struct sheet_entry entries[SHEET_ENTRIES_MAX];
};

/* libzip must have understood what we have checked. */
static bool same_entry(zip_t *archive, zip_uint64_t index, const struct sheet_entry *entry)
{
    const zip_uint64_t wanted =
        ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE | ZIP_STAT_CRC | ZIP_STAT_COMP_METHOD;
    zip_stat_t stat;
    zip_stat_init(&stat);
    const char *name = zip_get_name(archive, index, ZIP_FL_ENC_RAW);
    return name != NULL && zip_stat_index(archive, index, 0, &stat) == 0 &&
           (stat.valid & wanted) == wanted && bytes_are_text(entry->name, name) &&
           stat.size == entry->size && stat.comp_size == entry->packed && stat.crc == entry->crc &&
           stat.comp_method == entry->method;
}

static enum sheet_fault archive_open(struct sheet_zip *zip, struct bytes file,
                                     struct sheet_told *told)
{
    zip_error_t error;
    zip_error_init(&error);
    zip_source_t *source = zip_source_buffer_create(file.data, file.size, 0, &error);
    if (source != NULL)
        zip->archive = zip_open_from_source(source, ZIP_RDONLY, &error);
    int code = zip_error_code_zip(&error);
    zip_error_fini(&error);
    if (zip->archive == NULL) {
        zip_source_free(source);
        if (code == ZIP_ER_MEMORY)
            return sheet_tell(told, SHEET_NO_MEMORY, "the ZIP needs memory");
        return sheet_tell(told, SHEET_BROKEN, "the ZIP can't be opened (%d)", code);
    }
    zip_int64_t count = zip_get_num_entries(zip->archive, 0);
    bool same = count == zip->directory.count;
    for (zip_int64_t i = 0; same && i < count; i++)
        same = same_entry(zip->archive, (zip_uint64_t)i, &zip->entries[i]);
    return same ? SHEET_FINE : sheet_tell(told, SHEET_BROKEN, "the ZIP has two directories");
}

enum sheet_fault sheet_zip_open(struct sheet_zip **out, struct bytes file, struct sheet_told *told)
{
    *out = NULL;
    if (!bytes_start_with(file, BYTES_LITERAL("PK")))
        return sheet_tell(told, SHEET_NOT_XLSX, "the file does not begin as a ZIP");
    struct sheet_zip *zip = calloc(1, sizeof *zip);
    if (zip == NULL)
        return sheet_tell(told, SHEET_NO_MEMORY, "the ZIP needs memory");
    zip->directory.entries = zip->entries;
    enum sheet_fault fault = sheet_directory_read(file, &zip->directory, told);
    if (fault == SHEET_FINE)
        fault = archive_open(zip, file, told);
    if (fault != SHEET_FINE) {
        sheet_zip_close(zip);
        return fault;
    }
    *out = zip;
    return SHEET_FINE;
}

void sheet_zip_close(struct sheet_zip *zip)
{
    if (zip == NULL)
        return;
    CHECK(zip->part.file == NULL);
    if (zip->archive != NULL)
        zip_discard(zip->archive);
    free(zip);
}

int sheet_zip_count(const struct sheet_zip *zip)
{
    return zip->directory.count;
}

struct bytes sheet_zip_name(const struct sheet_zip *zip, int entry)
{
    CHECK(entry >= 0 && entry < zip->directory.count);
    return zip->entries[entry].name;
}

int sheet_zip_find(const struct sheet_zip *zip, const char *part)
{
    for (int i = 0; i < zip->directory.count; i++)
        if (sheet_names_equal(zip->entries[i].name, bytes_from_text(part)))
            return i;
    return -1;
}

enum sheet_fault sheet_part_open(struct sheet_zip *zip, int entry, struct sheet_part **out,
                                 struct sheet_told *told)
{
    *out = NULL;
    CHECK(entry >= 0 && entry < zip->directory.count && zip->part.file == NULL);
    zip_file_t *file = zip_fopen_index(zip->archive, (zip_uint64_t)entry, 0);
    if (file == NULL) {
        if (zip_error_code_zip(zip_get_error(zip->archive)) == ZIP_ER_MEMORY)
            return sheet_tell(told, SHEET_NO_MEMORY, "a part needs memory");
        return sheet_tell(told, SHEET_BROKEN, "entry %d of the ZIP can't be opened", entry + 1);
    }
    zip->part = (struct sheet_part){.zip = zip, .file = file, .entry = &zip->entries[entry]};
    *out = &zip->part;
    return SHEET_FINE;
}

/* Of a part that has, or says it has, `size` bytes, and of all parts with it, `sum` bytes. */
static enum sheet_fault sizes_judge(const struct sheet_entry *entry, uint64_t size, uint64_t sum,
                                    struct sheet_told *told)
{
    /* An entry that tells more packed bytes than it needs only loses its ratio: the sums hold. */
    uint64_t fair = entry->packed * SHEET_RATIO_MAX;
    if (size > SHEET_PART_MAX)
        return sheet_tell(told, SHEET_TOO_LARGE, "a part inflates to over %d MiB",
                          SHEET_PART_MAX >> 20);
    if (sum > SHEET_PARTS_MAX)
        return sheet_tell(told, SHEET_TOO_LARGE, "the parts inflate to over %d MiB",
                          SHEET_PARTS_MAX >> 20);
    if (size > SHEET_RATIO_FROM && size > fair)
        return sheet_tell(told, SHEET_TOO_LARGE, "a part inflates to over %d times its size",
                          SHEET_RATIO_MAX);
    return SHEET_FINE;
}

enum sheet_fault sheet_zip_foresee(const struct sheet_zip *zip, const int *entries, size_t count,
                                   struct sheet_told *told)
{
    uint64_t sum = zip->inflated;
    enum sheet_fault fault = SHEET_FINE;
    for (size_t i = 0; i < count && fault == SHEET_FINE; i++) {
        if (entries[i] < 0)
            continue;
        CHECK(entries[i] < zip->directory.count);
        const struct sheet_entry *entry = &zip->entries[entries[i]];
        sum = entry->size > SHEET_PARTS_MAX ? entry->size : sum + entry->size;
        fault = sizes_judge(entry, entry->size, sum, told);
    }
    return fault;
}

static enum sheet_fault amount_judge(struct sheet_part *part, size_t size, struct sheet_told *told)
{
    part->inflated += size;
    part->zip->inflated += size;
    enum sheet_fault fault = sizes_judge(part->entry, part->inflated, part->zip->inflated, told);
    if (fault != SHEET_FINE)
        return fault;
    if (part->inflated > part->entry->size)
        return sheet_tell(told, SHEET_BROKEN, "a part is longer than it tells");
    return SHEET_FINE;
}

enum sheet_fault sheet_part_next(struct sheet_part *part, void *to, size_t room, size_t *size,
                                 struct sheet_told *told)
{
    CHECK(room > 0);
    *size = 0;
    zip_int64_t got = zip_fread(part->file, to, room);
    if (got < 0)
        return sheet_tell(told, SHEET_BROKEN, "a part is damaged");
    CHECK((uint64_t)got <= room);
    enum sheet_fault fault = amount_judge(part, (size_t)got, told);
    if (fault != SHEET_FINE)
        return fault;
    if (got == 0 && part->inflated != part->entry->size)
        return sheet_tell(told, SHEET_BROKEN, "a part is shorter than it tells");
    *size = (size_t)got;
    return SHEET_FINE;
}

void sheet_part_close(struct sheet_part *part)
{
    if (part == NULL)
        return;
    (void)zip_fclose(part->file);
    part->file = NULL;
}

void sheet_part_forget(struct sheet_part *part)
{
    part->zip->inflated -= part->inflated;
    sheet_part_close(part);
}

uint64_t sheet_part_size(const struct sheet_zip *zip, int entry)
{
    CHECK(entry >= 0 && entry < zip->directory.count);
    return zip->entries[entry].size;
}

static bool part_fill(struct sheet_part *part, uint8_t *data, size_t room, size_t *filled)
{
    struct sheet_told told = {0};
    size_t size;
    *filled = 0;
    do {
        if (*filled == room ||
            sheet_part_next(part, data + *filled, room - *filled, &size, &told) != SHEET_FINE)
            return false;
        *filled += size;
    } while (size > 0);
    return true;
}

uint8_t *sheet_part_take(struct sheet_zip *zip, int entry, size_t most, size_t *size)
{
    struct sheet_told told = {0};
    struct sheet_part *part;
    *size = 0;
    /* One that tells more than it has is damaged. */
    if (sheet_part_size(zip, entry) > most ||
        sheet_part_open(zip, entry, &part, &told) != SHEET_FINE)
        return NULL;
    size_t room = (size_t)part->entry->size + 1; /* one byte more, so that the end is seen */
    uint8_t *data = malloc(room);
    if (data != NULL && part_fill(part, data, room, size)) {
        sheet_part_close(part);
        return data;
    }
    free(data);
    sheet_part_forget(part);
    return NULL;
}
