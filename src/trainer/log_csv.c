/* log_csv.c: records as lines of RFC 4180. */
#include <math.h>
#include <string.h>

#include "trainer/log.h"

static size_t quote(char *out, const char *name)
{
    const bool quotes = strpbrk(name, ",\"\r\n") != NULL;
    size_t length = 0;
    for (const char *c = name; *c; c++) {
        for (int times = quotes && *c == '"' ? 2 : 1; times > 0; times--, length++)
            if (out)
                out[length + quotes] = *c;
    }
    if (out && quotes)
        out[0] = out[length + 1] = '"';
    return length + (quotes ? 2 : 0);
}

static bool prepare(tempo_log *log)
{
    size_t length = 0;
    for (size_t i = 0; i < TEMPO__LOG_COUNTERS; i++)
        length += strlen(tempo__log_counters[i]) + 1;
    for (size_t i = 0; i < log->count; i++)
        length += quote(NULL, log->names[i]) + 1;
    char *head = tempo__arena_take(&log->arena, length + 1, 1);
    if (!head)
        return false;
    log->head = head;
    log->head_length = length;
    for (size_t i = 0; i < TEMPO__LOG_COUNTERS + log->count; i++) {
        head += i < TEMPO__LOG_COUNTERS ? quote(head, tempo__log_counters[i])
                                        : quote(head, log->names[i - TEMPO__LOG_COUNTERS]);
        *head++ = i + 1 < TEMPO__LOG_COUNTERS + log->count ? ',' : '\n';
    }
    log->record_max = (TEMPO__LOG_COUNTERS + log->count) * (TEMPO__NUMBER_MAX + 1);
    return true;
}

static bool is_metric(const tempo_log *log, size_t index)
{
    return log->has_metric && index == 1;
}

static size_t print(const tempo_log *log, char *out, const tempo_timestamp *now, const double *values)
{
    const int64_t counters[TEMPO__LOG_COUNTERS] = {now->batch, now->epoch, now->sample, now->token};
    char *p = out;
    for (size_t i = 0; i < TEMPO__LOG_COUNTERS; i++) {
        p += tempo__integer_print(p, counters[i]);
        *p++ = ',';
    }
    for (size_t i = 0; i < log->count; i++) {
        if (!is_metric(log, i) || !isnan(values[i]))
            p += tempo__number_print(p, values[i]);
        *p++ = i + 1 < log->count ? ',' : '\n';
    }
    return (size_t)(p - out);
}

static bool expect_value(const tempo_log *log, tempo__cursor *cursor, size_t index)
{
    const char *text;
    size_t length;
    double value;
    return tempo__expect_some(cursor, "+-.0123456789aefin", &text, &length) &&
           ((length == 0 && is_metric(log, index)) || tempo__number_parse(&value, text, length, true));
}

static bool expect_record(const tempo_log *log, tempo__cursor *cursor, int64_t *batch)
{
    for (size_t i = 0; i < TEMPO__LOG_COUNTERS; i++) {
        int64_t count;
        if (!tempo__expect_count(cursor, i == 0 ? batch : &count) || !tempo__expect(cursor, ","))
            return false;
    }
    for (size_t i = 0; i < log->count; i++)
        if (!expect_value(log, cursor, i) || !tempo__expect(cursor, i + 1 < log->count ? "," : "\n"))
            return false;
    return true;
}

static tempo__look look(const tempo_log *log, const char *bytes, size_t length, int64_t *batch, size_t *size)
{
    tempo__cursor cursor = {.at = bytes, .end = bytes + length};
    const bool is_record = expect_record(log, &cursor, batch);
    *size = (size_t)(cursor.at - bytes);
    return tempo__looked(&cursor, is_record);
}

const tempo__log_writer tempo__log_csv = {
    .name = "csv",
    .has_lines = true,
    .beginning = "batch,epoch,sample,token,",
    .beginning_length = sizeof "batch,epoch,sample,token," - 1,
    .prepare = prepare,
    .print = print,
    .look = look,
};
