/* group.c: Group: one parameter group of an optimizer, and the numbers in it. */
#include "module.h"

#include <string.h>

typedef struct group_object {
    PyObject_HEAD
    PyObject *name;    /* str */
    PyObject *fields;  /* dict: str -> float; never shown itself, so that it never changes */
    PyObject *texts;   /* a list of the bytes to which `group` points */
    tempo_group group; /* its array of fields is from PyMem_Malloc() */
} group_object;

static const char *const names[] = {"name", "fields", "fixed", NULL};

static const char *keep_text(group_object *self, PyObject *object, const char *what)
{
    PyObject *owner = NULL;
    const char *text = tempopy_text(object, what, &owner);
    if (text && PyList_Append(self->texts, owner))
        text = NULL;
    Py_XDECREF(owner);
    return text;
}

static bool add_field(PyObject *fields, PyObject *name, PyObject *base)
{
    PyObject *number = PyNumber_Float(base);
    const bool added = number && PyDict_SetItem(fields, name, number) == 0;
    if (!number && PyErr_ExceptionMatches(PyExc_TypeError))
        PyErr_Format(PyExc_TypeError, "the base value of %R must be a number, not %R", name, base);
    Py_XDECREF(number);
    return added;
}

/* Adds the pairs of a mapping but for those keys that are parameters of Group itself. */
static bool add_fields(PyObject *fields, PyObject *mapping, bool keywords)
{
    PyObject *items = PyMapping_Items(mapping);
    const Py_ssize_t count = items ? PyList_Size(items) : 0;
    bool fine = items;
    for (Py_ssize_t i = 0; fine && i < count; i++) {
        PyObject *pair = PyList_GetItem(items, i);
        PyObject *name = PyTuple_GetItem(pair, 0);
        bool own = false;
        for (size_t n = 0; keywords && names[n]; n++)
            own = own || PyUnicode_CompareWithASCIIString(name, names[n]) == 0;
        fine = own || add_field(fields, name, PyTuple_GetItem(pair, 1));
    }
    Py_XDECREF(items);
    return fine;
}

static bool make_group(group_object *self)
{
    const Py_ssize_t count = PyDict_Size(self->fields);
    tempo_field *fields = PyMem_Calloc(count ? (size_t)count : 1, sizeof *fields);
    PyObject *name = NULL, *base = NULL;
    Py_ssize_t position = 0;
    if (!fields) {
        PyErr_NoMemory();
        return false;
    }
    self->group.fields = fields;
    while (PyDict_Next(self->fields, &position, &name, &base)) {
        tempo_field *field = &fields[self->group.field_count++];
        field->name = keep_text(self, name, "the name of a field");
        field->base = PyFloat_AsDouble(base);
        if (!field->name)
            return false;
    }
    self->group.name = keep_text(self, self->name, "the name of a group");
    return self->group.name;
}

/* What one of the keyword arguments is; `value` stays what it was where it is not given. */
static bool take_keyword(PyObject *kwargs, const char *name, PyObject **value)
{
    PyObject *given = kwargs ? tempopy_item(kwargs, name) : NULL;
    *value = given ? given : *value;
    return given || !PyErr_Occurred();
}

static PyObject *group_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    PyObject *name = NULL, *fields = Py_None, *fixed = Py_False;
    if (!PyArg_ParseTuple(args, "|OOO:Group", &name, &fields, &fixed))
        return NULL;
    if (!take_keyword(kwargs, "name", &name) || !take_keyword(kwargs, "fields", &fields) ||
        !take_keyword(kwargs, "fixed", &fixed))
        return NULL;
    const int is_fixed = PyObject_IsTrue(fixed);
    if (is_fixed < 0)
        return NULL;
    const allocfunc allocate = (allocfunc)PyType_GetSlot(type, Py_tp_alloc);
    group_object *self = (group_object *)allocate(type, 0);
    if (!self)
        return NULL;
    if (name && name != Py_None)
        Py_INCREF(name);
    else
        name = PyUnicode_FromString("");
    self->name = name;
    self->fields = PyDict_New();
    self->texts = PyList_New(0);
    self->group.fixed = is_fixed;
    if (self->name && self->fields && self->texts && (fields == Py_None || add_fields(self->fields, fields, false)) &&
        (!kwargs || add_fields(self->fields, kwargs, true)) && make_group(self))
        return (PyObject *)self;
    Py_DECREF(self);
    return NULL;
}

static void group_dealloc(PyObject *object)
{
    group_object *self = (group_object *)object;
    PyMem_Free(self->group.fields);
    Py_XDECREF(self->name);
    Py_XDECREF(self->fields);
    Py_XDECREF(self->texts);
    tempopy_free(object);
}

/* --- many of them --- */

/* A new reference to the Group that an object is or describes. */
static PyObject *group_of(PyObject *object, const tempopy_state *state)
{
    if (PyObject_TypeCheck(object, state->group)) {
        Py_INCREF(object);
        return object;
    }
    if (PyDict_Check(object))
        return PyObject_CallFunction((PyObject *)state->group, "sO", "", object);
    return PyErr_Format(PyExc_TypeError, "groups must be tempo.Groups or dicts of fields, not %R", object);
}

static PyObject *tuple_of(PyObject *object, const tempopy_state *state)
{
    if (PyDict_Check(object) || PyObject_TypeCheck(object, state->group))
        return PyTuple_Pack(1, object);
    return PySequence_Tuple(object);
}

bool tempopy_groups_of(PyObject *object, PyObject **owner, tempo_group **groups)
{
    const tempopy_state *state = tempopy_state_get();
    PyObject *given = state ? tuple_of(object, state) : NULL;
    const Py_ssize_t count = given ? PyTuple_Size(given) : 0;
    *groups = given ? PyMem_Calloc(count ? (size_t)count : 1, sizeof **groups) : NULL;
    *owner = *groups ? PyTuple_New(count) : NULL;
    bool fine = *owner;
    if (given && !*groups)
        PyErr_NoMemory();
    for (Py_ssize_t i = 0; fine && i < count; i++) {
        PyObject *group = group_of(PyTuple_GetItem(given, i), state);
        fine = group && PyTuple_SetItem(*owner, i, group) == 0;
        if (fine)
            (*groups)[i] = ((group_object *)group)->group;
    }
    Py_XDECREF(given);
    if (fine)
        return true;
    Py_CLEAR(*owner);
    PyMem_Free(*groups);
    *groups = NULL;
    return false;
}

static PyObject *fields_new(const tempo_group *group)
{
    PyObject *fields = PyDict_New();
    for (size_t i = 0; fields && i < group->field_count; i++) {
        PyObject *base = PyFloat_FromDouble(group->fields[i].base);
        if (!base || PyDict_SetItemString(fields, group->fields[i].name, base))
            Py_CLEAR(fields);
        Py_XDECREF(base);
    }
    return fields;
}

PyObject *tempopy_groups_new(const tempo_group *groups, size_t count)
{
    const tempopy_state *state = tempopy_state_get();
    PyObject *tuple = state ? PyTuple_New((Py_ssize_t)count) : NULL;
    for (size_t i = 0; tuple && i < count; i++) {
        PyObject *fields = fields_new(&groups[i]);
        PyObject *group = fields ? PyObject_CallFunction((PyObject *)state->group, "zOO", groups[i].name, fields,
                                                         groups[i].fixed ? Py_True : Py_False)
                                 : NULL;
        if (!group || PyTuple_SetItem(tuple, (Py_ssize_t)i, group))
            Py_CLEAR(tuple);
        Py_XDECREF(fields);
    }
    return tuple;
}

/* --- as a Python object --- */

static PyObject *group_fields(PyObject *self, void *unused)
{
    (void)unused;
    return PyDict_Copy(((group_object *)self)->fields);
}

static PyObject *group_item(PyObject *self, PyObject *name)
{
    return PyObject_GetItem(((group_object *)self)->fields, name);
}

static PyObject *group_repr(PyObject *self)
{
    return tempopy_record_repr(self, names);
}

static PyObject *group_compare(PyObject *self, PyObject *other, int operation)
{
    return tempopy_record_compare(self, other, operation, names);
}

/* A dict has no hash, and the order of fields matters as little as in one: the names are enough. */
static Py_hash_t group_hash(PyObject *self)
{
    PyObject *fields = PyFrozenSet_New(((group_object *)self)->fields);
    PyObject *both = fields ? PyTuple_Pack(2, ((group_object *)self)->name, fields) : NULL;
    const Py_hash_t hash = both ? PyObject_Hash(both) : -1;
    Py_XDECREF(fields);
    Py_XDECREF(both);
    return hash;
}

static PyObject *group_reduce(PyObject *self, PyObject *unused)
{
    (void)unused;
    return tempopy_record_reduce(self, names);
}

static PyMemberDef members[] = {
    {"name", T_OBJECT, offsetof(group_object, name), READONLY, "\"\" for the only group of an optimizer"},
    {"fixed", T_BOOL, offsetof(group_object, group.fixed), READONLY,
     "no schedule is meant for it: one that names no groups passes it by"},
    {NULL, 0, 0, 0, NULL},
};

static PyGetSetDef getters[] = {
    {"fields", group_fields, NULL, "a new dict of the base values by field", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyMethodDef methods[] = {{"__reduce__", group_reduce, METH_NOARGS, NULL}, {NULL, NULL, 0, NULL}};

static const char doc[] =
    "Group(name=\"\", fields=None, fixed=False, **fields)\n\n"
    "One parameter group: named numbers that schedules start from. Immutable; group[\"lr\"] is the base of lr.\n\n"
    "Group(lr=0.1, weight_decay=1e-4); elements of a list go by names such as Group(\"\", {\"betas[0]\": 0.9}).";

static PyType_Slot slots[] = {
    {Py_tp_doc, (void *)doc},
    {Py_tp_new, group_new},
    {Py_tp_dealloc, group_dealloc},
    {Py_tp_repr, group_repr},
    {Py_tp_hash, group_hash},
    {Py_tp_richcompare, group_compare},
    {Py_tp_members, members},
    {Py_tp_getset, getters},
    {Py_tp_methods, methods},
    {Py_mp_subscript, group_item},
    {0, NULL},
};

PyType_Spec tempopy_group_spec = {"tempo.Group", sizeof(group_object), 0, Py_TPFLAGS_DEFAULT, slots};
