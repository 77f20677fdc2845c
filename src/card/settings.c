#include "card/settings.h"
#include "base/check.h"
#include <errno.h>
#include <ini.h>
#include <libgen.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FILE_SIZE_MAX = 64 * 1024, MEMORY_MAX = 256 * 1024, ORIGIN_SIZE_MAX = 255 };

struct reading {
    struct settings *settings;
    const char *folder;
    struct settings_fault *fault;
    bool confirm_seen;
};

static int fault_say(struct reading *reading, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The first fault stays; inih tells its line at the end. */
static int fault_say(struct reading *reading, const char *format, ...)
{
    if (reading->fault->text[0] == '\0') {
        va_list args;
        va_start(args, format);
        (void)vsnprintf(reading->fault->text, sizeof reading->fault->text, format, args);
        va_end(args);
    }
    return 0;
}

static const char *text_join(struct arena *memory, const char *folder, const char *name)
{
    size_t folder_size = strlen(folder);
    size_t name_size = strlen(name);
    char *whole = arena_alloc(memory, folder_size + name_size + 2);
    if (whole != NULL) {
        memcpy(whole, folder, folder_size);
        whole[folder_size] = '/';
        memcpy(whole + folder_size + 1, name, name_size + 1);
    }
    return whole;
}

static const char *path_resolve(struct reading *reading, const char *name)
{
    struct arena *memory = &reading->settings->memory;
    return name[0] == '/' ? arena_text(memory, bytes_from_text(name))
                          : text_join(memory, reading->folder, name);
}

static const char *module_resolve(struct reading *reading, const char *name)
{
    char program[PATH_MAX];
    struct arena *memory = &reading->settings->memory;
    const char *path = path_resolve(reading, name);
    if (path == NULL || strchr(name, '/') != NULL || access(path, F_OK) == 0) {
        return path;
    }
    ssize_t size = readlink("/proc/self/exe", program, sizeof program - 1);
    if (size > 0) {
        program[size] = '\0';
        path = text_join(memory, dirname(program), name);
        if (path == NULL || access(path, F_OK) == 0) {
            return path;
        }
    }
    return arena_text(memory, bytes_from_text(name));
}

static int module_add(struct reading *reading, const char *name)
{
    struct settings *settings = reading->settings;
    if (settings->module_count == SETTINGS_MODULES_MAX) {
        return fault_say(reading, "modules: more than %d", SETTINGS_MODULES_MAX);
    }
    const char *path = module_resolve(reading, name);
    if (path == NULL) {
        return fault_say(reading, "modules: out of memory");
    }
    settings->modules[settings->module_count++] = path;
    return 1;
}

bool settings_origin_valid(struct bytes origin)
{
    const struct bytes scheme = BYTES_LITERAL("https://");
    if (origin.size <= scheme.size || origin.size > ORIGIN_SIZE_MAX ||
        !bytes_start_with(origin, scheme)) {
        return false;
    }
    for (size_t i = scheme.size; i < origin.size; i++) {
        char c = (char)origin.data[i];
        bool good = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' ||
                    c == ':' || c == '[' || c == ']';
        if (!good) {
            return false;
        }
    }
    return true;
}

static int origin_add(struct reading *reading, const char *origin)
{
    struct settings *settings = reading->settings;
    if (settings->origin_count == SETTINGS_ORIGINS_MAX) {
        return fault_say(reading, "origins: more than %d", SETTINGS_ORIGINS_MAX);
    }
    if (!settings_origin_valid(bytes_from_text(origin))) {
        return fault_say(
            reading, "origins: \"%.60s\" is not like https://host or https://host:port", origin);
    }
    const char *copy = arena_text(&settings->memory, bytes_from_text(origin));
    if (copy == NULL) {
        return fault_say(reading, "origins: out of memory");
    }
    settings->origins[settings->origin_count++] = copy;
    return 1;
}

static int number_add(struct reading *reading, const char *name, const char *text,
                      uint16_t ports[SETTINGS_PORTS_MAX], size_t *count)
{
    char *end = NULL;
    if (*count == SETTINGS_PORTS_MAX) {
        return fault_say(reading, "%s: more than %d", name, SETTINGS_PORTS_MAX);
    }
    errno = 0;
    long port = strtol(text, &end, 10);
    if (errno != 0 || *end != '\0' || port < 0 || port > UINT16_MAX) {
        return fault_say(reading, "%s: \"%.20s\" is not a number from 0 to 65535", name, text);
    }
    ports[(*count)++] = (uint16_t)port;
    return 1;
}

static int port_add(struct reading *reading, const char *text)
{
    struct settings *settings = reading->settings;
    return number_add(reading, "ports", text, settings->ports, &settings->port_count);
}

static int servisign_port_add(struct reading *reading, const char *text)
{
    struct settings *settings = reading->settings;
    return number_add(reading, "servisign_ports", text, settings->servisign_ports,
                      &settings->servisign_port_count);
}

static int path_id_read(struct reading *reading, const char *value)
{
    struct settings *settings = reading->settings;
    if (settings->servisign_path_id != NULL || value[0] == '\0') {
        return fault_say(reading, "servisign_path_id: one id, once");
    }
    settings->servisign_path_id = arena_text(&settings->memory, bytes_from_text(value));
    return settings->servisign_path_id != NULL;
}

static int list_read(struct reading *reading, const char *value,
                     int (*add)(struct reading *, const char *))
{
    char copy[INI_MAX_LINE + 1];
    char *rest = NULL;
    int good = snprintf(copy, sizeof copy, "%s", value) < (int)sizeof copy;
    for (char *item = strtok_r(copy, ", \t", &rest); good && item != NULL;
         item = strtok_r(NULL, ", \t", &rest)) {
        good = add(reading, item);
    }
    return good;
}

static int confirm_read(struct reading *reading, const char *value)
{
    bool on = strcmp(value, "on") == 0;
    if (reading->confirm_seen || (!on && strcmp(value, "off") != 0)) {
        return fault_say(reading, "confirm: \"on\" or \"off\", once");
    }
    reading->settings->confirm = on;
    reading->confirm_seen = true;
    return 1;
}

static int softhsm2_conf_read(struct reading *reading, const char *value)
{
    if (reading->settings->softhsm2_conf != NULL || value[0] == '\0') {
        return fault_say(reading, "softhsm2_conf: one path, once");
    }
    reading->settings->softhsm2_conf = path_resolve(reading, value);
    return reading->settings->softhsm2_conf != NULL;
}

static int tls_folder_read(struct reading *reading, const char *value)
{
    if (reading->settings->tls_folder != NULL || value[0] == '\0') {
        return fault_say(reading, "tls_folder: one path, once");
    }
    reading->settings->tls_folder = path_resolve(reading, value);
    return reading->settings->tls_folder != NULL;
}

static int setting_read(void *context, const char *section, const char *name, const char *value)
{
    struct reading *reading = context;
    if (section[0] != '\0') {
        return fault_say(reading, "there are no sections, but [%.40s]", section);
    }
    if (value == NULL) {
        return fault_say(reading, "%.40s has no value", name);
    }
    if (strcmp(name, "modules") == 0) {
        return list_read(reading, value, module_add);
    }
    if (strcmp(name, "origins") == 0) {
        return list_read(reading, value, origin_add);
    }
    if (strcmp(name, "ports") == 0) {
        return list_read(reading, value, port_add);
    }
    if (strcmp(name, "confirm") == 0) {
        return confirm_read(reading, value);
    }
    if (strcmp(name, "softhsm2_conf") == 0) {
        return softhsm2_conf_read(reading, value);
    }
    if (strcmp(name, "servisign_ports") == 0) {
        return list_read(reading, value, servisign_port_add);
    }
    if (strcmp(name, "servisign_path_id") == 0) {
        return path_id_read(reading, value);
    }
    if (strcmp(name, "tls_folder") == 0) {
        return tls_folder_read(reading, value);
    }
    return fault_say(reading, "there is no setting \"%.40s\"", name);
}

static enum err file_read(const char *path, char *text, struct settings_fault *fault)
{
    enum err err = ERR_OK;
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        err = errno == ENOENT ? ERR_NOT_FOUND : ERR_IO;
        (void)snprintf(fault->text, sizeof fault->text, "it can't be opened: %s", strerror(errno));
        return err;
    }
    size_t size = fread(text, 1, FILE_SIZE_MAX + 1, file);
    if (ferror(file) != 0) {
        (void)snprintf(fault->text, sizeof fault->text, "it can't be read");
        err = ERR_IO;
    } else if (size > FILE_SIZE_MAX) {
        (void)snprintf(fault->text, sizeof fault->text, "it is longer than 64 KiB");
        err = ERR_TOO_LARGE;
    } else if (memchr(text, '\0', size) != NULL) {
        (void)snprintf(fault->text, sizeof fault->text, "it has a NUL byte");
        err = ERR_BAD_INPUT;
    } else {
        text[size] = '\0';
    }
    (void)fclose(file);
    return err;
}

/* inih would take the rest of a long line for a line of its own. */
static enum err lines_measure(const char *text, struct settings_fault *fault)
{
    int line = 1;
    for (const char *at = text; *at != '\0'; line++) {
        size_t size = strcspn(at, "\n");
        if (size > INI_MAX_LINE - 3) {
            fault->line = line;
            (void)snprintf(fault->text, sizeof fault->text,
                           "longer than %d bytes; repeat the key on a line of its own",
                           INI_MAX_LINE - 3);
            return ERR_BAD_INPUT;
        }
        at += size + (at[size] == '\n' ? 1 : 0);
    }
    return ERR_OK;
}

static enum err text_read(struct settings *settings, const char *path, const char *text,
                          struct settings_fault *fault)
{
    static const uint16_t usual_ports[] = {58731, 58732, 58733};
    char folder[PATH_MAX];
    if (snprintf(folder, sizeof folder, "%s", path) >= (int)sizeof folder) {
        (void)snprintf(fault->text, sizeof fault->text, "the path is too long");
        return ERR_BAD_INPUT;
    }
    struct reading reading = {settings, dirname(folder), fault, false};
    fault->line = ini_parse_string(text, setting_read, &reading);
    if (fault->line != 0) {
        (void)fault_say(&reading, "it is not like `key = value`");
        return ERR_BAD_INPUT;
    }
    if (settings->module_count == 0 || settings->origin_count == 0) {
        (void)fault_say(&reading, "%s is missing",
                        settings->module_count == 0 ? "modules" : "origins");
        return ERR_BAD_INPUT;
    }
    if (settings->servisign_port_count > 0 && settings->tls_folder == NULL) {
        (void)fault_say(&reading, "servisign_ports need tls_folder");
        return ERR_BAD_INPUT;
    }
    if (settings->port_count == 0) {
        memcpy(settings->ports, usual_ports, sizeof usual_ports);
        settings->port_count = ARRAY_COUNT(usual_ports);
    }
    return ERR_OK;
}

enum err settings_read(struct settings *settings, const char *path, struct settings_fault *fault)
{
    CHECK(settings != NULL && path != NULL && fault != NULL);
    *fault = (struct settings_fault){0};
    *settings = (struct settings){0};
    arena_init(&settings->memory, 4096, MEMORY_MAX);
    char *text = malloc(FILE_SIZE_MAX + 1);
    if (text == NULL) {
        (void)snprintf(fault->text, sizeof fault->text, "out of memory");
        return ERR_NO_MEMORY;
    }
    enum err err = file_read(path, text, fault);
    if (err == ERR_OK) {
        err = lines_measure(text, fault);
    }
    if (err == ERR_OK) {
        err = text_read(settings, path, text, fault);
    }
    if (err != ERR_OK) {
        CHECK(fault->text[0] != '\0');
        settings_deinit(settings);
    }
    free(text);
    return err;
}

void settings_deinit(struct settings *settings)
{
    arena_deinit(&settings->memory);
    *settings = (struct settings){0};
}
