/* Every handler of the route table (routes.c), by the step it is for (route.h): functions with a
 * snapshot run on the pool, the others on the loop. */
#pragma once
#include "web/exchange.h"

/* cases: api_case*.c */
void api_case_get(struct exchange *x, struct snapshot *snapshot);
void api_case_find(struct exchange *x, struct snapshot *snapshot);
void api_case_create(struct exchange *x);
void api_case_created(struct exchange *x, enum outcome outcome, struct bytes body);
void api_case_edit(struct exchange *x);
void api_case_add_line(struct exchange *x);
void api_case_delete(struct exchange *x);
void api_case_submit(struct exchange *x);
void case_render(struct exchange *x, enum outcome outcome, struct bytes body);

/* lines: api_line.c */
void api_line_get(struct exchange *x, struct snapshot *snapshot);
void api_line_find(struct exchange *x, struct snapshot *snapshot);
void api_line_history(struct exchange *x, struct snapshot *snapshot);
void api_line_edit(struct exchange *x);
void api_line_delete(struct exchange *x);
void api_line_submit(struct exchange *x);
void api_line_withdraw(struct exchange *x);
void line_render(struct exchange *x, enum outcome outcome, struct bytes body);

/* finding: api_list.c */
void api_lines(struct exchange *x, struct snapshot *snapshot);
void api_lines_counts(struct exchange *x, struct snapshot *snapshot);

/* trying out: api_preview.c */
void api_preview_body(struct exchange *x);
void api_preview(struct exchange *x, struct snapshot *snapshot);

/* the audit log: api_audit.c */
void api_audit_proof(struct exchange *x, struct snapshot *snapshot);

/* review: api_review.c */
void api_review_queue(struct exchange *x, struct snapshot *snapshot);
void api_review_line(struct exchange *x, struct snapshot *snapshot);
void api_review_decide(struct exchange *x);
void api_review_decided(struct exchange *x, enum outcome outcome, struct bytes body);

/* transfers to NHI: api_transfer.c */
void api_transfers(struct exchange *x, struct snapshot *snapshot);
void api_transfer(struct exchange *x, struct snapshot *snapshot);
void api_transfer_find(struct exchange *x, struct snapshot *snapshot);
void api_transfer_run(struct exchange *x);
void api_transfer_resend(struct exchange *x);
void api_transfer_begun(struct exchange *x, enum outcome outcome, struct bytes body);

/* uploaded sheets: api_batch.c, api_batch_change.c */
void api_template(struct exchange *x, struct snapshot *snapshot);
void api_batch_read(struct exchange *x, struct snapshot *snapshot);
void api_batch_post(struct exchange *x);
void api_batch_posted(struct exchange *x, enum outcome outcome, struct bytes body);
void api_batch(struct exchange *x, struct snapshot *snapshot);
void api_batch_events(struct exchange *x, struct snapshot *snapshot);
void api_batches(struct exchange *x, struct snapshot *snapshot);
void api_batch_report(struct exchange *x, struct snapshot *snapshot);
void api_batch_find(struct exchange *x, struct snapshot *snapshot);
void api_batch_import(struct exchange *x);
void api_batch_imported(struct exchange *x, enum outcome outcome, struct bytes body);
void api_batch_delete(struct exchange *x);

/* registry: api_registry.c, api_codes.c */
void api_institutions(struct exchange *x);
void api_institution(struct exchange *x);
void api_staff(struct exchange *x);
void api_me(struct exchange *x);
void api_codes(struct exchange *x);

/* signing in: api_auth.c, api_session.c */
void api_auth_pre(struct exchange *x);
void api_auth_challenge(struct exchange *x);
void api_auth_challenged(struct exchange *x, enum outcome outcome, struct bytes body);
void api_auth_login(struct exchange *x);
void api_auth_logged_in(struct exchange *x, enum outcome outcome, struct bytes body);
void api_auth_session(struct exchange *x);
void api_auth_touch(struct exchange *x);
void api_auth_touched(struct exchange *x, enum outcome outcome, struct bytes body);
void api_auth_logout(struct exchange *x);
void api_auth_logged_out(struct exchange *x, enum outcome outcome, struct bytes body);
void api_auth_sessions(struct exchange *x);
void api_auth_session_end(struct exchange *x);
void api_auth_session_ended(struct exchange *x, enum outcome outcome, struct bytes body);

/* about the interface itself: openapi.c */
void api_openapi(struct exchange *x);
