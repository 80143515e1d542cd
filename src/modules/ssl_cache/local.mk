# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
#
# The module ssl_cache.

module_sources += \
    src/modules/ssl_cache/bounds.c \
    src/modules/ssl_cache/image.c \
    src/modules/ssl_cache/inside.c \
    src/modules/ssl_cache/inside.h \
    src/modules/ssl_cache/keyed_hash.c \
    src/modules/ssl_cache/keyed_hash.h \
    src/modules/ssl_cache/session_form.c \
    src/modules/ssl_cache/session_form.h \
    src/modules/ssl_cache/ssl_cache.c \
    src/modules/ssl_cache/table.c \
    src/modules/ssl_cache/table.h
