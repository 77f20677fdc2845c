#include "cli/heap.h"
#include "base/poison.h"
#include <errno.h>
#include <limits.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

enum {
    KEPT = 32 << 20,
    GROWN_BY = 1 << 20,
    MAPPED_AT_START = 32 << 20, /* the most that glibc takes */
    MAPPED_FROM = 16 << 10
};

/* The registry's 170 MiB are 28,000 small pages, and on a virtual machine the first touch of each
 * costs ten microseconds: more than half of a start. A large one is 512 of them. A kernel that has
 * none gives small ones, an older glibc does not know the wish. */
static void large_pages_wish(int argc, char **argv)
{
    static const char name[] = "GLIBC_TUNABLES", wish[] = "glibc.malloc.hugetlb=1";
    static const char mark[] = "BAOBEI_BEGUN_ANEW"; /* once, whatever became of the wish */
    const char *set = getenv(name);
    if (getenv(mark) != NULL) {
        (void)unsetenv(mark);
        if (set != NULL && strcmp(set, wish) == 0)
            (void)unsetenv(name); /* not for our children, whose memory is limited */
        return;
    }
    /* Whoever set it knows better; with capabilities of a file glibc takes none; where the loader
       was called by hand the file is the loader's. */
    if (set != NULL || getauxval(AT_SECURE) != 0 || getauxval(AT_BASE) == 0)
        return;
    char path[PATH_MAX]; /* not the link itself: the process is called by the file's name */
    ssize_t size = readlink("/proc/self/exe", path, sizeof path - 1);
    char **words = calloc((size_t)argc + 2, sizeof *words);
    if (size > 0 && words != NULL && setenv(name, wish, 1) == 0 && setenv(mark, "1", 1) == 0) {
        path[size] = '\0';
        words[0] = program_invocation_name;
        memcpy(&words[1], argv, (size_t)argc * sizeof *words);
        (void)execv(path, words);
    }
    (void)unsetenv(name); /* it goes without */
    (void)unsetenv(mark);
    free(words);
}

/* Memory of a peak is kept for the next one: glibc would give the end of a heap back to the system
 * after each burst and take it again, page by page (5 % of a loop's time at 256 connections).
 *
 * One heap for all threads: those of threads grow by a page at a time, each time with a system call
 * that stops the others (twenty of them for each institution that is read, a fifth of that time).
 */
void heap_begin(int argc, char **argv)
{
    if (!HEAP_IS_WATCHED)
        large_pages_wish(argc, argv);
    (void)mallopt(M_TRIM_THRESHOLD, KEPT);
    (void)mallopt(M_MMAP_THRESHOLD, MAPPED_AT_START);
    (void)mallopt(M_ARENA_MAX, 1);
    (void)mallopt(M_TOP_PAD, GROWN_BY);
}

/* The two buffers of a TLS connection, a little over 16 KiB each and mostly unused, are mapped on
 * their own from now on, so that pages nobody writes to take no memory. */
void heap_settle(void)
{
    (void)mallopt(M_MMAP_THRESHOLD, MAPPED_FROM);
}
