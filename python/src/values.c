/* values.c: Python objects as the core's values, and back. */
#include "module.h"

#include <string.h>

typedef struct place {
    tempo_tree *tree;
    tempo_value *parent;
    const char *key;
    size_t key_length;
    PyObject *functions; /* a dict, or NULL: callables are refused */
} place;

static bool added(const tempo_value *value)
{
    if (!value)
        PyErr_NoMemory();
    return value;
}

static bool add_object(const place *at, PyObject *object);

static tempo_value *add(const place *at, tempo_value_kind kind)
{
    return tempo_tree_add(at->tree, at->parent, at->key, at->key_length, kind);
}

/* --- scalars --- */

static bool add_integer(const place *at, PyObject *object)
{
    int overflow = 0;
    const long long integer = PyLong_AsLongLongAndOverflow(object, &overflow);
    if (integer == -1 && PyErr_Occurred())
        return false;
    if (overflow) { /* a real, as in a document */
        const double real = PyLong_AsDouble(object);
        return !PyErr_Occurred() && added(tempo_tree_add_real(at->tree, at->parent, at->key, real));
    }
    return added(tempo_tree_add_integer(at->tree, at->parent, at->key, integer));
}

static bool add_text(const place *at, PyObject *object)
{
    PyObject *owner = NULL;
    const char *text = tempopy_text(object, "a value", &owner);
    const bool fine =
        text && added(tempo_tree_add_text(at->tree, at->parent, at->key, text, (size_t)PyBytes_Size(owner)));
    Py_XDECREF(owner);
    return fine;
}

static bool add_str_of(const place *at, PyObject *object)
{
    PyObject *text = PyObject_Str(object);
    const bool fine = text && add_text(at, text);
    Py_XDECREF(text);
    return fine;
}

/* A number of another library, such as NumPy's: whole, or else real. */
static bool add_number(const place *at, PyObject *object)
{
    PyObject *number = PyIndex_Check(object) ? PyNumber_Index(object) : PyNumber_Float(object);
    const bool fine =
        number &&
        (PyLong_Check(number) ? add_integer(at, number)
                              : added(tempo_tree_add_real(at->tree, at->parent, at->key, PyFloat_AsDouble(number))));
    Py_XDECREF(number);
    return fine;
}

/* --- functions --- */

static bool is_free(PyObject *functions, PyObject *name, PyObject *function)
{
    PyObject *there = PyDict_GetItemWithError(functions, name);
    return !there || there == function;
}

/* A name that the one-line form can have: the function's own if it is one, else with a number. */
static PyObject *name_of(PyObject *functions, PyObject *function)
{
    PyObject *name = PyObject_GetAttrString(function, "__name__");
    PyErr_Clear();
    const int usable = name && PyUnicode_Check(name) ? PyUnicode_IsIdentifier(name) : 0;
    if (usable && is_free(functions, name, function))
        return name;
    Py_XDECREF(name);
    for (int number = 1;; number++) {
        name = PyUnicode_FromFormat("function_%d", number);
        if (!name || is_free(functions, name, function))
            return name;
        Py_DECREF(name);
    }
}

static bool add_function(const place *at, PyObject *function)
{
    if (!at->functions) {
        PyErr_Format(PyExc_TypeError, "a function cannot be part of this: %R", function);
        return false;
    }
    PyObject *name = name_of(at->functions, function);
    const bool fine = name && PyDict_SetItem(at->functions, name, function) == 0 && add_text(at, name);
    Py_XDECREF(name);
    return fine;
}

/* --- collections --- */

static bool add_members(const place *at, PyObject *items)
{
    const Py_ssize_t count = PyList_Size(items);
    tempo_value *map = add(at, TEMPO_VALUE_MAP);
    bool fine = added(map);
    for (Py_ssize_t i = 0; fine && i < count; i++) {
        PyObject *pair = PyList_GetItem(items, i);
        PyObject *key = PyObject_Str(PyTuple_GetItem(pair, 0)), *owner = NULL;
        const char *text = key ? tempopy_text(key, "a key", &owner) : NULL;
        const place member = {at->tree, map, text, text ? (size_t)PyBytes_Size(owner) : 0, at->functions};
        fine = text && add_object(&member, PyTuple_GetItem(pair, 1));
        Py_XDECREF(owner);
        Py_XDECREF(key);
    }
    return fine;
}

static bool add_mapping(const place *at, PyObject *object)
{
    PyObject *items = PyMapping_Items(object);
    const bool fine = items && add_members(at, items);
    Py_XDECREF(items);
    return fine;
}

static bool add_elements(const place *at, PyObject *iterator)
{
    tempo_value *list = add(at, TEMPO_VALUE_LIST);
    const place element = {at->tree, list, NULL, 0, at->functions};
    PyObject *object = NULL;
    bool fine = added(list);
    while (fine && (object = PyIter_Next(iterator))) {
        fine = add_object(&element, object);
        Py_DECREF(object);
    }
    return fine && !PyErr_Occurred();
}

static bool add_iterable(const place *at, PyObject *object)
{
    PyObject *iterator = PyObject_GetIter(object);
    if (!iterator) {
        if (PyErr_ExceptionMatches(PyExc_TypeError))
            PyErr_Format(PyExc_TypeError, "a schedule or document cannot hold this: %R", object);
        return false;
    }
    const bool fine = add_elements(at, iterator);
    Py_DECREF(iterator);
    return fine;
}

/* A Schedule stands for its map, or for a list of them if it is a stack. */
static bool add_schedule(const place *at, PyObject *object)
{
    PyObject *functions = tempopy_schedule_functions(object);
    tempo_tree *tree = NULL;
    if (functions && at->functions && PyDict_Update(at->functions, functions))
        return false;
    if (tempo_tree_new(&tree, &tempopy_allocator))
        return added(NULL);
    const tempo_value *list = tempo_schedule_to_value(tempopy_schedule_of(object), tree, NULL, NULL);
    const tempo_value *value = list && list->count == 1 ? list->first : list;
    const bool fine = value && tempo_tree_add_copy(at->tree, at->parent, at->key, at->key_length, value);
    tempo_tree_free(tree);
    return fine || added(NULL);
}

/* What is neither a plain value of Python nor a Schedule, told by what it can do. */
static bool add_other(const place *at, PyObject *object)
{
    const int is_mapping = PyDict_Check(object) ? 1 : tempopy_has(object, "items");
    const int is_time = is_mapping ? 0 : tempopy_has(object, "to_timestring");
    const int is_number = is_mapping || is_time || PyIndex_Check(object) ? 1 : tempopy_has(object, "__float__");
    if (is_mapping < 0 || is_time < 0 || is_number < 0)
        return false;
    if (is_mapping)
        return add_mapping(at, object);
    if (is_time)
        return add_str_of(at, object);
    if (PyCallable_Check(object))
        return add_function(at, object);
    return is_number ? add_number(at, object) : add_iterable(at, object);
}

static bool add_any(const place *at, PyObject *object)
{
    if (object == Py_None)
        return added(add(at, TEMPO_VALUE_NULL));
    if (PyBool_Check(object))
        return added(tempo_tree_add_bool(at->tree, at->parent, at->key, object == Py_True));
    if (PyLong_Check(object))
        return add_integer(at, object);
    if (PyFloat_Check(object))
        return added(tempo_tree_add_real(at->tree, at->parent, at->key, PyFloat_AsDouble(object)));
    if (PyUnicode_Check(object))
        return add_text(at, object);
    return tempopy_schedule_check(object) ? add_schedule(at, object) : !PyErr_Occurred() && add_other(at, object);
}

static bool add_object(const place *at, PyObject *object)
{
    if (Py_EnterRecursiveCall(" while reading a schedule or document"))
        return false;
    const bool fine = add_any(at, object);
    Py_LeaveRecursiveCall();
    return fine;
}

bool tempopy_value_add(tempo_tree *tree, tempo_value *parent, const char *key, size_t key_length, PyObject *object,
                       PyObject *functions)
{
    const place at = {tree, parent, key, key_length, functions};
    return add_object(&at, object);
}

/* --- back --- */

static PyObject *list_of(const tempo_value *value)
{
    PyObject *list = PyList_New(0);
    for (const tempo_value *member = value->first; list && member; member = member->next) {
        PyObject *object = tempopy_value_object(member);
        if (!object || PyList_Append(list, object))
            Py_CLEAR(list);
        Py_XDECREF(object);
    }
    return list;
}

static PyObject *dict_of(const tempo_value *value)
{
    PyObject *dict = PyDict_New();
    for (const tempo_value *member = value->first; dict && member; member = member->next) {
        PyObject *key = PyUnicode_DecodeUTF8(member->key, (Py_ssize_t)member->key_length, "replace");
        PyObject *object = key ? tempopy_value_object(member) : NULL;
        if (!object || PyDict_SetItem(dict, key, object))
            Py_CLEAR(dict);
        Py_XDECREF(object);
        Py_XDECREF(key);
    }
    return dict;
}

PyObject *tempopy_value_object(const tempo_value *value)
{
    switch (value->kind) {
    case TEMPO_VALUE_BOOL:
        return PyBool_FromLong(value->boolean);
    case TEMPO_VALUE_INTEGER:
        return PyLong_FromLongLong(value->integer);
    case TEMPO_VALUE_REAL:
        return PyFloat_FromDouble(value->real);
    case TEMPO_VALUE_TEXT:
        return PyUnicode_DecodeUTF8(value->text, (Py_ssize_t)value->text_length, "replace");
    case TEMPO_VALUE_LIST:
        return list_of(value);
    case TEMPO_VALUE_MAP:
        return dict_of(value);
    case TEMPO_VALUE_NULL:
        break;
    }
    Py_RETURN_NONE;
}
