#include "tests/standins/lockshim/counter.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_SIZE = 4096, HOLD_ROUNDS = 2000, HOLD_ROUND_US = 10 * 1000 };

/* FOLDER/lockshim, or FOLDER/lockshim/NAME. False: there is no SOFTHSM2_CONF, or it is too long. */
static bool state_path(char *path, const char *name, const char *suffix)
{
    const char *conf = getenv("SOFTHSM2_CONF");
    if (conf == NULL) {
        return false;
    }
    const char *slash = strrchr(conf, '/');
    int folder = slash == NULL ? 0 : (int)(slash - conf + 1);
    int length = snprintf(path, PATH_SIZE, "%.*slockshim%s%s%s", folder, conf,
                          name == NULL ? "" : "/", name == NULL ? "" : name, suffix);
    return length > 0 && length < PATH_SIZE;
}

int counter_read(const char *serial)
{
    char path[PATH_SIZE];
    char digit = '0';
    if (!state_path(path, serial, ".tries")) {
        return COUNTER_TRIES_MAX;
    }
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        return errno == ENOENT ? 0 : COUNTER_TRIES_MAX;
    }
    ssize_t got = read(file, &digit, 1);
    (void)close(file);
    if (got != 1 || digit < '0' || digit > '0' + COUNTER_TRIES_MAX) {
        return COUNTER_TRIES_MAX; /* a damaged counter must not give new tries */
    }
    return digit - '0';
}

/* By a new file and a rename: a killed process leaves the old count or the new one. */
bool counter_write(const char *serial, int wrong)
{
    char folder[PATH_SIZE];
    char path[PATH_SIZE];
    char fresh[PATH_SIZE];
    char digit = (char)('0' + wrong);
    if (!state_path(folder, NULL, "") || !state_path(path, serial, ".tries") ||
        !state_path(fresh, serial, ".new")) {
        return false;
    }
    if (mkdir(folder, 0700) != 0 && errno != EEXIST) {
        return false;
    }
    int file = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (file < 0) {
        return false;
    }
    bool written = write(file, &digit, 1) == 1;
    written = close(file) == 0 && written;
    return written && rename(fresh, path) == 0;
}

bool counter_pulled(const char *serial)
{
    char path[PATH_SIZE];
    return state_path(path, serial, ".pulled") && access(path, F_OK) == 0;
}

void counter_wait_for_hold(const char *serial)
{
    char hold[PATH_SIZE];
    char holding[PATH_SIZE];
    if (!state_path(hold, serial, ".hold") || !state_path(holding, serial, ".holding") ||
        access(hold, F_OK) != 0) {
        return;
    }
    int file = open(holding, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (file >= 0) {
        (void)close(file);
    }
    for (int i = 0; i < HOLD_ROUNDS && access(hold, F_OK) == 0; i++) {
        (void)usleep(HOLD_ROUND_US);
    }
    (void)unlink(holding);
}
