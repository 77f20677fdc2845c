#include "storage/segment.h"
#include "base/check.h"
#include "base/log.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILL_STEP = 1 << 20, FILE_MODE = 0600, NAME_DIGITS = 16 };

static const char new_name[] = "new";

void segment_name(uint64_t number, char name[32])
{
    CHECK(number > 0);
    snprintf(name, 32, "%0*" PRIu64 ".log", NAME_DIGITS, number);
}

static bool parse_name(const char *name, uint64_t *number)
{
    if (strspn(name, "0123456789") != NAME_DIGITS || strcmp(name + NAME_DIGITS, ".log") != 0)
        return false;
    *number = strtoull(name, NULL, 10);
    return *number > 0;
}

static enum err fill(int fd, uint32_t size)
{
    static const uint8_t zeroes[FILL_STEP];
    for (uint32_t at = 0; at < size;) {
        uint32_t step = size - at < FILL_STEP ? size - at : FILL_STEP;
        ssize_t wrote = pwrite(fd, zeroes, step, at);
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote <= 0)
            return ERR_NO_SPACE;
        at += (uint32_t)wrote;
    }
    return ERR_OK;
}

enum err segment_make(int directory, uint64_t number, uint32_t size, struct segment *out)
{
    char name[32];
    segment_name(number, name);
    int fd = openat(directory, new_name, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, FILE_MODE);
    if (fd < 0)
        return errno == ENOSPC || errno == EDQUOT ? ERR_NO_SPACE : ERR_IO;
    enum err err = fill(fd, size);
    if (err == ERR_OK && fsync(fd) != 0)
        err = ERR_SYNC;
    if (err == ERR_OK && renameat(directory, new_name, directory, name) != 0)
        err = errno == ENOSPC || errno == EDQUOT ? ERR_NO_SPACE : ERR_IO;
    if (err == ERR_OK && fsync(directory) != 0)
        err = ERR_SYNC;
    if (err != ERR_OK) {
        close(fd);
        unlinkat(directory, new_name, 0);
        return err;
    }
    *out = (struct segment){.number = number, .fd = fd};
    return ERR_OK;
}

enum err segment_recycle(int directory, struct segment *segment, uint64_t number)
{
    CHECK(number > segment->number);
    char from[32], to[32];
    segment_name(segment->number, from);
    segment_name(number, to);
    if (renameat(directory, from, directory, to) != 0)
        return errno == ENOSPC || errno == EDQUOT ? ERR_NO_SPACE : ERR_IO;
    if (fsync(directory) != 0)
        return ERR_SYNC;
    segment->number = number;
    segment->last_position = 0;
    return ERR_OK;
}

void segment_unlink(int directory, struct segment *segment)
{
    char name[32];
    segment_name(segment->number, name);
    segment_close(segment);
    if (unlinkat(directory, name, 0) != 0)
        LOG(LOG_WARN, "log_segment_unlink", log_text("name", name), log_int("errno", errno));
}

void segment_close(struct segment *segment)
{
    if (segment->number > 0)
        close(segment->fd);
    *segment = (struct segment){0};
}

static int by_number(const void *left, const void *right)
{
    const struct segment *a = left, *b = right;
    return a->number < b->number ? -1 : a->number > b->number;
}

static enum err add_listed(int directory, const char *name, uint64_t number, struct segment **list,
                           size_t *count)
{
    struct segment *more = realloc(*list, (*count + 1) * sizeof **list);
    if (more == NULL)
        return ERR_NO_MEMORY;
    *list = more;
    int fd = openat(directory, name, O_RDWR | O_CLOEXEC);
    if (fd < 0)
        return ERR_IO;
    more[(*count)++] = (struct segment){.number = number, .fd = fd};
    return ERR_OK;
}

enum err segment_list(int directory, struct segment **out, size_t *count)
{
    *out = NULL;
    *count = 0;
    if (unlinkat(directory, new_name, 0) != 0 && errno != ENOENT)
        return ERR_IO;
    int again = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *entries = again < 0 ? NULL : fdopendir(again);
    if (entries == NULL) {
        if (again >= 0)
            close(again);
        return ERR_IO;
    }
    enum err err = ERR_OK;
    const struct dirent *entry;
    uint64_t number = 0;
    while (err == ERR_OK && (entry = readdir(entries)) != NULL)
        if (parse_name(entry->d_name, &number))
            err = add_listed(directory, entry->d_name, number, out, count);
    closedir(entries);
    if (err != ERR_OK) {
        for (size_t i = 0; i < *count; i++)
            segment_close(&(*out)[i]);
        free(*out);
        *out = NULL;
        *count = 0;
        return err;
    }
    if (*count > 1)
        qsort(*out, *count, sizeof **out, by_number);
    return ERR_OK;
}

bool segments_take(struct segments *segments, struct segment *out)
{
    if (segments->ahead_count == 0)
        return false;
    *out = segments->ahead[0];
    segments->ahead_count--;
    memmove(segments->ahead, segments->ahead + 1, segments->ahead_count * sizeof *out);
    return true;
}

void segments_fill(struct segments *segments, struct segment filled)
{
    CHECK(segments->filled_count < SEGMENTS_FILLED_MAX);
    segments->filled[segments->filled_count++] = filled;
}

bool segments_pass(struct segments *segments, uint64_t applied, struct segment *out)
{
    if (segments->filled_count == 0 || segments->filled[0].last_position > applied)
        return false;
    *out = segments->filled[0];
    segments->filled_count--;
    memmove(segments->filled, segments->filled + 1, segments->filled_count * sizeof *out);
    return true;
}

void segments_add(struct segments *segments, struct segment fresh)
{
    CHECK(segments->ahead_count < SEGMENTS_AHEAD);
    CHECK(segments->ahead_count == 0 ||
          segments->ahead[segments->ahead_count - 1].number < fresh.number);
    segments->ahead[segments->ahead_count++] = fresh;
}

void segments_close(struct segments *segments)
{
    for (uint32_t i = 0; i < segments->ahead_count; i++)
        segment_close(&segments->ahead[i]);
    for (uint32_t i = 0; i < segments->filled_count; i++)
        segment_close(&segments->filled[i]);
    if (segments->directory >= 0)
        close(segments->directory);
    segments->directory = -1;
    segments->ahead_count = segments->filled_count = 0;
}
