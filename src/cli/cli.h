/* The commands of API 9, one function and one file each. argv[0] is the command's name, argv[1] its
 * first argument. Exit codes: 0 done, 1 a negative finding, 2 bad input, 3 the world failed. */
#pragma once

int cli_backup(int argc, char **argv);
int cli_check_config(int argc, char **argv);
int cli_expand(int argc, char **argv);
int cli_id_check(int argc, char **argv);
int cli_import(int argc, char **argv);
int cli_restore(int argc, char **argv);
int cli_routes(int argc, char **argv);
int cli_seed_demo(int argc, char **argv);
int cli_serve(int argc, char **argv);
int cli_token(int argc, char **argv);
int cli_verify(int argc, char **argv);
int cli_version(int argc, char **argv);
int cli_xlsx_dump(int argc, char **argv);
