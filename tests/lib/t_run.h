/* The two halves of the runner: t.c runs one test in its process, t_run.c starts the processes. */
#pragma once
#include "tests/lib/t.h"

enum { T_EXIT_FAILED = 1, T_EXIT_SKIPPED = 77 };

/* Runs the test in this process and leaves it. */
_Noreturn void t_run_here(const struct t_test *test);
