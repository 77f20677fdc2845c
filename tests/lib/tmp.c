#include "tests/lib/tmp.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char root[TMP_PATH_MAX / 2];
static pid_t owner; /* the process that made root: a forked test must not remove it at its exit */

static int remove_entry(const char *path, const struct stat *info, int kind, struct FTW *at)
{
    (void)info;
    (void)kind;
    if (at->level == 0) {
        return 0;
    }
    return remove(path);
}

void tmp_clear(void)
{
    if (root[0] != '\0') {
        nftw(root, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    }
}

static void remove_at_exit(void)
{
    if (owner == getpid()) {
        tmp_clear();
        rmdir(root);
    }
}

void tmp_open(void)
{
    const char *base = getenv("TMPDIR");
    if (base == NULL || base[0] != '/' || strlen(base) > sizeof root - 32) {
        base = "/tmp";
    }
    snprintf(root, sizeof root, "%s/baobei-test-XXXXXX", base);
    if (mkdtemp(root) == NULL) {
        fprintf(stderr, "%s: %s\n", root, strerror(errno));
        _exit(2);
    }
    owner = getpid();
    atexit(remove_at_exit);
}

const char *tmp_dir(void)
{
    if (root[0] == '\0') {
        tmp_open();
    }
    return root;
}

const char *tmp_path(char out[TMP_PATH_MAX], const char *name)
{
    snprintf(out, TMP_PATH_MAX, "%s/%s", tmp_dir(), name);
    return out;
}
