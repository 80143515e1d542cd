# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
#
# Core: threading backends and guards. It sees neither Mbed TLS nor anything emitted, so that it
# cannot come to depend on them.

noinst_LTLIBRARIES += libmbedguard-core.la

core_cppflags = $(internal_cppflags) $(public_cppflags)

core_sources = \
    src/core/annotate.h \
    src/core/atomic.h \
    src/core/await.c \
    src/core/await.h \
    src/core/busy.c \
    src/core/claim.c \
    src/core/counted.c \
    src/core/edge.c \
    src/core/enter.h \
    src/core/error.c \
    src/core/exit.c \
    src/core/fork.c \
    src/core/gate.c \
    src/core/gate.h \
    src/core/guard.c \
    src/core/guard_state.h \
    src/core/hold.c \
    src/core/hold.h \
    src/core/keep.c \
    src/core/keep.h \
    src/core/keeper.c \
    src/core/lane.c \
    src/core/lane.h \
    src/core/level.c \
    src/core/life.c \
    src/core/life.h \
    src/core/lock.c \
    src/core/lockcheck.c \
    src/core/lockcheck.h \
    src/core/mutex.c \
    src/core/number.c \
    src/core/number.h \
    src/core/place.c \
    src/core/process.h \
    src/core/reference.c \
    src/core/set.c \
    src/core/start.c \
    src/core/thread.h \
    src/core/thread_alt.c \
    src/core/thread_none.c \
    src/core/thread_pthread.c \
    src/core/wait.c

libmbedguard_core_la_SOURCES = $(core_sources)
libmbedguard_core_la_CPPFLAGS = $(core_cppflags)
