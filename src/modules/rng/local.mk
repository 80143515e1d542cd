# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
#
# The module rng: what an object has is in pool.h, one thread's generator in lane.h.

module_sources += \
    src/modules/rng/lane.c \
    src/modules/rng/lane.h \
    src/modules/rng/parent.c \
    src/modules/rng/parent.h \
    src/modules/rng/pool.c \
    src/modules/rng/pool.h \
    src/modules/rng/rng.c \
    src/modules/rng/rng_life.c \
    src/modules/rng/rng_object.c \
    src/modules/rng/rng_object.h \
    src/modules/rng/rng_other.c
