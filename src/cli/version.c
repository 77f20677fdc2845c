/* version: what this is and what it was built with. */
#include "cli/cli.h"
#include <llhttp.h>
#include <lmdb.h>
#include <mbedtls/version.h>
#include <stdio.h>
#include <uv.h>
#include <yyjson.h>

int cli_version(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    (void)printf("baobei 0.1.0\nlibuv %s\nllhttp %d.%d.%d\nLMDB %s\nmbedTLS %s\nyyjson %s\n",
                 uv_version_string(), LLHTTP_VERSION_MAJOR, LLHTTP_VERSION_MINOR,
                 LLHTTP_VERSION_PATCH, mdb_version(NULL, NULL, NULL), MBEDTLS_VERSION_STRING,
                 YYJSON_VERSION_STRING);
    return 0;
}
