/* What xlstm-jax's ConfigDict does, over plain data. Expected values are those of the real
 * ConfigDict.from_dict() and to_dict() but where a test says that it is a deviation. */
#include <stdio.h>

#include "support/spec.h"

#include "support/allocator.h"

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

/* Plain data, written as in the one-line form. */
static const tempo_value *data(const char *text)
{
    char line[512];
    tempo_error error = TEMPO_ERROR_INIT;
    (void)snprintf(line, sizeof line, "type data=%s", text);
    if (tempo_schedule_read(tree, NULL, NULL, line, &error))
        fail_msg("%s: %s", text, error.message);
    return tempo_value_at(tempo_tree_root(tree), "[0].data");
}

/* --- classes --- */

#define KINDS(...)               \
    {                            \
        .kinds = { __VA_ARGS__ } \
    }

static const tempo_config_attribute a_attributes[] = {{"a", KINDS(TEMPO_CONFIG_INT), "3"}};
static const tempo_config_class a_class = {"module.A", a_attributes, 1, NULL};

static const tempo_config_attribute holder_attributes[] = {
    {"b", {.kinds = {TEMPO_CONFIG_CLASS}, .of = &a_class}, "{}"},
    {"n", {.kinds = {TEMPO_CONFIG_CLASS, TEMPO_CONFIG_NONE}, .of = &a_class}, "null"},
    {"dtype", KINDS(TEMPO_CONFIG_TYPE, TEMPO_CONFIG_STR), "float32"},
    {"word", {.kinds = {TEMPO_CONFIG_LITERAL}, .choices = "a|b"}, "a"},
    {"pair", KINDS(TEMPO_CONFIG_LIST), "(1, 3)"},
    {"more", KINDS(TEMPO_CONFIG_DICT), "{'x': 1, 'y': [None, 'z']}"},
};
static const tempo_config_class holder_class = {"Holder", holder_attributes, 6, NULL};

#define OF_SCHEDULER                                                  \
    {                                                                 \
        .kinds = {TEMPO_CONFIG_CLASS}, .of = tempo_scheduler_config() \
    }

/* --- reading --- */

typedef struct row {
    const char *given, *expected; /* NULL: refused */
} row;

static const tempo_value *read(const tempo_config_type *type, const char *text, const tempo_config_options *options)
{
    tempo_error error = TEMPO_ERROR_INIT;
    if (tempo_config_from_dict(tree, NULL, NULL, type, data(text), options, &error))
        fail_msg("%s: %s", text, error.message);
    return tempo_tree_root(tree);
}

static tempo_error refuse(const tempo_config_type *type, const char *text, const tempo_config_options *options,
                          tempo_status status)
{
    tempo_error error = TEMPO_ERROR_INIT;
    const tempo_value *given = data(text);
    const tempo_value *root = tempo_tree_root(tree);
    const tempo_status found = tempo_config_from_dict(tree, NULL, NULL, type, given, options, &error);
    if (found != status)
        fail_msg("%s: %s, not %s: %s", text, tempo_status_name(found), tempo_status_name(status), error.message);
    assert_ptr_equal(tempo_tree_root(tree), root);
    assert_true(*error.message);
    assert_int_equal(error.line, 1);
    return error;
}

static void check(tempo_config_type type, const tempo_config_options *options, const row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!rows[i].expected) {
            (void)refuse(&type, rows[i].given, options, TEMPO_BAD_VALUE);
            continue;
        }
        const tempo_value *found = read(&type, rows[i].given, options);
        if (!tempo_value_equal(found, data(rows[i].expected)))
            fail_msg("%s is not %s", rows[i].given, rows[i].expected);
    }
}

#define CHECK(type, options, ...)                                                    \
    do {                                                                             \
        static const row rows[] = {__VA_ARGS__};                                     \
        check((tempo_config_type)type, options, rows, sizeof rows / sizeof rows[0]); \
    } while (0)

#define DEFAULTS                                                                                           \
    "name: constant, decay_steps: 0, end_lr: null, end_lr_factor: null, cooldown_steps: 0, warmup_steps: " \
    "0, cooldown_lr: 0.0}"

/* --- SchedulerConfig --- */

static void a_scheduler_config_has_the_attributes_of_the_registry(void **state)
{
    (void)state;
    static const struct {
        const char *name, *default_text;
        tempo_config_kind kinds[2];
    } rows[] = {
        {"lr", NULL, {TEMPO_CONFIG_FLOAT}},
        {"name", "constant", {TEMPO_CONFIG_LITERAL}},
        {"decay_steps", "0", {TEMPO_CONFIG_INT, TEMPO_CONFIG_NONE}},
        {"end_lr", "null", {TEMPO_CONFIG_FLOAT, TEMPO_CONFIG_NONE}},
        {"end_lr_factor", "null", {TEMPO_CONFIG_FLOAT, TEMPO_CONFIG_NONE}},
        {"cooldown_steps", "0", {TEMPO_CONFIG_INT}},
        {"warmup_steps", "0", {TEMPO_CONFIG_INT}},
        {"cooldown_lr", "0.0", {TEMPO_CONFIG_FLOAT}},
    };
    tempo_config_attribute attribute;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_true(tempo_config_attribute_at(tempo_scheduler_config(), i, &attribute));
        assert_string_equal(attribute.name, rows[i].name);
        assert_true((attribute.default_text == NULL) == (rows[i].default_text == NULL));
        if (attribute.default_text)
            assert_string_equal(attribute.default_text, rows[i].default_text);
        assert_int_equal(attribute.type.kinds[0], rows[i].kinds[0]);
        assert_int_equal(attribute.type.kinds[1], rows[i].kinds[1]);
    }
    assert_false(tempo_config_attribute_at(tempo_scheduler_config(), 8, &attribute));
}

static void what_is_not_given_is_the_default(void **state)
{
    (void)state;
    CHECK(OF_SCHEDULER, NULL, {"{lr: 0.1}", "{lr: 0.1, " DEFAULTS});
}

static void numbers_are_converted(void **state)
{
    (void)state;
    const tempo_config_type type = OF_SCHEDULER;
    const tempo_value *config =
        read(&type, "{lr: \"1e-3\", decay_steps: \"1_000\", warmup_steps: 5.9, end_lr: 1, cooldown_lr: true}", NULL);
    assert_true(tempo_value_member(config, "lr")->real == 1e-3);
    assert_int_equal(tempo_value_member(config, "decay_steps")->integer, 1000);
    assert_int_equal(tempo_value_member(config, "warmup_steps")->integer, 5);
    assert_int_equal(tempo_value_member(config, "end_lr")->kind, TEMPO_VALUE_REAL);
    assert_true(tempo_value_member(config, "cooldown_lr")->real == 1.0);
}

static void none_is_null_where_the_attribute_allows_it(void **state)
{
    (void)state;
    const tempo_config_type type = OF_SCHEDULER;
    const tempo_value *config = read(&type, "{lr: 0.1, decay_steps: None, end_lr: null}", NULL);
    assert_int_equal(tempo_value_member(config, "decay_steps")->kind, TEMPO_VALUE_NULL);
    const tempo_error error = refuse(&type, "{lr: 0.1, warmup_steps: null}", NULL, TEMPO_BAD_VALUE);
    assert_string_equal(error.path, "warmup_steps");
    assert_string_equal(error.message, "warmup_steps is null, but must be int");
}

static void a_required_attribute_must_be_there(void **state)
{
    (void)state;
    const tempo_config_type type = OF_SCHEDULER;
    assert_string_equal(refuse(&type, "{name: linear}", NULL, TEMPO_MISSING).message, "SchedulerConfig needs lr");
}

/* A deviation: upstream notices when the schedule is built. */
static void a_wrong_name_is_noticed_at_once(void **state)
{
    (void)state;
    const tempo_config_type type = OF_SCHEDULER;
    const tempo_error error = refuse(&type, "{lr: 0.1, name: cosine}", NULL, TEMPO_BAD_VALUE);
    assert_string_equal(error.path, "name");
    assert_string_equal(error.message,
                        "name is 'cosine', but must be one of constant|cosine_decay|exponential_decay|linear");
}

/* A deviation: the last one counts in Python. */
static void a_key_stands_once(void **state)
{
    (void)state;
    const tempo_config_type type = OF_SCHEDULER;
    assert_string_equal(refuse(&type, "{lr: 0.1, lr: 0.2}", NULL, TEMPO_CONFLICT).path, "lr");
}

/* --- the options --- */

static void other_keys_are_ignored_unless_they_are_refused(void **state)
{
    (void)state;
    static const tempo_config_options refuse_others = {.refuse_extensive_attributes = true};
    const tempo_config_type type = OF_SCHEDULER;
    CHECK(OF_SCHEDULER, NULL, {"{lr: 0.1, warmup: 5}", "{lr: 0.1, " DEFAULTS});
    const tempo_error error = refuse(&type, "{lr: 0.1, warmup_step: 5}", &refuse_others, TEMPO_UNKNOWN_NAME);
    assert_string_equal(error.path, "warmup_step");
    assert_string_equal(error.message, "SchedulerConfig has no attribute 'warmup_step'");
    assert_string_equal(error.advice, "did you mean warmup_steps?");
}

static void none_may_be_zero_for_an_int(void **state)
{
    (void)state;
    static const tempo_config_options zero = {.none_to_zero_for_ints = true};
    CHECK(KINDS(TEMPO_CONFIG_INT), NULL, {"null", NULL}, {"None", "null"});
    CHECK(KINDS(TEMPO_CONFIG_INT), &zero, {"null", "0"}, {"None", "null"});
    CHECK(KINDS(TEMPO_CONFIG_INT, TEMPO_CONFIG_NONE), NULL, {"null", "null"});
    CHECK(KINDS(TEMPO_CONFIG_INT, TEMPO_CONFIG_NONE), &zero, {"null", "0"});
    CHECK(KINDS(TEMPO_CONFIG_NONE, TEMPO_CONFIG_INT), &zero, {"null", "null"});
}

static void class_names_may_have_to_be_marked(void **state)
{
    (void)state;
    static const tempo_config_options strict = {.strict_classname_parsing = true};
    CHECK(KINDS(TEMPO_CONFIG_TYPE), NULL, {"\"<class 'jax.numpy.int16'>\"", "\"jax.numpy.int16\""},
          {"\"jax.numpy.bfloat16\"", "bfloat16"}, {"\"<class 'jax.numpy.float32'>\"", "float32"}, {"bfloat16", NULL},
          {"\"<class 'int'>\"", NULL}, {"\"a b.c\"", NULL}, {"\"1.5\"", NULL}, {"\"a.\"", NULL}, {"5", NULL});
    CHECK(KINDS(TEMPO_CONFIG_TYPE), &strict, {"\"<class 'jax.numpy.bfloat16'>\"", "bfloat16"},
          {"\"jax.numpy.bfloat16\"", NULL});
    CHECK(KINDS(TEMPO_CONFIG_TYPE, TEMPO_CONFIG_STR), NULL, {"\"jax.numpy.bfloat16\"", "bfloat16"},
          {"bfloat16", "bfloat16"});
    CHECK(KINDS(TEMPO_CONFIG_TYPE, TEMPO_CONFIG_STR), &strict, {"\"jax.numpy.bfloat16\"", "\"jax.numpy.bfloat16\""});
    CHECK(KINDS(TEMPO_CONFIG_DICT), &strict,
          {"{k: \"<class 'a.B'>\", l: \"<class 'int'>\", m: 1}", "{k: \"a.B\", l: \"<class 'int'>\", m: 1}"},
          {"{k: x}", NULL}, {"{k: \"a.B\"}", NULL}, {"\"d(a=1)\"", NULL});
}

static void options_do_not_reach_the_attributes(void **state)
{
    (void)state;
    static const tempo_config_options all = {
        .strict_classname_parsing = true, .refuse_extensive_attributes = true, .none_to_zero_for_ints = true};
    const tempo_config_type scheduler = OF_SCHEDULER;
    const tempo_config_type holder = {.kinds = {TEMPO_CONFIG_CLASS}, .of = &holder_class};
    assert_string_equal(refuse(&scheduler, "{lr: 0.1, warmup_steps: null}", &all, TEMPO_BAD_VALUE).path,
                        "warmup_steps");
    const tempo_value *config = read(&holder, "{b: {a: 5, other: 1}, dtype: \"jax.numpy.float16\"}", &all);
    assert_int_equal(tempo_value_at(config, "b.a")->integer, 5);
    assert_string_equal(tempo_value_member(config, "dtype")->text, "float16");
}

/* --- the kinds --- */

static void a_bool_is_what_python_takes_for_true(void **state)
{
    (void)state;
    CHECK(KINDS(TEMPO_CONFIG_BOOL), NULL, {"\"False\"", "true"}, {"false", "false"}, {"\"\"", "false"}, {"0", "false"},
          {"0.0", "false"}, {".nan", "true"}, {"2", "true"}, {"null", "false"}, {"None", "null"}, {"[]", "false"},
          {"[0]", "true"}, {"{}", "false"}, {"{a: 1}", "true"});
}

static void an_int_is_truncated(void **state)
{
    (void)state;
    CHECK(KINDS(TEMPO_CONFIG_INT), NULL, {"5.9", "5"}, {"-5.9", "-5"}, {"\" 7 \"", "7"}, {"\"+7\"", "7"},
          {"\"1_000\"", "1000"}, {"\"-0\"", "0"}, {"true", "1"}, {"\"5.0\"", NULL}, {"\"1__0\"", NULL},
          {"\"_1\"", NULL}, {"\"1_\"", NULL}, {"\"0x10\"", NULL}, {"\"\"", NULL}, {"\"-\"", NULL}, {".nan", NULL},
          {"[1]", NULL}, {"{}", NULL});
    CHECK(KINDS(TEMPO_CONFIG_INT, TEMPO_CONFIG_FLOAT), NULL, {"5.5", "5"}, {"\"5.5\"", "5.5"});
}

/* A deviation: Python's have no end. */
static void an_int_has_64_bits(void **state)
{
    (void)state;
    static const char *const rows[] = {"1e30", "\"9223372036854775808\"", "\"-99_999_999_999_999_999_999\"", ".inf"};
    const tempo_config_type type = KINDS(TEMPO_CONFIG_INT);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        (void)refuse(&type, rows[i], NULL, TEMPO_OUT_OF_RANGE);
    CHECK(KINDS(TEMPO_CONFIG_INT), NULL, {"\"-9223372036854775808\"", "-9223372036854775808"});
}

static void a_float_may_be_text(void **state)
{
    (void)state;
    CHECK(KINDS(TEMPO_CONFIG_FLOAT), NULL, {"5", "5.0"}, {"\"1e3\"", "1000.0"}, {"\"1.\"", "1.0"}, {"\".5\"", "0.5"},
          {"\" 1_0.0_1 \"", "10.01"}, {"\"-Infinity\"", "-.inf"}, {"true", "1.0"}, {"\"1_e3\"", NULL},
          {"\"0x1p3\"", NULL}, {"\"1e\"", NULL}, {"\"\"", NULL}, {"null", NULL}, {"[1]", NULL});
}

static void a_str_is_text(void **state)
{
    (void)state;
    CHECK(KINDS(TEMPO_CONFIG_STR), NULL, {"abc", "abc"}, {"\"a.b\"", "\"a.b\""}, {"\"<class 'a.B'>\"", "\"a.B\""},
          {"\"<class 'int'>\"", "\"<class 'int'>\""}, {"None", "null"}, {"5", NULL}, {"null", NULL});
    CHECK(KINDS(TEMPO_CONFIG_STR, TEMPO_CONFIG_INT), NULL, {"5", "5"}, {"\"5\"", "\"5\""});
    CHECK(KINDS(TEMPO_CONFIG_STR, TEMPO_CONFIG_NONE), NULL, {"abc", "abc"}, {"null", "null"});
}

/* A deviation: upstream makes [], [], and ["a"] of these. */
static void only_a_list_is_a_list(void **state)
{
    (void)state;
    CHECK(KINDS(TEMPO_CONFIG_LIST), NULL, {"\"(4, 4)\"", NULL}, {"\"f(x)\"", NULL}, {"{a: 1}", NULL});
}

static void elements_of_a_list_stay_as_they_are(void **state)
{
    (void)state;
    CHECK(KINDS(TEMPO_CONFIG_LIST, TEMPO_CONFIG_INT, TEMPO_CONFIG_NONE), NULL, {"[1, \"2\", [3]]", "[1, \"2\", [3]]"},
          {"1", "1"}, {"null", "null"});
}

static void members_of_a_dict_may_be_classes(void **state)
{
    (void)state;
    CHECK(KINDS(TEMPO_CONFIG_DICT), NULL, {"{a: 1, b: null, c: x}", "{a: 1, b: null, c: x}"},
          {"{k: \"jax.numpy.float32\", l: None}", "{k: float32, l: null}"}, {"{k: \"a b\"}", "{k: \"a b\"}"},
          {"5", NULL}, {"abc", NULL}, {"null", NULL});
}

/* Deviations: upstream imports 1 and fails, and makes the other one "". */
static void texts_of_a_dict_that_name_no_class_stay(void **state)
{
    (void)state;
    CHECK(KINDS(TEMPO_CONFIG_DICT), NULL, {"{k: \"1.5\", l: \"f(x)\"}", "{k: \"1.5\", l: \"f(x)\"}"});
}

static void a_dict_may_be_text(void **state)
{
    (void)state;
    CHECK(KINDS(TEMPO_CONFIG_DICT), NULL, {"\"{'a': 1, 'b': 'c'}\"", "{a: \"1\", b: \"'c'\"}"},
          {"\"d(a=1)\"", "{a: 1}"}, {"\"{}\"", "{}"});
}

static void a_literal_is_one_of_its_words(void **state)
{
    (void)state;
    static const tempo_config_type type = {.kinds = {TEMPO_CONFIG_LITERAL}, .choices = "a|b"};
    check(type, NULL, (const row[]){{"a", "a"}, {"c", NULL}, {"None", NULL}, {"null", NULL}, {"\"a|b\"", NULL}}, 5);
}

/* --- classes --- */

static void configs_nest(void **state)
{
    (void)state;
    static const tempo_config_type type = {.kinds = {TEMPO_CONFIG_CLASS}, .of = &holder_class};
    const row rows[] = {
        {"{}", "{b: {a: 3}, n: null, dtype: float32, word: a, pair: [1, 3], more: {x: 1, y: [null, z]}}"},
        {"{b: {a: \"8\"}, n: {}, dtype: \"<class 'jax.numpy.bfloat16'>\", word: b, pair: [4, 4], more: {}}",
         "{b: {a: 8}, n: {a: 3}, dtype: bfloat16, word: b, pair: [4, 4], more: {}}"},
        {"{b: \"A(a=7)\", n: None, more: \"d(a=1)\"}",
         "{b: {a: 7}, n: null, dtype: float32, word: a, pair: [1, 3], more: {a: 1}}"},
    };
    check(type, NULL, rows, sizeof rows / sizeof rows[0]);
    assert_string_equal(refuse(&type, "{b: null}", NULL, TEMPO_BAD_VALUE).message, "b is null, but must be module.A");
    assert_string_equal(refuse(&type, "{b: {a: x}}", NULL, TEMPO_BAD_VALUE).path, "b.a");
}

static void a_class_may_be_none(void **state)
{
    (void)state;
    static const tempo_config_type type = {.kinds = {TEMPO_CONFIG_CLASS, TEMPO_CONFIG_NONE}, .of = &a_class};
    check(type, NULL, (const row[]){{"null", "null"}, {"None", "null"}, {"{}", "{a: 3}"}, {"5", NULL}}, 4);
}

static void a_config_may_be_the_text_that_python_prints(void **state)
{
    (void)state;
    const row rows[] = {
        {"\"SchedulerConfig(lr=0.1, name='constant', decay_steps=0, end_lr=None, end_lr_factor=None, "
         "cooldown_steps=0, warmup_steps=0, cooldown_lr=0.0)\"",
         "{lr: 0.1, " DEFAULTS},
        {"\"Foo(lr=1)\"", "{lr: 1, " DEFAULTS},
        {"\"pre(lr=0.1)post\"", "{lr: 0.1, " DEFAULTS},
        {"\"S( lr= 1e-05 )\"", "{lr: 1e-05, " DEFAULTS},
    };
    const tempo_config_type type = OF_SCHEDULER;
    check(type, NULL, rows, sizeof rows / sizeof rows[0]);
    static const tempo_config_attribute attributes[] = {{"h", KINDS(TEMPO_CONFIG_LIST), NULL}};
    static const tempo_config_class tuple_class = {"H", attributes, 1, NULL};
    check((tempo_config_type){.kinds = {TEMPO_CONFIG_CLASS}, .of = &tuple_class}, NULL,
          (const row[]){{"\"H(h=(4,4))\"", "{h: [4, 4]}"},
                        {"\"H(h=[-1.5, (), {'k': True}])\"", "{h: [-1.5, [], {k: true}]}"}},
          2);
}

static void values_in_such_a_text_stay_what_they_are(void **state)
{
    (void)state;
    const row rows[] = {
        {"\"S(lr='0.1')\"", "{lr: \"0.1\", " DEFAULTS},
        {"\"S(lr=true)\"", "{lr: true, " DEFAULTS},
        {"\"S(lr=None)\"", "{lr: null, " DEFAULTS},
        {"\"{'lr': 0.1}\"", "{lr: \"0.1\", " DEFAULTS},
    };
    const tempo_config_type type = OF_SCHEDULER;
    check(type, NULL, rows, sizeof rows / sizeof rows[0]);
}

static void a_text_that_is_no_config_is_refused(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "abc",
        "\"\"",
        "\"S\"",
        "\"S(\"",
        "\")S(\"",
        "\"S(lr=foo)\"",
        "\"S(lr=.1)\"",
        "\"S(lr=1,)\"",
        "\"S(lr=)\"",
        "\"S(lr_2=0.1)\"",
        "\"S(lr=A(a=1))\"",
        "\"S(lr = 1)\"",
        "\"S(lr=1 2)\"",
        "\"S(lr='a)\"",
        "\"S(lr=(1)\"",
        "\"{'lr'}\"",
        "\"{'lr': [1, 2]}\"",
        "\"<class 'a.b'>\"",
        "\"{lr: 1}\"",
        "\"{'lr':1}\"",
    };
    const tempo_config_type type = OF_SCHEDULER;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        (void)refuse(&type, rows[i], NULL, TEMPO_BAD_SYNTAX);
    (void)refuse(&type, "\"S(lr=0.1, x=2)\"", NULL, TEMPO_UNKNOWN_NAME);
    (void)refuse(&type, "\"S()\"", NULL, TEMPO_MISSING);
}

static void brackets_in_a_text_have_a_limit(void **state)
{
    (void)state;
    char text[256] = "\"S(lr=";
    const tempo_config_type type = OF_SCHEDULER;
    memset(text + 6, '[', 65);
    memcpy(text + 6 + 65, "1", 1);
    memset(text + 6 + 66, ']', 65);
    memcpy(text + 6 + 131, ")\"", 3);
    (void)refuse(&type, text, NULL, TEMPO_BAD_SYNTAX);
}

static void an_error_stands_where_the_data_does(void **state)
{
    (void)state;
    const tempo_config_type type = OF_SCHEDULER;
    const tempo_error error = refuse(&type, "{lr: 0.1, warmup_steps: [5]}", NULL, TEMPO_BAD_VALUE);
    assert_int_equal(error.column, 35); /* after "type data=" */
    assert_int_equal(error.length, 3);
    const tempo_value *config = read(&type, "{lr: 0.1, warmup_steps: 5}", NULL);
    assert_int_equal(tempo_value_member(config, "warmup_steps")->place.column, 35);
    assert_int_equal(tempo_value_member(config, "warmup_steps")->key_place.column, 21);
}

/* --- get --- */

static void an_attribute_that_is_none_is_not_the_fallback(void **state)
{
    (void)state;
    const tempo_config_type type = OF_SCHEDULER;
    const tempo_value *config = read(&type, "{lr: 0.1}", NULL), *fallback = data("5");
    assert_int_equal(tempo_config_get(config, "end_lr", fallback)->kind, TEMPO_VALUE_NULL);
    assert_true(tempo_config_get(config, "lr", fallback)->real == 0.1);
    assert_int_equal(tempo_config_get(config, "decay_steps", fallback)->integer, 0);
    assert_ptr_equal(tempo_config_get(config, "momentum", fallback), fallback);
    assert_null(tempo_config_get(config, "momentum", NULL));
}

/* --- to_dict --- */

static const tempo_value *to_dict(const tempo_config_class *of, const tempo_value *arguments)
{
    tempo_error error = TEMPO_ERROR_INIT;
    if (tempo_config_to_dict(tree, NULL, NULL, of, arguments, &error))
        fail_msg("%s", error.message);
    return tempo_tree_root(tree);
}

static void to_dict_has_every_attribute_in_order_and_reads_none(void **state)
{
    (void)state;
    static const char *const order[] = {
        "lr", "name", "decay_steps", "end_lr", "end_lr_factor", "cooldown_steps", "warmup_steps", "cooldown_lr"};
    const tempo_value *dict = to_dict(tempo_scheduler_config(), data("{cooldown_lr: 1, lr: \"abc\"}"));
    const tempo_value *member = dict->first;
    for (size_t i = 0; i < 8; i++, member = member->next)
        assert_string_equal(member->key, order[i]);
    assert_null(member);
    assert_string_equal(tempo_value_member(dict, "lr")->text, "abc");
    assert_int_equal(tempo_value_member(dict, "cooldown_lr")->kind, TEMPO_VALUE_INTEGER);
    assert_int_equal(tempo_value_member(dict, "end_lr")->kind, TEMPO_VALUE_NULL);
}

static void to_dict_goes_into_nested_configs(void **state)
{
    (void)state;
    const tempo_value *dict = to_dict(&holder_class, data("{b: {}, pair: [1, 2]}"));
    assert_true(tempo_value_equal(
        dict, data("{b: {a: 3}, n: null, dtype: float32, word: a, pair: [1, 2], more: {x: 1, y: [null, z]}}")));
}

static void to_dict_wants_attributes_and_nothing_else(void **state)
{
    (void)state;
    static const struct {
        const char *arguments, *path;
        tempo_status status;
    } rows[] = {{"{lr: 1, warmup: 5}", "warmup", TEMPO_UNKNOWN_NAME},
                {"{name: linear}", "", TEMPO_MISSING},
                {"{lr: 1, lr: 2}", "lr", TEMPO_CONFLICT},
                {"[1]", "", TEMPO_BAD_TYPE}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        tempo_error error = TEMPO_ERROR_INIT;
        const tempo_value *arguments = data(rows[i].arguments);
        assert_int_equal(tempo_config_to_dict(tree, NULL, NULL, tempo_scheduler_config(), arguments, &error),
                         rows[i].status);
        assert_string_equal(error.path, rows[i].path);
    }
}

static void a_config_survives_to_dict_and_from_dict(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "{lr: 0.1}", "{lr: 0.3, name: cosine_decay, decay_steps: null, end_lr_factor: 0.1, warmup_steps: 5}",
        "{lr: 1e-4, name: linear, decay_steps: 100, end_lr: 0, cooldown_steps: 10, cooldown_lr: 1e-6}"};
    const tempo_config_type type = OF_SCHEDULER;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const tempo_value *config = read(&type, rows[i], NULL);
        const tempo_value *dict = to_dict(tempo_scheduler_config(), config);
        assert_true(tempo_value_equal(dict, config));
        assert_int_equal(tempo_config_from_dict(tree, NULL, NULL, &type, dict, NULL, NULL), TEMPO_OK);
        assert_true(tempo_value_equal(tempo_tree_root(tree), config));
    }
}

/* --- schedules --- */

static void a_config_becomes_its_schedule(void **state)
{
    (void)state;
    tempo_schedule *schedule = NULL;
    tempo_plan *plan = NULL;
    tempo_error error = TEMPO_ERROR_INIT;
    tempo_field field = {.name = "lr", .base = 1};
    const tempo_group group = {.fields = &field, .field_count = 1};
    const tempo_run run = {.max_duration = "20ba"};
    const tempo_config_type type = OF_SCHEDULER;
    const tempo_value *config =
        read(&type,
             "\"S(lr=0.3, name='linear', decay_steps=20, end_lr_factor=0.1, warmup_steps=3, cooldown_steps=4, "
             "cooldown_lr=0.01)\"",
             NULL);
    assert_int_equal(tempo_config_schedule(&schedule, tempo_scheduler_config(), config, NULL, &error), TEMPO_OK);
    assert_string_equal(tempo_type_name(tempo_schedule_type(schedule, 0)), "xlstm.SchedulerConfig");
    assert_int_equal(tempo_plan_bind(&plan, &run, &group, 1, schedule, NULL, &error), TEMPO_OK);
    static const struct {
        int64_t batch;
        double value;
    } points[] = {{0, 0.0}, {1, 0.09999999999999998}, {3, 0.30000000000000004}, {9, 0.1753846153846154}, {20, 0.01}};
    for (size_t i = 0; i < sizeof points / sizeof points[0]; i++) {
        const tempo_timestamp now = {.batch = points[i].batch};
        assert_true(tempo_plan_value(plan, 0, &now) == points[i].value);
    }
    tempo_plan_free(plan);
    tempo_schedule_free(schedule);
}

static void what_builds_no_schedule_says_why(void **state)
{
    (void)state;
    static const struct {
        const char *config, *path;
        tempo_status status;
    } rows[] = {{"{lr: \"0.1\"}", "schedules[0].lr", TEMPO_BAD_TYPE},
                {"{lr: 0.1, name: null}", "schedules[0].name", TEMPO_BAD_TYPE},
                {"{lr: 0.1, field: momentum}", "field", TEMPO_UNKNOWN_NAME},
                {"{}", "schedules[0]", TEMPO_MISSING},
                {"5", "", TEMPO_BAD_TYPE}};
    tempo_schedule *schedule = NULL;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        tempo_error error = TEMPO_ERROR_INIT;
        assert_int_equal(tempo_config_schedule(&schedule, tempo_scheduler_config(), data(rows[i].config), NULL, &error),
                         rows[i].status);
        assert_string_equal(error.path, rows[i].path);
        assert_int_equal(error.line, 1);
        assert_null(schedule);
    }
    assert_int_equal(tempo_config_schedule(&schedule, &a_class, data("{a: 1}"), NULL, NULL), TEMPO_BAD_VALUE);
}

/* --- memory --- */

/* Ends with the first budget that is enough. */
static void every_lack_of_memory_is_an_error(void **state)
{
    (void)state;
    const tempo_config_type types[] = {OF_SCHEDULER, {.kinds = {TEMPO_CONFIG_CLASS}, .of = &holder_class}};
    static const char *const texts[] = {
        "\"S(lr=0.1, name='linear', decay_steps=None)\"",
        "{b: \"{'a': 7}\", n: {}, more: {k: \"jax.numpy.float32\", l: [1]}, dtype: \"a.B\"}"};
    for (size_t i = 0; i < 2; i++) {
        const tempo_value *given = data(texts[i]);
        tempo_status status = TEMPO_NO_MEMORY;
        for (long budget = 0; status; budget++) {
            counting_allocator counter;
            const tempo_allocator allocator = counting_start(&counter, budget);
            tempo_error error = TEMPO_ERROR_INIT;
            tempo_tree *own = NULL;
            tempo_schedule *schedule = NULL;
            status = tempo_tree_new(&own, &allocator);
            if (!status)
                status = tempo_config_from_dict(own, NULL, NULL, &types[i], given, NULL, &error);
            if (!status)
                status = tempo_config_to_dict(own, NULL, NULL, types[i].of, tempo_tree_root(own), &error);
            if (!status && i == 0)
                status = tempo_config_schedule(&schedule, types[i].of, tempo_tree_root(own), &allocator, &error);
            assert_true(status == TEMPO_OK || status == TEMPO_NO_MEMORY);
            assert_true((schedule != NULL) == (!status && i == 0));
            tempo_schedule_free(schedule);
            tempo_tree_free(own);
            assert_int_equal(counter.live_blocks, 0);
            assert_true(budget < 1000);
        }
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_tree, free_tree)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_scheduler_config_has_the_attributes_of_the_registry),
        TEST(what_is_not_given_is_the_default),
        TEST(numbers_are_converted),
        TEST(none_is_null_where_the_attribute_allows_it),
        TEST(a_required_attribute_must_be_there),
        TEST(a_wrong_name_is_noticed_at_once),
        TEST(a_key_stands_once),
        TEST(other_keys_are_ignored_unless_they_are_refused),
        TEST(none_may_be_zero_for_an_int),
        TEST(class_names_may_have_to_be_marked),
        TEST(options_do_not_reach_the_attributes),
        TEST(a_bool_is_what_python_takes_for_true),
        TEST(an_int_is_truncated),
        TEST(an_int_has_64_bits),
        TEST(a_float_may_be_text),
        TEST(a_str_is_text),
        TEST(only_a_list_is_a_list),
        TEST(elements_of_a_list_stay_as_they_are),
        TEST(members_of_a_dict_may_be_classes),
        TEST(texts_of_a_dict_that_name_no_class_stay),
        TEST(a_dict_may_be_text),
        TEST(a_literal_is_one_of_its_words),
        TEST(configs_nest),
        TEST(a_class_may_be_none),
        TEST(a_config_may_be_the_text_that_python_prints),
        TEST(values_in_such_a_text_stay_what_they_are),
        TEST(a_text_that_is_no_config_is_refused),
        TEST(brackets_in_a_text_have_a_limit),
        TEST(an_error_stands_where_the_data_does),
        TEST(an_attribute_that_is_none_is_not_the_fallback),
        TEST(to_dict_has_every_attribute_in_order_and_reads_none),
        TEST(to_dict_goes_into_nested_configs),
        TEST(to_dict_wants_attributes_and_nothing_else),
        TEST(a_config_survives_to_dict_and_from_dict),
        TEST(a_config_becomes_its_schedule),
        TEST(what_builds_no_schedule_says_why),
        TEST(every_lack_of_memory_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
