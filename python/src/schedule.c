/* schedule.c: Schedule: types with their parameters, stacked; plain data, with the functions that it names. */
#include "module.h"

#include <string.h>

typedef struct schedule_object {
    PyObject_HEAD
    tempo_schedule *schedule;
    PyObject *functions; /* a dict of callables by name, or NULL; never changes */
} schedule_object;

static schedule_object *of(PyObject *self)
{
    return (schedule_object *)self;
}

bool tempopy_schedule_check(PyObject *object)
{
    const tempopy_state *state = tempopy_state_get();
    return state && PyObject_TypeCheck(object, state->schedule);
}

const tempo_schedule *tempopy_schedule_of(PyObject *object)
{
    return of(object)->schedule;
}

PyObject *tempopy_schedule_functions(PyObject *object)
{
    return of(object)->functions;
}

/* --- making --- */

static PyObject *wrap(PyTypeObject *type, tempo_schedule *schedule, PyObject *functions)
{
    const allocfunc allocate = (allocfunc)PyType_GetSlot(type, Py_tp_alloc);
    PyObject *self = allocate(type, 0);
    if (!self) {
        tempo_schedule_free(schedule);
        return NULL;
    }
    of(self)->schedule = schedule;
    of(self)->functions = functions && PyDict_Size(functions) ? PyDict_Copy(functions) : NULL;
    if (!PyErr_Occurred())
        return self;
    Py_DECREF(self);
    return NULL;
}

PyObject *tempopy_schedule_wrap(tempo_schedule *schedule, PyObject *functions)
{
    const tempopy_state *state = tempopy_state_get();
    if (state)
        return wrap(state->schedule, schedule, functions);
    tempo_schedule_free(schedule);
    return NULL;
}

static bool parse(PyObject *text, tempo_schedule **schedule)
{
    tempo_error error = TEMPO_ERROR_INIT;
    PyObject *owner = NULL;
    const char *line = tempopy_text(text, "a schedule", &owner);
    if (!line)
        return false;
    const tempo_status status = tempo_schedule_parse(schedule, line, &tempopy_allocator, &error);
    Py_DECREF(owner);
    if (status)
        tempopy_raise(status, &error);
    return !status;
}

static bool read_data(PyObject *data, PyObject *functions, tempo_schedule **schedule)
{
    tempo_error error = TEMPO_ERROR_INIT;
    tempo_tree *tree = NULL;
    tempo_status status = tempo_tree_new(&tree, &tempopy_allocator);
    bool fine = !status && tempopy_value_add(tree, NULL, NULL, 0, data, functions);
    if (fine)
        status = tempo_schedule_from_value(schedule, tempo_tree_root(tree), &tempopy_allocator, &error);
    tempo_tree_free(tree);
    if (status)
        tempopy_raise(status, &error);
    return fine && !status;
}

static PyObject *make(PyTypeObject *type, PyObject *source, PyObject *given)
{
    tempo_schedule *schedule = NULL;
    PyObject *functions = PyDict_New();
    PyObject *made = NULL;
    if (functions && (!given || given == Py_None || PyDict_Update(functions, given) == 0) &&
        (PyUnicode_Check(source) ? parse(source, &schedule) : read_data(source, functions, &schedule)))
        made = wrap(type, schedule, functions);
    Py_XDECREF(functions);
    return made;
}

PyObject *tempopy_schedule_from(PyObject *object)
{
    const tempopy_state *state = tempopy_state_get();
    if (state && PyObject_TypeCheck(object, state->schedule)) {
        Py_INCREF(object);
        return object;
    }
    return state ? make(state->schedule, object, NULL) : NULL;
}

static PyObject *schedule_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    static const char *const names[] = {"source", "functions", NULL};
    PyObject *source = NULL, *functions = NULL;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O|O:Schedule", (char **)names, &source, &functions))
        return NULL;
    if (functions && functions != Py_None && !PyDict_Check(functions))
        return PyErr_Format(PyExc_TypeError, "functions must be a dict of callables by name, not %R", functions);
    return make(type, source, functions);
}

/* --- garbage collection: a function may refer to what refers to its schedule --- */

static int schedule_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(of(self)->functions);
    return 0;
}

static int schedule_clear(PyObject *self)
{
    Py_CLEAR(of(self)->functions);
    return 0;
}

static void schedule_dealloc(PyObject *self)
{
    PyObject_GC_UnTrack(self);
    (void)schedule_clear(self);
    tempo_schedule_free(of(self)->schedule);
    tempopy_free(self);
}

/* --- what it says --- */

static PyObject *schedule_str(PyObject *self)
{
    const size_t length = tempo_schedule_print(NULL, 0, of(self)->schedule);
    char *text = PyMem_Malloc(length + 1);
    if (!text)
        return PyErr_NoMemory();
    (void)tempo_schedule_print(text, length + 1, of(self)->schedule);
    PyObject *str = PyUnicode_DecodeUTF8(text, (Py_ssize_t)length, "replace");
    PyMem_Free(text);
    return str;
}

static PyObject *schedule_repr(PyObject *self)
{
    PyObject *text = schedule_str(self);
    PyObject *repr = !text                 ? NULL
                     : of(self)->functions ? PyUnicode_FromFormat("Schedule(%R, %R)", text, of(self)->functions)
                                           : PyUnicode_FromFormat("Schedule(%R)", text);
    Py_XDECREF(text);
    return repr;
}

static PyObject *schedule_to_list(PyObject *self, PyObject *unused)
{
    (void)unused;
    tempo_tree *tree = NULL;
    if (tempo_tree_new(&tree, &tempopy_allocator))
        return PyErr_NoMemory();
    const tempo_value *list = tempo_schedule_to_value(of(self)->schedule, tree, NULL, NULL);
    PyObject *object = list ? tempopy_value_object(list) : PyErr_NoMemory();
    tempo_tree_free(tree);
    return object;
}

static PyObject *schedule_types(PyObject *self, void *unused)
{
    (void)unused;
    const size_t count = tempo_schedule_count(of(self)->schedule);
    PyObject *types = PyTuple_New((Py_ssize_t)count);
    for (size_t i = 0; types && i < count; i++) {
        PyObject *name = PyUnicode_FromString(tempo_type_name(tempo_schedule_type(of(self)->schedule, i)));
        if (!name || PyTuple_SetItem(types, (Py_ssize_t)i, name))
            Py_CLEAR(types);
    }
    return types;
}

static PyObject *schedule_functions(PyObject *self, void *unused)
{
    (void)unused;
    return of(self)->functions ? PyDict_Copy(of(self)->functions) : PyDict_New();
}

static Py_hash_t schedule_hash(PyObject *self)
{
    const Py_hash_t hash = (Py_hash_t)tempo_schedule_hash(of(self)->schedule);
    return hash == -1 ? -2 : hash;
}

/* 1: the same; 0: not; -1: an exception. */
static int equal(PyObject *a, PyObject *b)
{
    if (schedule_hash(a) != schedule_hash(b))
        return 0;
    PyObject *mine = schedule_str(a), *theirs = schedule_str(b);
    int same = mine && theirs ? PyObject_RichCompareBool(mine, theirs, Py_EQ) : -1;
    Py_XDECREF(mine);
    Py_XDECREF(theirs);
    if (same != 1 || !of(a)->functions || !of(b)->functions)
        return same == 1 ? !of(a)->functions == !of(b)->functions : same;
    return PyObject_RichCompareBool(of(a)->functions, of(b)->functions, Py_EQ);
}

static PyObject *schedule_compare(PyObject *self, PyObject *other, int operation)
{
    if (Py_TYPE(self) != Py_TYPE(other) || (operation != Py_EQ && operation != Py_NE))
        Py_RETURN_NOTIMPLEMENTED;
    const int same = equal(self, other);
    return same < 0 ? NULL : PyBool_FromLong(operation == Py_EQ ? same : !same);
}

/* a * b: what b makes of what a makes of the base. */
static PyObject *schedule_multiply(PyObject *a, PyObject *b)
{
    if (Py_TYPE(a) != Py_TYPE(b))
        Py_RETURN_NOTIMPLEMENTED;
    PyObject *list = schedule_to_list(a, NULL), *more = schedule_to_list(b, NULL);
    PyObject *both = list && more ? PySequence_Concat(list, more) : NULL;
    PyObject *functions = PyDict_New();
    PyObject *product = NULL;
    if (both && functions && (!of(a)->functions || PyDict_Update(functions, of(a)->functions) == 0) &&
        (!of(b)->functions || PyDict_Update(functions, of(b)->functions) == 0))
        product = make(Py_TYPE(a), both, functions);
    Py_XDECREF(functions);
    Py_XDECREF(both);
    Py_XDECREF(more);
    Py_XDECREF(list);
    return product;
}

static PyObject *schedule_reduce(PyObject *self, PyObject *unused)
{
    (void)unused;
    PyObject *text = schedule_str(self);
    PyObject *reduced = !text                 ? NULL
                        : of(self)->functions ? Py_BuildValue("O(OO)", Py_TYPE(self), text, of(self)->functions)
                                              : Py_BuildValue("O(O)", Py_TYPE(self), text);
    Py_XDECREF(text);
    return reduced;
}

static PyMethodDef methods[] = {
    {"to_list", schedule_to_list, METH_NOARGS,
     "to_list($self)\n--\n\nThe schedules as a list of dicts, as documents have them: what was given, not the "
     "defaults."},
    {"__reduce__", schedule_reduce, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static PyGetSetDef getters[] = {
    {"types", schedule_types, NULL, "the names of the stacked types, in order", NULL},
    {"functions", schedule_functions, NULL, "a new dict of the callables that the schedule names", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static const char doc[] =
    "Schedule(source, functions=None)\n--\n\n"
    "Types with their parameters, stacked: plain, immutable data.\n\n"
    "source is one line of text, TYPE key=value * TYPE key=value; or a dict with a \"type\" and its parameters; or a\n"
    "list of dicts and Schedules. Where a type takes a function, a dict may hold the callable itself; in a line of "
    "text\n"
    "stands a name, which `functions` maps to the callable. a * b stacks; str(s) is the line of text, which reads "
    "back\n"
    "to an equal schedule. Raises tempo.Error with path, line and column.";

static PyType_Slot slots[] = {
    {Py_tp_doc, (void *)doc},
    {Py_tp_new, schedule_new},
    {Py_tp_dealloc, schedule_dealloc},
    {Py_tp_traverse, schedule_traverse},
    {Py_tp_clear, schedule_clear},
    {Py_tp_str, schedule_str},
    {Py_tp_repr, schedule_repr},
    {Py_tp_hash, schedule_hash},
    {Py_tp_richcompare, schedule_compare},
    {Py_nb_multiply, schedule_multiply},
    {Py_tp_methods, methods},
    {Py_tp_getset, getters},
    {0, NULL},
};

PyType_Spec tempopy_schedule_spec = {"tempo.Schedule", sizeof(schedule_object), 0,
                                     Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC, slots};
