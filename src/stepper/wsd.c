/* wsd.c: the periods of a WSDLrScheduler, asked of a plan. Computes none of them: families/accelerated.c does. */
#include <tempo/wsd.h>

#include "families/accelerated.h"
#include "plan/internal.h"

tempo_status tempo_wsd_read(tempo_wsd *out, const tempo_plan *plan, size_t track, tempo_error *error)
{
    const tempo__track *t = &plan->tracks[track];
    for (size_t i = 0; i < t->stack_count; i++) {
        const tempo_wsd *found = accelerated_wsd(t->stack[i].value, t->stack[i].prepared);
        if (!found)
            continue;
        *out = *found;
        return TEMPO_OK;
    }
    tempo__fail(error, TEMPO_MISSING, "no accelerated.WSDLrScheduler drives %s", t->seen.field);
    tempo__blame(error, "schedules");
    return TEMPO_MISSING;
}

const tempo_wsd_period *tempo_wsd_phase(const tempo_wsd *wsd, int64_t num_updates)
{
    size_t i = 0;
    while (i + 1 < wsd->period_count && wsd->periods[i].period_end < num_updates)
        i++;
    return &wsd->periods[i];
}
