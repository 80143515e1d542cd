# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
#
# The module ssl_cookie.

module_sources += \
    src/modules/ssl_cookie/cookie.h \
    src/modules/ssl_cookie/cookie_call.c \
    src/modules/ssl_cookie/cookie_setup.c
