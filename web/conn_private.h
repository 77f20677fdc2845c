/* What conn.c, conn_write.c and conn_host.c share. Nobody else includes it. */
#pragma once
#include "web/conn.h"

/* conn.c */
void conn_run(struct conn *conn);            /* takes what input is there */
void conn_next(struct conn *conn);           /* the answer is out: the next request */
bool conn_has_rest(const struct conn *conn); /* bytes were read and not taken yet */
void conn_fault(struct conn *conn, struct http_fault fault);
void conn_on_end_of_input(struct conn *conn);
void conn_reading_set(struct conn *conn, bool reading);
void conn_close(struct conn *conn); /* at once; idempotent */
void conn_reset(struct conn *conn); /* and what the kernel still holds for the client is dropped */
void conn_maybe_free(struct conn *conn);
/* conn_write.c */
void conn_flush(struct conn *conn);                        /* sends what TLS has made */
void conn_write_now(struct conn *conn, struct bytes text); /* an interim answer; constant text */
void conn_linger(struct conn *conn);
void conn_go_on(struct conn *conn);  /* what was sent at once is out; no-op for others */
void conn_unlist(struct conn *conn); /* it will not */
/* conn_host.c */
void conn_host_look(struct conn_host *host); /* stopping: is everything closed? */
