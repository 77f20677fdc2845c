/* Judges a store as a crash or a bad disk left it. Each in a process of its own, since a wrong one
 * may end the process that looks at it. */
#pragma once
#include <stdint.h>

struct image {
    const char *directory; /* is changed by the judging */
    uint64_t seed, acked, submitted;
};

enum { VERDICT_SIZE = 256 };

/* Log lines of a child go nowhere, unless JUDGE_LOUD is set. */
void judge_silence(void);
/* Opened, found sound by doctor_verify, holding exactly the first m operations, acked <= m <=
 * submitted, and one more write taken: "good m". Else "bad", and why. With acked 0 there may be no
 * store yet; then one is made. */
void judge_crash(const struct image *image, char verdict[VERDICT_SIZE]);
