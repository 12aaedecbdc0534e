/* clock.c: Clock: the one thing that moves: a timestamp, and when training is done. */
#include "module.h"

typedef struct clock_object {
    PyObject_HEAD
    tempo_clock clock;
} clock_object;

static tempo_clock *of(PyObject *self)
{
    return &((clock_object *)self)->clock;
}

static PyObject *finish(tempo_status status, const tempo_error *error)
{
    if (status)
        return tempopy_raise(status, error);
    Py_RETURN_NONE;
}

static PyObject *clock_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    static const char *const names[] = {"max_duration", NULL};
    tempo_error error = TEMPO_ERROR_INIT;
    PyObject *duration = Py_None;
    tempo_time time;
    tempo_clock clock;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "|O:Clock", (char **)names, &duration))
        return NULL;
    if (duration != Py_None && !tempopy_time_read(duration, TEMPO_TIME_NATIVE, NULL, &time))
        return NULL;
    const tempo_status status = tempo_clock_init(&clock, duration == Py_None ? NULL : &time, &error);
    if (status)
        return tempopy_raise(status, &error);
    const allocfunc allocate = (allocfunc)PyType_GetSlot(type, Py_tp_alloc);
    PyObject *self = allocate(type, 0);
    if (self)
        *of(self) = clock;
    return self;
}

/* --- attributes --- */

static PyObject *get_now(PyObject *self, void *unused)
{
    (void)unused;
    return tempopy_timestamp_new(tempo_clock_now(of(self)));
}

static PyObject *get_done(PyObject *self, void *unused)
{
    (void)unused;
    return PyBool_FromLong(tempo_clock_done(of(self)));
}

static PyObject *get_max_duration(PyObject *self, void *unused)
{
    (void)unused;
    if (of(self)->has_max_duration)
        return tempopy_time_new(of(self)->max_duration);
    Py_RETURN_NONE;
}

/* --- moving on --- */

static PyObject *batch_end(PyObject *self, PyObject *args, PyObject *kwargs)
{
    static const char *const names[] = {"samples", "tokens", "duration", NULL};
    tempo_error error = TEMPO_ERROR_INIT;
    PyObject *duration = Py_None;
    long long samples = 0, tokens = 0;
    int64_t took = 0;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "|LLO:batch_end", (char **)names, &samples, &tokens, &duration) ||
        !tempopy_duration_read(duration, &took))
        return NULL;
    return finish(tempo_clock_batch_took(of(self), samples, tokens, took, &error), &error);
}

typedef tempo_status step(tempo_clock *clock, int64_t duration, tempo_error *error);

static PyObject *end(PyObject *self, PyObject *args, PyObject *kwargs, step *took_step)
{
    static const char *const names[] = {"duration", NULL};
    tempo_error error = TEMPO_ERROR_INIT;
    PyObject *duration = Py_None;
    int64_t took = 0;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "|O", (char **)names, &duration) ||
        !tempopy_duration_read(duration, &took))
        return NULL;
    return finish(took_step(of(self), took, &error), &error);
}

static PyObject *epoch_end(PyObject *self, PyObject *args, PyObject *kwargs)
{
    return end(self, args, kwargs, tempo_clock_epoch_took);
}

static PyObject *iteration_end(PyObject *self, PyObject *args, PyObject *kwargs)
{
    return end(self, args, kwargs, tempo_clock_iteration_took);
}

/* --- saving --- */

static PyObject *save(PyObject *self, PyObject *unused)
{
    (void)unused;
    char text[TEMPO_CLOCK_TEXT_MAX];
    (void)tempo_clock_save(text, of(self));
    return PyUnicode_FromString(text);
}

static PyObject *load(PyObject *self, PyObject *text)
{
    tempo_error error = TEMPO_ERROR_INIT;
    PyObject *owner = NULL;
    const char *line = tempopy_text(text, "a saved clock", &owner);
    if (!line)
        return NULL;
    const tempo_status status = tempo_clock_load(of(self), line, (size_t)PyBytes_Size(owner), &error);
    Py_DECREF(owner);
    return finish(status, &error);
}

static PyObject *state_dict(PyObject *self, PyObject *unused)
{
    (void)unused;
    return tempopy_timestamp_dict(tempo_clock_now(of(self)));
}

/* By way of the text, whose reader knows what a clock may hold. */
static PyObject *load_state_dict(PyObject *self, PyObject *state)
{
    tempo_error error = TEMPO_ERROR_INIT;
    char text[TEMPO_CLOCK_TEXT_MAX];
    tempo_clock loaded = *of(self);
    if (!tempopy_timestamp_load(state, &loaded.now))
        return NULL;
    const size_t length = tempo_clock_save(text, &loaded);
    return finish(tempo_clock_load(of(self), text, length, &error), &error);
}

/* The duration goes to the constructor, and the time to load(). */
static PyObject *reduce(PyObject *self, PyObject *unused)
{
    (void)unused;
    PyObject *duration = get_max_duration(self, NULL);
    PyObject *text = duration ? save(self, NULL) : NULL;
    PyObject *reduced = text ? Py_BuildValue("O(O)O", Py_TYPE(self), duration, text) : NULL;
    Py_XDECREF(text);
    Py_XDECREF(duration);
    return reduced;
}

static PyObject *clock_repr(PyObject *self)
{
    PyObject *duration = get_max_duration(self, NULL);
    PyObject *now = duration ? get_now(self, NULL) : NULL;
    PyObject *text = now ? PyUnicode_FromFormat("<tempo.Clock of %S at %R>", duration, now) : NULL;
    Py_XDECREF(now);
    Py_XDECREF(duration);
    return text;
}

/* --- the type --- */

static PyGetSetDef getters[] = {
    {"now", get_now, NULL, "where training is: a Timestamp, which does not change any more", NULL},
    {"done", get_done, NULL, "whether max_duration is reached", NULL},
    {"max_duration", get_max_duration, NULL, "how long training lasts: a Time, or None", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

#define METHOD(function) (PyCFunction)(void (*)(void)) function

static PyMethodDef methods[] = {
    {"batch_end", METHOD(batch_end), METH_VARARGS | METH_KEYWORDS,
     "batch_end($self, samples=0, tokens=0, duration=None)\n--\n\n"
     "One optimizer update was committed, with so many samples and tokens over all ranks; it took a timedelta."},
    {"epoch_end", METHOD(epoch_end), METH_VARARGS | METH_KEYWORDS,
     "epoch_end($self, duration=None)\n--\n\nAn epoch has ended."},
    {"iteration_end", METHOD(iteration_end), METH_VARARGS | METH_KEYWORDS,
     "iteration_end($self, duration=None)\n--\n\nAn iteration has ended."},
    {"save", save, METH_NOARGS, "save($self)\n--\n\nThe time as one line of text, without max_duration."},
    {"load", load, METH_O,
     "load($self, text, /)\n--\n\nSets the time from such a line. Raises tempo.Error; nothing changes then."},
    {"state_dict", state_dict, METH_NOARGS, "state_dict($self)\n--\n\nThe time as a dict, as Timestamp.state_dict()."},
    {"load_state_dict", load_state_dict, METH_O,
     "load_state_dict($self, state, /)\n--\n\nSets the time from such a dict, also from Composer's."},
    {"__reduce__", reduce, METH_NOARGS, NULL},
    {"__setstate__", load, METH_O, NULL},
    {NULL, NULL, 0, NULL},
};

static const char doc[] =
    "Clock(max_duration=None)\n--\n\n"
    "The time of a running training: it owns a timestamp and moves it on.\n\n"
    "max_duration is a Time, or text such as \"90ep\", in ep, ba, sp, tok or iter; None: training has no end.";

static PyType_Slot slots[] = {
    {Py_tp_doc, (void *)doc},
    {Py_tp_new, clock_new},
    {Py_tp_dealloc, tempopy_free},
    {Py_tp_repr, clock_repr},
    {Py_tp_getset, getters},
    {Py_tp_methods, methods},
    {0, NULL},
};

PyType_Spec tempopy_clock_spec = {"tempo.Clock", sizeof(clock_object), 0, Py_TPFLAGS_DEFAULT, slots};
