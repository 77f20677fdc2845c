/* The forms that some settings have. Pure; any thread. */
#pragma once
#include "config.h"

enum { FORM_PORTS_MAX = 4, FORM_NAMES_MAX = 16 };

/* Each: NULL, or what is wrong with the value, in words. */
const char *form_listen(const char *value); /* https://HOST:PORT, or http:// on loopback */
const char *form_ops(const char *value);    /* http://HOST:PORT, or nothing */
const char *form_names(const char *value);  /* host names, separated by commas */
const char *form_ports(const char *value);  /* numbers from 1 to 65535, separated by commas */
