/* The bridge's own certificate for the loopback names, from an authority of this installation alone
 * (AUTH 7.8: "optional TLS with a per-install CA").
 *
 * The folder holds ca.pem (public, to be trusted by this computer's browsers), server.pem and
 * server.key (0600). The authority signs once and its key is then forgotten, so that nobody can
 * ever make a second certificate that these browsers would trust. What is missing, broken or about
 * to end is made anew, and the new ca.pem has to be trusted again; the log says so. */
#pragma once
#include "tls.h"

enum { OWN_CA_LIFE_DAYS = 820, OWN_CA_EARLY_DAYS = 30 };

/* Reads or makes the files; *site for tls_site_close. now_s: seconds since 1970. At start, blocks.
 * ERR_IO: the folder can't be written; ERR_NO_MEMORY; ERR_UNSUPPORTED: no cryptography. */
enum err own_ca_open(const char *folder, int64_t now_s, struct tls_site **site) MUST_CHECK;
