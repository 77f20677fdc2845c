#include "sheet/sheet_child.h"
#include "base/check.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { HEAD_SIZE = 4, WAIT_MS = (SHEET_HELPER_WALL_S + 5) * 1000, NONE = -1 };

struct sheet_child {
    int program;          /* the file, open for nothing but exec */
    pthread_mutex_t lock; /* over all below; never held while rows are waited for */
    pid_t pid;
    int socket;
    uint32_t generation; /* which helper this is: a request that failed on an older one only asks */
};

/* One request under way. */
struct asking {
    int rows, verdict; /* reading ends */
    uint32_t generation;
};

/* ---- the helper's life; all under the lock ---- */

/* Symbols of all libraries are looked up once, when the helper starts, not by each child. From
 * malloc. */
static char **environment_make(void)
{
    static char bind_now[] = "LD_BIND_NOW=1";
    size_t count = 0;
    while (environ[count] != NULL)
        count++;
    char **environment = malloc((count + 2) * sizeof *environment);
    if (environment == NULL)
        return NULL;
    memcpy(environment, environ, count * sizeof *environment);
    environment[count] = bind_now;
    environment[count + 1] = NULL;
    return environment;
}

static enum err spawn(struct sheet_child *child, int socket)
{
    char name[] = "baobei-sheet", path[sizeof "/proc/self/fd/-2147483648"];
    char *const arguments[] = {name, NULL};
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none;
    sigemptyset(&none);
    if (posix_spawn_file_actions_init(&actions) != 0)
        return ERR_NO_MEMORY;
    if (posix_spawnattr_init(&attributes) != 0) {
        posix_spawn_file_actions_destroy(&actions);
        return ERR_NO_MEMORY;
    }
    char **environment = environment_make();
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", child->program);
    int failed =
        (environment == NULL) |
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0) |
        posix_spawn_file_actions_adddup2(&actions, socket, SHEET_HELPER_SOCKET) |
        posix_spawnattr_setsigmask(&attributes, &none) |
        posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
    if (failed == 0)
        failed = posix_spawn(&child->pid, path, &actions, &attributes, arguments, environment);
    free(environment);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    if (failed != 0)
        child->pid = 0;
    return failed == 0 ? ERR_OK : ERR_IO;
}

static enum err helper_start(struct sheet_child *child)
{
    int ends[2];
    CHECK(child->pid == 0 && child->socket == NONE);
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
        return ERR_IO;
    enum err err = spawn(child, ends[1]);
    close(ends[1]);
    if (err != ERR_OK) {
        close(ends[0]);
        return err;
    }
    child->socket = ends[0];
    child->generation++;
    return ERR_OK;
}

/* Waits for the end of a helper that is dead or, its socket being closed, about to end. */
static void helper_end(struct sheet_child *child, bool by_force)
{
    if (child->pid == 0)
        return;
    close(child->socket);
    child->socket = NONE;
    if (by_force)
        (void)kill(child->pid, SIGKILL);
    pid_t ended;
    do
        ended = waitpid(child->pid, NULL, 0);
    while (ended < 0 && errno == EINTR);
    child->pid = 0;
}

/* At a number that the socket does not take in the helper before exec. */
static enum err program_open(const char *path, int *out)
{
    int low = open(path, O_PATH | O_CLOEXEC);
    if (low < 0)
        return ERR_IO;
    *out = fcntl(low, F_DUPFD_CLOEXEC, SHEET_HELPER_SOCKET + 1);
    close(low);
    return *out < 0 ? ERR_IO : ERR_OK;
}

enum err sheet_child_start(struct sheet_child **out, const char *program)
{
    *out = NULL;
    struct sheet_child *child = malloc(sizeof *child);
    if (child == NULL)
        return ERR_NO_MEMORY;
    *child = (struct sheet_child){.socket = NONE};
    enum err err = program_open(program, &child->program);
    if (err != ERR_OK)
        goto fail;
    err = pthread_mutex_init(&child->lock, NULL) == 0 ? ERR_OK : ERR_NO_MEMORY;
    if (err != ERR_OK)
        goto fail_program;
    err = helper_start(child);
    if (err != ERR_OK)
        goto fail_lock;
    *out = child;
    return ERR_OK;

fail_lock:
    pthread_mutex_destroy(&child->lock);
fail_program:
    close(child->program);
fail:
    free(child);
    return err;
}

void sheet_child_stop(struct sheet_child *child)
{
    if (child == NULL)
        return;
    helper_end(child, false);
    close(child->program);
    pthread_mutex_destroy(&child->lock);
    free(child);
}

pid_t sheet_child_pid(struct sheet_child *child)
{
    pthread_mutex_lock(&child->lock);
    pid_t pid = child->pid;
    pthread_mutex_unlock(&child->lock);
    return pid;
}

/* ---- a request ---- */

static bool send_request(int socket, uint8_t form, const int descriptors[3])
{
    union {
        struct cmsghdr head;
        char room[CMSG_SPACE(3 * sizeof(int))];
    } control;
    memset(&control, 0, sizeof control);
    struct iovec piece = {&form, 1};
    struct msghdr message = {.msg_iov = &piece,
                             .msg_iovlen = 1,
                             .msg_control = control.room,
                             .msg_controllen = sizeof control.room};
    struct cmsghdr *head = CMSG_FIRSTHDR(&message);
    head->cmsg_level = SOL_SOCKET;
    head->cmsg_type = SCM_RIGHTS;
    head->cmsg_len = CMSG_LEN(3 * sizeof(int));
    memcpy(CMSG_DATA(head), descriptors, 3 * sizeof(int));
    ssize_t sent;
    do
        sent = sendmsg(socket, &message, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    return sent == 1;
}

/* Sends to the helper, or to a new one if it is dead or has failed this request. */
static bool hand_over(struct sheet_child *child, uint8_t form, const int descriptors[3],
                      struct asking *asking, bool again)
{
    pthread_mutex_lock(&child->lock);
    if (again && child->generation == asking->generation)
        helper_end(child, true);
    bool sent = (child->pid != 0 || helper_start(child) == ERR_OK) &&
                send_request(child->socket, form, descriptors);
    if (!sent && child->pid != 0) { /* it died after the last request */
        helper_end(child, true);
        sent = helper_start(child) == ERR_OK && send_request(child->socket, form, descriptors);
    }
    asking->generation = child->generation;
    pthread_mutex_unlock(&child->lock);
    return sent;
}

static bool ask(struct sheet_child *child, int file, uint8_t form, struct asking *asking,
                bool again)
{
    int rows[2], verdict[2];
    if (pipe2(rows, O_CLOEXEC) != 0)
        return false;
    if (pipe2(verdict, O_CLOEXEC) != 0) {
        close(rows[0]);
        close(rows[1]);
        return false;
    }
    const int descriptors[] = {file, rows[1], verdict[1]};
    bool sent = hand_over(child, form, descriptors, asking, again);
    close(rows[1]);
    close(verdict[1]);
    asking->rows = rows[0];
    asking->verdict = verdict[0];
    if (!sent) {
        close(rows[0]);
        close(verdict[0]);
    }
    return sent;
}

/* Up to `size` bytes, fewer only at the end of the pipe or when nothing comes for too long. */
static size_t read_all(int pipe, uint8_t *to, size_t size)
{
    size_t got = 0;
    while (got < size) {
        struct pollfd source = {.fd = pipe, .events = POLLIN};
        int ready = poll(&source, 1, WAIT_MS);
        if (ready < 0 && errno == EINTR)
            continue;
        if (ready <= 0)
            break;
        ssize_t more = read(pipe, to + got, size - got);
        if (more <= 0)
            break;
        got += (size_t)more;
    }
    return got;
}

/* The rows that a child has told; empty: it told none, or not all. */
static enum sheet_fault rows_receive(int pipe, struct arena *memory, struct bytes *rows,
                                     struct sheet_told *told)
{
    uint8_t head[HEAD_SIZE];
    *rows = (struct bytes){NULL, 0};
    if (read_all(pipe, head, sizeof head) != sizeof head)
        return SHEET_FINE;
    struct reader reader = reader_of(bytes_of(head, sizeof head));
    uint32_t size = read_u32(&reader);
    if (size == 0 || size > SHEET_ROWS_BYTES_MAX)
        return SHEET_FINE;
    uint8_t *room = arena_alloc(memory, size);
    if (room == NULL)
        return sheet_tell(told, SHEET_NO_MEMORY, "a sheet needs memory");
    if (read_all(pipe, room, size) == size)
        *rows = bytes_of(room, size);
    return SHEET_FINE;
}

static enum sheet_fault verdict_tell(uint8_t verdict, struct sheet_told *told)
{
    if (verdict == SHEET_VERDICT_SLOW)
        return sheet_tell(told, SHEET_TOO_LARGE, "the file needs over %d s", SHEET_JAIL_CPU_S);
    if (verdict == SHEET_VERDICT_DIED || verdict == SHEET_VERDICT_ENDED)
        return sheet_tell(told, SHEET_BROKEN, "the reader of the file broke down over it");
    if (verdict == SHEET_VERDICT_OVERDUE)
        return sheet_tell(told, SHEET_UNAVAILABLE, "the machine is too busy to read the file");
    return sheet_tell(told, SHEET_UNAVAILABLE, "no process can read sheets at the moment");
}

/* *lost: the helper has died over it, so that nothing is known of the file. */
static enum sheet_fault answer_receive(const struct asking *asking, struct arena *memory,
                                       struct sheet_table *table, struct sheet_told *told,
                                       bool *lost)
{
    struct bytes rows;
    uint8_t verdict = 0;
    enum sheet_fault fault = rows_receive(asking->rows, memory, &rows, told);
    close(asking->rows); /* a child that writes more ends by it */
    *lost = false;
    if (fault == SHEET_FINE && rows.size == 0) {
        *lost = read_all(asking->verdict, &verdict, 1) != 1;
        if (!*lost)
            fault = verdict_tell(verdict, told);
    } else if (fault == SHEET_FINE) {
        fault = sheet_rows_table(rows, memory, table, told);
    }
    close(asking->verdict);
    return fault;
}

static enum sheet_fault request(struct sheet_child *child, int file, uint8_t form,
                                struct arena *memory, struct sheet_table *table,
                                struct sheet_told *told)
{
    struct asking asking = {.generation = 0};
    CHECK(told->fault == SHEET_FINE);
    *table = (struct sheet_table){0};
    for (int turn = 0; turn < 2; turn++) {
        bool lost;
        if (!ask(child, file, form, &asking, turn > 0))
            break;
        enum sheet_fault fault = answer_receive(&asking, memory, table, told, &lost);
        if (!lost)
            return fault;
    }
    return sheet_tell(told, SHEET_UNAVAILABLE, "no process can read sheets at the moment");
}

enum sheet_fault sheet_child_read(struct sheet_child *child, int file, enum sheet_form form,
                                  struct arena *memory, struct sheet_table *table,
                                  struct sheet_told *told)
{
    CHECK(form < SHEET_FORMS);
    return request(child, file, (uint8_t)form, memory, table, told);
}

enum sheet_fault sheet_child_probe(struct sheet_child *child, uint8_t probe, struct arena *memory,
                                   struct sheet_told *told)
{
    struct sheet_table table;
    CHECK(probe >= SHEET_HELPER_PROBE && probe < SHEET_PROBES);
    return request(child, STDIN_FILENO, probe, memory, &table, told);
}
