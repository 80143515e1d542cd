# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
#
# Core, with every backend whatever this build was configured for: each test is a program for each
# backend that it says something about. The backend is chosen by the backend.h that is found first.

check_LTLIBRARIES += \
    libcore-pthread.la \
    libcore-alt.la \
    libcore-lockcheck.la \
    libcore-none.la

unit_cppflags = $(core_cppflags) -I$(top_srcdir)/tests -I$(top_srcdir)/tests/unit -D_GNU_SOURCE \
    -DMBEDGUARD_UNANNOTATED $(CHECK_CFLAGS)
unit_ldadd = $(CHECK_LIBS) $(PTHREAD_LIBS)
unit_pthread = -I$(top_srcdir)/tests/unit/config-pthread
# Without what only GNU C has, too.
unit_alt = -I$(top_srcdir)/tests/unit/config-alt $(PSA_INSIDE_CPPFLAGS) -DMBEDGUARD_PLAIN_C11
wrap_locks = -Wl,--wrap=pthread_mutex_lock -Wl,--wrap=pthread_rwlock_wrlock \
    -Wl,--wrap=pthread_cond_wait
unit_lockcheck = $(unit_pthread) -DMBEDGUARD_LOCKCHECK=1
unit_none = -I$(top_srcdir)/tests/unit/config-none $(PSA_INSIDE_CPPFLAGS)

libcore_pthread_la_SOURCES = $(core_sources)
libcore_pthread_la_CPPFLAGS = $(unit_pthread) $(core_cppflags)
libcore_alt_la_SOURCES = $(core_sources)
libcore_alt_la_CPPFLAGS = $(unit_alt) $(core_cppflags)
libcore_lockcheck_la_SOURCES = $(core_sources)
libcore_lockcheck_la_CPPFLAGS = $(unit_lockcheck) $(core_cppflags)
libcore_none_la_SOURCES = $(core_sources)
libcore_none_la_CPPFLAGS = $(unit_none) $(core_cppflags)

if HAVE_CHECK
check_PROGRAMS += $(unit_programs) tests/unit/check_wait_naive
TESTS += $(unit_programs) tests/unit/run_broken.sh
LIVE_TESTS += $(unit_programs)
endif

# Guards as one would write them at first: tests linked with them must fail.
tests_unit_check_wait_naive_SOURCES = tests/unit/check_wait.c tests/unit/naive_guard.c $(unit_common)
tests_unit_check_wait_naive_CPPFLAGS = $(unit_pthread) $(unit_cppflags)
tests_unit_check_wait_naive_LDADD = $(unit_ldadd)

TESTS += tests/unit/check_none_backend.sh

EXTRA_DIST += \
    tests/unit/check_broken.sh \
    tests/unit/check_none_backend.sh \
    tests/unit/run_broken.sh \
    tests/unit/config-alt/mbedguard/backend.h \
    tests/unit/config-none/mbedguard/backend.h \
    tests/unit/config-pthread/mbedguard/backend.h

unit_common = tests/unit/support.c tests/unit/support.h

unit_programs = \
    tests/unit/check_alt \
    tests/unit/check_atfork \
    tests/unit/check_faults \
    tests/unit/check_faults_alt \
    tests/unit/check_fork \
    tests/unit/check_guard \
    tests/unit/check_guard_alt \
    tests/unit/check_keep \
    tests/unit/check_keep_alt \
    tests/unit/check_level \
    tests/unit/check_level_alt \
    tests/unit/check_life \
    tests/unit/check_life_alt \
    tests/unit/check_lockcheck \
    tests/unit/check_mutex \
    tests/unit/check_mutex_alt \
    tests/unit/check_mutex_none \
    tests/unit/check_none \
    tests/unit/check_number \
    tests/unit/check_number_alt \
    tests/unit/check_place \
    tests/unit/check_place_alt \
    tests/unit/check_set \
    tests/unit/check_settle \
    tests/unit/check_settle_alt \
    tests/unit/check_wait \
    tests/unit/check_wait_alt

# One stanza for each program.

tests_unit_check_alt_SOURCES = tests/unit/check_alt.c $(unit_common)
tests_unit_check_alt_CPPFLAGS = $(unit_alt) $(unit_cppflags)
tests_unit_check_alt_LDADD = libcore-alt.la $(unit_ldadd)

tests_unit_check_atfork_SOURCES = tests/unit/check_atfork.c $(unit_common)
tests_unit_check_atfork_CPPFLAGS = $(unit_pthread) $(unit_cppflags)
tests_unit_check_atfork_LDADD = libcore-pthread.la $(unit_ldadd)

tests_unit_check_faults_SOURCES = tests/unit/check_faults.c $(unit_common)
tests_unit_check_faults_CPPFLAGS = $(unit_pthread) $(unit_cppflags)
tests_unit_check_faults_LDADD = libcore-pthread.la $(unit_ldadd)
tests_unit_check_faults_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=malloc -Wl,--wrap=calloc

tests_unit_check_faults_alt_SOURCES = tests/unit/check_faults.c $(unit_common)
tests_unit_check_faults_alt_CPPFLAGS = $(unit_alt) $(unit_cppflags)
tests_unit_check_faults_alt_LDADD = libcore-alt.la $(unit_ldadd)
tests_unit_check_faults_alt_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=malloc -Wl,--wrap=calloc

tests_unit_check_fork_SOURCES = tests/unit/check_fork.c $(unit_common)
tests_unit_check_fork_CPPFLAGS = $(unit_pthread) $(unit_cppflags)
tests_unit_check_fork_LDADD = libcore-pthread.la $(unit_ldadd)

tests_unit_check_guard_SOURCES = tests/unit/check_guard.c $(unit_common)
tests_unit_check_guard_CPPFLAGS = $(unit_pthread) $(unit_cppflags)
tests_unit_check_guard_LDADD = libcore-pthread.la $(unit_ldadd)

tests_unit_check_guard_alt_SOURCES = tests/unit/check_guard.c $(unit_common)
tests_unit_check_guard_alt_CPPFLAGS = $(unit_alt) $(unit_cppflags)
tests_unit_check_guard_alt_LDADD = libcore-alt.la $(unit_ldadd)

tests_unit_check_keep_SOURCES = tests/unit/check_keep.c $(unit_common)
tests_unit_check_keep_CPPFLAGS = $(unit_pthread) $(unit_cppflags)
tests_unit_check_keep_LDADD = libcore-pthread.la $(unit_ldadd)

tests_unit_check_keep_alt_SOURCES = tests/unit/check_keep.c $(unit_common)
tests_unit_check_keep_alt_CPPFLAGS = $(unit_alt) $(unit_cppflags)
tests_unit_check_keep_alt_LDADD = libcore-alt.la $(unit_ldadd)

tests_unit_check_level_SOURCES = tests/unit/check_level.c $(unit_common)
tests_unit_check_level_CPPFLAGS = $(unit_pthread) $(unit_cppflags)
tests_unit_check_level_LDADD = libcore-pthread.la $(unit_ldadd)

tests_unit_check_level_alt_SOURCES = tests/unit/check_level.c $(unit_common)
tests_unit_check_level_alt_CPPFLAGS = $(unit_alt) $(unit_cppflags)
tests_unit_check_level_alt_LDADD = libcore-alt.la $(unit_ldadd)

tests_unit_check_life_SOURCES = tests/unit/check_life.c $(unit_common)
tests_unit_check_life_CPPFLAGS = $(unit_pthread) $(unit_cppflags)
tests_unit_check_life_LDADD = libcore-pthread.la $(unit_ldadd)

tests_unit_check_life_alt_SOURCES = tests/unit/check_life.c $(unit_common)
tests_unit_check_life_alt_CPPFLAGS = $(unit_alt) $(unit_cppflags)
tests_unit_check_life_alt_LDADD = libcore-alt.la $(unit_ldadd)

tests_unit_check_lockcheck_SOURCES = tests/unit/check_lockcheck.c $(unit_common)
tests_unit_check_lockcheck_CPPFLAGS = $(unit_lockcheck) $(unit_cppflags)
tests_unit_check_lockcheck_LDADD = libcore-lockcheck.la $(unit_ldadd)

tests_unit_check_mutex_SOURCES = tests/unit/check_mutex.c $(unit_common)
tests_unit_check_mutex_CPPFLAGS = $(unit_pthread) $(unit_cppflags)
tests_unit_check_mutex_LDADD = libcore-pthread.la $(unit_ldadd)
tests_unit_check_mutex_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=pthread_mutex_init

tests_unit_check_mutex_alt_SOURCES = tests/unit/check_mutex.c $(unit_common)
tests_unit_check_mutex_alt_CPPFLAGS = $(unit_alt) $(unit_cppflags)
tests_unit_check_mutex_alt_LDADD = libcore-alt.la $(unit_ldadd)

tests_unit_check_mutex_none_SOURCES = tests/unit/check_mutex.c $(unit_common)
tests_unit_check_mutex_none_CPPFLAGS = $(unit_none) $(unit_cppflags)
tests_unit_check_mutex_none_LDADD = libcore-none.la $(unit_ldadd)

tests_unit_check_none_SOURCES = tests/unit/check_none.c $(unit_common)
tests_unit_check_none_CPPFLAGS = $(unit_none) $(unit_cppflags)
tests_unit_check_none_LDADD = libcore-none.la $(unit_ldadd)

tests_unit_check_number_SOURCES = tests/unit/check_number.c $(unit_common)
tests_unit_check_number_CPPFLAGS = $(unit_pthread) $(unit_cppflags)
tests_unit_check_number_LDADD = libcore-pthread.la $(unit_ldadd)

tests_unit_check_number_alt_SOURCES = tests/unit/check_number.c $(unit_common)
tests_unit_check_number_alt_CPPFLAGS = $(unit_alt) $(unit_cppflags)
tests_unit_check_number_alt_LDADD = libcore-alt.la $(unit_ldadd)

tests_unit_check_place_SOURCES = tests/unit/check_place.c $(unit_common)
tests_unit_check_place_CPPFLAGS = $(unit_pthread) $(unit_cppflags)
tests_unit_check_place_LDADD = libcore-pthread.la $(unit_ldadd)

tests_unit_check_place_alt_SOURCES = tests/unit/check_place.c $(unit_common)
tests_unit_check_place_alt_CPPFLAGS = $(unit_alt) $(unit_cppflags)
tests_unit_check_place_alt_LDADD = libcore-alt.la $(unit_ldadd)

tests_unit_check_set_SOURCES = tests/unit/check_set.c $(unit_common)
tests_unit_check_set_CPPFLAGS = $(unit_pthread) $(unit_cppflags)
tests_unit_check_set_LDADD = libcore-pthread.la $(unit_ldadd)
tests_unit_check_set_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=mbedguard_key_of

tests_unit_check_settle_SOURCES = tests/unit/check_settle.c $(unit_common)
tests_unit_check_settle_CPPFLAGS = $(unit_pthread) $(unit_cppflags)
tests_unit_check_settle_LDADD = libcore-pthread.la $(unit_ldadd)
tests_unit_check_settle_LDFLAGS = $(AM_LDFLAGS) $(wrap_locks)

tests_unit_check_settle_alt_SOURCES = tests/unit/check_settle.c $(unit_common)
tests_unit_check_settle_alt_CPPFLAGS = $(unit_alt) $(unit_cppflags)
tests_unit_check_settle_alt_LDADD = libcore-alt.la $(unit_ldadd)
tests_unit_check_settle_alt_LDFLAGS = $(AM_LDFLAGS) $(wrap_locks)

tests_unit_check_wait_SOURCES = tests/unit/check_wait.c $(unit_common)
tests_unit_check_wait_CPPFLAGS = $(unit_pthread) $(unit_cppflags)
tests_unit_check_wait_LDADD = libcore-pthread.la $(unit_ldadd)

tests_unit_check_wait_alt_SOURCES = tests/unit/check_wait.c $(unit_common)
tests_unit_check_wait_alt_CPPFLAGS = $(unit_alt) $(unit_cppflags)
tests_unit_check_wait_alt_LDADD = libcore-alt.la $(unit_ldadd)
