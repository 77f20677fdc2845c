/* Conditions on a representation by its tag (RFC 9110 13): what If-Match and If-None-Match say
 * about an ETag. Pure; any thread. */
#pragma once
#include "web/request.h"

enum condition {
    CONDITION_HOLDS,
    CONDITION_CHANGED, /* If-Match names other representations: 412 */
    CONDITION_KNOWN    /* If-None-Match names this one: 304 */
};

/* If-Match compares strongly and comes first, If-None-Match weakly (RFC 9110 13.2.2). `etag` as it
 * is sent. A field that is no list of tags names nothing. */
enum condition condition_of(const struct request *request, struct bytes etag);
