#include "cli/demo_cards.h"
#include "base/check.h"
#include <dlfcn.h>
#include <mbedtls/rsa.h>
#include <mbedtls/x509_crt.h>
#include <p11-kit/pkcs11.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { LABEL_SIZE = 32, SLOTS_MAX = 256, NUMBER_MAX = 512, SERIAL_DER_MAX = 64 };

#define OFFICER_PIN "97531024" /* of the card's issuer: initialises, never signs */

struct maker {
    CK_FUNCTION_LIST *calls;
    void *library;
};

/* ---- SoftHSM2 ---- */

static enum err module_open(struct maker *maker)
{
    static const char *const paths[] = {"/usr/lib/softhsm/libsofthsm2.so",
                                        "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
                                        "/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so"};
    for (size_t i = 0; i < ARRAY_COUNT(paths) && maker->library == NULL; i++) {
        maker->library = dlopen(paths[i], RTLD_NOW | RTLD_LOCAL);
    }
    if (maker->library == NULL) {
        return ERR_UNSUPPORTED;
    }
    CK_C_GetFunctionList list = NULL;
    void *symbol = dlsym(maker->library, "C_GetFunctionList");
    memcpy(&list, &symbol, sizeof list); /* a function's address out of dlsym, as POSIX has it */
    if (list == NULL || list(&maker->calls) != CKR_OK ||
        maker->calls->C_Initialize(NULL) != CKR_OK) {
        return ERR_IO;
    }
    return ERR_OK;
}

static void label_pad(const char *text, unsigned char label[LABEL_SIZE])
{
    size_t size = strlen(text);
    if (size > LABEL_SIZE) {
        size = LABEL_SIZE;
        while (((unsigned char)text[size] & 0xc0) == 0x80) {
            size--; /* not through the middle of a character */
        }
    }
    memset(label, ' ', LABEL_SIZE);
    memcpy(label, text, size);
}

/* The slot of the token with this label whose PIN is not set yet (two people may share a name);
 * NULL: the one that is not initialised yet. */
static enum err slot_find(const struct maker *maker, const unsigned char *label, CK_SLOT_ID *slot)
{
    CK_SLOT_ID slots[SLOTS_MAX];
    CK_ULONG count = 0;
    /* Asked for the number alone, SoftHSM2 looks for tokens anew. */
    if (maker->calls->C_GetSlotList(CK_TRUE, NULL, &count) != CKR_OK || count > SLOTS_MAX) {
        return ERR_IO;
    }
    count = SLOTS_MAX;
    if (maker->calls->C_GetSlotList(CK_TRUE, slots, &count) != CKR_OK) {
        return ERR_IO;
    }
    for (CK_ULONG i = 0; i < count; i++) {
        CK_TOKEN_INFO info;
        if (maker->calls->C_GetTokenInfo(slots[i], &info) != CKR_OK) {
            continue;
        }
        bool blank = (info.flags & CKF_TOKEN_INITIALIZED) == 0;
        bool begun = !blank && (info.flags & CKF_USER_PIN_INITIALIZED) == 0;
        if (label == NULL ? blank : begun && memcmp(info.label, label, LABEL_SIZE) == 0) {
            *slot = slots[i];
            return ERR_OK;
        }
    }
    return ERR_NOT_FOUND;
}

/* ---- what lies on a card ---- */

struct number {
    unsigned char bytes[NUMBER_MAX];
    size_t size;
};

static bool number_of(const mbedtls_mpi *value, struct number *number)
{
    number->size = mbedtls_mpi_size(value);
    return number->size <= NUMBER_MAX &&
           mbedtls_mpi_write_binary(value, number->bytes, number->size) == 0;
}

enum { RSA_N, RSA_P, RSA_Q, RSA_D, RSA_E, RSA_DP, RSA_DQ, RSA_QP, RSA_NUMBERS };

static enum err key_numbers(const mbedtls_pk_context *key, struct number numbers[RSA_NUMBERS])
{
    mbedtls_mpi parts[RSA_NUMBERS];
    const mbedtls_rsa_context *rsa = mbedtls_pk_rsa(*key);
    bool good = true;
    for (size_t i = 0; i < RSA_NUMBERS; i++) {
        mbedtls_mpi_init(&parts[i]);
    }
    good = mbedtls_rsa_export(rsa, &parts[RSA_N], &parts[RSA_P], &parts[RSA_Q], &parts[RSA_D],
                              &parts[RSA_E]) == 0 &&
           mbedtls_rsa_export_crt(rsa, &parts[RSA_DP], &parts[RSA_DQ], &parts[RSA_QP]) == 0;
    for (size_t i = 0; i < RSA_NUMBERS; i++) {
        good = good && number_of(&parts[i], &numbers[i]);
        mbedtls_mpi_free(&parts[i]);
    }
    return good ? ERR_OK : ERR_NO_MEMORY;
}

static enum err key_store(const struct maker *maker, CK_SESSION_HANDLE session,
                          const mbedtls_pk_context *key)
{
    static struct number numbers[RSA_NUMBERS];
    CK_OBJECT_CLASS class = CKO_PRIVATE_KEY;
    CK_KEY_TYPE type = CKK_RSA;
    CK_BBOOL yes = CK_TRUE;
    CK_BBOOL no = CK_FALSE;
    unsigned char id = 1;
    CK_OBJECT_HANDLE object = 0;
    enum err err = key_numbers(key, numbers);
    if (err != ERR_OK) {
        return err;
    }
    CK_ATTRIBUTE attributes[] = {
        {CKA_CLASS, &class, sizeof class},
        {CKA_KEY_TYPE, &type, sizeof type},
        {CKA_TOKEN, &yes, sizeof yes},
        {CKA_PRIVATE, &yes, sizeof yes},
        {CKA_SENSITIVE, &yes, sizeof yes},
        {CKA_EXTRACTABLE, &no, sizeof no},
        {CKA_SIGN, &yes, sizeof yes},
        {CKA_ID, &id, sizeof id},
        {CKA_LABEL, "sign", 4},
        {CKA_MODULUS, numbers[RSA_N].bytes, numbers[RSA_N].size},
        {CKA_PUBLIC_EXPONENT, numbers[RSA_E].bytes, numbers[RSA_E].size},
        {CKA_PRIVATE_EXPONENT, numbers[RSA_D].bytes, numbers[RSA_D].size},
        {CKA_PRIME_1, numbers[RSA_P].bytes, numbers[RSA_P].size},
        {CKA_PRIME_2, numbers[RSA_Q].bytes, numbers[RSA_Q].size},
        {CKA_EXPONENT_1, numbers[RSA_DP].bytes, numbers[RSA_DP].size},
        {CKA_EXPONENT_2, numbers[RSA_DQ].bytes, numbers[RSA_DQ].size},
        {CKA_COEFFICIENT, numbers[RSA_QP].bytes, numbers[RSA_QP].size},
    };
    CK_RV rv = maker->calls->C_CreateObject(session, attributes, ARRAY_COUNT(attributes), &object);
    explicit_bzero(numbers, sizeof numbers);
    return rv == CKR_OK ? ERR_OK : ERR_IO;
}

static enum err certificate_store(const struct maker *maker, CK_SESSION_HANDLE session,
                                  struct bytes der)
{
    mbedtls_x509_crt crt;
    CK_OBJECT_CLASS class = CKO_CERTIFICATE;
    CK_CERTIFICATE_TYPE type = CKC_X_509;
    CK_BBOOL yes = CK_TRUE;
    CK_BBOOL no = CK_FALSE;
    unsigned char id = 1;
    unsigned char serial[SERIAL_DER_MAX];
    CK_OBJECT_HANDLE object = 0;
    mbedtls_x509_crt_init(&crt);
    enum err err = ERR_IO;
    if (mbedtls_x509_crt_parse_der(&crt, der.data, der.size) == 0 &&
        crt.serial.len + 2 <= SERIAL_DER_MAX) {
        serial[0] = 0x02; /* INTEGER, as PKCS#11 wants it */
        serial[1] = (unsigned char)crt.serial.len;
        memcpy(serial + 2, crt.serial.p, crt.serial.len);
        CK_ATTRIBUTE attributes[] = {
            {CKA_CLASS, &class, sizeof class},
            {CKA_CERTIFICATE_TYPE, &type, sizeof type},
            {CKA_TOKEN, &yes, sizeof yes},
            {CKA_PRIVATE, &no, sizeof no},
            {CKA_ID, &id, sizeof id},
            {CKA_LABEL, "sign", 4},
            {CKA_SUBJECT, crt.subject_raw.p, crt.subject_raw.len},
            {CKA_ISSUER, crt.issuer_raw.p, crt.issuer_raw.len},
            {CKA_SERIAL_NUMBER, serial, crt.serial.len + 2},
            {CKA_VALUE, (void *)(uintptr_t)der.data, der.size},
        };
        CK_RV rv =
            maker->calls->C_CreateObject(session, attributes, ARRAY_COUNT(attributes), &object);
        err = rv == CKR_OK ? ERR_OK : ERR_IO;
    }
    mbedtls_x509_crt_free(&crt);
    return err;
}

static CK_UTF8CHAR *pin_of(const char *pin)
{
    return (CK_UTF8CHAR *)(uintptr_t)pin; /* PKCS#11 knows no const */
}

static enum err card_make(const struct maker *maker, const struct demo_identity *identity)
{
    CK_FUNCTION_LIST *calls = maker->calls;
    unsigned char label[LABEL_SIZE];
    CK_SLOT_ID slot = 0;
    CK_SESSION_HANDLE session = 0;
    label_pad(identity->name, label);
    enum err err = slot_find(maker, NULL, &slot);
    if (err != ERR_OK ||
        calls->C_InitToken(slot, pin_of(OFFICER_PIN), strlen(OFFICER_PIN), label) != CKR_OK) {
        return ERR_IO;
    }
    err = slot_find(maker, label, &slot); /* the token moved to a slot of its own */
    if (err != ERR_OK || calls->C_OpenSession(slot, CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL, NULL,
                                              &session) != CKR_OK) {
        return ERR_IO;
    }
    bool good =
        calls->C_Login(session, CKU_SO, pin_of(OFFICER_PIN), strlen(OFFICER_PIN)) == CKR_OK &&
        calls->C_InitPIN(session, pin_of(identity->pin), strlen(identity->pin)) == CKR_OK &&
        calls->C_Logout(session) == CKR_OK &&
        calls->C_Login(session, CKU_USER, pin_of(identity->pin), strlen(identity->pin)) == CKR_OK;
    err = good ? key_store(maker, session, identity->key) : ERR_IO;
    err = err == ERR_OK ? certificate_store(maker, session, identity->certificate) : err;
    (void)calls->C_CloseSession(session);
    return err;
}

/* ---- files ---- */

static enum err settings_write(const char *directory, const char *card)
{
    char text[DEMO_PATH_MAX * 2];
    char *whole = realpath(card, NULL);
    if (whole == NULL) {
        return ERR_IO;
    }
    (void)snprintf(
        text, sizeof text,
        "directories.tokendir = %s/tokens\nobjectstore.backend = file\nlog.level = ERROR\n"
        "slots.removable = false\n",
        whole);
    free(whole);
    enum err err = demo_write(directory, "card/softhsm2.conf", bytes_from_text(text), false);
    static const char bridge[] = "; The demonstration's cards, for baobei-card.\n"
                                 "modules = libbaobei-lockshim.so\n"
                                 "origins = https://127.0.0.1:8443, https://localhost:8443\n"
                                 "softhsm2_conf = softhsm2.conf\n";
    return err != ERR_OK
               ? err
               : demo_write(directory, "card/baobei-card.conf", bytes_from_text(bridge), false);
}

enum err demo_cards_make(const char *directory, const struct demo_identity *const *identities,
                         size_t count)
{
    struct maker maker = {0};
    char card[DEMO_PATH_MAX];
    char path[DEMO_PATH_MAX + 32];
    int size = snprintf(card, sizeof card, "%s/card", directory);
    if (size < 0 || (size_t)size >= sizeof card) {
        return ERR_TOO_LARGE;
    }
    (void)mkdir(card, 0700);
    (void)snprintf(path, sizeof path, "%s/tokens", card);
    (void)mkdir(path, 0700);
    enum err err = settings_write(directory, card);
    (void)snprintf(path, sizeof path, "%s/softhsm2.conf", card);
    (void)setenv("SOFTHSM2_CONF", path, 1);
    err = err == ERR_OK ? module_open(&maker) : err;
    for (size_t i = 0; err == ERR_OK && i < count; i++) {
        err = card_make(&maker, identities[i]);
    }
    if (maker.calls != NULL) {
        (void)maker.calls->C_Finalize(NULL);
    }
    if (maker.library != NULL) {
        (void)dlclose(maker.library);
    }
    return err;
}
