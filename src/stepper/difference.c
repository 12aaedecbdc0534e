/* difference.c: what two schedules, or the tracks of two steppers, differ in, as words. */
#include "stepper/difference.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "schedule/text.h"

void tempo__differ(tempo__differences *d, const char *format, ...)
{
    char text[sizeof d->text];
    va_list arguments;
    va_start(arguments, format);
    const int length = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    const size_t wanted = d->length + (d->count ? 2 : 0) + (length > 0 ? (size_t)length : 0);
    if (wanted < sizeof d->text && !d->hidden)
        d->length +=
            (size_t)snprintf(d->text + d->length, sizeof d->text - d->length, "%s%s", d->count ? "; " : "", text);
    else
        d->hidden++;
    d->count++;
}

enum { SHOWN = 48 };

/* The value in the one-line form, cut where it is long. */
static const char *show(char buffer[SHOWN], const tempo_value *value)
{
    tempo__writer w = {buffer, SHOWN, 0};
    if (!value)
        return "not given";
    tempo__write_value(&w, value);
    if (w.length < SHOWN)
        buffer[w.length] = '\0';
    else
        memcpy(buffer + SHOWN - 4, "...", 4);
    return buffer;
}

static bool is_number(const tempo_value *value)
{
    return value->kind == TEMPO_VALUE_INTEGER || value->kind == TEMPO_VALUE_REAL;
}

static bool same_scalar(const tempo_value *here, const tempo_value *saved)
{
    return tempo_value_equal(here, saved) || (is_number(here) && is_number(saved) && here->real == saved->real);
}

static void compare(tempo__differences *d, const char *path, const tempo_value *here, const tempo_value *saved);

static void compare_members(tempo__differences *d, const char *path, const tempo_value *here, const tempo_value *saved)
{
    char inner[192];
    for (const tempo_value *member = here->first; member; member = member->next) {
        (void)snprintf(inner, sizeof inner, "%s.%s", path, member->key);
        compare(d, inner, member, tempo_value_member(saved, member->key));
    }
    for (const tempo_value *member = saved->first; member; member = member->next) {
        (void)snprintf(inner, sizeof inner, "%s.%s", path, member->key);
        if (!tempo_value_member(here, member->key))
            compare(d, inner, NULL, member);
    }
}

static void compare_elements(tempo__differences *d, const char *path, const tempo_value *here, const tempo_value *saved)
{
    char inner[192];
    size_t index = 0;
    const tempo_value *a = here->first, *b = saved->first;
    for (; a || b; a = a ? a->next : NULL, b = b ? b->next : NULL) {
        (void)snprintf(inner, sizeof inner, "%s[%zu]", path, index++);
        compare(d, inner, a, b);
    }
}

/* Either may be NULL: not given. Depth is that of a schedule, which is limited. */
static void compare(tempo__differences *d, const char *path, const tempo_value *here, const tempo_value *saved)
{
    char a[SHOWN], b[SHOWN];
    if (here && saved && here->kind == TEMPO_VALUE_MAP && saved->kind == TEMPO_VALUE_MAP)
        compare_members(d, path, here, saved);
    else if (here && saved && here->kind == TEMPO_VALUE_LIST && saved->kind == TEMPO_VALUE_LIST)
        compare_elements(d, path, here, saved);
    else if (!here || !saved || !same_scalar(here, saved))
        tempo__differ(d, "%s: %s here, %s saved", path, show(a, here), show(b, saved));
}

void tempo__compare_schedules(tempo__differences *d, const tempo_value *here, const tempo_value *saved)
{
    compare(d, "schedules", here, saved);
}
