/* cli/command_plot.c: `tempo plot`: documents, logs and options into a figure, in the terminal or as a picture. Knows
 * nothing of how a curve is drawn. */
#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/internal.h"
#include "cli/cli.h"
#include "cli/plot.h"

enum {
    COLUMNS_DEFAULT = 80,
    COLUMNS_WIDE = 120 /* a terminal wider than that is not filled */
};

/* What each of the documents and logs needs to be drawn. */
typedef struct plot_input {
    cli_source source; /* of a log, only the name of the text is set */
    tempo_plan *plan;
    bool is_log;
    plot_log log;
    const char *name;          /* in a legend; borrowed */
    int64_t batches, from, to; /* of a log, from and to are rows */
} plot_input;

typedef struct plot_inputs {
    plot_input *all;
    size_t count;
} plot_inputs;

static void close_inputs(plot_inputs *inputs)
{
    for (size_t i = 0; i < inputs->count; i++) {
        tempo_plan_free(inputs->all[i].plan);
        plot_log_free(&inputs->all[i].log);
        cli_source_close(&inputs->all[i].source);
    }
    free(inputs->all);
}

/* --- what is drawn --- */

static const char *last_part(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash && slash[1] ? slash + 1 : path;
}

/* A file's name without its folders, unless two documents would then be called the same. */
static void name_inputs(const plot_inputs *inputs)
{
    for (size_t i = 0; i < inputs->count; i++) {
        const cli_source *source = &inputs->all[i].source;
        inputs->all[i].name = source->expression ? source->text.text : last_part(source->text.name);
    }
    for (size_t i = 0; i < inputs->count; i++) {
        for (size_t k = i + 1; k < inputs->count; k++) {
            if (strcmp(inputs->all[i].name, inputs->all[k].name) != 0 || inputs->all[i].source.expression ||
                inputs->all[k].source.expression)
                continue;
            inputs->all[i].name = inputs->all[i].source.text.name;
            inputs->all[k].name = inputs->all[k].source.text.name;
        }
    }
}

/* Says why the length of the run is not known. */
static int fail_without_end(const plot_input *input)
{
    tempo_error error = TEMPO_ERROR_INIT;
    (void)plot_no_end(input->plan, &error);
    if (error.line == 0) {
        const tempo_place place = tempo_document_locate(input->source.document, error.path);
        tempo__locate(&error, place.line, place.column, place.length);
    }
    return cli_source_fail(&input->source, &error);
}

/* Finds out which batches of a document are drawn. */
static int set_window(plot_input *input, const cli_options *options)
{
    input->batches = tempo_plan_batches(input->plan);
    if (options->from.option) {
        const int status = cli_time_batch(&input->from, &options->from, &input->source, input->plan);
        if (status)
            return status;
    }
    if (options->to.option) {
        const int status = cli_time_batch(&input->to, &options->to, &input->source, input->plan);
        if (status)
            return status;
    } else {
        input->to = plot_batches_to_show(input->plan);
    }
    if (input->to == 0 && !options->to.option)
        return fail_without_end(input);
    tempo_error error = TEMPO_ERROR_INIT;
    tempo_timestamp last;
    if (tempo_plan_timestamp(input->plan, input->to, &last, &error))
        return cli_source_fail(&input->source, &error);
    if (input->from < input->to)
        return CLI_OK;
    return cli_fail(options->command,
                    "%s: there is nothing to draw from batch %lld to batch %lld (--from must be before --to)",
                    input->source.text.name, (long long)input->from, (long long)input->to);
}

/* The unit that all documents measure their run in, if they agree; else batches. A log does not say what its run was
 * measured in. */
static tempo_unit common_unit(const plot_inputs *inputs)
{
    tempo_unit common = TEMPO_BATCH;
    bool is_first = true;
    for (size_t i = 0; i < inputs->count; i++) {
        const plot_input *input = &inputs->all[i];
        if (input->is_log)
            continue;
        const tempo_unit unit = plot_unit_of(input->plan, input->to - input->from);
        if (!is_first && unit != common)
            return TEMPO_BATCH;
        is_first = false;
        common = unit;
    }
    return common;
}

static tempo_unit unit_of(const cli_options *options, const plot_inputs *inputs)
{
    static const tempo_unit units[] = {[CLI_X_BATCH] = TEMPO_BATCH,
                                       [CLI_X_EPOCH] = TEMPO_EPOCH,
                                       [CLI_X_SAMPLE] = TEMPO_SAMPLE,
                                       [CLI_X_TOKEN] = TEMPO_TOKEN,
                                       [CLI_X_DURATION] = TEMPO_DURATION};
    return options->x == CLI_X_NONE ? common_unit(inputs) : units[options->x];
}

static bool is_wanted(const cli_options *options, const tempo_track *track)
{
    return (!options->field || strcmp(options->field, track->field) == 0) &&
           (!options->group || strcmp(options->group, track->group) == 0);
}

static int out_of_memory(const cli_options *options)
{
    return cli_fail(options->command, "out of memory");
}

static bool is_wanted_column(const cli_options *options, const plot_log *log, size_t column)
{
    size_t group;
    const char *field = plot_log_field(log, column, &group);
    return (!options->field || strcmp(options->field, field) == 0) &&
           (!options->group ||
            (strlen(options->group) == group && strncmp(options->group, log->names[column], group) == 0));
}

/* The first column of the same group. */
static size_t group_of_column(const plot_log *log, size_t column)
{
    size_t length;
    (void)plot_log_field(log, column, &length);
    for (size_t i = PLOT_LOG_COUNTERS; length && i < column; i++) {
        size_t other;
        (void)plot_log_field(log, i, &other);
        if (other == length && memcmp(log->names[i], log->names[column], length) == 0)
            return i;
    }
    return length ? column : 0;
}

static int fail_in_log(const plot_input *input, const tempo_error *error)
{
    const cli_spot spot = {.name = input->source.text.name, .place = {error->line, error->column, 0}};
    cli_message(stderr, &spot, "error", error->message, error->advice);
    return CLI_BAD;
}

static int add_columns(plot_figure *figure, const cli_options *options, plot_input *input, bool named)
{
    tempo_error error = TEMPO_ERROR_INIT;
    if (plot_log_place(&input->log, figure->unit, &error))
        return fail_in_log(input, &error);
    for (size_t i = PLOT_LOG_COUNTERS; i < input->log.count; i++) {
        size_t group;
        const plot_curve curve = {
            .log = &input->log,
            .column = i,
            .field = plot_log_field(&input->log, i, &group),
            .group = group_of_column(&input->log, i),
            .document = named ? input->name : "",
            .from = input->from,
            .to = input->to,
            .per_batch = 1,
        };
        if (is_wanted_column(options, &input->log, i) && !plot_figure_add(figure, &curve))
            return out_of_memory(options);
    }
    return CLI_OK;
}

static int add_curves(plot_figure *figure, const cli_options *options, plot_input *input, bool named)
{
    if (input->is_log)
        return add_columns(figure, options, input, named);
    tempo_error error = TEMPO_ERROR_INIT;
    double per_batch = 1;
    if (plot_per_batch(&per_batch, input->plan, figure->unit, &error))
        return cli_source_fail(&input->source, &error);
    for (size_t i = 0; i < tempo_plan_track_count(input->plan); i++) {
        const tempo_track *track = tempo_plan_track(input->plan, i);
        if (!is_wanted(options, track))
            continue;
        const plot_curve curve = {
            .plan = input->plan,
            .track = i,
            .document = named ? input->name : "",
            .relative = strcmp(track->field, "lr") == 0 && !tempo_document_has_lr(input->source.document),
            .batches = input->batches,
            .from = input->from,
            .to = input->to,
            .per_batch = per_batch,
        };
        if (!plot_figure_add(figure, &curve))
            return out_of_memory(options);
    }
    return CLI_OK;
}

/* Says which tracks there would have been. */
static int fail_without_tracks(const cli_options *options, const plot_inputs *inputs)
{
    char known[256] = "";
    size_t used = 0;
    for (size_t i = 0; i < inputs->count; i++) {
        const plot_input *input = &inputs->all[i];
        for (size_t k = 0; !input->is_log && k < tempo_plan_track_count(input->plan) && used + 2 < sizeof known; k++) {
            used += (size_t)snprintf(known + used, sizeof known - used, "%s", used ? ", " : "");
            used += cli_track_label(known + used, sizeof known - used, tempo_plan_track(input->plan, k));
        }
        for (size_t k = PLOT_LOG_COUNTERS; k < input->log.count && used + 2 < sizeof known; k++)
            used += (size_t)snprintf(known + used, sizeof known - used, "%s%s", used ? ", " : "", input->log.names[k]);
    }
    return cli_fail(options->command, "no schedule drives %s%s%s%s; what is driven: %s", options->field ? "field " : "",
                    options->field ? options->field : "",
                    options->group ? (options->field ? " of group " : "group ") : "",
                    options->group ? options->group : "", known);
}

/* --- how it is drawn --- */

static int check_size(const cli_options *options, bool picture)
{
    const struct {
        const char *name, *what;
        int64_t given, least, most;
    } sizes[] = {
        {"--width", picture ? "points" : "columns", options->width, picture ? 300 : 40, picture ? 8000 : 1000},
        {"--height", picture ? "points" : "rows", options->height, picture ? 200 : 3, picture ? 8000 : 500},
    };
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        if (sizes[i].given == 0 || (sizes[i].given >= sizes[i].least && sizes[i].given <= sizes[i].most))
            continue;
        return cli_fail(options->command, "%s is %lld, but a plot needs %lld to %lld %s", sizes[i].name,
                        (long long)sizes[i].given, (long long)sizes[i].least, (long long)sizes[i].most, sizes[i].what);
    }
    return CLI_OK;
}

/* Only the Python package can be without cairo: see plot_cairo.h. */
static int check_painter(const cli_options *options)
{
    if (!(options->png || options->pdf) || plot_can_paint())
        return CLI_OK;
    return cli_fail(options->command,
                    "%s: cairo paints it and is not installed (Debian: apt-get install libcairo2); "
                    "--svg needs nothing",
                    options->png ? "--png" : "--pdf");
}

static size_t terminal_columns(void)
{
    struct winsize size;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        return size.ws_col;
    const char *given = getenv("COLUMNS");
    int64_t columns = 0;
    if (given && tempo__integer_parse(&columns, given, strlen(given)) && columns > 0 && columns < 10000)
        return (size_t)columns;
    return COLUMNS_DEFAULT;
}

static size_t text_columns(const cli_options *options)
{
    if (options->width > 0)
        return (size_t)options->width;
    const size_t columns = terminal_columns();
    return columns > COLUMNS_WIDE ? COLUMNS_WIDE : columns;
}

/* Whether the terminal shows braille: a locale that names another charset does not, and neither does the
 * console of a kernel. A locale that names none ("C") says nothing about the terminal. */
static bool is_ascii_terminal(void)
{
    static const char *const variables[] = {"LC_ALL", "LC_CTYPE", "LANG"};
    const char *term = getenv("TERM");
    if (term && strcmp(term, "linux") == 0 && isatty(STDOUT_FILENO))
        return true;
    for (size_t i = 0; i < sizeof variables / sizeof variables[0]; i++) {
        const char *locale = getenv(variables[i]);
        if (!locale || !*locale)
            continue;
        const char *charset = strchr(locale, '.');
        const size_t length = charset ? strcspn(charset + 1, "@") : 0;
        return charset && !tempo__equal_ignoring_case(charset + 1, length, "UTF-8") &&
               !tempo__equal_ignoring_case(charset + 1, length, "utf8");
    }
    return false;
}

static int draw_text(const cli_options *options, const plot_figure *figure)
{
    const plot_text_style style = {
        .columns = text_columns(options),
        .rows = (size_t)options->height,
        .color = cli_use_color(options, stdout),
        .ascii = is_ascii_terminal(),
        .summary = true,
        .indent = "",
    };
    return plot_text(stdout, figure, &style) ? CLI_OK : out_of_memory(options);
}

static int draw_pictures(const cli_options *options, const plot_figure *figure)
{
    plot_job job = {
        .figure = figure,
        .size = plot_picture_size(figure, (double)options->width, (double)options->height),
        .dark = options->dark,
    };
    const struct {
        const char *path;
        int (*fill)(void *context, FILE *file);
    } pictures[] = {{options->svg, plot_write_svg}, {options->png, plot_write_png}, {options->pdf, plot_write_pdf}};
    for (size_t i = 0; i < sizeof pictures / sizeof pictures[0]; i++) {
        const int status = pictures[i].path ? cli_write_file(pictures[i].path, pictures[i].fill, &job) : CLI_OK;
        if (status)
            return status;
    }
    return CLI_OK;
}

static int draw(const cli_options *options, plot_figure *figure, bool picture)
{
    if (!plot_figure_finish(figure))
        return out_of_memory(options);
    for (size_t i = 0; options->log && i < figure->panel_count; i++) {
        if (figure->panels[i].range.positive > 0)
            continue;
        return cli_fail(options->command, "--log: %s is never above 0, so it has no place on a logarithmic axis",
                        figure->curves[figure->panels[i].first].label);
    }
    return picture ? draw_pictures(options, figure) : draw_text(options, figure);
}

/* Whether a row lies before a time. */
static bool is_before(const plot_log *log, size_t row, tempo_time time)
{
    static const size_t columns[TEMPO_UNIT_COUNT] = {[TEMPO_EPOCH] = 1, [TEMPO_SAMPLE] = 2, [TEMPO_TOKEN] = 3};
    const double last = plot_log_value(log, log->rows - 1, 0);
    const double limit = time.unit == TEMPO_DURATION ? time.fraction * last : (double)time.count;
    return plot_log_value(log, row, columns[time.unit]) < limit;
}

/* Finds out which rows of a log are drawn. */
static int set_rows(plot_input *input, const cli_options *options)
{
    const plot_log *log = &input->log;
    const cli_time *const times[] = {&options->from, &options->to};
    for (size_t i = 0; i < 2; i++)
        if (times[i]->option && (times[i]->time.unit == TEMPO_ITERATION || times[i]->time.unit == TEMPO_SECOND))
            return cli_fail(options->command, "%s: %s: a log does not count %s", times[i]->option, times[i]->text,
                            tempo_unit_suffix(times[i]->time.unit));
    size_t from = 0;
    size_t end = log->rows;
    while (options->from.option && from < log->rows && is_before(log, from, options->from.time))
        from++;
    while (options->to.option && end > from && !is_before(log, end - 1, options->to.time) &&
           (end < 2 || !is_before(log, end - 2, options->to.time)))
        end--;
    input->from = (int64_t)from;
    input->to = (int64_t)end - 1;
    const bool is_start = from == 0 && plot_log_value(log, 0, 0) == 1;
    if (end > from + 1 || (end == from + 1 && is_start))
        return CLI_OK;
    return cli_fail(options->command, "%s: there are not two updates to draw a line between", input->source.text.name);
}

static int open_log(plot_input *input, const cli_options *options, const char *path)
{
    tempo_error error = TEMPO_ERROR_INIT;
    input->is_log = true;
    input->source = (cli_source){.text = {.name = path}, .options = options};
    if (plot_log_read(&input->log, path, &error))
        return fail_in_log(input, &error);
    return set_rows(input, options);
}

static int open_inputs(plot_inputs *inputs, const cli_options *options)
{
    inputs->all = calloc(options->operand_count, sizeof *inputs->all);
    if (!inputs->all)
        return out_of_memory(options);
    for (size_t i = 0; i < options->operand_count; i++) {
        plot_input *input = &inputs->all[inputs->count++];
        if (!options->operands[i].expression && plot_is_log(options->operands[i].text)) {
            const int status = open_log(input, options, options->operands[i].text);
            if (status)
                return status;
            continue;
        }
        int status = cli_source_open(&input->source, options, &options->operands[i]);
        if (!status)
            status = cli_source_bind(&input->plan, &input->source);
        if (!status)
            status = set_window(input, options);
        if (status)
            return status;
    }
    name_inputs(inputs);
    return CLI_OK;
}

int command_plot(const cli_options *options)
{
    const bool picture = options->svg || options->png || options->pdf;
    plot_inputs inputs = {0};
    plot_figure figure = {.log = options->log};
    int status = check_size(options, picture);
    if (!status)
        status = check_painter(options);
    if (!status)
        status = open_inputs(&inputs, options);
    if (!status) {
        figure.unit = unit_of(options, &inputs);
        figure.heading = inputs.count == 1 ? inputs.all[0].name : NULL;
    }
    for (size_t i = 0; !status && i < inputs.count; i++)
        status = add_curves(&figure, options, &inputs.all[i], inputs.count > 1);
    if (!status)
        status = figure.count > 0 ? draw(options, &figure, picture) : fail_without_tracks(options, &inputs);
    plot_figure_free(&figure);
    close_inputs(&inputs);
    return status;
}

int plot_small(FILE *out, const tempo_plan *plan, size_t track, int columns, int rows, const char *indent)
{
    plot_figure figure = {0};
    const plot_text_style style = {
        .columns = (size_t)columns + strlen(indent),
        .rows = (size_t)rows,
        .ascii = is_ascii_terminal(),
        .indent = indent,
    };
    if (plot_batches_to_show(plan) == 0)
        return CLI_OK;
    figure.unit = plot_unit_of(plan, plot_batches_to_show(plan));
    const bool drawn = !plot_figure_add_track(&figure, plan, track, false, NULL) && plot_figure_finish(&figure) &&
                       plot_text(out, &figure, &style);
    plot_figure_free(&figure);
    return drawn ? CLI_OK : cli_fail(NULL, "out of memory");
}
