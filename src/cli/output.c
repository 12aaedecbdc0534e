/* cli/output.c: standard output and files, written whole or reported. Knows nothing of what is written. */
#define _POSIX_C_SOURCE 200809L
#define _XOPEN_SOURCE 700
#include "cli/cli.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* --- standard output --- */

/* Larger than what any command but the streaming ones prints, so that one flush at the end meets every error. */
enum { BUFFER_SIZE = 1 << 18 };

void cli_output_start(void)
{
    static char buffer[BUFFER_SIZE]; /* with NULL, glibc would choose its own, smaller size */
    (void)signal(SIGPIPE, SIG_IGN);
    (void)setvbuf(stdout, buffer, _IOFBF, sizeof buffer);
}

int cli_output_failed(int reason)
{
    if (reason == EPIPE)
        return CLI_OK;
    return cli_fail(NULL, "cannot write standard output: %s", strerror(reason));
}

int cli_output_finish(int status)
{
    errno = 0;
    const bool failed = ferror(stdout) != 0;
    if (fflush(stdout) == 0 && !failed)
        return status;
    const int reason = errno ? errno : EIO;
    const int outcome = cli_output_failed(reason);
    return outcome ? outcome : status;
}

bool cli_output_write(const char *bytes, size_t length)
{
    while (length) {
        const ssize_t written = write(STDOUT_FILENO, bytes, length);
        if (written < 0) {
            if (errno == EINTR)
                continue;
            return false;
        }
        bytes += written;
        length -= (size_t)written;
    }
    return true;
}

bool cli_use_color(const cli_options *options, FILE *file)
{
    if (options->color == CLI_COLOR_ALWAYS || options->color == CLI_COLOR_NEVER)
        return options->color == CLI_COLOR_ALWAYS;
    const char *no_color = getenv("NO_COLOR");
    const char *term = getenv("TERM");
    return isatty(fileno(file)) && !(no_color && *no_color) && !(term && strcmp(term, "dumb") == 0);
}

/* --- files --- */

typedef int fill_file(void *context, FILE *file);

static int write_failed(const char *path, int reason)
{
    const cli_spot spot = {.name = path};
    char message[256];
    (void)snprintf(message, sizeof message, "cannot write: %s", strerror(reason));
    cli_message(stderr, &spot, "error", message, NULL);
    return CLI_BAD;
}

/* Fills and closes a file; returns 0, or the errno of the first failure. */
static int fill_and_close(FILE *file, fill_file *fill, void *context)
{
    int reason = fill(context, file);
    errno = 0;
    if (!reason && (fflush(file) != 0 || ferror(file)))
        reason = errno ? errno : EIO;
    errno = 0;
    if (fclose(file) != 0 && !reason)
        reason = errno ? errno : EIO;
    return reason;
}

static int write_in_place(const char *path, fill_file *fill, void *context)
{
    FILE *file = fopen(path, "wb");
    const int reason = file ? fill_and_close(file, fill, context) : errno;
    if (reason == EPIPE)
        return CLI_OK;
    return reason ? write_failed(path, reason) : CLI_OK;
}

/* What the file would get from fopen(); mkstemp() gives it to its owner alone. */
static mode_t mode_of_new_file(void)
{
    const mode_t mask = umask(0);
    (void)umask(mask);
    return 0666 & ~mask;
}

static int fill_temporary(int descriptor, mode_t mode, fill_file *fill, void *context)
{
    if (fchmod(descriptor, mode) != 0) {
        const int reason = errno;
        (void)close(descriptor);
        return reason;
    }
    FILE *file = fdopen(descriptor, "wb");
    if (!file) {
        const int reason = errno;
        (void)close(descriptor);
        return reason;
    }
    return fill_and_close(file, fill, context);
}

/* Returns 0, or an errno. */
static int replace_file(const char *path, mode_t mode, fill_file *fill, void *context)
{
    static const char suffix[] = ".XXXXXX";
    const size_t length = strlen(path);
    char *temporary = malloc(length + sizeof suffix);
    if (!temporary)
        return ENOMEM;
    memcpy(temporary, path, length);
    memcpy(temporary + length, suffix, sizeof suffix);
    const int descriptor = mkstemp(temporary);
    int reason = descriptor < 0 ? errno : 0;
    if (!reason) {
        reason = fill_temporary(descriptor, mode, fill, context);
        if (!reason && rename(temporary, path) != 0)
            reason = errno;
        if (reason)
            (void)unlink(temporary);
    }
    free(temporary);
    return reason;
}

int cli_write_file(const char *path, int (*fill)(void *context, FILE *file), void *context)
{
    if (strcmp(path, "-") == 0) {
        const int reason = fill(context, stdout);
        return reason ? cli_output_failed(reason) : CLI_OK;
    }
    struct stat status;
    const bool exists = stat(path, &status) == 0;
    /* Renaming over a device would replace the device; a directory gives fopen()'s own message. */
    if (exists && !S_ISREG(status.st_mode))
        return write_in_place(path, fill, context);
    /* Renaming needs no right to write the old file; replacing it should. */
    if (exists && access(path, W_OK) != 0)
        return write_failed(path, errno);
    /* A symbolic link stays one: what it points to is replaced. */
    char *target = exists ? realpath(path, NULL) : NULL;
    const mode_t mode = exists ? status.st_mode & 0777 : mode_of_new_file();
    const int reason = replace_file(target ? target : path, mode, fill, context);
    free(target);
    return reason ? write_failed(path, reason) : CLI_OK;
}
