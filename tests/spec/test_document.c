/* What a document says: run, optimizer and schedules; where it says it; overrides; and writing it back. */
#include "support/documents.h"

static double base_of(const tempo_document *document, size_t group, const char *field)
{
    const tempo_group *found = &tempo_document_groups(document)[group];
    for (size_t i = 0; i < found->field_count; i++)
        if (strcmp(found->fields[i].name, field) == 0)
            return found->fields[i].base;
    fail_msg("there is no field %s", field);
    return 0;
}

/* --- run --- */

static void a_document_needs_only_its_version_and_a_schedule(void **state)
{
    (void)state;
    tempo_document *document = read_document("tempo: 1\n" SCHEDULE, NULL);
    const tempo_run *run = tempo_document_run(document);
    assert_null(run->max_duration);
    assert_int_equal(run->batches_per_epoch, 0);
    assert_true(run->scale_schedule_ratio == 0);
    assert_int_equal(tempo_schedule_count(tempo_document_schedule(document)), 1);
    assert_string_equal(tempo_document_kind(document), "tempo");
    tempo_document_free(document);
}

static void run_holds_every_fact(void **state)
{
    (void)state;
    tempo_document *document = read_document("tempo: 1\n"
                                             "run:\n"
                                             "  max_duration: 300Btok\n"
                                             "  batches_per_epoch: 1251\n"
                                             "  samples_per_batch: 1024\n"
                                             "  tokens_per_batch: 2097152\n"
                                             "  scale_schedule_ratio: 0.5\n"
                                             "  step_schedulers_every_batch: true\n" SCHEDULE,
                                             NULL);
    const tempo_run *run = tempo_document_run(document);
    assert_string_equal(run->max_duration, "300Btok");
    assert_int_equal(run->batches_per_epoch, 1251);
    assert_int_equal(run->samples_per_batch, 1024);
    assert_int_equal(run->tokens_per_batch, 2097152);
    assert_true(run->scale_schedule_ratio == 0.5);
    assert_true(run->step_schedulers_every_batch);
    tempo_document_free(document);
}

static void a_fact_of_0_is_unknown(void **state)
{
    (void)state;
    tempo_document *document = read_document("tempo: 1\nrun: {tokens_per_batch: 0}\n" SCHEDULE, NULL);
    assert_int_equal(tempo_document_run(document)->tokens_per_batch, 0);
    tempo_document_free(document);
}

static void a_count_may_be_written_with_an_exponent(void **state)
{
    (void)state;
    tempo_document *document = read_document("tempo: 1\nrun: {samples_per_batch: 1e3}\n" SCHEDULE, NULL);
    assert_int_equal(tempo_document_run(document)->samples_per_batch, 1000);
    tempo_document_free(document);
}

static void a_section_may_be_left_empty(void **state)
{
    (void)state;
    tempo_document *document = read_document("tempo: 1\nrun:\noptimizer:\n  # lr: 0.1\n" SCHEDULE, NULL);
    assert_false(tempo_document_has_lr(document));
    tempo_document_free(document);
}

/* --- optimizer --- */

static void an_optimizer_without_groups_is_one_group_without_a_name(void **state)
{
    (void)state;
    tempo_document *document = read_document("tempo: 1\noptimizer: {lr: 3, weight_decay: 1e-4}\n" SCHEDULE, NULL);
    assert_int_equal(tempo_document_group_count(document), 1);
    assert_string_equal(tempo_document_groups(document)->name, "");
    assert_int_equal(tempo_document_groups(document)->field_count, 2);
    assert_true(base_of(document, 0, "lr") == 3.0);
    assert_true(base_of(document, 0, "weight_decay") == 0.0001);
    assert_true(tempo_document_has_lr(document));
    tempo_document_free(document);
}

static void groups_have_names_and_fields_of_their_own(void **state)
{
    (void)state;
    tempo_document *document = read_document(
        "tempo: 1\n"
        "optimizer: {groups: [{name: decay, lr: 3e-4, weight_decay: 0.1}, {name: rest, lr: 1e-4}]}\n" SCHEDULE,
        NULL);
    assert_int_equal(tempo_document_group_count(document), 2);
    assert_string_equal(tempo_document_groups(document)[1].name, "rest");
    assert_int_equal(tempo_document_groups(document)[1].field_count, 1);
    assert_true(base_of(document, 0, "weight_decay") == 0.1);
    assert_true(base_of(document, 1, "lr") == 0.0001);
    tempo_document_free(document);
}

static void without_a_learning_rate_its_base_is_1(void **state)
{
    (void)state;
    tempo_document *document = read_document("tempo: 1\noptimizer: {weight_decay: 0.1}\n" SCHEDULE, NULL);
    assert_false(tempo_document_has_lr(document));
    assert_true(base_of(document, 0, "lr") == 1.0);
    tempo_document_free(document);
}

static void a_schedule_of_another_field_needs_no_learning_rate(void **state)
{
    (void)state;
    tempo_document *document =
        read_document("tempo: 1\noptimizer: {momentum: 0.9}\n"
                      "schedules: {type: composer.ConstantScheduler, t_max: 1ba, field: momentum}\n",
                      NULL);
    assert_int_equal(tempo_document_groups(document)->field_count, 1);
    tempo_document_free(document);
}

/* --- schedules --- */

static void schedules_are_a_list_or_one_map(void **state)
{
    (void)state;
    tempo_document *document = read_document("tempo: 1\nschedules:\n"
                                             "  - type: composer.StepScheduler\n"
                                             "    step_size: 30ep\n"
                                             "  - {type: composer.ConstantScheduler}\n",
                                             NULL);
    const tempo_schedule *schedule = tempo_document_schedule(document);
    assert_int_equal(tempo_schedule_count(schedule), 2);
    assert_string_equal(tempo_type_name(tempo_schedule_type(schedule, 0)), "composer.StepScheduler");
    tempo_document_free(document);
}

static void json_is_read_too(void **state)
{
    (void)state;
    tempo_document *document = read_document("{\"tempo\": 1, \"optimizer\": {\"lr\": 1.5e-3},\n"
                                             " \"schedules\": [{\"type\": \"composer.MultiStepScheduler\",\n"
                                             "   \"milestones\": [\"30ep\", \"60ep\"], \"gamma\": 0.1}]}\n",
                                             NULL);
    assert_true(base_of(document, 0, "lr") == 0.0015);
    tempo_document_free(document);
}

/* --- binding --- */

static void a_document_binds_to_a_plan(void **state)
{
    (void)state;
    tempo_error error = TEMPO_ERROR_INIT;
    tempo_plan *plan = NULL;
    tempo_document *document = read_document("tempo: 1\nrun: {max_duration: 100ba}\noptimizer: {lr: 0.5}\n"
                                             "schedules: {type: composer.LinearScheduler}\n",
                                             NULL);
    assert_int_equal(tempo_document_bind(&plan, document, NULL, &error), TEMPO_OK);
    const tempo_timestamp now = {.batch = 50};
    assert_true(tempo_plan_value(plan, 0, &now) == 0.25);
    tempo_plan_free(plan);
    tempo_document_free(document);
}

static void an_error_at_binding_points_into_the_text(void **state)
{
    (void)state;
    tempo_error error = TEMPO_ERROR_INIT;
    tempo_plan *plan = NULL;
    tempo_document *document = read_document("tempo: 1\nrun:\n  max_duration: 90ep\noptimizer: {lr: 0.5}\n"
                                             "schedules: {type: composer.LinearScheduler}\n",
                                             NULL);
    assert_int_equal(tempo_document_bind(&plan, document, NULL, &error), TEMPO_MISSING_FACT);
    assert_string_equal(error.fact, "batches_per_epoch");
    assert_int_equal(error.line, 3);
    assert_int_equal(error.column, 17);
    assert_int_equal(error.length, 4);
    tempo_document_free(document);
}

/* --- places --- */

static void every_value_has_its_place(void **state)
{
    (void)state;
    tempo_document *document = read_document("tempo: 1\nrun:\n  max_duration: 90ep\noptimizer: {lr: 0.5}\n"
                                             "schedules:\n  - type: composer.ConstantScheduler\n    t_max: \"1ep\"\n",
                                             NULL);
    const tempo_place duration = tempo_document_locate(document, "run.max_duration");
    assert_int_equal(duration.line, 3);
    assert_int_equal(duration.column, 17);
    assert_int_equal(duration.length, 4);
    const tempo_place quoted = tempo_document_locate(document, "schedules[0].t_max");
    assert_int_equal(quoted.line, 7);
    assert_int_equal(quoted.column, 12);
    assert_int_equal(quoted.length, 5);
    tempo_document_free(document);
}

static void what_is_not_there_is_missing_in_what_encloses_it(void **state)
{
    (void)state;
    tempo_document *document = read_document("tempo: 1\nrun:\n  max_duration: 90ep\n" SCHEDULE, NULL);
    const tempo_place place = tempo_document_locate(document, "run.batches_per_epoch");
    assert_int_equal(place.line, 2);
    assert_int_equal(place.column, 1);
    assert_int_equal(place.length, 3);
    assert_int_equal(tempo_document_locate(document, "schedules[0].gamma").line, 4);
    tempo_document_free(document);
}

/* --- overrides --- */

static const tempo_value *value_at(const tempo_document *document, const char *path)
{
    return tempo_value_at(tempo_document_value(document), path);
}

static void an_override_replaces_a_value(void **state)
{
    (void)state;
    const tempo_override overrides[] = {{"run.max_duration", "10ep"}, {"schedules[0].t_max", "3ba"}};
    const tempo_document_options options = {.overrides = overrides, .override_count = 2};
    tempo_document *document = read_document("tempo: 1\nrun: {max_duration: 90ep}\n" SCHEDULE, &options);
    assert_string_equal(tempo_document_run(document)->max_duration, "10ep");
    assert_string_equal(value_at(document, "schedules.t_max")->text, "3ba");
    assert_int_equal(tempo_document_locate(document, "run.max_duration").line, 0);
    tempo_document_free(document);
}

static void an_override_makes_what_is_missing(void **state)
{
    (void)state;
    const tempo_override overrides[] = {{"run.batches_per_epoch", "100"}, {"optimizer.lr", "0.25"}};
    const tempo_document_options options = {.overrides = overrides, .override_count = 2};
    tempo_document *document = read_document("tempo: 1\nrun:\n" SCHEDULE, &options);
    assert_int_equal(tempo_document_run(document)->batches_per_epoch, 100);
    assert_true(base_of(document, 0, "lr") == 0.25);
    tempo_document_free(document);
}

static void the_last_override_of_a_path_counts(void **state)
{
    (void)state;
    const tempo_override overrides[] = {{"optimizer.lr", "1"}, {"optimizer.lr", "2"}};
    const tempo_document_options options = {.overrides = overrides, .override_count = 2};
    tempo_document *document = read_document("tempo: 1\n" SCHEDULE, &options);
    assert_true(base_of(document, 0, "lr") == 2.0);
    tempo_document_free(document);
}

static void an_override_may_be_a_list(void **state)
{
    (void)state;
    const tempo_override overrides[] = {{"schedules[0].milestones", "[1ep, 2ep, 3ep]"},
                                        {"schedules[0].milestones[1]", "7ep"}};
    const tempo_document_options options = {.overrides = overrides, .override_count = 2};
    tempo_document *document =
        read_document("tempo: 1\nschedules: [{type: composer.MultiStepScheduler, milestones: [9ep]}]\n", &options);
    assert_int_equal(value_at(document, "schedules[0].milestones")->count, 3);
    assert_string_equal(value_at(document, "schedules[0].milestones[1]")->text, "7ep");
    tempo_document_free(document);
}

/* Both schedules are one value in the text. */
static void an_override_of_one_alias_leaves_the_other(void **state)
{
    (void)state;
    const tempo_override overrides[] = {{"schedules[1].t_max", "5ba"}};
    const tempo_document_options options = {.overrides = overrides, .override_count = 1};
    tempo_document *document =
        read_document("tempo: 1\nschedules: [&s {type: composer.ConstantScheduler, t_max: 1ba}, *s]\n", &options);
    assert_string_equal(value_at(document, "schedules[0].t_max")->text, "1ba");
    assert_string_equal(value_at(document, "schedules[1].t_max")->text, "5ba");
    tempo_document_free(document);
}

static void a_bad_override_is_blamed_by_its_path(void **state)
{
    (void)state;
    static const struct {
        const char *path, *value;
        tempo_status status;
    } rows[] = {
        {"optimizer.lr", "[1", TEMPO_BAD_SYNTAX},       /* no value */
        {"optimizer.lr", "", TEMPO_MISSING},            /* no value */
        {"run..max_duration", "1ep", TEMPO_BAD_SYNTAX}, /* no path */
        {"schedules[x]", "1ep", TEMPO_BAD_SYNTAX},      /* no path */
        {"schedules[0]type", "1ep", TEMPO_BAD_SYNTAX},  /* no path */
        {"schedules[7].t_max", "1ep", TEMPO_UNKNOWN_NAME},
        {"tempo.version", "1", TEMPO_BAD_TYPE}, /* a number has no keys */
        {"run.max_durations", "1ep", TEMPO_UNKNOWN_NAME},
        {"run.max_duration", "1dur", TEMPO_BAD_VALUE},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const tempo_override override = {rows[i].path, rows[i].value};
        const tempo_document_options options = {.overrides = &override, .override_count = 1};
        const char *text = "tempo: 1\n" SCHEDULE;
        tempo_error error = TEMPO_ERROR_INIT;
        tempo_document *document = NULL;
        assert_int_equal(tempo_document_parse(&document, text, strlen(text), &options, &error), rows[i].status);
        assert_string_equal(error.path, rows[i].path);
        assert_int_equal(error.line, 0);
    }
}

/* --- from values --- */

static void a_document_can_be_made_of_values(void **state)
{
    (void)state;
    tempo_tree *tree = NULL;
    tempo_error error = TEMPO_ERROR_INIT;
    tempo_document *document = NULL;
    assert_int_equal(tempo_tree_new(&tree, NULL), TEMPO_OK);
    tempo_value *root = tempo_tree_add(tree, NULL, NULL, 0, TEMPO_VALUE_MAP);
    tempo_tree_add_integer(tree, root, "tempo", 1);
    tempo_value *schedule = tempo_tree_add(tree, root, "schedules", 9, TEMPO_VALUE_MAP);
    tempo_tree_add_text(tree, schedule, "type", "composer.ConstantScheduler", 26);
    assert_int_equal(tempo_document_from_value(&document, root, NULL, &error), TEMPO_OK);
    tempo_tree_free(tree);
    assert_int_equal(tempo_schedule_count(tempo_document_schedule(document)), 1);
    tempo_document_free(document);
}

static void values_must_be_what_a_text_could_give(void **state)
{
    (void)state;
    tempo_tree *tree = NULL;
    tempo_error error = TEMPO_ERROR_INIT;
    tempo_document *document = NULL;
    assert_int_equal(tempo_tree_new(&tree, NULL), TEMPO_OK);
    tempo_value *root = tempo_tree_add(tree, NULL, NULL, 0, TEMPO_VALUE_MAP);
    tempo_tree_add_integer(tree, root, "tempo", 1);
    tempo_tree_add_integer(tree, root, "tempo", 1);
    assert_int_equal(tempo_document_from_value(&document, root, NULL, &error), TEMPO_CONFLICT);
    root = tempo_tree_add(tree, NULL, NULL, 0, TEMPO_VALUE_LIST);
    assert_int_equal(tempo_document_from_value(&document, root, NULL, &error), TEMPO_BAD_TYPE);
    root = tempo_tree_add(tree, NULL, NULL, 0, TEMPO_VALUE_MAP);
    assert_int_equal(tempo_document_from_value(&document, root, NULL, &error), TEMPO_MISSING);
    assert_string_equal(error.path, "tempo");
    tempo_value *deep = root = tempo_tree_add(tree, NULL, NULL, 0, TEMPO_VALUE_LIST);
    for (int i = 0; i < 64; i++)
        deep = tempo_tree_add(tree, deep, NULL, 0, TEMPO_VALUE_LIST);
    assert_int_equal(tempo_document_from_value(&document, root, NULL, &error), TEMPO_TOO_LARGE);
    assert_null(document);
    tempo_tree_free(tree);
}

/* --- writing --- */

static char *print(const tempo_document *document, tempo_format format)
{
    tempo_error error = TEMPO_ERROR_INIT;
    kept_output output = {NULL, 0};
    assert_int_equal(tempo_document_print(document, format, keep_output, &output, &error), TEMPO_OK);
    assert_non_null(output.bytes);
    return output.bytes;
}

static void assert_round_trip(const char *text)
{
    tempo_document *document = read_document(text, NULL);
    for (tempo_format format = TEMPO_YAML; format <= TEMPO_JSON; format++) {
        char *printed = print(document, format);
        tempo_document *again = read_document(printed, NULL);
        if (!tempo_value_equal(tempo_document_value(document), tempo_document_value(again)))
            fail_msg("not the same:\n%s\n%s", text, printed);
        char *printed_again = print(again, format);
        assert_string_equal(printed, printed_again);
        tempo_document_free(again);
        free(printed_again);
        free(printed);
    }
    tempo_document_free(document);
}

static void yaml_is_written_as_a_person_would(void **state)
{
    (void)state;
    tempo_document *document = read_document(
        "{\"tempo\": 1, \"run\": {\"max_duration\": \"90ep\", \"batches_per_epoch\": 1251},"
        "\"optimizer\": {\"lr\": 1.0, \"weight_decay\": 1e-4},"
        "\"schedules\": [{\"type\": \"composer.MultiStepScheduler\", \"milestones\": [\"30ep\", \"60ep\"],"
        " \"groups\": [\"a b\"]}]}",
        NULL);
    char *printed = print(document, TEMPO_YAML);
    assert_string_equal(printed, "tempo: 1\n"
                                 "run:\n"
                                 "  max_duration: 90ep\n"
                                 "  batches_per_epoch: 1251\n"
                                 "optimizer:\n"
                                 "  lr: 1.0\n"
                                 "  weight_decay: 0.0001\n"
                                 "schedules:\n"
                                 "  - type: composer.MultiStepScheduler\n"
                                 "    milestones: [30ep, 60ep]\n"
                                 "    groups: [\"a b\"]\n");
    free(printed);
    tempo_document_free(document);
}

static void json_is_written_as_a_person_would(void **state)
{
    (void)state;
    tempo_document *document =
        read_document("tempo: 1\n"
                      "optimizer: {lr: 0x10, nesterov_momentum: 1e22}\n"
                      "schedules: {type: composer.MultiStepScheduler, milestones: [30ep, 60ep]}\n",
                      NULL);
    char *printed = print(document, TEMPO_JSON);
    assert_string_equal(printed, "{\n"
                                 "  \"tempo\": 1,\n"
                                 "  \"optimizer\": {\n"
                                 "    \"lr\": 16,\n"
                                 "    \"nesterov_momentum\": 1e+22\n"
                                 "  },\n"
                                 "  \"schedules\": {\n"
                                 "    \"type\": \"composer.MultiStepScheduler\",\n"
                                 "    \"milestones\": [\"30ep\", \"60ep\"]\n"
                                 "  }\n"
                                 "}\n");
    free(printed);
    tempo_document_free(document);
}

static void what_is_written_reads_back_the_same(void **state)
{
    (void)state;
    assert_round_trip("tempo: 1\n" SCHEDULE);
    assert_round_trip("tempo: 1\nrun:\noptimizer: {}\n" SCHEDULE);
    assert_round_trip("tempo: 1\noptimizer: {lr: 1.0, a: -0.0, b: 5e-324, c: 1.7976931348623157e308, d: 0.1, e: 3, f: "
                      "-7}\n" SCHEDULE);
    assert_round_trip("tempo: 1\noptimizer: {lr: 99999999999999999999, m: 9007199254740993}\n" SCHEDULE);
    assert_round_trip("tempo: 1\nschedules: [&s {type: composer.ConstantScheduler}, *s, {<<: *s, alpha: 2}]\n");
}

/* Each name would be read as something else, or break the line, if it were not quoted. */
static void texts_are_quoted_where_they_must_be(void **state)
{
    (void)state;
    static const char *const names[] = {
        "null",
        "~",
        "true",
        "no",
        "1",
        "1.0",
        "1e5",
        ".inf",
        "0x1F",
        "0o17",
        "-",
        "- a",
        "a: b",
        "a #b",
        "#a",
        "[a]",
        "{a}",
        "*a",
        "&a",
        "!a",
        "|",
        ">",
        "@a",
        "`a",
        "%a",
        "<<",
        "a b",
        " a",
        "a ",
        "\\\"q\\\"",
        "back\\\\slash",
        "tab\\tnew\\nline",
        "\\u0085",
        "\\u2028",
        "\\ufeff",
        "\\u007f",
        "\\u001b",
        "\xC3\xA9t\xC3\xA9",
        "\xF0\x9F\x98\x80",
        "2001-01-01",
        "12:30",
        "=",
        "10ep",
        "_x",
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char text[256];
        (void)snprintf(text, sizeof text,
                       "tempo: 1\noptimizer: {groups: [{name: \"%s\", lr: 1}]}\n"
                       "schedules: {type: composer.ConstantScheduler, groups: [\"%s\"]}\n",
                       names[i], names[i]);
        assert_round_trip(text);
    }
}

static void a_long_list_is_written_over_several_lines(void **state)
{
    (void)state;
    char text[40000] = "tempo: 1\nschedules: [{type: composer.MultiStepScheduler, milestones: [0ba";
    for (int i = 1; i < 3000; i++)
        (void)snprintf(text + strlen(text), 16, ", %dba", i);
    strcat(text, "]}]\n");
    assert_round_trip(text);
    tempo_document *document = read_document(text, NULL);
    char *printed = print(document, TEMPO_YAML);
    for (const char *line = printed; *line; line += strcspn(line, "\n") + 1)
        assert_true(strcspn(line, "\n") < 130);
    free(printed);
    tempo_document_free(document);
}

static int stop_writing(void *context, const char *bytes, size_t length)
{
    (void)bytes;
    (void)length;
    ++*(int *)context;
    return 1;
}

static void writing_stops_when_it_is_told_to(void **state)
{
    (void)state;
    int calls = 0;
    tempo_error error = TEMPO_ERROR_INIT;
    tempo_document *document = read_document("tempo: 1\n" SCHEDULE, NULL);
    assert_int_equal(tempo_document_print(document, TEMPO_YAML, stop_writing, &calls, &error), TEMPO_IO);
    assert_int_equal(tempo_schema_print(stop_writing, &calls, &error), TEMPO_IO);
    assert_int_equal(calls, 2);
    tempo_document_free(document);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_document_needs_only_its_version_and_a_schedule),
        cmocka_unit_test(run_holds_every_fact),
        cmocka_unit_test(a_fact_of_0_is_unknown),
        cmocka_unit_test(a_count_may_be_written_with_an_exponent),
        cmocka_unit_test(a_section_may_be_left_empty),
        cmocka_unit_test(an_optimizer_without_groups_is_one_group_without_a_name),
        cmocka_unit_test(groups_have_names_and_fields_of_their_own),
        cmocka_unit_test(without_a_learning_rate_its_base_is_1),
        cmocka_unit_test(a_schedule_of_another_field_needs_no_learning_rate),
        cmocka_unit_test(schedules_are_a_list_or_one_map),
        cmocka_unit_test(json_is_read_too),
        cmocka_unit_test(a_document_binds_to_a_plan),
        cmocka_unit_test(an_error_at_binding_points_into_the_text),
        cmocka_unit_test(every_value_has_its_place),
        cmocka_unit_test(what_is_not_there_is_missing_in_what_encloses_it),
        cmocka_unit_test(an_override_replaces_a_value),
        cmocka_unit_test(an_override_makes_what_is_missing),
        cmocka_unit_test(the_last_override_of_a_path_counts),
        cmocka_unit_test(an_override_may_be_a_list),
        cmocka_unit_test(an_override_of_one_alias_leaves_the_other),
        cmocka_unit_test(a_bad_override_is_blamed_by_its_path),
        cmocka_unit_test(a_document_can_be_made_of_values),
        cmocka_unit_test(values_must_be_what_a_text_could_give),
        cmocka_unit_test(yaml_is_written_as_a_person_would),
        cmocka_unit_test(json_is_written_as_a_person_would),
        cmocka_unit_test(what_is_written_reads_back_the_same),
        cmocka_unit_test(texts_are_quoted_where_they_must_be),
        cmocka_unit_test(a_long_list_is_written_over_several_lines),
        cmocka_unit_test(writing_stops_when_it_is_told_to),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
