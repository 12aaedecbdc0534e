/* plan/internal.h: what a plan consists of, and what it is made from. */
#ifndef TEMPO_PLAN_INTERNAL_H
#define TEMPO_PLAN_INTERNAL_H

#include <float.h>
#include <math.h>

#include "plan/facts.h"
#include "schedule/expression.h"
#include "schedule/type.h"

/* One schedule, ready to be evaluated on one track. */
typedef struct tempo__bound {
    double (*value)(const void *prepared, const tempo_timestamp *now, double base); /* NULL: see special_value() */
    const void *prepared;
    const tempo_type *type;
    size_t index;                      /* of the schedule */
    tempo__steps steps;                /* of a type that counts them */
    int64_t undefined_step;            /* first step without a value; 0: there always is one */
    const struct tempo__track *leader; /* of a type that follows another track */
    const double *heard;               /* of a type that listens: its value after 0, 1, ... of the metrics */
    size_t heard_count;
    const tempo_expression *expression; /* NULL: not wanted, or there is none, */
    const char *lacking;                /* of this type; NULL: of lack of a fact */
} tempo__bound;

typedef struct tempo__track {
    tempo_track seen; /* what callers see */
    tempo__bound *stack;
    size_t stack_count;
} tempo__track;

/* A growing schedule may leave the range of double (Python raises OverflowError): it stays finite, also for the next
 * one in the stack, which may multiply by 0. */
static inline double tempo__stay_finite(double value)
{
    return isinf(value) ? copysign(DBL_MAX, value) : value;
}

/* Whether one of the schedules of a track follows another one. */
static inline bool tempo__follows(const tempo__track *track)
{
    for (size_t i = 0; i < track->stack_count; i++)
        if (track->stack[i].type->follow)
            return true;
    return false;
}

/* Whether its schedules have a value at a time, whatever came before. */
static inline bool tempo__has_closed_form(const tempo__track *track)
{
    for (size_t i = 0; i < track->stack_count; i++)
        if (!track->stack[i].value && !track->stack[i].leader && !track->stack[i].heard)
            return false;
    return true;
}

/* Whether each of the schedules can go on from what it finds: alone, any schedule can. */
static inline bool tempo__can_chain(const tempo__track *track)
{
    for (size_t i = 0; track->stack_count > 1 && i < track->stack_count; i++)
        if (!track->stack[i].type->next && !track->stack[i].type->listen)
            return false;
    return true;
}

struct tempo_plan {
    tempo__arena arena; /* one chunk, which holds the plan itself */
    tempo_run run;
    tempo__facts facts;
    const char *schedules;  /* in the one-line form */
    unsigned reads;         /* bit 1 << unit: counters that some schedule looks at */
    int64_t undefined_from; /* first batch where some upstream has no value; 0: they always have one */
    bool has_expressions;   /* they were wanted */
    tempo__track *tracks;
    size_t track_count;
};

/* --- binding --- */

/* What tempo_plan_bind() was given. */
typedef struct tempo__request {
    const tempo_run *run;
    const tempo_group *groups;
    size_t group_count;
    const tempo_schedule *schedule;
    const tempo_bind_options *options;
    tempo_error *error;
    bool silent;
    bool is_stepped;         /* for a stepper */
    size_t schedules_length; /* of their text */
    const bool *targets;     /* [schedule][group]: see tempo__find_targets() */
} tempo__request;

/* tempo_plan_bind(), for a stepper if that is what it is made for. */
tempo_status tempo__plan_bind(tempo_plan **out, const tempo__request *request);

/* --- evaluation (stack.c, next.c) --- */

/* Fails because a track has no closed form (next.c). */
tempo_status tempo__no_closed_form(const tempo__track *track, tempo_error *error);

/* The value of a track at a timestamp from a base, its own or another one. NaN without a closed form. */
double tempo__track_value(const tempo__track *track, const tempo_timestamp *now, double base);

/* --- which groups a schedule drives (targets.c) --- */

/* The name of a group, "" if it has none. */
static inline const char *tempo__group_name(const tempo_group *group)
{
    return group->name ? group->name : "";
}

/* What a schedule is to a field. */
typedef enum tempo__role { TEMPO__NO_ROLE, TEMPO__DRIVES, TEMPO__COMPANION } tempo__role;

/* For every schedule, whether it drives its field in each of the groups: r->targets, in memory of
 * `scratch`. Errors: UNKNOWN_NAME (a schedule that drives nothing, a group or field there is not), MISSING (a group that
 * nothing drives), CONFLICT (a fixed group that a schedule names). */
tempo_status tempo__find_targets(tempo__request *r, tempo__arena *scratch);

/* Whether schedule `index` drives that field of that group, as its own or along with its own. */
tempo__role tempo__role_of(const tempo__request *r, size_t index, size_t group, const tempo_field *field);

#endif
