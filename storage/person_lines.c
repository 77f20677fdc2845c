#include "storage/person_lines.h"
#include "base/check.h"

enum { STEPS_MAX = 8 }; /* a search costs about as much as so many steps */

/* From a row of somebody else to where the person's rows may begin: in this slab if they still lie
 * ahead, else in the next. Nobody has the id 0 or the greatest one. */
static void leap(struct scan *scan, uint64_t person, bool descending, struct case_id in, bool ahead)
{
    struct row_key to;
    if (!ahead) {
        to = key_of_person_slab(descending ? 0 : UINT64_MAX, in);
    } else if (descending) {
        in.serial += PERSON_SLAB - 1 - in.serial % PERSON_SLAB;
        to = key_of_person_line(person, (struct line_id){in, UINT16_MAX});
    } else {
        to = key_of_person_slab(person, in);
    }
    scan_seek(scan, row_key_bytes(&to));
}

bool person_lines_next(struct scan *scan, uint64_t person, bool descending, struct bytes *key,
                       struct bytes *value)
{
    unsigned steps = 0;
    while (scan_next(scan, key, value)) {
        uint64_t of = 0;
        struct line_id id;
        if (!key_read_person_line(*key, &of, &id) || of == person)
            return true;
        if (++steps < STEPS_MAX)
            continue;
        bool ahead = descending ? of > person : of < person;
        leap(scan, person, descending, id.in, ahead);
        steps = ahead ? 0 : STEPS_MAX - 1; /* a slab's first row is seldom the person's */
    }
    return false;
}
