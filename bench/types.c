/* types.c: what a value of every type costs: compared with its example written by hand, and far from the start compared
 * with near to it. `bench_types all` prints a line for each type that is far from the start too. */
#include "bench.h"

#include <string.h>
#include <tempo/tempo.h>

#include "by_hand/twins.h"

enum { TYPES_MAX = 128, TIMES = 20 * 1000, FAR_TIMES = 2000 };
static const double base = 0.4;

/* A type with its example bound, and with the same by hand; NULL if there is none. */
typedef struct subject {
    const char *type;
    const twin *twin;
    tempo_plan *plan;
    size_t track;
    int64_t start; /* of `far` */
} subject;

static const twin *find_twin(const char *type)
{
    static const twin *const tables[] = {twins_composer, twins_accelerated, twins_timm,
                                         twins_torch,    twins_huggingface, twins_optax};
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
        for (const twin *row = tables[i]; row->type; row++)
            if (strcmp(row->type, type) == 0)
                return row;
    return NULL;
}

/* What the options of an example say behind a name, or NULL. */
static const char *find_option(const char *options, const char *name, char *out, size_t capacity)
{
    const char *found = strstr(options, name);
    if (!found)
        return NULL;
    found += strlen(name);
    (void)snprintf(out, capacity, "%.*s", (int)strcspn(found, " "), found);
    return out;
}

/* NULL for a type that needs a program or metrics. `track` becomes that of its first schedule. */
static tempo_plan *bind_example(const tempo_type *type, size_t *track)
{
    char duration[32], batches[32];
    tempo_error error = TEMPO_ERROR_INIT;
    tempo_schedule *schedule = NULL;
    tempo_plan *plan = NULL;
    tempo_field fields[] = {{.name = "lr", .base = base}, {.name = "weight_decay", .base = base}};
    const tempo_group group = {.fields = fields, .field_count = 2};
    const char *options = tempo_type_example_run(type);
    if (!*tempo_type_example(type) || strstr(options, "--metrics"))
        return NULL;
    tempo_run run = {.max_duration = find_option(options, "--max-duration ", duration, sizeof duration)};
    if (find_option(options, "--batches-per-epoch ", batches, sizeof batches))
        run.batches_per_epoch = strtol(batches, NULL, 10);
    bench_need(tempo_schedule_parse(&schedule, tempo_type_example(type), NULL, &error), &error);
    bench_need(tempo_plan_bind(&plan, &run, &group, 1, schedule, NULL, &error), &error);
    for (*track = 0; strcmp(tempo_plan_track(plan, *track)->field, tempo_schedule_field(schedule, 0)) != 0;)
        ++*track;
    tempo_schedule_free(schedule);
    return plan;
}

/* Whatever a schedule counts, it is at t: in batches and epochs alike. */
static double value_at(const subject *s, int64_t t)
{
    const tempo_timestamp now = {.batch = t, .epoch = t};
    return tempo_plan_value(s->plan, s->track, &now);
}

static double by_plan(void *context, size_t times)
{
    const subject *s = context;
    tempo_timestamp now = {0};
    double sum = 0;
    int64_t t = 0;
    for (size_t i = 0; i < times; i++) {
        now.batch = now.epoch = t;
        sum += tempo_plan_value(s->plan, s->track, &now);
        t = t + 1 < s->twin->length ? t + 1 : 0;
    }
    return sum;
}

static double by_hand(void *context, size_t times)
{
    const subject *s = context;
    double sum = 0;
    int64_t t = 0;
    for (size_t i = 0; i < times; i++) {
        sum += s->twin->value(base, t);
        t = t + 1 < s->twin->length ? t + 1 : 0;
    }
    return sum;
}

static double from_start(void *context, size_t times)
{
    const subject *s = context;
    tempo_timestamp now = {.batch = s->start, .epoch = s->start};
    double sum = 0;
    for (size_t i = 0; i < times; i++, now.batch++, now.epoch++)
        sum += tempo_plan_value(s->plan, s->track, &now);
    return sum;
}

/* Comparing the cost of different things would prove nothing. */
static void same_values(const subject *s)
{
    for (int64_t t = 0; t < s->twin->length; t++) {
        const double value = value_at(s, t), expected = s->twin->value(base, t);
        if (value == expected)
            continue;
        fprintf(stderr, "%s: at %lld the plan says %.17g, by hand it is %.17g\n", s->type, (long long)t, value,
                expected);
        exit(2);
    }
}

static int by_ratio(const void *a, const void *b)
{
    const bench_case *left = a, *right = b;
    const double x = left[0].best / left[1].best, y = right[0].best / right[1].best;
    return (x < y) - (x > y);
}

static void compare_with_hand(subject *subjects, size_t count)
{
    bench_case cases[2 * TYPES_MAX];
    size_t used = 0, met = 0;
    for (size_t i = 0; i < count; i++)
        if (subjects[i].twin) {
            same_values(&subjects[i]);
            cases[used++] = (bench_case){by_plan, &subjects[i], TIMES, 0};
            cases[used++] = (bench_case){by_hand, &subjects[i], TIMES, 0};
        }
    bench_measure(cases, used);
    qsort(cases, used / 2, 2 * sizeof *cases, by_ratio);
    for (size_t i = 0; i < used; i += 2) {
        const subject *s = cases[i].context;
        char goal[64];
        bench_goal(goal, sizeof goal, cases[i].best / cases[i + 1].best, 1.5, "x");
        bench_print(s->type, &cases[i], "its example by hand", &cases[i + 1], goal);
        met += cases[i].best / cases[i + 1].best <= 1.5;
    }
    printf("%zu of %zu types cost at most 1.5 times what they cost by hand\n", met, used / 2);
}

/* The same number of steps from 10 on and from 1e12 on. */
static void compare_far_and_near(subject *subjects, size_t count, size_t shown)
{
    static subject far[TYPES_MAX];
    bench_case cases[2 * TYPES_MAX];
    size_t met = 0;
    for (size_t i = 0; i < count; i++) {
        subjects[i].start = 10;
        far[i] = subjects[i];
        far[i].start = INT64_C(1000000000000);
        cases[2 * i] = (bench_case){from_start, &far[i], FAR_TIMES, 0};
        cases[2 * i + 1] = (bench_case){from_start, &subjects[i], FAR_TIMES, 0};
    }
    bench_measure(cases, 2 * count);
    qsort(cases, count, 2 * sizeof *cases, by_ratio);
    for (size_t i = 0; i < 2 * count; i += 2) {
        const subject *s = cases[i].context;
        char name[64], goal[64];
        const double ratio = cases[i].best / cases[i + 1].best;
        met += ratio <= 2;
        (void)snprintf(name, sizeof name, "%s, at 1e12", s->type);
        bench_goal(goal, sizeof goal, ratio, 2, "x");
        if (i / 2 < shown)
            bench_print(name, &cases[i], "from step 10 on", &cases[i + 1], goal);
    }
    printf("%zu of %zu types cost at step 1e12 at most twice what they cost at step 10\n", met, count);
}

int main(int argc, char **argv)
{
    static subject subjects[TYPES_MAX];
    size_t count = 0;
    for (size_t i = 0; i < tempo_type_count(); i++) {
        const tempo_type *type = tempo_type_at(i);
        size_t track = 0;
        tempo_plan *plan = bind_example(type, &track);
        const subject s = {tempo_type_name(type), find_twin(tempo_type_name(type)), plan, track, 0};
        if (!plan)
            printf("%-40s      not measured: it needs a program's function, or metrics\n", s.type);
        else if (!s.twin)
            printf("%-40s      has no twin in bench/by_hand\n", s.type);
        if (plan)
            subjects[count++] = s;
    }
    compare_with_hand(subjects, count);
    compare_far_and_near(subjects, count, argc > 1 && strcmp(argv[1], "all") == 0 ? count : 3);
    for (size_t i = 0; i < count; i++)
        tempo_plan_free(subjects[i].plan);
    return 0;
}
