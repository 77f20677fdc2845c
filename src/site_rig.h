/* The site of a command that nobody else's server is in the way of: a rig (rig.h). */
#pragma once
#include "rig.h"
#include "site.h"

/* Borrows the rig; says things on stdout and stderr. */
struct site site_of_rig(struct rig *rig, const struct config *config);
