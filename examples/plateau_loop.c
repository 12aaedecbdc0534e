/* plateau_loop.c: a training loop with a step() object: the learning rate is halved whenever the loss has stopped
 * falling. As in PyTorch, the scheduler writes into the optimizer's own number and goes on from what stands there.
 * Build: cc plateau_loop.c $(pkg-config --cflags --libs tempo) */
#include <math.h>
#include <stdio.h>

#include <tempo/tempo.h>

/* The model: a weight that should be 3, and steps of fixed length towards it. Returns the loss. */
static double train_one_epoch(double *weight, double lr)
{
    for (int update = 0; update < 5; update++)
        *weight += *weight < 3 ? lr : -lr;
    return fabs(*weight - 3);
}

int main(void)
{
    double lr = 0, weight = 0, loss = 0;
    tempo_field field = {.name = "lr", .base = 0.4, .as_double = &lr};
    const tempo_group group = {.fields = &field, .field_count = 1};
    const tempo_run run = {.max_duration = NULL}; /* nothing has to be known: a step is an epoch */

    tempo_error error = TEMPO_ERROR_INIT;
    tempo_schedule *plateau = NULL;
    tempo_stepper *scheduler = NULL;
    tempo_status status = tempo_schedule_parse(&plateau, "torch.ReduceLROnPlateau factor=0.5 patience=1", NULL, &error);
    if (!status)
        status = tempo_stepper_new(&scheduler, &run, &group, 1, plateau, NULL, &error); /* writes 0.4 */
    tempo_schedule_free(plateau);

    for (int epoch = 1; !status && epoch <= 40; epoch++) {
        const double before = lr;
        loss = train_one_epoch(&weight, lr);
        status = tempo_stepper_step_metric(scheduler, loss, &error);
        if (lr != before)
            printf("after epoch %2d  lr %.17g\n", epoch, lr);
    }
    printf("weight %.17g  loss %.17g\n", weight, loss);
    if (status)
        fprintf(stderr, "%s\n", error.message);
    tempo_stepper_free(scheduler);
    return status != TEMPO_OK;
}
