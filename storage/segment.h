/* A file of the log and the list of those that are to come or have passed (DESIGN 5 *The log*).
 *
 * DIR/log/NUMBER.log, 16 decimal digits. A segment's number is its generation: it only grows, and a
 * passed file is used again by renaming it to the next number. Numbered files are always whole: a
 * new one is filled and synced under the name `new` first. The list has no lock of its own: its
 * owner, the applier, guards it; file work is done on segments taken out of it. */
#pragma once
#include "base/err.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    SEGMENTS_AHEAD = 2,
    /* Both recent tables full of groups of one row each, 2 * 250,000 * 4 KiB, in segments of 16
       MiB: 123. */
    SEGMENTS_FILLED_MAX = 256
};

struct segment {
    uint64_t number; /* 0: none */
    int fd;
    uint64_t last_position; /* of the last record in it, once it is filled */
};

struct segments {
    int directory; /* DIR/log */
    uint32_t size;
    uint64_t last_number;
    struct segment ahead[SEGMENTS_AHEAD];
    uint32_t ahead_count;
    struct segment filled[SEGMENTS_FILLED_MAX]; /* oldest first */
    uint32_t filled_count;
};

/* Writes `new` full of zeroes, syncs it, renames it to the number, syncs the directory.
 * ERR_NO_SPACE: it could not be filled and was unlinked. ERR_SYNC: unknown; the process must end.
 */
enum err segment_make(int directory, uint64_t number, uint32_t size,
                      struct segment *out) MUST_CHECK;
/* Gives a passed segment the next number. ERR_SYNC, ERR_IO. */
enum err segment_recycle(int directory, struct segment *segment, uint64_t number) MUST_CHECK;
/* Closes it and gives its space back; a file that stays behind is only logged. */
void segment_unlink(int directory, struct segment *segment);
void segment_close(struct segment *segment);
void segment_name(uint64_t number, char name[32]);

/* The numbered segments of the directory, ascending, opened; removes a left-over `new`. */
enum err segment_list(int directory, struct segment **out, size_t *count) MUST_CHECK;

/* The list: next one for the committer (false: none), and the one it has filled. */
bool segments_take(struct segments *segments, struct segment *out);
void segments_fill(struct segments *segments, struct segment filled);
/* The oldest filled one that ends at or below `applied` (false: none). */
bool segments_pass(struct segments *segments, uint64_t applied, struct segment *out);
void segments_add(struct segments *segments, struct segment fresh);
void segments_close(struct segments *segments);
