/* Documents when memory is short: every constructor, allowed 0, 1, 2, ... allocations until it succeeds. */
#include "support/allocator.h"
#include "support/documents.h"

typedef tempo_status constructor(tempo_document **out, const tempo_document_options *options, tempo_error *error);

/* A clean error and nothing left each time; then everything is freed. */
static void climb(constructor *make, const tempo_override *overrides, size_t override_count)
{
    long budget = 0;
    for (;; budget++) {
        counting_allocator counter;
        const tempo_allocator allocator = counting_start(&counter, budget);
        const tempo_document_options options = {&allocator, overrides, override_count};
        tempo_error error = TEMPO_ERROR_INIT;
        tempo_document *document = NULL;
        const tempo_status status = make(&document, &options, &error);
        if (!status) {
            assert_non_null(document);
            tempo_document_free(document);
        } else {
            assert_int_equal(status, TEMPO_NO_MEMORY);
            assert_int_equal(error.status, TEMPO_NO_MEMORY);
            assert_null(document);
        }
        assert_int_equal(counter.live_blocks, 0);
        assert_int_equal(counter.live_bytes, 0);
        if (!status)
            break;
    }
    assert_true(budget > 5);
}

static tempo_status parse_native(tempo_document **out, const tempo_document_options *options, tempo_error *error)
{
    static const char text[] = "tempo: 1\nrun: &r {max_duration: 90ep, batches_per_epoch: 100}\n"
                               "optimizer: {groups: [&g {name: a, lr: 1}, {<<: *g, name: \"\\u0062\"}]}\n"
                               "schedules: [{type: composer.MultiStepScheduler, milestones: [30ep, \"60\\x65p\"]}]\n";
    return tempo_document_parse(out, text, strlen(text), options, error);
}

static tempo_status parse_config(tempo_document **out, const tempo_document_options *options, tempo_error *error)
{
    static const char text[] =
        "v: {n: 8, list: [1, \"${v.n}\"]}\nscheduler: {name: cosine_with_warmup, t_warmup: \"${v.n}ba\"}\n"
        "max_duration: 90\nglobal_train_batch_size: ${v.list[1]}\nmax_seq_len: 16\noptimizer: {lr: 1}\n";
    return tempo_document_parse(out, text, strlen(text), options, error);
}

static tempo_status parse_xlstm(tempo_document **out, const tempo_document_options *options, tempo_error *error)
{
    static const char text[] = "scheduler: {lr: \"${lr}\", decay_steps: 1_000, warmup_steps: 10}\nlr: 1e-3\n"
                               "num_train_steps: 2_000\nglobal_batch_size: 8\ncontext_length: 1_024\n";
    return tempo_document_parse(out, text, strlen(text), options, error);
}

static tempo_status from_value(tempo_document **out, const tempo_document_options *options, tempo_error *error)
{
    tempo_tree *tree = NULL;
    assert_int_equal(tempo_tree_new(&tree, NULL), TEMPO_OK);
    tempo_value *root = tempo_tree_add(tree, NULL, NULL, 0, TEMPO_VALUE_MAP);
    tempo_tree_add_integer(tree, root, "tempo", 1);
    tempo_value *schedule = tempo_tree_add(tree, root, "schedules", 9, TEMPO_VALUE_MAP);
    tempo_tree_add_text(tree, schedule, "type", "composer.ConstantScheduler", 26);
    const tempo_status status = tempo_document_from_value(out, root, options, error);
    tempo_tree_free(tree);
    return status;
}

static void a_native_document(void **state)
{
    (void)state;
    climb(parse_native, NULL, 0);
}

static void a_document_with_overrides(void **state)
{
    (void)state;
    static const tempo_override overrides[] = {{"run.max_duration", "10ep"}, {"schedules[0].milestones", "[1ep, 2ep]"}};
    climb(parse_native, overrides, 2);
}

static void a_config_of_llm_foundry(void **state)
{
    (void)state;
    climb(parse_config, NULL, 0);
}

static void a_config_of_xlstm_jax(void **state)
{
    (void)state;
    climb(parse_xlstm, NULL, 0);
}

static void a_document_made_of_values(void **state)
{
    (void)state;
    climb(from_value, NULL, 0);
}

/* What is refused is freed too. */
static void a_document_that_is_wrong(void **state)
{
    (void)state;
    static const char *const texts[] = {"tempo: 1\nrun: {a: [1, 2", "tempo: 1\nrun: {a: 1, a: 2}",
                                        "tempo: 1\nrun: &x [*x]", "tempo: 1\nschedules: {type: nothing}",
                                        "tempo: 1\noptimizer: {lr: x}"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        counting_allocator counter;
        const tempo_allocator allocator = counting_start(&counter, -1);
        const tempo_document_options options = {.allocator = &allocator};
        tempo_document *document = NULL;
        assert_int_not_equal(tempo_document_parse(&document, texts[i], strlen(texts[i]), &options, NULL), TEMPO_OK);
        assert_null(document);
        assert_int_equal(counter.live_blocks, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_native_document),         cmocka_unit_test(a_document_with_overrides),
        cmocka_unit_test(a_config_of_llm_foundry),   cmocka_unit_test(a_config_of_xlstm_jax),
        cmocka_unit_test(a_document_made_of_values), cmocka_unit_test(a_document_that_is_wrong),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
