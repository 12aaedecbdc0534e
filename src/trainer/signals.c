/* signals.c: SIGINT and SIGTERM noticed while a fit asks for it. A handler can reach nothing but what is global: this is
 * the only place of the library where something is. */
#define _POSIX_C_SOURCE 200809L

#include <signal.h>

#include "trainer/internal.h"

static volatile sig_atomic_t caught;
static const int signals[] = {SIGINT, SIGTERM};
enum { SIGNAL_COUNT = sizeof signals / sizeof signals[0] };
static struct sigaction before[SIGNAL_COUNT];

static void on_signal(int number)
{
    (void)number;
    caught = 1;
}

void tempo__signals_catch(void)
{
    /* Reset after the first one: a second one kills, as it would have. */
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND};
    (void)sigemptyset(&action.sa_mask);
    caught = 0;
    for (int i = 0; i < SIGNAL_COUNT; i++)
        (void)sigaction(signals[i], &action, &before[i]);
}

void tempo__signals_release(void)
{
    for (int i = 0; i < SIGNAL_COUNT; i++)
        (void)sigaction(signals[i], &before[i], NULL);
}

bool tempo__signals_caught(void)
{
    return caught != 0;
}
