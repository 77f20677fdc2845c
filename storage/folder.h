/* Files and folders that are made aside, synced and renamed into place: what backup.c and restore.c
 * share. Blocking; errno never travels. */
#pragma once
#include "base/bytes.h"
#include "base/err.h"
#include <stdbool.h>

enum { FOLDER_PATH = 4096 };

/* directory/name. ERR_TOO_LARGE. */
enum err folder_join(char path[FOLDER_PATH], const char *directory, const char *name) MUST_CHECK;
/* FOLDER.part, without a slash that stands at the end of `folder`. ERR_TOO_LARGE. */
enum err folder_aside(char path[FOLDER_PATH], const char *folder) MUST_CHECK;
/* ERR_OK: not there, or an empty folder. ERR_EXISTS: something is in it, or it is no folder. */
enum err folder_is_free(const char *path) MUST_CHECK;
/* Removes what an earlier attempt left of our own making (`names`, NULL ends), then makes the
 * folder, owner only. ERR_EXISTS: foreign files are in it; ERR_NOT_FOUND: no parent. */
enum err folder_make(const char *path, const char *const *names) MUST_CHECK;
void folder_remove(const char *path, const char *const *names);
/* Syncs the folder, renames it, syncs the parent of its new name. */
enum err folder_place(const char *aside, const char *path) MUST_CHECK;
enum err folder_sync(const char *path) MUST_CHECK; /* a file or a folder */
/* A whole small file, synced. */
enum err folder_write(const char *path, struct bytes bytes) MUST_CHECK;
