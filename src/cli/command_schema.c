/* cli/command_schema.c: `tempo schema`: the JSON Schema of documents, which the library makes from the registry. */
#include "cli/cli.h"

static int write_to(void *context, const char *bytes, size_t length)
{
    return fwrite(bytes, 1, length, context) == length ? 0 : 1;
}

int command_schema(const cli_options *options)
{
    tempo_error error = TEMPO_ERROR_INIT;
    const tempo_status status = tempo_schema_print(write_to, stdout, &error);
    /* A failed write is reported when standard output is flushed. */
    if (status && status != TEMPO_IO)
        return cli_fail(options->command, "%s", error.message);
    return CLI_OK;
}
