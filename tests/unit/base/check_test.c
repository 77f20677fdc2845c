#include "base/check.h"
#include "tests/lib/t.h"
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

struct pair {
    int first, second;
};

static void context_print(void *context)
{
    const char *text = context;
    if (write(STDERR_FILENO, text, strlen(text)) < 0)
        _exit(9);
    CHECK(1 ==
          2); /* a CHECK inside the hook ends the process too, without calling the hook again */
}

TEST(a_true_check_does_nothing)
{
    CHECK(1 == 1);
    T_TRUE(true);
}

TEST(a_false_check_prints_place_and_context_once_and_aborts)
{
    int ends[2];
    T_EQ_INT(pipe(ends), 0);
    pid_t child = fork();
    if (child == 0) {
        dup2(ends[1], STDERR_FILENO);
        check_on_fail(context_print, "last turns\n");
        CHECK(2 + 2 == 5);
        _exit(0);
    }
    close(ends[1]);
    char text[2048] = "";
    size_t size = 0;
    for (ssize_t got; (got = read(ends[0], text + size, sizeof text - 1 - size)) > 0;)
        size += (size_t)got;
    int status;
    T_EQ_INT(waitpid(child, &status, 0), child);
    T_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
    T_HAS(text, "CHECK failed: 2 + 2 == 5");
    T_HAS(text, "check_test.c");
    const char *context = strstr(text, "last turns\n");
    T_TRUE(context != NULL);
    T_TRUE(strstr(context + 1, "last turns\n") == NULL);
}

TEST(container_of_leads_back)
{
    struct pair pair = {1, 2};
    T_TRUE(container_of(&pair.second, struct pair, second) == &pair);
    int numbers[7];
    T_EQ_UINT(ARRAY_COUNT(numbers), 7);
}

T_LIST(check_test, T(a_true_check_does_nothing),
       T(a_false_check_prints_place_and_context_once_and_aborts), T(container_of_leads_back));
