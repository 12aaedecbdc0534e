/* fuzz_registry.c: documents of anything that the registry offers, right and wrong, made from any bytes: any type, any
 * of its parameters inside and outside its range, stacks, schedules in schedules, several groups, runs. Whatever is
 * accepted is bound, evaluated, stepped, saved and loaded, and what must hold for every type is checked. A new type is
 * fuzzed without a line here. The build is that of `tools/check fuzz`.
 *
 * Every byte is one choice, and no byte is the first choice: an input of the number of a type is its example. All work is
 * bounded, as long as nothing takes more than a few thousand steps at once.
 */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tempo/document.h>
#include <tempo/wsd.h>

static const tempo_value *shown; /* the document, of which an input says nothing to a person */

static int show(void *context, const char *bytes, size_t length)
{
    return fwrite(bytes, 1, length, context) != length;
}

static void check(bool is_true, const char *what)
{
    if (is_true)
        return;
    (void)fprintf(stderr, "not so: %s\n", what);
    if (shown)
        (void)tempo_value_print(shown, TEMPO_YAML, show, stderr, NULL);
    abort();
}

static void check_error(const tempo_error *error, tempo_status status)
{
    check(error->status == status && *error->message && !strchr(error->message, '\n'), "an error is complete");
    check(memchr(error->message, 0, sizeof error->message) && memchr(error->path, 0, sizeof error->path),
          "an error fits");
}

/* --- choices --- */

typedef struct input {
    const uint8_t *bytes;
    size_t left;
    tempo_tree *tree;
} input;

/* From 0 to `count` - 1. */
static size_t pick(input *in, size_t count)
{
    if (!in->left)
        return 0;
    in->left--;
    return *in->bytes++ % count;
}

#define COUNT_OF(table) (sizeof(table) / sizeof(table)[0])
#define PICK(in, table) ((table)[pick(in, COUNT_OF(table))])

static int64_t pick_integer(input *in)
{
    static const int64_t table[] = {
        1,    0,    2,    3,       7,         10,        30,           100, -1,
        1000, 1251, 4096, 1000000, INT32_MAX, INT64_MAX, INT64_MIN,    -5,  INT64_C(1) << 53,
        90,   5,    20,   60,      99,        101,       INT64_MAX - 1};
    const size_t choice = pick(in, COUNT_OF(table) + 2);
    if (choice < COUNT_OF(table))
        return table[choice];
    const int64_t high = (int64_t)pick(in, 256);
    return choice == COUNT_OF(table) ? high : high * 256 + (int64_t)pick(in, 256);
}

/* Any number but those next to 1: restarts that grow by a millionth have millions of cycles to walk through. */
static double pick_real(input *in)
{
    static const double table[] = {0.5,   0,   1,      0.1,    2,      -1,  0.9,    0.25, 10,    1e-8,    1e-3,
                                   1e300, 25,  -0.0,   5e-324, 1e-308, 0.3, 1.0e16, 0.67, -1e-3, 1.7e308, -1.7e308,
                                   0.99,  1.5, 1.0625, 3,      0.75,   0.2, 1e4,    0.01, 0.05,  90.0};
    const size_t choice = pick(in, COUNT_OF(table) + 1);
    if (choice < COUNT_OF(table))
        return table[choice];
    const double digits = (double)pick(in, 256) - 100;
    return digits * pow(10, (double)pick(in, 24) - 12);
}

static const char *pick_time(input *in, char *buffer, size_t capacity)
{
    static const char *const units[] = {"ba", "ep", "dur", "sp", "tok", "iter", "sec", ""};
    static const char *const odd[] = {"0.1dur", "1dur", "1.5dur", "1h30m", "1e3ba", "1Kba", "x", "0.001dur"};
    const size_t choice = pick(in, 3);
    if (choice == 1)
        return PICK(in, odd);
    const long long count = (long long)pick_integer(in);
    (void)snprintf(buffer, capacity, "%lld%s", count, choice ? PICK(in, units) : units[0]);
    return buffer;
}

/* --- documents --- */

static void put_text(input *in, tempo_value *parent, const char *key, const char *text)
{
    check(tempo_tree_add_text(in->tree, parent, key, text, strlen(text)) != NULL, "there is memory");
}

static tempo_value *put(input *in, tempo_value *parent, const char *key, tempo_value_kind kind)
{
    tempo_value *value = tempo_tree_add(in->tree, parent, key, key ? strlen(key) : 0, kind);
    check(value != NULL, "there is memory");
    return value;
}

static void put_integer(input *in, tempo_value *parent, const char *key)
{
    check(tempo_tree_add_integer(in->tree, parent, key, pick_integer(in)) != NULL, "there is memory");
}

static void put_number(input *in, tempo_value *parent, const char *key)
{
    if (pick(in, 4) == 3)
        put_integer(in, parent, key);
    else
        check(tempo_tree_add_real(in->tree, parent, key, pick_real(in)) != NULL, "there is memory");
}

/* One of the words between bars. */
static void put_word(input *in, tempo_value *parent, const char *key, const char *words)
{
    char word[64];
    size_t skipped = pick(in, 8);
    for (; skipped && strchr(words, '|'); skipped--)
        words = strchr(words, '|') + 1;
    (void)snprintf(word, sizeof word, "%.*s", (int)strcspn(words, "|"), words);
    put_text(in, parent, key, word);
}

enum { DEPTH_MAX = 3 };
static void put_schedule(input *in, tempo_value *list, const char *type, size_t depth);

static void put_elements(input *in, tempo_value *list, const tempo_parameter *parameter, size_t depth)
{
    char text[64];
    for (size_t count = pick(in, 5); count; count--)
        switch (parameter->kind) {
        case TEMPO_TIME_LIST:
            put_text(in, list, NULL, pick_time(in, text, sizeof text));
            break;
        case TEMPO_COUNT_LIST:
            put_integer(in, list, NULL);
            break;
        case TEMPO_COUNT_MAP:
            (void)snprintf(text, sizeof text, "%lld", (long long)pick_integer(in));
            put_number(in, list, text);
            break;
        case TEMPO_SCHEDULE_LIST:
            if (depth < DEPTH_MAX)
                put_schedule(in, list, parameter->choices, depth + 1);
            break;
        default:
            put_number(in, list, NULL);
        }
}

static void put_value(input *in, tempo_value *map, const tempo_parameter *parameter, size_t depth)
{
    static const char *const functions[] = {"steps", "scaled", "unscaled", "none"};
    static const char *const fields[] = {"lr", "weight_decay", "momentum", "none"};
    char text[64];
    const char *name = parameter->name;
    switch (parameter->kind) {
    case TEMPO_TIME:
        put_text(in, map, name, pick_time(in, text, sizeof text));
        return;
    case TEMPO_REAL:
        put_number(in, map, name);
        return;
    case TEMPO_COUNT:
        put_integer(in, map, name);
        return;
    case TEMPO_FLAG:
        check(tempo_tree_add_bool(in->tree, map, name, pick(in, 2)) != NULL, "there is memory");
        return;
    case TEMPO_CHOICE:
        put_word(in, map, name, parameter->choices);
        return;
    case TEMPO_FUNCTION:
        put_text(in, map, name, PICK(in, functions));
        return;
    case TEMPO_FIELD:
        put_text(in, map, name, PICK(in, fields));
        return;
    case TEMPO_REAL_OR_LIST:
        if (pick(in, 2)) {
            put_number(in, map, name);
            return;
        }
        break;
    case TEMPO_TIME_LIST:
    case TEMPO_REAL_LIST:
    case TEMPO_COUNT_LIST:
    case TEMPO_COUNT_MAP:
    case TEMPO_SCHEDULE_LIST:
        break;
    }
    const bool is_map = parameter->kind == TEMPO_COUNT_MAP;
    put_elements(in, put(in, map, name, is_map ? TEMPO_VALUE_MAP : TEMPO_VALUE_LIST), parameter, depth);
}

/* What becomes of a parameter, by how far the schedule may be from the type's example. */
static void put_parameter(input *in, tempo_value *map, const tempo_parameter *parameter, const tempo_value *example,
                          size_t distance, size_t depth)
{
    enum { KEEP, MAKE, DROP, NOTHING };
    static const size_t choices[] = {1, 3, 4};
    const size_t choice = pick(in, choices[distance]);
    const bool must_make = !example && !parameter->default_text && choice == KEEP;
    if (choice == MAKE || must_make)
        put_value(in, map, parameter, depth);
    else if (choice == KEEP && example)
        check(tempo_tree_add_copy(in->tree, map, parameter->name, strlen(parameter->name), example) != NULL,
              "there is memory");
    else if (choice == NOTHING)
        put(in, map, parameter->name, TEMPO_VALUE_NULL);
}

static void put_common(input *in, tempo_value *map)
{
    static const char *const fields[] = {"lr", "weight_decay", "momentum", "betas[0]", "lr", "none"};
    static const char *const groups[] = {"a", "b", "c", "none"};
    char text[64];
    if (pick(in, 4) == 1)
        put_text(in, map, "field", PICK(in, fields));
    if (pick(in, 6) == 1)
        put_text(in, map, "every", pick_time(in, text, sizeof text));
    if (pick(in, 6) == 1)
        put_text(in, put(in, map, "groups", TEMPO_VALUE_LIST), NULL, PICK(in, groups));
}

/* A schedule of that type, or of any. */
static void put_schedule(input *in, tempo_value *list, const char *wanted, size_t depth)
{
    const tempo_type *type = wanted ? tempo_type_find(wanted) : tempo_type_at(pick(in, tempo_type_count()));
    const size_t distance = pick(in, 3);
    const char *text = tempo_type_example(type);
    tempo_value *map = put(in, list, NULL, TEMPO_VALUE_MAP);
    tempo_tree *example = NULL;
    check(!tempo_tree_new(&example, NULL), "there is memory");
    check(!*text || !tempo_schedule_read(example, NULL, NULL, text, NULL), "examples can be read");
    const tempo_value *given = *text ? tempo_tree_root(example)->first : NULL;
    put_text(in, map, "type", tempo_type_name(type));
    for (size_t i = 0; i < tempo_type_parameter_count(type); i++) {
        const tempo_parameter *parameter = tempo_type_parameter(type, i);
        put_parameter(in, map, parameter, tempo_value_member(given, parameter->name), distance, depth);
    }
    if (depth == 0 && distance)
        put_common(in, map);
    tempo_tree_free(example);
}

/* The run of the first schedule's example, or any. */
static void put_run(input *in, tempo_value *root, const tempo_type *type)
{
    static const char option[] = "--max-duration ";
    char text[64] = "90ep";
    tempo_value *run = put(in, root, "run", TEMPO_VALUE_MAP);
    const char *found = strstr(tempo_type_example_run(type), option);
    if (found)
        (void)snprintf(text, sizeof text, "%.*s", (int)strcspn(found + strlen(option), " "), found + strlen(option));
    const size_t choice = pick(in, 4);
    if (choice < 3)
        put_text(in, run, "max_duration", choice ? pick_time(in, text, sizeof text) : text);
    if (choice == 0)
        check(tempo_tree_add_integer(in->tree, run, "batches_per_epoch", 100) != NULL, "there is memory");
    else if (pick(in, 4))
        put_integer(in, run, "batches_per_epoch");
    if (pick(in, 2))
        put_integer(in, run, "samples_per_batch");
    if (pick(in, 2))
        put_integer(in, run, "tokens_per_batch");
    if (pick(in, 4) == 1)
        put_number(in, run, "scale_schedule_ratio");
    if (pick(in, 2))
        check(tempo_tree_add_bool(in->tree, run, "step_schedulers_every_batch", true) != NULL, "there is memory");
}

static void put_fields(input *in, tempo_value *group)
{
    if (pick(in, 4) != 1)
        put_number(in, group, "lr");
    if (pick(in, 2))
        put_number(in, group, "weight_decay");
    if (pick(in, 3) == 1)
        put_number(in, group, "momentum");
    if (pick(in, 3) == 1) {
        tempo_value *betas = put(in, group, "betas", TEMPO_VALUE_LIST);
        put_number(in, betas, NULL);
        put_number(in, betas, NULL);
    }
}

static void put_optimizer(input *in, tempo_value *root)
{
    static const char *const names[] = {"a", "b", "c"};
    const size_t choice = pick(in, 4);
    tempo_value *optimizer = put(in, root, "optimizer", TEMPO_VALUE_MAP);
    if (choice < 2) {
        put_fields(in, optimizer);
        return;
    }
    tempo_value *list = put(in, optimizer, "groups", TEMPO_VALUE_LIST);
    for (size_t i = 0; i < choice; i++) {
        tempo_value *group = put(in, list, NULL, TEMPO_VALUE_MAP);
        put_text(in, group, "name", names[i]);
        put_fields(in, group);
        if (pick(in, 5) == 1)
            check(tempo_tree_add_bool(in->tree, group, "fixed", true) != NULL, "there is memory");
    }
}

static const tempo_value *make_document(input *in)
{
    tempo_value *root = put(in, NULL, NULL, TEMPO_VALUE_MAP);
    check(tempo_tree_add_integer(in->tree, root, "tempo", 1) != NULL, "there is memory");
    tempo_value *list = put(in, root, "schedules", TEMPO_VALUE_LIST);
    put_schedule(in, list, NULL, 0);
    put_run(in, root, tempo_type_find(tempo_value_member(list->first, "type")->text));
    put_optimizer(in, root);
    for (size_t more = pick(in, 4); more && more < 3; more--)
        put_schedule(in, list, NULL, 0);
    return root;
}

/* --- what a document supplies to no one --- */

static double of_step(int64_t step, void *data)
{
    (void)data;
    return step % 3 ? 0.9 : 1.25;
}

static double scaled(const tempo_state *state, double ratio, void *data)
{
    (void)data;
    return ratio / (1 + (double)state->now->batch);
}

static double unscaled(const tempo_state *state, void *data)
{
    return scaled(state, 1, data);
}

static const tempo_function functions[] = {
    {.name = "steps", .of_step = of_step},
    {.name = "scaled", .scaled = scaled},
    {.name = "unscaled", .unscaled = unscaled},
};
static const double metrics[] = {1, 0.5, 0.5, 0.75, INFINITY, 0.5, NAN, 0.25, -1, -1, -1, -1};
static const tempo_bind_options with_functions = {.functions = functions, .function_count = COUNT_OF(functions)};

/* --- what was printed --- */

typedef struct output {
    char *bytes;
    size_t length;
} output;

static int keep(void *context, const char *bytes, size_t length)
{
    output *kept = context;
    char *more = realloc(kept->bytes, kept->length + length + 1);
    check(more != NULL, "there is memory");
    memcpy(more + kept->length, bytes, length);
    kept->bytes = more;
    kept->length += length;
    return 0;
}

static void check_schedule_reads_back(const tempo_schedule *schedule)
{
    tempo_schedule *again = NULL;
    const size_t length = tempo_schedule_print(NULL, 0, schedule);
    char *text = malloc(length + 1);
    check(text != NULL, "there is memory");
    tempo_schedule_print(text, length + 1, schedule);
    check(!tempo_schedule_parse(&again, text, NULL, NULL), "a printed schedule can be read");
    check(tempo_schedule_hash(again) == tempo_schedule_hash(schedule), "a printed schedule is the same");
    tempo_schedule_free(again);
    free(text);
}

static void check_document_reads_back(const tempo_document *document, tempo_format format)
{
    output kept = {NULL, 0};
    tempo_document *again = NULL;
    check(!tempo_document_print(document, format, keep, &kept, NULL), "a document can be printed");
    check(!tempo_document_parse(&again, kept.bytes, kept.length, NULL, NULL), "a printed document can be read");
    check(tempo_value_equal(tempo_document_value(document), tempo_document_value(again)),
          "a printed document is the same");
    tempo_document_free(again);
    free(kept.bytes);
}

/* --- plans --- */

static bool same(double a, double b)
{
    return memcmp(&a, &b, sizeof a) == 0;
}

/* All tracks at one time: numbers, the same each time. */
static void check_values(const tempo_plan *plan, const tempo_timestamp *now)
{
    for (size_t track = 0; track < tempo_plan_track_count(plan); track++) {
        const double value = tempo_plan_value(plan, track, now);
        check(isfinite(value), "values are finite");
        check(same(value, tempo_plan_value(plan, track, now)), "evaluating twice changes nothing");
    }
}

/* Five batches at once and one by one, as far as there are any. */
static void check_bulk(const tempo_plan *plan, int64_t first)
{
    double values[5];
    for (size_t track = 0; track < tempo_plan_track_count(plan); track++) {
        if (tempo_plan_values(plan, track, first, COUNT_OF(values), values, NULL))
            return;
        for (size_t i = 0; i < COUNT_OF(values); i++) {
            tempo_timestamp now;
            check(!tempo_plan_timestamp(plan, first + (int64_t)i, &now, NULL),
                  "there is a time where there are values");
            check(same(values[i], tempo_plan_value(plan, track, &now)), "in bulk and alone is the same");
        }
    }
}

static void check_joints(const tempo_plan *plan)
{
    for (size_t track = 0; track < tempo_plan_track_count(plan); track++) {
        int64_t batch = -1;
        for (int i = 0; i < 8; i++) {
            const int64_t next = tempo_plan_next_joint(plan, track, batch);
            check(next == -1 || next > batch, "joints ascend");
            if (next < 0)
                break;
            check_bulk(plan, next > 2 ? next - 2 : 0);
            batch = next;
        }
    }
}

static void check_plan(input *in, const tempo_plan *plan)
{
    static const int64_t times[] = {0,
                                    1,
                                    2,
                                    99,
                                    100,
                                    4095,
                                    9000,
                                    1000000,
                                    INT32_MAX,
                                    INT64_C(1000000000000),
                                    INT64_MAX,
                                    (INT64_C(1) << 53) + 1,
                                    INT64_MAX - 4};
    tempo_wsd wsd;
    for (size_t i = 0; i < COUNT_OF(times); i++) {
        const int64_t t = times[i];
        /* Clocks of a caller, which are in no relation to each other. */
        const tempo_timestamp all = {.iteration = t, .epoch = t, .batch = t, .sample = t, .token = t};
        const tempo_timestamp odd = {.epoch = t, .batch = INT64_MAX - t, .sample = t / 2, .token = t / 3};
        check_values(plan, &all);
        check_values(plan, &odd);
        check_bulk(plan, t);
    }
    check_bulk(plan, (int64_t)pick(in, 256) * 256 + (int64_t)pick(in, 256));
    check_joints(plan);
    for (size_t track = 0; track < tempo_plan_track_count(plan); track++)
        if (!tempo_wsd_read(&wsd, plan, track, NULL))
            (void)tempo_wsd_phase(&wsd, (int64_t)pick(in, 256));
}

/* --- steppers --- */

enum { GROUPS_MAX = 3, FIELDS_MAX = 8 };

/* An optimizer: groups whose fields point to numbers. */
typedef struct optimizer {
    tempo_group groups[GROUPS_MAX];
    size_t group_count;
    tempo_field fields[GROUPS_MAX][FIELDS_MAX];
    double doubles[GROUPS_MAX][FIELDS_MAX];
    float floats[GROUPS_MAX][FIELDS_MAX];
} optimizer;

static void make_optimizer(optimizer *o, const tempo_document *document, size_t kinds)
{
    const tempo_group *groups = tempo_document_groups(document);
    o->group_count = tempo_document_group_count(document);
    check(o->group_count <= GROUPS_MAX, "there are as many groups as were written");
    for (size_t g = 0; g < o->group_count; g++) {
        o->groups[g] = groups[g];
        check(groups[g].field_count <= FIELDS_MAX, "there are as many fields as were written");
        for (size_t f = 0; f < groups[g].field_count; f++) {
            o->fields[g][f] = groups[g].fields[f];
            o->fields[g][f].as_double = kinds != 1 ? &o->doubles[g][f] : NULL;
            o->fields[g][f].as_float = kinds ? &o->floats[g][f] : NULL;
        }
        o->groups[g].fields = o->fields[g];
    }
}

static void check_stepper(const tempo_stepper *stepper, const tempo_plan *plan)
{
    for (size_t i = 0; i < tempo_stepper_track_count(stepper); i++) {
        const double value = tempo_stepper_value(stepper, i);
        check(isfinite(value), "values of a stepper are finite");
        check(!plan || same(value, tempo_plan_value(plan, i, tempo_stepper_now(stepper))),
              "the closed form is that of the plan");
    }
}

static void edit_by_hand(input *in, optimizer *o)
{
    const size_t group = pick(in, o->group_count);
    const size_t field = pick(in, o->groups[group].field_count ? o->groups[group].field_count : 1);
    const double value = pick(in, 8) == 7 ? NAN : pick_real(in);
    o->doubles[group][field] = value;
    o->floats[group][field] = fabs(value) < 1e38 ? (float)value : 0;
}

/* Moves on, in one of the ways there are. A failed step changes nothing. */
static void move(input *in, tempo_stepper *stepper)
{
    tempo_error error = TEMPO_ERROR_INIT;
    tempo_timestamp now = *tempo_stepper_now(stepper);
    const tempo_timestamp before = now;
    const int64_t by = (int64_t)pick(in, 200);
    const double metric = PICK(in, metrics);
    tempo_status status = TEMPO_OK;
    switch (pick(in, 3)) {
    case 0:
        status = tempo_stepper_step_metric(stepper, metric, &error);
        break;
    case 1:
        status = tempo_stepper_step(stepper, &error);
        break;
    default:
        if (now.batch < INT64_MAX / 2 && now.token < INT64_MAX / 2 && now.sample < INT64_MAX / 2) {
            now.batch += by;
            now.epoch += now.epoch < INT64_MAX / 2 ? by / 10 : 0;
            now.sample += 2 * by;
            now.token += 3 * by;
        }
        status = tempo_stepper_step_to(stepper, &now, by % 2 ? &metric : NULL, &error);
    }
    if (status)
        check_error(&error, status);
    check(!status || tempo_timestamp_equal(&before, tempo_stepper_now(stepper)), "a failed step changes nothing");
}

/* Copies a state, but for one value in it: number `*target` from here, counting down. */
static void damage(input *in, tempo_value *parent, const tempo_value *value, size_t *target)
{
    const char *key = value->key;
    const bool is_hit = (*target)-- == 0;
    switch (is_hit ? pick(in, 5) : 0) {
    case 1:
        return;
    case 2:
        put_text(in, parent, key, "damaged");
        return;
    case 3:
        put_integer(in, parent, key);
        return;
    case 4:
        put_number(in, parent, key);
        return;
    default:
        break;
    }
    if (value->kind != TEMPO_VALUE_MAP && value->kind != TEMPO_VALUE_LIST) {
        check(tempo_tree_add_copy(in->tree, parent, key, value->key_length, value) != NULL, "there is memory");
        return;
    }
    tempo_value *copy = put(in, parent, key, value->kind);
    for (const tempo_value *member = value->first; member; member = member->next)
        damage(in, copy, member, target);
}

/* A damaged state is refused, and then nothing has changed, or it is one like another. */
static void load_damaged(input *in, tempo_stepper *stepper, const tempo_value *state)
{
    tempo_error error = TEMPO_ERROR_INIT;
    tempo_tree *tree = NULL, *original = in->tree;
    size_t target = pick(in, 64);
    const tempo_timestamp before = *tempo_stepper_now(stepper);
    check(!tempo_tree_new(&tree, NULL), "there is memory");
    in->tree = tree;
    tempo_value *root = put(in, NULL, NULL, TEMPO_VALUE_MAP);
    for (const tempo_value *member = state->first; member; member = member->next)
        damage(in, root, member, &target);
    in->tree = original;
    const tempo_status status = tempo_stepper_load(stepper, root, (tempo_mismatch)pick(in, 3), &error);
    if (status)
        check_error(&error, status);
    check(!status || tempo_timestamp_equal(&before, tempo_stepper_now(stepper)), "a failed load changes nothing");
    tempo_tree_free(tree);
    check_stepper(stepper, NULL);
    move(in, stepper);
    check_stepper(stepper, NULL);
}

/* The state as text and back. */
static const tempo_value *through_text(tempo_tree *tree, const tempo_value *state)
{
    output kept = {NULL, 0};
    check(!tempo_value_print(state, TEMPO_JSON, keep, &kept, NULL), "a state can be printed");
    check(!tempo_value_parse(tree, kept.bytes, kept.length, NULL, NULL), "a printed state can be read");
    check(tempo_value_equal(state, tempo_tree_root(tree)), "a printed state is the same");
    free(kept.bytes);
    return tempo_tree_root(tree);
}

/* Two steppers, of which one is loaded with the state of the other. */
static void check_load(input *in, const tempo_stepper *from, tempo_stepper *to)
{
    tempo_tree *saved = NULL, *read = NULL;
    check(!tempo_tree_new(&saved, NULL) && !tempo_tree_new(&read, NULL), "there is memory");
    check(tempo_stepper_save(from, saved, NULL, NULL) != NULL, "there is memory");
    const tempo_value *state = through_text(read, tempo_tree_root(saved));
    check(!tempo_stepper_load(to, state, TEMPO_MISMATCH_ERROR, NULL), "a saved state can be loaded");
    check(tempo_timestamp_equal(tempo_stepper_now(from), tempo_stepper_now(to)), "a loaded stepper has the time");
    for (size_t i = 0; i < tempo_stepper_track_count(from); i++)
        check(same(tempo_stepper_value(from, i), tempo_stepper_value(to, i)), "a loaded stepper has the values");
    load_damaged(in, to, state);
    tempo_tree_free(read);
    tempo_tree_free(saved);
}

/* A step of any size that takes a few thousand of a schedule's own at most. */
static tempo_time pick_step(input *in, const tempo_run *run)
{
    const tempo_time steps[] = {{TEMPO_BATCH, 0, 0},  {TEMPO_BATCH, 1, 0},  {TEMPO_BATCH, 30, 0},
                                {TEMPO_SAMPLE, 9, 0}, {TEMPO_TOKEN, 90, 0}, {TEMPO_ITERATION, 1, 0},
                                {TEMPO_EPOCH, 1, 0},  {TEMPO_EPOCH, 3, 0}};
    return steps[pick(in, COUNT_OF(steps) - (run->batches_per_epoch > 1000 ? 2 : 0))];
}

static void check_steps(input *in, const tempo_document *document, tempo_stepper_mode mode)
{
    tempo_error error = TEMPO_ERROR_INIT;
    tempo_stepper *stepper = NULL, *second = NULL;
    tempo_plan *plan = NULL;
    optimizer mine, other;
    tempo_field lr = {.name = "lr", .base = 0.5};
    const tempo_group late = {.name = "late", .fields = &lr, .field_count = 1};
    const tempo_run *run = tempo_document_run(document);
    const tempo_schedule *schedule = tempo_document_schedule(document);
    const size_t kinds = pick(in, 3);
    const tempo_stepper_options options = {
        .mode = mode, .step = pick_step(in, run), .start = (int64_t)pick(in, 60), .bind = &with_functions};
    if (run->samples_per_batch > 5000 || run->tokens_per_batch > 5000)
        return; /* a recursive schedule may count each of them */
    make_optimizer(&mine, document, kinds);
    make_optimizer(&other, document, kinds);
    const tempo_status status =
        tempo_stepper_new(&stepper, run, mine.groups, mine.group_count, schedule, &options, &error);
    if (status) {
        check_error(&error, status);
        return;
    }
    if (mode == TEMPO_STEPPER_CLOSED_FORM)
        (void)tempo_plan_bind(&plan, run, mine.groups, mine.group_count, schedule, &with_functions, NULL);
    check_stepper(stepper, plan);
    for (size_t steps = pick(in, 12); steps; steps--) {
        if (pick(in, 4) == 1)
            edit_by_hand(in, &mine);
        move(in, stepper);
        check_stepper(stepper, plan);
    }
    check(!tempo_stepper_new(&second, run, other.groups, other.group_count, schedule, &options, NULL),
          "what was made once can be made twice");
    check_load(in, stepper, second);
    if (pick(in, 2) && !tempo_stepper_add_group(stepper, &late, NULL))
        check_stepper(stepper, NULL);
    tempo_plan_free(plan);
    tempo_stepper_free(second);
    tempo_stepper_free(stepper);
}

/* --- all of it --- */

static void check_document(input *in, const tempo_document *document)
{
    tempo_error error = TEMPO_ERROR_INIT;
    tempo_plan *plan = NULL;
    tempo_bind_options options = with_functions;
    if (pick(in, 2)) {
        options.metrics = metrics;
        options.metric_count = pick(in, COUNT_OF(metrics));
    }
    check_schedule_reads_back(tempo_document_schedule(document));
    check_document_reads_back(document, pick(in, 2) ? TEMPO_YAML : TEMPO_JSON);
    const tempo_status status = tempo_document_bind(&plan, document, &options, &error);
    if (status)
        check_error(&error, status);
    else
        check_plan(in, plan);
    tempo_plan_free(plan);
    check_steps(in, document, TEMPO_STEPPER_RECURSIVE);
    check_steps(in, document, TEMPO_STEPPER_CLOSED_FORM);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    tempo_error error = TEMPO_ERROR_INIT;
    input in = {.bytes = data, .left = size};
    tempo_document *document = NULL;
    check(!tempo_tree_new(&in.tree, NULL), "there is memory");
    shown = NULL;
    shown = make_document(&in);
    const tempo_status status = tempo_document_from_value(&document, shown, NULL, &error);
    if (status)
        check_error(&error, status);
    else
        check_document(&in, document);
    tempo_document_free(document);
    tempo_tree_free(in.tree);
    return 0;
}
