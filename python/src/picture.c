/* picture.c: plans as pictures, drawn as `tempo plot` draws them, and as points for who draws by other means. */
#define _POSIX_C_SOURCE 200809L
#include "module.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/internal.h"
#include "cli/plot.h"

/* What is asked for. */
typedef struct request {
    const tempo_plan *plan;
    PyObject *unit;    /* a text such as "ep"; None: the run's own */
    const char *title; /* NULL: the schedules; "": none */
    size_t track;      /* of points() */
    int log;
    double width, height; /* in points; 0: chosen */
    bool relative;        /* nobody gave the base of lr */
    bool in_python;       /* schedules are Python functions, so that the GIL is needed */
} request;

/* Fills a figure and does with it what is asked for. */
typedef tempo_status draw(plot_figure *figure, const request *r, void *result, tempo_error *error);

static bool unit_of(const request *r, tempo_unit *unit)
{
    tempo_error error = TEMPO_ERROR_INIT;
    PyObject *owner = NULL;
    *unit = plot_unit_of(r->plan, plot_batches_to_show(r->plan));
    if (!r->unit || r->unit == Py_None)
        return true;
    const char *name = tempopy_text(r->unit, "unit", &owner);
    const tempo_status status = name ? tempo_unit_parse(unit, name, &error) : TEMPO_OK;
    Py_XDECREF(owner);
    if (status)
        tempopy_raise(status, &error);
    return name && !status;
}

/* Draws, without the GIL where no Python function is called. */
static bool draw_with(const request *r, draw *function, void *result)
{
    tempo_error error = TEMPO_ERROR_INIT;
    plot_figure figure = {.log = r->log, .heading = r->title ? r->title : tempo_plan_schedules(r->plan)};
    if (!*figure.heading)
        figure.heading = NULL;
    if (!unit_of(r, &figure.unit))
        return false;
    PyThreadState *thread = r->in_python ? NULL : PyEval_SaveThread();
    const tempo_status status = function(&figure, r, result, &error);
    plot_figure_free(&figure);
    if (thread)
        PyEval_RestoreThread(thread);
    if (status)
        tempopy_raise(status, &error);
    return !PyErr_Occurred();
}

static tempo_status finish(plot_figure *figure, tempo_error *error)
{
    if (!plot_figure_finish(figure))
        return tempo__out_of_memory(error);
    for (size_t i = 0; figure->log && i < figure->panel_count; i++)
        if (figure->panels[i].range.positive <= 0)
            return tempo__fail(error, TEMPO_BAD_VALUE, "%s is never above 0, so it has no place on a logarithmic axis",
                               figure->curves[figure->panels[i].first].label);
    return TEMPO_OK;
}

/* --- SVG --- */

typedef struct text {
    char *bytes; /* from malloc() */
    size_t length;
} text;

static tempo_status draw_svg(plot_figure *figure, const request *r, void *result, tempo_error *error)
{
    text *svg = result;
    tempo_status status = TEMPO_OK;
    for (size_t i = 0; !status && i < tempo_plan_track_count(r->plan); i++)
        status = plot_figure_add_track(figure, r->plan, i, r->relative, error);
    if (!status)
        status = finish(figure, error);
    if (status)
        return status;
    plot_job job = {.figure = figure, .size = plot_picture_size(figure, r->width, r->height)};
    FILE *file = open_memstream(&svg->bytes, &svg->length);
    if (!file)
        return tempo__out_of_memory(error);
    const int reason = plot_write_svg(&job, file);
    return fclose(file) == 0 && !reason ? TEMPO_OK : tempo__out_of_memory(error);
}

static bool check_size(const char *name, double given, double least)
{
    enum { MOST = 8000 };
    if (given == 0 || (given >= least && given <= MOST))
        return true;
    PyObject *number = PyFloat_FromDouble(given);
    if (number)
        PyErr_Format(PyExc_ValueError, "%s must be %d to %d points, not %R", name, (int)least, MOST, number);
    Py_XDECREF(number);
    return false;
}

static PyObject *svg_new(const request *r)
{
    text svg = {0};
    PyObject *made = NULL;
    if (check_size("width", r->width, 300) && check_size("height", r->height, 200) && draw_with(r, draw_svg, &svg))
        made = PyUnicode_DecodeUTF8(svg.bytes, (Py_ssize_t)svg.length, "replace");
    free(svg.bytes);
    return made;
}

PyObject *tempopy_picture(PyObject *plan, bool relative, PyObject *args, PyObject *kwargs)
{
    static const char *const names[] = {"unit", "log", "title", "width", "height", NULL};
    request r = {.plan = tempopy_plan_of(plan), .relative = relative, .in_python = tempopy_plan_in_python(plan)};
    PyObject *title = Py_None, *owner = NULL;
    if (!r.plan || !PyArg_ParseTupleAndKeywords(args, kwargs, "|$OpOdd:svg", (char **)names, &r.unit, &r.log, &title,
                                                &r.width, &r.height))
        return NULL;
    if (title != Py_None && !(r.title = tempopy_text(title, "title", &owner)))
        return NULL;
    PyObject *svg = svg_new(&r);
    Py_XDECREF(owner);
    return svg;
}

PyObject *tempopy_picture_or_none(PyObject *picture)
{
    const tempopy_state *state = picture ? NULL : tempopy_state_get();
    if (!state || !PyErr_ExceptionMatches(state->error))
        return picture;
    PyErr_Clear();
    Py_RETURN_NONE;
}

PyObject *tempopy_plan_svg(PyObject *self, PyObject *args, PyObject *kwargs)
{
    return tempopy_picture(self, false, args, kwargs);
}

PyObject *tempopy_plan_repr_svg(PyObject *self, PyObject *nothing)
{
    return tempopy_picture_or_none(tempopy_picture(self, false, nothing, NULL));
}

/* --- points --- */

static PyStructSequence_Field points_fields[] = {
    {"x", "places in the unit, ascending; where the value jumps, the same one twice"},
    {"y", "values"},
    {"unit", "\"ba\", \"ep\", \"sp\", \"tok\" or \"dur\""},
    {NULL, NULL},
};
/* The unit goes by its name only, so that Axes.plot(*points) draws them. */
PyStructSequence_Desc tempopy_points_tuple = {"tempo.Points", "What a curve is drawn through.", points_fields, 2};

/* What is taken out of the figure. */
typedef struct taken {
    plot_curve curve; /* its points are owned */
    tempo_unit unit;
} taken;

static tempo_status draw_points(plot_figure *figure, const request *r, void *result, tempo_error *error)
{
    tempo_status status = plot_figure_add_track(figure, r->plan, r->track, false, error);
    if (!status)
        status = finish(figure, error);
    if (status)
        return status;
    *(taken *)result = (taken){figure->curves[0], figure->unit};
    figure->curves[0].points = NULL;
    return TEMPO_OK;
}

static PyObject *points_new(const taken *taken)
{
    const tempopy_state *state = tempopy_state_get();
    const plot_curve *curve = &taken->curve;
    double *x = NULL, *y = NULL;
    PyObject *items[] = {tempopy_array_new((Py_ssize_t)curve->count, &x),
                         tempopy_array_new((Py_ssize_t)curve->count, &y),
                         PyUnicode_FromString(tempo_unit_suffix(taken->unit))};
    for (size_t i = 0; x && y && i < curve->count; i++) {
        x[i] = plot_curve_place(curve, curve->points[i].batch);
        y[i] = curve->points[i].value;
    }
    for (size_t i = 0; i < 2; i++)
        items[i] = items[i] ? tempopy_array_finish(items[i]) : NULL;
    return state ? tempopy_tuple_new(state->points, items, 3) : NULL;
}

PyObject *tempopy_plan_points(PyObject *self, PyObject *args, PyObject *kwargs)
{
    static const char *const names[] = {"track", "unit", "log", NULL};
    request r = {.plan = tempopy_plan_of(self), .in_python = tempopy_plan_in_python(self)};
    PyObject *track = NULL;
    taken points = {0};
    if (!r.plan ||
        !PyArg_ParseTupleAndKeywords(args, kwargs, "|O$Op:points", (char **)names, &track, &r.unit, &r.log) ||
        (track && !tempopy_plan_track(r.plan, track, &r.track)))
        return NULL;
    PyObject *made = draw_with(&r, draw_points, &points) ? points_new(&points) : NULL;
    free(points.curve.points);
    return made;
}

/* --- matplotlib --- */

PyObject *tempopy_plan_plot(PyObject *self, PyObject *args, PyObject *kwargs)
{
    PyObject *module = PyImport_ImportModule("tempo._plot");
    PyObject *plot = module ? PyObject_GetAttrString(module, "plot") : NULL;
    PyObject *first = plot ? PyTuple_Pack(1, self) : NULL;
    PyObject *all = first ? PySequence_Concat(first, args) : NULL;
    PyObject *axes = all ? PyObject_Call(plot, all, kwargs) : NULL;
    Py_XDECREF(all);
    Py_XDECREF(first);
    Py_XDECREF(plot);
    Py_XDECREF(module);
    return axes;
}
