/* A PKCS#11 module: loaded by path, its calls by a table of function pointers.
 *
 * Calls block and are made one at a time, by whoever runs the current job (jobs.h). */
#pragma once
#include <p11-kit/pkcs11.h>
#include <stdbool.h>

struct module {
    const char *path; /* borrowed from the settings */
    void *library;
    CK_FUNCTION_LIST *p11; /* NULL until loaded */
};

/* Loads and initialises; true if it is ready, also from before. A module that can't be had is tried
 * again at the next request: its software may be installed meanwhile. */
bool module_load(struct module *module);
void module_unload(struct module *module);

/* All slots, or those with a card in them. malloc'd, *count of them; NULL with CKR_OK: there are
 * none. */
CK_RV module_slots(const struct module *module, bool with_card, CK_SLOT_ID **slots,
                   CK_ULONG *count);
