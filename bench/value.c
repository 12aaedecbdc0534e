/* value.c: what one value of warmup and cosine costs through a plan, compared with a function written by
 * hand for this one schedule. */
#include "bench.h"

#include <math.h>
#include <tempo/tempo.h>

#include "by_hand/cosine.h"

enum { BATCHES = 63900, BULK = 1000 };

static double by_hand(void *context, size_t times)
{
    double sum = 0;
    for (size_t i = 0; i < times; i++)
        sum += cosine_by_hand(context, (int64_t)i);
    return sum;
}

static double by_plan(void *context, size_t times)
{
    const tempo_plan *plan = context;
    tempo_timestamp now = {0};
    double sum = 0;
    for (size_t i = 0; i < times; i++) {
        now.batch = (int64_t)i;
        sum += tempo_plan_value(plan, 0, &now);
    }
    return sum;
}

static double in_bulk(void *context, size_t times)
{
    double values[BULK], sum = 0;
    for (size_t i = 0; i < times; i += BULK) {
        bench_need(tempo_plan_values(context, 0, (int64_t)i, BULK, values, NULL), NULL);
        sum += values[0];
    }
    return sum;
}

/* Comparing the cost of different things would prove nothing. */
static void same_values(const tempo_plan *plan)
{
    tempo_timestamp now = {0};
    for (now.batch = 0; now.batch <= BATCHES; now.batch++) {
        const double value = tempo_plan_value(plan, 0, &now), expected = cosine_by_hand(&cosine_recipe_7b, now.batch);
        if (fabs(value - expected) <= 1e-15)
            continue;
        fprintf(stderr, "at %lld batches the plan says %.17g, by hand it is %.17g\n", (long long)now.batch, value,
                expected);
        exit(2);
    }
}

int main(void)
{
    static const char text[] = "composer.CosineAnnealingWithWarmupScheduler t_warmup=100ba alpha_f=0.1";
    tempo_error error = TEMPO_ERROR_INIT;
    tempo_schedule *schedule = NULL;
    tempo_plan *plan = NULL;
    tempo_field lr = {.name = "lr", .base = 1.2e-4};
    const tempo_group group = {.name = "", .fields = &lr, .field_count = 1};
    const tempo_run run = {.max_duration = "63900ba"};
    bench_need(tempo_schedule_parse(&schedule, text, NULL, &error), &error);
    bench_need(tempo_plan_bind(&plan, &run, &group, 1, schedule, NULL, &error), &error);
    same_values(plan);

    cosine_recipe recipe = cosine_recipe_7b;
    bench_case cases[] = {{by_hand, &recipe, BATCHES, 0}, {by_plan, plan, BATCHES, 0}, {in_bulk, plan, BATCHES, 0}};
    bench_measure(cases, sizeof cases / sizeof *cases);
    char goal[64];
    bench_goal(goal, sizeof goal, cases[1].best / cases[0].best, 1.5, "x");
    bench_print("value of warmup+cosine, through a plan", &cases[1], "the formula by hand", &cases[0], goal);
    bench_print("the same, 1000 at a time", &cases[2], "the formula by hand", &cases[0], "");

    tempo_plan_free(plan);
    tempo_schedule_free(schedule);
    return 0;
}
