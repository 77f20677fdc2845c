/* How often the PIN of a card was wrong, on disk, one small file a card.
 *
 * Folder: `lockshim` beside the file named by SOFTHSM2_CONF. `SERIAL.tries` holds one digit; a file
 * `SERIAL.pulled` says that the card is out of the reader (a test makes and removes it). One caller
 * at a time (shim.c has the lock); a folder that can't be written counts as a locked card. */
#pragma once
#include <stdbool.h>

enum { COUNTER_TRIES_MAX = 3, COUNTER_SERIAL_SIZE = 17 };

/* Wrong tries so far, 0 to COUNTER_TRIES_MAX. */
int counter_read(const char *serial);
/* False: it could not be written. */
bool counter_write(const char *serial, int wrong);
bool counter_pulled(const char *serial);

/* While a test has a file `SERIAL.hold` here, a log-in waits, at most 20 s; `SERIAL.holding` says
 * that it does. */
void counter_wait_for_hold(const char *serial);
