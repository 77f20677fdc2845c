#include "bench/process_cpu.h"
#include "base/check.h"
#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PATH_ROOM = 96, STAT_ROOM = 1024, FAMILY_MAX = 256 };

struct family {
    uint64_t pids[FAMILY_MAX];
    uint32_t count;
};

static uint64_t ticks_us(unsigned long ticks)
{
    return (uint64_t)ticks * 1000000u / (uint64_t)sysconf(_SC_CLK_TCK);
}

/* utime, stime, cutime, cstime of proc(5): the 14th field and the next, the name in brackets being
 * the 2nd. */
static bool stat_read(uint64_t pid, uint64_t *own_us, uint64_t *ended_us)
{
    char path[PATH_ROOM];
    char text[STAT_ROOM];
    unsigned long ticks[4];
    (void)snprintf(path, sizeof path, "/proc/%" PRIu64 "/stat", pid);
    FILE *file = fopen(path, "re");
    size_t size = file == NULL ? 0 : fread(text, 1, sizeof text - 1, file);
    if (file != NULL) {
        (void)fclose(file);
    }
    text[size] = '\0';
    const char *name = strrchr(text, ')');
    if (name == NULL ||
        sscanf(name + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu %lu %lu", &ticks[0],
               &ticks[1], &ticks[2], &ticks[3]) != 4) {
        return false;
    }
    *own_us = ticks_us(ticks[0] + ticks[1]);
    *ended_us = ticks_us(ticks[2] + ticks[3]);
    return true;
}

/* Children belong to the thread that started them. */
static void children_add(struct family *family, uint64_t pid)
{
    char path[PATH_ROOM];
    (void)snprintf(path, sizeof path, "/proc/%" PRIu64 "/task", pid);
    DIR *tasks = opendir(path);
    struct dirent *task = NULL;
    while (tasks != NULL && (task = readdir(tasks)) != NULL) {
        unsigned long child = 0;
        (void)snprintf(path, sizeof path, "/proc/%" PRIu64 "/task/%" PRIu64 "/children", pid,
                       (uint64_t)strtoull(task->d_name, NULL, 10));
        FILE *file = task->d_name[0] == '.' ? NULL : fopen(path, "re");
        while (file != NULL && family->count < FAMILY_MAX && fscanf(file, "%lu", &child) == 1) {
            family->pids[family->count++] = child;
        }
        if (file != NULL) {
            (void)fclose(file);
        }
    }
    if (tasks != NULL) {
        (void)closedir(tasks);
    }
}

enum err process_cpu_take(uint64_t pid, struct process_cpu *out)
{
    struct family family = {.pids = {pid}, .count = 1};
    *out = (struct process_cpu){0};
    for (uint32_t i = 0; i < family.count; i++) {
        uint64_t own_us = 0;
        uint64_t ended_us = 0;
        bool found = stat_read(family.pids[i], &own_us, &ended_us);
        if (i == 0 && !found) {
            return ERR_NOT_FOUND;
        }
        *(i == 0 ? &out->own_us : &out->others_us) += own_us;
        out->others_us += ended_us;
        children_add(&family, family.pids[i]);
    }
    return ERR_OK;
}
