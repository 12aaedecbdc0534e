/* timestamp.c: Timestamp: how far training is, with the behaviour of Composer's class of that name. */
#include "module.h"

#include <string.h>

typedef struct timestamp_object {
    PyObject_HEAD
    tempo_timestamp now;
} timestamp_object;

static tempo_timestamp *of(PyObject *self)
{
    return &((timestamp_object *)self)->now;
}

static PyObject *fail(tempo_status status, const tempo_error *error)
{
    return tempopy_raise(status, error);
}

/* --- its fields --- */

/* TEMPO_SECOND stands for a wall clock, which is a timedelta. */
typedef struct field {
    const char *name;
    size_t offset;
    tempo_unit unit;
    bool required; /* of a state_dict: Composer has always had it */
    bool counted;  /* whatever says how far training is must have it */
} field;

#define FIELD(name, unit, required, counted)                                    \
    {                                                                           \
#name, offsetof(tempo_timestamp, name), TEMPO_##unit, required, counted \
    }

static const field fields[] = {
    FIELD(iteration, ITERATION, false, false),
    FIELD(epoch, EPOCH, true, true),
    FIELD(batch, BATCH, true, true),
    FIELD(sample, SAMPLE, true, true),
    FIELD(token, TOKEN, true, true),
    FIELD(epoch_in_iteration, EPOCH, false, false),
    FIELD(token_in_iteration, TOKEN, false, false),
    FIELD(batch_in_epoch, BATCH, true, false),
    FIELD(sample_in_epoch, SAMPLE, true, false),
    FIELD(token_in_epoch, TOKEN, true, false),
    FIELD(total_wct, SECOND, false, false),
    FIELD(iteration_wct, SECOND, false, false),
    FIELD(epoch_wct, SECOND, false, false),
    FIELD(batch_wct, SECOND, false, false),
};

enum { FIELD_COUNT = sizeof fields / sizeof fields[0] };
_Static_assert(sizeof(tempo_timestamp) == FIELD_COUNT * sizeof(int64_t), "every field is in the table");

static int64_t *place_of(tempo_timestamp *now, const field *f)
{
    return (int64_t *)(void *)((char *)now + f->offset);
}

static int64_t count_of(const tempo_timestamp *now, const field *f)
{
    return *(const int64_t *)(const void *)((const char *)now + f->offset);
}

/* --- durations --- */

static PyObject *duration_new(int64_t microseconds)
{
    PyObject *datetime = PyImport_ImportModule("datetime");
    PyObject *duration =
        datetime ? PyObject_CallMethod(datetime, "timedelta", "iiL", 0, 0, (long long)microseconds) : NULL;
    Py_XDECREF(datetime);
    return duration;
}

static long long part_of(PyObject *duration, const char *name)
{
    PyObject *part = PyObject_GetAttrString(duration, name);
    const long long value = part ? PyLong_AsLongLong(part) : -1;
    Py_XDECREF(part);
    return value;
}

bool tempopy_duration_read(PyObject *object, int64_t *microseconds)
{
    *microseconds = 0;
    if (object == Py_None)
        return true;
    const long long days = part_of(object, "days");
    const long long seconds = PyErr_Occurred() ? 0 : part_of(object, "seconds");
    const long long rest = PyErr_Occurred() ? 0 : part_of(object, "microseconds");
    if (PyErr_Occurred()) {
        if (PyErr_ExceptionMatches(PyExc_AttributeError))
            PyErr_Format(PyExc_TypeError, "a duration must be a datetime.timedelta, not %R", object);
        return false;
    }
    const long long longest = INT64_MAX / 1000000 / 86400 - 1;
    if (days > longest || days < -longest) {
        PyErr_Format(PyExc_OverflowError, "%R is longer than 64 bits of microseconds", object);
        return false;
    }
    *microseconds = (days * 86400 + seconds) * 1000000 + rest;
    return true;
}

/* --- in and out of objects --- */

static PyObject *field_object(const tempo_timestamp *now, const field *f)
{
    const int64_t count = count_of(now, f);
    return f->unit == TEMPO_SECOND ? duration_new(count) : tempopy_time_new((tempo_time){f->unit, count, 0});
}

/* A field from a number, a time in its own unit, or a timedelta. */
static bool field_read(PyObject *object, const field *f, tempo_timestamp *now)
{
    tempo_time time;
    if (f->unit == TEMPO_SECOND)
        return tempopy_duration_read(object, place_of(now, f));
    if (!tempopy_time_read(object, TEMPO_TIME_COMPOSER, &f->unit, &time))
        return false;
    if (time.unit != f->unit) {
        PyErr_Format(PyExc_ValueError, "%s is counted in %s, not in %s", f->name, tempo_unit_suffix(f->unit),
                     tempo_unit_suffix(time.unit));
        return false;
    }
    *place_of(now, f) = time.count;
    return true;
}

static PyObject *new_of_type(PyTypeObject *type, const tempo_timestamp *now)
{
    const allocfunc allocate = (allocfunc)PyType_GetSlot(type, Py_tp_alloc);
    PyObject *self = allocate(type, 0);
    if (self)
        *of(self) = *now;
    return self;
}

PyObject *tempopy_timestamp_new(const tempo_timestamp *now)
{
    const tempopy_state *state = tempopy_state_get();
    return state ? new_of_type(state->timestamp, now) : NULL;
}

/* 1 or 0; -1 with an exception, as when memory is out. */
static int is_ours(PyObject *object)
{
    const tempopy_state *state = tempopy_state_get();
    return state ? PyObject_TypeCheck(object, state->timestamp) : -1;
}

int tempopy_timestamp_is(PyObject *object)
{
    const int ours = is_ours(object);
    const int batch = ours ? ours : tempopy_has(object, "batch");
    return !ours && batch == 1 ? tempopy_has(object, "epoch") : batch;
}

/* Of another class: what it does not have is 0, unless it is one of the four counters that schedules read. */
static bool field_copy(PyObject *object, const field *f, tempo_timestamp *now)
{
    const int there = f->counted ? 1 : tempopy_has(object, f->name);
    if (there < 1)
        return there == 0;
    PyObject *value = PyObject_GetAttrString(object, f->name);
    const bool fine = value && field_read(value, f, now);
    Py_XDECREF(value);
    return fine;
}

bool tempopy_timestamp_read(PyObject *object, tempo_timestamp *now)
{
    const int ours = is_ours(object);
    if (ours < 0)
        return false;
    if (ours) {
        *now = *of(object);
        return true;
    }
    memset(now, 0, sizeof *now);
    for (size_t i = 0; i < FIELD_COUNT; i++)
        if (!field_copy(object, &fields[i], now))
            return false;
    return true;
}

/* --- construction --- */

/* Sets the fields for which there is something in `values`; None says nothing about a counter. */
static bool set_fields(tempo_timestamp *now, PyObject *const *values, bool skip_none)
{
    for (size_t i = 0; i < FIELD_COUNT; i++)
        if (values[i] && !(skip_none && values[i] == Py_None) && !field_read(values[i], &fields[i], now))
            return false;
    return true;
}

/* The arguments of the constructor and of copy(). */
static bool parse_fields(PyObject *args, PyObject *kwargs, const char *format, PyObject **v)
{
    const char *names[FIELD_COUNT + 1] = {NULL};
    for (size_t i = 0; i < FIELD_COUNT; i++)
        names[i] = fields[i].name;
    return PyArg_ParseTupleAndKeywords(args, kwargs, format, (char **)names, &v[0], &v[1], &v[2], &v[3], &v[4], &v[5],
                                       &v[6], &v[7], &v[8], &v[9], &v[10], &v[11], &v[12], &v[13]);
}

static PyObject *timestamp_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    PyObject *values[FIELD_COUNT] = {NULL};
    tempo_timestamp now = {0};
    const bool fine =
        parse_fields(args, kwargs, "|OOOOOOOOOOOOOO:Timestamp", values) && set_fields(&now, values, false);
    return fine ? new_of_type(type, &now) : NULL;
}

static PyObject *copy(PyObject *self, PyObject *args, PyObject *kwargs)
{
    PyObject *values[FIELD_COUNT] = {NULL};
    tempo_timestamp now = *of(self);
    const bool fine = parse_fields(args, kwargs, "|OOOOOOOOOOOOOO:copy", values) && set_fields(&now, values, true);
    return fine ? tempopy_timestamp_new(&now) : NULL;
}

/* --- attributes --- */

static PyObject *get_field(PyObject *self, void *f)
{
    return field_object(of(self), f);
}

static int set_field(PyObject *self, PyObject *value, void *f)
{
    if (!value)
        PyErr_Format(PyExc_AttributeError, "%s cannot be deleted", ((const field *)f)->name);
    return value && field_read(value, f, of(self)) ? 0 : -1;
}

static PyObject *get(PyObject *self, PyObject *name)
{
    tempo_error error = TEMPO_ERROR_INIT;
    tempo_unit unit = TEMPO_BATCH;
    tempo_time time;
    if (!tempopy_unit_read(name, &unit))
        return NULL;
    const tempo_status status = tempo_timestamp_get(&time, of(self), unit, &error);
    return status ? fail(status, &error) : tempopy_time_new(time);
}

/* --- the steps of training --- */

/* How much of a counter a step adds: a number, or a time in the counter's unit. */
static bool read_growth(PyObject *object, tempo_unit unit, int64_t now, int64_t *growth)
{
    tempo_error error = TEMPO_ERROR_INIT;
    tempo_time time = {.count = 0}, sum;
    *growth = 0;
    if (!object)
        return true;
    if (!tempopy_time_read(object, TEMPO_TIME_COMPOSER, &unit, &time))
        return false;
    *growth = time.count;
    const tempo_status status = tempo_time_add(&sum, (tempo_time){unit, now, 0}, time, &error);
    if (status)
        fail(status, &error);
    return !status;
}

static PyObject *to_next_batch(PyObject *self, PyObject *args, PyObject *kwargs)
{
    static const char *const names[] = {"samples", "tokens", "duration", NULL};
    tempo_error error = TEMPO_ERROR_INIT;
    PyObject *samples = NULL, *tokens = NULL, *duration = Py_None;
    int64_t sample = 0, token = 0, took = 0;
    tempo_timestamp now = *of(self);
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "|OOO:to_next_batch", (char **)names, &samples, &tokens,
                                     &duration) ||
        !read_growth(samples, TEMPO_SAMPLE, now.sample, &sample) ||
        !read_growth(tokens, TEMPO_TOKEN, now.token, &token) || !tempopy_duration_read(duration, &took))
        return NULL;
    const tempo_status status = tempo_timestamp_next_batch(&now, sample, token, took, &error);
    return status ? fail(status, &error) : tempopy_timestamp_new(&now);
}

typedef tempo_status step(tempo_timestamp *now, int64_t duration, tempo_error *error);

static PyObject *to_next(PyObject *self, PyObject *args, PyObject *kwargs, step *next)
{
    static const char *const names[] = {"duration", NULL};
    tempo_error error = TEMPO_ERROR_INIT;
    PyObject *duration = Py_None;
    int64_t took = 0;
    tempo_timestamp now = *of(self);
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "|O", (char **)names, &duration) ||
        !tempopy_duration_read(duration, &took))
        return NULL;
    const tempo_status status = next(&now, took, &error);
    return status ? fail(status, &error) : tempopy_timestamp_new(&now);
}

static PyObject *to_next_epoch(PyObject *self, PyObject *args, PyObject *kwargs)
{
    return to_next(self, args, kwargs, tempo_timestamp_next_epoch);
}

static PyObject *to_next_iteration(PyObject *self, PyObject *args, PyObject *kwargs)
{
    return to_next(self, args, kwargs, tempo_timestamp_next_iteration);
}

/* --- comparing --- */

static PyObject *compare_timestamps(PyObject *self, PyObject *object, int operation)
{
    tempo_timestamp other;
    if (operation != Py_EQ && operation != Py_NE)
        Py_RETURN_NOTIMPLEMENTED;
    if (!tempopy_timestamp_read(object, &other))
        return NULL;
    return PyBool_FromLong(tempo_timestamp_equal(of(self), &other) == (operation == Py_EQ));
}

static PyObject *timestamp_compare(PyObject *self, PyObject *object, int operation)
{
    tempo_error error = TEMPO_ERROR_INIT;
    tempo_time time;
    int order = 0;
    const int is_time = PyUnicode_Check(object) ? 1 : tempopy_time_is(object);
    const int is_timestamp = is_time ? 0 : tempopy_timestamp_is(object);
    if (is_time < 0 || is_timestamp < 0)
        return NULL;
    if (is_timestamp)
        return compare_timestamps(self, object, operation);
    if (!is_time)
        Py_RETURN_NOTIMPLEMENTED;
    if (!tempopy_time_read(object, TEMPO_TIME_COMPOSER, NULL, &time))
        return NULL;
    const tempo_status status = tempo_timestamp_compare(&order, of(self), time, &error);
    return status ? fail(status, &error) : tempopy_order_object(order, operation);
}

/* --- saving --- */

PyObject *tempopy_timestamp_dict(const tempo_timestamp *now)
{
    PyObject *dict = PyDict_New();
    for (size_t i = 0; dict && i < FIELD_COUNT; i++) {
        const int64_t count = count_of(now, &fields[i]);
        PyObject *value = fields[i].unit == TEMPO_SECOND ? duration_new(count) : PyLong_FromLongLong(count);
        if (!value || PyDict_SetItemString(dict, fields[i].name, value))
            Py_CLEAR(dict);
        Py_XDECREF(value);
    }
    return dict;
}

/* A field of a state_dict. */
static bool field_load(PyObject *state, const field *f, tempo_timestamp *now)
{
    PyObject *value = PyMapping_GetItemString(state, f->name);
    if (!value && !f->required && PyErr_ExceptionMatches(PyExc_KeyError)) {
        PyErr_Clear();
        return true;
    }
    const bool fine = value && field_read(value, f, now);
    Py_XDECREF(value);
    return fine;
}

bool tempopy_timestamp_load(PyObject *dict, tempo_timestamp *now)
{
    tempo_timestamp loaded = *now;
    for (size_t i = 0; i < FIELD_COUNT; i++)
        if (!field_load(dict, &fields[i], &loaded))
            return false;
    *now = loaded;
    return true;
}

static PyObject *state_dict(PyObject *self, PyObject *unused)
{
    (void)unused;
    return tempopy_timestamp_dict(of(self));
}

static PyObject *load_state_dict(PyObject *self, PyObject *state)
{
    if (!tempopy_timestamp_load(state, of(self)))
        return NULL;
    Py_RETURN_NONE;
}

/* The fields in the order of the constructor: ints and timedeltas. */
static PyObject *getnewargs(PyObject *self, PyObject *unused)
{
    (void)unused;
    PyObject *dict = tempopy_timestamp_dict(of(self));
    PyObject *values = dict ? PyDict_Values(dict) : NULL;
    PyObject *tuple = values ? PyList_AsTuple(values) : NULL;
    Py_XDECREF(values);
    Py_XDECREF(dict);
    return tuple;
}

static PyObject *timestamp_repr(PyObject *self)
{
    PyObject *text = tempopy_str("Timestamp(");
    for (size_t i = 0; text && i < FIELD_COUNT; i++) {
        const field *f = &fields[i];
        PyObject *value =
            f->unit == TEMPO_SECOND ? field_object(of(self), f) : PyLong_FromLongLong(count_of(of(self), f));
        PyObject *longer =
            value ? PyUnicode_FromFormat("%U%s=%R%s", text, f->name, value, i + 1 < FIELD_COUNT ? ", " : ")") : NULL;
        Py_XDECREF(value);
        Py_DECREF(text);
        text = longer;
    }
    return text;
}

/* --- the type --- */

#define GETTER(index, name, doc)                           \
    {                                                      \
        name, get_field, NULL, doc, (void *)&fields[index] \
    }

static PyGetSetDef getters[] = {
    GETTER(0, "iteration", "completed iterations, groups of epochs or tokens, as a Time"),
    GETTER(1, "epoch", "completed epochs, as a Time"),
    GETTER(2, "batch", "completed batches, as a Time"),
    GETTER(3, "sample", "samples, over all ranks, as a Time"),
    GETTER(4, "token", "tokens, over all ranks, as a Time"),
    {"epoch_in_iteration", get_field, set_field, "epochs in this iteration, as a Time; the one field that can be set",
     (void *)&fields[5]},
    GETTER(6, "token_in_iteration", "tokens in this iteration, as a Time"),
    GETTER(7, "batch_in_epoch", "batches in this epoch, as a Time"),
    GETTER(8, "sample_in_epoch", "samples in this epoch, as a Time"),
    GETTER(9, "token_in_epoch", "tokens in this epoch, as a Time"),
    GETTER(10, "total_wct", "wall clock since the start of training, a timedelta"),
    GETTER(11, "iteration_wct", "wall clock of this iteration, a timedelta"),
    GETTER(12, "epoch_wct", "wall clock of this epoch, a timedelta"),
    GETTER(13, "batch_wct", "wall clock of the last batch, a timedelta"),
    {NULL, NULL, NULL, NULL, NULL},
};

#define METHOD(function) (PyCFunction)(void (*)(void)) function

static PyMethodDef methods[] = {
    {"get", get, METH_O,
     "get($self, unit, /)\n--\n\n"
     "The counter of a unit as a Time; \"sec\" is total_wct in whole seconds. Raises ValueError for \"dur\"."},
    {"copy", METHOD(copy), METH_VARARGS | METH_KEYWORDS,
     "copy($self, **fields)\n--\n\nA copy in which the given fields have other values; None leaves one as it is."},
    {"to_next_batch", METHOD(to_next_batch), METH_VARARGS | METH_KEYWORDS,
     "to_next_batch($self, samples=0, tokens=0, duration=None)\n--\n\n"
     "The Timestamp after one more batch with so many samples and tokens over all ranks, which took a timedelta."},
    {"to_next_epoch", METHOD(to_next_epoch), METH_VARARGS | METH_KEYWORDS,
     "to_next_epoch($self, duration=None)\n--\n\nThe Timestamp after the end of the epoch."},
    {"to_next_iteration", METHOD(to_next_iteration), METH_VARARGS | METH_KEYWORDS,
     "to_next_iteration($self, duration=None)\n--\n\nThe Timestamp after the end of the iteration."},
    {"state_dict", state_dict, METH_NOARGS,
     "state_dict($self)\n--\n\nA dict of the fields: ints and timedeltas, as Composer saves them."},
    {"load_state_dict", load_state_dict, METH_O,
     "load_state_dict($self, state, /)\n--\n\n"
     "Takes the fields from such a dict. What old checkpoints do not have stays as it is; KeyError for the rest."},
    {"__getnewargs__", getnewargs, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static const char doc[] =
    "Timestamp(iteration=0, epoch=0, batch=0, sample=0, token=0, epoch_in_iteration=0, token_in_iteration=0,\n"
    "          batch_in_epoch=0, sample_in_epoch=0, token_in_epoch=0, total_wct=None, iteration_wct=None,\n"
    "          epoch_wct=None, batch_wct=None)\n--\n\n"
    "How far training is: every counter at once. Counters are ints or Times, the wall clocks timedeltas.\n\n"
    "A Timestamp is compared with a Time or with text by the counter of its unit. Raises ValueError where a Time has\n"
    "another unit than the field, TypeError for a float.";

static PyType_Slot slots[] = {
    {Py_tp_doc, (void *)doc},
    {Py_tp_new, timestamp_new},
    {Py_tp_dealloc, tempopy_free},
    {Py_tp_repr, timestamp_repr},
    {Py_tp_hash, PyObject_HashNotImplemented},
    {Py_tp_richcompare, timestamp_compare},
    {Py_tp_getset, getters},
    {Py_tp_methods, methods},
    {0, NULL},
};

PyType_Spec tempopy_timestamp_spec = {"tempo.Timestamp", sizeof(timestamp_object), 0,
                                      Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE, slots};
