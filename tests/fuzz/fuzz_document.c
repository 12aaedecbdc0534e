/* Any bytes as a document: refused with a complete error, or read, bound and evaluated; and what is printed reads
 * back to the same values. The build is that of `tools/check fuzz`. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tempo/document.h>

static void check(bool is_true, const char *what)
{
    if (is_true)
        return;
    (void)fprintf(stderr, "not so: %s\n", what);
    abort();
}

static void check_error(const tempo_error *error, tempo_status status)
{
    check(error->status == status, "the error has the status that was returned");
    check(*error->message != '\0', "the error has a message");
    check(!strpbrk(error->message, "\n\r") && !strpbrk(error->advice, "\n\r"), "message and advice are one line each");
}

/* --- printed text --- */

typedef struct text {
    char *bytes;
    size_t length;
    size_t capacity;
} text;

static int append(void *context, const char *bytes, size_t length)
{
    text *out = context;
    if (length > out->capacity - out->length) {
        out->capacity = 2 * (out->capacity + length);
        out->bytes = realloc(out->bytes, out->capacity);
        check(out->bytes != NULL, "there is memory");
    }
    memcpy(out->bytes + out->length, bytes, length);
    out->length += length;
    return 0;
}

static void check_round_trip(const tempo_document *document, tempo_format format)
{
    tempo_error error = TEMPO_ERROR_INIT;
    tempo_document *again = NULL;
    text printed = {NULL, 0, 0};
    check(!tempo_document_print(document, format, append, &printed, &error), "a document can be printed");
    if (tempo_document_parse(&again, printed.bytes, printed.length, NULL, &error))
        (void)fprintf(stderr, "%zu:%zu: %s\n%.*s", error.line, error.column, error.message, (int)printed.length,
                      printed.bytes);
    check(again != NULL, "what was printed can be read");
    check(tempo_value_equal(tempo_document_value(document), tempo_document_value(again)),
          "what was printed reads back to the same values");
    tempo_document_free(again);
    free(printed.bytes);
}

/* --- values --- */

static void evaluate(const tempo_plan *plan)
{
    static const int64_t batches[] = {0, 1, 17, 1000, INT64_C(1) << 40, INT64_MAX};
    for (size_t i = 0; i < sizeof batches / sizeof batches[0]; i++) {
        tempo_timestamp now;
        if (tempo_plan_timestamp(plan, batches[i], &now, NULL))
            continue;
        for (size_t track = 0; track < tempo_plan_track_count(plan); track++) {
            const double once = tempo_plan_value(plan, track, &now), twice = tempo_plan_value(plan, track, &now);
            check(memcmp(&once, &twice, sizeof once) == 0, "the same time has the same value");
        }
    }
}

static void use(const tempo_document *document)
{
    tempo_error error = TEMPO_ERROR_INIT;
    tempo_plan *plan = NULL;
    check_round_trip(document, TEMPO_YAML);
    check_round_trip(document, TEMPO_JSON);
    (void)tempo_document_locate(document, "schedules[0].t_warmup");
    const tempo_status status = tempo_document_bind(&plan, document, NULL, &error);
    if (status)
        check_error(&error, status);
    else
        evaluate(plan);
    tempo_plan_free(plan);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    tempo_error error = TEMPO_ERROR_INIT;
    tempo_document *document = NULL;
    const tempo_status status = tempo_document_parse(&document, (const char *)data, size, NULL, &error);
    check((status == TEMPO_OK) == (document != NULL), "there is a document unless there is an error");
    if (status)
        check_error(&error, status);
    else
        use(document);
    tempo_document_free(document);
    return 0;
}
