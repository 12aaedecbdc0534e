/* type.c: ScheduleType: one row of the registry, which called with its parameters makes a Schedule. Signature, docstring
 * and parameters are the row's own. */
#include "module.h"

#include <string.h>

#include "schedule/type.h"

typedef struct type_object {
    PyObject_HEAD
    const tempo_type *type;
} type_object;

static const tempo_type *of(PyObject *self)
{
    return ((type_object *)self)->type;
}

/* --- what may be said for every type --- */

static const char *const common[] = {"field", "groups", "every"};

/* How many of them this type has: `every` is for types that count steps. */
static size_t common_count(const tempo_type *type)
{
    return type->counting == TEMPO__COUNTS_NOTHING ? 2 : 3;
}

static PyObject *parameter_name(const tempo_type *type, size_t index)
{
    return tempopy_str(index < type->parameter_count ? type->parameters[index].name
                                                     : common[index - type->parameter_count]);
}

/* --- calling --- */

static bool add_positional(const tempo_type *type, PyObject *args, PyObject *map)
{
    const size_t count = (size_t)PyTuple_Size(args);
    if (count > type->parameter_count) {
        PyErr_Format(PyExc_TypeError, "%s takes at most %zu positional arguments, not %zu", type->name,
                     type->parameter_count, count);
        return false;
    }
    bool fine = true;
    for (size_t i = 0; fine && i < count; i++)
        fine = PyDict_SetItemString(map, type->parameters[i].name, PyTuple_GetItem(args, (Py_ssize_t)i)) == 0;
    return fine;
}

/* None for a parameter of the schedule itself may be a value; for `groups` and the like it says nothing. */
static bool says_nothing(PyObject *key, PyObject *value)
{
    for (size_t i = 0; i < sizeof common / sizeof common[0]; i++)
        if (value == Py_None && PyUnicode_CompareWithASCIIString(key, common[i]) == 0)
            return true;
    return false;
}

static bool add_keywords(const tempo_type *type, PyObject *kwargs, PyObject *map)
{
    PyObject *key = NULL, *value = NULL;
    Py_ssize_t position = 0;
    while (kwargs && PyDict_Next(kwargs, &position, &key, &value)) {
        PyObject *there = PyDict_GetItemWithError(map, key);
        if (there) {
            PyErr_Format(PyExc_TypeError, "%s got %R twice", type->name, key);
            return false;
        }
        if (!says_nothing(key, value) && PyDict_SetItem(map, key, value))
            return false;
    }
    return true;
}

static PyObject *type_call(PyObject *self, PyObject *args, PyObject *kwargs)
{
    PyObject *map = PyDict_New(), *name = tempopy_str(of(self)->name), *schedule = NULL;
    if (map && name && PyDict_SetItemString(map, "type", name) == 0 && add_positional(of(self), args, map) &&
        add_keywords(of(self), kwargs, map))
        schedule = tempopy_schedule_from(map);
    Py_XDECREF(name);
    Py_XDECREF(map);
    return schedule;
}

/* --- the row --- */

/* The default as Python would write it; a new reference. */
static PyObject *default_of(const tempo_parameter *parameter)
{
    tempo_error error = TEMPO_ERROR_INIT;
    tempo_tree *tree = NULL;
    if (parameter->kind == TEMPO_CHOICE || parameter->kind == TEMPO_FIELD || parameter->kind == TEMPO_TIME)
        return strcmp(parameter->default_text, "null") == 0 ? (Py_INCREF(Py_None), Py_None)
                                                            : tempopy_str(parameter->default_text);
    tempo_status status = tempo_tree_new(&tree, &tempopy_allocator);
    if (!status)
        status = tempo_value_parse(tree, parameter->default_text, strlen(parameter->default_text), &tempopy_allocator,
                                   &error);
    PyObject *object = status ? tempopy_raise(status, &error) : tempopy_value_object(tempo_tree_root(tree));
    tempo_tree_free(tree);
    return object;
}

static PyStructSequence_Field parameter_fields[] = {
    {"name", "as the system spells it"},
    {"kind", "\"time\", \"real\", \"count\", \"flag\", ..."},
    {"required", "whether it has no default"},
    {"default", "None also where it is required"},
    {"minimum", "of a number, and of the value of a time; -inf: any"},
    {"maximum", "inf: any"},
    {"choices", "of a choice: a tuple of words; else ()"},
    {"help", "one line"},
    {NULL, NULL},
};
PyStructSequence_Desc tempopy_parameter_tuple = {"tempo.Parameter", "One parameter of a ScheduleType.",
                                                 parameter_fields, 8};

static PyObject *choices_of(const tempo_parameter *parameter)
{
    if (parameter->kind != TEMPO_CHOICE)
        return PyTuple_New(0);
    PyObject *words = tempopy_str(parameter->choices);
    PyObject *list = words ? PyObject_CallMethod(words, "split", "s", "|") : NULL;
    PyObject *tuple = list ? PyList_AsTuple(list) : NULL;
    Py_XDECREF(list);
    Py_XDECREF(words);
    return tuple;
}

static PyObject *parameter_new(const tempo_parameter *parameter)
{
    const tempopy_state *state = tempopy_state_get();
    if (!state)
        return NULL;
    PyObject *items[] = {
        tempopy_str(parameter->name),
        tempopy_str(tempo_parameter_kind_text(parameter->kind)),
        PyBool_FromLong(!parameter->default_text),
        parameter->default_text ? default_of(parameter) : (Py_INCREF(Py_None), Py_None),
        PyFloat_FromDouble(parameter->minimum),
        PyFloat_FromDouble(parameter->maximum),
        choices_of(parameter),
        tempopy_str(parameter->help),
    };
    return tempopy_tuple_new(state->parameter, items, 8);
}

static PyObject *type_parameters(PyObject *self, void *unused)
{
    (void)unused;
    const tempo_type *type = of(self);
    PyObject *tuple = PyTuple_New((Py_ssize_t)type->parameter_count);
    for (size_t i = 0; tuple && i < type->parameter_count; i++) {
        PyObject *parameter = parameter_new(&type->parameters[i]);
        if (!parameter || PyTuple_SetItem(tuple, (Py_ssize_t)i, parameter))
            Py_CLEAR(tuple);
    }
    return tuple;
}

/* An attribute that is one of the row's texts: `closure` is the accessor. */
typedef const char *accessor(const tempo_type *type);

typedef struct row_text {
    accessor *get;
} row_text;

static const row_text name_text = {tempo_type_name}, summary_text = {tempo_type_summary},
                      formula_text = {tempo_type_formula}, source_text = {tempo_type_source},
                      notes_text = {tempo_type_notes}, example_text = {tempo_type_example};

static PyObject *type_text(PyObject *self, void *closure)
{
    return tempopy_str(((const row_text *)closure)->get(of(self)));
}

/* "StepLR" of "torch.StepLR". */
static PyObject *type_short_name(PyObject *self, void *unused)
{
    (void)unused;
    const char *dot = strchr(of(self)->name, '.');
    return tempopy_str(dot ? dot + 1 : of(self)->name);
}

/* --- signature and docstring --- */

/* inspect.Parameter(name, kind, default=..., annotation=...) */
static PyObject *inspect_parameter(PyObject *inspect, const tempo_type *type, size_t index)
{
    const bool own = index < type->parameter_count;
    PyObject *class = PyObject_GetAttrString(inspect, "Parameter");
    PyObject *kind = class ? PyObject_GetAttrString(class, own ? "POSITIONAL_OR_KEYWORD" : "KEYWORD_ONLY") : NULL;
    PyObject *name = kind ? parameter_name(type, index) : NULL;
    PyObject *args = name ? PyTuple_Pack(2, name, kind) : NULL;
    PyObject *kwargs = args ? PyDict_New() : NULL;
    PyObject *standard = !kwargs                                       ? NULL
                         : own && type->parameters[index].default_text ? default_of(&type->parameters[index])
                         : own || index > type->parameter_count        ? (Py_INCREF(Py_None), Py_None)
                                                                       : tempopy_str("lr");
    const bool required = own && !type->parameters[index].default_text;
    PyObject *parameter = NULL;
    if (standard && (required || PyDict_SetItemString(kwargs, "default", standard) == 0))
        parameter = PyObject_Call(class, args, kwargs);
    Py_XDECREF(standard);
    Py_XDECREF(kwargs);
    Py_XDECREF(args);
    Py_XDECREF(name);
    Py_XDECREF(kind);
    Py_XDECREF(class);
    return parameter;
}

/* Python wants what is required before what has a default; where a system has it otherwise, all are keywords. */
static PyObject *type_signature(PyObject *self, void *unused)
{
    (void)unused;
    const tempo_type *type = of(self);
    PyObject *inspect = PyImport_ImportModule("inspect");
    PyObject *list = inspect ? PyList_New(0) : NULL;
    for (size_t i = 0; list && i < type->parameter_count + common_count(type); i++) {
        PyObject *parameter = inspect_parameter(inspect, type, i);
        if (!parameter || PyList_Append(list, parameter))
            Py_CLEAR(list);
        Py_XDECREF(parameter);
    }
    PyObject *signature = list ? PyObject_CallMethod(inspect, "Signature", "O", list) : NULL;
    Py_XDECREF(list);
    Py_XDECREF(inspect);
    return signature;
}

/* Takes both references. */
static PyObject *joined(PyObject *all, PyObject *part)
{
    PyObject *both = all && part ? PyUnicode_Concat(all, part) : NULL;
    Py_XDECREF(all);
    Py_XDECREF(part);
    return both;
}

static PyObject *parameter_line(const tempo_parameter *parameter)
{
    return PyUnicode_FromFormat(parameter->default_text ? "    %s: %s, default %s. %s\n" : "    %s: %s. %s%s\n",
                                parameter->name, tempo_parameter_kind_text(parameter->kind),
                                parameter->default_text ? parameter->default_text : "", parameter->help);
}

static PyObject *type_doc(PyObject *self, void *unused)
{
    (void)unused;
    const tempo_type *type = of(self);
    PyObject *all = PyUnicode_FromFormat("%s\n\nFormula: %s\nSource: %s\n", type->summary, type->formula, type->source);
    if (type->parameter_count)
        all = joined(all, PyUnicode_FromString("\nParameters:\n"));
    for (size_t i = 0; all && i < type->parameter_count; i++)
        all = joined(all, parameter_line(&type->parameters[i]));
    return *type->notes ? joined(all, PyUnicode_FromFormat("\n%s\n", type->notes)) : all;
}

static PyObject *type_repr(PyObject *self)
{
    return PyUnicode_FromFormat("<schedule type %s>", of(self)->name);
}

static PyObject *type_reduce(PyObject *self, PyObject *unused)
{
    (void)unused;
    PyObject *module = PyImport_ImportModule("tempo._tempo");
    PyObject *find = module ? PyObject_GetAttrString(module, "find_type") : NULL;
    PyObject *reduced = find ? Py_BuildValue("N(s)", find, of(self)->name) : NULL;
    Py_XDECREF(module);
    return reduced;
}

/* --- all of them --- */

static PyObject *type_new(const tempo_type *type)
{
    const tempopy_state *state = tempopy_state_get();
    if (!state)
        return NULL;
    const allocfunc allocate = (allocfunc)PyType_GetSlot(state->type, Py_tp_alloc);
    PyObject *self = allocate(state->type, 0);
    if (self)
        ((type_object *)self)->type = type;
    return self;
}

PyObject *tempopy_types(PyObject *module, PyObject *unused)
{
    (void)module;
    (void)unused;
    PyObject *tuple = PyTuple_New((Py_ssize_t)tempo_type_count());
    for (size_t i = 0; tuple && i < tempo_type_count(); i++) {
        PyObject *type = type_new(tempo_type_at(i));
        if (!type || PyTuple_SetItem(tuple, (Py_ssize_t)i, type))
            Py_CLEAR(tuple);
    }
    return tuple;
}

PyObject *tempopy_find_type(PyObject *module, PyObject *name)
{
    (void)module;
    tempo_error error = TEMPO_ERROR_INIT;
    PyObject *owner = NULL;
    const char *given = tempopy_text(name, "the name of a type", &owner);
    if (!given)
        return NULL;
    const tempo_type *type = tempo_type_find(given);
    const char *nearest = type ? NULL : tempo_type_nearest(given);
    if (!type) {
        tempo__fail(&error, TEMPO_UNKNOWN_NAME, "there is no type '%s'", given);
        if (nearest)
            tempo__advise(&error, "did you mean '%s'?", nearest);
    }
    Py_DECREF(owner);
    return type ? type_new(type) : tempopy_raise(TEMPO_UNKNOWN_NAME, &error);
}

static void type_dealloc(PyObject *self)
{
    tempopy_free(self);
}

static PyGetSetDef getters[] = {
    {"name", type_text, NULL, "with the family: \"torch.StepLR\"", (void *)&name_text},
    {"summary", type_text, NULL, "one line", (void *)&summary_text},
    {"formula", type_text, NULL, "one line", (void *)&formula_text},
    {"source", type_text, NULL, "where the formula comes from", (void *)&source_text},
    {"notes", type_text, NULL, "what surprises, and every deviation; \"\"", (void *)&notes_text},
    {"example", type_text, NULL, "in the one-line form; \"\" if it needs a program", (void *)&example_text},
    {"parameters", type_parameters, NULL, "a tuple of Parameters, in the order of the system's signature", NULL},
    {"__name__", type_short_name, NULL, NULL, NULL},
    {"__qualname__", type_short_name, NULL, NULL, NULL},
    {"__doc__", type_doc, NULL, NULL, NULL},
    {"__signature__", type_signature, NULL, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyMethodDef methods[] = {{"__reduce__", type_reduce, METH_NOARGS, NULL}, {NULL, NULL, 0, NULL}};

static PyType_Slot slots[] = {
    {Py_tp_dealloc, type_dealloc}, {Py_tp_call, type_call},  {Py_tp_repr, type_repr},
    {Py_tp_getset, getters},       {Py_tp_methods, methods}, {0, NULL},
};

PyType_Spec tempopy_type_spec = {"tempo.ScheduleType", sizeof(type_object), 0, Py_TPFLAGS_DEFAULT, slots};
