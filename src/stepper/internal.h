/* stepper/internal.h: what a stepper consists of. */
#ifndef TEMPO_STEPPER_INTERNAL_H
#define TEMPO_STEPPER_INTERNAL_H

#include <string.h>

#include <tempo/stepper.h>

#include "plan/internal.h"

/* One track. */
typedef struct tempo__slot {
    const tempo__track *track;
    bool chains;   /* each of its schedules goes on from the value that it finds */
    bool follows;  /* one of its schedules follows another track                 */
    size_t memory; /* where what its schedules remember starts; see tempo__memory_of() */
} tempo__slot;

/* What slots in a row have in common, so that many groups cost little more than one. */
typedef enum tempo__sharing {
    TEMPO__SHARES_NOTHING,
    TEMPO__SHARES_VALUE, /* from the same number comes the same value: the same schedules, nothing to remember */
    TEMPO__SHARES_FACTOR /* the same schedule, of a type that is proportional                                 */
} tempo__sharing;

typedef struct tempo__span {
    size_t first, count; /* slots */
    tempo__sharing sharing;
} tempo__span;

/* Everything that depends on schedules and groups: replaced as a whole when one of them changes. */
typedef struct tempo__setup {
    tempo__arena arena; /* groups, slots and memory */
    tempo_schedule *schedule;
    tempo_plan *plan;
    tempo_group *groups; /* copies; the pointers in their fields are the caller's */
    size_t group_count;
    tempo__slot *slots; /* one for each track of the plan */
    tempo__span *spans; /* all slots */
    size_t span_count;
    int passes; /* over the slots: 2 if some of them follow others */
    /* One for each slot, in arrays of their own: steps go through little else. */
    double *values; /* last written */
    double *bases;
    double **doubles; /* the caller's numbers, or NULL */
    float **floats;
    bool has_doubles, has_floats;
    double *memory; /* of all schedules */
    size_t memory_count;
    /* Values and memory after the step that is being taken. */
    double *next_values, *next_memory;
} tempo__setup;

struct tempo_stepper {
    tempo_allocator allocator;
    tempo_bind_options bind;
    tempo_stepper_mode mode;
    tempo_time wanted_step;
    tempo__steps step; /* what one step is */
    unsigned moves;    /* bit 1 << unit: counters that a step moves on */
    tempo_timestamp now;
    tempo__setup setup;
};

/* Whether two numbers are the same, also in the sign of a zero. */
static inline bool tempo__same_bits(double a, double b)
{
    return memcmp(&a, &b, sizeof a) == 0;
}

/* --- what schedules remember --- */

/* A schedule without a closed form remembers the value that it has come to, starting from the base of the
 * track; behind it stands what its type remembers. How many numbers that is: 0 for all others. */
size_t tempo__memory_of(const tempo_type *type);

/* --- setting up (setup.c) --- */

/* Binds for a stepper. `schedule` becomes the setup's on success. */
tempo_status tempo__setup_new(tempo__setup *out, const tempo_stepper *stepper, const tempo_run *run,
                              const tempo_group *groups, size_t group_count, tempo_schedule *schedule,
                              tempo_error *error);
void tempo__setup_free(tempo__setup *setup);

/* A copy of a schedule. */
tempo_status tempo__schedule_copy(tempo_schedule **out, const tempo_schedule *schedule,
                                  const tempo_allocator *allocator, tempo_error *error);

/* --- time (counting.c) --- */

/* What one step is, by the options and the setup. */
tempo_status tempo__choose_step(tempo_stepper *stepper, tempo_error *error);

/* Fails where schedules read a counter that steps do not move. */
tempo_status tempo__check_moves(const tempo_stepper *stepper, tempo_error *error);

/* Moves a time on by that many steps; false when a counter does not fit. */
bool tempo__add_steps(tempo_timestamp *now, const tempo_stepper *stepper, int64_t steps);

/* --- values (step.c) --- */

/* What is being taken: from one time to another. */
typedef struct tempo__step {
    const tempo_timestamp *from, *to; /* equal: the first */
    bool is_first;
    bool is_blind; /* nothing was written yet that could be read back: the values stand for the numbers */
    const double *metric;
    tempo_error *error;
} tempo__step;

/* Takes a step as a whole, or not at all; nothing is written yet. */
tempo_status tempo__take(tempo_stepper *stepper, const tempo__step *step);

/* Gives the slots from `first` on the values that they have at the stepper's time without having been stepped: closed
 * forms, and the base where there is none. Errors: OUT_OF_RANGE (no value any more). */
tempo_status tempo__join(tempo_stepper *stepper, size_t first, tempo_error *error);

/* Writes the values of the slots from `first` on into the caller's numbers. */
void tempo__write(const tempo_stepper *stepper, size_t first);

#endif
