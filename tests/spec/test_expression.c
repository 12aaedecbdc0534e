/* Expressions: schedules as operations. The order of these is that of JAX's own trace of optax 0.2.8
 * (jax.make_jaxpr); test_document_expression.c performs them. */
#include "support/bound.h"
#include "support/interpreter.h"

static double doubled(int64_t step, void *data)
{
    (void)data;
    return 2.0 * (double)step;
}

static bound_plan bind_in(const char *text, tempo_run run)
{
    static const tempo_function function = {.name = "f", .of_step = doubled};
    static const tempo_bind_options options = {.functions = &function, .function_count = 1, .expressions = true};
    bound_plan b = {.error = TEMPO_ERROR_INIT};
    tempo_field field = {"lr", 0.5, NULL, NULL};
    const tempo_group group = {NULL, &field, 1, false};
    b.status = tempo_schedule_parse(&b.schedule, text, NULL, &b.error);
    if (!b.status)
        b.status = tempo_plan_bind(&b.plan, &run, &group, 1, b.schedule, &options, &b.error);
    if (b.status)
        fail_msg("%s", b.error.message);
    return b;
}

static const tempo_expression *expression_of(bound_plan *b)
{
    const tempo_expression *expression = NULL;
    if (tempo_plan_expression(b->plan, 0, &expression, &b->error))
        fail_msg("%s", b->error.message);
    return expression;
}

/* Its operations but for constants: "sub clip truediv". */
static void assert_operations(const char *text, const char *expected)
{
    bound_plan b = bind_in(text, (tempo_run){.batches_per_epoch = 10});
    const tempo_expression *e = expression_of(&b);
    char found[1024] = "";
    for (size_t i = 1; i < tempo_expression_count(e); i++) {
        const tempo_node *node = tempo_expression_node(e, i);
        if (node->operation == TEMPO_CONSTANT)
            continue;
        const size_t used = strlen(found);
        (void)snprintf(found + used, sizeof found - used, "%s%s", used ? " " : "",
                       tempo_operation_name(node->operation));
    }
    assert_string_equal(found, expected);
    release(&b);
}

static void assert_none(const char *text, tempo_run run, tempo_status status, const char *message, const char *path)
{
    bound_plan b = bind_in(text, run);
    const tempo_expression *expression = NULL;
    assert_int_equal(tempo_plan_expression(b.plan, 0, &expression, &b.error), status);
    assert_null(expression);
    assert_string_equal(b.error.message, message);
    assert_string_equal(b.error.path, path);
    release(&b);
}

/* --- what it consists of --- */

static void every_operation_has_a_name_of_its_own(void **state)
{
    (void)state;
    for (int i = 0; i < TEMPO_OPERATION_COUNT; i++)
        for (int j = 0; j < i; j++)
            assert_string_not_equal(tempo_operation_name((tempo_operation)i), tempo_operation_name((tempo_operation)j));
    assert_null(tempo_operation_name((tempo_operation)TEMPO_OPERATION_COUNT));
}

static void the_first_node_is_the_step_and_operands_come_before_their_operation(void **state)
{
    (void)state;
    for (size_t t = 0; t < tempo_type_count(); t++) {
        const tempo_type *type = tempo_type_at(t);
        const bool is_told =
            strncmp(tempo_type_name(type), "optax.", 6) == 0 || strncmp(tempo_type_name(type), "xlstm.", 6) == 0;
        if (!is_told || !*tempo_type_example(type))
            continue;
        bound_plan b = bind_in(tempo_type_example(type), (tempo_run){.batches_per_epoch = 10});
        const tempo_expression *e = expression_of(&b);
        assert_int_equal(tempo_expression_node(e, 0)->operation, TEMPO_STEP);
        for (size_t i = 0; i < tempo_expression_count(e); i++)
            for (size_t k = 0; k < tempo_expression_node(e, i)->operand_count; k++)
                assert_true(tempo_expression_node(e, i)->operands[k] < i);
        assert_null(tempo_expression_node(e, tempo_expression_count(e)));
        release(&b);
    }
}

static void the_operations_are_those_of_optax_in_its_order(void **state)
{
    (void)state;
    assert_operations("optax.linear_schedule init_value=0.1 end_value=0.0 transition_steps=9",
                      "sub clip truediv sub sub power mul add");
    assert_operations("optax.exponential_decay init_value=0.1 transition_steps=9 decay_rate=0.5 end_value=0.01 "
                      "staircase=true",
                      "sub truediv floor le power mul where maximum");
    assert_operations("optax.cosine_decay_schedule init_value=0.1 decay_steps=9",
                      "float float minimum mul truediv cos add mul sub power mul add mul");
    assert_operations("optax.piecewise_constant_schedule init_value=0.1 boundaries_and_scales={3: 0.5}",
                      "sub sign maximum mul sub mul mul add");
    assert_operations(
        "optax.piecewise_interpolate_schedule interpolate_type=linear init_value=0.1 "
        "boundaries_and_scales={3: 0.5}",
        "stack stack cumprod but_first but_last sub maximum but_last le but_first lt logical_and but_last "
        "sub truediv but_last but_first sub mul add dot last le last mul add");
    assert_operations("optax.join_schedules schedules=[(optax.constant_schedule value=1.0), (optax.constant_schedule "
                      "value=2.0)] boundaries=[5]",
                      "lt sub where");
}

static void a_constant_knows_which_parameter_it_is_and_whether_it_was_an_integer(void **state)
{
    (void)state;
    bound_plan b = bind_in("optax.join_schedules schedules=[(optax.constant_schedule value=2), "
                           "(optax.constant_schedule value=3.0)] boundaries=[5]",
                           (tempo_run){.batches_per_epoch = 10});
    const tempo_expression *e = expression_of(&b);
    const tempo_node *first = tempo_expression_node(e, 1), *boundary = tempo_expression_node(e, 2);
    const tempo_node *second = tempo_expression_node(e, 5);
    assert_string_equal(first->name, "schedules[0].schedules[0].value");
    assert_true(first->is_integer && first->integer == 2 && first->real == 2.0);
    assert_string_equal(boundary->name, "schedules[0].boundaries[0]");
    assert_true(boundary->is_integer && boundary->integer == 5);
    assert_string_equal(second->name, "schedules[0].schedules[1].value");
    assert_true(!second->is_integer && second->real == 3.0);
    release(&b);
}

static void a_value_that_depends_on_no_step_is_one_constant(void **state)
{
    (void)state;
    bound_plan b = bind_in("optax.linear_schedule init_value=0.3 end_value=0.0 transition_steps=0",
                           (tempo_run){.batches_per_epoch = 10});
    const tempo_expression *e = expression_of(&b);
    assert_int_equal(tempo_expression_count(e), 2);
    assert_string_equal(tempo_expression_node(e, 1)->name, "schedules[0].init_value");
    release(&b);
}

/* --- steps --- */

static void batches_are_counted_into_the_steps_of_the_schedule(void **state)
{
    (void)state;
    static const struct {
        const char *every;
        int64_t batch;
        double value;
    } rows[] = {{"3ba", 8, 2.0}, {"2ep", 39, 1.0}, {"100sp", 12, 0.0}, {"100sp", 13, 1.0}, {"16tok", 3, 3.0}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char text[160];
        (void)snprintf(text, sizeof text,
                       "optax.linear_schedule init_value=0.0 end_value=100.0 transition_steps=100 every=%s",
                       rows[i].every);
        bound_plan b =
            bind_in(text, (tempo_run){.batches_per_epoch = 10, .samples_per_batch = 8, .tokens_per_batch = 16});
        const interpreter in = {.step = rows[i].batch};
        assert_true(fabs(interpret(expression_of(&b), &in) - rows[i].value) < 1e-9);
        assert_true(interpret(expression_of(&b), &in) == at(&b, rows[i].batch));
        release(&b);
    }
}

static double call_doubled(const char *name, int64_t step)
{
    assert_string_equal(name, "f");
    return doubled(step, NULL);
}

static void a_function_is_called_at_the_steps_of_its_own(void **state)
{
    (void)state;
    bound_plan b = bind_in("optax.join_schedules schedules=[(optax.constant_schedule value=1.0), (optax.Schedule "
                           "function=f)] boundaries=[5]",
                           (tempo_run){.batches_per_epoch = 10});
    const interpreter before = {.step = 4, .call = call_doubled}, after = {.step = 8, .call = call_doubled};
    assert_true(interpret(expression_of(&b), &before) == 1.0);
    assert_true(interpret(expression_of(&b), &after) == 6.0);
    assert_true(at(&b, 8) == 6.0);
    release(&b);
}

/* --- what has none --- */

static void a_plan_that_was_bound_without_has_none(void **state)
{
    (void)state;
    bound_plan b = bind_lr("optax.constant_schedule value=1.0", (tempo_run){.batches_per_epoch = 10}, 1.0);
    const tempo_expression *expression = NULL;
    assert_int_equal(tempo_plan_expression(b.plan, 0, &expression, &b.error), TEMPO_CONFLICT);
    assert_null(expression);
    release(&b);
}

static void a_type_without_is_named(void **state)
{
    (void)state;
    assert_none("composer.ConstantScheduler alpha=0.5 t_max=5ba", (tempo_run){.batches_per_epoch = 10}, TEMPO_CONFLICT,
                "composer.ConstantScheduler has no expression", "schedules[0]");
}

static void a_stack_has_none(void **state)
{
    (void)state;
    assert_none("optax.constant_schedule value=1.0 * composer.ConstantScheduler alpha=0.5 t_max=5ba",
                (tempo_run){.batches_per_epoch = 10}, TEMPO_CONFLICT,
                "composer.ConstantScheduler is stacked on another schedule, and a stack has no expression",
                "schedules[1]");
}

static void a_step_that_batches_do_not_tell_needs_the_fact(void **state)
{
    (void)state;
    assert_none("optax.constant_schedule value=1.0 every=1ep", (tempo_run){0}, TEMPO_MISSING_FACT,
                "optax.constant_schedule cannot count its steps from batches without batches_per_epoch",
                "schedules[0]");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_operation_has_a_name_of_its_own),
        cmocka_unit_test(the_first_node_is_the_step_and_operands_come_before_their_operation),
        cmocka_unit_test(the_operations_are_those_of_optax_in_its_order),
        cmocka_unit_test(a_constant_knows_which_parameter_it_is_and_whether_it_was_an_integer),
        cmocka_unit_test(a_value_that_depends_on_no_step_is_one_constant),
        cmocka_unit_test(batches_are_counted_into_the_steps_of_the_schedule),
        cmocka_unit_test(a_function_is_called_at_the_steps_of_its_own),
        cmocka_unit_test(a_plan_that_was_bound_without_has_none),
        cmocka_unit_test(a_type_without_is_named),
        cmocka_unit_test(a_stack_has_none),
        cmocka_unit_test(a_step_that_batches_do_not_tell_needs_the_fact),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
