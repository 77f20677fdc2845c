/* kind -> ops: the one place that knows every actor. */
#include "actors/auth.h"
#include "actors/desk.h"
#include "actors/institution.h"
#include "actors/registry.h"
#include "actors/transfer.h"

const struct actor_ops *const actor_table[ACTOR_KINDS] = {
    [ACTOR_INSTITUTION] = &institution_ops,
    [ACTOR_REGISTRY] = &registry_ops,
    [ACTOR_AUTH] = &auth_ops,
    [ACTOR_DESK] = &desk_ops,
    [ACTOR_TRANSFER] = &transfer_ops,
};
