#include "card/reply.h"
#include "base/check.h"
#include <mbedtls/base64.h>
#include <stdlib.h>
#include <yyjson.h>

static char *doc_write(yyjson_mut_doc *doc, size_t *size)
{
    char *text = yyjson_mut_write(doc, 0, size);
    yyjson_mut_doc_free(doc);
    return text;
}

static yyjson_mut_doc *doc_new(yyjson_mut_val **root)
{
    yyjson_mut_doc *doc = yyjson_mut_doc_new(NULL);
    *root = yyjson_mut_obj(doc);
    if (doc != NULL) {
        yyjson_mut_doc_set_root(doc, *root);
    }
    return doc;
}

static bool base64_add(yyjson_mut_doc *doc, yyjson_mut_val *object, const char *key,
                       const uint8_t *bytes, size_t size)
{
    unsigned char text[4 * ((WALLET_CERT_SIZE_MAX + 2) / 3) + 1];
    size_t length = 0;
    CHECK(size <= WALLET_CERT_SIZE_MAX);
    CHECK(mbedtls_base64_encode(text, sizeof text, &length, bytes, size) == 0);
    return yyjson_mut_obj_add_strncpy(doc, object, key, (const char *)text, length);
}

char *reply_ping(bool confirm, size_t *size)
{
    yyjson_mut_val *root = NULL;
    yyjson_mut_doc *doc = doc_new(&root);
    (void)yyjson_mut_obj_add_str(doc, root, "name", "baobei-card");
    (void)yyjson_mut_obj_add_str(doc, root, "version", REPLY_VERSION);
    (void)yyjson_mut_obj_add_int(doc, root, "api", 1);
    (void)yyjson_mut_obj_add_bool(doc, root, "confirm", confirm);
    return doc_write(doc, size);
}

static bool cert_add(yyjson_mut_doc *doc, yyjson_mut_val *certs, const struct wallet_cert *cert)
{
    yyjson_mut_val *item = yyjson_mut_arr_add_obj(doc, certs);
    bool good = yyjson_mut_obj_add_str(doc, item, "id", cert->id) &&
                yyjson_mut_obj_add_str(doc, item, "label", cert->label) &&
                base64_add(doc, item, "der", cert->der, cert->der_size);
    yyjson_mut_val *usages = yyjson_mut_obj_add_arr(doc, item, "key_usage");
    for (size_t i = 0; i < cert->facts.usage_count; i++) {
        good = yyjson_mut_arr_add_str(doc, usages, cert->facts.usages[i]) && good;
    }
    return yyjson_mut_obj_add_str(doc, item, "kind", cert_kind_name(cert->facts.kind)) && good;
}

static bool card_add(yyjson_mut_doc *doc, yyjson_mut_val *slots, const struct wallet_card *card)
{
    CHECK(card->certs != NULL);
    yyjson_mut_val *slot = yyjson_mut_arr_add_obj(doc, slots);
    bool good = yyjson_mut_obj_add_str(doc, slot, "slot", card->slot) &&
                yyjson_mut_obj_add_str(doc, slot, "reader", card->reader);
    yyjson_mut_val *token = yyjson_mut_obj_add_obj(doc, slot, "token");
    good = yyjson_mut_obj_add_str(doc, token, "label", card->label) &&
           yyjson_mut_obj_add_str(doc, token, "serial", card->serial) && good;
    yyjson_mut_val *pin = yyjson_mut_obj_add_obj(doc, token, "pin");
    good = yyjson_mut_obj_add_uint(doc, pin, "min", card->pin_min) &&
           yyjson_mut_obj_add_uint(doc, pin, "max", card->pin_max) &&
           yyjson_mut_obj_add_bool(doc, pin, "low", card->pin_low) &&
           yyjson_mut_obj_add_bool(doc, pin, "final", card->pin_final) &&
           yyjson_mut_obj_add_bool(doc, pin, "locked", card->pin_locked) && good;
    yyjson_mut_val *certs = yyjson_mut_obj_add_arr(doc, slot, "certs");
    for (size_t i = 0; i < card->certs->count; i++) {
        good = cert_add(doc, certs, &card->certs->certs[i]) && good;
    }
    return good;
}

char *reply_slots(const struct wallet_list *list, size_t *size)
{
    yyjson_mut_val *root = NULL;
    yyjson_mut_doc *doc = doc_new(&root);
    bool good = yyjson_mut_obj_add_bool(doc, root, "ok", true);
    yyjson_mut_val *slots = yyjson_mut_obj_add_arr(doc, root, "slots");
    for (size_t i = 0; i < list->count; i++) {
        good = card_add(doc, slots, &list->cards[i]) && good;
    }
    if (!good) {
        yyjson_mut_doc_free(doc);
        return NULL;
    }
    return doc_write(doc, size);
}

char *reply_signature(const struct signature *signature, size_t *size)
{
    yyjson_mut_val *root = NULL;
    yyjson_mut_doc *doc = doc_new(&root);
    bool signed_well = signature->code == CODE_OK;
    bool good = yyjson_mut_obj_add_bool(doc, root, "ok", signed_well);
    if (signed_well) {
        good = base64_add(doc, root, "signature", signature->bytes, signature->size) &&
               base64_add(doc, root, "certificate", signature->certificate,
                          signature->certificate_size) &&
               yyjson_mut_obj_add_str(doc, root, "token_serial", signature->serial) && good;
    } else {
        good = yyjson_mut_obj_add_str(doc, root, "code", code_name(signature->code)) && good;
    }
    good = yyjson_mut_obj_add_uint(doc, root, "ckr", signature->ckr) && good;
    if (!signed_well && signature->tries_left >= 0) {
        good = yyjson_mut_obj_add_int(doc, root, "tries_left", signature->tries_left) && good;
    }
    if (!good) {
        yyjson_mut_doc_free(doc);
        return NULL;
    }
    return doc_write(doc, size);
}

char *reply_failure(enum code code, size_t *size)
{
    yyjson_mut_val *root = NULL;
    CHECK(code != CODE_OK);
    yyjson_mut_doc *doc = doc_new(&root);
    (void)yyjson_mut_obj_add_bool(doc, root, "ok", false);
    (void)yyjson_mut_obj_add_str(doc, root, "code", code_name(code));
    return doc_write(doc, size);
}
