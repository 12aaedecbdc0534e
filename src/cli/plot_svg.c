/* cli/plot_svg.c: a pen that writes SVG: real text, a title and a description for screen readers, and colours that
 * follow the reader's light or dark preference. Knows nothing of schedules or axes. */
#include "cli/plot.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"

typedef struct svg {
    FILE *file;
    bool open;                                 /* a path's first point is written */
    bool closed;                               /* the path ends where it begins */
    char x[CLI_NUMBER_MAX], y[CLI_NUMBER_MAX]; /* of its last point, as written */
} svg;

/* A hundredth of a point is finer than any screen or printer. */
static void print_coordinate(char *buffer, double value)
{
    (void)cli_print_number(buffer, round(value * 100) / 100, 8);
}

/* Writes text as XML; it has no control characters, see plot_clean(). */
static void print_escaped(FILE *file, const char *text)
{
    for (const char *p = text; *p; p++) {
        if (*p == '&')
            (void)fputs("&amp;", file);
        else if (*p == '<')
            (void)fputs("&lt;", file);
        else if (*p == '>')
            (void)fputs("&gt;", file);
        else
            (void)fputc(*p, file);
    }
}

static void svg_begin(void *to, plot_ink ink, size_t series)
{
    static const char *const names[] = {
        [PLOT_GRID] = "grid", [PLOT_AXIS] = "axis", [PLOT_AREA] = "area", [PLOT_CURVE] = "curve"};
    svg *s = to;
    s->open = false;
    s->closed = ink == PLOT_AREA;
    (void)fprintf(s->file, "  <path class=\"%s", names[ink]);
    if (ink == PLOT_AREA || ink == PLOT_CURVE)
        (void)fprintf(s->file, " s%zu", series % PLOT_SERIES);
    (void)fputs("\" d=\"", s->file);
}

static void svg_point(void *to, double at_x, double at_y)
{
    svg *s = to;
    char x[CLI_NUMBER_MAX];
    char y[CLI_NUMBER_MAX];
    print_coordinate(x, at_x);
    print_coordinate(y, at_y);
    const bool same_x = s->open && strcmp(x, s->x) == 0;
    const bool same_y = s->open && strcmp(y, s->y) == 0;
    if (!s->open)
        (void)fprintf(s->file, "M%s %s", x, y);
    else if (same_x && !same_y)
        (void)fprintf(s->file, "V%s", y);
    else if (same_y && !same_x)
        (void)fprintf(s->file, "H%s", x);
    else if (!same_x)
        (void)fprintf(s->file, "L%s %s", x, y);
    s->open = true;
    memcpy(s->x, x, sizeof x);
    memcpy(s->y, y, sizeof y);
}

static void svg_end(void *to)
{
    svg *s = to;
    (void)fprintf(s->file, "%s\"/>\n", s->closed ? "Z" : "");
}

static void svg_text(void *to, plot_ink ink, plot_anchor anchor, double at_x, double at_y, const char *text)
{
    static const char *const anchors[] = {
        [PLOT_LEFT] = "", [PLOT_CENTER] = " text-anchor=\"middle\"", [PLOT_RIGHT] = " text-anchor=\"end\""};
    svg *s = to;
    char x[CLI_NUMBER_MAX];
    char y[CLI_NUMBER_MAX];
    print_coordinate(x, at_x);
    print_coordinate(y, at_y);
    (void)fprintf(s->file, "  <text class=\"%s\" x=\"%s\" y=\"%s\"%s>", ink == PLOT_STRONG ? "strong" : "soft", x, y,
                  anchors[anchor]);
    print_escaped(s->file, text);
    (void)fputs("</text>\n", s->file);
}

/* --- style --- */

static void print_colors(FILE *file, bool dark, const char *indent)
{
    const unsigned grid = plot_color(PLOT_GRID, 0, dark);
    const unsigned axis = plot_color(PLOT_AXIS, 0, dark);
    const unsigned strong = plot_color(PLOT_STRONG, 0, dark);
    const unsigned soft = plot_color(PLOT_SOFT, 0, dark);
    (void)fprintf(file, "%s.tempo .paper{fill:#%06X}\n", indent, plot_paper(dark));
    (void)fprintf(file, "%s.tempo .grid{stroke:#%06X}\n%s.tempo .axis{stroke:#%06X}\n", indent, grid, indent, axis);
    (void)fprintf(file, "%s.tempo .strong{fill:#%06X}\n%s.tempo .soft{fill:#%06X}\n", indent, strong, indent, soft);
    for (size_t i = 0; i < PLOT_SERIES; i++) {
        const unsigned color = plot_color(PLOT_CURVE, i, dark);
        (void)fprintf(file, "%s.tempo .curve.s%zu{stroke:#%06X}\n%s.tempo .area.s%zu{fill:#%06X}\n", indent, i, color,
                      indent, i, color);
    }
}

static void print_dashes(FILE *file)
{
    for (size_t i = 0; i < PLOT_SERIES; i++) {
        const plot_series_look *look = plot_series(i);
        if (look->dash_count == 0)
            continue;
        (void)fprintf(file, "    .tempo .curve.s%zu{stroke-dasharray:", i);
        for (size_t k = 0; k < look->dash_count; k++)
            (void)fprintf(file, "%s%g", k == 0 ? "" : " ", look->dashes[k]);
        (void)fputs("}\n", file);
    }
}

static void print_style(FILE *file)
{
    (void)fprintf(file,
                  "  <style>\n    .tempo text{font:%gpx system-ui,\"DejaVu "
                  "Sans\",sans-serif;font-variant-numeric:tabular-nums}\n",
                  plot_text_size);
    (void)fputs("    .tempo .strong{font-weight:600}\n    .tempo path{fill:none;stroke-linejoin:round}\n", file);
    (void)fprintf(file, "    .tempo .curve{stroke-width:%g}\n    .tempo .area{fill-opacity:%g}\n", plot_line_width,
                  plot_area_opacity);
    print_dashes(file);
    print_colors(file, false, "    ");
    (void)fputs("    @media (prefers-color-scheme:dark){\n", file);
    print_colors(file, true, "      ");
    (void)fputs("    }\n  </style>\n", file);
}

/* Writes what screen readers read out. False when memory is out. */
static bool print_words(FILE *file, const plot_figure *figure)
{
    const size_t title_size = plot_title(NULL, 0, figure) + 1;
    const size_t description_size = plot_describe(NULL, 0, figure) + 1;
    char *text = malloc(title_size > description_size ? title_size : description_size);
    if (!text)
        return false;
    (void)plot_title(text, title_size, figure);
    (void)fputs("  <title>", file);
    print_escaped(file, text);
    (void)plot_describe(text, description_size, figure);
    (void)fputs("</title>\n  <desc>", file);
    print_escaped(file, text);
    (void)fputs("</desc>\n", file);
    free(text);
    return true;
}

int plot_write_svg(void *context, FILE *file)
{
    const plot_job *job = context;
    const plot_size size = job->size;
    svg s = {.file = file};
    const plot_pen pen = {&s, svg_begin, svg_point, svg_end, svg_text};
    errno = 0;
    (void)fprintf(file,
                  "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"tempo\" role=\"img\" width=\"%g\" height=\"%g\" "
                  "viewBox=\"0 0 %g %g\">\n",
                  size.width, size.height, size.width, size.height);
    if (!print_words(file, job->figure))
        return ENOMEM;
    print_style(file);
    (void)fputs("  <rect class=\"paper\" width=\"100%\" height=\"100%\"/>\n", file);
    plot_picture(&pen, job->figure, size);
    (void)fputs("</svg>\n", file);
    if (ferror(file))
        return errno ? errno : EIO;
    return 0;
}
