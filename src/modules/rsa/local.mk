# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
#
# The module rsa.

module_sources += \
    src/modules/rsa/rsa_blinding.c \
    src/modules/rsa/rsa_blinding.h \
    src/modules/rsa/rsa_bound.c \
    src/modules/rsa/rsa_copy.c \
    src/modules/rsa/rsa_copy.h \
    src/modules/rsa/rsa_pk.c \
    src/modules/rsa/rsa_pk.h \
    src/modules/rsa/rsa_pk_private.c \
    src/modules/rsa/rsa_pool.c \
    src/modules/rsa/rsa_pool.h \
    src/modules/rsa/rsa_private.c
