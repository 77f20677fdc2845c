/* Who is signed in, as API 2 shows it. */
#pragma once
#include "web/exchange.h"

/* Adds `subject`. */
void subject_put(const struct exchange *x, yyjson_mut_doc *doc, yyjson_mut_val *root,
                 const struct principal *principal);
