/* Who may include whom (DESIGN 4), as data. The targets of CMake hold the same arrows between our
 * folders; they cannot stop `#include <uv.h>` in actors/, since system headers are always found. */
#include "tests/tidy/tidy.h"

#include <stdio.h>
#include <string.h>

struct zone {
    const char *prefix;    /* of the file's path; the first that fits counts */
    const char *own;       /* starts of "…" paths it may include, blanks between */
    const char *libraries; /* of the table below */
    const char *banned;    /* <…> headers it may not include although libc has them */
};

/* No clock, no thread, no file, no socket where decisions are made. */
#define PURE_BANS                                                                                  \
    "time.h sys/time.h unistd.h fcntl.h pthread.h threads.h stdatomic.h poll.h sys/socket.h "      \
    "sys/random.h signal.h"

/* The composition root is src/app.c and the files beside it; "*.h" stands for those. */
#define WIRING "*.h web/ actors/ storage/ loop/ registry/ sheet/ rt/ model/ base/"

static const struct zone zones[] = {
    {"src/base/", "base/", "nettle", ""},
    {"src/model/", "model/ base/", "", PURE_BANS},
    {"src/rt/", "rt/ model/ base/", "", PURE_BANS},
    {"actors/", "actors/ rt/ model/ base/", "", PURE_BANS},
    {"storage/", "storage/ rt/ model/ base/", "lmdb", ""},
    {"src/loop/", "loop/ rt/ model/ base/", "uv curl", ""},
    {"src/registry/", "registry/ rt/ model/ base/", "utf8proc csv", ""},
    {"src/sheet/", "sheet/ rt/ model/ base/", "csv zip expat xlsxwriter seccomp", ""},
    {"src/print/", "print/ rt/ model/ base/", "cairo pango qrencode", ""},
    {"src/proof", "proof seal model/ base/", "mbedtls", ""},
    {"src/seal", "proof seal hmac model/ base/", "mbedtls", ""},
    {"src/hmac", "hmac base/", "mbedtls", ""},
    {"src/tls", "tls base/", "mbedtls", ""},
    {"src/config", "config base/", "inih", ""},
    {"src/card/", "card/ tls base/", "uv llhttp p11 mbedtls yyjson inih", ""},
    {"src/cli/", "cli/ " WIRING, "uv llhttp mbedtls yyjson lmdb csv p11", ""},
    {"src/main.c", "cli/ app config base/", "", ""},
    {"src/", WIRING, "uv mbedtls yyjson", ""},
    {"web/",
     "web/ tls.h hmac.h registry/ model/ base/ rt/msg.h rt/payload.h loop/loop.h storage/query.h "
     "build_info.h",
     "uv llhttp mbedtls yyjson", ""},
    {"bench/", "bench/ cli/ " WIRING, "uv llhttp mbedtls yyjson lmdb", ""},
    {"tests/tidy/", "tests/tidy/", "yyjson", ""},
    {"tests/", "tests/ cli/ card/ " WIRING, "uv llhttp mbedtls yyjson lmdb utf8proc csv p11 ical",
     ""},
};

struct library {
    const char *header; /* start of the <…> name */
    const char *name;
};

static const struct library libraries[] = {
    {"uv.h", "uv"},
    {"curl/", "curl"},
    {"lmdb.h", "lmdb"},
    {"mbedtls/", "mbedtls"},
    {"psa/", "mbedtls"},
    {"nettle/", "nettle"},
    {"llhttp.h", "llhttp"},
    {"yyjson.h", "yyjson"},
    {"utf8proc.h", "utf8proc"},
    {"csv.h", "csv"},
    {"ini.h", "inih"},
    {"zip.h", "zip"},
    {"expat.h", "expat"},
    {"xlsxwriter", "xlsxwriter"},
    {"cairo", "cairo"},
    {"pango/", "pango"},
    {"qrencode.h", "qrencode"},
    {"p11-kit/", "p11"},
    {"magic.h", "magic"},
    {"libical/", "ical"},
    {"seccomp.h", "seccomp"},
};

/* Everything else in <…> must be of libc or Linux. */
static const char libc_headers[] =
    " assert.h ctype.h dirent.h dlfcn.h endian.h errno.h fcntl.h fnmatch.h ftw.h getopt.h "
    "inttypes.h "
    "limits.h locale.h math.h nmmintrin.h poll.h pthread.h sched.h setjmp.h signal.h spawn.h "
    "malloc.h stdalign.h stdarg.h stdatomic.h stdbool.h stddef.h stdint.h stdio.h stdlib.h "
    "stdnoreturn.h "
    "string.h strings.h termios.h threads.h time.h unistd.h wchar.h x86intrin.h pwd.h grp.h "
    "netdb.h "
    "execinfo.h ifaddrs.h cpuid.h immintrin.h glob.h libgen.h semaphore.h ";
static const char *const libc_folders[] = {"sys/",  "linux/", "netinet/",
                                           "arpa/", "net/",   "sanitizer/"};

static bool listed(const char *list, const char *word, bool as_prefix)
{
    while (*list != '\0') {
        size_t size = strcspn(list, " ");
        bool fits = as_prefix ? strncmp(word, list, size) == 0
                              : strlen(word) == size && strncmp(word, list, size) == 0;
        if (size > 0 && fits) {
            return true;
        }
        list += size + strspn(list + size, " ");
    }
    return false;
}

static const struct zone *zone_of(const char *path)
{
    for (size_t i = 0; i < sizeof zones / sizeof zones[0]; i++) {
        if (starts_with(path, zones[i].prefix)) {
            return &zones[i];
        }
    }
    return NULL;
}

static const char *library_of(const char *header)
{
    for (size_t i = 0; i < sizeof libraries / sizeof libraries[0]; i++) {
        if (starts_with(header, libraries[i].header)) {
            return libraries[i].name;
        }
    }
    return NULL;
}

static bool is_libc(const char *header)
{
    for (size_t i = 0; i < sizeof libc_folders / sizeof libc_folders[0]; i++) {
        if (starts_with(header, libc_folders[i])) {
            return true;
        }
    }
    return listed(libc_headers, header, false);
}

static void judge_system(const struct source *source, size_t at, const struct zone *zone,
                         const char *header)
{
    const char *library = library_of(header);
    if (library != NULL && !listed(zone->libraries, library, false)) {
        finding(source, at, "<%s>: %s may not use %s", header, zone->prefix, library);
    } else if (library == NULL && !is_libc(header)) {
        finding(source, at, "<%s> is of no library in the table", header);
    } else if (listed(zone->banned, header, false)) {
        finding(source, at, "<%s>: %s has no clock, thread, file or socket", header, zone->prefix);
    }
}

static bool is_beside_app(const struct zone *zone, const char *header)
{
    return strchr(header, '/') == NULL && listed(zone->own, "*.h", false);
}

static void judge_own(const struct tree *tree, const struct source *source, size_t at,
                      const struct zone *zone, const char *header)
{
    char path[512];
    snprintf(path, sizeof path, "src/%s", header);
    bool exists = tree_find(tree, path) != NULL || tree_find(tree, header) != NULL;
    if (!exists && strcmp(header, "build_info.h") != 0) {
        finding(source, at, "\"%s\" is no path from src/ or the root", header);
    } else if (!listed(zone->own, header, true) && !is_beside_app(zone, header)) {
        finding(source, at, "\"%s\": %s may include %s only", header, zone->prefix, zone->own);
    }
}

void check_includes(const struct tree *tree, const struct source *source)
{
    if (!is_c(source)) {
        return;
    }
    const struct zone *zone = zone_of(source->path);
    if (zone == NULL) {
        finding(source, 0, "this folder is not in the include table");
        return;
    }
    for (size_t at = 0; next_word(source, "include", &at); at++) {
        char open = 0;
        char header[256] = "";
        if (sscanf(source->code + at, "include %c%255[^\">\n]", &open, header) != 2) {
            continue;
        }
        if (open == '<') {
            judge_system(source, at, zone, header);
        } else if (open == '"') {
            judge_own(tree, source, at, zone, header);
        }
    }
}
