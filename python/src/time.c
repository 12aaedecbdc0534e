/* time.c: Time: a length of training, or a point in it, with the behaviour of Composer's class of that name. What is a
 * Time is told by its attributes, so that Composer's own are as good. */
#include "module.h"

typedef struct time_object {
    PyObject_HEAD
    tempo_time time;
} time_object;

static PyObject *fail(tempo_status status, const tempo_error *error)
{
    return tempopy_raise(status, error);
}

/* --- units --- */

/* The members of tempo.TimeUnit, by number: a borrowed tuple. */
static PyObject *units(void)
{
    tempopy_state *state = tempopy_state_get();
    if (!state || state->units)
        return state ? state->units : NULL;
    PyObject *module = PyImport_ImportModule("tempo._unit");
    PyObject *members = module ? PyObject_GetAttrString(module, "TimeUnit") : NULL;
    PyObject *tuple = members ? PySequence_Tuple(members) : NULL;
    if (state->units) /* another thread was faster */
        Py_XDECREF(tuple);
    else
        state->units = tuple;
    Py_XDECREF(members);
    Py_XDECREF(module);
    return state->units;
}

PyObject *tempopy_unit_object(tempo_unit unit)
{
    PyObject *members = units();
    PyObject *member = members ? PyTuple_GetItem(members, (Py_ssize_t)unit) : NULL;
    Py_XINCREF(member);
    return member;
}

static bool unit_of_text(PyObject *text, tempo_unit *unit)
{
    tempo_error error = TEMPO_ERROR_INIT;
    PyObject *owner = NULL;
    const char *name = tempopy_text(text, "a unit of time", &owner);
    if (!name)
        return false;
    const tempo_status status = tempo_unit_parse(unit, name, &error);
    Py_DECREF(owner);
    if (status)
        fail(status, &error);
    return !status;
}

bool tempopy_unit_read(PyObject *object, tempo_unit *unit)
{
    PyObject *members = units();
    for (Py_ssize_t i = 0; members && i < TEMPO_UNIT_COUNT; i++)
        if (PyTuple_GetItem(members, i) == object) {
            *unit = (tempo_unit)i;
            return true;
        }
    if (!members || PyUnicode_Check(object))
        return members && unit_of_text(object, unit);
    PyObject *value = PyObject_GetAttrString(object, "value"); /* of Composer's enum */
    const bool fine = value && PyUnicode_Check(value) && unit_of_text(value, unit);
    Py_XDECREF(value);
    if (!fine && (!PyErr_Occurred() || PyErr_ExceptionMatches(PyExc_AttributeError)))
        PyErr_Format(PyExc_TypeError, "a unit of time must be a TimeUnit or text, not %R", object);
    return fine;
}

/* --- in and out of objects --- */

static PyObject *value_object(tempo_time time)
{
    return time.unit == TEMPO_DURATION ? PyFloat_FromDouble(time.fraction) : PyLong_FromLongLong(time.count);
}

/* A number of units: whole, but for a dur. */
static bool of_number(PyObject *number, tempo_unit unit, tempo_time *time)
{
    if (unit == TEMPO_DURATION) {
        PyObject *real = PyNumber_Float(number);
        *time = tempo_time_of_fraction(real ? PyFloat_AsDouble(real) : 0);
        Py_XDECREF(real);
        return real;
    }
    if (!PyLong_Check(number)) {
        PyErr_Format(PyExc_TypeError, "%s are counted with an int, not %R", tempo_unit_suffix(unit), number);
        return false;
    }
    *time = (tempo_time){.unit = unit, .count = PyLong_AsLongLong(number)};
    return !PyErr_Occurred();
}

static bool of_text(PyObject *text, tempo_time_grammar grammar, tempo_time *time)
{
    tempo_error error = TEMPO_ERROR_INIT;
    PyObject *owner = NULL;
    const char *given = tempopy_text(text, "a time", &owner);
    if (!given)
        return false;
    const tempo_status status = tempo_time_parse(time, given, (size_t)PyBytes_Size(owner), grammar, &error);
    Py_DECREF(owner);
    if (status)
        fail(status, &error);
    return !status;
}

/* 1 or 0; -1 with an exception, as when memory is out. */
static int is_ours(PyObject *object)
{
    const tempopy_state *state = tempopy_state_get();
    return state ? PyObject_TypeCheck(object, state->time) : -1;
}

int tempopy_time_is(PyObject *object)
{
    const int ours = is_ours(object);
    return ours ? ours : tempopy_has(object, "to_timestring");
}

/* Of a Time, ours or not. */
static bool of_time(PyObject *object, tempo_time *time)
{
    const int ours = is_ours(object);
    if (ours < 0)
        return false;
    if (ours) {
        *time = ((time_object *)object)->time;
        return true;
    }
    tempo_unit unit = TEMPO_BATCH;
    PyObject *name = PyObject_GetAttrString(object, "unit");
    PyObject *value = name && tempopy_unit_read(name, &unit) ? PyObject_GetAttrString(object, "value") : NULL;
    const bool fine = value && of_number(value, unit, time);
    Py_XDECREF(value);
    Py_XDECREF(name);
    return fine;
}

static bool is_number(PyObject *object)
{
    return PyLong_Check(object) || PyFloat_Check(object);
}

bool tempopy_time_read(PyObject *object, tempo_time_grammar grammar, const tempo_unit *unit, tempo_time *time)
{
    if (PyUnicode_Check(object))
        return of_text(object, grammar, time);
    if (is_number(object) && unit)
        return of_number(object, *unit, time);
    if (is_number(object))
        PyErr_Format(PyExc_RuntimeError, "%R needs a unit to be a time", object);
    else if (tempopy_time_is(object) == 1)
        return of_time(object, time);
    else if (!PyErr_Occurred())
        PyErr_Format(PyExc_RuntimeError, "%R cannot be read as a time", object);
    return false;
}

static PyObject *new_of_type(PyTypeObject *type, tempo_time time)
{
    const allocfunc allocate = (allocfunc)PyType_GetSlot(type, Py_tp_alloc);
    PyObject *self = allocate(type, 0);
    if (self)
        ((time_object *)self)->time = time;
    return self;
}

PyObject *tempopy_time_new(tempo_time time)
{
    const tempopy_state *state = tempopy_state_get();
    return state ? new_of_type(state->time, time) : NULL;
}

/* --- construction --- */

static PyObject *time_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    static const char *const names[] = {"value", "unit", NULL};
    PyObject *value = NULL, *name = NULL;
    tempo_time time;
    tempo_unit unit = TEMPO_BATCH;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O|O:Time", (char **)names, &value, &name))
        return NULL;
    const int is_time = name || PyUnicode_Check(value) ? 1 : tempopy_time_is(value);
    if (is_time < 0)
        return NULL;
    if (!is_time)
        return PyErr_Format(PyExc_TypeError, "Time(%R) needs a unit, or a text such as \"5ep\"", value);
    const bool fine = name ? tempopy_unit_read(name, &unit) && of_number(value, unit, &time)
                           : tempopy_time_read(value, TEMPO_TIME_NATIVE, NULL, &time);
    return fine ? new_of_type(type, time) : NULL;
}

static PyObject *from_number(PyObject *type, PyObject *number, tempo_unit unit)
{
    return PyObject_CallFunction(type, "Os", number, tempo_unit_suffix(unit));
}

#define FROM(name, unit)                                    \
    static PyObject *name(PyObject *type, PyObject *number) \
    {                                                       \
        return from_number(type, number, TEMPO_##unit);     \
    }
FROM(from_iteration, ITERATION)
FROM(from_epoch, EPOCH)
FROM(from_batch, BATCH)
FROM(from_sample, SAMPLE)
FROM(from_token, TOKEN)
FROM(from_duration, DURATION)
#undef FROM

static PyObject *from_time(PyObject *type, tempo_time time)
{
    PyObject *value = value_object(time);
    PyObject *self = value ? from_number(type, value, time.unit) : NULL;
    Py_XDECREF(value);
    return self;
}

static PyObject *from_timestring(PyObject *type, PyObject *text)
{
    tempo_time time;
    return of_text(text, TEMPO_TIME_COMPOSER, &time) ? from_time(type, time) : NULL;
}

/* Whether text ends as a number of seconds does, "6sec": 1 or 0; -1 with an exception. */
static int says_seconds(PyObject *text)
{
    PyObject *lower = PyObject_CallMethod(text, "lower", NULL);
    PyObject *suffix = tempopy_str(tempo_unit_suffix(TEMPO_SECOND));
    const Py_ssize_t found = lower && suffix ? PyUnicode_Find(lower, suffix, 0, PY_SSIZE_T_MAX, 1) : -2;
    Py_XDECREF(suffix);
    Py_XDECREF(lower);
    return found == -2 ? -1 : found >= 0;
}

/* A wall clock such as "1h30m": what Composer's grammar reads as seconds although it does not say so. */
static PyObject *from_timedelta(PyObject *type, PyObject *text)
{
    tempo_time time = {.unit = TEMPO_BATCH};
    PyObject *owner = NULL;
    const char *given = tempopy_text(text, "a wall clock", &owner);
    const int counted = given ? says_seconds(text) : -1;
    const bool read =
        counted == 0 && !tempo_time_parse(&time, given, (size_t)PyBytes_Size(owner), TEMPO_TIME_COMPOSER, NULL);
    Py_XDECREF(owner);
    if (counted < 0)
        return NULL;
    if (read && time.unit == TEMPO_SECOND)
        return from_time(type, time);
    return PyErr_Format(PyExc_ValueError, "%R is no wall clock such as 1h30m40s", text);
}

static PyObject *from_input(PyObject *type, PyObject *args, PyObject *kwargs)
{
    static const char *const names[] = {"i", "default_int_unit", NULL};
    PyObject *object = NULL, *name = Py_None;
    tempo_time time;
    tempo_unit unit = TEMPO_BATCH;
    (void)type;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O|O:from_input", (char **)names, &object, &name))
        return NULL;
    const int ours = is_ours(object);
    if (ours < 0)
        return NULL;
    if (ours) {
        Py_INCREF(object);
        return object;
    }
    const bool counted = is_number(object) && name != Py_None;
    if (counted && !tempopy_unit_read(name, &unit))
        return NULL;
    return tempopy_time_read(object, TEMPO_TIME_COMPOSER, counted ? &unit : NULL, &time) ? tempopy_time_new(time)
                                                                                         : NULL;
}

/* --- attributes and text --- */

static tempo_time of(PyObject *self)
{
    return ((time_object *)self)->time;
}

static PyObject *get_value(PyObject *self, void *unused)
{
    (void)unused;
    return value_object(of(self));
}

static PyObject *get_unit(PyObject *self, void *unused)
{
    (void)unused;
    return tempopy_unit_object(of(self).unit);
}

static PyObject *time_str(PyObject *self)
{
    PyObject *value = value_object(of(self));
    PyObject *text = value ? PyUnicode_FromFormat("%S%s", value, tempo_unit_suffix(of(self).unit)) : NULL;
    Py_XDECREF(value);
    return text;
}

static PyObject *to_timestring(PyObject *self, PyObject *unused)
{
    (void)unused;
    return PyObject_Str(self);
}

static PyObject *time_repr(PyObject *self)
{
    PyObject *value = value_object(of(self));
    PyObject *name = value ? PyObject_GetAttrString((PyObject *)Py_TYPE(self), "__name__") : NULL;
    PyObject *text =
        name ? PyUnicode_FromFormat("%U(%S, TimeUnit.%s)", name, value, tempo_unit_name(of(self).unit)) : NULL;
    Py_XDECREF(name);
    Py_XDECREF(value);
    return text;
}

static PyObject *getnewargs(PyObject *self, PyObject *unused)
{
    (void)unused;
    PyObject *value = value_object(of(self));
    return value ? Py_BuildValue("Ns", value, tempo_unit_suffix(of(self).unit)) : NULL;
}

static Py_hash_t time_hash(PyObject *self)
{
    PyObject *value = value_object(of(self));
    PyObject *unit = tempopy_unit_object(of(self).unit);
    PyObject *both = value && unit ? PyTuple_Pack(2, value, unit) : NULL;
    const Py_hash_t hash = both ? PyObject_Hash(both) : -1;
    Py_XDECREF(both);
    Py_XDECREF(unit);
    Py_XDECREF(value);
    return hash;
}

/* --- comparing --- */

PyObject *tempopy_order_object(int order, int operation)
{
    switch (operation) {
    case Py_LT:
        return PyBool_FromLong(order < 0);
    case Py_LE:
        return PyBool_FromLong(order <= 0);
    case Py_EQ:
        return PyBool_FromLong(order == 0);
    case Py_NE:
        return PyBool_FromLong(order != 0);
    case Py_GT:
        return PyBool_FromLong(order > 0);
    default:
        return PyBool_FromLong(order >= 0);
    }
}

static PyObject *time_compare(PyObject *self, PyObject *object, int operation)
{
    tempo_error error = TEMPO_ERROR_INIT;
    tempo_time other;
    int order = 0;
    const int is_time = is_number(object) || PyUnicode_Check(object) ? 1 : tempopy_time_is(object);
    if (is_time < 0)
        return NULL;
    if (!is_time)
        Py_RETURN_NOTIMPLEMENTED;
    const tempo_unit unit = of(self).unit;
    if (!tempopy_time_read(object, TEMPO_TIME_COMPOSER, &unit, &other))
        return NULL;
    const tempo_status status = tempo_time_compare(&order, of(self), other, &error);
    return status ? fail(status, &error) : tempopy_order_object(order, operation);
}

/* --- calculating: the slots get their operands in either order --- */

typedef tempo_status operation(tempo_time *out, tempo_time a, tempo_time b, tempo_error *error);

/* Of two operands, one of them a Time: numbers are in its unit. */
static PyObject *combine(operation *combined, PyObject *a, PyObject *b)
{
    tempo_error error = TEMPO_ERROR_INIT;
    tempo_time left, right, result;
    const int ours = is_ours(a);
    if (ours < 0)
        return NULL;
    const tempo_unit unit = ours ? of(a).unit : of(b).unit;
    if (!tempopy_time_read(a, TEMPO_TIME_COMPOSER, &unit, &left) ||
        !tempopy_time_read(b, TEMPO_TIME_COMPOSER, &unit, &right))
        return NULL;
    const tempo_status status = combined(&result, left, right, &error);
    return status ? fail(status, &error) : tempopy_time_new(result);
}

static PyObject *time_add(PyObject *a, PyObject *b)
{
    return combine(tempo_time_add, a, b);
}

static PyObject *time_subtract(PyObject *a, PyObject *b)
{
    return combine(tempo_time_subtract, a, b);
}

static PyObject *time_modulo(PyObject *a, PyObject *b)
{
    const int ours = is_ours(a);
    if (ours < 0)
        return NULL;
    if (!ours)
        Py_RETURN_NOTIMPLEMENTED;
    return combine(tempo_time_modulo, a, b);
}

/* A count times an int is exact, as ints are in Python. */
static PyObject *times_integer(tempo_time time, PyObject *integer)
{
    PyObject *value = value_object(time);
    PyObject *product = value ? PyNumber_Multiply(value, integer) : NULL;
    tempo_time result;
    const bool fine = product && of_number(product, time.unit, &result);
    Py_XDECREF(product);
    Py_XDECREF(value);
    return fine ? tempopy_time_new(result) : NULL;
}

static PyObject *times_real(tempo_time time, double factor)
{
    tempo_error error = TEMPO_ERROR_INIT;
    tempo_time result;
    const tempo_status status = tempo_time_scale(&result, time, factor, &error);
    return status ? fail(status, &error) : tempopy_time_new(result);
}

static PyObject *time_multiply(PyObject *a, PyObject *b)
{
    const int ours = is_ours(a);
    if (ours < 0)
        return NULL;
    PyObject *time = ours ? a : b, *other = ours ? b : a;
    if (PyFloat_Check(other))
        return times_real(of(time), PyFloat_AsDouble(other));
    return PyLong_Check(other) ? times_integer(of(time), other) : combine(tempo_time_multiply, time, other);
}

static PyObject *over_real(tempo_time time, double divisor)
{
    tempo_error error = TEMPO_ERROR_INIT;
    tempo_time result;
    const tempo_status status = tempo_time_divide(&result, time, divisor, &error);
    return status ? fail(status, &error) : tempopy_time_new(result);
}

/* A count over an int is the quotient of two ints, correctly rounded, and then truncated. */
static PyObject *over_integer(tempo_time time, PyObject *integer)
{
    tempo_error error = TEMPO_ERROR_INIT;
    tempo_time divisor, quotient;
    if (time.unit == TEMPO_DURATION) {
        const double real = PyLong_AsDouble(integer);
        return PyErr_Occurred() ? NULL : over_real(time, real);
    }
    if (!of_number(integer, time.unit, &divisor))
        return NULL;
    const tempo_status status = tempo_time_ratio(&quotient, time, divisor, &error);
    return status ? fail(status, &error) : times_real((tempo_time){.unit = time.unit, .count = 1}, quotient.fraction);
}

static PyObject *time_divide(PyObject *a, PyObject *b)
{
    const int ours = is_ours(a);
    if (ours < 0)
        return NULL;
    if (!ours)
        Py_RETURN_NOTIMPLEMENTED;
    if (PyFloat_Check(b))
        return over_real(of(a), PyFloat_AsDouble(b));
    return PyLong_Check(b) ? over_integer(of(a), b) : combine(tempo_time_ratio, a, b);
}

static PyObject *time_negative(PyObject *self)
{
    tempo_error error = TEMPO_ERROR_INIT;
    tempo_time result;
    const tempo_status status = tempo_time_negate(&result, of(self), &error);
    return status ? fail(status, &error) : tempopy_time_new(result);
}

static PyObject *time_positive(PyObject *self)
{
    return tempopy_time_new(of(self));
}

static PyObject *time_int(PyObject *self)
{
    PyObject *value = value_object(of(self));
    PyObject *integer = value ? PyNumber_Long(value) : NULL;
    Py_XDECREF(value);
    return integer;
}

static PyObject *time_float(PyObject *self)
{
    PyObject *value = value_object(of(self));
    PyObject *real = value ? PyNumber_Float(value) : NULL;
    Py_XDECREF(value);
    return real;
}

/* --- the type --- */

static PyGetSetDef getters[] = {
    {"value", get_value, NULL, "how much: an int, or of a dur a float", NULL},
    {"unit", get_unit, NULL, "of what: a TimeUnit", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

#define METHOD(function) (PyCFunction)(void (*)(void)) function
#define FROM(name, what)                                                                                \
    {                                                                                                   \
#name, name, METH_CLASS | METH_O, #name "($type, number, /)\n--\n\nA Time of so many " what "." \
    }

static PyMethodDef methods[] = {
    FROM(from_iteration, "iterations"),
    FROM(from_epoch, "epochs"),
    FROM(from_batch, "batches"),
    FROM(from_sample, "samples"),
    FROM(from_token, "tokens"),
    {"from_duration", from_duration, METH_CLASS | METH_O,
     "from_duration($type, fraction, /)\n--\n\nA Time that is a fraction of the run."},
    {"from_timedelta", from_timedelta, METH_CLASS | METH_O,
     "from_timedelta($type, text, /)\n--\n\n"
     "Seconds from a wall clock such as \"1h30m\", as Composer reads it: hours up to 23, minutes and seconds up to "
     "59."},
    {"from_timestring", from_timestring, METH_CLASS | METH_O,
     "from_timestring($type, text, /)\n--\n\n"
     "A Time from text in Composer's grammar, to the letter: \"5ep\", \"3e4tok\", \"0.5dur\", \"1h30m\"; \"5\" is 50\n"
     "seconds there. Time(text) reads Tempo's own grammar, where that is an error and 300Btok is not. Raises "
     "ValueError,\n"
     "TypeError for a count that is not whole, OverflowError beyond 64 bits."},
    {"from_input", METHOD(from_input), METH_CLASS | METH_VARARGS | METH_KEYWORDS,
     "from_input($type, i, default_int_unit=None)\n--\n\n"
     "A Time from a Time, from text in Composer's grammar, or from a number of `default_int_unit`. Raises "
     "RuntimeError\n"
     "for a number without a unit, and for anything else."},
    {"to_timestring", to_timestring, METH_NOARGS, "to_timestring($self)\n--\n\nThe time as text: \"5ep\"."},
    {"__getnewargs__", getnewargs, METH_NOARGS, NULL},
    {"__class_getitem__", Py_GenericAlias, METH_CLASS | METH_O, "Time[int] and Time[float], for annotations."},
    {NULL, NULL, 0, NULL},
};

static const char doc[] =
    "Time(value, unit)\n--\n\n"
    "A length of training, or a point in it: Time(5, \"ep\"), Time(0.5, TimeUnit.DURATION), or as text "
    "Time(\"300Btok\").\n\n"
    "Times of one unit are compared, added and subtracted; numbers and text take part. A Time times a number, or times "
    "a\n"
    "dur, keeps its unit, truncated; a Time over a Time is a dur. Counts have 64 bits. Raises RuntimeError where "
    "units\n"
    "differ (also for ==), TypeError for a count that is not an int, OverflowError, ZeroDivisionError. Immutable.";

static PyType_Slot slots[] = {
    {Py_tp_doc, (void *)doc},
    {Py_tp_new, time_new},
    {Py_tp_dealloc, tempopy_free},
    {Py_tp_str, time_str},
    {Py_tp_repr, time_repr},
    {Py_tp_hash, time_hash},
    {Py_tp_richcompare, time_compare},
    {Py_nb_add, time_add},
    {Py_nb_subtract, time_subtract},
    {Py_nb_multiply, time_multiply},
    {Py_nb_true_divide, time_divide},
    {Py_nb_remainder, time_modulo},
    {Py_nb_negative, time_negative},
    {Py_nb_positive, time_positive},
    {Py_nb_int, time_int},
    {Py_nb_float, time_float},
    {Py_tp_getset, getters},
    {Py_tp_methods, methods},
    {0, NULL},
};

PyType_Spec tempopy_time_spec = {"tempo.Time", sizeof(time_object), 0, Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE, slots};
