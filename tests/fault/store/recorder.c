#include "tests/fault/store/recorder.h"
#include "base/bytes.h"
#include "base/check.h"
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { HEAD_SIZE = 26, PATH_SIZE = 1024, FLAG_DSYNC = 1, FLAG_ZEROES = 2 };

/* The one state of this program that calls from inside liblmdb can reach. */
static struct {
    pthread_mutex_t lock;
    int trace; /* 0: not recording */
    char root[PATH_SIZE];
    size_t root_size;
    enum moment moment;
    unsigned countdown;
} recorder = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* ---- the trace ---- */

struct event {
    char type;
    uint8_t flags;
    const char *path, *other; /* below root */
    uint64_t a, b;
    struct iovec data[64];
    int data_count;
};

static size_t data_size(const struct event *event)
{
    size_t size = 0;
    for (int i = 0; i < event->data_count; i++)
        size += event->data[i].iov_len;
    return size;
}

static bool is_zero(const struct event *event)
{
    for (int i = 0; i < event->data_count; i++) {
        const uint8_t *byte = event->data[i].iov_base;
        for (size_t k = 0; k < event->data[i].iov_len; k++)
            if (byte[k] != 0)
                return false;
    }
    return event->data_count > 0;
}

static void append(const struct event *event)
{
    uint8_t head[HEAD_SIZE];
    size_t path = event->path == NULL ? 0 : strlen(event->path);
    size_t other = event->other == NULL ? 0 : strlen(event->other), data = data_size(event);
    bool zeroes = is_zero(event);
    struct writer writer = writer_on(head, sizeof head);
    write_u8(&writer, (uint8_t)event->type);
    write_u8(&writer, (uint8_t)(event->flags | (zeroes ? FLAG_ZEROES : 0)));
    write_u16(&writer, (uint16_t)path);
    write_u16(&writer, (uint16_t)other);
    write_u32(&writer, (uint32_t)data);
    write_u64(&writer, event->a);
    write_u64(&writer, event->b);
    CHECK(!writer.failed);
    struct iovec parts[3 + 64] = {{head, sizeof head},
                                  {(void *)(uintptr_t)event->path, path},
                                  {(void *)(uintptr_t)event->other, other}};
    int count = 3;
    for (int i = 0; i < event->data_count && !zeroes; i++)
        parts[count++] = event->data[i];
    ssize_t wanted = (ssize_t)(sizeof head + path + other + (zeroes ? 0 : data));
    CHECK(syscall(SYS_writev, recorder.trace, parts, count) == wanted);
}

/* ---- whose call is it? ---- */

/* The path below root, or NULL. */
static const char *below_root(const char *path)
{
    if (recorder.trace == 0 || strncmp(path, recorder.root, recorder.root_size) != 0)
        return NULL;
    if (path[recorder.root_size] == '\0')
        return path + recorder.root_size;
    return path[recorder.root_size] == '/' ? path + recorder.root_size + 1 : NULL;
}

static const char *path_of_fd(int fd, char buffer[PATH_SIZE])
{
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t size = readlink(link, buffer, PATH_SIZE - 1);
    if (size <= 0)
        return NULL;
    buffer[size] = '\0';
    return strstr(buffer, " (deleted)") != NULL ? NULL : below_root(buffer);
}

static const char *path_at(int folder, const char *name, char buffer[PATH_SIZE])
{
    char base[PATH_SIZE];
    if (name[0] == '/' || folder == AT_FDCWD) {
        snprintf(buffer, PATH_SIZE, "%s", name);
        return below_root(buffer);
    }
    const char *below = path_of_fd(folder, base);
    if (below == NULL)
        return NULL;
    int size = snprintf(buffer, PATH_SIZE, "%s/%s", base, name);
    CHECK(size > 0 && size < PATH_SIZE);
    return below_root(buffer);
}

static bool ends_with(const char *path, const char *end)
{
    size_t size = strlen(path), end_size = strlen(end);
    return size >= end_size && strcmp(path + size - end_size, end) == 0;
}

static void meet(enum moment moment)
{
    if (recorder.moment != moment || --recorder.countdown > 0)
        return;
    append(&(struct event){.type = NOTE_KILLED});
    _exit(RECORDER_KILLED);
}

static bool begin_call(void)
{
    if (recorder.trace == 0)
        return false;
    pthread_mutex_lock(&recorder.lock);
    return true;
}

static void end_call(bool recording)
{
    int kept = errno;
    if (recording)
        pthread_mutex_unlock(&recorder.lock);
    errno = kept;
}

/* ---- the calls ---- */

static int open_at(int folder, const char *name, int flags, mode_t mode)
{
    char buffer[PATH_SIZE];
    bool recording = (flags & (O_CREAT | O_TRUNC)) != 0 && begin_call();
    const char *path = recording ? path_at(folder, name, buffer) : NULL;
    bool existed = path != NULL && syscall(SYS_access, buffer, F_OK) == 0;
    int fd = (int)syscall(SYS_openat, folder, name, flags, mode);
    if (fd >= 0 && path != NULL && !existed)
        append(&(struct event){.type = 'C', .path = path});
    else if (fd >= 0 && path != NULL && (flags & O_TRUNC) != 0)
        append(&(struct event){.type = 'T', .path = path});
    end_call(recording);
    return fd;
}

int open(const char *name, int flags, ...)
{
    va_list values;
    va_start(values, flags);
    mode_t mode = (flags & O_CREAT) != 0 ? va_arg(values, mode_t) : 0;
    va_end(values);
    return open_at(AT_FDCWD, name, flags, mode);
}

int openat(int folder, const char *name, int flags, ...)
{
    va_list values;
    va_start(values, flags);
    mode_t mode = (flags & O_CREAT) != 0 ? va_arg(values, mode_t) : 0;
    va_end(values);
    return open_at(folder, name, flags, mode);
}

static void record_write(int fd, const char *path, const struct iovec *parts, int count,
                         ssize_t wrote, uint64_t offset)
{
    struct event event = {.type = 'W', .path = path, .a = offset};
    size_t left = (size_t)wrote;
    CHECK(count <= 64);
    for (int i = 0; i < count && left > 0; i++) {
        size_t size = parts[i].iov_len < left ? parts[i].iov_len : left;
        event.data[event.data_count++] = (struct iovec){parts[i].iov_base, size};
        left -= size;
    }
    if ((fcntl(fd, F_GETFL) & (O_DSYNC | O_SYNC)) != 0)
        event.flags = FLAG_DSYNC;
    append(&event);
}

ssize_t pwrite(int fd, const void *data, size_t size, off_t offset)
{
    char buffer[PATH_SIZE];
    bool recording = begin_call();
    const char *path = recording ? path_of_fd(fd, buffer) : NULL;
    if (path != NULL && ends_with(path, "data.mdb"))
        meet(MOMENT_DATA_WRITE);
    ssize_t wrote = syscall(SYS_pwrite64, fd, data, size, offset);
    struct iovec part = {(void *)(uintptr_t)data, size};
    if (path != NULL && wrote > 0)
        record_write(fd, path, &part, 1, wrote, (uint64_t)offset);
    end_call(recording);
    return wrote;
}

ssize_t writev(int fd, const struct iovec *parts, int count)
{
    char buffer[PATH_SIZE];
    bool recording = begin_call();
    const char *path = recording ? path_of_fd(fd, buffer) : NULL;
    if (path != NULL && ends_with(path, "data.mdb"))
        meet(MOMENT_DATA_WRITE);
    off_t offset = path != NULL ? lseek(fd, 0, SEEK_CUR) : 0;
    ssize_t wrote = syscall(SYS_writev, fd, parts, count);
    if (path != NULL && wrote > 0)
        record_write(fd, path, parts, count, wrote, (uint64_t)offset);
    end_call(recording);
    return wrote;
}

ssize_t write(int fd, const void *data, size_t size)
{
    char buffer[PATH_SIZE];
    bool recording = begin_call();
    const char *path = recording ? path_of_fd(fd, buffer) : NULL;
    off_t offset = path != NULL ? lseek(fd, 0, SEEK_CUR) : 0;
    ssize_t wrote = syscall(SYS_write, fd, data, size);
    struct iovec part = {(void *)(uintptr_t)data, size};
    if (path != NULL && wrote > 0)
        record_write(fd, path, &part, 1, wrote, (uint64_t)offset);
    end_call(recording);
    return wrote;
}

static int sync_fd(int fd, long call)
{
    char buffer[PATH_SIZE];
    bool recording = begin_call();
    const char *path = recording ? path_of_fd(fd, buffer) : NULL;
    if (path != NULL && ends_with(path, ".log"))
        meet(MOMENT_LOG_SYNC);
    if (path != NULL && ends_with(path, "/log"))
        meet(MOMENT_LOG_FOLDER);
    int result = (int)syscall(call, fd);
    if (path != NULL && result == 0)
        append(&(struct event){.type = 'Y', .path = path});
    end_call(recording);
    return result;
}

int fsync(int fd)
{
    return sync_fd(fd, SYS_fsync);
}

int fdatasync(int fd)
{
    return sync_fd(fd, SYS_fdatasync);
}

int ftruncate(int fd, off_t size)
{
    char buffer[PATH_SIZE];
    bool recording = begin_call();
    const char *path = recording ? path_of_fd(fd, buffer) : NULL;
    int result = (int)syscall(SYS_ftruncate, fd, size);
    if (path != NULL && result == 0)
        append(&(struct event){.type = 'T', .path = path, .a = (uint64_t)size});
    end_call(recording);
    return result;
}

static int extend(int fd, off_t size)
{
    struct stat status;
    if (fstat(fd, &status) != 0)
        return errno;
    return status.st_size >= size || syscall(SYS_ftruncate, fd, size) == 0 ? 0 : errno;
}

int posix_fallocate(int fd, off_t offset, off_t size)
{
    char buffer[PATH_SIZE];
    bool recording = begin_call();
    const char *path = recording ? path_of_fd(fd, buffer) : NULL;
    int error = extend(fd, offset + size);
    if (path != NULL && error == 0)
        append(&(struct event){.type = 'E', .path = path, .a = (uint64_t)(offset + size)});
    end_call(recording);
    return error;
}

int renameat(int from_folder, const char *from, int to_folder, const char *to)
{
    char from_buffer[PATH_SIZE], to_buffer[PATH_SIZE];
    bool recording = begin_call();
    const char *from_path = recording ? path_at(from_folder, from, from_buffer) : NULL;
    const char *to_path = recording ? path_at(to_folder, to, to_buffer) : NULL;
    if (from_path != NULL && ends_with(from_path, ".log"))
        meet(MOMENT_RENAME);
    int result = (int)syscall(SYS_renameat, from_folder, from, to_folder, to);
    if (from_path != NULL && to_path != NULL && result == 0)
        append(&(struct event){.type = 'R', .path = from_path, .other = to_path});
    end_call(recording);
    return result;
}

int rename(const char *from, const char *to)
{
    return renameat(AT_FDCWD, from, AT_FDCWD, to);
}

int unlinkat(int folder, const char *name, int flags)
{
    char buffer[PATH_SIZE];
    bool recording = begin_call();
    const char *path = recording ? path_at(folder, name, buffer) : NULL;
    int result = (int)syscall(SYS_unlinkat, folder, name, flags);
    if (path != NULL && result == 0)
        append(&(struct event){.type = 'U', .path = path});
    end_call(recording);
    return result;
}

int unlink(const char *name)
{
    return unlinkat(AT_FDCWD, name, 0);
}

int rmdir(const char *name)
{
    return unlinkat(AT_FDCWD, name, AT_REMOVEDIR);
}

int mkdirat(int folder, const char *name, mode_t mode)
{
    char buffer[PATH_SIZE];
    bool recording = begin_call();
    const char *path = recording ? path_at(folder, name, buffer) : NULL;
    int result = (int)syscall(SYS_mkdirat, folder, name, mode);
    if (path != NULL && result == 0)
        append(&(struct event){.type = 'M', .path = path});
    end_call(recording);
    return result;
}

int mkdir(const char *name, mode_t mode)
{
    return mkdirat(AT_FDCWD, name, mode);
}

/* ---- for the workload ---- */

bool recorder_begin(const char *root, const char *trace)
{
    CHECK(strlen(root) < PATH_SIZE);
    recorder.root_size = strlen(root);
    memcpy(recorder.root, root, recorder.root_size + 1);
    int fd =
        (int)syscall(SYS_openat, AT_FDCWD, trace, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (fd < 0)
        return false;
    recorder.trace = fd;
    recorder_note(NOTE_PROCESS, 0);
    return true;
}

void recorder_note(enum note note, uint64_t number)
{
    bool recording = begin_call();
    if (recording)
        append(&(struct event){.type = (char)note, .a = number});
    end_call(recording);
}

void recorder_kill_at(enum moment moment, unsigned count)
{
    pthread_mutex_lock(&recorder.lock);
    recorder.moment = moment;
    recorder.countdown = count;
    pthread_mutex_unlock(&recorder.lock);
}

bool recorder_mapped_writable(void)
{
    FILE *maps = fopen("/proc/self/maps", "re");
    CHECK(maps != NULL);
    char line[PATH_SIZE + 128];
    bool found = false;
    while (fgets(line, sizeof line, maps) != NULL)
        found |= strstr(line, "rw-s") != NULL && strstr(line, recorder.root) != NULL &&
                 strstr(line, "lock.mdb") == NULL;
    fclose(maps);
    return found;
}
