# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
#
# The module memory_buffer_alloc.

module_sources += \
    src/modules/memory_buffer_alloc/alloc.c \
    src/modules/memory_buffer_alloc/bins.c \
    src/modules/memory_buffer_alloc/block.h \
    src/modules/memory_buffer_alloc/check.c \
    src/modules/memory_buffer_alloc/count.c \
    src/modules/memory_buffer_alloc/heap.h \
    src/modules/memory_buffer_alloc/lanes.c \
    src/modules/memory_buffer_alloc/lanes.h \
    src/modules/memory_buffer_alloc/lock.h \
    src/modules/memory_buffer_alloc/report.c \
    src/modules/memory_buffer_alloc/setup.c \
    src/modules/memory_buffer_alloc/status.c
