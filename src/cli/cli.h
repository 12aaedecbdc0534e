/* cli/cli.h: what the parts of the program share: options, documents, messages, output.
 *
 * Exit statuses are 0 (fine), 1 (findings or differences) and 2 (bad usage or bad input). Functions
 * that return an `int` status have printed what went wrong when it is not 0.
 */
#ifndef TEMPO_CLI_H
#define TEMPO_CLI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <tempo/document.h>

enum { CLI_OK = 0, CLI_FINDINGS = 1, CLI_BAD = 2 };

/* --- the program (program.c) --- */

/* Runs a command line, without the program's own name. Returns the exit status, with all output written. */
int cli_main(int count, char *const *arguments);

/* --- options (options.c, options_table.c) --- */

/* One thing that is not an option: a path, "-" for standard input, or the text after -e. */
typedef struct cli_operand {
    const char *text;
    bool expression; /* it came with -e */
} cli_operand;

/* A time given as an option. `option` is NULL when it was not given. */
typedef struct cli_time {
    const char *option; /* "--from" */
    const char *text;
    tempo_time time;
} cli_time;

/* A setting of the document given as an option. */
typedef struct cli_setting {
    const char *option; /* "--max-duration", or "--set" */
    tempo_override override;
} cli_setting;

/* Choices are numbered from 1 in the order of the options' table; 0: not given. */
typedef enum cli_format {
    CLI_FORMAT_NONE,
    CLI_FORMAT_TEXT,
    CLI_FORMAT_JSON,
    CLI_FORMAT_CSV,
    CLI_FORMAT_TSV
} cli_format;
typedef enum cli_color { CLI_COLOR_NONE, CLI_COLOR_AUTO, CLI_COLOR_ALWAYS, CLI_COLOR_NEVER } cli_color;
typedef enum cli_axis { CLI_X_NONE, CLI_X_BATCH, CLI_X_EPOCH, CLI_X_SAMPLE, CLI_X_TOKEN, CLI_X_DURATION } cli_axis;

/* A command line, parsed. Text is borrowed from the arguments; NULL or 0 where not given. */
typedef struct cli_options {
    const struct cli_command *command;
    bool help;

    cli_operand *operands; /* in the order given */
    size_t operand_count;
    cli_setting *settings; /* --set and its short forms, in the order given */
    size_t setting_count;

    const char *at; /* "0ba,17ba,5ep" */
    cli_time every, from, to;
    int format; /* cli_format */
    const char *explain;
    const char *metrics; /* a path */

    int x; /* cli_axis */
    bool log, dark;
    const char *field, *group;
    int64_t width, height; /* characters in the terminal, points in a picture */
    const char *svg, *png, *pdf;
    int color; /* cli_color */

    void *memory; /* of the arrays above, and of the paths that --set was given */
} cli_options;

typedef int cli_run(const cli_options *options);

/* What a command's operands are. */
typedef enum cli_operands { CLI_NONE, CLI_DOCUMENTS, CLI_TYPE, CLI_PATTERN, CLI_COMMAND, CLI_SHELL } cli_operands;

/* One command of the program. */
typedef struct cli_command {
    const char *name;
    cli_operands operand;
    const char *operands; /* as in a usage line: "DOC..." */
    size_t least, most;   /* how many of them */
    cli_run *run;
    const char *summary; /* one line */
    const char *details; /* paragraphs for --help and the man page; "" if the summary says it all */
    const char *example; /* a line to paste */
    unsigned bit;        /* in cli_option.commands */
} cli_command;

/* What an option's argument is, and so where it is kept. */
typedef enum cli_kind {
    CLI_FLAG,       /* bool: no argument                       */
    CLI_TEXT,       /* const char *                            */
    CLI_FILE,       /* const char *: a path                    */
    CLI_COUNT,      /* int64_t: a whole number >= 1            */
    CLI_CHOICE,     /* int: which one of `detail`, from 1      */
    CLI_TIME,       /* cli_time                                */
    CLI_CODE,       /* const char *: the code of a finding     */
    CLI_EXPRESSION, /* an operand: a one-line schedule         */
    CLI_SET,        /* a setting: PATH=VALUE                   */
    CLI_SETTING     /* a setting: the value of path `detail`   */
} cli_kind;

/* One option. Parsing, --help, the man page and the completions are made from these rows. */
typedef struct cli_option {
    const char *name;     /* "--max-duration" */
    char letter;          /* 'e' for -e, or 0 */
    const char *argument; /* "TIME"; NULL for a flag */
    cli_kind kind;
    size_t offset;      /* in cli_options */
    const char *detail; /* choices "a|b|c", or the path of a setting */
    unsigned commands;  /* bits of the commands that take it */
    const char *help;   /* one line */
} cli_option;

size_t cli_command_count(void);
const cli_command *cli_command_at(size_t index);
const cli_command *cli_command_find(const char *name); /* NULL: unknown */

size_t cli_option_count(void);
const cli_option *cli_option_at(size_t index);
bool cli_command_takes(const cli_command *command, const cli_option *option);

/* Parses what follows the command's name. Free with cli_options_free(), also after a failure. */
int cli_options_parse(cli_options *options, const cli_command *command, int count, char *const *arguments);
void cli_options_free(cli_options *options);

/* --- documents (source.c) --- */

/* A text that was read. */
typedef struct cli_text {
    const char *name; /* as messages call it: the path as given, "<stdin>", "-e" */
    char *text;       /* NUL-terminated */
    size_t length;
} cli_text;

/* A document that was read, and the metrics for it. Zero it; free with cli_source_close(), also after a failure. */
typedef struct cli_source {
    cli_text text;
    bool expression;
    tempo_document *document;
    cli_text metrics_text;
    double *metrics;
    size_t metric_count;
    const cli_options *options;
} cli_source;

/* The path of errors about metrics. */
#define CLI_METRICS_PATH "--metrics"

/* Reads a file, or standard input for "-"; the text is freed with its owner, also after a failure. Errors: IO,
 * TOO_LARGE, NO_MEMORY. */
tempo_status cli_text_read(cli_text *out, const char *path, tempo_error *error);

/* Reads the numbers of --metrics, one a line, into the source (metrics.c). Errors: also BAD_VALUE, with the path
 * CLI_METRICS_PATH. */
tempo_status cli_metrics_read(cli_source *source, tempo_error *error);

/* Reads a document with the settings of `options`, which must outlive it. */
tempo_status cli_source_read(cli_source *out, const cli_options *options, const cli_operand *operand,
                             tempo_error *error);
/* The same, printing the error. */
int cli_source_open(cli_source *out, const cli_options *options, const cli_operand *operand);
void cli_source_close(cli_source *source);

/* Binds the document's schedules, with its metrics; `options` may be NULL. The second prints the error. Free with
 * tempo_plan_free(). */
tempo_status cli_source_bind_with(tempo_plan **out, const cli_source *source, const tempo_bind_options *options,
                                  tempo_error *error);
int cli_source_bind(tempo_plan **out, const cli_source *source);

/* The batch at which a time given as an option is reached, printing the error. */
int cli_time_batch(int64_t *out, const cli_time *time, const cli_source *source, const tempo_plan *plan);

/* A track's label: "lr", or "decay.lr" for a named group. Like snprintf. */
size_t cli_track_label(char *buffer, size_t capacity, const tempo_track *track);

/* --- messages (message.c) --- */

/* Where a message points: a name, and a place in a text. */
typedef struct cli_spot {
    const char *name;
    const char *text; /* NULL: there is no text to show */
    size_t length;
    tempo_place place; /* line 0: only the name is known */
} cli_spot;

/* Where an error of a document is: in its text, or in an option that replaced a value of it. */
cli_spot cli_spot_of(const cli_source *source, const char *path, tempo_place place);

/* The same for an error of reading or binding it. */
cli_spot cli_error_spot(const cli_source *source, const tempo_error *error);

/* What to do about an error, in the words of the command line: names the option that supplies a
 * missing fact. `buffer` is used when the advice has to be written; else the error's own is returned. */
const char *cli_advice_of(char *buffer, size_t capacity, const tempo_error *error, const cli_source *source);

/* Prints "name:line:column: KIND: message", the line with carets under the place, and the advice. */
void cli_message(FILE *out, const cli_spot *spot, const char *kind, const char *message, const char *advice);

/* Prints an error of a document on standard error; returns CLI_BAD. */
int cli_source_fail(const cli_source *source, const tempo_error *error);

/* Prints "tempo COMMAND: error: ..." on standard error; `command` may be NULL. Returns CLI_BAD. */
int cli_fail(const cli_command *command, const char *format, ...) TEMPO_PRINTF(2, 3);

/* --- output (output.c) --- */

/* Sets up standard output: fully buffered, and a closed pipe is an error code and not a signal. */
void cli_output_start(void);
/* Writes what is buffered and returns the exit status: `status`, or CLI_BAD after saying that writing
 * failed. A closed pipe is nobody's fault. */
int cli_output_finish(int status);
/* For streams of output: writes past the buffer of stdio, which must be empty. False: see
 * cli_output_failed(). */
bool cli_output_write(const char *bytes, size_t length);
/* The exit status after a failed write, `reason` being its errno; says what happened. */
int cli_output_failed(int reason);

/* Writes a file whole or not at all: `fill` writes to a temporary file beside `path`, which is then
 * renamed; it returns 0, or an errno. "-" is standard output, and what is not a regular file (a
 * device, a pipe) is written in place. */
int cli_write_file(const char *path, int (*fill)(void *context, FILE *file), void *context);

/* Whether to use colour on `file`: --color, a terminal, NO_COLOR, TERM. */
bool cli_use_color(const cli_options *options, FILE *file);

/* --- text (text.c) --- */

enum { CLI_NUMBER_MAX = 48 };

/* A number for people, in at most `digits` significant digits: "1.2e-4", "0.05", "7". */
size_t cli_print_number(char *buffer, double value, int digits);
/* A count for people: "63,900". */
size_t cli_print_count(char *buffer, int64_t value);
/* Prints text and spaces up to `width` columns. */
void cli_print_padded(FILE *out, const char *text, size_t width);

/* One character of UTF-8 (`length` > 0): returns its bytes; CLI_BAD_RUNE for a byte that is none. */
enum { CLI_BAD_RUNE = 0xFFFD };
size_t cli_next_rune(uint32_t *rune, const char *text, size_t length);
/* How many columns it takes in a terminal: 0, 1 or 2. */
size_t cli_rune_width(uint32_t rune);

/* How many columns `length` bytes of UTF-8 take in a terminal. */
size_t cli_text_width(const char *text, size_t length);
/* Prints text wrapped at `width` columns, continuation lines indented by `indent`; the first line
 * starts at column `column`. Ends with a newline. */
void cli_print_wrapped(FILE *out, const char *text, size_t column, size_t indent, size_t width);
/* Prints a JSON string with its quotes. */
void cli_print_json_text(FILE *out, const char *text);

/* --- help (command_help.c) --- */

void cli_print_help(void);
void cli_print_command_help(const cli_command *command);
/* "-h, --help", "--every T". Like snprintf. */
size_t cli_option_label(char *buffer, size_t capacity, const cli_option *option);
/* Says that there is no such command, and which was perhaps meant. Returns CLI_BAD. */
int cli_unknown_command(const char *name);

/* --- commands (command_*.c) --- */

int command_plot(const cli_options *options);
int command_table(const cli_options *options);
int command_check(const cli_options *options);
int command_list(const cli_options *options);
int command_show(const cli_options *options);
int command_schema(const cli_options *options);
int command_help(const cli_options *options);
int command_completion(const cli_options *options);
int command_man(const cli_options *options);

#endif
