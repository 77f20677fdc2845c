#include "web/static.h"
#include "base/check.h"
#include "web/assets.h"
#include "web/exchange_private.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char *path_text(struct bytes path)
{
    return (const char *)path.data;
}

bool static_has(struct bytes path)
{
    return asset_find(path_text(path), path.size) != NULL ||
           asset_page_for(path_text(path), path.size) != NULL;
}

static bool path_is_under(struct bytes path, const char *prefix)
{
    size_t size = strlen(prefix);
    return path.size >= size && memcmp(path.data, prefix, size) == 0;
}

/* A member of a comma-separated list whose weight is not 0. */
static bool list_has(struct bytes list, const char *name)
{
    size_t name_size = strlen(name);
    while (list.size > 0) {
        const uint8_t *comma = memchr(list.data, ',', list.size);
        size_t size = comma == NULL ? list.size : (size_t)(comma - list.data);
        struct bytes member = {list.data, size};
        while (member.size > 0 && (member.data[0] == ' ' || member.data[0] == '\t'))
            member = bytes_slice(member, 1, member.size - 1);
        bool named = member.size >= name_size &&
                     strncasecmp((const char *)member.data, name, name_size) == 0 &&
                     (member.size == name_size || member.data[name_size] == ';' ||
                      member.data[name_size] == ' ');
        if (named) {
            struct bytes rest = bytes_slice(member, name_size, member.size - name_size);
            const uint8_t *q = rest.size > 0 ? memchr(rest.data, '=', rest.size) : NULL;
            if (q == NULL)
                return true;
            for (const uint8_t *at = q + 1; at < rest.data + rest.size; at++) {
                if (*at >= '1' && *at <= '9')
                    return true;
            }
            return false;
        }
        size_t skip = comma == NULL ? size : size + 1;
        list = bytes_slice(list, skip, list.size - skip);
    }
    return false;
}

static struct asset_bytes variant_choose(struct exchange *x, const struct asset *asset)
{
    struct bytes accept = {NULL, 0};
    exchange_field(x, "accept-encoding", &accept);
    if (asset->brotli.data != NULL && list_has(accept, "br")) {
        exchange_header_text(x, "Content-Encoding", "br");
        return asset->brotli;
    }
    if (asset->gzip.data != NULL && list_has(accept, "gzip")) {
        exchange_header_text(x, "Content-Encoding", "gzip");
        return asset->gzip;
    }
    return asset->identity;
}

static void asset_answer(struct exchange *x, const struct asset *asset)
{
    exchange_header_text(x, "Cache-Control",
                         asset->immutable ? "public, max-age=31536000, immutable" : "no-cache");
    x->run->own_cache = true;
    exchange_header_text(x, "Vary", "Accept-Encoding");
    exchange_header_text(x, "ETag", asset->etag);
    struct asset_bytes bytes = variant_choose(x, asset);
    exchange_answer_bytes(x, 200, asset->mime, bytes_of(bytes.data, bytes.size));
}

void static_answer(struct exchange *x)
{
    struct bytes path = x->request->path;
    const struct asset *asset = asset_find(path_text(path), path.size);
    if (asset != NULL) {
        asset_answer(x, asset);
        return;
    }
    const struct asset_page *page = asset_page_for(path_text(path), path.size);
    CHECK(page != NULL);
    x->run->page = page->card_bridge ? 2 : 1;
    x->run->own_policy = true;
    asset_answer(x, page->asset);
}

bool static_missing_answer(struct exchange *x)
{
    struct bytes path = x->request->path;
    struct bytes accept = {NULL, 0};
    bool reads = x->request->method == REQUEST_GET || x->request->method == REQUEST_HEAD;
    exchange_field(x, "accept", &accept);
    if (!reads || !list_has(accept, "text/html") || path_is_under(path, "/api/") ||
        path_is_under(path, "/assets/"))
        return false;
    const struct asset_page *page = asset_page_for("/", 1);
    CHECK(page != NULL);
    x->run->page = 1;
    x->run->own_policy = true;
    exchange_header_text(x, "Vary", "Accept, Accept-Encoding");
    struct asset_bytes bytes = variant_choose(x, page->asset);
    exchange_answer_bytes(x, 404, page->asset->mime, bytes_of(bytes.data, bytes.size));
    return true;
}

/* WEB 5. A popup of the card component may talk back to the pages that sign (AUTH 2.4). */
char *static_page_headers(const char *bridge_sources)
{
    static const char format[] =
        "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; "
        "img-src 'self' data:; font-src 'self'; connect-src 'self'%s%s; form-action 'self'; "
        "frame-ancestors 'none'; base-uri 'none'; object-src 'none'; "
        "require-trusted-types-for 'script'; trusted-types 'none'\r\n"
        "Cross-Origin-Opener-Policy: %s\r\n";
    bool bridge = bridge_sources != NULL && bridge_sources[0] != '\0';
    const char *opener = bridge ? "same-origin-allow-popups" : "same-origin";
    size_t room = sizeof format + strlen(opener) + (bridge ? strlen(bridge_sources) + 1 : 0);
    char *text = malloc(room);
    if (text == NULL)
        return NULL;
    int size =
        snprintf(text, room, format, bridge ? " " : "", bridge ? bridge_sources : "", opener);
    CHECK(size > 0 && (size_t)size < room);
    return text;
}
