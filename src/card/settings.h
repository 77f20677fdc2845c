/* The bridge's config file: where the card modules are and who may ask.
 *
 *     modules = /usr/lib/HCA/libhca.so, libbaobei-lockshim.so
 *     origins = https://euservice.mohw.gov.tw
 *     confirm = off                  # on: sign only after a click in our own window (/popup)
 *     ports = 58731, 58732, 58733    # the first free one is taken; 0: any
 *     softhsm2_conf = softhsm2.conf  # becomes SOFTHSM2_CONF, for the demo and tests
 *     servisign_ports = 56445        # the HCA component's protocol, for tests (servisign.h)
 *     servisign_path_id = 6BD4…      # that such a page must name; unset: any
 *     tls_folder = tls               # TLS on the same port, with an authority made at first start
 *
 * Lists are divided by commas or blanks and grow when a key is repeated. Relative paths start at
 * the folder of the file. A module without a folder is looked for in that folder, then beside the
 * program, then left to the system's loader. Read once at start, const afterwards. */
#pragma once
#include "base/arena.h"
#include <stdbool.h>

enum { SETTINGS_MODULES_MAX = 16, SETTINGS_ORIGINS_MAX = 32, SETTINGS_PORTS_MAX = 8 };

struct settings {
    const char *modules[SETTINGS_MODULES_MAX];
    const char *origins[SETTINGS_ORIGINS_MAX];
    const char *softhsm2_conf; /* NULL: not set */
    const char *tls_folder;    /* NULL: no TLS */
    uint16_t ports[SETTINGS_PORTS_MAX];
    uint16_t servisign_ports[SETTINGS_PORTS_MAX];
    const char *servisign_path_id; /* NULL: any */
    size_t module_count, origin_count, port_count, servisign_port_count;
    bool confirm;
    struct arena memory; /* all text above */
};

/* Where and why a file was refused; line 0 is the file as a whole. */
struct settings_fault {
    int line;
    char text[200];
};

/* ERR_NOT_FOUND, ERR_IO, ERR_TOO_LARGE (64 KiB) or ERR_BAD_INPUT, with `fault` filled in; nothing
 * is held then. ERR_OK: give back with settings_deinit. */
enum err settings_read(struct settings *settings, const char *path,
                       struct settings_fault *fault) MUST_CHECK;
void settings_deinit(struct settings *settings);

/* An exact web origin as a browser sends it: https, lower case, no path, no user. */
bool settings_origin_valid(struct bytes origin);
