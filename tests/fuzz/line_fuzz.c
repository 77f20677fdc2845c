/* Stored rows of cases, lines, bodies, history, requests, sessions: as they are and with a checksum
 * that holds. What is read can be written, and what was written reads the same. The first byte
 * chooses the kind of row, the rest is the row without its checksum. */
#include "model/line_codec.h"
#include "model/row_frame.h"
#include "model/sessions.h"
#include "tests/fuzz/fuzz.h"
#include <string.h>

enum { ROW_MAX = 32 * 1024, KINDS = 6 };

/* Reads a row of this kind and writes it again. False: it was refused. */
static bool row_again(int kind, struct bytes row, struct arena *arena, struct writer *out)
{
    struct case_record record;
    struct line_state state;
    struct line_body body;
    struct history history;
    struct request_record request;
    struct session session;
    enum err err = ERR_CORRUPT;
    switch (kind) {
    case 0:
        if ((err = case_read(row, &record)) == ERR_OK)
            case_write(out, &record);
        break;
    case 1:
        if ((err = line_state_read(row, arena, &state)) == ERR_OK)
            line_state_write(out, &state);
        break;
    case 2:
        if ((err = line_body_read(row, arena, &body)) == ERR_OK)
            line_body_write(out, &body);
        break;
    case 3:
        if ((err = history_read(row, arena, &history)) == ERR_OK)
            history_write(out, &history);
        break;
    case 4:
        if ((err = request_read(row, &request)) == ERR_OK)
            request_write(out, &request);
        break;
    default:
        if ((err = session_read(row, &session)) == ERR_OK)
            session_write(out, &session);
        break;
    }
    CHECK(err == ERR_OK || err == ERR_CORRUPT || err == ERR_VERSION || err == ERR_NO_MEMORY);
    return err == ERR_OK && !out->failed;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t first[ROW_MAX], second[ROW_MAX], sealed[ROW_MAX];
    if (size < 2 || size > ROW_MAX / 2)
        return 0;
    int kind = data[0] % KINDS;
    struct arena arena;
    arena_init(&arena, 4096, 1 << 20);
    struct writer out = writer_on(first, sizeof first);
    (void)row_again(kind, bytes_of(data + 1, size - 1), &arena, &out);

    struct writer row = writer_on(sealed, sizeof sealed);
    write_raw(&row, bytes_of(data + 1, size - 1));
    row_frame_end(&row, 0);
    CHECK(!row.failed);
    out = writer_on(first, sizeof first);
    if (row_again(kind, writer_bytes(&row), &arena, &out)) {
        struct writer again = writer_on(second, sizeof second);
        bool good = row_again(kind, writer_bytes(&out), &arena, &again);
        CHECK(good && bytes_equal(writer_bytes(&out), writer_bytes(&again)));
    }
    arena_deinit(&arena);
    return 0;
}
