/* The embedded web UI (WEB 4, 5): files by hashed name, page shells by path. Pure but for the
 * exchange it answers. */
#pragma once
#include "web/exchange.h"

/* There is a file or a page at this path. */
bool static_has(struct bytes path);
/* Answers a GET or HEAD of such a path: br before gzip before identity, 304 by ETag. */
void static_answer(struct exchange *x);
/* Answers 404 with a page if a browser asks for an address of the pages; false: not its question
 * (the API and unknown files answer with data, WEB 4.5). */
bool static_missing_answer(struct exchange *x);
/* Policy and opener headers of a page, without and with the card bridge's addresses; in memory of
 * the caller's (malloc), NULL without. */
char *static_page_headers(const char *bridge_sources);
