/* adamw.h: AdamW, with decoupled weight decay, as PyTorch 2.13 computes it (torch.optim.AdamW, one tensor at a time).
 * Source: Loshchilov and Hutter, "Decoupled weight decay regularization", arXiv:1711.05101. */
#ifndef CHAR_LM_ADAMW_H
#define CHAR_LM_ADAMW_H

#include <stddef.h>
#include <stdint.h>

/* What is the same for all parameters of a group: the two numbers are the schedules'. */
typedef struct adamw_group {
    float lr;
    float weight_decay;
} adamw_group;

/* `count` parameters with their gradients and what the optimizer remembers of each. */
typedef struct adamw_parameters {
    float *values;
    const float *gradients;
    float *means;   /* of the gradients, running; 0 at first */
    float *squares; /* of their squares, the same */
    size_t count;
} adamw_parameters;

/* Update number `step`, from 1. */
void adamw_update(const adamw_parameters *parameters, const adamw_group *group, int64_t step);

#endif
