/* tempo/registry.h: every kind of schedule there is, described as data.
 *
 * Parsers, error messages, `tempo list`, the JSON Schema and the reference pages are made from this.
 */
#ifndef TEMPO_REGISTRY_H
#define TEMPO_REGISTRY_H

#include <stdbool.h>
#include <stddef.h>

#include <tempo/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What a parameter holds. */
typedef enum tempo_parameter_kind {
    TEMPO_TIME,          /* text such as "10ep"; see tempo/time.h                     */
    TEMPO_TIME_LIST,     /* a list of those                                           */
    TEMPO_REAL,          /* a finite number                                           */
    TEMPO_REAL_LIST,     /* a list of those                                           */
    TEMPO_REAL_OR_LIST,  /* either                                                    */
    TEMPO_COUNT,         /* a whole number                                            */
    TEMPO_COUNT_LIST,    /* a list of those                                           */
    TEMPO_COUNT_MAP,     /* a map from whole numbers to finite numbers: {30: 0.1}     */
    TEMPO_FLAG,          /* true or false                                             */
    TEMPO_CHOICE,        /* one of the words in `choices`                             */
    TEMPO_SCHEDULE_LIST, /* a list of schedules, each a map with a type               */
    TEMPO_FUNCTION,      /* the name of a function that the program supplies when it binds */
    TEMPO_FIELD          /* the name of a field of the optimizer's groups             */
} tempo_parameter_kind;

/* One parameter of a type. Static data. */
typedef struct tempo_parameter {
    const char *name;
    tempo_parameter_kind kind;
    const char *default_text; /* as in the one-line form, such as "1dur"; NULL: required; "null":
                                 nothing, and null may be given                                     */
    double minimum, maximum;  /* of a number, and of the value of a time; -INFINITY and INFINITY: any */
    bool above_minimum;       /* the minimum itself is not allowed                                  */
    const char *choices;      /* of a CHOICE: "linear|cosine"; of a SCHEDULE_LIST: the one type that its
                                 elements have, which they need not name; of a COUNT: "null" if null
                                 may be given although it is not the default; else NULL           */
    const char *help;         /* one line                                                           */
} tempo_parameter;

/* One kind of schedule. Static data. */
typedef struct tempo_type tempo_type;

/* Types in the registry's order, family by family. tempo_type_at() returns NULL past the end. */
TEMPO_API size_t tempo_type_count(void);
TEMPO_API const tempo_type *tempo_type_at(size_t index);

/* The type of that name, or NULL; names are compared exactly. */
TEMPO_API const tempo_type *tempo_type_find(const char *name);

/* The known name nearest to `name` (a misspelling, another case, a missing family prefix), or NULL
 * when none is near. Static. */
TEMPO_API const char *tempo_type_nearest(const char *name);

/* All static, none NULL. */
TEMPO_API const char *tempo_type_name(const tempo_type *type);    /* "composer.StepScheduler"             */
TEMPO_API const char *tempo_type_summary(const tempo_type *type); /* "multiply by gamma at a fixed interval" */
TEMPO_API const char *tempo_type_formula(const tempo_type *type); /* one line                             */
TEMPO_API const char *tempo_type_source(const tempo_type *type);  /* where the formula comes from         */
TEMPO_API const char *tempo_type_notes(const tempo_type *type);   /* what surprises, and every deviation; "" */
TEMPO_API const char *tempo_type_example(const tempo_type *type); /* one-line form, e.g. for a picture; "" if
                                                                     it cannot be drawn without a program */
/* A run in which the example is worth looking at, as options of the command: "--max-duration 90ep ...". */
TEMPO_API const char *tempo_type_example_run(const tempo_type *type);

/* Whether the type listens to a metric, and so has values only where that is given: whatever its arguments, as opposed
 * to timm.create_scheduler_v2, which may make one that does. */
TEMPO_API bool tempo_type_listens(const tempo_type *type);

/* Parameters in the order of the upstream's signature. NULL past the end. */
TEMPO_API size_t tempo_type_parameter_count(const tempo_type *type);
TEMPO_API const tempo_parameter *tempo_type_parameter(const tempo_type *type, size_t index);

/* Whether null may be given. */
TEMPO_API bool tempo_parameter_is_nullable(const tempo_parameter *parameter);

/* Name of a parameter's kind: "time", "list of times", "real", "count", "flag", ... Static. */
TEMPO_API const char *tempo_parameter_kind_text(tempo_parameter_kind kind);

#ifdef __cplusplus
}
#endif

#endif
