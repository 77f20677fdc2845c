#include "cli/demo_files.h"
#include "base/check.h"
#include "cli/demo_keys.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <yyjson.h>

enum { PEM_ROOM = 16 * 1024 };

static enum err err_of_errno(int number)
{
    return number == ENOSPC || number == EDQUOT ? ERR_NO_SPACE : ERR_IO;
}

enum err demo_write(const char *directory, const char *name, struct bytes content, bool secret)
{
    char path[DEMO_PATH_MAX];
    int size = snprintf(path, sizeof path, "%s/%s", directory, name);
    if (size < 0 || (size_t)size >= sizeof path) {
        return ERR_TOO_LARGE;
    }
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, secret ? 0600 : 0644);
    if (file < 0) {
        return err_of_errno(errno);
    }
    size_t at = 0;
    enum err err = ERR_OK;
    while (err == ERR_OK && at < content.size) {
        ssize_t written = write(file, content.data + at, content.size - at);
        if (written < 0 && errno != EINTR) {
            err = err_of_errno(errno);
        }
        at += written > 0 ? (size_t)written : 0;
    }
    if (close(file) != 0 && err == ERR_OK) {
        err = err_of_errno(errno);
    }
    return err;
}

enum err demo_write_pem(const char *directory, const char *name, const char *label,
                        struct bytes der)
{
    uint8_t *pem = malloc(PEM_ROOM + der.size * 2);
    if (pem == NULL) {
        return ERR_NO_MEMORY;
    }
    struct writer out = writer_on(pem, PEM_ROOM + der.size * 2);
    demo_pem_print(label, der, &out);
    enum err err =
        out.failed ? ERR_NO_MEMORY : demo_write(directory, name, writer_bytes(&out), false);
    free(pem);
    return err;
}

enum err demo_write_key(const char *directory, const char *name, const mbedtls_pk_context *key)
{
    uint8_t pem[DEMO_KEY_PEM_MAX];
    struct writer out = writer_on(pem, sizeof pem);
    demo_key_print(key, &out);
    enum err err =
        out.failed ? ERR_NO_MEMORY : demo_write(directory, name, writer_bytes(&out), true);
    explicit_bzero(pem, sizeof pem);
    return err;
}

enum err demo_write_config(const char *directory)
{
    static const char text[] =
        "; The demonstration's settings. `baobei check-config --help` lists all.\n"
        "env = dev\n"
        "\n"
        "[data]\n"
        "directory = data\n"
        "key_file = baobei.key\n"
        "\n"
        "[server]\n"
        "listen = https://127.0.0.1:8443\n"
        "names = localhost,127.0.0.1,::1\n"
        "certificate = pki/server.pem\n"
        "key = pki/server.key\n"
        "\n"
        "[ops]\n"
        "listen = http://127.0.0.1:9090\n"
        "\n"
        "[auth]\n"
        "challenges_per_minute = 6000\n"
        "\n"
        "; `baobei-sim-nhi --certificate pki/server.pem --key pki/server.key` is NHI's end;\n"
        "; without a url nothing is sent.\n"
        "[nhi]\n"
        "; url = https://127.0.0.1:8444\n"
        "ca = pki/server-ca.pem\n"
        "pace = prompt\n"
        "\n"
        "[store]\n"
        "map_gib = 64\n"
        "\n"
        "[trust]\n"
        "roots = pki/root.pem\n"
        "health = pki/health.pem\n"
        "citizen = pki/citizen.pem\n"
        "crls = pki/health.crl,pki/citizen.crl\n";
    return demo_write(directory, "baobei.conf", bytes_from_text(text), false);
}

static void identity_put(yyjson_mut_doc *doc, yyjson_mut_val *array,
                         const struct demo_identity *identity)
{
    char text[80];
    yyjson_mut_val *object = yyjson_mut_arr_add_obj(doc, array);
    (void)yyjson_mut_obj_add_strcpy(doc, object, "role", identity->role);
    (void)yyjson_mut_obj_add_strcpy(doc, object, "name", identity->name);
    if (identity->id_no[0] != '\0') {
        (void)yyjson_mut_obj_add_strcpy(doc, object, "id_no", identity->id_no);
    }
    if (identity->institution[0] != '\0') {
        (void)yyjson_mut_obj_add_strcpy(doc, object, "institution", identity->institution);
    }
    if (identity->county != 0) {
        (void)snprintf(text, sizeof text, "%05u", identity->county);
        (void)yyjson_mut_obj_add_strcpy(doc, object, "county", text);
    }
    if (identity->mobile[0] != '\0') {
        (void)yyjson_mut_obj_add_strcpy(doc, object, "mobile", identity->mobile);
    }
    if (identity->nhi_card_no[0] != '\0') {
        (void)yyjson_mut_obj_add_strcpy(doc, object, "nhi_card_no", identity->nhi_card_no);
    }
    (void)snprintf(text, sizeof text, "cards/%s.pem", identity->file);
    (void)yyjson_mut_obj_add_strcpy(doc, object, "certificate", text);
    (void)snprintf(text, sizeof text, "cards/%s.key", identity->file);
    (void)yyjson_mut_obj_add_strcpy(doc, object, "key", text);
    (void)yyjson_mut_obj_add_strcpy(doc, object, "pin", identity->pin);
}

enum err demo_write_json(const char *directory, const struct demo_identity *identities,
                         size_t count)
{
    yyjson_mut_doc *doc = yyjson_mut_doc_new(NULL);
    if (doc == NULL) {
        return ERR_NO_MEMORY;
    }
    yyjson_mut_val *root = yyjson_mut_obj(doc);
    yyjson_mut_doc_set_root(doc, root);
    (void)yyjson_mut_obj_add_str(doc, root, "url", "https://127.0.0.1:8443");
    (void)yyjson_mut_obj_add_str(doc, root, "ops_url", "http://127.0.0.1:9090");
    (void)yyjson_mut_obj_add_str(doc, root, "ca", "pki/server-ca.pem");
    yyjson_mut_val *array = yyjson_mut_obj_add_arr(doc, root, "identities");
    for (size_t i = 0; i < count; i++) {
        identity_put(doc, array, &identities[i]);
    }
    size_t size = 0;
    char *text = yyjson_mut_write(doc, YYJSON_WRITE_PRETTY, &size);
    /* Last of all: its presence says that the demo is complete. */
    enum err err = text == NULL
                       ? ERR_NO_MEMORY
                       : demo_write(directory, "demo.json.new", bytes_of(text, size), true);
    free(text);
    yyjson_mut_doc_free(doc);
    char from[DEMO_PATH_MAX];
    char to[DEMO_PATH_MAX];
    (void)snprintf(from, sizeof from, "%s/demo.json.new", directory);
    (void)snprintf(to, sizeof to, "%s/demo.json", directory);
    if (err == ERR_OK && rename(from, to) != 0) {
        err = err_of_errno(errno);
    }
    return err;
}
