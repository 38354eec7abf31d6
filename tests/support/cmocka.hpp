// The one way in which tests include cmocka. Include it last: its `fail` macro
// breaks standard headers that come after it.
//
// cmocka leaves a failed test by longjmp, so destructors do not run and a red
// test may also report leaks.
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

extern "C" {
#include <cmocka.h>
}
