/* events.c: calling what was added for an event, in the order in which it was added. */
#include "trainer/internal.h"

const char *tempo_event_name(tempo_event event)
{
    static const char *const names[] = {
#define EVENT_NAME(name, text) text,
        TEMPO_EVENT_LIST(EVENT_NAME)
#undef EVENT_NAME
    };
    return (size_t)event < sizeof names / sizeof names[0] ? names[event] : NULL;
}

tempo_status tempo_trainer_on(tempo_trainer *trainer, const tempo_callback *callback, tempo_error *error)
{
    if (!tempo_event_name(callback->event) || !callback->call)
        return tempo__fail(error, TEMPO_BAD_VALUE, "a callback needs an event that there is, and a function");
    tempo__listener *listener = tempo__arena_take(&trainer->arena, 1, sizeof *listener);
    if (!listener)
        return tempo__out_of_memory(error);
    listener->callback = *callback;
    listener->has_interval = callback->every != NULL;
    if (callback->every) {
        const tempo_status status =
            tempo__interval_read(&listener->interval, callback->every, tempo_event_name(callback->event), error);
        if (status)
            return status;
        tempo__interval_set(&listener->interval, trainer);
    }
    if (trainer->last)
        trainer->last->next = listener;
    else
        trainer->first = listener;
    trainer->last = listener;
    return TEMPO_OK;
}

tempo_status tempo__emit(tempo_trainer *trainer, tempo_event event, const char *path, tempo_error *error)
{
    const tempo_moment moment = {
        .event = event,
        .now = tempo_clock_now(&trainer->clock),
        .loss = trainer->loss,
        .metric = trainer->metric,
        .track_count = trainer->track_count,
        .values = trainer->values,
        .used = trainer->used,
        .path = path,
    };
    for (tempo__listener *listener = trainer->first; listener; listener = listener->next) {
        const tempo_callback *callback = &listener->callback;
        if (callback->event != event || (listener->has_interval && !tempo__interval_due(&listener->interval, trainer)))
            continue;
        const int code = callback->call(trainer, &moment, callback->context);
        if (code)
            return tempo__fail(error, TEMPO_FAILED, "a callback of %s failed with %d at batch %lld",
                               tempo_event_name(event), code, (long long)moment.now->batch);
    }
    return TEMPO_OK;
}
