/* plan_next.c: methods of Plan about numbers that are not its own: from another base, from the value before, from a
 * metric. For drop-ins, whose optimizers keep the numbers. */
#include "module.h"

#include <string.h>

/* Numbers of one call, each of which may be a number or many. */
typedef struct numbers {
    double *values; /* PyMem_Free() them */
    Py_ssize_t count;
    bool is_number;
} numbers;

static bool take_numbers(PyObject *object, numbers *out)
{
    out->values = tempopy_numbers_of(object, &out->count, &out->is_number);
    return out->values != NULL;
}

/* A number for a number, a list for many. */
static PyObject *give_numbers(const numbers *n)
{
    if (n->is_number)
        return PyFloat_FromDouble(n->values[0]);
    PyObject *list = PyList_New(n->count);
    for (Py_ssize_t i = 0; list && i < n->count; i++) {
        PyObject *number = PyFloat_FromDouble(n->values[i]);
        if (!number || PyList_SetItem(list, i, number))
            Py_CLEAR(list);
    }
    return list;
}

/* What a function in Python raised comes before what the core makes of it. */
static bool is_well(tempo_status status, const tempo_error *error)
{
    if (status && !PyErr_Occurred())
        tempopy_raise(status, error);
    return !PyErr_Occurred();
}

/* Where and of which track: the plan, or NULL. */
static const tempo_plan *place_of(PyObject *self, PyObject *at, PyObject *track, tempo_timestamp *now, size_t *index)
{
    const tempo_plan *plan = tempopy_plan_of(self);
    *index = 0;
    if (!plan || (track && !tempopy_plan_track(plan, track, index)) || !tempopy_plan_at(plan, at, now))
        return NULL;
    return plan;
}

PyObject *tempopy_plan_from_base(PyObject *self, PyObject *args, PyObject *kwargs)
{
    static const char *const names[] = {"at", "base", "track", NULL};
    PyObject *at = NULL, *base = NULL, *track = NULL, *result = NULL;
    tempo_error error = TEMPO_ERROR_INIT;
    tempo_timestamp now;
    size_t index = 0;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "OO|O:from_base", (char **)names, &at, &base, &track))
        return NULL;
    const tempo_plan *plan = place_of(self, at, track, &now, &index);
    numbers bases = {NULL, 0, false};
    if (plan && take_numbers(base, &bases) &&
        is_well(tempo_plan_values_from(plan, index, &now, bases.values, (size_t)bases.count, bases.values, &error),
                &error))
        result = give_numbers(&bases);
    PyMem_Free(bases.values);
    return result;
}

static PyObject *next_values(const tempo_plan *plan, size_t index, const tempo_timestamp *now, const numbers *bases,
                             numbers *previous)
{
    tempo_error error = TEMPO_ERROR_INIT;
    if (bases->count != previous->count)
        return PyErr_Format(PyExc_ValueError, "there are %zd bases for %zd values", bases->count, previous->count);
    const tempo_status status = tempo_plan_next(plan, index, now, bases->values, previous->values, (size_t)bases->count,
                                                previous->values, &error);
    return is_well(status, &error) ? give_numbers(previous) : NULL;
}

PyObject *tempopy_plan_next(PyObject *self, PyObject *args, PyObject *kwargs)
{
    static const char *const names[] = {"at", "base", "previous", "track", NULL};
    PyObject *at = NULL, *base = NULL, *before = NULL, *track = NULL, *result = NULL;
    tempo_timestamp now;
    size_t index = 0;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "OOO|O:next", (char **)names, &at, &base, &before, &track))
        return NULL;
    const tempo_plan *plan = place_of(self, at, track, &now, &index);
    numbers bases = {NULL, 0, false}, previous = {NULL, 0, false};
    if (plan && take_numbers(base, &bases) && take_numbers(before, &previous))
        result = next_values(plan, index, &now, &bases, &previous);
    PyMem_Free(previous.values);
    PyMem_Free(bases.values);
    return result;
}

static Py_ssize_t memory_count(const tempo_plan *plan, size_t index)
{
    const char *const *names = tempo_plan_memory(plan, index);
    Py_ssize_t count = 0;
    while (names && names[count])
        count++;
    return count;
}

PyObject *tempopy_plan_memory(PyObject *self, PyObject *args, PyObject *kwargs)
{
    static const char *const words[] = {"track", NULL};
    PyObject *track = NULL;
    size_t index = 0;
    const tempo_plan *plan = tempopy_plan_of(self);
    if (!plan || !PyArg_ParseTupleAndKeywords(args, kwargs, "|O:memory", (char **)words, &track) ||
        (track && !tempopy_plan_track(plan, track, &index)))
        return NULL;
    const char *const *names = tempo_plan_memory(plan, index);
    const Py_ssize_t count = memory_count(plan, index);
    PyObject *tuple = PyTuple_New(count);
    for (Py_ssize_t i = 0; tuple && i < count; i++) {
        PyObject *name = tempopy_str(names[i]);
        if (!name || PyTuple_SetItem(tuple, i, name))
            Py_CLEAR(tuple);
    }
    return tuple;
}

static PyObject *hear(const tempo_plan *plan, size_t index, const tempo_timestamp *now, double metric, double base,
                      double previous, numbers *memory)
{
    tempo_error error = TEMPO_ERROR_INIT;
    const Py_ssize_t count = memory_count(plan, index);
    double value = 0;
    if (count && memory->count != count)
        return PyErr_Format(PyExc_ValueError, "there are %zd numbers of memory, but must be %zd", memory->count, count);
    if (!is_well(tempo_plan_listen(plan, index, now, metric, base, previous, memory->values, &value, &error), &error))
        return NULL;
    memory->is_number = false;
    PyObject *remembered = give_numbers(memory);
    return remembered ? Py_BuildValue("(dN)", value, remembered) : NULL;
}

PyObject *tempopy_plan_listen(PyObject *self, PyObject *args, PyObject *kwargs)
{
    static const char *const names[] = {"at", "metric", "base", "previous", "memory", "track", NULL};
    PyObject *at = NULL, *memory = NULL, *track = NULL, *result = NULL;
    double metric = 0, base = 0, previous = 0;
    tempo_timestamp now;
    size_t index = 0;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "OdddO|O:listen", (char **)names, &at, &metric, &base, &previous,
                                     &memory, &track))
        return NULL;
    const tempo_plan *plan = place_of(self, at, track, &now, &index);
    numbers remembered = {NULL, 0, false};
    if (plan && take_numbers(memory, &remembered))
        result = hear(plan, index, &now, metric, base, previous, &remembered);
    PyMem_Free(remembered.values);
    return result;
}
