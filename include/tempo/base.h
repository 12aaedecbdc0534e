/* tempo/base.h: what every other header needs: version and symbol visibility.
 *
 * Conventions, stated once for the whole library:
 *
 *   May fail      returns tempo_status, outputs first, `tempo_error *` last (NULL if not wanted).
 *   Ownership     `T **out` is yours; free it with that type's `_free`, which takes NULL.
 *                 A `const T *` that is returned is borrowed: it lives as long as its owner.
 *   On failure    `*out` is NULL (or untouched where the function says so), nothing stays allocated.
 *   Inputs        are copied; no pointer is kept after the call unless the function says so.
 *   Strings       are NUL-terminated UTF-8, unless a length stands beside them.
 *   NULL          is not allowed for a pointer unless the function says what it means.
 *   Threads       there is no global state: different objects may be used from different threads;
 *                 one object may be read (`const`) by any number of threads at once.
 *   Locale        is never consulted: numbers have a point, whatever setlocale() said.
 *   Counts        are int64_t, values are double (IEEE 754 binary64).
 */
#ifndef TEMPO_BASE_H
#define TEMPO_BASE_H

#define TEMPO_VERSION_MAJOR 0
#define TEMPO_VERSION_MINOR 1
#define TEMPO_VERSION_PATCH 0
#define TEMPO_VERSION "0.1.0"

#if defined(TEMPO_STATIC)
#define TEMPO_API
#elif defined(_WIN32) && defined(TEMPO_BUILDING)
#define TEMPO_API __declspec(dllexport)
#elif defined(_WIN32)
#define TEMPO_API __declspec(dllimport)
#elif defined(__GNUC__)
#define TEMPO_API __attribute__((visibility("default")))
#else
#define TEMPO_API
#endif

/* Lets the compiler check a printf-like call. */
#if defined(__GNUC__)
#define TEMPO_PRINTF(text, first) __attribute__((format(printf, text, first)))
#else
#define TEMPO_PRINTF(text, first)
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* Version of the library that is running, such as "0.1.0". Compare with TEMPO_VERSION, the version
 * that was compiled against. Never NULL; static. */
TEMPO_API const char *tempo_version(void);

#ifdef __cplusplus
}
#endif

#endif
