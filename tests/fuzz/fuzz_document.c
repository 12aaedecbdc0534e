/* fuzz_document.c: any bytes as a document. Whatever is accepted, as values or as a document, must be the same
 * when it is written and read again, in both formats, and binding it must not harm. For libFuzzer:
 *
 *   clang -g -O1 -fsanitize=fuzzer,address,undefined -Iinclude -Isrc tests/fuzz/fuzz_document.c
 *       src/{base,time,schedule,families,plan,document,readers}/(all).c -lfyaml -lm
 *   ./a.out -dict=tests/fuzz/document.dict NEW_CORPUS tests/fuzz/corpus/document
 */
#include <stdlib.h>
#include <string.h>

#include "document/internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct output {
    char *bytes;
    size_t length;
} output;

static int keep(void *context, const char *bytes, size_t length)
{
    output *kept = context;
    char *more = realloc(kept->bytes, kept->length + length + 1);
    if (!more)
        return 1;
    memcpy(more + kept->length, bytes, length);
    kept->bytes = more;
    kept->length += length;
    return 0;
}

static void must(int condition)
{
    if (!condition)
        abort();
}

static void check_error(const tempo_error *error, tempo_status status)
{
    must(error->status == status && *error->message && !strchr(error->message, '\n'));
    must(memchr(error->message, 0, sizeof error->message) && memchr(error->path, 0, sizeof error->path));
}

/* Values of any kind, not just those of documents. */
static void check_values(const char *text, size_t length, tempo_format format)
{
    output kept = {NULL, 0};
    tempo_error error = TEMPO_ERROR_INIT;
    tempo_tree *tree = NULL, *again = NULL;
    must(!tempo_tree_new(&tree, NULL) && !tempo_tree_new(&again, NULL));
    const tempo_status status = tempo__yaml_read(tree, text, length, NULL, &error);
    if (status) {
        check_error(&error, status);
    } else {
        must(!tempo_value_print(tempo_tree_root(tree), format, keep, &kept, NULL));
        must(!tempo__yaml_read(again, kept.bytes, kept.length, NULL, NULL));
        must(tempo_value_equal(tempo_tree_root(tree), tempo_tree_root(again)));
    }
    tempo_tree_free(tree);
    tempo_tree_free(again);
    free(kept.bytes);
}

static void check_round_trip(const tempo_document *document, tempo_format format)
{
    output kept = {NULL, 0};
    tempo_document *again = NULL;
    must(!tempo_document_print(document, format, keep, &kept, NULL));
    must(!tempo_document_parse(&again, kept.bytes, kept.length, NULL, NULL));
    must(tempo_value_equal(tempo_document_value(document), tempo_document_value(again)));
    tempo_document_free(again);
    free(kept.bytes);
}

static void check_plan(const tempo_document *document)
{
    tempo_error error = TEMPO_ERROR_INIT;
    tempo_plan *plan = NULL;
    const tempo_status status = tempo_document_bind(&plan, document, NULL, &error);
    if (status) {
        check_error(&error, status);
        return;
    }
    for (int64_t batch = 0; batch < 1000; batch = 3 * batch + 1) {
        tempo_timestamp now;
        if (!tempo_plan_timestamp(plan, batch, &now, NULL))
            for (size_t track = 0; track < tempo_plan_track_count(plan) && track < 8; track++)
                (void)tempo_plan_value(plan, track, &now);
    }
    tempo_plan_free(plan);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const tempo_override overrides[] = {{"run.max_duration", "7ep"}, {"schedules[0].field", "lr"}};
    const tempo_document_options options = {.overrides = overrides, .override_count = size % 3};
    tempo_error error = TEMPO_ERROR_INIT;
    tempo_document *document = NULL;
    char *text = malloc(size ? size : 1); /* of this size exactly, so that reading beyond it is seen */
    if (!text)
        return 0;
    memcpy(text, data, size);
    check_values(text, size, size % 2 ? TEMPO_YAML : TEMPO_JSON);
    const tempo_status status = tempo_document_parse(&document, text, size, &options, &error);
    if (status) {
        check_error(&error, status);
        must(!document);
    } else {
        check_round_trip(document, TEMPO_YAML);
        check_round_trip(document, TEMPO_JSON);
        check_plan(document);
    }
    tempo_document_free(document);
    free(text);
    return 0;
}
