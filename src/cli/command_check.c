/* cli/command_check.c: `tempo check`: errors and findings of documents, as text or JSON. Knows no rule itself: the
 * library finds, this prints. */
#include "cli/cli.h"

#include <string.h>

typedef struct check_job {
    const cli_options *options;
    cli_source source; /* the one being checked */
    bool json;
    size_t errors, warnings, documents; /* documents: with something to say about */
    size_t entries;                     /* of the JSON array */
} check_job;

static void print_json(check_job *job, const cli_spot *spot, const char *severity, const char *code,
                       const char *message, const char *advice, const char *path)
{
    (void)fputs(job->entries++ ? ",\n " : "[\n ", stdout);
    (void)fputs("{\"document\": ", stdout);
    cli_print_json_text(stdout, spot->name);
    (void)fprintf(stdout, ", \"line\": %zu, \"column\": %zu, \"length\": %zu, \"severity\": ", spot->place.line,
                  spot->place.column, spot->place.length);
    cli_print_json_text(stdout, severity);
    (void)fputs(", \"code\": ", stdout);
    cli_print_json_text(stdout, code);
    (void)fputs(", \"message\": ", stdout);
    cli_print_json_text(stdout, message);
    (void)fputs(", \"advice\": ", stdout);
    cli_print_json_text(stdout, advice);
    (void)fputs(", \"path\": ", stdout);
    cli_print_json_text(stdout, path);
    (void)fputc('}', stdout);
}

static void on_finding(const tempo_finding *finding, void *context)
{
    check_job *job = context;
    const tempo_place place = tempo_document_locate(job->source.document, finding->path);
    const cli_spot spot = cli_spot_of(&job->source, finding->path, place);
    job->warnings++;
    if (job->json) {
        print_json(job, &spot, "warning", finding->name, finding->message, finding->advice, finding->path);
        return;
    }
    char kind[64];
    (void)snprintf(kind, sizeof kind, "warning[%s]", finding->name);
    cli_message(stdout, &spot, kind, finding->message, finding->advice);
}

/* The code of an error: its status in the manner of the codes of findings, such as "missing-fact". */
static void print_error(check_job *job, const tempo_error *error)
{
    job->errors++;
    if (!job->json) {
        (void)fflush(stdout); /* so that the two streams keep their order */
        (void)cli_source_fail(&job->source, error);
        return;
    }
    char code[32];
    (void)snprintf(code, sizeof code, "%s", tempo_status_name(error->status));
    for (char *p = code; *p; p++)
        *p = *p == '_' ? '-' : (char)(*p >= 'A' && *p <= 'Z' ? *p - 'A' + 'a' : *p);
    char buffer[256];
    const cli_spot spot = cli_error_spot(&job->source, error);
    print_json(job, &spot, "error", code, error->message, cli_advice_of(buffer, sizeof buffer, error, &job->source),
               error->path);
}

static void check_document(check_job *job, const cli_operand *operand)
{
    tempo_plan *plan = NULL;
    tempo_error error = TEMPO_ERROR_INIT;
    const tempo_bind_options options = {.on_finding = on_finding, .finding_context = job};
    const size_t before = job->errors + job->warnings;
    tempo_status status = cli_source_read(&job->source, job->options, operand, &error);
    if (!status)
        status = cli_source_bind_with(&plan, &job->source, &options, &error);
    if (status)
        print_error(job, &error);
    job->documents += job->errors + job->warnings > before;
    tempo_plan_free(plan);
    cli_source_close(&job->source);
}

static void print_count(size_t count, const char *noun)
{
    (void)fprintf(stdout, "%zu %s%s", count, noun, count == 1 ? "" : "s");
}

static void print_closing(const check_job *job)
{
    if (job->errors)
        print_count(job->errors, "error");
    if (job->errors && job->warnings)
        (void)fputs(" and ", stdout);
    if (job->warnings)
        print_count(job->warnings, "warning");
    (void)fputs(" in ", stdout);
    print_count(job->documents, "document");
    (void)fputc('\n', stdout);
}

static int explain(const char *name)
{
    enum { INDENT = 4, WIDTH = 80 };
    for (int i = 0; i < TEMPO_FINDING_COUNT; i++) {
        const tempo_finding_code code = (tempo_finding_code)i;
        if (strcmp(tempo_finding_name(code), name) != 0)
            continue;
        (void)fprintf(stdout, "%s    %s\n%*s", name, tempo_finding_summary(code), INDENT, "");
        cli_print_wrapped(stdout, tempo_finding_story(code), INDENT, INDENT, WIDTH);
    }
    return CLI_OK;
}

int command_check(const cli_options *options)
{
    if (options->explain)
        return explain(options->explain);
    check_job job = {.options = options, .json = options->format == CLI_FORMAT_JSON};
    for (size_t i = 0; i < options->operand_count; i++)
        check_document(&job, &options->operands[i]);
    if (job.json)
        (void)fputs(job.entries ? "\n]\n" : "[]\n", stdout);
    else if (job.documents)
        print_closing(&job);
    return job.errors ? CLI_BAD : job.warnings ? CLI_FINDINGS : CLI_OK;
}
