/* stepper.c: what one step() over 10,000 groups of one field costs, compared with writing as many numbers one by one.
 * For bench/torch_step.py, `bench_stepper times` prints names and nanoseconds instead. */
#include "bench.h"

#include <string.h>
#include <tempo/tempo.h>

enum { GROUPS = 10 * 1000, STEPS = 50, GOAL_MICROSECONDS = 20 };

/* Groups with one number each, and a stepper over them. */
typedef struct optimizer {
    tempo_stepper *stepper;
    tempo_group groups[GROUPS];
    tempo_field fields[GROUPS];
    char names[GROUPS][16];
    float floats[GROUPS];
    double doubles[GROUPS];
} optimizer;

static void make(optimizer *o, const char *schedule_text, tempo_stepper_mode mode, bool is_float, bool differ)
{
    tempo_error error = TEMPO_ERROR_INIT;
    tempo_schedule *schedule = NULL;
    const tempo_run run = {.max_duration = "1000000ba", .step_schedulers_every_batch = true};
    const tempo_stepper_options options = {.mode = mode};
    bench_need(tempo_schedule_parse(&schedule, schedule_text, NULL, &error), &error);
    for (size_t i = 0; i < GROUPS; i++) {
        (void)snprintf(o->names[i], sizeof o->names[i], "layer%zu", i);
        o->fields[i] = (tempo_field){.name = "lr", .base = differ ? 0.1 + 1e-5 * (double)i : 0.1};
        if (is_float)
            o->fields[i].as_float = &o->floats[i];
        else
            o->fields[i].as_double = &o->doubles[i];
        o->groups[i] = (tempo_group){.name = o->names[i], .fields = &o->fields[i], .field_count = 1};
    }
    bench_need(tempo_stepper_new(&o->stepper, &run, o->groups, GROUPS, schedule, &options, &error), &error);
    tempo_schedule_free(schedule);
}

static double step(void *context, size_t times)
{
    const optimizer *o = context;
    for (size_t i = 0; i < times; i++)
        bench_need(tempo_stepper_step(o->stepper, NULL), NULL);
    return tempo_stepper_value(o->stepper, GROUPS / 2);
}

/* The least that can be done: a number computed before, written through the pointer of each group. */
static double write_one_by_one(void *context, size_t times)
{
    optimizer *o = context;
    for (size_t n = 0; n < times; n++)
        for (size_t i = 0; i < GROUPS; i++)
            *o->fields[i].as_double = o->fields[i].base * (double)n;
    return o->doubles[GROUPS / 2];
}

static const struct {
    const char *name, *text;
} schedules[] = {
    {"LinearLR", "torch.LinearLR start_factor=0.01 total_iters=900000"},
    {"CosineAnnealingLR", "torch.CosineAnnealingLR T_max=1000000"},
    {"warmup and cosine", "composer.CosineAnnealingWithWarmupScheduler t_warmup=100ba alpha_f=0.1"},
};

enum { SCHEDULES = sizeof schedules / sizeof *schedules, VARIANTS = 8 };
enum { IS_FLOAT = 1, BASES_DIFFER = 2, CLOSED_FORM = 4 }; /* bits of a variant */

/* Two cases with the same but for the kind of number: the slower one. */
static void print_slower(const bench_case *pair, const bench_case *base, const char *schedule, size_t variant,
                         bool only_times)
{
    const bench_case *slower = pair[0].best > pair[1].best ? &pair[0] : &pair[1];
    char name[80], goal[64];
    (void)snprintf(name, sizeof name, "10,000 x %s%s%s", schedule, variant & CLOSED_FORM ? ", closed" : "",
                   variant & BASES_DIFFER ? ", bases differ" : "");
    bench_goal(goal, sizeof goal, slower->best / 1e3, GOAL_MICROSECONDS, "us");
    if (only_times)
        printf("%s\t%.0f\n", name, slower->best);
    else
        bench_print(name, slower, "writing 10,000 numbers", base, goal);
}

int main(int argc, char **argv)
{
    static optimizer baseline, optimizers[SCHEDULES][VARIANTS];
    const bool only_times = argc > 1 && strcmp(argv[1], "times") == 0;
    bench_case cases[1 + SCHEDULES * VARIANTS] = {{write_one_by_one, &baseline, STEPS, 0}};
    make(&baseline, schedules[0].text, TEMPO_STEPPER_RECURSIVE, false, true);
    for (size_t s = 0; s < SCHEDULES; s++)
        for (size_t v = 0; v < VARIANTS; v++) {
            make(&optimizers[s][v], schedules[s].text,
                 v & CLOSED_FORM ? TEMPO_STEPPER_CLOSED_FORM : TEMPO_STEPPER_RECURSIVE, v & IS_FLOAT, v & BASES_DIFFER);
            cases[1 + s * VARIANTS + v] = (bench_case){step, &optimizers[s][v], STEPS, 0};
        }
    bench_measure(cases, sizeof cases / sizeof *cases);
    for (size_t s = 0; s < SCHEDULES; s++)
        for (size_t v = 0; v < VARIANTS; v += 2) {
            print_slower(&cases[1 + s * VARIANTS + v], &cases[0], schedules[s].name, v, only_times);
            tempo_stepper_free(optimizers[s][v].stepper);
            tempo_stepper_free(optimizers[s][v + 1].stepper);
        }
    tempo_stepper_free(baseline.stepper);
    return 0;
}
