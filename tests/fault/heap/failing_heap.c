/* The server under an allocator that fails when it is told to: src/main.c is linked with this file,
 * whose malloc, calloc, … stand before those of the sanitizer or of libc, for our code and for
 * every library. The product knows nothing of it.
 *
 * The test talks to it by a page of memory shared through the file named by FAILING_HEAP, see
 * `struct orders`. An allocation that fails sets errno as malloc does. For a byte in the pipe
 * FAILING_HEAP.ask a thread of this file looks for leaks (LeakSanitizer) and answers with 1 or 0 in
 * FAILING_HEAP.answer.
 *
 * Without a sanitizer it also counts what is held by the server but for its store: the bytes of
 * every allocation, and files in memory (memfd_create) as the largest sheet that may be uploaded,
 * from their making to their close.
 *
 * Compiled without a sanitizer: it is called before that one has begun. */
#include "base/large.h"
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
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
    atomic_int server;     /* whose bytes are counted: the first process that came */
    atomic_llong held;     /* bytes, since the page is there */
    atomic_llong most;     /* the test sets it to `held` */
};

static struct orders idle;
static struct orders *orders = &idle; /* until there is a page, nothing fails */
static _Thread_local bool inside;     /* showing a stack allocates */
/* The sanitizer asks libc for the stack of a new thread, which allocates a few times, and ends the
 * process without an answer: the first ones of a thread do not fail. */
enum { YOUNG = 6 };
static _Thread_local unsigned age;
static bool counts; /* this is the server, not what it has started */

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

/* ---- what is held ---- */

#if defined(FAILING_HEAP_SANITIZED)
#define held_size(memory) 0
#define held_add(bytes)   (void)(bytes)
#else
static _Thread_local bool of_store;

static size_t held_size(void *memory)
{
    return memory == NULL ? 0 : malloc_usable_size(memory);
}

static void held_add(int64_t bytes)
{
    if (!counts || of_store) {
        return;
    }
    int64_t held = atomic_fetch_add(&orders->held, bytes) + bytes;
    long long most = atomic_load(&orders->most);
    while (held > most && !atomic_compare_exchange_weak(&orders->most, &most, held)) {
    }
}

/* What the store holds (recent rows, pages of the applier) has bounds of its own. */
int pthread_setname_np(pthread_t thread, const char *name)
{
    of_store = strcmp(name, "committer") == 0 || strcmp(name, "applier") == 0;
    (void)thread; /* each names itself */
    return prctl(PR_SET_NAME, name, 0, 0, 0) == 0 ? 0 : errno;
}

void __libc_free(void *memory);
int __close(int file);

void free(void *memory)
{
    held_add(-(int64_t)held_size(memory));
    __libc_free(memory);
}

enum { FILE_BYTES = 2 << 20, FILES_MAX = 1024 };
static atomic_bool in_memory[FILES_MAX]; /* by descriptor */

int memfd_create(const char *name, unsigned flags)
{
    int file = (int)syscall(SYS_memfd_create, name, flags);
    if (file >= 0 && file < FILES_MAX) {
        atomic_store(&in_memory[file], true);
        held_add(FILE_BYTES);
    }
    return file;
}

int close(int file)
{
    if (file >= 0 && file < FILES_MAX && atomic_exchange(&in_memory[file], false)) {
        held_add(-FILE_BYTES);
    }
    return __close(file);
}
#endif

/* ---- what the program calls ---- */

static void *counted(void *memory)
{
    held_add((int64_t)held_size(memory));
    return memory;
}

void *malloc(size_t size)
{
    return must_fail() ? NULL : counted(REAL(malloc)(size));
}

/* Instead of src/base/large.c, so that what arenas take is one allocation each here, too. */
void *large_take(size_t size)
{
    return malloc(size);
}

void large_give(void *piece, size_t size)
{
    (void)size;
    free(piece);
}

void *calloc(size_t items, size_t size)
{
    return must_fail() ? NULL : counted(REAL(calloc)(items, size));
}

void *realloc(void *old, size_t size)
{
    if (must_fail()) {
        return NULL;
    }
    int64_t before = (int64_t)held_size(old);
    void *memory = REAL(realloc)(old, size);
    if (memory != NULL || size == 0) {
        held_add((int64_t)held_size(memory) - before);
    }
    return memory;
}

void *reallocarray(void *old, size_t items, size_t size)
{
    if (size != 0 && items > SIZE_MAX / size) {
        errno = ENOMEM;
        return NULL;
    }
    return realloc(old, items * size);
}

void *memalign(size_t alignment, size_t size)
{
    return must_fail() ? NULL : counted(REAL(memalign)(alignment, size));
}

void *aligned_alloc(size_t alignment, size_t size)
{
    return memalign(alignment, size);
}

int posix_memalign(void **out, size_t alignment, size_t size)
{
    if (must_fail()) {
        return ENOMEM;
    }
    void *memory = counted(REAL(memalign)(alignment, size));
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
    int first = 0;
    counts = atomic_compare_exchange_strong(&orders->server, &first, (int)getpid());
    if (first == (int)getpid()) { /* it has begun anew (cli/heap.h) */
        counts = true;
        atomic_store(&orders->held, 0);
    }
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
