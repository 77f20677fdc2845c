#include "base/log.h"
#include "tests/lib/t.h"
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char text[4 * 1024 * 1024];
static int saved_stderr = -1;
static FILE *captured;

/* stderr goes into a file, so that a slow reader can't block the flusher. */
static void capture_begin(void)
{
    captured = tmpfile();
    saved_stderr = dup(STDERR_FILENO);
    dup2(fileno(captured), STDERR_FILENO);
}

static const char *capture_end(void)
{
    dup2(saved_stderr, STDERR_FILENO);
    close(saved_stderr);
    rewind(captured);
    text[fread(text, 1, sizeof text - 1, captured)] = '\0';
    fclose(captured);
    return text;
}

static uint32_t lines_of(const char *of)
{
    uint32_t lines = 0;
    for (; *of != '\0'; of++)
        lines += *of == '\n';
    return lines;
}

TEST(a_line_has_time_level_event_and_fields)
{
    capture_begin();
    LOG(LOG_WARN, "disk_slow", log_text("path", "/data/log.1"), log_int("ms", -12),
        log_hex("request", 0xabc), log_bytes("head", BYTES_LITERAL("GET /")));
    const char *got = capture_end();
    T_HAS(got, "Z warn disk_slow path=/data/log.1 ms=-12 request=0000000000000abc "
               "head=\"GET /\"\n");
    T_EQ_INT(got[4], '-');
    T_EQ_INT(got[10], 'T');
    T_EQ_INT(got[19], '.');
    T_EQ_UINT(lines_of(got), 1);
}

TEST(values_cannot_forge_a_line)
{
    capture_begin();
    LOG(LOG_INFO, "x", log_text("a", "1\n2026 alarm forged b=\"2\" \\"), log_text("b", ""),
        log_bytes("c", bytes_of("\0\x1b[31m\xe8\x87\xba", 9)), log_text("d", NULL));
    const char *got = capture_end();
    T_HAS(got, "a=\"1\\x0a2026 alarm forged b=\\\"2\\\" \\\\\" b=\"\" "
               "c=\"\\x00\\x1b[31m\\xe8\\x87\\xba\" d=\"\"\n");
    T_EQ_UINT(lines_of(got), 1);
}

TEST(an_identity_number_is_never_printed)
{
    capture_begin();
    LOG(LOG_INFO, "x", log_text("a", "A123456789"), log_text("b", "id=F220000004, AD99999993"),
        log_bytes("c", BYTES_LITERAL("/people/xA800000005y")), log_text("d", "0401180014"),
        log_text("e", "JY01020021"), log_text("f", "A12345678"));
    const char *got = capture_end();
    T_TRUE(strstr(got, "A123456789") == NULL);
    T_HAS(got, "a=A1234XXXX9 b=\"id=F2200XXXX4, AD999XXXX3\" c=/people/xA8000XXXX5y d=0401180014 "
               "e=JY01020021 f=A12345678\n");
}

TEST(a_person_is_a_mark)
{
    capture_begin();
    LOG(LOG_INFO, "one", log_person("p", 123456789));
    LOG(LOG_INFO, "two", log_person("p", 123456789));
    LOG(LOG_INFO, "three", log_person("p", 123456790));
    const char *got = capture_end();
    T_TRUE(strstr(got, "123456789") == NULL);
    T_TRUE(strstr(got, "75bcd15") == NULL); /* in hexadecimal */
    const char *one = strstr(got, "p=person-"), *two = strstr(one + 1, "p=person-");
    const char *three = strstr(two + 1, "p=person-");
    T_TRUE(strncmp(one, two, 17) == 0);
    T_TRUE(strncmp(one, three, 17) != 0);
}

TEST(a_long_line_is_cut_and_says_so)
{
    char big[3000];
    memset(big, 'x', sizeof big - 1);
    big[sizeof big - 1] = '\0';
    capture_begin();
    LOG(LOG_INFO, "x", log_int("first", 1), log_text("big", big), log_int("last", 2));
    const char *got = capture_end();
    T_HAS(got, "first=1 big=xxx");
    T_HAS(got, "x cut=1\n");
    T_TRUE(strstr(got, "last=2") == NULL);
    T_EQ_UINT(lines_of(got), 1);
    T_TRUE(strlen(got) < 1024);
}

TEST(the_flusher_writes_everything_in_order_before_stop_returns)
{
    capture_begin();
    T_OK(log_start(LOG_INFO));
    for (int i = 0; i < 500; i++)
        LOG(LOG_INFO, "n", log_int("i", i));
    log_stop();
    LOG(LOG_INFO, "after", log_int("i", 500)); /* directly */
    const char *got = capture_end();
    T_EQ_UINT(log_dropped(), 0);
    T_EQ_UINT(lines_of(got), 501);
    const char *at = got;
    for (int i = 0; i <= 500; i++) {
        char want[32];
        snprintf(want, sizeof want, " i=%d\n", i);
        at = strstr(at, want);
        T_TRUE(at != NULL);
    }
}

TEST(lines_below_the_level_are_left_out)
{
    capture_begin();
    LOG(LOG_DEBUG, "before", log_int("i", 0)); /* info is the least until log_start */
    T_OK(log_start(LOG_WARN));
    LOG(LOG_INFO, "info", log_int("i", 1));
    LOG(LOG_WARN, "warn", log_int("i", 2));
    LOG(LOG_ALARM, "alarm", log_int("i", 3));
    log_stop();
    log_stop(); /* harmless */
    T_OK(log_start(LOG_DEBUG));
    LOG(LOG_DEBUG, "debug", log_int("i", 4));
    log_stop();
    const char *got = capture_end();
    T_EQ_UINT(lines_of(got), 3);
    T_HAS(got, " warn warn i=2\n");
    T_HAS(got, " alarm alarm i=3\n");
    T_HAS(got, " debug debug i=4\n");
}

static void *stopper_run(void *unused)
{
    (void)unused;
    log_stop();
    return NULL;
}

/* A pipe that nobody reads holds the flusher up; the ring fills, lines are dropped and counted. */
TEST(a_full_ring_drops_and_counts)
{
    int ends[2];
    T_EQ_INT(pipe(ends), 0);
    saved_stderr = dup(STDERR_FILENO);
    dup2(ends[1], STDERR_FILENO);
    close(ends[1]);
    T_OK(log_start(LOG_INFO));
    char filler[600];
    memset(filler, 'y', sizeof filler - 1);
    filler[sizeof filler - 1] = '\0';
    uint64_t logged = 0;
    while (log_dropped() == 0 && logged < 100000) {
        LOG(LOG_INFO, "n", log_text("y", filler));
        logged++;
    }
    uint64_t dropped = log_dropped();
    T_EQ_UINT(dropped, 1);
    T_TRUE(logged > 1000);
    pthread_t stopper;
    T_EQ_INT(pthread_create(&stopper, NULL, stopper_run, NULL), 0);
    uint64_t lines = 0;
    bool told = false;
    size_t kept = 0; /* an unfinished line is carried over to the next read */
    while (lines < logged - dropped + 1) {
        ssize_t size = read(ends[0], text + kept, sizeof text - 1 - kept);
        T_TRUE(size > 0);
        text[kept + (size_t)size] = '\0';
        char *line = text, *end;
        for (; (end = strchr(line, '\n')) != NULL; line = end + 1, lines++) {
            *end = '\0';
            told = told || strstr(line, "log_lines_dropped total=1") != NULL;
        }
        kept = strlen(line);
        memmove(text, line, kept + 1);
    }
    T_EQ_INT(pthread_join(stopper, NULL), 0);
    dup2(saved_stderr, STDERR_FILENO);
    T_TRUE(told);
}

T_LIST(log_test, T(a_line_has_time_level_event_and_fields), T(values_cannot_forge_a_line),
       T(an_identity_number_is_never_printed), T(a_person_is_a_mark),
       T(a_long_line_is_cut_and_says_so),
       T(the_flusher_writes_everything_in_order_before_stop_returns),
       T(lines_below_the_level_are_left_out), T(a_full_ring_drops_and_counts));
