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

typedef void visit(const tempo_value *row, void *context);

static void visit_line(const char *line, visit *each, void *context)
{
    tempo_tree *tree = NULL;
    assert_int_equal(tempo_tree_new(&tree, NULL), TEMPO_OK);
    assert_int_equal(tempo__yaml_read(tree, line, strlen(line), NULL, NULL), TEMPO_OK);
    each(tempo_tree_root(tree), context);
    tempo_tree_free(tree);
}

static void visit_rows(visit *each, void *context)
{
    glob_t found = {0};
    static char line[1 << 20];
    assert_int_equal(glob(TEMPO_SOURCE "/tests/golden/*.jsonl", 0, NULL, &found), 0);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        FILE *file = fopen(found.gl_pathv[i], "r");
        assert_non_null(file);
        while (fgets(line, sizeof line, file))
            visit_line(line, each, context);
        fclose(file);
    }
    globfree(&found);
}

static void check_values(const tempo_value *row, void *context)
{
    tally *tally = context;
    if (tempo_value_member(row, "stepper"))
        return;
    const bool is_error = check_row(row);
    tally->errors += is_error;
    tally->values += !is_error;
}

static void every_recorded_value_is_reproduced_bit_for_bit(void **state)
{
    (void)state;
    tally tally = {0};
    visit_rows(check_values, &tally);
    print_message("%zu rows with values, %zu with errors\n", tally.values, tally.errors);
    assert_true(tally.values >= 280);
    assert_true(tally.errors >= 30);
}

enum { ROWS_OF_A_TYPE = 25, MOST_TYPES = 256 };

/* Every schedule of a row's document counts; those inside others do not. */
static void count_types(const tempo_value *row, void *context)
{
    tally *of_type = context;
    const tempo_value *schedule = tempo_value_at(row, "document.schedules")->first;
    for (; schedule; schedule = schedule->next) {
        const char *name = tempo_value_member(schedule, "type")->text;
        size_t i = 0;
        while (tempo_type_at(i) && strcmp(tempo_type_name(tempo_type_at(i)), name) != 0)
            i++;
        assert_non_null(tempo_type_at(i));
        if (tempo_value_member(row, "error"))
            of_type[i].errors++;
        else
            of_type[i].values++;
    }
}

static void every_type_that_can_be_drawn_has_rows_with_values_and_with_errors(void **state)
{
    (void)state;
    tally of_type[MOST_TYPES] = {{0}};
    assert_true(tempo_type_count() <= MOST_TYPES);
    visit_rows(count_types, of_type);
    for (size_t i = 0; i < tempo_type_count(); i++) {
        const tempo_type *type = tempo_type_at(i);
        if (*tempo_type_example(type) && (of_type[i].values < ROWS_OF_A_TYPE || of_type[i].errors == 0))
            fail_msg("%s has %zu rows with values, %zu with errors", tempo_type_name(type), of_type[i].values,
                     of_type[i].errors);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_recorded_value_is_reproduced_bit_for_bit),
        cmocka_unit_test(every_type_that_can_be_drawn_has_rows_with_values_and_with_errors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
