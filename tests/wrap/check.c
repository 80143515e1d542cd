/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Counts checks, and says which failed. */
#include <stdarg.h>
#define _POSIX_C_SOURCE 200809L /* alarm() */

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

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

/* Not safe in a signal handler, but what can go wrong is only the message. */
static void say_where(int number)
{
    printf("FAIL %s: %s: signal %d\n", about_function, about_phase, number);
    (void) fflush(stdout);
    _exit(4);
}

void check_watch(unsigned seconds)
{
    (void) signal(SIGSEGV, say_where);
    (void) signal(SIGBUS, say_where);
    (void) signal(SIGFPE, say_where);
    (void) signal(SIGABRT, say_where);
    (void) signal(SIGALRM, say_where);
    (void) alarm(seconds);
}

unsigned long check_count(void)
{
    return checks;
}

unsigned long check_failures(void)
{
    return failures;
}
