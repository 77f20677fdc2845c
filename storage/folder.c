#include "storage/folder.h"
#include "storage/env.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FOLDER_MODE = 0700, FILE_MODE = 0600 };

enum err folder_join(char path[FOLDER_PATH], const char *directory, const char *name)
{
    int size = snprintf(path, FOLDER_PATH, "%s/%s", directory, name);
    return size > 0 && size < FOLDER_PATH ? ERR_OK : ERR_TOO_LARGE;
}

enum err folder_aside(char path[FOLDER_PATH], const char *folder)
{
    size_t size = strlen(folder);
    while (size > 1 && folder[size - 1] == '/')
        size--;
    if (size + sizeof ".part" > FOLDER_PATH)
        return ERR_TOO_LARGE;
    (void)snprintf(path, FOLDER_PATH, "%.*s.part", (int)size, folder);
    return ERR_OK;
}

enum err folder_is_free(const char *path)
{
    DIR *folder = opendir(path);
    if (folder == NULL)
        return errno == ENOENT ? ERR_OK : errno == ENOTDIR ? ERR_EXISTS : env_err(errno);
    enum err err = ERR_OK;
    for (const struct dirent *entry; err == ERR_OK && (entry = readdir(folder)) != NULL;) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            err = ERR_EXISTS;
    }
    closedir(folder);
    return err;
}

void folder_remove(const char *path, const char *const *names)
{
    char file[FOLDER_PATH];
    for (; *names != NULL; names++)
        if (folder_join(file, path, *names) == ERR_OK)
            unlink(file);
    rmdir(path);
}

enum err folder_make(const char *path, const char *const *names)
{
    folder_remove(path, names);
    return mkdir(path, FOLDER_MODE) == 0 ? ERR_OK : env_err(errno == EEXIST ? MDB_KEYEXIST : errno);
}

enum err folder_sync(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return env_err(errno);
    enum err err = fsync(fd) == 0 ? ERR_OK : ERR_SYNC;
    close(fd);
    return err;
}

enum err folder_place(const char *aside, const char *path)
{
    char parent[FOLDER_PATH];
    enum err err = folder_join(parent, path, "..");
    if (err == ERR_OK)
        err = folder_sync(aside);
    if (err == ERR_OK && rename(aside, path) != 0)
        err = errno == ENOTEMPTY || errno == EEXIST ? ERR_EXISTS : env_err(errno);
    return err == ERR_OK ? folder_sync(parent) : err;
}

enum err folder_write(const char *path, struct bytes bytes)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, FILE_MODE);
    if (fd < 0)
        return env_err(errno);
    enum err err = ERR_OK;
    for (size_t done = 0; err == ERR_OK && done < bytes.size;) {
        ssize_t wrote = write(fd, bytes.data + done, bytes.size - done);
        if (wrote > 0)
            done += (size_t)wrote;
        else if (wrote == 0 || errno != EINTR)
            err = wrote == 0 ? ERR_IO : env_err(errno);
    }
    if (err == ERR_OK && fsync(fd) != 0)
        err = ERR_SYNC;
    close(fd);
    return err;
}
