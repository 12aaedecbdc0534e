/* plan/internal.h: what a plan consists of, and what it is made from. */
#ifndef TEMPO_PLAN_INTERNAL_H
#define TEMPO_PLAN_INTERNAL_H

#include "plan/facts.h"
#include "schedule/type.h"

/* One schedule, ready to be evaluated. */
typedef struct tempo__bound {
    double (*value)(const void *prepared, const tempo_timestamp *now, double base);
    int64_t (*joint)(const void *prepared, const tempo__facts *facts, int64_t batch);
    const void *prepared;
} tempo__bound;

typedef struct tempo__track {
    tempo_track seen; /* what callers see */
    tempo__bound *stack;
    size_t stack_count;
} tempo__track;

struct tempo_plan {
    tempo__arena arena; /* one chunk, which holds the plan itself */
    tempo_run run;
    tempo__facts facts;
    unsigned reads;         /* bit 1 << unit: counters that some schedule looks at */
    int64_t undefined_from; /* first batch where some upstream has no value; 0: they always have one */
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
    const bool *targets; /* [schedule][group]: see tempo__find_targets() */
} tempo__request;

/* --- which groups a schedule drives (targets.c) --- */

/* The name of a group, "" if it has none. */
static inline const char *tempo__group_name(const tempo_group *group)
{
    return group->name ? group->name : "";
}

/* For every schedule, whether it drives its field in each of the groups: r->targets, in memory of
 * `scratch`. Errors: UNKNOWN_NAME (a schedule that drives nothing, a group or field there is not). */
tempo_status tempo__find_targets(tempo__request *r, tempo__arena *scratch);

/* Whether schedule `index` drives that field of that group. */
bool tempo__drives(const tempo__request *r, size_t index, size_t group, const tempo_field *field);

#endif
