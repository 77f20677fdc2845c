/* The list runner: named tests in explicit lists, one process per test.
 *
 *     TEST(reads_past_the_end_fail) { ... T_EQ_INT(got, want); ... }
 *     T_LIST(bytes_test, T(reads_past_the_end_fail), T(...));      // last lines of bytes_test.c
 *
 * The list is called like the file; CMake collects the lists of a folder into one program. A failed
 * expectation prints file, line and values and ends the test's process; a test that ends without
 * one expectation fails too ("asserts nothing"). Leaks found by LeakSanitizer fail the test.
 * Expectations may be used from any thread of the test. See tests/README.md. */
#pragma once
#include "base/bytes.h"
#include "base/err.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct t_test {
    const char *name;
    void (*run)(void);
};

struct t_list {
    const char *file;
    const struct t_test *tests; /* ends with a NULL name */
};

#define TEST(name) static void test_##name(void)
/* clang-format off */
#define T(name) {#name, test_##name}
/* clang-format on */
#define T_LIST(file_name, ...)                                                                     \
    extern const struct t_list file_name;                                                          \
    const struct t_list file_name = {#file_name, (const struct t_test[]){__VA_ARGS__, {NULL, NULL}}}

/* A test may run this long before it is killed; sanitizers on a busy machine are slow. */
enum { T_TIMEOUT_S = 120 };

/* ---- expectations ---------------------------------------------------------------------------- */

#define T_TRUE(condition)   t_true(__FILE__, __LINE__, #condition, (condition) ? true : false)
#define T_FALSE(condition)  t_true(__FILE__, __LINE__, "!(" #condition ")", !(condition))
#define T_EQ_INT(got, want) t_eq_int(__FILE__, __LINE__, #got, (intmax_t)(got), (intmax_t)(want))
#define T_EQ_UINT(got, want)                                                                       \
    t_eq_uint(__FILE__, __LINE__, #got, (uintmax_t)(got), (uintmax_t)(want))
#define T_EQ_STR(got, want)   t_eq_str(__FILE__, __LINE__, #got, got, want)
#define T_EQ_BYTES(got, want) t_eq_bytes(__FILE__, __LINE__, #got, got, want) /* struct bytes */
#define T_EQ_MEM(got, want, size)                                                                  \
    t_eq_bytes(__FILE__, __LINE__, #got, bytes_of(got, size), bytes_of(want, size))
#define T_HAS(text, part) t_has(__FILE__, __LINE__, #text, text, part) /* strstr */
#define T_OK(err)         t_err(__FILE__, __LINE__, #err, err, ERR_OK)
#define T_ERR(got, want)  t_err(__FILE__, __LINE__, #got, got, want)
#define T_FAIL(...)       t_fail(__FILE__, __LINE__, __VA_ARGS__)

/* The statement must end the process with SIGABRT (a CHECK); it runs in a child of its own. */
#define T_ABORTS(statement)                                                                        \
    do {                                                                                           \
        pid_t t_child_ = t_abort_begin();                                                          \
        if (t_child_ == 0) {                                                                       \
            statement;                                                                             \
            t_abort_missed();                                                                      \
        }                                                                                          \
        t_abort_end(__FILE__, __LINE__, #statement, t_child_);                                     \
    } while (0)

/* Ends the test as skipped; the reason is printed. Only for what a machine may lack. */
_Noreturn void t_skip(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* A path under ../shared ("data/institutions.csv"), or the test is skipped if it is not there. */
const char *t_shared(const char *path);
/* A path under the root of the repository. Static buffer of the calling thread's next call. */
const char *t_source(const char *path);

/* ---- behind the macros ----------------------------------------------------------------------- */

_Noreturn void t_fail(const char *file, int line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void t_true(const char *file, int line, const char *what, bool holds);
void t_eq_int(const char *file, int line, const char *what, intmax_t got, intmax_t want);
void t_eq_uint(const char *file, int line, const char *what, uintmax_t got, uintmax_t want);
void t_eq_str(const char *file, int line, const char *what, const char *got, const char *want);
void t_eq_bytes(const char *file, int line, const char *what, struct bytes got, struct bytes want);
void t_has(const char *file, int line, const char *what, const char *text, const char *part);
void t_err(const char *file, int line, const char *what, enum err got, enum err want);
pid_t t_abort_begin(void);
_Noreturn void t_abort_missed(void);
void t_abort_end(const char *file, int line, const char *what, pid_t child);

/* The program's main: `unit_x [--list] [--tsv FILE] [--no-fork] [SUBSTRING]`; 0 is good. */
int t_main(const char *program, const struct t_list *const *lists, int argc, char **argv);
