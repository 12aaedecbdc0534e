/* cli/plot_picture.c: draws a figure as a picture, stroke by stroke, with whatever pen it is given; says what
 * each ink looks like. Knows nothing of file formats. */
#include "cli/plot.h"

#include <math.h>
#include <string.h>

#include "cli/cli.h"

/* In points. */
const double plot_text_size = 13;
const double plot_line_width = 2;
const double plot_hairline = 1;
const double plot_area_opacity = 0.08;

static const double margin = 24;
static const double line_height = 20;
static const double swatch = 26;           /* a legend's piece of line, and the gap after it */
static const double panel_height = 260;    /* of the axis' frame alone */
static const double panel_gap = 26;        /* between a legend and its frame, and a frame and what follows */
static const double character_width = 7.2; /* at most, on average; where exactness matters, texts are anchored */
static const double strong_width = 9.4;    /* the same of a PLOT_STRONG text */

/* Told apart by people who see no red or no green, on white and on near black. */
static const plot_series_look series_looks[PLOT_SERIES] = {
    {0x2463B4, 0x6CB2F7, 0, {0}},          {0xC65D07, 0xF5A35C, 2, {9, 4}},  {0x0B7A63, 0x4CC9AC, 2, {3, 3}},
    {0x8444B5, 0xC79BF2, 4, {9, 3, 3, 3}}, {0xB8304A, 0xF58291, 2, {14, 4}}, {0x6B6257, 0xBDB3A4, 4, {3, 3, 9, 3}},
};

const plot_series_look *plot_series(size_t series)
{
    return &series_looks[series % PLOT_SERIES];
}

unsigned plot_color(plot_ink ink, size_t series, bool dark)
{
    static const struct {
        unsigned light, dark;
    } colors[] = {
        [PLOT_GRID] = {0xE6E8EB, 0x262C35},
        [PLOT_AXIS] = {0x9AA1AB, 0x5A6472},
        [PLOT_STRONG] = {0x1B1F24, 0xEDF0F3},
        [PLOT_SOFT] = {0x57606A, 0x9CA6B2},
    };
    if (ink == PLOT_CURVE || ink == PLOT_AREA)
        return dark ? plot_series(series)->dark : plot_series(series)->light;
    return dark ? colors[ink].dark : colors[ink].light;
}

unsigned plot_paper(bool dark)
{
    return dark ? 0x0F1318 : 0xFFFFFF;
}

/* Where a panel's frame is on the paper, and what it shows. */
typedef struct frame {
    double left, right, top, bottom;
    const plot_axis *x, *y;
} frame;

static double x_of(const frame *f, double at)
{
    return f->left + plot_axis_place(f->x, at) * (f->right - f->left);
}

static double y_of(const frame *f, double at)
{
    return f->bottom - plot_axis_place(f->y, at) * (f->bottom - f->top);
}

static void draw_line(const plot_pen *pen, plot_ink ink, size_t series, double x1, double y1, double x2, double y2)
{
    pen->begin(pen->to, ink, series);
    pen->point(pen->to, x1, y1);
    pen->point(pen->to, x2, y2);
    pen->end(pen->to);
}

/* A hairline fills whole pixels if it runs through their middles. */
static double crisp(double at)
{
    return floor(at) + 0.5;
}

/* --- layout --- */

static size_t characters(double width)
{
    return width > 10 * character_width ? (size_t)(width / character_width) : 10;
}

static size_t columns_of_text(const char *text)
{
    return cli_text_width(text, strlen(text));
}

static double name_width(const plot_figure *figure, const plot_panel *panel)
{
    char name[PLOT_NAME_MAX];
    size_t widest = 0;
    for (size_t i = 0; i < panel->count; i++) {
        plot_curve_name(name, &figure->curves[panel->first + i], 0, SIZE_MAX);
        const size_t width = columns_of_text(name);
        widest = width > widest ? width : widest;
    }
    return (double)widest * strong_width + 2 * character_width;
}

static bool has_legend_lines(const plot_figure *figure)
{
    return figure->count > figure->panel_count;
}

/* Draws a curve's piece of line, name and summary from `y` down, or only measures when `pen` is NULL.
 * Returns where they end. */
static double draw_legend(const plot_pen *pen, const plot_figure *figure, const plot_curve *curve, double names,
                          double y, double width)
{
    const double x = margin + (has_legend_lines(figure) ? swatch + 10 : 0);
    const bool below = names > width / 2;
    const double start = below ? x : x + names;
    char name[PLOT_NAME_MAX];
    char line[PLOT_PARTS_MAX * PLOT_PART_MAX];
    plot_curve_name(name, curve, 0, (size_t)fmax((width - margin - x) / strong_width, 10));
    if (pen && has_legend_lines(figure))
        draw_line(pen, PLOT_CURVE, curve->series, margin, y - 4.5, margin + swatch, y - 4.5);
    if (pen)
        pen->text(pen->to, PLOT_STRONG, PLOT_LEFT, x, y, name);
    if (below)
        y += line_height;
    for (size_t part = 0; part < curve->part_count;) {
        part = plot_summary_line(line, sizeof line, curve, part, characters(width - margin - start));
        if (pen)
            pen->text(pen->to, PLOT_SOFT, PLOT_LEFT, start, y, line);
        y += line_height;
    }
    return y;
}

static double draw_legends(const plot_pen *pen, const plot_figure *figure, const plot_panel *panel, double y,
                           double width)
{
    const double names = name_width(figure, panel);
    for (size_t i = 0; i < panel->count; i++)
        y = draw_legend(pen, figure, &figure->curves[panel->first + i], names, y, width);
    return y;
}

/* Where the first legend's baseline is. */
static double first_baseline(const plot_figure *figure)
{
    return margin + 12 + (figure->heading ? 1.3 * line_height : 0);
}

/* Where a panel's frame begins, its first legend being at `y`. */
static double frame_top(const plot_pen *pen, const plot_figure *figure, const plot_panel *panel, double y, double width)
{
    return draw_legends(pen, figure, panel, y, width) - line_height + panel_gap;
}

/* The height of everything but the frames. */
static double height_around_frames(const plot_figure *figure, double width)
{
    double y = first_baseline(figure);
    for (size_t i = 0; i < figure->panel_count; i++)
        y = frame_top(NULL, figure, &figure->panels[i], y, width) + 1.5 * panel_gap;
    return y - 1.5 * panel_gap + line_height + margin;
}

plot_size plot_picture_size(const plot_figure *figure, double width, double height)
{
    plot_size size = {width > 0 ? width : 960, height};
    if (size.height <= 0)
        size.height = ceil(height_around_frames(figure, size.width)) +
                      (double)figure->panel_count * (figure->panel_count > 1 ? 0.7 * panel_height : panel_height);
    return size;
}

/* --- panels --- */

static void draw_value_axis(const plot_pen *pen, const frame *f)
{
    for (size_t i = 0; i < f->y->count; i++) {
        const plot_tick *tick = &f->y->ticks[i];
        const double y = y_of(f, tick->at);
        if (y < f->bottom - 1)
            draw_line(pen, PLOT_GRID, 0, f->left, crisp(y), f->right, crisp(y));
        pen->text(pen->to, PLOT_SOFT, PLOT_RIGHT, f->left - 10, y + 4.5, tick->label);
    }
}

static void draw_time_axis(const plot_pen *pen, const frame *f, bool labels)
{
    for (size_t i = 0; labels && i < f->x->count; i++) {
        const plot_tick *tick = &f->x->ticks[i];
        const double x = x_of(f, tick->at);
        const bool first = x < f->left + 1;
        const bool last = x > f->right - 1;
        draw_line(pen, PLOT_AXIS, 0, crisp(last ? x - 1 : x), f->bottom, crisp(last ? x - 1 : x), f->bottom + 5);
        pen->text(pen->to, PLOT_SOFT,
                  first  ? PLOT_LEFT
                  : last ? PLOT_RIGHT
                         : PLOT_CENTER,
                  x, f->bottom + line_height, tick->label);
    }
    draw_line(pen, PLOT_AXIS, 0, f->left, crisp(f->bottom), f->right, crisp(f->bottom));
}

/* The end of the points from `first` on that have no gap between them. */
static size_t end_of_run(const plot_curve *curve, size_t first)
{
    size_t end = first + 1;
    while (end < curve->count && !curve->points[end].gap)
        end++;
    return end;
}

static double x_of_point(const frame *f, const plot_curve *curve, size_t point)
{
    return x_of(f, curve->points[point].batch * curve->per_batch);
}

static void draw_points(const plot_pen *pen, const frame *f, const plot_curve *curve, size_t first, size_t end)
{
    for (size_t i = first; i < end; i++)
        pen->point(pen->to, x_of_point(f, curve, i), y_of(f, curve->points[i].value));
}

/* What a curve adds up to is the area under it, if that begins at 0; what is measured adds up to nothing. */
static void draw_area(const plot_pen *pen, const frame *f, const plot_curve *curve)
{
    if (f->y->log || f->y->low != 0 || curve->count < 2 ||
        (curve->log && plot_log_is_measured(curve->log, curve->column)))
        return;
    for (size_t first = 0; first < curve->count;) {
        const size_t end = end_of_run(curve, first);
        pen->begin(pen->to, PLOT_AREA, curve->series);
        pen->point(pen->to, x_of_point(f, curve, first), f->bottom);
        draw_points(pen, f, curve, first, end);
        pen->point(pen->to, x_of_point(f, curve, end - 1), f->bottom);
        pen->end(pen->to);
        first = end;
    }
}

static void draw_line_of(const plot_pen *pen, const frame *f, const plot_curve *curve)
{
    for (size_t first = 0; first < curve->count;) {
        const size_t end = end_of_run(curve, first);
        pen->begin(pen->to, PLOT_CURVE, curve->series);
        draw_points(pen, f, curve, first, end);
        if (curve->log && end == first + 1) /* a lone point is a dot: a line to itself */
            draw_points(pen, f, curve, first, end);
        pen->end(pen->to);
        first = end;
    }
}

static void draw_curves(const plot_pen *pen, const frame *f, const plot_figure *figure, const plot_panel *panel)
{
    const plot_curve *curves = &figure->curves[panel->first];
    if (panel->count == 1)
        draw_area(pen, f, curves);
    for (size_t i = 0; i < panel->count; i++)
        draw_line_of(pen, f, &curves[i]);
}

static double measure_gutter(const plot_figure *figure, size_t rows)
{
    size_t widest = 4;
    for (size_t i = 0; i < figure->panel_count; i++) {
        plot_axis y;
        plot_axis_of_values(&y, figure->panels[i].range, figure->log, rows);
        for (size_t k = 0; k < y.count; k++) {
            const size_t width = columns_of_text(y.ticks[k].label);
            widest = width > widest ? width : widest;
        }
    }
    return (double)widest * character_width + 12;
}

void plot_picture(const plot_pen *pen, const plot_figure *figure, plot_size size)
{
    const double frames =
        fmax(size.height - height_around_frames(figure, size.width), 30 * (double)figure->panel_count);
    const double height = frames / (double)figure->panel_count;
    /* Labels are as far apart as those of text would be on lines of this height. */
    const size_t rows = (size_t)fmax(height / 24, 3);
    const double left = floor(margin + measure_gutter(figure, rows));
    const double right = floor(size.width - margin);
    plot_axis x;
    plot_axis_of_time(&x, figure->from, figure->to, figure->unit, characters(right - left));
    if (figure->heading) {
        char heading[PLOT_NAME_MAX];
        plot_clean(heading, figure->heading, (size_t)fmax((size.width - 2 * margin) / strong_width, 10));
        pen->text(pen->to, PLOT_STRONG, PLOT_LEFT, margin, margin + 12, heading);
    }
    double y = first_baseline(figure);
    for (size_t i = 0; i < figure->panel_count; i++) {
        const plot_panel *panel = &figure->panels[i];
        plot_axis values;
        plot_axis_of_values(&values, panel->range, figure->log, rows);
        const double top = crisp(frame_top(pen, figure, panel, y, size.width));
        const frame f = {left, right, top, crisp(top + height - 1), &x, &values};
        draw_value_axis(pen, &f);
        draw_time_axis(pen, &f, i + 1 == figure->panel_count);
        draw_curves(pen, &f, figure, panel);
        y = f.bottom + 1.5 * panel_gap;
    }
}
