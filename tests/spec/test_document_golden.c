/* Golden rows: every value that the real systems computed, bit for bit, and every error that they raised. The rows
 * are JSON Lines, one case a line: `document`, `at` (batches completed) and `lr`, or `error`. A few have a `tolerance`,
 * relative to the row's largest value: they come from another libm, or from a recursion (docs/exactness.md). */
#include "support/spec.h"

#include <glob.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include <tempo/document.h>

#include "document/internal.h"

static double largest(const tempo_value *list)
{
    double most = 0;
    for (const tempo_value *value = list->first; value; value = value->next)
        most = fmax(most, fabs(value->real));
    return most;
}

static void compare(const tempo_plan *plan, const tempo_value *row, const char *id)
{
    const tempo_value *tolerance = tempo_value_member(row, "tolerance");
    const tempo_value *at = tempo_value_member(row, "at"), *lr = tempo_value_member(row, "lr");
    assert_non_null(at);
    assert_non_null(lr);
    assert_int_equal(at->count, lr->count);
    assert_true(at->count > 0);
    const tempo_value *expected = lr->first;
    for (const tempo_value *batch = at->first; batch; batch = batch->next, expected = expected->next) {
        tempo_error error = TEMPO_ERROR_INIT;
        tempo_timestamp now;
        if (tempo_plan_timestamp(plan, batch->integer, &now, &error))
            fail_msg("%s at %lldba: %s", id, (long long)batch->integer, error.message);
        const double value = tempo_plan_value(plan, 0, &now);
        const bool same = memcmp(&value, &expected->real, sizeof value) == 0;
        if (!same && !(tolerance && fabs(value - expected->real) <= tolerance->real * largest(lr)))
            fail_msg("%s at %lldba: %.17g, not %.17g", id, (long long)batch->integer, value, expected->real);
    }
}

/* Whether the row was an error. */
static bool check_row(const char *line, size_t length)
{
    tempo_error error = TEMPO_ERROR_INIT;
    tempo_tree *tree = NULL;
    tempo_document *document = NULL;
    tempo_plan *plan = NULL;
    assert_int_equal(tempo_tree_new(&tree, NULL), TEMPO_OK);
    assert_int_equal(tempo__yaml_read(tree, line, length, NULL, &error), TEMPO_OK);
    const tempo_value *row = tempo_tree_root(tree);
    const char *id = tempo_value_member(row, "id")->text;
    const bool must_fail = tempo_value_member(row, "error") != NULL;
    tempo_status status = tempo_document_from_value(&document, tempo_value_member(row, "document"), NULL, &error);
    if (!status)
        status = tempo_document_bind(&plan, document, NULL, &error);
    if (must_fail && !status)
        fail_msg("%s was accepted", id);
    if (!must_fail && status)
        fail_msg("%s was refused: %s", id, error.message);
    if (!must_fail)
        compare(plan, row, id);
    tempo_plan_free(plan);
    tempo_document_free(document);
    tempo_tree_free(tree);
    return must_fail;
}

static void every_recorded_value_is_reproduced_bit_for_bit(void **state)
{
    (void)state;
    glob_t found = {0};
    size_t values = 0, errors = 0;
    static char line[1 << 20];
    assert_int_equal(glob(TEMPO_SOURCE "/tests/golden/*.jsonl", 0, NULL, &found), 0);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        FILE *file = fopen(found.gl_pathv[i], "r");
        assert_non_null(file);
        while (fgets(line, sizeof line, file)) {
            const bool is_error = check_row(line, strlen(line));
            errors += is_error;
            values += !is_error;
        }
        fclose(file);
    }
    globfree(&found);
    print_message("%zu rows with values, %zu with errors\n", values, errors);
    assert_true(values >= 280);
    assert_true(errors >= 30);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_recorded_value_is_reproduced_bit_for_bit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
