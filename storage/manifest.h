/* What a backup says about itself: the text file MANIFEST beside its data.mdb.
 *
 *     baobei-backup 1
 *     store-format 1
 *     store-id 32 hexadecimal digits
 *     position 1234
 *     begun 1796011200000          wall ms
 *     file data.mdb 1048576 64 hexadecimal digits
 *     end 64 hexadecimal digits    SHA-256 of every byte above this line
 *
 * Written last and synced, so a folder with a whole one is a whole backup. Pure; any thread. */
#pragma once
#include "storage/schema.h"
#include <stdio.h>

enum { MANIFEST_FORMAT = 1, MANIFEST_HASH = 32, MANIFEST_MAX = 1024 };

struct manifest {
    uint32_t store_format;
    uint8_t store_id[STORE_ID_SIZE];
    uint64_t position; /* of the log: everything up to it is in the copy */
    int64_t begun_at;  /* wall ms */
    uint64_t size;     /* of data.mdb */
    uint8_t sha256[MANIFEST_HASH];
};

/* Size of the text. */
size_t manifest_print(const struct manifest *manifest, char out[MANIFEST_MAX]);
/* ERR_BAD_INPUT: not a manifest, or altered. ERR_VERSION: of a later program. */
enum err manifest_read(struct bytes text, struct manifest *manifest) MUST_CHECK;
