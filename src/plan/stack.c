/* stack.c: the value of a track from a stack of schedules of any kind. Not in plan.c, so that compilers do not make the
 * short way there pay for the long one here. */
#include "plan/internal.h"

/* What a type without a closed form makes of its base. */
static double special_value(const tempo__bound *bound, const tempo__track *track, const tempo_timestamp *now,
                            double base)
{
    if (bound->leader)
        return bound->type->follow(base, tempo__track_value(bound->leader, now, bound->leader->seen.base),
                                   bound->leader->seen.base);
    if (!bound->heard)
        return NAN;
    const int64_t step = tempo__steps_at(&bound->steps, now), last = (int64_t)bound->heard_count - 1;
    const double heard = bound->heard[step < last ? step : last];
    if (bound == track->stack)
        return heard;
    return track->seen.base == 0 ? base : base * (heard / track->seen.base);
}

double tempo__track_value(const tempo__track *track, const tempo_timestamp *now, double base)
{
    double value = base;
    for (size_t i = 0; i < track->stack_count; i++) {
        const tempo__bound *bound = &track->stack[i];
        value = tempo__stay_finite(bound->value ? bound->value(bound->prepared, now, value)
                                                : special_value(bound, track, now, value));
    }
    return value;
}
