/* Training configs of llm-foundry, read as they are. */
#include "support/documents.h"

/* A config with `more` in it. */
#define CONFIG(more)                               \
    "variables: {max_seq_len: 2048, lr: 6.0e-4}\n" \
    "scheduler: {name: cosine_with_warmup, t_warmup: 100ba, alpha_f: 0.1}\n" more

static const tempo_value *value_at(const tempo_document *document, const char *path)
{
    return tempo_value_at(tempo_document_value(document), path);
}

static void assert_text(const tempo_document *document, const char *path, const char *expected)
{
    const tempo_value *value = value_at(document, path);
    if (!value || value->kind != TEMPO_VALUE_TEXT)
        fail_msg("%s is no text", path);
    assert_string_equal(value->text, expected);
}

/* --- the configs themselves --- */

typedef struct config {
    const char *file, *max_duration, *type, *t_warmup;
    double lr;
    int64_t samples, tokens;
} config;

/* By hand from the files. */
static const config configs[] = {
    {"1b_local_data_sft", "1ep", "composer.LinearWithWarmupScheduler", "0ba", 1e-5, 128, 262144},
    {"dbrx-full-ft", "2ep", "composer.CosineAnnealingWithWarmupScheduler", "0.02dur", 1e-6, 64, 262144},
    {"gpt2-small", "33696ba", "composer.CosineAnnealingWithWarmupScheduler", "100ba", 6e-4, 256, 524288},
    {"hf-llama-3.1-8B", "50ba", "composer.CosineAnnealingWithWarmupScheduler", "100ba", 6e-4, 8, 16384},
    {"llama-3-8b_domain_adapt", "3195ba", "composer.CosineAnnealingWithWarmupScheduler", "100ba", 5e-5, 1024, 4194304},
    {"mpt-125m", "4800ba", "composer.CosineAnnealingWithWarmupScheduler", "100ba", 6e-4, 256, 524288},
    {"mpt-7b", "63900ba", "composer.CosineAnnealingWithWarmupScheduler", "100ba", 1.2e-4, 1024, 2097152},
};
enum { CONFIG_COUNT = sizeof configs / sizeof configs[0] };

static tempo_document *read_config(const config *c, const tempo_document_options *options)
{
    char path[256];
    size_t length = 0;
    (void)snprintf(path, sizeof path, TEMPO_SOURCE "/tests/configs/llm-foundry/%s.yaml", c->file);
    char *text = read_file(path, &length);
    tempo_document *document = read_document(text, options);
    free(text);
    return document;
}

static void every_config_is_read_without_edits(void **state)
{
    (void)state;
    for (size_t i = 0; i < CONFIG_COUNT; i++) {
        const config *c = &configs[i];
        tempo_document *document = read_config(c, NULL);
        const tempo_run *run = tempo_document_run(document);
        assert_string_equal(tempo_document_kind(document), "llm-foundry");
        assert_string_equal(run->max_duration, c->max_duration);
        assert_int_equal(run->samples_per_batch, c->samples);
        assert_int_equal(run->tokens_per_batch, c->tokens);
        assert_true(tempo_document_has_lr(document));
        assert_string_equal(tempo_document_groups(document)->fields[0].name, "lr");
        assert_true(tempo_document_groups(document)->fields[0].base == c->lr);
        assert_text(document, "schedules[0].type", c->type);
        assert_text(document, "schedules[0].t_warmup", c->t_warmup);
        tempo_document_free(document);
    }
}

static void every_config_binds_once_the_length_of_an_epoch_is_known(void **state)
{
    (void)state;
    const tempo_override override = {"run.batches_per_epoch", "1000"};
    const tempo_document_options options = {.overrides = &override, .override_count = 1};
    for (size_t i = 0; i < CONFIG_COUNT; i++) {
        tempo_error error = TEMPO_ERROR_INIT;
        tempo_plan *plan = NULL;
        tempo_document *document = read_config(&configs[i], &options);
        assert_int_equal(tempo_document_bind(&plan, document, NULL, &error), TEMPO_OK);
        tempo_plan_free(plan);
        tempo_document_free(document);
    }
}

static void an_epoch_of_unknown_length_is_asked_for_where_it_is_used(void **state)
{
    (void)state;
    tempo_error error = TEMPO_ERROR_INIT;
    tempo_plan *plan = NULL;
    tempo_document *document = read_config(&configs[0], NULL);
    assert_int_equal(tempo_document_bind(&plan, document, NULL, &error), TEMPO_MISSING_FACT);
    assert_string_equal(error.fact, "batches_per_epoch");
    assert_int_equal(error.line, 96); /* max_duration: 1ep */
    assert_int_equal(error.column, 15);
    tempo_document_free(document);
}

static void a_config_is_written_as_a_native_document(void **state)
{
    (void)state;
    tempo_error error = TEMPO_ERROR_INIT;
    kept_output output = {NULL, 0};
    tempo_document *document = read_config(&configs[6], NULL);
    assert_int_equal(tempo_document_print(document, TEMPO_YAML, keep_output, &output, &error), TEMPO_OK);
    assert_string_equal(output.bytes, "tempo: 1\n"
                                      "run:\n"
                                      "  max_duration: 63900ba\n"
                                      "  samples_per_batch: 1024\n"
                                      "  tokens_per_batch: 2097152\n"
                                      "optimizer:\n"
                                      "  lr: 0.00012\n"
                                      "  weight_decay: 0.0\n"
                                      "schedules:\n"
                                      "  - type: composer.CosineAnnealingWithWarmupScheduler\n"
                                      "    t_warmup: 100ba\n"
                                      "    alpha_f: 0.1\n");
    tempo_document *again = read_document(output.bytes, NULL);
    assert_true(tempo_value_equal(tempo_document_value(document), tempo_document_value(again)));
    free(output.bytes);
    tempo_document_free(again);
    tempo_document_free(document);
}

/* --- what is translated --- */

static void a_duration_without_a_unit_is_in_epochs(void **state)
{
    (void)state;
    tempo_document *document = read_document(CONFIG("max_duration: 3\n"), NULL);
    assert_string_equal(tempo_document_run(document)->max_duration, "3ep");
    tempo_document_free(document);
}

static void the_length_of_sequences_may_stand_in_the_train_loader(void **state)
{
    (void)state;
    tempo_document *document = read_document(CONFIG("max_duration: 3ba\nglobal_train_batch_size: 4\n"
                                                    "train_loader: {dataset: {max_seq_len: 512}}\n"),
                                             NULL);
    assert_int_equal(tempo_document_run(document)->tokens_per_batch, 2048);
    tempo_document_free(document);
}

static void what_is_not_said_stays_unknown(void **state)
{
    (void)state;
    tempo_document *document =
        read_document(CONFIG("max_duration:\nglobal_train_batch_size: null\noptimizer: {name: x, lr: ???}\n"), NULL);
    assert_null(tempo_document_run(document)->max_duration);
    assert_int_equal(tempo_document_run(document)->samples_per_batch, 0);
    assert_int_equal(tempo_document_run(document)->tokens_per_batch, 0);
    assert_false(tempo_document_has_lr(document));
    tempo_document_free(document);
}

static void the_optimizer_gives_the_fields_that_schedules_drive(void **state)
{
    (void)state;
    tempo_document *document = read_document(
        CONFIG("optimizer: {name: sgd, lr: 0.1, momentum: 0.9, weight_decay: 1, betas: [0.9, 0.95], nesterov: true}\n"),
        NULL);
    assert_int_equal(value_at(document, "optimizer")->count, 3);
    assert_true(value_at(document, "optimizer.momentum")->real == 0.9);
    tempo_document_free(document);
}

static void every_scheduler_of_llm_foundry_has_a_type(void **state)
{
    (void)state;
    static const char *const rows[][3] = {
        {"constant_with_warmup", "", "composer.ConstantWithWarmupScheduler"},
        {"cosine_with_warmup", "", "composer.CosineAnnealingWithWarmupScheduler"},
        {"linear_decay_with_warmup", "", "composer.LinearWithWarmupScheduler"},
        {"inv_sqrt_with_warmup", ", t_scale: 10ba, t_cooldown: 5ba", "llmfoundry.InverseSquareRootWithWarmupScheduler"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char text[256];
        (void)snprintf(text, sizeof text, "scheduler: {name: %s, t_warmup: 10ba%s}\nmax_duration: 100ba\n", rows[i][0],
                       rows[i][1]);
        tempo_document *document = read_document(text, NULL);
        assert_text(document, "schedules[0].type", rows[i][2]);
        tempo_document_free(document);
    }
}

/* As it is submitted to the platform that llm-foundry was made for. */
static void a_config_may_stand_under_parameters(void **state)
{
    (void)state;
    tempo_document *document = read_document("name: my-run\ncompute: {gpus: 8}\nparameters:\n  warmup: 7ba\n"
                                             "  scheduler: {name: cosine_with_warmup, t_warmup: \"${warmup}\"}\n"
                                             "  max_duration: 9ba\n",
                                             NULL);
    assert_text(document, "schedules[0].t_warmup", "7ba");
    tempo_document_free(document);
}

/* --- references --- */

static void references_lead_to_values(void **state)
{
    (void)state;
    tempo_document *document =
        read_document(CONFIG("max_duration: ${durations[1]}\n"
                             "durations: [1ba, \"${n}ba\", 3ba]\n"
                             "n: 42\n"
                             "optimizer: {lr: \"${variables.lr}\", weight_decay: \"${optimizer.lr}\"}\n"
                             "global_train_batch_size: ${ sizes.batch }\n"
                             "sizes: ${more.sizes}\n"
                             "more: {sizes: {batch: 16}}\n"
                             "max_seq_len: ${variables.max_seq_len}\n"),
                      NULL);
    assert_string_equal(tempo_document_run(document)->max_duration, "42ba");
    assert_true(value_at(document, "optimizer.lr")->real == 6.0e-4);
    assert_true(value_at(document, "optimizer.weight_decay")->real == 6.0e-4);
    assert_int_equal(tempo_document_run(document)->samples_per_batch, 16);
    assert_int_equal(tempo_document_run(document)->tokens_per_batch, 32768);
    tempo_document_free(document);
}

static void a_whole_section_may_be_a_reference(void **state)
{
    (void)state;
    tempo_document *document = read_document("scheduler: ${variables.scheduler}\noptimizer: ${variables.optimizer}\n"
                                             "variables:\n"
                                             "  w: 5ba\n"
                                             "  scheduler: {name: constant_with_warmup, t_warmup: \"${variables.w}\"}\n"
                                             "  optimizer: {name: x, lr: 2}\n",
                                             NULL);
    assert_text(document, "schedules[0].t_warmup", "5ba");
    assert_int_equal(value_at(document, "optimizer.lr")->integer, 2);
    tempo_document_free(document);
}

static void a_reference_keeps_its_own_place(void **state)
{
    (void)state;
    tempo_document *document = read_document(CONFIG("max_duration: 9ba\noptimizer: {lr: \"${variables.lr}\"}\n"), NULL);
    const tempo_place place = tempo_document_locate(document, "optimizer.lr");
    assert_int_equal(place.line, 4);
    assert_int_equal(place.column, 17);
    assert_int_equal(place.length, 17);
    tempo_document_free(document);
}

static void references_that_are_not_needed_are_not_resolved(void **state)
{
    (void)state;
    tempo_document *document =
        read_document(CONFIG("max_duration: 9ba\nrun_name: ${oc.env:RUN_NAME}\nfolder: ${nowhere}/x\n"
                             "loop: ${loop}\noptimizer: {lr: 1, eps: \"${nowhere}\"}\n"),
                      NULL);
    tempo_document_free(document);
}

static void an_override_makes_a_reference_unnecessary(void **state)
{
    (void)state;
    const tempo_override overrides[] = {
        {"optimizer.lr", "0.5"}, {"run.max_duration", "8ba"}, {"schedules[0].t_warmup", "2ba"}};
    const tempo_document_options options = {.overrides = overrides, .override_count = 3};
    tempo_document *document = read_document("scheduler: {name: cosine_with_warmup, t_warmup: \"${oc.env:WARMUP}\"}\n"
                                             "max_duration: ${oc.env:DURATION}\noptimizer: {lr: \"${oc.env:LR}\"}\n",
                                             &options);
    assert_string_equal(tempo_document_run(document)->max_duration, "8ba");
    assert_true(value_at(document, "optimizer.lr")->real == 0.5);
    tempo_document_free(document);
}

static void another_batch_size_has_other_tokens(void **state)
{
    (void)state;
    const tempo_override override = {"run.samples_per_batch", "10"};
    const tempo_document_options options = {.overrides = &override, .override_count = 1};
    tempo_document *document =
        read_document(CONFIG("max_duration: 9ba\nglobal_train_batch_size: 4\nmax_seq_len: 100\n"), &options);
    assert_int_equal(tempo_document_run(document)->samples_per_batch, 10);
    assert_int_equal(tempo_document_run(document)->tokens_per_batch, 1000);
    tempo_document_free(document);
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

static void a_reference_must_lead_somewhere(void **state)
{
    (void)state;
    static const row rows[] = {
        {CONFIG("max_duration: ${variables.duration}\n"), TEMPO_UNKNOWN_NAME, 3, 15, "run.max_duration",
         "refers to 'duration'", NULL},
        {CONFIG("max_duration: 1ba\nmax_seq_len: ${variables.max_sequ_len}\nglobal_train_batch_size: 8\n"),
         TEMPO_UNKNOWN_NAME, 4, 14, "run.tokens_per_batch", NULL, "did you mean max_seq_len?"},
        {CONFIG("max_duration: ${a}\na: ${b}\nb: ${a}\n"), TEMPO_CONFLICT, 4, 4, "run.max_duration", "in a circle",
         NULL},
        {CONFIG("max_duration: ${max_duration}\n"), TEMPO_CONFLICT, 3, 15, "run.max_duration", "in a circle", NULL},
        {CONFIG("max_duration: x${a}\na: [\"${max_duration}\"]\n"), TEMPO_BAD_TYPE, 3, 15, "run.max_duration",
         "a list or a map", NULL},
        {CONFIG("optimizer: {lr: \"${a}\"}\na: [\"${b}\"]\nb: [\"${a}\"]\n"), TEMPO_CONFLICT, 4, 5, "optimizer.lr",
         "in a circle", NULL},
        {CONFIG("max_duration: ${oc.env:DURATION}\n"), TEMPO_BAD_VALUE, 3, 15, "run.max_duration", "OmegaConf",
         "run.max_duration"},
        {CONFIG("max_duration: ${.n}ba\n"), TEMPO_BAD_VALUE, 3, 15, "run.max_duration", "OmegaConf", NULL},
        {CONFIG("max_duration: ${a.${b}}ba\n"), TEMPO_BAD_VALUE, 3, 15, "run.max_duration", "OmegaConf", NULL},
        {CONFIG("max_duration: ${open\n"), TEMPO_BAD_SYNTAX, 3, 15, "run.max_duration", "without a }", NULL},
        {CONFIG("max_duration: 1${open\n"), TEMPO_BAD_SYNTAX, 3, 15, "run.max_duration", "without a }", NULL},
    };
    CHECK(rows);
}

/* Texts that double each other, forty times. */
static void references_cannot_grow_without_bound(void **state)
{
    (void)state;
    for (int empty = 0; empty < 2; empty++) {
        char text[4096];
        (void)snprintf(text, sizeof text, CONFIG("max_duration: ${v40}\nv0: \"%s\"\n"), empty ? "" : "xxxxxxxx");
        for (int i = 1; i <= 40; i++)
            (void)snprintf(text + strlen(text), 40, "v%d: \"${v%d}${v%d}\"\n", i, i - 1, i - 1);
        const tempo_error error = refuse(text, TEMPO_TOO_LARGE);
        assert_string_equal(error.path, "run.max_duration");
    }
}

static void a_scheduler_must_be_one_of_llm_foundry(void **state)
{
    (void)state;
    static const row rows[] = {
        {"scheduler: {name: cosine_with_warmpu, t_warmup: 1ba}\nmax_duration: 9ba\n", TEMPO_UNKNOWN_NAME, 1, 19,
         "schedules[0].type", "no scheduler 'cosine_with_warmpu'", "did you mean cosine_with_warmup?"},
        {"scheduler: {name: step}\nmax_duration: 9ba\n", TEMPO_UNKNOWN_NAME, 1, 19, "schedules[0].type", NULL,
         "constant_with_warmup, cosine_with_warmup, linear_decay_with_warmup and inv_sqrt_with_warmup"},
        {"scheduler: {t_warmup: 1ba}\nmax_duration: 9ba\n", TEMPO_MISSING, 1, 1, "schedules[0].type", "has no name",
         NULL},
        {"scheduler: {name: cosine_with_warmup, t_warmup: 1ba, t_warmpu: 1ba}\nmax_duration: 9ba\n", TEMPO_UNKNOWN_NAME,
         1, 54, "schedules[0].t_warmpu", NULL, NULL},
        {"scheduler: {name: cosine_with_warmup, t_warmup: 1ba, field: lr}\nmax_duration: 9ba\n", TEMPO_UNKNOWN_NAME, 1,
         54, "schedules[0].field", "no scheduler of llm-foundry has a parameter 'field'", NULL},
        {"scheduler: {name: cosine_with_warmup, t_warmup: soon}\nmax_duration: 9ba\n", TEMPO_BAD_SYNTAX, 1, 49,
         "schedules[0].t_warmup", NULL, NULL},
        {"scheduler: cosine_with_warmup\nmax_duration: 9ba\n", TEMPO_BAD_TYPE, 1, 12, "schedules[0]", "must be a map",
         NULL},
    };
    CHECK(rows);
}

static void facts_must_fit(void **state)
{
    (void)state;
    static const row rows[] = {
        {CONFIG("max_duration: 9ba\nglobal_train_batch_size: 4611686018427387904\nmax_seq_len: 2\n"),
         TEMPO_OUT_OF_RANGE, 5, 14, "run.tokens_per_batch", "64 bits", NULL},
        {CONFIG("max_duration: 9ba\nglobal_train_batch_size: auto\n"), TEMPO_BAD_TYPE, 4, 26, "run.samples_per_batch",
         "'auto'", NULL},
        {CONFIG("max_duration: 9ba\noptimizer: {lr: fast}\n"), TEMPO_BAD_TYPE, 4, 17, "optimizer.lr", "'fast'", NULL},
    };
    CHECK(rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_config_is_read_without_edits),
        cmocka_unit_test(every_config_binds_once_the_length_of_an_epoch_is_known),
        cmocka_unit_test(an_epoch_of_unknown_length_is_asked_for_where_it_is_used),
        cmocka_unit_test(a_config_is_written_as_a_native_document),
        cmocka_unit_test(a_duration_without_a_unit_is_in_epochs),
        cmocka_unit_test(the_length_of_sequences_may_stand_in_the_train_loader),
        cmocka_unit_test(what_is_not_said_stays_unknown),
        cmocka_unit_test(the_optimizer_gives_the_fields_that_schedules_drive),
        cmocka_unit_test(every_scheduler_of_llm_foundry_has_a_type),
        cmocka_unit_test(a_config_may_stand_under_parameters),
        cmocka_unit_test(references_lead_to_values),
        cmocka_unit_test(a_whole_section_may_be_a_reference),
        cmocka_unit_test(a_reference_keeps_its_own_place),
        cmocka_unit_test(references_that_are_not_needed_are_not_resolved),
        cmocka_unit_test(an_override_makes_a_reference_unnecessary),
        cmocka_unit_test(another_batch_size_has_other_tokens),
        cmocka_unit_test(a_reference_must_lead_somewhere),
        cmocka_unit_test(references_cannot_grow_without_bound),
        cmocka_unit_test(a_scheduler_must_be_one_of_llm_foundry),
        cmocka_unit_test(facts_must_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
