/* What no document may contain, and what is said about it: status, place, path, message and advice. */
#include "support/documents.h"

/* One refused text. `line` 0: the place is not looked at. */
typedef struct row {
    const char *text;
    tempo_status status;
    size_t line, column, length;
    const char *path, *message, *advice; /* parts; NULL: not looked at */
} row;

static void check(const row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const tempo_error error = refuse(rows[i].text, rows[i].status);
        if (rows[i].line)
            assert_place(&error, rows[i].line, rows[i].column, rows[i].length);
        if (rows[i].path)
            assert_string_equal(error.path, rows[i].path);
        if (rows[i].message)
            assert_contains(error.message, rows[i].message);
        if (rows[i].advice)
            assert_contains(error.advice, rows[i].advice);
    }
}

#define CHECK(rows) check(rows, sizeof(rows) / sizeof(rows)[0])

/* --- what kind of document --- */

static void a_document_must_say_what_it_is(void **state)
{
    (void)state;
    static const row rows[] = {
        {"", TEMPO_MISSING, 1, 1, 0, NULL, "empty", NULL},
        {"# only a comment\n", TEMPO_MISSING, 1, 1, 0, NULL, "empty", NULL},
        {"---\n", TEMPO_BAD_TYPE, 0, 0, 0, NULL, "must be a map, not null", NULL},
        {"- 1\n", TEMPO_BAD_TYPE, 1, 1, 3, NULL, "must be a map, not a list", NULL},
        {"hello\n", TEMPO_BAD_TYPE, 1, 1, 5, NULL, "must be a map, not text", NULL},
        {SCHEDULE, TEMPO_MISSING, 1, 1, 58, "tempo", "llm-foundry: scheduler, and max_duration or optimizer",
         "starts with tempo: 1"},
        {"Tempo: 1\n" SCHEDULE, TEMPO_MISSING, 1, 1, 8, "tempo", NULL, "did you mean tempo: 1?"},
        {"tempo: 2\n" SCHEDULE, TEMPO_BAD_VALUE, 1, 8, 1, "tempo", "this library reads 1", NULL},
        {"tempo: 1.0\n" SCHEDULE, TEMPO_BAD_VALUE, 1, 8, 3, "tempo", "'1.0'", NULL},
        {"tempo: \"1\"\n" SCHEDULE, TEMPO_BAD_VALUE, 1, 8, 3, "tempo", "'1'", NULL},
        {"tempo: 1\n", TEMPO_MISSING, 1, 1, 8, "schedules", "no schedules", "at least one"},
        {"tempo: 1\nschedules:\n", TEMPO_MISSING, 2, 1, 9, "schedules", "no schedules", NULL},
        {"tempo: 1\nschedules: []\n", TEMPO_MISSING, 2, 12, 2, "schedules", "no schedule", NULL},
    };
    CHECK(rows);
}

/* --- keys --- */

static void an_unknown_key_names_the_nearest_known_one(void **state)
{
    (void)state;
    static const row rows[] = {
        {"tempo: 1\nschedule: {type: composer.ConstantScheduler}\n", TEMPO_UNKNOWN_NAME, 2, 1, 8, "schedule",
         "a document has no key 'schedule'", "did you mean schedules?"},
        {"tempo: 1\ntrainer: 1\n", TEMPO_UNKNOWN_NAME, 2, 1, 7, "trainer", NULL, "tempo, run, optimizer, schedules"},
        {"tempo: 1\nrun: {max_durations: 1ep}\n" SCHEDULE, TEMPO_UNKNOWN_NAME, 2, 7, 13, "run.max_durations",
         "run has no key 'max_durations'", "did you mean max_duration?"},
        {"tempo: 1\nschedules: {type: composer.StepSchedular, step_size: 1ep}\n", TEMPO_UNKNOWN_NAME, 2, 19, 22,
         "schedules[0].type", "composer.StepSchedular", "did you mean composer.StepScheduler?"},
        {"tempo: 1\nschedules: {type: composer.StepScheduler, step_size: 1ep, gama: 1}\n", TEMPO_UNKNOWN_NAME, 2, 59, 4,
         "schedules[0].gama", "gama", "gamma"},
        {"tempo: 1\noptimizer: {LR: 0.1}\n" SCHEDULE, TEMPO_UNKNOWN_NAME, 2, 13, 2, "optimizer", "has LR but no lr",
         "did you mean lr?"},
    };
    CHECK(rows);
}

static void a_key_stands_once(void **state)
{
    (void)state;
    static const row rows[] = {
        {"tempo: 1\nrun: {}\nrun: {}\n" SCHEDULE, TEMPO_CONFLICT, 3, 1, 3, "run",
         "'run' is given twice: in line 2, column 1, and in line 3, column 1", NULL},
        {"tempo: 1\noptimizer:\n  groups:\n    - {lr: 1, \"lr\": 2}\n" SCHEDULE, TEMPO_CONFLICT, 4, 15, 4,
         "optimizer.groups[0].lr", "in line 4, column 8, and in line 4, column 15", NULL},
    };
    CHECK(rows);
}

static void a_key_is_text(void **state)
{
    (void)state;
    static const row rows[] = {
        {"tempo: 1\n? [a]\n: 2\n", TEMPO_BAD_TYPE, 2, 3, 1, NULL, "a key must be text", NULL},
        {"tempo: 1\n? {a: b}\n: 2\n", TEMPO_BAD_TYPE, 2, 3, 1, NULL, "a key must be text", NULL},
        {"a: &x b\n*x : 2\n", TEMPO_BAD_TYPE, 2, 1, 2, NULL, "a key must be text", NULL},
    };
    CHECK(rows);
}

/* --- values --- */

static void a_fact_must_be_of_its_kind(void **state)
{
    (void)state;
#define RUN(member) "tempo: 1\nrun: {" member "}\n" SCHEDULE
    static const row rows[] = {
        {"tempo: 1\nrun: 3\n" SCHEDULE, TEMPO_BAD_TYPE, 2, 6, 1, "run", "run is '3', but must be a map", NULL},
        {RUN("max_duration: 90"), TEMPO_BAD_TYPE, 2, 21, 2, "run.max_duration", "without a unit", "90ep"},
        {RUN("max_duration: [1ep]"), TEMPO_BAD_TYPE, 2, 21, 5, "run.max_duration", "a list", NULL},
        {RUN("max_duration: null"), TEMPO_BAD_TYPE, 2, 21, 4, "run.max_duration", "null", NULL},
        {RUN("max_duration: soon"), TEMPO_BAD_SYNTAX, 2, 21, 4, "run.max_duration", "soon", NULL},
        {RUN("max_duration: 1.5ep"), TEMPO_BAD_TYPE, 2, 21, 5, "run.max_duration", "whole", NULL},
        {RUN("max_duration: 1e30tok"), TEMPO_OUT_OF_RANGE, 2, 21, 7, "run.max_duration", "64 bits", NULL},
        {RUN("max_duration: 1epo"), TEMPO_UNKNOWN_NAME, 2, 21, 4, "run.max_duration", NULL, NULL},
        {RUN("max_duration: 0.5dur"), TEMPO_BAD_VALUE, 2, 21, 6, "run.max_duration", "ep, ba, sp, tok or iter",
         "fraction"},
        {RUN("max_duration: 1h30m"), TEMPO_BAD_VALUE, 2, 21, 5, "run.max_duration", NULL, "wall-clock"},
        {RUN("max_duration: 0ep"), TEMPO_BAD_VALUE, 2, 21, 3, "run.max_duration", "must be > 0", NULL},
        {RUN("max_duration: -1ep"), TEMPO_BAD_VALUE, 2, 21, 4, "run.max_duration", "must be > 0", NULL},
        {RUN("samples_per_batch: 1.5"), TEMPO_BAD_TYPE, 2, 26, 3, "run.samples_per_batch", "a whole number", NULL},
        {RUN("samples_per_batch: \"8\""), TEMPO_BAD_TYPE, 2, 26, 3, "run.samples_per_batch", "a whole number", NULL},
        {RUN("samples_per_batch: -1"), TEMPO_BAD_VALUE, 2, 26, 2, "run.samples_per_batch", ">= 0", NULL},
        {RUN("samples_per_batch: 9223372036854775808"), TEMPO_OUT_OF_RANGE, 2, 26, 19, "run.samples_per_batch",
         "64 bits", NULL},
        {RUN("samples_per_batch: .nan"), TEMPO_BAD_TYPE, 2, 26, 4, "run.samples_per_batch", NULL, NULL},
        {RUN("scale_schedule_ratio: 0"), TEMPO_BAD_VALUE, 2, 29, 1, "run.scale_schedule_ratio", "> 0", NULL},
        {RUN("scale_schedule_ratio: -.inf"), TEMPO_BAD_VALUE, 2, 29, 5, "run.scale_schedule_ratio", "finite", NULL},
        {RUN("scale_schedule_ratio: .nan"), TEMPO_BAD_VALUE, 2, 29, 4, "run.scale_schedule_ratio", "finite", NULL},
        {RUN("scale_schedule_ratio: half"), TEMPO_BAD_TYPE, 2, 29, 4, "run.scale_schedule_ratio", "a number", NULL},
        {RUN("step_schedulers_every_batch: 1"), TEMPO_BAD_TYPE, 2, 36, 1, "run.step_schedulers_every_batch",
         "true or false", NULL},
    };
    CHECK(rows);
}

static void an_optimizer_holds_finite_numbers(void **state)
{
    (void)state;
#define OPTIMIZER(members) "tempo: 1\noptimizer: " members "\n" SCHEDULE
    static const row rows[] = {
        {OPTIMIZER("0.1"), TEMPO_BAD_TYPE, 2, 12, 3, "optimizer", "must be a map", NULL},
        {OPTIMIZER("{lr: fast}"), TEMPO_BAD_TYPE, 2, 17, 4, "optimizer.lr", "'fast'", "only numbers"},
        {OPTIMIZER("{lr: \"0.1\"}"), TEMPO_BAD_TYPE, 2, 17, 5, "optimizer.lr", "a number", NULL},
        {OPTIMIZER("{lr: [0.1, 0.2]}"), TEMPO_BAD_TYPE, 2, 17, 10, "optimizer.lr", "a list", NULL},
        {OPTIMIZER("{betas: [0.9, fast]}"), TEMPO_BAD_TYPE, 2, 26, 4, "optimizer.betas[1]", "'fast'", NULL},
        {OPTIMIZER("{betas: [[0.9]]}"), TEMPO_BAD_TYPE, 2, 21, 5, "optimizer.betas[0]", "a number", NULL},
        {OPTIMIZER("{groups: [{name: a, lr: 1, fixed: 1}]}"), TEMPO_BAD_TYPE, 2, 46, 1, "optimizer.groups[0].fixed",
         "true or false", NULL},
        {OPTIMIZER("{lr: .nan}"), TEMPO_BAD_VALUE, 2, 17, 4, "optimizer.lr", "finite", NULL},
        {OPTIMIZER("{lr: 1e999}"), TEMPO_BAD_VALUE, 2, 17, 5, "optimizer.lr", "finite", NULL},
        {OPTIMIZER("{weight decay: 1}"), TEMPO_BAD_VALUE, 2, 13, 12, "optimizer.weight decay", "cannot be a field",
         NULL},
        {OPTIMIZER("{2nd: 1}"), TEMPO_BAD_VALUE, 2, 13, 3, "optimizer.2nd", "cannot be a field", NULL},
        {OPTIMIZER("{\"\": 1}"), TEMPO_BAD_VALUE, 2, 13, 2, "optimizer.", "cannot be a field", NULL},
        {OPTIMIZER("{groups: []}"), TEMPO_BAD_TYPE, 2, 21, 2, "optimizer.groups", "at least one", NULL},
        {OPTIMIZER("{groups: {lr: 1}}"), TEMPO_BAD_TYPE, 2, 21, 7, "optimizer.groups", "a list of maps", NULL},
        {OPTIMIZER("{groups: [3]}"), TEMPO_BAD_TYPE, 2, 22, 1, "optimizer.groups[0]", "a map", NULL},
        {OPTIMIZER("{groups: [{lr: x}]}"), TEMPO_BAD_TYPE, 2, 27, 1, "optimizer.groups[0].lr", "a number", NULL},
        {OPTIMIZER("{groups: [{name: 7}]}"), TEMPO_BAD_TYPE, 2, 29, 1, "optimizer.groups[0].name", "text", NULL},
        {OPTIMIZER("{groups: [{name: \"\"}]}"), TEMPO_BAD_TYPE, 2, 29, 2, "optimizer.groups[0].name", "text", NULL},
        {OPTIMIZER("{groups: [{lr: 1}, {lr: 2}]}"), TEMPO_MISSING, 2, 22, 7, "optimizer.groups[0]", "without a name",
         NULL},
        {OPTIMIZER("{groups: [{name: a}, {name: b}, {name: a}]}"), TEMPO_CONFLICT, 2, 51, 1, "optimizer.groups[2]",
         "two groups are called 'a'", NULL},
        {OPTIMIZER("{groups: [{lr: 1}], lr: 2}"), TEMPO_CONFLICT, 2, 32, 2, "optimizer", "beside them",
         "in each group"},
    };
    CHECK(rows);
}

static void a_schedule_is_blamed_by_its_place_in_the_stack(void **state)
{
    (void)state;
    static const row rows[] = {
        {"tempo: 1\nschedules:\n  - {type: composer.ConstantScheduler}\n  - {type: composer.ConstantScheduler, alpha: "
         "x}\n",
         TEMPO_BAD_TYPE, 4, 47, 1, "schedules[1].alpha", NULL, NULL},
        {"tempo: 1\nschedules: [{type: composer.StepScheduler, step_size: 30}]\n", TEMPO_BAD_TYPE, 2, 55, 2,
         "schedules[0].step_size", "without a unit", NULL},
    };
    CHECK(rows);
}

/* --- YAML --- */

static void broken_yaml_says_where(void **state)
{
    (void)state;
    static const row rows[] = {
        {"tempo: 1\nrun: {a: [1, 2\n", TEMPO_BAD_SYNTAX, 2, 10, 1, NULL, "the [ that starts here is never closed",
         NULL},
        {"tempo: 1\nrun: {a: 1\n\n", TEMPO_BAD_SYNTAX, 2, 6, 1, NULL, "the { that starts here is never closed", NULL},
        {"tempo: 1\nrun: \"open\n", TEMPO_BAD_SYNTAX, 2, 7, 1, NULL, "without closing quote", NULL},
        {"tempo: 1\nrun: a: b\n", TEMPO_BAD_SYNTAX, 2, 7, 1, NULL, NULL, "line of its own"},
        {"tempo: 1\nrun: @x\n", TEMPO_BAD_SYNTAX, 2, 6, 1, NULL, NULL, "quotes"},
        {"tempo: 1\nrun:\n\tlr: 1\n", TEMPO_BAD_SYNTAX, 3, 1, 1, NULL, "tab", "spaces"},
        {"tempo: 1\nrun: [1,,2]\n", TEMPO_BAD_SYNTAX, 2, 9, 1, NULL, "comma", NULL},
        {"tempo: 1\nrun: \"\\q\"\n", TEMPO_BAD_SYNTAX, 2, 7, 1, NULL, "escape", NULL},
        {"tempo: 1\nrun: \"\\ud83d\"\n", TEMPO_BAD_SYNTAX, 2, 7, 1, NULL, NULL, NULL},
        {"tempo: 1\nr\xC3\xBCn: \"\xC3\xA9\" b\n", TEMPO_BAD_SYNTAX, 2, 12, 1, NULL, NULL,
         NULL}, /* columns are bytes */
        {"\"tempo\":1\n", TEMPO_BAD_SYNTAX, 1, 8, 1, NULL, NULL, "space after the colon"},
        {"%TAG ! tag:x,1:\n---\ntempo: 1\n", TEMPO_BAD_SYNTAX, 1, 1, 1, NULL, "directive", NULL},
    };
    CHECK(rows);
}

/* Each is YAML that libfyaml 0.7.12 cannot be trusted with. */
static void what_libfyaml_handles_badly_is_refused(void **state)
{
    (void)state;
    static const row rows[] = {
        {"? a :\t:\n", TEMPO_BAD_SYNTAX, 1, 6, 1, NULL, "a tab stands after a colon", "put a space there"},
        {"a: >-\n  a\n  b\n  \n   #\n", TEMPO_BAD_SYNTAX, 2, 1, 3, "a", "cannot put the lines", "in one line"},
        {"a: \"\\L\"\n", TEMPO_BAD_SYNTAX, 1, 4, 4, "a", "backslash escape", NULL},
    };
    CHECK(rows);
}

static void a_file_holds_one_document(void **state)
{
    (void)state;
    static const row rows[] = {
        {"tempo: 1\n" SCHEDULE "---\ntempo: 1\n" SCHEDULE, TEMPO_CONFLICT, 3, 1, 3, NULL, "exactly one",
         "a file of its own"},
        {"tempo: 1\n" SCHEDULE "...\ntempo: 1\n", TEMPO_CONFLICT, 0, 0, 0, NULL, "exactly one", NULL},
        {"{\"tempo\": 1}\n{\"tempo\": 1}\n", TEMPO_CONFLICT, 2, 1, 1, NULL, "exactly one", NULL},
        {"[1] [2]\n", TEMPO_CONFLICT, 1, 5, 1, NULL, "exactly one", NULL},
    };
    CHECK(rows);
}

static void aliases_must_refer_to_what_stands_before_them(void **state)
{
    (void)state;
    static const row rows[] = {
        {"tempo: 1\nrun: *x\n", TEMPO_UNKNOWN_NAME, 2, 6, 2, "run", "there is no &x before *x", NULL},
        {"tempo: 1\nrun: &x {a: *x}\n", TEMPO_UNKNOWN_NAME, 2, 13, 2, "run.a", "stands inside of what it refers to",
         NULL},
        {"tempo: 1\nrun: {<<: 3}\n", TEMPO_BAD_TYPE, 2, 11, 1, "run.<<", "<< takes a map", NULL},
        {"tempo: 1\nrun: {<<: [{a: 1}, 3]}\n", TEMPO_BAD_TYPE, 2, 20, 1, "run.<<", "<< takes a map", NULL},
    };
    CHECK(rows);
}

static void tags_must_fit_and_be_known(void **state)
{
    (void)state;
    static const row rows[] = {
        {"tempo: !!int one\n", TEMPO_BAD_TYPE, 1, 14, 3, "tempo", "'one' does not fit its tag", NULL},
        {"tempo: !!int 1.5\n", TEMPO_BAD_TYPE, 1, 14, 3, "tempo", NULL, NULL},
        {"tempo: !!map [1]\n", TEMPO_BAD_TYPE, 1, 14, 1, "tempo", NULL, NULL},
        {"tempo: !!python/object:os.system 1\n", TEMPO_BAD_TYPE, 1, 8, 25, "tempo", "not known", "leave it out"},
        {"!!seq tempo: 1\n", TEMPO_BAD_TYPE, 1, 7, 5, NULL, "a key does not fit its tag", NULL},
        {"tempo: !mine 1\n", TEMPO_BAD_TYPE, 1, 8, 5, "tempo", "'!mine'", NULL},
    };
    CHECK(rows);
}

/* --- bytes --- */

static void a_binary_file_is_no_document(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t length, line, column;
    } rows[] = {
        {"\x7F"
         "ELF\x02\x01",
         6, 1, 1},                                       /* a program */
        {"\x89PNG\r\n\x1A\n", 8, 1, 1},                  /* a picture */
        {"\x1F\x8B\x08", 3, 1, 1},                       /* an archive */
        {"\xFF\xFEt\0e\0", 6, 1, 1},                     /* UTF-16 */
        {"tempo: 1\nrun: \0\n", 17, 2, 6},               /* NUL */
        {"tempo: 1\nrun: a\xC3\n", 17, 2, 7},            /* half a character */
        {"tempo: 1\nrun: \xC0\x80\n", 18, 2, 6},         /* too long a form of NUL */
        {"tempo: 1\nrun: \xED\xA0\x80\n", 19, 2, 6},     /* half a surrogate pair */
        {"tempo: 1\nrun: \xF4\x90\x80\x80\n", 20, 2, 6}, /* beyond U+10FFFF */
        {"tempo: 1\nrun: \x1B[0m\n", 20, 2, 6},          /* an escape sequence */
        {"tempo: 1\nrun: \xC2\x9B\n", 18, 2, 6},         /* the same in one character */
        {"tempo: 1\rrun: 1\r", 16, 1, 9},                /* line ends of old */
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const tempo_error error = refuse_bytes(rows[i].bytes, rows[i].length, TEMPO_BAD_SYNTAX);
        assert_int_equal(error.line, rows[i].line);
        assert_int_equal(error.column, rows[i].column);
    }
    const tempo_error error = refuse("tempo: 1\nrun: \"\\0\"\n", TEMPO_BAD_SYNTAX);
    assert_contains(error.message, "U+0000");
}

/* Every start of a document is a document that is cut off, or a shorter one; none is anything worse. */
static void a_truncated_document_is_refused_or_shorter(void **state)
{
    (void)state;
    static const char text[] = "tempo: 1\nrun: {max_duration: '90ep', batches_per_epoch: 0x10}\noptimizer:\n  groups:\n"
                               "  - &a {name: \"\\u0061\", lr: 1e-3}\n  - {<<: *a, name: b}\nschedules:\n- type: >-\n"
                               "    composer.ConstantScheduler\n  groups: [a, !!str b]\n";
    size_t accepted = 0;
    for (size_t length = 0; length < sizeof text; length++) {
        tempo_error error = TEMPO_ERROR_INIT;
        tempo_document *document = NULL;
        const tempo_status status = tempo_document_parse(&document, text, length, NULL, &error);
        assert_int_equal(status == TEMPO_OK, document != NULL);
        if (status)
            assert_true(*error.message);
        accepted += status == TEMPO_OK;
        tempo_document_free(document);
    }
    assert_true(accepted > 0 && accepted < 40);
}

/* --- limits --- */

static char *repeat(const char *head, const char *unit, size_t count, const char *tail)
{
    char *text = malloc(strlen(head) + strlen(unit) * count + strlen(tail) + 1), *p = text;
    assert_non_null(text);
    p += sprintf(p, "%s", head);
    for (size_t i = 0; i < count; i++)
        p += sprintf(p, "%s", unit);
    (void)sprintf(p, "%s", tail);
    return text;
}

static void what_is_too_large_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *head, *unit;
        size_t count;
        const char *tail, *message;
    } rows[] = {
        {"", "#", 16 * 1024 * 1024 + 1, "", "16777217 bytes"},
        {"", "- 1\n", 1000 * 1000, "", "1000000 values"},
        {"[", "1,\n", 1000 * 1000, "]", "1000000 values"},
        {"[", "1,", 1000 * 1000, "]", "400000 brackets"},
        {"", "[", 65, "", "64 deep"},
        {"", "{a: ", 65, "", "64 deep"},
        {"", "- ", 65, "1", "64 deep"},
        {"", "[", 1000 * 1000, "", "64 deep"},
        {"", "[\n", 1000 * 1000, "", "64 deep"},
        {"", "{a: [", 1000 * 1000, "", "64 deep"},
        {"a:", " ", 401, "b", "400 blanks"},
        {"a: |\n  b", "\n", 401, "b: 1", "400 blanks"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char *text = repeat(rows[i].head, rows[i].unit, rows[i].count, rows[i].tail);
        const tempo_error error = refuse(text, TEMPO_TOO_LARGE);
        assert_contains(error.message, rows[i].message);
        free(text);
    }
}

static void lists_may_be_64_deep(void **state)
{
    (void)state;
    char *text = repeat("", "[", 64, "]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]");
    (void)refuse(text, TEMPO_BAD_TYPE); /* only since a list is no document */
    free(text);
}

/* Ten lists of ten lists of ten lists ...: small as a text, huge when the aliases are written out. */
static void a_billion_laughs_cost_nothing(void **state)
{
    (void)state;
    char text[4096] = "a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol, lol]\n";
    for (int i = 1; i < 10; i++)
        (void)snprintf(text + strlen(text), 200,
                       "a%d: &a%d [*a%d, *a%d, *a%d, *a%d, *a%d, *a%d, *a%d, *a%d, *a%d, *a%d]\n", i, i, i - 1, i - 1,
                       i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1);
    const tempo_error error = refuse(text, TEMPO_TOO_LARGE);
    assert_int_equal(error.line, 6);
    assert_contains(error.message, "with its aliases written out");
}

static void aliases_cannot_hide_depth(void **state)
{
    (void)state;
    char text[4096] = "a0: &a0 x\n";
    for (int i = 1; i < 100; i++)
        (void)snprintf(text + strlen(text), 40, "a%d: &a%d [*a%d]\n", i, i, i - 1);
    const tempo_error error = refuse(text, TEMPO_TOO_LARGE);
    assert_contains(error.message, "64 deep");
    assert_int_equal(error.line, 65);
}

/* --- messages --- */

/* What a message quotes may hold line breaks and what a terminal obeys. */
static void a_message_is_one_line_whatever_it_quotes(void **state)
{
    (void)state;
    static const row rows[] = {
        {"tempo: 1\nschedules: [{type: \"a\\nb\\e[0m\\x7F\"}]\n", TEMPO_UNKNOWN_NAME, 2, 20, 15, NULL, "'a?b?[0m?'",
         NULL},
        {"tempo: 1\nschedules: [{type: composer.ConstantScheduler, \"x\\ny\": 1}]\n", TEMPO_UNKNOWN_NAME, 0, 0, 0,
         "schedules[0].x?y", "'x?y'", NULL},
    };
    CHECK(rows);
}

static void a_message_that_is_cut_ends_in_a_whole_character(void **state)
{
    (void)state;
    for (int shift = 0; shift < 2; shift++) {
        char *text =
            repeat(shift ? "tempo: 1\nschedules: [{type: x" : "tempo: 1\nschedules: [{type: ", "\xC3\xA9", 400, "}]\n");
        const tempo_error error = refuse(text, TEMPO_UNKNOWN_NAME);
        const size_t length = strlen(error.message);
        assert_true(length >= sizeof error.message - 3);
        assert_int_equal((unsigned char)error.message[length - 2], 0xC3);
        free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_document_must_say_what_it_is),
        cmocka_unit_test(an_unknown_key_names_the_nearest_known_one),
        cmocka_unit_test(a_key_stands_once),
        cmocka_unit_test(a_key_is_text),
        cmocka_unit_test(a_fact_must_be_of_its_kind),
        cmocka_unit_test(an_optimizer_holds_finite_numbers),
        cmocka_unit_test(a_schedule_is_blamed_by_its_place_in_the_stack),
        cmocka_unit_test(broken_yaml_says_where),
        cmocka_unit_test(what_libfyaml_handles_badly_is_refused),
        cmocka_unit_test(a_file_holds_one_document),
        cmocka_unit_test(aliases_must_refer_to_what_stands_before_them),
        cmocka_unit_test(tags_must_fit_and_be_known),
        cmocka_unit_test(a_binary_file_is_no_document),
        cmocka_unit_test(a_truncated_document_is_refused_or_shorter),
        cmocka_unit_test(what_is_too_large_is_refused),
        cmocka_unit_test(lists_may_be_64_deep),
        cmocka_unit_test(a_billion_laughs_cost_nothing),
        cmocka_unit_test(aliases_cannot_hide_depth),
        cmocka_unit_test(a_message_is_one_line_whatever_it_quotes),
        cmocka_unit_test(a_message_that_is_cut_ends_in_a_whole_character),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
