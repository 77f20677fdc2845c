/* The one writer of institutions and people (DESIGN 16). An import compares with a snapshot and
 * sends only what differs, some hundred records a message, in the order of the file. */
#pragma once
#include "rt/actor.h"

extern const struct actor_ops registry_ops;

enum { REGISTRY_PUT_MAX = 500 };
