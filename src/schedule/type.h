/* schedule/type.h: the seam between the registry and the families. To add a schedule, copy a row of a
 * family file (src/families/): nothing else has to know its name.
 */
#ifndef TEMPO_SCHEDULE_TYPE_H
#define TEMPO_SCHEDULE_TYPE_H

#include <math.h>

#include <tempo/plan.h>
#include <tempo/registry.h>
#include <tempo/schedule.h>

#include "base/internal.h"

/* What a schedule says for one parameter: what was given, or the default. The parameter's kind tells
 * which members hold it. */
typedef struct tempo__argument {
    bool given;
    bool is_null; /* null was given, or is the default: no other member holds anything */
    bool flag;
    bool whole; /* of a REAL: it was written as an integer, which `integer` holds */
    double real;
    int64_t integer; /* of a COUNT; of a CHOICE, which one, from 0 */
    tempo_time time;
    const char *name;
    size_t count; /* of a list or map: how many, in the next four, as written (a map: ascending keys) */
    const tempo_time *times;
    const double *reals;     /* of a REAL_LIST, or the values of a COUNT_MAP */
    const int64_t *integers; /* of a COUNT_LIST, or the keys of a COUNT_MAP  */
    const struct tempo__entry *schedules;
} tempo__argument;

/* The facts of a run, checked and parsed. */
typedef struct tempo__facts {
    bool has_max_duration;
    tempo_time unscaled_max_duration;
    tempo_time max_duration;   /* times the ratio, truncated */
    int64_t batches_per_epoch; /* this and the next two: 0 if unknown */
    int64_t samples_per_batch;
    int64_t tokens_per_batch;
    double ratio;           /* the scale schedule ratio */
    bool steps_every_batch; /* what a step is for a family that has Composer's choice */
} tempo__facts;

/* What a type that counts steps counts, if its schedule does not say `every`. */
typedef enum tempo__counting {
    TEMPO__COUNTS_NOTHING, /* it reads times: `every` is an error                       */
    TEMPO__COUNTS_BATCHES, /* its system counts updates                                 */
    TEMPO__COUNTS_EPOCHS,  /* its system counts epochs                                  */
    TEMPO__COUNTS_STEPS    /* epochs, or batches if step_schedulers_every_batch is true */
} tempo__counting;

/* One step: how much of a counter. */
typedef struct tempo__steps {
    tempo_unit unit;
    size_t offset;
    int64_t size; /* > 0 */
} tempo__steps;

/* Longest path of a schedule, with the NUL; a longer one is cut, as tempo_error cuts it. */
enum { TEMPO__PATH_MAX = 128 };

/* One schedule that is being bound. */
typedef struct tempo__binding {
    const tempo__facts *facts;        /* lives as long as the plan */
    const tempo_type *type;           /* at its end, bind() may name another one: what is prepared is of that then */
    const tempo__argument *arguments; /* one per parameter of the type */
    tempo__steps steps;               /* of a type that counts steps; its bind() may choose others */
    bool has_every;                   /* the schedule itself says what a step is */
    double least_base, greatest_base; /* of the fields that the schedule drives */
    bool is_companion;                /* bound for the field that its type drives along with its own */
    bool is_stepped;                  /* for a stepper: a type without a closed form is welcome */
    const tempo_bind_options *options;
    size_t index;           /* in the stack */
    const char *path;       /* "schedules[0]"; of a nested one "schedules[0].schedules[1]" */
    bool is_nested;         /* it is inside another one: its batches are steps of that, and not those of the run */
    bool is_single;         /* in single precision, as are those inside it that say nothing else */
    tempo__arena *arena;    /* what is prepared must come from here */
    unsigned reads;         /* bit 1 << unit: counters that the prepared schedule looks at */
    int64_t undefined_from; /* first batch where the upstream has no value any more; 0: it always has one */
    int64_t undefined_step; /* the same as a step of the schedule's own */
    bool silent;            /* findings were reported before */
    tempo_error *error;
} tempo__binding;

struct tempo__sketch;

struct tempo_type {
    const char *name;
    const char *summary;
    const char *formula;
    const char *source;
    const char *notes;       /* "" if nothing surprises */
    const char *example;     /* one-line form; "" if it needs a program */
    const char *example_run; /* options of the command */
    const tempo_parameter *parameters;
    size_t parameter_count;
    tempo__counting counting;
    bool absolute; /* the value does not depend on the base: the schedule can only be the first of a stack */
    /* value() is the base times a factor of the time alone, and next() the previous value times one; the product is
     * what is computed last, so that it has the same bits in whatever way the factor was found. */
    bool proportional;
    /* Fields that the schedule drives along with lr, such as the momentum of a cycle: the first of these (ended by NULL)
     * that a group has, while the flag parameter `cycles` is true. It is bound for that on its own. NULL: none. */
    const char *const *companions;
    size_t cycles;
    /* Checks the arguments against the run and computes beforehand whatever does not depend on time,
     * into memory of binding->arena. Never evaluates. Called twice with the same outcome. */
    tempo_status (*bind)(tempo__binding *binding, void **prepared);
    /* The value from `base`. Pure: no allocation, no lock, no failure, for every counter >= 0. NULL for what has no
     * closed form: `next` without `value`, `listen`, or `follow` says how its value comes about. */
    double (*value)(const void *prepared, const tempo_timestamp *now, double base);
    /* The value after `step` steps from the one before, as PyTorch's step() computes it; step 0 is that of the
     * constructor. Pure. NULL for a type that looks at nothing but the step. */
    double (*next)(const void *prepared, int64_t step, double base, double previous);
    /* A type that listens to a metric, and what it remembers from one step to the next: names, ended by NULL. begin()
     * sets that and returns the first value, from the base; listen() is given the metric of step 1, 2, ... */
    const char *const *memory;
    double (*begin)(const void *prepared, double *memory, double base);
    double (*listen)(const void *prepared, double *memory, int64_t step, double metric, double base, double previous);
    /* A type that follows another field of its group, which its parameter `leader` names: the value from `base`, and
     * from the value and the base of that field. Pure. */
    double (*follow)(double base, double leader, double leader_base);
    size_t leader;
    /* The value after `step` steps, a node, as operations on nodes: those of the type's own system, in its order, the
     * value last; called after bind(), twice with the same outcome. NULL for a type without: schedule/expression.h. */
    size_t (*express)(tempo__binding *binding, struct tempo__sketch *sketch, size_t step);
    /* The first batch after `batch` (>= -1) where the curve has a jump or a corner, or -1. */
    int64_t (*joint)(const void *prepared, const tempo__facts *facts, int64_t batch);
};

/* The middle of a row of parameters: minimum, maximum, whether the minimum itself is excluded, choices. */
#define RANGE_ANY -INFINITY, INFINITY, false, NULL
#define RANGE_AT_LEAST_0 0, INFINITY, false, NULL
#define RANGE_ABOVE_0 0, INFINITY, true, NULL
#define RANGE_AT_LEAST_1 1, INFINITY, false, NULL
#define RANGE_0_TO_1 0, 1, false, NULL
#define CHOICES(words) -INFINITY, INFINITY, false, words

/* A table of parameters, in a row of types. */
#define PARAMETERS(table) .parameters = table, .parameter_count = sizeof table / sizeof table[0]

/* The types of one system. One constant at the foot of each family file; registry.c lists them. */
typedef struct tempo__family {
    const tempo_type *types;
    size_t count;
} tempo__family;

/* --- for bind(): all take the parameter's place in the type's table --- */

/* Zeroed memory of the plan; NULL when memory is out (return tempo__out_of_memory()). */
void *tempo__prepare(tempo__binding *binding, size_t count, size_t size);

/* Fails with the path of the parameter; advice may follow with tempo__advise(). */
tempo_status tempo__bind_fail(tempo__binding *binding, size_t parameter, tempo_status status, const char *format, ...)
    TEMPO_PRINTF(4, 5);

/* Fails because a member of tempo_run is unknown: `fact` is its name, the format says who needs it. */
tempo_status tempo__bind_need(tempo__binding *binding, const char *path, const char *fact, const char *format, ...)
    TEMPO_PRINTF(4, 5);

/* For a system that knows no scale schedule ratio: CONFLICT unless it is 1. */
tempo_status tempo__refuse_ratio(const tempo__binding *binding);

/* Length of the run in batches; -1 if that cannot be told, or if they are not the steps that a nested schedule counts. */
int64_t tempo__run_batches(const tempo__binding *binding);

/* Reports something suspicious. */
void tempo__bind_find(tempo__binding *binding, size_t parameter, tempo_finding_code code, const char *advice,
                      const char *format, ...) TEMPO_PRINTF(5, 6);

/* The same about something that is no schedule's parameter. */
void tempo__find(const tempo_bind_options *options, tempo_finding_code code, const char *path, const char *advice,
                 const char *format, ...) TEMPO_PRINTF(5, 6);

/* The function of that name from the options, or NULL. */
const tempo_function *tempo__bind_function(const tempo__binding *binding, const char *name);

/* A copy of the function of a step that a parameter names. Errors: UNKNOWN_NAME, NO_MEMORY. */
tempo_status tempo__take_function(tempo__binding *binding, size_t parameter, const tempo_function **out);

/* --- counters --- */

/* Where a unit's counter lies in a timestamp; the unit is one of iter, ep, ba, sp, tok. */
size_t tempo__counter_offset(tempo_unit unit);

static inline int64_t tempo__counter_at(const tempo_timestamp *now, size_t offset)
{
    return *(const int64_t *)(const void *)((const char *)now + offset);
}

/* The first batch at which a unit's counter has reached `count`; -1 if that cannot be told or does not
 * fit. The counter after `batch` batches, held at INT64_MAX; -1 if it cannot be told. */
int64_t tempo__batch_of(const tempo__facts *facts, tempo_unit unit, int64_t count);
int64_t tempo__count_at(const tempo__facts *facts, tempo_unit unit, int64_t batch);

/* Steps completed at a timestamp, and the first batch at which that many are; as tempo__batch_of(). */
static inline int64_t tempo__steps_at(const tempo__steps *steps, const tempo_timestamp *now)
{
    const int64_t count = tempo__counter_at(now, steps->offset);
    /* Not `size == 1`: compilers know that dividing by 1 changes nothing, and would always divide. */
    return steps->size > 1 ? tempo__quotient(count, steps->size) : count;
}
int64_t tempo__batch_of_step(const tempo__facts *facts, const tempo__steps *steps, int64_t step);

/* Steps completed after `batch` batches; -1 before the start, and if that cannot be told. */
int64_t tempo__steps_after(const tempo__facts *facts, const tempo__steps *steps, int64_t batch);

/* For joint(): the smaller of `best` (-1: none yet) and the batch of a step, if that is after `batch`. */
int64_t tempo__nearer_step(int64_t best, const tempo__facts *facts, const tempo__steps *steps, int64_t step,
                           int64_t batch);

/* For joint(): the smaller of `best` (-1: none yet) and the batch of a time, if that is after `batch`. */
int64_t tempo__nearer_joint(int64_t best, const tempo__facts *facts, tempo_time time, int64_t batch);

/* A time for a person: "2,000ba", "0.0002dur". `buffer` has TEMPO__TIME_WORDS_MAX bytes; returned. */
enum { TEMPO__TIME_WORDS_MAX = 56 };
const char *tempo__time_words(char *buffer, tempo_time time);

/* --- inside a schedule (schedule.c) --- */

typedef struct tempo__entry {
    const tempo_type *type;
    const tempo__argument *arguments;
    const char *field;
    const char *const *groups;
    size_t group_count;
    bool has_every;
    tempo_time every; /* of one step; > 0 */
} tempo__entry;

const tempo__entry *tempo__schedule_entry(const tempo_schedule *schedule, size_t index);

#endif
