/* The way out when it is unknown what is durable (failure table in committer.c): one line, exit. */
#pragma once

enum { FATAL_EXIT_CODE = 3 }; /* API 9: the world failed */

/* Logs one alarm with the event and the system's number of the error, and ends the process at once:
 * no destructor, no flush of anything but the event log. Any thread. */
_Noreturn void fatal(const char *event, int error_number);
