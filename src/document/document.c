/* document.c: a document as an object: reading one of any kind, and what callers ask of it. */
#include "document/internal.h"

#include <stdio.h>
#include <string.h>

#include "readers/reader.h"

struct tempo_document {
    tempo__arena arena; /* of the meaning */
    tempo_tree *tree;   /* the native form, as its root, and whatever that was made from */
    const char *kind;
    tempo__meaning meaning;
};

static tempo_document *new_document(const tempo_document_options *options)
{
    const tempo_allocator memory = tempo__allocator_or_default(options ? options->allocator : NULL);
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
    tempo__arena_free(&document->arena);
    tempo__release(&memory, document, sizeof *document);
}

/* Interprets the native form, after what the overrides change in it. */
static tempo_status interpret(tempo_document *document, const tempo__overrides *overrides, tempo_error *error)
{
    tempo_tree *tree = document->tree;
    if (overrides->count) {
        tempo_value *root = tempo__add_shared(tree, NULL, NULL, 0, tempo_tree_root(tree));
        const tempo_status status =
            root ? tempo__overrides_apply(overrides, tree, root, error) : tempo__out_of_memory(error);
        if (status)
            return status;
    }
    return tempo__interpret(&document->meaning, tempo_tree_root(tree), &document->arena, error);
}

static tempo_status fail_unrecognised(const tempo_value *root, tempo_error *error)
{
    char known[200] = "";
    size_t used = 0;
    const tempo__config_reader *reader = NULL;
    for (size_t i = 0; (reader = tempo__config_reader_at(i)) && used < sizeof known; i++)
        used += (size_t)snprintf(known + used, sizeof known - used, "%s%s: %s", i ? "; " : "", reader->name,
                                 reader->looks_for);
    tempo__fail_at(error, TEMPO_MISSING, &root->place, "tempo", "no `tempo: %d`, and not a config that is known (%s)",
                   TEMPO__FORMAT_VERSION, known);
    const tempo_value *member = root->first;
    while (member && !tempo__equal_ignoring_case(member->key, member->key_length, "tempo"))
        member = member->next;
    if (member)
        tempo__advise(error, "did you mean tempo: %d? keys are in lower case", TEMPO__FORMAT_VERSION);
    else
        tempo__advise(error, "a document of Tempo starts with tempo: %d", TEMPO__FORMAT_VERSION);
    return TEMPO_MISSING;
}

/* Turns what was read into the native form, unless it is native already. */
static tempo_status translate(tempo_document *document, const tempo__overrides *overrides, tempo_error *error)
{
    const tempo_value *root = tempo_tree_root(document->tree);
    if (root->kind != TEMPO_VALUE_MAP)
        return tempo__fail_at(error, TEMPO_BAD_TYPE, &root->place, "", "a document must be a map, not %s",
                              tempo_value_kind_text(root->kind));
    if (tempo_value_member(root, "tempo"))
        return TEMPO_OK;
    const tempo__config_reader *reader = NULL;
    for (size_t i = 0; (reader = tempo__config_reader_at(i)); i++)
        if (reader->recognises(root))
            break;
    if (!reader)
        return fail_unrecognised(root, error);
    tempo__translation translation = {root, document->tree, &document->arena, overrides, error};
    tempo_value *native = tempo_tree_add(document->tree, NULL, NULL, 0, TEMPO_VALUE_MAP);
    if (!native || !tempo_tree_add_integer(document->tree, native, "tempo", TEMPO__FORMAT_VERSION))
        return tempo__out_of_memory(error);
    native->place = root->place;
    document->kind = reader->name;
    return reader->translate(&translation, native);
}

/* Ends a constructor: the document becomes the caller's, or is freed. */
static tempo_status hand_over(tempo_document **out, tempo_document *document, tempo_status status)
{
    if (status)
        tempo_document_free(document);
    else
        *out = document;
    return status;
}

tempo_status tempo_document_parse(tempo_document **out, const char *text, size_t length,
                                  const tempo_document_options *options, tempo_error *error)
{
    *out = NULL;
    tempo_document *document = new_document(options);
    if (!document)
        return tempo__out_of_memory(error);
    tempo__overrides overrides;
    tempo_status status = tempo__overrides_read(&overrides, document->tree, &document->arena, options, error);
    if (!status)
        status = tempo__yaml_read(document->tree, text, length, &document->arena.allocator, error);
    if (!status)
        status = translate(document, &overrides, error);
    if (!status)
        status = interpret(document, &overrides, error);
    return hand_over(out, document, status);
}

tempo_status tempo_document_from_value(tempo_document **out, const tempo_value *root,
                                       const tempo_document_options *options, tempo_error *error)
{
    *out = NULL;
    tempo_document *document = new_document(options);
    if (!document)
        return tempo__out_of_memory(error);
    tempo__overrides overrides;
    tempo_status status = tempo__overrides_read(&overrides, document->tree, &document->arena, options, error);
    if (!status)
        status = tempo__check_tree(root, &document->arena.allocator, error);
    if (!status && !tempo_tree_add_copy(document->tree, NULL, NULL, 0, root))
        status = tempo__out_of_memory(error);
    if (!status)
        status = interpret(document, &overrides, error);
    return hand_over(out, document, status);
}

/* --- what it says --- */

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
    const tempo_value *root = tempo_tree_root(document->tree);
    const tempo_value *value = tempo_value_at(root, path);
    if (value)
        return value->place;
    char shorter[256];
    size_t end = strlen(path);
    if (end >= sizeof shorter)
        return root->place;
    memcpy(shorter, path, end + 1);
    while (!value && end > 0) {
        end--;
        if (shorter[end] != '.' && shorter[end] != '[')
            continue;
        shorter[end] = '\0';
        value = tempo_value_at(root, shorter);
    }
    /* The key of an enclosing map says more than the first line of what is in it. */
    if (!value || value == root)
        return root->place;
    return value->key_place.line ? value->key_place : value->place;
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

tempo_status tempo_document_print(const tempo_document *document, tempo_format format, tempo_write *write,
                                  void *context, tempo_error *error)
{
    return tempo_value_print(tempo_tree_root(document->tree), format, write, context, error);
}

tempo_status tempo_value_parse(tempo_tree *tree, const char *text, size_t length, const tempo_allocator *allocator,
                               tempo_error *error)
{
    return tempo__yaml_read(tree, text, length, allocator, error);
}
