/* tempo/config.h: configuration classes of xlstm-jax: what its ConfigDict does, over plain data.
 *
 * A class is described as data: attributes with their kinds and defaults. A config is a plain map that
 * holds every attribute of its class, in order: what upstream's to_dict() gives.
 *
 *   plain data -> from_dict -> config -> schedule      SchedulerConfig: build_lr_scheduler()
 *
 * Source: xlstm-jax 0f3ebc2, xlstm_jax/configs.py. What surprises is kept: see tempo_config_from_dict().
 * Deviations:
 *
 *   classes and dtypes     stay their names ("jax.numpy.int16"), which nobody imports: "1.5" in a dict,
 *                          which upstream takes for a module and fails, stays text
 *   dicts                  are maps in a config; upstream's to_dict() gives their Python text, which it
 *                          reads back with every value as text
 *   name                   of SchedulerConfig is checked at once, not when the schedule is built
 *   whole numbers          have 64 bits
 *   A(a='b(c)')            the text stays as it is; upstream makes it 'b[c]'
 *   f(x) in a dict         stays text; upstream makes it "", and f(a=1) an error
 *   a list                 is made of a list only; upstream makes [] of text (or never returns), and a list
 *                          of its keys of a map
 *   text that is no dict   is none; upstream makes {} of what it cannot read, as in "d(a=1,)", and a class
 *                          of a class's name
 *   keys that stand twice  are an error; in Python the last one counts
 */
#ifndef TEMPO_CONFIG_H
#define TEMPO_CONFIG_H

#include <stdbool.h>
#include <stddef.h>

#include <tempo/allocator.h>
#include <tempo/error.h>
#include <tempo/schedule.h>
#include <tempo/value.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What an attribute may hold, by its Python name. */
typedef enum tempo_config_kind {
    TEMPO_CONFIG_END,     /* no kind: the end of a union                        */
    TEMPO_CONFIG_NONE,    /* None                                               */
    TEMPO_CONFIG_BOOL,    /* bool                                               */
    TEMPO_CONFIG_INT,     /* int, of 64 bits                                    */
    TEMPO_CONFIG_FLOAT,   /* float                                              */
    TEMPO_CONFIG_STR,     /* str                                                */
    TEMPO_CONFIG_LIST,    /* list or tuple; its elements are not looked at      */
    TEMPO_CONFIG_DICT,    /* dict                                               */
    TEMPO_CONFIG_TYPE,    /* a class or a dtype, by its name                    */
    TEMPO_CONFIG_LITERAL, /* one of the words in `choices`                      */
    TEMPO_CONFIG_CLASS    /* a config of the class `of`                         */
} tempo_config_kind;

typedef struct tempo_config_class tempo_config_class;

/* A union of kinds, which are tried in this order: `int | None` is {.kinds = {TEMPO_CONFIG_INT,
 * TEMPO_CONFIG_NONE}}. Static data. */
typedef struct tempo_config_type {
    tempo_config_kind kinds[5];   /* at most 4, then END          */
    const char *choices;          /* of a LITERAL: "a|b"          */
    const tempo_config_class *of; /* of a CLASS                   */
} tempo_config_type;

/* One attribute of a class. Static data. */
typedef struct tempo_config_attribute {
    const char *name;
    tempo_config_type type;
    const char *default_text; /* a scalar as in a document (null, 0.1, constant), or in brackets as in Python:
                                 "(1, 3)", "{}" for a class with its own defaults; NULL: required     */
} tempo_config_attribute;

/* A class: a table of attributes, or the type of the registry whose parameters they are. Static data. */
struct tempo_config_class {
    const char *name;                         /* with its module, for messages */
    const tempo_config_attribute *attributes; /* NULL: the parameters of `schedule` */
    size_t attribute_count;
    const char *schedule; /* "xlstm.SchedulerConfig": what a config is built into; NULL: nothing */
};

/* xlstm_jax.trainer.optimizer.scheduler.SchedulerConfig, made from the registry's xlstm.SchedulerConfig.
 * Static. */
TEMPO_API const tempo_config_class *tempo_scheduler_config(void);

/* The attributes of a class in order; false past the end. */
TEMPO_API bool tempo_config_attribute_at(const tempo_config_class *of, size_t index, tempo_config_attribute *out);

/* from_dict()'s options. Zero it for upstream's defaults. As upstream, they hold for the value itself and
 * not for the attributes of a class: strict names and none_to_zero matter only where `type` is no class. */
typedef struct tempo_config_options {
    bool strict_classname_parsing;    /* classes only as "<class 'module.Name'>", not as "module.Name";
                                         in a dict, every text must be one                              */
    bool refuse_extensive_attributes; /* keys that are no attributes are an error; upstream's
                                         ignore_extensive_attributes=False                              */
    bool none_to_zero_for_ints;       /* null is 0 where an int is tried                                */
} tempo_config_options;

/* Reads plain data as `type`, and adds the result to `tree` under `parent` (see tempo_tree_add), with the
 * places of the data. Nothing is added on failure. `options` may be NULL.
 *
 *   a class     from a map: every attribute is read by its own type; what is not there is its default.
 *               From text as in "A(a=5, b='x', c=None, d=(1, 2))" (any name) or "{'a': 5}": values stay what
 *               they are there, unread; in the second form all are text. From null or "None": null, if
 *               the union has None.
 *   "None"      is null whatever the type, but for a class without None and a literal
 *   a literal   must be one of the words
 *   bool        what Python takes for true: "False" is true, "" and 0 and [] are not
 *   int         truncates: 5.9 is 5, so that `int | float` never gives 5.5; "1_000" is 1000, "5.9" none
 *   float       also from "1e-3", "inf" and true
 *   str         from text only: 5 is none
 *   dict        from a map, whose texts may name classes; from text, as a class is
 *   the rest    of "<class 'jax.numpy.float32'>" or "jax.numpy.float32" is "float32", as for bfloat16 and
 *               float16; of other names all of it
 *
 * Errors, with path ("warmup_steps"; "" for the value itself) and place: BAD_VALUE (no kind fits), BAD_SYNTAX
 * (text of a class), UNKNOWN_NAME, MISSING (a required attribute), CONFLICT (a key that stands twice),
 * OUT_OF_RANGE (an int beyond 64 bits), NO_MEMORY. */
TEMPO_API tempo_status tempo_config_from_dict(tempo_tree *tree, tempo_value *parent, const char *key,
                                              const tempo_config_type *type, const tempo_value *data,
                                              const tempo_config_options *options, tempo_error *error);

/* class(**arguments).to_dict(): adds a map with every attribute to `tree` under `parent`: the values of
 * `arguments` (a map) as they are, unread, and the defaults. Of what tempo_config_from_dict() made it is an
 * equal map, from which that makes an equal one again. Nothing is added on failure. Errors: BAD_TYPE (no map),
 * UNKNOWN_NAME, MISSING, CONFLICT, NO_MEMORY. */
TEMPO_API tempo_status tempo_config_to_dict(tempo_tree *tree, tempo_value *parent, const char *key,
                                            const tempo_config_class *of, const tempo_value *arguments,
                                            tempo_error *error);

/* The attribute of a config, or `fallback` (may be NULL) if its class has none of that name. As upstream, an
 * attribute that is None is null, and not the fallback. Borrowed from the config. */
TEMPO_API const tempo_value *tempo_config_get(const tempo_value *config, const char *key, const tempo_value *fallback);

/* The schedule of a config, or of a map with some of its attributes: build_lr_scheduler() for a SchedulerConfig,
 * whose rules that need a run are checked by tempo_plan_bind(). Errors: as tempo_schedule_from_value();
 * BAD_VALUE if the class builds none. */
TEMPO_API tempo_status tempo_config_schedule(tempo_schedule **out, const tempo_config_class *of,
                                             const tempo_value *config, const tempo_allocator *allocator,
                                             tempo_error *error);

#ifdef __cplusplus
}
#endif

#endif
