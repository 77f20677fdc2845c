#include "storage/fatal.h"
#include "base/log.h"
#include <string.h>
#include <unistd.h>

_Noreturn void fatal(const char *event, int error_number)
{
    char sentence[128];
    LOG(LOG_ALARM, event, log_int("errno", error_number),
        log_text("error", strerror_r(error_number, sentence, sizeof sentence)));
    log_stop();
    _exit(FATAL_EXIT_CODE);
}
