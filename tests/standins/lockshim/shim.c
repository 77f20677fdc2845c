/* A PKCS#11 module that behaves like an HCA card reader, with SoftHSM2 doing the cryptography.
 *
 * What SoftHSM2 lacks and a card has (AUTH 1.4, 6.4): three wrong PINs lock the card, the token's
 * flags say LOW, FINAL_TRY and LOCKED on the way, the PIN has 6 to 8 characters, and a card can be
 * pulled. The count is raised before the PIN is tried, so a process killed in between gains
 * nothing.
 *
 * Environment: SOFTHSM2_CONF (SoftHSM2's own; the state lies beside it, counter.h),
 * BAOBEI_LOCKSHIM_MODULE (another path of libsofthsm2.so), BAOBEI_LOCKSHIM_NO_SHA256 (refuse
 * CKM_SHA256_RSA_PKCS, as old cards do). For tests and the demo only. */
#include "tests/standins/lockshim/counter.h"
#include <dlfcn.h>
#include <p11-kit/pkcs11.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { PIN_MIN = 6, PIN_MAX = 8 };

/* A PKCS#11 module has no handle of its own to keep state in: the interface is C_ functions. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static CK_FUNCTION_LIST *real;
static CK_FUNCTION_LIST shim;

static bool token_serial(CK_SLOT_ID slot, char *serial)
{
    CK_TOKEN_INFO info;
    if (real->C_GetTokenInfo(slot, &info) != CKR_OK) {
        return false;
    }
    memcpy(serial, info.serialNumber, COUNTER_SERIAL_SIZE - 1);
    serial[COUNTER_SERIAL_SIZE - 1] = '\0';
    for (size_t end = COUNTER_SERIAL_SIZE - 1; end > 0 && serial[end - 1] == ' '; end--) {
        serial[end - 1] = '\0';
    }
    return serial[0] != '\0' && strchr(serial, '/') == NULL;
}

static bool slot_pulled(CK_SLOT_ID slot)
{
    char serial[COUNTER_SERIAL_SIZE];
    return token_serial(slot, serial) && counter_pulled(serial);
}

static bool session_pulled(CK_SESSION_HANDLE session)
{
    CK_SESSION_INFO info;
    return real->C_GetSessionInfo(session, &info) == CKR_OK && slot_pulled(info.slotID);
}

static CK_RV shim_slot_list(CK_BBOOL token_present, CK_SLOT_ID *slots, CK_ULONG *count)
{
    if (!token_present || slots == NULL) {
        return real->C_GetSlotList(token_present, slots,
                                   count); /* a bound is enough to size with */
    }
    CK_RV rv = real->C_GetSlotList(token_present, slots, count);
    if (rv == CKR_OK) {
        CK_ULONG kept = 0;
        for (CK_ULONG i = 0; i < *count; i++) {
            if (!slot_pulled(slots[i])) {
                slots[kept++] = slots[i];
            }
        }
        *count = kept;
    }
    return rv;
}

static CK_RV shim_slot_info(CK_SLOT_ID slot, CK_SLOT_INFO *info)
{
    CK_RV rv = real->C_GetSlotInfo(slot, info);
    if (rv == CKR_OK && slot_pulled(slot)) {
        info->flags &= ~(CK_FLAGS)CKF_TOKEN_PRESENT;
    }
    return rv;
}

static CK_RV shim_token_info(CK_SLOT_ID slot, CK_TOKEN_INFO *info)
{
    char serial[COUNTER_SERIAL_SIZE];
    CK_RV rv = real->C_GetTokenInfo(slot, info);
    if (rv != CKR_OK || !token_serial(slot, serial)) {
        return rv;
    }
    if (counter_pulled(serial)) {
        return CKR_TOKEN_NOT_PRESENT;
    }
    info->ulMinPinLen = PIN_MIN;
    info->ulMaxPinLen = PIN_MAX;
    info->flags &=
        ~(CK_FLAGS)(CKF_USER_PIN_COUNT_LOW | CKF_USER_PIN_FINAL_TRY | CKF_USER_PIN_LOCKED);
    int wrong = counter_read(serial);
    if (wrong >= COUNTER_TRIES_MAX) {
        info->flags |= CKF_USER_PIN_LOCKED;
    } else if (wrong > 0) {
        info->flags |= CKF_USER_PIN_COUNT_LOW;
        info->flags |= wrong == COUNTER_TRIES_MAX - 1 ? CKF_USER_PIN_FINAL_TRY : 0;
    }
    return rv;
}

static CK_RV user_login(CK_SESSION_HANDLE session, const char *serial, CK_UTF8CHAR *pin,
                        CK_ULONG pin_size)
{
    int wrong = counter_read(serial);
    if (wrong >= COUNTER_TRIES_MAX) {
        return CKR_PIN_LOCKED;
    }
    if (pin_size < PIN_MIN || pin_size > PIN_MAX) {
        return CKR_PIN_LEN_RANGE;
    }
    if (!counter_write(serial, wrong + 1)) {
        return CKR_DEVICE_ERROR;
    }
    CK_RV rv = real->C_Login(session, CKU_USER, pin, pin_size);
    if (rv == CKR_PIN_INCORRECT) {
        return wrong + 1 == COUNTER_TRIES_MAX ? CKR_PIN_LOCKED : rv;
    }
    /* Only a right PIN clears the count; any other failure puts back what it was. */
    if (!counter_write(serial, rv == CKR_OK ? 0 : wrong)) {
        return CKR_DEVICE_ERROR;
    }
    return rv;
}

static CK_RV shim_login(CK_SESSION_HANDLE session, CK_USER_TYPE user, CK_UTF8CHAR *pin,
                        CK_ULONG pin_size)
{
    char serial[COUNTER_SERIAL_SIZE];
    CK_SESSION_INFO info;
    if (user != CKU_USER) {
        return real->C_Login(session, user, pin, pin_size);
    }
    CK_RV rv = real->C_GetSessionInfo(session, &info);
    if (rv != CKR_OK) {
        return rv;
    }
    if (!token_serial(info.slotID, serial)) {
        return CKR_DEVICE_ERROR;
    }
    if (counter_pulled(serial)) {
        return CKR_DEVICE_REMOVED;
    }
    counter_wait_for_hold(serial);
    (void)pthread_mutex_lock(&lock);
    rv = user_login(session, serial, pin, pin_size);
    (void)pthread_mutex_unlock(&lock);
    return rv;
}

/* The security officer gives a new PIN: that is how a locked card is unlocked. */
static CK_RV shim_init_pin(CK_SESSION_HANDLE session, CK_UTF8CHAR *pin, CK_ULONG pin_size)
{
    char serial[COUNTER_SERIAL_SIZE];
    CK_SESSION_INFO info;
    CK_RV rv = real->C_InitPIN(session, pin, pin_size);
    if (rv == CKR_OK && real->C_GetSessionInfo(session, &info) == CKR_OK &&
        token_serial(info.slotID, serial) && !counter_write(serial, 0)) {
        return CKR_DEVICE_ERROR;
    }
    return rv;
}

static CK_RV shim_open_session(CK_SLOT_ID slot, CK_FLAGS flags, void *application, CK_NOTIFY notify,
                               CK_SESSION_HANDLE *session)
{
    if (slot_pulled(slot)) {
        return CKR_TOKEN_NOT_PRESENT;
    }
    return real->C_OpenSession(slot, flags, application, notify, session);
}

static CK_RV shim_sign_init(CK_SESSION_HANDLE session, CK_MECHANISM *mechanism,
                            CK_OBJECT_HANDLE key)
{
    if (session_pulled(session)) {
        return CKR_DEVICE_REMOVED;
    }
    if (mechanism != NULL && mechanism->mechanism == CKM_SHA256_RSA_PKCS &&
        getenv("BAOBEI_LOCKSHIM_NO_SHA256") != NULL) {
        return CKR_MECHANISM_INVALID;
    }
    return real->C_SignInit(session, mechanism, key);
}

static CK_RV shim_sign(CK_SESSION_HANDLE session, CK_BYTE *data, CK_ULONG data_size,
                       CK_BYTE *signature, CK_ULONG *signature_size)
{
    if (session_pulled(session)) {
        return CKR_DEVICE_REMOVED;
    }
    return real->C_Sign(session, data, data_size, signature, signature_size);
}

static CK_RV real_load(void)
{
    const char *const paths[] = {
        getenv("BAOBEI_LOCKSHIM_MODULE"),
        "/usr/lib/softhsm/libsofthsm2.so",
        "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
        "/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so",
        "libsofthsm2.so",
    };
    for (size_t i = 0; real == NULL && i < sizeof paths / sizeof paths[0]; i++) {
        void *library = paths[i] == NULL ? NULL : dlopen(paths[i], RTLD_NOW | RTLD_LOCAL);
        CK_C_GetFunctionList get = NULL;
        if (library != NULL) {
            /* POSIX: a function pointer is read from dlsym through an object pointer. */
            *(void **)&get = dlsym(library, "C_GetFunctionList");
        }
        if (get == NULL || get(&real) != CKR_OK) {
            real = NULL;
        }
    }
    return real == NULL ? CKR_GENERAL_ERROR : CKR_OK;
}

__attribute__((visibility("default"))) CK_RV C_GetFunctionList(CK_FUNCTION_LIST **list)
{
    if (list == NULL) {
        return CKR_ARGUMENTS_BAD;
    }
    (void)pthread_mutex_lock(&lock);
    CK_RV rv = real != NULL ? CKR_OK : real_load();
    if (rv == CKR_OK) {
        shim = *real;
        shim.C_GetFunctionList = C_GetFunctionList;
        shim.C_GetSlotList = shim_slot_list;
        shim.C_GetSlotInfo = shim_slot_info;
        shim.C_GetTokenInfo = shim_token_info;
        shim.C_OpenSession = shim_open_session;
        shim.C_Login = shim_login;
        shim.C_InitPIN = shim_init_pin;
        shim.C_SignInit = shim_sign_init;
        shim.C_Sign = shim_sign;
        *list = &shim;
    }
    (void)pthread_mutex_unlock(&lock);
    return rv;
}
