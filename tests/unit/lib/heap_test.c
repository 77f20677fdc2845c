#include "tests/lib/heap.h"
#include "tests/lib/t.h"
#include <stdlib.h>
#include <string.h>

/* Volatile, or clang removes an allocation that nobody looks at. */
static void *volatile seen;

static void allocate_three(void *context)
{
    unsigned *incomplete = context;
    char *a = malloc(10);
    char *b = calloc(2, 8);
    char *c = strdup("text");
    seen = a;
    seen = b;
    seen = c;
    if (a == NULL || b == NULL || c == NULL) {
        T_TRUE(heap_failed());
        (*incomplete)++;
    }
    free(a);
    free(b);
    free(c);
}

TEST(sweep_fails_each_allocation_once)
{
    unsigned incomplete = 0;
    T_EQ_INT(heap_sweep(allocate_three, &incomplete), 3);
    T_EQ_INT(incomplete, 3);
}

TEST(nothing_fails_after_a_sweep)
{
    unsigned incomplete = 0;
    heap_sweep(allocate_three, &incomplete);
    char *text = malloc(3);
    seen = text;
    T_TRUE(text != NULL);
    T_EQ_INT(heap_count(), 1);
    free(text);
}

T_LIST(heap_test, T(sweep_fails_each_allocation_once), T(nothing_fails_after_a_sweep));
