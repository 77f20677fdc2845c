#include "rt/table.h"
#include "base/check.h"
#include <stddef.h>

#define TABLE_INFO(id, no, label, writing, key_kind)                                               \
    [no] = {.name = (label), .writer = (writing), .keys = (key_kind)},
static const struct table_info infos[TABLE_MAX] = {TABLE_LIST(TABLE_INFO)};
#undef TABLE_INFO

const struct table_info *table_info(enum table table)
{
    size_t number = (size_t)table;
    if (number >= TABLE_MAX || infos[number].name == NULL) {
        return NULL;
    }
    return &infos[number];
}

const char *actor_kind_name(enum actor_kind kind)
{
    switch (kind) {
    case ACTOR_NONE: return "none";
    case ACTOR_INSTITUTION: return "institution";
    case ACTOR_REGISTRY: return "registry";
    case ACTOR_AUTH: return "auth";
    case ACTOR_DESK: return "desk";
    case ACTOR_TRANSFER: return "transfer";
    case ACTOR_KINDS: break;
    }
    CHECK(false);
    return "";
}
