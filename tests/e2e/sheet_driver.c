/* Reads files as an import does, for the scripts beside it.
 *
 *     sheet_driver jail READER FILE…       each through a helper and its jailed child
 *     sheet_driver threads READER N FILE…  the same by N threads at once, the whole list each
 *     sheet_driver memory FILE…            each in a child of our own that is measured
 *     sheet_driver dump BAOBEI FILE…       xlsx-dump of each; the code is its exit status
 *     sheet_driver probe READER            every probe of the jail
 *
 * READER is baobei-sheet.
 *
 * A line each: what was read, the code, cells, rows, microseconds, KiB at the peak (memory and
 * dump), the sentence; tabs between. *.csv is CSV. */
#include "sheet/sheet_child.h"
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { THREADS_MAX = 16, CHUNK = 64 * 1024, QUOTA = 10 * 1024 * 1024 };

static int64_t now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static enum sheet_form form_of(const char *path)
{
    const char *dot = strrchr(path, '.');
    return dot != NULL && strcmp(dot, ".csv") == 0 ? SHEET_FORM_CSV : SHEET_FORM_XLSX;
}

static void tell(const char *what, const struct sheet_told *told, const struct sheet_table *table,
                 int64_t us, long kib)
{
    printf("%s\t%s\t%zu\t%u\t%lld\t%ld\t%s\n", what, sheet_fault_name(told->fault), table->count,
           table->info.rows, (long long)us, kib, told->text);
    fflush(stdout);
}

static bool read_jailed(struct sheet_child *child, const char *path)
{
    struct sheet_table table;
    struct sheet_told told = {0};
    struct arena memory;
    arena_init(&memory, CHUNK, QUOTA);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    int64_t from = now_us();
    enum sheet_fault fault = sheet_child_read(child, file, form_of(path), &memory, &table, &told);
    tell(path, &told, &table, now_us() - from, 0);
    close(file);
    arena_deinit(&memory);
    return fault != SHEET_UNAVAILABLE;
}

struct work {
    struct sheet_child *child;
    char **paths;
    int count;
};

static void *work_all(void *context)
{
    struct work *work = context;
    for (int i = 0; i < work->count; i++)
        if (!read_jailed(work->child, work->paths[i]))
            return work;
    return NULL;
}

static int run_threads(const char *program, int threads, char **paths, int count)
{
    struct sheet_child *child;
    pthread_t ids[THREADS_MAX];
    void *failed = NULL, *one;
    if (threads < 1 || threads > THREADS_MAX || sheet_child_start(&child, program) != ERR_OK)
        return 3;
    struct work work = {child, paths, count};
    for (int i = 0; i < threads; i++)
        if (pthread_create(&ids[i], NULL, work_all, &work) != 0)
            return 3;
    for (int i = 0; i < threads; i++) {
        pthread_join(ids[i], &one);
        failed = one != NULL ? one : failed;
    }
    sheet_child_stop(child);
    return failed == NULL ? 0 : 1;
}

/* In the child: what the jailed one does, without the jail. */
static _Noreturn void measured(const char *path, int out)
{
    struct bytes rows = {NULL, 0};
    size_t room = SHEET_FILE_MAX + 1;
    uint8_t *file = malloc(room);
    int in = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got = file == NULL ? -1 : read(in, file, room);
    bool read_it =
        got >= 0 && sheet_rows_of(bytes_of(file, (size_t)got), form_of(path), &rows) != NULL;
    while (read_it && rows.size > 0) {
        ssize_t written = write(out, rows.data, rows.size);
        if (written <= 0)
            break;
        rows = bytes_slice(rows, (size_t)written, rows.size - (size_t)written);
    }
    _exit(read_it && rows.size == 0 ? 0 : 1);
}

static int measure(const char *path)
{
    int ends[2], status;
    struct rusage usage;
    static uint8_t rows[SHEET_ROWS_BYTES_MAX];
    size_t size = 0;
    ssize_t got;
    if (pipe2(ends, O_CLOEXEC) != 0)
        return 3;
    int64_t from = now_us();
    pid_t pid = fork();
    if (pid == 0)
        measured(path, ends[1]);
    close(ends[1]);
    while ((got = read(ends[0], rows + size, sizeof rows - size)) > 0)
        size += (size_t)got;
    close(ends[0]);
    if (pid < 0 || wait4(pid, &status, 0, &usage) != pid)
        return 3;
    struct sheet_table table = {0};
    struct sheet_told told = {0};
    struct arena memory;
    arena_init(&memory, CHUNK, QUOTA);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        (void)sheet_tell(&told, SHEET_UNAVAILABLE, "status %x", (unsigned)status);
    else if (sheet_rows_table(bytes_of(rows, size), &memory, &table, &told) != told.fault)
        return 3;
    tell(path, &told, &table, now_us() - from, usage.ru_maxrss);
    arena_deinit(&memory);
    return 0;
}

static _Noreturn void dumping(const char *program, const char *path, int errors)
{
    int nothing = open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (dup2(nothing, STDOUT_FILENO) >= 0 && dup2(errors, STDERR_FILENO) >= 0)
        (void)execl(program, program, "xlsx-dump", path, (char *)NULL);
    _exit(127);
}

static int dump(const char *program, const char *path)
{
    int ends[2], status;
    struct rusage usage;
    char text[SHEET_TOLD_MAX * 8];
    size_t size = 0;
    ssize_t got;
    if (pipe2(ends, O_CLOEXEC) != 0)
        return 3;
    int64_t from = now_us();
    pid_t pid = fork();
    if (pid == 0)
        dumping(program, path, ends[1]);
    close(ends[1]);
    while ((got = read(ends[0], text + size, sizeof text - 1 - size)) > 0)
        size += (size_t)got;
    close(ends[0]);
    if (pid < 0 || wait4(pid, &status, 0, &usage) != pid)
        return 3;
    text[size] = '\0';
    text[strcspn(text, "\n")] = '\0';
    printf("%s\t%d\t0\t0\t%lld\t%ld\t%s\n", path,
           WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status),
           (long long)(now_us() - from), usage.ru_maxrss, text);
    return 0;
}

static int probe_all(const char *program)
{
    static const char *const names[] = {"open",   "socket", "exec_memory", "fork",
                                        "kill",   "cpu",    "memory",      "abort",
                                        "silent", "short",  "large",       "nothing"};
    struct sheet_child *child;
    if (sheet_child_start(&child, program) != ERR_OK)
        return 3;
    for (int i = SHEET_HELPER_PROBE; i < SHEET_PROBES; i++) {
        struct sheet_told told = {0};
        struct sheet_table table = {0};
        struct arena memory;
        arena_init(&memory, CHUNK, QUOTA);
        int64_t from = now_us();
        if (sheet_child_probe(child, (uint8_t)i, &memory, &told) != told.fault)
            return 3;
        tell(names[i - SHEET_HELPER_PROBE], &told, &table, now_us() - from, 0);
        arena_deinit(&memory);
    }
    sheet_child_stop(child);
    return 0;
}

int main(int argc, char **argv)
{
    int failed = 2;
    if (argc > 3 && strcmp(argv[1], "jail") == 0) {
        failed = run_threads(argv[2], 1, argv + 3, argc - 3);
    } else if (argc > 4 && strcmp(argv[1], "threads") == 0) {
        failed = run_threads(argv[2], (int)strtol(argv[3], NULL, 10), argv + 4, argc - 4);
    } else if (argc > 2 && strcmp(argv[1], "memory") == 0) {
        failed = 0;
        for (int i = 2; failed == 0 && i < argc; i++)
            failed = measure(argv[i]);
    } else if (argc > 3 && strcmp(argv[1], "dump") == 0) {
        failed = 0;
        for (int i = 3; failed == 0 && i < argc; i++)
            failed = dump(argv[2], argv[i]);
    } else if (argc == 3 && strcmp(argv[1], "probe") == 0) {
        failed = probe_all(argv[2]);
    }
    return failed;
}
