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
        PyObject *owner = NULL;
        const char *text = tempopy_text(name, "the name of a function", &owner);
        char *copy = text ? PyMem_Malloc((size_t)PyBytes_Size(owner) + 1) : NULL;
        if (copy)
            (void)strcpy(copy, text);
        else if (text)
            PyErr_NoMemory();
        Py_XDECREF(owner);
        if (!copy) {
            tempopy_functions_free(*out, *count);
            *out = NULL;
            *count = 0;
            return false;
        }
        (*out)[(*count)++] = (tempo_function){.name = copy, .of_step = of_step, .data = function};
    }
    return true;
}

void tempopy_functions_free(tempo_function *functions, size_t count)
{
    for (size_t i = 0; i < count; i++)
        PyMem_Free((char *)(uintptr_t)functions[i].name);
    PyMem_Free(functions);
}
