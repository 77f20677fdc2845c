#include "sheet/sheet_parts.h"
#include "base/check.h"
#include "sheet/sheet_plain.h"
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { ID_MAX = 64, NAME_SHOWN = 80 };
enum element { NONE, ROOT, LIST, ITEM, TEXT };

void sheet_parts_place(const struct sheet_zip *zip, int entry, struct sheet_told *told)
{
    if (told->fault == SHEET_FINE)
        return;
    struct bytes name = sheet_zip_name(zip, entry);
    struct sheet_told inner = *told;
    told->fault = SHEET_FINE;
    (void)sheet_tell(told, inner.fault, "%.*s: %.*s",
                     (int)(name.size < NAME_SHOWN ? name.size : NAME_SHOWN),
                     (const char *)name.data, SHEET_TOLD_MAX - NAME_SHOWN - 3, inner.text);
}

enum sheet_fault sheet_part_read(struct sheet_zip *zip, int entry,
                                 const struct sheet_xml_sink *sink, struct sheet_told *told)
{
    enum sheet_fault fault = sheet_plain_read(zip, entry, sink, told);
    sheet_parts_place(zip, entry, told);
    return fault;
}

/* ---- paths ---- */

bool sheet_path_resolve(const char *from_part, const char *target, char out[SHEET_PATH_MAX])
{
    size_t size = 0;
    const char *slash = strrchr(from_part, '/');
    bool absolute = *target == '/' || *target == '\\';
    if (!absolute && slash != NULL) {
        size = (size_t)(slash - from_part);
        if (size >= SHEET_PATH_MAX)
            return false;
        memcpy(out, from_part, size);
    }
    const char *at = target;
    bool named = false; /* the last step was a name */
    while (*at != '\0') {
        size_t step = strcspn(at, "/\\");
        named = step > 0 && at[0] != '.';
        if (step == 2 && at[0] == '.' && at[1] == '.') {
            if (size == 0)
                return false;
            while (size > 0 && out[--size] != '/') {
            }
        } else if (step > 0 && !(step == 1 && at[0] == '.')) {
            if (size + step + 2 > SHEET_PATH_MAX)
                return false;
            if (size > 0)
                out[size++] = '/';
            memcpy(out + size, at, step);
            size += step;
        }
        at += step + (at[step] != '\0');
    }
    out[size] = '\0';
    return named;
}

/* xl/workbook.xml -> xl/_rels/workbook.xml.rels */
static bool relations_path(const char *part, char out[SHEET_PATH_MAX])
{
    const char *slash = strrchr(part, '/');
    int folder = slash == NULL ? 0 : (int)(slash + 1 - part);
    int size = snprintf(out, SHEET_PATH_MAX, "%.*s_rels/%s.rels", folder, part, part + folder);
    return size > 0 && size < SHEET_PATH_MAX;
}

/* ---- relationships ---- */

/* A relationship that is looked for, by its id or by the end of its type. */
struct wanted {
    const char *id, *kind; /* one of them */
    bool found, is_worksheet, outside;
    char path[SHEET_PATH_MAX];
};

struct relations {
    const char *from_part;
    struct wanted *wanted;
    size_t count;
};

/* The kind is what stands behind the last slash, in transitional and strict types alike. */
static bool type_is(const char *type, const char *kind)
{
    const char *slash = strrchr(type, '/');
    return strcmp(slash == NULL ? type : slash + 1, kind) == 0;
}

static void relation_take(struct relations *relations, const struct sheet_tag *tag)
{
    const char *id = sheet_attribute(tag, "Id"), *type = sheet_attribute(tag, "Type");
    const char *target = sheet_attribute(tag, "Target");
    const char *mode = sheet_attribute(tag, "TargetMode");
    if (id == NULL || type == NULL || target == NULL)
        return;
    for (size_t i = 0; i < relations->count; i++) {
        struct wanted *wanted = &relations->wanted[i];
        bool fits = wanted->id != NULL ? strcmp(wanted->id, id) == 0 : type_is(type, wanted->kind);
        if (!fits || wanted->found)
            continue;
        wanted->found = true;
        wanted->is_worksheet = type_is(type, "worksheet");
        wanted->outside = (mode != NULL && strcmp(mode, "External") == 0) ||
                          !sheet_path_resolve(relations->from_part, target, wanted->path);
    }
}

static int on_relation(void *context, int parent, const struct sheet_tag *tag)
{
    if (tag->space != SHEET_SPACE_RELATIONS)
        return NONE;
    if (parent == NONE)
        return strcmp(tag->name, "Relationships") == 0 ? ROOT : NONE;
    if (parent == ROOT && strcmp(tag->name, "Relationship") == 0)
        relation_take(context, tag);
    return NONE;
}

/* Those of a part, which must have some; "" is the package. */
static enum sheet_fault relations_read(struct sheet_zip *zip, const char *part,
                                       struct wanted *wanted, size_t count, struct sheet_told *told)
{
    struct relations relations = {part, wanted, count};
    char path[SHEET_PATH_MAX];
    if (!relations_path(part, path))
        return sheet_tell(told, SHEET_BROKEN, "the name of a part is too long");
    int entry = sheet_zip_find(zip, path);
    if (entry < 0)
        return sheet_tell(told, SHEET_BROKEN, "%s is missing", path);
    const struct sheet_xml_sink sink = {&relations, on_relation, NULL, NULL, NULL};
    return sheet_part_read(zip, entry, &sink, told);
}

/* The entry of an optional part; a relationship without its part counts for nothing. */
static int wanted_entry(const struct sheet_zip *zip, const struct wanted *wanted)
{
    return wanted->found && !wanted->outside ? sheet_zip_find(zip, wanted->path) : -1;
}

/* ---- the workbook ---- */

struct workbook {
    char sheet_id[ID_MAX];
    bool has_sheet, system_1904;
};

static int on_workbook(void *context, int parent, const struct sheet_tag *tag)
{
    struct workbook *workbook = context;
    if (tag->space != SHEET_SPACE_MAIN)
        return NONE;
    if (parent == NONE)
        return strcmp(tag->name, "workbook") == 0 ? ROOT : NONE;
    if (parent == ROOT && strcmp(tag->name, "sheets") == 0)
        return LIST;
    if (parent == ROOT && strcmp(tag->name, "workbookPr") == 0) {
        const char *date = sheet_attribute(tag, "date1904");
        workbook->system_1904 =
            date != NULL && (strcmp(date, "1") == 0 || strcmp(date, "true") == 0);
    }
    if (parent == LIST && strcmp(tag->name, "sheet") == 0 && !workbook->has_sheet) {
        const char *id = sheet_attribute_relation(tag);
        workbook->has_sheet = true;
        if (id != NULL && strlen(id) < sizeof workbook->sheet_id)
            memcpy(workbook->sheet_id, id, strlen(id) + 1);
    }
    return NONE;
}

static enum sheet_fault workbook_find(struct sheet_zip *zip, const char *path,
                                      struct sheet_parts *parts, struct sheet_told *told)
{
    struct workbook workbook = {0};
    const struct sheet_xml_sink sink = {&workbook, on_workbook, NULL, NULL, NULL};
    int entry = sheet_zip_find(zip, path);
    if (entry < 0)
        return sheet_tell(told, SHEET_BROKEN, "the workbook %s is missing", path);
    enum sheet_fault fault = sheet_xml_read(zip, entry, &sink, told); /* it needs `r:id` */
    sheet_parts_place(zip, entry, told);
    if (fault != SHEET_FINE)
        return fault;
    if (!workbook.has_sheet)
        return sheet_tell(told, SHEET_BROKEN, "%s: the workbook has no sheet", path);
    struct wanted wanted[] = {
        {.id = workbook.sheet_id}, {.kind = "sharedStrings"}, {.kind = "styles"}};
    fault = relations_read(zip, path, wanted, ARRAY_COUNT(wanted), told);
    if (fault != SHEET_FINE)
        return fault;
    parts->system_1904 = workbook.system_1904;
    parts->sheet = wanted_entry(zip, &wanted[0]);
    parts->strings = wanted_entry(zip, &wanted[1]);
    parts->styles = wanted_entry(zip, &wanted[2]);
    if (parts->sheet < 0)
        return sheet_tell(told, SHEET_BROKEN, "%s: the first sheet is missing", path);
    if (!wanted[0].is_worksheet)
        parts->sheet = -1;
    return SHEET_FINE;
}

enum sheet_fault sheet_parts_find(struct sheet_zip *zip, struct sheet_parts *parts,
                                  struct sheet_told *told)
{
    *parts = (struct sheet_parts){.sheet = -1, .strings = -1, .styles = -1, .custom = -1};
    struct wanted wanted[] = {{.kind = "officeDocument"},
                              {.kind = "custom-properties"},
                              {.kind = "customProperties"}}; /* the strict name */
    if (sheet_zip_find(zip, "[Content_Types].xml") < 0)
        return sheet_tell(told, SHEET_BROKEN, "[Content_Types].xml is missing");
    enum sheet_fault fault = relations_read(zip, "", wanted, ARRAY_COUNT(wanted), told);
    if (fault != SHEET_FINE)
        return fault;
    if (!wanted[0].found || wanted[0].outside)
        return sheet_tell(told, SHEET_BROKEN, "_rels/.rels: it names no workbook");
    int transitional = wanted_entry(zip, &wanted[1]);
    parts->custom = transitional >= 0 ? transitional : wanted_entry(zip, &wanted[2]);
    return workbook_find(zip, wanted[0].path, parts, told);
}

/* ---- custom properties ---- */

struct custom {
    bool ours;
    size_t size;
    char *stamp;
};

static int on_property(void *context, int parent, const struct sheet_tag *tag)
{
    struct custom *custom = context;
    if (tag->space != SHEET_SPACE_CUSTOM)
        return NONE;
    if (parent == NONE)
        return strcmp(tag->name, "Properties") == 0 ? ROOT : NONE;
    if (parent == ROOT && strcmp(tag->name, "property") == 0) {
        const char *name = sheet_attribute(tag, "name");
        custom->ours = name != NULL && strcmp(name, "baobei-template") == 0 && custom->size == 0;
        return custom->ours ? ITEM : NONE;
    }
    return parent == ITEM ? TEXT : NONE;
}

static void on_value(void *context, int element, struct bytes text)
{
    struct custom *custom = context;
    if (element != TEXT)
        return;
    size_t room = SHEET_STAMP_MAX - custom->size;
    size_t size = text.size < room ? text.size : room; /* too long is no stamp of ours anyway */
    memcpy(custom->stamp + custom->size, text.data, size);
    custom->size += size;
    custom->stamp[custom->size] = '\0';
}

enum sheet_fault sheet_parts_stamp(struct sheet_zip *zip, int custom_entry,
                                   char stamp[SHEET_STAMP_MAX + 1], struct sheet_told *told)
{
    struct custom custom = {.stamp = stamp};
    stamp[0] = '\0';
    const struct sheet_xml_sink sink = {&custom, on_property, on_value, NULL, NULL};
    return sheet_part_read(zip, custom_entry, &sink, told);
}

/* ---- macros and objects ---- */

static bool has_word(struct bytes text, const char *word)
{
    size_t size = strlen(word);
    for (size_t i = 0; i + size <= text.size; i++)
        if (strncasecmp((const char *)text.data + i, word, size) == 0)
            return true;
    return false;
}

static bool has_any(struct bytes text, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (has_word(text, words[i]))
            return true;
    return false;
}

static int on_type(void *context, int parent, const struct sheet_tag *tag)
{
    static const char *const words[] = {"macroEnabled", "vbaProject", "oleObject", "activeX",
                                        "macrosheet"};
    if (tag->space != SHEET_SPACE_TYPES)
        return NONE;
    if (parent == NONE)
        return strcmp(tag->name, "Types") == 0 ? ROOT : NONE;
    const char *type = sheet_attribute(tag, "ContentType");
    /* A Default only says what a file of that ending would be. */
    if (parent == ROOT && type != NULL && strcmp(tag->name, "Override") == 0 &&
        has_any(bytes_from_text(type), words, ARRAY_COUNT(words)))
        (void)sheet_tell(context, SHEET_MACRO, "a part holds a macro or an embedded object");
    return NONE;
}

enum sheet_fault sheet_parts_harmless(struct sheet_zip *zip, struct sheet_told *told)
{
    static const char *const words[] = {"vbaProject", "/embeddings/", "/activeX/", "/macrosheets/"};
    for (int i = 0; i < sheet_zip_count(zip); i++) {
        if (has_any(sheet_zip_name(zip, i), words, ARRAY_COUNT(words))) {
            (void)sheet_tell(told, SHEET_MACRO, "it is a macro or an embedded object");
            sheet_parts_place(zip, i, told);
            return told->fault;
        }
    }
    int types = sheet_zip_find(zip, "[Content_Types].xml");
    if (types < 0)
        return SHEET_FINE; /* sheet_parts_find refuses it */
    const struct sheet_xml_sink sink = {told, on_type, NULL, NULL, NULL};
    return sheet_part_read(zip, types, &sink, told);
}
