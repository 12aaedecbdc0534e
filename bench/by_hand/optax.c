/* optax.c: optax's schedules by hand, and xlstm-jax's; see twins.h. They ignore the base. */
#include <math.h>
#include <stddef.h>

#include "by_hand/twins.h"

/* See composer.c. */
static volatile const double two = 2.0;

static double line(double from, double to, double done)
{
    return (from - to) * (1 - done) + to;
}

static double half_cosine(double from, double alpha, double done, double length)
{
    return from * ((1 - alpha) * (0.5 * (1 + cos(pi * (done < length ? done : length) / length))) + alpha);
}

static double constant(double base, int64_t t)
{
    (void)base;
    (void)t;
    return 0.001;
}

static double polynomial(double base, int64_t t)
{
    (void)base;
    return (0.1 - 0.001) * pow(1 - share(t, 800), two) + 0.001;
}

static double linear(double base, int64_t t)
{
    (void)base;
    return line(0.1, 0.001, share(t, 800));
}

static double cosine(double base, int64_t t)
{
    (void)base;
    return half_cosine(0.1, 0.01, (double)t, 1000);
}

static double exponential(double base, int64_t t)
{
    (void)base;
    return t <= 0 ? 0.1 : 0.1 * pow(0.7, (double)t / 100);
}

static double piecewise(double base, int64_t t)
{
    (void)base;
    return t < 300 ? 0.1 : t < 600 ? 0.1 * 0.1 : 0.1 * 0.1 * 0.1;
}

static double wave(double from, double to, double done)
{
    return to + (from - to) / 2.0 * (cos(pi * done) + 1);
}

static double interpolate(double base, int64_t t)
{
    (void)base;
    if (t < 300)
        return wave(0.1, 0.1 * 0.2, (double)t / 300);
    if (t < 900)
        return wave(0.1 * 0.2, 0.1 * 0.2 * 0.1, (double)(t - 300) / 600);
    return 0.1 * 0.2 * 0.1;
}

static double straight(double from, double to, double done)
{
    return (to - from) * done + from;
}

static double linear_cycle(double base, int64_t t)
{
    static const double low = 0.1 / 25, top = 0.1 / 25 * 25, back = 0.1 / 25 * 25 * (1.0 / 25);
    static const double end = 0.1 / 25 * 25 * (1.0 / 25) * (1.0 / 1e4);
    (void)base;
    if (t < 300)
        return straight(low, top, (double)t / 300);
    if (t < 850)
        return straight(top, back, (double)(t - 300) / 550);
    return t < 1000 ? straight(back, end, (double)(t - 850) / 150) : end;
}

static double cosine_cycle(double base, int64_t t)
{
    static const double low = 0.1 / 25, top = 0.1 / 25 * 25, end = 0.1 / 25 * 25 * (1.0 / (25 * 1e4));
    (void)base;
    if (t < 300)
        return wave(low, top, (double)t / 300);
    return t < 1000 ? wave(top, end, (double)(t - 300) / 700) : end;
}

static double warm_constant(double base, int64_t t)
{
    (void)base;
    return line(0.0, 0.001, share(t, 100));
}

static double warm_cosine(double base, int64_t t)
{
    (void)base;
    return t < 100 ? line(0.0, 0.001, (double)t / 100) : half_cosine(0.001, 0.0001 / 0.001, (double)(t - 100), 900);
}

static double warm_exponential(double base, int64_t t)
{
    (void)base;
    if (t < 100)
        return line(0.0, 0.001, (double)t / 100);
    return t == 100 ? 0.001 : 0.001 * pow(0.5, (double)(t - 100) / 200);
}

static double cycle(double peak, int64_t t, double length)
{
    return t < 50 ? line(0.0, peak, (double)t / 50) : half_cosine(peak, 0, (double)(t - 50), length - 50);
}

static double sgdr(double base, int64_t t)
{
    (void)base;
    return t < 400 ? cycle(0.1, t, 400) : cycle(0.05, t - 400, 600);
}

static double join(double base, int64_t t)
{
    (void)base;
    return t < 100 ? line(0.0, 0.1, (double)t / 100) : half_cosine(0.1, 0, (double)(t - 100), 900);
}

static double xlstm(double base, int64_t t)
{
    (void)base;
    if (t < 100)
        return line(0.0, 0.001, (double)t / 100);
    return t < 900 ? half_cosine(0.001, 0.1, (double)(t - 100), 800) : line(0.1 * 0.001, 0.0, share(t - 900, 100));
}

const twin twins_optax[] = {
    {"optax.constant_schedule", constant, 1000},
    {"optax.polynomial_schedule", polynomial, 1000},
    {"optax.linear_schedule", linear, 1000},
    {"optax.cosine_decay_schedule", cosine, 1000},
    {"optax.exponential_decay", exponential, 1000},
    {"optax.piecewise_constant_schedule", piecewise, 1000},
    {"optax.piecewise_interpolate_schedule", interpolate, 1000},
    {"optax.linear_onecycle_schedule", linear_cycle, 1000},
    {"optax.cosine_onecycle_schedule", cosine_cycle, 1000},
    {"optax.warmup_constant_schedule", warm_constant, 1000},
    {"optax.warmup_cosine_decay_schedule", warm_cosine, 1000},
    {"optax.warmup_exponential_decay_schedule", warm_exponential, 1000},
    {"optax.sgdr_schedule", sgdr, 1000},
    {"optax.join_schedules", join, 1000},
    {"xlstm.SchedulerConfig", xlstm, 1000},
    {NULL, NULL, 0},
};
