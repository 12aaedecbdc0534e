/* describe.c: the keys of the native form: the one list that parser, messages and schema are made from. */
#include "document/internal.h"

const tempo__key tempo__sections[] = {
    {"tempo", "the version of the format; marks a native document"},
    {"run", "what is known about the training; nothing is required until a schedule needs it"},
    {"optimizer", "the optimizer's numbers that schedules start from: one group of fields, or groups"},
    {"schedules", "the schedules, each a map with a type; those that drive one field are stacked in this order"},
    {NULL, NULL},
};

const tempo__fact tempo__facts[] = {
    {"max_duration", TEMPO__FACT_TIME, offsetof(tempo_run, max_duration),
     "length of the training, before the scale schedule ratio is applied"},
    {"batches_per_epoch", TEMPO__FACT_COUNT, offsetof(tempo_run, batches_per_epoch),
     "optimizer updates in one pass over the data; 0: unknown"},
    {"samples_per_batch", TEMPO__FACT_COUNT, offsetof(tempo_run, samples_per_batch),
     "samples of one update, over all ranks; 0: unknown"},
    {"tokens_per_batch", TEMPO__FACT_COUNT, offsetof(tempo_run, tokens_per_batch),
     "tokens of one update, over all ranks; 0: unknown"},
    {"scale_schedule_ratio", TEMPO__FACT_RATIO, offsetof(tempo_run, scale_schedule_ratio),
     "stretches the run and its schedules"},
    {"step_schedulers_every_batch", TEMPO__FACT_FLAG, offsetof(tempo_run, step_schedulers_every_batch),
     "whether one step of a PyTorch-style schedule is a batch, not an epoch"},
    {NULL, TEMPO__FACT_FLAG, 0, NULL},
};

const tempo__key tempo__group_name = {"name", "name of the group; required when there are several"};
const tempo__key tempo__group_fixed = {"fixed", "whether no schedule is meant for the group"};

const char tempo__field_help[] = "base value of a field, or a list of them: betas[0], betas[1], ...";
const char tempo__field_pattern[] = "^[A-Za-z_][A-Za-z0-9_]*$";
const char tempo__element_pattern[] = "^[A-Za-z_][A-Za-z0-9_]*(\\[[0-9]+\\])?$";
