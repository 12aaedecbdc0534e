/* families/torch.h: what the schedulers of PyTorch share: counting steps, the ratio, and the words that describe
 * them.
 *
 * Source: PyTorch 2.13, torch/optim/lr_scheduler.py, checked against the running package. The value is the class's
 * closed form (_get_closed_form_lr), or its get_lr where that looks at nothing but the step; the order of every
 * operation is PyTorch's, so that results agree to the last bit. What step() makes of the value before is next(). How the scale schedule ratio changes a scheduler is
 * Composer's: composer/trainer/_scale_schedule.py. In comments n is the number of steps completed (last_epoch), b the
 * base (initial_lr).
 */
#ifndef TEMPO_FAMILIES_TORCH_H
#define TEMPO_FAMILIES_TORCH_H

#include "families/finite.h"
#include "schedule/type.h"

#define TORCH_SOURCE "PyTorch 2.13, torch/optim/lr_scheduler.py"
#define TORCH_EPOCHS "--max-duration 90ep --batches-per-epoch 100"

#define TORCH_STEPS_NOTE "t counts epochs, or batches with step_schedulers_every_batch. "
#define TORCH_CLOSED_NOTE                                                                                           \
    TORCH_STEPS_NOTE "A plan gives PyTorch's closed form; its step() multiplies from one value to the next and so " \
                     "drifts from it by roundings, and so does a stepper, bit for bit. "
#define TORCH_UNSCALED_NOTE "A scale schedule ratio other than 1 is refused, as by Composer's Trainer. "
#define TORCH_POSITIVE_NOTE                                                                                \
    "A length of 0 is refused: PyTorch divides by it, or its step() and its closed form part. Deviation: " \
    "negative lengths are refused too. "

#define TORCH_MOMENTUM_NOTE                                                                                        \
    "With cycle_momentum it drives the field betas[0], or else momentum, of the groups whose lr it drives. "       \
    "Deviation: where groups have neither, only a cycle_momentum that is written down is an error, as all are in " \
    "PyTorch. "
#define TORCH_GROUPS_NOTE "A list with one value per group is not taken: write one schedule per group, with groups. "
#define TORCH_FUNCTION_NOTE                                                                                         \
    "The function comes from the program that binds the schedule, so a document with one is not portable, and the " \
    "command cannot evaluate it. "

/* The count of a parameter, stretched by the ratio as Composer does it: trunc(count * ratio). Errors: ZERO_DURATION,
 * OUT_OF_RANGE. */
tempo_status torch_scale_count(tempo__binding *binding, size_t parameter, int64_t *out);

/* Notes that there is no value from a step on; true if the run gets there. */
bool torch_ends_in_run(tempo__binding *binding, int64_t step);

/* What there is to know about a scheduler inside another one. */
typedef enum torch_kind {
    TORCH_OTHER,  /* none of PyTorch's, or one with others inside            */
    TORCH_FACTOR, /* multiplies what it finds                                 */
    TORCH_COSINE,
    TORCH_RESTARTS,
    TORCH_CYCLIC,
    TORCH_ONE_CYCLE,
    TORCH_LAMBDA,
    TORCH_MULTIPLICATIVE,
    TORCH_SWA
} torch_kind;

typedef struct torch_part {
    torch_kind kind;
    int64_t T_max; /* of a cosine */
    double eta_min;
    double initial_lr;   /* of CyclicLR and OneCycleLR: what their constructors write into the group */
    bool wants_momentum; /* of these: it is written down that they cycle the momentum too */
} torch_part;

/* Each of the first four knows its own types; TORCH_OTHER for all others. */
torch_part torch_factor_part(const tempo__entry *entry);
torch_part torch_cycle_part(const tempo__entry *entry);
torch_part torch_function_part(const tempo__entry *entry);
torch_part torch_swa_part(const tempo__entry *entry);
torch_part torch_part_of(const tempo__entry *entry);

/* The value of a MultiplicativeLR that SequentialLR hands over to: unlike its constructor, it calls the function. */
double torch_multiplied(const void *prepared, double previous);

/* For joint(): the batch of the first multiple of `period` steps after a batch, or -1. */
int64_t torch_next_multiple(const tempo__facts *facts, const tempo__steps *steps, int64_t period, int64_t batch);

#endif
