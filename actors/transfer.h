/* The one actor that tells NHI what was approved (DESIGN 5 *Outbox*, 16 *Transfer*; MISSION rule
 * 9): each outbox row is sent until it is answered, in order per line, none merged; at least once
 * on the wire, once in effect, since NHI knows (line, version). */
#pragma once
#include "rt/actor.h"

extern const struct actor_ops transfer_ops;
