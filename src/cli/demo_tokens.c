#include "cli/demo_cast.h"
enum err demo_cast_tokens(struct demo_cast *cast, const char *directory)
{
    (void)cast; (void)directory;
    return ERR_OK;
}
