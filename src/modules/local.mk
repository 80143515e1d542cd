# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
#
# The locked modules. Each folder adds its sources to module_sources.

module_sources =

include src/modules/memory_buffer_alloc/local.mk
include src/modules/rng/local.mk
include src/modules/rsa/local.mk
include src/modules/ssl_cache/local.mk
include src/modules/ssl_cookie/local.mk
include src/modules/ssl_ticket/local.mk
include src/modules/x509_crt_path/local.mk
