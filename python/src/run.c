/* run.c: Run: the facts about a training that schedules may need. */
#include "module.h"

typedef struct run_object {
    PyObject_HEAD
    PyObject *max_duration; /* str or None */
    PyObject *text;         /* its bytes, to which `run` points, or NULL */
    tempo_run run;
} run_object;

static const char *const names[] = {"max_duration",
                                    "batches_per_epoch",
                                    "samples_per_batch",
                                    "tokens_per_batch",
                                    "scale_schedule_ratio",
                                    "step_schedulers_every_batch",
                                    NULL};

/* A str, or anything whose text is the time: tempo.Time, Composer's Time. */
static bool take_duration(run_object *self, PyObject *duration)
{
    if (duration == Py_None) {
        Py_INCREF(Py_None);
        self->max_duration = Py_None;
        return true;
    }
    const int is_time = PyUnicode_Check(duration) ? 1 : tempopy_has(duration, "to_timestring");
    if (is_time == 0)
        PyErr_Format(PyExc_TypeError, "max_duration must be a time such as \"90ep\", not %R", duration);
    if (is_time <= 0)
        return false;
    self->max_duration = PyObject_Str(duration);
    self->run.max_duration = self->max_duration ? tempopy_text(self->max_duration, "max_duration", &self->text) : NULL;
    return self->run.max_duration;
}

static PyObject *run_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    PyObject *duration = Py_None;
    long long batches = 0, samples = 0, tokens = 0;
    double ratio = 1;
    int every_batch = 0;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "|OLLLdp:Run", (char **)names, &duration, &batches, &samples,
                                     &tokens, &ratio, &every_batch))
        return NULL;
    const allocfunc allocate = (allocfunc)PyType_GetSlot(type, Py_tp_alloc);
    run_object *self = (run_object *)allocate(type, 0);
    if (!self)
        return NULL;
    self->run = (tempo_run){.batches_per_epoch = batches,
                            .samples_per_batch = samples,
                            .tokens_per_batch = tokens,
                            .scale_schedule_ratio = ratio,
                            .step_schedulers_every_batch = every_batch};
    if (take_duration(self, duration))
        return (PyObject *)self;
    Py_DECREF(self);
    return NULL;
}

PyObject *tempopy_run_new(const tempo_run *run)
{
    const tempopy_state *state = tempopy_state_get();
    return state ? PyObject_CallFunction((PyObject *)state->run, "zLLLdO", run->max_duration,
                                         (long long)run->batches_per_epoch, (long long)run->samples_per_batch,
                                         (long long)run->tokens_per_batch,
                                         run->scale_schedule_ratio == 0 ? 1.0 : run->scale_schedule_ratio,
                                         run->step_schedulers_every_batch ? Py_True : Py_False)
                 : NULL;
}

const tempo_run *tempopy_run_of(PyObject *object)
{
    static const tempo_run unknown;
    const tempopy_state *state = tempopy_state_get();
    if (!state)
        return NULL;
    if (object == Py_None)
        return &unknown;
    if (PyObject_TypeCheck(object, state->run))
        return &((run_object *)object)->run;
    PyErr_Format(PyExc_TypeError, "run must be a tempo.Run, not %R", object);
    return NULL;
}

static void run_dealloc(PyObject *object)
{
    run_object *self = (run_object *)object;
    Py_XDECREF(self->max_duration);
    Py_XDECREF(self->text);
    tempopy_free(object);
}

static PyObject *run_repr(PyObject *self)
{
    return tempopy_record_repr(self, names);
}

static PyObject *run_compare(PyObject *self, PyObject *other, int operation)
{
    return tempopy_record_compare(self, other, operation, names);
}

static Py_hash_t run_hash(PyObject *self)
{
    return tempopy_record_hash(self, names);
}

static PyObject *run_reduce(PyObject *self, PyObject *unused)
{
    (void)unused;
    return tempopy_record_reduce(self, names);
}

#define AT(field) ((Py_ssize_t)offsetof(run_object, field))

static PyMemberDef members[] = {
    {"max_duration", T_OBJECT, AT(max_duration), READONLY,
     "how long training lasts, as written: without the scale schedule ratio; None: unknown"},
    {"batches_per_epoch", T_LONGLONG, AT(run.batches_per_epoch), READONLY, "updates in one epoch; 0: unknown"},
    {"samples_per_batch", T_LONGLONG, AT(run.samples_per_batch), READONLY,
     "samples of one update, over all ranks; 0: unknown"},
    {"tokens_per_batch", T_LONGLONG, AT(run.tokens_per_batch), READONLY,
     "tokens of one update, over all ranks; 0: unknown"},
    {"scale_schedule_ratio", T_DOUBLE, AT(run.scale_schedule_ratio), READONLY, "stretches the run and its schedules"},
    {"step_schedulers_every_batch", T_BOOL, AT(run.step_schedulers_every_batch), READONLY,
     "what one step of a PyTorch-style schedule is: a batch, or else an epoch"},
    {NULL, 0, 0, 0, NULL},
};

static PyMethodDef methods[] = {{"__reduce__", run_reduce, METH_NOARGS, NULL}, {NULL, NULL, 0, NULL}};

static const char doc[] =
    "Run(max_duration=None, batches_per_epoch=0, samples_per_batch=0, tokens_per_batch=0,\n"
    "    scale_schedule_ratio=1.0, step_schedulers_every_batch=False)\n--\n\n"
    "The facts about a training that schedules may need; what is unknown stays 0 or None. Immutable.\n\n"
    "They are checked when a Plan is bound. max_duration is a time such as \"90ep\", in ep, ba, sp, tok or iter.";

static PyType_Slot slots[] = {
    {Py_tp_doc, (void *)doc}, {Py_tp_new, run_new},     {Py_tp_dealloc, run_dealloc},
    {Py_tp_repr, run_repr},   {Py_tp_hash, run_hash},   {Py_tp_richcompare, run_compare},
    {Py_tp_members, members}, {Py_tp_methods, methods}, {0, NULL},
};

PyType_Spec tempopy_run_spec = {"tempo.Run", sizeof(run_object), 0, Py_TPFLAGS_DEFAULT, slots};
