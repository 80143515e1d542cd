# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
#
# The module x509_crt_path.

module_sources += \
    src/modules/x509_crt_path/join.c \
    src/modules/x509_crt_path/join.h \
    src/modules/x509_crt_path/names.c \
    src/modules/x509_crt_path/names.h \
    src/modules/x509_crt_path/x509_crt_path.c
