#include "card/wallet.h"
#include "base/check.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void wallet_open(struct wallet *wallet, const struct settings *settings)
{
    CHECK(settings->module_count > 0);
    *wallet = (struct wallet){.module_count = settings->module_count};
    for (size_t i = 0; i < settings->module_count; i++) {
        wallet->modules[i].path = settings->modules[i];
    }
}

/* ---- text --------------------------------------------------------------------------------------
 */

/* The length of the UTF-8 character at the head of `text`, 0 if it is none. Overlong forms and
 * surrogates pass the length and fail the value (RFC 3629). */
static size_t utf8_size(const unsigned char *text, size_t size)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t want = text[0] < 0x80    ? 1
                  : text[0] >= 0xf0 ? 4
                  : text[0] >= 0xe0 ? 3
                  : text[0] >= 0xc0 ? 2
                                    : 0;
    if (want <= 1 || want > size) {
        return want == 1 ? 1 : 0;
    }
    uint32_t value = text[0] & (0x7fU >> want);
    for (size_t i = 1; i < want; i++) {
        if ((text[i] & 0xc0) != 0x80) {
            return 0;
        }
        value = value << 6 | (text[i] & 0x3f);
    }
    bool good = value >= least[want] && value <= 0x10ffff && !(value >= 0xd800 && value <= 0xdfff);
    return good ? want : 0;
}

void wallet_text(char text[WALLET_TEXT_SIZE], const unsigned char *padded, size_t size)
{
    CHECK(size < WALLET_TEXT_SIZE);
    size_t to = 0;
    while (size > 0 && (padded[size - 1] == ' ' || padded[size - 1] == '\0')) {
        size--;
    }
    for (size_t at = 0; at < size;) {
        size_t step = utf8_size(padded + at, size - at);
        if (step == 0 || (step == 1 && padded[at] < 0x20)) {
            text[to++] = '?';
            at++;
        } else {
            memcpy(text + to, padded + at, step);
            to += step;
            at += step;
        }
    }
    text[to] = '\0';
}

/* ---- the cards ---------------------------------------------------------------------------------
 */

static struct wallet_card *list_add(struct wallet_list *list)
{
    if (list->count == list->capacity) {
        size_t capacity = list->capacity == 0 ? 8 : 2 * list->capacity;
        struct wallet_card *cards = realloc(list->cards, capacity * sizeof *cards);
        if (cards == NULL) {
            return NULL;
        }
        list->cards = cards;
        list->capacity = capacity;
    }
    struct wallet_card *card = &list->cards[list->count++];
    *card = (struct wallet_card){0};
    return card;
}

void wallet_list_free(struct wallet_list *list)
{
    free(list->cards);
    *list = (struct wallet_list){0};
}

/* One card may show through two modules (a vendor's and OpenSC's): the first one speaks for it. */
static bool list_has(const struct wallet_list *list, const char *slot)
{
    for (size_t i = 0; i < list->count; i++) {
        if (strcmp(list->cards[i].slot, slot) == 0) {
            return true;
        }
    }
    return false;
}

static bool card_describe(const struct wallet *wallet, const struct module *module, CK_SLOT_ID slot,
                          struct wallet_card *card)
{
    CK_TOKEN_INFO token;
    CK_SLOT_INFO reader;
    if (module->p11->C_GetTokenInfo(slot, &token) != CKR_OK ||
        module->p11->C_GetSlotInfo(slot, &reader) != CKR_OK ||
        (token.flags & CKF_TOKEN_INITIALIZED) == 0) {
        return false;
    }
    *card = (struct wallet_card){
        .pin_min = token.ulMinPinLen,
        .pin_max = token.ulMaxPinLen,
        .pin_low = (token.flags & CKF_USER_PIN_COUNT_LOW) != 0,
        .pin_final = (token.flags & CKF_USER_PIN_FINAL_TRY) != 0,
        .pin_locked = (token.flags & CKF_USER_PIN_LOCKED) != 0,
        .module = module,
        .slot_id = slot,
    };
    wallet_text(card->reader, reader.slotDescription, sizeof reader.slotDescription);
    wallet_text(card->label, token.label, sizeof token.label);
    wallet_text(card->serial, token.serialNumber, sizeof token.serialNumber);
    if (card->serial[0] != '\0') {
        memcpy(card->slot, card->serial, sizeof card->slot);
    } else {
        (void)snprintf(card->slot, sizeof card->slot, "slot-%zu-%lu",
                       (size_t)(module - wallet->modules), slot);
    }
    return true;
}

static enum code module_look(struct wallet *wallet, const struct module *module,
                             struct wallet_list *list, bool *reader_seen)
{
    CK_SLOT_ID *slots = NULL;
    CK_ULONG count = 0;
    enum code code = CODE_OK;
    CK_RV rv = module_slots(module, true, &slots, &count);
    if (rv != CKR_OK) {
        return code_of_ckr(rv);
    }
    for (CK_ULONG i = 0; i < count && code == CODE_OK; i++) {
        struct wallet_card found;
        if (card_describe(wallet, module, slots[i], &found) && !list_has(list, found.slot)) {
            struct wallet_card *card = list_add(list);
            code = card == NULL ? CODE_INTERNAL : CODE_OK;
            if (card != NULL) {
                *card = found;
            }
        }
    }
    *reader_seen = *reader_seen || count > 0;
    free(slots);
    if (!*reader_seen && code == CODE_OK && module_slots(module, false, &slots, &count) == CKR_OK) {
        *reader_seen = count > 0;
        free(slots);
    }
    return code;
}

static int card_compare(const void *a, const void *b)
{
    const struct wallet_card *left = a;
    const struct wallet_card *right = b;
    int order = strcmp(left->label, right->label);
    return order != 0 ? order : strcmp(left->slot, right->slot);
}

enum code wallet_look(struct wallet *wallet, struct wallet_list *list)
{
    enum code code = CODE_OK;
    bool module_seen = false;
    bool reader_seen = false;
    *list = (struct wallet_list){0};
    for (size_t i = 0; i < wallet->module_count; i++) {
        if (module_load(&wallet->modules[i])) {
            module_seen = true;
            enum code failed = module_look(wallet, &wallet->modules[i], list, &reader_seen);
            code = code == CODE_OK ? failed : code;
        }
    }
    if (list->count > 0) { /* a broken module does not hide the cards of the others */
        qsort(list->cards, list->count, sizeof list->cards[0], card_compare);
        return CODE_OK;
    }
    wallet_list_free(list);
    if (code != CODE_OK) {
        return code;
    }
    return !module_seen ? CODE_NO_MODULE : !reader_seen ? CODE_NO_READER : CODE_NO_TOKEN;
}

/* ---- their certificates
 * -------------------------------------------------------------------------- */

static void certs_free(struct wallet_certs *certs)
{
    for (size_t i = 0; i < certs->count; i++) {
        free(certs->certs[i].der);
    }
    free(certs);
}

void wallet_close(struct wallet *wallet)
{
    while (wallet->cache != NULL) {
        struct wallet_certs *next = wallet->cache->next;
        certs_free(wallet->cache);
        wallet->cache = next;
    }
    for (size_t i = 0; i < wallet->module_count; i++) {
        module_unload(&wallet->modules[i]);
    }
}

static bool cert_fetch(const CK_FUNCTION_LIST *p11, CK_SESSION_HANDLE session,
                       CK_OBJECT_HANDLE object, struct wallet_cert *cert)
{
    unsigned char id[32];
    unsigned char label[64];
    uint8_t der[WALLET_CERT_SIZE_MAX];
    CK_ATTRIBUTE wanted[] = {
        {CKA_ID, id, sizeof id}, {CKA_LABEL, label, sizeof label}, {CKA_VALUE, der, sizeof der}};
    if (p11->C_GetAttributeValue(session, object, wanted, ARRAY_COUNT(wanted)) != CKR_OK ||
        wanted[0].ulValueLen > sizeof id || wanted[1].ulValueLen > sizeof label ||
        wanted[2].ulValueLen > sizeof der || wanted[2].ulValueLen == 0) {
        return false;
    }
    *cert = (struct wallet_cert){.der_size = wanted[2].ulValueLen};
    cert->der = malloc(cert->der_size);
    if (cert->der == NULL) {
        return false;
    }
    memcpy(cert->der, der, cert->der_size);
    for (size_t i = 0; i < wanted[0].ulValueLen; i++) {
        (void)snprintf(cert->id + 2 * i, 3, "%02x", id[i]);
    }
    wallet_text(cert->label, label, wanted[1].ulValueLen);
    cert->facts = cert_read(bytes_of(cert->der, cert->der_size));
    return true;
}

static CK_RV certs_fetch(const struct wallet_card *card, struct wallet_certs *certs)
{
    const CK_FUNCTION_LIST *p11 = card->module->p11;
    CK_OBJECT_CLASS class = CKO_CERTIFICATE;
    CK_ATTRIBUTE wanted[] = {{CKA_CLASS, &class, sizeof class}};
    CK_OBJECT_HANDLE objects[WALLET_CERTS_MAX];
    CK_ULONG count = 0;
    CK_SESSION_HANDLE session = 0;
    CK_RV rv = p11->C_OpenSession(card->slot_id, CKF_SERIAL_SESSION, NULL, NULL, &session);
    if (rv != CKR_OK) {
        return rv;
    }
    rv = p11->C_FindObjectsInit(session, wanted, ARRAY_COUNT(wanted));
    if (rv == CKR_OK) {
        rv = p11->C_FindObjects(session, objects, WALLET_CERTS_MAX, &count);
        (void)p11->C_FindObjectsFinal(session);
    }
    for (CK_ULONG i = 0; rv == CKR_OK && i < count; i++) {
        CHECK(certs->count < WALLET_CERTS_MAX);
        if (cert_fetch(p11, session, objects[i], &certs->certs[certs->count])) {
            certs->count++;
        }
    }
    (void)p11->C_CloseSession(session);
    return rv;
}

static struct wallet_certs *cache_find(const struct wallet *wallet, const char *slot)
{
    struct wallet_certs *certs = wallet->cache;
    while (certs != NULL && strcmp(certs->slot, slot) != 0) {
        certs = certs->next;
    }
    return certs;
}

/* NULL: the card can't be read (any more). A card that has no certificate yet is being
 * personalised: it is read again each time. */
static struct wallet_certs *certs_of(struct wallet *wallet, const struct wallet_card *card)
{
    struct wallet_certs *certs = cache_find(wallet, card->slot);
    if (certs == NULL) {
        certs = calloc(1, sizeof *certs);
        if (certs == NULL) {
            return NULL;
        }
        memcpy(certs->slot, card->slot, sizeof certs->slot);
        certs->next = wallet->cache;
        wallet->cache = certs;
    }
    bool readable = certs->count > 0 || certs_fetch(card, certs) == CKR_OK;
    return readable ? certs : NULL;
}

static void cache_sweep(struct wallet *wallet)
{
    for (struct wallet_certs **link = &wallet->cache; *link != NULL;) {
        struct wallet_certs *certs = *link;
        if (certs->seen == wallet->round) {
            link = &certs->next;
        } else {
            *link = certs->next;
            certs_free(certs);
        }
    }
}

void wallet_read_certs(struct wallet *wallet, struct wallet_list *list)
{
    size_t kept = 0;
    wallet->round++;
    for (size_t i = 0; i < list->count; i++) {
        struct wallet_certs *certs = certs_of(wallet, &list->cards[i]);
        if (certs != NULL) {
            certs->seen = wallet->round;
            list->cards[kept] = list->cards[i];
            list->cards[kept++].certs = certs;
        }
    }
    list->count = kept;
    cache_sweep(wallet);
}
