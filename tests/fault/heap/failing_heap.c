/* The server under an allocator that fails when it is told to: src/main.c is linked with this file,
 * whose malloc, calloc, … stand before those of the sanitizer or of libc, for our code and for
 * every library. The product knows nothing of it.
 *
 * The test talks to it by a page of memory shared through the file named by FAILING_HEAP, see
 * `struct orders`. An allocation that fails sets errno as malloc does. For a byte in the pipe
 * FAILING_HEAP.ask a thread of this file looks for leaks (LeakSanitizer) and answers with 1 or 0 in
 * FAILING_HEAP.answer.
 *
 * Compiled without a sanitizer: it is called before that one has begun. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#if defined(FAILING_HEAP_SANITIZED)
#include <sanitizer/common_interface_defs.h>
#include <sanitizer/lsan_interface.h>
#define REAL(name) __interceptor_##name
#else
#define REAL(name) __libc_##name
#endif

void *REAL(malloc)(size_t size);
void *REAL(calloc)(size_t items, size_t size);
void *REAL(realloc)(void *old, size_t size);
void *REAL(memalign)(size_t alignment, size_t size);

struct orders {
    atomic_uint count;     /* allocations so far; the test sets it to 0 */
    atomic_uint fail_from; /* the first that fails; 0: none */
    atomic_uint fail_to;   /* and the last */
    atomic_uint failed;    /* how many did */
    atomic_uint shows;     /* the stack of each that fails goes to standard error */
};

static struct orders idle;
static struct orders *orders = &idle; /* until there is a page, nothing fails */
static _Thread_local bool inside;     /* showing a stack allocates */
/* The sanitizer asks libc for the stack of a new thread, which allocates a few times, and ends the
 * process without an answer: the first ones of a thread do not fail. */
enum { YOUNG = 6 };
static _Thread_local unsigned age;

static void show_stack(void)
{
#if defined(FAILING_HEAP_SANITIZED)
    inside = true;
    __sanitizer_print_stack_trace();
    inside = false;
#endif
}

static bool must_fail(void)
{
    if (inside || age < YOUNG) {
        age++;
        return false;
    }
    unsigned n = atomic_fetch_add(&orders->count, 1) + 1;
    unsigned from = atomic_load(&orders->fail_from);
    if (from == 0 || n < from || n > atomic_load(&orders->fail_to)) {
        return false;
    }
    atomic_fetch_add(&orders->failed, 1);
    if (atomic_load(&orders->shows) != 0) {
        show_stack();
    }
    errno = ENOMEM;
    return true;
}

void *malloc(size_t size)
{
    return must_fail() ? NULL : REAL(malloc)(size);
}

void *calloc(size_t items, size_t size)
{
    return must_fail() ? NULL : REAL(calloc)(items, size);
}

void *realloc(void *old, size_t size)
{
    return must_fail() ? NULL : REAL(realloc)(old, size);
}

void *reallocarray(void *old, size_t items, size_t size)
{
    if (size != 0 && items > SIZE_MAX / size) {
        errno = ENOMEM;
        return NULL;
    }
    return must_fail() ? NULL : REAL(realloc)(old, items * size);
}

void *memalign(size_t alignment, size_t size)
{
    return must_fail() ? NULL : REAL(memalign)(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
    return must_fail() ? NULL : REAL(memalign)(alignment, size);
}

int posix_memalign(void **out, size_t alignment, size_t size)
{
    if (must_fail()) {
        return ENOMEM;
    }
    void *memory = REAL(memalign)(alignment, size);
    if (memory == NULL) {
        return ENOMEM;
    }
    *out = memory;
    return 0;
}

char *strndup(const char *text, size_t most)
{
    size_t size = strnlen(text, most);
    char *copy = malloc(size + 1);
    if (copy != NULL) {
        memcpy(copy, text, size);
        copy[size] = '\0';
    }
    return copy;
}

char *strdup(const char *text)
{
    return strndup(text, SIZE_MAX - 1);
}

/* ---- leaks ---- */

static int ask = -1, answer = -1;

static unsigned leaks_now(void)
{
#if defined(FAILING_HEAP_SANITIZED)
    return __lsan_do_recoverable_leak_check() != 0;
#else
    return 0;
#endif
}

static void *look_when_asked(void *unused)
{
    uint8_t byte = 0;
    while (read(ask, &byte, 1) == 1) {
        byte = (uint8_t)leaks_now();
        if (write(answer, &byte, 1) != 1) {
            break;
        }
    }
    return unused;
}

/* Both ends, so that neither waits for the test to open the other. */
static int pipe_open(const char *path, const char *name)
{
    char whole[512];
    int size = snprintf(whole, sizeof whole, "%s.%s", path, name);
    return size > 0 && (size_t)size < sizeof whole ? open(whole, O_RDWR | O_CLOEXEC) : -1;
}

__attribute__((constructor)) static void take_orders(void)
{
    const char *path = getenv("FAILING_HEAP");
    int file = path == NULL ? -1 : open(path, O_RDWR | O_CLOEXEC);
    if (file < 0) {
        return;
    }
    void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    (void)close(file);
    if (page == MAP_FAILED) {
        return;
    }
    orders = page;
    ask = pipe_open(path, "ask");
    answer = pipe_open(path, "answer");
    sigset_t all, before; /* signals are the server's */
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    pthread_t thread;
    if (pthread_create(&thread, NULL, look_when_asked, NULL) == 0) {
        (void)pthread_detach(thread);
    }
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
}
