/* support/documents.h: documents in tests: read one that is right, refuse one that is not. */
#ifndef TEMPO_TESTS_SUPPORT_DOCUMENTS_H
#define TEMPO_TESTS_SUPPORT_DOCUMENTS_H

#include <stdio.h>
#include <stdlib.h>

#include <tempo/document.h>

#include "support/spec.h"

/* What every document needs beside what a test is about. */
#define SCHEDULE "schedules: {type: composer.ConstantScheduler, t_max: 10ba}\n"

/* A document that must be right; yours to free. */
static inline tempo_document *read_document(const char *text, const tempo_document_options *options)
{
    tempo_error error = TEMPO_ERROR_INIT;
    tempo_document *document = NULL;
    if (tempo_document_parse(&document, text, strlen(text), options, &error))
        fail_msg("%zu:%zu: %s (%s) in:\n%s", error.line, error.column, error.message, error.advice, text);
    assert_non_null(document);
    return document;
}

/* The error of a text that must be refused. */
static inline tempo_error refuse_bytes(const char *text, size_t length, tempo_status status)
{
    tempo_error error = TEMPO_ERROR_INIT;
    tempo_document *document = NULL;
    const tempo_status found = tempo_document_parse(&document, text, length, NULL, &error);
    if (!found)
        fail_msg("accepted:\n%s", text);
    assert_null(document);
    if (found != status)
        fail_msg("%s, not %s: %s", tempo_status_name(found), tempo_status_name(status), error.message);
    assert_int_equal(error.status, status);
    assert_true(*error.message);
    assert_null(strchr(error.message, '\n'));
    return error;
}

static inline tempo_error refuse(const char *text, tempo_status status)
{
    return refuse_bytes(text, strlen(text), status);
}

static inline void assert_place(const tempo_error *error, size_t line, size_t column, size_t length)
{
    if (error->line != line || error->column != column || error->length != length)
        fail_msg("%zu:%zu+%zu, not %zu:%zu+%zu: %s", error->line, error->column, error->length, line, column, length,
                 error->message);
}

static inline void assert_contains(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("'%s' is not in '%s'", part, text);
}

/* Output that is kept. */
typedef struct kept_output {
    char *bytes;
    size_t length;
} kept_output;

static inline int keep_output(void *context, const char *bytes, size_t length)
{
    kept_output *output = context;
    char *more = realloc(output->bytes, output->length + length + 1);
    if (!more)
        return 1;
    memcpy(more + output->length, bytes, length);
    output->bytes = more;
    output->length += length;
    more[output->length] = '\0';
    return 0;
}

/* A whole file; yours to free. */
static inline char *read_file(const char *path, size_t *length)
{
    FILE *file = fopen(path, "rb");
    if (!file)
        fail_msg("%s cannot be opened", path);
    char *bytes = malloc(1 << 20);
    assert_non_null(bytes);
    *length = fread(bytes, 1, (1 << 20) - 1, file);
    bytes[*length] = '\0';
    (void)fclose(file);
    return bytes;
}

#endif
