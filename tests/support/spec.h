/* support/spec.h: cmocka with everything it wants to be included before it. */
#ifndef TEMPO_TESTS_SUPPORT_SPEC_H
#define TEMPO_TESTS_SUPPORT_SPEC_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <tempo/tempo.h>

#endif
