/* tempo/tempo.h: all of the core library (libtempo).
 *
 *   time -> timestamp -> clock      where training is
 *   value -> schedule               what should happen, as data (types: registry)
 *   config -> schedule              the same as xlstm-jax's configuration classes say it
 *   run + groups + schedule -> plan what a number is at a timestamp
 *                        -> expression  the same as operations, for programs that compile them
 *                        -> stepper  the same as a step() object, for loops written that way
 *   groups + rule -> updater        a number that a function of yours moves on
 *
 * Apart: tempo/document.h (libtempo_documents) reads and writes YAML and JSON.
 */
#ifndef TEMPO_TEMPO_H
#define TEMPO_TEMPO_H

#include <tempo/allocator.h>
#include <tempo/base.h>
#include <tempo/clock.h>
#include <tempo/config.h>
#include <tempo/error.h>
#include <tempo/expression.h>
#include <tempo/group.h>
#include <tempo/plan.h>
#include <tempo/registry.h>
#include <tempo/run.h>
#include <tempo/schedule.h>
#include <tempo/stepper.h>
#include <tempo/time.h>
#include <tempo/timm.h>
#include <tempo/timestamp.h>
#include <tempo/updater.h>
#include <tempo/value.h>
#include <tempo/wsd.h>

#endif
