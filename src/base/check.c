#include "base/check.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Set once at start, before other threads run; read by whichever thread fails. */
static struct {
    void (*print_context)(void *);
    void *context;
} on_fail;

static _Thread_local bool failing; /* a CHECK inside the hook must not call the hook again */

void check_on_fail(void (*print_context)(void *), void *context)
{
    on_fail.print_context = print_context;
    on_fail.context = context;
}

static void line_write(const char *line, size_t size)
{
    while (size > 0) {
        ssize_t done = write(STDERR_FILENO, line, size);
        if (done <= 0)
            return; /* nothing more can be said, and the abort follows anyway */
        line += done;
        size -= (size_t)done;
    }
}

void check_failed(const char *condition, const char *file, int line, const char *func)
{
    /* Straight to the descriptor: stdio and the log may be what is broken. */
    char text[512];
    int size = snprintf(text, sizeof text, "CHECK failed: %s in %s at %s:%d\n", condition, func,
                        file, line);
    if (size > 0)
        line_write(text, (size_t)size < sizeof text ? (size_t)size : sizeof text - 1);
    if (!failing && on_fail.print_context != NULL) {
        failing = true;
        on_fail.print_context(on_fail.context);
    }
    abort();
}
