/* Between query.c and query_list.c. */
#pragma once
#include "model/row_keys.h"
#include "storage/query.h"

enum err query_long(struct snapshot *snapshot, enum table table, struct row_key key,
                    struct arena *arena, struct bytes *out) MUST_CHECK;
