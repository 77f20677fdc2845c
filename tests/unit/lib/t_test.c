/* The runner tested by itself: a program of bad tests is run in a child and its verdict read. */
#include "tests/lib/t.h"
#include "tests/lib/tmp.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

TEST(bad_value)
{
    T_EQ_INT(1 + 1, 3);
}

TEST(bad_nothing)
{
}

TEST(bad_crash)
{
    T_TRUE(true);
    abort();
}

TEST(bad_skip)
{
    t_skip("no such machine");
}

TEST(good_files)
{
    char path[TMP_PATH_MAX];
    T_TRUE(access(tmp_path(path, "left_behind"), F_OK) != 0);
    FILE *file = fopen(path, "w");
    T_TRUE(file != NULL);
    fclose(file);
}

TEST(good_abort)
{
    T_ABORTS(abort());
}

TEST(bad_abort)
{
    T_ABORTS((void)0);
}

/* good_files twice: the second finds an empty directory. */
static const struct t_list bad_list = {"bad", (const struct t_test[]){T(bad_value),
                                                                      T(bad_nothing),
                                                                      T(bad_crash),
                                                                      T(bad_skip),
                                                                      T(good_files),
                                                                      T(good_files),
                                                                      T(good_abort),
                                                                      T(bad_abort),
                                                                      {NULL, NULL}}};

static int run_bad_program(char *output, size_t size, const char *tsv_name)
{
    int ends[2];
    char path[TMP_PATH_MAX];
    tmp_path(path, tsv_name);
    T_EQ_INT(pipe(ends), 0);
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        const struct t_list *const lists[] = {&bad_list, NULL};
        char *argv[] = {(char[]){"demo"}, (char[]){"--tsv"}, path, NULL};
        dup2(ends[1], STDOUT_FILENO);
        exit(t_main("demo", lists, 3, argv));
    }
    close(ends[1]);
    size_t used = 0;
    ssize_t got;
    while ((got = read(ends[0], output + used, size - 1 - used)) > 0) {
        used += (size_t)got;
    }
    output[used] = '\0';
    close(ends[0]);
    int status = 0;
    T_EQ_INT(waitpid(child, &status, 0), child);
    T_TRUE(WIFEXITED(status));
    return WEXITSTATUS(status);
}

TEST(bad_tests_are_found)
{
    static char output[16384];
    T_EQ_INT(run_bad_program(output, sizeof output, "out.tsv"), 1);
    T_HAS(output, "FAILED demo.bad.bad_value");
    T_HAS(output, "1 + 1 is 2, not 3");
    T_HAS(output, "FAILED demo.bad.bad_nothing");
    T_HAS(output, "asserts nothing");
    T_HAS(output, "FAILED demo.bad.bad_crash");
    T_HAS(output, "killed by signal 6");
    T_HAS(output, "FAILED demo.bad.bad_abort");
    T_HAS(output, "skipped demo.bad.bad_skip");
    T_HAS(output, "skip: no such machine");
    T_HAS(output, "1 skipped\n3 passed, 4 failed\n");
}

TEST(outcomes_are_written_to_a_table)
{
    static char output[16384];
    char path[TMP_PATH_MAX];
    run_bad_program(output, sizeof output, "out.tsv");
    FILE *file = fopen(tmp_path(path, "out.tsv"), "r");
    T_TRUE(file != NULL);
    size_t used = fread(output, 1, sizeof output - 1, file);
    output[used] = '\0';
    fclose(file);
    T_HAS(output, "demo.bad.bad_value\tfail\t");
    T_HAS(output, "demo.bad.bad_skip\tskip\t");
    T_HAS(output, "demo.bad.good_abort\tpass\t");
}

T_LIST(t_test, T(bad_tests_are_found), T(outcomes_are_written_to_a_table));
