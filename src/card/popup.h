/* GET /popup: a page of our own, opened by an allowed site as a window, that asks the bridge on its
 * behalf by postMessage (AUTH 7.8). A window is no fetch into the local network, so no browser
 * prompt stands in the way (AUTH 2.4); with `confirm = on` it is also where the person agrees.
 *
 * The page has no inline script. It carries a token by which its requests are known to be its own;
 * a token is good for one signature and ten minutes. One owner, the loop's thread. */
#pragma once
#include "card/settings.h"

enum { POPUP_TOKENS_MAX = 16, POPUP_TOKEN_SIZE = 32, POPUP_LIFE_MS = 10 * 60 * 1000 };

struct popups {
    struct {
        char token[POPUP_TOKEN_SIZE + 1]; /* empty: free */
        uint64_t expires_ms;
    } items[POPUP_TOKENS_MAX];
    size_t next; /* the oldest, which goes when all are taken */
};

/* The page with a fresh token, malloc'd; NULL: no memory. `now_ms` is the loop's time. */
char *popup_page(struct popups *popups, const struct settings *settings, uint64_t now_ms,
                 size_t *size);

/* What the page loads: "/popup.js", "/popup.css" and their type; false: no such thing. */
bool popup_asset(struct bytes path, struct bytes *content, const char **type);

bool popup_knows(const struct popups *popups, struct bytes token, uint64_t now_ms);
void popup_burn(struct popups *popups, struct bytes token);
