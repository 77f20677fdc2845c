#include "card/order.h"
#include "base/check.h"
#include <mbedtls/base64.h>
#include <string.h>
#include <yyjson.h>

enum member { SLOT, CERT_ID, PIN, TBS, ALG, FINAL_TRY, MEMBERS };

static const char *const member_names[MEMBERS] = {"slot", "cert_id", "pin",
                                                  "tbs",  "alg",     "final_try"};

/* False: an unknown or a second member of a name. */
static bool members_find(yyjson_val *root, yyjson_val *found[MEMBERS])
{
    size_t at = 0;
    size_t count = 0;
    yyjson_val *key = NULL;
    yyjson_val *value = NULL;
    yyjson_obj_foreach(root, at, count, key, value)
    {
        size_t member = 0;
        while (member < MEMBERS && !yyjson_equals_str(key, member_names[member])) {
            member++;
        }
        if (member == MEMBERS || found[member] != NULL) {
            return false;
        }
        found[member] = value;
    }
    return true;
}

/* Text without NUL, at most capacity - 1 bytes; the rest of `to` stays zero. */
static bool text_take(yyjson_val *value, char *to, size_t capacity)
{
    size_t size = yyjson_get_len(value);
    if (!yyjson_is_str(value) || size == 0 || size >= capacity ||
        memchr(yyjson_get_str(value), '\0', size) != NULL) {
        return false;
    }
    memcpy(to, yyjson_get_str(value), size);
    return true;
}

static bool tbs_take(yyjson_val *value, struct order *order)
{
    return yyjson_is_str(value) &&
           mbedtls_base64_decode(order->tbs, sizeof order->tbs, &order->tbs_size,
                                 (const unsigned char *)yyjson_get_str(value),
                                 yyjson_get_len(value)) == 0 &&
           order->tbs_size > 0;
}

static bool order_take(yyjson_val *root, struct order *order)
{
    yyjson_val *found[MEMBERS] = {NULL};
    if (!yyjson_is_obj(root) || !members_find(root, found)) {
        return false;
    }
    if (!text_take(found[SLOT], order->slot, sizeof order->slot) ||
        !text_take(found[CERT_ID], order->cert_id, sizeof order->cert_id) ||
        !text_take(found[PIN], order->pin, sizeof order->pin) || !tbs_take(found[TBS], order)) {
        return false;
    }
    order->pin_size = strlen(order->pin);
    order->final_try = yyjson_is_true(found[FINAL_TRY]);
    return yyjson_equals_str(found[ALG], "RS256") &&
           (found[FINAL_TRY] == NULL || yyjson_is_bool(found[FINAL_TRY]));
}

enum err order_read(uint8_t *body, size_t size, struct order *order)
{
    CHECK(body != NULL);
    *order = (struct order){0};
    memset(body + size, 0, ORDER_PADDING);
    /* In place, so that the library makes no copy of the PIN. */
    yyjson_doc *doc = yyjson_read_opts((char *)body, size, YYJSON_READ_INSITU, NULL, NULL);
    bool good = doc != NULL && order_take(yyjson_doc_get_root(doc), order);
    yyjson_doc_free(doc);
    explicit_bzero(body, size);
    if (!good) {
        order_wipe(order);
    }
    return good ? ERR_OK : ERR_BAD_INPUT;
}

void order_wipe(struct order *order)
{
    explicit_bzero(order, sizeof *order);
}
