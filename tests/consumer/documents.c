/* documents.c: a consumer of libtempo_documents: a document in, values out. */
#include <stdio.h>
#include <string.h>
#include <tempo/document.h>

static const char text[] = "tempo: 1\n"
                           "run: {max_duration: 100ba}\n"
                           "optimizer: {lr: 0.1}\n"
                           "schedules:\n"
                           "  type: composer.ConstantWithWarmupScheduler\n"
                           "  t_warmup: 10ba\n";

static int failed(const tempo_error *error)
{
    fprintf(stderr, "%zu:%zu: %s\n", error->line, error->column, error->message);
    return 1;
}

int main(void)
{
    tempo_error error = TEMPO_ERROR_INIT;
    tempo_document *document = NULL;
    tempo_plan *plan = NULL;
    if (tempo_document_parse(&document, text, strlen(text), NULL, &error) ||
        tempo_document_bind(&plan, document, NULL, &error))
        return failed(&error);

    double values[11];
    if (tempo_plan_values(plan, 0, 0, 11, values, &error))
        return failed(&error);
    printf("%g %g\n", values[5], values[10]);
    tempo_plan_free(plan);
    tempo_document_free(document);
    return 0;
}
