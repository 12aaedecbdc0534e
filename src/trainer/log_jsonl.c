/* log_jsonl.c: records as lines of JSON. */
#include <math.h>
#include <string.h>

#include "trainer/log.h"

static size_t quote(char *out, const char *name)
{
    static const char digits[] = "0123456789abcdef";
    size_t length = 0;
    char *const start = out;
    if (out)
        *out++ = '"';
    for (const char *c = name; *c; c++) {
        const unsigned char byte = (unsigned char)*c;
        const bool escaped = byte == '"' || byte == '\\';
        length += byte < ' ' ? 6 : escaped ? 2 : 1;
        if (!out)
            continue;
        if (byte < ' ') {
            const char code[] = {'\\', 'u', '0', '0', digits[byte / 16], digits[byte % 16]};
            memcpy(out, code, sizeof code);
            out += sizeof code;
            continue;
        }
        if (escaped)
            *out++ = '\\';
        *out++ = *c;
    }
    if (start)
        *out = '"';
    return length + 2;
}

static bool prepare(tempo_log *log)
{
    const size_t count = TEMPO__LOG_COUNTERS + log->count;
    const char **before = tempo__arena_take(&log->arena, count, sizeof *before);
    if (!before)
        return false;
    log->head = "";
    log->before = before;
    log->record_max = sizeof "}\n";
    for (size_t i = 0; i < count; i++) {
        const char *name = i < TEMPO__LOG_COUNTERS ? tempo__log_counters[i] : log->names[i - TEMPO__LOG_COUNTERS];
        before[i] = tempo__log_quote(log, quote, i ? "," : "{", name, ":");
        if (!before[i])
            return false;
        log->record_max += strlen(before[i]) + TEMPO__NUMBER_MAX;
    }
    return true;
}

static char *put(char *out, const char *text)
{
    while (*text)
        *out++ = *text++;
    return out;
}

static char *put_value(char *out, double value)
{
    if (isnan(value))
        return put(out, "null");
    if (isinf(value))
        return put(out, value > 0 ? "1e999" : "-1e999"); /* which every reader of doubles makes infinite */
    return out + tempo__number_print(out, value);
}

static size_t print(const tempo_log *log, char *out, const tempo_timestamp *now, const double *values)
{
    const int64_t counters[TEMPO__LOG_COUNTERS] = {now->batch, now->epoch, now->sample, now->token};
    char *p = out;
    for (size_t i = 0; i < TEMPO__LOG_COUNTERS; i++) {
        p = put(p, log->before[i]);
        p += tempo__integer_print(p, counters[i]);
    }
    for (size_t i = 0; i < log->count; i++)
        p = put_value(put(p, log->before[TEMPO__LOG_COUNTERS + i]), values[i]);
    return (size_t)(put(p, "}\n") - out);
}

static bool expect_value(tempo__cursor *cursor)
{
    const char *text;
    size_t length;
    double value;
    return tempo__expect_some(cursor, "+-.0123456789elnu", &text, &length) &&
           (tempo__number_parse(&value, text, length, false) || (length == 4 && memcmp(text, "null", 4) == 0));
}

static bool expect_record(const tempo_log *log, tempo__cursor *cursor, int64_t *batch)
{
    for (size_t i = 0; i < TEMPO__LOG_COUNTERS; i++) {
        int64_t count;
        if (!tempo__expect(cursor, log->before[i]) || !tempo__expect_count(cursor, i == 0 ? batch : &count))
            return false;
    }
    for (size_t i = 0; i < log->count; i++)
        if (!tempo__expect(cursor, log->before[TEMPO__LOG_COUNTERS + i]) || !expect_value(cursor))
            return false;
    return tempo__expect(cursor, "}\n");
}

static tempo__look look(const tempo_log *log, const char *bytes, size_t length, int64_t *batch, size_t *size)
{
    tempo__cursor cursor = {.at = bytes, .end = bytes + length};
    const bool is_record = expect_record(log, &cursor, batch);
    *size = (size_t)(cursor.at - bytes);
    return tempo__looked(&cursor, is_record);
}

const tempo__log_writer tempo__log_jsonl = {
    .name = "jsonl",
    .has_lines = true,
    .beginning = "{\"batch\":",
    .beginning_length = sizeof "{\"batch\":" - 1,
    .prepare = prepare,
    .print = print,
    .look = look,
};
