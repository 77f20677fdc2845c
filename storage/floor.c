#include "storage/floor.h"
#include "base/check.h"

static const char floor_key[] = "floor";
static const uint32_t sign_bit = 0x80000000u;

static MDB_val floor_name(void)
{
    return (MDB_val){sizeof floor_key - 1, (void *)(uintptr_t)floor_key};
}

void floor_encode(const struct serial_floor *floor, uint8_t value[FLOOR_VALUE_SIZE])
{
    struct writer writer = writer_on(value, FLOOR_VALUE_SIZE);
    write_u32(&writer, (uint32_t)floor->day ^ sign_bit);
    write_u32(&writer, floor->serial);
    CHECK(!writer.failed);
}

enum err floor_read(const struct env *env, MDB_txn *txn, struct serial_floor *floor)
{
    *floor = (struct serial_floor){0};
    MDB_val key = floor_name(), value;
    int error = mdb_get(txn, env->meta, &key, &value);
    if (error != 0)
        return error == MDB_NOTFOUND ? ERR_OK : env_err(error);
    struct reader reader = reader_of(bytes_of(value.mv_data, value.mv_size));
    floor->set = true;
    floor->day = (int32_t)(read_u32(&reader) ^ sign_bit);
    floor->serial = read_u32(&reader);
    uint32_t sum = read_u32(&reader);
    bool good =
        reader_done(&reader) && sum == bytes_crc32c(0, bytes_of(value.mv_data, FLOOR_VALUE_SIZE));
    return good ? ERR_OK : ERR_CORRUPT;
}

enum err floor_write(const struct env *env, MDB_txn *txn, const struct serial_floor *floor)
{
    uint8_t data[FLOOR_VALUE_SIZE + 4];
    floor_encode(floor, data);
    struct writer sum = writer_on(data + FLOOR_VALUE_SIZE, 4);
    write_u32(&sum, bytes_crc32c(0, bytes_of(data, FLOOR_VALUE_SIZE)));
    MDB_val key = floor_name(), value = {sizeof data, data};
    return env_err(mdb_put(txn, env->meta, &key, &value, 0));
}
