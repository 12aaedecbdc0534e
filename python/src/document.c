/* document.c: Document: schedules, run and groups in one YAML or JSON document, or in a dict. */
#include "module.h"

#include <string.h>

typedef struct document_object {
    PyObject_HEAD
    tempo_document *document;
    PyObject *schedule, *run, *groups;
} document_object;

static document_object *of(PyObject *self)
{
    return (document_object *)self;
}

/* --- overrides --- */

typedef struct overrides {
    tempo_override *rows;
    size_t count;
    PyObject *texts; /* a list of the bytes to which they point */
} overrides;

static const char *keep(overrides *o, PyObject *object)
{
    PyObject *str = PyObject_Str(object), *owner = NULL;
    const char *text = str ? tempopy_text(str, "an override", &owner) : NULL;
    if (text && PyList_Append(o->texts, owner))
        text = NULL;
    Py_XDECREF(owner);
    Py_XDECREF(str);
    return text;
}

static bool take_overrides(overrides *o, PyObject *given)
{
    PyObject *path = NULL, *value = NULL;
    Py_ssize_t position = 0;
    *o = (overrides){.texts = PyList_New(0)};
    if (!o->texts || given == Py_None)
        return o->texts;
    if (!PyDict_Check(given)) {
        PyErr_Format(PyExc_TypeError, "overrides must be a dict of values by path, not %R", given);
        return false;
    }
    o->rows = PyMem_Calloc((size_t)PyDict_Size(given) + 1, sizeof *o->rows);
    if (!o->rows)
        PyErr_NoMemory();
    while (o->rows && PyDict_Next(given, &position, &path, &value)) {
        o->rows[o->count] = (tempo_override){keep(o, path), NULL};
        o->rows[o->count].value = o->rows[o->count].path ? keep(o, value) : NULL;
        if (!o->rows[o->count++].value)
            return false;
    }
    return o->rows;
}

static void drop_overrides(overrides *o)
{
    PyMem_Free(o->rows);
    Py_XDECREF(o->texts);
}

/* --- making --- */

/* A large text takes a while, in which other threads run: so memory is the C library's and not Python's. */
static tempo_status parse(document_object *self, PyObject *source, const overrides *o, tempo_error *error)
{
    const tempo_document_options options = {NULL, o->rows, o->count};
    PyObject *bytes = PyUnicode_Check(source) ? PyUnicode_AsUTF8String(source) : (Py_INCREF(source), source);
    char *text = NULL;
    Py_ssize_t length = 0;
    tempo_status status = TEMPO_FAILED;
    if (bytes && PyBytes_AsStringAndSize(bytes, &text, &length) == 0) {
        Py_BEGIN_ALLOW_THREADS;
        status = tempo_document_parse(&self->document, text, (size_t)length, &options, error);
        Py_END_ALLOW_THREADS;
    }
    Py_XDECREF(bytes);
    return status;
}

static tempo_status read_data(document_object *self, PyObject *source, PyObject *functions, const overrides *o,
                              tempo_error *error)
{
    const tempo_document_options options = {&tempopy_allocator, o->rows, o->count};
    tempo_tree *tree = NULL;
    tempo_status status = tempo_tree_new(&tree, &tempopy_allocator);
    if (status)
        return status;
    status = tempopy_value_add(tree, NULL, NULL, 0, source, functions)
                 ? tempo_document_from_value(&self->document, tempo_tree_root(tree), &options, error)
                 : TEMPO_FAILED;
    tempo_tree_free(tree);
    return status;
}

/* The schedule of a document, apart from it. */
static PyObject *schedule_new(const tempo_document *document, PyObject *functions)
{
    tempo_error error = TEMPO_ERROR_INIT;
    tempo_schedule *schedule = NULL;
    tempo_tree *tree = NULL;
    tempo_status status = tempo_tree_new(&tree, &tempopy_allocator);
    const tempo_value *list =
        status ? NULL : tempo_schedule_to_value(tempo_document_schedule(document), tree, NULL, NULL);
    if (!status)
        status = list ? tempo_schedule_from_value(&schedule, list, &tempopy_allocator, &error) : TEMPO_NO_MEMORY;
    tempo_tree_free(tree);
    return status ? tempopy_raise(status, &error) : tempopy_schedule_wrap(schedule, functions);
}

static bool make(document_object *self, PyObject *source, PyObject *functions, const overrides *o)
{
    tempo_error error = TEMPO_ERROR_INIT;
    const bool is_text = PyUnicode_Check(source) || PyBytes_Check(source);
    const tempo_status status =
        is_text ? parse(self, source, o, &error) : read_data(self, source, functions, o, &error);
    if (status) {
        tempopy_raise(status, &error);
        return false;
    }
    self->run = tempopy_run_new(tempo_document_run(self->document));
    self->groups =
        tempopy_groups_new(tempo_document_groups(self->document), tempo_document_group_count(self->document));
    self->schedule = schedule_new(self->document, functions);
    return self->run && self->groups && self->schedule;
}

static PyObject *document_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    static const char *const names[] = {"source", "overrides", "functions", NULL};
    PyObject *source = NULL, *given = Py_None, *functions = Py_None;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O|OO!:Document", (char **)names, &source, &given, &PyDict_Type,
                                     &functions))
        return NULL;
    const allocfunc allocate = (allocfunc)PyType_GetSlot(type, Py_tp_alloc);
    PyObject *all = functions == Py_None ? PyDict_New() : PyDict_Copy(functions);
    PyObject *self = all ? allocate(type, 0) : NULL;
    overrides o = {0};
    if (self && !(take_overrides(&o, given) && make(of(self), source, all, &o)))
        Py_CLEAR(self);
    drop_overrides(&o);
    Py_XDECREF(all);
    return self;
}

static int document_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(of(self)->schedule);
    return 0;
}

static int document_clear(PyObject *self)
{
    Py_CLEAR(of(self)->schedule);
    return 0;
}

static void document_dealloc(PyObject *self)
{
    PyObject_GC_UnTrack(self);
    (void)document_clear(self);
    tempo_document_free(of(self)->document);
    Py_XDECREF(of(self)->run);
    Py_XDECREF(of(self)->groups);
    tempopy_free(self);
}

/* --- binding --- */

static tempo_status bind(tempo_plan **out, const tempo_bind_options *options, void *context, tempo_error *error)
{
    return tempo_document_bind(out, context, options, error);
}

static PyObject *document_plan(PyObject *self, PyObject *args, PyObject *kwargs)
{
    static const char *const names[] = {"metrics", NULL};
    PyObject *metrics = Py_None;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "|O:plan", (char **)names, &metrics))
        return NULL;
    tempopy_bound bound = {.schedule = of(self)->schedule, .run = of(self)->run, .groups = of(self)->groups};
    if (metrics != Py_None && !(bound.metrics = PySequence_Tuple(metrics)))
        return NULL;
    PyObject *plan = tempopy_plan_bind(&bound, bind, of(self)->document);
    Py_XDECREF(bound.metrics);
    return plan;
}

/* --- drawing --- */

static PyObject *document_svg(PyObject *self, PyObject *args, PyObject *kwargs)
{
    PyObject *nothing = PyTuple_New(0);
    PyObject *plan = nothing ? document_plan(self, nothing, NULL) : NULL;
    PyObject *svg = plan ? tempopy_picture(plan, !tempo_document_has_lr(of(self)->document), args, kwargs) : NULL;
    Py_XDECREF(plan);
    Py_XDECREF(nothing);
    return svg;
}

static PyObject *document_repr_svg(PyObject *self, PyObject *nothing)
{
    return tempopy_picture_or_none(document_svg(self, nothing, NULL));
}

/* --- back --- */

typedef struct buffer {
    char *bytes;
    size_t length, capacity;
} buffer;

static int append(void *context, const char *bytes, size_t length)
{
    buffer *b = context;
    if (length > b->capacity - b->length) {
        const size_t capacity = 2 * b->capacity + length;
        char *larger = capacity > b->capacity ? PyMem_Realloc(b->bytes, capacity) : NULL;
        if (!larger)
            return 1;
        b->bytes = larger;
        b->capacity = capacity;
    }
    memcpy(b->bytes + b->length, bytes, length);
    b->length += length;
    return 0;
}

static PyObject *print(PyObject *self, tempo_format format)
{
    buffer b = {0};
    tempo_error error = TEMPO_ERROR_INIT;
    const tempo_status status = tempo_document_print(of(self)->document, format, append, &b, &error);
    PyObject *text = status == TEMPO_OK ? PyUnicode_DecodeUTF8(b.bytes ? b.bytes : "", (Py_ssize_t)b.length, "replace")
                     : status == TEMPO_IO ? PyErr_NoMemory() /* append() stopped it */
                                          : tempopy_raise(status, &error);
    PyMem_Free(b.bytes);
    return text;
}

static PyObject *document_to_json(PyObject *self, PyObject *unused)
{
    (void)unused;
    return print(self, TEMPO_JSON);
}

static PyObject *document_to_yaml(PyObject *self, PyObject *unused)
{
    (void)unused;
    return print(self, TEMPO_YAML);
}

static PyObject *document_to_dict(PyObject *self, PyObject *unused)
{
    (void)unused;
    return tempopy_value_object(tempo_document_value(of(self)->document));
}

static PyObject *document_kind(PyObject *self, void *unused)
{
    (void)unused;
    return PyUnicode_FromString(tempo_document_kind(of(self)->document));
}

static PyObject *document_has_lr(PyObject *self, void *unused)
{
    (void)unused;
    return PyBool_FromLong(tempo_document_has_lr(of(self)->document));
}

static PyObject *document_repr(PyObject *self)
{
    PyObject *dict = document_to_dict(self, NULL);
    PyObject *repr = dict ? PyUnicode_FromFormat("Document(%R)", dict) : NULL;
    Py_XDECREF(dict);
    return repr;
}

static PyObject *document_compare(PyObject *self, PyObject *other, int operation)
{
    if (Py_TYPE(self) != Py_TYPE(other) || (operation != Py_EQ && operation != Py_NE))
        Py_RETURN_NOTIMPLEMENTED;
    int same = tempo_value_equal(tempo_document_value(of(self)->document), tempo_document_value(of(other)->document));
    if (same)
        same = PyObject_RichCompareBool(of(self)->schedule, of(other)->schedule, Py_EQ); /* the functions */
    return same < 0 ? NULL : PyBool_FromLong(operation == Py_EQ ? same : !same);
}

static Py_hash_t document_hash(PyObject *self)
{
    return PyObject_Hash(of(self)->schedule);
}

static PyObject *document_reduce(PyObject *self, PyObject *unused)
{
    (void)unused;
    PyObject *functions = tempopy_schedule_functions(of(self)->schedule);
    PyObject *dict = document_to_dict(self, NULL);
    return !dict       ? NULL
           : functions ? Py_BuildValue("O(NOO)", Py_TYPE(self), dict, Py_None, functions)
                       : Py_BuildValue("O(N)", Py_TYPE(self), dict);
}

static PyMemberDef members[] = {
    {"schedule", T_OBJECT, offsetof(document_object, schedule), READONLY, "the Schedule"},
    {"run", T_OBJECT, offsetof(document_object, run), READONLY, "the Run"},
    {"groups", T_OBJECT, offsetof(document_object, groups), READONLY, "a tuple of the Groups"},
    {NULL, 0, 0, 0, NULL},
};

static PyGetSetDef getters[] = {
    {"kind", document_kind, NULL, "what was read: \"tempo\", \"llm-foundry\" or \"xlstm-jax\"", NULL},
    {"has_lr", document_has_lr, NULL, "whether a base of lr was given; without one it is 1", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyMethodDef methods[] = {
    {"plan", (PyCFunction)(void (*)(void))document_plan, METH_VARARGS | METH_KEYWORDS,
     "plan($self, metrics=None)\n--\n\nThe Plan of the document; errors tell line and column."},
    {"svg", (PyCFunction)(void (*)(void))document_svg, METH_VARARGS | METH_KEYWORDS,
     "svg($self, *, unit=None, log=False, title=None, width=0.0, height=0.0)\n--\n\nAs Plan.svg(); without a base of "
     "lr it "
     "draws multiples of it."},
    {"_repr_svg_", document_repr_svg, METH_VARARGS, NULL},
    {"to_dict", document_to_dict, METH_NOARGS,
     "to_dict($self)\n--\n\nThe document in the native form, whatever was read; Document(d) gives it back."},
    {"to_json", document_to_json, METH_NOARGS, "to_json($self)\n--\n\nThe native form as JSON."},
    {"to_yaml", document_to_yaml, METH_NOARGS, "to_yaml($self)\n--\n\nThe native form as YAML."},
    {"__reduce__", document_reduce, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static const char doc[] =
    "Document(source, overrides=None, functions={})\n--\n\n"
    "Schedules, run and groups in one document: the text (YAML or JSON, native or a training config that Tempo reads) "
    "as\n"
    "str or bytes, or a dict. Immutable.\n\n"
    "overrides: values by path, such as {\"run.max_duration\": \"10ep\"}, that replace what the document says. "
    "functions:\n"
    "callables by the names that the document has for them. Raises tempo.Error with path, line and column.";

static PyType_Slot slots[] = {
    {Py_tp_doc, (void *)doc},          {Py_tp_new, document_new},
    {Py_tp_dealloc, document_dealloc}, {Py_tp_traverse, document_traverse},
    {Py_tp_clear, document_clear},     {Py_tp_repr, document_repr},
    {Py_tp_hash, document_hash},       {Py_tp_richcompare, document_compare},
    {Py_tp_members, members},          {Py_tp_getset, getters},
    {Py_tp_methods, methods},          {0, NULL},
};

PyType_Spec tempopy_document_spec = {"tempo.Document", sizeof(document_object), 0,
                                     Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC, slots};
