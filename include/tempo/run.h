/* tempo/run.h: the facts a schedule may need to know about the training. */
#ifndef TEMPO_RUN_H
#define TEMPO_RUN_H

#include <stdbool.h>
#include <stdint.h>

#include <tempo/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What is not known stays 0 (or NULL); a schedule that needs it says so when it is bound. Plain
 * data: `const tempo_run run = { .max_duration = "90ep", .batches_per_epoch = 1251 };` */
typedef struct tempo_run {
    /* How long training lasts, as written: without the scale schedule ratio, which Tempo applies
     * (Composer: the Trainer), unless tempo_bind_options say that it is in it. Any unit but dur and sec;
     * > 0. NULL: unknown. */
    const char *max_duration;
    int64_t batches_per_epoch; /* optimizer updates in one pass (Composer's dataloader_len); 0: unknown */
    int64_t samples_per_batch; /* samples of one update, over all ranks; 0: unknown                     */
    int64_t tokens_per_batch;  /* tokens of one update, over all ranks; 0: unknown                      */
    /* Stretches the run and its schedules: alpha_s(t) = alpha(t / s). > 0; 0 means 1. */
    double scale_schedule_ratio;
    /* What one step of a PyTorch-style schedule is: a batch (true) or an epoch (false). */
    bool step_schedulers_every_batch;
} tempo_run;

#ifdef __cplusplus
}
#endif

#endif
