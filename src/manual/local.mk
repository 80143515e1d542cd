# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
#
# Hand-written call-throughs: those that the policy marks `manual`.

manual_sources = \
    src/manual/cipher_fields.c \
    src/manual/copy_out.h \
    src/manual/dhm_fields.c \
    src/manual/drbg_fork.c \
    src/manual/drbg_fork.h \
    src/manual/ec_parts.h \
    src/manual/ecdh_fields.c \
    src/manual/ecp_fields.c \
    src/manual/follow.h \
    src/manual/members.h \
    src/manual/net.c \
    src/manual/net_bio.h \
    src/manual/net_deadline.c \
    src/manual/net_fd.h \
    src/manual/pk_copy.c \
    src/manual/pk_copy.h \
    src/manual/pk_keys.c \
    src/manual/pk_warm.c \
    src/manual/pk_warm.h \
    src/manual/psa_generate.c \
    src/manual/psa_generate.h \
    src/manual/psa_keys.c \
    src/manual/psa_keys.h \
    src/manual/psa_lock.c \
    src/manual/psa_store.c \
    src/manual/psa_store.h \
    src/manual/rsa_fields.c \
    src/manual/ssl_ahead.c \
    src/manual/ssl_companion.h \
    src/manual/ssl_conf_fields.c \
    src/manual/ssl_config_slot.c \
    src/manual/ssl_config_use.h \
    src/manual/ssl_copies.c \
    src/manual/ssl_copies.h \
    src/manual/ssl_exchange.c \
    src/manual/ssl_fields.c \
    src/manual/ssl_handshake_end.c \
    src/manual/ssl_handshake_end.h \
    src/manual/ssl_pump.c \
    src/manual/ssl_pump.h \
    src/manual/ssl_queue.c \
    src/manual/ssl_queue.h \
    src/manual/ssl_read.c \
    src/manual/ssl_run.c \
    src/manual/ssl_state.c \
    src/manual/ssl_state.h \
    src/manual/ssl_step.c \
    src/manual/ssl_stop.c \
    src/manual/ssl_ticket_rotate.c \
    src/manual/ssl_write.c \
    src/manual/start.c \
    src/manual/strerror.c \
    src/manual/x509_chain.c \
    src/manual/x509_chain.h \
    src/manual/x509_crl_fields.c \
    src/manual/x509_crt_fields.c \
    src/manual/x509_crt_lists.c \
    src/manual/x509_crt_pk.c \
    src/manual/x509_csr_fields.c \
    src/manual/x509_csr_pk.c \
    src/manual/x509_names.c \
    src/manual/x509_names.h
