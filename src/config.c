#include "config.h"
#include "base/check.h"
#include "config_forms.h"
#include <ctype.h>
#include <errno.h>
#include <ini.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum setting_type { SETTING_TEXT, SETTING_PATH, SETTING_PATHS, SETTING_WORD, SETTING_INT };

struct setting {
    const char *name;
    enum setting_type type;
    size_t offset, size;
    const char *standard;                   /* the default, as text */
    int64_t min, max;                       /* SETTING_INT */
    const char *words;                      /* SETTING_WORD: those allowed, separated by blanks */
    const char *(*form)(const char *value); /* SETTING_TEXT: NULL: any text */
    const char *sentence;
};

#define TEXT(name, field, type, standard, sentence)                                                \
    {                                                                                              \
        name, type, offsetof(struct config, field), sizeof((struct config *)0)->field, standard,   \
            0, 0, NULL, NULL, sentence                                                             \
    }
#define FORM(name, field, form, standard, sentence)                                                \
    {                                                                                              \
        name, SETTING_TEXT, offsetof(struct config, field), sizeof((struct config *)0)->field,     \
            standard, 0, 0, NULL, form, sentence                                                   \
    }
#define WORD(name, field, standard, words, sentence)                                               \
    {                                                                                              \
        name, SETTING_WORD, offsetof(struct config, field), sizeof((struct config *)0)->field,     \
            standard, 0, 0, words, NULL, sentence                                                  \
    }
#define INT(name, field, standard, min, max, sentence)                                             \
    {                                                                                              \
        name, SETTING_INT, offsetof(struct config, field), sizeof(int64_t), standard, min, max,    \
            NULL, NULL, sentence                                                                   \
    }

static const struct setting settings[] = {
    WORD("env", env, "prod", "prod dev", "prod refuses test anchors and loopback stand-ins"),
    TEXT("data.directory", data_directory, SETTING_PATH, "data", "the store"),
    TEXT("data.key_file", data_key_file, SETTING_PATH, "baobei.key",
         "keys of sealed personal fields; outside the store, mode 0600"),
    FORM("server.listen", server_listen, form_listen, "https://127.0.0.1:8443",
         "where people and programs come in; plain http on loopback only"),
    FORM("server.names", server_names, form_names, "",
         "host names that are ours, separated by commas; default: the listen address, localhost"),
    TEXT("server.certificate", server_certificate, SETTING_PATH, "server.pem",
         "the server's certificate, PEM, leaf first"),
    TEXT("server.key", server_key, SETTING_PATH, "server.key", "its key, PEM"),
    INT("server.connections_max", server_connections_max, "12000", 16, 100000, "a loop"),
    INT("server.idle_s", server_idle_s, "60", 5, 3600, "an idle connection is kept so long"),
    FORM("ops.listen", ops_listen, form_ops, "http://127.0.0.1:9090",
         "health and metrics; empty: no such listener"),
    INT("loops", loops, "0", 0, 64, "event loops; 0: one less than there are cores"),
    INT("actors.mailbox_max", actors_mailbox_max, "256", 8, 65536,
        "messages of doors that may wait for one institution"),
    INT("actors.memory_mib", actors_memory_mib, "0", 0, 1048576,
        "idle institutions are forgotten above this; 0: a quarter of the machine's memory"),
    INT("log.segment_mib", log_segment_mib, "64", 16, 1024, "size of a log segment"),
    INT("store.map_gib", store_map_gib, "256", 1, 16384, "address space for the store"),
    INT("store.apply_gap_ms", store_apply_gap_ms, "3000", 10, 60000,
        "how often the log is applied to the store"),
    INT("store.scrub_gap_ms", store_scrub_gap_ms, "1000", 1, 3600000,
        "between two slices of the background scrub; a pass takes some 20,000 of them"),
    INT("store.snapshot_ms", store_snapshot_ms, "250", 10, 10000, "a list stops after this"),
    INT("backup.mib_s", backup_mib_s, "100", 0, 100000,
        "a backup reads at most so many MiB a second; 0: as fast as it goes"),
    INT("test.sync_delay_ms", test_sync_delay_ms, "0", 0, 10000,
        "added to every log sync; for tests"),
    WORD("log.level", log_level, "info", "debug info warn alarm", "least level of log lines"),
    TEXT("trust.roots", trust_roots, SETTING_PATH, "", "pinned roots, PEM or DER"),
    TEXT("trust.health", trust_health, SETTING_PATH, "",
         "pinned issuers of person and institution cards"),
    TEXT("trust.citizen", trust_citizen, SETTING_PATH, "", "pinned issuers of citizen cards"),
    TEXT("trust.crls", trust_crls, SETTING_PATHS, "", "revocation lists, separated by commas"),
    INT("trust.crl_grace_h", trust_crl_grace_h, "0", 0, 24,
        "hours that a revocation list may be over its time"),
    INT("auth.challenges_per_minute", auth_challenges_per_minute, "60", 1, 1000000,
        "log-ins begun from one address; above it 429"),
    TEXT("nhi.url", nhi_url, SETTING_TEXT, "", "where transfers to NHI go; empty: nothing is sent"),
    TEXT("nhi.ca", nhi_ca, SETTING_PATH, "",
         "who may vouch for NHI's end, PEM; empty: the system's authorities"),
    WORD("nhi.pace", nhi_pace, "night", "night prompt",
         "rows go in the night behind their day, or as soon as there are some"),
    INT("nhi.minute", nhi_minute, "120", 0, 1439, "of the day, Asia/Taipei: the nightly run"),
    INT("nhi.full_day", nhi_full_day, "1", 0, 28,
        "of the month: the night of the full document; 0: none"),
    INT("nhi.rows_max", nhi_rows_max, "500", 1, 500, "rows of one document"),
    INT("nhi.timeout_s", nhi_timeout_s, "30", 1, 600, "a call without an answer is over after it"),
    INT("nhi.pause_ms", nhi_pause_ms, "30000", 10, 600000,
        "pause after the first call in vain; doubled each time"),
    INT("nhi.pause_max_s", nhi_pause_max_s, "1800", 1, 86400, "the longest pause"),
    INT("nhi.alarm_attempts", nhi_alarm_attempts, "5", 1, 1000,
        "attempts in vain until an alarm, and again after as many"),
    FORM("card.bridge_ports", card_bridge_ports, form_ports, "58731,58732,58733",
         "where pages look for baobei-card"),
    TEXT("card.servisign_path_id", card_servisign_path_id, SETTING_TEXT, "",
         "PathID of the HCAServiSign build"),
    TEXT("card.servisign_min", card_servisign_min, SETTING_TEXT, "1.0.23.1227",
         "oldest HCAServiSign that works"),
    TEXT("card.servisign_download", card_servisign_download, SETTING_TEXT,
         "https://hca.nat.gov.tw/", "where people get it"),
};

/* ---- taking values ---- */

struct loading {
    struct config *config;
    const char *path;
    char folder[CONFIG_TEXT_MAX];
    FILE *errors;
    int faults;
};

static const struct setting *setting_find(const char *name)
{
    for (size_t i = 0; i < ARRAY_COUNT(settings); i++) {
        if (strcmp(settings[i].name, name) == 0) {
            return &settings[i];
        }
    }
    return NULL;
}

static char *text_of(struct config *config, const struct setting *setting)
{
    return (char *)config + setting->offset;
}

static int64_t *int_of(struct config *config, const struct setting *setting)
{
    return (int64_t *)(void *)((char *)config + setting->offset);
}

static void fault(struct loading *loading, const struct setting *setting, const char *value,
                  const char *why)
{
    loading->faults++;
    (void)fprintf(loading->errors, "%s: %s = %s: %s\n", loading->path, setting->name, value, why);
}

static void take_int(struct loading *loading, const struct setting *setting, const char *value)
{
    char *end = NULL;
    errno = 0;
    long long number = strtoll(value, &end, 10);
    if (errno != 0 || end == value || *end != '\0' || number < setting->min ||
        number > setting->max) {
        char why[96];
        (void)snprintf(why, sizeof why, "not a whole number from %lld to %lld",
                       (long long)setting->min, (long long)setting->max);
        fault(loading, setting, value, why);
        return;
    }
    *int_of(loading->config, setting) = number;
}

static bool word_is_one_of(const char *value, const char *words)
{
    size_t size = strlen(value);
    for (const char *at = words; size > 0 && (at = strstr(at, value)) != NULL; at += size) {
        bool begins = at == words || at[-1] == ' ';
        if (begins && (at[size] == ' ' || at[size] == '\0')) {
            return true;
        }
    }
    return false;
}

static void take_word(struct loading *loading, const struct setting *setting, const char *value)
{
    char why[128];
    if (!word_is_one_of(value, setting->words) || strlen(value) >= setting->size) {
        (void)snprintf(why, sizeof why, "not one of: %s", setting->words);
        fault(loading, setting, value, why);
        return;
    }
    (void)snprintf(text_of(loading->config, setting), setting->size, "%s", value);
}

/* Each path of the list, made absolute by the file's folder. */
static void take_paths(struct loading *loading, const struct setting *setting, const char *value)
{
    char *to = text_of(loading->config, setting);
    size_t size = 0;
    to[0] = '\0';
    for (const char *at = value; *at != '\0';) {
        size_t length = strcspn(at, ",");
        bool relative = length > 0 && at[0] != '/' && loading->folder[0] != '\0';
        int written =
            snprintf(to + size, setting->size - size, "%s%s%s%.*s", size > 0 ? "," : "",
                     relative ? loading->folder : "", relative ? "/" : "", (int)length, at);
        if (written < 0 || (size_t)written >= setting->size - size) {
            fault(loading, setting, value, "too long");
            return;
        }
        size += (size_t)written;
        at += length + (at[length] == ',' ? 1 : 0);
    }
}

static void take_text(struct loading *loading, const struct setting *setting, const char *value)
{
    const char *why = setting->form == NULL ? NULL : setting->form(value);
    if (why != NULL || strlen(value) >= setting->size) {
        fault(loading, setting, value, why != NULL ? why : "too long");
        return;
    }
    (void)snprintf(text_of(loading->config, setting), setting->size, "%s", value);
}

static void take(struct loading *loading, const struct setting *setting, const char *value)
{
    switch (setting->type) {
    case SETTING_INT: take_int(loading, setting, value); return;
    case SETTING_WORD: take_word(loading, setting, value); return;
    case SETTING_PATH:
    case SETTING_PATHS: take_paths(loading, setting, value); return;
    case SETTING_TEXT: take_text(loading, setting, value); return;
    }
}

/* inih's callback: 1 is good, 0 counts as an error of the line. */
static int on_line(void *user, const char *section, const char *name, const char *value)
{
    struct loading *loading = user;
    char whole[128];
    (void)snprintf(whole, sizeof whole, "%s%s%s", section, section[0] != '\0' ? "." : "", name);
    const struct setting *setting = setting_find(whole);
    if (setting == NULL) {
        loading->faults++;
        (void)fprintf(loading->errors, "%s: unknown setting %s\n", loading->path, whole);
        return 1;
    }
    take(loading, setting, value);
    return 1;
}

static void take_environment(struct loading *loading)
{
    for (size_t i = 0; i < ARRAY_COUNT(settings); i++) {
        char name[96];
        int size = snprintf(name, sizeof name, "BAOBEI_%s", settings[i].name);
        for (int k = 0; k < size; k++) {
            name[k] = name[k] == '.' ? '_' : (char)toupper((unsigned char)name[k]);
        }
        const char *value = getenv(name);
        if (value != NULL) {
            loading->path = "environment";
            take(loading, &settings[i], value);
        }
    }
}

static void take_defaults(struct loading *loading)
{
    loading->path = "default";
    for (size_t i = 0; i < ARRAY_COUNT(settings); i++) {
        take(loading, &settings[i], settings[i].standard);
    }
    CHECK(loading->faults == 0);
}

enum err config_default(struct config *config, FILE *errors)
{
    struct loading loading = {.config = config, .errors = errors};
    *config = (struct config){0};
    take_defaults(&loading);
    take_environment(&loading);
    return loading.faults == 0 ? ERR_OK : ERR_BAD_INPUT;
}

enum err config_load(const char *path, struct config *config, FILE *errors)
{
    struct loading loading = {.config = config, .errors = errors};
    *config = (struct config){0};
    const char *slash = strrchr(path, '/');
    int size = snprintf(loading.folder, sizeof loading.folder, "%.*s",
                        slash == NULL ? 1 : (int)(slash - path), slash == NULL ? "." : path);
    if (size < 0 || (size_t)size >= sizeof loading.folder) {
        return ERR_BAD_INPUT;
    }
    take_defaults(&loading);
    loading.path = path;
    int line = ini_parse(path, on_line, &loading);
    if (line == -1) {
        (void)fprintf(errors, "%s: can't be read\n", path);
        return ERR_NOT_FOUND;
    }
    if (line != 0) {
        loading.faults++;
        (void)fprintf(errors, "%s:%d: not a line of the form name = value\n", path, line);
    }
    take_environment(&loading);
    return loading.faults == 0 ? ERR_OK : ERR_BAD_INPUT;
}

/* ---- the files that are named ---- */

/* Looks at it as the user that runs this, who should be the server's. */
static const char *file_fault(const char *path, bool secret)
{
    struct stat status;
    if (stat(path, &status) != 0)
        return errno == ENOENT || errno == ENOTDIR ? "there is no such file" : strerror(errno);
    if (!S_ISREG(status.st_mode))
        return "it is no file";
    if (access(path, R_OK) != 0)
        return "it can't be read";
    return secret && (status.st_mode & 077) != 0 ? "others may read it: its mode must be 0600"
                                                 : NULL;
}

static bool file_looks_good(const char *name, const char *path, bool secret, FILE *errors)
{
    const char *why = file_fault(path, secret);
    if (why != NULL)
        (void)fprintf(errors, "%s = %s: %s\n", name, path, why);
    return why == NULL;
}

/* Paths separated by commas; none is good. */
static bool files_look_good(const char *name, const char *list, FILE *errors)
{
    bool good = true;
    for (const char *at = list; *at != '\0';) {
        char path[CONFIG_TEXT_MAX];
        size_t size = strcspn(at, ",");
        (void)snprintf(path, sizeof path, "%.*s", (int)size, at);
        good = file_looks_good(name, path, false, errors) && good;
        at += size + (at[size] == ',' ? 1 : 0);
    }
    return good;
}

static bool directory_looks_good(const char *path, FILE *errors)
{
    struct stat status;
    bool absent = stat(path, &status) != 0 && errno == ENOENT; /* restore makes it */
    bool good = absent || (S_ISDIR(status.st_mode) && access(path, R_OK | W_OK | X_OK) == 0);
    if (!good)
        (void)fprintf(errors, "data.directory = %s: it is no directory that can be used\n", path);
    return good;
}

enum err config_files(const struct config *config, FILE *errors)
{
    bool good = directory_looks_good(config->data_directory, errors);
    good = file_looks_good("data.key_file", config->data_key_file, true, errors) && good;
    if (strncmp(config->server_listen, "https:", 6) == 0) {
        good = file_looks_good("server.certificate", config->server_certificate, false, errors) &&
               good;
        good = file_looks_good("server.key", config->server_key, false, errors) && good;
    }
    good = files_look_good("trust.roots", config->trust_roots, errors) && good;
    good = files_look_good("trust.health", config->trust_health, errors) && good;
    good = files_look_good("trust.citizen", config->trust_citizen, errors) && good;
    good = files_look_good("trust.crls", config->trust_crls, errors) && good;
    return good ? ERR_OK : ERR_BAD_INPUT;
}

/* ---- telling ---- */

void config_print(const struct config *config, FILE *out)
{
    /* Names without a section come first: an INI file has no way back to them. */
    for (int with_section = 0; with_section <= 1; with_section++) {
        char section[32] = "";
        for (size_t i = 0; i < ARRAY_COUNT(settings); i++) {
            const struct setting *setting = &settings[i];
            const char *dot = strchr(setting->name, '.');
            if ((dot != NULL) != (with_section == 1)) {
                continue;
            }
            if (dot != NULL &&
                (strncmp(section, setting->name, (size_t)(dot - setting->name)) != 0 ||
                 section[dot - setting->name] != '\0')) {
                (void)snprintf(section, sizeof section, "%.*s", (int)(dot - setting->name),
                               setting->name);
                (void)fprintf(out, "\n[%s]\n", section);
            }
            const char *name = dot == NULL ? setting->name : dot + 1;
            const char *field = (const char *)config + setting->offset;
            if (setting->type == SETTING_INT) {
                (void)fprintf(out, "%s = %lld\n", name,
                              (long long)*(const int64_t *)(const void *)field);
            } else {
                (void)fprintf(out, "%s = %s\n", name, field);
            }
        }
    }
}

void config_help(FILE *out)
{
    for (size_t i = 0; i < ARRAY_COUNT(settings); i++) {
        const struct setting *setting = &settings[i];
        (void)fprintf(out, "  %-26s %s", setting->name, setting->sentence);
        if (setting->type == SETTING_INT) {
            (void)fprintf(out, " (%lld to %lld)", (long long)setting->min, (long long)setting->max);
        } else if (setting->type == SETTING_WORD) {
            (void)fprintf(out, " (%s)", setting->words);
        }
        (void)fprintf(out, "; default: %s\n",
                      setting->standard[0] == '\0' ? "none" : setting->standard);
    }
}
