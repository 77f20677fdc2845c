/* An institution's API token through its actor, as `baobei token add` makes it; many share a sync.
 * One thread. */
#pragma once
#include "rig.h"
#include "web/session.h"

/* Rights: read, file, submit. The token is in force once rig_settle has returned, unless `refused`
 * grew. ERR_NO_MEMORY. */
enum err rig_token(struct rig *rig, uint64_t institution, uint64_t *refused,
                   char text[SESSION_SECRET_TEXT + 1]) MUST_CHECK;
/* Opens the rig of DIR/baobei.conf at the time of now. False: a sentence was printed, *code is the
 * exit code. */
bool rig_of_directory(const char *directory, struct rig **rig, int *code);
