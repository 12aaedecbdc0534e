/* Configs of xlstm-jax, read as they are. */
#include "support/documents.h"

/* A config of hydra with `more` in it. */
#define CONFIG(more) "scheduler: {lr: \"${lr}\", name: linear, decay_steps: 1_000, warmup_steps: 100}\nlr: 1e-3\n" more

static const tempo_value *value_at(const tempo_document *document, const char *path)
{
    return tempo_value_at(tempo_document_value(document), path);
}

/* --- the configs themselves --- */

static tempo_document *read_config(const char *file)
{
    char path[256];
    size_t length = 0;
    (void)snprintf(path, sizeof path, TEMPO_SOURCE "/tests/configs/xlstm-jax/%s", file);
    char *text = read_file(path, &length);
    tempo_document *document = read_document(text, NULL);
    free(text);
    return document;
}

typedef struct point {
    int64_t batch;
    double value;
} point;

/* Values of the formulas in Python. */
static void assert_values(const char *file, const point *points, size_t count)
{
    tempo_error error = TEMPO_ERROR_INIT;
    tempo_plan *plan = NULL;
    tempo_document *document = read_config(file);
    assert_string_equal(tempo_document_kind(document), "xlstm-jax");
    assert_true(tempo_document_has_lr(document));
    if (tempo_document_bind(&plan, document, NULL, &error))
        fail_msg("%s: %s", file, error.message);
    for (size_t i = 0; i < count; i++) {
        double value = 0;
        assert_int_equal(tempo_plan_values(plan, 0, points[i].batch, 1, &value, &error), TEMPO_OK);
        if (value != points[i].value)
            fail_msg("%s: %.17g, not %.17g, at %lld", file, value, points[i].value, (long long)points[i].batch);
    }
    tempo_plan_free(plan);
    tempo_document_free(document);
}

static void what_hydra_composes_is_read(void **state)
{
    (void)state;
    static const point points[] = {
        {0, 0.0},
        {75, 6.999999999999997e-05},
        {750, 0.0007},
        {24375, 0.00038500000000000003},
        {48000, 7.000000000000001e-05},
        {49000, 3.5000000000000004e-05},
        {50000, 0.0},
    };
    assert_values("composed.yaml", points, sizeof points / sizeof points[0]);
}

static void a_scheduler_of_its_own_is_read(void **state)
{
    (void)state;
    static const point points[] = {
        {0, 0.0},        {250, 0.0005},  {500, 0.001}, {9750, 0.00031622776601683794},
        {19000, 0.0001}, {19500, 5e-05}, {20000, 0.0},
    };
    assert_values("scheduler.yaml", points, sizeof points / sizeof points[0]);
}

static void what_is_saved_with_a_checkpoint_is_read(void **state)
{
    (void)state;
    static const point points[] = {
        {0, 0.0}, {100, 0.0015}, {200, 0.003}, {1900, 0.00165}, {3600, 0.0003}, {3800, 0.00015}, {4000, 0.0},
    };
    assert_values("checkpoint.json", points, sizeof points / sizeof points[0]);
}

static void a_config_is_written_as_a_native_document(void **state)
{
    (void)state;
    tempo_error error = TEMPO_ERROR_INIT;
    kept_output output = {NULL, 0};
    tempo_document *document = read_config("composed.yaml");
    assert_int_equal(tempo_document_print(document, TEMPO_YAML, keep_output, &output, &error), TEMPO_OK);
    assert_string_equal(output.bytes, "tempo: 1\n"
                                      "run:\n"
                                      "  max_duration: 50000ba\n"
                                      "  samples_per_batch: 512\n"
                                      "  tokens_per_batch: 4194304\n"
                                      "optimizer:\n"
                                      "  lr: 0.0007\n"
                                      "schedules:\n"
                                      "  - type: xlstm.SchedulerConfig\n"
                                      "    lr: 0.0007\n"
                                      "    name: cosine_decay\n"
                                      "    decay_steps: null\n"
                                      "    end_lr: null\n"
                                      "    end_lr_factor: 0.1\n"
                                      "    cooldown_steps: 2000\n"
                                      "    warmup_steps: 750\n"
                                      "    cooldown_lr: 0.0\n");
    tempo_document *again = read_document(output.bytes, NULL);
    assert_true(tempo_value_equal(tempo_document_value(document), tempo_document_value(again)));
    free(output.bytes);
    tempo_document_free(again);
    tempo_document_free(document);
}

/* --- what is translated --- */

static void the_run_is_as_long_as_its_steps_else_its_epochs(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {CONFIG("num_train_steps: 95_000\nnum_epochs: 1000\n"), "95000ba"},
        {CONFIG("num_train_steps: \"${n}\"\nn: 7\n"), "7ba"},
        {CONFIG("num_train_steps: ???\nnum_epochs: 3\n"), "3ep"},
        {CONFIG("num_train_steps: 0\nnum_epochs: 3\n"), "3ep"},
        {CONFIG(""), NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        tempo_document *document = read_document(rows[i][0], NULL);
        const char *found = tempo_document_run(document)->max_duration;
        assert_true((found == NULL) == (rows[i][1] == NULL));
        if (found)
            assert_string_equal(found, rows[i][1]);
        tempo_document_free(document);
    }
}

static void batches_are_full(void **state)
{
    (void)state;
    tempo_document *document = read_document(CONFIG("global_batch_size: 512\ncontext_length: 2_048\n"), NULL);
    assert_int_equal(tempo_document_run(document)->samples_per_batch, 512);
    assert_int_equal(tempo_document_run(document)->tokens_per_batch, 1048576);
    tempo_document_free(document);
    document = read_document(CONFIG("global_batch_size: ???\ncontext_length: 2048\n"), NULL);
    assert_int_equal(tempo_document_run(document)->samples_per_batch, 0);
    assert_int_equal(tempo_document_run(document)->tokens_per_batch, 0);
    tempo_document_free(document);
}

static void numbers_are_those_of_pyyaml(void **state)
{
    (void)state;
    tempo_document *document = read_document(CONFIG(""), NULL);
    assert_int_equal(value_at(document, "schedules[0].decay_steps")->integer, 1000);
    assert_true(value_at(document, "schedules[0].lr")->real == 1e-3);
    assert_int_equal(tempo_document_locate(document, "schedules[0].decay_steps").column, 53);
    tempo_document_free(document);
}

static void null_decay_steps_are_as_long_as_the_run(void **state)
{
    (void)state;
    tempo_error error = TEMPO_ERROR_INIT;
    tempo_plan *plan = NULL;
    tempo_document *document = read_document("scheduler: {lr: 1, decay_steps: ~}\nnum_epochs: 3\n", NULL);
    assert_int_equal(tempo_document_bind(&plan, document, NULL, &error), TEMPO_MISSING_FACT);
    assert_string_equal(error.fact, "batches_per_epoch");
    assert_place(&error, 1, 33, 1);
    tempo_document_free(document);
}

static void an_override_makes_a_value_unnecessary(void **state)
{
    (void)state;
    const tempo_override overrides[] = {{"schedules[0].lr", "0.5"}, {"run.max_duration", "8ba"}};
    const tempo_document_options options = {.overrides = overrides, .override_count = 2};
    tempo_document *document = read_document("lr: ${lr}\ndecay_steps: 10\n", &options);
    assert_true(value_at(document, "schedules[0].lr")->real == 0.5);
    assert_true(tempo_document_groups(document)->fields[0].base == 0.5);
    assert_string_equal(tempo_document_run(document)->max_duration, "8ba");
    tempo_document_free(document);
}

static void other_systems_keep_their_configs(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "scheduler: {name: constant_with_warmup, t_warmup: 1ba}\nmax_duration: 9ba\noptimizer: {lr: 1}\n",
        "scheduler: {name: constant_with_warmup, t_warmup: 1ba}\noptimizer: {lr: 1}\n",
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        tempo_document *document = read_document(rows[i], NULL);
        assert_string_equal(tempo_document_kind(document), "llm-foundry");
        tempo_document_free(document);
    }
    (void)refuse("lr: 1\nname: constant\n", TEMPO_MISSING);
}

/* --- errors --- */

typedef struct row {
    const char *text;
    tempo_status status;
    size_t line, column;
    const char *path, *message, *advice; /* parts; NULL: not looked at */
} row;

static void check(const row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const tempo_error error = refuse(rows[i].text, rows[i].status);
        if (error.line != rows[i].line || error.column != rows[i].column)
            fail_msg("%zu:%zu: %s in:\n%s", error.line, error.column, error.message, rows[i].text);
        if (rows[i].path)
            assert_string_equal(error.path, rows[i].path);
        if (rows[i].message)
            assert_contains(error.message, rows[i].message);
        if (rows[i].advice)
            assert_contains(error.advice, rows[i].advice);
    }
}

#define CHECK(rows) check(rows, sizeof(rows) / sizeof(rows)[0])

static void a_part_of_a_config_is_not_guessed(void **state)
{
    (void)state;
    static const row rows[] = {
        {"lr: ${lr}\ndecay_steps: 10\n", TEMPO_MISSING, 1, 5, "schedules[0].lr", "which another file says",
         "set schedules[0].lr"},
        {"lr: ???\ndecay_steps: 10\n", TEMPO_MISSING, 1, 5, "schedules[0].lr", "still to be given", NULL},
        {"scheduler: {lr: \"${lr}\"}\nlr: ???\n", TEMPO_MISSING, 1, 17, "schedules[0].lr", "still to be given", NULL},
        {"defaults: [override /scheduler: cosine_decay, _self_]\nscheduler: {warmup_steps: 5}\nlr: 1\n", TEMPO_MISSING,
         1, 1, "schedules", "hydra completes", ".hydra/config.yaml"},
        {"scheduler: {decay_steps: 5}\n", TEMPO_MISSING, 1, 12, "schedules[0]", "needs lr", NULL},
    };
    CHECK(rows);
}

static void what_is_wrong_is_said_where_it_stands(void **state)
{
    (void)state;
    static const row rows[] = {
        {"scheduler: {lr: 1, warmup_step: 5}\n", TEMPO_UNKNOWN_NAME, 1, 20, "schedules[0].warmup_step", NULL,
         "did you mean warmup_steps?"},
        {"scheduler: {lr: 1, field: momentum}\n", TEMPO_UNKNOWN_NAME, 1, 20, "schedules[0].field",
         "no scheduler of xlstm-jax has a parameter 'field'", NULL},
        {"scheduler: {lr: 1, decay_steps: 5.5}\n", TEMPO_BAD_TYPE, 1, 33, "schedules[0].decay_steps", "a whole number",
         NULL},
        {"scheduler: {lr: fast}\n", TEMPO_BAD_TYPE, 1, 17, "schedules[0].lr", "a number", NULL},
        {"scheduler: {lr: 1, name: cosine}\n", TEMPO_BAD_VALUE, 1, 26, "schedules[0].name", "cosine_decay", NULL},
        {CONFIG("num_train_steps: many\n"), TEMPO_BAD_TYPE, 3, 18, "run.max_duration",
         "num_train_steps is 'many', but must be a whole number", NULL},
        {CONFIG("global_batch_size: 4_000_000_000\ncontext_length: 4_000_000_000\n"), TEMPO_OUT_OF_RANGE, 4, 17,
         "run.tokens_per_batch", NULL, NULL},
    };
    CHECK(rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_hydra_composes_is_read),
        cmocka_unit_test(a_scheduler_of_its_own_is_read),
        cmocka_unit_test(what_is_saved_with_a_checkpoint_is_read),
        cmocka_unit_test(a_config_is_written_as_a_native_document),
        cmocka_unit_test(the_run_is_as_long_as_its_steps_else_its_epochs),
        cmocka_unit_test(batches_are_full),
        cmocka_unit_test(numbers_are_those_of_pyyaml),
        cmocka_unit_test(null_decay_steps_are_as_long_as_the_run),
        cmocka_unit_test(an_override_makes_a_value_unnecessary),
        cmocka_unit_test(other_systems_keep_their_configs),
        cmocka_unit_test(a_part_of_a_config_is_not_guessed),
        cmocka_unit_test(what_is_wrong_is_said_where_it_stands),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
