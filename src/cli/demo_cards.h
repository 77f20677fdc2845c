/* The demo's cards as PKCS#11 tokens of SoftHSM2, and the settings of baobei-card for them.
 *
 * Writes DIR/card: softhsm2.conf, tokens/, baobei-card.conf. By PKCS#11 calls on libsofthsm2.so,
 * which is loaded for the time. One thread, once a process (SOFTHSM2_CONF is set for it). */
#pragma once
#include "cli/demo_files.h"

/* ERR_UNSUPPORTED: SoftHSM2 is not installed (the demo is complete without cards); ERR_IO. */
enum err demo_cards_make(const char *directory, const struct demo_identity *const *identities,
                         size_t count) MUST_CHECK;
