/* support/functions.h: the functions that documents of the golden rows name; tests/peers/torch_peer.py has the same. */
#ifndef TEMPO_TESTS_SUPPORT_FUNCTIONS_H
#define TEMPO_TESTS_SUPPORT_FUNCTIONS_H

#include "support/spec.h"

static inline double function_fall(int64_t step, void *data)
{
    (void)data;
    return 1.0 / (double)(1 + step);
}

static inline double function_wave(int64_t step, void *data)
{
    (void)data;
    return 0.5 + 0.25 * (double)(step % 5);
}

static inline double function_fade(int64_t step, void *data)
{
    (void)data;
    return 1.0 - (double)step / 500.0;
}

static inline double function_step_decay(int64_t step, void *data)
{
    (void)data;
    return step % 3 ? 0.9 : 0.8;
}

static const tempo_function golden_functions[] = {
    {.name = "fall", .of_step = function_fall},
    {.name = "wave", .of_step = function_wave},
    {.name = "fade", .of_step = function_fade},
    {.name = "step_decay", .of_step = function_step_decay},
};

enum { GOLDEN_FUNCTION_COUNT = sizeof golden_functions / sizeof golden_functions[0] };

#endif
