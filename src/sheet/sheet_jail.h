/* The jail of the parser child: what a process that reads a hostile file may still do.
 *
 * No new files (Landlock where the kernel has it), no system calls but reading and writing what is
 * open, memory and exit (seccomp: all else kills), 5 s of CPU, no processes, no file growth, 256
 * MiB of address space. In builds with sanitizers only the CPU, the files and the processes are
 * limited: sanitizers need more calls and address space. Linux only. */
#pragma once
#include "base/err.h"

enum { SHEET_JAIL_CPU_S = 5, SHEET_JAIL_MEMORY = 256 * 1024 * 1024 };

struct sheet_jail; /* the filter, made once and inherited by every child */

/* ERR_NO_MEMORY, ERR_IO, ERR_UNSUPPORTED: this machine can't filter calls. */
enum err sheet_jail_make(struct sheet_jail **out) MUST_CHECK;
void sheet_jail_free(struct sheet_jail *jail); /* NULL is allowed */
/* Locks the calling process in, for good; it must have one thread. */
enum err sheet_jail_enter(const struct sheet_jail *jail) MUST_CHECK;
