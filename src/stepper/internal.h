/* stepper/internal.h: what a stepper consists of. */
#ifndef TEMPO_STEPPER_INTERNAL_H
#define TEMPO_STEPPER_INTERNAL_H

#include <tempo/stepper.h>

#include "plan/internal.h"

/* One track, and the number that it is written to. */
typedef struct tempo__slot {
    const tempo__track *track;
    bool chains;    /* each of its schedules goes on from the value that it finds */
    bool follows;   /* one of its schedules follows another track                 */
    bool is_alike;  /* has the schedules and the base of the slot before, and nothing to remember */
    size_t memory;  /* where what its schedules remember starts; see tempo__memory_of() */
    double value;   /* last written */
    double found;   /* before the step, of one that chains */
    double pending; /* computed, and not yet written */
    double *as_double;
    float *as_float;
} tempo__slot;

/* Everything that depends on schedules and groups: replaced as a whole when one of them changes. */
typedef struct tempo__setup {
    tempo__arena arena; /* groups, slots and memory */
    tempo_schedule *schedule;
    tempo_plan *plan;
    tempo_group *groups; /* copies; the pointers in their fields are the caller's */
    size_t group_count;
    tempo__slot *slots; /* one for each track of the plan */
    bool has_followers;
    double *memory;  /* of all schedules */
    double *pending; /* the same after the step that is being taken */
    size_t memory_count;
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

/* --- stepping (stepper.c) --- */

/* Gives the slots from `first` on the values that they have at the stepper's time without having been stepped: closed
 * forms, and the base where there is none. Errors: OUT_OF_RANGE (no value any more). */
tempo_status tempo__join(tempo_stepper *stepper, size_t first, tempo_error *error);

/* Writes the values of the slots from `first` on into the caller's numbers. */
void tempo__write(const tempo_stepper *stepper, size_t first);

/* What one step is, by the options and the setup. */
tempo_status tempo__choose_step(tempo_stepper *stepper, tempo_error *error);

#endif
