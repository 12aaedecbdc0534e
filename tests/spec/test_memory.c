/* Every constructor of the core with 0, 1, 2, ... allocations allowed: a clean error until it succeeds, and
 * nothing left behind either way. */
#include "support/spec.h"

#include "support/allocator.h"

static const char text[] = "composer.MultiStepWithWarmupScheduler t_warmup=10ba milestones=[30ba, 20ep, 0.5dur] * "
                           "composer.LinearScheduler field=weight_decay groups=[decay] alpha_f=0.5";

/* Calls `make` with ever more memory; it must end in success, and never before with something alive. */
static void climb(tempo_status (*make)(const tempo_allocator *allocator, tempo_error *error))
{
    for (long budget = 0; budget < 1000; budget++) {
        counting_allocator counter;
        const tempo_allocator allocator = counting_start(&counter, budget);
        tempo_error error = TEMPO_ERROR_INIT;
        const tempo_status status = make(&allocator, &error);
        assert_int_equal(counter.live_blocks, 0);
        assert_int_equal(counter.live_bytes, 0);
        if (status == TEMPO_OK) {
            assert_true(budget > 0);
            return;
        }
        assert_int_equal(status, TEMPO_NO_MEMORY);
        assert_int_equal(error.status, TEMPO_NO_MEMORY);
    }
    fail_msg("1000 allocations were not enough");
}

static tempo_status make_schedule(const tempo_allocator *allocator, tempo_error *error)
{
    tempo_schedule *schedule = NULL;
    const tempo_status status = tempo_schedule_parse(&schedule, text, allocator, error);
    assert_true((status == TEMPO_OK) == (schedule != NULL));
    tempo_schedule_free(schedule);
    return status;
}

static tempo_status make_schedule_from_value(const tempo_allocator *allocator, tempo_error *error)
{
    tempo_schedule *schedule = NULL, *copy = NULL;
    tempo_tree *tree = NULL;
    assert_int_equal(tempo_schedule_parse(&schedule, text, NULL, NULL), TEMPO_OK);
    assert_int_equal(tempo_tree_new(&tree, NULL), TEMPO_OK);
    const tempo_value *value = tempo_schedule_to_value(schedule, tree, NULL, NULL);
    const tempo_status status = tempo_schedule_from_value(&copy, value, allocator, error);
    assert_true((status == TEMPO_OK) == (copy != NULL));
    tempo_schedule_free(copy);
    tempo_schedule_free(schedule);
    tempo_tree_free(tree);
    return status;
}

static tempo_status make_tree(const tempo_allocator *allocator, tempo_error *error)
{
    tempo_tree *tree = NULL;
    tempo_status status = tempo_tree_new(&tree, allocator);
    if (!status)
        status = tempo_schedule_read(tree, NULL, NULL, text, error);
    else
        error->status = status;
    tempo_tree_free(tree);
    return status;
}

static tempo_status make_plan(const tempo_allocator *allocator, tempo_error *error)
{
    tempo_schedule *schedule = NULL;
    tempo_plan *plan = NULL;
    tempo_field fields[] = {{"lr", 1.0, NULL, NULL}, {"weight_decay", 0.1, NULL, NULL}};
    const tempo_group group = {"decay", fields, 2, false};
    const tempo_run run = {.max_duration = "90ep", .batches_per_epoch = 10};
    const tempo_bind_options options = {.allocator = allocator};
    assert_int_equal(tempo_schedule_parse(&schedule, text, NULL, NULL), TEMPO_OK);
    const tempo_status status = tempo_plan_bind(&plan, &run, &group, 1, schedule, &options, error);
    assert_true((status == TEMPO_OK) == (plan != NULL));
    tempo_plan_free(plan);
    tempo_schedule_free(schedule);
    return status;
}

static tempo_status make_plan_with_expressions(const tempo_allocator *allocator, tempo_error *error)
{
    tempo_schedule *schedule = NULL;
    tempo_plan *plan = NULL;
    tempo_field field = {"lr", 1.0, NULL, NULL};
    const tempo_group group = {NULL, &field, 1, false};
    const tempo_run run = {.batches_per_epoch = 10};
    const tempo_bind_options options = {.allocator = allocator, .expressions = true};
    const tempo_expression *expression = NULL;
    assert_int_equal(tempo_schedule_parse(&schedule,
                                          "optax.join_schedules schedules=[(optax.linear_onecycle_schedule "
                                          "transition_steps=100 peak_value=0.1), (optax.constant_schedule value=1)] "
                                          "boundaries=[100]",
                                          NULL, NULL),
                     TEMPO_OK);
    const tempo_status status = tempo_plan_bind(&plan, &run, &group, 1, schedule, &options, error);
    if (!status)
        assert_int_equal(tempo_plan_expression(plan, 0, &expression, NULL), TEMPO_OK);
    tempo_plan_free(plan);
    tempo_schedule_free(schedule);
    return status;
}

static size_t unchanged(const tempo_update *update, double *values, void *data)
{
    (void)update, (void)values, (void)data;
    return TEMPO_UNCHANGED;
}

static tempo_status make_updater(const tempo_allocator *allocator, tempo_error *error)
{
    tempo_updater *updater = NULL;
    double lr = 7;
    tempo_field field = {"lr", 1.0, NULL, &lr};
    tempo_group groups[40];
    const tempo_update_rule rule = {.answer = unchanged};
    for (size_t g = 0; g < 40; g++)
        groups[g] = (tempo_group){NULL, &field, 1, false};
    const tempo_status status = tempo_updater_new(&updater, groups, 40, &rule, allocator, error);
    assert_true((status == TEMPO_OK) == (updater != NULL));
    assert_true(lr == (status ? 7 : 1.0));
    tempo_updater_free(updater);
    return status;
}

static tempo_status save_updater(const tempo_allocator *allocator, tempo_error *error)
{
    tempo_updater *updater = NULL;
    tempo_tree *tree = NULL;
    tempo_field field = {"lr", 1.0, NULL, NULL};
    const tempo_group group = {NULL, &field, 1, false};
    const tempo_update_rule rule = {.answer = unchanged};
    assert_int_equal(tempo_updater_new(&updater, &group, 1, &rule, NULL, NULL), TEMPO_OK);
    error->status = tempo_tree_new(&tree, allocator);
    if (!error->status && !tempo_updater_save(updater, tree, NULL, NULL))
        error->status = TEMPO_NO_MEMORY;
    tempo_tree_free(tree);
    tempo_updater_free(updater);
    return error->status;
}

static void parsing_a_schedule_survives_any_lack_of_memory(void **state)
{
    (void)state;
    climb(make_schedule);
}

static void a_schedule_from_values_survives_any_lack_of_memory(void **state)
{
    (void)state;
    climb(make_schedule_from_value);
}

static void reading_into_a_tree_survives_any_lack_of_memory(void **state)
{
    (void)state;
    climb(make_tree);
}

static void binding_a_plan_survives_any_lack_of_memory(void **state)
{
    (void)state;
    climb(make_plan);
    climb(make_plan_with_expressions);
}

static void making_an_updater_survives_any_lack_of_memory(void **state)
{
    (void)state;
    climb(make_updater);
}

static void saving_an_updater_survives_any_lack_of_memory(void **state)
{
    (void)state;
    climb(save_updater);
}

static void freeing_nothing_is_allowed(void **state)
{
    (void)state;
    tempo_schedule_free(NULL);
    tempo_plan_free(NULL);
    tempo_tree_free(NULL);
    tempo_updater_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parsing_a_schedule_survives_any_lack_of_memory),
        cmocka_unit_test(a_schedule_from_values_survives_any_lack_of_memory),
        cmocka_unit_test(reading_into_a_tree_survives_any_lack_of_memory),
        cmocka_unit_test(binding_a_plan_survives_any_lack_of_memory),
        cmocka_unit_test(making_an_updater_survives_any_lack_of_memory),
        cmocka_unit_test(saving_an_updater_survives_any_lack_of_memory),
        cmocka_unit_test(freeing_nothing_is_allowed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
