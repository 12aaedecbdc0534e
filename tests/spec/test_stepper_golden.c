/* Golden rows of step(): what PyTorch's schedulers left in a real optimizer after every step, bit for bit. The rows are
 * JSON Lines, one case a line, with "stepper": true: `document`, `at` (steps taken), `lr`; `edits` says after which
 * step the lr was set to what by hand, and `metrics` what step 1, 2, ... was given. */
#include "support/spec.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>

#include <tempo/document.h>

#include "document/internal.h"
#include "support/functions.h"

/* One row, being stepped through. */
typedef struct walk {
    const tempo_value *row;
    const char *id;
    tempo_stepper *stepper;
    double lr; /* in the optimizer */
    const tempo_value *metric;
} walk;

static void compare(const walk *w, int64_t step, double expected)
{
    const double value = tempo_stepper_value(w->stepper, 0);
    if (memcmp(&value, &expected, sizeof value) != 0)
        fail_msg("%s at step %lld: %.17g, not %.17g", w->id, (long long)step, value, expected);
    assert_memory_equal(&w->lr, &value, sizeof value);
}

static void edit(walk *w, int64_t step)
{
    char key[32];
    const tempo_value *edits = tempo_value_member(w->row, "edits");
    (void)snprintf(key, sizeof key, "%lld", (long long)step);
    const tempo_value *value = edits ? tempo_value_member(edits, key) : NULL;
    if (value)
        w->lr = value->real;
}

static void take_step(walk *w)
{
    tempo_error error = TEMPO_ERROR_INIT;
    const tempo_status status = w->metric ? tempo_stepper_step_metric(w->stepper, w->metric->real, &error)
                                          : tempo_stepper_step(w->stepper, &error);
    if (status)
        fail_msg("%s: %s", w->id, error.message);
    w->metric = w->metric ? w->metric->next : NULL;
}

static void walk_through(walk *w)
{
    const tempo_value *at = tempo_value_member(w->row, "at"), *lr = tempo_value_member(w->row, "lr");
    const tempo_value *metrics = tempo_value_member(w->row, "metrics");
    assert_int_equal(at->count, lr->count);
    assert_true(at->count > 0);
    w->metric = metrics ? metrics->first : NULL;
    const tempo_value *expected = lr->first;
    int64_t done = 0;
    for (const tempo_value *step = at->first; step; step = step->next, expected = expected->next) {
        for (; done < step->integer; done++) {
            edit(w, done);
            take_step(w);
        }
        compare(w, done, expected->real);
    }
}

static void check_row(const tempo_value *row)
{
    tempo_error error = TEMPO_ERROR_INIT;
    tempo_document *document = NULL;
    walk w = {.row = row, .id = tempo_value_member(row, "id")->text};
    if (tempo_document_from_value(&document, tempo_value_member(row, "document"), NULL, &error))
        fail_msg("%s: %s", w.id, error.message);
    assert_int_equal(tempo_document_group_count(document), 1);
    tempo_field field = tempo_document_groups(document)->fields[0];
    field.as_double = &w.lr;
    const tempo_group group = {NULL, &field, 1, false};
    const tempo_bind_options bind = {.functions = golden_functions, .function_count = GOLDEN_FUNCTION_COUNT};
    const tempo_stepper_options options = {.bind = &bind};
    if (tempo_stepper_new(&w.stepper, tempo_document_run(document), &group, 1, tempo_document_schedule(document),
                          &options, &error))
        fail_msg("%s was refused: %s", w.id, error.message);
    walk_through(&w);
    tempo_stepper_free(w.stepper);
    tempo_document_free(document);
}

/* Whether the line is a row for a stepper. */
static bool check_line(const char *line)
{
    tempo_tree *tree = NULL;
    assert_int_equal(tempo_tree_new(&tree, NULL), TEMPO_OK);
    assert_int_equal(tempo__yaml_read(tree, line, strlen(line), NULL, NULL), TEMPO_OK);
    const tempo_value *row = tempo_tree_root(tree);
    const bool is_stepped = tempo_value_member(row, "stepper") != NULL;
    if (is_stepped)
        check_row(row);
    tempo_tree_free(tree);
    return is_stepped;
}

static void every_step_leaves_what_the_real_optimizer_had(void **state)
{
    (void)state;
    glob_t found = {0};
    size_t rows = 0;
    static char line[1 << 20];
    assert_int_equal(glob(TEMPO_SOURCE "/tests/golden/*-steps.jsonl", 0, NULL, &found), 0);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        FILE *file = fopen(found.gl_pathv[i], "r");
        assert_non_null(file);
        while (fgets(line, sizeof line, file))
            rows += check_line(line);
        fclose(file);
    }
    globfree(&found);
    print_message("%zu rows\n", rows);
    assert_true(rows >= 400);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_step_leaves_what_the_real_optimizer_had),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
