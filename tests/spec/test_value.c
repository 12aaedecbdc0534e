/* Plain data: scalars by YAML's core schema, paths, and equality. */
#include "support/spec.h"

#include <math.h>

static tempo_tree *tree;

static int make_tree(void **state)
{
    (void)state;
    return tempo_tree_new(&tree, NULL) ? -1 : 0;
}

static int free_tree(void **state)
{
    (void)state;
    tempo_tree_free(tree);
    return 0;
}

static const tempo_value *scalar(const char *text)
{
    return tempo_tree_add_scalar(tree, NULL, NULL, 0, text, strlen(text));
}

static void unquoted_scalars_follow_the_core_schema(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        tempo_value_kind kind;
    } rows[] = {
        {"", TEMPO_VALUE_NULL},       {"~", TEMPO_VALUE_NULL},       {"null", TEMPO_VALUE_NULL},
        {"nULL", TEMPO_VALUE_TEXT},   {"true", TEMPO_VALUE_BOOL},    {"FALSE", TEMPO_VALUE_BOOL},
        {"yes", TEMPO_VALUE_TEXT},    {"on", TEMPO_VALUE_TEXT},      {"0", TEMPO_VALUE_INTEGER},
        {"-17", TEMPO_VALUE_INTEGER}, {"0o17", TEMPO_VALUE_INTEGER}, {"0x1F", TEMPO_VALUE_INTEGER},
        {"1_000", TEMPO_VALUE_TEXT},  {"0o8", TEMPO_VALUE_TEXT},     {"1e-4", TEMPO_VALUE_REAL},
        {".5", TEMPO_VALUE_REAL},     {"1.", TEMPO_VALUE_REAL},      {".inf", TEMPO_VALUE_REAL},
        {"-.INF", TEMPO_VALUE_REAL},  {".nan", TEMPO_VALUE_REAL},    {"inf", TEMPO_VALUE_TEXT},
        {"10ep", TEMPO_VALUE_TEXT},   {"1.5.2", TEMPO_VALUE_TEXT},   {"-", TEMPO_VALUE_TEXT},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (scalar(rows[i].text)->kind != rows[i].kind)
            fail_msg("'%s' is %s", rows[i].text, tempo_value_kind_text(scalar(rows[i].text)->kind));
    assert_int_equal(scalar("0x1F")->integer, 31);
    assert_int_equal(scalar("0o17")->integer, 15);
    assert_true(scalar("-.inf")->real == -(double)INFINITY);
    assert_true(isnan(scalar(".NaN")->real));
}

static void an_integer_beyond_64_bits_is_a_real(void **state)
{
    (void)state;
    const tempo_value *value = scalar("9223372036854775808");
    assert_int_equal(value->kind, TEMPO_VALUE_REAL);
    assert_true(value->real == 9223372036854775808.0);
    assert_int_equal(scalar("9223372036854775807")->integer, INT64_MAX);
}

static void the_spelling_of_a_scalar_is_kept(void **state)
{
    (void)state;
    assert_string_equal(scalar("1.0e-4")->text, "1.0e-4");
    assert_string_equal(scalar("0x1F")->text, "0x1F");
}

/* {run: {max: 1}, list: [{a: x}, [y]]} */
static const tempo_value *sample(void)
{
    tempo_value *root = tempo_tree_add(tree, NULL, NULL, 0, TEMPO_VALUE_MAP);
    tempo_value *run = tempo_tree_add(tree, root, "run", 3, TEMPO_VALUE_MAP);
    tempo_tree_add_integer(tree, run, "max", 1);
    tempo_value *list = tempo_tree_add(tree, root, "list", 4, TEMPO_VALUE_LIST);
    tempo_value *map = tempo_tree_add(tree, list, NULL, 0, TEMPO_VALUE_MAP);
    tempo_tree_add_text(tree, map, "a", "x", 1);
    tempo_value *inner = tempo_tree_add(tree, list, NULL, 0, TEMPO_VALUE_LIST);
    tempo_tree_add_text(tree, inner, NULL, "y", 1);
    return root;
}

static void a_path_leads_to_a_value(void **state)
{
    (void)state;
    const tempo_value *root = sample();
    assert_int_equal(tempo_value_at(root, "run.max")->integer, 1);
    assert_string_equal(tempo_value_at(root, "list[0].a")->text, "x");
    assert_string_equal(tempo_value_at(root, "list[1][0]")->text, "y");
    assert_ptr_equal(tempo_value_at(root, ""), root);
    static const char *const nowhere[] = {"ru",      "run.maxi", "list[2]",      "list[-1]",
                                          "list[x]", "list[0",   "run.max.more", "[1]"};
    for (size_t i = 0; i < sizeof nowhere / sizeof nowhere[0]; i++)
        assert_null(tempo_value_at(root, nowhere[i]));
}

static void element_zero_of_a_single_value_is_itself(void **state)
{
    (void)state;
    const tempo_value *root = sample();
    assert_int_equal(tempo_value_at(root, "run[0].max")->integer, 1);
}

static void a_copy_is_equal_and_a_change_is_not(void **state)
{
    (void)state;
    tempo_tree *other = NULL;
    assert_int_equal(tempo_tree_new(&other, NULL), TEMPO_OK);
    const tempo_value *root = sample();
    tempo_value *copy = tempo_tree_add_copy(other, NULL, NULL, 0, root);
    assert_true(tempo_value_equal(root, copy));
    tempo_tree_add_bool(other, copy, "more", true);
    assert_false(tempo_value_equal(root, copy));
    tempo_tree_free(other);
}

static void maps_are_equal_in_any_order_and_lists_are_not(void **state)
{
    (void)state;
    tempo_value *a = tempo_tree_add(tree, NULL, NULL, 0, TEMPO_VALUE_MAP);
    tempo_tree_add_integer(tree, a, "x", 1);
    tempo_tree_add_integer(tree, a, "y", 2);
    tempo_value *b = tempo_tree_add(tree, NULL, NULL, 0, TEMPO_VALUE_MAP);
    tempo_tree_add_integer(tree, b, "y", 2);
    tempo_tree_add_integer(tree, b, "x", 1);
    assert_true(tempo_value_equal(a, b));
    a->kind = b->kind = TEMPO_VALUE_LIST;
    assert_false(tempo_value_equal(a, b));
}

static void kinds_are_told_apart(void **state)
{
    (void)state;
    assert_false(tempo_value_equal(scalar("1"), scalar("1.0")));
    assert_false(tempo_value_equal(scalar("0.0"), scalar("-0.0")));
    assert_true(tempo_value_equal(scalar("1e0"), scalar("1.0")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(unquoted_scalars_follow_the_core_schema, make_tree, free_tree),
        cmocka_unit_test_setup_teardown(an_integer_beyond_64_bits_is_a_real, make_tree, free_tree),
        cmocka_unit_test_setup_teardown(the_spelling_of_a_scalar_is_kept, make_tree, free_tree),
        cmocka_unit_test_setup_teardown(a_path_leads_to_a_value, make_tree, free_tree),
        cmocka_unit_test_setup_teardown(element_zero_of_a_single_value_is_itself, make_tree, free_tree),
        cmocka_unit_test_setup_teardown(a_copy_is_equal_and_a_change_is_not, make_tree, free_tree),
        cmocka_unit_test_setup_teardown(maps_are_equal_in_any_order_and_lists_are_not, make_tree, free_tree),
        cmocka_unit_test_setup_teardown(kinds_are_told_apart, make_tree, free_tree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
