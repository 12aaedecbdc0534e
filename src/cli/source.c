/* cli/source.c: documents as commands get them: a file, standard input or -e, with the settings of the command line
 * on top. Knows nothing of what a document means. */
#include "cli/cli.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/internal.h"

/* --- reading --- */

/* Reads at most one byte more than a document may have. */
static tempo_status read_stream(cli_text *out, FILE *file, tempo_error *error)
{
    const size_t most = (size_t)TEMPO_DOCUMENT_BYTES_MAX + 1;
    size_t capacity = 0;
    for (;;) {
        if (capacity - out->length < 2) {
            capacity = capacity ? 2 * capacity : 8192;
            char *larger = realloc(out->text, capacity);
            if (!larger)
                return tempo__out_of_memory(error);
            out->text = larger;
        }
        const size_t room = capacity - out->length - 1;
        const size_t wanted = room < most - out->length ? room : most - out->length;
        const size_t got = fread(out->text + out->length, 1, wanted, file);
        out->length += got;
        out->text[out->length] = '\0';
        if (ferror(file))
            return tempo__fail(error, TEMPO_IO, "cannot read: %s", strerror(errno));
        if (out->length == most)
            return tempo__fail(error, TEMPO_TOO_LARGE,
                               "the document is larger than %d MiB, and no more than that is read",
                               TEMPO_DOCUMENT_BYTES_MAX >> 20);
        if (got < wanted)
            return TEMPO_OK;
    }
}

tempo_status cli_text_read(cli_text *out, const char *path, tempo_error *error)
{
    const bool is_stdin = strcmp(path, "-") == 0;
    *out = (cli_text){.name = is_stdin ? "<stdin>" : path};
    if (is_stdin) {
        if (feof(stdin))
            return tempo__fail(error, TEMPO_IO, "cannot read: standard input was read already");
        return read_stream(out, stdin, error);
    }
    FILE *file = fopen(path, "rb");
    if (!file)
        return tempo__fail(error, TEMPO_IO, "cannot read: %s", strerror(errno));
    const tempo_status status = read_stream(out, file, error);
    (void)fclose(file);
    return status;
}

static tempo_status copy_expression(cli_text *out, const char *text, tempo_error *error)
{
    out->name = "-e";
    out->length = strlen(text);
    out->text = malloc(out->length + 1);
    if (!out->text)
        return tempo__out_of_memory(error);
    memcpy(out->text, text, out->length + 1);
    return TEMPO_OK;
}

/* --- interpreting --- */

/* A native document around a one-line schedule. */
static tempo_status parse_expression(tempo_document **out, const char *text, const tempo_document_options *options,
                                     tempo_error *error)
{
    tempo_tree *tree = NULL;
    if (tempo_tree_new(&tree, NULL))
        return tempo__out_of_memory(error);
    tempo_value *root = tempo_tree_add(tree, NULL, NULL, 0, TEMPO_VALUE_MAP);
    tempo_status status = TEMPO_OK;
    if (!root || !tempo_tree_add_integer(tree, root, "tempo", 1))
        status = tempo__out_of_memory(error);
    if (!status)
        status = tempo_schedule_read(tree, root, "schedules", text, error);
    if (!status)
        status = tempo_document_from_value(out, root, options, error);
    tempo_tree_free(tree);
    return status;
}

static tempo_status parse(tempo_document **out, const cli_source *source, const tempo_override *overrides, size_t count,
                          tempo_error *error)
{
    const tempo_document_options options = {.overrides = overrides, .override_count = count};
    if (source->expression)
        return parse_expression(out, source->text.text, &options, error);
    return tempo_document_parse(out, source->text.text, source->text.length, &options, error);
}

static const char lr_path[] = "optimizer.lr";

/* The short form of a base lr, as opposed to --set, cannot mean every group of a document that has several. */
static bool is_short_lr(const cli_setting *setting)
{
    return strcmp(setting->option, "--set") != 0 && strcmp(setting->override.path, lr_path) == 0;
}

static tempo_status check_short_lr(const cli_source *source, const tempo_override *overrides, size_t count,
                                   tempo_error *error)
{
    tempo_document *document = NULL;
    if (parse(&document, source, overrides, count, NULL))
        return TEMPO_OK; /* what is wrong is said by the parse that counts */
    const bool has_groups = tempo_value_at(tempo_document_value(document), "optimizer.groups") != NULL;
    tempo_document_free(document);
    if (!has_groups)
        return TEMPO_OK;
    (void)tempo__fail(error, TEMPO_CONFLICT, "the optimizer of this document has groups, and each has its own lr");
    tempo__advise(error, "replace those that are meant: --set optimizer.groups[0].lr=VALUE");
    tempo__blame(error, "%s", lr_path);
    return TEMPO_CONFLICT;
}

static tempo_status interpret(cli_source *out, tempo_error *error)
{
    const cli_options *options = out->options;
    tempo_override *overrides = calloc(options->setting_count + 1, sizeof *overrides);
    if (!overrides)
        return tempo__out_of_memory(error);
    size_t count = 0;
    for (size_t i = 0; i < options->setting_count; i++)
        if (!is_short_lr(&options->settings[i]))
            overrides[count++] = options->settings[i].override;
    tempo_status status = TEMPO_OK;
    if (count < options->setting_count)
        status = check_short_lr(out, overrides, count, error);
    for (size_t i = 0; i < options->setting_count; i++)
        overrides[i] = options->settings[i].override;
    if (!status)
        status = parse(&out->document, out, overrides, options->setting_count, error);
    free(overrides);
    return status;
}

tempo_status cli_source_read(cli_source *out, const cli_options *options, const cli_operand *operand,
                             tempo_error *error)
{
    *out = (cli_source){.expression = operand->expression, .options = options};
    tempo_status status = operand->expression ? copy_expression(&out->text, operand->text, error)
                                              : cli_text_read(&out->text, operand->text, error);
    if (!status)
        status = interpret(out, error);
    return status || !options->metrics ? status : cli_metrics_read(out, error);
}

int cli_source_open(cli_source *out, const cli_options *options, const cli_operand *operand)
{
    tempo_error error = TEMPO_ERROR_INIT;
    return cli_source_read(out, options, operand, &error) ? cli_source_fail(out, &error) : CLI_OK;
}

void cli_source_close(cli_source *source)
{
    tempo_document_free(source->document);
    free(source->text.text);
    free(source->metrics_text.text);
    free(source->metrics);
    *source = (cli_source){.document = NULL};
}

/* --- plans --- */

tempo_status cli_source_bind_with(tempo_plan **out, const cli_source *source, const tempo_bind_options *options,
                                  tempo_error *error)
{
    tempo_bind_options with = {.allocator = NULL};
    if (options)
        with = *options;
    with.metrics = source->metrics;
    with.metric_count = source->metric_count;
    return tempo_document_bind(out, source->document, &with, error);
}

int cli_source_bind(tempo_plan **out, const cli_source *source)
{
    tempo_error error = TEMPO_ERROR_INIT;
    return cli_source_bind_with(out, source, NULL, &error) ? cli_source_fail(source, &error) : CLI_OK;
}

int cli_time_batch(int64_t *out, const cli_time *time, const cli_source *source, const tempo_plan *plan)
{
    tempo_error error = TEMPO_ERROR_INIT;
    if (!tempo_plan_batch(plan, time->time, out, &error))
        return CLI_OK;
    char buffer[256];
    const size_t length = strlen(time->text);
    const cli_spot spot = {time->option, time->text, length, {1, 1, length}};
    cli_message(stderr, &spot, "error", error.message, cli_advice_of(buffer, sizeof buffer, &error, source));
    return CLI_BAD;
}

size_t cli_track_label(char *buffer, size_t capacity, const tempo_track *track)
{
    const bool named = track->group && *track->group;
    const int length = snprintf(buffer, capacity, "%s%s%s", named ? track->group : "", named ? "." : "", track->field);
    return length < 0 ? 0 : (size_t)length;
}
