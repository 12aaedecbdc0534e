/* stepper.c: Stepper: schedules that move numbers on step by step. The numbers are the stepper's own; driver.c carries
 * them into the dicts of an optimizer. */
#include "module.h"

#include <string.h>

#include "stepper/internal.h"

/* What is made of run and groups, and replaced as a whole. */
typedef struct core {
    tempo_stepper *stepper;
    PyObject *run;    /* a Run */
    PyObject *groups; /* a tuple of Groups */
    double **numbers; /* of each group an array: what its fields point to */
} core;

typedef struct stepper_object {
    PyObject_HEAD
    core core;
    PyObject *schedule;        /* a Schedule */
    tempo_function *functions; /* whose callables `schedule` keeps alive */
    size_t function_count;
    bool is_busy;                  /* it is stepping, and may have called a schedule in Python */
    tempo_stepper_options options; /* as they were given; `bind` is set where it is used */
} stepper_object;

static stepper_object *of(PyObject *self)
{
    return (stepper_object *)self;
}

tempo_stepper *tempopy_stepper_of(PyObject *object)
{
    const tempopy_state *state = tempopy_state_get();
    if (state && PyObject_TypeCheck(object, state->stepper))
        return of(object)->core.stepper;
    if (state)
        PyErr_Format(PyExc_TypeError, "a tempo.Stepper is needed, not %R", object);
    return NULL;
}

double *tempopy_stepper_number(PyObject *stepper, size_t track)
{
    const tempo_track *seen = tempo_stepper_track(of(stepper)->core.stepper, track);
    return &of(stepper)->core.numbers[seen->group_index][seen->field_index];
}

bool tempopy_stepper_done(tempo_status status, const tempo_error *error)
{
    if (status)
        tempopy_raise(status, error);
    return !PyErr_Occurred(); /* a Python function may have raised */
}

/* --- making --- */

static void drop_core(core *c)
{
    const Py_ssize_t count = c->groups ? PyTuple_Size(c->groups) : 0;
    tempo_stepper_free(c->stepper);
    for (Py_ssize_t i = 0; c->numbers && i < count; i++)
        PyMem_Free(c->numbers[i]);
    PyMem_Free(c->numbers);
    Py_XDECREF(c->groups);
    Py_XDECREF(c->run);
    *c = (core){.stepper = NULL};
}

/* A copy of the group's fields that points to numbers of our own. */
static tempo_field *own_fields(const tempo_group *group, double **numbers)
{
    const size_t count = group->field_count ? group->field_count : 1;
    tempo_field *fields = PyMem_Calloc(count, sizeof *fields);
    *numbers = PyMem_Calloc(count, sizeof **numbers);
    if (!fields || !*numbers) {
        PyMem_Free(fields);
        PyErr_NoMemory();
        return NULL;
    }
    for (size_t i = 0; i < group->field_count; i++) {
        fields[i] = group->fields[i];
        fields[i].as_double = &(*numbers)[i];
    }
    return fields;
}

static bool own_groups(core *c, tempo_group *groups, size_t count)
{
    c->numbers = PyMem_Calloc(count ? count : 1, sizeof *c->numbers);
    if (!c->numbers)
        PyErr_NoMemory();
    for (size_t i = 0; i < count; i++)
        groups[i].fields = c->numbers ? own_fields(&groups[i], &c->numbers[i]) : NULL;
    return !PyErr_Occurred();
}

/* Binds the schedule to a run and groups, from which a core is made. */
static bool make_core(const stepper_object *self, PyObject *run, PyObject *given, int64_t start, core *out)
{
    tempo_error error = TEMPO_ERROR_INIT;
    const tempo_bind_options bind = {
        .allocator = &tempopy_allocator, .functions = self->functions, .function_count = self->function_count};
    tempo_stepper_options options = self->options;
    options.bind = &bind;
    options.start = start;
    tempo_group *groups = NULL;
    *out = (core){.run = run};
    Py_INCREF(run);
    const tempo_run *facts = tempopy_run_of(run);
    bool fine = facts && tempopy_groups_of(given, &out->groups, &groups);
    const size_t count = fine ? (size_t)PyTuple_Size(out->groups) : 0;
    if (fine && own_groups(out, groups, count))
        fine = tempopy_stepper_done(tempo_stepper_new(&out->stepper, facts, groups, count,
                                                      tempopy_schedule_of(self->schedule), &options, &error),
                                    &error);
    else
        fine = false;
    for (size_t i = 0; out->numbers && i < count; i++)
        PyMem_Free(groups[i].fields);
    PyMem_Free(groups);
    if (!fine)
        drop_core(out);
    return fine;
}

static bool take_mode(const char *mode, tempo_stepper_mode *out)
{
    *out = strcmp(mode, "closed_form") == 0 ? TEMPO_STEPPER_CLOSED_FORM : TEMPO_STEPPER_RECURSIVE;
    if (*out == TEMPO_STEPPER_CLOSED_FORM || strcmp(mode, "recursive") == 0)
        return true;
    PyErr_Format(PyExc_ValueError, "mode must be \"recursive\" or \"closed_form\", not \"%s\"", mode);
    return false;
}

static bool take_step(PyObject *step, tempo_time *out)
{
    return step == Py_None || tempopy_time_read(step, TEMPO_TIME_NATIVE, NULL, out);
}

static PyObject *stepper_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    static const char *const names[] = {"schedule", "run", "groups", "mode", "step", "start", NULL};
    static const tempo_run unknown;
    PyObject *schedule = NULL, *run = Py_None, *groups = Py_None, *step = Py_None;
    const char *mode = "recursive";
    long long start = 0;
    tempo_stepper_options options = {.start = 0};
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O|OO$sOL:Stepper", (char **)names, &schedule, &run, &groups, &mode,
                                     &step, &start) ||
        !take_mode(mode, &options.mode) || !take_step(step, &options.step))
        return NULL;
    PyObject *facts = run == Py_None ? tempopy_run_new(&unknown) : (Py_INCREF(run), run);
    PyObject *fields = groups == Py_None ? Py_BuildValue("{sd}", "lr", 1.0) : (Py_INCREF(groups), groups);
    const allocfunc allocate = (allocfunc)PyType_GetSlot(type, Py_tp_alloc);
    PyObject *self = facts && fields ? allocate(type, 0) : NULL;
    if (self) {
        of(self)->options = options;
        of(self)->schedule = tempopy_schedule_from(schedule);
        if (!of(self)->schedule ||
            !tempopy_functions_of(tempopy_schedule_functions(of(self)->schedule), &of(self)->functions,
                                  &of(self)->function_count) ||
            !make_core(of(self), facts, fields, start, &of(self)->core))
            Py_CLEAR(self);
    }
    Py_XDECREF(fields);
    Py_XDECREF(facts);
    return self;
}

static PyObject *of_plan(PyObject *type, PyObject *args, PyObject *kwargs)
{
    PyObject *plan = NULL, *groups = NULL;
    if (!PyArg_ParseTuple(args, "O|O:of_plan", &plan, &groups) || !tempopy_plan_of(plan))
        return NULL;
    PyObject *schedule = PyObject_GetAttrString(plan, "schedule");
    PyObject *run = PyObject_GetAttrString(plan, "run");
    PyObject *fields =
        groups && groups != Py_None ? (Py_INCREF(groups), groups) : PyObject_GetAttrString(plan, "groups");
    PyObject *all = schedule && run && fields ? PyTuple_Pack(3, schedule, run, fields) : NULL;
    PyObject *made = all ? PyObject_Call(type, all, kwargs) : NULL;
    Py_XDECREF(all);
    Py_XDECREF(fields);
    Py_XDECREF(run);
    Py_XDECREF(schedule);
    return made;
}

/* --- garbage collection: as of a Plan --- */

static int stepper_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(of(self)->schedule);
    return 0;
}

static void stepper_dealloc(PyObject *self)
{
    PyObject_GC_UnTrack(self);
    drop_core(&of(self)->core);
    tempopy_functions_free(of(self)->functions, of(self)->function_count);
    Py_XDECREF(of(self)->schedule);
    tempopy_free(self);
}

/* --- steps --- */

/* A metric, or NULL for None. */
static bool take_metric(PyObject *metric, double *number, const double **out)
{
    *out = NULL;
    if (!metric || metric == Py_None)
        return true;
    *number = PyFloat_AsDouble(metric);
    *out = number;
    return !PyErr_Occurred();
}

/* Whether it may be changed: not by the functions that it calls. */
static bool is_free(PyObject *self)
{
    if (of(self)->is_busy)
        PyErr_SetString(PyExc_RuntimeError, "a schedule in Python cannot move the Stepper that calls it");
    return !of(self)->is_busy;
}

/* Takes a step, to a time unless that is NULL. */
static bool take(PyObject *self, const tempo_timestamp *now, PyObject *metric)
{
    tempo_error error = TEMPO_ERROR_INIT;
    double number = 0;
    const double *heard = NULL;
    tempo_stepper *stepper = of(self)->core.stepper;
    if (!take_metric(metric, &number, &heard) || !is_free(self))
        return false;
    of(self)->is_busy = true;
    const tempo_status status = now     ? tempo_stepper_step_to(stepper, now, heard, &error)
                                : heard ? tempo_stepper_step_metric(stepper, number, &error)
                                        : tempo_stepper_step(stepper, &error);
    of(self)->is_busy = false;
    return tempopy_stepper_done(status, &error);
}

bool tempopy_stepper_step(PyObject *stepper, PyObject *metric)
{
    return take(stepper, NULL, metric);
}

bool tempopy_stepper_step_to(PyObject *stepper, const tempo_timestamp *now, PyObject *metric)
{
    return take(stepper, now, metric);
}

static PyObject *none_if(bool fine)
{
    return fine ? Py_BuildValue("") : NULL;
}

static PyObject *step(PyObject *self, PyObject *args, PyObject *kwargs)
{
    static const char *const names[] = {"metric", NULL};
    PyObject *metric = Py_None;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "|O:step", (char **)names, &metric))
        return NULL;
    return none_if(take(self, NULL, metric));
}

static PyObject *step_to(PyObject *self, PyObject *args, PyObject *kwargs)
{
    static const char *const names[] = {"timestamp", "metric", NULL};
    PyObject *timestamp = NULL, *metric = Py_None;
    tempo_timestamp now;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O|O:step_to", (char **)names, &timestamp, &metric) ||
        !tempopy_timestamp_read(timestamp, &now))
        return NULL;
    return none_if(take(self, &now, metric));
}

static PyObject *set(PyObject *self, PyObject *args, PyObject *kwargs)
{
    static const char *const names[] = {"track", "value", NULL};
    PyObject *track = NULL;
    double value = 0;
    size_t index = 0;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "Od:set", (char **)names, &track, &value) ||
        !tempopy_plan_track(of(self)->core.stepper->setup.plan, track, &index))
        return NULL;
    *tempopy_stepper_number(self, index) = value;
    Py_RETURN_NONE;
}

/* --- a group more --- */

static bool add_own_group(core *c, PyObject *groups, size_t count, tempo_group *group)
{
    tempo_error error = TEMPO_ERROR_INIT;
    double **numbers = PyMem_Calloc(count + 1, sizeof *numbers);
    group->fields = numbers ? own_fields(group, &numbers[count]) : NULL;
    if (!numbers)
        PyErr_NoMemory();
    const bool fine = group->fields && tempopy_stepper_done(tempo_stepper_add_group(c->stepper, group, &error), &error);
    PyMem_Free(group->fields);
    if (!fine) {
        if (numbers)
            PyMem_Free(numbers[count]);
        PyMem_Free(numbers);
        return false;
    }
    memcpy(numbers, c->numbers, count * sizeof *numbers);
    PyMem_Free(c->numbers);
    Py_DECREF(c->groups);
    c->numbers = numbers;
    c->groups = groups;
    Py_INCREF(groups);
    return true;
}

static PyObject *add_group(PyObject *self, PyObject *given)
{
    core *c = &of(self)->core;
    const size_t count = (size_t)PyTuple_Size(c->groups);
    PyObject *owner = NULL;
    tempo_group *group = NULL;
    if (!is_free(self) || !tempopy_groups_of(given, &owner, &group))
        return NULL;
    PyObject *groups = PySequence_Concat(c->groups, owner);
    bool fine = groups && PyTuple_Size(owner) == 1;
    if (groups && !fine)
        PyErr_SetString(PyExc_ValueError, "one group is added at a time");
    fine = fine && add_own_group(c, groups, count, group);
    Py_XDECREF(groups);
    PyMem_Free(group);
    Py_DECREF(owner);
    return none_if(fine);
}

/* --- save --- */

static const char *const facts[] = {"max_duration",
                                    "batches_per_epoch",
                                    "samples_per_batch",
                                    "tokens_per_batch",
                                    "scale_schedule_ratio",
                                    "step_schedulers_every_batch",
                                    NULL};

static PyObject *run_dict(PyObject *run)
{
    PyObject *dict = PyDict_New();
    for (size_t i = 0; dict && facts[i]; i++) {
        PyObject *fact = PyObject_GetAttrString(run, facts[i]);
        if (!fact || PyDict_SetItemString(dict, facts[i], fact))
            Py_CLEAR(dict);
        Py_XDECREF(fact);
    }
    return dict;
}

static PyObject *saved(const tempo_stepper *stepper)
{
    tempo_tree *tree = NULL;
    if (tempo_tree_new(&tree, &tempopy_allocator))
        return PyErr_NoMemory();
    const tempo_value *state = tempo_stepper_save(stepper, tree, NULL, NULL);
    PyObject *dict = state ? tempopy_value_object(state) : PyErr_NoMemory();
    tempo_tree_free(tree);
    return dict;
}

/* "decay.lr", or "lr" of a group without a name. */
static PyObject *track_name(const tempo_track *track)
{
    return PyUnicode_FromFormat("%s%s%s", track->group, *track->group ? "." : "", track->field);
}

/* The numbers that were written by hand since the last step, by the names of their tracks. */
static PyObject *edited(PyObject *self)
{
    const tempo_stepper *stepper = of(self)->core.stepper;
    PyObject *dict = PyDict_New();
    for (size_t i = 0; dict && i < tempo_stepper_track_count(stepper); i++) {
        const double number = *tempopy_stepper_number(self, i);
        if (tempo__same_bits(number, tempo_stepper_value(stepper, i)))
            continue;
        PyObject *name = track_name(tempo_stepper_track(stepper, i)), *object = PyFloat_FromDouble(number);
        if (!name || !object || PyDict_SetItem(dict, name, object))
            Py_CLEAR(dict);
        Py_XDECREF(object);
        Py_XDECREF(name);
    }
    return dict;
}

/* Takes the reference to `value`. */
static bool add(PyObject *dict, const char *key, PyObject *value)
{
    const bool fine = value && PyDict_SetItemString(dict, key, value) == 0;
    Py_XDECREF(value);
    return fine;
}

static PyObject *state_dict(PyObject *self, PyObject *unused)
{
    (void)unused;
    PyObject *state = saved(of(self)->core.stepper);
    if (state && !(add(state, "run", run_dict(of(self)->core.run)) && add(state, "edited", edited(self))))
        Py_CLEAR(state);
    return state;
}

/* --- load --- */

/* Adds "run.max_duration: '90ep' here, '100ep' saved" for each fact that differs. */
static bool list_facts(PyObject *run, PyObject *there, PyObject *list)
{
    for (size_t i = 0; facts[i]; i++) {
        PyObject *mine = PyObject_GetAttrString(run, facts[i]), *theirs = tempopy_item(there, facts[i]);
        const int same = !mine || PyErr_Occurred() ? -1 : theirs ? PyObject_RichCompareBool(mine, theirs, Py_EQ) : 1;
        PyObject *words = same == 0 ? PyUnicode_FromFormat("run.%s: %R here, %R saved", facts[i], mine, theirs) : NULL;
        const bool fine = same > 0 || (words && PyList_Append(list, words) == 0);
        Py_XDECREF(words);
        Py_XDECREF(mine);
        if (!fine)
            return false;
    }
    return true;
}

static void advise_to_choose(tempo_error *error)
{
    PyOS_snprintf(error->advice, sizeof error->advice,
                  "say which counts: mismatch=\"config\" or mismatch=\"checkpoint\"");
}

/* What differs between the run and a saved one, which may be absent: 1, 0, or -1 with an exception, which for
 * TEMPO_MISMATCH_ERROR is one that lists it. */
static int compare_runs(PyObject *run, PyObject *there, tempo_mismatch mismatch)
{
    PyObject *list = PyList_New(0), *comma = PyUnicode_FromString("; ");
    int differs = list && comma && (!there || list_facts(run, there, list)) ? PyList_Size(list) > 0 : -1;
    if (differs > 0 && mismatch == TEMPO_MISMATCH_ERROR) {
        tempo_error error = TEMPO_ERROR_INIT;
        PyObject *text = PyUnicode_Join(comma, list), *owner = NULL;
        const char *words = text ? tempopy_text(text, "what differs", &owner) : NULL;
        if (words)
            PyOS_snprintf(error.message, sizeof error.message, "the saved state differs: %s", words);
        advise_to_choose(&error);
        PyOS_snprintf(error.path, sizeof error.path, "run");
        if (words)
            tempopy_raise(TEMPO_CONFLICT, &error);
        Py_XDECREF(owner);
        Py_XDECREF(text);
        differs = -1;
    }
    Py_XDECREF(comma);
    Py_XDECREF(list);
    return differs;
}

static bool load_tree(tempo_stepper *stepper, PyObject *state, tempo_mismatch mismatch)
{
    tempo_error error = TEMPO_ERROR_INIT;
    tempo_tree *tree = NULL;
    tempo_status status = tempo_tree_new(&tree, &tempopy_allocator);
    if (!status)
        status = tempopy_value_add(tree, NULL, NULL, 0, state, NULL)
                     ? tempo_stepper_load(stepper, tempo_tree_root(tree), mismatch, &error)
                     : TEMPO_FAILED;
    tempo_tree_free(tree);
    if (status == TEMPO_CONFLICT && mismatch == TEMPO_MISMATCH_ERROR)
        advise_to_choose(&error);
    return tempopy_stepper_done(status, &error);
}

/* The saved schedules, with the functions of the present ones. */
static PyObject *saved_schedule(const stepper_object *self, PyObject *state)
{
    const tempopy_state *types = tempopy_state_get();
    PyObject *list = tempopy_item(state, "schedules");
    PyObject *functions = tempopy_schedule_functions(self->schedule);
    return types && list ? PyObject_CallFunctionObjArgs((PyObject *)types->schedule, list, functions, NULL) : NULL;
}

/* Loads into a new core with the run that counts; the present one is replaced when all went well. */
static bool load_fresh(stepper_object *self, PyObject *state, PyObject *run, tempo_mismatch mismatch)
{
    core fresh;
    if (!make_core(self, run, self->core.groups, 0, &fresh))
        return false;
    tempo_error error = TEMPO_ERROR_INIT;
    bool fine = load_tree(fresh.stepper, state, mismatch);
    if (fine && mismatch == TEMPO_MISMATCH_CONFIG) /* the same time means something else now */
        fine = tempopy_stepper_done(
            tempo_stepper_step_to(fresh.stepper, tempo_stepper_now(fresh.stepper), NULL, &error), &error);
    core old = fine ? self->core : fresh;
    if (fine)
        self->core = fresh;
    drop_core(&old);
    return fine;
}

static bool load_with_run(stepper_object *self, PyObject *state, PyObject *there, tempo_mismatch mismatch)
{
    const tempopy_state *types = tempopy_state_get();
    const int differs = types ? compare_runs(self->core.run, there, mismatch) : -1;
    if (differs <= 0)
        return differs == 0 && load_tree(self->core.stepper, state, mismatch);
    PyObject *none = PyTuple_New(0);
    PyObject *run = mismatch == TEMPO_MISMATCH_CONFIG ? (Py_INCREF(self->core.run), self->core.run)
                    : none                            ? PyObject_Call((PyObject *)types->run, none, there)
                                                      : NULL;
    const bool fine = run && load_fresh(self, state, run, mismatch);
    Py_XDECREF(run);
    Py_XDECREF(none);
    return fine;
}

static bool take_edited(PyObject *self, PyObject *dict)
{
    const tempo_stepper *stepper = of(self)->core.stepper;
    PyObject *name = NULL, *number = NULL;
    Py_ssize_t position = 0;
    size_t track = 0;
    while (PyDict_Next(dict, &position, &name, &number)) {
        if (!tempopy_plan_track(stepper->setup.plan, name, &track))
            return false;
        *tempopy_stepper_number(self, track) = PyFloat_AsDouble(number);
    }
    return !PyErr_Occurred();
}

/* A dict of the state that may be absent. */
static bool take_dict(PyObject *state, const char *key, PyObject **out)
{
    *out = tempopy_item(state, key);
    if (*out && !PyDict_Check(*out))
        PyErr_Format(PyExc_TypeError, "%s of the saved state must be a dict, not %R", key, *out);
    return !PyErr_Occurred();
}

static bool load(PyObject *object, PyObject *state, tempo_mismatch mismatch)
{
    stepper_object *self = of(object);
    if (!PyDict_Check(state)) {
        PyErr_Format(PyExc_TypeError, "the state of a Stepper is a dict, not %R", state);
        return false;
    }
    PyObject *there = NULL, *by_hand = NULL, *schedule = NULL;
    if (!is_free(object) || !take_dict(state, "run", &there) || !take_dict(state, "edited", &by_hand))
        return false;
    if (mismatch == TEMPO_MISMATCH_CHECKPOINT && tempopy_item(state, "schedules") &&
        !(schedule = saved_schedule(self, state)))
        return false;
    bool fine = !PyErr_Occurred() && load_with_run(self, state, there, mismatch);
    if (fine && schedule) {
        Py_DECREF(self->schedule);
        self->schedule = schedule;
        Py_INCREF(schedule);
    }
    Py_XDECREF(schedule);
    if (fine && by_hand && mismatch != TEMPO_MISMATCH_CONFIG)
        fine = take_edited(object, by_hand);
    return fine;
}

static bool take_mismatch(const char *name, tempo_mismatch *out)
{
    static const char *const names[] = {[TEMPO_MISMATCH_ERROR] = "error",
                                        [TEMPO_MISMATCH_CONFIG] = "config",
                                        [TEMPO_MISMATCH_CHECKPOINT] = "checkpoint"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        *out = (tempo_mismatch)i;
        if (strcmp(name, names[i]) == 0)
            return true;
    }
    PyErr_Format(PyExc_ValueError, "mismatch must be \"error\", \"config\" or \"checkpoint\", not \"%s\"", name);
    return false;
}

static PyObject *load_state_dict(PyObject *self, PyObject *args, PyObject *kwargs)
{
    static const char *const names[] = {"state", "mismatch", NULL};
    PyObject *state = NULL;
    const char *name = "error";
    tempo_mismatch mismatch = TEMPO_MISMATCH_ERROR;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O|s:load_state_dict", (char **)names, &state, &name) ||
        !take_mismatch(name, &mismatch))
        return NULL;
    return none_if(load(self, state, mismatch));
}

/* --- pickling: what it was made of, and its state --- */

static PyObject *step_object(const stepper_object *self)
{
    if (self->options.step.count)
        return tempopy_time_new(self->options.step);
    Py_RETURN_NONE;
}

static PyObject *mode_object(PyObject *self, void *unused)
{
    (void)unused;
    return PyUnicode_FromString(of(self)->options.mode == TEMPO_STEPPER_CLOSED_FORM ? "closed_form" : "recursive");
}

static PyObject *new_arguments(PyObject *self, PyObject *unused)
{
    (void)unused;
    return Py_BuildValue("(OOO){sNsN}", of(self)->schedule, of(self)->core.run, of(self)->core.groups, "mode",
                         mode_object(self, NULL), "step", step_object(of(self)));
}

static PyObject *unpickle(PyObject *self, PyObject *state)
{
    return none_if(load(self, state, TEMPO_MISMATCH_CHECKPOINT));
}

/* --- what there is to know --- */

/* Of each track, by a function of its index. */
static PyObject *tuple_of_tracks(PyObject *self, PyObject *make(PyObject *self, size_t index))
{
    const size_t count = tempo_stepper_track_count(of(self)->core.stepper);
    PyObject *tuple = PyTuple_New((Py_ssize_t)count);
    for (size_t i = 0; tuple && i < count; i++) {
        PyObject *item = make(self, i);
        if (!item || PyTuple_SetItem(tuple, (Py_ssize_t)i, item))
            Py_CLEAR(tuple);
    }
    return tuple;
}

static PyObject *number_object(PyObject *self, size_t index)
{
    return PyFloat_FromDouble(*tempopy_stepper_number(self, index));
}

static PyObject *get_values(PyObject *self, void *unused)
{
    (void)unused;
    return tuple_of_tracks(self, number_object);
}

static PyObject *value(PyObject *self, PyObject *args, PyObject *kwargs)
{
    static const char *const names[] = {"track", NULL};
    PyObject *track = NULL;
    size_t index = 0;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "|O:value", (char **)names, &track) ||
        (track && !tempopy_plan_track(of(self)->core.stepper->setup.plan, track, &index)))
        return NULL;
    return number_object(self, index);
}

static PyObject *track_object(PyObject *self, size_t index)
{
    const tempopy_state *state = tempopy_state_get();
    const tempo_track *track = tempo_stepper_track(of(self)->core.stepper, index);
    PyObject *items[] = {tempopy_str(track->group), tempopy_str(track->field), PyFloat_FromDouble(track->base),
                         PyLong_FromSize_t(track->group_index)};
    return state ? tempopy_tuple_new(state->track, items, 4) : NULL;
}

static PyObject *get_tracks(PyObject *self, void *unused)
{
    (void)unused;
    return tuple_of_tracks(self, track_object);
}

static PyObject *get_steps(PyObject *self, void *unused)
{
    (void)unused;
    return PyLong_FromLongLong(tempo_stepper_steps(of(self)->core.stepper));
}

static PyObject *get_timestamp(PyObject *self, void *unused)
{
    (void)unused;
    return tempopy_timestamp_new(tempo_stepper_now(of(self)->core.stepper));
}

static PyObject *stepper_repr(PyObject *self)
{
    PyObject *mode = mode_object(self, NULL), *steps = get_steps(self, NULL);
    PyObject *repr =
        mode && steps ? PyUnicode_FromFormat("<Stepper %S after %S steps, %U>", of(self)->schedule, steps, mode) : NULL;
    Py_XDECREF(steps);
    Py_XDECREF(mode);
    return repr;
}

static PyMemberDef members[] = {
    {"schedule", T_OBJECT, offsetof(stepper_object, schedule), READONLY, "the Schedule"},
    {"run", T_OBJECT, offsetof(stepper_object, core.run), READONLY, "the Run"},
    {NULL, 0, 0, 0, NULL},
};

static PyGetSetDef getters[] = {
    {"steps", get_steps, NULL, "steps completed: PyTorch's last_epoch", NULL},
    {"timestamp", get_timestamp, NULL, "the time as a Timestamp", NULL},
    {"values", get_values, NULL, "a tuple of the numbers as they are now, one for each track", NULL},
    {"tracks", get_tracks, NULL, "a tuple of Tracks: the driven fields, in the order of groups and fields", NULL},
    {"mode", mode_object, NULL, "\"recursive\" or \"closed_form\"", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

#define METHOD(function) (PyCFunction)(void (*)(void)) function

static PyMethodDef methods[] = {
    {"of_plan", METHOD(of_plan), METH_CLASS | METH_VARARGS | METH_KEYWORDS,
     "of_plan($type, plan, groups=None, /, **options)\n--\n\n"
     "A Stepper of the schedules and the run of a Plan, and of its groups if none are given; options as in Stepper()."},
    {"step", METHOD(step), METH_VARARGS | METH_KEYWORDS,
     "step($self, metric=None)\n--\n\n"
     "One step, with the metric that schedules listen to, if any do. All values move, or on an error none. Raises\n"
     "Missing (a metric is needed), MissingFact, OutOfRange, and what a schedule in Python raises."},
    {"step_to", METHOD(step_to), METH_VARARGS | METH_KEYWORDS,
     "step_to($self, timestamp, metric=None)\n--\n\n"
     "Goes to the time of a Timestamp: every schedule takes as many steps as are completed by then, maybe none. "
     "Raises\n"
     "Conflict where that is back in time for a recursive schedule, or skips a metric."},
    {"value", METHOD(value), METH_VARARGS | METH_KEYWORDS,
     "value($self, track=0)\n--\n\nThe number of a track as it is now. `track` is an index or a name (\"lr\", "
     "\"decay.lr\")."},
    {"set", METHOD(set), METH_VARARGS | METH_KEYWORDS,
     "set($self, track, value)\n--\n\n"
     "Writes a number by hand: where a recursive schedule multiplies, it goes on from that; others overwrite it."},
    {"add_group", add_group, METH_O,
     "add_group($self, group, /)\n--\n\n"
     "Adds a Group, or a dict of fields, that joins at the current time. Raises Conflict for a name that is taken."},
    {"state_dict", state_dict, METH_NOARGS,
     "state_dict($self)\n--\n\n"
     "Everything as plain values: the version of the format, every counter, the run, the schedules with their hash, "
     "and\n"
     "of each track its base, its value and what its schedules remember; and numbers that were set by hand since."},
    {"load_state_dict", METHOD(load_state_dict), METH_VARARGS | METH_KEYWORDS,
     "load_state_dict($self, state, mismatch=\"error\")\n--\n\n"
     "Sets everything to a saved state, absolutely. Where it has another run, other schedules or other bases: "
     "\"error\"\n"
     "raises Conflict, which lists them; \"config\" takes the time only, and the values that this stepper has then;\n"
     "\"checkpoint\" takes what was saved. On an error nothing has changed."},
    {"__getnewargs_ex__", new_arguments, METH_NOARGS, NULL},
    {"__getstate__", state_dict, METH_NOARGS, NULL},
    {"__setstate__", unpickle, METH_O, NULL},
    {NULL, NULL, 0, NULL},
};

static const char doc[] =
    "Stepper(schedule, run=None, groups=None, *, mode=\"recursive\", step=None, start=0)\n--\n\n"
    "Schedules with a step(), as PyTorch's schedulers have it: it counts, remembers, and can be saved and loaded.\n\n"
    "schedule, run, groups: as for a Plan. mode: \"recursive\" does what PyTorch does, to the last bit; "
    "\"closed_form\"\n"
    "what a Plan does. step: what one step is, a time in ba, ep, sp, tok or iter; by default what the schedules "
    "count,\n"
    "if that is the same for all, else one batch. start: steps that were taken before. For one thread at a time.";

static PyType_Slot slots[] = {
    {Py_tp_doc, (void *)doc},
    {Py_tp_new, stepper_new},
    {Py_tp_dealloc, stepper_dealloc},
    {Py_tp_traverse, stepper_traverse},
    {Py_tp_repr, stepper_repr},
    {Py_tp_members, members},
    {Py_tp_getset, getters},
    {Py_tp_methods, methods},
    {0, NULL},
};

PyType_Spec tempopy_stepper_spec = {"tempo.Stepper", sizeof(stepper_object), 0, Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
                                    slots};
