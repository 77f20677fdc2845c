#include "storage/fatal.h"
#include "base/log.h"
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

_Noreturn void fatal(const char *event, int error_number)
{
    static atomic_flag ending = ATOMIC_FLAG_INIT;
    char sentence[128];
    /* Whoever comes second would end the process before the first one's line is written. */
    while (atomic_flag_test_and_set(&ending))
        pause();
    LOG(LOG_ALARM, event, log_int("errno", error_number),
        log_text("error", strerror_r(error_number, sentence, sizeof sentence)));
    log_stop();
    _exit(FATAL_EXIT_CODE);
}
