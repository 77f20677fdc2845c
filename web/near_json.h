/* Did you mean …? For a place that is not known (API 1.2 `unknown_institution`). Loop's thread. */
#pragma once
#include "web/exchange.h"

/* Adds `near`, up to three institutions, to the first unknown places of the problem document that
 * has just been made. `json` is the body that it points into. */
void near_put(struct exchange *x, const struct json *json);
