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
 * which member holds it. */
typedef struct tempo__argument {
    bool given;
    bool flag;
    double real;
    tempo_time time;
    const tempo_time *times; /* `count` of them, as written */
    size_t count;
    const char *name;
} tempo__argument;

/* The facts of a run, checked and parsed. */
typedef struct tempo__facts {
    bool has_max_duration;
    tempo_time unscaled_max_duration;
    tempo_time max_duration;   /* times the ratio, truncated */
    int64_t batches_per_epoch; /* this and the next two: 0 if unknown */
    int64_t samples_per_batch;
    int64_t tokens_per_batch;
    double ratio; /* the scale schedule ratio */
} tempo__facts;

/* One schedule that is being bound. */
typedef struct tempo__binding {
    const tempo__facts *facts; /* lives as long as the plan */
    const tempo_type *type;
    const tempo__argument *arguments; /* one per parameter of the type */
    const tempo_bind_options *options;
    size_t index;           /* in the stack: for paths */
    tempo__arena *arena;    /* what is prepared must come from here */
    unsigned reads;         /* bit 1 << unit: counters that the prepared schedule looks at */
    int64_t undefined_from; /* first batch where the upstream has no value any more; 0: it always has one */
    bool silent;            /* findings were reported before */
    tempo_error *error;
} tempo__binding;

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
    /* Checks the arguments against the run and computes beforehand whatever does not depend on time,
     * into memory of binding->arena. Never evaluates. Called twice with the same outcome. */
    tempo_status (*bind)(tempo__binding *binding, void **prepared);
    /* The value from `base`. Pure: no allocation, no lock, no failure, for every counter >= 0. */
    double (*value)(const void *prepared, const tempo_timestamp *now, double base);
    /* The first batch after `batch` (>= -1) where the curve has a jump or a corner, or -1. */
    int64_t (*joint)(const void *prepared, const tempo__facts *facts, int64_t batch);
};

/* The last numbers of a row of parameters: minimum, maximum, whether the minimum itself is excluded. */
#define RANGE_ANY -INFINITY, INFINITY, false
#define RANGE_AT_LEAST_0 0, INFINITY, false
#define RANGE_ABOVE_0 0, INFINITY, true

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

/* Reports something suspicious. */
void tempo__bind_find(tempo__binding *binding, size_t parameter, tempo_finding_code code, const char *advice,
                      const char *format, ...) TEMPO_PRINTF(5, 6);

/* The same about something that is no schedule's parameter. */
void tempo__find(const tempo_bind_options *options, tempo_finding_code code, const char *path, const char *advice,
                 const char *format, ...) TEMPO_PRINTF(5, 6);

/* The function of that name from the options, or NULL. */
const tempo_function *tempo__bind_function(const tempo__binding *binding, const char *name);

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
} tempo__entry;

const tempo__entry *tempo__schedule_entry(const tempo_schedule *schedule, size_t index);

#endif
