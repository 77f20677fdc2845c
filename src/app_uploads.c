/* Uploaded sheets: their reader is started, and the door may ask about them without seeing
 * src/sheet or the keys (DESIGN 4). */
#include "app_private.h"
#include "base/check.h"
#include "base/log.h"
#include "web/exchange.h"
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The reader's program, beside this one. */
static enum err reader_start(struct app *app)
{
    static const char name[] = "baobei-sheet";
    char path[PATH_MAX];
    ssize_t size = readlink("/proc/self/exe", path, sizeof path);
    const char *slash = size > 0 ? memrchr(path, '/', (size_t)size) : NULL;
    size_t folder = slash == NULL ? 0 : (size_t)(slash + 1 - path);
    if (folder == 0 || sizeof path - folder < sizeof name)
        return ERR_IO;
    memcpy(path + folder, name, sizeof name);
    enum err err = sheet_child_start(&app->uploads.child, path);
    if (err == ERR_IO)
        LOG(LOG_ALARM, "no_sheet_reader", log_text("path", path));
    return err;
}

enum err app_uploads_begin(struct app *app)
{
    (void)snprintf(app->uploads_folder, sizeof app->uploads_folder, "%s/spool",
                   app->config.data_directory);
    if (mkdir(app->uploads_folder, 0700) != 0 && errno != EEXIST) {
        LOG(LOG_ALARM, "no_spool", log_text("folder", app->uploads_folder));
        return ERR_IO;
    }
    app->uploads = (struct uploads){.store = app->store,
                                    .keys = &app->keys,
                                    .folder = app->uploads_folder,
                                    .clock = &app->uploads_clock};
    return reader_start(app);
}

/* ---- what the door asks ---- */

static struct bytes sentence_of(const struct cell_fault *fault, struct exchange *x)
{
    uint8_t *room = arena_alloc(x->arena, FAULT_SENTENCE_MAX);
    struct writer out = writer_on(room, room == NULL ? 0 : FAULT_SENTENCE_MAX);
    cell_fault_sentence(fault, x->facts, x->language == LANGUAGE_EN ? FAULT_EN : FAULT_ZH, &out);
    return out.failed ? (struct bytes){0} : writer_bytes(&out);
}

static enum err show_faults(const void *self, struct snapshot *snapshot,
                            const struct upload_record *record, struct exchange *x,
                            struct api_upload_fault **items, uint32_t *count)
{
    struct cell_fault *faults = NULL;
    enum err err = upload_faults(self, snapshot, record, x->facts, x->arena, &faults, count);
    if (err != ERR_OK || *count == 0) {
        return err;
    }
    *items = arena_array(x->arena, *count, sizeof **items);
    if (*items == NULL) {
        return ERR_NO_MEMORY;
    }
    enum form_kind kind = upload_form(record->kind);
    for (uint32_t i = 0; i < *count; i++) {
        (*items)[i] = (struct api_upload_fault){.row = faults[i].row,
                                                .code = faults[i].code,
                                                .value = faults[i].value,
                                                .message = sentence_of(&faults[i], x)};
        form_column_name(faults[i].column, (*items)[i].column);
        const struct form_column *column = form_column_of(kind, faults[i].field);
        (*items)[i].header = column == NULL ? "" : column->name;
    }
    return ERR_OK;
}

static enum err show_report(const void *self, struct snapshot *snapshot,
                            const struct upload_record *record, struct exchange *x,
                            struct bytes *out)
{
    return upload_report(self, snapshot, record, x->facts, x->arena, out);
}

static enum err show_template(const void *self, enum upload_kind kind, struct exchange *x,
                              struct bytes *out)
{
    bool himself = x->principal.kind == PRINCIPAL_PERSON;
    const struct person *person = himself ? facts_person(x->facts, x->principal.person) : NULL;
    uint64_t home = himself ? (person == NULL ? 0 : person->home) : x->principal.institution;
    return upload_template(self, kind, home, himself ? x->principal.person : 0, x->facts, x->arena,
                           out);
}

static enum err take_seal(const void *self, uint8_t *file, size_t size, const uint8_t sha256[32],
                          struct arena *arena, struct bytes sealed[UPLOAD_SEALED_PIECES])
{
    struct seal_ends *ends = arena_alloc(arena, sizeof *ends);
    if (ends == NULL || !upload_seal(self, file, size, sha256, ends)) {
        return ERR_NO_MEMORY;
    }
    sealed[0] = bytes_of(ends->head, sizeof ends->head);
    sealed[1] = bytes_of(file, size);
    sealed[2] = bytes_of(ends->tag, sizeof ends->tag);
    return ERR_OK;
}

void app_uploads_fill(struct app *app)
{
    struct api_app *api = &app->api;
    api->uploads = &app->uploads;
    api->upload_is_sheet = upload_is_sheet;
    api->upload_seal = take_seal;
    api->upload_faults = show_faults;
    api->upload_report = show_report;
    api->upload_template = show_template;
}
