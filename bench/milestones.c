/* milestones.c: binding a schedule of 100,000 milestones, and what a value costs as their number grows. */
#include "bench.h"

#include <string.h>
#include <tempo/tempo.h>

enum { MANY = 100 * 1000, SPACING = 7, VALUES = 20 * 1000 };

/* A schedule with its plan, over milestones at 7ba, 14ba, 21ba, ... */
typedef struct stepped {
    int64_t count;
    tempo_schedule *schedule;
    tempo_plan *plan;
} stepped;

static tempo_field lr = {.name = "lr", .base = 1};
static const tempo_group group = {.name = "", .fields = &lr, .field_count = 1};

static void make_schedule(stepped *out, int64_t count)
{
    tempo_error error = TEMPO_ERROR_INIT;
    tempo_tree *tree = NULL;
    bench_need(tempo_tree_new(&tree, NULL), &error);
    tempo_value *map = tempo_tree_add(tree, NULL, NULL, 0, TEMPO_VALUE_MAP);
    const char type[] = "composer.MultiStepScheduler";
    tempo_tree_add_text(tree, map, "type", type, strlen(type));
    tempo_tree_add_real(tree, map, "gamma", 0.9999);
    tempo_value *list = tempo_tree_add(tree, map, "milestones", strlen("milestones"), TEMPO_VALUE_LIST);
    for (int64_t i = 1; i <= count; i++) {
        char text[32];
        const int length = snprintf(text, sizeof text, "%lldba", (long long)(i * SPACING));
        tempo_tree_add_text(tree, list, NULL, text, (size_t)length);
    }
    out->count = count;
    bench_need(tempo_schedule_from_value(&out->schedule, map, NULL, &error), &error);
    tempo_tree_free(tree);
}

static void bind(stepped *stepped)
{
    tempo_error error = TEMPO_ERROR_INIT;
    const tempo_run run = {.max_duration = "1000000ba"};
    bench_need(tempo_plan_bind(&stepped->plan, &run, &group, 1, stepped->schedule, NULL, &error), &error);
}

static double bind_and_evaluate(void *context, size_t times)
{
    stepped *of = context;
    double sum = 0;
    for (size_t i = 0; i < times; i++) {
        const tempo_timestamp now = {.batch = of->count * SPACING / 2};
        bind(of);
        sum += tempo_plan_value(of->plan, 0, &now);
        tempo_plan_free(of->plan);
    }
    return sum;
}

static int by_number(const void *a, const void *b)
{
    const int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;
    return (left > right) - (left < right);
}

/* The least that somebody who does it by hand would do: put the milestones in order once. */
static double sort_numbers(void *context, size_t times)
{
    int64_t *numbers = context;
    for (size_t i = 0; i < times; i++) {
        for (int64_t k = 0; k < MANY; k++)
            numbers[k] = (k + 1) * SPACING;
        qsort(numbers, MANY, sizeof *numbers, by_number);
    }
    return (double)numbers[MANY / 2];
}

/* Batches all over the schedule, in no order that a processor could guess. */
static double evaluate(void *context, size_t times)
{
    const stepped *of = context;
    tempo_timestamp now = {0};
    double sum = 0;
    uint64_t state = 1;
    for (size_t i = 0; i < times; i++) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        now.batch = (int64_t)((state >> 33) % (uint64_t)(of->count * SPACING));
        sum += tempo_plan_value(of->plan, 0, &now);
    }
    return sum;
}

static void binding(void)
{
    stepped many = {0};
    make_schedule(&many, MANY);
    int64_t *numbers = malloc(MANY * sizeof *numbers);
    if (!numbers)
        exit(2);
    bench_case cases[] = {{sort_numbers, numbers, 1, 0}, {bind_and_evaluate, &many, 1, 0}};
    bench_measure(cases, 2);
    char goal[64];
    bench_goal(goal, sizeof goal, cases[1].best / 1e6, 20, "ms");
    bench_print("binding 100,000 milestones, and one value", &cases[1], "qsort of 100,000 numbers", &cases[0], goal);
    free(numbers);
    tempo_schedule_free(many.schedule);
}

static void growth(void)
{
    static const int64_t counts[] = {10, 1000, MANY};
    stepped steps[3] = {0};
    bench_case cases[3];
    for (int i = 0; i < 3; i++) {
        make_schedule(&steps[i], counts[i]);
        bind(&steps[i]);
        cases[i] = (bench_case){evaluate, &steps[i], VALUES, 0};
    }
    bench_measure(cases, 3);
    for (int i = 1; i < 3; i++) {
        char name[64], goal[64] = "";
        (void)snprintf(name, sizeof name, "value among %lld milestones", (long long)counts[i]);
        if (i == 2) /* log2(100,000) / log2(10) is 5, doubled for what no longer fits the nearest cache */
            bench_goal(goal, sizeof goal, cases[i].best / cases[0].best, 10, "x");
        bench_print(name, &cases[i], "a value among 10 milestones", &cases[0], goal);
    }
    for (int i = 0; i < 3; i++) {
        tempo_plan_free(steps[i].plan);
        tempo_schedule_free(steps[i].schedule);
    }
}

int main(void)
{
    binding();
    growth();
    return 0;
}
