/* YAML and JSON text as values: kinds, places, aliases, merged maps, quoted text. */
#include "support/documents.h"

#include "document/yaml.h"

static tempo_tree *read_values(const char *text)
{
    tempo_error error = TEMPO_ERROR_INIT;
    tempo_tree *tree = NULL;
    assert_int_equal(tempo_tree_new(&tree, NULL), TEMPO_OK);
    if (tempo__yaml_read(tree, text, strlen(text), NULL, &error))
        fail_msg("%zu:%zu: %s in:\n%s", error.line, error.column, error.message, text);
    return tree;
}

static void assert_same(const char *text, const char *other)
{
    tempo_tree *tree = read_values(text), *expected = read_values(other);
    if (!tempo_value_equal(tempo_tree_root(tree), tempo_tree_root(expected)))
        fail_msg("not the same:\n%s\n%s", text, other);
    tempo_tree_free(tree);
    tempo_tree_free(expected);
}

static const tempo_value *at(const tempo_tree *tree, const char *path)
{
    const tempo_value *value = tempo_value_at(tempo_tree_root(tree), path);
    assert_non_null(value);
    return value;
}

/* --- kinds --- */

static void unquoted_scalars_follow_the_core_schema(void **state)
{
    (void)state;
    tempo_tree *tree = read_values("[~, null, true, False, 12, 0o17, 0x1F, 1.5, -.5, 1e3, .inf, on, 10ep, 12:30]");
    static const tempo_value_kind kinds[] = {
        TEMPO_VALUE_NULL,    TEMPO_VALUE_NULL,    TEMPO_VALUE_BOOL, TEMPO_VALUE_BOOL, TEMPO_VALUE_INTEGER,
        TEMPO_VALUE_INTEGER, TEMPO_VALUE_INTEGER, TEMPO_VALUE_REAL, TEMPO_VALUE_REAL, TEMPO_VALUE_REAL,
        TEMPO_VALUE_REAL,    TEMPO_VALUE_TEXT,    TEMPO_VALUE_TEXT, TEMPO_VALUE_TEXT,
    };
    const tempo_value *value = tempo_tree_root(tree)->first;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++, value = value->next)
        if (value->kind != kinds[i])
            fail_msg("'%s' is %s", value->text, tempo_value_kind_text(value->kind));
    assert_null(value);
    tempo_tree_free(tree);
}

static void quoted_and_block_scalars_are_text(void **state)
{
    (void)state;
    tempo_tree *tree = read_values("a: \"1\"\nb: 'true'\nc: |\n  1\nd: >-\n  null\n");
    for (const tempo_value *value = tempo_tree_root(tree)->first; value; value = value->next)
        assert_int_equal(value->kind, TEMPO_VALUE_TEXT);
    assert_string_equal(at(tree, "c")->text, "1\n");
    tempo_tree_free(tree);
}

static void tags_choose_the_kind(void **state)
{
    (void)state;
    assert_same("[!!str 1, !!float 1, !!int \"7\", !!bool true, !!null ~, ! 12]",
                "[\"1\", 1.0, 7, true, null, \"12\"]");
    assert_same("a: !!map {b: !!seq [1]}", "{a: {b: [1]}}");
}

/* --- quoted text --- */

static void quoted_text_is_unquoted(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {"'it''s'", "it's"},
        {"'''''&'", "''&"}, /* two quotes, then & */
        {"''", ""},
        {"\"\"", ""},
        {"'a\\n'", "a\\n"},
        {"\"a\\tb\\n\\\"\\\\\\/\"", "a\tb\n\"\\/"},
        {"\"\\x41\\u00e9\\U0001F600\"", "A\xC3\xA9\xF0\x9F\x98\x80"},
        {"\"\\ud83d\\ude00\"", "\xF0\x9F\x98\x80"}, /* as JSON writes it */
        {"\"\\a\\b\\e\\f\\v\\r\\N\\_\"", "\a\b\x1B\f\v\r\xC2\x85\xC2\xA0"},
        {"\"one\n  two\"", "one two"},
        {"'one  \n\n\n  two'", "one\n\ntwo"},
        {"\"one \\\n   two\"", "one two"},
        {"\"one\\\n\n   two\"", "one\ntwo"},
        {"\"one\\t\n  two\"", "one\t two"},
        {"\"one\r\n  two\"", "one two"},
        {"\" \n \"", " "},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char text[128];
        (void)snprintf(text, sizeof text, "k: %s\n", rows[i][0]);
        tempo_tree *tree = read_values(text);
        assert_string_equal(at(tree, "k")->text, rows[i][1]);
        assert_int_equal(at(tree, "k")->text_length, strlen(rows[i][1]));
        tempo_tree_free(tree);
    }
}

static void escapes_that_are_none_are_found(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "\\", "\\q", "\\x4", "\\u00g0", "\\ud83d", "\\ud83dx", "\\ud83d\\u0041", "\\ude00", "\\U00110000"};
    char out[32];
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_true(tempo__quoted_decode(out, rows[i], strlen(rows[i]), '"') == SIZE_MAX);
}

static void keys_may_be_quoted(void **state)
{
    (void)state;
    assert_same("{\"a b\": 1, 'c''d': 2, \"\\u0065\": 3}", "a b: 1\nc'd: 2\ne: 3\n");
}

/* --- places --- */

static void assert_place_of(const tempo_place *place, size_t line, size_t column, size_t length)
{
    if (place->line != line || place->column != column || place->length != length)
        fail_msg("%zu:%zu+%zu, not %zu:%zu+%zu", place->line, place->column, place->length, line, column, length);
}

static void keys_and_values_have_places(void **state)
{
    (void)state;
    tempo_tree *tree =
        read_values("\xC3\xA9t\xC3\xA9: 1\nlist: [a, \"b\",\n  'c']\nmap:\n  k: v # why\n  n:\nalias: &x y\nuse: *x\n");
    const tempo_value *first = tempo_tree_root(tree)->first;
    assert_place_of(&first->key_place, 1, 1, 5);
    assert_place_of(&first->place, 1, 8, 1);            /* columns are bytes */
    assert_place_of(&at(tree, "list")->place, 2, 7, 8); /* up to the end of the line */
    assert_place_of(&at(tree, "list[1]")->place, 2, 11, 3);
    assert_place_of(&at(tree, "list[2]")->place, 3, 3, 3);
    assert_place_of(&at(tree, "map")->place, 5, 3, 10);
    assert_place_of(&at(tree, "map.k")->place, 5, 6, 1);
    assert_place_of(&at(tree, "map.n")->place, 6, 3, 1); /* nothing there: the key */
    assert_place_of(&at(tree, "alias")->place, 7, 11, 1);
    assert_place_of(&at(tree, "use")->place, 8, 6, 2);
    assert_place_of(&at(tree, "use")->key_place, 8, 1, 3);
    tempo_tree_free(tree);
}

/* libfyaml tells of a map without braces after it has read its first key. */
static void keys_in_brackets_have_their_places_over_several_lines(void **state)
{
    (void)state;
    tempo_tree *tree = read_values("[{? x\n : y}, {\"a\n  b\": c}, d: e]\n");
    assert_place_of(&tempo_tree_root(tree)->first->first->key_place, 1, 5, 1);
    assert_place_of(&tempo_tree_root(tree)->first->next->first->key_place, 2, 9, 2);
    assert_place_of(&tempo_tree_root(tree)->last->first->key_place, 3, 11, 1);
    tempo_tree_free(tree);
}

/* Offsets are mostly asked for in order, but not always. */
static void places_can_be_asked_for_in_any_order(void **state)
{
    (void)state;
    static const char text[] = "ab\n\ncd\r\nef";
    tempo__positions positions;
    tempo__positions_init(&positions, text, sizeof text - 1);
    static const struct {
        size_t offset, end, line, column, length;
    } rows[] = {{8, 10, 4, 1, 2}, {4, 8, 3, 1, 2},    {0, 9, 1, 1, 2}, {3, 4, 2, 1, 0},
                {9, 99, 4, 2, 1}, {99, 100, 4, 3, 0}, {1, 1, 1, 2, 0}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const tempo_place place = tempo__place_of(&positions, rows[i].offset, rows[i].end);
        assert_place_of(&place, rows[i].line, rows[i].column, rows[i].length);
    }
}

static void a_byte_order_mark_takes_no_column(void **state)
{
    (void)state;
    tempo_tree *tree = read_values("\xEF\xBB\xBF"
                                   "a: 1\n");
    assert_place_of(&at(tree, "a")->key_place, 1, 1, 1);
    tempo_tree_free(tree);
}

static void windows_line_ends_are_line_ends(void **state)
{
    (void)state;
    tempo_tree *tree = read_values("a: 1\r\nb:\r\n  c: x\r\n");
    assert_string_equal(at(tree, "b.c")->text, "x");
    assert_place_of(&at(tree, "b.c")->place, 3, 6, 1);
    assert_place_of(&at(tree, "b")->place, 3, 3, 4);
    tempo_tree_free(tree);
}

/* --- aliases --- */

static void an_alias_is_the_value_itself(void **state)
{
    (void)state;
    assert_same("a: &x {b: [1, 2]}\nc: *x\nd: [*x, *x]\n",
                "a: {b: [1, 2]}\nc: {b: [1, 2]}\nd: [{b: [1, 2]}, {b: [1, 2]}]\n");
    assert_same("a: &x 1\nb: *x\nc: &x 2\nd: *x\n", "a: 1\nb: 1\nc: 2\nd: 2\n"); /* the latest of a name */
    assert_same("a: &x\nb: *x\n", "a: ~\nb: ~\n");
}

static void many_aliases_and_anchors_are_told_apart(void **state)
{
    (void)state;
    static char text[60000];
    text[0] = '\0';
    char *p = text;
    for (int i = 0; i < 1000; i++)
        p += sprintf(p, "k%d: &n%d %d\n", i, i, i);
    for (int i = 0; i < 1000; i++)
        p += sprintf(p, "u%d: *n%d\n", i, i);
    tempo_tree *tree = read_values(text);
    for (int i = 0; i < 1000; i++) {
        char path[16];
        (void)snprintf(path, sizeof path, "u%d", i);
        assert_int_equal(at(tree, path)->integer, i);
    }
    tempo_tree_free(tree);
}

static void maps_can_be_merged(void **state)
{
    (void)state;
    assert_same("x: &x {a: 1, b: 2}\ny: {<<: *x, b: 3, c: 4}\n", "x: {a: 1, b: 2}\ny: {a: 1, b: 3, c: 4}\n");
    assert_same("<<: {a: 1}\na: 2\n", "a: 2\n"); /* what is explicit wins, in any order */
    assert_same("<<: [{a: 1}, {a: 2, b: 3}]\n", "a: 1\nb: 3\n");
    assert_same("<<: []\na: 1\n", "a: 1\n");
    assert_same("a: 1\n<<: {b: 2}\nc: 3\n", "a: 1\nc: 3\nb: 2\n");
    assert_same("a: 1\n<<: {b: 2}\n", "a: 1\nb: 2\n");
    assert_same("<<: {<<: {a: 1}, b: 2}\n", "a: 1\nb: 2\n");
    assert_same("\"<<\": {a: 1}\n", "{'<<': {a: 1}}\n"); /* quoted, it is a key like any other */
}

static void a_merged_value_keeps_the_place_it_was_written_at(void **state)
{
    (void)state;
    tempo_tree *tree = read_values("x: &x {a: 1}\ny: {<<: *x}\n");
    assert_place_of(&at(tree, "y.a")->place, 1, 11, 1);
    assert_place_of(&at(tree, "y.a")->key_place, 1, 8, 1);
    tempo_tree_free(tree);
}

/* --- writing --- */

/* A document is a map of a few kinds of values; what writes it knows them all. */
static void every_value_is_written_so_that_it_reads_back(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "1",
        "-0.0",
        ".nan",
        "[.inf, -.inf, 1e400, 5e-324]",
        "~",
        "a b",
        "[]",
        "{}",
        "[[], {}, [[a], {b: c}]]",
        "{a: [{b: 1}, 2]}",
        "[{a: 1}, {b: {c: {d: [1, [2]]}}}]",
        "{? '' : 1, ' ': 2, 'a: b': 3}",
        "|\n a\n\n  b\n",
        "[9223372036854775807, -9223372036854775808]",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        for (tempo_format format = TEMPO_YAML; format <= TEMPO_JSON; format++) {
            kept_output output = {NULL, 0};
            tempo_tree *tree = read_values(texts[i]);
            assert_int_equal(tempo_value_print(tempo_tree_root(tree), format, keep_output, &output, NULL), TEMPO_OK);
            assert_same(texts[i], output.bytes);
            free(output.bytes);
            tempo_tree_free(tree);
        }
    }
}

/* --- sets of names --- */

static void names_are_found_whatever_they_share(void **state)
{
    (void)state;
    static const char *const names[] = {"", "a", "b", "aa", "ab", "aaa", "\xFF", "\x80", "a\x01", "lr", "lr0", "l"};
    enum { COUNT = sizeof names / sizeof names[0] };
    tempo__arena arena;
    tempo__arena_init(&arena, NULL);
    tempo__names set = {.arena = &arena};
    assert_null(tempo__names_find(&set, "a"));
    for (size_t i = 0; i < COUNT; i++) {
        tempo__name *name = tempo__names_enter(&set, names[i]);
        assert_null(name->data);
        name->data = names[i];
    }
    for (size_t i = 0; i < COUNT; i++) {
        assert_ptr_equal(tempo__names_find(&set, names[i])->data, names[i]);
        assert_ptr_equal(tempo__names_enter(&set, names[i])->data, names[i]);
    }
    assert_null(tempo__names_find(&set, "aaaa"));
    assert_null(tempo__names_find(&set, "c"));
    tempo__arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unquoted_scalars_follow_the_core_schema),
        cmocka_unit_test(quoted_and_block_scalars_are_text),
        cmocka_unit_test(tags_choose_the_kind),
        cmocka_unit_test(quoted_text_is_unquoted),
        cmocka_unit_test(escapes_that_are_none_are_found),
        cmocka_unit_test(keys_may_be_quoted),
        cmocka_unit_test(keys_and_values_have_places),
        cmocka_unit_test(keys_in_brackets_have_their_places_over_several_lines),
        cmocka_unit_test(places_can_be_asked_for_in_any_order),
        cmocka_unit_test(a_byte_order_mark_takes_no_column),
        cmocka_unit_test(windows_line_ends_are_line_ends),
        cmocka_unit_test(an_alias_is_the_value_itself),
        cmocka_unit_test(many_aliases_and_anchors_are_told_apart),
        cmocka_unit_test(maps_can_be_merged),
        cmocka_unit_test(a_merged_value_keeps_the_place_it_was_written_at),
        cmocka_unit_test(every_value_is_written_so_that_it_reads_back),
        cmocka_unit_test(names_are_found_whatever_they_share),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
