#include "tests/lib/t.h"

#include "tests/lib/heap.h"
#include "tests/lib/t_run.h"
#include "tests/lib/tmp.h"
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* Expectations met so far in this process: a test with none asserts nothing. */
static atomic_uint expectations;

_Noreturn void t_run_here(const struct t_test *test)
{
    heap_fail_at(0);
    atomic_store(&expectations, 0);
    test->run();
    if (atomic_load(&expectations) == 0) {
        printf("asserts nothing\n");
        fflush(NULL);
        _exit(T_EXIT_FAILED);
    }
    fflush(NULL);
    exit(0); /* not _exit: LeakSanitizer looks at exit */
}

_Noreturn void t_fail(const char *file, int line, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    printf("%s:%d: ", file, line);
    vprintf(format, args);
    printf("\n");
    va_end(args);
    fflush(NULL);
    _exit(T_EXIT_FAILED);
}

_Noreturn void t_skip(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    printf("skip: ");
    vprintf(format, args);
    printf("\n");
    va_end(args);
    fflush(NULL);
    _exit(T_EXIT_SKIPPED);
}

void t_true(const char *file, int line, const char *what, bool holds)
{
    atomic_fetch_add(&expectations, 1);
    if (!holds) {
        t_fail(file, line, "not true: %s", what);
    }
}

void t_eq_int(const char *file, int line, const char *what, intmax_t got, intmax_t want)
{
    atomic_fetch_add(&expectations, 1);
    if (got != want) {
        t_fail(file, line, "%s is %jd, not %jd", what, got, want);
    }
}

void t_eq_uint(const char *file, int line, const char *what, uintmax_t got, uintmax_t want)
{
    atomic_fetch_add(&expectations, 1);
    if (got != want) {
        t_fail(file, line, "%s is %ju, not %ju", what, got, want);
    }
}

void t_eq_str(const char *file, int line, const char *what, const char *got, const char *want)
{
    atomic_fetch_add(&expectations, 1);
    if (got == NULL || want == NULL) {
        if (got != want) {
            t_fail(file, line, "%s is %s, not %s", what, got ? got : "NULL", want ? want : "NULL");
        }
        return;
    }
    if (strcmp(got, want) != 0) {
        t_fail(file, line, "%s is\n  \"%s\", not\n  \"%s\"", what, got, want);
    }
}

/* Prints up to 32 bytes round the first difference. */
static void print_hex(const char *label, struct bytes bytes, size_t from)
{
    printf("  %s (%zu bytes) from %zu:", label, bytes.size, from);
    for (size_t i = from; i < bytes.size && i < from + 32; i++) {
        printf(" %02x", bytes.data[i]);
    }
    printf("\n");
}

void t_eq_bytes(const char *file, int line, const char *what, struct bytes got, struct bytes want)
{
    atomic_fetch_add(&expectations, 1);
    size_t common = got.size < want.size ? got.size : want.size;
    size_t at = 0;
    while (at < common && got.data[at] == want.data[at]) {
        at++;
    }
    if (at == common && got.size == want.size) {
        return;
    }
    size_t from = at > 8 ? at - 8 : 0;
    print_hex("got ", got, from);
    print_hex("want", want, from);
    t_fail(file, line, "%s differs at byte %zu", what, at);
}

void t_has(const char *file, int line, const char *what, const char *text, const char *part)
{
    atomic_fetch_add(&expectations, 1);
    if (text == NULL || strstr(text, part) == NULL) {
        t_fail(file, line, "%s is\n  \"%s\"\n  and lacks \"%s\"", what, text ? text : "NULL", part);
    }
}

void t_err(const char *file, int line, const char *what, enum err got, enum err want)
{
    atomic_fetch_add(&expectations, 1);
    if (got != want) {
        t_fail(file, line, "%s is %s, not %s", what, err_name(got), err_name(want));
    }
}

/* The child is expected to abort: no core file, and its last words are not the test's. */
pid_t t_abort_begin(void)
{
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        struct rlimit none = {0, 0};
        setrlimit(RLIMIT_CORE, &none);
        signal(SIGABRT, SIG_DFL);
    }
    return child;
}

_Noreturn void t_abort_missed(void)
{
    _exit(0);
}

void t_abort_end(const char *file, int line, const char *what, pid_t child)
{
    atomic_fetch_add(&expectations, 1);
    int status = 0;
    if (child < 0 || waitpid(child, &status, 0) != child) {
        t_fail(file, line, "cannot fork or wait");
    }
    if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGABRT) {
        t_fail(file, line, "does not abort: %s", what);
    }
}

static const char *join(const char *root, const char *path)
{
    static _Thread_local char joined[4096];
    snprintf(joined, sizeof joined, "%s/%s", root, path);
    return joined;
}

const char *t_source(const char *path)
{
    return join(T_SOURCE_DIR, path);
}

const char *t_shared(const char *path)
{
    const char *joined = join(T_SOURCE_DIR "/../shared", path);
    if (access(joined, R_OK) != 0) {
        t_skip("no %s beside the repository", path);
    }
    return joined;
}
