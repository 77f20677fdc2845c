/* The built UI in the program: constant tables, any thread, nothing to free, no errors (NULL:
 * none). */
#ifndef WEB_ASSETS_H
#define WEB_ASSETS_H

#include <stdbool.h>
#include <stddef.h>

// The built web UI, embedded into the binary (WEB.md 4). The tables are generated into
// web/ui/dist/assets.c by web/ui/build.mjs; the bytes come in through dist/assets.S.
// Everything here is constant: no ownership, any thread, no errors but NULL.

struct asset_bytes {
    const unsigned char *data; // NULL: there is no such variant (it would not be smaller)
    size_t size;
};

struct asset {
    const char *path; // "/assets/app-1A2B3C4D.js", or "/app.html" of a page shell
    const char *mime;
    const char *etag; // ready for the header: weak, as one tag stands for all three codings
    bool immutable;   // a hashed name: "public, max-age=31536000, immutable"; else "no-cache" + 304
    struct asset_bytes identity, gzip, brotli;
};

// A path of the UI and the page shell that answers it:
//   /                                        public.html
//   /login /env                              public.html, card_bridge
//   /home /file /file/... /case /case/...    app.html
//   /review /review/...                      admin.html
// build.mjs (PAGES) is the one place where this list is kept.
struct asset_page {
    const char *path;
    bool subtree;     // also every path below it
    bool card_bridge; // connect-src of this page names the card bridge's addresses, and its COOP is
                      // same-origin-allow-popups (WEB.md 5, AUTH 2.4)
    const struct asset *asset;
};

// The file at exactly this path, NULL if there is none: the answer is then 404, never a page shell
// (WEB.md 4.5). The path carries no query. Page shells are not found here.
const struct asset *asset_find(const char *path, size_t path_size);

// The page for a path of the UI, NULL if it is none.
const struct asset_page *asset_page_for(const char *path, size_t path_size);

#endif
