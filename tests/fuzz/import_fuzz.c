/* CSV files of institutions and people: any cut gives the same counts, and every row is taken or
 * refused. The first byte chooses the kind. */
#include "registry/import_csv.h"
#include "tests/fuzz/fuzz.h"
#include <string.h>

struct counted {
    uint32_t taken, faults, sum;
};

static enum err on_institution(void *context, const struct institution *row)
{
    struct counted *counted = context;
    counted->taken++;
    counted->sum = bytes_crc32c(counted->sum, row->name);
    return ERR_OK;
}

static enum err on_person(void *context, const struct person_import *row)
{
    struct counted *counted = context;
    counted->taken++;
    counted->sum = bytes_crc32c(counted->sum, row->name);
    return ERR_OK;
}

static void on_fault(void *context, const struct import_report *report)
{
    struct counted *counted = context;
    counted->faults++;
    CHECK(strnlen(report->value, sizeof report->value) < sizeof report->value);
    CHECK(import_fault_name(report->fault) != NULL && report->column != NULL);
}

static bool home_is_known(void *context, uint64_t id)
{
    (void)context;
    return id % 3 != 0;
}

static enum err import_all(struct bytes in, uint32_t walk, struct counted *counted,
                           struct import_summary *summary)
{
    const struct import_sink sink = {counted, on_institution, on_person, on_fault, home_is_known};
    const struct import_options options = {.today = 20000, .bytes_max = 1 << 20};
    *counted = (struct counted){0};
    *summary = (struct import_summary){0};
    enum import_kind kind = in.data[0] % 2 == 0 ? IMPORT_INSTITUTIONS : IMPORT_PEOPLE;
    struct bytes rest = bytes_slice(in, 1, in.size - 1);
    struct import *import = import_open(kind, &options, &sink);
    if (import == NULL)
        return ERR_NO_MEMORY;
    enum err err = ERR_OK;
    while (err == ERR_OK && rest.size > 0) {
        size_t size = walk == 0 ? rest.size : fuzz_piece(&walk, rest.size);
        err = import_feed(import, bytes_slice(rest, 0, size));
        rest = bytes_slice(rest, size, rest.size - size);
    }
    if (err == ERR_OK)
        err = import_finish(import, summary);
    import_close(import);
    return err;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct counted whole = {0}, cut = {0};
    struct import_summary summary = {0}, cut_summary = {0};
    if (size == 0)
        return 0;
    enum err err = import_all(bytes_of(data, size), 0, &whole, &summary);
    enum err cut_err =
        import_all(bytes_of(data, size), fuzz_walk(data, size) | 1, &cut, &cut_summary);
    CHECK(err == cut_err);
    CHECK(whole.taken == cut.taken && whole.faults == cut.faults && whole.sum == cut.sum);
    if (err == ERR_OK) {
        CHECK(summary.rows == summary.taken + summary.refused && summary.taken == whole.taken);
        CHECK(cut_summary.rows == summary.rows && summary.refused <= whole.faults);
    }
    return 0;
}
