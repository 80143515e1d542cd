/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Counts checks, and says which failed. */
#include <stdarg.h>
#include <stdio.h>

#include "wrap/wrap.h"

static const char *about_function = "";
static const char *about_phase = "";
static unsigned long checks;
static unsigned long failures;

void check_about(const char *function, const char *phase)
{
    about_function = function;
    about_phase = phase;
}

bool check(bool ok, const char *format, ...)
{
    va_list arguments;

    checks++;
    if (ok)
        return true;
    failures++;
    printf("FAIL %s: %s: ", about_function, about_phase);
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    printf("\n");
    return false;
}

unsigned long check_count(void)
{
    return checks;
}

unsigned long check_failures(void)
{
    return failures;
}
