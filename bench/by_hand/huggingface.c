/* huggingface.c: transformers' schedules by hand; see twins.h. */
#include <math.h>
#include <stddef.h>

#include "by_hand/twins.h"

static double constant(double base, int64_t t)
{
    (void)t;
    return base;
}

static double warm(double base, int64_t t)
{
    return base * (t < 1000 ? (double)t / 1000 : 1.0);
}

static double linear(double base, int64_t t)
{
    if (t < 1000)
        return base * ((double)t / 1000);
    return base * fmax(0.0, (double)(10000 - t) / 9000);
}

static double cosine(double base, int64_t t)
{
    if (t < 1000)
        return base * ((double)t / 1000);
    return base * (0.5 * (1.0 + cos(pi * ((double)(t - 1000) / 9000))));
}

static double restarts(double base, int64_t t)
{
    if (t < 1000)
        return base * ((double)t / 1000);
    if (t >= 10000)
        return 0.0;
    return base * (0.5 * (1.0 + cos(pi * fmod(3 * ((double)(t - 1000) / 9000), 1.0))));
}

static double polynomial(double base, int64_t t)
{
    if (t < 1000)
        return base * ((double)t / 1000);
    const double left = 1 - share(t - 1000, 9000);
    return base * (((base - 0.01) * pow(left, 3.0) + 0.01) / base);
}

static double inverse_sqrt(double base, int64_t t)
{
    return base * (t < 1000 ? (double)t / 1000 : 1.0 / sqrt((double)t / 1000));
}

static double floored(double base, double wave)
{
    const double rate = 0.1 / base;
    return base * (wave * (1 - rate) + rate);
}

static double min_lr(double base, int64_t t)
{
    if (t < 1000)
        return base * ((double)t / 1000);
    return floored(base, 0.5 * (1.0 + cos(pi * ((double)(t - 1000) / 9000))));
}

static double min_lr_rate(double base, int64_t t)
{
    if (t < 1000)
        return base * (0.2 + (1.0 - 0.2) * (double)t / 999);
    return floored(base, 0.5 * (1.0 + cos(pi * ((double)(t - 999) / 9000))));
}

static double wsd(double base, int64_t t)
{
    if (t < 1000)
        return base * ((double)t / 1000 * 0.9 + 0.1);
    if (t < 8000)
        return base;
    if (t >= 10000)
        return base * 0.1;
    return base * (0.5 * (1.0 + cos(pi * ((double)(t - 8000) / 2000))) * 0.9 + 0.1);
}

const twin twins_huggingface[] = {
    {"hf.get_constant_schedule", constant, 10000},
    {"hf.get_constant_schedule_with_warmup", warm, 10000},
    {"hf.get_linear_schedule_with_warmup", linear, 10000},
    {"hf.get_cosine_schedule_with_warmup", cosine, 10000},
    {"hf.get_cosine_with_hard_restarts_schedule_with_warmup", restarts, 10000},
    {"hf.get_polynomial_decay_schedule_with_warmup", polynomial, 10000},
    {"hf.get_inverse_sqrt_schedule", inverse_sqrt, 10000},
    {"hf.get_cosine_with_min_lr_schedule_with_warmup", min_lr, 10000},
    {"hf.get_cosine_with_min_lr_schedule_with_warmup_lr_rate", min_lr_rate, 10000},
    {"hf.get_wsd_schedule", wsd, 10000},
    {NULL, NULL, 0},
};
