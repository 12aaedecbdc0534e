/* driver.c: Driver: a Stepper between the dicts of parameter groups, for tempo.torch.TempoLR: counts, computes and
 * writes in one call. Knows no PyTorch: what has a method fill_ is filled, so that a tensor stays the same object and
 * nothing is ever read from a device; everything else is replaced by a float. */
#include "module.h"

#include <string.h>

#include "stepper/internal.h"

/* Where the number of a track is. */
typedef struct place {
    PyObject *key;      /* of the group's dict */
    PyObject *dict;     /* the group's, which `groups` keeps */
    Py_ssize_t element; /* of a tuple or list; -1: the entry itself */
    bool is_read;       /* a number written by hand counts */
    PyObject *written;  /* the float that was written last, or NULL */
} place;

typedef struct driver_object {
    PyObject_HEAD
    PyObject *stepper;    /* a Stepper */
    PyObject *optimizers; /* a tuple */
    PyObject *groups;     /* a tuple of their dicts, as they were found */
    place *places;        /* one for each track */
    size_t count;
    PyObject *param_groups, *fill; /* names */
    PyTypeObject *tensor;          /* the last type that had fill_ */
    bool told;                     /* epochs end when they are said to */
    bool reads;                    /* numbers written by hand count */
} driver_object;

static driver_object *of(PyObject *self)
{
    return (driver_object *)self;
}

/* --- making --- */

static bool take_place(PyObject *row, PyObject *groups, place *out)
{
    Py_ssize_t group = 0;
    if (!PyArg_ParseTuple(row, "nUn:a place", &group, &out->key, &out->element))
        return false;
    Py_INCREF(out->key);
    PyUnicode_InternInPlace(&out->key); /* as a key of a dict mostly is, which makes looking it up cheap */
    out->dict = PyTuple_GetItem(groups, group);
    if (out->dict && !PyDict_Check(out->dict))
        PyErr_Format(PyExc_TypeError, "a parameter group is a dict, not %R", out->dict);
    return !PyErr_Occurred();
}

static bool take_places(driver_object *self, PyObject *rows)
{
    const tempo_stepper *stepper = tempopy_stepper_of(self->stepper);
    const size_t count = stepper ? tempo_stepper_track_count(stepper) : 0;
    if (stepper && (size_t)PyTuple_Size(rows) != count)
        PyErr_SetString(PyExc_ValueError, "a place is needed for each track");
    self->places = PyErr_Occurred() ? NULL : PyMem_Calloc(count ? count : 1, sizeof *self->places);
    if (!self->places && !PyErr_Occurred())
        PyErr_NoMemory();
    if (!self->places)
        return false;
    self->count = count;
    for (size_t i = 0; i < count; i++) {
        if (!take_place(PyTuple_GetItem(rows, (Py_ssize_t)i), self->groups, &self->places[i]))
            return false;
        self->places[i].is_read = stepper->setup.slots[i].chains;
        self->reads = self->reads || self->places[i].is_read;
    }
    return true;
}

/* Steps must tell every counter that a schedule reads, but for what they may be told of. */
static bool check_counters(const driver_object *self)
{
    tempo_error error = TEMPO_ERROR_INIT;
    const tempo_stepper *stepper = tempopy_stepper_of(self->stepper);
    const tempo_plan *plan = stepper ? stepper->setup.plan : NULL;
    if (!plan || stepper->step.unit != TEMPO_BATCH)
        return plan && tempopy_stepper_done(tempo__check_moves(stepper, &error), &error);
    if (self->told || plan->facts.batches_per_epoch || !(plan->reads & 1U << TEMPO_EPOCH))
        return true;
    PyOS_snprintf(error.message, sizeof error.message, "a schedule counts epochs, and nothing tells when one ends");
    PyOS_snprintf(error.advice, sizeof error.advice,
                  "give batches_per_epoch; or step=\"1ep\"; or epochs=\"told\", and call epoch_end()");
    error.fact = "batches_per_epoch";
    tempopy_raise(TEMPO_MISSING_FACT, &error);
    return false;
}

static PyObject *driver_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    static const char *const names[] = {"stepper", "optimizers", "groups", "places", "told", NULL};
    PyObject *stepper = NULL, *optimizers = NULL, *groups = NULL, *places = NULL;
    int told = 0;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "OO!O!O!p:Driver", (char **)names, &stepper, &PyTuple_Type,
                                     &optimizers, &PyTuple_Type, &groups, &PyTuple_Type, &places, &told))
        return NULL;
    const allocfunc allocate = (allocfunc)PyType_GetSlot(type, Py_tp_alloc);
    driver_object *self = tempopy_stepper_of(stepper) ? (driver_object *)allocate(type, 0) : NULL;
    if (!self)
        return NULL;
    Py_INCREF(self->stepper = stepper);
    Py_INCREF(self->optimizers = optimizers);
    Py_INCREF(self->groups = groups);
    self->told = told;
    self->param_groups = PyUnicode_InternFromString("param_groups");
    self->fill = PyUnicode_InternFromString("fill_");
    if (self->param_groups && self->fill && take_places(self, places) && check_counters(self))
        return (PyObject *)self;
    Py_DECREF(self);
    return NULL;
}

static int driver_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(of(self)->stepper);
    Py_VISIT(of(self)->optimizers);
    Py_VISIT(of(self)->groups);
    return 0;
}

static void driver_dealloc(PyObject *self)
{
    PyObject_GC_UnTrack(self);
    for (size_t i = 0; of(self)->places && i < of(self)->count; i++) {
        Py_XDECREF(of(self)->places[i].key);
        Py_XDECREF(of(self)->places[i].written);
    }
    PyMem_Free(of(self)->places);
    Py_XDECREF(of(self)->tensor);
    Py_XDECREF(of(self)->fill);
    Py_XDECREF(of(self)->param_groups);
    Py_XDECREF(of(self)->groups);
    Py_XDECREF(of(self)->optimizers);
    Py_XDECREF(of(self)->stepper);
    tempopy_free(self);
}

/* --- the groups as they are now --- */

/* Whether the optimizers still have the very dicts that were found: 1 or 0; -1 with an exception. Groups are added, and
 * loading the state of an optimizer replaces them. */
static int same_groups(const driver_object *self)
{
    const Py_ssize_t optimizers = PyTuple_Size(self->optimizers), count = PyTuple_Size(self->groups);
    Py_ssize_t next = 0;
    for (Py_ssize_t o = 0; o < optimizers; o++) {
        PyObject *list = PyObject_GetAttr(PyTuple_GetItem(self->optimizers, o), self->param_groups);
        const Py_ssize_t size = list ? PyList_Size(list) : -1;
        bool same = size >= 0 && next + size <= count;
        for (Py_ssize_t i = 0; same && i < size; i++)
            same = PyList_GetItem(list, i) == PyTuple_GetItem(self->groups, next++);
        Py_XDECREF(list);
        if (!same)
            return size < 0 ? -1 : 0;
    }
    return next == count;
}

/* The dict's entry of a place, borrowed. */
static PyObject *entry_of(const place *p)
{
    PyObject *entry = PyDict_GetItemWithError(p->dict, p->key);
    if (!entry && !PyErr_Occurred())
        PyErr_SetObject(PyExc_KeyError, p->key);
    return entry;
}

/* What stands at a place: a new reference. */
static PyObject *number_at(const place *p)
{
    PyObject *entry = entry_of(p);
    if (p->element >= 0)
        return entry ? PySequence_GetItem(entry, p->element) : NULL;
    Py_XINCREF(entry);
    return entry;
}

/* 1 or 0; -1 with an exception. */
static int is_tensor(driver_object *self, PyObject *number)
{
    if (PyFloat_CheckExact(number))
        return 0;
    if (Py_TYPE(number) == self->tensor)
        return 1;
    const int fills = PyFloat_Check(number) || PyLong_Check(number) ? 0 : tempopy_has(number, "fill_");
    if (fills == 1) {
        Py_XDECREF(self->tensor);
        Py_INCREF(self->tensor = Py_TYPE(number));
    }
    return fills;
}

/* --- reading what was written by hand --- */

/* Never from a tensor: that would wait for its device. */
static bool read_one(driver_object *self, size_t track)
{
    const place *p = &self->places[track];
    PyObject *number = number_at(p);
    bool fine = number;
    if (number && number != p->written && p->written) {
        const int fills = is_tensor(self, number);
        const double by_hand = fills == 0 ? PyFloat_AsDouble(number) : 0;
        fine = fills >= 0 && !PyErr_Occurred();
        if (fine && !fills)
            *tempopy_stepper_number(self->stepper, track) = by_hand;
    }
    Py_XDECREF(number);
    return fine;
}

static bool read_all(driver_object *self)
{
    for (size_t i = 0; self->reads && i < self->count; i++)
        if (self->places[i].is_read && !read_one(self, i))
            return false;
    return true;
}

/* --- writing --- */

static bool fill(const driver_object *self, PyObject *tensor, PyObject *value)
{
    PyObject *filled = PyObject_CallMethodObjArgs(tensor, self->fill, value, NULL);
    Py_XDECREF(filled);
    return filled;
}

/* Writes into a list; a tuple is replaced by another one. */
static bool write_element(driver_object *self, const place *p, PyObject *value)
{
    PyObject *entry = entry_of(p), *old = entry ? PySequence_GetItem(entry, p->element) : NULL;
    const int fills = old ? is_tensor(self, old) : -1;
    bool fine = fills >= 0;
    if (fills == 1) {
        fine = fill(self, old, value);
    } else if (fine && PyList_Check(entry)) {
        fine = PySequence_SetItem(entry, p->element, value) == 0;
    } else if (fine) {
        PyObject *list = PySequence_List(entry);
        PyObject *tuple = list && PySequence_SetItem(list, p->element, value) == 0 ? PyList_AsTuple(list) : NULL;
        fine = tuple && PyDict_SetItem(p->dict, p->key, tuple) == 0;
        Py_XDECREF(tuple);
        Py_XDECREF(list);
    }
    Py_XDECREF(old);
    return fine;
}

static bool write_one(driver_object *self, const place *p, PyObject *value)
{
    if (p->element >= 0)
        return write_element(self, p, value);
    PyObject *entry = entry_of(p);
    if (entry == value)
        return true;
    const int fills = entry ? is_tensor(self, entry) : -1;
    if (fills == 1)
        return fill(self, entry, value);
    return fills == 0 && PyDict_SetItem(p->dict, p->key, value) == 0;
}

/* The float for a value: the one that is there already, that of the track before, or a new one. */
static PyObject *float_for(double value, PyObject *written, PyObject *before)
{
    PyObject *same = written && tempo__same_bits(PyFloat_AsDouble(written), value) ? written
                     : before && tempo__same_bits(PyFloat_AsDouble(before), value) ? before
                                                                                   : NULL;
    Py_XINCREF(same);
    return same ? same : PyFloat_FromDouble(value);
}

static bool write_all(driver_object *self)
{
    const tempo_stepper *stepper = tempopy_stepper_of(self->stepper);
    if (!stepper)
        return false;
    if (tempo_stepper_track_count(stepper) != self->count) {
        PyErr_SetString(PyExc_RuntimeError, "the Stepper has other tracks now");
        return false;
    }
    for (size_t i = 0; i < self->count; i++) {
        place *p = &self->places[i];
        PyObject *value = float_for(*stepper->setup.doubles[i], p->written, i ? p[-1].written : NULL);
        if (!value || !write_one(self, p, value)) {
            Py_XDECREF(value);
            return false;
        }
        PyObject *old = p->written;
        p->written = value;
        Py_XDECREF(old);
    }
    return true;
}

/* --- moving on --- */

/* What a batch held: what was said, or else what the run says. */
static bool take_count(PyObject *said, int64_t fact, bool is_read, const char *name, const char *fact_name,
                       int64_t *out)
{
    *out = fact;
    if (said != Py_None) {
        *out = PyLong_AsLongLong(said);
        return *out != -1 || !PyErr_Occurred();
    }
    if (fact || !is_read)
        return true;
    tempo_error error = TEMPO_ERROR_INIT;
    PyOS_snprintf(error.message, sizeof error.message, "a schedule counts %s, and nothing tells how many a batch has",
                  name);
    PyOS_snprintf(error.advice, sizeof error.advice, "give %s, or step(%s=...)", fact_name, name);
    error.fact = fact_name;
    tempopy_raise(TEMPO_MISSING_FACT, &error);
    return false;
}

static bool count_batch(const driver_object *self, const tempo_stepper *stepper, PyObject *samples, PyObject *tokens,
                        tempo_timestamp *now)
{
    tempo_error error = TEMPO_ERROR_INIT;
    const tempo_plan *plan = stepper->setup.plan;
    const tempo__facts *facts = &plan->facts;
    int64_t sample_count = 0, token_count = 0;
    *now = stepper->now;
    if (!take_count(samples, facts->samples_per_batch, plan->reads & 1U << TEMPO_SAMPLE, "samples", "samples_per_batch",
                    &sample_count) ||
        !take_count(tokens, facts->tokens_per_batch, plan->reads & 1U << TEMPO_TOKEN, "tokens", "tokens_per_batch",
                    &token_count))
        return false;
    tempo_status status = tempo_timestamp_next_batch(now, sample_count, token_count, 0, &error);
    if (!status && !self->told && facts->batches_per_epoch && now->batch_in_epoch >= facts->batches_per_epoch)
        status = tempo_timestamp_next_epoch(now, 0, &error);
    return tempopy_stepper_done(status, &error);
}

static bool move(const driver_object *self, PyObject *samples, PyObject *tokens, PyObject *metric)
{
    tempo_timestamp now;
    tempo_stepper *stepper = tempopy_stepper_of(self->stepper);
    if (stepper && stepper->step.unit == TEMPO_BATCH && stepper->step.size == 1)
        return count_batch(self, stepper, samples, tokens, &now) &&
               tempopy_stepper_step_to(self->stepper, &now, metric);
    if (stepper && samples == Py_None && tokens == Py_None)
        return tempopy_stepper_step(self->stepper, metric);
    if (stepper)
        PyErr_SetString(PyExc_TypeError, "samples and tokens are told where a step is a batch (step=\"1ba\")");
    return false;
}

/* True; or False, without having done anything, where the groups are others. */
static PyObject *step(PyObject *self, PyObject *args)
{
    PyObject *samples = Py_None, *tokens = Py_None, *metric = Py_None;
    if (!PyArg_UnpackTuple(args, "step", 0, 3, &samples, &tokens, &metric))
        return NULL;
    const int same = same_groups(of(self));
    if (same < 0 || (same && !(read_all(of(self)) && move(of(self), samples, tokens, metric) && write_all(of(self)))))
        return NULL;
    return PyBool_FromLong(same);
}

static PyObject *step_to(PyObject *self, PyObject *args)
{
    PyObject *timestamp = NULL, *metric = Py_None;
    tempo_timestamp now;
    if (!PyArg_UnpackTuple(args, "step_to", 1, 2, &timestamp, &metric) || !tempopy_timestamp_read(timestamp, &now))
        return NULL;
    const int same = same_groups(of(self));
    tempo_stepper *stepper = same < 0 ? NULL : tempopy_stepper_of(of(self)->stepper);
    if (!stepper || (same && !(read_all(of(self)) && tempopy_stepper_step_to(of(self)->stepper, &now, metric) &&
                               write_all(of(self)))))
        return NULL;
    return PyBool_FromLong(same);
}

/* Where epochs end by the run, the end must be there where it says. */
static bool end_epoch(const driver_object *self, const tempo_stepper *stepper, tempo_timestamp *now)
{
    tempo_error error = TEMPO_ERROR_INIT;
    const int64_t per_epoch = stepper->setup.plan->facts.batches_per_epoch;
    *now = stepper->now;
    if (self->told || !per_epoch)
        return tempopy_stepper_done(tempo_timestamp_next_epoch(now, 0, &error), &error);
    if (now->batch_in_epoch == 0)
        return true;
    PyOS_snprintf(error.message, sizeof error.message, "the epoch ends after %lld batches, and the run says %lld",
                  (long long)now->batch_in_epoch, (long long)per_epoch);
    PyOS_snprintf(error.advice, sizeof error.advice, "correct batches_per_epoch, or say epochs=\"told\"");
    tempopy_raise(TEMPO_CONFLICT, &error);
    return false;
}

static PyObject *epoch_end(PyObject *self, PyObject *args)
{
    PyObject *metric = Py_None;
    tempo_timestamp now;
    if (!PyArg_UnpackTuple(args, "epoch_end", 0, 1, &metric))
        return NULL;
    const int same = same_groups(of(self));
    tempo_stepper *stepper = same < 0 ? NULL : tempopy_stepper_of(of(self)->stepper);
    if (!stepper || (same && !(read_all(of(self)) && end_epoch(of(self), stepper, &now) &&
                               tempopy_stepper_step_to(of(self)->stepper, &now, metric) && write_all(of(self)))))
        return NULL;
    return PyBool_FromLong(same);
}

static PyObject *is_current(PyObject *self, PyObject *unused)
{
    (void)unused;
    const int same = same_groups(of(self));
    return same < 0 ? NULL : PyBool_FromLong(same);
}

static PyObject *driver_read(PyObject *self, PyObject *unused)
{
    (void)unused;
    return read_all(of(self)) ? Py_BuildValue("") : NULL;
}

static PyObject *driver_write(PyObject *self, PyObject *unused)
{
    (void)unused;
    return write_all(of(self)) ? Py_BuildValue("") : NULL;
}

static PyMethodDef methods[] = {
    {"step", step, METH_VARARGS,
     "step($self, samples=None, tokens=None, metric=None, /)\n--\n\n"
     "One step, by the run's facts or what the batch held over all ranks. False, with nothing done, where an "
     "optimizer\n"
     "has other groups than it had."},
    {"step_to", step_to, METH_VARARGS, "step_to($self, timestamp, metric=None, /)\n--\n\nThe same to a Timestamp."},
    {"epoch_end", epoch_end, METH_VARARGS, "epoch_end($self, metric=None, /)\n--\n\nThe same at the end of an epoch."},
    {"is_current", is_current, METH_NOARGS,
     "is_current($self)\n--\n\nWhether the optimizers have the groups they had."},
    {"read", driver_read, METH_NOARGS, "read($self)\n--\n\nTakes what was written by hand into the stepper's numbers."},
    {"write", driver_write, METH_NOARGS, "write($self)\n--\n\nWrites the stepper's numbers into the groups."},
    {NULL, NULL, 0, NULL},
};

static PyObject *get_listens(PyObject *self, void *unused)
{
    (void)unused;
    const tempo_stepper *stepper = tempopy_stepper_of(of(self)->stepper);
    const tempo_plan *plan = stepper ? stepper->setup.plan : NULL;
    bool listens = false;
    for (size_t t = 0; plan && t < plan->track_count; t++)
        for (size_t i = 0; i < plan->tracks[t].stack_count; i++)
            listens = listens || plan->tracks[t].stack[i].type->listen;
    return plan ? PyBool_FromLong(listens) : NULL;
}

static PyGetSetDef getters[] = {
    {"listens", get_listens, NULL, "whether a schedule listens to a metric", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyMemberDef members[] = {
    {"stepper", T_OBJECT, offsetof(driver_object, stepper), READONLY, "the Stepper"},
    {NULL, 0, 0, 0, NULL},
};

static const char doc[] =
    "Driver(stepper, optimizers, groups, places, told)\n--\n\n"
    "Carries the numbers of a Stepper into the groups of optimizers. places: for each track (group, key, element),\n"
    "with -1 for an entry that is no tuple or list. told: epochs end by epoch_end(), not by the run.";

static PyType_Slot slots[] = {
    {Py_tp_doc, (void *)doc},        {Py_tp_new, driver_new},
    {Py_tp_dealloc, driver_dealloc}, {Py_tp_traverse, driver_traverse},
    {Py_tp_methods, methods},        {Py_tp_members, members},
    {Py_tp_getset, getters},         {0, NULL},
};

PyType_Spec tempopy_driver_spec = {"tempo._tempo.Driver", sizeof(driver_object), 0,
                                   Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC, slots};
