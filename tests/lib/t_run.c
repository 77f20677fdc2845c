/* Starts every test of a program in a process of its own, its output kept aside, and counts. */
#include "tests/lib/t_run.h"

#include "tests/lib/tmp.h"
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum outcome { PASSED, FAILED, SKIPPED };

struct run {
    const char *program;
    const char *filter; /* NULL: all */
    FILE *tsv;          /* NULL: none */
    bool list_only;
    bool no_fork; /* for a debugger: the first test that matches, in this process */
    unsigned counts[3];
};

static long long now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (long long)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void copy_output(FILE *output)
{
    char line[1024];
    rewind(output);
    while (fgets(line, sizeof line, output) != NULL) {
        printf("    %s", line);
    }
}

static void print_skip_reason(FILE *output)
{
    char line[1024];
    rewind(output);
    while (fgets(line, sizeof line, output) != NULL) {
        if (strncmp(line, "skip: ", 6) == 0) {
            printf("    %s", line);
        }
    }
}

static _Noreturn void child_main(const struct t_test *test, int output)
{
    setpgid(0, 0); /* so that the parent can end what the test leaves behind */
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    dup2(output, STDOUT_FILENO);
    dup2(output, STDERR_FILENO);
    setvbuf(stdout, NULL, _IONBF, 0);
    const char *limit_s = getenv("T_TIMEOUT_S"); /* more of it under valgrind */
    alarm(limit_s == NULL ? T_TIMEOUT_S : (unsigned)strtoul(limit_s, NULL, 10));
    t_run_here(test);
}

static enum outcome outcome_of(int status, FILE *output)
{
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
        return PASSED;
    }
    if (WIFEXITED(status) && WEXITSTATUS(status) == T_EXIT_SKIPPED) {
        return SKIPPED;
    }
    if (WIFSIGNALED(status)) {
        fseek(output, 0, SEEK_END);
        fprintf(output, "killed by signal %d%s\n", WTERMSIG(status),
                WTERMSIG(status) == SIGALRM ? " (timeout)" : "");
    } else if (WEXITSTATUS(status) != T_EXIT_FAILED) {
        fseek(output, 0, SEEK_END);
        fprintf(output, "exit code %d\n", WEXITSTATUS(status));
    }
    return FAILED;
}

static enum outcome run_forked(const struct t_test *test, FILE *output)
{
    fflush(NULL);
    pid_t child = fork();
    if (child < 0) {
        fprintf(output, "fork: %s\n", strerror(errno));
        return FAILED;
    }
    if (child == 0) {
        child_main(test, fileno(output));
    }
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    kill(-child, SIGKILL);
    return outcome_of(status, output);
}

static void run_one(struct run *run, const char *name, const struct t_test *test)
{
    static const char *const words[] = {"pass", "fail", "skip"};
    FILE *output = tmpfile();
    if (output == NULL) {
        perror("tmpfile");
        exit(2);
    }
    long long start = now_ms();
    enum outcome outcome = run_forked(test, output);
    run->counts[outcome]++;
    if (outcome == FAILED) {
        printf("FAILED %s\n", name);
        copy_output(output);
    } else if (outcome == SKIPPED) {
        printf("skipped %s\n", name);
        print_skip_reason(output);
    }
    if (run->tsv != NULL) {
        fprintf(run->tsv, "%s\t%s\t%lld\n", name, words[outcome], now_ms() - start);
    }
    fclose(output);
    tmp_clear();
}

static void run_list(struct run *run, const struct t_list *list)
{
    for (const struct t_test *test = list->tests; test->name != NULL; test++) {
        char name[512];
        snprintf(name, sizeof name, "%s.%s.%s", run->program, list->file, test->name);
        if (run->filter != NULL && strstr(name, run->filter) == NULL) {
            continue;
        }
        if (run->list_only) {
            printf("%s\n", name);
        } else if (run->no_fork) {
            t_run_here(test);
        } else {
            run_one(run, name, test);
        }
    }
}

static bool read_arguments(struct run *run, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--list") == 0) {
            run->list_only = true;
        } else if (strcmp(argv[i], "--no-fork") == 0) {
            run->no_fork = true;
        } else if (strcmp(argv[i], "--tsv") == 0 && i + 1 < argc) {
            run->tsv = fopen(argv[++i], "a");
            if (run->tsv == NULL) {
                perror(argv[i]);
                return false;
            }
        } else if (argv[i][0] != '-' && run->filter == NULL) {
            run->filter = argv[i];
        } else {
            fprintf(stderr, "usage: %s [--list] [--tsv FILE] [--no-fork] [SUBSTRING]\n", argv[0]);
            return false;
        }
    }
    return true;
}

int t_main(const char *program, const struct t_list *const *lists, int argc, char **argv)
{
    struct run run = {.program = program};
    if (!read_arguments(&run, argc, argv)) {
        return 2;
    }
    tmp_open();
    for (size_t i = 0; lists[i] != NULL; i++) {
        run_list(&run, lists[i]);
    }
    if (run.tsv != NULL) {
        fclose(run.tsv);
    }
    if (run.list_only) {
        return 0;
    }
    if (run.counts[SKIPPED] > 0) {
        printf("%u skipped\n", run.counts[SKIPPED]);
    }
    printf("%u passed, %u failed\n", run.counts[PASSED], run.counts[FAILED]);
    return run.counts[FAILED] > 0 || run.counts[PASSED] + run.counts[SKIPPED] == 0;
}
