/* yaml_token.c: what libfyaml's tokens say: where they are, their text, their kind. Knows no tree. */
#include "document/yaml.h"

#include <string.h>

static char quote_of(struct fy_token *token)
{
    switch (fy_token_scalar_style(token)) {
    case FYSS_SINGLE_QUOTED:
        return '\'';
    case FYSS_DOUBLE_QUOTED:
        return '"';
    default:
        return '\0';
    }
}

bool tempo__is_plain(struct fy_token *token)
{
    return !token || fy_token_scalar_style(token) == FYSS_PLAIN;
}

/* --- places --- */

/* The bytes of a token as libfyaml marks them; false if it has none. */
static bool span_of(const tempo__yaml *r, struct fy_token *token, size_t *start, size_t *stop)
{
    const struct fy_mark *first = token ? fy_token_start_mark(token) : NULL;
    const struct fy_mark *last = token ? fy_token_end_mark(token) : NULL;
    if (!first || !last || first->input_pos > last->input_pos || last->input_pos > r->positions.length)
        return false;
    *start = first->input_pos;
    *stop = last->input_pos;
    return true;
}

tempo_place tempo__place_token(tempo__yaml *r, struct fy_token *token)
{
    size_t start = 0, stop = 0;
    if (!span_of(r, token, &start, &stop))
        return tempo__place_of(&r->positions, r->end, r->end);
    const enum fy_token_type type = fy_token_get_type(token);
    const size_t quote = type == FYTT_SCALAR && quote_of(token) ? 1 : 0;
    const size_t lead = type == FYTT_ALIAS ? 1 : quote;
    r->end = stop + quote;
    return tempo__place_of(&r->positions, start >= lead ? start - lead : 0, r->end);
}

/* --- content --- */

static tempo_status decode(tempo__yaml *r, tempo__slice raw, char quote, tempo__slice *out)
{
    char *content = tempo__arena_take(&r->arena, raw.length + 1, 1);
    if (!content)
        return tempo__out_of_memory(r->error);
    const size_t length = tempo__quoted_decode(content, raw.text, raw.length, quote);
    if (length == SIZE_MAX)
        return tempo__fail(r->error, TEMPO_BAD_SYNTAX, "the text contains a backslash escape that is not known");
    *out = (tempo__slice){content, length};
    return TEMPO_OK;
}

/* Writes at most `capacity` bytes of a token's content, piece by piece; the result is their number, or
 * SIZE_MAX if memory is out. */
static size_t copy_pieces(struct fy_token *token, char *out, size_t capacity)
{
    struct fy_token_iter *pieces = fy_token_iter_create(token);
    if (!pieces)
        return SIZE_MAX;
    size_t used = 0;
    int failure = 0;
    const struct fy_iter_chunk *piece = NULL;
    while (used <= capacity && (piece = fy_token_iter_chunk_next(pieces, piece, &failure))) {
        const size_t room = capacity - used;
        memcpy(out + used, piece->str, piece->len < room ? piece->len : room);
        used += piece->len;
    }
    fy_token_iter_destroy(pieces);
    return failure ? SIZE_MAX : used;
}

/* Texts of several lines are put together by libfyaml. Version 0.7.12 counts some of them wrongly, and
 * then its own fy_token_get_text() cuts them off, or hands out memory that was never written: so they
 * are copied here, and refused unless the count is right. */
static tempo_status copy_content(tempo__yaml *r, struct fy_token *token, tempo__slice *out)
{
    const size_t length = fy_token_get_text_length(token);
    char *content = length <= r->positions.length ? tempo__arena_take(&r->arena, length + 1, 1) : NULL;
    if (length <= r->positions.length && !content)
        return tempo__out_of_memory(r->error);
    if (!content || copy_pieces(token, content, length) != length) {
        tempo__fail(r->error, TEMPO_BAD_SYNTAX, "libfyaml cannot put the lines of this text together");
        tempo__advise(r->error, "write it in one line, in double quotes");
        return TEMPO_BAD_SYNTAX;
    }
    *out = (tempo__slice){content, length};
    return TEMPO_OK;
}

/* What stands in the document, as it is if that is the content. */
static tempo_status find_content(tempo__yaml *r, struct fy_token *token, tempo__slice *out)
{
    size_t start = 0, stop = 0;
    const char quote = quote_of(token);
    if (span_of(r, token, &start, &stop)) {
        const tempo__slice raw = {r->positions.text + start, stop - start};
        if (quote && !tempo__quoted_is_simple(raw.text, raw.length, quote))
            return decode(r, raw, quote, out);
        *out = raw;
        if (quote || (tempo__is_plain(token) && !memchr(raw.text, '\n', raw.length)))
            return TEMPO_OK;
    }
    return copy_content(r, token, out);
}

tempo_status tempo__read_content(tempo__yaml *r, struct fy_token *token, tempo_place place, tempo__slice *out)
{
    *out = (tempo__slice){"", 0};
    if (!token)
        return TEMPO_OK;
    tempo_status status = find_content(r, token, out);
    if (!status && memchr(out->text, '\0', out->length))
        status = tempo__fail(r->error, TEMPO_BAD_SYNTAX, "the text contains the character U+0000");
    return status == TEMPO_BAD_SYNTAX ? tempo__fail_here(r, status, place, NULL) : status;
}

/* --- tags --- */

static const struct {
    const char *tag;
    tempo_value_kind kind;
} tags[] = {
    {"!", TEMPO_VALUE_TEXT},
    {"tag:yaml.org,2002:str", TEMPO_VALUE_TEXT},
    {"tag:yaml.org,2002:int", TEMPO_VALUE_INTEGER},
    {"tag:yaml.org,2002:float", TEMPO_VALUE_REAL},
    {"tag:yaml.org,2002:bool", TEMPO_VALUE_BOOL},
    {"tag:yaml.org,2002:null", TEMPO_VALUE_NULL},
    {"tag:yaml.org,2002:seq", TEMPO_VALUE_LIST},
    {"tag:yaml.org,2002:map", TEMPO_VALUE_MAP},
};

tempo_status tempo__read_tag(tempo__yaml *r, struct fy_token *token, tempo__tag *out)
{
    *out = (tempo__tag){false, TEMPO_VALUE_NULL};
    if (!token)
        return TEMPO_OK;
    size_t length = 0;
    const char *text = fy_token_get_text(token, &length);
    for (size_t i = 0; text && i < sizeof tags / sizeof tags[0]; i++)
        if (strlen(tags[i].tag) == length && memcmp(tags[i].tag, text, length) == 0)
            *out = (tempo__tag){true, tags[i].kind};
    if (out->given)
        return TEMPO_OK;
    tempo__fail(r->error, TEMPO_BAD_TYPE, "the tag '%s' is not known", text ? tempo__show(text, length).text : "");
    tempo__advise(r->error, "leave it out, or use one of !!str, !!int, !!float, !!bool, !!null, !!seq, !!map");
    return tempo__fail_here(r, TEMPO_BAD_TYPE, tempo__place_token(r, token), NULL);
}
