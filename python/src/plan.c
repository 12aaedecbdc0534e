/* plan.c: Plan: schedules bound to a run and its groups. */
#include "module.h"

#include <string.h>

typedef struct plan_object {
    PyObject_HEAD
    tempo_plan *plan;
    PyObject *schedule, *run, *groups, *metrics, *findings; /* a Schedule, a Run, a tuple of Groups, a tuple, a tuple */
    tempo_function *functions;                              /* whose callables `schedule` keeps alive */
    size_t function_count;
    bool max_duration_is_scaled;
    bool stepped;
} plan_object;

static plan_object *of(PyObject *self)
{
    return (plan_object *)self;
}

const tempo_plan *tempopy_plan_of(PyObject *object)
{
    const tempopy_state *state = tempopy_state_get();
    if (state && PyObject_TypeCheck(object, state->plan))
        return of(object)->plan;
    if (state)
        PyErr_Format(PyExc_TypeError, "a tempo.Plan is needed, not %R", object);
    return NULL;
}

bool tempopy_plan_in_python(PyObject *object)
{
    const tempopy_state *state = tempopy_state_get();
    return state && PyObject_TypeCheck(object, state->plan) && of(object)->function_count > 0;
}

/* --- tuples --- */

static PyStructSequence_Field track_fields[] = {
    {"group", "name of the group, \"\" if it has none"},
    {"field", "name of the field: \"lr\", \"weight_decay\", ..."},
    {"base", "what the schedules multiply or start from"},
    {"group_index", "of the group among those that were bound"},
    {NULL, NULL},
};
PyStructSequence_Desc tempopy_track_tuple = {"tempo.Track", "One field of one group, driven by a stack of schedules.",
                                             track_fields, 4};

static PyStructSequence_Field finding_fields[] = {
    {"name", "of the code: \"zero-warmup\""},
    {"message", "the value, the limit, and what follows from it"},
    {"advice", "what to do"},
    {"path", "what it is about: \"schedules[0].t_warmup\""},
    {NULL, NULL},
};
PyStructSequence_Desc tempopy_finding_tuple = {"tempo.Finding", "Something suspicious that is not an error.",
                                               finding_fields, 4};

/* --- binding --- */

static void keep_finding(const tempo_finding *finding, void *list)
{
    const tempopy_state *state = PyErr_Occurred() ? NULL : tempopy_state_get();
    if (!state)
        return;
    PyObject *items[] = {tempopy_str(finding->name), tempopy_str(finding->message), tempopy_str(finding->advice),
                         tempopy_str(finding->path)};
    PyObject *tuple = tempopy_tuple_new(state->finding, items, 4);
    if (tuple)
        (void)PyList_Append(list, tuple); /* its failure is looked for after binding */
    Py_XDECREF(tuple);
}

static PyObject *allocate(PyTypeObject *type, const tempopy_bound *bound)
{
    const allocfunc take = (allocfunc)PyType_GetSlot(type, Py_tp_alloc);
    PyObject *self = take(type, 0);
    if (!self)
        return NULL;
    Py_INCREF(bound->schedule);
    of(self)->schedule = bound->schedule;
    Py_INCREF(bound->run);
    of(self)->run = bound->run;
    Py_INCREF(bound->groups);
    of(self)->groups = bound->groups;
    Py_XINCREF(bound->metrics);
    of(self)->metrics = bound->metrics;
    of(self)->max_duration_is_scaled = bound->max_duration_is_scaled;
    of(self)->stepped = bound->stepped;
    return self;
}

static bool bind_into(PyObject *self, tempopy_binder *bind, void *context)
{
    tempo_error error = TEMPO_ERROR_INIT;
    PyObject *findings = PyList_New(0);
    Py_ssize_t heard = 0;
    bool is_number = false;
    PyObject *metrics = of(self)->metrics;
    double *numbers = metrics ? tempopy_numbers_of(metrics, &heard, &is_number) : NULL;
    tempo_status status = TEMPO_FAILED;
    if (findings && (numbers || !metrics) &&
        tempopy_functions_of(tempopy_schedule_functions(of(self)->schedule), &of(self)->functions,
                             &of(self)->function_count)) {
        const tempo_bind_options options = {.allocator = &tempopy_allocator,
                                            .functions = of(self)->functions,
                                            .function_count = of(self)->function_count,
                                            .on_finding = keep_finding,
                                            .finding_context = findings,
                                            .metrics = numbers,
                                            .metric_count = (size_t)heard,
                                            .max_duration_is_scaled = of(self)->max_duration_is_scaled,
                                            .stepped = of(self)->stepped,
                                            .expressions = true};
        status = bind(&of(self)->plan, &options, context, &error);
        of(self)->findings = PyErr_Occurred() ? NULL : PyList_AsTuple(findings);
    }
    PyMem_Free(numbers);
    Py_XDECREF(findings);
    if (status)
        tempopy_raise(status, &error);
    return !PyErr_Occurred();
}

static PyObject *bind_new(PyTypeObject *type, const tempopy_bound *bound, tempopy_binder *bind, void *context)
{
    PyObject *self = allocate(type, bound);
    if (!self || bind_into(self, bind, context))
        return self;
    Py_DECREF(self);
    return NULL;
}

PyObject *tempopy_plan_bind(const tempopy_bound *bound, tempopy_binder *bind, void *context)
{
    const tempopy_state *state = tempopy_state_get();
    return state ? bind_new(state->plan, bound, bind, context) : NULL;
}

typedef struct parts {
    const tempo_run *run;
    const tempo_group *groups;
    size_t group_count;
    const tempo_schedule *schedule;
} parts;

static tempo_status bind_parts(tempo_plan **out, const tempo_bind_options *options, void *context, tempo_error *error)
{
    const parts *p = context;
    return tempo_plan_bind(out, p->run, p->groups, p->group_count, p->schedule, options, error);
}

static PyObject *bind_objects(PyTypeObject *type, tempopy_bound *bound, PyObject *groups)
{
    const tempo_run *run = tempopy_run_of(bound->run);
    tempo_group *array = NULL;
    PyObject *plan = NULL;
    if (run && tempopy_groups_of(groups, &bound->groups, &array)) {
        parts p = {run, array, (size_t)PyTuple_Size(bound->groups), tempopy_schedule_of(bound->schedule)};
        plan = bind_new(type, bound, bind_parts, &p);
        Py_DECREF(bound->groups);
    }
    PyMem_Free(array);
    return plan;
}

static PyObject *plan_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    static const char *const names[] = {"schedule", "run", "groups", "metrics", "max_duration_is_scaled",
                                        "stepped",  NULL};
    static const tempo_run unknown;
    int stepped = 0;
    PyObject *schedule = NULL, *run = Py_None, *groups = Py_None, *metrics = Py_None;
    int is_scaled = 0;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O|OO$Opp:Plan", (char **)names, &schedule, &run, &groups, &metrics,
                                     &is_scaled, &stepped))
        return NULL;
    tempopy_bound bound = {
        .schedule = tempopy_schedule_from(schedule), .max_duration_is_scaled = is_scaled, .stepped = stepped};
    if (!bound.schedule)
        return NULL;
    if (run == Py_None)
        bound.run = tempopy_run_new(&unknown);
    else
        Py_INCREF(bound.run = run);
    PyObject *fields = groups == Py_None ? Py_BuildValue("{sd}", "lr", 1.0) : (Py_INCREF(groups), groups);
    if (metrics != Py_None)
        bound.metrics = PySequence_Tuple(metrics);
    PyObject *plan = bound.run && fields && !PyErr_Occurred() ? bind_objects(type, &bound, fields) : NULL;
    Py_XDECREF(bound.metrics);
    Py_XDECREF(fields);
    Py_XDECREF(bound.run);
    Py_DECREF(bound.schedule);
    return plan;
}

static int plan_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(of(self)->schedule);
    return 0;
}

/* The schedule keeps the functions alive that the plan calls, so the plan goes first. */
static int plan_clear(PyObject *self)
{
    tempo_plan_free(of(self)->plan);
    of(self)->plan = NULL;
    Py_CLEAR(of(self)->schedule);
    return 0;
}

static void plan_dealloc(PyObject *self)
{
    PyObject_GC_UnTrack(self);
    (void)plan_clear(self);
    tempopy_functions_free(of(self)->functions, of(self)->function_count);
    Py_XDECREF(of(self)->run);
    Py_XDECREF(of(self)->groups);
    Py_XDECREF(of(self)->metrics);
    Py_XDECREF(of(self)->findings);
    tempopy_free(self);
}

/* --- where and what --- */

static PyObject *fail(tempo_status status, const tempo_error *error)
{
    return tempopy_raise(status, error);
}

static bool at_text(const tempo_plan *plan, PyObject *at, int64_t *batch)
{
    tempo_error error = TEMPO_ERROR_INIT;
    tempo_time time;
    PyObject *owner = NULL;
    const char *given = tempopy_text(at, "a time", &owner);
    if (!given)
        return false;
    tempo_status status = tempo_time_parse(&time, given, (size_t)PyBytes_Size(owner), TEMPO_TIME_NATIVE, &error);
    Py_DECREF(owner);
    if (!status)
        status = tempo_plan_batch(plan, time, batch, &error);
    if (status)
        fail(status, &error);
    return !status;
}

static bool at_index(PyObject *at, int64_t *batch)
{
    PyObject *index = PyNumber_Index(at);
    *batch = index ? PyLong_AsLongLong(index) : -1;
    Py_XDECREF(index);
    if (!PyErr_Occurred())
        return true;
    if (PyErr_ExceptionMatches(PyExc_TypeError))
        PyErr_Format(PyExc_TypeError, "a number of batches, a time or a Timestamp is needed, not %R", at);
    return false;
}

static bool at_time(const tempo_plan *plan, PyObject *at, int64_t *batch)
{
    tempo_error error = TEMPO_ERROR_INIT;
    tempo_time time;
    if (!tempopy_time_read(at, TEMPO_TIME_NATIVE, NULL, &time))
        return false;
    const tempo_status status = tempo_plan_batch(plan, time, batch, &error);
    if (status)
        tempopy_raise(status, &error);
    return !status;
}

static bool at_timestamp(PyObject *at, tempo_timestamp *now)
{
    if (!tempopy_timestamp_read(at, now))
        return false;
    if (now->iteration >= 0 && now->epoch >= 0 && now->batch >= 0 && now->sample >= 0 && now->token >= 0)
        return true;
    PyErr_Format(PyExc_ValueError, "a counter is negative: %R", at);
    return false;
}

/* Apart from the way that does not fail: an error is larger than all the rest of that, and would be cleared each time. */
static void fail_at(const tempo_plan *plan, int64_t batch)
{
    tempo_error error = TEMPO_ERROR_INIT;
    tempo_timestamp now;
    const tempo_status status = tempo_plan_timestamp(plan, batch, &now, &error);
    tempopy_raise(status, &error);
}

static bool at_batch(const tempo_plan *plan, int64_t batch, tempo_timestamp *now)
{
    if (tempo_plan_timestamp(plan, batch, now, NULL) == TEMPO_OK)
        return true;
    fail_at(plan, batch);
    return false;
}

/* Anything but an int and a str. */
static bool at_object(const tempo_plan *plan, PyObject *at, tempo_timestamp *now)
{
    int64_t batch = 0;
    const int is_timestamp = tempopy_timestamp_is(at);
    const int is_time = is_timestamp ? 0 : tempopy_time_is(at);
    if (is_timestamp > 0)
        return at_timestamp(at, now);
    if (is_timestamp < 0 || is_time < 0)
        return false;
    return (is_time ? at_time(plan, at, &batch) : at_index(at, &batch)) && at_batch(plan, batch, now);
}

bool tempopy_plan_at(const tempo_plan *plan, PyObject *at, tempo_timestamp *now)
{
    int64_t batch = 0;
    if (PyLong_Check(at))
        return at_index(at, &batch) && at_batch(plan, batch, now);
    if (PyUnicode_Check(at))
        return at_text(plan, at, &batch) && at_batch(plan, batch, now);
    return at_object(plan, at, now);
}

static bool is_named(const tempo_track *track, PyObject *name)
{
    if (!*track->group)
        return PyUnicode_CompareWithASCIIString(name, track->field) == 0;
    PyObject *whole = PyUnicode_FromFormat("%s.%s", track->group, track->field);
    const bool same = whole && PyUnicode_Compare(whole, name) == 0;
    Py_XDECREF(whole);
    return same;
}

/* A track by its index, or by its name: "lr", "decay.lr". */
bool tempopy_plan_track(const tempo_plan *plan, PyObject *track, size_t *index)
{
    const size_t count = tempo_plan_track_count(plan);
    if (PyUnicode_Check(track)) {
        for (*index = 0; *index < count && !PyErr_Occurred(); ++*index)
            if (is_named(tempo_plan_track(plan, *index), track))
                return true;
        if (!PyErr_Occurred())
            PyErr_Format(PyExc_KeyError, "no track is called %R", track);
        return false;
    }
    const Py_ssize_t number = PyNumber_AsSsize_t(track, PyExc_IndexError);
    if (number == -1 && PyErr_Occurred())
        return false;
    *index = (size_t)number;
    if (number >= 0 && *index < count)
        return true;
    PyErr_Format(PyExc_IndexError, "the plan has %zu tracks, and so no track %zd", count, number);
    return false;
}

/* A value, unless a Python function raised on the way. */
static PyObject *value_object(const plan_object *self, double value)
{
    return self->function_count && PyErr_Occurred() ? NULL : PyFloat_FromDouble(value);
}

static PyObject *value_at(PyObject *self, PyObject *at, PyObject *track)
{
    tempo_timestamp now;
    size_t index = 0;
    if ((track && !tempopy_plan_track(of(self)->plan, track, &index)) || !tempopy_plan_at(of(self)->plan, at, &now))
        return NULL;
    return value_object(of(self), tempo_plan_value(of(self)->plan, index, &now));
}

/* plan.value() and plan() are for the hot loop: the usual call is told apart before anything is parsed. */
static PyObject *plan_value(PyObject *self, PyObject *args, PyObject *kwargs)
{
    static const char *const names[] = {"at", "track", NULL};
    PyObject *at = NULL, *track = NULL;
    if (!kwargs && PyTuple_Size(args) == 1)
        return value_at(self, PyTuple_GetItem(args, 0), NULL);
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O|O:value", (char **)names, &at, &track))
        return NULL;
    return value_at(self, at, track);
}

static PyObject *plan_values(PyObject *self, PyObject *args, PyObject *kwargs)
{
    static const char *const names[] = {"first", "count", "track", NULL};
    long long first = 0;
    Py_ssize_t count = 0;
    PyObject *track = NULL;
    size_t index = 0;
    double *out = NULL;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "Ln|O:values", (char **)names, &first, &count, &track) ||
        (track && !tempopy_plan_track(of(self)->plan, track, &index)))
        return NULL;
    if (count < 0)
        return PyErr_Format(PyExc_ValueError, "count must be >= 0, not %zd", count);
    PyObject *array = tempopy_array_new(count, &out);
    if (!array)
        return NULL;
    tempo_error error = TEMPO_ERROR_INIT;
    tempo_status status = TEMPO_OK;
    if (of(self)->function_count) {
        status = tempo_plan_values(of(self)->plan, index, first, (size_t)count, out, &error);
    } else {
        Py_BEGIN_ALLOW_THREADS;
        status = tempo_plan_values(of(self)->plan, index, first, (size_t)count, out, &error);
        Py_END_ALLOW_THREADS;
    }
    if (!status && !PyErr_Occurred())
        return tempopy_array_finish(array);
    Py_DECREF(array);
    return fail(status, &error);
}

static PyObject *plan_joints(PyObject *self, PyObject *args, PyObject *kwargs)
{
    static const char *const names[] = {"end", "track", NULL};
    long long end = -1;
    PyObject *track = NULL;
    size_t index = 0;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "|LO:joints", (char **)names, &end, &track) ||
        (track && !tempopy_plan_track(of(self)->plan, track, &index)))
        return NULL;
    const tempo_plan *plan = of(self)->plan;
    if (end < 0)
        end = tempo_plan_batches(plan);
    PyObject *joints = PyList_New(0);
    for (int64_t at = tempo_plan_next_joint(plan, index, -1); joints && at >= 0 && at <= end;
         at = tempo_plan_next_joint(plan, index, at)) {
        PyObject *batch = PyLong_FromLongLong(at);
        if (!batch || PyList_Append(joints, batch))
            Py_CLEAR(joints);
        Py_XDECREF(batch);
    }
    return joints;
}

static PyObject *plan_expression(PyObject *self, PyObject *args, PyObject *kwargs)
{
    static const char *const names[] = {"track", NULL};
    PyObject *track = NULL;
    size_t index = 0;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "|O:expression", (char **)names, &track) ||
        (track && !tempopy_plan_track(of(self)->plan, track, &index)))
        return NULL;
    return tempopy_expression(of(self)->plan, index);
}

/* --- what it was bound from --- */

static PyObject *plan_tracks(PyObject *self, void *unused)
{
    (void)unused;
    const tempopy_state *state = tempopy_state_get();
    const size_t count = tempo_plan_track_count(of(self)->plan);
    PyObject *tracks = state ? PyTuple_New((Py_ssize_t)count) : NULL;
    for (size_t i = 0; tracks && i < count; i++) {
        const tempo_track *track = tempo_plan_track(of(self)->plan, i);
        PyObject *items[] = {tempopy_str(track->group), tempopy_str(track->field), PyFloat_FromDouble(track->base),
                             PyLong_FromSize_t(track->group_index)};
        PyObject *tuple = tempopy_tuple_new(state->track, items, 4);
        if (!tuple || PyTuple_SetItem(tracks, (Py_ssize_t)i, tuple))
            Py_CLEAR(tracks);
    }
    return tracks;
}

static PyObject *plan_batches(PyObject *self, void *unused)
{
    (void)unused;
    return PyLong_FromLongLong(tempo_plan_batches(of(self)->plan));
}

static PyObject *plan_max_duration(PyObject *self, void *unused)
{
    (void)unused;
    char printed[TEMPO_TIME_TEXT_MAX];
    tempo_time time;
    if (!tempo_plan_max_duration(of(self)->plan, &time))
        Py_RETURN_NONE;
    (void)tempo_time_print(printed, time);
    return PyUnicode_FromString(printed);
}

static PyObject *arguments(PyObject *self)
{
    return PyTuple_Pack(3, of(self)->schedule, of(self)->run, of(self)->groups);
}

static PyObject *plan_repr(PyObject *self)
{
    return PyUnicode_FromFormat("Plan(%R, %R, %R)", of(self)->schedule, of(self)->run, of(self)->groups);
}

/* With what has to be said by name. */
static PyObject *whole(PyObject *self)
{
    return Py_BuildValue("(OOOOii)", of(self)->schedule, of(self)->run, of(self)->groups,
                         of(self)->metrics ? of(self)->metrics : Py_None, of(self)->max_duration_is_scaled,
                         of(self)->stepped);
}

static PyObject *plan_compare(PyObject *self, PyObject *other, int operation)
{
    if (Py_TYPE(self) != Py_TYPE(other) || (operation != Py_EQ && operation != Py_NE))
        Py_RETURN_NOTIMPLEMENTED;
    PyObject *mine = whole(self), *theirs = whole(other);
    PyObject *result = mine && theirs ? PyObject_RichCompare(mine, theirs, operation) : NULL;
    Py_XDECREF(mine);
    Py_XDECREF(theirs);
    return result;
}

static Py_hash_t plan_hash(PyObject *self)
{
    PyObject *mine = arguments(self);
    const Py_hash_t hash = mine ? PyObject_Hash(mine) : -1;
    Py_XDECREF(mine);
    return hash;
}

/* Positional arguments only: with the others it goes through functools.partial. */
static PyObject *plan_reduce(PyObject *self, PyObject *unused)
{
    (void)unused;
    PyObject *mine = arguments(self);
    if (!mine || (!of(self)->metrics && !of(self)->max_duration_is_scaled && !of(self)->stepped))
        return mine ? Py_BuildValue("ON", Py_TYPE(self), mine) : NULL;
    PyObject *functools = PyImport_ImportModule("functools");
    PyObject *partial = functools ? PyObject_GetAttrString(functools, "partial") : NULL;
    PyObject *args = partial ? PyTuple_Pack(1, (PyObject *)Py_TYPE(self)) : NULL;
    PyObject *kwargs =
        args ? Py_BuildValue("{sOsOsO}", "metrics", of(self)->metrics ? of(self)->metrics : Py_None,
                             "max_duration_is_scaled", of(self)->max_duration_is_scaled ? Py_True : Py_False, "stepped",
                             of(self)->stepped ? Py_True : Py_False)
             : NULL;
    PyObject *make = kwargs ? PyObject_Call(partial, args, kwargs) : NULL;
    Py_XDECREF(kwargs);
    Py_XDECREF(args);
    Py_XDECREF(partial);
    Py_XDECREF(functools);
    PyObject *reduced = make ? PyTuple_Pack(2, make, mine) : NULL;
    Py_XDECREF(make);
    Py_DECREF(mine);
    return reduced;
}

static PyMemberDef members[] = {
    {"schedule", T_OBJECT, offsetof(plan_object, schedule), READONLY, "the Schedule"},
    {"run", T_OBJECT, offsetof(plan_object, run), READONLY, "the Run, its max_duration as it was written"},
    {"groups", T_OBJECT, offsetof(plan_object, groups), READONLY, "a tuple of the Groups"},
    {"findings", T_OBJECT, offsetof(plan_object, findings), READONLY,
     "a tuple of Findings: what is suspicious, as `tempo check` says it"},
    {NULL, 0, 0, 0, NULL},
};

static PyGetSetDef getters[] = {
    {"tracks", plan_tracks, NULL, "a tuple of Tracks: the driven fields, in the order of groups and fields", NULL},
    {"batches", plan_batches, NULL, "length of the run in batches; 0 when the facts do not tell", NULL},
    {"max_duration", plan_max_duration, NULL, "length of the run, scaled by the ratio; None: unknown", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

#define METHOD(function) (PyCFunction)(void (*)(void)) function

static PyMethodDef methods[] = {
    {"value", METHOD(plan_value), METH_VARARGS | METH_KEYWORDS,
     "value($self, at, track=0)\n--\n\n"
     "The value in force for the next update at a time: a number of completed batches, a text such as \"5ep\", a Time "
     "or\n"
     "a Timestamp. `track` is an index or a name (\"lr\", \"decay.lr\"). plan(at) is the same."},
    {"values", METHOD(plan_values), METH_VARARGS | METH_KEYWORDS,
     "values($self, first, count, track=0)\n--\n\n"
     "The values at `count` consecutive batches from `first`: a NumPy array of float64 if NumPy can be imported, else "
     "a\n"
     "memoryview of doubles. The same bits as value(). Other threads run meanwhile, unless a schedule is in Python."},
    {"joints", METHOD(plan_joints), METH_VARARGS | METH_KEYWORDS,
     "joints($self, end=-1, track=0)\n--\n\n"
     "The batches up to `end` (default: the end of the run) at which the curve has a jump or a corner."},
    {"svg", METHOD(tempopy_plan_svg), METH_VARARGS | METH_KEYWORDS,
     "svg($self, *, unit=None, log=False, title=None, width=0.0, height=0.0)\n--\n\n"
     "The picture that `tempo plot --svg` draws of all tracks, as the text of an SVG file. unit: of the x axis, "
     "\"ba\", "
     "\"ep\",\n"
     "\"sp\", \"tok\" or \"dur\"; None: what the run is measured in. title: None: the schedules; \"\": none. width, "
     "height: "
     "in\n"
     "points, 0: chosen. Raises MissingFact where nothing says how long the run is, or how long a unit."},
    {"_repr_svg_", tempopy_plan_repr_svg, METH_VARARGS, NULL},
    {"points", METHOD(tempopy_plan_points), METH_VARARGS | METH_KEYWORDS,
     "points($self, track=0, *, unit=None, log=False)\n--\n\n"
     "The Points x and y, arrays as values() makes them: the few between which the curve is a straight line as far as "
     "one\n"
     "can see, with every jump and corner at its own batch. x is in `unit`; log: for a logarithmic axis."},
    {"plot", METHOD(tempopy_plan_plot), METH_VARARGS | METH_KEYWORDS,
     "plot($self, ax=None, *, field=None, unit=None, log=False, **line)\n--\n\n"
     "Draws the tracks of one field (default: the first track's) with matplotlib, and returns the Axes. ax: where to "
     "draw;\n"
     "None: in a new figure. line: what Axes.plot() takes. Raises ImportError where matplotlib is not installed."},
    {"expression", METHOD(plan_expression), METH_VARARGS | METH_KEYWORDS,
     "expression($self, track=0)\n--\n\n"
     "The value as operations on arrays, for programs that compile them: a tuple of Nodes (operation, operands, "
     "constant,\n"
     "name), the first of which is the number of completed batches, the last one the value. Raises Conflict where a "
     "type\n"
     "has none: all of optax.* and xlstm.* have."},
    {"from_base", METHOD(tempopy_plan_from_base), METH_VARARGS | METH_KEYWORDS,
     "from_base($self, at, base, track=0)\n--\n\n"
     "The value at a time from another base, or from each of several: a number for a number, a list for an iterable of "
     "them.\n"
     "Raises Conflict (a schedule without a closed form, or one that has listened from its own base), OutOfRange."},
    {"next", METHOD(tempopy_plan_next), METH_VARARGS | METH_KEYWORDS,
     "next($self, at, base, previous, track=0)\n--\n\n"
     "The value after the step that ends at a time, from a base and the value before, as step() of PyTorch computes "
     "it;\n"
     "step 0 is that of the constructor. Numbers, or iterables of as many. Raises Conflict (several schedules of which "
     "one\n"
     "does not look at the value before), Missing (one listens to a metric), OutOfRange (no finite value)."},
    {"memory", METHOD(tempopy_plan_memory), METH_VARARGS | METH_KEYWORDS,
     "memory($self, track=0)\n--\n\n"
     "Names of the numbers that a schedule which listens to a metric remembers; () for all others."},
    {"listen", METHOD(tempopy_plan_listen), METH_VARARGS | METH_KEYWORDS,
     "listen($self, at, metric, base, previous, memory, track=0)\n--\n\n"
     "The value after the step that ends at a time, at which `metric` is heard, and what is remembered from then on: a "
     "pair\n"
     "of a number and a list, in the order of memory(). At step 0 it begins, whatever `metric`, `previous` and the "
     "numbers in\n"
     "`memory` are. Raises Conflict (a track that does not listen, or has several schedules)."},
    {"__reduce__", plan_reduce, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static const char doc[] =
    "Plan(schedule, run=None, groups=None, *, metrics=None, max_duration_is_scaled=False, stepped=False)\n--\n\n"
    "Schedules bound to a run and its groups: a pure function from time to a value per track. Immutable; any number "
    "of\n"
    "threads may evaluate it.\n\n"
    "schedule: a Schedule, or whatever Schedule() takes. run: a Run. groups: a Group, a dict of fields, or several of\n"
    "these; the default is one group with an lr of 1. metrics: what schedules that listen to one have heard, from "
    "their\n"
    "step 1 on. max_duration_is_scaled: the run's max_duration has the scale schedule ratio in it already. stepped:\n"
    "schedules without a closed form are welcome, for next() and listen(); their value() is NaN. Raises tempo.Error:\n"
    "MissingFact, UnknownName, Conflict, ...";

static PyType_Slot slots[] = {
    {Py_tp_doc, (void *)doc},
    {Py_tp_new, plan_new},
    {Py_tp_dealloc, plan_dealloc},
    {Py_tp_traverse, plan_traverse},
    {Py_tp_clear, plan_clear},
    {Py_tp_call, plan_value},
    {Py_tp_repr, plan_repr},
    {Py_tp_hash, plan_hash},
    {Py_tp_richcompare, plan_compare},
    {Py_tp_members, members},
    {Py_tp_getset, getters},
    {Py_tp_methods, methods},
    {0, NULL},
};

PyType_Spec tempopy_plan_spec = {"tempo.Plan", sizeof(plan_object), 0, Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC, slots};
