/* core.c: a consumer of libtempo: a schedule in one line, bound to an optimizer's own number. */
#include <stdio.h>
#include <tempo/tempo.h>

static int failed(const tempo_error *error)
{
    fprintf(stderr, "%s: %s\n", tempo_status_name(error->status), error->message);
    return 1;
}

int main(void)
{
    tempo_error error = TEMPO_ERROR_INIT;
    tempo_schedule *schedule = NULL;
    tempo_plan *plan = NULL;
    double lr = 0;
    tempo_field field = {"lr", 0.1, NULL, &lr};
    const tempo_group group = {"", &field, 1, false};
    const tempo_run run = {.max_duration = "100ba"};

    if (tempo_schedule_parse(&schedule, "composer.ConstantWithWarmupScheduler t_warmup=10ba", NULL, &error) ||
        tempo_plan_bind(&plan, &run, &group, 1, schedule, NULL, &error))
        return failed(&error);

    const tempo_timestamp half_way = {.batch = 5}, warm = {.batch = 10};
    tempo_plan_apply(plan, &half_way, &group);
    printf("%g ", lr);
    tempo_plan_apply(plan, &warm, &group);
    printf("%g\n", lr);
    tempo_plan_free(plan);
    tempo_schedule_free(schedule);
    return 0;
}
