/* Expressions against the golden rows: performed one operation after the other they give the bits of the real systems,
 * and of tempo_plan_value(), in double and in single precision. */
#include "support/interpreter.h"

#include <stdio.h>

#include <tempo/document.h>

#include "document/internal.h"

static bool has_expression(const tempo_value *row)
{
    const tempo_value *schedules = tempo_value_at(row, "document.schedules");
    const char *type = tempo_value_member(schedules->first, "type")->text;
    const bool is_told = strncmp(type, "optax.", 6) == 0 || strncmp(type, "xlstm.", 6) == 0;
    return is_told && schedules->count == 1 && !tempo_value_member(row, "error");
}

static bool is_single(const tempo_value *row)
{
    const tempo_value *dtype = tempo_value_member(tempo_value_at(row, "document.schedules")->first, "dtype");
    return dtype && strcmp(dtype->text, "float32") == 0;
}

static size_t compare_row(const tempo_value *row)
{
    tempo_error error = TEMPO_ERROR_INIT;
    tempo_document *document = NULL;
    tempo_plan *plan = NULL;
    const tempo_expression *expression = NULL;
    const char *id = tempo_value_member(row, "id")->text;
    const tempo_bind_options options = {.expressions = true};
    tempo_status status = tempo_document_from_value(&document, tempo_value_member(row, "document"), NULL, &error);
    if (!status)
        status = tempo_document_bind(&plan, document, &options, &error);
    if (!status)
        status = tempo_plan_expression(plan, 0, &expression, &error);
    if (status)
        fail_msg("%s: %s", id, error.message);
    size_t count = 0;
    const tempo_value *expected = tempo_value_member(row, "lr")->first;
    for (const tempo_value *at = tempo_value_member(row, "at")->first; at; at = at->next, expected = expected->next) {
        const interpreter in = {.is_single = is_single(row), .step = at->integer};
        tempo_timestamp now;
        assert_int_equal(tempo_plan_timestamp(plan, at->integer, &now, NULL), TEMPO_OK);
        const double value = interpret(expression, &in), plain = tempo_plan_value(plan, 0, &now);
        if (memcmp(&value, &plain, sizeof value) != 0 || memcmp(&value, &expected->real, sizeof value) != 0)
            fail_msg("%s at %lldba: %.17g, not %.17g", id, (long long)at->integer, value, expected->real);
        count++;
    }
    tempo_plan_free(plan);
    tempo_document_free(document);
    return count;
}

static size_t compare_file(const char *name)
{
    static char line[1 << 20];
    size_t count = 0;
    FILE *file = fopen(name, "r");
    assert_non_null(file);
    while (fgets(line, sizeof line, file)) {
        tempo_tree *tree = NULL;
        assert_int_equal(tempo_tree_new(&tree, NULL), TEMPO_OK);
        assert_int_equal(tempo__yaml_read(tree, line, strlen(line), NULL, NULL), TEMPO_OK);
        if (has_expression(tempo_tree_root(tree)))
            count += compare_row(tempo_tree_root(tree));
        tempo_tree_free(tree);
    }
    (void)fclose(file);
    return count;
}

static void every_recorded_value_comes_out_of_the_expression(void **state)
{
    (void)state;
    assert_true(compare_file(TEMPO_SOURCE "/tests/golden/optax.jsonl") > 10000);
    assert_true(compare_file(TEMPO_SOURCE "/tests/golden/xlstm.jsonl") > 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_recorded_value_comes_out_of_the_expression)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
