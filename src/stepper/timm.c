/* timm.c: the length of one of timm's schedules, asked of a plan. Computes none: families/timm.c does. */
#include <tempo/timm.h>

#include "families/timm.h"
#include "plan/internal.h"

tempo_status tempo_timm_cycle_length(int64_t *out, const tempo_plan *plan, size_t track, int64_t cycles,
                                     tempo_error *error)
{
    const tempo__track *t = &plan->tracks[track];
    int64_t length = 0;
    for (size_t i = 0; i < t->stack_count; i++) {
        if (!timm_length(t->stack[i].value, t->stack[i].prepared, cycles, &length))
            continue;
        if (length == INT64_MAX) {
            tempo__fail(error, TEMPO_OUT_OF_RANGE, "the cycles take more steps than fit in 64 bits");
            tempo__blame(error, "schedules[%zu]", t->stack[i].index);
            return TEMPO_OUT_OF_RANGE;
        }
        *out = length;
        return TEMPO_OK;
    }
    tempo__fail(error, TEMPO_MISSING, "no schedule of timm that has a length drives %s", t->seen.field);
    tempo__blame(error, "schedules");
    return TEMPO_MISSING;
}
