/* cli/plot_cairo.c: a pen that paints with cairo, on a PNG or a page of PDF. Knows nothing of schedules or axes. */
#include "cli/plot.h"

#include <errno.h>

#include "cli/plot_cairo.h"

/* Pixels of a PNG to a point: sharp on today's screens. */
static const double png_scale = 2;

typedef struct painter {
    const plot_cairo *cairo;
    cairo_t *on;
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

static void set_color(const painter *p, unsigned color, double opacity)
{
    p->cairo->set_source_rgba(p->on, (color >> 16 & 0xFF) / 255.0, (color >> 8 & 0xFF) / 255.0, (color & 0xFF) / 255.0,
                              opacity);
}

static void cairo_begin(void *to, plot_ink ink, size_t series)
{
    painter *p = to;
    p->ink = ink;
    p->series = series;
    p->cairo->new_path(p->on);
}

static void cairo_point(void *to, double x, double y)
{
    const painter *p = to;
    p->cairo->line_to(p->on, x, y);
}

static void cairo_end(void *to)
{
    const painter *p = to;
    const plot_series_look *look = plot_series(p->series);
    set_color(p, plot_color(p->ink, p->series, p->dark), p->ink == PLOT_AREA ? plot_area_opacity : 1);
    if (p->ink == PLOT_AREA) {
        p->cairo->fill(p->on);
        return;
    }
    const bool curve = p->ink == PLOT_CURVE;
    p->cairo->set_line_width(p->on, curve ? plot_line_width : plot_hairline);
    p->cairo->set_dash(p->on, look->dashes, curve ? (int)look->dash_count : 0, 0);
    p->cairo->stroke(p->on);
}

static void cairo_text(void *to, plot_ink ink, plot_anchor anchor, double x, double y, const char *text)
{
    const painter *p = to;
    cairo_text_extents_t extents;
    p->cairo->select_font_face(p->on, "sans-serif", CAIRO_FONT_SLANT_NORMAL,
                               ink == PLOT_STRONG ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL);
    p->cairo->set_font_size(p->on, plot_text_size);
    p->cairo->text_extents(p->on, text, &extents);
    set_color(p, plot_color(ink, 0, p->dark), 1);
    p->cairo->move_to(p->on,
                      x - (anchor == PLOT_LEFT    ? 0
                           : anchor == PLOT_RIGHT ? extents.x_advance
                                                  : extents.x_advance / 2),
                      y);
    p->cairo->show_text(p->on, text);
}

static void paint(const plot_cairo *cairo, cairo_t *on, const plot_job *job)
{
    painter p = {.cairo = cairo, .on = on, .dark = job->dark};
    const plot_pen pen = {&p, cairo_begin, cairo_point, cairo_end, cairo_text};
    set_color(&p, plot_paper(job->dark), 1);
    cairo->paint(on);
    cairo->set_line_join(on, CAIRO_LINE_JOIN_ROUND);
    plot_picture(&pen, job->figure, job->size);
}

/* Runs one of the two below, for which cairo has to be there: plot_can_paint() was asked before. */
static int with_cairo(const plot_job *job, FILE *file, int (*write)(const plot_cairo *, const plot_job *, sink *))
{
    plot_cairo cairo;
    sink to = {file, 0};
    return plot_cairo_load(&cairo) ? write(&cairo, job, &to) : ENOSYS;
}

static int write_png(const plot_cairo *cairo, const plot_job *job, sink *to)
{
    cairo_surface_t *surface = cairo->image_surface_create(CAIRO_FORMAT_RGB24, (int)(job->size.width * png_scale),
                                                           (int)(job->size.height * png_scale));
    cairo_t *on = cairo->create(surface);
    cairo->scale(on, png_scale, png_scale);
    paint(cairo, on, job);
    cairo_status_t status = cairo->status(on);
    if (status == CAIRO_STATUS_SUCCESS)
        status = cairo->surface_write_to_png_stream(surface, write_bytes, to);
    cairo->destroy(on);
    cairo->surface_destroy(surface);
    return errno_of(status, to);
}

static int write_pdf(const plot_cairo *cairo, const plot_job *job, sink *to)
{
    char words[2 * PLOT_NAME_MAX];
    char title[PLOT_NAME_MAX];
    (void)plot_title(words, sizeof words, job->figure);
    plot_clean(title, words, SIZE_MAX); /* cutting may have split a character */
    cairo_surface_t *surface = cairo->pdf_surface_create_for_stream(write_bytes, to, job->size.width, job->size.height);
    cairo->pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_TITLE, title);
    cairo->pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATOR, "tempo " TEMPO_VERSION);
    cairo_t *on = cairo->create(surface);
    paint(cairo, on, job);
    cairo_status_t status = cairo->status(on);
    cairo->destroy(on);
    /* Only here does cairo write most of the file. */
    cairo->surface_finish(surface);
    if (status == CAIRO_STATUS_SUCCESS)
        status = cairo->surface_status(surface);
    cairo->surface_destroy(surface);
    return errno_of(status, to);
}

int plot_write_png(void *context, FILE *file)
{
    return with_cairo(context, file, write_png);
}

int plot_write_pdf(void *context, FILE *file)
{
    return with_cairo(context, file, write_pdf);
}

bool plot_can_paint(void)
{
    plot_cairo cairo;
    return plot_cairo_load(&cairo);
}
