/* The central directory of a ZIP and what its local headers say, read by us before libzip is asked.
 *
 * libzip's own ZIP_CHECKCONS refuses sound workbooks (a local header with another time stamp, as
 * System.IO.Packaging leaves it behind), and says nothing about the number of entries before it
 * has read them all. Pure; names are views into the file. */
#pragma once
#include "sheet/sheet.h"

struct sheet_entry {
    struct bytes name;
    uint64_t packed, size; /* as told: for comparing only */
    uint64_t at, end;      /* of the local header and the packed bytes behind it */
    uint32_t crc;
    uint16_t method, flags;
};

struct sheet_directory {
    struct sheet_entry *entries; /* room for SHEET_ENTRIES_MAX */
    int count;
};

enum sheet_fault sheet_directory_read(struct bytes file, struct sheet_directory *directory,
                                      struct sheet_told *told) MUST_CHECK;
/* Are two names the same part? */
bool sheet_names_equal(struct bytes a, struct bytes b);
