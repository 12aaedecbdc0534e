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
            if (!parameter->default_text || parameter->kind != TEMPO_REAL ||
                strcmp(parameter->default_text, "null") == 0)
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

/* So that all others can be drawn. */
static void only_a_type_that_needs_a_program_has_no_example(void **state)
{
    (void)state;
    for (size_t i = 0; i < tempo_type_count(); i++) {
        const tempo_type *type = tempo_type_at(i);
        if (!*tempo_type_example(type))
            assert_int_equal(tempo_type_parameter(type, 0)->kind, TEMPO_FUNCTION);
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

/* Another legal value than an example has: text of the one-line form, the `attempt`th; false: no more. */
static bool other_value(char *out, size_t capacity, const tempo_parameter *parameter, size_t attempt)
{
    static const char *const times[] = {"23ba", "1.5dur", "1ba"};
    static const char *const reals[] = {"0.625", "1.5"};
    static const char *const counts[] = {"23", "1", "0"};
    const char *text = NULL, *word = parameter->choices;
    switch (parameter->kind) {
    case TEMPO_TIME:
        text = attempt < 3 ? times[attempt] : NULL;
        break;
    case TEMPO_REAL:
        text = attempt < 2 ? reals[attempt] : NULL;
        break;
    case TEMPO_COUNT:
        text = attempt < 3 ? counts[attempt] : NULL;
        break;
    case TEMPO_FLAG:
        text = attempt == 0 ? "true" : attempt == 1 ? "false" : NULL;
        break;
    case TEMPO_TIME_LIST:
        text = attempt == 0 ? "[11ba, 37ba]" : NULL;
        break;
    case TEMPO_REAL_LIST:
        text = attempt == 0 ? "[0.25, 0.75]" : NULL;
        break;
    case TEMPO_REAL_OR_LIST:
        text = attempt == 0 ? "[0.25, 0.75]" : attempt == 1 ? "0.25" : NULL;
        break;
    case TEMPO_COUNT_LIST:
        text = attempt == 0 ? "[11, 37]" : NULL;
        break;
    case TEMPO_COUNT_MAP:
        text = attempt == 0 ? "{11: 0.5, 37: 0.25}" : NULL;
        break;
    case TEMPO_SCHEDULE_LIST:
        text = attempt == 0 ? "[]" : NULL;
        break;
    case TEMPO_CHOICE:
        for (; attempt > 0 && word; attempt--)
            word = strchr(word, '|') ? strchr(word, '|') + 1 : NULL;
        if (word)
            (void)snprintf(out, capacity, "%.*s", (int)strcspn(word, "|"), word);
        return word != NULL;
    case TEMPO_FUNCTION:
        text = attempt == 0 ? "f" : NULL;
        break;
    case TEMPO_FIELD:
        text = attempt == 0 ? "momentum" : NULL;
        break;
    }
    if (text)
        (void)snprintf(out, capacity, "%s", text);
    return text != NULL;
}

static void count_finding(const tempo_finding *finding, void *context)
{
    (void)finding;
    ++*(uint64_t *)context;
}

static double half_of_step(int64_t step, void *data)
{
    (void)data;
    return 0.5 * (double)step;
}

/* What a program may supply beside the schedule. The metric improves slowly, and then no more. */
enum { METRIC_COUNT = 200 };
static tempo_bind_options supply(double metrics[METRIC_COUNT], uint64_t *findings)
{
    static const tempo_function functions[] = {{.name = "f", .of_step = half_of_step}};
    for (int i = 0; i < METRIC_COUNT; i++)
        metrics[i] = 0.05 - 1e-5 * (i < 40 ? i : 40);
    return (tempo_bind_options){
        .functions = functions,
        .function_count = 1,
        .on_finding = count_finding,
        .finding_context = findings,
        .metrics = metrics,
        .metric_count = METRIC_COUNT,
    };
}

static uint64_t fold(uint64_t sum, uint64_t bits)
{
    return (sum ^ bits) * 1099511628211U;
}

/* Of every field that is driven: close together at first, where most happens, then wider apart. */
static uint64_t fold_values(uint64_t sum, const tempo_plan *plan)
{
    for (size_t track = 0; track < tempo_plan_track_count(plan); track++)
        for (int64_t b = 0; b <= 12000; b += b < 300 ? 1 : 13) {
            double value = 0;
            uint64_t bits = 0;
            (void)tempo_plan_values(plan, track, b, 1, &value, NULL);
            memcpy(&bits, &value, sizeof bits);
            sum = fold(sum, bits);
        }
    return sum;
}

static uint64_t fingerprint(const tempo_value *schedules)
{
    tempo_error error = TEMPO_ERROR_INIT;
    tempo_schedule *schedule = NULL;
    tempo_plan *plan = NULL;
    tempo_field fields[] = {{"lr", 1.0, NULL, NULL}, {"momentum", 0.5, NULL, NULL}, {"weight_decay", 0.1, NULL, NULL}};
    const tempo_group group = {NULL, fields, 3, false};
    const tempo_run run = {.max_duration = "6000ba", .batches_per_epoch = 60, .scale_schedule_ratio = 1.25};
    const tempo_run unscaled = {.max_duration = "6000ba", .batches_per_epoch = 60};
    uint64_t findings = 0;
    double metrics[METRIC_COUNT];
    const tempo_bind_options options = supply(metrics, &findings);
    tempo_status status = tempo_schedule_from_value(&schedule, schedules, NULL, &error);
    if (!status)
        status = tempo_plan_bind(&plan, &run, &group, 1, schedule, &options, &error);
    if (status == TEMPO_CONFLICT && strcmp(error.path, "run.scale_schedule_ratio") == 0)
        status = tempo_plan_bind(&plan, &unscaled, &group, 1, schedule, &options, &error);
    uint64_t sum = 16 * findings + status; /* a warning or a refusal is an effect too */
    if (!status)
        sum = fold_values(sum, plan);
    tempo_plan_free(plan);
    tempo_schedule_free(schedule);
    return sum;
}

/* A parameter with another value. */
typedef struct change {
    const char *key; /* NULL: none */
    char value[64];
} change;

static void put_change(tempo_tree *tree, tempo_value *map, const change *change)
{
    char text[160];
    tempo_tree *given = NULL;
    if (!change->key)
        return;
    (void)snprintf(text, sizeof text, "x %s=%s", change->key, change->value);
    assert_int_equal(tempo_tree_new(&given, NULL), TEMPO_OK);
    assert_int_equal(tempo_schedule_read(given, NULL, NULL, text, NULL), TEMPO_OK);
    const tempo_value *value = tempo_value_member(tempo_tree_root(given)->first, change->key);
    tempo_tree_add_copy(tree, map, change->key, strlen(change->key), value);
    tempo_tree_free(given);
}

static bool is_changed(const tempo_value *member, const change *change)
{
    return change->key && strcmp(member->key, change->key) == 0;
}

/* Fingerprint of an example in the unit "ba", with up to two parameters of its first schedule replaced or added. */
static uint64_t vary(const tempo_type *type, const change *first, const change *second)
{
    char text[1024];
    tempo_tree *example = NULL, *varied = NULL;
    (void)snprintf(text, sizeof text, "%s", tempo_type_example(type));
    for (char *p = strstr(text, "ep"); p; p = strstr(p, "ep"))
        memcpy(p, p[2] == ' ' || p[2] == ',' || p[2] == ']' || !p[2] ? "ba" : "ep", 2), p += 2;
    assert_int_equal(tempo_tree_new(&example, NULL), TEMPO_OK);
    assert_int_equal(tempo_tree_new(&varied, NULL), TEMPO_OK);
    assert_int_equal(tempo_schedule_read(example, NULL, NULL, text, NULL), TEMPO_OK);
    tempo_value *list = tempo_tree_add(varied, NULL, NULL, 0, TEMPO_VALUE_LIST);
    tempo_value *map = tempo_tree_add(varied, list, NULL, 0, TEMPO_VALUE_MAP);
    const tempo_value *original = tempo_tree_root(example)->first;
    for (const tempo_value *member = original->first; member; member = member->next)
        if (!is_changed(member, first) && !is_changed(member, second))
            tempo_tree_add_copy(varied, map, member->key, member->key_length, member);
    put_change(varied, map, first);
    put_change(varied, map, second);
    for (const tempo_value *other = original->next; other; other = other->next)
        tempo_tree_add_copy(varied, list, NULL, 0, other);
    const uint64_t sum = fingerprint(list);
    tempo_tree_free(example);
    tempo_tree_free(varied);
    return sum;
}

/* Whether some value of a parameter makes a difference beside `other`. */
static bool has_effect_beside(const tempo_type *type, const tempo_parameter *parameter, const change *other)
{
    static const change none = {NULL, ""};
    change mine = {parameter->name, ""};
    const uint64_t before = vary(type, other, &none);
    for (size_t attempt = 0; other_value(mine.value, sizeof mine.value, parameter, attempt); attempt++)
        if (vary(type, other, &mine) != before)
            return true;
    return false;
}

/* A parameter may only matter once another one has left its default. */
static bool has_effect(const tempo_type *type, const tempo_parameter *parameter)
{
    change other = {NULL, ""};
    if (has_effect_beside(type, parameter, &other))
        return true;
    const tempo_parameter *second = NULL;
    for (size_t p = 0; (second = tempo_type_parameter(type, p)); p++) {
        other.key = second->name;
        for (size_t a = 0; second != parameter && other_value(other.value, sizeof other.value, second, a); a++)
            if (has_effect_beside(type, parameter, &other))
                return true;
    }
    return false;
}

static void every_parameter_has_an_effect(void **state)
{
    (void)state;
    size_t idle = 0;
    for (size_t i = 0; i < tempo_type_count(); i++) {
        const tempo_type *type = tempo_type_at(i);
        if (!*tempo_type_example(type))
            continue;
        for (size_t p = 0; p < tempo_type_parameter_count(type); p++)
            if (!has_effect(type, tempo_type_parameter(type, p)))
                print_error("%s: %s has no effect\n", tempo_type_name(type), tempo_type_parameter(type, p)->name),
                    idle++;
    }
    assert_int_equal(idle, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_name_is_used_once),
        cmocka_unit_test(every_row_says_what_it_is_and_where_it_comes_from),
        cmocka_unit_test(every_default_is_legal_and_every_range_has_room),
        cmocka_unit_test(every_example_is_of_its_own_type_and_reads_back),
        cmocka_unit_test(only_a_type_that_needs_a_program_has_no_example),
        cmocka_unit_test(the_nearest_name_forgives_case_spelling_and_a_missing_prefix),
        cmocka_unit_test(every_parameter_has_an_effect),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
