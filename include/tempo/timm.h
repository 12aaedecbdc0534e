/* tempo/timm.h: how long one of timm's schedules is, for a loop that trains for as long.
 *
 * Source: timm 1.0.31, timm/scheduler/: get_cycle_length() of CosineLRScheduler, PolyLRScheduler, TanhLRScheduler and
 * WSDLRScheduler.
 */
#ifndef TEMPO_TIMM_H
#define TEMPO_TIMM_H

#include <stddef.h>
#include <stdint.h>

#include <tempo/plan.h>

#ifdef __cplusplus
extern "C" {
#endif

/* How many steps the first of timm's schedules with a length takes that drives a track: `cycles` of its cycles (below 1:
 * as many as its cycle_limit, and at least one) and a warmup that comes before them; of WSDLRScheduler the warmup and
 * t_initial, whatever `cycles` is. Steps are what the schedule counts: epochs, or updates. It may also be one that
 * timm.create_scheduler_v2 makes. `track` < tempo_plan_track_count(). `*out` is untouched on failure.
 * Errors: MISSING (none drives it), OUT_OF_RANGE (beyond 2^63-1). Cost: O(stacked schedules). */
TEMPO_API tempo_status tempo_timm_cycle_length(int64_t *out, const tempo_plan *plan, size_t track, int64_t cycles,
                                               tempo_error *error);

#ifdef __cplusplus
}
#endif

#endif
