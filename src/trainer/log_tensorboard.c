/* log_tensorboard.c: records as TensorBoard reads them: each an Event (event.proto) in the framing of TFRecord:
 *
 *   uint64 length, uint32 masked CRC of these eight bytes, the Event, uint32 masked CRC of it
 *
 * all little-endian, where CRC is CRC-32C and masked means rotated right by 15 bits plus 0xa282ead8. The fields used:
 *
 *   Event:          2 int64 step, 3 string file_version, 5 Summary summary
 *   Summary:        1 repeated Value
 *   Summary.Value:  1 string tag, 2 float simple_value
 *
 * An Event's wall_time is left out, which reads as 0. */
#include <math.h>
#include <string.h>

#include "trainer/log.h"

enum { LENGTH_SIZE = 8, CRC_SIZE = 4, BEFORE_SIZE = LENGTH_SIZE + CRC_SIZE, FRAME_SIZE = BEFORE_SIZE + CRC_SIZE };
enum { VARINT_MAX = 10, FLOAT_SIZE = 4 };

/* A field's number and wire type, as one byte. */
enum {
    EVENT_STEP = 2 << 3,
    EVENT_SUMMARY = 5 << 3 | 2,
    SUMMARY_VALUE = 1 << 3 | 2,
    VALUE_TAG = 1 << 3 | 2,
    VALUE_SIMPLE = 2 << 3 | 5
};

/* What every file begins with: an Event with file_version (3) = "brain.Event:2", framed. */
static const char beginning[] = "\x0f\0\0\0\0\0\0\0"
                                "\x6d\x53\x2b\x09"
                                "\x1a\x0d"
                                "brain.Event:2"
                                "\xfc\x98\x51\x29";

/* --- framing --- */

static uint32_t masked_crc(const char *bytes, size_t length)
{
    /* By half bytes: the polynomial 0x1edc6f41, reflected. */
    static const uint32_t table[16] = {0x00000000, 0x105ec76f, 0x20bd8ede, 0x30e349b1, 0x417b1dbc, 0x5125dad3,
                                       0x61c69362, 0x7198540d, 0x82f63b78, 0x92a8fc17, 0xa24bb5a6, 0xb21572c9,
                                       0xc38d26c4, 0xd3d3e1ab, 0xe330a81a, 0xf36e6f75};
    uint32_t crc = 0xffffffff;
    for (size_t i = 0; i < length; i++) {
        crc ^= (unsigned char)bytes[i];
        crc = crc >> 4 ^ table[crc & 15];
        crc = crc >> 4 ^ table[crc & 15];
    }
    crc = ~crc;
    return (crc >> 15 | crc << 17) + 0xa282ead8;
}

static char *put_little_endian(char *out, uint64_t value, size_t size)
{
    for (size_t i = 0; i < size; i++)
        *out++ = (char)(value >> 8 * i & 0xff);
    return out;
}

static uint64_t little_endian(const char *bytes, size_t size)
{
    uint64_t value = 0;
    for (size_t i = 0; i < size; i++)
        value |= (uint64_t)(unsigned char)bytes[i] << 8 * i;
    return value;
}

/* --- writing --- */

static size_t varint_size(uint64_t value)
{
    size_t size = 1;
    for (; value >= 0x80; value >>= 7)
        size++;
    return size;
}

static char *put_varint(char *out, uint64_t value)
{
    for (; value >= 0x80; value >>= 7)
        *out++ = (char)(value | 0x80);
    *out++ = (char)value;
    return out;
}

static size_t value_size(const char *name)
{
    const size_t length = strlen(name);
    return 1 + varint_size(length) + length + 1 + FLOAT_SIZE;
}

static char *put_value(char *out, const char *name, double value)
{
    const float narrow = (float)value;
    uint32_t bits;
    memcpy(&bits, &narrow, sizeof bits);
    *out++ = SUMMARY_VALUE;
    out = put_varint(out, value_size(name));
    *out++ = VALUE_TAG;
    out = put_varint(out, strlen(name));
    while (*name)
        *out++ = *name++;
    *out++ = VALUE_SIMPLE;
    return put_little_endian(out, bits, FLOAT_SIZE);
}

/* A metric that nobody has measured yet has no scalar. */
static bool is_left_out(const tempo_log *log, size_t index, double value)
{
    return log->has_metric && index == 1 && isnan(value);
}

static bool prepare(tempo_log *log)
{
    log->head = beginning;
    log->head_length = sizeof beginning - 1;
    log->record_max = FRAME_SIZE + 2 * (1 + VARINT_MAX);
    for (size_t i = 0; i < log->count; i++)
        log->record_max += 1 + VARINT_MAX + value_size(log->names[i]);
    return true;
}

static size_t print(const tempo_log *log, char *out, const tempo_timestamp *now, const double *values)
{
    size_t summary = 0;
    for (size_t i = 0; i < log->count; i++) {
        const size_t size = value_size(log->names[i]);
        summary += is_left_out(log, i, values[i]) ? 0 : 1 + varint_size(size) + size;
    }
    char *const event = out + BEFORE_SIZE;
    char *p = event;
    *p++ = EVENT_STEP;
    p = put_varint(p, (uint64_t)now->batch);
    *p++ = EVENT_SUMMARY;
    p = put_varint(p, summary);
    for (size_t i = 0; i < log->count; i++)
        if (!is_left_out(log, i, values[i]))
            p = put_value(p, log->names[i], values[i]);
    const size_t length = (size_t)(p - event);
    (void)put_little_endian(out, length, LENGTH_SIZE);
    (void)put_little_endian(out + LENGTH_SIZE, masked_crc(out, LENGTH_SIZE), CRC_SIZE);
    p = put_little_endian(p, masked_crc(event, length), CRC_SIZE);
    return (size_t)(p - out);
}

/* --- reading back --- */

/* What of an Event was not read yet. */
typedef struct cursor {
    const char *at, *end;
} cursor;

static bool take_byte(cursor *c, int byte)
{
    return c->at < c->end && (unsigned char)*c->at++ == byte;
}

static bool take_varint(cursor *c, uint64_t *value)
{
    *value = 0;
    for (unsigned shift = 0; c->at < c->end && shift < 64; shift += 7) {
        const unsigned char byte = (unsigned char)*c->at++;
        *value |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80)
            return true;
    }
    return false;
}

/* Takes a scalar, if it comes next and has this name. */
static bool take_value(cursor *c, const char *name)
{
    cursor next = *c;
    uint64_t size;
    uint64_t length;
    if (!take_byte(&next, SUMMARY_VALUE) || !take_varint(&next, &size) || size != value_size(name) ||
        size > (uint64_t)(next.end - next.at) || !take_byte(&next, VALUE_TAG) || !take_varint(&next, &length) ||
        length != strlen(name) || memcmp(next.at, name, length) != 0)
        return false;
    next.at += length;
    if (!take_byte(&next, VALUE_SIMPLE))
        return false;
    c->at = next.at + FLOAT_SIZE;
    return true;
}

/* Whether an Event is one of this log. */
static bool take_event(const tempo_log *log, cursor *c, int64_t *batch)
{
    uint64_t step;
    uint64_t size;
    if (!take_byte(c, EVENT_STEP) || !take_varint(c, &step) || step > INT64_MAX || !take_byte(c, EVENT_SUMMARY) ||
        !take_varint(c, &size) || size != (uint64_t)(c->end - c->at))
        return false;
    *batch = (int64_t)step;
    for (size_t i = 0; i < log->count; i++)
        if (!take_value(c, log->names[i]) && !(log->has_metric && i == 1))
            return false;
    return c->at == c->end;
}

static tempo__look look(const tempo_log *log, const char *bytes, size_t length, int64_t *batch, size_t *size)
{
    if (length < BEFORE_SIZE)
        return TEMPO__LOOK_PART;
    const uint64_t event = little_endian(bytes, LENGTH_SIZE);
    if (little_endian(bytes + LENGTH_SIZE, CRC_SIZE) != masked_crc(bytes, LENGTH_SIZE) || event > log->record_max)
        return TEMPO__LOOK_OTHER;
    if (length - BEFORE_SIZE < event + CRC_SIZE)
        return TEMPO__LOOK_PART;
    cursor c = {bytes + BEFORE_SIZE, bytes + BEFORE_SIZE + event};
    if (little_endian(c.end, CRC_SIZE) != masked_crc(c.at, event) || !take_event(log, &c, batch))
        return TEMPO__LOOK_OTHER;
    *size = FRAME_SIZE + event;
    return TEMPO__LOOK_RECORD;
}

const tempo__log_writer tempo__log_tensorboard = {
    .name = "tensorboard",
    .file = "events.out.tfevents.tempo",
    .beginning = beginning,
    .beginning_length = sizeof beginning - 1,
    .prepare = prepare,
    .print = print,
    .look = look,
};
