/* Updaters: pytorch-accelerated's SchedulerBase and StatefulSchedulerBase in C. Numbers are those of version 0.1.61 with
 * the same rule as a subclass. */
#include "support/spec.h"

#include <float.h>
#include <math.h>

/* --- support --- */

/* Two groups, each with its number, and what the rule was asked. */
typedef struct optimizer {
    double lr[2];
    tempo_field fields[2];
    tempo_group groups[2];
} optimizer;

static void set_up(optimizer *o, double first, double second)
{
    *o = (optimizer){.fields = {{"lr", first, NULL, &o->lr[0]}, {"lr", second, NULL, &o->lr[1]}},
                     .groups = {{"body", &o->fields[0], 1, false}, {"head", &o->fields[1], 1, false}}};
}

static tempo_updater *make(const optimizer *o, const tempo_update_rule *rule)
{
    tempo_updater *updater = NULL;
    tempo_error error = TEMPO_ERROR_INIT;
    if (tempo_updater_new(&updater, o->groups, 2, rule, NULL, &error))
        fail_msg("%s", error.message);
    return updater;
}

static void assert_lr(const optimizer *o, double first, double second)
{
    if (o->lr[0] != first || o->lr[1] != second)
        fail_msg("%.17g and %.17g, not %.17g and %.17g", o->lr[0], o->lr[1], first, second);
}

/* Rules. */
static size_t unchanged(const tempo_update *update, double *values, void *data)
{
    (void)update, (void)values, (void)data;
    return TEMPO_UNCHANGED;
}

static size_t tenths_for_all(const tempo_update *update, double *values, void *data)
{
    (void)data;
    values[0] = (double)update->num_updates * 0.1;
    return TEMPO_ONE_VALUE;
}

static size_t tenths_for_first(const tempo_update *update, double *values, void *data)
{
    (void)data;
    values[0] = (double)update->num_updates * 0.1;
    return 1;
}

static size_t base_divided(const tempo_update *update, double *values, void *data)
{
    (void)data;
    for (size_t g = 0; g < update->group_count; g++)
        values[g] = update->base[g] / (double)(update->num_updates + 1);
    return update->group_count;
}

/* The documentation's first example, with a milestone every other update. */
static size_t factor_at_even(const tempo_update *update, double *values, void *data)
{
    const double gamma = *(const double *)data;
    if (update->num_updates == 0 || update->num_updates % 2)
        return TEMPO_UNCHANGED;
    for (size_t g = 0; g < update->group_count; g++)
        values[g] = update->current[g] * gamma;
    return update->group_count;
}

static size_t from_data(const tempo_update *update, double *values, void *data)
{
    memcpy(values, data, update->group_count * sizeof *values);
    return update->group_count;
}

static size_t one_too_many(const tempo_update *update, double *values, void *data)
{
    (void)values, (void)data;
    return update->group_count + 1;
}

/* --- making one --- */

/* P17: whatever the numbers were. */
static void a_new_updater_writes_the_bases(void **state)
{
    (void)state;
    optimizer o;
    set_up(&o, 0.4, 0.2);
    o.lr[0] = 0.1;
    const tempo_update_rule rule = {.answer = unchanged};
    tempo_updater *updater = make(&o, &rule);
    assert_lr(&o, 0.4, 0.2);
    assert_int_equal(tempo_updater_num_updates(updater), -1);
    tempo_updater_free(updater);
}

static void every_group_must_have_the_field(void **state)
{
    (void)state;
    optimizer o;
    set_up(&o, 0.4, 0.2);
    o.fields[1].name = "weight_decay";
    o.lr[0] = 7;
    tempo_error error = TEMPO_ERROR_INIT;
    tempo_updater *updater = NULL;
    const tempo_update_rule rule = {.answer = unchanged}, misspelt = {.field = "weight_decey", .answer = unchanged};
    assert_int_equal(tempo_updater_new(&updater, o.groups, 2, &rule, NULL, &error), TEMPO_UNKNOWN_NAME);
    assert_null(updater);
    assert_string_equal(error.message, "group 'head' has no field 'lr'");
    assert_string_equal(error.path, "optimizer.groups[1]");
    assert_true(o.lr[0] == 7);
    o.groups[1].name = NULL;
    assert_int_equal(tempo_updater_new(&updater, o.groups + 1, 1, &misspelt, NULL, &error), TEMPO_UNKNOWN_NAME);
    assert_string_equal(error.message, "group 0 has no field 'weight_decey'");
    assert_string_equal(error.advice, "did you mean weight_decay?");
}

static void a_base_must_be_finite_also_as_a_float(void **state)
{
    (void)state;
    float as_float = 7;
    tempo_field field = {"lr", NAN, NULL, NULL};
    const tempo_group group = {NULL, &field, 1, false};
    const tempo_update_rule rule = {.answer = unchanged};
    tempo_error error = TEMPO_ERROR_INIT;
    tempo_updater *updater = NULL;
    assert_int_equal(tempo_updater_new(&updater, &group, 1, &rule, NULL, &error), TEMPO_BAD_VALUE);
    assert_string_equal(error.message, "the base value of lr is nan, but must be finite");
    field = (tempo_field){"lr", 1e39, &as_float, NULL};
    assert_int_equal(tempo_updater_new(&updater, &group, 1, &rule, NULL, &error), TEMPO_BAD_VALUE);
    assert_string_equal(error.message, "the base value of lr is 1e+39, but must be finite, also as a float");
    assert_string_equal(error.path, "optimizer.groups[0].lr");
    assert_int_equal(tempo_updater_new(&updater, &group, 0, &rule, NULL, &error), TEMPO_BAD_VALUE);
    assert_string_equal(error.message, "there is no group to update");
    assert_true(as_float == 7);
}

/* --- answers --- */

static void an_answer_is_for_all_for_each_for_the_first_or_for_none(void **state)
{
    (void)state;
    static const struct {
        size_t (*answer)(const tempo_update *, double *, void *);
        int64_t num_updates;
        double first, second;
    } expected[] = {
        {unchanged, 3, 0.4, 0.2},
        {tenths_for_first, 3, 0.30000000000000004, 0.2},
        {tenths_for_all, 3, 0.30000000000000004, 0.30000000000000004},
        {base_divided, 2, 0.13333333333333333, 0.06666666666666667},
    };
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        optimizer o;
        set_up(&o, 0.4, 0.2);
        const tempo_update_rule rule = {.answer = expected[i].answer};
        tempo_updater *updater = make(&o, &rule);
        assert_int_equal(tempo_updater_update(updater, expected[i].num_updates, NULL), TEMPO_OK);
        assert_lr(&o, expected[i].first, expected[i].second);
        assert_true(tempo_updater_value(updater, 1) == expected[i].second);
        tempo_updater_free(updater);
    }
}

static void an_answer_that_is_no_number_or_too_long_changes_nothing(void **state)
{
    (void)state;
    double answer[] = {0.5, NAN};
    const tempo_update_rule rule = {.answer = from_data, .data = answer}, long_rule = {.answer = one_too_many};
    tempo_error error = TEMPO_ERROR_INIT;
    optimizer o;
    set_up(&o, 0.4, 0.2);
    tempo_updater *updater = make(&o, &rule);
    assert_int_equal(tempo_updater_step(updater, &error), TEMPO_BAD_VALUE);
    assert_string_equal(error.message, "the new value of lr is nan, but must be finite");
    assert_string_equal(error.path, "optimizer.groups[1].lr");
    answer[1] = -INFINITY;
    assert_int_equal(tempo_updater_step(updater, &error), TEMPO_BAD_VALUE);
    assert_int_equal(tempo_updater_num_updates(updater), -1);
    assert_lr(&o, 0.4, 0.2);
    answer[1] = 0.25;
    assert_int_equal(tempo_updater_step(updater, &error), TEMPO_OK);
    assert_lr(&o, 0.5, 0.25);
    tempo_updater_free(updater);
    updater = make(&o, &long_rule);
    assert_int_equal(tempo_updater_update(updater, 0, &error), TEMPO_BAD_VALUE);
    assert_string_equal(error.message, "the rule for lr answered 3 values for 2 groups");
    tempo_updater_free(updater);
}

/* --- counting --- */

/* P1. */
static void the_first_step_asks_for_0_and_each_other_for_one_more(void **state)
{
    (void)state;
    optimizer o;
    set_up(&o, 0.4, 0.2);
    const tempo_update_rule rule = {.answer = tenths_for_all};
    tempo_updater *updater = make(&o, &rule);
    for (int64_t n = 0; n < 5; n++) {
        assert_int_equal(tempo_updater_step(updater, NULL), TEMPO_OK);
        assert_int_equal(tempo_updater_num_updates(updater), n);
        assert_lr(&o, (double)n * 0.1, (double)n * 0.1);
    }
    tempo_updater_free(updater);
}

static void an_update_of_the_callers_count_leaves_that_of_the_steps(void **state)
{
    (void)state;
    optimizer o;
    set_up(&o, 0.4, 0.2);
    const tempo_update_rule rule = {.answer = tenths_for_all};
    tempo_updater *updater = make(&o, &rule);
    tempo_updater_step(updater, NULL);
    assert_int_equal(tempo_updater_update(updater, INT64_MAX, NULL), TEMPO_OK);
    assert_int_equal(tempo_updater_update(updater, -10, NULL), TEMPO_OK);
    assert_lr(&o, -1.0, -1.0);
    assert_int_equal(tempo_updater_num_updates(updater), 0);
    tempo_updater_free(updater);
}

/* --- the caller's numbers --- */

static void what_is_written_by_hand_is_what_the_rule_goes_on_from(void **state)
{
    (void)state;
    static const double expected[] = {0.1, 0.1, 0.3, 0.3, 0.21, 0.21};
    double gamma = 0.7;
    optimizer o;
    set_up(&o, 0.1, 0.1);
    const tempo_update_rule rule = {.answer = factor_at_even, .data = &gamma};
    tempo_updater *updater = make(&o, &rule);
    for (size_t n = 0; n < 6; n++) {
        assert_int_equal(tempo_updater_step(updater, NULL), TEMPO_OK);
        if (n == 2)
            o.lr[0] = 0.3;
        assert_true(o.lr[0] == expected[n]);
        assert_true(tempo_updater_value(updater, 0) == expected[n]);
    }
    tempo_updater_free(updater);
}

/* Twenty times 0.7 from 0.1, in double as Python has it, whatever holds it. */
static void a_float_or_no_number_at_all_loses_nothing(void **state)
{
    (void)state;
    const double expected = 7.979226629761188e-05;
    float as_float = 0;
    double gamma = 0.7;
    tempo_field rounded = {"lr", 0.1, &as_float, NULL}, nowhere = {"lr", 0.1, NULL, NULL};
    const tempo_group groups[] = {{"rounded", &rounded, 1, false}, {"nowhere", &nowhere, 1, false}};
    const tempo_update_rule rule = {.answer = factor_at_even, .data = &gamma};
    tempo_updater *updater = NULL;
    assert_int_equal(tempo_updater_new(&updater, groups, 2, &rule, NULL, NULL), TEMPO_OK);
    for (int n = 0; n <= 40; n++)
        assert_int_equal(tempo_updater_step(updater, NULL), TEMPO_OK);
    assert_true(tempo_updater_value(updater, 0) == expected);
    assert_true(tempo_updater_value(updater, 1) == expected);
    assert_true(as_float == (float)expected);
    as_float = 0.25F; /* by hand */
    assert_true(tempo_updater_value(updater, 0) == 0.25);
    tempo_updater_step(updater, NULL);
    tempo_updater_step(updater, NULL);
    assert_true(as_float == 0.175F);
    tempo_updater_free(updater);
}

static void any_field_can_be_moved_and_the_others_stay(void **state)
{
    (void)state;
    double lr = 7, weight_decay = 0;
    char name[] = "weight_decay";
    tempo_field fields[] = {{"lr", 0.1, NULL, &lr}, {"weight_decay", 1e-4, NULL, &weight_decay}};
    const tempo_group group = {NULL, fields, 2, false};
    double gamma = 1.1;
    tempo_updater *updater = NULL;
    const tempo_update_rule rule = {.field = name, .answer = factor_at_even, .data = &gamma};
    assert_int_equal(tempo_updater_new(&updater, &group, 1, &rule, NULL, NULL), TEMPO_OK);
    name[0] = '?'; /* was copied */
    for (int n = 0; n <= 4; n++)
        tempo_updater_step(updater, NULL);
    assert_true(weight_decay == 0.00012100000000000003);
    assert_true(lr == 7);
    tempo_updater_free(updater);
}

/* --- saving and loading --- */

static void a_restored_updater_goes_on_as_if_nothing_had_happened(void **state)
{
    (void)state;
    double gamma = 0.7;
    optimizer o, fresh;
    tempo_tree *tree = NULL;
    const tempo_update_rule rule = {.answer = factor_at_even, .data = &gamma};
    set_up(&o, 0.4, 0.2);
    set_up(&fresh, 1, 1);
    tempo_updater *updater = make(&o, &rule), *restored = make(&fresh, &rule);
    for (int n = 0; n < 6; n++)
        tempo_updater_step(updater, NULL);
    o.lr[1] = 0.3; /* by hand, and saved too */
    assert_int_equal(tempo_tree_new(&tree, NULL), TEMPO_OK);
    tempo_value *saved = tempo_updater_save(updater, tree, NULL, NULL);
    tempo_tree_add_real(tree, saved, "what the rule remembers", 1.0);
    assert_int_equal(tempo_updater_load(restored, saved, NULL), TEMPO_OK);
    for (int n = 0; n < 3; n++) {
        assert_int_equal(tempo_updater_num_updates(restored), tempo_updater_num_updates(updater));
        assert_lr(&fresh, o.lr[0], o.lr[1]);
        tempo_updater_step(updater, NULL);
        tempo_updater_step(restored, NULL);
    }
    tempo_tree_free(tree);
    tempo_updater_free(updater);
    tempo_updater_free(restored);
}

static void loading_restores_the_bases(void **state)
{
    (void)state;
    optimizer o, fresh;
    tempo_tree *tree = NULL;
    const tempo_update_rule rule = {.answer = base_divided};
    set_up(&o, 0.4, 0.2);
    set_up(&fresh, 1, 1);
    tempo_updater *updater = make(&o, &rule), *restored = make(&fresh, &rule);
    assert_int_equal(tempo_tree_new(&tree, NULL), TEMPO_OK);
    assert_int_equal(tempo_updater_load(restored, tempo_updater_save(updater, tree, NULL, NULL), NULL), TEMPO_OK);
    assert_int_equal(tempo_updater_update(restored, 2, NULL), TEMPO_OK);
    assert_lr(&fresh, 0.13333333333333333, 0.06666666666666667);
    tempo_tree_free(tree);
    tempo_updater_free(updater);
    tempo_updater_free(restored);
}

static void a_state_of_something_else_is_refused_and_changes_nothing(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        tempo_status status;
        const char *message, *path;
    } expected[] = {
        {"x num_updates=3", TEMPO_MISSING, "the saved state of an updater has no version", ""},
        {"x version=2 param_group_field=lr num_updates=3 base_lr_values=[1, 1] values=[1, 1]", TEMPO_UNKNOWN_NAME,
         "the saved state has version 2, but this library knows 1", "version"},
        {"x version=1 param_group_field=momentum num_updates=3 base_lr_values=[1, 1] values=[1, 1]", TEMPO_CONFLICT,
         "the saved state is of momentum, but the updater moves lr", "param_group_field"},
        {"x version=1 param_group_field=lr num_updates=-2 base_lr_values=[1, 1] values=[1, 1]", TEMPO_BAD_VALUE,
         "num_updates is -2, but must be >= -1", "num_updates"},
        {"x version=1 param_group_field=lr num_updates=1.5 base_lr_values=[1, 1] values=[1, 1]", TEMPO_BAD_TYPE,
         "num_updates must be an integer, not a number", "num_updates"},
        {"x version=1 param_group_field=lr num_updates=3 base_lr_values=[1] values=[1, 1]", TEMPO_CONFLICT,
         "base_lr_values has 1 values, but the updater has 2 groups", "base_lr_values"},
        {"x version=1 param_group_field=lr num_updates=3 base_lr_values=[1, 1] values=[1, x]", TEMPO_BAD_TYPE,
         "values must hold numbers, not text", "values"},
        {"x version=1 param_group_field=lr num_updates=3 base_lr_values=[1, 1] values=[1, .inf]", TEMPO_BAD_VALUE,
         "the saved value of lr is inf, but must be finite", "values"},
    };
    optimizer o;
    const tempo_update_rule rule = {.answer = base_divided};
    set_up(&o, 0.4, 0.2);
    tempo_updater *updater = make(&o, &rule);
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        tempo_error error = TEMPO_ERROR_INIT;
        tempo_tree *tree = NULL;
        assert_int_equal(tempo_tree_new(&tree, NULL), TEMPO_OK);
        assert_int_equal(tempo_schedule_read(tree, NULL, NULL, expected[i].text, NULL), TEMPO_OK);
        assert_int_equal(tempo_updater_load(updater, tempo_tree_root(tree)->first, &error), expected[i].status);
        assert_string_equal(error.message, expected[i].message);
        assert_string_equal(error.path, expected[i].path);
        assert_true(!*error.path || error.column > 0);
        tempo_tree_free(tree);
    }
    assert_int_equal(tempo_updater_load(updater, NULL, NULL), TEMPO_MISSING);
    assert_lr(&o, 0.4, 0.2);
    assert_int_equal(tempo_updater_num_updates(updater), -1);
    tempo_updater_free(updater);
}

static void the_count_ends_where_64_bits_end(void **state)
{
    (void)state;
    static const char text[] = "x version=1 param_group_field=lr num_updates=9223372036854775807 "
                               "base_lr_values=[1, 1] values=[1, 1]";
    optimizer o;
    tempo_tree *tree = NULL;
    const tempo_update_rule rule = {.answer = tenths_for_all};
    set_up(&o, 1, 1);
    tempo_updater *updater = make(&o, &rule);
    assert_int_equal(tempo_tree_new(&tree, NULL), TEMPO_OK);
    assert_int_equal(tempo_schedule_read(tree, NULL, NULL, text, NULL), TEMPO_OK);
    assert_int_equal(tempo_updater_load(updater, tempo_tree_root(tree)->first, NULL), TEMPO_OK);
    assert_int_equal(tempo_updater_step(updater, NULL), TEMPO_OUT_OF_RANGE);
    assert_lr(&o, 1, 1);
    tempo_tree_free(tree);
    tempo_updater_free(updater);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_updater_writes_the_bases),
        cmocka_unit_test(every_group_must_have_the_field),
        cmocka_unit_test(a_base_must_be_finite_also_as_a_float),
        cmocka_unit_test(an_answer_is_for_all_for_each_for_the_first_or_for_none),
        cmocka_unit_test(an_answer_that_is_no_number_or_too_long_changes_nothing),
        cmocka_unit_test(the_first_step_asks_for_0_and_each_other_for_one_more),
        cmocka_unit_test(an_update_of_the_callers_count_leaves_that_of_the_steps),
        cmocka_unit_test(what_is_written_by_hand_is_what_the_rule_goes_on_from),
        cmocka_unit_test(a_float_or_no_number_at_all_loses_nothing),
        cmocka_unit_test(any_field_can_be_moved_and_the_others_stay),
        cmocka_unit_test(a_restored_updater_goes_on_as_if_nothing_had_happened),
        cmocka_unit_test(loading_restores_the_bases),
        cmocka_unit_test(a_state_of_something_else_is_refused_and_changes_nothing),
        cmocka_unit_test(the_count_ends_where_64_bits_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
