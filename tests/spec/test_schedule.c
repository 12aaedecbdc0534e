/* Schedules as data: the one-line form, its errors, and the way there and back. */
#include "support/spec.h"

static tempo_schedule *parse(const char *text)
{
    tempo_error error = TEMPO_ERROR_INIT;
    tempo_schedule *schedule = NULL;
    if (tempo_schedule_parse(&schedule, text, NULL, &error))
        fail_msg("%s: %s", text, error.message);
    return schedule;
}

static void assert_prints(const char *text, const char *expected)
{
    char printed[512];
    tempo_schedule *schedule = parse(text);
    assert_int_equal(tempo_schedule_print(printed, sizeof printed, schedule), strlen(expected));
    assert_string_equal(printed, expected);
    tempo_schedule_free(schedule);
}

/* Refused with that status, message, path and column. */
static void assert_refused(const char *text, tempo_status status, const char *message, const char *path, size_t column)
{
    tempo_error error = TEMPO_ERROR_INIT;
    tempo_schedule *schedule = (tempo_schedule *)&error; /* must become NULL */
    assert_int_equal(tempo_schedule_parse(&schedule, text, NULL, &error), status);
    assert_null(schedule);
    assert_string_equal(error.message, message);
    assert_string_equal(error.path, path);
    assert_int_equal(error.line, 1);
    assert_int_equal(error.column, column);
}

static void one_line_is_a_type_and_its_parameters(void **state)
{
    (void)state;
    tempo_schedule *schedule = parse("composer.StepScheduler step_size=30ep gamma=0.1");
    assert_int_equal(tempo_schedule_count(schedule), 1);
    assert_string_equal(tempo_type_name(tempo_schedule_type(schedule, 0)), "composer.StepScheduler");
    assert_string_equal(tempo_schedule_field(schedule, 0), "lr");
    assert_int_equal(tempo_schedule_group_count(schedule, 0), 0);
    assert_null(tempo_schedule_type(schedule, 1));
    tempo_schedule_free(schedule);
}

static void a_star_stacks_schedules(void **state)
{
    (void)state;
    tempo_schedule *schedule = parse(
        "composer.LinearScheduler field=weight_decay groups=[decay, rest] * composer.ConstantScheduler alpha=0.5");
    assert_int_equal(tempo_schedule_count(schedule), 2);
    assert_string_equal(tempo_schedule_field(schedule, 0), "weight_decay");
    assert_int_equal(tempo_schedule_group_count(schedule, 0), 2);
    assert_string_equal(tempo_schedule_group(schedule, 0, 1), "rest");
    assert_null(tempo_schedule_group(schedule, 0, 2));
    assert_string_equal(tempo_type_name(tempo_schedule_type(schedule, 1)), "composer.ConstantScheduler");
    tempo_schedule_free(schedule);
}

static void what_was_given_is_printed_and_defaults_are_not(void **state)
{
    (void)state;
    assert_prints("composer.CosineAnnealingScheduler", "composer.CosineAnnealingScheduler");
    assert_prints("  composer.MultiStepScheduler   milestones=[ 30ep,60ep ]\n  gamma=1e-1 ",
                  "composer.MultiStepScheduler milestones=[30ep, 60ep] gamma=0.1");
    assert_prints("composer.StepScheduler step_size=\"1ep\" gamma=2 groups=a",
                  "composer.StepScheduler step_size=1ep gamma=2 groups=a");
    assert_prints("composer.MultiStepScheduler milestones=[]", "composer.MultiStepScheduler milestones=[]");
    assert_prints("composer.LinearScheduler alpha_f=1.0 * composer.LinearScheduler",
                  "composer.LinearScheduler alpha_f=1.0 * composer.LinearScheduler");
    assert_prints("composer.ConstantScheduler groups=[\"a b\", \"true\", \"1\", \"q\\\"\\u00e9\"]",
                  "composer.ConstantScheduler groups=[\"a b\", \"true\", \"1\", \"q\\\"\xc3\xa9\"]");
}

static void printing_says_how_much_room_it_needs(void **state)
{
    (void)state;
    tempo_schedule *schedule = parse("composer.LinearScheduler alpha_f=0.5");
    char small[9];
    assert_int_equal(tempo_schedule_print(NULL, 0, schedule), 36);
    assert_int_equal(tempo_schedule_print(small, sizeof small, schedule), 36);
    assert_string_equal(small, "composer");
    tempo_schedule_free(schedule);
}

static void a_schedule_survives_the_way_through_values(void **state)
{
    (void)state;
    static const char text[] =
        "composer.MultiStepWithWarmupScheduler t_warmup=0.1dur milestones=[1ep, 2_000ba, 3e4tok] scale_warmup=true";
    tempo_tree *tree = NULL;
    tempo_schedule *first = parse(text), *second = NULL;
    assert_int_equal(tempo_tree_new(&tree, NULL), TEMPO_OK);
    const tempo_value *value = tempo_schedule_to_value(first, tree, NULL, NULL);
    assert_non_null(value);
    assert_int_equal(tempo_schedule_from_value(&second, value, NULL, NULL), TEMPO_OK);
    char printed[256];
    tempo_schedule_print(printed, sizeof printed, second);
    assert_string_equal(printed, text);
    tempo_schedule_free(first);
    tempo_schedule_free(second);
    tempo_tree_free(tree);
}

static void a_single_map_is_a_stack_of_one(void **state)
{
    (void)state;
    tempo_tree *tree = NULL;
    tempo_schedule *schedule = NULL;
    assert_int_equal(tempo_tree_new(&tree, NULL), TEMPO_OK);
    tempo_value *map = tempo_tree_add(tree, NULL, NULL, 0, TEMPO_VALUE_MAP);
    tempo_tree_add_text(tree, map, "type", "composer.LinearScheduler", strlen("composer.LinearScheduler"));
    tempo_tree_add_integer(tree, map, "alpha_f", 1);
    assert_int_equal(tempo_schedule_from_value(&schedule, map, NULL, NULL), TEMPO_OK);
    assert_int_equal(tempo_schedule_count(schedule), 1);
    tempo_schedule_free(schedule);
    tempo_tree_free(tree);
}

static void text_that_is_no_schedule_is_refused_where_it_goes_wrong(void **state)
{
    (void)state;
    assert_refused("", TEMPO_BAD_SYNTAX, "the type of a schedule was expected, but the text ends", "", 1);
    assert_refused("=", TEMPO_BAD_SYNTAX, "the type of a schedule was expected, not '='", "", 1);
    assert_refused("composer.StepScheduler step_size", TEMPO_BAD_SYNTAX,
                   "'=' after the key was expected, but the text ends", "", 33);
    assert_refused("composer.StepScheduler step_size= gamma=1", TEMPO_BAD_SYNTAX,
                   "a value was expected, not ' gamma=1'", "", 34);
    assert_refused("composer.MultiStepScheduler milestones=[1ep 2ep]", TEMPO_BAD_SYNTAX,
                   "',' or ']' was expected, not '2ep]'", "", 45);
    assert_refused("composer.StepScheduler step_size=1ep *", TEMPO_BAD_SYNTAX,
                   "the type of a schedule was expected, but the text ends", "", 39);
    assert_refused("composer.StepScheduler groups=\"a", TEMPO_BAD_SYNTAX,
                   "a closing quote was expected, but the text ends", "", 33);
    assert_refused("composer.StepScheduler groups=\"\\x\"", TEMPO_BAD_SYNTAX,
                   "an escape of JSON was expected, not 'x\"'", "", 33);
}

static void an_unknown_type_or_parameter_names_the_nearest_one(void **state)
{
    (void)state;
    tempo_error error = TEMPO_ERROR_INIT;
    tempo_schedule *schedule = NULL;
    assert_refused("composer.StepSchedular step_size=1ep", TEMPO_UNKNOWN_NAME,
                   "there is no schedule type 'composer.StepSchedular'", "schedules[0].type", 1);
    assert_int_equal(tempo_schedule_parse(&schedule, "StepScheduler step_size=1ep", NULL, &error), TEMPO_UNKNOWN_NAME);
    assert_string_equal(error.advice, "did you mean composer.StepScheduler?");
    assert_refused("composer.StepScheduler step_size=1ep gama=0.1", TEMPO_UNKNOWN_NAME,
                   "composer.StepScheduler has no parameter 'gama'", "schedules[0].gama", 38);
    assert_int_equal(tempo_schedule_parse(&schedule, "composer.StepScheduler step_size=1ep gama=0.1", NULL, &error),
                     TEMPO_UNKNOWN_NAME);
    assert_string_equal(error.advice, "did you mean gamma?");
}

static void a_required_parameter_must_be_there(void **state)
{
    (void)state;
    assert_refused("composer.ConstantScheduler * composer.StepScheduler gamma=0.1", TEMPO_MISSING,
                   "composer.StepScheduler needs step_size", "schedules[1]", 30);
}

static void a_parameter_given_twice_is_refused(void **state)
{
    (void)state;
    assert_refused("composer.LinearScheduler alpha_f=0 alpha_f=1", TEMPO_CONFLICT, "alpha_f is given twice",
                   "schedules[0].alpha_f", 36);
    assert_refused("composer.LinearScheduler field=lr field=lr", TEMPO_CONFLICT, "field is given twice",
                   "schedules[0].field", 35);
}

static void a_time_needs_a_unit(void **state)
{
    (void)state;
    assert_refused("composer.StepScheduler step_size=30", TEMPO_BAD_TYPE, "step_size is 30 without a unit",
                   "schedules[0].step_size", 34);
}

static void a_value_of_another_kind_is_refused(void **state)
{
    (void)state;
    assert_refused("composer.StepScheduler step_size=1ep gamma=fast", TEMPO_BAD_TYPE,
                   "gamma must be a number, not text", "schedules[0].gamma", 44);
    assert_refused("composer.MultiStepScheduler milestones=30ep", TEMPO_BAD_TYPE,
                   "milestones must be a list of times such as [30ep, 60ep], not text", "schedules[0].milestones", 40);
    assert_refused("composer.LinearWithWarmupScheduler t_warmup=1ep scale_warmup=1", TEMPO_BAD_TYPE,
                   "scale_warmup must be true or false, not an integer", "schedules[0].scale_warmup", 62);
    assert_refused("composer.StepScheduler step_size=1ep groups={a: 1}", TEMPO_BAD_TYPE,
                   "groups must be a list of group names, not a map", "schedules[0].groups", 45);
}

static void numbers_must_be_finite_and_in_range(void **state)
{
    (void)state;
    assert_refused("composer.StepScheduler step_size=1ep gamma=.nan", TEMPO_BAD_VALUE,
                   "gamma is not a number, but must be a finite number", "schedules[0].gamma", 44);
    assert_refused("composer.StepScheduler step_size=1ep gamma=-.inf", TEMPO_BAD_VALUE,
                   "gamma is infinite, but must be a finite number", "schedules[0].gamma", 44);
    assert_refused("composer.StepScheduler step_size=1ep gamma=1e999", TEMPO_BAD_VALUE,
                   "gamma is infinite, but must be a finite number", "schedules[0].gamma", 44);
    assert_refused("composer.PolynomialScheduler power=-1", TEMPO_BAD_VALUE, "power is -1, but must be >= 0",
                   "schedules[0].power", 36);
    assert_refused("composer.StepScheduler step_size=-5ep", TEMPO_BAD_VALUE, "step_size is -5ep, but must be > 0",
                   "schedules[0].step_size", 34);
}

static void nesting_has_a_limit(void **state)
{
    (void)state;
    char text[256] = "composer.MultiStepScheduler milestones=";
    memset(text + strlen(text), '[', 100);
    tempo_error error = TEMPO_ERROR_INIT;
    tempo_schedule *schedule = NULL;
    assert_int_equal(tempo_schedule_parse(&schedule, text, NULL, &error), TEMPO_TOO_LARGE);
    assert_string_equal(error.message, "values are nested more than 64 deep");
}

static void nested_schedules_are_data_in_parentheses(void **state)
{
    (void)state;
    tempo_tree *tree = NULL;
    assert_int_equal(tempo_tree_new(&tree, NULL), TEMPO_OK);
    assert_int_equal(
        tempo_schedule_read(tree, NULL, NULL, "a.B inner=(c.D x=1 y={k: 0.5}) list=[(e.F), (g.H * i.J)]", NULL),
        TEMPO_OK);
    const tempo_value *root = tempo_tree_root(tree);
    assert_string_equal(tempo_value_at(root, "[0].inner.type")->text, "c.D");
    assert_true(tempo_value_at(root, "[0].inner.y.k")->real == 0.5);
    assert_string_equal(tempo_value_at(root, "[0].list[0].type")->text, "e.F");
    assert_string_equal(tempo_value_at(root, "[0].list[1][1].type")->text, "i.J");
    assert_null(tempo_value_at(root, "[0].list[2]"));
    tempo_tree_free(tree);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_line_is_a_type_and_its_parameters),
        cmocka_unit_test(a_star_stacks_schedules),
        cmocka_unit_test(what_was_given_is_printed_and_defaults_are_not),
        cmocka_unit_test(printing_says_how_much_room_it_needs),
        cmocka_unit_test(a_schedule_survives_the_way_through_values),
        cmocka_unit_test(a_single_map_is_a_stack_of_one),
        cmocka_unit_test(text_that_is_no_schedule_is_refused_where_it_goes_wrong),
        cmocka_unit_test(an_unknown_type_or_parameter_names_the_nearest_one),
        cmocka_unit_test(a_required_parameter_must_be_there),
        cmocka_unit_test(a_parameter_given_twice_is_refused),
        cmocka_unit_test(a_time_needs_a_unit),
        cmocka_unit_test(a_value_of_another_kind_is_refused),
        cmocka_unit_test(numbers_must_be_finite_and_in_range),
        cmocka_unit_test(nesting_has_a_limit),
        cmocka_unit_test(nested_schedules_are_data_in_parentheses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
