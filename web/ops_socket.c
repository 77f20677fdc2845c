#include "web/ops_socket.h"
#include "base/check.h"
#include "base/log.h"
#include "web/ops_wire.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { ASK_WAIT_S = 10, ANSWER_WAIT_S = 60, STOP_WAIT_MS = 1000, EXIT_FAILED = 3 };

struct seat { /* a command under way */
    struct ops_socket *ops;
    pthread_t thread;
    int fd, input;
    bool taken;
    atomic_bool done;
    char words[OPS_ASK_MAX];
    char *argv[OPS_WORDS_MAX + 1];
    int argc;
};

struct ops_socket {
    struct ops_socket_config config;
    int directory, listener, stopper; /* stopper: an eventfd that ends the poll */
    pthread_t thread;
    atomic_bool stop;
    struct seat seats[OPS_COMMANDS_MAX];
};

/* ---- a connection ------------------------------------------------------------------------------
 */

/* Waits until it can be read or written; false: not within the limit that answers have, nor, once
 * the server stops, within `stop_ms`. */
static bool is_ready(const struct ops_socket *ops, int fd, short events, int stop_ms)
{
    struct pollfd waits[] = {{.fd = fd, .events = events}, {.fd = ops->stopper, .events = POLLIN}};
    int wait_ms = (int)ops->config.answer_wait_s * 1000;
    int ready, late = ETIMEDOUT;
    do
        ready = poll(waits, ARRAY_COUNT(waits), wait_ms);
    while (ready < 0 && errno == EINTR);
    if (ready > 0 && waits[0].revents == 0) {
        late = ECANCELED;
        ready = poll(waits, 1, stop_ms);
    }
    if (ready == 0)
        errno = late;
    return ready > 0;
}

static bool send_all(const struct ops_socket *ops, int fd, const void *data, size_t size)
{
    for (const char *at = data; size > 0;) {
        ssize_t sent = send(fd, at, size, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent < 0 && errno == EAGAIN && is_ready(ops, fd, POLLOUT, STOP_WAIT_MS))
            continue;
        if (sent <= 0)
            return false;
        at += sent;
        size -= (size_t)sent;
    }
    return true;
}

static bool send_frame(const struct ops_socket *ops, int fd, enum ops_frame kind, const void *data,
                       size_t size)
{
    uint8_t head[5] = {(uint8_t)kind};
    uint32_t length = (uint32_t)size;
    CHECK(size <= OPS_FRAME_MAX);
    memcpy(head + 1, &length, sizeof length);
    return send_all(ops, fd, head, sizeof head) && send_all(ops, fd, data, size);
}

static ssize_t write_frames(void *cookie, enum ops_frame kind, const char *data, size_t size)
{
    const struct seat *seat = cookie;
    for (size_t done = 0; done < size;) {
        size_t part = size - done < OPS_FRAME_MAX ? size - done : OPS_FRAME_MAX;
        if (!send_frame(seat->ops, seat->fd, kind, data + done, part)) {
            /* Whoever asked is gone: an error of the stream, the command goes on. He is not waited
             * for again, and nothing follows what may be half a frame. */
            (void)shutdown(seat->fd, SHUT_RDWR);
            return 0;
        }
        done += part;
    }
    return (ssize_t)size;
}

static ssize_t write_out(void *cookie, const char *data, size_t size)
{
    return write_frames(cookie, OPS_OUT, data, size);
}

static ssize_t write_errors(void *cookie, const char *data, size_t size)
{
    return write_frames(cookie, OPS_ERRORS, data, size);
}

static FILE *stream_open(struct seat *seat, cookie_write_function_t *write)
{
    FILE *stream = fopencookie(seat, "w", (cookie_io_functions_t){.write = write});
    if (stream != NULL)
        (void)setvbuf(stream, NULL, _IOLBF, BUFSIZ);
    return stream;
}

/* A file may be a pipe whose other end says nothing: there is a limit, and none is waited for at a
 * stop. */
static ssize_t read_input(void *cookie, char *to, size_t size)
{
    const struct seat *seat = cookie;
    return is_ready(seat->ops, seat->input, POLLIN, 0) ? read(seat->input, to, size) : -1;
}

/* The head, and the descriptor that may come with it. */
static bool receive_head(struct seat *seat, struct ops_head *head)
{
    struct iovec part = {head, sizeof *head};
    union {
        struct cmsghdr head;
        char room[CMSG_SPACE(sizeof(int))];
    } control = {0};
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = &control,
                             .msg_controllen = sizeof control};
    ssize_t got = recvmsg(seat->fd, &message, MSG_CMSG_CLOEXEC | MSG_WAITALL);
    const struct cmsghdr *with = CMSG_FIRSTHDR(&message);
    if (with != NULL && with->cmsg_level == SOL_SOCKET && with->cmsg_type == SCM_RIGHTS &&
        with->cmsg_len == CMSG_LEN(sizeof(int)))
        memcpy(&seat->input, CMSG_DATA(with), sizeof seat->input);
    return got == (ssize_t)sizeof *head && head->wire == OPS_WIRE && head->size > 0 &&
           head->size <= OPS_ASK_MAX;
}

static bool receive_words(struct seat *seat)
{
    struct ops_head head = {0};
    if (!receive_head(seat, &head) ||
        recv(seat->fd, seat->words, head.size, MSG_WAITALL) != (ssize_t)head.size ||
        seat->words[head.size - 1] != '\0')
        return false;
    seat->argc = 0;
    for (char *word = seat->words; word < seat->words + head.size; word += strlen(word) + 1) {
        if (seat->argc == OPS_WORDS_MAX)
            return false;
        seat->argv[seat->argc++] = word;
    }
    seat->argv[seat->argc] = NULL;
    return true;
}

static int command_run(struct seat *seat)
{
    FILE *out = stream_open(seat, write_out);
    FILE *errors = stream_open(seat, write_errors);
    FILE *input = seat->input < 0
                      ? NULL
                      : fopencookie(seat, "r", (cookie_io_functions_t){.read = read_input});
    int code = EXIT_FAILED;
    if (out != NULL && errors != NULL && (input != NULL || seat->input < 0)) {
        struct ops_command command = {.argc = seat->argc,
                                      .argv = seat->argv,
                                      .out = out,
                                      .errors = errors,
                                      .input = input,
                                      .stop = &seat->ops->stop};
        code = seat->ops->config.command(seat->ops->config.self, &command);
    }
    if (input != NULL)
        fclose(input);
    if (errors != NULL)
        fclose(errors);
    if (out != NULL)
        fclose(out);
    return code;
}

static void *seat_run(void *self)
{
    struct seat *seat = self;
    static const char unclear[] = "the running server is of another version; restart it\n";
    int code = EXIT_FAILED;
    if (receive_words(seat)) {
        code = command_run(seat);
        LOG(LOG_INFO, "ops_command", log_text("name", seat->argv[0]), log_int("exit", code));
    } else {
        (void)send_frame(seat->ops, seat->fd, OPS_ERRORS, unclear, sizeof unclear - 1);
        LOG(LOG_WARN, "ops_command_unclear", log_int("exit", code));
    }
    (void)send_frame(seat->ops, seat->fd, OPS_EXIT, &(uint8_t){(uint8_t)code}, 1);
    explicit_bzero(seat->words, sizeof seat->words);
    close(seat->fd);
    if (seat->input >= 0)
        close(seat->input);
    atomic_store(&seat->done, true);
    return NULL;
}

/* ---- the thread that accepts --------------------------------------------------------------------
 */

static bool is_owner(int fd)
{
    struct ucred peer;
    socklen_t size = sizeof peer;
    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 &&
           (peer.uid == geteuid() || peer.uid == 0);
}

static void limit_wait(int fd)
{
    struct timeval ask = {.tv_sec = ASK_WAIT_S};
    int failed = setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &ask, sizeof ask);
    CHECK(failed == 0);
}

static void seats_clear(struct ops_socket *ops, bool all)
{
    for (unsigned i = 0; i < OPS_COMMANDS_MAX; i++) {
        struct seat *seat = &ops->seats[i];
        if (seat->taken && (all || atomic_load(&seat->done))) {
            int failed = pthread_join(seat->thread, NULL);
            CHECK(failed == 0);
            seat->taken = false;
        }
    }
}

static struct seat *seat_find(struct ops_socket *ops)
{
    seats_clear(ops, false);
    for (unsigned i = 0; i < OPS_COMMANDS_MAX; i++)
        if (!ops->seats[i].taken)
            return &ops->seats[i];
    return NULL;
}

static void seat_take(struct ops_socket *ops, int fd)
{
    static const char busy[] = "too many commands are under way\n";
    struct seat *seat = seat_find(ops);
    bool taken = false;
    limit_wait(fd);
    if (seat != NULL && is_owner(fd)) {
        seat->ops = ops;
        seat->fd = fd;
        seat->input = -1;
        atomic_store(&seat->done, false);
        taken = pthread_create(&seat->thread, NULL, seat_run, seat) == 0;
        seat->taken = taken;
    }
    if (!taken) {
        (void)send_frame(ops, fd, OPS_ERRORS, busy, sizeof busy - 1);
        (void)send_frame(ops, fd, OPS_EXIT, &(uint8_t){EXIT_FAILED}, 1);
        close(fd);
    }
}

static void *ops_run(void *self)
{
    struct ops_socket *ops = self;
    struct pollfd waits[] = {{.fd = ops->listener, .events = POLLIN},
                             {.fd = ops->stopper, .events = POLLIN}};
    while (!atomic_load(&ops->stop)) {
        if (poll(waits, ARRAY_COUNT(waits), -1) < 0)
            CHECK(errno == EINTR || errno == ENOMEM);
        int fd = waits[0].revents == 0 ? -1 : accept4(ops->listener, NULL, NULL, SOCK_CLOEXEC);
        if (fd >= 0)
            seat_take(ops, fd);
    }
    seats_clear(ops, true);
    return NULL;
}

/* ---- life --------------------------------------------------------------------------------------
 */

static enum err listener_make(struct ops_socket *ops)
{
    ops->directory = open(ops->config.directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    ops->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    ops->stopper = eventfd(0, EFD_CLOEXEC);
    if (ops->directory < 0 || ops->listener < 0 || ops->stopper < 0)
        return ERR_IO;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    (void)snprintf(address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d/" OPS_SOCKET,
                   ops->directory);
    if (unlinkat(ops->directory, OPS_SOCKET, 0) != 0 && errno != ENOENT)
        return ERR_IO;
    /* Nobody can connect before the mode is right: it does not listen yet. */
    if (bind(ops->listener, (const struct sockaddr *)&address, sizeof address) != 0 ||
        fchmodat(ops->directory, OPS_SOCKET, S_IRUSR | S_IWUSR, 0) != 0 ||
        listen(ops->listener, OPS_COMMANDS_MAX) != 0)
        return errno == EACCES ? ERR_DENIED : ERR_IO;
    return ERR_OK;
}

static void ops_free(struct ops_socket *ops)
{
    if (ops->listener >= 0)
        close(ops->listener);
    if (ops->directory >= 0) {
        (void)unlinkat(ops->directory, OPS_SOCKET, 0);
        close(ops->directory);
    }
    if (ops->stopper >= 0)
        close(ops->stopper);
    free(ops);
}

enum err ops_socket_open(const struct ops_socket_config *config, struct ops_socket **out)
{
    struct ops_socket *ops = calloc(1, sizeof *ops);
    if (ops == NULL)
        return ERR_NO_MEMORY;
    ops->config = *config;
    if (config->answer_wait_s == 0)
        ops->config.answer_wait_s = ANSWER_WAIT_S;
    enum err err = listener_make(ops);
    if (err == ERR_OK && pthread_create(&ops->thread, NULL, ops_run, ops) != 0)
        err = ERR_NO_MEMORY;
    if (err != ERR_OK) {
        LOG(LOG_ALARM, "ops_socket", log_text("directory", config->directory),
            log_text("err", err_name(err)));
        ops_free(ops);
        return err;
    }
    *out = ops;
    return ERR_OK;
}

void ops_socket_close(struct ops_socket *ops)
{
    if (ops == NULL)
        return;
    uint64_t one = 1;
    atomic_store(&ops->stop, true);
    ssize_t wrote = write(ops->stopper, &one, sizeof one);
    CHECK(wrote == (ssize_t)sizeof one);
    int failed = pthread_join(ops->thread, NULL);
    CHECK(failed == 0);
    ops_free(ops);
}
