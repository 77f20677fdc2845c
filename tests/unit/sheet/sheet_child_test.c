#include "sheet/sheet_child.h"
#include "tests/lib/package.h"
#include "tests/lib/t.h"
#include "tests/lib/tmp.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { THREADS = 4, TURNS = 5 };

static struct sheet_child *start(void)
{
    struct sheet_child *child;
    T_OK(sheet_child_start(&child, T_BINARY_DIR "/baobei-sheet"));
    T_TRUE(sheet_child_pid(child) > 0);
    return child;
}

static int file_with(const char *name, struct bytes content)
{
    char path[TMP_PATH_MAX];
    int file = open(tmp_path(path, name), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    T_TRUE(file >= 0);
    T_EQ_INT(write(file, content.data, content.size), content.size);
    return file;
}

static int workbook(void)
{
    static uint8_t room[16384];
    struct package package;
    package_begin(&package, room, sizeof room);
    package_plain(&package);
    package_add(&package, "xl/worksheets/sheet1.xml",
                BYTES_LITERAL("<worksheet " PACKAGE_MAIN "><sheetData><row><c><v>5</v></c></row>"
                              "</sheetData></worksheet>"));
    return file_with("a.xlsx", package_end(&package));
}

/* The code of one reading; the first cell must be `text` if there is one. */
static enum sheet_fault read_one(struct sheet_child *child, int file, enum sheet_form form,
                                 const char *text)
{
    struct arena memory;
    struct sheet_table table;
    struct sheet_told told = {0};
    arena_init(&memory, 4096, 0);
    enum sheet_fault fault = sheet_child_read(child, file, form, &memory, &table, &told);
    T_EQ_INT(fault, told.fault);
    if (fault == SHEET_FINE) {
        T_EQ_UINT(table.count, 1);
        T_EQ_BYTES(table.cells[0].text, bytes_from_text(text));
    }
    arena_deinit(&memory);
    return fault;
}

static unsigned open_files(void)
{
    unsigned count = 0;
    DIR *folder = opendir("/proc/self/fd");
    T_TRUE(folder != NULL);
    while (readdir(folder) != NULL)
        count++;
    closedir(folder);
    return count;
}

TEST(files_are_read_and_nothing_is_left_behind)
{
    int book = workbook(), csv = file_with("a.csv", BYTES_LITERAL("x\n"));
    int bad = file_with("b.csv", BYTES_LITERAL("\"x"));
    unsigned files = open_files();
    struct sheet_child *child = start();
    for (int i = 0; i < TURNS; i++) {
        T_EQ_INT(read_one(child, book, SHEET_FORM_XLSX, "5"), SHEET_FINE);
        T_EQ_INT(read_one(child, csv, SHEET_FORM_CSV, "x"), SHEET_FINE);
        T_EQ_INT(read_one(child, csv, SHEET_FORM_XLSX, ""), SHEET_NOT_XLSX);
        T_EQ_INT(read_one(child, bad, SHEET_FORM_CSV, ""), SHEET_BROKEN);
    }
    sheet_child_stop(child);
    T_EQ_UINT(open_files(), files);
    T_TRUE(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD);
}

static void *read_often(void *child)
{
    int csv = file_with("c.csv", BYTES_LITERAL("x\n"));
    for (int i = 0; i < TURNS; i++)
        T_EQ_INT(read_one(child, csv, SHEET_FORM_CSV, "x"), SHEET_FINE);
    close(csv);
    return NULL;
}

TEST(threads_read_at_once)
{
    pthread_t threads[THREADS];
    struct sheet_child *child = start();
    for (int i = 0; i < THREADS; i++)
        T_EQ_INT(pthread_create(&threads[i], NULL, read_often, child), 0);
    for (int i = 0; i < THREADS; i++)
        T_EQ_INT(pthread_join(threads[i], NULL), 0);
    sheet_child_stop(child);
}

TEST(a_helper_that_died_is_started_again)
{
    int csv = file_with("a.csv", BYTES_LITERAL("x\n"));
    unsigned files = open_files();
    struct sheet_child *child = start();
    for (int i = 0; i < TURNS; i++) {
        pid_t pid = sheet_child_pid(child);
        T_EQ_INT(kill(pid, SIGKILL), 0);
        T_EQ_INT(read_one(child, csv, SHEET_FORM_CSV, "x"), SHEET_FINE);
        T_TRUE(sheet_child_pid(child) != pid);
    }
    sheet_child_stop(child);
    T_EQ_UINT(open_files(), files);
    T_TRUE(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD);
}

TEST(without_a_helper_there_is_a_clear_answer)
{
    struct sheet_child *child;
    T_ERR(sheet_child_start(&child, "/no/such/program"), ERR_IO);
    T_TRUE(child == NULL);
    /* A program that ends at once is started, and again, and then given up. */
    T_OK(sheet_child_start(&child, "/bin/true"));
    int csv = file_with("a.csv", BYTES_LITERAL("x\n"));
    unsigned files = open_files();
    T_EQ_INT(read_one(child, csv, SHEET_FORM_CSV, ""), SHEET_UNAVAILABLE);
    T_TRUE(open_files() <= files);
    sheet_child_stop(child);
    T_TRUE(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD);
}

/* Both sides know one form of rows, so a helper that is started again must be of the same build. */
TEST(a_program_installed_in_its_place_is_not_started)
{
    char path[TMP_PATH_MAX], other[TMP_PATH_MAX];
    T_EQ_INT(symlink(T_BINARY_DIR "/baobei-sheet", tmp_path(path, "reader")), 0);
    T_EQ_INT(symlink("/bin/true", tmp_path(other, "newer")), 0);
    struct sheet_child *child;
    T_OK(sheet_child_start(&child, path));
    T_EQ_INT(rename(other, path), 0);
    T_EQ_INT(kill(sheet_child_pid(child), SIGKILL), 0);
    int csv = file_with("a.csv", BYTES_LITERAL("x\n"));
    T_EQ_INT(read_one(child, csv, SHEET_FORM_CSV, "x"), SHEET_FINE);
    sheet_child_stop(child);
}

static enum sheet_fault probe(struct sheet_child *child, uint8_t which)
{
    struct arena memory;
    struct sheet_told told = {0};
    arena_init(&memory, 4096, 0);
    enum sheet_fault fault = sheet_child_probe(child, which, &memory, &told);
    arena_deinit(&memory);
    return fault;
}

/* What the jail itself forbids is tested on the release build: e2e/sheet_hostile_test.py. */
TEST(a_child_that_breaks_down_has_a_code)
{
    struct sheet_child *child = start();
    pid_t pid = sheet_child_pid(child);
    T_EQ_INT(probe(child, SHEET_PROBE_NOTHING), SHEET_FINE);
    T_EQ_INT(probe(child, SHEET_PROBE_ABORT), SHEET_BROKEN);
    T_EQ_INT(probe(child, SHEET_PROBE_SILENT), SHEET_BROKEN);
    T_EQ_INT(probe(child, SHEET_PROBE_SHORT), SHEET_BROKEN);
    T_EQ_INT(probe(child, SHEET_PROBE_LARGE), SHEET_BROKEN);
    T_EQ_INT(probe(child, SHEET_PROBE_CPU), SHEET_TOO_LARGE);
    T_EQ_INT(probe(child, SHEET_PROBE_NOTHING), SHEET_FINE);
    T_EQ_INT(sheet_child_pid(child), pid);
    sheet_child_stop(child);
}

/* The only child of the helper, as soon as there is one. */
static pid_t grandchild(pid_t helper)
{
    char path[64], text[16];
    long pid = 0;
    (void)snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)helper, (int)helper);
    while (pid == 0) {
        FILE *file = fopen(path, "r");
        T_TRUE(file != NULL);
        if (fgets(text, sizeof text, file) != NULL)
            pid = strtol(text, NULL, 10);
        (void)fclose(file);
        (void)sched_yield();
    }
    return (pid_t)pid;
}

static void *stop_the_child(void *helper)
{
    T_EQ_INT(kill(grandchild(*(const pid_t *)helper), SIGSTOP), 0);
    return NULL;
}

/* That a child got no CPU is not the file's fault: it is stopped here, where it would spin, until
 * the helper's patience (SHEET_HELPER_WALL_S) is over. */
TEST(a_child_that_gets_no_cpu_is_overdue)
{
    struct sheet_child *child = start();
    pid_t pid = sheet_child_pid(child);
    pthread_t stopper;
    struct arena memory;
    struct sheet_told told = {0};
    T_EQ_INT(pthread_create(&stopper, NULL, stop_the_child, &pid), 0);
    arena_init(&memory, 4096, 0);
    T_EQ_INT(sheet_child_probe(child, SHEET_PROBE_CPU, &memory, &told), SHEET_UNAVAILABLE);
    T_EQ_STR(told.text, "the machine is too busy to read the file");
    arena_deinit(&memory);
    T_EQ_INT(pthread_join(stopper, NULL), 0);
    T_EQ_INT(probe(child, SHEET_PROBE_NOTHING), SHEET_FINE);
    T_EQ_INT(sheet_child_pid(child), pid);
    sheet_child_stop(child);
}

/* Each child would look up each symbol of the libraries anew. */
TEST(the_helper_looks_its_symbols_up_at_its_start)
{
    static char told[256 * 1024];
    char path[64];
    struct sheet_child *child = start();
    int book = workbook();
    T_EQ_INT(read_one(child, book, SHEET_FORM_XLSX, "5"), SHEET_FINE); /* it is up */
    close(book);
    (void)snprintf(path, sizeof path, "/proc/%d/environ", (int)sheet_child_pid(child));
    int file = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t size = read(file, told, sizeof told);
    T_TRUE(size > 0 && memmem(told, (size_t)size, "LD_BIND_NOW=1", 14) != NULL);
    close(file);
    sheet_child_stop(child);
}

T_LIST(sheet_child_test, T(files_are_read_and_nothing_is_left_behind), T(threads_read_at_once),
       T(a_helper_that_died_is_started_again), T(without_a_helper_there_is_a_clear_answer),
       T(a_program_installed_in_its_place_is_not_started), T(a_child_that_breaks_down_has_a_code),
       T(a_child_that_gets_no_cpu_is_overdue), T(the_helper_looks_its_symbols_up_at_its_start));
