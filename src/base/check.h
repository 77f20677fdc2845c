/* Assertions that stay on in production: a broken invariant ends the process, a restart reloads.
 *
 * CHECK never evaluates to a value and its argument must have no side effects. check_on_fail lets
 * the runtime print its last turns before the abort; one hook for the process, set once at start.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>

#define CHECK(condition)                                                                           \
    ((condition) ? (void)0 : check_failed(#condition, __FILE__, __LINE__, __func__))

#define ARRAY_COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define container_of(pointer, type, member)                                                        \
    ((type *)(void *)((char *)(pointer)-offsetof(type, member)))

_Noreturn void check_failed(const char *condition, const char *file, int line, const char *func);
void check_on_fail(void (*print_context)(void *), void *context);
