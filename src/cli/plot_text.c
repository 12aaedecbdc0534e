/* cli/plot_text.c: draws a figure with characters: curves of braille dots, two by four to a character.
 * Knows nothing of documents or options. */
#include "cli/plot.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"

/* The dots of a braille character by row and column, as bits above U+2800. */
static const unsigned char braille[4][2] = {{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}};

static const char *const markers[] = {"●", "▲", "■", "◆", "○", "△", "□", "◇"};
static const char ascii_markers[] = "ABCDEFGH";

enum { MARKERS = sizeof markers / sizeof markers[0] };

/* Follow the terminal's own theme: cyan, yellow, magenta, green, red, blue. */
static const char *const colors[PLOT_SERIES] = {"\033[36m", "\033[33m", "\033[35m", "\033[32m", "\033[31m", "\033[94m"};
static const char dim[] = "\033[2m";
static const char bold[] = "\033[1m";
static const char plain[] = "\033[0m";

/* One character of a panel: dots, or a marker in their place. */
typedef struct plot_cell {
    unsigned char dots;
    bool marked;
    size_t series;
} plot_cell;

/* What a curve covers in one column of dots, counted from the bottom; nothing if low > high. */
typedef struct column {
    double low, high, middle;
} column;

typedef struct canvas {
    FILE *out;
    const plot_figure *figure;
    const plot_text_style *style;
    size_t gutter, columns, rows; /* in characters; the gutter ends with the axis */
    plot_cell *cells;             /* rows * columns */
    column *strip;                /* 2 * columns */
    plot_axis x;
} canvas;

static void paint(const canvas *c, const char *escape)
{
    if (c->style->color)
        (void)fputs(escape, c->out);
}

static void start_line(const canvas *c)
{
    (void)fputs(c->style->indent, c->out);
}

static void print_spaces(const canvas *c, size_t count)
{
    (void)fprintf(c->out, "%*s", (int)count, "");
}

/* Prints text, with its few characters beyond ASCII spelled out where the terminal has none. */
static void print_text(const canvas *c, const char *text)
{
    static const char *const spelled[][2] = {{"·", "|"}, {"×", "x"}, {"≤", "<"}, {"…", "~"}};
    while (*text) {
        const char *written = NULL;
        for (size_t i = 0; c->style->ascii && i < sizeof spelled / sizeof spelled[0]; i++) {
            if (strncmp(text, spelled[i][0], strlen(spelled[i][0])) != 0)
                continue;
            written = spelled[i][1];
            text += strlen(spelled[i][0]);
            break;
        }
        if (written)
            (void)fputs(written, c->out);
        else
            (void)fputc(*text++, c->out);
    }
}

static void print_marker(const canvas *c, size_t series)
{
    if (c->style->ascii)
        (void)fputc(ascii_markers[series % MARKERS], c->out);
    else
        (void)fputs(markers[series % MARKERS], c->out);
}

/* --- legend --- */

static bool has_markers(const canvas *c)
{
    return c->figure->count > c->figure->panel_count;
}

/* The widest name a line has room for beside its marker. */
static size_t most_columns(const canvas *c)
{
    const size_t taken = strlen(c->style->indent) + (has_markers(c) ? 2 : 0);
    return c->style->columns > taken + 1 ? c->style->columns - taken : 1;
}

/* How wide the documents' names are made so that what follows them lines up: as the widest one, if none is so
 * long that the others would get a gap. */
static size_t document_columns(const canvas *c, const plot_panel *panel)
{
    const size_t most = 32;
    size_t widest = 0;
    for (size_t i = 0; i < panel->count; i++) {
        char document[PLOT_NAME_MAX];
        plot_clean(document, c->figure->curves[panel->first + i].document, most + 1);
        const size_t width = cli_text_width(document, strlen(document));
        widest = width > widest ? width : widest;
    }
    return widest <= most ? widest : 0;
}

/* How a panel's legend is laid out. */
typedef struct legend {
    size_t documents, names; /* columns of the documents' names, and of names with labels */
    size_t start;            /* where the summaries begin */
    bool below;              /* on lines of their own */
} legend;

/* Beside long names there may be no room for the summaries: then they go below, all of them. */
static legend lay_out_legend(const canvas *c, const plot_panel *panel)
{
    const size_t total = c->style->columns;
    const size_t before = strlen(c->style->indent) + (has_markers(c) ? 2 : 0);
    legend l = {.documents = document_columns(c, panel)};
    size_t summaries = 0;
    for (size_t i = 0; i < panel->count; i++) {
        const plot_curve *curve = &c->figure->curves[panel->first + i];
        char name[PLOT_NAME_MAX];
        char line[PLOT_PARTS_MAX * PLOT_PART_MAX];
        plot_curve_name(name, curve, l.documents, most_columns(c));
        (void)plot_summary_line(line, sizeof line, curve, 0, SIZE_MAX);
        const size_t width = cli_text_width(name, strlen(name));
        const size_t summary = cli_text_width(line, strlen(line));
        l.names = width > l.names ? width : l.names;
        summaries = summary > summaries ? summary : summaries;
    }
    l.start = before + l.names + 1;
    l.below = l.start > total / 2 || (l.start > total / 4 && l.start + 2 + summaries > total);
    if (l.below)
        l.start = before ? before : 2;
    return l;
}

/* One curve's marker, name and summary, which goes on where it began if it is longer than a line. */
static void print_legend(const canvas *c, const plot_curve *curve, const legend *l)
{
    const size_t total = c->style->columns;
    char name[PLOT_NAME_MAX];
    char line[PLOT_PARTS_MAX * PLOT_PART_MAX];
    start_line(c);
    if (has_markers(c)) {
        paint(c, colors[curve->series % PLOT_SERIES]);
        print_marker(c, curve->series);
        paint(c, plain);
        (void)fputc(' ', c->out);
    }
    plot_curve_name(name, curve, l->documents, most_columns(c));
    paint(c, bold);
    print_text(c, name);
    paint(c, plain);
    if (!l->below)
        print_spaces(c, l->names - cli_text_width(name, strlen(name)) + 1);
    const size_t dot = l->below ? 0 : 2;
    for (size_t part = 0; part < curve->part_count;) {
        if (part > 0 || l->below) {
            (void)fputc('\n', c->out);
            print_spaces(c, l->start);
        }
        part = plot_summary_line(line, sizeof line, curve, part, total > l->start + dot ? total - l->start - dot : 1);
        print_text(c, l->below ? "" : "· ");
        print_text(c, line);
    }
    (void)fputc('\n', c->out);
}

static void print_legends(const canvas *c, const plot_panel *panel)
{
    const legend l = lay_out_legend(c, panel);
    for (size_t i = 0; i < panel->count; i++)
        print_legend(c, &c->figure->curves[panel->first + i], &l);
    (void)fputc('\n', c->out);
}

/* --- curves --- */

/* Adds to the strip what a straight line covers, column by column. Columns are whole numbers with half
 * a column on either side. */
static void cover(const canvas *c, double x1, double y1, double x2, double y2)
{
    const size_t end = 2 * c->columns;
    const double slope = x2 > x1 ? (y2 - y1) / (x2 - x1) : 0;
    for (size_t x = (size_t)round(x1); x < end && (double)x <= round(x2); x++) {
        column *strip = &c->strip[x];
        const double at = (double)x;
        const double a = x2 > x1 ? y1 + slope * (fmax(x1, at - 0.5) - x1) : y1;
        const double b = x2 > x1 ? y1 + slope * (fmin(x2, at + 0.5) - x1) : y2;
        strip->low = fmin(strip->low, fmin(a, b));
        strip->high = fmax(strip->high, fmax(a, b));
        if (x1 <= at && at <= x2 && x2 > x1)
            strip->middle = y1 + slope * (at - x1);
    }
}

/* Where a gentle slope is in its column. */
static size_t middle_of(const column *strip)
{
    return (size_t)round(isnan(strip->middle) ? (strip->low + strip->high) / 2 : strip->middle);
}

static void set_dot(const canvas *c, size_t x, size_t y, size_t series)
{
    const size_t from_top = 4 * c->rows - 1 - y;
    plot_cell *cell = &c->cells[from_top / 4 * c->columns + x / 2];
    cell->dots |= braille[from_top % 4][x % 2];
    cell->series = series;
}

static void draw_strip(const canvas *c, size_t series)
{
    const double slack = 1e-6;
    for (size_t x = 0; x < 2 * c->columns; x++) {
        const column *strip = &c->strip[x];
        if (strip->low > strip->high)
            continue;
        /* A gentle slope is one dot wide. A steep one has the whole dots it covers, so that columns
         * side by side meet and do not overlap. */
        if (strip->high - strip->low < 1) {
            set_dot(c, x, middle_of(strip), series);
            continue;
        }
        const size_t top = (size_t)floor(strip->high + slack);
        for (size_t y = (size_t)ceil(fmax(strip->low - slack, 0)); y <= top; y++)
            set_dot(c, x, y, series);
    }
}

static void fill_strip(const canvas *c, const plot_curve *curve, const plot_axis *y)
{
    for (size_t x = 0; x < 2 * c->columns; x++)
        c->strip[x] = (column){HUGE_VAL, -HUGE_VAL, NAN};
    double x1 = 0;
    double y1 = 0;
    for (size_t i = 0; i < curve->count; i++) {
        const plot_point *point = &curve->points[i];
        const double x2 = plot_axis_place(&c->x, point->batch * curve->per_batch) * (2 * (double)c->columns - 1);
        const double y2 = plot_axis_place(y, point->value) * (4 * (double)c->rows - 1);
        const bool begins = i == 0 || point->gap;
        cover(c, begins ? x2 : x1, begins ? y2 : y1, x2, y2);
        x1 = x2;
        y1 = y2;
    }
}

/* Puts a curve's marker on it every few columns, each curve's at columns of its own. */
static void mark_strip(const canvas *c, size_t series, size_t position, size_t count)
{
    const size_t period = count * (c->columns / (3 * count) > 6 ? c->columns / (3 * count) : 6);
    for (size_t x = (2 * position + 1) * period / (2 * count); x < c->columns; x += period) {
        const column *strip = &c->strip[2 * x];
        if (strip->low > strip->high)
            continue;
        const size_t row = c->rows - 1 - middle_of(strip) / 4;
        c->cells[row * c->columns + x] = (plot_cell){.marked = true, .series = series};
    }
}

static void draw_panel(const canvas *c, const plot_panel *panel, const plot_axis *y)
{
    memset(c->cells, 0, c->rows * c->columns * sizeof *c->cells);
    const plot_curve *curves = &c->figure->curves[panel->first];
    for (size_t i = 0; i < panel->count; i++) {
        fill_strip(c, &curves[i], y);
        draw_strip(c, curves[i].series);
    }
    for (size_t i = 0; has_markers(c) && i < panel->count; i++) {
        fill_strip(c, &curves[i], y);
        mark_strip(c, curves[i].series, i, panel->count);
    }
}

/* --- lines of text --- */

static void print_cell(const canvas *c, const plot_cell *cell)
{
    static const char *const ascii[] = {" ", "'", "-", "|", ".", "|", "|", "|"};
    if (cell->marked) {
        print_marker(c, cell->series);
    } else if (c->style->ascii) {
        /* Three heights: the top dots, the middle ones, the bottom ones. */
        const int top = (cell->dots & 0x09) != 0;
        const int middle = (cell->dots & 0x36) != 0;
        const int bottom = (cell->dots & 0xC0) != 0;
        (void)fputs(ascii[top + 2 * middle + 4 * bottom], c->out);
    } else {
        const unsigned dots = cell->dots;
        const char utf8[] = {(char)0xE2, (char)(0xA0 + dots / 64), (char)(0x80 + dots % 64), '\0'};
        (void)fputs(utf8, c->out);
    }
}

static void print_cells(const canvas *c, const plot_cell *cells)
{
    size_t end = c->columns;
    while (end > 0 && cells[end - 1].dots == 0 && !cells[end - 1].marked)
        end--;
    size_t painted = SIZE_MAX;
    for (size_t x = 0; x < end; x++) {
        const bool blank = cells[x].dots == 0 && !cells[x].marked;
        if (!blank && cells[x].series != painted) {
            painted = cells[x].series;
            paint(c, colors[painted % PLOT_SERIES]);
        }
        print_cell(c, &cells[x]);
    }
    if (painted != SIZE_MAX)
        paint(c, plain);
    (void)fputc('\n', c->out);
}

/* The tick whose label belongs beside a row, or NULL. */
static const plot_tick *tick_of_row(const plot_axis *y, size_t row, size_t rows)
{
    for (size_t i = y->count; i-- > 0;) {
        const double dot = floor(plot_axis_place(y, y->ticks[i].at) * (4 * (double)rows - 1) + 1e-6);
        if (rows - 1 - (size_t)(dot / 4) == row)
            return &y->ticks[i];
    }
    return NULL;
}

static void print_rows(const canvas *c, const plot_axis *y)
{
    for (size_t row = 0; row < c->rows; row++) {
        const plot_tick *tick = tick_of_row(y, row, c->rows);
        const char *label = tick ? tick->label : "";
        start_line(c);
        paint(c, dim);
        print_spaces(c, c->gutter - 2 - cli_text_width(label, strlen(label)));
        print_text(c, label);
        (void)fputs(c->style->ascii ? (tick ? " +" : " |") : (tick ? " ┤" : " │"), c->out);
        paint(c, plain);
        print_cells(c, &c->cells[row * c->columns]);
    }
}

static size_t column_of(const canvas *c, const plot_tick *tick)
{
    return (size_t)round(plot_axis_place(&c->x, tick->at) * (double)(c->columns - 1));
}

static void print_baseline(const canvas *c, bool ticks)
{
    start_line(c);
    paint(c, dim);
    print_spaces(c, c->gutter - 1);
    (void)fputs(c->style->ascii ? "+" : "└", c->out);
    for (size_t x = 0; x < c->columns; x++) {
        bool tick = false;
        for (size_t i = 0; ticks && x > 0 && i < c->x.count; i++)
            tick = tick || column_of(c, &c->x.ticks[i]) == x;
        (void)fputs(c->style->ascii ? (tick ? "+" : "-") : (tick ? "┬" : "─"), c->out);
    }
    paint(c, plain);
    (void)fputc('\n', c->out);
}

static void print_time_labels(const canvas *c)
{
    start_line(c);
    paint(c, dim);
    print_spaces(c, c->gutter);
    size_t at = 0;
    for (size_t i = 0; i < c->x.count; i++) {
        const plot_tick *tick = &c->x.ticks[i];
        const size_t start = plot_axis_label_start(&c->x, tick, c->columns);
        print_spaces(c, start - at);
        (void)fputs(tick->label, c->out);
        at = start + strlen(tick->label);
    }
    paint(c, plain);
    (void)fputc('\n', c->out);
}

/* --- figure --- */

/* Rows between which the labels of an axis are evenly apart. */
static size_t rows_for(const plot_axis *y)
{
    const size_t wanted = 9;
    if (y->intervals == 0)
        return wanted + 1;
    return y->intervals * ((2 * wanted + y->intervals) / (2 * y->intervals)) + 1;
}

static void axis_of_panel(const canvas *c, plot_axis *y, size_t panel)
{
    plot_axis_of_values(y, c->figure->panels[panel].range, c->figure->log, c->rows);
}

/* The panels' axes line up: the gutter holds the longest label of all. */
static size_t measure_gutter(const canvas *c)
{
    size_t widest = 6;
    for (size_t i = 0; i < c->figure->panel_count; i++) {
        plot_axis y;
        axis_of_panel(c, &y, i);
        for (size_t k = 0; k < y.count; k++) {
            const size_t width = cli_text_width(y.ticks[k].label, strlen(y.ticks[k].label));
            widest = width > widest ? width : widest;
        }
    }
    return widest + 4;
}

static bool print_panel(canvas *c, size_t index)
{
    const plot_panel *panel = &c->figure->panels[index];
    const bool last = index + 1 == c->figure->panel_count;
    const size_t wanted = c->rows;
    plot_axis y;
    axis_of_panel(c, &y, index);
    c->rows = wanted ? wanted : rows_for(&y);
    c->cells = calloc(c->rows * c->columns, sizeof *c->cells);
    if (!c->cells)
        return false;
    if (c->style->summary)
        print_legends(c, panel);
    draw_panel(c, panel, &y);
    print_rows(c, &y);
    print_baseline(c, last);
    if (!last)
        (void)fputc('\n', c->out);
    free(c->cells);
    c->rows = wanted;
    return true;
}

bool plot_text(FILE *out, const plot_figure *figure, const plot_text_style *style)
{
    /* Several panels share the screen; seven rows can have three or four labels evenly apart. */
    const size_t rows = style->rows == 0 && figure->panel_count > 1 ? 7 : style->rows;
    canvas c = {.out = out, .figure = figure, .style = style, .rows = rows};
    c.gutter = measure_gutter(&c);
    const size_t taken = strlen(style->indent) + c.gutter;
    c.columns = style->columns > taken + 8 ? style->columns - taken : 8;
    c.strip = calloc(2 * c.columns, sizeof *c.strip);
    bool done = c.strip != NULL;
    plot_axis_of_time(&c.x, figure->from, figure->to, figure->unit, c.columns);
    for (size_t i = 0; done && i < figure->panel_count; i++)
        done = print_panel(&c, i);
    if (done)
        print_time_labels(&c);
    free(c.strip);
    return done;
}
