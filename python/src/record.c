/* record.c: objects that are wholly described by a few attributes. */
#include "module.h"

static PyObject *attributes(PyObject *self, const char *const *names)
{
    PyObject *list = PyList_New(0);
    for (size_t i = 0; list && names[i]; i++) {
        PyObject *attribute = PyObject_GetAttrString(self, names[i]);
        if (!attribute || PyList_Append(list, attribute))
            Py_CLEAR(list);
        Py_XDECREF(attribute);
    }
    PyObject *tuple = list ? PyList_AsTuple(list) : NULL;
    Py_XDECREF(list);
    return tuple;
}

/* "Run(max_duration='10ep', batches_per_epoch=100)": those attributes whose value is not empty or 0. */
PyObject *tempopy_record_repr(PyObject *self, const char *const *names)
{
    PyObject *parts = PyList_New(0);
    for (size_t i = 0; parts && names[i]; i++) {
        PyObject *attribute = PyObject_GetAttrString(self, names[i]);
        const int shown = attribute ? PyObject_IsTrue(attribute) : -1;
        PyObject *part = shown > 0 ? PyUnicode_FromFormat("%s=%R", names[i], attribute) : NULL;
        if (shown < 0 || (shown && (!part || PyList_Append(parts, part))))
            Py_CLEAR(parts);
        Py_XDECREF(part);
        Py_XDECREF(attribute);
    }
    PyObject *comma = parts ? PyUnicode_FromString(", ") : NULL;
    PyObject *inside = comma ? PyUnicode_Join(comma, parts) : NULL;
    PyObject *name = inside ? PyObject_GetAttrString((PyObject *)Py_TYPE(self), "__name__") : NULL;
    PyObject *whole = name ? PyUnicode_FromFormat("%U(%U)", name, inside) : NULL;
    Py_XDECREF(name);
    Py_XDECREF(inside);
    Py_XDECREF(comma);
    Py_XDECREF(parts);
    return whole;
}

PyObject *tempopy_record_compare(PyObject *self, PyObject *other, int operation, const char *const *names)
{
    if (Py_TYPE(self) != Py_TYPE(other) || (operation != Py_EQ && operation != Py_NE))
        Py_RETURN_NOTIMPLEMENTED;
    PyObject *mine = attributes(self, names);
    PyObject *theirs = mine ? attributes(other, names) : NULL;
    PyObject *result = theirs ? PyObject_RichCompare(mine, theirs, operation) : NULL;
    Py_XDECREF(mine);
    Py_XDECREF(theirs);
    return result;
}

Py_hash_t tempopy_record_hash(PyObject *self, const char *const *names)
{
    PyObject *mine = attributes(self, names);
    const Py_hash_t hash = mine ? PyObject_Hash(mine) : -1;
    Py_XDECREF(mine);
    return hash;
}

PyObject *tempopy_record_reduce(PyObject *self, const char *const *names)
{
    PyObject *mine = attributes(self, names);
    PyObject *reduced = mine ? PyTuple_Pack(2, (PyObject *)Py_TYPE(self), mine) : NULL;
    Py_XDECREF(mine);
    return reduced;
}
