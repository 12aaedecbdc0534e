/* torch.c: PyTorch's schedulers by hand; see twins.h. */
#include <math.h>
#include <stddef.h>

#include "by_hand/twins.h"

static double step(double base, int64_t t)
{
    return base * pow(0.1, (double)(t / 30));
}

static double multi_step(double base, int64_t t)
{
    return base * pow(0.1, (t >= 30) + (t >= 60) + (t >= 80));
}

static double constant(double base, int64_t t)
{
    return base * (t < 30 ? 0.5 : 1);
}

static double linear(double base, int64_t t)
{
    return base * (0.1 + (1.0 - 0.1) * (double)(t < 30 ? t : 30) / 30);
}

static double exponential(double base, int64_t t)
{
    return base * pow(0.95, (double)t);
}

static double polynomial(double base, int64_t t)
{
    return base * pow(1 - share(t, 80), 0.9);
}

static double cosine(double base, int64_t t)
{
    return 0.01 + (base - 0.01) * (1 + cos(pi * (double)t / 90)) / 2;
}

static double restarts(double base, int64_t t)
{
    int64_t length = 10;
    for (; t >= length; length *= 2)
        t -= length;
    return 0.01 + (base - 0.01) * (1 + cos(pi * (double)t / (double)length)) / 2;
}

static double cyclic(double base, int64_t t)
{
    static const double part = 10.0 / 30.0;
    (void)base;
    const double cycle = floor(1 + (double)t / 30);
    const double x = 1. + (double)t / 30 - cycle;
    const double scale = x <= part ? x / part : (x - 1) / (part - 1);
    return 0.1 + (1.0 - 0.1) * scale * pow(0.99, (double)t);
}

static double anneal(double from, double to, double done)
{
    return to + (from - to) / 2.0 * (cos(pi * done) + 1);
}

static double one_cycle(double base, int64_t t)
{
    (void)base;
    if (t <= 2999)
        return anneal(1.0 / 25, 1.0, (double)t / 2999.0);
    return anneal(1.0, 1.0 / 25 / 1e4, ((double)t - 2999.0) / (9999.0 - 2999.0));
}

static double sequential(double base, int64_t t)
{
    if (t < 10)
        return base * (0.1 + (1.0 - 0.1) * (double)t / 10);
    return base * (1 + cos(pi * (double)(t - 10) / 80)) / 2;
}

static double chained(double base, int64_t t)
{
    return base * (t < 20 ? 0.1 : 1) * pow(0.95, (double)t);
}

static double swa(double base, int64_t t)
{
    const double done = share(t, 30);
    return 0.05 * done + base * (1 - done);
}

const twin twins_torch[] = {
    {"torch.StepLR", step, 90},
    {"torch.MultiStepLR", multi_step, 90},
    {"torch.ConstantLR", constant, 90},
    {"torch.LinearLR", linear, 90},
    {"torch.ExponentialLR", exponential, 90},
    {"torch.PolynomialLR", polynomial, 90},
    {"torch.CosineAnnealingLR", cosine, 90},
    {"torch.CosineAnnealingWarmRestarts", restarts, 70},
    {"torch.CyclicLR", cyclic, 90},
    {"torch.OneCycleLR", one_cycle, 10000},
    {"torch.SequentialLR", sequential, 90},
    {"torch.ChainedScheduler", chained, 90},
    {"torch.SWALR", swa, 90},
    {NULL, NULL, 0},
};
