/* cli/plot_cairo.h: what is used of cairo, as a table of its functions. The program is linked with cairo. The Python
 * package (TEMPO_CAIRO_LOADED) needs nothing to be installed or built: it loads the library when a PNG or a PDF is
 * wanted, and so says itself what cairo's headers say of these functions. */
#ifndef TEMPO_CLI_PLOT_CAIRO_H
#define TEMPO_CLI_PLOT_CAIRO_H

#include <stdbool.h>

#ifdef TEMPO_CAIRO_LOADED
typedef struct cairo cairo_t;
typedef struct cairo_surface cairo_surface_t;

/* The values are part of cairo's ABI. */
typedef enum { CAIRO_STATUS_SUCCESS = 0, CAIRO_STATUS_NO_MEMORY = 1, CAIRO_STATUS_WRITE_ERROR = 11 } cairo_status_t;
typedef enum { CAIRO_FORMAT_RGB24 = 1 } cairo_format_t;
typedef enum { CAIRO_FONT_SLANT_NORMAL = 0 } cairo_font_slant_t;
typedef enum { CAIRO_FONT_WEIGHT_NORMAL = 0, CAIRO_FONT_WEIGHT_BOLD = 1 } cairo_font_weight_t;
typedef enum { CAIRO_LINE_JOIN_ROUND = 1 } cairo_line_join_t;
typedef enum { CAIRO_PDF_METADATA_TITLE = 0, CAIRO_PDF_METADATA_CREATOR = 4 } cairo_pdf_metadata_t;

typedef struct {
    double x_bearing, y_bearing, width, height, x_advance, y_advance;
} cairo_text_extents_t;

typedef cairo_status_t (*cairo_write_func_t)(void *closure, const unsigned char *data, unsigned length);
#else
#include <cairo-pdf.h>
#include <cairo.h>
#endif

/* Every function that is used: what it returns, its name after "cairo_", what it takes. */
#define PLOT_CAIRO_LIST(X)                                                                            \
    X(cairo_t *, create, (cairo_surface_t *))                                                         \
    X(void, destroy, (cairo_t *))                                                                     \
    X(cairo_status_t, status, (cairo_t *))                                                            \
    X(void, scale, (cairo_t *, double, double))                                                       \
    X(void, set_source_rgba, (cairo_t *, double, double, double, double))                             \
    X(void, paint, (cairo_t *))                                                                       \
    X(void, new_path, (cairo_t *))                                                                    \
    X(void, move_to, (cairo_t *, double, double))                                                     \
    X(void, line_to, (cairo_t *, double, double))                                                     \
    X(void, fill, (cairo_t *))                                                                        \
    X(void, stroke, (cairo_t *))                                                                      \
    X(void, set_line_width, (cairo_t *, double))                                                      \
    X(void, set_line_join, (cairo_t *, cairo_line_join_t))                                            \
    X(void, set_dash, (cairo_t *, const double *, int, double))                                       \
    X(void, select_font_face, (cairo_t *, const char *, cairo_font_slant_t, cairo_font_weight_t))     \
    X(void, set_font_size, (cairo_t *, double))                                                       \
    X(void, text_extents, (cairo_t *, const char *, cairo_text_extents_t *))                          \
    X(void, show_text, (cairo_t *, const char *))                                                     \
    X(cairo_surface_t *, image_surface_create, (cairo_format_t, int, int))                            \
    X(cairo_status_t, surface_write_to_png_stream, (cairo_surface_t *, cairo_write_func_t, void *))   \
    X(cairo_surface_t *, pdf_surface_create_for_stream, (cairo_write_func_t, void *, double, double)) \
    X(void, pdf_surface_set_metadata, (cairo_surface_t *, cairo_pdf_metadata_t, const char *))        \
    X(cairo_status_t, surface_status, (cairo_surface_t *))                                            \
    X(void, surface_finish, (cairo_surface_t *))                                                      \
    X(void, surface_destroy, (cairo_surface_t *))

typedef struct plot_cairo {
#define PLOT_CAIRO_MEMBER(result, name, arguments) result(*name) arguments;
    PLOT_CAIRO_LIST(PLOT_CAIRO_MEMBER)
#undef PLOT_CAIRO_MEMBER
} plot_cairo;

/* Fills the table; false where cairo is not installed. */
bool plot_cairo_load(plot_cairo *out);

#endif
