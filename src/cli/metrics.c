/* cli/metrics.c: the file of --metrics: what a schedule that listens to a metric has heard, one number a line. */
#include <stdlib.h>
#include <string.h>

#include "base/internal.h"
#include "cli/cli.h"

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static tempo_status read_line(cli_source *source, const char *line, size_t length, size_t number, tempo_error *error)
{
    size_t start = 0, end = length;
    while (start < end && is_blank(line[start]))
        start++;
    while (end > start && is_blank(line[end - 1]))
        end--;
    double *metric = &source->metrics[source->metric_count];
    if (end > start && tempo__number_parse(metric, line + start, end - start, true)) {
        source->metric_count++;
        return TEMPO_OK;
    }
    tempo__fail(error, TEMPO_BAD_VALUE, end > start ? "this is no number" : "there is no number in this line");
    tempo__advise(error, "write one number a line: the metric of step 1, 2, ...");
    tempo__blame(error, CLI_METRICS_PATH);
    tempo__locate(error, number, start + 1, end - start);
    return TEMPO_BAD_VALUE;
}

tempo_status cli_metrics_read(cli_source *source, tempo_error *error)
{
    cli_text *text = &source->metrics_text;
    tempo_status status = cli_text_read(text, source->options->metrics, error);
    if (status) {
        tempo__blame(error, CLI_METRICS_PATH);
        return status;
    }
    size_t lines = 1;
    for (size_t i = 0; i < text->length; i++)
        lines += text->text[i] == '\n';
    source->metrics = malloc(lines * sizeof *source->metrics);
    if (!source->metrics)
        return tempo__out_of_memory(error);
    const char *line = text->text, *end = text->text + text->length;
    for (size_t number = 1; !status && line < end; number++) {
        const char *stop = memchr(line, '\n', (size_t)(end - line));
        stop = stop ? stop : end;
        status = read_line(source, line, (size_t)(stop - line), number, error);
        line = stop + 1;
    }
    return status;
}
