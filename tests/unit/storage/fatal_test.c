/* The way out: of many threads that meet their end at once one tells, and what it tells is written.
 */
#include "storage/fatal.h"
#include "base/log.h"
#include "tests/lib/t.h"
#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ROUNDS = 20, THREADS = 4 };

static pthread_barrier_t gate;

static void *meet_the_end(void *unused)
{
    (void)unused;
    pthread_barrier_wait(&gate);
    fatal("log_sync", EIO);
}

_Noreturn static void end_at_once(int log)
{
    pthread_t threads[THREADS];
    T_TRUE(dup2(log, STDERR_FILENO) == STDERR_FILENO);
    T_OK(log_start(LOG_INFO));
    T_EQ_INT(pthread_barrier_init(&gate, NULL, THREADS), 0);
    for (int i = 0; i < THREADS; i++)
        T_EQ_INT(pthread_create(&threads[i], NULL, meet_the_end, NULL), 0);
    for (;;)
        pause();
}

static size_t read_all(int fd, char *text, size_t size)
{
    size_t used = 0;
    ssize_t got = 0;
    while ((got = read(fd, text + used, size - 1 - used)) > 0)
        used += (size_t)got;
    text[used] = '\0';
    return used;
}

TEST(of_threads_that_end_at_once_one_tells)
{
    for (int round = 0; round < ROUNDS; round++) {
        char text[4096];
        int ends[2], status = 0;
        T_EQ_INT(pipe(ends), 0);
        pid_t child = fork();
        T_TRUE(child >= 0);
        if (child == 0)
            end_at_once(ends[1]);
        close(ends[1]);
        size_t size = read_all(ends[0], text, sizeof text);
        close(ends[0]);
        T_EQ_INT(waitpid(child, &status, 0), child);
        T_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == FATAL_EXIT_CODE);
        T_TRUE(strstr(text, " alarm log_sync errno=5 ") != NULL);
        T_TRUE(strchr(text, '\n') == text + size - 1);
    }
}

T_LIST(fatal_test, T(of_threads_that_end_at_once_one_tells));
