/* The registry: every row is complete, and says what is true. A new type is held to this without a line here. */
#include "support/spec.h"

#include <math.h>
#include <stdio.h>

#include "schedule/type.h"

static void every_name_is_used_once(void **state)
{
    (void)state;
    for (size_t i = 0; i < tempo_type_count(); i++)
        assert_ptr_equal(tempo_type_find(tempo_type_name(tempo_type_at(i))), tempo_type_at(i));
    assert_null(tempo_type_at(tempo_type_count()));
    assert_null(tempo_type_find("composer"));
}

static void every_row_says_what_it_is_and_where_it_comes_from(void **state)
{
    (void)state;
    for (size_t i = 0; i < tempo_type_count(); i++) {
        const tempo_type *type = tempo_type_at(i);
        assert_true(strlen(tempo_type_summary(type)) > 10);
        assert_non_null(strstr(tempo_type_formula(type), "t"));
        assert_true(strlen(tempo_type_source(type)) > 5);
        assert_non_null(tempo_type_notes(type));
        assert_non_null(tempo_type_example(type));
        assert_non_null(tempo_type_example_run(type));
        for (size_t p = 0; p < tempo_type_parameter_count(type); p++)
            assert_true(strlen(tempo_type_parameter(type, p)->help) > 5);
    }
}

static void every_default_is_legal_and_every_range_has_room(void **state)
{
    (void)state;
    for (size_t i = 0; i < tempo_type_count(); i++)
        for (size_t p = 0; p < tempo_type_parameter_count(tempo_type_at(i)); p++) {
            const tempo_parameter *parameter = tempo_type_parameter(tempo_type_at(i), p);
            assert_true(parameter->minimum < parameter->maximum);
            if (!parameter->default_text || parameter->kind != TEMPO_REAL)
                continue;
            double value = 0;
            assert_true(tempo__number_parse(&value, parameter->default_text, strlen(parameter->default_text), false));
            assert_true(value >= parameter->minimum && value <= parameter->maximum);
        }
}

static void every_example_is_of_its_own_type_and_reads_back(void **state)
{
    (void)state;
    for (size_t i = 0; i < tempo_type_count(); i++) {
        const tempo_type *type = tempo_type_at(i);
        char printed[512];
        tempo_schedule *schedule = NULL;
        if (!*tempo_type_example(type))
            continue;
        assert_int_equal(tempo_schedule_parse(&schedule, tempo_type_example(type), NULL, NULL), TEMPO_OK);
        assert_ptr_equal(tempo_schedule_type(schedule, 0), type);
        tempo_schedule_print(printed, sizeof printed, schedule);
        assert_string_equal(printed, tempo_type_example(type));
        tempo_schedule_free(schedule);
    }
}

/* Only a type that needs a program has no example, and so no golden rows. */
static void every_type_that_can_be_drawn_has_golden_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < tempo_type_count(); i++) {
        const tempo_type *type = tempo_type_at(i);
        char path[512], wanted[128];
        const char *name = tempo_type_name(type);
        if (!*tempo_type_example(type)) {
            assert_int_equal(tempo_type_parameter(type, 0)->kind, TEMPO_FUNCTION);
            continue;
        }
        (void)snprintf(path, sizeof path, "%s/tests/golden/%.*s.jsonl", TEMPO_SOURCE, (int)strcspn(name, "."), name);
        (void)snprintf(wanted, sizeof wanted, "\"%s\"", name);
        FILE *file = fopen(path, "r");
        assert_non_null(file);
        bool found = false;
        static char line[1 << 16];
        while (!found && fgets(line, sizeof line, file))
            found = strstr(line, wanted) != NULL;
        fclose(file);
        if (!found)
            fail_msg("%s has no row in %s", name, path);
    }
}

static void the_nearest_name_forgives_case_spelling_and_a_missing_prefix(void **state)
{
    (void)state;
    assert_string_equal(tempo_type_nearest("composer.LinearSchedular"), "composer.LinearScheduler");
    assert_string_equal(tempo_type_nearest("linearscheduler"), "composer.LinearScheduler");
    assert_string_equal(tempo_type_nearest("composer.cosineannealingscheduler"), "composer.CosineAnnealingScheduler");
    assert_null(tempo_type_nearest("xyz"));
}

/* Text that changes a parameter from what the example says: another legal value. */
static bool other_value(char *out, size_t capacity, const tempo_parameter *parameter)
{
    switch (parameter->kind) {
    case TEMPO_TIME:
        (void)snprintf(out, capacity, "%s", strcmp(parameter->name, "t_max") == 0 ? "1.5dur" : "23ba");
        return true;
    case TEMPO_TIME_LIST:
        (void)snprintf(out, capacity, "[11ba, 37ba]");
        return true;
    case TEMPO_REAL:
        (void)snprintf(out, capacity, "0.625");
        return true;
    case TEMPO_FLAG:
        (void)snprintf(out, capacity, "true");
        return true;
    case TEMPO_FUNCTION:
        break;
    }
    return false;
}

static uint64_t fingerprint(const char *text)
{
    tempo_error error = TEMPO_ERROR_INIT;
    tempo_schedule *schedule = NULL;
    tempo_plan *plan = NULL;
    tempo_field lr = {"lr", 1.0, NULL, NULL};
    const tempo_group group = {NULL, &lr, 1};
    const tempo_run run = {.max_duration = "6000ba", .batches_per_epoch = 60, .scale_schedule_ratio = 1.25};
    if (tempo_schedule_parse(&schedule, text, NULL, &error) ||
        tempo_plan_bind(&plan, &run, &group, 1, schedule, NULL, &error)) {
        tempo_schedule_free(schedule);
        return error.status; /* refused: an effect too */
    }
    uint64_t sum = 14695981039346656037U;
    for (int64_t b = 0; b <= 12000; b += 3) {
        double value = 0;
        uint64_t bits = 0;
        tempo_plan_values(plan, 0, b, 1, &value, NULL);
        memcpy(&bits, &value, sizeof bits);
        sum = (sum ^ bits) * 1099511628211U;
    }
    tempo_plan_free(plan);
    tempo_schedule_free(schedule);
    return sum;
}

/* The one-line form of an example in the unit "ba", with one parameter replaced or added. */
static void vary(char *out, size_t capacity, const tempo_type *type, const char *key, const char *value)
{
    char text[512];
    tempo_schedule *schedule = NULL;
    tempo_tree *tree = NULL;
    (void)snprintf(text, sizeof text, "%s", tempo_type_example(type));
    for (char *p = strstr(text, "ep"); p; p = strstr(p, "ep"))
        memcpy(p, p[2] == ' ' || p[2] == ',' || p[2] == ']' || !p[2] ? "ba" : "ep", 2), p += 2;
    assert_int_equal(tempo_schedule_parse(&schedule, text, NULL, NULL), TEMPO_OK);
    assert_int_equal(tempo_tree_new(&tree, NULL), TEMPO_OK);
    const tempo_value *map = tempo_schedule_to_value(schedule, tree, NULL, NULL)->first;
    size_t used = (size_t)snprintf(out, capacity, "%s", tempo_type_name(type));
    for (const tempo_value *member = map->first; member; member = member->next) {
        if (strcmp(member->key, "type") == 0 || strcmp(member->key, key) == 0)
            continue;
        used += (size_t)snprintf(out + used, capacity - used, " %s=", member->key);
        if (member->kind != TEMPO_VALUE_LIST) {
            used += (size_t)snprintf(out + used, capacity - used, "%s", member->text);
            continue;
        }
        for (const tempo_value *e = member->first; e; e = e->next)
            used += (size_t)snprintf(out + used, capacity - used, "%s%s%s", e == member->first ? "[" : "", e->text,
                                     e->next ? "," : "]");
    }
    if (value)
        (void)snprintf(out + used, capacity - used, " %s=%s", key, value);
    tempo_tree_free(tree);
    tempo_schedule_free(schedule);
}

static void every_parameter_has_an_effect(void **state)
{
    (void)state;
    for (size_t i = 0; i < tempo_type_count(); i++) {
        const tempo_type *type = tempo_type_at(i);
        if (!*tempo_type_example(type))
            continue;
        for (size_t p = 0; p < tempo_type_parameter_count(type); p++) {
            const tempo_parameter *parameter = tempo_type_parameter(type, p);
            char value[64], before[512], after[512];
            if (!other_value(value, sizeof value, parameter))
                continue;
            vary(before, sizeof before, type, "", NULL);
            vary(after, sizeof after, type, parameter->name, value);
            uint64_t changed = fingerprint(after);
            if (changed == fingerprint(before)) { /* a time that is only checked: too short a one is refused */
                vary(after, sizeof after, type, parameter->name, "1ba");
                changed = fingerprint(after);
            }
            if (changed == fingerprint(before))
                fail_msg("%s: %s has no effect (%s)", tempo_type_name(type), parameter->name, after);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_name_is_used_once),
        cmocka_unit_test(every_row_says_what_it_is_and_where_it_comes_from),
        cmocka_unit_test(every_default_is_legal_and_every_range_has_room),
        cmocka_unit_test(every_example_is_of_its_own_type_and_reads_back),
        cmocka_unit_test(every_type_that_can_be_drawn_has_golden_rows),
        cmocka_unit_test(the_nearest_name_forgives_case_spelling_and_a_missing_prefix),
        cmocka_unit_test(every_parameter_has_an_effect),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
