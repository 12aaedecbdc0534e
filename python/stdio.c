/* stdio.c: stdin, stdout and stderr as names of the extension's own, for a static libfyaml in it.
 *
 * Debian's libfyaml.a is position-independent as programs need it, not as shared libraries do. Of all that it refers to,
 * the linker refuses only the three streams, because they are data of another library. So they are wrapped
 * (--wrap=stdout): who says stdout gets __wrap_stdout, which is here and set before anybody can say it.
 */
#include <stdio.h>

/* The names are the linker's. NOLINTBEGIN(bugprone-reserved-identifier) */
extern FILE *__real_stdin, *__real_stdout, *__real_stderr;
FILE *__wrap_stdin, *__wrap_stdout, *__wrap_stderr;

__attribute__((constructor)) static void take_streams(void)
{
    __wrap_stdin = __real_stdin;
    __wrap_stdout = __real_stdout;
    __wrap_stderr = __real_stderr;
}
/* NOLINTEND(bugprone-reserved-identifier) */
