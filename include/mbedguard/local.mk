# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
#
# The hand-written public headers. The others are emitted; src/gen/local.mk installs them.

pkginclude_HEADERS += \
    include/mbedguard/base.h \
    include/mbedguard/cipher_access.h \
    include/mbedguard/ecp_access.h \
    include/mbedguard/guard.h \
    include/mbedguard/key_access.h \
    include/mbedguard/memory_buffer_alloc.h \
    include/mbedguard/net_access.h \
    include/mbedguard/psa_access.h \
    include/mbedguard/psa_lock.h \
    include/mbedguard/rank.h \
    include/mbedguard/rng.h \
    include/mbedguard/rsa_pool.h \
    include/mbedguard/ssl_access.h \
    include/mbedguard/ssl_cache_access.h \
    include/mbedguard/ssl_cache_companion.h \
    include/mbedguard/ssl_companion.h \
    include/mbedguard/ssl_conf_access.h \
    include/mbedguard/ssl_config_slot.h \
    include/mbedguard/ssl_cookie_store.h \
    include/mbedguard/ssl_copies.h \
    include/mbedguard/ssl_deadline.h \
    include/mbedguard/ssl_io_access.h \
    include/mbedguard/ssl_own_pairs.h \
    include/mbedguard/ssl_ticket_keys.h \
    include/mbedguard/ssl_ticket_store.h \
    include/mbedguard/threading.h \
    include/mbedguard/x509_access.h \
    include/mbedguard/x509_crt_access.h \
    include/mbedguard/x509_crt_list_access.h \
    include/mbedguard/x509_crt_path.h \
    include/mbedguard/x509_pk_access.h

nodist_pkginclude_HEADERS += \
    include/mbedguard/backend.h \
    include/mbedguard/release.h
