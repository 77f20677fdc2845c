/* Memory of several MiB, in large pages where the kernel has them to give.
 *
 * In pages of the usual size each first touch is a fault: on a virtual machine those of 16 MiB of
 * strings took longer than to inflate and read them. What is touched of it counts in steps of a
 * large page, so it is for what has shown to be much. */
#pragma once
#include "base/bytes.h"

enum { LARGE_PAGE = 2 * 1024 * 1024 };

struct large_map {
    uint8_t *data; /* NULL: none is held */
    size_t size;
};

/* Zeroed. False: there is none; whoever asks then takes small memory. */
bool large_map_take(struct large_map *large, size_t size);
void large_map_give(struct large_map *large); /* none held is allowed */
