/* The engines of every package in a package-lock.json must take Debian 12's Node (DESIGN 18).
 *
 * `engines.node` is alternatives with `||` between them, each a list of comparisons; only the forms
 * that packages really use are known, others are a finding too. */
#include "tests/tidy/tidy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yyjson.h>

struct version {
    unsigned long part[3];
    int given; /* how many parts were written */
};

static const struct version node = {{18, 20, 0}, 3};

static bool version_read(const char **at, struct version *version)
{
    *version = (struct version){{0, 0, 0}, 0};
    *at += **at == 'v';
    while (version->given < 3) {
        char *end = NULL;
        version->part[version->given] = strtoul(*at, &end, 10);
        if (end == *at) {
            if (**at == 'x' || **at == '*') {
                (*at)++;
                *at += strspn(*at, ".x*");
                return true;
            }
            return version->given > 0;
        }
        version->given++;
        *at = end;
        if (**at == '-') { /* a pre-release counts as its release */
            *at += strcspn(*at, " |");
        }
        if (**at != '.') {
            return true;
        }
        (*at)++;
    }
    return true;
}

static int compare(const struct version *a, const struct version *b)
{
    for (int i = 0; i < 3; i++) {
        if (a->part[i] != b->part[i]) {
            return a->part[i] < b->part[i] ? -1 : 1;
        }
    }
    return 0;
}

/* One comparison, e.g. `>=18.0.0`, `^20`, `~18.3`, `18.x`, `<25`, `*`. */
static bool comparison_holds(const char *operator, const struct version * wanted)
{
    int order = compare(&node, wanted);
    if (strcmp(operator, ">=") == 0) {
        return order >= 0;
    }
    if (strcmp(operator, ">") == 0) {
        return order > 0;
    }
    if (strcmp(operator, "<=") == 0) {
        return order <= 0;
    }
    if (strcmp(operator, "<") == 0) {
        return order < 0;
    }
    if (strcmp(operator, "^") == 0) {
        return order >= 0 && node.part[0] == wanted->part[0];
    }
    if (strcmp(operator, "~") == 0) {
        return order >= 0 && node.part[0] == wanted->part[0] &&
               (wanted->given < 2 || node.part[1] == wanted->part[1]);
    }
    for (int i = 0; i < wanted->given; i++) {
        if (node.part[i] != wanted->part[i]) {
            return false;
        }
    }
    return true;
}

/* All comparisons up to the next || or the end. */
static bool alternative_holds(const char **at)
{
    bool holds = true;
    *at += strspn(*at, " ");
    while (**at != '\0' && **at != '|') {
        char operator[3] = "";
        size_t size = strspn(*at, "<>=^~");
        if (size > 2) {
            return false;
        }
        memcpy(operator, * at, size);
        *at += size + strspn(*at + size, " ");
        struct version wanted;
        if (!version_read(at, &wanted)) {
            return false;
        }
        holds = holds && comparison_holds(operator, & wanted);
        *at += strspn(*at, " ");
    }
    return holds;
}

static bool range_holds(const char *range)
{
    const char *at = range;
    for (;;) {
        if (alternative_holds(&at)) {
            return true;
        }
        at += strcspn(at, "|");
        if (*at == '\0') {
            return false;
        }
        at += strspn(at, "|");
    }
}

void check_lock_engines(const struct tree *tree, const struct source *source)
{
    (void)tree;
    if (!ends_with(source->path, "package-lock.json")) {
        return;
    }
    yyjson_doc *document = yyjson_read(source->text, source->size, 0);
    yyjson_val *packages = yyjson_obj_get(yyjson_doc_get_root(document), "packages");
    if (packages == NULL) {
        finding(source, 0, "no \"packages\" in it");
    }
    size_t i, count;
    yyjson_val *name, *package;
    yyjson_obj_foreach(packages, i, count, name, package)
    {
        const char *range =
            yyjson_get_str(yyjson_obj_get(yyjson_obj_get(package, "engines"), "node"));
        bool optional = yyjson_get_bool(yyjson_obj_get(package, "optional"));
        if (range != NULL && !optional && !range_holds(range)) {
            finding(source, 0, "%s wants node %s, Debian 12 has 18.20", yyjson_get_str(name),
                    range);
        }
        if (yyjson_obj_get(package, "resolved") != NULL) {
            finding(source, 0, "%s has a registry's address", yyjson_get_str(name));
        }
    }
    yyjson_doc_free(document);
}
