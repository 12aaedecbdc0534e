/* Every way to get a document with 0, 1, 2, ... allocations allowed: a clean error until it succeeds, and nothing left
 * behind either way. libfyaml's own memory is not counted: it comes from malloc. */
#include "support/spec.h"

#include <tempo/document.h>

#include "support/allocator.h"

static const char native[] = "tempo: 1\n"
                             "run: &run {max_duration: 90ep, batches_per_epoch: 10}\n"
                             "optimizer:\n"
                             "  groups: [{name: decay, lr: 0.1, weight_decay: 1e-4}, {name: rest, lr: 0.2}]\n"
                             "schedules:\n"
                             "  - &first {type: composer.MultiStepScheduler, milestones: [30ba, 20ep, 0.5dur]}\n"
                             "  - {<<: *first, groups: [decay], field: \"weight\\u005fdecay\"}\n";

static const char config[] = "variables: {n: 100, warmup: \"${variables.n}ba\"}\n"
                             "scheduler: {name: cosine_with_warmup, t_warmup: \"${variables.warmup}\", alpha_f: 0.1}\n"
                             "optimizer: {lr: 1e-4, betas: [0.9, 0.95], weight_decay: 0.1}\n"
                             "max_duration: 3\n"
                             "global_train_batch_size: 8\n"
                             "max_seq_len: 512\n";

static const tempo_override overrides[] = {
    {"run.samples_per_batch", "1024"},
    {"run.batches_per_epoch", "5"},
};

/* Calls `make` with ever more memory; it must end in success, and never before with something alive. */
static void climb(tempo_status (*make)(const tempo_document_options *options, tempo_error *error))
{
    for (long budget = 0; budget < 2000; budget++) {
        counting_allocator counter;
        const tempo_allocator allocator = counting_start(&counter, budget);
        const tempo_document_options options = {&allocator, overrides, sizeof overrides / sizeof overrides[0]};
        tempo_error error = TEMPO_ERROR_INIT;
        const tempo_status status = make(&options, &error);
        assert_int_equal(counter.live_blocks, 0);
        assert_int_equal(counter.live_bytes, 0);
        if (status == TEMPO_OK) {
            assert_true(budget > 0);
            return;
        }
        if (status != TEMPO_NO_MEMORY)
            fail_msg("with %ld allocations: %s", budget, error.message);
        assert_int_equal(error.status, TEMPO_NO_MEMORY);
        assert_true(*error.message);
    }
    fail_msg("2000 allocations were not enough");
}

static tempo_status parse(const char *text, const tempo_document_options *options, tempo_error *error)
{
    tempo_document *document = NULL;
    const tempo_status status = tempo_document_parse(&document, text, strlen(text), options, error);
    assert_true((status == TEMPO_OK) == (document != NULL));
    tempo_document_free(document);
    return status;
}

static tempo_status parse_native(const tempo_document_options *options, tempo_error *error)
{
    return parse(native, options, error);
}

static tempo_status parse_config(const tempo_document_options *options, tempo_error *error)
{
    return parse(config, options, error);
}

static tempo_status make_from_value(const tempo_document_options *options, tempo_error *error)
{
    tempo_document *source = NULL, *document = NULL;
    assert_int_equal(tempo_document_parse(&source, native, strlen(native), NULL, NULL), TEMPO_OK);
    const tempo_status status = tempo_document_from_value(&document, tempo_document_value(source), options, error);
    assert_true((status == TEMPO_OK) == (document != NULL));
    tempo_document_free(document);
    tempo_document_free(source);
    return status;
}

static tempo_status bind(const tempo_document_options *options, tempo_error *error)
{
    tempo_document *document = NULL;
    tempo_plan *plan = NULL;
    const tempo_bind_options how = {.allocator = options->allocator};
    assert_int_equal(tempo_document_parse(&document, native, strlen(native), NULL, NULL), TEMPO_OK);
    const tempo_status status = tempo_document_bind(&plan, document, &how, error);
    assert_true((status == TEMPO_OK) == (plan != NULL));
    tempo_plan_free(plan);
    tempo_document_free(document);
    return status;
}

/* The error that is expected comes, or the one for memory; nothing else and no crash on the way. */
static void climb_to_error(const char *text, tempo_status expected)
{
    for (long budget = 0; budget < 2000; budget++) {
        counting_allocator counter;
        const tempo_allocator allocator = counting_start(&counter, budget);
        const tempo_document_options options = {&allocator, NULL, 0};
        tempo_error error = TEMPO_ERROR_INIT;
        const tempo_status status = parse(text, &options, &error);
        assert_int_equal(counter.live_blocks, 0);
        if (status == expected)
            return;
        assert_int_equal(status, TEMPO_NO_MEMORY);
    }
    fail_msg("2000 allocations were not enough");
}

static void parsing_a_document_survives_any_lack_of_memory(void **state)
{
    (void)state;
    climb(parse_native);
}

static void parsing_a_config_survives_any_lack_of_memory(void **state)
{
    (void)state;
    climb(parse_config);
}

static void a_document_from_values_survives_any_lack_of_memory(void **state)
{
    (void)state;
    climb(make_from_value);
}

static void binding_a_document_survives_any_lack_of_memory(void **state)
{
    (void)state;
    climb(bind);
}

static void a_refusal_survives_any_lack_of_memory(void **state)
{
    (void)state;
    climb_to_error("tempo: 1\nschedules: {type: composer.ConstantScheduler}\nrun: {a: 1, b: 2, a: 3}\n",
                   TEMPO_CONFLICT);
    climb_to_error("tempo: 1\nschedules: {type: composer.ConstantScheduler, alpha: [1, 2}\n", TEMPO_BAD_SYNTAX);
    climb_to_error("scheduler: {name: constant_with_warmup, t_warmup: \"${x.y}\"}\nmax_duration: 1ep\nx: {z: 1}\n",
                   TEMPO_UNKNOWN_NAME);
}

static void a_document_that_is_freed_leaves_nothing(void **state)
{
    (void)state;
    counting_allocator counter;
    const tempo_allocator allocator = counting_start(&counter, -1);
    const tempo_document_options options = {&allocator, overrides, 2};
    tempo_document *document = NULL;
    assert_int_equal(tempo_document_parse(&document, native, strlen(native), &options, NULL), TEMPO_OK);
    assert_true(counter.live_bytes > 0);
    tempo_document_free(document);
    assert_int_equal(counter.live_bytes, 0);
    assert_int_equal(counter.live_blocks, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parsing_a_document_survives_any_lack_of_memory),
        cmocka_unit_test(parsing_a_config_survives_any_lack_of_memory),
        cmocka_unit_test(a_document_from_values_survives_any_lack_of_memory),
        cmocka_unit_test(binding_a_document_survives_any_lack_of_memory),
        cmocka_unit_test(a_refusal_survives_any_lack_of_memory),
        cmocka_unit_test(a_document_that_is_freed_leaves_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
