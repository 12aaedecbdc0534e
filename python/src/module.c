/* module.c: the module tempo._tempo: its types, its state in each interpreter, and its memory. */
#include "module.h"

#include <stdlib.h>
#include <string.h>

static const char state_key[] = "tempo._tempo";

static void *resize(void *context, void *pointer, size_t old_size, size_t new_size)
{
    (void)context;
    (void)old_size;
    if (new_size)
        return PyMem_Realloc(pointer, new_size);
    PyMem_Free(pointer);
    return NULL;
}

const tempo_allocator tempopy_allocator = {resize, NULL};

void tempopy_free(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    const freefunc release = (freefunc)PyType_GetSlot(type, Py_tp_free);
    release(self);
    Py_DECREF(type);
}

/* --- state --- */

static PyObject *interpreter_dict(void)
{
    return PyInterpreterState_GetDict(PyInterpreterState_Get()); /* borrowed */
}

tempopy_state *tempopy_state_get(void)
{
    PyObject *dict = interpreter_dict();
    PyObject *capsule = dict ? tempopy_item(dict, state_key) : NULL;
    if (capsule)
        return PyCapsule_GetPointer(capsule, state_key);
    if (!PyErr_Occurred())
        PyErr_SetString(PyExc_RuntimeError, "tempo._tempo is not loaded in this interpreter (import tempo)");
    return NULL;
}

static bool keep_state(tempopy_state *state)
{
    PyObject *dict = interpreter_dict();
    PyObject *capsule = dict ? PyCapsule_New(state, state_key, NULL) : NULL;
    const bool kept = capsule && PyDict_SetItemString(dict, state_key, capsule) == 0;
    Py_XDECREF(capsule);
    return kept;
}

static int traverse(PyObject *module, visitproc visit, void *arg)
{
    tempopy_state *state = PyModule_GetState(module);
    Py_VISIT(state->error);
    for (size_t i = 0; i < TEMPOPY_STATUS_COUNT; i++)
        Py_VISIT(state->errors[i]);
    Py_VISIT(state->units);
#define VISIT(member, spec, name) Py_VISIT(state->member);
    TEMPOPY_TYPE_LIST(VISIT)
    TEMPOPY_TUPLE_LIST(VISIT)
#undef VISIT
    return 0;
}

static int clear(PyObject *module)
{
    tempopy_state *state = PyModule_GetState(module);
    Py_CLEAR(state->error);
    for (size_t i = 0; i < TEMPOPY_STATUS_COUNT; i++)
        Py_CLEAR(state->errors[i]);
    Py_CLEAR(state->units);
#define CLEAR(member, spec, name) Py_CLEAR(state->member);
    TEMPOPY_TYPE_LIST(CLEAR)
    TEMPOPY_TUPLE_LIST(CLEAR)
#undef CLEAR
    return 0;
}

/* The state goes with the module, unless the module was imported afresh and another state has taken its place. */
static void forget(void *module)
{
    PyObject *dict = interpreter_dict();
    PyObject *capsule = dict ? tempopy_item(dict, state_key) : NULL;
    if (capsule && PyCapsule_GetPointer(capsule, state_key) == PyModule_GetState(module))
        (void)PyDict_DelItemString(dict, state_key);
    (void)clear(module);
}

/* --- the module --- */

static bool add_type(PyObject *module, const char *name, PyTypeObject *type)
{
    Py_XINCREF(type);
    if (type && PyModule_AddObject(module, name, (PyObject *)type) == 0)
        return true;
    Py_XDECREF(type);
    return false;
}

static int execute(PyObject *module)
{
    tempopy_state *state = PyModule_GetState(module);
    if (!tempopy_errors_add(module, state))
        return -1;
#define ADD(member, spec, name)                               \
    state->member = (PyTypeObject *)PyType_FromSpec(&(spec)); \
    if (!add_type(module, name, state->member))               \
        return -1;
    TEMPOPY_TYPE_LIST(ADD)
#undef ADD
#define ADD(member, description, name)                        \
    state->member = PyStructSequence_NewType(&(description)); \
    if (!add_type(module, name, state->member))               \
        return -1;
    TEMPOPY_TUPLE_LIST(ADD)
#undef ADD
    if (PyModule_AddStringConstant(module, "__version__", tempo_version()))
        return -1;
    return keep_state(state) ? 0 : -1;
}

static PyMethodDef functions[] = {
    {"types", tempopy_types, METH_NOARGS,
     "types($module)\n--\n\nA tuple of every ScheduleType, in the registry's order."},
    {"find_type", tempopy_find_type, METH_O,
     "find_type($module, name, /)\n--\n\n"
     "The ScheduleType of that name, such as \"torch.StepLR\"; UnknownName tells the nearest."},
    {"main", tempopy_main, METH_O,
     "main($module, argv, /)\n--\n\n"
     "Runs the command `tempo` with these arguments, and returns its exit status. Other threads run meanwhile."},
    {"config_to_dict", tempopy_config_to_dict, METH_O,
     "config_to_dict($module, arguments, /)\n--\n\nA SchedulerConfig of xlstm-jax with these attributes, as a dict of "
     "all."},
    {"config_from_dict", (PyCFunction)(void (*)(void))tempopy_config_from_dict, METH_VARARGS | METH_KEYWORDS,
     "config_from_dict($module, data, nullable=False, strict_classname_parsing=False, "
     "ignore_extensive_attributes=True,\n"
     "                 none_to_zero_for_ints=False)\n--\n\n"
     "What xlstm-jax reads plain data, or text, as: the attributes of a SchedulerConfig, or None if that is allowed."},
    {"wsd", tempopy_wsd, METH_VARARGS,
     "wsd($module, plan, track=0, /)\n--\n\n"
     "The updates of the warmup and the periods of an accelerated.WSDLrScheduler, as a list of dicts with "
     "period_start,\n"
     "period_end, decay_steps and pre_decay_step. Raises Missing if none drives the track."},
    {"wsd_checkpoints", tempopy_wsd_checkpoints, METH_VARARGS,
     "wsd_checkpoints($module, total_steps, num_checkpoints, /)\n--\n\nThe updates at which its checkpoints are: a "
     "list."},
    {"timm_cycle_length", tempopy_timm_cycle_length, METH_VARARGS,
     "timm_cycle_length($module, plan, cycles=0, track=0, /)\n--\n\n"
     "How many steps the cycles of one of timm's schedules take (0: all), and a warmup before them. Raises Missing,\n"
     "OutOfRange."},
    {NULL, NULL, 0, NULL},
};

/* Python 3.12 wants to be told that a module may run under several GILs at once; earlier ones do not know that slot. In
 * the limited API of 3.9 it has no name. */
enum { MULTIPLE_INTERPRETERS = 3 };
#define PER_INTERPRETER_GIL ((void *)2)

static PyModuleDef_Slot slots[] = {{Py_mod_exec, execute}, {0, NULL}};
static PyModuleDef_Slot slots_since_3_12[] = {
    {Py_mod_exec, execute}, {MULTIPLE_INTERPRETERS, PER_INTERPRETER_GIL}, {0, NULL}};

#define DEFINITION(table)                                                                                  \
    {                                                                                                      \
        .m_base = PyModuleDef_HEAD_INIT, .m_name = "tempo._tempo",                                         \
        .m_doc = "Schedules of hyperparameters: the C library under the package tempo.",                   \
        .m_size = sizeof(tempopy_state), .m_methods = functions, .m_slots = table, .m_traverse = traverse, \
        .m_clear = clear, .m_free = forget,                                                                \
    }

static PyModuleDef definition = DEFINITION(slots);
static PyModuleDef definition_since_3_12 = DEFINITION(slots_since_3_12);

/* Of the running Python, "3.11.2 (main, ...)", the second number. */
static int minor_version(void)
{
    const char *dot = strchr(Py_GetVersion(), '.');
    return dot ? atoi(dot + 1) : 0;
}

PyMODINIT_FUNC PyInit__tempo(void)
{
    return PyModuleDef_Init(minor_version() >= 12 ? &definition_since_3_12 : &definition);
}
