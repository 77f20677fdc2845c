#include "sheet/sheet_helper.h"
#include "base/check.h"
#include "sheet/sheet_helper_child.h"
#include <errno.h>
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { TICK_MS = 500, MS_PER_S = 1000, HEAP_STEP = 1024 * 1024 };

struct child {
    pid_t pid; /* 0: free */
    int verdict;
    int64_t since_ms;
    bool overdue; /* it was killed for its time */
};

struct helper {
    int socket, signals;
    struct sheet_jail *jail;
    struct child children[SHEET_HELPER_CHILDREN];
    int count;
};

static int64_t now_ms(void)
{
    struct timespec now;
    CHECK(clock_gettime(CLOCK_MONOTONIC, &now) == 0);
    return (int64_t)now.tv_sec * MS_PER_S + now.tv_nsec / 1000000;
}

/* One byte into an empty pipe never waits; nobody may be there any more. */
static void verdict_tell(int verdict, enum sheet_verdict how)
{
    uint8_t byte = (uint8_t)how;
    ssize_t written;
    do
        written = write(verdict, &byte, 1);
    while (written < 0 && errno == EINTR);
    close(verdict);
}

static enum sheet_verdict verdict_of(const struct child *child, int status)
{
    if (WIFEXITED(status))
        return SHEET_VERDICT_ENDED;
    int signal = WTERMSIG(status);
    if (child->overdue)
        return SHEET_VERDICT_OVERDUE;
    return signal == SIGXCPU || signal == SIGKILL ? SHEET_VERDICT_SLOW : SHEET_VERDICT_DIED;
}

static void children_reap(struct helper *helper)
{
    int status;
    pid_t pid;
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        for (int i = 0; i < SHEET_HELPER_CHILDREN; i++) {
            struct child *child = &helper->children[i];
            if (child->pid != pid)
                continue;
            verdict_tell(child->verdict, verdict_of(child, status));
            memset(child, 0, sizeof *child);
            helper->count--;
        }
    }
}

static void overdue_kill(struct helper *helper)
{
    int64_t now = now_ms();
    for (int i = 0; i < SHEET_HELPER_CHILDREN; i++) {
        struct child *child = &helper->children[i];
        if (child->pid != 0 && now - child->since_ms > SHEET_HELPER_WALL_S * MS_PER_S) {
            child->overdue = true;
            (void)kill(child->pid, SIGKILL);
        }
    }
}

static struct child *child_free(struct helper *helper)
{
    for (int i = 0; i < SHEET_HELPER_CHILDREN; i++)
        if (helper->children[i].pid == 0)
            return &helper->children[i];
    return NULL;
}

static void child_start(struct helper *helper, uint8_t form, const int descriptors[3])
{
    struct child *child = child_free(helper);
    CHECK(child != NULL);
    pid_t pid = fork();
    if (pid == 0)
        sheet_helper_child(helper->jail, form, descriptors[0], descriptors[1]);
    close(descriptors[0]);
    close(descriptors[1]);
    if (pid < 0) {
        verdict_tell(descriptors[2], SHEET_VERDICT_NO_CHILD);
        return;
    }
    *child = (struct child){.pid = pid, .verdict = descriptors[2], .since_ms = now_ms()};
    helper->count++;
}

/* False: the other side is gone. */
static bool request_take(struct helper *helper)
{
    uint8_t form;
    struct iovec piece = {&form, 1};
    union {
        struct cmsghdr head;
        char room[CMSG_SPACE(3 * sizeof(int))];
    } control;
    struct msghdr message = {.msg_iov = &piece,
                             .msg_iovlen = 1,
                             .msg_control = control.room,
                             .msg_controllen = sizeof control.room};
    ssize_t size;
    do
        size = recvmsg(helper->socket, &message, MSG_CMSG_CLOEXEC);
    while (size < 0 && errno == EINTR);
    if (size <= 0)
        return false;
    const struct cmsghdr *head = CMSG_FIRSTHDR(&message);
    int descriptors[3];
    if (head == NULL || head->cmsg_type != SCM_RIGHTS ||
        head->cmsg_len != CMSG_LEN(sizeof descriptors))
        return true; /* descriptors that did not arrive: who sent them sees both pipes end */
    memcpy(descriptors, CMSG_DATA(head), sizeof descriptors);
    child_start(helper, form, descriptors);
    return true;
}

static bool signals_open(struct helper *helper)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    if (sigprocmask(SIG_BLOCK, &set, NULL) != 0)
        return false;
    helper->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    (void)signal(SIGPIPE, SIG_IGN);
    (void)signal(SIGINT, SIG_IGN); /* Ctrl-C is the server's to see, which then closes */
    return helper->signals >= 0;
}

static void serve(struct helper *helper)
{
    for (;;) {
        bool full = helper->count == SHEET_HELPER_CHILDREN;
        struct pollfd sources[] = {{.fd = helper->signals, .events = POLLIN},
                                   {.fd = full ? -1 : helper->socket, .events = POLLIN}};
        int ready = poll(sources, ARRAY_COUNT(sources), helper->count > 0 ? TICK_MS : -1);
        if (ready < 0 && errno != EINTR)
            return;
        struct signalfd_siginfo info;
        while (read(helper->signals, &info, sizeof info) > 0) {
        }
        children_reap(helper);
        overdue_kill(helper);
        if (ready > 0 && sources[1].revents != 0 && !request_take(helper))
            return; /* children that still run write into closed pipes and end */
    }
}

/* A child ends soon: it gives no memory back. The helper's own heap stays small: what is free in it
 * a child would take first, page by page, before its own (sheet_helper_child.c). */
static void heap_settle(void)
{
    (void)mallopt(M_TRIM_THRESHOLD, SHEET_JAIL_MEMORY);
    (void)mallopt(M_MMAP_THRESHOLD, HEAP_STEP);
    (void)mallopt(M_TOP_PAD, 0);
}

int sheet_helper_serve(int socket)
{
    struct helper helper = {.socket = socket};
    (void)prctl(PR_SET_NAME, "baobei-sheets", 0, 0, 0);
    heap_settle();
    /* libzip reads the time stamps of entries by mktime, which would open the machine's time zone.
     */
    if (setenv("TZ", "UTC0", 1) != 0)
        return 3;
    tzset();
    if (!signals_open(&helper) || sheet_jail_make(&helper.jail) != ERR_OK)
        return 3;
    serve(&helper);
    sheet_jail_free(helper.jail);
    return 0;
}
