/* The child of one file: enters the jail, reads, writes rows, ends. Part of the helper. */
#pragma once
#include "sheet/sheet_jail.h"
#include <stdint.h>

/* Of a process that has just been forked; closes all descriptors but these two. */
_Noreturn void sheet_helper_child(const struct sheet_jail *jail, uint8_t form, int file, int rows);
