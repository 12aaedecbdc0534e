/* cli/plot_figure.c: gathers curves in panels over one x axis, and says in words what each of them comes to.
 * Knows nothing of documents, terminals or pictures. */
#include "cli/plot.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/internal.h"
#include "cli/cli.h"

double plot_curve_place(const plot_curve *curve, double batch)
{
    return curve->log ? curve->log->at[(size_t)batch] : batch * curve->per_batch;
}

tempo_status plot_per_batch(double *out, const tempo_plan *plan, tempo_unit unit, tempo_error *error)
{
    const tempo_run *run = tempo_plan_run(plan);
    const int64_t batches = tempo_plan_batches(plan);
    const struct {
        tempo_unit unit;
        double per_batch;
        const char *fact, *meaning;
    } rows[] = {
        {TEMPO_BATCH, 1, NULL, NULL},
        {TEMPO_EPOCH, run->batches_per_epoch > 0 ? 1 / (double)run->batches_per_epoch : 0, "batches_per_epoch",
         "how many batches an epoch has"},
        {TEMPO_SAMPLE, (double)run->samples_per_batch, "samples_per_batch", "how many samples a batch has"},
        {TEMPO_TOKEN, (double)run->tokens_per_batch, "tokens_per_batch", "how many tokens a batch has"},
        {TEMPO_DURATION, batches > 0 ? 1 / (double)batches : 0, "max_duration", "how long the run is"},
    };
    const char *suffix = tempo_unit_suffix(unit);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].unit != unit)
            continue;
        *out = rows[i].per_batch;
        if (*out > 0)
            return TEMPO_OK;
        (void)tempo__fail(error, TEMPO_MISSING_FACT, "the x axis is in %s but nothing says %s", suffix,
                          rows[i].meaning);
        if (error)
            error->fact = rows[i].fact;
        return TEMPO_MISSING_FACT;
    }
    return tempo__fail(error, TEMPO_BAD_VALUE, "a run in batches has no length in %s", suffix);
}

static char *label_of(const plot_curve *curve)
{
    const tempo_track *track = curve->plan ? tempo_plan_track(curve->plan, curve->track) : NULL;
    const char *name = track ? NULL : curve->log->names[curve->column];
    char measure[1];
    const size_t size = (track ? cli_track_label(measure, sizeof measure, track) : strlen(name)) + 1;
    char *label = malloc(size);
    if (label && track)
        (void)cli_track_label(label, size, track);
    else if (label)
        memcpy(label, name, size);
    return label;
}

bool plot_figure_add(plot_figure *figure, const plot_curve *curve)
{
    if (figure->count == figure->capacity) {
        const size_t capacity = figure->capacity ? 2 * figure->capacity : 8;
        if (capacity > SIZE_MAX / sizeof *figure->curves)
            return false;
        plot_curve *curves = realloc(figure->curves, capacity * sizeof *curves);
        if (!curves)
            return false;
        figure->curves = curves;
        figure->capacity = capacity;
    }
    char *label = label_of(curve);
    if (!label)
        return false;
    plot_curve *added = &figure->curves[figure->count++];
    *added = *curve;
    added->label = label;
    if (curve->plan) {
        const tempo_track *track = tempo_plan_track(curve->plan, curve->track);
        added->field = track->field;
        added->group = track->group_index;
    }
    return true;
}

void plot_figure_free(plot_figure *figure)
{
    for (size_t i = 0; i < figure->count; i++) {
        free(figure->curves[i].label);
        free(figure->curves[i].points);
    }
    free(figure->curves);
    free(figure->panels);
    *figure = (plot_figure){0};
}

/* --- panels --- */

/* Values of different fields, or values and multiples of an unknown base, have no scale in common. */
static bool share_panel(const plot_curve *a, const plot_curve *b)
{
    return a->relative == b->relative && strcmp(a->field, b->field) == 0;
}

/* Makes curves of one panel neighbours, in the order in which the panels first appear. */
static void sort_curves(plot_figure *figure)
{
    for (size_t first = 0; first < figure->count;) {
        size_t end = first + 1;
        for (size_t i = end; i < figure->count; i++) {
            if (!share_panel(&figure->curves[first], &figure->curves[i]))
                continue;
            const plot_curve moved = figure->curves[i];
            memmove(&figure->curves[end + 1], &figure->curves[end], (i - end) * sizeof moved);
            figure->curves[end++] = moved;
        }
        first = end;
    }
}

static plot_range range_of(const plot_curve *curves, size_t count)
{
    plot_range range = {HUGE_VAL, -HUGE_VAL, HUGE_VAL};
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < curves[i].count; k++) {
            const double value = curves[i].points[k].value;
            range.low = fmin(range.low, value);
            range.high = fmax(range.high, value);
            if (value > 0)
                range.positive = fmin(range.positive, value);
        }
    }
    if (range.low > range.high)
        return (plot_range){0, 0, 0};
    if (range.positive == HUGE_VAL)
        range.positive = 0;
    return range;
}

/* Tracks of one group of one document or log look the same in all panels. */
static void assign_series(plot_figure *figure)
{
    size_t next = 0;
    for (size_t i = 0; i < figure->count; i++) {
        plot_curve *curve = &figure->curves[i];
        curve->series = SIZE_MAX;
        for (size_t k = 0; k < i && curve->series == SIZE_MAX; k++) {
            const plot_curve *other = &figure->curves[k];
            if (other->plan == curve->plan && other->log == curve->log && other->group == curve->group)
                curve->series = other->series;
        }
        if (curve->series == SIZE_MAX)
            curve->series = next++;
    }
}

static bool make_panels(plot_figure *figure)
{
    if (figure->count == 0)
        return true;
    figure->panels = calloc(figure->count, sizeof *figure->panels);
    if (!figure->panels)
        return false;
    for (size_t i = 0; i < figure->count; i++) {
        plot_panel *last = figure->panel_count ? &figure->panels[figure->panel_count - 1] : NULL;
        if (last && share_panel(&figure->curves[last->first], &figure->curves[i]))
            last->count++;
        else
            figure->panels[figure->panel_count++] = (plot_panel){.first = i, .count = 1};
    }
    for (size_t i = 0; i < figure->panel_count; i++) {
        plot_panel *panel = &figure->panels[i];
        panel->range = range_of(&figure->curves[panel->first], panel->count);
    }
    return true;
}

/* --- summaries --- */

/* As snprintf does, behind what is there already. */
static void append(char *buffer, size_t capacity, size_t *length, const char *before, const char *text)
{
    const bool room = *length < capacity;
    const int added = snprintf(room ? buffer + *length : NULL, room ? capacity - *length : 0, "%s%s", before, text);
    *length += added > 0 ? (size_t)added : 0;
}

static void add_part(plot_curve *curve, const char *word, const char *text, const char *joining, const char *more)
{
    if (curve->part_count == PLOT_PARTS_MAX)
        return;
    char *part = curve->parts[curve->part_count++];
    size_t length = 0;
    append(part, PLOT_PART_MAX, &length, word, text);
    append(part, PLOT_PART_MAX, &length, joining, more);
}

/* The unit a person wrote the run's length in. */
static tempo_unit unit_of_run(const plot_curve *curve)
{
    tempo_time duration;
    return tempo_plan_max_duration(curve->plan, &duration) ? duration.unit : TEMPO_BATCH;
}

static bool print_batches(char *buffer, const plot_curve *curve, double batches, tempo_unit unit)
{
    double per_batch;
    if (plot_per_batch(&per_batch, curve->plan, unit, NULL))
        return false;
    (void)plot_print_time(buffer, batches * per_batch, unit, 0);
    return true;
}

/* How long the run is, as it was written and in one more unit. */
static void add_length(plot_curve *curve, tempo_unit axis)
{
    char text[PLOT_LABEL_MAX];
    char more[PLOT_LABEL_MAX];
    if (curve->batches == 0) {
        (void)plot_print_time(text, (double)curve->to * curve->per_batch, axis, 0);
        add_part(curve, "drawn to ", text, "", "");
        return;
    }
    static const tempo_unit others[] = {TEMPO_BATCH, TEMPO_TOKEN, TEMPO_EPOCH, TEMPO_SAMPLE};
    const tempo_unit unit = unit_of_run(curve);
    if (!print_batches(text, curve, (double)curve->batches, unit))
        return;
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        if (others[i] == unit || !print_batches(more, curve, (double)curve->batches, others[i]))
            continue;
        add_part(curve, "", text, " = ", more);
        return;
    }
    add_part(curve, "", text, "", "");
}

/* How far the log goes, in updates and in what else it counts. */
static void add_log_length(plot_curve *curve)
{
    static const struct {
        size_t column;
        tempo_unit unit;
    } others[] = {{3, TEMPO_TOKEN}, {2, TEMPO_SAMPLE}, {1, TEMPO_EPOCH}};
    char text[PLOT_LABEL_MAX];
    char more[PLOT_LABEL_MAX] = "";
    const size_t row = curve->log->rows - 1;
    (void)plot_print_time(text, plot_log_value(curve->log, row, 0), TEMPO_BATCH, 0);
    for (size_t i = 0; !*more && i < sizeof others / sizeof others[0]; i++) {
        const double count = plot_log_value(curve->log, row, others[i].column);
        if (count > 0)
            (void)plot_print_time(more, count, others[i].unit, 0);
    }
    add_part(curve, "", text, *more ? " = " : "", more);
}

/* Of what is measured, how low it gets is what one wants to know first. */
static void summarise_measured(plot_curve *curve, tempo_unit axis)
{
    enum { DIGITS = 4 };
    const plot_facts *facts = &curve->facts;
    char text[PLOT_LABEL_MAX];
    char more[PLOT_LABEL_MAX];
    if (facts->low <= facts->peak) {
        (void)cli_print_number(text, facts->low, DIGITS);
        (void)plot_print_time(more, plot_curve_place(curve, (double)facts->low_batch), axis, 0);
        add_part(curve, "low ", text, " at ", more);
        (void)cli_print_number(text, facts->end, DIGITS);
        add_part(curve, "end ", text, "", "");
    }
    if (facts->missing) {
        (void)cli_print_count(text, (int64_t)facts->missing);
        add_part(curve, text, " without a number", "", "");
    }
}

/* How long, how high, when is the peak, where does it end, how much in all. */
static void summarise(plot_curve *curve, tempo_unit axis)
{
    enum { DIGITS = 3 };
    const plot_facts *facts = &curve->facts;
    char text[PLOT_LABEL_MAX];
    char more[PLOT_LABEL_MAX];
    curve->part_count = 0;
    if (curve->log)
        add_log_length(curve);
    else
        add_length(curve, axis);
    if (curve->log && plot_log_is_measured(curve->log, curve->column)) {
        summarise_measured(curve, axis);
        return;
    }
    (void)cli_print_number(text, facts->peak, DIGITS);
    if (facts->peak == facts->low) {
        add_part(curve, "constant ", text, "", "");
        return;
    }
    (void)plot_print_time(more, plot_curve_place(curve, (double)facts->peak_batch), axis, 0);
    add_part(curve, "peak ", text, " at ", more);
    (void)cli_print_number(text, facts->end, DIGITS);
    add_part(curve, "end ", text, "", "");
    (void)cli_print_number(text, facts->mean, DIGITS);
    add_part(curve, "mean ", text, "", "");
}

size_t plot_summary_line(char *buffer, size_t capacity, const plot_curve *curve, size_t part, size_t columns)
{
    static const char separator[] = " · ";
    size_t used = 0;
    size_t width = 0;
    size_t next = part;
    buffer[0] = '\0';
    for (; next < curve->part_count; next++) {
        const char *text = curve->parts[next];
        const char *before = next > part ? separator : "";
        const size_t length = strlen(before) + strlen(text);
        width += cli_text_width(before, strlen(before)) + cli_text_width(text, strlen(text));
        if (used + length >= capacity || (next > part && width > columns))
            break;
        used += (size_t)snprintf(buffer + used, capacity - used, "%s%s", before, text);
    }
    return next > part ? next : curve->part_count;
}

/* Whether the character that `size` bytes of UTF-8 spell is one to look at, and spelled as it must be. */
static bool is_shown(uint32_t rune, size_t size)
{
    const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000}; /* by size */
    const bool control = rune < 0x20 || (rune >= 0x7F && rune < 0xA0);
    const bool surrogate = rune >= 0xD800 && rune < 0xE000;
    const bool no_character = (rune >= CLI_BAD_RUNE && rune <= 0xFFFF) || rune > 0x10FFFF;
    return !control && !surrogate && !no_character && rune >= least[size];
}

void plot_clean(char *buffer, const char *text, size_t columns)
{
    static const char ellipsis[] = "…";
    const size_t length = strlen(text);
    const size_t room = PLOT_NAME_MAX - sizeof ellipsis - 4;
    const bool whole = length <= room && cli_text_width(text, length) <= columns;
    size_t used = 0;
    size_t width = 0;
    for (size_t i = 0; i < length;) {
        uint32_t rune;
        const size_t size = cli_next_rune(&rune, text + i, length - i);
        const bool shown = is_shown(rune, size);
        width += shown ? cli_rune_width(rune) : 1;
        if (!whole && (width + 1 > columns || used > room)) {
            memcpy(buffer + used, ellipsis, sizeof ellipsis - 1);
            used += sizeof ellipsis - 1;
            break;
        }
        memcpy(buffer + used, shown ? text + i : "?", shown ? size : 1);
        used += shown ? size : 1;
        i += size;
    }
    buffer[used] = '\0';
}

void plot_curve_name(char *buffer, const plot_curve *curve, size_t pad, size_t columns)
{
    char document[PLOT_NAME_MAX];
    char label[PLOT_NAME_MAX];
    char name[2 * PLOT_NAME_MAX + 16];
    size_t length = 0;
    plot_clean(label, curve->label, columns);
    const size_t taken = cli_text_width(label, strlen(label)) + 2;
    /* The document's name gives way to the track's, unless that would leave nothing of it. */
    plot_clean(document, curve->document, columns > taken + 8 ? columns - taken : 8);
    append(name, sizeof name, &length, document, *document ? "  " : "");
    for (size_t width = cli_text_width(document, strlen(document)); width < pad; width++)
        append(name, sizeof name, &length, " ", "");
    append(name, sizeof name, &length, label, curve->relative ? " × base" : "");
    plot_clean(buffer, name, columns);
}

size_t plot_title(char *buffer, size_t capacity, const plot_figure *figure)
{
    size_t length = 0;
    for (size_t i = 0; i < figure->panel_count; i++) {
        const char *before = i == 0 ? "" : i + 1 < figure->panel_count ? ", " : " and ";
        append(buffer, capacity, &length, before, figure->curves[figure->panels[i].first].field);
    }
    char heading[PLOT_NAME_MAX];
    plot_clean(heading, figure->heading ? figure->heading : "", SIZE_MAX);
    append(buffer, capacity, &length, *heading ? " of " : " over training time", heading);
    return length;
}

size_t plot_describe(char *buffer, size_t capacity, const plot_figure *figure)
{
    size_t length = 0;
    for (size_t i = 0; i < figure->count; i++) {
        char name[PLOT_NAME_MAX];
        char summary[PLOT_PARTS_MAX * PLOT_PART_MAX];
        plot_curve_name(name, &figure->curves[i], 0, SIZE_MAX);
        (void)plot_summary_line(summary, sizeof summary, &figure->curves[i], 0, SIZE_MAX);
        append(buffer, capacity, &length, i > 0 ? "\n" : "", name);
        append(buffer, capacity, &length, ": ", summary);
    }
    return length;
}

bool plot_figure_finish(plot_figure *figure)
{
    sort_curves(figure);
    assign_series(figure);
    figure->from = HUGE_VAL;
    figure->to = -HUGE_VAL;
    for (size_t i = 0; i < figure->count; i++) {
        plot_curve *curve = &figure->curves[i];
        /* The first update of a training is one after its start. */
        const bool at_start = curve->log && curve->from == 0 && plot_log_value(curve->log, 0, 0) == 1;
        figure->from = fmin(figure->from, at_start ? 0 : plot_curve_place(curve, (double)curve->from));
        figure->to = fmax(figure->to, plot_curve_place(curve, (double)curve->to));
        plot_measure(curve);
        summarise(curve, figure->unit);
        if (!plot_sample(curve, figure->log))
            return false;
    }
    return make_panels(figure);
}
