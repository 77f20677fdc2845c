#include "sheet/sheet_helper_child.h"
#include "base/check.h"
#include "sheet/sheet_helper.h"
#include "sheet/sheet_rows.h"
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILE_AT = 3, ROWS_AT = 4, ABOVE = 64, HEAD_SIZE = SHEET_ROWS_FRONT, NICENESS = 5 };

/* Exactly two descriptors, at fixed numbers; no way back to the server but the pipe. */
static bool descriptors_settle(int file, int rows)
{
    int high_file = fcntl(file, F_DUPFD, ABOVE), high_rows = fcntl(rows, F_DUPFD, ABOVE);
    return high_file >= 0 && high_rows >= 0 && dup2(high_file, FILE_AT) == FILE_AT &&
           dup2(high_rows, ROWS_AT) == ROWS_AT && close_range(ROWS_AT + 1, ~0U, 0) == 0 &&
           close_range(0, FILE_AT - 1, 0) == 0;
}

static bool write_all(const uint8_t *data, size_t size)
{
    while (size > 0) {
        ssize_t written = write(ROWS_AT, data, size);
        if (written <= 0)
            return false;
        data += written;
        size -= (size_t)written;
    }
    return true;
}

/* At once with their size, so that who waits for them is woken once. In front of them is room. */
static bool rows_tell(uint8_t *rows, size_t size)
{
    struct writer out = writer_on(rows - HEAD_SIZE, HEAD_SIZE);
    write_u32(&out, (uint32_t)size);
    return write_all(rows - HEAD_SIZE, HEAD_SIZE + size);
}

/* One byte more than a file may have is read, so that the reader sees that there is more. */
static bool file_tell(enum sheet_form form)
{
    size_t size = 0, room = SHEET_FILE_MAX + 1;
    uint8_t *file = malloc(room);
    if (file == NULL)
        return false;
    while (size < room) {
        ssize_t got = pread(FILE_AT, file + size, room - size, (off_t)size);
        if (got < 0)
            return false;
        if (got == 0)
            break;
        size += (size_t)got;
    }
    struct bytes rows;
    uint8_t *memory = sheet_rows_of(bytes_of(file, size), form, &rows);
    return memory != NULL && rows_tell(memory + (rows.data - memory), rows.size);
}

/* ---- what a captured child would try; reaching the end is the escape ---- */

static void memory_eat(void)
{
    for (size_t i = 0; i < 2 * (size_t)SHEET_JAIL_MEMORY; i += SHEET_FILE_MAX) {
        volatile uint8_t *piece = malloc(SHEET_FILE_MAX);
        if (piece == NULL)
            abort();
        piece[0] = 1;
    }
}

static bool probe(uint8_t which)
{
    uint8_t nothing[HEAD_SIZE + 9] = {[HEAD_SIZE] = 'A'};
    switch (which) {
    case SHEET_PROBE_OPEN: (void)open("/etc/passwd", O_RDONLY | O_CLOEXEC); break;
    case SHEET_PROBE_SOCKET: (void)socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0); break;
    case SHEET_PROBE_EXEC_MEMORY:
        (void)mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        break;
    case SHEET_PROBE_FORK: (void)fork(); break;
    case SHEET_PROBE_KILL: (void)kill(1, 0); break;
    case SHEET_PROBE_CPU:
        for (volatile uint64_t i = 0;; i++) {
        }
    case SHEET_PROBE_MEMORY: memory_eat(); break;
    case SHEET_PROBE_ABORT: abort();
    case SHEET_PROBE_SILENT: return true;
    case SHEET_PROBE_SHORT: {
        static const uint8_t head[HEAD_SIZE] = {0, 0, 0, 9};
        return write_all(head, sizeof head) && write_all(nothing + HEAD_SIZE, 3);
    }
    case SHEET_PROBE_LARGE: {
        static const uint8_t head[HEAD_SIZE] = {0x7f, 0xff, 0xff, 0xff};
        return write_all(head, sizeof head);
    }
    default: break;
    }
    return rows_tell(nothing + HEAD_SIZE, sizeof nothing - HEAD_SIZE);
}

/* Its heap begins in a large page: on a virtual machine each small one that it touches first costs
 * ten microseconds, and a file of 300 rows touches a hundred. Where there are none all is as
 * before. */
static void heap_begin(void)
{
    enum { LARGE = 2 * 1024 * 1024 };
    uintptr_t end = (uintptr_t)sbrk(0);
    if (end == UINTPTR_MAX || sbrk((intptr_t)((LARGE - end % LARGE) % LARGE)) == (void *)-1)
        return;
    uintptr_t from = (uintptr_t)sbrk(0);
    (void)mallopt(M_TOP_PAD, 2 * LARGE);
    void *volatile first = malloc(LARGE / 4); /* volatile: it is for its effect on the end */
    free(first);
    uintptr_t to = (uintptr_t)sbrk(0);
    if (to > from)
        (void)madvise((void *)from, to - from, MADV_HUGEPAGE);
}

_Noreturn void sheet_helper_child(const struct sheet_jail *jail, uint8_t form, int file, int rows)
{
    bool told = false;
    /* A sheet may wait a little for whoever files one line by hand. */
    (void)setpriority(PRIO_PROCESS, 0, NICENESS);
    /* A child must not outlive the helper, which watches its time. */
    heap_begin();
    if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == 0 && descriptors_settle(file, rows) &&
        sheet_jail_enter(jail) == ERR_OK)
        told = form < SHEET_FORMS
                   ? file_tell((enum sheet_form)form)
                   : form >= SHEET_HELPER_PROBE && form < SHEET_PROBES && probe(form);
    _exit(told ? 0 : 1);
}
