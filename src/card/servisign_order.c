#include "card/servisign_order.h"
#include "base/check.h"
#include <mbedtls/base64.h>
#include <stdlib.h>
#include <string.h>
#include <yyjson.h>

enum { SHA256_RSA_PKCS = 0x40 };

static const char *const names[CALLS] = {
    [CALL_ECHO] = "Echo",
    [CALL_INIT_MODULE] = "ATL_InitModule",
    [CALL_INIT_SESSION] = "ATL_InitSession",
    [CALL_CARD_TYPE] = "ATL_GetHCACardType",
    [CALL_CERTIFICATE] = "ATL_GetCertificateFromGPKICard",
    [CALL_KEY_HANDLE] = "ATL_GetKeyObjectHandle",
    [CALL_SIGN] = "ATL_MakeSignatureEx2",
    [CALL_DELETE_KEY] = "ATL_DeleteKeyObject",
    [CALL_CLOSE_SESSION] = "ATL_CloseSession",
    [CALL_CLOSE_MODULE] = "ATL_CloseModule",
    [CALL_ERROR_CODE] = "ATL_GetErrorCode",
    [CALL_RELEASE] = "ServiSignRelease",
};

static int digit_of(uint8_t c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
                                  : -1;
}

/* %2B and the like, in place; false: a broken one. */
static bool percent_undo(uint8_t *text, size_t *size)
{
    size_t to = 0;
    for (size_t at = 0; at < *size; at++) {
        uint8_t c = text[at];
        if (c == '%') {
            int high = at + 2 < *size ? digit_of(text[at + 1]) : -1;
            int low = at + 2 < *size ? digit_of(text[at + 2]) : -1;
            if (high < 0 || low < 0) {
                return false;
            }
            c = (uint8_t)(high * 16 + low);
            at += 2;
        }
        text[to++] = c;
    }
    *size = to;
    return true;
}

static bool base64_undo(const uint8_t *text, size_t size, uint8_t *to, size_t room, size_t *made)
{
    return mbedtls_base64_decode(to, room, made, text, size) == 0;
}

/* A text argument: percent-encoded base64, as its flag says; at most room bytes. */
static bool text_take(yyjson_val *root, const char *name, const char *flag, uint8_t *to,
                      size_t room, size_t *size)
{
    yyjson_val *value = yyjson_obj_get(root, name);
    uint8_t text[2 * ORDER_TBS_MAX];
    size_t text_size = yyjson_get_len(value);
    if (!yyjson_is_str(value) || !yyjson_is_true(yyjson_obj_get(root, flag)) ||
        text_size > sizeof text) {
        return false;
    }
    memcpy(text, yyjson_get_str(value), text_size);
    bool good = percent_undo(text, &text_size) && base64_undo(text, text_size, to, room, size);
    explicit_bzero(text, sizeof text);
    return good;
}

static bool pin_take(yyjson_val *root, struct servisign_order *order)
{
    size_t size = 0;
    return text_take(root, "userPin", "userPin_ServiSignBase64Flag", (uint8_t *)order->pin,
                     sizeof order->pin - 1, &size) &&
           memchr(order->pin, '\0', size) == NULL;
}

/* b64Data is base64 by its name, inside the base64 of every text. */
static bool data_take(yyjson_val *root, struct servisign_order *order)
{
    uint8_t text[2 * ORDER_TBS_MAX];
    size_t size = 0;
    order->sha256 = yyjson_get_uint(yyjson_obj_get(root, "ulAlgorithm")) == SHA256_RSA_PKCS &&
                    yyjson_get_uint(yyjson_obj_get(root, "ulEndianness")) == 0;
    return text_take(root, "b64Data", "b64Data_ServiSignBase64Flag", text, sizeof text, &size) &&
           base64_undo(text, size, order->data, sizeof order->data, &order->data_size);
}

static bool order_take(yyjson_val *root, struct servisign_order *order)
{
    yyjson_val *name = yyjson_obj_get(root, "functionname");
    yyjson_val *path_id = yyjson_obj_get(root, "PathID");
    size_t call = 0;
    while (call < CALLS && !yyjson_equals_str(name, names[call])) {
        call++;
    }
    if (call == CALLS || yyjson_get_len(path_id) >= sizeof order->path_id) {
        return false;
    }
    order->call = (enum servisign_call)call;
    if (yyjson_is_str(path_id)) {
        memcpy(order->path_id, yyjson_get_str(path_id), yyjson_get_len(path_id));
    }
    return (order->call != CALL_INIT_SESSION || pin_take(root, order)) &&
           (order->call != CALL_SIGN || data_take(root, order));
}

enum err servisign_order_read(uint8_t *body, size_t size, struct servisign_order *order)
{
    const struct bytes name = BYTES_LITERAL("Parameter=");
    uint8_t *json = malloc(SERVISIGN_SIZE_MAX + ORDER_PADDING);
    bool good = false;
    *order = (struct servisign_order){0};
    if (json != NULL && bytes_start_with(bytes_of(body, size), name)) {
        uint8_t *text = body + name.size;
        size_t text_size = size - name.size;
        size_t json_size = 0;
        if (percent_undo(text, &text_size) &&
            base64_undo(text, text_size, json, SERVISIGN_SIZE_MAX, &json_size)) {
            memset(json + json_size, 0, ORDER_PADDING);
            yyjson_doc *doc =
                yyjson_read_opts((char *)json, json_size, YYJSON_READ_INSITU, NULL, NULL);
            good = doc != NULL && order_take(yyjson_doc_get_root(doc), order);
            yyjson_doc_free(doc);
        }
    }
    enum err err = json == NULL ? ERR_NO_MEMORY : good ? ERR_OK : ERR_BAD_INPUT;
    explicit_bzero(body, size);
    if (json != NULL) {
        explicit_bzero(json, SERVISIGN_SIZE_MAX);
        free(json);
    }
    if (err != ERR_OK) {
        servisign_order_wipe(order);
    }
    return err;
}

void servisign_order_wipe(struct servisign_order *order)
{
    explicit_bzero(order, sizeof *order);
}
