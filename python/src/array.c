/* array.c: arrays of doubles to and from Python. The memory of a bytearray is the one that the limited API lets C write to;
 * NumPy and memoryview see it as doubles without a copy. */
#include "module.h"

PyObject *tempopy_array_new(Py_ssize_t count, double **out)
{
    *out = NULL;
    if (count < 0 || count > PY_SSIZE_T_MAX / (Py_ssize_t)sizeof **out)
        return PyErr_NoMemory();
    /* Made empty and then resized: when memory is out, CPython 3.11 drops a larger new one that is not yet initialised. */
    PyObject *array = PyByteArray_FromStringAndSize(NULL, 0);
    if (array && PyByteArray_Resize(array, count * (Py_ssize_t)sizeof **out))
        Py_CLEAR(array);
    /* From malloc, and so aligned for doubles. */
    *out = array ? (double *)(void *)PyByteArray_AsString(array) : NULL;
    return array;
}

static PyObject *as_memoryview(PyObject *array)
{
    PyObject *bytes = PyMemoryView_FromObject(array);
    PyObject *doubles = bytes ? PyObject_CallMethod(bytes, "cast", "s", "d") : NULL;
    Py_XDECREF(bytes);
    return doubles;
}

PyObject *tempopy_array_finish(PyObject *array)
{
    PyObject *numpy = PyImport_ImportModule("numpy");
    PyObject *finished = NULL;
    if (numpy) {
        finished = PyObject_CallMethod(numpy, "frombuffer", "Os", array, "f8");
    } else if (PyErr_ExceptionMatches(PyExc_ImportError)) {
        PyErr_Clear();
        finished = as_memoryview(array);
    }
    Py_XDECREF(numpy);
    Py_DECREF(array);
    return finished;
}

double *tempopy_numbers_of(PyObject *object, Py_ssize_t *count, bool *is_number)
{
    *is_number = PyFloat_Check(object) || PyLong_Check(object);
    PyObject *all = *is_number ? PyTuple_Pack(1, object) : PySequence_Tuple(object);
    *count = all ? PyTuple_Size(all) : 0;
    double *numbers = all ? PyMem_Malloc((size_t)(*count ? *count : 1) * sizeof *numbers) : NULL;
    if (all && !numbers)
        PyErr_NoMemory();
    for (Py_ssize_t i = 0; numbers && i < *count; i++) {
        numbers[i] = PyFloat_AsDouble(PyTuple_GetItem(all, i));
        if (numbers[i] == -1 && PyErr_Occurred()) {
            PyMem_Free(numbers);
            numbers = NULL;
        }
    }
    Py_XDECREF(all);
    return numbers;
}
