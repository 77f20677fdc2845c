/* GET /audit/proof (API 7): that a record is in the audit log, so that it can be checked without
 * us:
 *
 *   leaf      SHA-256(0x00, u64 record's number, record)
 *   path      from the leaf up: SHA-256(0x01, left, right)
 *   statement the text that is signed: day, first number, count, root, and the link of the record
 *             before the day, which stands for all earlier ones
 *
 * tests/http/audit_verify.py does it with openssl. */
#include "base/check.h"
#include "model/civil.h"
#include "rt/payload.h"
#include "web/api.h"
#include "web/api_app.h"
#include "web/api_case.h"

enum { SIGNATURE_ROOM = 128, STATEMENT_SIZE = 400 };
static const int64_t record_max = INT64_C(9007199254740991); /* what JSON numbers hold */

static void hash_put(yyjson_mut_doc *doc, yyjson_mut_val *object, const char *key,
                     const struct merkle_hash *hash)
{
    json_put_hex(doc, object, key, bytes_of(hash->bytes, sizeof hash->bytes));
}

static void statement_print(const struct audit_proof *proof, char text[STATEMENT_SIZE])
{
    char day[DATE_MAX];
    struct writer out = writer_on(text, STATEMENT_SIZE);
    write_text(&out, "baobei audit root 1\nday ");
    write_raw(&out, bytes_of(day, date_print(proof->day, day)));
    write_text(&out, "\nfirst ");
    write_decimal(&out, proof->first);
    write_text(&out, "\ncount ");
    write_decimal(&out, proof->count);
    write_text(&out, "\nroot ");
    write_hex(&out, bytes_of(proof->root.bytes, sizeof proof->root.bytes));
    write_text(&out, "\nprevious ");
    write_hex(&out, bytes_of(proof->previous.bytes, sizeof proof->previous.bytes));
    write_text(&out, "\n");
    write_u8(&out, '\0');
    CHECK(!out.failed);
}

/* One's own is what one did oneself, an officer's what he did, not his colleagues'. */
static struct thing thing_of(const struct principal *asks, const struct principal *actor)
{
    struct thing thing = {0};
    if (actor->kind != asks->kind) {
        return thing;
    }
    if (actor->kind == PRINCIPAL_PERSON) {
        thing.person = actor->person;
    } else if (actor->kind == PRINCIPAL_INSTITUTION) {
        thing.home = actor->institution;
    } else if (actor->kind == PRINCIPAL_BUREAU && actor->person == asks->person) {
        thing.home_county = actor->county;
    }
    return thing;
}

static void path_put(yyjson_mut_doc *doc, yyjson_mut_val *root, const struct audit_proof *proof)
{
    yyjson_mut_val *path = json_put_array(doc, root, "path");
    for (uint32_t i = 0; i < proof->steps; i++) {
        yyjson_mut_val *step = json_add_object(doc, path);
        json_put_name(doc, step, "side", proof->path[i].left ? "left" : "right");
        hash_put(doc, step, "hash", &proof->path[i].hash);
    }
}

static void root_put(yyjson_mut_doc *doc, yyjson_mut_val *root, const struct audit_proof *proof,
                     const char *statement, struct bytes signature)
{
    yyjson_mut_val *object = json_put_object(doc, root, "root");
    json_put_date(doc, object, "day", proof->day);
    json_put_int(doc, object, "first", (int64_t)proof->first);
    json_put_int(doc, object, "count", (int64_t)proof->count);
    hash_put(doc, object, "hash", &proof->root);
    hash_put(doc, object, "previous", &proof->previous);
    json_put_text(doc, object, "statement", bytes_from_text(statement));
    json_put_text(doc, object, "signature", signature);
}

static void answer(struct exchange *x, const struct audit_proof *proof, const struct audit *audit)
{
    const struct api_app *app = x->app;
    char statement[STATEMENT_SIZE];
    uint8_t signature[SIGNATURE_ROOM];
    statement_print(proof, statement);
    size_t size = app->sign(app->self, bytes_from_text(statement), signature, sizeof signature);
    if (size == 0) {
        (void)exchange_problem(x, "overloaded");
        return;
    }
    yyjson_mut_doc *doc = json_new(x->arena);
    yyjson_mut_val *root = json_new_root(doc);
    json_put_int(doc, root, "record", (int64_t)proof->number);
    json_put_instant(doc, root, "at", audit->at, true);
    json_put_name(doc, root, "action", audit_action_name(audit->action));
    json_put_text(doc, root, "data", json_base64(x->arena, proof->record));
    path_put(doc, root, proof);
    root_put(doc, root, proof, statement, json_base64(x->arena, bytes_of(signature, size)));
    json_put_name(doc, root, "public_key", app->sign_public);
    exchange_answer_json(x, 200, doc);
}

void api_audit_proof(struct exchange *x, struct snapshot *snapshot)
{
    int64_t number = 0;
    struct audit_proof proof;
    struct audit audit = {0};
    if (!exchange_query_int(x, "record", 1, record_max, 0, &number)) {
        return;
    }
    if (number == 0) {
        (void)exchange_problem_at(x, "bad_query", "record");
        return;
    }
    enum err err = query_audit_proof(snapshot, (uint64_t)number, x->arena, &proof);
    if (err == ERR_OK && !audit_read(proof.record, &audit)) {
        err = ERR_CORRUPT;
    }
    if (!read_well(x, err)) {
        return;
    }
    struct thing thing = thing_of(&x->principal, &audit.actor);
    if (allow_thing(&x->principal, VERB_AUDIT_READ, &thing) != ALLOWED) {
        exchange_not_found(x);
        return;
    }
    answer(x, &proof, &audit);
}
