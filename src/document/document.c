/* document.c: a document as an object: reading one of any kind, and what callers ask of it. */
#include "document/internal.h"

#include <stdio.h>
#include <string.h>

#include "readers/reader.h"

struct tempo_document {
    tempo__arena arena; /* of the meaning */
    tempo_tree *tree;   /* the native form, and whatever it was translated from */
    tempo_tree *source; /* what it was translated from; NULL for a native document */
    const char *kind;
    tempo__meaning meaning;
};

static const tempo_document_options no_options = {NULL, NULL, 0};

static tempo_document *new_document(const tempo_document_options *options)
{
    const tempo_allocator memory = tempo__allocator_or_default(options->allocator);
    tempo_document *document = tempo__allocate(&memory, sizeof *document);
    if (!document)
        return NULL;
    tempo__arena_init(&document->arena, &memory);
    document->kind = "tempo";
    if (!tempo_tree_new(&document->tree, &memory))
        return document;
    tempo_document_free(document);
    return NULL;
}

void tempo_document_free(tempo_document *document)
{
    if (!document)
        return;
    const tempo_allocator memory = document->arena.allocator;
    tempo_schedule_free(document->meaning.schedule);
    tempo_tree_free(document->tree);
    tempo_tree_free(document->source);
    tempo__arena_free(&document->arena);
    tempo__release(&memory, document, sizeof *document);
}

/* Replaces the tree by a copy, in which no two values share members, so that single ones can be changed. */
static tempo_status apply_overrides(tempo_document *document, const tempo_document_options *options, tempo_error *error)
{
    if (!options->override_count)
        return TEMPO_OK;
    tempo_tree *tree = NULL;
    if (tempo_tree_new(&tree, &document->arena.allocator))
        return tempo__out_of_memory(error);
    tempo_value *root = tempo_tree_add_copy(tree, NULL, NULL, 0, tempo_tree_root(document->tree));
    const tempo_status status = root ? tempo__overrides_apply(tree, root, options, error) : tempo__out_of_memory(error);
    tempo_tree_free(document->tree);
    document->tree = tree;
    return status;
}

/* Ends a constructor: the native form is in the tree. */
static tempo_status finish(tempo_document **out, tempo_document *document, const tempo_document_options *options,
                           tempo_status status, tempo_error *error)
{
    if (!status)
        status = apply_overrides(document, options, error);
    if (!status)
        status = tempo__interpret(&document->meaning, tempo_tree_root(document->tree), &document->arena, error);
    if (status)
        tempo_document_free(document);
    else
        *out = document;
    return status;
}

static tempo_status fail_unrecognised(const tempo_value *root, tempo_error *error)
{
    tempo__fail(error, TEMPO_UNKNOWN_NAME, "this is neither a document of Tempo (tempo: %d) nor a config that it reads",
                TEMPO__FORMAT_VERSION);
    char known[200] = "";
    const tempo__config_reader *reader = NULL;
    for (size_t i = 0; (reader = tempo__config_reader_at(i)); i++) {
        const size_t used = strlen(known);
        (void)snprintf(known + used, sizeof known - used, "%s%s (%s)", i ? ", " : "", reader->name, reader->looks_for);
    }
    tempo__advise(error, "start it with tempo: %d; configs that are read: %s", TEMPO__FORMAT_VERSION, known);
    tempo__locate(error, root->place.line, root->place.column, root->place.length);
    return TEMPO_UNKNOWN_NAME;
}

/* Turns what was read into the native form, unless it is native already. */
static tempo_status translate(tempo_document *document, tempo_error *error)
{
    const tempo_value *root = tempo_tree_root(document->tree);
    if (root->kind != TEMPO_VALUE_MAP || tempo_value_member(root, "tempo"))
        return TEMPO_OK;
    const tempo__config_reader *reader = NULL;
    for (size_t i = 0; (reader = tempo__config_reader_at(i)); i++)
        if (reader->recognises(root))
            break;
    if (!reader)
        return fail_unrecognised(root, error);
    tempo_tree *native = NULL;
    if (tempo_tree_new(&native, &document->arena.allocator))
        return tempo__out_of_memory(error);
    document->kind = reader->name;
    document->source = document->tree;
    document->tree = native;
    return reader->translate(root, native, error);
}

tempo_status tempo_document_parse(tempo_document **out, const char *text, size_t length,
                                  const tempo_document_options *options, tempo_error *error)
{
    *out = NULL;
    const tempo_document_options *chosen = options ? options : &no_options;
    tempo_document *document = new_document(chosen);
    if (!document)
        return tempo__out_of_memory(error);
    tempo_status status = tempo__yaml_read(document->tree, text, length, &document->arena.allocator, error);
    if (!status)
        status = translate(document, error);
    return finish(out, document, chosen, status, error);
}

tempo_status tempo_document_from_value(tempo_document **out, const tempo_value *root,
                                       const tempo_document_options *options, tempo_error *error)
{
    *out = NULL;
    const tempo_document_options *chosen = options ? options : &no_options;
    tempo_document *document = new_document(chosen);
    if (!document)
        return tempo__out_of_memory(error);
    const bool copied = tempo_tree_add_copy(document->tree, NULL, NULL, 0, root) != NULL;
    return finish(out, document, chosen, copied ? TEMPO_OK : tempo__out_of_memory(error), error);
}

const tempo_run *tempo_document_run(const tempo_document *document)
{
    return &document->meaning.run;
}

const tempo_group *tempo_document_groups(const tempo_document *document)
{
    return document->meaning.groups;
}

size_t tempo_document_group_count(const tempo_document *document)
{
    return document->meaning.group_count;
}

const tempo_schedule *tempo_document_schedule(const tempo_document *document)
{
    return document->meaning.schedule;
}

const tempo_value *tempo_document_value(const tempo_document *document)
{
    return tempo_tree_root(document->tree);
}

bool tempo_document_has_lr(const tempo_document *document)
{
    return document->meaning.has_lr;
}

const char *tempo_document_kind(const tempo_document *document)
{
    return document->kind;
}

tempo_place tempo_document_locate(const tempo_document *document, const char *path)
{
    char shorter[256];
    const size_t length = strlen(path);
    if (length >= sizeof shorter)
        return (tempo_place){0, 0, 0};
    memcpy(shorter, path, length + 1);
    for (;;) {
        const tempo_value *value = tempo_value_at(tempo_tree_root(document->tree), shorter);
        if (value)
            return value->place;
        size_t end = strlen(shorter);
        while (end > 0 && shorter[end - 1] != '.' && shorter[end - 1] != '[')
            end--;
        shorter[end ? end - 1 : 0] = '\0';
    }
}

tempo_status tempo_document_bind(tempo_plan **out, const tempo_document *document, const tempo_bind_options *options,
                                 tempo_error *error)
{
    const tempo__meaning *meaning = &document->meaning;
    const tempo_status status =
        tempo_plan_bind(out, &meaning->run, meaning->groups, meaning->group_count, meaning->schedule, options, error);
    if (status && error && !error->line && *error->path) {
        const tempo_place place = tempo_document_locate(document, error->path);
        tempo__locate(error, place.line, place.column, place.length);
    }
    return status;
}
