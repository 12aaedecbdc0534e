/* text.c: text out of Python objects and into them, and what goes by a name. */
#include "module.h"

#include <string.h>

const char *tempopy_text(PyObject *object, const char *what, PyObject **owner)
{
    *owner = NULL;
    if (!PyUnicode_Check(object)) {
        PyErr_Format(PyExc_TypeError, "%s must be text, not %R", what, object);
        return NULL;
    }
    char *text = NULL;
    *owner = PyUnicode_AsUTF8String(object);
    if (*owner && PyBytes_AsStringAndSize(*owner, &text, NULL) == 0)
        return text;
    Py_CLEAR(*owner);
    return NULL;
}

PyObject *tempopy_str(const char *utf8)
{
    return PyUnicode_DecodeUTF8(utf8, (Py_ssize_t)strlen(utf8), "replace");
}

PyObject *tempopy_item(PyObject *dict, const char *key)
{
    PyObject *name = PyUnicode_FromString(key);
    PyObject *item = name ? PyDict_GetItemWithError(dict, name) : NULL;
    Py_XDECREF(name);
    return item;
}

int tempopy_has(PyObject *object, const char *attribute)
{
    PyObject *found = PyObject_GetAttrString(object, attribute);
    if (!found && !PyErr_ExceptionMatches(PyExc_AttributeError))
        return -1;
    PyErr_Clear();
    Py_XDECREF(found);
    return found != NULL;
}

PyObject *tempopy_tuple_new(PyTypeObject *type, PyObject *const *items, Py_ssize_t count)
{
    bool whole = true;
    for (Py_ssize_t i = 0; i < count; i++)
        whole = whole && items[i];
    PyObject *tuple = whole ? PyStructSequence_New(type) : NULL;
    for (Py_ssize_t i = 0; i < count; i++) {
        if (tuple)
            PyStructSequence_SetItem(tuple, i, items[i]);
        else
            Py_XDECREF(items[i]);
    }
    return tuple;
}
