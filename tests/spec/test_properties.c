/* What holds for every type, driven by the registry: a new one is held to it without a line here. A type is taken by
 * its example; one that needs a program has none (tests/spec/test_registry.c). */
#include "support/spec.h"

#include <math.h>
#include <stdlib.h>

#include "support/documents.h"

enum { BATCHES = 9000, STRIDE = 7, STEPS = 250, FIELDS = 3, METRICS = 400 };

/* A type's example, with the groups and the run that it is bound to. */
typedef struct example {
    const tempo_type *type;
    tempo_schedule *schedule;
    double numbers[FIELDS];
    tempo_field fields[FIELDS];
    tempo_group group;
    tempo_run run;
} example;

/* Something that falls, with setbacks. */
static double metric_of(int64_t step)
{
    return 1.0 / (1.0 + (double)step) + (double)(step % 5) * 0.01;
}

static const double *heard(void)
{
    static double metrics[METRICS];
    for (int64_t i = 0; i < METRICS; i++)
        metrics[i] = metric_of(i + 1);
    return metrics;
}

/* The next type that can be bound without a program; false: no more. */
static bool next_example(example *e, size_t *index)
{
    static const char *const names[FIELDS] = {"lr", "weight_decay", "momentum"};
    static const double bases[FIELDS] = {0.3, 0.05, 0.9};
    const tempo_type *type = NULL;
    while ((type = tempo_type_at((*index)++)) && !*tempo_type_example(type))
        continue;
    if (!type)
        return false;
    *e = (example){.type = type};
    for (size_t i = 0; i < FIELDS; i++)
        e->fields[i] = (tempo_field){.name = names[i], .base = bases[i], .as_double = &e->numbers[i]};
    e->group = (tempo_group){.fields = e->fields, .field_count = FIELDS};
    e->run = (tempo_run){.max_duration = strstr(tempo_type_example_run(type), "ba") ? "10000ba" : "90ep",
                         .batches_per_epoch = 100,
                         .samples_per_batch = 8,
                         .tokens_per_batch = 64};
    assert_int_equal(tempo_schedule_parse(&e->schedule, tempo_type_example(type), NULL, NULL), TEMPO_OK);
    return true;
}

static tempo_plan *bind(const example *e, const tempo_schedule *schedule)
{
    const tempo_bind_options options = {.metrics = heard(), .metric_count = METRICS};
    tempo_error error = TEMPO_ERROR_INIT;
    tempo_plan *plan = NULL;
    if (tempo_plan_bind(&plan, &e->run, &e->group, 1, schedule, &options, &error))
        fail_msg("%s: %s", tempo_type_name(e->type), error.message);
    return plan;
}

static double value_at(const tempo_plan *plan, size_t track, int64_t batch)
{
    tempo_timestamp now;
    assert_int_equal(tempo_plan_timestamp(plan, batch, &now, NULL), TEMPO_OK);
    return tempo_plan_value(plan, track, &now);
}

/* To the last bit. */
static void assert_same(const example *e, double value, double expected, int64_t where)
{
    if (memcmp(&value, &expected, sizeof value) != 0)
        fail_msg("%s at %lld: %.17g, not %.17g", tempo_type_name(e->type), (long long)where, value, expected);
}

/* --- plans --- */

static void any_order_gives_the_same_bits_and_asking_twice_changes_nothing(void **state)
{
    (void)state;
    static double sequential[BATCHES];
    example e;
    for (size_t i = 0; next_example(&e, &i); tempo_schedule_free(e.schedule)) {
        tempo_plan *plan = bind(&e, e.schedule);
        for (size_t t = 0; t < tempo_plan_track_count(plan); t++) {
            for (int64_t b = 0; b < BATCHES; b++)
                sequential[b] = value_at(plan, t, b);
            for (int64_t k = 0; k < BATCHES; k++) { /* STRIDE and BATCHES have no common factor */
                const int64_t b = k * STRIDE % BATCHES;
                assert_same(&e, value_at(plan, t, b), sequential[b], b);
            }
        }
        tempo_plan_free(plan);
    }
}

static void many_at_once_are_the_same_bits_as_one_by_one(void **state)
{
    (void)state;
    static double bulk[BATCHES];
    example e;
    for (size_t i = 0; next_example(&e, &i); tempo_schedule_free(e.schedule)) {
        tempo_plan *plan = bind(&e, e.schedule);
        for (size_t t = 0; t < tempo_plan_track_count(plan); t++) {
            assert_int_equal(tempo_plan_values(plan, t, 0, BATCHES, bulk, NULL), TEMPO_OK);
            for (int64_t b = 0; b < BATCHES; b++)
                assert_same(&e, bulk[b], value_at(plan, t, b), b);
        }
        tempo_plan_free(plan);
    }
}

static void printed_and_parsed_it_is_the_same_plan(void **state)
{
    (void)state;
    example e;
    for (size_t i = 0; next_example(&e, &i); tempo_schedule_free(e.schedule)) {
        tempo_tree *tree = NULL, *again = NULL;
        kept_output text = {0};
        tempo_schedule *parsed = NULL;
        assert_int_equal(tempo_tree_new(&tree, NULL), TEMPO_OK);
        assert_int_equal(tempo_tree_new(&again, NULL), TEMPO_OK);
        const tempo_value *value = tempo_schedule_to_value(e.schedule, tree, NULL, NULL);
        assert_int_equal(tempo_value_print(value, TEMPO_YAML, keep_output, &text, NULL), TEMPO_OK);
        assert_int_equal(tempo_value_parse(again, text.bytes, text.length, NULL, NULL), TEMPO_OK);
        assert_int_equal(tempo_schedule_from_value(&parsed, tempo_tree_root(again), NULL, NULL), TEMPO_OK);
        assert_true(tempo_schedule_hash(parsed) == tempo_schedule_hash(e.schedule));
        tempo_plan *plan = bind(&e, e.schedule), *other = bind(&e, parsed);
        assert_int_equal(tempo_plan_track_count(plan), tempo_plan_track_count(other));
        for (size_t t = 0; t < tempo_plan_track_count(plan); t++)
            for (int64_t b = 0; b < BATCHES; b += STRIDE)
                assert_same(&e, value_at(other, t, b), value_at(plan, t, b), b);
        tempo_plan_free(plan);
        tempo_plan_free(other);
        tempo_schedule_free(parsed);
        tempo_tree_free(tree);
        tempo_tree_free(again);
        free(text.bytes);
    }
}

/* --- steppers --- */

static tempo_stepper *stepper_of(example *e, tempo_stepper_mode mode, tempo_time step, int64_t start)
{
    const tempo_stepper_options options = {.mode = mode, .step = step, .start = start};
    tempo_error error = TEMPO_ERROR_INIT;
    tempo_stepper *stepper = NULL;
    if (tempo_stepper_new(&stepper, &e->run, &e->group, 1, e->schedule, &options, &error))
        fail_msg("%s: %s", tempo_type_name(e->type), error.message);
    return stepper;
}

/* A step, with the metric of its number if that is wanted. */
static void step(const example *e, tempo_stepper *stepper, int64_t metric)
{
    tempo_error error = TEMPO_ERROR_INIT;
    if (tempo_stepper_step_metric(stepper, metric_of(metric), &error))
        fail_msg("%s: %s", tempo_type_name(e->type), error.message);
}

static const tempo_time batch = {.unit = TEMPO_BATCH, .count = 1};

static void the_closed_form_of_a_stepper_is_the_plan(void **state)
{
    (void)state;
    example e;
    for (size_t i = 0; next_example(&e, &i); tempo_schedule_free(e.schedule)) {
        tempo_plan *plan = bind(&e, e.schedule);
        tempo_stepper *stepper = stepper_of(&e, TEMPO_STEPPER_CLOSED_FORM, batch, 0);
        assert_int_equal(tempo_stepper_track_count(stepper), tempo_plan_track_count(plan));
        for (int64_t b = 0; b < STEPS * 10; b++) {
            for (size_t t = 0; t < tempo_plan_track_count(plan); t++) {
                assert_same(&e, tempo_stepper_value(stepper, t), value_at(plan, t, b), b);
                assert_same(&e, e.numbers[tempo_plan_track(plan, t)->field_index], value_at(plan, t, b), b);
            }
            const int64_t epoch = (b + 1) / e.run.batches_per_epoch; /* what a type that counts epochs hears there */
            step(&e, stepper, tempo_stepper_now(stepper)->epoch < epoch ? epoch : b + 1);
        }
        tempo_stepper_free(stepper);
        tempo_plan_free(plan);
    }
}

static void starting_after_n_steps_is_stepping_n_times(void **state)
{
    (void)state;
    static const tempo_time common;
    example e;
    for (size_t i = 0; next_example(&e, &i); tempo_schedule_free(e.schedule)) {
        if (tempo_type_listens(e.type))
            continue; /* it has heard nothing: see the next test */
        tempo_stepper *stepped = stepper_of(&e, TEMPO_STEPPER_RECURSIVE, common, 0);
        for (int64_t n = 0; n < STEPS && n < 60; n++) {
            double numbers[FIELDS];
            memcpy(numbers, e.numbers, sizeof numbers);
            tempo_stepper *started = stepper_of(&e, TEMPO_STEPPER_RECURSIVE, common, n);
            for (size_t t = 0; t < tempo_stepper_track_count(stepped); t++)
                assert_same(&e, tempo_stepper_value(started, t), tempo_stepper_value(stepped, t), n);
            assert_true(tempo_timestamp_equal(tempo_stepper_now(started), tempo_stepper_now(stepped)));
            tempo_stepper_free(started);
            memcpy(e.numbers, numbers, sizeof numbers); /* both write there */
            step(&e, stepped, n + 1);
        }
        tempo_stepper_free(stepped);
    }
}

/* The text of a saved stepper, loaded into another one. */
static void hand_over(const example *e, const tempo_stepper *from, tempo_stepper *to, tempo_format format)
{
    tempo_tree *tree = NULL, *again = NULL;
    kept_output text = {0};
    tempo_error error = TEMPO_ERROR_INIT;
    assert_int_equal(tempo_tree_new(&tree, NULL), TEMPO_OK);
    assert_int_equal(tempo_tree_new(&again, NULL), TEMPO_OK);
    const tempo_value *saved = tempo_stepper_save(from, tree, NULL, NULL);
    assert_non_null(saved);
    assert_int_equal(tempo_value_print(saved, format, keep_output, &text, NULL), TEMPO_OK);
    assert_int_equal(tempo_value_parse(again, text.bytes, text.length, NULL, NULL), TEMPO_OK);
    if (tempo_stepper_load(to, tempo_tree_root(again), TEMPO_MISMATCH_ERROR, &error))
        fail_msg("%s: %s", tempo_type_name(e->type), error.message);
    tempo_tree_free(tree);
    tempo_tree_free(again);
    free(text.bytes);
}

static void saved_and_loaded_anywhere_it_goes_on_to_the_same_bits(void **state)
{
    (void)state;
    static const tempo_time common;
    example e;
    for (size_t i = 0; next_example(&e, &i); tempo_schedule_free(e.schedule)) {
        double expected[STEPS][FIELDS];
        tempo_stepper *whole = stepper_of(&e, TEMPO_STEPPER_RECURSIVE, common, 0);
        for (int64_t n = 0; n < STEPS; n++) {
            memcpy(expected[n], e.numbers, sizeof expected[n]);
            if (n + 1 < STEPS)
                step(&e, whole, n + 1);
        }
        tempo_stepper_free(whole);
        tempo_stepper *part = stepper_of(&e, TEMPO_STEPPER_RECURSIVE, common, 0);
        for (int64_t n = 0; n < STEPS; n++) {
            for (size_t f = 0; f < FIELDS; f++)
                assert_same(&e, e.numbers[f], expected[n][f], n);
            if (n + 1 < STEPS)
                step(&e, part, n + 1);
            if (n % 23 != 0)
                continue;
            tempo_stepper *next = stepper_of(&e, TEMPO_STEPPER_RECURSIVE, common, 0);
            hand_over(&e, part, next, n % 2 ? TEMPO_YAML : TEMPO_JSON);
            tempo_stepper_free(part);
            part = next;
        }
        tempo_stepper_free(part);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_order_gives_the_same_bits_and_asking_twice_changes_nothing),
        cmocka_unit_test(many_at_once_are_the_same_bits_as_one_by_one),
        cmocka_unit_test(printed_and_parsed_it_is_the_same_plan),
        cmocka_unit_test(the_closed_form_of_a_stepper_is_the_plan),
        cmocka_unit_test(starting_after_n_steps_is_stepping_n_times),
        cmocka_unit_test(saved_and_loaded_anywhere_it_goes_on_to_the_same_bits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
