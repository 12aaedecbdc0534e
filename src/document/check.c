/* check.c: whether some bytes are a text that libfyaml can be trusted with. Knows no key and no value.
 *
 * Beside what no YAML contains, this refuses the few things that libfyaml 0.7.12 handles badly: it keeps
 * all of a line's tokens in memory while brackets are open, takes time proportional to the square of the
 * length of a run of white space, and frees a key twice after some tabs.
 */
#include "document/internal.h"

#include <string.h>

enum {
    OPEN_BRACKETS_MAX = 1000,       /* far more than can be read, so that a ) in some text does no harm */
    MARKS_IN_LINE_MAX = 400 * 1000, /* a token each; libfyaml needs some 300 bytes for one */
    WHITE_SPACE_MAX = 400,          /* in a row: the largest text full of them takes seconds */
};

/* Length of the character at the start of `text`, or 0 if it is not UTF-8: too long a form, half of a
 * surrogate pair, or beyond U+10FFFF. */
static size_t character_length(const char *text, size_t length)
{
    const unsigned char first = (unsigned char)text[0];
    if (first < 0x80)
        return 1;
    const size_t size = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
    if (first < 0xC2 || first > 0xF4 || size > length)
        return 0;
    for (size_t i = 1; i < size; i++)
        if (!tempo__continues_character(text[i]))
            return 0;
    const unsigned char second = (unsigned char)text[1];
    const bool bad = (first == 0xE0 && second < 0xA0) || (first == 0xED && second > 0x9F) ||
                     (first == 0xF0 && second < 0x90) || (first == 0xF4 && second > 0x8F);
    return bad ? 0 : size;
}

/* Whether the character at the start of `text` is none for a text file. Line breaks of old, \r alone and
 * U+0085, are among them: libfyaml 0.7.12 miscounts the length of texts that contain them. */
static bool is_control(const char *text, size_t length)
{
    const unsigned char c = (unsigned char)text[0];
    if (c == 0xC2)
        return (unsigned char)text[1] < 0xA0;
    if (c == '\r')
        return length == 1 || text[1] != '\n';
    return (c < ' ' && c != '\t' && c != '\n') || c == 0x7F;
}

/* Whether the line is the one directive that is read: it changes nothing. Others are refused since they
 * do, and since libfyaml 0.7.12 takes time proportional to the square of their length. */
static bool is_known_directive(const char *line, size_t length)
{
    static const char known[] = "%YAML 1.2";
    const size_t size = sizeof known - 1;
    return length > size && memcmp(line, known, size) == 0 && (line[size] == '\n' || line[size] == '\r');
}

/* What was seen so far. */
typedef struct scan {
    const char *text;
    size_t length;
    size_t open;          /* brackets, quoted ones included */
    size_t marks;         /* in this line */
    size_t white_space;   /* in a row */
    size_t tab;           /* offset of a tab after a colon, or SIZE_MAX */
    bool has_complex_key; /* something that may be a `? key` */
} scan;

static tempo_status refuse(const scan *s, tempo_status status, size_t offset, tempo_error *error)
{
    tempo__positions positions;
    tempo__positions_init(&positions, s->text, s->length);
    const tempo_place place = tempo__place_of(&positions, offset, offset + 1);
    tempo__locate(error, place.line, place.column, place.length);
    return status;
}

static tempo_status check_character(const scan *s, size_t i, size_t size, tempo_error *error)
{
    const unsigned char byte = (unsigned char)s->text[i];
    if (!size) {
        tempo__fail(error, TEMPO_BAD_SYNTAX, "the text is not UTF-8: byte 0x%02X at offset %zu", byte, i);
        tempo__advise(error, "save the file as UTF-8");
        return refuse(s, TEMPO_BAD_SYNTAX, i, error);
    }
    if (is_control(s->text + i, s->length - i)) {
        tempo__fail(error, TEMPO_BAD_SYNTAX, "the text has a control character: byte 0x%02X at offset %zu", byte, i);
        tempo__advise(error, "a document is YAML or JSON text, with lines that end in \\n or \\r\\n");
        return refuse(s, TEMPO_BAD_SYNTAX, i, error);
    }
    if (byte == '%' && (i == 0 || s->text[i - 1] == '\n') && !is_known_directive(s->text + i, s->length - i)) {
        tempo__fail(error, TEMPO_BAD_SYNTAX, "a line that starts with %% is a directive, and only %%YAML 1.2 is read");
        return refuse(s, TEMPO_BAD_SYNTAX, i, error);
    }
    return TEMPO_OK;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static tempo_status count_marks(scan *s, size_t i, tempo_error *error)
{
    const char c = s->text[i];
    s->white_space = is_blank(c) || c == '\r' || c == '\n' ? s->white_space + 1 : 0;
    if (s->white_space > WHITE_SPACE_MAX) {
        tempo__fail(error, TEMPO_TOO_LARGE, "there are more than %d blanks and line breaks in a row", WHITE_SPACE_MAX);
        return refuse(s, TEMPO_TOO_LARGE, i, error);
    }
    if (c == '\n')
        s->marks = 0;
    if (!c || !strchr("[]{},:?", c))
        return TEMPO_OK;
    if (c == '[' || c == '{')
        s->open++;
    else if ((c == ']' || c == '}') && s->open)
        s->open--;
    if (s->open > OPEN_BRACKETS_MAX) {
        tempo__fail(error, TEMPO_TOO_LARGE, "lists and maps are nested more than %d deep", TEMPO_DOCUMENT_DEPTH_MAX);
        return refuse(s, TEMPO_TOO_LARGE, i, error);
    }
    if (++s->marks > MARKS_IN_LINE_MAX) {
        tempo__fail(error, TEMPO_TOO_LARGE, "a line has more than %d brackets, commas and colons", MARKS_IN_LINE_MAX);
        tempo__advise(error, "break it into several lines");
        return refuse(s, TEMPO_TOO_LARGE, i, error);
    }
    return TEMPO_OK;
}

/* Looks for what makes libfyaml free a key twice: after a `? key` has come, a `:`, a tab, and one of
 * `? : | >` or `- `. Both are rare, and together no text that somebody wrote. */
static void look_for_double_free(scan *s, size_t i)
{
    const char *text = s->text;
    if (text[i] == '?' && (i == 0 || is_blank(text[i - 1]) || text[i - 1] == '\n') &&
        (i + 1 == s->length || is_blank(text[i + 1]) || text[i + 1] == '\r' || text[i + 1] == '\n'))
        s->has_complex_key = true;
    if (text[i] != ':')
        return;
    size_t tab = SIZE_MAX, after = i + 1;
    for (; after < s->length && is_blank(text[after]); after++)
        if (text[after] == '\t')
            tab = after;
    if (tab != SIZE_MAX && after < s->length && strchr("?:|>-", text[after]))
        s->tab = tab;
}

tempo_status tempo__check_text(const char *text, size_t length, tempo_error *error)
{
    scan s = {.text = text, .length = length, .tab = SIZE_MAX};
    for (size_t i = 0; i < length;) {
        const size_t size = character_length(text + i, length - i);
        tempo_status status = check_character(&s, i, size, error);
        if (!status)
            status = count_marks(&s, i, error);
        if (status)
            return status;
        look_for_double_free(&s, i);
        i += size;
    }
    if (s.has_complex_key && s.tab != SIZE_MAX) {
        tempo__fail(error, TEMPO_BAD_SYNTAX, "a tab stands after a colon, in a text with keys that are marked by ?");
        tempo__advise(error, "put a space there");
        return refuse(&s, TEMPO_BAD_SYNTAX, s.tab, error);
    }
    return TEMPO_OK;
}
