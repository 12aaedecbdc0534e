/* tempo/document.h: schedules, run and groups in one YAML or JSON document (libtempo_documents).
 *
 * A native document starts with `tempo: 1`; a training config of another system is recognised by its
 * keys and translated (llm-foundry, xlstm-jax). JSON is read as YAML; there is one parser.
 */
#ifndef TEMPO_DOCUMENT_H
#define TEMPO_DOCUMENT_H

#include <tempo/tempo.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Limits on what is read; beyond them TOO_LARGE, before memory is spent. */
enum {
    TEMPO_DOCUMENT_BYTES_MAX = 16 * 1024 * 1024,
    TEMPO_DOCUMENT_DEPTH_MAX = 64,
    TEMPO_DOCUMENT_VALUES_MAX = 1000 * 1000 /* values, with aliases expanded */
};

/* A document that was read: immutable, owns its run, groups, schedule and values. */
typedef struct tempo_document tempo_document;

/* Replaces one value before the document is interpreted: path as in "run.max_duration",
 * "optimizer.lr", "schedules[0].t_warmup"; value as it would stand in the document ("10ep", "0.1",
 * "[1ep, 2ep]"). Missing maps on the way are made. */
typedef struct tempo_override {
    const char *path;
    const char *value;
} tempo_override;

/* Zero it and set what is needed. */
typedef struct tempo_document_options {
    const tempo_allocator *allocator; /* NULL: the C library's. libfyaml's own memory comes from malloc */
    const tempo_override *overrides;
    size_t override_count;
} tempo_document_options;

/* Reads a document of `length` bytes. `options` may be NULL. Errors: BAD_SYNTAX, UNKNOWN_NAME (with the
 * nearest known name as advice), MISSING, BAD_TYPE, BAD_VALUE, OUT_OF_RANGE, TOO_LARGE, CONFLICT
 * (duplicate keys, several documents), NO_MEMORY; with line, column, length and path. */
TEMPO_API tempo_status tempo_document_parse(tempo_document **out, const char *text, size_t length,
                                            const tempo_document_options *options, tempo_error *error);

/* The same from values (copied), in the native form. */
TEMPO_API tempo_status tempo_document_from_value(tempo_document **out, const tempo_value *root,
                                                 const tempo_document_options *options, tempo_error *error);

TEMPO_API void tempo_document_free(tempo_document *document);

/* What the document says. Borrowed. */
TEMPO_API const tempo_run *tempo_document_run(const tempo_document *document);
TEMPO_API const tempo_group *tempo_document_groups(const tempo_document *document);
TEMPO_API size_t tempo_document_group_count(const tempo_document *document);
TEMPO_API const tempo_schedule *tempo_document_schedule(const tempo_document *document);

/* The document as values, in the native form whatever was read; places are those in the text. */
TEMPO_API const tempo_value *tempo_document_value(const tempo_document *document);

/* Whether a base value of `lr` was given; without one it is 1, and values are multiples of the base. */
TEMPO_API bool tempo_document_has_lr(const tempo_document *document);

/* What kind of document it was: "tempo", "llm-foundry" or "xlstm-jax". Static. */
TEMPO_API const char *tempo_document_kind(const tempo_document *document);

/* Where the value at `path` stands in the text (all 0: nowhere, as for a default or an override). If
 * the value itself is not there, the place of the nearest enclosing one. */
TEMPO_API tempo_place tempo_document_locate(const tempo_document *document, const char *path);

/* tempo_plan_bind() of the document; errors get line, column and length. */
TEMPO_API tempo_status tempo_document_bind(tempo_plan **out, const tempo_document *document,
                                           const tempo_bind_options *options, tempo_error *error);

/* Takes `length` bytes of output; returns 0, or another number to stop. */
typedef int tempo_write(void *context, const char *bytes, size_t length);

typedef enum tempo_format { TEMPO_YAML, TEMPO_JSON } tempo_format;

/* Writes the document in the native form; parsing the text gives the same document. Errors: IO when
 * `write` stops. */
TEMPO_API tempo_status tempo_document_print(const tempo_document *document, tempo_format format, tempo_write *write,
                                            void *context, tempo_error *error);

/* Any values as text and back, such as a saved stepper's (tempo/stepper.h): one value, of which the text reads back to
 * an equal one. A number that is not finite is written as YAML has it, which JSON proper does not know. Parsing adds the root of `tree`, with its
 * places; the limits and errors are those of tempo_document_parse(), but any value will do. */
TEMPO_API tempo_status tempo_value_print(const tempo_value *value, tempo_format format, tempo_write *write,
                                         void *context, tempo_error *error);
TEMPO_API tempo_status tempo_value_parse(tempo_tree *tree, const char *text, size_t length,
                                         const tempo_allocator *allocator, tempo_error *error);

/* Writes the JSON Schema (2020-12) of native documents, made from the registry. */
TEMPO_API tempo_status tempo_schema_print(tempo_write *write, void *context, tempo_error *error);

#ifdef __cplusplus
}
#endif

#endif
