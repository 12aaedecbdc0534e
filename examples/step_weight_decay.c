/* step_weight_decay.c: weight decay that grows by a tenth every 1000 updates: pytorch-accelerated's example of a
 * scheduler of another field than lr, with an updater. Build: cc step_weight_decay.c $(pkg-config --cflags --libs tempo) */
#include <stdio.h>

#include <tempo/tempo.h>

typedef struct growth {
    int64_t n;
    double gamma;
} growth;

static size_t every_n_steps(const tempo_update *update, double *values, void *data)
{
    const growth *grow = data;
    if (update->num_updates == 0 || update->num_updates % grow->n != 0)
        return TEMPO_UNCHANGED;
    for (size_t g = 0; g < update->group_count; g++)
        values[g] = update->current[g] * grow->gamma;
    return update->group_count;
}

int main(void)
{
    double weight_decay = 0;
    tempo_field fields[] = {{.name = "lr", .base = 0.1}, /* left alone */
                            {.name = "weight_decay", .base = 1e-4, .as_double = &weight_decay}};
    const tempo_group group = {.fields = fields, .field_count = 2};
    growth grow = {.n = 1000, .gamma = 1.1};
    const tempo_update_rule rule = {.field = "weight_decay", .answer = every_n_steps, .data = &grow};

    tempo_error error = TEMPO_ERROR_INIT;
    tempo_updater *updater = NULL;
    tempo_status status = tempo_updater_new(&updater, &group, 1, &rule, NULL, &error); /* writes 1e-4 */
    for (int update = 1; !status && update <= 4000; update++) {
        /* train_one_batch(weight_decay) */
        status = tempo_updater_step(updater, &error);
        if (update % 1000 <= 1)
            printf("update %4d  weight_decay %.17g\n", update, weight_decay);
    }
    if (status)
        fprintf(stderr, "%s\n", error.message);
    tempo_updater_free(updater);
    return status != TEMPO_OK;
}
