/* cli/plot.h: what the parts of plotting share: curves sampled from plans and logs, in panels over one x axis.
 *
 *   command_plot.c   documents, logs and options -> figure
 *   plot_log.c       log -> numbers
 *   plot_plan.c      plan -> what of it is drawn, where nobody says
 *   plot_figure.c    curves -> panels, x axis, summaries
 *   plot_sample.c    plan or log -> points of a curve, and the numbers of its summary
 *   plot_axis.c      range -> ticks and labels
 *   plot_text.c      figure -> terminal
 *   plot_picture.c   figure -> strokes and texts, drawn with a pen
 *   plot_svg.c       a pen that writes SVG
 *   plot_cairo.c     a pen that paints PNG and PDF
 *   plot_cairo_load.c  where its functions come from
 */
#ifndef TEMPO_CLI_PLOT_H
#define TEMPO_CLI_PLOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <tempo/plan.h>

#include "cli/plot_log.h"

/* --- axes (plot_axis.c) --- */

enum {
    PLOT_TICKS_MAX = 16,
    PLOT_LABEL_MAX = 64,
    PLOT_DECADES = 6 /* a log axis shows at most, so that a curve which ends at 0 does not become a flat line */
};

typedef struct plot_tick {
    double at;
    char label[PLOT_LABEL_MAX];
} plot_tick;

/* From low to high, low < high, with ticks in ascending order and no label twice. */
typedef struct plot_axis {
    double low, high;
    bool log;
    size_t intervals; /* equal steps between the ticks of a value axis; 0 if they are not equal */
    size_t count;
    plot_tick ticks[PLOT_TICKS_MAX];
} plot_axis;

/* Where a number is on the axis: 0 at its low end, 1 at its high end; clamped to these. */
double plot_axis_place(const plot_axis *axis, double at);

/* What values a panel shows. */
typedef struct plot_range {
    double low, high; /* finite, low <= high */
    double positive;  /* the smallest one above 0; 0 if there is none */
} plot_range;

/* An axis for values, its ends at round numbers. `rows` is the height in lines of text that the labels
 * have to share, or 0 if it may still be chosen. */
void plot_axis_of_values(plot_axis *axis, plot_range range, bool log, size_t rows);

/* An axis for training time in a unit from low to high, both of which it labels. `columns` is the
 * width in characters that the labels have to share. */
void plot_axis_of_time(plot_axis *axis, double low, double high, tempo_unit unit, size_t columns);

/* The column in which the label of a tick begins: centred on the tick, but within the axis. */
size_t plot_axis_label_start(const plot_axis *axis, const plot_tick *tick, size_t columns);

/* A point in training time for people, such as "63,900ba" or "134Gtok": large counts in three digits and a
 * suffix. With a resolution > 0, fine enough to tell it from its neighbours: counts exactly, with a
 * suffix where that loses nothing. Returns the length. */
size_t plot_print_time(char *buffer, double value, tempo_unit unit, double resolution);

/* --- curves (plot_sample.c) --- */

typedef struct plot_point {
    double batch, value;
    bool joint; /* a joint of the schedule: never simplified away */
    bool gap;   /* no line leads here from the point before */
} plot_point;

/* What a curve comes to, over all updates of the run. */
typedef struct plot_facts {
    double peak, low, end, mean;
    int64_t peak_batch, low_batch;
    size_t missing; /* updates of a log whose value is no finite number */
} plot_facts;

enum { PLOT_PARTS_MAX = 6, PLOT_PART_MAX = 2 * PLOT_LABEL_MAX + 16 };

/* A track of a plan between two batches, or a column of a log between two of its rows, to which everything here that
 * is said of batches then applies. Strings, plan and log are borrowed. */
typedef struct plot_curve {
    const tempo_plan *plan; /* NULL: the curve is a log's */
    size_t track;
    const plot_log *log; /* with its rows placed on the x axis; NULL: the curve is a plan's */
    size_t column;
    const char *field;    /* curves of one field share a panel */
    size_t group;         /* curves of one group of one document or log look the same */
    const char *document; /* whose it is; "" if that goes without saying */
    char *label;          /* "lr", "decay.lr"; owned */
    bool relative;        /* its values are multiples of a base nobody gave */
    int64_t batches;      /* length of the run; 0: unknown */
    int64_t from, to;     /* what is drawn, from < to */
    double per_batch;     /* how much of the figure's unit one batch is */
    size_t series;        /* what tells it apart: its colour, dashes and marker */

    plot_facts facts;
    char parts[PLOT_PARTS_MAX][PLOT_PART_MAX]; /* of the summary */
    size_t part_count;

    plot_point *points; /* owned; straight lines between them are the curve */
    size_t count, capacity;
} plot_curve;

/* Fills `facts`: exactly for runs of up to ten million updates, from samples beyond. */
void plot_measure(plot_curve *curve);

/* Fills `points`: every jump and corner at its own batch, as few points between them as a curve needs
 * to look smooth. False when memory is out. */
bool plot_sample(plot_curve *curve, bool log);

/* --- figures (plot_figure.c) --- */

/* Curves of one field, which share a value axis: curves[first .. first + count - 1]. */
typedef struct plot_panel {
    size_t first, count;
    plot_range range;
} plot_panel;

/* Zero it; free with plot_figure_free(). */
typedef struct plot_figure {
    plot_curve *curves;
    size_t count, capacity;
    plot_panel *panels;
    size_t panel_count;
    const char *heading; /* what the curves are of; NULL if each says so itself; borrowed */
    tempo_unit unit;     /* of the x axis */
    double from, to;     /* in that unit */
    bool log;
} plot_figure;

/* Adds a curve of which everything down to `per_batch` but the label is set; of a plan's, neither are field and group.
 * False when memory is out. */
bool plot_figure_add(plot_figure *figure, const plot_curve *curve);

/* Gathers the curves in panels, measures and samples them and writes their summaries. Needs `unit` and
 * `log`, and at least one curve. False when memory is out. */
bool plot_figure_finish(plot_figure *figure);

/* --- plans as they are (plot_plan.c) --- */

/* How many batches of a plan are drawn: its run, or if that has no length as many as show the first few joints. 0: there
 * is nothing to go by, and plot_no_end() says why in `error`, which is not NULL. */
int64_t plot_batches_to_show(const tempo_plan *plan);
tempo_status plot_no_end(const tempo_plan *plan, tempo_error *error);

/* The unit of the x axis: that in which the run is measured, if one knows how; else batches, and also where so few of
 * them are looked at that they are less than an epoch. */
tempo_unit plot_unit_of(const tempo_plan *plan, int64_t batches);

/* Adds all of a track to a figure whose unit is set. `relative`: nobody gave the base of lr. Errors: MISSING_FACT,
 * ZERO_DURATION (nothing to draw), BAD_VALUE (unit), OUT_OF_RANGE, NO_MEMORY. */
tempo_status plot_figure_add_track(plot_figure *figure, const tempo_plan *plan, size_t track, bool relative,
                                   tempo_error *error);

/* --- of all figures --- */

/* Where a batch of a curve, or a row of its log, is on the x axis. */
double plot_curve_place(const plot_curve *curve, double batch);

/* How much of a unit one batch is. Errors: MISSING_FACT, BAD_VALUE for a unit batches have none of. */
tempo_status plot_per_batch(double *out, const tempo_plan *plan, tempo_unit unit, tempo_error *error);

void plot_figure_free(plot_figure *figure);

enum { PLOT_NAME_MAX = 512 };

/* Copies text as it may be shown: no control characters, no broken UTF-8, cut with an ellipsis where it
 * takes more than `columns` or `buffer`, which has PLOT_NAME_MAX bytes. */
void plot_clean(char *buffer, const char *text, size_t columns);

/* How a curve is called in a legend: its document, filled up to `pad` columns, and its label; as plot_clean(). */
void plot_curve_name(char *buffer, const plot_curve *curve, size_t pad, size_t columns);

/* Writes as many parts of the summary, from `part` on, as fit in `columns`, at least one; returns the
 * part to go on with. */
size_t plot_summary_line(char *buffer, size_t capacity, const plot_curve *curve, size_t part, size_t columns);

/* --- drawing --- */

/* How a figure is put into text. */
typedef struct plot_text_style {
    size_t columns; /* of a whole line, 0 < indent < columns */
    size_t rows;    /* of a panel, 0: about ten, so that the labels are evenly apart */
    bool color;
    bool ascii;
    bool summary;
    const char *indent; /* before every line */
} plot_text_style;

/* False when memory is out. (plot_text.c) */
bool plot_text(FILE *out, const plot_figure *figure, const plot_text_style *style);

/* The curve of one track for `tempo show`. Returns 0, or 2 after saying what went wrong. (command_plot.c) */
int plot_small(FILE *out, const tempo_plan *plan, size_t track, int columns, int rows, const char *indent);

/* What a stroke or a text means; the pen knows how that looks. */
typedef enum plot_ink { PLOT_GRID, PLOT_AXIS, PLOT_AREA, PLOT_CURVE, PLOT_STRONG, PLOT_SOFT } plot_ink;
typedef enum plot_anchor { PLOT_LEFT, PLOT_CENTER, PLOT_RIGHT } plot_anchor;

enum { PLOT_SERIES = 6 }; /* colours that tell curves apart */

/* One series' look. Dashes tell curves apart without colour, and show both where two coincide. */
typedef struct plot_series_look {
    unsigned light, dark; /* 0xRRGGBB */
    size_t dash_count;
    double dashes[4];
} plot_series_look;

const plot_series_look *plot_series(size_t series);

/* The colour of an ink on light or on dark paper, and of the paper itself. */
unsigned plot_color(plot_ink ink, size_t series, bool dark);
unsigned plot_paper(bool dark);

extern const double plot_text_size, plot_line_width, plot_hairline, plot_area_opacity;

/* What a picture is drawn with. Coordinates are points from the top left corner. */
typedef struct plot_pen {
    void *to;
    void (*begin)(void *to, plot_ink ink, size_t series);
    void (*point)(void *to, double x, double y);
    void (*end)(void *to);
    void (*text)(void *to, plot_ink ink, plot_anchor anchor, double x, double y, const char *text);
} plot_pen;

typedef struct plot_size {
    double width, height;
} plot_size;

/* How large a picture is, where 0 lets it choose; and the picture. (plot_picture.c) */
plot_size plot_picture_size(const plot_figure *figure, double width, double height);
void plot_picture(const plot_pen *pen, const plot_figure *figure, plot_size size);

/* What a screen reader says of a figure: a title, and a line for each curve. Like snprintf. */
size_t plot_title(char *buffer, size_t capacity, const plot_figure *figure);
size_t plot_describe(char *buffer, size_t capacity, const plot_figure *figure);

/* For cli_write_file(): `context` is a plot_job; each returns 0 or an errno. */
typedef struct plot_job {
    const plot_figure *figure;
    plot_size size;
    bool dark; /* an SVG has both styles, and follows its reader's preference */
} plot_job;

int plot_write_svg(void *context, FILE *file);

/* Whether there is what PNG and PDF need: cairo. */
bool plot_can_paint(void);
int plot_write_png(void *context, FILE *file);
int plot_write_pdf(void *context, FILE *file);

#endif
