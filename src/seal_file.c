/* The key file in the world: its rights, and that it is durable before anything is sealed under it.
 */
#include "seal.h"
#include "base/check.h"
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static enum err file_err(void)
{
    switch (errno) {
    case ENOENT: return ERR_NOT_FOUND;
    case EEXIST: return ERR_EXISTS;
    case EACCES:
    case EPERM:
    case ELOOP: return ERR_DENIED;
    case ENOSPC:
    case EDQUOT: return ERR_NO_SPACE;
    default: return ERR_IO;
    }
}

enum err seal_file_load(const char *path, struct seal_keys *keys)
{
    char text[SEAL_KEYS_TEXT_MAX + 1];
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return file_err();
    enum err err = ERR_OK;
    size_t size = 0;
    struct stat about;
    if (fstat(fd, &about) != 0)
        err = ERR_IO;
    else if (!S_ISREG(about.st_mode) || (about.st_mode & 0077) != 0)
        err = ERR_DENIED;
    while (err == ERR_OK && size < sizeof text) {
        ssize_t got = read(fd, text + size, sizeof text - size);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            err = ERR_IO;
        if (got <= 0)
            break;
        size += (size_t)got;
    }
    close(fd);
    if (err == ERR_OK)
        err = seal_keys_parse(bytes_of(text, size), keys);
    seal_wipe(text, sizeof text);
    return err;
}

static enum err folder_sync(const char *path)
{
    char copy[PATH_MAX];
    if (snprintf(copy, sizeof copy, "%s", path) >= (int)sizeof copy)
        return ERR_BAD_INPUT;
    int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return file_err();
    int failed = fsync(fd);
    close(fd);
    return failed != 0 ? ERR_SYNC : ERR_OK;
}

static enum err file_write(const char *path, const struct seal_keys *keys)
{
    uint8_t text[SEAL_KEYS_TEXT_MAX];
    struct writer writer = writer_on(text, sizeof text);
    seal_keys_print(keys, &writer);
    CHECK(!writer.failed);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return file_err();
    enum err err = ERR_OK;
    for (size_t at = 0; err == ERR_OK && at < writer.size;) {
        ssize_t put = write(fd, text + at, writer.size - at);
        if (put >= 0)
            at += (size_t)put;
        else if (errno != EINTR)
            err = file_err();
    }
    seal_wipe(text, sizeof text);
    if (err == ERR_OK && fsync(fd) != 0)
        err = ERR_SYNC;
    if (close(fd) != 0 && err == ERR_OK)
        err = ERR_IO;
    if (err != ERR_OK)
        unlink(path);
    return err;
}

enum err seal_file_make(const char *path, const struct seal_keys *keys)
{
    enum err err = file_write(path, keys);
    return err == ERR_OK ? folder_sync(path) : err;
}

enum err seal_file_replace(const char *path, const struct seal_keys *keys)
{
    char aside[PATH_MAX];
    if (snprintf(aside, sizeof aside, "%s.new", path) >= (int)sizeof aside)
        return ERR_BAD_INPUT;
    unlink(aside); /* left by an attempt that was cut short */
    enum err err = file_write(aside, keys);
    if (err != ERR_OK)
        return err;
    if (rename(aside, path) != 0) {
        err = file_err();
        unlink(aside);
        return err;
    }
    return folder_sync(path);
}
