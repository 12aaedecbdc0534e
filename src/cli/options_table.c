/* cli/options_table.c: the one list of commands and the one list of options. Everything that names them is made
 * from these rows: parsing, messages, --help, the man page and the completions. */
#include "cli/cli.h"

#include <string.h>

enum {
    PLOT = 1 << 0,
    TABLE = 1 << 1,
    CHECK = 1 << 2,
    LIST = 1 << 3,
    SHOW = 1 << 4,
    SCHEMA = 1 << 5,
    HELP = 1 << 6,
    COMPLETION = 1 << 7,
    MAN = 1 << 8,
    DOCUMENTS = PLOT | TABLE | CHECK,
    EVERY = DOCUMENTS | LIST | SHOW | SCHEMA | HELP | COMPLETION | MAN
};

static const cli_command commands[] = {
    {"plot", CLI_DOCUMENTS, "DOC...", 1, SIZE_MAX, command_plot, "draw the curves, in the terminal or as a picture",
     "Draws every track of every document under one x axis, with a line that says how long, how high, where it ends "
     "and how much in all. A DOC may also be the log of a training, csv or jsonl: then its loss, its metric and what "
     "the "
     "schedules drove are drawn, each in a panel of its own. With --svg, --png or --pdf the same drawing becomes a "
     "file instead.",
     "tempo plot --max-duration 90ep --batches-per-epoch 1251 -e 'composer.CosineAnnealingScheduler'", PLOT},
    {"table", CLI_DOCUMENTS, "DOC", 1, 1, command_table, "print the values, exactly",
     "One row for each moment: the batch, epoch, sample and token counters (empty where the facts do not tell), then "
     "one column for each track, `lr`, or `group.lr` for a named group. A value at b batches is the one in force for "
     "the next update after b are completed. Numbers in csv, tsv and json read back to the same double. Without --at "
     "and --every: 20 steps from start to end, and the joints of the curves.",
     "tempo table --at 0ba,100ba,0.5dur run.yaml", TABLE},
    {"check", CLI_DOCUMENTS, "DOC...", 0, SIZE_MAX, command_check, "say what is wrong, and what is suspicious",
     "Reads and binds every document. Errors go to standard error and make the exit status 2, findings go to standard "
     "output and make it 1. Says nothing when all is well.",
     "tempo check run.yaml", CHECK},
    {"list", CLI_PATTERN, "[PATTERN]", 0, 1, command_list, "list the types of schedules",
     "One line for each type whose name or summary contains PATTERN, in any case.", "tempo list warmup", LIST},
    {"show", CLI_TYPE, "NAME", 1, 1, command_show, "show one type: formula, parameters, source, curve", "",
     "tempo show composer.StepScheduler", SHOW},
    {"schema", CLI_NONE, "", 0, 0, command_schema, "print the JSON Schema of documents", "",
     "tempo schema > tempo.schema.json", SCHEMA},
    {"help", CLI_COMMAND, "[COMMAND]", 0, 1, command_help, "show help, of one command or of all", "", "tempo help plot",
     HELP},
    {"completion", CLI_SHELL, "bash|zsh", 1, 1, command_completion, "print the completion script of a shell", "",
     "tempo completion bash > ~/.local/share/bash-completion/completions/tempo", COMPLETION},
    {"man", CLI_NONE, "", 0, 0, command_man, "print the manual page", "", "tempo man | man -l -", MAN},
};

#define AT(field) offsetof(cli_options, field)

static const cli_option options[] = {
    {"", 'e', "EXPR", CLI_EXPRESSION, 0, NULL, DOCUMENTS,
     "a schedule as one line of text, in place of DOC: 'TYPE key=value * TYPE key=value'"},
    {"--set", 0, "PATH=VALUE", CLI_SET, 0, NULL, DOCUMENTS,
     "replace a value of the document: run.max_duration=10ep, schedules[0].alpha_f=0.1; may be repeated"},
    {"--max-duration", 0, "T", CLI_SETTING, 0, "run.max_duration", DOCUMENTS,
     "how long training lasts: 90ep, 63_900ba, 300Btok"},
    {"--batches-per-epoch", 0, "N", CLI_SETTING, 0, "run.batches_per_epoch", DOCUMENTS,
     "optimizer updates in an epoch"},
    {"--samples-per-batch", 0, "N", CLI_SETTING, 0, "run.samples_per_batch", DOCUMENTS,
     "samples in an update, over all ranks"},
    {"--tokens-per-batch", 0, "N", CLI_SETTING, 0, "run.tokens_per_batch", DOCUMENTS,
     "tokens in an update, over all ranks"},
    {"--ssr", 0, "RATIO", CLI_SETTING, 0, "run.scale_schedule_ratio", DOCUMENTS,
     "scale schedule ratio: stretches the run and its schedules"},
    {"--lr", 0, "VALUE", CLI_SETTING, 0, "optimizer.lr", DOCUMENTS, "base learning rate"},
    {"--metrics", 0, "FILE", CLI_FILE, AT(metrics), NULL, DOCUMENTS,
     "what schedules that listen to a metric have heard: one number a line, for step 1, 2, ..."},

    {"--x", 0, "UNIT", CLI_CHOICE, AT(x), "ba|ep|sp|tok|dur", PLOT, "unit of the x axis"},
    {"--log", 0, NULL, CLI_FLAG, AT(log), NULL, PLOT, "logarithmic y axis"},
    {"--at", 0, "T,T,...", CLI_TEXT, AT(at), NULL, TABLE, "rows at these times, in any unit"},
    {"--every", 0, "T", CLI_TIME, AT(every), NULL, TABLE, "a row at every multiple of T"},
    {"--from", 0, "T", CLI_TIME, AT(from), NULL, PLOT | TABLE, "start here instead of at 0ba"},
    {"--to", 0, "T", CLI_TIME, AT(to), NULL, PLOT | TABLE, "end here instead of at the end of the run"},
    {"--field", 0, "NAME", CLI_TEXT, AT(field), NULL, PLOT, "only this field: lr, weight_decay, ..."},
    {"--group", 0, "NAME", CLI_TEXT, AT(group), NULL, PLOT, "only this parameter group"},
    {"--width", 0, "N", CLI_COUNT, AT(width), NULL, PLOT, "columns of the terminal, points of a picture"},
    {"--height", 0, "N", CLI_COUNT, AT(height), NULL, PLOT, "rows of the terminal, points of a picture"},
    {"--svg", 0, "FILE", CLI_FILE, AT(svg), NULL, PLOT, "write an SVG picture"},
    {"--png", 0, "FILE", CLI_FILE, AT(png), NULL, PLOT, "write a PNG picture"},
    {"--pdf", 0, "FILE", CLI_FILE, AT(pdf), NULL, PLOT, "write a PDF picture"},
    {"--dark", 0, NULL, CLI_FLAG, AT(dark), NULL, PLOT, "the dark style for PNG and PDF; an SVG has both"},
    {"--color", 0, "WHEN", CLI_CHOICE, AT(color), "auto|always|never", PLOT, "colour in the terminal"},
    {"--format", 0, "FORMAT", CLI_CHOICE, AT(format), "text|json|csv|tsv", TABLE,
     "how to print; text on a terminal and csv elsewhere if not given"},
    {"--format", 0, "FORMAT", CLI_CHOICE, AT(format), "text|json", CHECK,
     "how to print; json is one array, for editors"},
    {"--explain", 0, "CODE", CLI_CODE, AT(explain), NULL, CHECK, "tell the longer story of a finding's code"},
    {"--help", 'h', NULL, CLI_FLAG, AT(help), NULL, EVERY, "show this help"},
};

size_t cli_command_count(void)
{
    return sizeof commands / sizeof commands[0];
}

const cli_command *cli_command_at(size_t index)
{
    return index < cli_command_count() ? &commands[index] : NULL;
}

const cli_command *cli_command_find(const char *name)
{
    for (size_t i = 0; i < cli_command_count(); i++)
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    return NULL;
}

size_t cli_option_count(void)
{
    return sizeof options / sizeof options[0];
}

const cli_option *cli_option_at(size_t index)
{
    return index < cli_option_count() ? &options[index] : NULL;
}

bool cli_command_takes(const cli_command *command, const cli_option *option)
{
    return (option->commands & command->bit) != 0;
}
