/* cli/message.c: how an error or a finding looks: place, message, the line with carets, advice. Knows nothing of
 * where documents come from. */
#include "cli/cli.h"

#include <stdarg.h>
#include <string.h>

enum { INDENT = 4, WINDOW = 96, BEFORE = 32 };

static bool is_control(uint32_t rune)
{
    return rune < 0x20 || (rune >= 0x7F && rune < 0xA0) || rune == CLI_BAD_RUNE;
}

/* Documents and file names may hold anything; a terminal must not be told to do it. */
static void put_rune(FILE *out, uint32_t rune, const char *bytes, size_t length)
{
    if (rune == '\t')
        (void)fputc(' ', out);
    else if (is_control(rune))
        (void)fputc('?', out);
    else
        (void)fwrite(bytes, 1, length, out);
}

static void put_text(FILE *out, const char *text)
{
    const size_t length = strlen(text);
    for (size_t i = 0; i < length;) {
        uint32_t rune;
        const size_t bytes = cli_next_rune(&rune, text + i, length - i);
        put_rune(out, rune, text + i, bytes);
        i += bytes;
    }
}

/* --- the line with carets --- */

/* A line of text as it is shown: from its first visible character on. */
typedef struct shown_line {
    const char *text;
    size_t length;
    size_t start, end; /* the bytes at fault */
} shown_line;

static bool find_line(shown_line *out, const cli_spot *spot)
{
    const char *text = spot->text, *const limit = spot->text + spot->length;
    for (size_t line = 1; line < spot->place.line; line++) {
        const char *newline = memchr(text, '\n', (size_t)(limit - text));
        if (!newline)
            return false;
        text = newline + 1;
    }
    const char *newline = memchr(text, '\n', (size_t)(limit - text));
    size_t length = (size_t)((newline ? newline : limit) - text);
    while (length && (text[length - 1] == '\r' || text[length - 1] == ' ' || text[length - 1] == '\t'))
        length--;
    size_t start = spot->place.column ? spot->place.column - 1 : 0;
    if (start > length)
        start = length;
    const size_t most = length - start;
    size_t skipped = 0;
    while (skipped < start && (text[skipped] == ' ' || text[skipped] == '\t'))
        skipped++;
    *out = (shown_line){text + skipped, length - skipped, start - skipped,
                        start - skipped + (spot->place.length < most ? spot->place.length : most)};
    return out->length > 0;
}

static size_t put_window(FILE *out, const shown_line *line, size_t first, size_t last)
{
    size_t column = 0;
    for (size_t i = 0; i < line->length;) {
        uint32_t rune;
        const size_t bytes = cli_next_rune(&rune, line->text + i, line->length - i);
        const size_t next = column + (is_control(rune) ? 1 : cli_rune_width(rune));
        if (column >= first && next <= last)
            put_rune(out, rune, line->text + i, bytes);
        else if (next > first && column < last) /* half of a wide character */
            (void)fputc(' ', out);
        column = next;
        i += bytes;
    }
    return column;
}

static size_t columns_of(const char *text, size_t length)
{
    size_t columns = 0;
    for (size_t i = 0; i < length;) {
        uint32_t rune;
        i += cli_next_rune(&rune, text + i, length - i);
        columns += is_control(rune) ? 1 : cli_rune_width(rune);
    }
    return columns;
}

static void put_line(FILE *out, const cli_spot *spot)
{
    shown_line line;
    if (!find_line(&line, spot))
        return;
    const size_t total = columns_of(line.text, line.length);
    const size_t start = columns_of(line.text, line.start);
    size_t end = start + columns_of(line.text + line.start, line.end - line.start);
    size_t first = 0, last = total;
    if (total > WINDOW) {
        first = start > BEFORE ? start - BEFORE : 0;
        if (first > total - WINDOW)
            first = total - WINDOW;
        last = first + WINDOW;
    }
    (void)fprintf(out, "%*s%s", INDENT, "", first ? "…" : "");
    (void)put_window(out, &line, first, last);
    const size_t indent = INDENT + (first ? 1U : 0U) + (start - first);
    (void)fprintf(out, "%s\n%*s", last < total ? "…" : "", (int)indent, "");
    if (end > last)
        end = last;
    size_t carets = end > start ? end - start : 1;
    while (carets--)
        (void)fputc('^', out);
    (void)fputc('\n', out);
}

/* --- messages --- */

void cli_message(FILE *out, const cli_spot *spot, const char *kind, const char *message, const char *advice)
{
    put_text(out, spot->name);
    if (spot->place.line)
        (void)fprintf(out, ":%zu:%zu", spot->place.line, spot->place.column ? spot->place.column : 1);
    (void)fprintf(out, ": %s: ", kind);
    put_text(out, message);
    (void)fputc('\n', out);
    if (spot->text && spot->place.line)
        put_line(out, spot);
    if (advice && *advice) {
        (void)fprintf(out, "%*s", INDENT, "");
        put_text(out, advice);
        (void)fputc('\n', out);
    }
}

int cli_fail(const cli_command *command, const char *format, ...)
{
    char message[640];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    (void)fprintf(stderr, "tempo%s%s: error: ", command ? " " : "", command ? command->name : "");
    put_text(stderr, message);
    (void)fputc('\n', stderr);
    return CLI_BAD;
}

/* --- errors of documents --- */

/* The last setting of the command line that replaced the value at `path`, or a value around it. */
static const cli_setting *setting_of(const cli_options *options, const char *path)
{
    for (size_t i = options->setting_count; i-- > 0;) {
        const cli_setting *setting = &options->settings[i];
        const size_t length = strlen(setting->override.path);
        if (strncmp(setting->override.path, path, length) == 0 && strchr(".[", path[length]))
            return setting;
    }
    return NULL;
}

cli_spot cli_spot_of(const cli_source *source, const char *path, tempo_place place)
{
    if (place.line)
        return (cli_spot){source->text.name, source->text.text, source->text.length, place};
    const cli_setting *setting = *path ? setting_of(source->options, path) : NULL;
    if (setting) {
        const size_t length = strlen(setting->override.value);
        return (cli_spot){setting->option, setting->override.value, length, {1, 1, length}};
    }
    /* What is missing stands nowhere; editors still want a place. */
    return (cli_spot){source->text.name, NULL, 0, {1, 1, 0}};
}

static const cli_option *option_of_fact(const char *fact)
{
    for (size_t i = 0; i < cli_option_count(); i++) {
        const cli_option *option = cli_option_at(i);
        if (option->kind == CLI_SETTING && strncmp(option->detail, "run.", 4) == 0 &&
            strcmp(option->detail + 4, fact) == 0)
            return option;
    }
    return NULL;
}

const char *cli_advice_of(char *buffer, size_t capacity, const tempo_error *error, const cli_source *source)
{
    const cli_option *option = error->fact ? option_of_fact(error->fact) : NULL;
    if (!option)
        return error->advice;
    const bool native = !source->document || strcmp(tempo_document_kind(source->document), "tempo") == 0;
    (void)snprintf(buffer, capacity, native && !source->expression ? "give %s %s, or %s in the document" : "give %s %s",
                   option->name, option->argument, option->detail);
    return buffer;
}

cli_spot cli_error_spot(const cli_source *source, const tempo_error *error)
{
    const tempo_place given = {error->line, error->column, error->length};
    const cli_text *text = strcmp(error->path, CLI_METRICS_PATH) == 0 ? &source->metrics_text : &source->text;
    if (error->status == TEMPO_IO || error->status == TEMPO_NO_MEMORY)
        return (cli_spot){.name = text->name};
    if (text == &source->metrics_text)
        return (cli_spot){text->name, text->text, text->length, given};
    const bool search = !given.line && source->document && *error->path;
    return cli_spot_of(source, error->path, search ? tempo_document_locate(source->document, error->path) : given);
}

int cli_source_fail(const cli_source *source, const tempo_error *error)
{
    char buffer[256];
    const cli_spot spot = cli_error_spot(source, error);
    cli_message(stderr, &spot, "error", error->message, cli_advice_of(buffer, sizeof buffer, error, source));
    return CLI_BAD;
}
