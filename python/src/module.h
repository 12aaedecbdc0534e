/* module.h: what the files of the extension share. One file is one type; to add one: a file with its PyType_Spec, and
 * a row in TEMPOPY_TYPE_LIST.
 *
 * Written against the limited API of Python 3.9, so that one build serves every later Python. What follows from that:
 *   - no PyType_GetModuleState(): state belongs to the interpreter, tempopy_state_get();
 *   - no Py_buffer: arrays are bytearrays seen through memoryviews, see array.c;
 *   - no PyUnicode_AsUTF8(): text is borrowed from a bytes object, tempopy_text().
 *
 * Conventions: what returns PyObject * returns a new reference, or NULL with an exception set; what returns bool
 * returns false with an exception set. Names shared between the files begin with tempopy_.
 */
#ifndef TEMPOPY_MODULE_H
#define TEMPOPY_MODULE_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <structmember.h>

#include <stdbool.h>
#include <stdint.h>

#include <tempo/document.h>
#include <tempo/tempo.h>

/* --- the types (module.c) --- */

/* Every type once: its member in the state, the PyType_Spec in its own file, and its name in the module. */
#define TEMPOPY_TYPE_LIST(X)                          \
    X(run, tempopy_run_spec, "Run")                   \
    X(group, tempopy_group_spec, "Group")             \
    X(schedule, tempopy_schedule_spec, "Schedule")    \
    X(plan, tempopy_plan_spec, "Plan")                \
    X(document, tempopy_document_spec, "Document")    \
    X(type, tempopy_type_spec, "ScheduleType")        \
    X(time, tempopy_time_spec, "Time")                \
    X(timestamp, tempopy_timestamp_spec, "Timestamp") \
    X(clock, tempopy_clock_spec, "Clock")             \
    X(stepper, tempopy_stepper_spec, "Stepper")       \
    X(driver, tempopy_driver_spec, "Driver")

#define TEMPOPY_SPEC(member, spec, name) extern PyType_Spec spec;
TEMPOPY_TYPE_LIST(TEMPOPY_SPEC)
#undef TEMPOPY_SPEC

/* The same for what is a tuple with names. */
#define TEMPOPY_TUPLE_LIST(X)                          \
    X(track, tempopy_track_tuple, "Track")             \
    X(finding, tempopy_finding_tuple, "Finding")       \
    X(node, tempopy_node_tuple, "Node")                \
    X(parameter, tempopy_parameter_tuple, "Parameter") \
    X(points, tempopy_points_tuple, "Points")          \
    X(training, tempopy_training_tuple, "State")

#define TEMPOPY_TUPLE(member, description, name) extern PyStructSequence_Desc description;
TEMPOPY_TUPLE_LIST(TEMPOPY_TUPLE)
#undef TEMPOPY_TUPLE

enum {
#define TEMPOPY_COUNT(name, number, text) TEMPOPY_STATUS_##name,
    TEMPO_STATUS_LIST(TEMPOPY_COUNT)
#undef TEMPOPY_COUNT
        TEMPOPY_STATUS_COUNT
};

/* What one interpreter has of its own. */
typedef struct tempopy_state {
    PyObject *error;                        /* tempo.Error                        */
    PyObject *errors[TEMPOPY_STATUS_COUNT]; /* its subclasses; NULL where none is */
    PyObject *units;                        /* the members of tempo.TimeUnit by number; NULL until one is needed */
#define TEMPOPY_MEMBER(member, spec, name) PyTypeObject *member;
    TEMPOPY_TYPE_LIST(TEMPOPY_MEMBER)
    TEMPOPY_TUPLE_LIST(TEMPOPY_MEMBER)
#undef TEMPOPY_MEMBER
} tempopy_state;

/* That of the running interpreter; NULL with an exception after the module is gone. */
tempopy_state *tempopy_state_get(void);

/* What the core allocates with: Python's memory, for which the GIL must be held. */
extern const tempo_allocator tempopy_allocator;

/* Frees an object of a heap type and drops its reference to the type: the end of every tp_dealloc. */
void tempopy_free(PyObject *self);

/* --- errors (errors.c) --- */

/* Creates the exceptions and adds them to the module. */
bool tempopy_errors_add(PyObject *module, tempopy_state *state);

/* Raises what the core reported; always NULL. An exception that a callback left is kept. */
PyObject *tempopy_raise(tempo_status status, const tempo_error *error);

/* --- text and numbers (text.c) --- */

/* The UTF-8 text of a str, which must have no NUL: borrowed from *owner, a new reference that the caller drops. NULL
 * with an exception: a TypeError calls it `what`. */
const char *tempopy_text(PyObject *object, const char *what, PyObject **owner);

/* A new str of UTF-8 text; what is broken in it, as where a message was cut, is replaced. */
PyObject *tempopy_str(const char *utf8);

/* What a dict has for a key, borrowed; NULL where it has nothing, and with an exception set when memory is out: Python's
 * own function of this kind drops that. */
PyObject *tempopy_item(PyObject *dict, const char *key);

/* Whether an object has an attribute: 1 or 0; -1 with an exception. */
int tempopy_has(PyObject *object, const char *attribute);

/* A tuple with names of `count` items, to which it takes the references; NULL if one of them is. */
PyObject *tempopy_tuple_new(PyTypeObject *type, PyObject *const *items, Py_ssize_t count);

/* --- values (values.c) --- */

/* Adds a Python object to a tree, as tempo_tree_add() does: None, bool, numbers, str, mappings, iterables, Times (as
 * text) and Schedules. A callable becomes the name of a function, and is put into the dict `functions` under it. */
bool tempopy_value_add(tempo_tree *tree, tempo_value *parent, const char *key, size_t key_length, PyObject *object,
                       PyObject *functions);

/* The other way: dicts, lists, str, int, float, bool and None. */
PyObject *tempopy_value_object(const tempo_value *value);

/* --- immutable things with a few attributes (record.c) --- */

/* repr, ==, hash and pickling of objects that are what these attributes say; `names` ends with NULL and is in the order
 * of the constructor's positional parameters. */
PyObject *tempopy_record_repr(PyObject *self, const char *const *names);
PyObject *tempopy_record_compare(PyObject *self, PyObject *other, int operation, const char *const *names);
Py_hash_t tempopy_record_hash(PyObject *self, const char *const *names);
PyObject *tempopy_record_reduce(PyObject *self, const char *const *names);

/* --- runs and groups (run.c, group.c) --- */

/* The run of a Run, borrowed from it; of None one in which nothing is known. NULL: TypeError. */
const tempo_run *tempopy_run_of(PyObject *object);
PyObject *tempopy_run_new(const tempo_run *run);

/* Groups read from a Group, a dict of fields, or an iterable of these: an array (PyMem_Free() it) whose contents `owner`,
 * a tuple of Groups, keeps alive. */
bool tempopy_groups_of(PyObject *object, PyObject **owner, tempo_group **groups);
PyObject *tempopy_groups_new(const tempo_group *groups, size_t count);

/* --- schedules (schedule.c) --- */

/* Whether it is a Schedule (false with an exception if that cannot be told); its parts, borrowed. `functions` is a dict
 * of callables by name, or NULL. */
bool tempopy_schedule_check(PyObject *object);
const tempo_schedule *tempopy_schedule_of(PyObject *object);
PyObject *tempopy_schedule_functions(PyObject *object);

/* A Schedule that owns `schedule` (freed on failure too), or of any object that describes one. */
PyObject *tempopy_schedule_wrap(tempo_schedule *schedule, PyObject *functions);
PyObject *tempopy_schedule_from(PyObject *object);

/* --- functions (functions.c) --- */

/* The callables of a dict by name (NULL: none) as functions of the core, which borrow them. A callable that raises makes
 * a value NaN and leaves the exception, for who evaluates to look for. */
bool tempopy_functions_of(PyObject *functions, tempo_function **out, size_t *count);
void tempopy_functions_free(tempo_function *functions, size_t count);

/* --- the registry (type.c): functions of the module --- */

PyObject *tempopy_types(PyObject *module, PyObject *unused);
PyObject *tempopy_find_type(PyObject *module, PyObject *name);

/* --- xlstm-jax's SchedulerConfig (config.c): functions of the module --- */

PyObject *tempopy_config_to_dict(PyObject *module, PyObject *arguments);
PyObject *tempopy_config_from_dict(PyObject *module, PyObject *args, PyObject *kwargs);

/* --- times (time.c) --- */

/* A member of tempo.TimeUnit; a unit from one, from its name or suffix, or from a member of Composer's enum. */
PyObject *tempopy_unit_object(tempo_unit unit);
bool tempopy_unit_read(PyObject *object, tempo_unit *unit);

/* Whether it is a Time, of ours or as Composer's: 1 or 0; -1 with an exception. */
int tempopy_time_is(PyObject *object);

/* A time from a Time, from text in a grammar, or from a number of `unit` (NULL: none). Raises RuntimeError for anything
 * else, and TypeError for a count that is not an int, as Composer does. */
bool tempopy_time_read(PyObject *object, tempo_time_grammar grammar, const tempo_unit *unit, tempo_time *time);
PyObject *tempopy_time_new(tempo_time time);

/* The answer of a comparison whose operands stand in this order: -1, 0 or 1. */
PyObject *tempopy_order_object(int order, int operation);

/* --- timestamps (timestamp.c) --- */

/* Whether it is a Timestamp, of ours or as Composer's: 1 or 0; -1 with an exception. */
int tempopy_timestamp_is(PyObject *object);
bool tempopy_timestamp_read(PyObject *object, tempo_timestamp *now);
PyObject *tempopy_timestamp_new(const tempo_timestamp *now);

/* Its state_dict(), and from one: what is absent in an old one keeps its value. Raises KeyError and TypeError. */
PyObject *tempopy_timestamp_dict(const tempo_timestamp *now);
bool tempopy_timestamp_load(PyObject *dict, tempo_timestamp *now);

/* Microseconds of a timedelta; 0 of None. */
bool tempopy_duration_read(PyObject *object, int64_t *microseconds);

/* --- plans (plan.c) --- */

/* What is bound. All are borrowed and kept. */
typedef struct tempopy_bound {
    PyObject *schedule; /* a Schedule */
    PyObject *run;      /* a Run */
    PyObject *groups;   /* a tuple of Groups */
    PyObject *metrics;  /* a tuple of floats, or NULL */
    bool max_duration_is_scaled;
    bool stepped; /* as in tempo_bind_options */
} tempopy_bound;

/* Binds through `bind`, which calls tempo_plan_bind() or the like with these options. */
typedef tempo_status tempopy_binder(tempo_plan **out, const tempo_bind_options *options, void *context,
                                    tempo_error *error);
PyObject *tempopy_plan_bind(const tempopy_bound *bound, tempopy_binder *bind, void *context);

/* The plan of a Plan, borrowed; NULL: TypeError. */
const tempo_plan *tempopy_plan_of(PyObject *object);

/* The timestamp that `at` means to a plan: a number of batches, a time such as "5ep", a Time or a Timestamp. */
bool tempopy_plan_at(const tempo_plan *plan, PyObject *at, tempo_timestamp *now);

/* The track that an index, or a name such as "lr" or "decay.lr", means. */
bool tempopy_plan_track(const tempo_plan *plan, PyObject *track, size_t *index);

/* Whether evaluating it calls Python functions, for which the GIL must be held. */
bool tempopy_plan_in_python(PyObject *object);

/* --- pictures of plans (picture.c); the first two with the arguments of svg() --- */

/* `relative`: nobody gave the base of lr, so that it is drawn as a multiple of it. */
PyObject *tempopy_picture(PyObject *plan, bool relative, PyObject *args, PyObject *kwargs);
PyObject *tempopy_plan_svg(PyObject *self, PyObject *args, PyObject *kwargs);
PyObject *tempopy_plan_repr_svg(PyObject *self, PyObject *nothing);
PyObject *tempopy_plan_points(PyObject *self, PyObject *args, PyObject *kwargs);
PyObject *tempopy_plan_plot(PyObject *self, PyObject *args, PyObject *kwargs);

/* What a notebook is given: the picture, or None where a tempo.Error says that there is none to draw. */
PyObject *tempopy_picture_or_none(PyObject *picture);

/* --- the command (command.c): a function of the module --- */

PyObject *tempopy_main(PyObject *module, PyObject *argv);

/* The expression of a track: a tuple of Nodes (expression.c). */
PyObject *tempopy_expression(const tempo_plan *plan, size_t track);

/* Methods of Plan (plan_next.c). */
PyObject *tempopy_plan_from_base(PyObject *self, PyObject *args, PyObject *kwargs);
PyObject *tempopy_plan_next(PyObject *self, PyObject *args, PyObject *kwargs);
PyObject *tempopy_plan_memory(PyObject *self, PyObject *args, PyObject *kwargs);
PyObject *tempopy_plan_listen(PyObject *self, PyObject *args, PyObject *kwargs);

/* --- what the drop-ins ask beside values (queries.c): functions of the module --- */

PyObject *tempopy_wsd(PyObject *module, PyObject *args);
PyObject *tempopy_wsd_checkpoints(PyObject *module, PyObject *args);
PyObject *tempopy_timm_cycle_length(PyObject *module, PyObject *args);

/* --- steppers (stepper.c) --- */

/* The stepper of a Stepper, borrowed until a state is loaded; NULL: TypeError. */
tempo_stepper *tempopy_stepper_of(PyObject *object);

/* The number that a track of a Stepper owns: borrowed likewise. */
double *tempopy_stepper_number(PyObject *stepper, size_t track);

/* One step of a Stepper, or one to a time, with a metric unless it is None or NULL. */
bool tempopy_stepper_step(PyObject *stepper, PyObject *metric);
bool tempopy_stepper_step_to(PyObject *stepper, const tempo_timestamp *now, PyObject *metric);

/* Whether all went well: raises what the core reported, or leaves what a schedule in Python has raised. */
bool tempopy_stepper_done(tempo_status status, const tempo_error *error);

/* --- arrays (array.c) --- */

/* Room for `count` doubles: a bytearray, whose memory is *out. */
PyObject *tempopy_array_new(Py_ssize_t count, double **out);

/* A finished one as what it is given out as: a NumPy array of float64 that shares its memory, or where there is no NumPy
 * a memoryview of doubles. Takes the reference. */
PyObject *tempopy_array_finish(PyObject *array);

/* Numbers read from a number, or from any iterable of numbers: PyMem_Free() them. *is_number tells which it was. */
double *tempopy_numbers_of(PyObject *object, Py_ssize_t *count, bool *is_number);

#endif
