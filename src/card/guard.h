/* Who may ask the bridge: pure yes and no (AUTH 7.8). Every web page of the world can reach a
 * loopback port, so each request must prove by what a browser says of it, and a page can't forge,
 * that it comes from an allowed site. Any thread. */
#pragma once
#include "card/settings.h"

/* 127.0.0.1, localhost or [::1] with this port: another name that points here is DNS rebinding. */
bool guard_host(struct bytes host, uint16_t port);

/* Exactly one of the settings' origins. */
bool guard_origin(const struct settings *settings, struct bytes origin);

/* The origin of our own popup page, as its requests carry it: the scheme of the connection and the
 * Host. */
bool guard_own_origin(struct bytes origin, struct bytes host, bool secure);

/* application/x-www-form-urlencoded, at most with charset=utf-8 in either spelling. */
bool guard_form(struct bytes content_type);

/* application/json, at most with charset=utf-8: a type that no form can send. */
bool guard_json(struct bytes content_type);

/* What a card may sign for `origin`: printable ASCII lines, the first beginning EUSERVICE-, and one
 * aud= line that names the origin (AUTH 5.2). A site can't have a log-in to another site signed. */
bool guard_tbs(struct bytes tbs, struct bytes origin);
