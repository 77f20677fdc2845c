#include "card/sign.h"
#include "base/check.h"
#include <mbedtls/sha256.h>
#include <stdio.h>
#include <string.h>

enum { SHA256_SIZE = 32, ID_SIZE_MAX = 32, NO_TRIES = -1 };

/* ---- before the PIN ----------------------------------------------------------------------------
 */

static bool card_find(struct wallet *wallet, const char *slot, struct wallet_card *card,
                      enum code *code)
{
    struct wallet_list list;
    *code = wallet_look(wallet, &list);
    bool found = false;
    for (size_t i = 0; i < list.count && !found; i++) {
        if (strcmp(list.cards[i].slot, slot) == 0) {
            *card = list.cards[i];
            found = true;
        }
    }
    wallet_list_free(&list);
    return found;
}

/* The flags say less than a number: LOW alone means "some were wrong", not how many are left. */
static int tries_of(const struct wallet_card *card)
{
    return card->pin_locked ? 0 : card->pin_final ? 1 : NO_TRIES;
}

static enum code pin_refused(const struct wallet_card *card, const struct order *order)
{
    if (card->pin_locked) {
        return CODE_PIN_LOCKED;
    }
    if (order->pin_size < card->pin_min || order->pin_size > card->pin_max) {
        return CODE_PIN_LEN;
    }
    return card->pin_final && !order->final_try ? CODE_FINAL_TRY : CODE_OK;
}

static size_t id_read(const char *hex, uint8_t id[ID_SIZE_MAX])
{
    size_t size = strlen(hex) / 2;
    if (strlen(hex) % 2 != 0 || size > ID_SIZE_MAX ||
        strspn(hex, "0123456789abcdefABCDEF") != strlen(hex)) {
        return 0;
    }
    for (size_t i = 0; i < size; i++) {
        unsigned value = 0;
        CHECK(sscanf(hex + 2 * i, "%2x", &value) == 1);
        id[i] = (uint8_t)value;
    }
    return size;
}

static CK_RV object_find(const CK_FUNCTION_LIST *p11, CK_SESSION_HANDLE session,
                         CK_OBJECT_CLASS class, const char *cert_id, CK_OBJECT_HANDLE *object,
                         CK_ULONG *count)
{
    uint8_t id[ID_SIZE_MAX];
    CK_ATTRIBUTE wanted[] = {{CKA_CLASS, &class, sizeof class}, {CKA_ID, id, 0}};
    wanted[1].ulValueLen = id_read(cert_id, id);
    *count = 0;
    if (wanted[1].ulValueLen == 0) {
        return CKR_OK;
    }
    CK_RV rv = p11->C_FindObjectsInit(session, wanted, ARRAY_COUNT(wanted));
    if (rv == CKR_OK) {
        rv = p11->C_FindObjects(session, object, 1, count);
        (void)p11->C_FindObjectsFinal(session);
    }
    return rv;
}

static void certificate_take(const CK_FUNCTION_LIST *p11, CK_SESSION_HANDLE session,
                             const char *cert_id, struct signature *result)
{
    CK_OBJECT_HANDLE object = 0;
    CK_ULONG count = 0;
    CK_ATTRIBUTE value = {CKA_VALUE, result->certificate, sizeof result->certificate};
    result->ckr = object_find(p11, session, CKO_CERTIFICATE, cert_id, &object, &count);
    if (result->ckr == CKR_OK && count == 1) {
        result->ckr = p11->C_GetAttributeValue(session, object, &value, 1);
        result->certificate_size = result->ckr == CKR_OK ? value.ulValueLen : 0;
    }
    result->code = code_of_ckr(result->ckr);
    if (result->code == CODE_OK && result->certificate_size == 0) {
        result->code = CODE_NO_CERT;
    }
}

/* ---- with the PIN ------------------------------------------------------------------------------
 */

/* Cards without CKM_SHA256_RSA_PKCS sign a DigestInfo that we make (RFC 8017, 9.2 note 1). */
static CK_RV digest_sign(const CK_FUNCTION_LIST *p11, CK_SESSION_HANDLE session,
                         CK_OBJECT_HANDLE key, const struct order *order, uint8_t *to,
                         CK_ULONG *size)
{
    static const uint8_t prefix[] = {0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01,
                                     0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20};
    uint8_t info[sizeof prefix + SHA256_SIZE];
    CK_MECHANISM mechanism = {CKM_RSA_PKCS, NULL, 0};
    memcpy(info, prefix, sizeof prefix);
    CHECK(mbedtls_sha256(order->tbs, order->tbs_size, info + sizeof prefix, 0) == 0);
    CK_RV rv = p11->C_SignInit(session, &mechanism, key);
    return rv != CKR_OK ? rv : p11->C_Sign(session, info, sizeof info, to, size);
}

static CK_RV tbs_sign(const CK_FUNCTION_LIST *p11, CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key,
                      struct order *order, uint8_t *to, CK_ULONG *size)
{
    CK_MECHANISM mechanism = {CKM_SHA256_RSA_PKCS, NULL, 0};
    CK_RV rv = p11->C_SignInit(session, &mechanism, key);
    if (rv == CKR_MECHANISM_INVALID) {
        return digest_sign(p11, session, key, order, to, size);
    }
    return rv != CKR_OK ? rv : p11->C_Sign(session, order->tbs, order->tbs_size, to, size);
}

static void key_use(const CK_FUNCTION_LIST *p11, CK_SESSION_HANDLE session, struct order *order,
                    struct signature *result)
{
    CK_OBJECT_HANDLE key = 0;
    CK_ULONG count = 0;
    CK_ULONG size = sizeof result->bytes;
    result->ckr = object_find(p11, session, CKO_PRIVATE_KEY, order->cert_id, &key, &count);
    if (result->ckr == CKR_OK && count == 1) {
        result->ckr = tbs_sign(p11, session, key, order, result->bytes, &size);
    }
    result->code = code_of_ckr(result->ckr);
    if (result->code == CODE_OK && count == 0) {
        result->code = CODE_NO_CERT;
    }
    result->size = result->code == CODE_OK ? size : 0;
}

static void pin_use(struct wallet *wallet, const struct wallet_card *card,
                    CK_SESSION_HANDLE session, struct order *order, struct signature *result)
{
    const CK_FUNCTION_LIST *p11 = card->module->p11;
    struct wallet_card after;
    enum code looked = CODE_OK;
    result->ckr = p11->C_Login(session, CKU_USER, (CK_UTF8CHAR *)order->pin, order->pin_size);
    explicit_bzero(order->pin, sizeof order->pin);
    result->code = code_of_ckr(result->ckr);
    switch ((unsigned long)result->ckr) {
    case CKR_OK:
        key_use(p11, session, order, result);
        (void)p11->C_Logout(session);
        break;
    case CKR_USER_ALREADY_LOGGED_IN:
        /* Not by this PIN, so it is not ours to sign with; the next try begins clean. */
        (void)p11->C_Logout(session);
        break;
    case CKR_PIN_INCORRECT:
    case CKR_PIN_LOCKED:
        if (card_find(wallet, order->slot, &after, &looked)) {
            result->tries_left = tries_of(&after);
        }
        break;
    default: break; /* PKCS#11's list */
    }
}

static void card_sign(struct wallet *wallet, const struct wallet_card *card, struct order *order,
                      struct signature *result)
{
    const CK_FUNCTION_LIST *p11 = card->module->p11;
    CK_SESSION_HANDLE session = 0;
    result->ckr = p11->C_OpenSession(card->slot_id, CKF_SERIAL_SESSION, NULL, NULL, &session);
    result->code = code_of_ckr(result->ckr);
    if (result->code != CODE_OK) {
        return;
    }
    certificate_take(p11, session, order->cert_id, result);
    if (result->code == CODE_OK) {
        pin_use(wallet, card, session, order, result);
    }
    (void)p11->C_CloseSession(session);
}

void sign(struct wallet *wallet, struct order *order, struct signature *result)
{
    struct wallet_card card;
    CHECK(order->pin_size < sizeof order->pin);
    *result = (struct signature){.tries_left = NO_TRIES};
    if (!card_find(wallet, order->slot, &card, &result->code)) {
        /* The page got the slot from us: its card is gone, alone or with the last of them. */
        if (result->code == CODE_OK || result->code == CODE_NO_TOKEN) {
            result->code = CODE_REMOVED;
            result->ckr = CKR_DEVICE_REMOVED;
        }
    } else {
        result->code = pin_refused(&card, order);
        memcpy(result->serial, card.serial, sizeof result->serial);
        if (result->code == CODE_OK) {
            card_sign(wallet, &card, order, result);
        } else {
            result->tries_left = tries_of(&card);
            result->ckr = result->code == CODE_PIN_LOCKED ? CKR_PIN_LOCKED
                          : result->code == CODE_PIN_LEN  ? CKR_PIN_LEN_RANGE
                                                          : CKR_OK;
        }
    }
    explicit_bzero(order->pin, sizeof order->pin);
    CHECK(result->code == CODE_OK ? result->size > 0 : result->size == 0);
}
