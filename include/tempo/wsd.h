/* tempo/wsd.h: the periods of accelerated.WSDLrScheduler, for a loop that saves its checkpoints where they end.
 *
 * Source: pytorch-accelerated 0.1.61, pytorch_accelerated/schedulers/wsd_scheduler.py:
 *
 *   num_warmup_steps            the `warmup_steps` of a tempo_wsd
 *   get_decay_info()            its `periods`
 *   get_checkpoint_steps()      their `period_end`
 *   get_phase_info(n)           tempo_wsd_phase()
 *   get_current_step()          one less than the updates completed
 *   estimate_checkpoint_steps() tempo_wsd_estimate_checkpoints()
 *
 * Its WSDCheckpointCallback asks after every update, with n = the updates completed: at `pre_decay_step` it saves what
 * a longer training can go on from, at `period_end` the model.
 */
#ifndef TEMPO_WSD_H
#define TEMPO_WSD_H

#include <stddef.h>
#include <stdint.h>

#include <tempo/plan.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A quarter, a half and four quarters of the training, rounded down, and what those leave. */
enum { TEMPO_WSD_PERIODS_MAX = 4 };

/* One period, in the updates that the schedule counts: the run's, unless it says `every`. */
typedef struct tempo_wsd_period {
    int64_t period_start;
    int64_t period_end;     /* where the checkpoint is                          */
    int64_t decay_steps;    /* length of the decay at the end of it             */
    int64_t pre_decay_step; /* where the decay starts: period_end - decay_steps */
} tempo_wsd_period;

/* The periods of a training, one after the other. Plain data: copy it freely. */
typedef struct tempo_wsd {
    int64_t warmup_steps; /* of the linear warmup; 0 in a continuation */
    size_t period_count;  /* 0: none, in fewer than 4 updates with several checkpoints */
    tempo_wsd_period periods[TEMPO_WSD_PERIODS_MAX];
} tempo_wsd;

/* The periods of the first accelerated.WSDLrScheduler that drives a track, as bound: with what the run said for
 * lengths that were left out. `track` < tempo_plan_track_count(). `*out` is untouched on failure.
 * Errors: MISSING (none drives it). Cost: O(stacked schedules). */
TEMPO_API tempo_status tempo_wsd_read(tempo_wsd *out, const tempo_plan *plan, size_t track, tempo_error *error);

/* The period of any number of updates: the first that ends at it or later, else the last one. That is upstream's
 * rule, by which an update at `period_end` is the last of its period, while the value there is already that of the
 * next one. Of no periods, one that is all 0. Borrowed from `wsd`. */
TEMPO_API const tempo_wsd_period *tempo_wsd_phase(const tempo_wsd *wsd, int64_t num_updates);

/* Where the checkpoints of a training of `total_steps` updates are: into `steps`, ascending; returns how many, at most
 * `num_checkpoints`. One is at the end; of several, the first is at a quarter and each other at twice the one before.
 * 0 where that gives none: a number below 1, or several in fewer than 4 updates (upstream's are all at 0 then). */
TEMPO_API size_t tempo_wsd_estimate_checkpoints(int64_t total_steps, int64_t num_checkpoints,
                                                int64_t steps[TEMPO_WSD_PERIODS_MAX]);

#ifdef __cplusplus
}
#endif

#endif
