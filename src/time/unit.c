/* unit.c: the units by number, suffix and name. Must not know what a value is. */
#include "base/internal.h"
#include "time/internal.h"

#include <string.h>

static const struct {
    const char *suffix;
    const char *name;
} units[TEMPO_UNIT_COUNT] = {
#define UNIT_ROW(name, number, suffix, text) [number] = {suffix, #name},
    TEMPO_UNIT_LIST(UNIT_ROW)
#undef UNIT_ROW
};

/* All suffixes for a message; the first two bytes are a comma too many. */
#define UNIT_IN_LIST(name, number, suffix, text) ", " suffix
static const char suffixes[] = TEMPO_UNIT_LIST(UNIT_IN_LIST);
#undef UNIT_IN_LIST

bool tempo__unit_exists(tempo_unit unit)
{
    return (unsigned)unit < (unsigned)TEMPO_UNIT_COUNT;
}

const char *tempo_unit_suffix(tempo_unit unit)
{
    return tempo__unit_exists(unit) ? units[unit].suffix : NULL;
}

const char *tempo_unit_name(tempo_unit unit)
{
    return tempo__unit_exists(unit) ? units[unit].name : NULL;
}

enum { EXCERPT_MAX = sizeof(tempo__excerpt) - sizeof("...") };

tempo__excerpt tempo__excerpt_of(const char *text, size_t length)
{
    tempo__excerpt excerpt = {""};
    const size_t shown = length < EXCERPT_MAX ? length : EXCERPT_MAX;
    for (size_t i = 0; i < shown; i++)
        excerpt.text[i] = text[i] >= ' ' && text[i] <= '~' ? text[i] : '?';
    if (shown < length)
        memcpy(excerpt.text + shown, "...", sizeof "...");
    return excerpt;
}

/* The suffix of the unit that a word was meant to be, or NULL. */
static const char *nearest_suffix(const char *word)
{
    tempo__nearest by_suffix = {.name = word}, by_name = {.name = word};
    for (size_t i = 0; i < TEMPO_UNIT_COUNT; i++) {
        tempo__nearest_offer(&by_suffix, units[i].suffix);
        tempo__nearest_offer(&by_name, units[i].name);
    }
    /* Suffixes are so short that two letters' difference is no likeness: "step" is not "iter". */
    if (by_suffix.best && by_suffix.distance < 2)
        return by_suffix.best;
    for (size_t i = 0; i < TEMPO_UNIT_COUNT; i++)
        if (by_name.best == units[i].name)
            return units[i].suffix;
    return NULL;
}

tempo_status tempo__unknown_unit(tempo_error *error, const char *word, size_t length)
{
    const tempo__excerpt excerpt = tempo__excerpt_of(word, length);
    const char *const nearest = nearest_suffix(excerpt.text);
    (void)tempo__fail(error, TEMPO_UNKNOWN_NAME, "'%s' is not a unit of time", excerpt.text);
    if (nearest)
        tempo__advise(error, "did you mean %s? the units are %s", nearest, suffixes + 2);
    else
        tempo__advise(error, "the units are %s; a step is a ba", suffixes + 2);
    return TEMPO_UNKNOWN_NAME;
}

tempo_status tempo_unit_parse(tempo_unit *out, const char *text, tempo_error *error)
{
    const size_t length = strlen(text);
    for (size_t i = 0; i < TEMPO_UNIT_COUNT; i++) {
        if (tempo__equal_ignoring_case(text, length, units[i].suffix) ||
            tempo__equal_ignoring_case(text, length, units[i].name)) {
            *out = (tempo_unit)i;
            return TEMPO_OK;
        }
    }
    return tempo__unknown_unit(error, text, length);
}
