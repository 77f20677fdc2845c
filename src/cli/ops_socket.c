/* The asking end of DIR/ops.sock: words and a file go to the running server, what it says comes
 * back (web/ops_wire.h). */
#include "base/check.h"
#include "cli/on_site.h"
#include "web/ops_wire.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* -1: nobody listens. *denied: somebody does, but not to us. */
static int reach(const char *directory, bool *denied)
{
    *denied = false;
    int folder = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0) {
        return -1;
    }
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    (void)snprintf(address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d/" OPS_SOCKET,
                   folder);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, (const struct sockaddr *)&address, sizeof address) != 0) {
        *denied = errno == EACCES || errno == EPERM;
        close(fd);
        fd = -1;
    }
    close(folder);
    return fd;
}

static bool send_head(int fd, const struct ops_head *head, FILE *input)
{
    struct iovec part = {(void *)(uintptr_t)head, sizeof *head};
    union {
        struct cmsghdr head;
        char room[CMSG_SPACE(sizeof(int))];
    } control = {0};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    if (input != NULL) {
        int file = fileno(input);
        message.msg_control = &control;
        message.msg_controllen = sizeof control;
        struct cmsghdr *with = CMSG_FIRSTHDR(&message);
        with->cmsg_level = SOL_SOCKET;
        with->cmsg_type = SCM_RIGHTS;
        with->cmsg_len = CMSG_LEN(sizeof file);
        memcpy(CMSG_DATA(with), &file, sizeof file);
    }
    return sendmsg(fd, &message, MSG_NOSIGNAL) == (ssize_t)sizeof *head;
}

static bool send_words(int fd, int argc, char **argv, FILE *input)
{
    struct ops_head head = {.wire = OPS_WIRE};
    for (int i = 0; i < argc; i++) {
        head.size += (uint32_t)strlen(argv[i]) + 1;
    }
    bool sent = head.size <= OPS_ASK_MAX && send_head(fd, &head, input);
    for (int i = 0; sent && i < argc; i++) {
        size_t size = strlen(argv[i]) + 1;
        sent = send(fd, argv[i], size, MSG_NOSIGNAL) == (ssize_t)size;
    }
    return sent;
}

static bool receive(int fd, void *to, size_t size)
{
    return recv(fd, to, size, MSG_WAITALL) == (ssize_t)size;
}

/* Says what the server says, until it names the exit code. */
static bool relay(int fd, int *code)
{
    static uint8_t bytes[OPS_FRAME_MAX];
    uint8_t kind = 0;
    uint32_t size = 0;
    while (receive(fd, &kind, 1) && receive(fd, &size, sizeof size) && size <= sizeof bytes &&
           receive(fd, bytes, size)) {
        if (kind == OPS_EXIT && size == 1) {
            *code = bytes[0];
            explicit_bzero(bytes, sizeof bytes); /* a token's secret may have come this way */
            return true;
        }
        if (kind != OPS_OUT && kind != OPS_ERRORS) {
            return false;
        }
        FILE *to = kind == OPS_OUT ? stdout : stderr;
        if (fwrite(bytes, 1, size, to) != size || fflush(to) != 0) {
            return false;
        }
    }
    return false;
}

bool ops_socket_ask(const char *directory, int argc, char **argv, FILE *input, int *code)
{
    bool denied = false;
    int fd = reach(directory, &denied);
    if (denied) {
        (void)fprintf(stderr, "%s: %s: only the server's own user may ask the running server\n",
                      argv[0], directory);
        *code = EXIT_WORLD;
        return true;
    }
    if (fd < 0) {
        return false;
    }
    if (!send_words(fd, argc, argv, input) || !relay(fd, code)) {
        (void)fprintf(stderr, "%s: the server ended before the command did\n", argv[0]);
        *code = EXIT_WORLD;
    }
    close(fd);
    return true;
}
