/* progress_print.c: what a line of progress says, in the room there is. Knows neither clock nor terminal. */
#include <math.h>
#include <string.h>

#include <tempo/progress.h>

#include "base/internal.h"

enum { BAR_MOST = 30, BAR_LEAST = 8, VALUE_DIGITS = 3, RATE_DIGITS = 2, TEXT_MAX = 64 };

/* A line as it grows, which may be longer than there is memory for. */
typedef struct line {
    char *buffer;
    size_t capacity, length;
    size_t columns;
} line;

/* Adds text; what does not fit as a whole is left out, but counted. */
static void put(line *l, const char *text)
{
    const size_t length = strlen(text);
    if (l->length + length < l->capacity) {
        memcpy(l->buffer + l->length, text, length + 1);
    }
    l->length += length;
    for (const char *c = text; *c; c++)
        l->columns += ((unsigned char)*c & 0xC0) != 0x80;
}

static void begin_part(line *l)
{
    if (l->length)
        put(l, "  ");
}

/* --- numbers --- */

/* Rounded to a fixed number of decimals (at most 3), so that a line does not jump about. */
static void put_fixed(line *l, double value, int decimals)
{
    static const int64_t powers[] = {1, 10, 100, 1000};
    const int64_t scaled = (int64_t)llround(fabs(value) * (double)powers[decimals]);
    char text[TEMPO__NUMBER_MAX + 8];
    char *p = text;
    if (value < 0)
        *p++ = '-';
    p += tempo__integer_print(p, scaled / powers[decimals]);
    if (decimals) {
        char fraction[TEMPO__NUMBER_MAX];
        (void)tempo__integer_print(fraction, powers[decimals] + scaled % powers[decimals]);
        fraction[0] = '.';
        memcpy(p, fraction, (size_t)decimals + 2);
    }
    put(l, text);
}

static void put_short(line *l, double value, int digits)
{
    char text[TEMPO__NUMBER_MAX];
    (void)tempo__number_shorten(text, value, digits);
    put(l, text);
}

/* A count in two or three digits and a suffix; whole up to 9999, which a log may name too. */
static void put_count(line *l, double value)
{
    static const char *const suffixes[] = {"k", "M", "G", "T"};
    if (!(value >= 9999.5)) {
        put_fixed(l, value, value == floor(value) ? 0 : 1);
        return;
    }
    size_t i = 0;
    for (value /= 1000; value >= 999.5 && i + 1 < sizeof suffixes / sizeof suffixes[0]; i++)
        value /= 1000;
    if (value < 999999)
        put_fixed(l, value, value < 9.95 ? 1 : 0);
    else
        put_short(l, value, VALUE_DIGITS);
    put(l, suffixes[i]);
}

/* Four digits, as many as a loss has that a person looks at. */
static void put_loss(line *l, double loss)
{
    const double magnitude = fabs(loss);
    put(l, "loss ");
    if (magnitude >= 0.01 && magnitude < 9999.5)
        put_fixed(l, loss, magnitude < 9.9995 ? 3 : magnitude < 99.995 ? 2 : magnitude < 999.95 ? 1 : 0);
    else
        put_short(l, loss, VALUE_DIGITS);
}

static void put_two_digits(line *l, int64_t value)
{
    const char text[] = {(char)('0' + value / 10), (char)('0' + value % 10), '\0'};
    put(l, text);
}

/* "0:34", "1:02:03", "5d 3h" */
static void put_seconds(line *l, double seconds)
{
    const int64_t whole = (int64_t)ceil(seconds - 1e-6);
    const int64_t hours = whole / 3600;
    char text[TEMPO__NUMBER_MAX];
    if (hours >= 48) {
        (void)tempo__integer_print(text, hours / 24);
        put(l, text);
        put(l, "d ");
        (void)tempo__integer_print(text, hours % 24);
        put(l, text);
        put(l, "h");
        return;
    }
    (void)tempo__integer_print(text, hours ? hours : whole / 60);
    put(l, text);
    if (hours) {
        put(l, ":");
        put_two_digits(l, whole / 60 % 60);
    }
    put(l, ":");
    put_two_digits(l, whole % 60);
}

/* --- parts --- */

static double part_done(const tempo_progress_state *state)
{
    return state->total > 0 ? fmin(fmax(state->done / state->total, 0), 1) : 0;
}

static void put_bar(line *l, const tempo_progress_state *state, const tempo_progress_style *style, size_t width)
{
    static const char *const eighths[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
    const size_t steps = style->ascii ? 1 : 8;
    const size_t filled = (size_t)(part_done(state) * (double)(width * steps));
    size_t used = 0;
    begin_part(l);
    for (; used < filled / steps; used++)
        put(l, style->ascii ? "#" : "█");
    if (filled % steps) {
        put(l, eighths[filled % steps]);
        used++;
    }
    for (; used < width; used++)
        put(l, style->ascii ? "." : " ");
}

static void put_percent(line *l, const tempo_progress_state *state)
{
    const int64_t percent = (int64_t)(part_done(state) * 100);
    if (!(state->total > 0))
        return;
    begin_part(l);
    put(l, percent < 10 ? "  " : percent < 100 ? " " : "");
    put_fixed(l, (double)percent, 0);
    put(l, "%");
}

static void put_counts(line *l, const tempo_progress_state *state)
{
    begin_part(l);
    put_count(l, state->done);
    put(l, tempo_unit_suffix(state->unit));
    if (!(state->total > 0))
        return;
    put(l, "/");
    put_count(l, state->total);
    put(l, tempo_unit_suffix(state->unit));
}

/* Whether all groups that have the field agree on it. */
static bool agree(const tempo_progress_state *state, size_t track)
{
    for (size_t i = 0; i < state->track_count; i++)
        if (strcmp(state->tracks[i].field, state->tracks[track].field) == 0 &&
            memcmp(&state->values[i], &state->values[track], sizeof(double)) != 0)
            return false;
    return true;
}

static bool has_come_before(const tempo_progress_state *state, size_t track)
{
    for (size_t i = 0; i < track; i++)
        if (strcmp(state->tracks[i].field, state->tracks[track].field) == 0)
            return true;
    return false;
}

/* The first `most` fields; returns how many there are. */
static size_t put_fields(line *l, const tempo_progress_state *state, size_t most)
{
    size_t count = 0;
    for (size_t i = 0; i < state->track_count; i++) {
        const tempo_track *track = &state->tracks[i];
        const bool is_common = agree(state, i);
        if ((is_common && has_come_before(state, i)) || ++count > most)
            continue;
        begin_part(l);
        if (!is_common && *track->group) {
            put(l, track->group);
            put(l, ".");
        }
        put(l, strcmp(track->field, "weight_decay") == 0 ? "wd" : track->field);
        put(l, " ");
        put_short(l, state->values[i], VALUE_DIGITS);
    }
    return count;
}

static void put_rate(line *l, const tempo_progress_state *state)
{
    if (!(state->rate > 0) || state->unit == TEMPO_SECOND)
        return;
    begin_part(l);
    if (state->rate < 9.95)
        put_short(l, state->rate, RATE_DIGITS);
    else
        put_count(l, round(state->rate));
    put(l, tempo_unit_suffix(state->unit));
    put(l, "/s");
}

static void put_left(line *l, const tempo_progress_state *state)
{
    const double left = (state->total - state->done) / state->rate;
    if (!(state->rate > 0) || !(left > 0) || !(left < 1e12))
        return;
    begin_part(l);
    put_seconds(l, left);
    put(l, " left");
}

/* --- the line --- */

/* What there is room for. */
typedef struct choice {
    size_t bar, fields; /* columns, fields */
    bool loss, counts, rate, left;
} choice;

/* Returns how many fields there would have been. */
static size_t put_line(line *l, const tempo_progress_state *state, const tempo_progress_style *style, choice shown)
{
    if (state->name)
        put(l, state->name);
    if (shown.bar)
        put_bar(l, state, style, shown.bar);
    put_percent(l, state);
    if (shown.counts)
        put_counts(l, state);
    if (shown.loss && !isnan(state->loss)) {
        begin_part(l);
        put_loss(l, state->loss);
    }
    const size_t fields = put_fields(l, state, shown.fields);
    if (shown.rate)
        put_rate(l, state);
    if (shown.left)
        put_left(l, state);
    return fields;
}

/* Leaves out what matters least; false when nothing is left to leave out. */
static bool shrink(choice *shown)
{
    if (shown->fields)
        shown->fields--;
    else if (shown->rate)
        shown->rate = false;
    else if (shown->counts)
        shown->counts = false;
    else if (shown->loss)
        shown->loss = false;
    else if (shown->left)
        shown->left = false;
    else
        return false;
    return true;
}

static choice choose(const tempo_progress_state *state, const tempo_progress_style *style)
{
    choice shown = {.fields = SIZE_MAX, .loss = true, .counts = true, .rate = true, .left = true};
    line measured = {.buffer = NULL};
    const bool has_bar = style->bar && state->total > 0;
    shown.fields = put_line(&measured, state, style, shown);
    const size_t columns = style->columns;
    if (has_bar && (columns == 0 || columns >= measured.columns + BAR_LEAST + 2)) {
        const size_t room = columns ? columns - measured.columns - 2 : BAR_MOST;
        shown.bar = room < BAR_MOST ? room : BAR_MOST;
        return shown;
    }
    while (columns && measured.columns > columns && shrink(&shown)) {
        measured = (line){.buffer = NULL};
        (void)put_line(&measured, state, style, shown);
    }
    return shown;
}

size_t tempo_progress_print(char *buffer, size_t capacity, const tempo_progress_state *state,
                            const tempo_progress_style *style)
{
    line l = {.buffer = buffer, .capacity = capacity};
    if (capacity)
        *buffer = '\0';
    (void)put_line(&l, state, style, choose(state, style));
    return l.length;
}
