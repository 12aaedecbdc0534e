/* families/finite.h: arithmetic that stays finite where Python's raises OverflowError or goes on with infinities. Knows
 * no family.
 *
 * A family that uses these for what depends on the base can promise numbers, whatever the base: only a last sum may be
 * infinite, and the plan clamps that.
 */
#ifndef TEMPO_FAMILIES_FINITE_H
#define TEMPO_FAMILIES_FINITE_H

#include <float.h>
#include <math.h>

/* x, or the largest double in place of an infinity. */
static inline double finite(double x)
{
    return isinf(x) ? copysign(DBL_MAX, x) : x;
}

/* The same in single precision. */
static inline float finite_single(float x)
{
    return isinf(x) ? copysignf(FLT_MAX, x) : x;
}

static inline double finite_power(double x, double y)
{
    return finite(pow(x, y));
}

/* to - from: infinite, it would be no number once it is multiplied by 0. */
static inline double finite_span(double from, double to)
{
    return finite(to - from);
}

/* scale * done ^ k / length ^ k, the progress of k-decay, with length ^ k computed beforehand. Where a power leaves
 * the range of double, or `done` was rounded to just below 0, the same by other operations. */
static inline double finite_progress(double scale, double done, double length, double k, double length_power)
{
    const double reached = k == 1.0 ? done : pow(done, k); /* mostly 1, and pow() is most of the cost */
    const double progress = scale * reached / length_power;
    if (isfinite(progress) && isfinite(length_power))
        return progress;
    return scale * finite_power(done > 0 ? done / length : 0.0, k);
}

#endif
