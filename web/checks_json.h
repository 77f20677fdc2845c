/* The reviewer's rule panel as JSON: rule, outcome, message, basis (API 6; P40). */
#pragma once
#include "web/line_json.h"

void checks_put(const struct line_show *show, yyjson_mut_val *object, const struct line_view *view);
