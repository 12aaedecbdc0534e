/* functions.c: Python callables in the place of the core's functions. */
#include "module.h"

#include <math.h>
#include <string.h>

/* What a callable answered; NaN with an exception set, which whoever evaluates looks for. Takes the reference. */
static double answer(PyObject *result)
{
    const double value = result ? PyFloat_AsDouble(result) : NAN;
    Py_XDECREF(result);
    return PyErr_Occurred() ? NAN : value;
}

static double of_step(int64_t step, void *data)
{
    return PyErr_Occurred() ? NAN : answer(PyObject_CallFunction(data, "L", (long long)step));
}

/* --- composer.ComposerScheduler: functions of the state of training --- */

static PyStructSequence_Field training_fields[] = {
    {"timestamp", "how far training is: a Timestamp"},
    {"max_duration", "how long it lasts, scaled by the ratio: a Time, or None"},
    {"dataloader_len", "batches in an epoch: a Time, or None"},
    {NULL, NULL},
};
PyStructSequence_Desc tempopy_training_tuple = {
    "tempo.State", "What a scheduler written as a function sees of the training: that much of Composer's State.",
    training_fields, 3};

static PyObject *none_or_time(bool known, tempo_time time)
{
    if (known)
        return tempopy_time_new(time);
    Py_RETURN_NONE;
}

static PyObject *training_new(const tempo_state *seen)
{
    const tempopy_state *state = tempopy_state_get();
    if (!state)
        return NULL;
    const tempo_time length = {TEMPO_BATCH, seen->batches_per_epoch, 0};
    PyObject *items[] = {tempopy_timestamp_new(seen->now), none_or_time(seen->has_max_duration, seen->max_duration),
                         none_or_time(seen->batches_per_epoch > 0, length)};
    return tempopy_tuple_new(state->training, items, 3);
}

static double scaled(const tempo_state *seen, double ratio, void *data)
{
    PyObject *training = PyErr_Occurred() ? NULL : training_new(seen);
    PyObject *result = training ? PyObject_CallFunction(data, "Od", training, ratio) : NULL;
    Py_XDECREF(training);
    return answer(result);
}

static double unscaled(const tempo_state *seen, void *data)
{
    PyObject *training = PyErr_Occurred() ? NULL : training_new(seen);
    PyObject *result = training ? PyObject_CallFunctionObjArgs(data, training, NULL) : NULL;
    Py_XDECREF(training);
    return answer(result);
}

/* The number that an attribute of an attribute is, or -1 where there is none of that name. */
static long number_of(PyObject *object, const char *attribute, const char *name)
{
    PyObject *whole = PyObject_GetAttrString(object, attribute);
    PyObject *part = whole ? PyObject_GetAttrString(whole, name) : NULL;
    const long number = part ? PyLong_AsLong(part) : -1;
    Py_XDECREF(part);
    Py_XDECREF(whole);
    if (number == -1 && PyErr_ExceptionMatches(PyExc_AttributeError))
        PyErr_Clear();
    return number;
}

/* Whether a callable takes one argument, and so no ratio: 1 or 0; -1 with an exception. Not by the module inspect, which
 * costs more than all of Tempo to import; where there is no code to look at, it takes the ratio. */
static int takes_one(PyObject *function)
{
    const int is_plain = tempopy_has(function, "__code__");
    PyObject *called = is_plain == 0 ? PyObject_GetAttrString(function, "__call__") : NULL;
    if (is_plain < 0 || (is_plain == 0 && !called))
        return -1;
    PyObject *code_of = called ? called : function;
    const long count = number_of(code_of, "__code__", "co_argcount");
    const int is_bound = PyErr_Occurred() ? -1 : tempopy_has(code_of, "__self__");
    Py_XDECREF(called);
    return is_bound < 0 ? -1 : count - is_bound == 1;
}

/* Which of the core's functions a callable becomes, its type says; `data` is borrowed. */
static bool fill(tempo_function *out, PyObject *name, PyObject *function)
{
    PyObject *owner = NULL;
    const char *text = tempopy_text(name, "the name of a function", &owner);
    const int one = text ? takes_one(function) : -1;
    char *copy = one >= 0 ? PyMem_Malloc((size_t)PyBytes_Size(owner) + 1) : NULL;
    if (copy)
        memcpy(copy, text, (size_t)PyBytes_Size(owner) + 1);
    else if (one >= 0)
        PyErr_NoMemory();
    Py_XDECREF(owner);
    *out = (tempo_function){.name = copy,
                            .scaled = one ? NULL : scaled,
                            .unscaled = one ? unscaled : NULL,
                            .of_step = of_step,
                            .data = function};
    return copy;
}

bool tempopy_functions_of(PyObject *functions, tempo_function **out, size_t *count)
{
    const Py_ssize_t size = functions ? PyDict_Size(functions) : 0;
    PyObject *name = NULL, *function = NULL;
    Py_ssize_t position = 0;
    *count = 0;
    *out = PyMem_Calloc(size ? (size_t)size : 1, sizeof **out);
    if (!*out) {
        PyErr_NoMemory();
        return false;
    }
    while (size && PyDict_Next(functions, &position, &name, &function)) {
        if (!fill(&(*out)[*count], name, function)) {
            tempopy_functions_free(*out, *count);
            *out = NULL;
            *count = 0;
            return false;
        }
        ++*count;
    }
    return true;
}

void tempopy_functions_free(tempo_function *functions, size_t count)
{
    for (size_t i = 0; i < count; i++)
        PyMem_Free((void *)functions[i].name);
    PyMem_Free(functions);
}
