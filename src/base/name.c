/* name.c: comparing names, and finding the one that was meant. */
#include "base/internal.h"

#include <string.h>

enum { NAME_MAX_COMPARED = 96 };

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool tempo__equal_ignoring_case(const char *a, size_t a_length, const char *b)
{
    for (size_t i = 0; i < a_length; i++)
        if (!b[i] || lower(a[i]) != lower(b[i]))
            return false;
    return b[a_length] == '\0';
}

static size_t minimum(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Optimal string alignment distance, ignoring case, over the first NAME_MAX_COMPARED letters. */
static size_t edit_distance(const char *a, const char *b)
{
    const size_t a_length = minimum(strlen(a), NAME_MAX_COMPARED);
    const size_t b_length = minimum(strlen(b), NAME_MAX_COMPARED);
    size_t rows[3][NAME_MAX_COMPARED + 1];
    size_t *before = rows[0], *above = rows[1], *row = rows[2];
    for (size_t j = 0; j <= b_length; j++)
        above[j] = j;
    for (size_t i = 1; i <= a_length; i++) {
        row[0] = i;
        for (size_t j = 1; j <= b_length; j++) {
            const bool same = lower(a[i - 1]) == lower(b[j - 1]);
            row[j] = minimum(minimum(above[j] + 1, row[j - 1] + 1), above[j - 1] + (same ? 0 : 1));
            if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) && lower(a[i - 2]) == lower(b[j - 1]))
                row[j] = minimum(row[j], before[j - 2] + 1);
        }
        size_t *const oldest = before;
        before = above;
        above = row;
        row = oldest;
    }
    return above[b_length];
}

void tempo__nearest_offer(tempo__nearest *nearest, const char *candidate)
{
    const size_t distance = edit_distance(nearest->name, candidate);
    const size_t length = minimum(strlen(nearest->name), strlen(candidate));
    if (distance > (length + 2) / 3)
        return;
    if (!nearest->best || distance < nearest->distance) {
        nearest->best = candidate;
        nearest->distance = distance;
    }
}
