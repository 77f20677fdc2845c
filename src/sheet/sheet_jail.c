#include "sheet/sheet_jail.h"
#include "base/check.h"
#include <errno.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

/* Made by libseccomp once, so that a child has only to hand it to the kernel. */
struct sheet_jail {
    unsigned short count;
    struct sock_filter filter[];
};

/* What malloc, read, write and the end of a process need. getrandom: expat's hash salt. */
static const int calls[] = {
    SCMP_SYS(read),      SCMP_SYS(pread64),    SCMP_SYS(write),        SCMP_SYS(fstat),
    SCMP_SYS(brk),       SCMP_SYS(munmap),     SCMP_SYS(mremap),       SCMP_SYS(madvise),
    SCMP_SYS(close),     SCMP_SYS(futex),      SCMP_SYS(rt_sigreturn), SCMP_SYS(exit),
    SCMP_SYS(getrandom), SCMP_SYS(exit_group), SCMP_SYS(newfstatat),
};

static enum err filter_fill(scmp_filter_ctx filter)
{
    int failed = 0;
    for (size_t i = 0; i < ARRAY_COUNT(calls); i++)
        failed |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, calls[i], 0);
    /* Memory, but none that can be run. */
    failed |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1,
                               SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
    return failed == 0 ? ERR_OK : ERR_UNSUPPORTED;
}

/* The program that the kernel runs, by way of a file in memory. */
static enum err filter_export(scmp_filter_ctx filter, struct sheet_jail **out)
{
    int file = memfd_create("filter", MFD_CLOEXEC);
    if (file < 0)
        return ERR_UNSUPPORTED;
    off_t size = seccomp_export_bpf(filter, file) == 0 ? lseek(file, 0, SEEK_END) : -1;
    if (size <= 0 || size % (off_t)sizeof(struct sock_filter) != 0 ||
        size / (off_t)sizeof(struct sock_filter) > BPF_MAXINSNS) {
        close(file);
        return ERR_UNSUPPORTED;
    }
    enum err err = ERR_NO_MEMORY;
    struct sheet_jail *jail = malloc(sizeof *jail + (size_t)size);
    if (jail != NULL) {
        jail->count = (unsigned short)(size / (off_t)sizeof(struct sock_filter));
        err = pread(file, jail->filter, (size_t)size, 0) == size ? ERR_OK : ERR_IO;
    }
    close(file);
    if (err == ERR_OK)
        *out = jail;
    else
        free(jail);
    return err;
}

void sheet_jail_free(struct sheet_jail *jail)
{
    free(jail);
}

enum err sheet_jail_make(struct sheet_jail **out)
{
    *out = NULL;
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
    if (filter == NULL)
        return ERR_UNSUPPORTED;
    enum err err = filter_fill(filter);
    if (err == ERR_OK)
        err = filter_export(filter, out);
    seccomp_release(filter);
    return err;
}

static enum err limit(__rlimit_resource_t resource, rlim_t soft, rlim_t hard)
{
    const struct rlimit limits = {soft, hard};
    return setrlimit(resource, &limits) == 0 ? ERR_OK : ERR_UNSUPPORTED;
}

static enum err limits_set(void)
{
    enum err err = limit(RLIMIT_CPU, SHEET_JAIL_CPU_S, SHEET_JAIL_CPU_S + 1);
    if (err == ERR_OK)
        err = limit(RLIMIT_FSIZE, 0, 0);
    if (err == ERR_OK)
        err = limit(RLIMIT_NPROC, 0, 0);
    if (err == ERR_OK)
        err = limit(RLIMIT_CORE, 0, 0);
    if (err == ERR_OK && !SANITIZED)
        err = limit(RLIMIT_AS, SHEET_JAIL_MEMORY, SHEET_JAIL_MEMORY);
    return err;
}

/* A ruleset that handles every access there was in its first version and allows none. */
static enum err files_forbid(void)
{
    const struct landlock_ruleset_attr all = {
        .handled_access_fs = LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE |
                             LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR |
                             LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE |
                             LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_DIR |
                             LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SOCK |
                             LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK |
                             LANDLOCK_ACCESS_FS_MAKE_SYM};
    int ruleset = (int)syscall(SYS_landlock_create_ruleset, &all, sizeof all, 0);
    if (ruleset < 0)
        return errno == ENOSYS || errno == EOPNOTSUPP ? ERR_OK : ERR_UNSUPPORTED;
    long failed = syscall(SYS_landlock_restrict_self, ruleset, 0);
    close(ruleset);
    return failed == 0 ? ERR_OK : ERR_UNSUPPORTED;
}

static enum err filter_enter(const struct sheet_jail *jail)
{
    const struct sock_fprog program = {jail->count, (struct sock_filter *)jail->filter};
    long failed = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program);
    return failed == 0 ? ERR_OK : ERR_UNSUPPORTED;
}

enum err sheet_jail_enter(const struct sheet_jail *jail)
{
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return ERR_UNSUPPORTED;
    enum err err = limits_set();
    if (err == ERR_OK)
        err = files_forbid();
    if (err == ERR_OK && !SANITIZED)
        err = filter_enter(jail);
    return err;
}
