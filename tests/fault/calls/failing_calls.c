/* Calls of the system that fail when they are told to: a library before the release server
 * (LD_PRELOAD). The program and its libraries call libc by these names; each goes on to the kernel
 * itself, or fails as the test orders through a page of memory shared by the file that
 * FAILING_CALLS names, see `struct orders`. epoll_ctl is left out: libuv ends the process where it
 * fails. */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

/* As in failing_calls.py. */
enum call {
    CALL_NONE,
    CALL_WRITE,
    CALL_PWRITE,
    CALL_READ,
    CALL_PREAD,
    CALL_SYNC,
    CALL_OPEN,
    CALL_ALLOCATE,
    CALL_RENAME,
    CALL_ACCEPT,
    CALL_MAP,
    CALL_POLL,
    CALL_SOCKET,
    CALL_LOCK,
    CALL_CLOSE
};

enum kind { KIND_ANY, KIND_FILE, KIND_SOCKET };

/* In place of an error number. */
enum { FAULT_SHORT = 1000, FAULT_SWALLOW = 1001 };

struct orders {
    atomic_uint count;     /* calls of this name and kind so far; the test sets it to 0 */
    atomic_uint fail_from; /* the first that fails; 0: none */
    atomic_uint fail_to;   /* and the last */
    atomic_uint failed;    /* how many did */
    atomic_uint call, kind, fault;
};

static struct orders idle;
static struct orders *orders = &idle;

static enum kind kind_of(int fd)
{
    struct stat found;
    if (syscall(SYS_fstat, fd, &found) != 0) {
        return KIND_ANY;
    }
    return S_ISREG(found.st_mode) ? KIND_FILE : S_ISSOCK(found.st_mode) ? KIND_SOCKET : KIND_ANY;
}

/* 0: it does not fail. */
static unsigned fault_of(enum call call, int fd)
{
    unsigned from = atomic_load(&orders->fail_from);
    if (from == 0 || atomic_load(&orders->call) != call) {
        return 0;
    }
    unsigned kind = atomic_load(&orders->kind);
    if (kind != KIND_ANY && kind_of(fd) != kind) {
        return 0;
    }
    unsigned n = atomic_fetch_add(&orders->count, 1) + 1;
    if (n < from || n > atomic_load(&orders->fail_to)) {
        return 0;
    }
    atomic_fetch_add(&orders->failed, 1);
    return atomic_load(&orders->fault);
}

/* True if the call is over: it failed, or is said to have done its work. */
static bool is_over(unsigned fault, long *result, size_t *size)
{
    if (fault == 0) {
        return false;
    }
    if (fault == FAULT_SHORT) {
        *size = *size > 1 ? *size / 2 : *size;
        return false;
    }
    if (fault == FAULT_SWALLOW) {
        *result = (long)*size;
        return true;
    }
    errno = (int)fault;
    *result = -1;
    return true;
}

/* ---- bytes ---- */

static long transfer(enum call call, long number, int fd, const void *data, size_t size,
                     off_t offset)
{
    long result = 0;
    if (is_over(fault_of(call, fd), &result, &size)) {
        return result;
    }
    return syscall(number, fd, data, size, offset);
}

ssize_t write(int fd, const void *data, size_t size)
{
    return transfer(CALL_WRITE, SYS_write, fd, data, size, 0);
}

ssize_t read(int fd, void *data, size_t size)
{
    return transfer(CALL_READ, SYS_read, fd, data, size, 0);
}

ssize_t pwrite(int fd, const void *data, size_t size, off_t offset)
{
    return transfer(CALL_PWRITE, SYS_pwrite64, fd, data, size, offset);
}

ssize_t pwrite64(int fd, const void *data, size_t size, off_t offset)
{
    return pwrite(fd, data, size, offset);
}

ssize_t pread(int fd, void *data, size_t size, off_t offset)
{
    return transfer(CALL_PREAD, SYS_pread64, fd, data, size, offset);
}

ssize_t pread64(int fd, void *data, size_t size, off_t offset)
{
    return pread(fd, data, size, offset);
}

ssize_t recv(int fd, void *data, size_t size, int flags)
{
    long result = 0;
    if (is_over(fault_of(CALL_READ, fd), &result, &size)) {
        return result;
    }
    return syscall(SYS_recvfrom, fd, data, size, flags, NULL, NULL);
}

ssize_t send(int fd, const void *data, size_t size, int flags)
{
    long result = 0;
    if (is_over(fault_of(CALL_WRITE, fd), &result, &size)) {
        return result;
    }
    return syscall(SYS_sendto, fd, data, size, flags, NULL, 0);
}

/* A list of pieces is cut to its first one: that is short enough. */
static long transfer_list(enum call call, long number, int fd, const struct iovec *list, int count)
{
    size_t pieces = (size_t)count;
    long result = 0;
    unsigned fault = fault_of(call, fd);
    if (fault == FAULT_SHORT && count == 1) {
        long one = call == CALL_READ ? SYS_read : SYS_write;
        return syscall(one, fd, list[0].iov_base, (list[0].iov_len + 1) / 2);
    }
    if (fault == FAULT_SWALLOW) {
        for (int i = 0; i < count; i++) {
            result += (long)list[i].iov_len;
        }
        return result;
    }
    if (is_over(fault, &result, &pieces)) {
        return result;
    }
    return syscall(number, fd, list, pieces);
}

ssize_t writev(int fd, const struct iovec *list, int count)
{
    return transfer_list(CALL_WRITE, SYS_writev, fd, list, count);
}

ssize_t readv(int fd, const struct iovec *list, int count)
{
    return transfer_list(CALL_READ, SYS_readv, fd, list, count);
}

/* ---- files ---- */

static int plain(enum call call, int fd, long number, long a, long b, long c)
{
    long result = 0;
    size_t none = 0;
    if (is_over(fault_of(call, fd), &result, &none)) {
        return (int)result;
    }
    return (int)syscall(number, a, b, c);
}

int fsync(int fd)
{
    return plain(CALL_SYNC, fd, SYS_fsync, fd, 0, 0);
}

int fdatasync(int fd)
{
    return plain(CALL_SYNC, fd, SYS_fdatasync, fd, 0, 0);
}

int msync(void *start, size_t size, int flags)
{
    return plain(CALL_SYNC, -1, SYS_msync, (long)start, (long)size, flags);
}

static int open_path(int folder, const char *path, int flags, mode_t mode)
{
    long result = 0;
    size_t none = 0;
    if (is_over(fault_of(CALL_OPEN, -1), &result, &none)) {
        return (int)result;
    }
    return (int)syscall(SYS_openat, folder, path, flags, mode);
}

int open(const char *path, int flags, ...)
{
    va_list more;
    va_start(more, flags);
    mode_t mode = (flags & O_CREAT) != 0 ? va_arg(more, mode_t) : 0;
    va_end(more);
    return open_path(AT_FDCWD, path, flags, mode);
}

int open64(const char *path, int flags, ...)
{
    va_list more;
    va_start(more, flags);
    mode_t mode = (flags & O_CREAT) != 0 ? va_arg(more, mode_t) : 0;
    va_end(more);
    return open_path(AT_FDCWD, path, flags, mode);
}

int openat(int folder, const char *path, int flags, ...)
{
    va_list more;
    va_start(more, flags);
    mode_t mode = (flags & O_CREAT) != 0 ? va_arg(more, mode_t) : 0;
    va_end(more);
    return open_path(folder, path, flags, mode);
}

int posix_fallocate(int fd, off_t offset, off_t size)
{
    unsigned fault = fault_of(CALL_ALLOCATE, fd);
    if (fault != 0 && fault < FAULT_SHORT) {
        return (int)fault;
    }
    return syscall(SYS_fallocate, fd, 0, offset, size) == 0 ? 0 : errno;
}

int rename(const char *from, const char *to)
{
    return plain(CALL_RENAME, -1, SYS_rename, (long)from, (long)to, 0);
}

int renameat(int from_folder, const char *from, int to_folder, const char *to)
{
    long result = 0;
    size_t none = 0;
    if (is_over(fault_of(CALL_RENAME, -1), &result, &none)) {
        return (int)result;
    }
    return (int)syscall(SYS_renameat, from_folder, from, to_folder, to);
}

int flock(int fd, int operation)
{
    return plain(CALL_LOCK, fd, SYS_flock, fd, operation, 0);
}

int close(int fd)
{
    unsigned fault = fault_of(CALL_CLOSE, fd);
    int result = (int)syscall(SYS_close, fd); /* Linux closes whatever it answers */
    if (fault == 0 || fault >= FAULT_SHORT) {
        return result;
    }
    errno = (int)fault;
    return -1;
}

void *mmap(void *start, size_t size, int protection, int flags, int fd, off_t offset)
{
    unsigned fault = fault_of(CALL_MAP, fd);
    if (fault != 0 && fault < FAULT_SHORT) {
        errno = (int)fault;
        return MAP_FAILED;
    }
    return (void *)syscall(SYS_mmap, start, size, protection, flags, fd, offset);
}

/* ---- connections ---- */

int socket(int domain, int type, int protocol)
{
    return plain(CALL_SOCKET, -1, SYS_socket, domain, type, protocol);
}

int accept4(int fd, __SOCKADDR_ARG peer, socklen_t *size, int flags)
{
    long result = 0;
    size_t none = 0;
    if (is_over(fault_of(CALL_ACCEPT, fd), &result, &none)) {
        return (int)result;
    }
    return (int)syscall(SYS_accept4, fd, peer.__sockaddr__, size, flags);
}

int epoll_pwait(int epoll, struct epoll_event *events, int most, int timeout, const sigset_t *mask)
{
    long result = 0;
    size_t none = 0;
    if (is_over(fault_of(CALL_POLL, -1), &result, &none)) {
        return (int)result;
    }
    return (int)syscall(SYS_epoll_pwait, epoll, events, most, timeout, mask, sizeof(uint64_t));
}

int epoll_wait(int epoll, struct epoll_event *events, int most, int timeout)
{
    return epoll_pwait(epoll, events, most, timeout, NULL);
}

/* ---- orders ---- */

__attribute__((constructor)) static void take_orders(void)
{
    const char *path = getenv("FAILING_CALLS");
    int file = path == NULL ? -1 : (int)syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC, 0);
    if (file < 0) {
        return;
    }
    long page = syscall(SYS_mmap, NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    (void)syscall(SYS_close, file);
    if (page != -1) {
        orders = (struct orders *)page;
    }
}
