/* Any text as schedules in one line: refused with a complete error, or read; and what is printed reads back to the
 * same. The build is that of `tools/check fuzz`. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tempo/tempo.h>

static void check(bool is_true, const char *what)
{
    if (is_true)
        return;
    (void)fprintf(stderr, "not so: %s\n", what);
    abort();
}

static char *print(const tempo_schedule *schedule)
{
    const size_t length = tempo_schedule_print(NULL, 0, schedule);
    char *text = malloc(length + 1);
    check(text != NULL, "there is memory");
    check(tempo_schedule_print(text, length + 1, schedule) == length, "the length is the same with room and without");
    check(strlen(text) == length, "the length is that of the text");
    return text;
}

static void check_round_trip(const tempo_schedule *schedule)
{
    tempo_error error = TEMPO_ERROR_INIT;
    tempo_schedule *again = NULL;
    char *first = print(schedule);
    if (tempo_schedule_parse(&again, first, NULL, &error))
        (void)fprintf(stderr, "column %zu: %s\n%s\n", error.column, error.message, first);
    check(again != NULL, "what was printed can be read");
    char *second = print(again);
    check(strcmp(first, second) == 0, "what was printed is printed again");
    free(second);
    free(first);
    tempo_schedule_free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    tempo_error error = TEMPO_ERROR_INIT;
    tempo_schedule *schedule = NULL;
    char *text = malloc(size + 1);
    check(text != NULL, "there is memory");
    if (size)
        memcpy(text, data, size);
    text[size] = '\0';
    const tempo_status status = tempo_schedule_parse(&schedule, text, NULL, &error);
    check((status == TEMPO_OK) == (schedule != NULL), "there is a schedule unless there is an error");
    check(!status || (error.status == status && *error.message), "an error is complete");
    if (!status)
        check_round_trip(schedule);
    tempo_schedule_free(schedule);
    free(text);
    return 0;
}
