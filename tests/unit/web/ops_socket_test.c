/* The ops socket towards somebody who asks and does not listen. */
#include "web/ops_socket.h"
#include "tests/lib/t.h"
#include "tests/lib/tmp.h"
#include "web/ops_wire.h"
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

static void ask(int fd, const char *word)
{
    struct ops_head head = {.wire = OPS_WIRE, .size = (uint32_t)strlen(word) + 1};
    T_EQ_INT(send(fd, &head, sizeof head, MSG_NOSIGNAL), sizeof head);
    T_EQ_INT(send(fd, word, head.size, MSG_NOSIGNAL), head.size);
}

/* He is waited for once and not for each line: others wait for the command behind his. */
TEST(who_does_not_listen_is_waited_for_once)
{
    struct ops_socket *ops;
    sem_t over;
    struct timespec until;
    T_EQ_INT(sem_init(&over, 0, 0), 0);
    T_OK(ops_socket_open(
        &(struct ops_socket_config){
            .directory = tmp_dir(), .answer_wait_s = 1, .self = &over, .command = say_much},
        &ops));
    int fd = connect_to(tmp_dir());
    ask(fd, "much");
    T_EQ_INT(clock_gettime(CLOCK_REALTIME, &until), 0);
    until.tv_sec += ENOUGH_S;
    T_EQ_INT(sem_timedwait(&over, &until), 0);
    close(fd);
    ops_socket_close(ops);
    sem_destroy(&over);
}

T_LIST(ops_socket_test, T(who_does_not_listen_is_waited_for_once));
