/* baobei-card: the card bridge as a program (AUTH 7.8). */
#include "base/check.h"
#include "base/log.h"
#include "card/own_ca.h"
#include "card/reply.h"
#include "card/server.h"
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

enum { EXIT_DONE = 0, EXIT_BAD_INPUT = 2, EXIT_WORLD_FAILED = 3 }; /* API 9 */

static const char help[] =
    "usage: baobei-card --config FILE\n"
    "\n"
    "Lets allowed web sites use the card in this computer's reader, over\n"
    "http://127.0.0.1 and http://[::1].\n"
    "\n"
    "  --config FILE   settings, one `key = value` a line:\n"
    "      modules         PKCS#11 modules, divided by commas (required)\n"
    "      origins         sites that may ask, like https://host:port (required)\n"
    "      confirm         on: sign only after a click in the bridge's window; off\n"
    "      ports           58731, 58732, 58733; the first free one is taken\n"
    "      tls_folder      TLS on the same port too; the folder gets ca.pem, for the browser\n"
    "                      to trust, and the bridge's own certificate\n"
    "      servisign_ports the HCA component's protocol too, over TLS (for tests)\n"
    "      servisign_path_id  what such a page must name; unset: any\n"
    "      softhsm2_conf   becomes SOFTHSM2_CONF, for the demo's cards\n"
    "  --help          this text\n"
    "  --version       the version\n"
    "\n"
    "Exit: 0 stopped by a signal, 2 bad options or settings, 3 the world failed.\n";

/* Sets *config, or answers and sets *status. */
static bool options_read(int argc, char **argv, const char **config, int *status)
{
    static const struct option options[] = {{"config", required_argument, NULL, 'c'},
                                            {"help", no_argument, NULL, 'h'},
                                            {"version", no_argument, NULL, 'v'},
                                            {NULL, 0, NULL, 0}};
    int option = 0;
    *status = EXIT_DONE;
    *config = NULL;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (option) {
        case 'c': *config = optarg; break;
        case 'h': (void)fputs(help, stdout); return false;
        case 'v': (void)puts("baobei-card " REPLY_VERSION); return false;
        default: *status = EXIT_BAD_INPUT; return false; /* getopt has said why */
        }
    }
    if (*config == NULL || optind != argc) {
        (void)fputs("baobei-card: --config FILE is needed, and nothing else; see --help\n", stderr);
        *status = EXIT_BAD_INPUT;
        return false;
    }
    return true;
}

/* Nothing that a PIN has passed through is to end in a file. */
static void core_forbid(void)
{
    struct rlimit none = {0, 0};
    if (setrlimit(RLIMIT_CORE, &none) != 0) {
        LOG(LOG_WARN, "core_limit", log_text("reason", "core dumps can't be switched off"));
    }
}

struct stopper {
    uv_signal_t signals[2];
    struct server *server;
    bool stopping;
};

static void main_on_signal(uv_signal_t *handle, int number)
{
    struct stopper *stopper = handle->data;
    if (stopper->stopping) {
        return; /* once is enough, and a second one must not kill a signature under way */
    }
    stopper->stopping = true;
    LOG(LOG_INFO, "stopping", log_int("signal", number));
    server_stop(stopper->server);
}

static void signals_watch(uv_loop_t *loop, struct stopper *stopper)
{
    static const int numbers[] = {SIGTERM, SIGINT};
    for (size_t i = 0; i < ARRAY_COUNT(numbers); i++) {
        CHECK(uv_signal_init(loop, &stopper->signals[i]) == 0);
        stopper->signals[i].data = stopper;
        CHECK(uv_signal_start(&stopper->signals[i], main_on_signal, numbers[i]) == 0);
        uv_unref(
            (uv_handle_t *)&stopper->signals[i]); /* watched until the last connection is gone */
    }
    (void)signal(SIGPIPE, SIG_IGN);
}

static void guard_on_signal(uv_signal_t *handle, int number)
{
    (void)handle;
    (void)number;
}

/* libuv gives a signal its default back when nobody watches it any more: a second SIGTERM while
 * this ends would then kill it, through any of the pool's threads. So somebody watches for the life
 * of the process, on a loop that never runs. */
static void signals_guard(void)
{
    static uv_loop_t loop;
    static uv_signal_t handles[2];
    CHECK(uv_loop_init(&loop) == 0);
    for (size_t i = 0; i < ARRAY_COUNT(handles); i++) {
        CHECK(uv_signal_init(&loop, &handles[i]) == 0);
        CHECK(uv_signal_start(&handles[i], guard_on_signal, i == 0 ? SIGTERM : SIGINT) == 0);
    }
}

static int run(const struct settings *settings, struct tls_site *site)
{
    uv_loop_t loop;
    struct server server;
    struct stopper stopper = {.server = &server};
    struct bridge bridge = {.settings = settings, .loop = &loop};
    int status = EXIT_DONE;
    CHECK(uv_loop_init(&loop) == 0);
    jobs_open(&bridge.jobs, &loop, settings);
    enum err err = server_open(&server, &loop, &bridge, site);
    if (err != ERR_OK) {
        (void)fprintf(stderr, "baobei-card: no port to listen on: %s\n", err_sentence(err));
        status = EXIT_WORLD_FAILED;
        (void)uv_run(&loop, UV_RUN_DEFAULT); /* what was opened before closes */
    } else {
        signals_guard();
        signals_watch(&loop, &stopper);
        (void)printf("baobei-card: http://127.0.0.1:%u\n", bridge.port);
        if (bridge.servisign.port != 0) {
            (void)printf("baobei-card: servisign https://localhost:%u\n", bridge.servisign.port);
        }
        (void)fflush(stdout);
        LOG(LOG_INFO, "listening", log_int("port", bridge.port),
            log_text("tls", site != NULL ? "on" : "off"),
            log_int("servisign", bridge.servisign.port));
        (void)uv_run(&loop, UV_RUN_DEFAULT);
        for (size_t i = 0; i < ARRAY_COUNT(stopper.signals); i++) {
            uv_close((uv_handle_t *)&stopper.signals[i], NULL);
        }
        (void)uv_run(&loop, UV_RUN_DEFAULT);
    }
    CHECK(uv_loop_close(&loop) == 0);
    jobs_close(&bridge.jobs);
    return status;
}

/* With TLS if the settings want it, which is not done without when it can't be had. */
static int run_with_site(const struct settings *settings)
{
    struct tls_site *site = NULL;
    if (settings->tls_folder != NULL) {
        enum err err = own_ca_open(settings->tls_folder, (int64_t)time(NULL), &site);
        if (err != ERR_OK) {
            (void)fprintf(stderr, "baobei-card: no certificate in %s: %s\n", settings->tls_folder,
                          err_sentence(err));
            return EXIT_WORLD_FAILED;
        }
    }
    int status = run(settings, site);
    tls_site_close(site);
    return status;
}

int main(int argc, char **argv)
{
    const char *config = NULL;
    int status = EXIT_DONE;
    struct settings settings;
    struct settings_fault fault;
    if (!options_read(argc, argv, &config, &status)) {
        return status;
    }
    if (settings_read(&settings, config, &fault) != ERR_OK) {
        (void)fprintf(stderr, "baobei-card: %s:%d: %s\n", config, fault.line, fault.text);
        return EXIT_BAD_INPUT;
    }
    core_forbid();
    /* Before there are threads; SoftHSM2 has no other way to be told. */
    if (settings.softhsm2_conf != NULL && setenv("SOFTHSM2_CONF", settings.softhsm2_conf, 1) != 0) {
        (void)fprintf(stderr, "baobei-card: out of memory\n");
        status = EXIT_WORLD_FAILED;
    } else if (log_start(LOG_INFO) != ERR_OK) {
        (void)fprintf(stderr, "baobei-card: the log can't be started\n");
        status = EXIT_WORLD_FAILED;
    } else {
        status = run_with_site(&settings);
        log_stop();
    }
    settings_deinit(&settings);
    return status;
}
