/* cli/plot_cairo.c: a pen that paints with cairo, on a PNG or a page of PDF. Knows nothing of schedules or axes. */
#include "cli/plot.h"

#include <cairo-pdf.h>
#include <cairo.h>
#include <errno.h>

/* Pixels of a PNG to a point: sharp on today's screens. */
static const double png_scale = 2;

typedef struct painter {
    cairo_t *cairo;
    bool dark;
    plot_ink ink; /* of the path that was begun */
    size_t series;
} painter;

/* Where cairo's bytes go, and why they did not get there. */
typedef struct sink {
    FILE *file;
    int reason;
} sink;

static cairo_status_t write_bytes(void *context, const unsigned char *bytes, unsigned length)
{
    sink *s = context;
    errno = 0;
    /* fwrite() may take the bytes and yet have failed to write those before them. */
    if (fwrite(bytes, 1, length, s->file) == length && !ferror(s->file))
        return CAIRO_STATUS_SUCCESS;
    /* cairo may go on; the first failure is the one that tells. */
    if (!s->reason)
        s->reason = errno ? errno : EIO;
    return CAIRO_STATUS_WRITE_ERROR;
}

static int errno_of(cairo_status_t status, const sink *s)
{
    /* A PDF that could not be written whole may still have the status of success. */
    if (s->reason)
        return s->reason;
    return status == CAIRO_STATUS_SUCCESS ? 0 : status == CAIRO_STATUS_NO_MEMORY ? ENOMEM : EIO;
}

static void set_color(cairo_t *cairo, unsigned color, double opacity)
{
    cairo_set_source_rgba(cairo, (color >> 16 & 0xFF) / 255.0, (color >> 8 & 0xFF) / 255.0, (color & 0xFF) / 255.0,
                          opacity);
}

static void cairo_begin(void *to, plot_ink ink, size_t series)
{
    painter *p = to;
    p->ink = ink;
    p->series = series;
    cairo_new_path(p->cairo);
}

static void cairo_point(void *to, double x, double y)
{
    cairo_line_to(((const painter *)to)->cairo, x, y);
}

static void cairo_end(void *to)
{
    const painter *p = to;
    const plot_series_look *look = plot_series(p->series);
    set_color(p->cairo, plot_color(p->ink, p->series, p->dark), p->ink == PLOT_AREA ? plot_area_opacity : 1);
    if (p->ink == PLOT_AREA) {
        cairo_fill(p->cairo);
        return;
    }
    const bool curve = p->ink == PLOT_CURVE;
    cairo_set_line_width(p->cairo, curve ? plot_line_width : plot_hairline);
    cairo_set_dash(p->cairo, look->dashes, curve ? (int)look->dash_count : 0, 0);
    cairo_stroke(p->cairo);
}

static void cairo_text(void *to, plot_ink ink, plot_anchor anchor, double x, double y, const char *text)
{
    const painter *p = to;
    cairo_text_extents_t extents;
    cairo_select_font_face(p->cairo, "sans-serif", CAIRO_FONT_SLANT_NORMAL,
                           ink == PLOT_STRONG ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL);
    cairo_set_font_size(p->cairo, plot_text_size);
    cairo_text_extents(p->cairo, text, &extents);
    set_color(p->cairo, plot_color(ink, 0, p->dark), 1);
    cairo_move_to(p->cairo,
                  x - (anchor == PLOT_LEFT    ? 0
                       : anchor == PLOT_RIGHT ? extents.x_advance
                                              : extents.x_advance / 2),
                  y);
    cairo_show_text(p->cairo, text);
}

static void paint(cairo_t *cairo, const plot_job *job)
{
    painter p = {.cairo = cairo, .dark = job->dark};
    const plot_pen pen = {&p, cairo_begin, cairo_point, cairo_end, cairo_text};
    set_color(cairo, plot_paper(job->dark), 1);
    cairo_paint(cairo);
    cairo_set_line_join(cairo, CAIRO_LINE_JOIN_ROUND);
    plot_picture(&pen, job->figure, job->size);
}

int plot_write_png(void *context, FILE *file)
{
    const plot_job *job = context;
    sink to = {file, 0};
    cairo_surface_t *surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, (int)(job->size.width * png_scale),
                                                          (int)(job->size.height * png_scale));
    cairo_t *cairo = cairo_create(surface);
    cairo_scale(cairo, png_scale, png_scale);
    paint(cairo, job);
    cairo_status_t status = cairo_status(cairo);
    if (status == CAIRO_STATUS_SUCCESS)
        status = cairo_surface_write_to_png_stream(surface, write_bytes, &to);
    cairo_destroy(cairo);
    cairo_surface_destroy(surface);
    return errno_of(status, &to);
}

int plot_write_pdf(void *context, FILE *file)
{
    const plot_job *job = context;
    sink to = {file, 0};
    char words[2 * PLOT_NAME_MAX];
    char title[PLOT_NAME_MAX];
    (void)plot_title(words, sizeof words, job->figure);
    plot_clean(title, words, SIZE_MAX); /* cutting may have split a character */
    cairo_surface_t *surface = cairo_pdf_surface_create_for_stream(write_bytes, &to, job->size.width, job->size.height);
    cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_TITLE, title);
    cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATOR, "tempo " TEMPO_VERSION);
    cairo_t *cairo = cairo_create(surface);
    paint(cairo, job);
    cairo_status_t status = cairo_status(cairo);
    cairo_destroy(cairo);
    /* Only here does cairo write most of the file. */
    cairo_surface_finish(surface);
    if (status == CAIRO_STATUS_SUCCESS)
        status = cairo_surface_status(surface);
    cairo_surface_destroy(surface);
    return errno_of(status, &to);
}
