#include "card/popup.h"
#include "base/check.h"
#include "base/prng.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* popup_assets.S */
extern const uint8_t popup_html_begin[], popup_html_end[];
extern const uint8_t popup_js_begin[], popup_js_end[];
extern const uint8_t popup_css_begin[], popup_css_end[];

enum { PAGE_VALUES_MAX = 16 * 1024 };

static struct bytes asset_between(const uint8_t *begin, const uint8_t *end)
{
    return bytes_of(begin, (size_t)(end - begin));
}

bool popup_asset(struct bytes path, struct bytes *content, const char **type)
{
    if (bytes_are_text(path, "/popup.js")) {
        *content = asset_between(popup_js_begin, popup_js_end);
        *type = "text/javascript; charset=utf-8";
        return true;
    }
    if (bytes_are_text(path, "/popup.css")) {
        *content = asset_between(popup_css_begin, popup_css_end);
        *type = "text/css; charset=utf-8";
        return true;
    }
    return false;
}

static const char *token_new(struct popups *popups, uint64_t now_ms)
{
    uint8_t secret[POPUP_TOKEN_SIZE / 2];
    char *token = popups->items[popups->next].token;
    entropy_fill(secret, sizeof secret);
    for (size_t i = 0; i < sizeof secret; i++) {
        (void)snprintf(token + 2 * i, 3, "%02x", secret[i]);
    }
    popups->items[popups->next].expires_ms = now_ms + POPUP_LIFE_MS;
    popups->next = (popups->next + 1) % POPUP_TOKENS_MAX;
    return token;
}

static void value_write(struct writer *page, struct bytes name, const struct settings *settings,
                        const char *token)
{
    if (bytes_are_text(name, "TOKEN")) {
        write_text(page, token);
    } else if (bytes_are_text(name, "CONFIRM")) {
        write_text(page, settings->confirm ? "on" : "off");
    } else {
        CHECK(bytes_are_text(name, "ORIGINS"));
        for (size_t i = 0; i < settings->origin_count; i++) {
            write_text(page, i == 0 ? "" : " ");
            write_text(page, settings->origins[i]); /* settings_origin_valid: nothing to escape */
        }
    }
}

char *popup_page(struct popups *popups, const struct settings *settings, uint64_t now_ms,
                 size_t *size)
{
    struct bytes rest = asset_between(popup_html_begin, popup_html_end);
    size_t capacity = rest.size + PAGE_VALUES_MAX;
    char *text = malloc(capacity);
    if (text == NULL) {
        return NULL;
    }
    const char *token = token_new(popups, now_ms);
    struct writer page = writer_on(text, capacity);
    while (rest.size > 0) {
        const uint8_t *mark = memchr(rest.data, '@', rest.size);
        size_t before = mark == NULL ? rest.size : (size_t)(mark - rest.data);
        write_raw(&page, bytes_slice(rest, 0, before));
        rest = bytes_slice(rest, before, rest.size - before);
        if (rest.size > 0) {
            const uint8_t *end = memchr(rest.data + 1, '@', rest.size - 1);
            CHECK(end != NULL); /* popup.html: marks come as @NAME@ */
            size_t name_size = (size_t)(end - rest.data) - 1;
            value_write(&page, bytes_slice(rest, 1, name_size), settings, token);
            rest = bytes_slice(rest, name_size + 2, rest.size - name_size - 2);
        }
    }
    CHECK(!page.failed);
    *size = page.size;
    return text;
}

bool popup_knows(const struct popups *popups, struct bytes token, uint64_t now_ms)
{
    bool known = false;
    for (size_t i = 0; i < POPUP_TOKENS_MAX; i++) {
        known = known ||
                (token.size == POPUP_TOKEN_SIZE && bytes_are_text(token, popups->items[i].token) &&
                 now_ms < popups->items[i].expires_ms);
    }
    return known;
}

void popup_burn(struct popups *popups, struct bytes token)
{
    for (size_t i = 0; i < POPUP_TOKENS_MAX; i++) {
        if (token.size == POPUP_TOKEN_SIZE && bytes_are_text(token, popups->items[i].token)) {
            explicit_bzero(popups->items[i].token, sizeof popups->items[i].token);
        }
    }
}
