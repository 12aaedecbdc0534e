/* tempo/error.h: what went wrong, where, and what to do about it. */
#ifndef TEMPO_ERROR_H
#define TEMPO_ERROR_H

#include <stddef.h>

#include <tempo/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Every status once: name, number, text. Numbers are frozen and never reused. */
#define TEMPO_STATUS_LIST(X)                                                                 \
    X(OK, 0, "no error")                                                                     \
    X(NO_MEMORY, 1, "out of memory")                                                         \
    X(BAD_SYNTAX, 10, "the text cannot be read")                     /* "[30ep, " */         \
    X(BAD_VALUE, 11, "the value is not allowed here")                /* gamma=nan */         \
    X(BAD_TYPE, 12, "another kind of value is needed")               /* gamma=[1] */         \
    X(UNKNOWN_NAME, 13, "the name is not known")                     /* gama=0.1 */          \
    X(MISSING, 14, "something required is missing")                  /* no t_warmup */       \
    X(MISSING_FACT, 15, "the schedule needs a fact about the run")   /* batches_per_epoch */ \
    X(UNIT_MISMATCH, 16, "two times cannot be compared or combined") /* 1ep + 1ba */         \
    X(OUT_OF_RANGE, 17, "a count does not fit in 64 bits")           /* 1e30tok */           \
    X(ZERO_DURATION, 18, "a time became zero that has to be longer") /* t_max=0ba */         \
    X(TOO_LARGE, 19, "a limit on size or depth was exceeded")                                \
    X(CONFLICT, 20, "two settings contradict each other") /* t_max < max_duration */         \
    X(IO, 30, "a file could not be read or written")                                         \
    X(FAILED, 40, "a callback of the caller failed")

typedef enum tempo_status {
#define TEMPO_STATUS_MEMBER(name, number, text) TEMPO_##name = number,
    TEMPO_STATUS_LIST(TEMPO_STATUS_MEMBER)
#undef TEMPO_STATUS_MEMBER
} tempo_status;

/* An error as the caller keeps it: declare one with TEMPO_ERROR_INIT and pass its address.
 * A function that fails fills all of it; one that succeeds leaves it alone.
 * `message` says what was given and what is allowed, in one line without a final dot; `advice`
 * says what to do (it may be empty). */
typedef struct tempo_error {
    size_t struct_size;  /* set by TEMPO_ERROR_INIT; lets the struct grow at its end          */
    tempo_status status; /* TEMPO_OK until something failed                                   */
    char message[320];
    char advice[256];
    char path[128];   /* what is at fault, such as "schedules[0].t_warmup"; "" if unknown     */
    const char *fact; /* TEMPO_MISSING_FACT: the field of tempo_run that is needed; else NULL */
    size_t line;      /* place in the text that was parsed, from 1; 0 if there is none        */
    size_t column;    /* in bytes, from 1; 0 if there is none                                 */
    size_t length;    /* bytes at fault; 0 if unknown                                         */
} tempo_error;

#define TEMPO_ERROR_INIT                                      \
    {                                                         \
        sizeof(tempo_error), TEMPO_OK, "", "", "", 0, 0, 0, 0 \
    }

/* Text of a status, such as "out of memory". Never NULL; static. */
TEMPO_API const char *tempo_status_text(tempo_status status);

/* Name of a status, such as "NO_MEMORY", or "UNKNOWN" for a number that is none. Static. */
TEMPO_API const char *tempo_status_name(tempo_status status);

#ifdef __cplusplus
}
#endif

#endif
