/* describe.c: the keys of the native form, for reading it, for messages and for the JSON Schema. */
#include "document/internal.h"

const tempo__section tempo__sections[] = {
    {"tempo", "version of the format: 1"},
    {"run", "facts about the training; give what the schedules need"},
    {"optimizer", "base values of the scheduled fields: one group, or `groups`"},
    {"schedules", "a list of schedules, or one"},
    {NULL, NULL},
};

const tempo__fact tempo__facts[] = {
    {"max_duration", TEMPO__FACT_TIME, offsetof(tempo_run, max_duration),
     "how long training lasts, without the scale schedule ratio"},
    {"batches_per_epoch", TEMPO__FACT_COUNT, offsetof(tempo_run, batches_per_epoch),
     "optimizer updates in one pass over the data; 0: unknown"},
    {"samples_per_batch", TEMPO__FACT_COUNT, offsetof(tempo_run, samples_per_batch),
     "samples of one update, over all ranks; 0: unknown"},
    {"tokens_per_batch", TEMPO__FACT_COUNT, offsetof(tempo_run, tokens_per_batch),
     "tokens of one update, over all ranks; 0: unknown"},
    {"scale_schedule_ratio", TEMPO__FACT_RATIO, offsetof(tempo_run, scale_schedule_ratio),
     "stretches the run and its schedules"},
    {"step_schedulers_every_batch", TEMPO__FACT_FLAG, offsetof(tempo_run, step_schedulers_every_batch),
     "what a step of a step-counting schedule is: a batch, or else an epoch"},
    {NULL, TEMPO__FACT_TIME, 0, NULL},
};
