#include "tests/sim/play.h"
int scenarios_run(bool write)
{
    (void)write;
    return 0;
}
