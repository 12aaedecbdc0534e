/* training_loop.c: a training loop whose learning rate is a schedule. It fits a line to points; what matters is the
 * loop. Build: cc training_loop.c $(pkg-config --cflags --libs tempo) */
#include <stdio.h>

#include <tempo/tempo.h>

static int fail(const tempo_error *error)
{
    fprintf(stderr, "%s%s%s\n", error->message, error->advice[0] ? ": " : "", error->advice);
    return 1;
}

/* The model: y = weight * x, trained on y = 3x by gradient descent. Returns the loss. */
static float train_one_batch(float *weight, float lr, float x)
{
    const float difference = *weight * x - 3 * x;
    *weight -= lr * 2 * difference * x;
    return difference * difference;
}

int main(void)
{
    float lr = 0, weight = 0, loss = 0;
    tempo_field field = {.name = "lr", .base = 0.1, .as_float = &lr};
    const tempo_group group = {.fields = &field, .field_count = 1};
    const tempo_run run = {.max_duration = "4ep", .batches_per_epoch = 50, .samples_per_batch = 8};

    tempo_error error = TEMPO_ERROR_INIT;
    tempo_schedule *cosine = NULL;
    tempo_plan *plan = NULL;
    tempo_clock clock;
    tempo_time end;
    if (tempo_schedule_parse(&cosine, "composer.CosineAnnealingWithWarmupScheduler t_warmup=20ba alpha_f=0.01", NULL,
                             &error) ||
        tempo_plan_bind(&plan, &run, &group, 1, cosine, NULL, &error))
        return fail(&error);
    tempo_schedule_free(cosine); /* the plan has what it needs */
    tempo_plan_max_duration(plan, &end);
    if (tempo_clock_init(&clock, &end, &error))
        return fail(&error);

    while (!tempo_clock_done(&clock)) {
        tempo_plan_apply(plan, tempo_clock_now(&clock), &group); /* writes lr */
        const long long batch = tempo_clock_now(&clock)->batch;
        loss = train_one_batch(&weight, lr, (float)(batch % 7 + 1) / 7);
        if (batch % 40 == 0)
            printf("batch %3lld  lr %.5f  loss %.5f\n", batch, lr, loss);
        if (tempo_clock_batch_end(&clock, 8, 0, &error) ||
            ((batch + 1) % run.batches_per_epoch == 0 && tempo_clock_epoch_end(&clock, &error)))
            return fail(&error);
    }
    printf("weight %.4f after %lld epochs\n", weight, (long long)tempo_clock_now(&clock)->epoch);
    tempo_plan_free(plan);
    return 0;
}
