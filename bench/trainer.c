/* trainer.c: what the training loop costs beyond the callbacks: two groups, four schedules, no logs. */
#include "bench.h"

#include <tempo/trainer.h>

typedef struct callbacks {
    int64_t left; /* batches of the epoch */
    double sum;
} callbacks;

static int rewind_data(void *context, int64_t epoch)
{
    (void)epoch;
    ((callbacks *)context)->left = 1000000;
    return 0;
}

static int next(void *context, tempo_batch *batch, bool *has_batch)
{
    callbacks *c = context;
    batch->samples = 8;
    batch->tokens = 1024;
    *has_batch = c->left-- > 0;
    return 0;
}

static int train(void *context, const tempo_batch *batch, double *loss)
{
    callbacks *c = context;
    c->sum += (double)batch->samples;
    *loss = 1.0;
    return 0;
}

static int update(void *context, bool *applied)
{
    (void)context;
    (void)applied;
    return 0;
}

/* The same callbacks, called by a loop of a few lines. */
static double by_hand(void *context, size_t times)
{
    callbacks *c = context;
    double loss = 0;
    bool has_batch = true, applied = true;
    rewind_data(c, 0);
    for (size_t i = 0; i < times; i++) {
        tempo_batch batch = {.samples = 0};
        next(c, &batch, &has_batch);
        train(c, &batch, &loss);
        update(c, &applied);
    }
    return c->sum + loss;
}

static double by_trainer(void *context, size_t times)
{
    static const char schedules[] =
        "composer.CosineAnnealingWithWarmupScheduler t_warmup=1000ba groups=[decay] * "
        "composer.LinearScheduler groups=[rest] * composer.StepScheduler step_size=100000ba field=weight_decay "
        "groups=[decay] * composer.CosineAnnealingScheduler field=weight_decay groups=[rest]";
    char max_duration[32];
    float numbers[4];
    tempo_field fields[] = {{.name = "lr", .base = 0.1, .as_float = &numbers[0]},
                            {.name = "weight_decay", .base = 0.1, .as_float = &numbers[1]},
                            {.name = "lr", .base = 0.1, .as_float = &numbers[2]},
                            {.name = "weight_decay", .base = 0.1, .as_float = &numbers[3]}};
    const tempo_group groups[] = {{"decay", &fields[0], 2, false}, {"rest", &fields[2], 2, false}};
    tempo_error error = TEMPO_ERROR_INIT;
    tempo_schedule *schedule = NULL;
    tempo_trainer *trainer = NULL;
    (void)snprintf(max_duration, sizeof max_duration, "%zuba", times);
    tempo_status status = tempo_schedule_parse(&schedule, schedules, NULL, &error);
    const tempo_trainer_options options = {
        .run = {.max_duration = max_duration},
        .groups = groups,
        .group_count = 2,
        .schedule = schedule,
        .data = {context, rewind_data, next, NULL},
        .model = {context, train, update, NULL, NULL},
    };
    if (!status)
        status = tempo_trainer_new(&trainer, &options, &error);
    if (!status)
        status = tempo_trainer_fit(trainer, &error);
    bench_need(status, &error);
    const double sum = (double)tempo_trainer_now(trainer)->sample + numbers[0];
    tempo_trainer_free(trainer);
    tempo_schedule_free(schedule);
    return sum;
}

int main(void)
{
    callbacks context = {0};
    bench_case cases[] = {{by_trainer, &context, 20000, 0}, {by_hand, &context, 20000, 0}};
    bench_measure(cases, 2);
    char goal[64];
    bench_goal(goal, sizeof goal, (cases[0].best - cases[1].best) / 1e3, 1, "us beyond them");
    bench_print("a batch of the training loop", &cases[0], "the callbacks alone", &cases[1], goal);
    return 0;
}
