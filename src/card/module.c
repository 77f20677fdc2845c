#include "card/module.h"
#include "base/check.h"
#include "base/log.h"
#include <dlfcn.h>
#include <stdlib.h>

enum { SLOT_TRIES = 4 };

static bool library_open(struct module *module)
{
    CK_C_GetFunctionList get = NULL;
    module->library = dlopen(module->path, RTLD_NOW | RTLD_LOCAL);
    if (module->library == NULL) {
        LOG(LOG_WARN, "module_missing", log_text("path", module->path),
            log_text("reason", dlerror()));
        return false;
    }
    /* POSIX: a function pointer is read from dlsym through an object pointer. */
    *(void **)&get = dlsym(module->library, "C_GetFunctionList");
    return get != NULL && get(&module->p11) == CKR_OK && module->p11 != NULL;
}

bool module_load(struct module *module)
{
    CK_C_INITIALIZE_ARGS args = {.flags = CKF_OS_LOCKING_OK};
    CHECK(module->path != NULL);
    if (module->p11 != NULL) {
        return true;
    }
    CK_RV rv = CKR_GENERAL_ERROR;
    if (library_open(module)) {
        rv = module->p11->C_Initialize(&args);
    }
    if (rv == CKR_OK || rv == CKR_CRYPTOKI_ALREADY_INITIALIZED) {
        LOG(LOG_INFO, "module_loaded", log_text("path", module->path));
        return true;
    }
    LOG(LOG_WARN, "module_unusable", log_text("path", module->path), log_hex("ckr", rv));
    if (module->library != NULL) {
        (void)dlclose(module->library);
    }
    module->library = NULL;
    module->p11 = NULL;
    return false;
}

void module_unload(struct module *module)
{
    if (module->p11 != NULL) {
        (void)module->p11->C_Finalize(NULL);
        (void)dlclose(module->library);
    }
    module->p11 = NULL;
    module->library = NULL;
}

CK_RV module_slots(const struct module *module, bool with_card, CK_SLOT_ID **slots, CK_ULONG *count)
{
    CK_BBOOL present = with_card ? CK_TRUE : CK_FALSE;
    CK_RV rv = CKR_BUFFER_TOO_SMALL;
    CHECK(module->p11 != NULL);
    *slots = NULL;
    *count = 0;
    /* A card put in between the two calls makes the list longer than its first answer. */
    for (int i = 0; i < SLOT_TRIES && rv == CKR_BUFFER_TOO_SMALL; i++) {
        free(*slots);
        *slots = NULL;
        rv = module->p11->C_GetSlotList(present, NULL, count);
        if (rv != CKR_OK || *count == 0) {
            return rv;
        }
        *slots = calloc(*count, sizeof **slots);
        if (*slots == NULL) {
            return CKR_HOST_MEMORY;
        }
        rv = module->p11->C_GetSlotList(present, *slots, count);
    }
    if (rv != CKR_OK) {
        free(*slots);
        *slots = NULL;
    }
    return rv;
}
