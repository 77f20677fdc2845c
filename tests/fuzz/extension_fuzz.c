/* The walker of DER: every reader of proof_der.c on the same bytes, at every place it comes to. */
#include "model/text.h"
#include "proof_der.h"
#include "tests/fuzz/fuzz.h"
#include <string.h>

enum { DEPTH_MAX = 16 };

static void element_look(struct der at)
{
    struct bytes value;
    struct bytes whole;
    struct der inside;
    int64_t seconds;
    int tag;
    char text[128];
    struct der from = at;
    if (der_time(&from, &seconds))
        CHECK(from.at > at.at && from.at <= at.end);
    from = at;
    if (der_unsigned(&from, 20, &value))
        CHECK(value.size <= 20 && (value.size <= 1 || value.data[0] != 0));
    from = at;
    if (der_whole(&from, &whole))
        CHECK(whole.size >= 2 && whole.data + whole.size == from.at);
    from = at;
    if (der_any(&from, &tag, &inside) && der_text(tag, der_bytes(inside), text, sizeof text)) {
        CHECK(strnlen(text, sizeof text) < sizeof text);
        CHECK(text_is_utf8(bytes_from_text(text)));
    }
}

static void walk(struct der list, int depth)
{
    struct der extensions = list;
    struct der_extension extension;
    while (der_extension(&extensions, &extension)) {
        CHECK(der_bytes(extension.oid).size <= der_bytes(list).size);
        element_look(extension.value);
    }
    struct der inside;
    int tag;
    while (!der_done(list) && depth < DEPTH_MAX) {
        element_look(list);
        CHECK(der_tag(list) >= 0);
        const unsigned char *before = list.at;
        if (!der_any(&list, &tag, &inside))
            return;
        CHECK(list.at > before && list.at <= list.end && inside.end <= list.end);
        walk(inside, depth + 1);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    walk(der_of(bytes_of(data, size)), 0);
    return 0;
}
