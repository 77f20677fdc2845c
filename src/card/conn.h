/* The life of a connection: one request, one answer, closed.
 *
 *   reading --request whole--> working --answer--> writing --sent--> lingering --end, 2 s--> closed
 *      |                          ^ no timer: the card has its own
 *      '--10 s, broken--> closed or an answer
 *
 * A connection whose first byte begins a TLS handshake is TLS, if the server has a certificate;
 * the same port answers both.
 *
 * After the answer our side is shut and what still comes is read and dropped, since a close with
 * unread bytes resets the connection and destroys the answer on its way (RELIABILITY 2.4, 13).
 * Memory is one piece, freed when both uv handles are closed and no job holds it; it is wiped then.
 */
#pragma once
#include "card/server.h"

/* compat: the listener is that of the compatibility mode. */
void conn_open(struct server *server, uv_stream_t *listener, bool compat);

/* Closes those that read or linger; those that work or write end by themselves. */
void conn_stop_all(struct server *server);
