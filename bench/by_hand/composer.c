/* composer.c: Composer's schedulers by hand, and llm-foundry's; see twins.h. 100 batches an epoch. */
#include <math.h>
#include <stddef.h>

#include "by_hand/twins.h"

/* Powers that the compiler does not see: it would make x * x of pow(x, 2.0), which can have another last bit. */
static volatile const double two = 2.0;

static double drops(int64_t t)
{
    return t < 3000 ? 1 : t < 6000 ? 0.1 : t < 8000 ? 0.1 * 0.1 : 0.1 * 0.1 * 0.1;
}

static double step(double base, int64_t t)
{
    return base * pow(0.1, (double)(t / 3000));
}

static double multi_step(double base, int64_t t)
{
    return base * drops(t);
}

static double multi_step_warm(double base, int64_t t)
{
    return base * (t < 500 ? (double)t / 500 : drops(t));
}

static double constant(double base, int64_t t)
{
    return base * (t < 6000 ? 0.5 : 1);
}

static double linear(double base, int64_t t)
{
    return base * (1.0 + share(t, 9000) * (0.1 - 1.0));
}

static double exponential(double base, int64_t t)
{
    return base * pow(0.96, (double)t / 100);
}

static double cosine(double base, int64_t t)
{
    return base * (0.1 + (1 - 0.1) * (1 + cos(share(t, 9000) * pi)) / 2);
}

static double restarts(double base, int64_t t)
{
    int64_t length = 1000;
    for (; t >= length; length *= 2)
        t -= length;
    return base * ((1 + cos(share(t, length) * pi)) / 2);
}

static double polynomial(double base, int64_t t)
{
    return base * pow(1 - share(t, 9000), two);
}

static double constant_warm(double base, int64_t t)
{
    return base * share(t, 1000);
}

static double linear_warm(double base, int64_t t)
{
    return base * (t < 1000 ? (double)t / 1000 : 1 - share(t - 1000, 8000));
}

static double cosine_warm(double base, int64_t t)
{
    if (t < 1000)
        return base * ((double)t / 1000);
    return base * (0.1 + (1 - 0.1) * (1 + cos(share(t - 1000, 8000) * pi)) / 2);
}

/* The weight decay that follows an lr of the same base. */
static double decoupled(double base, int64_t t)
{
    double lr = base * ((double)t / 500);
    if (t >= 500)
        lr = base * (0.1 + (1 - 0.1) * (1 + cos(share(t - 500, 8500) * pi)) / 2);
    return lr / base * base;
}

static double polynomial_warm(double base, int64_t t)
{
    return base * (t < 1000 ? (double)t / 1000 : pow(1 - share(t - 1000, 8000), two));
}

static double inverse_root(double base, int64_t t)
{
    static const double last = 0.32444284226152509; /* 1 / sqrt(9.5) */
    if (t < 500)
        return base * ((double)t / 500);
    if (t < 9000)
        return base * (1 / pow((double)(t + 500) / 1000, 0.5));
    return base * (last + share(t - 9000, 1000) * (0 - last));
}

const twin twins_composer[] = {
    {"composer.StepScheduler", step, 9000},
    {"composer.MultiStepScheduler", multi_step, 9000},
    {"composer.MultiStepWithWarmupScheduler", multi_step_warm, 9000},
    {"composer.ConstantScheduler", constant, 9000},
    {"composer.LinearScheduler", linear, 9000},
    {"composer.ExponentialScheduler", exponential, 9000},
    {"composer.CosineAnnealingScheduler", cosine, 9000},
    {"composer.CosineAnnealingWarmRestartsScheduler", restarts, 7000},
    {"composer.PolynomialScheduler", polynomial, 9000},
    {"composer.ConstantWithWarmupScheduler", constant_warm, 9000},
    {"composer.LinearWithWarmupScheduler", linear_warm, 9000},
    {"composer.CosineAnnealingWithWarmupScheduler", cosine_warm, 9000},
    {"composer.decoupled_weight_decay", decoupled, 9000},
    {"composer.PolynomialWithWarmupScheduler", polynomial_warm, 9000},
    {"llmfoundry.InverseSquareRootWithWarmupScheduler", inverse_root, 10000},
    {NULL, NULL, 0},
};
