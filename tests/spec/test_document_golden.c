/* Golden rows: every value that the real systems computed, bit for bit, and every error that they raised. The rows
 * are JSON Lines, one case a line: `document`, `at` (batches completed) and `lr`, or `error`. Other fields stand beside
 * `lr` under their names; `metrics` is what schedules that listen have heard. A few have a `tolerance`, relative to the
 * column's largest value: they come from another libm, or from a recursion (docs/exactness.md). Rows with "stepper" are
 * test_stepper_golden.c's. */
#include "support/spec.h"

#include <glob.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include <tempo/document.h>

#include "document/internal.h"
#include "support/functions.h"

static double largest(const tempo_value *list)
{
    double most = 0;
    for (const tempo_value *value = list->first; value; value = value->next)
        most = fmax(most, fabs(value->real));
    return most;
}

static void compare_track(const tempo_plan *plan, size_t track, const tempo_value *row, const char *id)
{
    const char *field = tempo_plan_track(plan, track)->field;
    const tempo_value *tolerance = tempo_value_member(row, "tolerance");
    const tempo_value *at = tempo_value_member(row, "at"), *column = tempo_value_member(row, field);
    assert_non_null(at);
    if (!column)
        fail_msg("%s: nothing is recorded of %s", id, field);
    assert_int_equal(at->count, column->count);
    assert_true(at->count > 0);
    const tempo_value *expected = column->first;
    for (const tempo_value *batch = at->first; batch; batch = batch->next, expected = expected->next) {
        tempo_error error = TEMPO_ERROR_INIT;
        tempo_timestamp now;
        if (tempo_plan_timestamp(plan, batch->integer, &now, &error))
            fail_msg("%s at %lldba: %s", id, (long long)batch->integer, error.message);
        const double value = tempo_plan_value(plan, track, &now);
        const bool same = memcmp(&value, &expected->real, sizeof value) == 0;
        if (!same && !(tolerance && fabs(value - expected->real) <= tolerance->real * largest(column)))
            fail_msg("%s, %s at %lldba: %.17g, not %.17g", id, field, (long long)batch->integer, value, expected->real);
    }
}

static void compare(const tempo_plan *plan, const tempo_value *row, const char *id)
{
    for (size_t track = 0; track < tempo_plan_track_count(plan); track++)
        compare_track(plan, track, row, id);
}

/* What a row gives beside its document. */
typedef struct supplied {
    tempo_bind_options options;
    double metrics[256];
} supplied;

static void read_supplied(supplied *out, const tempo_value *row)
{
    const tempo_value *metrics = tempo_value_member(row, "metrics");
    *out = (supplied){{.functions = golden_functions, .function_count = GOLDEN_FUNCTION_COUNT}, {0}};
    if (!metrics)
        return;
    assert_true(metrics->count <= sizeof out->metrics / sizeof out->metrics[0]);
    for (const tempo_value *metric = metrics->first; metric; metric = metric->next)
        out->metrics[out->options.metric_count++] = metric->real;
    out->options.metrics = out->metrics;
}

/* Whether the row was an error. */
static bool check_row(const tempo_value *row)
{
    tempo_error error = TEMPO_ERROR_INIT;
    tempo_document *document = NULL;
    tempo_plan *plan = NULL;
    supplied supplied;
    const char *id = tempo_value_member(row, "id")->text;
    const bool must_fail = tempo_value_member(row, "error") != NULL;
    read_supplied(&supplied, row);
    tempo_status status = tempo_document_from_value(&document, tempo_value_member(row, "document"), NULL, &error);
    if (!status)
        status = tempo_document_bind(&plan, document, &supplied.options, &error);
    if (must_fail && !status)
        fail_msg("%s was accepted", id);
    if (!must_fail && status)
        fail_msg("%s was refused: %s", id, error.message);
    if (!must_fail)
        compare(plan, row, id);
    tempo_plan_free(plan);
    tempo_document_free(document);
    return must_fail;
}

typedef struct tally {
    size_t values, errors;
} tally;

static void check_line(const char *line, tally *tally)
{
    tempo_tree *tree = NULL;
    assert_int_equal(tempo_tree_new(&tree, NULL), TEMPO_OK);
    assert_int_equal(tempo__yaml_read(tree, line, strlen(line), NULL, NULL), TEMPO_OK);
    const tempo_value *row = tempo_tree_root(tree);
    if (!tempo_value_member(row, "stepper")) {
        const bool is_error = check_row(row);
        tally->errors += is_error;
        tally->values += !is_error;
    }
    tempo_tree_free(tree);
}

static void every_recorded_value_is_reproduced_bit_for_bit(void **state)
{
    (void)state;
    glob_t found = {0};
    tally tally = {0};
    static char line[1 << 20];
    assert_int_equal(glob(TEMPO_SOURCE "/tests/golden/*.jsonl", 0, NULL, &found), 0);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        FILE *file = fopen(found.gl_pathv[i], "r");
        assert_non_null(file);
        while (fgets(line, sizeof line, file))
            check_line(line, &tally);
        fclose(file);
    }
    globfree(&found);
    print_message("%zu rows with values, %zu with errors\n", tally.values, tally.errors);
    assert_true(tally.values >= 280);
    assert_true(tally.errors >= 30);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_recorded_value_is_reproduced_bit_for_bit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
