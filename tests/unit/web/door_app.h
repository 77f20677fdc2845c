/* What the door of door_fixture.h leads to: one made-up actor for every kind, and made-up routes.
 */
#pragma once
#include "rt/actor.h"
#include "web/route.h"

extern const struct actor_ops *const door_actors[ACTOR_KINDS];
extern const struct route_table door_routes;
void door_mute(bool wanted); /* from now on the actors take what comes and never answer */
