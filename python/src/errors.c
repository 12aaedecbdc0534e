/* errors.c: the core's statuses as exceptions: tempo.Error, and below it one for each status, which is also the builtin
 * exception that Python code expects in its place. */
#include "module.h"

#include <string.h>

/* How a status is called and which builtin exceptions it also is. */
typedef struct kind {
    tempo_status status;
    const char *name, *doc;
    PyObject **first, **second;
} kind;

static const char error_doc[] = "What went wrong, where, and what to do about it.\n\n"
                                "status   the name of the C library's status, such as \"BAD_VALUE\"\n"
                                "message  what was given and what is allowed, in one line\n"
                                "advice   what to do; \"\" if there is nothing to say\n"
                                "path     what is at fault, such as \"schedules[0].t_warmup\"; \"\" if unknown\n"
                                "fact     the attribute of Run that is needed, or None\n"
                                "line, column, length   the place in the text, from 1, in bytes; 0 if there is none";

enum { KIND_COUNT = 12 };

static void kinds_list(kind *kinds)
{
    const kind list[KIND_COUNT] = {
        {TEMPO_BAD_SYNTAX, "BadSyntax", "The text cannot be read.", &PyExc_ValueError, NULL},
        {TEMPO_BAD_VALUE, "BadValue", "The value is not allowed here.", &PyExc_ValueError, NULL},
        {TEMPO_BAD_TYPE, "BadType", "Another kind of value is needed.", &PyExc_TypeError, NULL},
        {TEMPO_UNKNOWN_NAME, "UnknownName", "The name is not known.", &PyExc_ValueError, NULL},
        {TEMPO_MISSING, "Missing", "Something required is missing.", &PyExc_ValueError, NULL},
        {TEMPO_MISSING_FACT, "MissingFact", "A schedule needs a fact about the run.", &PyExc_ValueError, NULL},
        {TEMPO_UNIT_MISMATCH, "UnitMismatch", "Two times cannot be compared or combined.", &PyExc_RuntimeError, NULL},
        {TEMPO_OUT_OF_RANGE, "OutOfRange", "A number does not fit, or a schedule has no value there.",
         &PyExc_OverflowError, &PyExc_ValueError},
        {TEMPO_ZERO_DURATION, "ZeroDuration", "A time became zero that has to be longer.", &PyExc_ZeroDivisionError,
         &PyExc_ValueError},
        {TEMPO_TOO_LARGE, "TooLarge", "A limit on size or depth was exceeded.", &PyExc_ValueError, NULL},
        {TEMPO_CONFLICT, "Conflict", "Two settings contradict each other.", &PyExc_ValueError, NULL},
        {TEMPO_IO, "IoError", "A file could not be read or written.", &PyExc_OSError, NULL},
    };
    memcpy(kinds, list, sizeof list);
}

static size_t index_of(tempo_status status)
{
    switch (status) {
#define INDEX(name, number, text) \
    case TEMPO_##name:            \
        return TEMPOPY_STATUS_##name;
        TEMPO_STATUS_LIST(INDEX)
#undef INDEX
    }
    return TEMPOPY_STATUS_FAILED;
}

static bool add(PyObject *module, const char *name, PyObject *exception)
{
    Py_XINCREF(exception);
    if (exception && PyModule_AddObject(module, name, exception) == 0)
        return true;
    Py_XDECREF(exception);
    return false;
}

static PyObject *exception_new(const kind *k, PyObject *base)
{
    char qualified[32];
    PyOS_snprintf(qualified, sizeof qualified, "tempo.%s", k->name);
    PyObject *bases = k->second ? PyTuple_Pack(3, base, *k->first, *k->second) : PyTuple_Pack(2, base, *k->first);
    PyObject *exception = bases ? PyErr_NewExceptionWithDoc(qualified, k->doc, bases, NULL) : NULL;
    Py_XDECREF(bases);
    return exception;
}

bool tempopy_errors_add(PyObject *module, tempopy_state *state)
{
    kind kinds[KIND_COUNT];
    kinds_list(kinds);
    /* What is raised in Python has these where it says nothing else. */
    PyObject *attributes = Py_BuildValue("{ss,ss,ss,ss,sO,si,si,si}", "status", "FAILED", "message", "", "advice", "",
                                         "path", "", "fact", Py_None, "line", 0, "column", 0, "length", 0);
    state->error = attributes ? PyErr_NewExceptionWithDoc("tempo.Error", error_doc, NULL, attributes) : NULL;
    Py_XDECREF(attributes);
    if (!add(module, "Error", state->error))
        return false;
    for (size_t i = 0; i < KIND_COUNT; i++) {
        PyObject *exception = exception_new(&kinds[i], state->error);
        state->errors[index_of(kinds[i].status)] = exception;
        if (!add(module, kinds[i].name, exception))
            return false;
    }
    return true;
}

/* --- raising --- */

/* Takes the reference to `value`. */
static bool set(PyObject *exception, const char *name, PyObject *value)
{
    const bool done = value && PyObject_SetAttrString(exception, name, value) == 0;
    Py_XDECREF(value);
    return done;
}

static bool describe(PyObject *exception, tempo_status status, const tempo_error *error)
{
    PyObject *fact = error->fact ? tempopy_str(error->fact) : Py_None;
    if (!error->fact)
        Py_INCREF(fact);
    return set(exception, "fact", fact) && set(exception, "status", tempopy_str(tempo_status_name(status))) &&
           set(exception, "message", tempopy_str(error->message)) &&
           set(exception, "advice", tempopy_str(error->advice)) && set(exception, "path", tempopy_str(error->path)) &&
           set(exception, "line", PyLong_FromSize_t(error->line)) &&
           set(exception, "column", PyLong_FromSize_t(error->column)) &&
           set(exception, "length", PyLong_FromSize_t(error->length));
}

/* "line 3, column 5: schedules[0].gamma: what is wrong (what to do)" */
static PyObject *sentence(const tempo_error *error)
{
    char whole[64 + sizeof error->path + sizeof error->message + sizeof error->advice];
    char place[64] = "";
    if (error->line)
        PyOS_snprintf(place, sizeof place, "line %zu, column %zu: ", error->line, error->column);
    PyOS_snprintf(whole, sizeof whole, "%s%s%s%s%s%s%s", place, error->path, error->path[0] ? ": " : "", error->message,
                  error->advice[0] ? " (" : "", error->advice, error->advice[0] ? ")" : "");
    return tempopy_str(whole);
}

PyObject *tempopy_raise(tempo_status status, const tempo_error *error)
{
    if (PyErr_Occurred())
        return NULL;
    if (status == TEMPO_NO_MEMORY)
        return PyErr_NoMemory();
    const tempopy_state *state = tempopy_state_get();
    if (!state)
        return NULL;
    PyObject *type = state->errors[index_of(status)];
    PyObject *message = sentence(error);
    PyObject *exception = message ? PyObject_CallFunctionObjArgs(type ? type : state->error, message, NULL) : NULL;
    if (exception && describe(exception, status, error))
        PyErr_SetObject((PyObject *)Py_TYPE(exception), exception);
    Py_XDECREF(exception);
    Py_XDECREF(message);
    return NULL;
}
