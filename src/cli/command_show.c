/* cli/command_show.c: `tempo show`: all there is to know about one type, from its row of the registry. */
#include "cli/cli.h"

#include <math.h>
#include <string.h>

#include "base/internal.h"
#include "cli/plot.h"

enum { INDENT = 4, GAP = 3, WIDTH = 80, LABEL = 7, CURVE_ROWS = 6, COLUMNS = 4, CELL_MAX = 96 };

/* Name, kind, default and range of a parameter. */
typedef struct cells {
    char text[COLUMNS][CELL_MAX];
} cells;

/* "> 0", ">= 0", "0 to 1", or "" where any number will do. */
static void print_range(char *out, const tempo_parameter *parameter)
{
    char low[TEMPO__NUMBER_MAX], high[TEMPO__NUMBER_MAX];
    tempo__number_print(low, parameter->minimum);
    tempo__number_print(high, parameter->maximum);
    const bool has_low = !isinf(parameter->minimum), has_high = !isinf(parameter->maximum);
    const char *above = parameter->above_minimum ? ">" : ">=";
    out[0] = '\0';
    if (has_low && has_high)
        (void)snprintf(out, CELL_MAX, "%s %s, <= %s", above, low, high);
    else if (has_low)
        (void)snprintf(out, CELL_MAX, "%s %s", above, low);
    else if (has_high)
        (void)snprintf(out, CELL_MAX, "<= %s", high);
}

static void fill(cells *row, const tempo_parameter *parameter)
{
    *row = (cells){0};
    (void)snprintf(row->text[0], CELL_MAX, "%s", parameter->name);
    (void)snprintf(row->text[1], CELL_MAX, "%s", tempo_parameter_kind_text(parameter->kind));
    (void)snprintf(row->text[2], CELL_MAX, "%s", parameter->default_text ? parameter->default_text : "required");
    if (parameter->kind == TEMPO_CHOICE)
        (void)snprintf(row->text[3], CELL_MAX, "%s", parameter->choices);
    else
        print_range(row->text[3], parameter);
}

static void print_parameters(const tempo_type *type)
{
    const tempo_parameter *parameter = NULL;
    size_t widths[COLUMNS] = {0};
    cells row;
    for (size_t i = 0; (parameter = tempo_type_parameter(type, i)); i++) {
        fill(&row, parameter);
        for (size_t c = 0; c < COLUMNS; c++) {
            const size_t width = cli_text_width(row.text[c], strlen(row.text[c]));
            widths[c] = width > widths[c] ? width : widths[c];
        }
    }
    for (size_t i = 0; (parameter = tempo_type_parameter(type, i)); i++) {
        fill(&row, parameter);
        (void)fprintf(stdout, "%*s", INDENT, "");
        size_t column = INDENT;
        for (size_t c = 0; c < COLUMNS; c++) {
            if (widths[c] == 0)
                continue;
            cli_print_padded(stdout, row.text[c], widths[c] + GAP);
            column += widths[c] + GAP;
        }
        const size_t width = column + 40 > WIDTH ? column + 40 : WIDTH;
        cli_print_wrapped(stdout, parameter->help, column, column, width);
    }
}

static void print_label(const char *label, const char *text, size_t width)
{
    (void)fprintf(stdout, "%*s%-*s", INDENT, "", LABEL, label);
    cli_print_wrapped(stdout, text, INDENT + LABEL, INDENT + LABEL, width);
}

/* The example as a line to paste. */
static void print_try(const tempo_type *type)
{
    (void)fprintf(stdout, "%*s%-*stempo plot -e '", INDENT, "", LABEL, "try");
    for (const char *p = tempo_type_example(type); *p; p++) {
        if (*p == '\'')
            (void)fputs("'\\''", stdout);
        else
            (void)fputc(*p, stdout);
    }
    (void)fprintf(stdout, "' %s\n", tempo_type_example_run(type));
}

/* The track that the example's own type drives: it may have others beside it, which that follows. */
static size_t drawn_track(const tempo_plan *plan, const tempo_schedule *schedule)
{
    const char *field = tempo_schedule_field(schedule, 0);
    size_t track = 0;
    while (strcmp(tempo_plan_track(plan, track)->field, field) != 0)
        track++;
    return track;
}

/* Draws the example as `tempo plot` would, its run being written as options. */
static int draw(const tempo_type *type)
{
    enum { WORDS = 32, TEXT = 512 };
    char text[TEXT], expression[TEXT], *words[WORDS] = {"-e", expression};
    const int needed = snprintf(text, sizeof text, "%s", tempo_type_example_run(type)) +
                       snprintf(expression, sizeof expression, "%s", tempo_type_example(type));
    int count = 2;
    for (char *p = text; *p && count < WORDS && needed < TEXT;) {
        words[count++] = p;
        p += strcspn(p, " ");
        if (*p)
            *p++ = '\0';
    }
    cli_options options;
    cli_source source = {0};
    tempo_plan *plan = NULL;
    int status = cli_options_parse(&options, cli_command_find("plot"), count, words);
    if (!status)
        status = cli_source_open(&source, &options, &options.operands[0]);
    if (!status)
        status = cli_source_bind(&plan, &source);
    if (!status) {
        (void)fputc('\n', stdout);
        const size_t track = drawn_track(plan, tempo_document_schedule(source.document));
        status = plot_small(stdout, plan, track, WIDTH - INDENT, CURVE_ROWS, "    ");
    }
    tempo_plan_free(plan);
    cli_source_close(&source);
    cli_options_free(&options);
    return status;
}

int command_show(const cli_options *options)
{
    const char *name = options->operands[0].text;
    const tempo_type *type = tempo_type_find(name);
    if (!type) {
        const char *nearest = tempo_type_nearest(name);
        if (nearest)
            return cli_fail(options->command, "there is no type %s; did you mean %s?", name, nearest);
        return cli_fail(options->command, "there is no type %s; `tempo list` shows them all", name);
    }
    (void)fprintf(stdout, "%s    %s\n", tempo_type_name(type), tempo_type_summary(type));
    (void)fprintf(stdout, "%*s%s\n", INDENT, "", tempo_type_formula(type));
    print_parameters(type);
    if (*tempo_type_notes(type))
        print_label("note", tempo_type_notes(type), WIDTH);
    print_label("from", tempo_type_source(type), WIDTH);
    if (!*tempo_type_example(type))
        return CLI_OK;
    print_try(type);
    return tempo_type_listens(type) ? CLI_OK : draw(type); /* its curve is what it hears */
}
