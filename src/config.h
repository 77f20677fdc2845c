/* One table of settings -> one const struct (DESIGN 11).
 *
 * The table at the head of config.c gives parser, --help, --print-config and check. Environment
 * over file over default: BAOBEI_LOG_SEGMENT_MIB stands for log.segment_mib. A bad value or an
 * unknown key is an error with name, value and range; nothing starts then. Paths are relative to
 * the file's folder. */
#pragma once
#include "base/err.h"
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum { CONFIG_TEXT_MAX = 512 };

struct config {
    char env[8]; /* dev or prod (AUTH 9) */
    char data_directory[CONFIG_TEXT_MAX];
    char data_key_file[CONFIG_TEXT_MAX];
    char server_listen[CONFIG_TEXT_MAX];
    char server_names[CONFIG_TEXT_MAX]; /* separated by commas */
    char server_certificate[CONFIG_TEXT_MAX];
    char server_key[CONFIG_TEXT_MAX];
    int64_t server_connections_max;
    int64_t server_idle_s;
    char ops_listen[CONFIG_TEXT_MAX]; /* empty: none */
    int64_t loops;                    /* 0: cores - 1, at least 1 */
    int64_t actors_mailbox_max;
    int64_t actors_memory_mib;
    int64_t log_segment_mib;
    int64_t store_map_gib;
    int64_t store_apply_gap_ms;
    int64_t store_scrub_gap_ms;
    int64_t store_snapshot_ms;
    int64_t backup_mib_s;
    int64_t test_sync_delay_ms;
    char log_level[8];
    char trust_roots[CONFIG_TEXT_MAX];
    char trust_health[CONFIG_TEXT_MAX];  /* issues person and institution cards */
    char trust_citizen[CONFIG_TEXT_MAX]; /* issues citizen cards */
    char trust_crls[CONFIG_TEXT_MAX];    /* files separated by commas */
    int64_t trust_crl_grace_h;
    int64_t auth_challenges_per_minute;
    char nhi_url[CONFIG_TEXT_MAX]; /* empty: nothing is sent */
    char nhi_ca[CONFIG_TEXT_MAX];
    char nhi_pace[8];
    int64_t nhi_minute;
    int64_t nhi_full_day;
    int64_t nhi_rows_max;
    int64_t nhi_timeout_s;
    int64_t nhi_pause_ms;
    int64_t nhi_pause_max_s;
    int64_t nhi_alarm_attempts;
    char card_bridge_ports[CONFIG_TEXT_MAX];
    char card_servisign_path_id[CONFIG_TEXT_MAX];
    char card_servisign_min[CONFIG_TEXT_MAX];
    char card_servisign_download[CONFIG_TEXT_MAX];
};

/* Prints what is wrong to `errors`, every fault. ERR_NOT_FOUND: no such file; ERR_BAD_INPUT. */
enum err config_load(const char *path, struct config *config, FILE *errors) MUST_CHECK;
/* Defaults and environment only: for commands that need no file. */
enum err config_default(struct config *config, FILE *errors) MUST_CHECK;
/* The files that a server would read: are they there, readable, and the key file nobody else's?
 * Prints every fault. ERR_BAD_INPUT. */
enum err config_files(const struct config *config, FILE *errors) MUST_CHECK;
void config_print(const struct config *config, FILE *out); /* as a file that can be read again */
void config_help(FILE *out);                               /* name, default, range, sentence */
