/* The ops socket towards somebody who asks and does not listen, or does not say all. */
#include "web/ops_socket.h"
#include "tests/lib/t.h"
#include "tests/lib/tmp.h"
#include "web/ops_wire.h"
#include <pthread.h>
#include <semaphore.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { LINES = 2000, LINE_SIZE = 1000, ENOUGH_S = 10 };

/* More than the socket holds, line by line. */
static int say_much(void *self, const struct ops_command *command)
{
    sem_t *over = self;
    for (int i = 0; i < LINES; i++)
        (void)fprintf(command->out, "%0*d\n", LINE_SIZE, i);
    sem_post(over);
    return 0;
}

static int connect_to(const char *directory)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int size = snprintf(address.sun_path, sizeof address.sun_path, "%s/" OPS_SOCKET, directory);
    T_TRUE(size > 0 && (size_t)size < sizeof address.sun_path);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    T_EQ_INT(connect(fd, (const struct sockaddr *)(const void *)&address, sizeof address), 0);
    return fd;
}

/* `input` -1: none goes along. */
static void ask(int fd, const char *word, int input)
{
    struct ops_head head = {.wire = OPS_WIRE, .size = (uint32_t)strlen(word) + 1};
    struct iovec part = {&head, sizeof head};
    union {
        struct cmsghdr head;
        char room[CMSG_SPACE(sizeof(int))];
    } control = {0};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    if (input >= 0) {
        message.msg_control = &control;
        message.msg_controllen = sizeof control;
        struct cmsghdr *with = CMSG_FIRSTHDR(&message);
        with->cmsg_level = SOL_SOCKET;
        with->cmsg_type = SCM_RIGHTS;
        with->cmsg_len = CMSG_LEN(sizeof input);
        memcpy(CMSG_DATA(with), &input, sizeof input);
    }
    T_EQ_INT(sendmsg(fd, &message, MSG_NOSIGNAL), sizeof head);
    T_EQ_INT(send(fd, word, head.size, MSG_NOSIGNAL), head.size);
}

static bool comes(sem_t *event)
{
    struct timespec until;
    T_EQ_INT(clock_gettime(CLOCK_REALTIME, &until), 0);
    until.tv_sec += ENOUGH_S;
    return sem_timedwait(event, &until) == 0;
}

/* He is waited for once and not for each line: others wait for the command behind his. */
TEST(who_does_not_listen_is_waited_for_once)
{
    struct ops_socket *ops;
    sem_t over;
    T_EQ_INT(sem_init(&over, 0, 0), 0);
    T_OK(ops_socket_open(
        &(struct ops_socket_config){
            .directory = tmp_dir(), .answer_wait_s = 1, .self = &over, .command = say_much},
        &ops));
    int fd = connect_to(tmp_dir());
    ask(fd, "much", -1);
    T_TRUE(comes(&over));
    close(fd);
    ops_socket_close(ops);
    sem_destroy(&over);
}

/* ---- a file that comes to nothing ---- */

struct reading {
    struct ops_socket *ops;
    sem_t first, over, closed;
};

/* One byte comes, and then no more. */
static int read_all(void *self, const struct ops_command *command)
{
    struct reading *reading = self;
    T_EQ_INT(fgetc(command->input), 'a');
    sem_post(&reading->first);
    T_EQ_INT(fgetc(command->input), EOF);
    T_TRUE(ferror(command->input));
    sem_post(&reading->over);
    return 3;
}

static void reading_begin(struct reading *reading, uint32_t wait_s, int pipe_ends[2])
{
    T_EQ_INT(sem_init(&reading->first, 0, 0), 0);
    T_EQ_INT(sem_init(&reading->over, 0, 0), 0);
    T_EQ_INT(sem_init(&reading->closed, 0, 0), 0);
    T_OK(ops_socket_open(
        &(struct ops_socket_config){
            .directory = tmp_dir(), .answer_wait_s = wait_s, .self = reading, .command = read_all},
        &reading->ops));
    int fd = connect_to(tmp_dir());
    T_EQ_INT(pipe(pipe_ends), 0);
    ask(fd, "read", pipe_ends[0]);
    T_EQ_INT(write(pipe_ends[1], "a", 1), 1);
    T_TRUE(comes(&reading->first));
    close(fd);
}

static void *close_on_thread(void *self)
{
    struct reading *reading = self;
    ops_socket_close(reading->ops);
    sem_post(&reading->closed);
    return NULL;
}

static void reading_end(struct reading *reading, int pipe_ends[2])
{
    pthread_t thread;
    T_EQ_INT(pthread_create(&thread, NULL, close_on_thread, reading), 0);
    T_TRUE(comes(&reading->closed));
    pthread_join(thread, NULL);
    close(pipe_ends[0]);
    close(pipe_ends[1]);
}

TEST(a_file_that_nobody_writes_to_is_not_waited_for)
{
    struct reading reading;
    int pipe_ends[2];
    reading_begin(&reading, 1, pipe_ends);
    T_TRUE(comes(&reading.over));
    reading_end(&reading, pipe_ends);
}

TEST(nor_at_a_stop)
{
    struct reading reading;
    int pipe_ends[2];
    reading_begin(&reading, 3600, pipe_ends);
    reading_end(&reading, pipe_ends);
}

/* ---- somebody who stands still, at a stop ---- */

static int say_on(void *self, const struct ops_command *command)
{
    struct reading *reading = self;
    sem_post(&reading->first);
    for (int i = 0; i < LINES; i++)
        (void)fprintf(command->out, "%0*d\n", LINE_SIZE, i);
    return 0;
}

TEST(who_does_not_listen_does_not_hold_the_stop)
{
    struct reading reading;
    pthread_t thread;
    T_EQ_INT(sem_init(&reading.first, 0, 0), 0);
    T_EQ_INT(sem_init(&reading.closed, 0, 0), 0);
    T_OK(ops_socket_open(
        &(struct ops_socket_config){
            .directory = tmp_dir(), .answer_wait_s = 3600, .self = &reading, .command = say_on},
        &reading.ops));
    int fd = connect_to(tmp_dir());
    ask(fd, "much", -1);
    T_TRUE(comes(&reading.first));
    T_EQ_INT(pthread_create(&thread, NULL, close_on_thread, &reading), 0);
    T_TRUE(comes(&reading.closed));
    pthread_join(thread, NULL);
    close(fd);
}

T_LIST(ops_socket_test, T(who_does_not_listen_is_waited_for_once),
       T(a_file_that_nobody_writes_to_is_not_waited_for), T(nor_at_a_stop),
       T(who_does_not_listen_does_not_hold_the_stop));
