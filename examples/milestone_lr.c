/* milestone_lr.c: learning rates that halve at chosen epochs: pytorch-accelerated's example of a scheduler of one's own,
 * with an updater. Build: cc milestone_lr.c $(pkg-config --cflags --libs tempo) */
#include <stdio.h>

#include <tempo/tempo.h>

typedef struct milestones {
    double gamma;
    int64_t epochs[3];
    int64_t steps_per_epoch;
} milestones;

/* Multiplies whatever the learning rates are by now: also what was written by hand. */
static size_t at_milestones(const tempo_update *update, double *values, void *data)
{
    const milestones *m = data;
    for (size_t i = 0; i < 3; i++) {
        if (update->num_updates != m->epochs[i] * m->steps_per_epoch)
            continue;
        for (size_t g = 0; g < update->group_count; g++)
            values[g] = update->current[g] * m->gamma;
        return update->group_count;
    }
    return TEMPO_UNCHANGED;
}

int main(void)
{
    double body = 0, head = 0;
    tempo_field fields[] = {{.name = "lr", .base = 0.01, .as_double = &body},
                            {.name = "lr", .base = 0.1, .as_double = &head}};
    const tempo_group groups[] = {{.name = "body", .fields = &fields[0], .field_count = 1},
                                  {.name = "head", .fields = &fields[1], .field_count = 1}};
    milestones when = {.gamma = 0.5, .epochs = {2, 4, 5}, .steps_per_epoch = 100};
    const tempo_update_rule rule = {.field = "lr", .answer = at_milestones, .data = &when};

    tempo_error error = TEMPO_ERROR_INIT;
    tempo_updater *updater = NULL;
    tempo_status status = tempo_updater_new(&updater, groups, 2, &rule, NULL, &error); /* writes 0.01 and 0.1 */
    for (int epoch = 1; !status && epoch <= 6; epoch++) {
        for (int64_t step = 0; !status && step < when.steps_per_epoch; step++) {
            /* train_one_batch(body, head) */
            status = tempo_updater_step(updater, &error);
        }
        printf("epoch %d  body %g  head %g\n", epoch, body, head);
    }
    if (status)
        fprintf(stderr, "%s\n", error.message);
    tempo_updater_free(updater);
    return status != TEMPO_OK;
}
