/* timm.c: timm's schedulers by hand; see twins.h. */
#include <math.h>
#include <stddef.h>

#include "by_hand/twins.h"

static double warm(double start, double target, int64_t t)
{
    return start + (double)t * ((target - start) / 5);
}

/* Where a time lies in cycles of 30, 30 * mul, ... */
typedef struct place {
    int64_t cycle;
    double done, length;
} place;

static place find(int64_t t, double mul, double log_mul)
{
    place at;
    at.cycle = (int64_t)floor(log(1 - (double)t / 30 * (1 - mul)) / log_mul);
    const double growth = pow(mul, (double)at.cycle);
    at.length = growth * 30;
    at.done = (double)t - (1 - growth) / (1 - mul) * 30;
    return at;
}

static const double log_of_3_halves = 0.40546510810816438, log_of_2 = 0.69314718055994529;

static double cosine(double base, int64_t t)
{
    if (t < 5)
        return warm(0.05, base, t);
    const place at = find(t - 5, 1.5, log_of_3_halves);
    if (at.cycle >= 3)
        return 0.01;
    return 0.01 + 0.5 * (base * pow(0.5, (double)at.cycle) - 0.01) * (1 + cos(pi * at.done / at.length));
}

static double tanh_curve(double base, int64_t t)
{
    const place at = find(t, 1.5, log_of_3_halves);
    if (at.cycle >= 3)
        return 0.01;
    const double done = at.done / at.length;
    return 0.01 + 0.5 * (base * pow(0.5, (double)at.cycle) - 0.01) * (1 - tanh(-7.0 * (1 - done) + 3.0 * done));
}

static double hyperbolic(double base, int64_t t)
{
    return t < 5 ? warm(0.05, tanh_curve(base, 5), t) : tanh_curve(base, t);
}

static double poly(double base, int64_t t)
{
    if (t < 5)
        return warm(0.05, base, t);
    const place at = find(t, 1.5, log_of_3_halves);
    if (at.cycle >= 3)
        return 0.01;
    return 0.01 + (base * pow(0.5, (double)at.cycle) - 0.01) * pow(1 - at.done / at.length, 0.9);
}

/* Python's // for floats, which floor() of the quotient is not. */
static double floor_divide(double x, double y)
{
    return floor((x - fmod(x, y)) / y + 0.5);
}

static double step(double base, int64_t t)
{
    return t < 5 ? warm(0.05, base, t) : base * pow(0.97, floor_divide((double)(t - 5), 2.4));
}

static double multi_step(double base, int64_t t)
{
    const int64_t n = t - 5 + 1;
    return t < 5 ? warm(0.05, base, t) : base * pow(0.1, (n >= 30) + (n >= 60) + (n >= 80));
}

static double wsd(double base, int64_t t)
{
    if (t < 5)
        return warm(0.05, base, t);
    const double level = base > 0.01 ? base : 0.01;
    return t - 5 <= 68 ? level : 0.01 + (level - 0.01) * (1. - sqrt(share(t - 5 - 68, 17)));
}

static double factory(double base, int64_t t)
{
    if (t < 5)
        return warm(1e-5, base, t);
    const place at = find(t, 2, log_of_2);
    if (at.cycle >= 2)
        return 0.01;
    return 0.01 + 0.5 * (base * pow(0.5, (double)at.cycle) - 0.01) * (1 + cos(pi * at.done / at.length));
}

const twin twins_timm[] = {
    {"timm.CosineLRScheduler", cosine, 150},       {"timm.TanhLRScheduler", hyperbolic, 150},
    {"timm.PolyLRScheduler", poly, 150},           {"timm.StepLRScheduler", step, 90},
    {"timm.MultiStepLRScheduler", multi_step, 90}, {"timm.WSDLRScheduler", wsd, 90},
    {"timm.create_scheduler_v2", factory, 90},     {NULL, NULL, 0},
};
